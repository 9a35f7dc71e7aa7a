/** A lecture's subtitles over its film, by the browser's own means: its player shows, and hides, them. */

import { languageOf } from './language.js';

/** @typedef {import('./loa-quiz-wire.js').Cue} Cue */

/** How long a cue without an end stays, if no other comes, s. */
const STAYS_S = 6;
/** In cues these begin tags and characters by name. @type {Record<string, string>} */
const NAMES = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** @param {string} words as they are to be read */
const asCueText = (words) => words.replace(/[&<>]/g, (letter) => NAMES[letter]);

/** When each cue comes and goes; one without an end stays until the next. @param {Cue[]} cues
 * @returns {{start: number, end: number, text: string}[]} */
export function captionsOf(cues) {
  return cues.map(({ start_s, end_s, text }, index) => {
    const next = cues[index + 1]?.start_s ?? Infinity;
    const stays = Math.min(start_s + STAYS_S, next > start_s ? next : Infinity);
    return { start: start_s, end: end_s !== undefined && end_s > start_s ? end_s : stays, text: asCueText(text) };
  });
}

/** Shows these in place of those of before. @param {HTMLVideoElement} video @param {Cue[]} cues none: nothing is shown */
export function showCaptions(video, cues) {
  for (const before of video.textTracks) before.mode = 'disabled';
  if (cues.length === 0) return;
  const track = video.addTextTrack('subtitles', 'Subtitles', languageOf(cues.slice(0, 99).map(({ text }) => text).join(' ')) || 'en');
  for (const { start, end, text } of captionsOf(cues)) track.addCue(new VTTCue(start, end, text));
  track.mode = 'showing';
}
