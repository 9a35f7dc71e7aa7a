/** A lecture with questions: from its subtitles to pop-ups over its film. There is a film only if the learner has one. */

import { showCaptions } from './captions.js';
import { LoaQuiz } from './loa-quiz.js';
import * as marks from './marks.js';
import { QuizPopup } from './quiz.js';
import * as strings from './quiz-strings.js';
import { onChosen, showSets } from './sets.js';
import { byId } from './view.js';

/**
 * @typedef {import('./loa-client.js').LoaClient} LoaClient
 * @typedef {import('./loa-client.js').Lecture} Lecture
 * @typedef {import('./loa-pace.js').Playback} Playback
 * @typedef {import('./loa-quiz-wire.js').Cue} Cue
 * @typedef {import('./loa-quiz.js').Ask} Ask
 * @typedef {import('./loa-quiz.js').Graded} Graded
 * @typedef {import('./loa-quiz.js').Progress} Progress
 * @typedef {import('./loa-quiz.js').SetSummary} SetSummary
 * @typedef {{title: string, set: string, looks: boolean}} KeptLesson what it takes to go on after a reload; `looks`: no set was
 *   chosen yet
 * @typedef {import('./sources.js').Source} Source
 *
 * @typedef {object} Hooks
 * @property {() => void} played the film may have changed its place or pace
 * @property {() => void} used questions are in use: there will be a report, and something to keep
 */

/** When a film may have changed its place or pace. */
const PLAYER_EVENTS = ['play', 'pause', 'ended', 'seeked', 'ratechange', 'timeupdate', 'durationchange'];
/** Refusals of a wish for questions, rather than of an answer. */
const OF_MAKING = /^(transcript_|llm_|quiz_(busy|limit|none|timeout)|database_|no_lecture|set_)/;

export class Lesson {
  /** What it is called; empty: there is no lesson. */
  title = '';
  /** @type {Source | null} */
  #film = null;
  /** Whether the film goes on when the pop-up is gone. */
  #goesOn = false;
  #maker = '';
  /** What was answered, to be looked at again. @type {Map<string, [Ask, Graded]>} */
  #answered = new Map();
  /** The question that stands in the pop-up. @type {Ask | null} */
  #shown = null;
  /** The lecture's subtitles, if they are here. @type {Cue[]} */
  #cues = [];
  /** @type {SetSummary[]} */
  #sets = [];
  /** A lecture that is watched without a lesson, and may have questions all the same; empty: none. */
  #peeked = '';
  /** Whether sets are looked up, and none is chosen yet. */
  #looks = false;
  /** The state of the set that the sets were asked for in: they change with it. */
  #asked = '';

