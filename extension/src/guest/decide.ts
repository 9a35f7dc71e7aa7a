/** What is to be shown, of what the hub says and what the learner did. No DOM, no clock in here. */

import type { AlertLevel, OpenAlert, View } from '../messages.js';

/** What stands over the film because of an alarm. */
export type Scene =
  | { name: 'none' }
  /** `from`: since when attention is lost, `Date.now()`. */
  | { name: 'alarm'; alert: OpenAlert; from: number }
  /** The reason is gone, and the film waits for a word of the learner. */
  | { name: 'back'; alert: OpenAlert; from: number };

const RANK: Record<AlertLevel, number> = { cue: 0, pre_alarm: 1, alarm: 2 };
/** Absence last: who is seen asleep is not away. */
const GRAVE = ['looking_away', 'absent', 'slumped', 'drowsy', 'eyes_closed'];

/** The name of one matter: within it the level only rises. */
export const matter = ({ kind, since }: { kind: string; since: number }): string => `${kind} ${since}`;

/** Whether the learner is watched. */
export const isWatched = ({ phase }: Pick<View, 'phase'>): boolean => phase === 'on' || phase === 'starting';

/** @param answered matters to which the learner said "I am awake" */
export function nextScene(scene: Scene, view: Pick<View, 'phase' | 'alerts'>, answered: ReadonlySet<string>): Scene {
  if (!isWatched(view)) return { name: 'none' };
  const alarms = view.alerts.filter((alert) => alert.level === 'alarm' && !alert.quiet && !answered.has(matter(alert)));
  const alarm = gravest(alarms);
  if (alarm) {
    const from = Math.min(...alarms.map(({ since }) => since), scene.name === 'none' ? Infinity : scene.from);
    return { name: 'alarm', alert: alarm, from };
  }
  if (scene.name === 'alarm' && !answered.has(matter(scene.alert))) return { ...scene, name: 'back' };
  return scene.name === 'back' ? scene : { name: 'none' };
}

/** What is said softly, without stopping the film: a warning, or an alarm that was answered and is not over. */
export function softAlert(view: Pick<View, 'phase' | 'alerts'>, answered: ReadonlySet<string>): OpenAlert | null {
  if (!isWatched(view)) return null;
  const soft = view.alerts
    .filter((alert) => !alert.quiet && (alert.level !== 'alarm' || answered.has(matter(alert))))
    .map((alert): OpenAlert => (alert.level === 'alarm' ? { ...alert, level: 'pre_alarm' } : alert));
  return gravest(soft);
}

function gravest(alerts: OpenAlert[]): OpenAlert | null {
  const weight = ({ level, kind }: OpenAlert): number => RANK[level] * 10 + GRAVE.indexOf(kind);
  return [...alerts].sort((a, b) => weight(b) - weight(a))[0] ?? null;
}

export type Tone = 'off' | 'good' | 'busy' | 'warn' | 'bad';

/** What the pill says: a key of the words, the tone, and whether there is anything that one should see. */
export interface PillState {
  word: string;
  tone: Tone;
  /** Nothing is wrong: beside a film that plays, a dot is enough. */
  calm: boolean;
}

const CAMERA_TROUBLE: Partial<Record<View['camera'], string>> = {
  denied: 'guest_pill_camera_denied',
  missing: 'guest_pill_camera_missing',
  busy: 'guest_pill_camera_busy',
  lost: 'guest_pill_camera_lost',
};

/** Camera trouble that the learner can mend; null: none. */
export const cameraTrouble = (view: Pick<View, 'phase' | 'camera'>): View['camera'] | null =>
  CAMERA_TROUBLE[view.camera] && ['on', 'starting', 'failed'].includes(view.phase) ? view.camera : null;

/** @param view null: the hub has not answered yet */
export function pillState(view: Pick<View, 'phase' | 'camera' | 'connection' | 'attention'> | null): PillState {
  if (!view) return { word: 'guest_pill_off', tone: 'off', calm: true };
  const trouble = cameraTrouble(view);
  if (trouble) return { word: CAMERA_TROUBLE[trouble] ?? '', tone: 'bad', calm: false };
  switch (view.phase) {
    case 'off':
      return { word: 'guest_pill_off', tone: 'off', calm: true };
    case 'consent':
      return { word: 'guest_pill_consent', tone: 'warn', calm: true };
    case 'starting':
      if (view.connection === 'waiting') return { word: 'guest_pill_offline', tone: 'warn', calm: false };
      return { word: view.camera === 'opening' ? 'guest_pill_opening' : 'guest_pill_starting', tone: 'busy', calm: false };
    case 'paused':
      return { word: 'guest_pill_paused', tone: 'off', calm: true };
    case 'elsewhere':
      return { word: 'guest_pill_elsewhere', tone: 'off', calm: true };
    case 'failed':
      return { word: 'guest_pill_failed', tone: 'bad', calm: false };
    case 'ended':
      return { word: 'guest_pill_ended', tone: 'off', calm: true };
    case 'on':
      return pillOn(view);
  }
}

function pillOn({ connection, attention }: Pick<View, 'connection' | 'attention'>): PillState {
  if (connection === 'waiting') return { word: 'guest_pill_offline', tone: 'warn', calm: false };
  if (connection !== 'open') return { word: 'guest_pill_starting', tone: 'busy', calm: false };
  if (attention === null) return { word: 'guest_pill_looking', tone: 'busy', calm: true };
  const calm = attention === 'attentive';
  const tone = calm ? 'good' : attention === 'unknown' ? 'busy' : 'warn';
  return { word: `guest_state_${attention}`, tone, calm: calm || attention === 'unknown' };
}
