/**
 * Quizzes over a Loa client's connection (docs/protocol.md: `transcript`, `quiz.*`): from subtitles to a graded answer.
 *
 * It touches no DOM, so that a page and an extension can both use it. The owner hands in a `LoaClient`, gives the cues of a
 * lecture's subtitles to `make`, and listens. What the server says again after a lost connection is told once.
 *
 * @module loa-quiz
 */

import { parseQuizMessage, transcriptPieces } from './loa-quiz-wire.js';

/**
 * @typedef {import('./loa-client.js').LoaClient} LoaClient
 * @typedef {import('./loa-wire.js').Problem} Problem
 * @typedef {import('./loa-quiz-wire.js').Cue} Cue
 * @typedef {import('./loa-quiz-wire.js').Item} Item
 * @typedef {import('./loa-quiz-wire.js').Progress} Progress
 * @typedef {import('./loa-quiz-wire.js').Ask} Ask
 * @typedef {import('./loa-quiz-wire.js').Graded} Graded
 * @typedef {import('./loa-quiz-wire.js').SetSummary} SetSummary
 *
 * @typedef {'llm' | 'cloze'} Wished who shall make the questions
 * @typedef {'open' | 'right' | 'wrong' | 'passed' | 'answered'} Outcome `answered`: elsewhere, or before this page was loaded
 * @typedef {{quiz: string, at_s: number, outcome: Outcome | null}} Mark a place with a question, in seconds of the lecture
 *
 * Told by events (`CustomEvent`, the value in `detail`), best heard with `on`.
 * @typedef {{marks: Mark[], progress: Progress | null, sets: SetSummary[], ask: Ask | null, graded: Graded,
 *   trouble: Problem}} Events
 *   `marks`: in the lecture's order; `progress`: null when another lecture begins; `ask`: null when the open question is
 *   no longer asked; `trouble`: the server refused something about quizzes
 */

/** Refusals that are about quizzes, and about no frame. */
const CODES = new Set(['no_lecture', 'llm_missing', 'set_unknown', 'database_away']);
/** Beginnings of such. */
const FAMILIES = /^(quiz|transcript)_/;

/** The watch session of before is over, and with it a set that was never named. @type {Problem} */
const LOST = { type: 'error', seq: null, code: 'set_unknown', message: '', retry: false, retry_after_ms: null };

/** Whether a problem of the server is about quizzes. @param {{code: string, seq: number | null}} problem */
export const isAboutQuizzes = ({ code, seq }) => seq === null && (CODES.has(code) || FAMILIES.test(code));

export class LoaQuiz extends EventTarget {
  /** How far the set in use is; null: none is wished for. @type {Progress | null} */
  progress = null;
  /** The question that waits for its answer. @type {Ask | null} */
  asked = null;
  /** By their quiz. @type {Map<string, Mark>} */
  #marks = new Map();
  /** The lecture's subtitles, until the set is complete. @type {Cue[]} */
  #cues = [];
  /** @type {Wished | undefined} */
  #source;
  /** Whether the subtitles have left for the watch session that the connection holds, and the wish for questions. */
  #sent = false;
  /** Whether they had to leave once more. */
  #resent = false;
  /** The question that was wished for last. */
  #wished = '';
  /** Whether the set was made before, so that there are no subtitles to make it anew. */
  #before = false;
  /** The set in use; empty: not known yet. */
  #set = '';

