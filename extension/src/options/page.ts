/** What the sections of the options share: the settings, the line to the hub, and the way to tell each other of changes. */

import type { Settings } from '../messages.js';
import type { Control } from '../forms/control.js';
import { byId, type Tone } from '../forms/dom.js';
import { loadSettings, saveSettings } from '../forms/settings.js';
import { t } from '../forms/words.js';

const TOAST_MS = 2500;

export interface Page {
  settings: Settings;
  control: Control;
}

let fading: ReturnType<typeof setTimeout> | undefined;

/** A word at the bottom that goes by itself: for what needs no answer. */
export function toast(text: string, tone: Tone = 'plain'): void {
  const element = byId('toast');
  element.textContent = text;
  element.dataset.tone = tone;
  element.dataset.shown = '';
  clearTimeout(fading);
  fading = setTimeout(() => delete element.dataset.shown, TOAST_MS);
}

/** Keeps a change and tells the hub. @returns whether it was kept */
export async function change(page: Page, what: Partial<Settings>): Promise<boolean> {
  try {
    page.settings = await saveSettings(what);
  } catch (error) {
    page.settings = await loadSettings();
    toast(t('options_not_saved', error instanceof Error ? error.message : String(error)), 'bad');
    return false;
  }
  void page.control.tell({ type: 'changed' });
  return true;
}
