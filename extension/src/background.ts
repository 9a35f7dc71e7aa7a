/** The service worker: makes the hub, keeps things for it, puts the content script where it may be. */

import { adaptersFor } from './background/adapters.js';
import { showBadge } from './background/badge.js';
import { closeHub, openHub } from './background/offscreen.js';
import { syncGuests, welcomeSites } from './background/sites.js';
import type { ToBackground, ToHub } from './messages.js';
import { showOptions } from './options-tab.js';
import { readSettings, webOrigin } from './settings.js';

const { storage, runtime, permissions } = chrome;

/** Pages' scripts, and with them pages, read nothing of what is kept. */
void storage.local.setAccessLevel?.({ accessLevel: 'TRUSTED_CONTEXTS' });

const server = async (): Promise<string> => readSettings((await storage.local.get('settings')).settings).server;

/** What only the hub may ask for. A page's script has the extension's id as well, but the page's address. */
const isHub = ({ id, url }: chrome.runtime.MessageSender) => id === runtime.id && url === runtime.getURL('offscreen.html');

async function obeyHub(message: ToBackground): Promise<unknown> {
  switch (message.type) {
    case 'load':
      return (await storage.local.get(message.key))[message.key] ?? null;
    case 'save':
      return storage.local.set({ [message.key]: message.value });
    case 'allowed':
      return permissions.contains({ origins: [`${message.origin}/*`] }).catch(() => false);
    case 'open':
      if (message.page === 'options') return showOptions(message.section);
      if (webOrigin(message.url) === (await server())) await chrome.tabs.create({ url: message.url });
      return;
    case 'badge':
      return showBadge(message.badge);
    case 'idle':
      return closeHub();
  }
}

async function obey(message: ToBackground, sender: chrome.runtime.MessageSender): Promise<unknown> {
  if (message.type === 'hub') return openHub();
  if (message.type === 'adapters') return adaptersFor(await server());
  return isHub(sender) ? obeyHub(message) : undefined;
}

runtime.onMessage.addListener((message: ToBackground, sender, answer: (value: unknown) => void) => {
  if (message?.to !== 'background' || sender.id !== runtime.id) return false;
  obey(message, sender).then(answer, () => answer(undefined));
  return true;
});

permissions.onAdded.addListener(async ({ origins = [] }) => {
  await syncGuests(await server());
  await welcomeSites(origins, await server());
});
permissions.onRemoved.addListener(async () => {
  await syncGuests(await server());
  // Scripts that are in pages stay until they are told; no hub, no script that shows anything.
  await runtime.sendMessage({ to: 'hub', type: 'sites' } satisfies ToHub).catch(() => {});
});
storage.onChanged.addListener(async (changes, area) => {
  if (area === 'local' && changes.settings) await syncGuests(await server());
});

runtime.onInstalled.addListener(async ({ reason }) => {
  await syncGuests(await server());
  // Pages that were open before: their scripts of an older version have lost us.
  await welcomeSites((await permissions.getAll()).origins ?? [], await server());
  if (reason === 'install') await runtime.openOptionsPage();
});
runtime.onStartup.addListener(async () => {
  await showBadge('off');
  await syncGuests(await server());
});