  /** @param {LoaClient} client */
  constructor(client) {
    super();
    this.client = client;
    client.on('other', (text) => this.#hear(text));
    client.on('problem', ({ problem }) => this.#refused(problem));
    client.on('welcome', ({ recovered }) => this.#welcomed(recovered === true));
  }

  /**
   * @template {keyof Events} T
   * @param {T} type @param {(detail: Events[T]) => void} act
   * @returns {() => void} stops listening
   */
  on(type, act) {
    /** @param {Event} event */
    const listener = (event) => act(/** @type {CustomEvent<Events[T]>} */ (event).detail);
    this.addEventListener(type, listener);
    return () => this.removeEventListener(type, listener);
  }

  /** In the lecture's order. @returns {Mark[]} */
  get marks() {
    return [...this.#marks.values()].sort((a, b) => a.at_s - b.at_s);
  }

  /** The name of the set in use; empty: none. */
  get set() {
    return this.#set;
  }

  /** Forgets what was before: another lecture, or none, begins. */
  reset() {
    this.progress = null;
    this.#cues = [];
    this.#source = undefined;
    this.#sent = this.#resent = this.#before = false;
    this.#set = this.#wished = '';
    this.#marks.clear();
    this.#close();
    this.#emit('marks', []);
    this.#emit('progress', null);
  }

  /**
   * Has questions made of these subtitles, now or as soon as there is a connection, and again wherever a new watch session
   * begins. The client's `lecture` has to name what they belong to.
   * @param {Cue[]} cues @param {Wished} [source] none: as the server chooses
   */
  make(cues, source) {
    this.reset();
    this.#cues = cues;
    this.#source = source;
    this.#begin();
  }

  /** Once more, after it failed, of the same subtitles. @param {Wished} [source] */
  again(source) {
    this.#source = source;
    this.#set = '';
    // The server keeps the transcript until a set is complete.
    if (this.#sent) this.client.say({ type: 'quiz.generate', ...(source ? { source } : {}) });
    else this.#begin();
  }

  /** Goes on with a set that was made before, as after a page was loaded anew.
   * @param {string} set its name; empty: whatever the watch session of before has in use */
  use(set) {
    this.reset();
    this.#set = set;
    this.#before = true;
    this.#begin();
  }

  /** Has this question asked now. @param {string} quiz @returns {boolean} false: there is no connection */
  open(quiz) {
    this.#wished = quiz;
    return this.client.say({ type: 'quiz.open', quiz });
  }

  /** Answers the open question. @param {number | null} choice an index of its options; null: passes
   * @returns {boolean} false: there is no connection, or no open question */
  answer(choice) {
    return this.asked !== null && this.client.say({ type: 'quiz.answer', quiz: this.asked.quiz, choice });
  }

  /** Asks which sets the lecture has: they come by `sets`. */
  askForSets() {
    this.client.say({ type: 'quiz.sets' });
  }

  /* -- what leaves -- */

  #begin() {
    const { client } = this;
    if (client.state.name !== 'open') return;
    if (this.#set) return void client.say({ type: 'quiz.use', set: this.#set });
    if (this.#cues.length === 0) return;
    const limit = client.welcome?.limits.text_bytes ?? Infinity;
    for (const cues of transcriptPieces(this.#cues, limit)) client.say({ type: 'transcript', cues });
    this.#sent = client.say({ type: 'quiz.generate', ...(this.#source ? { source: this.#source } : {}) });
  }

  /** @param {boolean} recovered whether the watch session of before goes on: then the server says all by itself */
  #welcomed(recovered) {
    if (recovered) {
      // A wish that was still on its way may be lost; the same one twice is one.
      if (this.progress || this.#before) return;
      if (this.#sent) this.again(this.#source);
      else this.#begin();
      return;
    }
    this.#sent = false;
    this.#close();
    if (this.#before && !this.#set) this.#emit('trouble', LOST);
    else this.#begin();
  }

  /* -- what comes -- */

  /** @param {string} text */
  #hear(text) {
    const message = parseQuizMessage(text);
    switch (message?.type) {
      case 'quiz.item':
        return this.#mark(message);
      case 'quiz.progress':
        return this.#advance(message);
      case 'quiz.ask':
        return this.#ask(message);
      case 'quiz.graded':
        return this.#grade(message);
      case 'quiz.sets':
        return this.#emit('sets', message.sets);
    }
  }

  /** @param {Item} item */
  #mark({ quiz, at_s, set }) {
    // Of another set than the marks that are here: those are over.
    if (set !== this.#set) {
      const others = this.#set !== '' && this.#marks.size > 0;
      this.#set = set;
      if (others) this.#marks.clear();
    }
    if (this.#marks.has(quiz)) return;
    this.#marks.set(quiz, { quiz, at_s, outcome: this.asked?.quiz === quiz ? 'open' : null });
    this.#emit('marks', this.marks);
  }

  /** @param {Progress} progress */
  #advance(progress) {
    this.progress = progress;
    if (progress.set) this.#set = progress.set;
    this.#emit('progress', progress);
  }

  /** @param {Ask} ask */
  #ask(ask) {
    const before = this.asked?.quiz;
    this.asked = ask;
    if (before && before !== ask.quiz) this.#settle(before, null);
    this.#settle(ask.quiz, 'open');
    this.#emit('ask', ask);
  }

  /** @param {Graded} graded */
  #grade(graded) {
    if (this.asked?.quiz === graded.quiz) this.asked = null;
    this.#settle(graded.quiz, graded.choice === null ? 'passed' : graded.correct ? 'right' : 'wrong');
    this.#emit('graded', graded);
  }

  /** @param {Problem} problem */
  #refused(problem) {
    if (!isAboutQuizzes(problem)) return;
    if (problem.code === 'transcript_missing' && this.#cues.length > 0 && !this.#resent) {
      // The subtitles were lost on their way, and the wish was not.
      this.#resent = true;
      return this.#begin();
    }
    if (problem.code === 'set_unknown') this.#set = '';
    this.#emit('trouble', problem);
    if (problem.code === 'quiz_answered' && !this.asked) this.#settle(this.#wished, 'answered');
    if (problem.code === 'quiz_answered' || problem.code === 'quiz_not_open') this.#close('answered');
  }

  /** @param {string} quiz @param {Outcome | null} outcome */
  #settle(quiz, outcome) {
    const mark = this.#marks.get(quiz);
    if (!mark || mark.outcome === outcome) return;
    mark.outcome = outcome;
    this.#emit('marks', this.marks);
  }

  /** The open question is no longer asked. @param {Outcome | null} [outcome] */
  #close(outcome = null) {
    if (!this.asked) return;
    this.#settle(this.asked.quiz, outcome);
    this.asked = null;
    this.#emit('ask', null);
  }

  /** @template {keyof Events} T @param {T} type @param {Events[T]} detail */
  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
