/** The tab that the popup belongs to: whether Loa runs there, and the two buttons that change it. */

import { byId, say, whileBusy } from '../forms/dom.js';
import { loadSettings } from '../forms/settings.js';
import { isRequired, readTab, removalText, removeSite, type Tab } from '../forms/sites.js';
import { t } from '../forms/words.js';

const NO_PAGE = { file: 'popup_file', store: 'popup_store', other: 'popup_not_web' } as const;

/** Read before any click, as the browser asks for the permission only within one. */
let tab: Tab = { kind: 'other' };

export async function showSite(): Promise<void> {
  const [active] = await chrome.tabs.query({ active: true, currentWindow: true });
  tab = readTab(active?.url);
  byId('allow').addEventListener('click', () => void allow());
  byId('forget').addEventListener('click', () => void forget());
  chrome.permissions.onAdded.addListener(() => void draw());
  chrome.permissions.onRemoved.addListener(() => void draw());
  await draw();
}

async function draw(): Promise<void> {
  const { server } = await loadSettings();
  const help = byId('site-help');
  const allowed = tab.kind === 'web' && (await chrome.permissions.contains({ origins: [tab.pattern] }));
  const isServer = tab.kind === 'web' && tab.origin === server;
  const on = allowed && !isServer;
  byId('site-name').hidden = tab.kind !== 'web';
  byId('site-allowed').hidden = !on;
  byId('allow').hidden = tab.kind !== 'web' || allowed || isServer;
  byId('forget').hidden = !on || tab.kind !== 'web' || isRequired(tab.pattern);
  if (tab.kind !== 'web') {
    help.textContent = t(NO_PAGE[tab.kind]);
    return;
  }
  byId('site-name').textContent = tab.host;
  if (isServer) help.textContent = t('popup_server_page');
  else help.textContent = on ? t('popup_allowed_help') : t('popup_allow_help', tab.host);
}

async function allow(): Promise<void> {
  if (tab.kind !== 'web') return;
  const { pattern } = tab;
  await whileBusy([byId<HTMLButtonElement>('allow')], async () => {
    const granted = await chrome.permissions.request({ origins: [pattern] });
    say(byId('site-result'), granted ? '' : t('popup_refused'), 'bad');
  });
  await draw();
  if (!byId('forget').hidden) byId('forget').focus();
}

async function forget(): Promise<void> {
  if (tab.kind !== 'web') return;
  const { pattern, host } = tab;
  const removal = await removeSite(pattern);
  say(byId('site-result'), removalText(removal, host, t('popup_forgotten', host)), removal.gone ? 'plain' : 'bad');
  await draw();
  if (!byId('allow').hidden) byId('allow').focus();
}
