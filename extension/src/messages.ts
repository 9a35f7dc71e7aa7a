/**
 * What the parts of the extension say to each other.
 *
 * - The hub is the offscreen document: it holds the camera, the connection, the quiz and the learner's account. One at most.
 * - The guest is the content script in a page with a lecture: it shows things over the film and says what the film does. It is
 *   trusted no further than the page that it stands in: it never gets a token, and the hub checks whatever it says.
 * - The background is the service worker: it makes the hub, keeps settings (an offscreen document has no storage of its own), and knows
 *   which sites are allowed.
 * - Popup and options are pages of the extension.
 */

import type { Lecture } from '../../web/loa-client.js';
import type { Cue, Ask, Graded, Progress, SetSummary } from '../../web/loa-quiz-wire.js';
import type { Mark } from '../../web/loa-quiz.js';

/** Name of the port from a guest to the hub. */
export const LECTURE_PORT = 'lecture';
/** Name of the port from popup and options to the hub. */
export const CONTROL_PORT = 'control';

/** Where the transcript comes from: the film's text tracks, captions read off the page while they are shown, or nowhere. */
export type Subtitles = 'tracks' | 'captions' | 'none';

/** Guest to hub, over [LECTURE_PORT]. */
export type FromGuest =
  /** A film was found, or another one. */
  | { type: 'lecture'; lecture: Lecture; subtitles: Subtitles }
  /** There is no film any more. */
  | { type: 'gone' }
  /** Watch me here; of another tab that is watched, this one takes over. */
  | { type: 'start' }
  /** I am done: the report follows. */
  | { type: 'stop' }
  /** The camera rests, and goes on. */
  | { type: 'pause' }
  | { type: 'resume' }
  /** As the player speaks; the hub sends on what is due. `held`: the film waits for Loa, and would play otherwise. */
  | { type: 'playback'; position_s: number; playing: boolean; rate: number; duration_s?: number; held?: boolean }
  /** Subtitles, at most 400 cues a message. `complete`: that was the last; questions may be made. */
  | { type: 'cues'; cues: Cue[]; complete: boolean }
  | { type: 'quiz.make'; source?: 'llm' | 'cloze' }
  | { type: 'quiz.use'; set: string }
  | { type: 'quiz.open'; quiz: string }
  /** `choice`: index as shown, null: skipped. */
  | { type: 'quiz.answer'; quiz: string; choice: number | null }
  /** The graded question was read. */
  | { type: 'quiz.close' }
  /** "I am awake": the sound ends. */
  | { type: 'awake' }
  /** Open the full report: in a tab of its own, as the link that knows the learner is not for the page. */
  | { type: 'report' }
  | { type: 'settings' };

export type ToGuest =
  /** Everything there is to show, whenever it changes. */
  | { type: 'view'; view: View }
  /** The learner does not want Loa on this site any more: go, for good. The port closes. */
  | { type: 'leave' };

export type Phase =
  /** Not watched, nothing wrong. */
  | 'off'
  /** The learner has not agreed yet: options opens. */
  | 'consent'
  | 'starting'
  | 'on'
  /** The camera rests by the learner's wish. */
  | 'paused'
  /** Another tab is watched; `elsewhere` names it. */
  | 'elsewhere'
  /** It cannot go on; `trouble` says why. */
  | 'failed'
  /** The lecture is over; `report`. */
  | 'ended';

export type Camera = 'off' | 'opening' | 'on' | 'denied' | 'missing' | 'busy' | 'lost';
export type Connection = 'idle' | 'connecting' | 'open' | 'waiting' | 'failed' | 'signed-out';
export type AttentionState = 'attentive' | 'eyes_closed' | 'drowsy' | 'absent' | 'slumped' | 'looking_away' | 'unknown';
export type AlertKind = 'eyes_closed' | 'drowsy' | 'absent' | 'slumped' | 'looking_away';
export type AlertLevel = 'cue' | 'pre_alarm' | 'alarm';

/** Times are `Date.now()`, so that the guest finds the film's position of then. */
export interface OpenAlert {
  n: number;
  kind: AlertKind;
  level: AlertLevel;
  since: number;
  at: number;
  /** It came while the film stood by the learner's own hand: it is not to be seen or heard. */
  quiet?: boolean;
}
export interface Cleared {
  n: number;
  kind: AlertKind;
  since: number;
  at: number;
}

export interface QuizView {
  subtitles: Subtitles;
  progress: Progress | null;
  marks: Mark[];
  /** The question that is open; while `graded` is there, the one that was graded (after a reload of the page as well). */
  ask: Ask | null;
  /** Until `quiz.close`. */
  graded: Graded | null;
  sets: SetSummary[];
  set: string;
  /** A sentence of the server's. */
  trouble: string | null;
}

