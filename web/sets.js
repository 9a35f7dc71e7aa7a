/** The chooser of a lecture's sets of questions: those that were written by hand or recommended, and what is made here. */

import * as strings from './quiz-strings.js';
import { byId } from './view.js';

/**
 * @typedef {import('./loa-quiz-wire.js').SetSummary} SetSummary
 * @typedef {{value: string, label: string}} Choice `value`: a set's name; empty: what is made of the subtitles, or nothing
 *
 * @typedef {object} Here
 * @property {string} set in use; empty: none yet
 * @property {string} made of the subtitles; empty: none yet
 * @property {boolean} hasCues whether there are subtitles to make questions of
 */

/**
 * What there is to choose from; none when there is no choice.
 * @param {SetSummary[]} sets of the lecture @param {Here} here @returns {{choices: Choice[], chosen: string}}
 */
export function choicesOf(sets, { set, made, hasCues }) {
  const others = sets.filter((each) => each.items > 0 && each.set !== made && each.set !== set);
  // Who has no subtitles is glad of any.
  const worth = others.filter((each) => !(hasCues || set) || each.source === 'hand' || each.recommendations > 0);
  const used = set && set !== made ? set : '';
  const summary = sets.find((each) => each.set === used);
  /** @type {Choice[]} */
  const choices = [];
  if (hasCues || made) choices.push({ value: '', label: strings.madeOfSubtitles });
  else if (!used) choices.push({ value: '', label: strings.chooseSet });
  if (used) choices.push({ value: used, label: summary ? strings.set(summary) : strings.setOfBefore });
  choices.push(...worth.map((each) => ({ value: each.set, label: strings.set(each) })));
  return { choices: choices.length > 1 ? choices : [], chosen: used };
}

const select = /** @type {HTMLSelectElement} */ (byId('sets'));

/** @param {SetSummary[]} sets @param {Here} here */
export function showSets(sets, here) {
  const { choices, chosen } = choicesOf(sets, here);
  byId('lesson-sets').hidden = choices.length === 0;
  const before = [...select.options].map(({ value, text }) => `${value} ${text}`).join('\n');
  if (before !== choices.map(({ value, label }) => `${value} ${label}`).join('\n')) {
    select.replaceChildren(...choices.map(({ value, label }) => new Option(label, value)));
  }
  select.value = chosen;
}

/** @param {(set: string) => void} act */
export const onChosen = (act) => select.addEventListener('change', () => act(select.value));
