/** Every sentence about quizzes that the page chooses at run time. */

/**
 * @typedef {import('./loa-quiz.js').Progress} Progress
 * @typedef {import('./loa-quiz.js').Outcome} Outcome
 * @typedef {import('./loa-quiz-wire.js').Source} Source
 */

/** A place in the lecture as players write it. @param {number} seconds */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (/** @type {number} */ value) => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** @param {number} count @param {string} one @param {string} [many] */
const counted = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

/** A sentence of the server's, which begin small and may have no full stop. @param {string} words */
const sentence = (words) => (words ? `${words[0].toUpperCase()}${words.slice(1)}${/[.!?]$/.test(words) ? '' : '.'}` : '');

/** Who made the questions. @type {Record<Source, string>} */
const by = {
  llm: 'Made by a language model',
  cloze: 'Sentences with a gap, made without a language model',
  hand: 'Written by hand',
};
/** Who makes them. @type {Record<Source, string>} */
const madeNow = { llm: 'By a language model.', cloze: 'Sentences with a gap, without a language model.', hand: '' };
/** @param {Progress} progress @param {string} maker the model's name; empty: not known */
export function madeBy({ source, state }, maker) {
  if (state === 'making') return madeNow[source];
  return source === 'llm' && maker ? `${by.llm} (${maker}).` : `${by[source]}.`;
}

export const sending = 'The subtitles are on their way…';
export const comingBack = 'The questions of before are looked up…';
export const lookingUp = 'The lecture’s questions are looked up…';
export const found = 'There are questions about this lecture.';
export const noneFound = 'There are no questions about this lecture yet. Choose its subtitles, and they are made.';

/** Beside the marks, while there is no film. */
export const tapMarks = 'Tap a question mark to be asked, or add the film: then they pop up by themselves.';
/** A mark that was answered before this page was loaded. */
export const answeredBefore = 'This question was answered before. “My sessions” shows how.';

/** In the chooser of sets. */
export const madeOfSubtitles = 'made from the subtitles';
export const chooseSet = 'choose…';
export const setOfBefore = 'those of before';
/** @param {import('./loa-quiz-wire.js').SetSummary} set */
export function set({ source, maker, title, items, recommendations }) {
  const name = source === 'llm' && maker ? `${by.llm} (${maker})` : by[source];
  const facts = [title && source === 'hand' ? 'by hand' : '', counted(items, 'question'), recommendations > 0 ? `★${recommendations}` : ''];
  return `${(source === 'hand' && title) || name} (${facts.filter(Boolean).join(', ')})`;
}

/** @param {Progress} progress */
export function howFar({ state, items, chunks, chunks_done }) {
  const soFar = counted(items, 'question');
  if (state === 'making') {
    const parts = `${chunks_done} of ${counted(chunks, 'part')} done`;
    return chunks > 0 ? `Questions are being made: ${items} so far, ${parts}.` : 'Questions are being made…';
  }
  if (state === 'done') return `${soFar}.`;
  return items > 0 ? `${soFar} could be made; the rest could not.` : 'No questions could be made.';
}

/** @param {number} count @param {boolean} others whether there are questions beside them */
export const dropped = (count, others) =>
  `${others ? counted(count, 'other') : count} ${count === 1 ? 'was' : 'were'} not good enough, or could not be made`;
/** @param {{chunk: number, why: string}} one */
export const droppedWhy = ({ chunk, why }) => `Part ${chunk + 1}: ${why || 'no reason was given'}`;

/**
 * Where no question was good enough: what most often stood in the way, of reasons as frequent the first.
 * @param {Progress} progress @returns {{why: string, alone: boolean} | null} `alone`: there is no other reason; null: something was
 *   made, it failed otherwise, or nobody said why
 */
function mainReason({ code, items, dropped }) {
  if (code !== 'quiz_none' || items > 0) return null;
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { why } of dropped) if (why) counts.set(why, (counts.get(why) ?? 0) + 1);
  const [most] = [...counts].sort(([, one], [, other]) => other - one);
  return most ? { why: most[0], alone: counts.size === 1 } : null;
}