  /** @param {LoaClient} client @param {Hooks} hooks */
  constructor(client, hooks) {
    this.hooks = hooks;
    this.quiz = new LoaQuiz(client);
    this.popup = new QuizPopup({
      answer: (choice) => this.quiz.answer(choice),
      go: (seconds) => this.#go(seconds),
      closed: () => this.#closed(),
      canGo: () => this.#video !== null,
      home: () => this.#video ?? marks.markOf(this.#shown?.quiz ?? ''),
    });
    this.quiz.on('marks', () => this.#showMarks());
    this.quiz.on('progress', (progress) => this.#advance(progress));
    this.quiz.on('sets', (sets) => this.#take(sets));
    this.quiz.on('ask', (ask) => this.#ask(ask));
    this.quiz.on('graded', (graded) => this.#grade(graded));
    this.quiz.on('trouble', (problem) => this.#refused(problem));
    byId('lesson-again').addEventListener('click', () => this.#again());
    byId('lesson-cloze').addEventListener('click', () => this.#again('cloze'));
    onChosen((set) => this.#choose(set));
  }

  get isOn() {
    return this.title !== '';
  }

  /** @param {string} title @param {Cue[]} cues the client's lecture is theirs */
  begin(title, cues) {
    this.#start(title, strings.sending);
    this.#cues = cues;
    this.#caption();
    this.quiz.make(cues);
  }

  /** Goes on with what this tab had before it was loaded anew. @param {KeptLesson} kept */
  goOn({ title, set, looks }) {
    if (looks) return this.look(title);
    this.#start(title, strings.comingBack);
    this.quiz.use(set);
  }

  /** Looks up the questions that the client's lecture has already. @param {string} title */
  look(title) {
    this.#start(title, strings.lookingUp);
    this.#looks = true;
    this.quiz.look();
  }

  /** The same for a lecture that is watched anyhow: a lesson begins only if there is something to choose.
   * @param {string} title */
  peek(title) {
    this.#peeked = title;
    this.quiz.askForSets();
  }

  /** @returns {KeptLesson | null} */
  get kept() {
    const { set, hasCues } = this.quiz;
    return this.isOn ? { title: this.title, set, looks: !set && !hasCues && this.#looks } : null;
  }

  /** @param {Source | null} film of the lecture; the one of before is closed */
  setFilm(film) {
    this.#film?.close();
    this.#film = film;
    marks.showFilm(film?.element ?? null);
    const video = this.#video;
    if (!video) return;
    video.classList.remove('source');
    video.muted = false;
    this.#caption();
    for (const change of PLAYER_EVENTS) video.addEventListener(change, () => this.#played(video));
    this.#played(video);
    this.#showMarks();
    this.#hint();
    // Asked before the film was there, and still open.
    if (this.popup.isOpen) this.#hold();
  }

  /** Where the lecture stands; null: nothing plays it. @returns {Playback | null} */
  playback() {
    if (!this.#video) return null;
    const { currentTime, playbackRate, duration, paused, ended } = this.#video;
    return { position_s: currentTime, playing: !paused && !ended, rate: playbackRate, duration_s: duration };
  }

  /** Nothing is asked any more. */
  close() {
    this.title = '';
    this.#forget();
    this.quiz.reset();
    this.setFilm(null);
    marks.hideCard();
  }

  get #video() {
    return /** @type {HTMLVideoElement | null} */ (this.#film?.element ?? null);
  }

  /** @param {string} title @param {string} words */
  #start(title, words) {
    this.#forget();
    this.title = title;
    marks.showCard(title, words);
    this.#showSets();
    this.#hint();
  }

  /** What belongs to the lecture of before. */
  #forget() {
    this.#goesOn = false;
    this.#shown = null;
    this.#maker = this.#asked = this.#peeked = '';
    this.#cues = [];
    this.#sets = [];
    this.#looks = false;
    this.#answered.clear();
    this.popup.drop();
  }

  /** @param {HTMLVideoElement} video */
  #played(video) {
    if (video !== this.#video) return;
    marks.showPlace(video.currentTime, video.duration);
    this.#showMarks();
    this.hooks.played();
  }

  #showMarks() {
    marks.showMarks(this.quiz.marks, this.#video?.duration ?? NaN, (quiz) => this.#open(quiz));
  }

  /** What to do with the marks, while no film plays them. */
  #hint() {
    marks.sayBesideMarks(this.#video ? '' : strings.tapMarks);
  }

  #caption() {
    if (this.#video) showCaptions(this.#video, this.#cues);
  }

  /** @param {string} quiz */
  #open(quiz) {
    this.#hint();
    const known = this.#answered.get(quiz);
    if (known) {
      this.#shown = known[0];
      this.#hold();
      return this.popup.grade(...known);
    }
    const outcome = this.quiz.marks.find((mark) => mark.quiz === quiz)?.outcome ?? 'open';
    if (outcome !== 'open') return marks.sayBesideMarks(strings.answeredBefore);
    if (!this.quiz.open(quiz)) marks.sayBesideMarks(strings.notConnectedMark);
  }

  /** @param {'cloze'} [source] */
  #again(source) {
    if (this.quiz.again(source)) marks.showTrouble('');
    else marks.showTrouble(strings.notConnectedMark, { again: true });
  }

  /** Of the chooser. @param {string} set empty: what is made of the subtitles */
  #choose(set) {
    const { made, hasCues } = this.quiz;
    const can = set || made || hasCues;
    if (can && !this.quiz.choose(set)) marks.showTrouble(strings.notConnectedMark);
    // The chooser shows what is in use, and that comes with the server's answer.
    else if (can) marks.showTrouble('');
    this.#maker = '';
  }

  #showSets() {
    const { set, made, hasCues } = this.quiz;
    showSets(this.#sets, { set, made, hasCues });
  }

  /** @param {Progress | null} progress */
  #advance(progress) {
    if (!progress || !this.isOn) return;
    this.#looks = false;
    this.#nameMaker();
    marks.showProgress(progress, this.#maker);
    if (progress.state === 'failed') this.#failed(progress);
    else marks.showTrouble('');
    this.#showSets();
    const now = `${progress.set} ${progress.state}`;
    if (now !== this.#asked) this.quiz.askForSets();
    this.#asked = now;
    this.hooks.used();
  }

  /** What is there can be asked about all the same. @param {Progress} progress */
  #failed(progress) {
    const some = progress.items > 0;
    const cloze = !some && progress.source === 'llm';
    // Without a language model, the same subtitles give the same.
    const again = progress.source !== 'cloze' || progress.code !== 'quiz_none';
    marks.showTrouble(strings.failure(progress), { again, cloze, choose: !some, tone: some ? 'note' : 'bad' });
  }

  /** @param {SetSummary[]} sets */
  #take(sets) {
    if (!this.isOn && (!this.#peeked || sets.every(({ items }) => items === 0))) return;
    if (!this.isOn) this.#start(this.#peeked, '');
    this.#sets = sets;
    this.#nameMaker();
    this.#showSets();
    const { progress, set, hasCues } = this.quiz;
    if (progress) return marks.showProgress(progress, this.#maker);
    if (set || hasCues) return;
    const some = sets.some(({ items }) => items > 0);
    marks.showWords(some ? strings.found : '');
    marks.showTrouble(some ? '' : strings.noneFound, { choose: true, tone: 'note' });
  }

  /** Which model it was. */
  #nameMaker() {
    this.#maker = this.#sets.find(({ set }) => set === this.quiz.set)?.maker ?? '';
  }

  /** @param {Ask | null} ask */
  #ask(ask) {
    if (!ask) return this.popup.over(strings.askedAgain);
    if (!this.isOn) return;
    this.#shown = ask;
    this.#hold();
    this.popup.ask(ask);
  }

  /** @param {Graded} graded */
  #grade(graded) {
    const ask = this.#shown;
    if (!this.isOn || ask?.quiz !== graded.quiz) return;
    this.#answered.set(graded.quiz, [ask, graded]);
    // Who closed the pop-up by the browser's own means has passed, and is back at the lecture.
    if (this.popup.isOpen) this.popup.grade(ask, graded);
  }

  /** @param {import('./loa-wire.js').Problem} problem */
  #refused(problem) {
    if (!this.isOn) return;
    const words = strings.trouble(problem);
    if (this.popup.isOpen) return this.popup.say(words);
    // Nothing went wrong: the mark did not know yet.
    if (problem.code === 'quiz_answered') return marks.sayBesideMarks(strings.answeredBefore);
    const making = OF_MAKING.test(problem.code);
    this.#showSets();
    if (making && !this.quiz.progress) marks.showWords('');
    marks.showTrouble(words, { again: making && problem.retry, cloze: problem.code === 'llm_missing', choose: making });
  }

  /** The film waits for the learner. */
  #hold() {
    const video = this.#video;
    if (!video || video.paused) return;
    this.#goesOn = !video.ended;
    video.pause();
  }

  #closed() {
    if (this.#goesOn) this.#play();
    this.#goesOn = false;
  }

  /** @param {number} seconds */
  #go(seconds) {
    if (!this.#video) return;
    this.#video.currentTime = seconds;
    this.#play();
  }

  #play() {
    // Browsers may refuse that without a touch; then the learner presses play.
    this.#video?.play().catch(() => {});
  }
}
