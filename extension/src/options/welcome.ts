/** The first run: three steps, and what to do once they are done. */

import { byId } from '../forms/dom.js';
import { t } from '../forms/words.js';

const STEPS = ['server', 'consent', 'camera'] as const;
export type Step = (typeof STEPS)[number];

const done: Record<Step, boolean> = { server: false, consent: false, camera: false };

export function mark(step: Step, isDone: boolean): void {
  done[step] = isDone;
  const ready = STEPS.every((each) => done[each]);
  const item = document.querySelector<HTMLElement>(`[data-step="${step}"]`);
  if (item) {
    item.dataset.done = isDone ? 'yes' : 'no';
    const sign = item.querySelector('.done');
    if (sign) sign.textContent = `(${t(isDone ? 'options_step_done' : 'options_step_open')})`;
  }
  byId('steps').hidden = ready;
  byId('welcome-title').textContent = t(ready ? 'options_ready' : 'options_welcome');
  byId('welcome-lead').textContent = t(ready ? 'options_ready_lead' : 'options_welcome_lead');
}