/** Why no more questions will come. @param {Progress} progress */
export function failure(progress) {
  const { code, message } = progress;
  const main = mainReason(progress);
  if (main) return sentence(main.alone ? main.why : `most often: ${main.why}`);
  return sentence(message || `the server says only: ${code}`);
}

/** What was dropped for a reason that `failure` does not say; it need not be said twice. @param {Progress} progress */
export function alsoDropped(progress) {
  const { dropped, message } = progress;
  const main = mainReason(progress);
  const said = main?.alone ? main.why : message;
  return dropped.filter(({ why }) => !said || why !== said);
}

/** @type {Record<string, string>} */
const troubles = {
  llm_missing: 'This server has no language model.',
  quiz_answered: 'This question was answered before; the first answer counts.',
  quiz_not_open: 'This question is no longer open.',
  quiz_unknown: 'This question is not among those in use any more.',
  set_unknown: 'These questions are not there any more. Choose the subtitles again.',
  transcript_missing: 'The server has these subtitles no longer. Choose them again.',
};
/** What the server refused about quizzes. @param {{code: string, message: string}} problem */
export const trouble = ({ code, message }) =>
  Object.hasOwn(troubles, code) ? troubles[code] : sentence(message || `the server refused: ${code}`);

/** @type {Record<Outcome, string>} */
const outcomes = { open: 'open now', right: 'answered right', wrong: 'answered wrong', passed: 'passed', answered: 'answered' };
/** What stands in a mark. @param {Outcome | null} outcome */
export const sign = (outcome) => (outcome === 'right' ? '✓' : outcome === 'wrong' ? '✗' : outcome === 'passed' ? '–' : outcome === 'answered' ? '•' : '?');
/** @param {number} seconds @param {Outcome | null} outcome */
export const mark = (seconds, outcome) => `Question at ${clock(seconds)}${outcome ? `, ${outcomes[outcome]}` : ''}`;

/** @param {number} seconds */
export const place = (seconds) => `Question at ${clock(seconds)}`;
/** @param {number} options */
export const keys = (options) => `Keys 1 ${options > 2 ? 'to' : 'and'} ${options}, or ↑ ↓ and Enter, answer`;
/** After Escape, which alone takes nothing away. */
export const enterSkips = 'Press Enter to skip this question.';
export const keysAfter = 'Enter or Esc continues';

/** @param {boolean} correct @param {boolean} passed */
export const verdict = (correct, passed) => (passed ? 'Skipped' : correct ? 'Right' : 'Not quite');
/** Before the right option. @param {boolean} correct @param {boolean} passed */
export const verdictMore = (correct, passed) => (correct ? '' : passed ? 'The answer is:' : 'The right answer is:');
/** Beside an option, after the answer. */
export const tags = { both: 'Your answer, right', key: 'Right answer', chosen: 'Your answer, wrong' };

/** @param {number} seconds */
export const goThere = (seconds) => `Go there (${clock(seconds)})`;
/** @param {number} seconds */
export const saidAt = (seconds) => `at ${clock(seconds)}`;

export const notConnected = 'There is no connection at the moment. Your answer is not sent yet: answer again when it is back.';
export const notConnectedMark = 'There is no connection at the moment. Try again when it is back.';
export const askedAgain = 'A new session has begun, so this answer does not count. The question is asked again at its place.';

/** @param {string} name of a subtitle file */
export const reading = (name) => `“${name}” is read…`;
/** A subtitle file that is none. @param {string} name @param {{code: string, detail: string}} error */
export function subtitleTrouble(name, { code, detail }) {
  if (code === 'body_too_large') return `“${name}” is larger than subtitles may be (4 MiB).`;
  return `“${name}” could not be read as subtitles. ${sentence(detail)}`.trim();
}
export const noCues = (/** @type {string} */ name) => `There is no text in “${name}”.`;
/** A film came with subtitles and cannot be played: the questions are asked all the same. */
export const withoutFilm = 'The questions are made all the same.';
/** @param {string[]} names */
export const leftOut = (names) => `One film and one subtitle file at a time: “${names.join('”, “')}” is left out.`;
