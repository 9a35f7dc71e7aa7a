/**
 * What guests and forms say, checked before anything is done about it. A guest is trusted no further than the page that it stands in.
 */

import type { Lecture } from '../../../web/loa-client.js';
import type { Cue } from '../../../web/loa-quiz-wire.js';
import type { FromControl, FromGuest, Subtitles } from '../messages.js';
import { tidyTitle } from '../guest/site.js';
import { webOrigin } from '../settings.js';

const URL_CHARS = 2000;
const TITLE_CHARS = 300;
const CUES = 400;
const CUE_CHARS = 2000;
const LINK_CHARS = 4000;
/** No lecture is longer, s. */
const LONGEST_S = 1_000_000;
const FASTEST = 16;
const CHOICES = 20;

const SUBTITLES: readonly unknown[] = ['tracks', 'captions', 'none'];
const BARE_WORDS = new Set(['gone', 'start', 'stop', 'pause', 'resume', 'quiz.close', 'awake', 'report', 'settings']);
const CONTROL_WORDS = new Set(['watch', 'changed', 'pause', 'resume', 'stop', 'withdraw', 'sign-out']);

type Raw = Record<string, unknown>;

const asRaw = (value: unknown): Raw => (typeof value === 'object' && value !== null ? (value as Raw) : {});
const isSecond = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= LONGEST_S;
const isName = (value: unknown): value is string => typeof value === 'string' && /^[\w-]{1,64}$/.test(value);
const isText = (value: unknown, most: number): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= most;

/** Half of a pair of surrogates at the cut is left out: it is no text. */
const cut = (text: string): string => text.slice(0, TITLE_CHARS).replace(/[\uD800-\uDBFF]$/, '').trim();

/** @param origins where a lecture of this guest may be: those of its frame and of its tab */
function readLecture(value: unknown, origins: readonly string[]): Lecture | null {
  const { url, title, course, duration_s } = asRaw(value);
  if (!isText(url, URL_CHARS)) return null;
  const origin = webOrigin(url);
  if (origin === null || !origins.includes(origin)) return null;
  const lecture: Lecture = { url: new URL(url).href };
  if (typeof title === 'string' && cut(title)) lecture.title = cut(title);
  if (typeof course === 'string' && cut(course)) lecture.course = cut(course);
  if (isSecond(duration_s) && duration_s > 0) lecture.duration_s = duration_s;
  return lecture;
}

function readCue(value: unknown): Cue[] {
  const { start_s, end_s, text } = asRaw(value);
  if (!isSecond(start_s) || !isText(text, CUE_CHARS)) return [];
  return [{ start_s, ...(isSecond(end_s) && end_s >= start_s ? { end_s } : {}), text }];
}

/**
 * The title of the tab that a frame's player is in: the frame's own names the player, the page around it the lecture.
 * @returns undefined: there is none, or it is but the address
 */
export function readTabTitle({ title, url }: { title?: string; url?: string } = {}): string | undefined {
  const words = cut(tidyTitle(title ?? ''));
  const address = (url ?? '').replace(/^\w+:\/\//, '');
  return words && !address.startsWith(words) ? words : undefined;
}

function readPlayback({ position_s, playing, rate, duration_s, held }: Raw): FromGuest | null {
  if (!isSecond(position_s) || typeof playing !== 'boolean') return null;
  if (typeof rate !== 'number' || !(rate > 0 && rate <= FASTEST)) return null;
  const known = isSecond(duration_s) && duration_s > 0;
  return { type: 'playback', position_s, playing, rate, ...(known ? { duration_s } : {}), ...(held === true ? { held } : {}) };
}

/**
 * What a guest said; null: it does not fit, and nothing is done about it. Single cues that do not fit are left out.
 * @param origins where a lecture of this guest may be
 */
export function readGuest(value: unknown, origins: readonly string[]): FromGuest | null {
  const raw = asRaw(value);
  if (typeof raw.type !== 'string') return null;
  if (BARE_WORDS.has(raw.type)) return { type: raw.type } as FromGuest;
  switch (raw.type) {
    case 'lecture': {
      const lecture = readLecture(raw.lecture, origins);
      const fits = lecture !== null && SUBTITLES.includes(raw.subtitles);
      return fits ? { type: 'lecture', lecture, subtitles: raw.subtitles as Subtitles } : null;
    }
    case 'playback':
      return readPlayback(raw);
    case 'cues': {
      const { cues, complete } = raw;
      if (!Array.isArray(cues) || cues.length > CUES || typeof complete !== 'boolean') return null;
      return { type: 'cues', cues: cues.flatMap(readCue), complete };
    }
    case 'quiz.make':
      if (raw.source === undefined) return { type: 'quiz.make' };
      return raw.source === 'llm' || raw.source === 'cloze' ? { type: 'quiz.make', source: raw.source } : null;
    case 'quiz.use':
      return isName(raw.set) ? { type: 'quiz.use', set: raw.set } : null;
    case 'quiz.open':
      return isName(raw.quiz) ? { type: 'quiz.open', quiz: raw.quiz } : null;
    case 'quiz.answer': {
      const { quiz, choice } = raw;
      const isChoice = choice === null || (Number.isInteger(choice) && Number(choice) >= 0 && Number(choice) < CHOICES);
      return isName(quiz) && isChoice ? { type: 'quiz.answer', quiz, choice: choice as number | null } : null;
    }
    default:
      return null;
  }
}

/** What popup or options said; null: it does not fit. */
export function readControl(value: unknown): FromControl | null {
  const raw = asRaw(value);
  if (typeof raw.type !== 'string') return null;
  if (CONTROL_WORDS.has(raw.type)) return { type: raw.type } as FromControl;
  switch (raw.type) {
    case 'agree':
      return isText(raw.version, 100) ? { type: 'agree', version: raw.version } : null;
    case 'sign-in':
      return isText(raw.link, LINK_CHARS) ? { type: 'sign-in', link: raw.link } : null;
    case 'reports':
      if (isName(raw.session)) return { type: 'reports', session: raw.session };
      return { type: 'reports', page: raw.page === 'me' ? 'me' : 'sessions' };
    default:
      return null;
  }
}

/** Subtitles of one lecture as they come in, within what a server takes. */
export class Gathering {
  cues: Cue[] = [];
  complete = false;
  #bytes = 0;

  /** @param limit bytes in all; 48 are counted for each cue beside its text, as servers do */
  constructor(private readonly limit = 1024 * 1024) {}

  /** False: some found no room. */
  add(cues: Cue[], complete: boolean): boolean {
    const encoder = new TextEncoder();
    this.complete ||= complete;
    for (const cue of cues) {
      const bytes = encoder.encode(cue.text).length + 48;
      if (this.#bytes + bytes > this.limit) return false;
      this.#bytes += bytes;
      this.cues.push(cue);
    }
    return true;
  }
}
