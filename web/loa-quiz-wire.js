/**
 * The quiz part of the wire protocol, version 1 (docs/protocol.md): messages of the server are read and checked, subtitles
 * are cut into messages.
 *
 * @module loa-quiz-wire
 */

import { asCount, asNumber, asObject, asText } from './loa-wire.js';

/**
 * @typedef {{start_s: number, end_s?: number, text: string}} Cue seconds of the lecture
 * @typedef {'llm' | 'cloze' | 'hand'} Source who made a set; `cloze`: sentences with a gap, made without a language model
 * @typedef {{type: 'quiz.item', quiz: string, set: string, at_s: number, answered: {correct: boolean} | null}} Item
 *   `answered`: in this watch session, and whether rightly; null: not yet
 * @typedef {{chunk: number, why: string}} Dropped a question that was not good enough, of this part of the lecture, from 0
 * @typedef {{type: 'quiz.progress', set: string, source: Source, state: 'making' | 'done' | 'failed', chunks: number,
 *   chunks_done: number, items: number, dropped: Dropped[], code: string, message: string}} Progress `set`: empty while
 *   there is none; `code` and `message` only of a failure
 * @typedef {{type: 'quiz.ask', quiz: string, at_s: number, source: Source, question: string, options: string[]}} Ask
 * @typedef {{type: 'quiz.graded', quiz: string, choice: number | null, correct: boolean, key: number, reasons: string[],
 *   explanation: string, quote: string, quote_s: number | null, took_ms: number | null}} Graded `choice`: null: passed;
 *   `key`: the right option, as shown; `reasons`: one for each option, or none
 * @typedef {{set: string, source: Source, maker: string, title: string, items: number, mine: boolean,
 *   recommendations: number, recommended: boolean}} SetSummary `maker`: the model's name; `recommended`: by this learner
 * @typedef {{type: 'quiz.sets', sets: SetSummary[]}} Sets
 * @typedef {Item | Progress | Ask | Graded | Sets} QuizMessage
 */

/** What `{"type":"transcript","cues":[]}` takes. */
const ENVELOPE_BYTES = 64;

/**
 * Cuts a lecture's subtitles into messages of at most `limit` bytes. A cue that is too long for any is left out: a sentence
 * of that length is none.
 * @param {Cue[]} cues @param {number} limit bytes of one text message @returns {Generator<Cue[]>}
 */
export function* transcriptPieces(cues, limit) {
  const encoder = new TextEncoder();
  /** @type {Cue[]} */
  let piece = [];
  let bytes = ENVELOPE_BYTES;
  for (const cue of cues) {
    const more = encoder.encode(JSON.stringify(cue)).length + 1;
    if (ENVELOPE_BYTES + more > limit) continue;
    if (bytes + more > limit) {
      yield piece;
      piece = [];
      bytes = ENVELOPE_BYTES;
    }
    piece.push(cue);
    bytes += more;
  }
  if (piece.length > 0) yield piece;
}

/** @param {unknown} value of an answer to a subtitle file @returns {Cue[] | null} null: not understood */
export function readCues(value) {
  if (!Array.isArray(value)) return null;
  return value.map(asObject).flatMap((raw) => {
    const start = asNumber(raw.start_s);
    const end = asNumber(raw.end_s);
    if (start === null || typeof raw.text !== 'string') return [];
    return [{ start_s: start, ...(end === null ? {} : { end_s: end }), text: raw.text }];
  });
}

/** @param {unknown} word @returns {Source} */
const asSource = (word) => (word === 'llm' || word === 'hand' ? word : 'cloze');
/** @param {unknown} value @returns {value is string[]} */
const areTexts = (value) => Array.isArray(value) && value.every((each) => typeof each === 'string');
/** @param {unknown} value @returns {Record<string, unknown>[]} */
const asObjects = (value) => (Array.isArray(value) ? value.map(asObject) : []);

/** @param {Record<string, unknown>} raw @returns {Item['answered']} */
function readAnswered({ answered }) {
  const { correct } = asObject(answered);
  return typeof correct === 'boolean' ? { correct } : null;
}

/** @param {Record<string, unknown>} raw @returns {Item | null} */
function readItem(raw) {
  const at = asNumber(raw.at_s);
  if (!asText(raw.quiz) || at === null) return null;
  return { type: 'quiz.item', quiz: asText(raw.quiz), set: asText(raw.set), at_s: Math.max(0, at), answered: readAnswered(raw) };
}

/** @param {Record<string, unknown>} raw @returns {Progress | null} */
function readProgress(raw) {
  if (raw.state !== 'making' && raw.state !== 'done' && raw.state !== 'failed') return null;
  return {
    type: 'quiz.progress',
    set: asText(raw.set),
    source: asSource(raw.source),
    state: raw.state,
    chunks: asCount(raw.chunks) ?? 0,
    chunks_done: asCount(raw.chunks_done) ?? 0,
    items: asCount(raw.items) ?? 0,
    dropped: asObjects(raw.dropped).map(({ chunk, why }) => ({ chunk: asCount(chunk) ?? 0, why: asText(why) })),
    code: asText(raw.code),
    message: asText(raw.message),
  };
}

/** @param {Record<string, unknown>} raw @returns {Ask | null} */
function readAsk(raw) {
  const { quiz, question, options } = raw;
  if (!asText(quiz) || !asText(question) || !areTexts(options) || options.length === 0) return null;
  return {
    type: 'quiz.ask',
    quiz: asText(quiz),
    at_s: Math.max(0, asNumber(raw.at_s) ?? 0),
    source: asSource(raw.source),
    question: asText(question),
    options,
  };
}

/** @param {Record<string, unknown>} raw @returns {Graded | null} */
function readGraded(raw) {
  const key = asCount(raw.key);
  if (!asText(raw.quiz) || key === null || typeof raw.correct !== 'boolean') return null;
  return {
    type: 'quiz.graded',
    quiz: asText(raw.quiz),
    choice: asCount(raw.choice),
    correct: raw.correct,
    key,
    reasons: areTexts(raw.reasons) ? raw.reasons : [],
    explanation: asText(raw.explanation),
    quote: asText(raw.quote),
    quote_s: asNumber(raw.quote_s),
    took_ms: asCount(raw.took_ms),
  };
}

/** @param {Record<string, unknown>} raw @returns {Sets} */
function readSets(raw) {
  const sets = asObjects(raw.sets).map((each) => ({
    set: asText(each.set),
    source: asSource(each.source),
    maker: asText(each.maker),
    title: asText(each.title),
    items: asCount(each.items) ?? 0,
    mine: each.mine === true,
    recommendations: asCount(each.recommendations) ?? 0,
    recommended: each.recommended === true,
  }));
  return { type: 'quiz.sets', sets: sets.filter(({ set }) => set !== '') };
}

/** @type {Record<string, (raw: Record<string, unknown>) => QuizMessage | null>} */
const READERS = {
  'quiz.item': readItem,
  'quiz.progress': readProgress,
  'quiz.ask': readAsk,
  'quiz.graded': readGraded,
  'quiz.sets': readSets,
};

/** A message about quizzes, every field checked; null: something else, or not understood. @param {string} text
 * @returns {QuizMessage | null} */
export function parseQuizMessage(text) {
  let raw;
  try {
    raw = asObject(JSON.parse(text));
  } catch {
    return null;
  }
  const type = asText(raw.type);
  return Object.hasOwn(READERS, type) ? READERS[type](raw) : null;
}
