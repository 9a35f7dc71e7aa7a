/** A lecture with questions: from its subtitles to pop-ups over its film. There is a film only if the learner has one. */

import { LoaQuiz } from './loa-quiz.js';
import * as marks from './marks.js';
import { QuizPopup } from './quiz.js';
import * as strings from './quiz-strings.js';
import { byId } from './view.js';

/**
 * @typedef {import('./loa-client.js').LoaClient} LoaClient
 * @typedef {import('./loa-client.js').Lecture} Lecture
 * @typedef {import('./loa-pace.js').Playback} Playback
 * @typedef {import('./loa-quiz-wire.js').Cue} Cue
 * @typedef {import('./loa-quiz.js').Ask} Ask
 * @typedef {import('./loa-quiz.js').Graded} Graded
 * @typedef {import('./loa-quiz.js').Progress} Progress
 * @typedef {import('./loa-quiz.js').Outcome} Outcome
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

  /** @param {LoaClient} client @param {Hooks} hooks */
  constructor(client, hooks) {
    this.hooks = hooks;
    this.quiz = new LoaQuiz(client);
    this.popup = new QuizPopup({
      answer: (choice) => this.quiz.answer(choice),
      go: (seconds) => this.#go(seconds),
      closed: () => this.#closed(),
      canGo: () => this.#video !== null,
    });
    this.quiz.on('marks', () => this.#showMarks());
    this.quiz.on('progress', (progress) => this.#advance(progress));
    this.quiz.on('sets', (sets) => this.#name(sets));
    this.quiz.on('ask', (ask) => this.#ask(ask));
    this.quiz.on('graded', (graded) => this.#grade(graded));
    this.quiz.on('trouble', (problem) => this.#refused(problem));
    byId('lesson-again').addEventListener('click', () => this.#again());
    byId('lesson-cloze').addEventListener('click', () => this.#again('cloze'));
  }

  get isOn() {
    return this.title !== '';
  }

  /** @param {string} title @param {Cue[]} cues the client's lecture is theirs */
  begin(title, cues) {
    this.#start(title, strings.sending);
    this.quiz.make(cues);
  }

  /** Goes on with what this tab had before it was loaded anew. @param {string} title @param {string} set its name */
  goOn(title, set) {
    this.#start(title, strings.comingBack);
    this.quiz.use(set);
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
    for (const change of PLAYER_EVENTS) video.addEventListener(change, () => this.#played(video));
    this.#played(video);
    this.#showMarks();
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
  }

  /** What belongs to the lecture of before. */
  #forget() {
    this.#goesOn = false;
    this.#shown = null;
    this.#maker = '';
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

  /** @param {string} quiz */
  #open(quiz) {
    const known = this.#answered.get(quiz);
    if (known) {
      this.#hold();
      return this.popup.grade(...known);
    }
    marks.showTrouble(this.quiz.open(quiz) ? '' : strings.notConnectedMark);
  }

  /** @param {'cloze'} [source] */
  #again(source) {
    marks.showTrouble('');
    this.quiz.again(source);
  }

  /** @param {Progress | null} progress */
  #advance(progress) {
    if (!progress || !this.isOn) return;
    marks.showProgress(progress, this.#maker);
    if (progress.state === 'failed') {
      marks.showTrouble(strings.failure(progress), { again: true, cloze: progress.source === 'llm' });
    } else {
      marks.showTrouble('');
      if (progress.state === 'done' && progress.source === 'llm' && !this.#maker) this.quiz.askForSets();
    }
    this.hooks.used();
  }

  /** Which model it was. @param {import('./loa-quiz.js').SetSummary[]} sets */
  #name(sets) {
    this.#maker = sets.find(({ set }) => set === this.quiz.set)?.maker ?? '';
    if (this.quiz.progress) marks.showProgress(this.quiz.progress, this.#maker);
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
    const words = strings.trouble(problem);
    if (this.popup.isOpen) return this.popup.say(words);
    const making = OF_MAKING.test(problem.code);
    marks.showTrouble(words, { again: making && problem.retry, cloze: problem.code === 'llm_missing' });
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
