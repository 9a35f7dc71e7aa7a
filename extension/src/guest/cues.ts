/** Subtitles as they are told: plain lines with their time, in pieces. No DOM in here. */

import type { Cue } from '../../../web/loa-quiz-wire.js';

/** What one message holds. */
export const MOST_CUES = 400;
/** A line that is longer is none. */
const LONGEST_TEXT = 1000;
/** All of a lecture, as JSON, bytes or nearly so: more is not taken. */
const MOST_BYTES = 1_000_000;

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', nbsp: ' ', lrm: '', rlm: '', quot: '"', apos: "'" };

/** The words of a WebVTT cue without its marks: `<v Kim>`, `<00:01.000>`, `&amp;`. */
export const plainText = (text: string): string =>
  text
    .replace(/<[^>]*>/g, '')
    .replace(/&(\w+);/g, (all, name: string) => ENTITIES[name] ?? all)
    .replace(/\s+/g, ' ')
    .trim();

/** Null: no words, or no time. */
export function tidyCue(start: number, end: number, text: string): Cue | null {
  const words = plainText(text);
  if (words === '' || words.length > LONGEST_TEXT || !(start >= 0 && start < Infinity)) return null;
  // The cue of a live stream may have no end.
  const known = end > start && end < Infinity;
  return { start_s: round(start), ...(known ? { end_s: round(end) } : {}), text: words };
}

const round = (seconds: number): number => Math.round(seconds * 1000) / 1000;

/** In the lecture's order, each once, and no more than is taken. */
export function tidy(cues: Cue[]): Cue[] {
  const seen = new Set<string>();
  let bytes = 0;
  return [...cues]
    .sort((a, b) => a.start_s - b.start_s)
    .filter((cue) => {
      const key = `${cue.start_s} ${cue.text}`;
      if (seen.has(key)) return false;
      seen.add(key);
      bytes += weight(cue);
      return bytes <= MOST_BYTES;
    });
}

/** Nearly: three bytes for what is not Latin, and what stands around it. */
const weight = ({ text }: Cue): number => [...text].reduce((sum, letter) => sum + (letter < '\u0080' ? 1 : 3), 60);

/** Messages; the last one says so. Without cues there is one all the same if it is the last. */
export function pieces(cues: Cue[], complete: boolean): { cues: Cue[]; complete: boolean }[] {
  const parts: { cues: Cue[]; complete: boolean }[] = [];
  for (let from = 0; from < cues.length; from += MOST_CUES) parts.push({ cues: cues.slice(from, from + MOST_CUES), complete: false });
  const last = parts.at(-1);
  if (complete && last) last.complete = true;
  else if (complete) parts.push({ cues: [], complete: true });
  return parts;
}
