/** Switches that are kept as soon as they are turned: limits of attention, alarm, questions. */

import type { Settings } from '../messages.js';
import { byId } from '../forms/dom.js';
import { Sounds } from '../hub/sounds.js';
import { t } from '../forms/words.js';
import { change, toast, type Page } from './page.js';

/** Long enough to hear the warning and then two rounds of the alarm, ms. */
const TRIAL_MS = { warning: 1600, alarm: 3000 };
const SWITCHES = ['sounds', 'pauseFilm', 'rewind', 'quizzes'] as const;

const sounds = new Sounds();
let trial: ReturnType<typeof setTimeout> | undefined;

/** First the warning, then the beginning of the alarm, as loud as they would be. */
function trySounds(volume: number): void {
  clearTimeout(trial);
  sounds.quiet();
  sounds.volume = volume;
  sounds.chime();
  trial = setTimeout(() => {
    sounds.ring();
    trial = setTimeout(() => sounds.quiet(), TRIAL_MS.alarm);
  }, TRIAL_MS.warning);
}

export function showChoices(page: Page): void {
  const presets = [...document.querySelectorAll<HTMLInputElement>('input[name="preset"]')];
  const volume = byId<HTMLInputElement>('volume');

  const draw = (): void => {
    for (const preset of presets) preset.checked = preset.value === page.settings.preset;
    for (const name of SWITCHES) byId<HTMLInputElement>(name).checked = page.settings[name];
    volume.value = String(Math.round(page.settings.volume * 100));
    drawVolume();
  };
  const drawVolume = (): void => {
    const percent = t('options_percent', volume.value);
    byId('volume-now').textContent = percent;
    volume.setAttribute('aria-valuetext', percent);
    volume.disabled = !byId<HTMLInputElement>('sounds').checked;
    byId<HTMLButtonElement>('try-sound').disabled = volume.disabled;
    byId('volume').parentElement?.toggleAttribute('data-off', volume.disabled);
  };
  const keep = async (what: Partial<Settings>): Promise<void> => {
    if (await change(page, what)) toast(t('options_saved'));
    draw();
  };

  for (const preset of presets) {
    preset.addEventListener('change', () => void keep({ preset: preset.value as Settings['preset'] }));
  }
  for (const name of SWITCHES) {
    const box = byId<HTMLInputElement>(name);
    box.addEventListener('change', () => void keep({ [name]: box.checked }));
  }
  volume.addEventListener('input', drawVolume);
  byId('try-sound').addEventListener('click', () => trySounds(Number(volume.value) / 100));
  volume.addEventListener('change', () => void keep({ volume: Number(volume.value) / 100 }));
  draw();
}
