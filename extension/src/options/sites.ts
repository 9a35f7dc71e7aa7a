/** The sites that Loa may run on, each with a way out. */

import { byId, say } from '../forms/dom.js';
import { isRequired, removalText, removeSite, siteName, sitesOf } from '../forms/sites.js';
import { t } from '../forms/words.js';
import type { Page } from './page.js';

export async function showSites(page: Page): Promise<void> {
  const draw = async (): Promise<void> => {
    const { origins = [] } = await chrome.permissions.getAll();
    const sites = sitesOf(origins, page.settings.server);
    byId('site-list').replaceChildren(...sites.map(makeRow));
    byId('sites-none').hidden = sites.length > 0;
  };
  chrome.permissions.onAdded.addListener(() => void draw());
  chrome.permissions.onRemoved.addListener(() => void draw());
  chrome.storage.local.onChanged.addListener(() => void draw());
  await draw();
}

function makeRow(pattern: string): HTMLLIElement {
  const name = siteName(pattern) ?? t('options_sites_all');
  const row = document.createElement('li');
  const text = document.createElement('span');
  text.textContent = name;
  row.append(text);
  if (isRequired(pattern)) return row;
  const remove = document.createElement('button');
  remove.type = 'button';
  remove.textContent = t('options_sites_remove');
  remove.setAttribute('aria-label', t('options_sites_remove_label', name));
  remove.addEventListener('click', () => void take(pattern, name));
  row.append(remove);
  return row;
}

async function take(pattern: string, name: string): Promise<void> {
  const removal = await removeSite(pattern);
  say(byId('sites-result'), removalText(removal, name, t('options_sites_removed', name)), removal.gone ? 'plain' : 'bad');
  // The button that was pressed is gone, and with it the focus.
  if (removal.gone) byId('sites').focus();
}
