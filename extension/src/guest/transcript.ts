/** Subtitles that a film brings along: its text tracks are loaded, read and left as they were. */

import type { Cue } from '../../../web/loa-quiz-wire.js';
import { tidy, tidyCue } from './cues.js';
import { languageAt } from './page.js';

/** Tracks are loaded by the browser when they are wanted; one that brings nothing for this long brings nothing, ms. */
const WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 250;
/** A track that grew no more for this long is complete if it reaches the film's end, ms. */
const STILL_FOR_MS = 2000;
/** Subtitles that reach so far reach the end. */
const NEAR_END = 0.85;

/** Subtitles of a film: those that there are, and whether more of them may come. */
export interface Transcript {
  cues: Cue[];
  complete: boolean;
}

/** The track to read, of those with spoken words; the film's own choice, then the lecture's language, then the learner's. */
export function chooseTrack(film: HTMLVideoElement): TextTrack | null {
  const tracks = [...film.textTracks].filter(({ kind }) => kind === 'subtitles' || kind === 'captions');
  const wanted = [languageAt(film), ...navigator.languages.map((each) => each.toLowerCase().split('-')[0])];
  const worth = (track: TextTrack): number => {
    const rank = wanted.indexOf(track.language.toLowerCase().split('-')[0]);
    return (rank < 0 ? 0 : wanted.length - rank) * 10 + (track.mode === 'showing' ? 5 : 0) + (elementOf(film, track)?.default ? 2 : 0);
  };
  return tracks.sort((a, b) => worth(b) - worth(a))[0] ?? null;
}

const elementOf = (film: HTMLVideoElement, track: TextTrack): HTMLTrackElement | undefined =>
  [...film.querySelectorAll('track')].find((element) => element.track === track);

/** What a track holds now. */
export function readTrack(track: TextTrack): Cue[] {
  return tidy(
    [...(track.cues ?? [])].flatMap((cue) => {
      const text = 'text' in cue && typeof cue.text === 'string' ? cue.text : '';
      return tidyCue(cue.startTime, cue.endTime, text) ?? [];
    }),
  );
}

/**
 * Loads a film's subtitles.
 * @param isWanted false: nobody waits for them any more
 * @returns null: it has none, or none that come
 */
export async function loadTranscript(film: HTMLVideoElement, isWanted: () => boolean): Promise<Transcript | null> {
  const track = await waitFor(() => chooseTrack(film), isWanted, WITHIN_MS);
  if (!track) return null;
  const before = track.mode;
  if (before === 'disabled') track.mode = 'hidden';
  try {
    return await readAll(film, track, isWanted);
  } finally {
    // Nobody else has chosen it meanwhile.
    if (before === 'disabled' && track.mode === 'hidden') track.mode = 'disabled';
  }
}

async function readAll(film: HTMLVideoElement, track: TextTrack, isWanted: () => boolean): Promise<Transcript | null> {
  const element = elementOf(film, track);
  let count = 0;
  let stillSince = Date.now();
  const isRead = (): true | null => {
    const now = track.cues?.length ?? 0;
    if (now !== count) [count, stillSince] = [now, Date.now()];
    if (element?.readyState === HTMLTrackElement.LOADED) return true;
    if (element?.readyState === HTMLTrackElement.ERROR) return true;
    return count > 0 && Date.now() - stillSince >= STILL_FOR_MS ? true : null;
  };
  await waitFor(isRead, isWanted, WITHIN_MS);
  const cues = readTrack(track);
  if (cues.length === 0) return null;
  return { cues, complete: element?.readyState === HTMLTrackElement.LOADED || reachesEnd(cues, film.duration) };
}

function reachesEnd(cues: Cue[], duration: number): boolean {
  const last = cues.at(-1);
  return last !== undefined && duration > 0 && duration < Infinity && (last.end_s ?? last.start_s) >= duration * NEAR_END;
}

async function waitFor<T>(look: () => T | null, isWanted: () => boolean, ms: number): Promise<T | null> {
  for (const end = Date.now() + ms; isWanted(); ) {
    const found = look();
    if (found !== null || Date.now() >= end) return found;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return null;
}
