/** The card of a lecture with questions: its film, the marks, and how far the making is. All words go through textContent. */

import { markLanguage } from './language.js';
import * as strings from './quiz-strings.js';
import { byId } from './view.js';

/**
 * @typedef {import('./loa-quiz.js').Mark} Mark
 * @typedef {import('./loa-quiz.js').Progress} Progress
 */

/** @param {string} id @param {string} words */
function write(id, words) {
  const place = byId(id);
  if (place.textContent !== words) place.textContent = words;
}

/** @param {string} title @param {string} words what goes on */
export function showCard(title, words) {
  document.body.dataset.lesson = '';
  byId('lesson').hidden = false;
  write('lesson-title', title);
  markLanguage(byId('lesson-title'), title);
  showProgress(null, '');
  showWords(words);
  showTrouble('');
  sayBesideMarks('');
}

/** What goes on, before there is a set to tell of. @param {string} words */
export const showWords = (words) => write('lesson-progress', words);

export function hideCard() {
  delete document.body.dataset.lesson;
  byId('lesson').hidden = true;
  showFilm(null);
}

/** @param {HTMLElement | null} film */
export function showFilm(film) {
  byId('lesson').toggleAttribute('data-film', film !== null);
  byId('lesson-film').replaceChildren(...(film ? [film] : []));
  write('film-choice', film ? 'Other film…' : 'Add the film…');
}

/** Where the film stands, and how long it is, in seconds. @param {number} here @param {number} duration NaN: not known */
export function showPlace(here, duration) {
  const known = duration > 0 && duration < Infinity;
  byId('marks-box').style.setProperty('--here', String(known ? Math.min(1, here / duration) : 0));
  write('marks-here', strings.clock(here));
  write('marks-end', known ? strings.clock(duration) : '');
}

/** A word about the marks, or about one of them. @param {string} words empty: none */
export const sayBesideMarks = (words) => write('marks-said', words);

/** A mark that is there already stays the same element, so that the focus stays on it.
 * @param {Mark[]} marks @param {number} duration of the lecture, s; NaN: not known @param {(quiz: string) => void} open */
export function showMarks(marks, duration, open) {
  const list = byId('marks');
  const before = new Map([...list.children].map((line) => [/** @type {HTMLElement} */ (line).dataset.quiz, line]));
  const end = duration > 0 && duration < Infinity ? duration : Math.max(1, ...marks.map(({ at_s }) => at_s));
  const lines = marks.map((mark) => {
    const line = /** @type {HTMLElement} */ (before.get(mark.quiz) ?? newMark(mark, open));
    line.style.setProperty('--at', String(Math.min(1, mark.at_s / end)));
    dress(line, mark);
    return line;
  });
  if (lines.length !== list.children.length || lines.some((line, i) => line !== list.children[i])) {
    list.replaceChildren(...lines);
  }
  byId('marks-box').hidden = marks.length === 0;
}

/** The button of a mark; null: there is none. @param {string} quiz @returns {HTMLElement | null} */
export function markOf(quiz) {
  const lines = /** @type {HTMLElement[]} */ ([...byId('marks').children]);
  return /** @type {HTMLElement | null} */ (lines.find((line) => line.dataset.quiz === quiz)?.firstElementChild ?? null);
}

/** @param {Mark} mark @param {(quiz: string) => void} open */
function newMark({ quiz, at_s }, open) {
  const line = document.createElement('li');
  line.dataset.quiz = quiz;
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'mark';
  const sign = document.createElement('span');
  sign.className = 'mark-sign';
  const time = document.createElement('span');
  time.className = 'mark-time';
  time.textContent = strings.clock(at_s);
  button.append(sign, time);
  button.addEventListener('click', () => open(quiz));
  line.append(button);
  return line;
}

/** @param {HTMLElement} line @param {Mark} mark */
function dress(line, { at_s, outcome }) {
  const button = /** @type {HTMLElement} */ (line.firstElementChild);
  const label = strings.mark(at_s, outcome);
  if (button.getAttribute('aria-label') === label) return;
  button.setAttribute('aria-label', label);
  button.title = label;
  button.dataset.outcome = outcome ?? 'none';
  const sign = /** @type {HTMLElement} */ (button.firstElementChild);
  sign.textContent = strings.sign(outcome);
}

/** @param {Progress | null} progress null: nothing is known @param {string} maker the model's name, if known */
export function showProgress(progress, maker) {
  const bar = /** @type {HTMLProgressElement} */ (byId('lesson-bar'));
  bar.hidden = progress?.state !== 'making';
  bar.max = Math.max(1, progress?.chunks ?? 1);
  bar.value = progress?.chunks_done ?? 0;
  write('lesson-progress', progress ? strings.howFar(progress) : '');
  write('lesson-maker', progress && progress.state !== 'failed' ? strings.madeBy(progress, maker) : '');
  if (progress) showDropped(progress);
  else byId('lesson-dropped').hidden = true;
}

/** @param {Progress} progress */
function showDropped(progress) {
  const dropped = strings.alsoDropped(progress);
  byId('lesson-dropped').hidden = dropped.length === 0;
  if (dropped.length === 0) return;
  write('lesson-dropped-count', strings.dropped(dropped.length, progress.items > 0));
  byId('lesson-dropped-why').replaceChildren(
    ...dropped.map((one) => {
      const line = document.createElement('li');
      line.textContent = strings.droppedWhy(one);
      return line;
    }),
  );
}

/**
 * @typedef {object} Ways out
 * @property {boolean} [again] the same once more
 * @property {boolean} [cloze] without a language model
 * @property {boolean} [choose] other subtitles
 * @property {'bad' | 'note'} [tone] `note`: there is something to go on with
 */

/** @param {string} words empty: none @param {Ways} [ways] which buttons help */
export function showTrouble(words, { again = false, cloze = false, choose = false, tone = 'bad' } = {}) {
  byId('lesson-trouble').hidden = words === '';
  byId('lesson-trouble').dataset.tone = tone;
  write('lesson-trouble-text', words);
  byId('lesson-again').hidden = !again;
  byId('lesson-cloze').hidden = !cloze;
  byId('lesson-choose').hidden = !choose;
}
