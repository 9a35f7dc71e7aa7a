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
 * @typedef {{quiz: string, set: string, at_s: number, outcome: Outcome | null}} Mark a place with a question, in seconds of
 *   the lecture
 * @typedef {{type: 'quiz.generate', source?: Wished} | {type: 'quiz.use', set: string} | {type: 'quiz.sets'}} Wish
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

/** Refusals of an answer, or of a question that was clicked, rather than of a wish for a set. */
const OF_ANSWERS = new Set(['quiz_unknown', 'quiz_not_open', 'quiz_answered', 'quiz_no_choice']);

/** Whether a problem of the server is about quizzes. @param {{code: string, seq: number | null}} problem */
export const isAboutQuizzes = ({ code, seq }) => seq === null && (CODES.has(code) || FAMILIES.test(code));

export class LoaQuiz extends EventTarget {
  /** How far the set in use is; null: none is wished for. @type {Progress | null} */
  progress = null;
  /** The question that waits for its answer. @type {Ask | null} */
  asked = null;
  /** Of all sets that were in use, by their quiz. @type {Map<string, Mark>} */
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
  /** Whether the lecture's sets are looked up, and none is in use yet. */
  #looks = false;
  /** The set in use; empty: not known yet. */
  #set = '';
  /** The set whose marks are shown. */
  #marked = '';
  /** What was made of the subtitles, and whether all of it is there. */
  #made = { set: '', done: false };
  /** Whether the set that is there next is the one that is made of the subtitles. */
  #makes = false;
  /** The server looks after one wish about sets at a time; what is wished for meanwhile waits. @type {Wish | null} */
  #wish = null;
  /** @type {Wish | null} */
  #next = null;

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

  /** Of the set in use, in the lecture's order. @returns {Mark[]} */
  get marks() {
    return [...this.#marks.values()].filter(({ set }) => set === this.#marked).sort((a, b) => a.at_s - b.at_s);
  }

  /** The name of the set in use; empty: none. */
  get set() {
    return this.#set;
  }

  /** The set that was made of the subtitles; empty: there is none yet. */
  get made() {
    return this.#made.set;
  }

  /** Whether the subtitles are here, so that questions can be made of them. */
  get hasCues() {
    return this.#cues.length > 0;
  }

  /** Forgets what was before: another lecture, or none, begins. */
  reset() {
    this.progress = null;
    this.#cues = [];
    this.#source = undefined;
    this.#sent = this.#resent = this.#before = this.#looks = this.#makes = false;
    this.#set = this.#marked = this.#wished = '';
    this.#made = { set: '', done: false };
    // What the server is at, it is still at.
    this.#next = null;
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

  /** Once more, after it failed, of the same subtitles. @param {Wished} [source] @returns {boolean} false: there is no
   *   connection yet */
  again(source) {
    if (this.#looks) return this.askForSets();
    this.#source = source;
    this.#resent = false;
    // The server keeps the transcript until a set is complete.
    if (!this.hasCues) return this.#generate();
    this.#set = '';
    if (this.#sent) return this.#generate();
    this.#begin();
    return this.#sent;
  }

  /** Finds out which sets the lecture has, to choose from: they come by `sets`. */
  look() {
    this.reset();
    this.#looks = true;
    this.#begin();
  }

  /** Has the questions of another of the lecture's sets asked.
   * @param {string} set its name; empty: what is made of the subtitles @returns {boolean} false: there is no connection */
  choose(set) {
    const name = set || (this.#made.done ? this.#made.set : '');
    if (!name) return this.again(this.#source);
    this.#makes = false;
    return this.#wishFor({ type: 'quiz.use', set: name });
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

  /** Asks which sets the lecture has: they come by `sets`. @returns {boolean} false: there is no connection */
  askForSets() {
    return this.#wishFor({ type: 'quiz.sets' });
  }

  /* -- what leaves -- */

  #begin() {
    const { client } = this;
    if (client.state.name !== 'open') return;
    if (this.#set) return void this.#wishFor({ type: 'quiz.use', set: this.#set });
    if (this.#looks) return void this.askForSets();
    if (this.#cues.length === 0) return;
    const limit = client.welcome?.limits.text_bytes ?? Infinity;
    for (const cues of transcriptPieces(this.#cues, limit)) client.say({ type: 'transcript', cues });
    this.#sent = this.#generate();
  }

  #generate() {
    this.#makes = true;
    return this.#wishFor({ type: 'quiz.generate', ...(this.#source ? { source: this.#source } : {}) });
  }

  /** @param {Wish} wish */
  #wishFor(wish) {
    if (!this.#wish) {
      if (!this.client.say(wish)) return false;
      this.#wish = wish;
    } else if (!this.#next || wish.type !== 'quiz.sets') {
      this.#next = wish;
    }
    return this.client.state.name === 'open';
  }

  /** What was wished for is there, or refused. */
  #fulfilled() {
    const next = this.#next;
    this.#wish = this.#next = null;
    if (next) this.#wishFor(next);
  }

  /** @param {boolean} recovered whether the watch session of before goes on: then the server says all by itself */
  #welcomed(recovered) {
    this.#wish = this.#next = null;
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
        if (this.#wish?.type === 'quiz.sets') this.#fulfilled();
        return this.#emit('sets', message.sets);
    }
  }

  /** @param {Item} item */
  #mark({ quiz, at_s, set, answered }) {
    /** @type {Outcome | null} */
    const outcome = answered && (answered.correct ? 'right' : 'wrong');
    this.#takeUp(set);
    const known = this.#marks.get(quiz);
    if (known) {
      if (known.outcome === null && outcome) this.#settle(quiz, outcome);
      return;
    }
    this.#marks.set(quiz, { quiz, set, at_s, outcome: this.asked?.quiz === quiz ? 'open' : outcome });
    this.#emit('marks', this.marks);
  }

  /** @param {Progress} progress */
  #advance(progress) {
    this.progress = progress;
    if (progress.set) {
      this.#takeUp(progress.set);
      this.#looks = false;
    }
    const isMade = this.#makes || progress.set === this.#made.set;
    if (progress.set && isMade) this.#made = { set: progress.set, done: progress.state === 'done' };
    const wish = this.#wish;
    if (wish?.type === 'quiz.generate' || (wish?.type === 'quiz.use' && wish.set === progress.set)) this.#fulfilled();
    this.#emit('progress', progress);
  }

  /** A set is in use. The marks of the one of before are put away: what was answered is not forgotten. @param {string} set */
  #takeUp(set) {
    this.#set = set;
    if (set === this.#marked) return;
    this.#marked = set;
    this.#emit('marks', this.marks);
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
    const refused = OF_ANSWERS.has(problem.code) ? null : this.#wish;
    if (refused) this.#fulfilled();
    // They are asked for again with the next news of the set.
    if (refused?.type === 'quiz.sets' && problem.code === 'quiz_busy' && !this.#looks) return;
    if (problem.code === 'transcript_missing' && this.#cues.length > 0 && !this.#resent) {
      // The subtitles were lost on their way, and the wish was not.
      this.#resent = true;
      this.#set = '';
      return this.#begin();
    }
    if (problem.code === 'set_unknown' && (refused?.type !== 'quiz.use' || refused.set === this.#set)) this.#set = '';
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
