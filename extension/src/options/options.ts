/** The options: one page for the first run and for every change of mind after it. */

import type { Status } from '../messages.js';
import { Control, openReports } from '../forms/control.js';
import { byId, say, whileBusy } from '../forms/dom.js';
import { loadSettings } from '../forms/settings.js';
import { fillWords, t, troubleText } from '../forms/words.js';
import { CameraSection } from './camera.js';
import { showChoices } from './choices.js';
import { ConsentSection } from './consent.js';
import { LearnerSection } from './learner.js';
import { followSections } from './nav.js';
import type { Page } from './page.js';
import { ServerSection } from './server.js';
import { showSites } from './sites.js';
import { mark } from './welcome.js';

async function main(): Promise<void> {
  fillWords();
  document.title = t('options_title');
  const page: Page = { settings: await loadSettings(), control: new Control(update) };
  const consent = new ConsentSection(page);
  const learner = new LearnerSection(page);
  const camera = new CameraSection(page, (allowed) => mark('camera', allowed));
  const server = new ServerSection(page, (answers) => {
    mark('server', answers);
    void consent.load(answers);
  });
  /** What the hub said of the server last. */
  let heard: Status['server'] = 'unknown';

  function update(status: Status | null, there: boolean): void {
    byId('missing').hidden = there;
    mark('consent', status?.consent === true);
    consent.update(status);
    learner.update(status);
    const now = status?.server ?? 'unknown';
    // The hub notices first that a server went, or came back.
    if (now !== heard && heard !== 'unknown') void server.check();
    heard = now;
  }

  async function reports(which: 'sessions' | 'me'): Promise<void> {
    const status = page.control.status;
    if (status?.server === 'ok' && status.learner === null) return say(byId('data-result'), t('options_data_nobody'));
    const error = await openReports(page.control, { page: which });
    say(byId('data-result'), error ? troubleText(error) : '', 'bad');
  }

  showChoices(page);
  followSections();
  for (const [id, which] of [['data-reports', 'sessions'], ['data-me', 'me']] as const) {
    byId(id).addEventListener('click', () => void whileBusy([byId<HTMLButtonElement>(id)], () => reports(which)));
  }
  await Promise.all([server.check(), camera.load(), showSites(page), page.control.open()]);
}

void main();
