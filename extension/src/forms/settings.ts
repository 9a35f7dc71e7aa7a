/** The settings, in `chrome.storage.local`. */

import type { Settings } from '../messages.js';
import { readSettings } from '../settings.js';

/** Changes are made one after the other: each begins with what the one before has written. */
let last: Promise<unknown> = Promise.resolve();

export async function loadSettings(): Promise<Settings> {
  const { settings } = await chrome.storage.local.get('settings');
  return readSettings(settings);
}

export function saveSettings(change: Partial<Settings>): Promise<Settings> {
  const saving = last.then(async () => {
    const settings = { ...(await loadSettings()), ...change };
    await chrome.storage.local.set({ settings });
    return settings;
  });
  last = saving.catch(() => undefined);
  return saving;
}
