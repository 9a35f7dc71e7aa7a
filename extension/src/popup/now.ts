/** The lecture that is watched: how it goes, in words. */

import type { AttentionState, Camera, Connection, Phase, View } from '../messages.js';
import { byId, type Tone } from '../forms/dom.js';
import { t } from '../forms/words.js';

const WELL: readonly unknown[] = ['on', 'open', 'attentive'] satisfies (Camera | Connection | AttentionState)[];
const ILL: readonly unknown[] = [
  'denied', 'missing', 'busy', 'lost', 'waiting', 'failed', 'signed-out', 'eyes_closed', 'drowsy', 'slumped',
] satisfies (Camera | Connection | AttentionState)[];
/** Something is watched, or was just now. */
const SHOWN: readonly unknown[] = ['starting', 'on', 'paused', 'failed', 'ended'] satisfies Phase[];

function tone(value: string): Tone {
  if (WELL.includes(value)) return 'good';
  return ILL.includes(value) ? 'bad' : 'plain';
}

function show(id: string, value: string, text: string): void {
  const fact = byId(id);
  fact.dataset.tone = tone(value);
  fact.textContent = text;
}

function connectionText({ connection, retryAt }: View): string {
  if (connection === 'waiting' && retryAt !== null)
    return t('popup_connection_waiting_s', Math.max(1, Math.ceil((retryAt - Date.now()) / 1000)));
  return t(`popup_connection_${connection.replace('-', '_')}`);
}

/** How the learner is, or why nobody looks; without a connection nobody knows. */
function you({ phase, connection, attention }: View): string {
  if (phase !== 'on') return `phase_${phase}`;
  return `attention_${connection === 'open' && attention ? attention : 'unknown'}`;
}

export function showNow(title: string | null, view: View | null): void {
  const shown = view !== null && SHOWN.includes(view.phase);
  byId('nothing').hidden = shown;
  byId('watched').hidden = !shown;
  byId('now-title').textContent = t(shown && view.phase === 'ended' ? 'popup_over' : 'popup_now');
  if (!shown) return;
  const over = view.phase === 'ended';
  const rests = view.phase === 'paused';
  byId('lecture').textContent = title || t('popup_untitled');
  byId('facts').hidden = over;
  show('fact-you', you(view).replace('attention_', ''), t(`popup_${you(view)}`));
  show('fact-camera', view.camera, t(`popup_camera_${view.camera}`));
  show('fact-connection', view.connection, connectionText(view));
  byId('pause').hidden = over || view.phase === 'failed';
  byId('pause').textContent = t(rests ? 'popup_resume' : 'popup_pause');
  byId('end').hidden = over;
  showReport(view);
}

function showReport({ report }: View): void {
  byId('report').hidden = !report?.url;
  byId('summary').hidden = !report;
  if (!report) return;
  const minutes = Math.round(report.watchedMs / 60_000);
  const share = Math.min(100, Math.round((report.attentiveMs / report.watchedMs) * 100));
  byId('summary').textContent = minutes > 0 ? t('popup_minutes', minutes, share) : t('popup_minutes_few');
}
