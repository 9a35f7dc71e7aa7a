/** What a guest is shown: one pure function of how things stand. */

import type { State as LinkState } from '../../../web/loa-client.js';
import type { Ask, Graded, Progress, SetSummary } from '../../../web/loa-quiz-wire.js';
import type { Mark } from '../../../web/loa-quiz.js';
import type {
  AttentionState,
  Badge,
  Camera,
  Cleared,
  Connection,
  OpenAlert,
  Phase,
  QuizView,
  ReportView,
  Settings,
  Subtitles,
  View,
} from '../messages.js';

/** How the lecture stands that is watched. */
export interface Watched {
  title: string;
  /** The learner is done with it. */
  ended: boolean;
  /** The camera rests by the learner's wish. */
  paused: boolean;
  /** The server has said welcome once. */
  welcomed: boolean;
  link: Pick<LinkState, 'name' | 'code' | 'reason'>;
  /** `Date.now()` of the next attempt to connect. */
  retryAt: number | null;
  camera: Camera;
  /** The browser lets the extension speak with the server. */
  allowed: boolean;
  attention: AttentionState | null;
  alerts: OpenAlert[];
  cleared: Cleared | null;
  quiz: Asking;
  report: ReportView | null;
}

/** What is asked about it. */
export interface Asking {
  progress: Progress | null;
  marks: Mark[];
  ask: Ask | null;
  graded: Graded | null;
  sets: SetSummary[];
  set: string;
  trouble: string | null;
}

/** The guest that is to be shown something. */
export interface Onlooker {
  /** Its lecture is the one that is watched. */
  isWatched: boolean;
  subtitles: Subtitles;
  /** `Date.now()` when it came: what was before is nothing to it. */
  cameAt: number;
}

const CAMERA_TROUBLE: Partial<Record<Camera, string>> = {
  denied: 'camera_denied',
  missing: 'camera_missing',
  busy: 'camera_busy',
  lost: 'camera_lost',
};
const NOTHING_ASKED: Asking = { progress: null, marks: [], ask: null, graded: null, sets: [], set: '', trouble: null };

/** Whether somebody is watched at all, or would be if something were mended. */
export const isActive = (watched: Watched | null): watched is Watched => watched !== null && !watched.ended;

export function phaseOf(watched: Watched | null): Phase {
  if (!watched) return 'off';
  if (watched.ended) return 'ended';
  const { name } = watched.link;
  if (name === 'signed-out') return 'consent';
  if (name === 'failed') return 'failed';
  if (watched.paused) return 'paused';
  return watched.welcomed ? 'on' : 'starting';
}

function troubleOf(watched: Watched): View['trouble'] {
  const { name, code, reason } = watched.link;
  if (name === 'failed') return { code: reason ?? (code === null ? 'failed' : `close_${code}`), detail: '' };
  if (!watched.allowed && name !== 'open') return { code: 'server_permission', detail: '' };
  const camera = watched.ended ? undefined : CAMERA_TROUBLE[watched.camera];
  return camera ? { code: camera, detail: '' } : null;
}

function quizOf(asking: Asking, subtitles: Subtitles): QuizView {
  return { subtitles, ...asking };
}

const prefsOf = ({ sounds, rewind, quizzes, pauseFilm }: Settings): View['prefs'] => ({ sounds, rewind, quizzes, pauseFilm });

/** What a guest is shown that is not the one watched, or while nobody is. */
function idleView(watched: Watched | null, onlooker: Onlooker, settings: Settings): View {
  const elsewhere = isActive(watched) ? watched.title : null;
  return {
    phase: elsewhere === null ? 'off' : 'elsewhere',
    camera: 'off',
    connection: 'idle',
    retryAt: null,
    attention: null,
    alerts: [],
    cleared: null,
    quiz: quizOf(NOTHING_ASKED, onlooker.subtitles),
    elsewhere,
    trouble: null,
    report: null,
    prefs: prefsOf(settings),
  };
}

export function viewOf(watched: Watched | null, onlooker: Onlooker, settings: Settings): View {
  if (!watched || !onlooker.isWatched) return idleView(watched, onlooker, settings);
  const { cleared } = watched;
  return {
    phase: phaseOf(watched),
    camera: watched.camera,
    connection: watched.link.name satisfies Connection,
    retryAt: watched.retryAt,
    attention: watched.attention,
    alerts: watched.alerts,
    cleared: cleared && cleared.at >= onlooker.cameAt ? cleared : null,
    quiz: quizOf(watched.quiz, onlooker.subtitles),
    elsewhere: null,
    trouble: troubleOf(watched),
    report: watched.report,
    prefs: prefsOf(settings),
  };
}

const CAMERA_IS_AWAY: readonly Camera[] = ['denied', 'missing', 'busy', 'lost'];

/** The section of the options that mends what is wrong; empty: nothing is. */
export function sectionOf({ phase, trouble, camera }: View): string {
  if (phase === 'consent') return 'consent';
  if (phase === 'ended') return '';
  if (trouble?.code === 'server_permission') return 'server';
  return CAMERA_IS_AWAY.includes(camera) ? 'camera' : '';
}

/** The sign on the icon. */
export function badgeOf(watched: Watched | null): Badge {
  const phase = phaseOf(watched);
  if (!watched || phase === 'off' || phase === 'ended') return 'off';
  if (phase === 'consent' || phase === 'failed' || phase === 'paused') return phase;
  const alerts = watched.alerts.filter(({ quiet }) => !quiet);
  if (alerts.some(({ level }) => level === 'alarm')) return 'alarm';
  if (CAMERA_IS_AWAY.includes(watched.camera)) return 'failed';
  if (watched.link.name === 'waiting') return 'away';
  if (phase === 'starting') return 'off';
  return alerts.some(({ level }) => level === 'pre_alarm') ? 'warning' : 'on';
}