export interface ReportView {
  session: string;
  /** The full report's address, null until there is one. It knows no learner: a click says `report` instead. */
  url: string | null;
  watchedMs: number;
  attentiveMs: number;
  /** Alerts with a place in the lecture. */
  moments: { kind: AlertKind; at_s: number | null; lasted_ms: number }[];
  right: number;
  asked: number;
}

export interface View {
  phase: Phase;
  camera: Camera;
  connection: Connection;
  /** `Date.now()` of the next attempt while `waiting`. */
  retryAt: number | null;
  attention: AttentionState | null;
  alerts: OpenAlert[];
  /** The newest clearance since the guest came; null: none. */
  cleared: Cleared | null;
  quiz: QuizView;
  /** The title of the lecture that is watched elsewhere. */
  elsewhere: string | null;
  /**
   * Machine-readable, for [words]; `detail`: a sentence of the server's, if any. Of the camera `camera_denied`, `camera_missing`,
   * `camera_busy`, `camera_lost`; `server_permission`: the browser was not asked yet whether the extension may speak with the server (the
   * options page asks); else a code of the server's.
   */
  trouble: { code: string; detail: string } | null;
  report: ReportView | null;
  /** Of the settings, what the page needs. */
  prefs: { sounds: boolean; rewind: boolean; quizzes: boolean; pauseFilm: boolean };
}

/** Kept in `chrome.storage.local` under `settings`. */
export interface Settings {
  /** Origin of the server. */
  server: string;
  /** Device id of the camera; empty: the browser's choice. */
  camera: string;
  /** Limits of attention: empty: as the server is set. */
  preset: '' | 'default' | 'classic' | 'strict';
  sounds: boolean;
  /** 0 to 1. */
  volume: number;
  /** The alarm pauses the film. */
  pauseFilm: boolean;
  /** "I am awake" goes back to where attention was lost. */
  rewind: boolean;
  quizzes: boolean;
}

export const DEFAULTS: Settings = {
  server: 'http://127.0.0.1:8080',
  camera: '',
  preset: '',
  sounds: true,
  volume: 0.6,
  pauseFilm: true,
  rewind: true,
  quizzes: true,
};

/** Popup and options to the hub, over [CONTROL_PORT]; answered by [FromHub]. */
export type FromControl =
  | { type: 'watch' }
  /** Settings were changed in storage. */
  | { type: 'changed' }
  /** The camera of the lecture that is watched. */
  | { type: 'pause' }
  | { type: 'resume' }
  | { type: 'stop' }
  /** Agree to the consent text of this version; withdraw. */
  | { type: 'agree'; version: string }
  | { type: 'withdraw' }
  /** Become the learner of an entry link; forget the learner of this device. */
  | { type: 'sign-in'; link: string }
  | { type: 'sign-out' }
  /** A link to one's own reports that opens them in the browser; `me`: to what is kept, to take along or erase; `session`: to its report. */
  | { type: 'reports'; page?: 'sessions' | 'me'; session?: string };

export type ToControl =
  | { type: 'status'; status: Status }
  | { type: 'done'; of: FromControl['type']; error: { code: string; detail: string } | null; url?: string };

/** What popup and options show. */
export interface Status {
  /** Whether the server answers, and what it said. */
  server: 'unknown' | 'ok' | 'away';
  learner: string | null;
  /** False: signed in by an entry link. */
  guest?: boolean;
  consent: boolean;
  /** The lecture that is watched, and how. */
  title: string | null;
  view: View | null;
}

/** `away`: the server does not answer. */
export type Badge = 'off' | 'consent' | 'on' | 'paused' | 'away' | 'warning' | 'alarm' | 'failed';

/** To the background by `chrome.runtime.sendMessage`. */
export type ToBackground =
  /** Make the hub; the answer comes when it listens. */
  | { to: 'background'; type: 'hub' }
  /** From the hub only. */
  | { to: 'background'; type: 'load'; key: string }
  | { to: 'background'; type: 'save'; key: string; value: unknown }
  /** `section` of the options: its id. */
  | { to: 'background'; type: 'open'; page: 'options' | 'url'; url?: string; section?: string }
  /** Nothing is watched: the hub may go. */
  | { to: 'background'; type: 'idle' }
  /** From the hub: how it stands, for the sign on the icon. */
  | { to: 'background'; type: 'badge'; badge: Badge }
  /** From the hub: may the extension speak with this origin? Answered by a boolean. */
  | { to: 'background'; type: 'allowed'; origin: string }
  /** The sites' adapters, fresh from the server or built in. */
  | { to: 'background'; type: 'adapters' };

/** From the background to the hub: a site is no longer allowed. */
export interface ToHub {
  to: 'hub';
  type: 'sites';
}
