/** The popup: this tab, what is watched, and the ways to reports and settings. */

import { Control, openReports } from '../forms/control.js';
import { byId, say, whileBusy } from '../forms/dom.js';
import { loadSettings } from '../forms/settings.js';
import { patternOf } from '../forms/sites.js';
import { fillWords, t, troubleText } from '../forms/words.js';
import { showOptions } from '../options-tab.js';
import { whatToMend } from './mend.js';
import { showNow } from './now.js';
import { showSite } from './site.js';

const control = new Control((_, there) => void draw(there));

async function draw(there: boolean): Promise<void> {
  const { server } = await loadSettings();
  const mayTalk = await chrome.permissions.contains({ origins: [patternOf(server)] });
  const { status } = control;
  showNow(status?.title ?? null, status?.view ?? null);
  const mend = whatToMend(status, there, mayTalk);
  const trouble = mend ? null : (status?.view?.trouble ?? null);
  const text = trouble ? troubleText(trouble) : '';
  if (byId('trouble').textContent !== text) say(byId('trouble'), text, 'bad');
  byId('mend').hidden = mend === null;
  if (!mend) return;
  // Said once, and not again with every view.
  if (byId('mend-text').textContent !== t(mend.key)) byId('mend-text').textContent = t(mend.key);
  byId('mend-do').hidden = mend.section === '';
  byId('mend-do').textContent = t(`${mend.key}_do`);
  byId('mend-do').onclick = () => void openOptions(mend.section);
}

async function openOptions(section: string): Promise<void> {
  await showOptions(section);
  window.close();
}

async function reports(session?: string): Promise<void> {
  const trouble = await openReports(control, session ? { session } : { page: 'sessions' });
  if (trouble) say(byId('result'), troubleText(trouble), 'bad');
  else window.close();
}

const rests = (): boolean => control.status?.view?.phase === 'paused';

fillWords();
byId('pause').addEventListener('click', () => void control.tell({ type: rests() ? 'resume' : 'pause' }));
byId('end').addEventListener('click', () => void control.tell({ type: 'stop' }));
byId('report').addEventListener('click', () => {
  const session = control.status?.view?.report?.session;
  void whileBusy([byId<HTMLButtonElement>('report')], () => reports(session));
});
byId('reports').addEventListener('click', () => void whileBusy([byId<HTMLButtonElement>('reports')], () => reports()));
byId('settings').addEventListener('click', () => void openOptions(''));
void showSite();
void control.open();
// The seconds until the next attempt go by between two views.
setInterval(() => {
  if (control.status?.view?.connection === 'waiting') showNow(control.status.title, control.status.view);
}, 1000);
