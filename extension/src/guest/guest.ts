/** One page with a lecture: brings together the film, the hub and what is shown. */

import type { Ask, Graded } from '../../../web/loa-quiz-wire.js';
import type { Adapter } from '../adapters.js';
import type { View } from '../messages.js';
import { cameraTrouble, isWatched, matter, nextScene, pillState, softAlert, type Scene } from './decide.js';
import { FilmWatch } from './film.js';
import { Hold } from './hold.js';
import { LectureWatch } from './lecture.js';
import { Link } from './link.js';
import { panelOf, type Act } from './panel-model.js';
import { Player } from './player.js';
import { Subtitles } from './subtitles.js';
import { Alarm } from './ui/alarm.js';
import { Corner } from './ui/corner.js';
import { Marks, type Lost } from './ui/marks.js';
import { Quiz } from './ui/quiz.js';
import { Report } from './ui/report.js';
import { Stage } from './ui/stage.js';
import { t, troubleWords } from './words.js';

/** Places that are nearer to each other are the same, s. */
const SAME_PLACE_S = 2;
/** No film any more: the line to the hub stays this long, as pages change. */
const LINGER_MS = 5000;

export class Guest {
  #view: View | null = null;
  #scene: Scene = { name: 'none' };
  /** Alarms to which the learner said "I am awake". */
  #answered = new Set<string>();
  /** The learner wants to be watched here. */
  #wanted = false;
  #told = '';
  #lost = new Map<string, Lost>();
  #graded = new Map<string, [Ask, Graded]>();
  /** Questions that were read, though the hub may still show them. */
  #read = new Set<string>();
  /** The report that was read. */
  #reportRead = '';
  #saidNone = false;
  #dead = false;
  #lingers: ReturnType<typeof setTimeout> | undefined;
  #ticks: ReturnType<typeof setInterval> | undefined;

  readonly #link = new Link({
    connected: () => this.#connected(),
    view: (view) => this.#see(view),
    dead: () => this.stop(),
  });
  readonly #player = new Player((playback) => this.#link.say(playback), () => this.#refresh(), () => this.#hold.holds);
  readonly #subtitles = new Subtitles({ say: (message) => this.#link.say(message), changed: () => this.#subtitlesChanged() });
  readonly #hold = new Hold(() => this.#stage.toast(t('guest_press_play')), () => this.#player.tell());
  readonly #lectures: LectureWatch;
  readonly #films: FilmWatch;
  readonly #stage: Stage = new Stage((event) => this.#corner.key(event), () => {});
  readonly #corner = new Corner(this.#stage, { act: (act) => this.#act(act), use: (set) => this.#use(set), opened: () => this.#opened() });
  readonly #marks = new Marks({ open: (quiz) => this.#openQuiz(quiz), seek: (seconds) => this.#seek(seconds) });
  readonly #alarm = new Alarm(this.#stage, (rewind) => this.#awake(rewind));
  readonly #quiz = new Quiz(this.#stage, { answer: (quiz, choice) => this.#answer(quiz, choice), closed: (quiz, at) => this.#quizClosed(quiz, at) });
  readonly #report = new Report(this.#stage, {
    seek: (seconds) => this.#seek(seconds),
    more: () => this.#link.say({ type: 'report' }),
    closed: () => (this.#reportRead = this.#view?.report?.session ?? ''),
  });

  constructor(sites: Adapter[]) {
    this.#lectures = new LectureWatch(sites, (other) => this.#lectureChanged(other));
    this.#films = new FilmWatch(
      () => this.#lectures.adapter?.video,
      (film) => this.#filmChanged(film),
      (rests) => this.#rest(rests),
    );
    this.#stage.layer.append(this.#marks.element);
    window.addEventListener('pageshow', this.#shown);
    window.addEventListener('pagehide', this.#hidden);
  }

  get isDead(): boolean {
    return this.#dead;
  }

  start(): void {
    this.#lectures.start();
    this.#films.start();
  }

  /** For good: nothing of it stays. */
  stop(): void {
    this.#dead = true;
    clearInterval(this.#ticks);
    clearTimeout(this.#lingers);
    window.removeEventListener('pageshow', this.#shown);
    window.removeEventListener('pagehide', this.#hidden);
    this.#films.stop();
    this.#lectures.stop();
    this.#subtitles.stop();
    this.#closeDialogs(true);
    this.#player.setFilm(null);
    this.#hold.setFilm(null);
    this.#link.close();
    this.#stage.hide();
  }

  /** The page was kept and comes back; its line was cut. */
  readonly #shown = ({ persisted }: PageTransitionEvent): void => {
    if (persisted && this.#player.film) this.#link.open();
  };
  readonly #hidden = ({ persisted }: PageTransitionEvent): void => {
    if (persisted) this.#link.close();
  };

  /* -- the page -- */

  #filmChanged(film: HTMLVideoElement | null): void {
    this.#closeDialogs(false);
    this.#player.setFilm(film);
    this.#hold.setFilm(film);
    clearInterval(this.#ticks);
    clearTimeout(this.#lingers);
    if (!film) {
      this.#link.say({ type: 'gone' });
      this.#told = '';
      this.#subtitles.stop();
      this.#stage.hide();
      this.#lingers = setTimeout(() => this.#link.close(), LINGER_MS);
      return;
    }
    this.#lectures.look();
    this.#newLecture();
    this.#corner.follow(film);
    this.#stage.show(film);
    this.#ticks = setInterval(() => this.#refresh(), 1000);
    this.#link.open();
    this.#refresh();
  }

  /** @param other false: the same lecture has another title */
  #lectureChanged(other: boolean): void {
    if (!this.#player.film) return;
    if (other) this.#newLecture();
    else this.#tellLecture();
  }

  #newLecture(): void {
    const { film } = this.#player;
    if (!film) return;
    this.#player.history.clear();
    this.#lost.clear();
    this.#graded.clear();
    this.#read.clear();
    this.#answered.clear();
    this.#saidNone = false;
    this.#subtitles.begin(film, this.#lectures.adapter?.captions);
    this.#tellLecture();
    this.#maybeLoad();
  }

  #tellLecture(): void {
    const { lecture } = this.#lectures;
    if (!lecture) return;
    const known = this.#player.duration;
    const whole = known > 0 && known < Infinity ? { ...lecture, duration_s: known } : lecture;
    const message = { type: 'lecture' as const, lecture: whole, subtitles: this.#subtitles.kind };
    const told = JSON.stringify([lecture, this.#subtitles.kind]);
    if (told !== this.#told && this.#link.say(message)) this.#told = told;
  }

  #rest(rests: boolean): void {
    if (this.#player.rests === rests) return;
    this.#player.rests = rests;
    this.#stage.layer.classList.toggle('resting', rests);
    this.#player.tell();
  }

  #subtitlesChanged(): void {
    this.#tellLecture();
    this.#refresh();
  }

  /** Once, and only while all else does work; the panel says it by itself. */
  #sayNone(): void {
    const { isKnown, kind } = this.#subtitles;
    const works = this.#view?.phase === 'on' && this.#view.connection === 'open' && cameraTrouble(this.#view) === null;
    if (this.#saidNone || !isKnown || kind !== 'none' || !works || this.#corner.isOpen) return;
    this.#saidNone = true;
    this.#stage.toast(t('guest_no_subtitles'));
  }

  /** Subtitles are loaded for those only who want to be watched. */
  #maybeLoad(): void {
    const view = this.#view;
    if (view && ['starting', 'on', 'paused'].includes(view.phase) && view.prefs.quizzes) this.#subtitles.load();
  }

  /* -- the hub -- */

  #connected(): void {
    this.#told = '';
    this.#tellLecture();
    if (this.#wanted) this.#link.say({ type: 'start' });
    this.#player.tell();
    this.#subtitles.tellAgain();
  }

  #see(view: View): void {
    const before = this.#view;
    this.#view = view;
    this.#followPhase(before?.phase ?? null, view);
    this.#maybeLoad();
    this.#noteLost(view);
    this.#showScene(view);
    this.#showQuiz(view);
    this.#showReport(view);
    this.#refresh();
  }

  #followPhase(before: View['phase'] | null, { phase, quiz }: View): void {
    // Somebody watched on in a page that was loaded anew, or by the popup's wish.
    if (phase === 'on' || phase === 'paused') this.#wanted = true;
    // Taken over, or over.
    if (phase === 'ended' || (phase === 'elsewhere' && before !== null && before !== 'elsewhere' && before !== 'off')) this.#wanted = false;
    // Agreed meanwhile.
    if (phase === 'off' && before === 'consent' && this.#wanted) this.#link.say({ type: 'start' });
    if (phase !== before) this.#corner.phaseChanged(before, phase, this.#wanted);
    if (quiz.trouble) this.#quiz.refuse(troubleWords({ code: '', detail: quiz.trouble }));
  }

  #noteLost({ alerts }: View): void {
    for (const { kind, since, level, quiet } of alerts) {
      const at = level === 'cue' || quiet ? null : this.#player.history.at(since);
      if (at !== null) this.#lost.set(matter({ kind, since }), { kind, at_s: at });
    }
  }

  /* -- alarms -- */

  #showScene(view: View): void {
    this.#scene = nextScene(this.#scene, view, this.#answered);
    const soft = this.#scene.name === 'none' ? softAlert(view, this.#answered) : null;
    this.#stage.warn(soft ? t(`guest_alert_${soft.kind}_${soft.level}`) : '', soft?.level === 'pre_alarm' ? 'pre_alarm' : 'cue');
    if (this.#scene.name === 'none') return this.#endAlarm(view.phase !== 'ended');
    if (view.prefs.pauseFilm) this.#hold.hold('alarm');
    const here = this.#player.position;
    const lost = this.#lostAt(this.#scene.from);
    const { kind } = this.#scene.alert;
    this.#alarm.show({ kind, back: this.#scene.name === 'back', here, lost, rewind: view.prefs.rewind, held: view.prefs.pauseFilm });
  }

  /** Where attention was lost, unless the film is there. */
  #lostAt(at: number): number | null {
    const lost = this.#player.history.at(at);
    return lost === null || Math.abs(this.#player.position - lost) < SAME_PLACE_S ? null : lost;
  }

  #awake(rewind: boolean): void {
    const view = this.#view;
    for (const alert of view?.alerts ?? []) this.#answered.add(matter(alert));
    if (this.#scene.name === 'alarm') this.#link.say({ type: 'awake' });
    const lost = this.#scene.name === 'none' ? null : this.#lostAt(this.#scene.from);
    this.#scene = { name: 'none' };
    const back = rewind && lost !== null;
    const isOver = this.#player.isOver;
    if (back) this.#player.seek(lost);
    // Whoever presses this wants the film to go on, though they had paused it before; one that is over would begin anew.
    if (back || !isOver) this.#hold.wish();
    this.#endAlarm(true);
    if (view) this.#see(view);
  }

  #endAlarm(goOn: boolean): void {
    this.#alarm.close();
    this.#hold.release('alarm', goOn);
  }

  /* -- questions -- */

  #showQuiz({ quiz: { ask, graded }, phase }: View): void {
    if (graded && ask?.quiz === graded.quiz) this.#graded.set(graded.quiz, [ask, graded]);
    // An alarm comes first.
    if (this.#alarm.isOpen) return;
    if (graded && ask?.quiz === graded.quiz && !this.#read.has(graded.quiz)) {
      this.#hold.hold('quiz');
      this.#quiz.grade(ask, graded);
    } else if (ask && !graded && ['on', 'paused', 'starting'].includes(phase)) {
      this.#read.delete(ask.quiz);
      this.#hold.hold('quiz');
      this.#quiz.ask(ask);
    } else if (this.#quiz.isOpen && !this.#graded.has(this.#quiz.quiz ?? '')) {
      // No longer asked: another session has begun, or it was answered elsewhere.
      this.#quiz.close();
      this.#hold.release('quiz', phase !== 'ended');
    }
  }

  #answer(quiz: string, choice: number | null): boolean {
    return this.#view?.connection === 'open' && this.#link.say({ type: 'quiz.answer', quiz, choice });
  }

  #quizClosed(quiz: string, at: number | null): void {
    this.#read.add(quiz);
    this.#link.say({ type: 'quiz.close' });
    if (at !== null) {
      this.#player.seek(at);
      this.#hold.wish();
    }
    this.#hold.release('quiz');
  }

  #openQuiz(quiz: string): void {
    const known = this.#graded.get(quiz);
    if (known) {
      this.#hold.hold('quiz');
      this.#quiz.grade(...known);
    } else if (this.#view?.quiz.marks.some((mark) => mark.quiz === quiz && mark.outcome !== null && mark.outcome !== 'open')) {
      this.#stage.toast(t('guest_quiz_answered'));
    } else if (!this.#link.say({ type: 'quiz.open', quiz })) {
      this.#stage.toast(t('guest_quiz_offline'));
    }
  }

  #use(set: string): void {
    this.#link.say({ type: 'quiz.use', set });
  }

  /* -- the rest -- */

  #showReport({ phase, report }: View): void {
    if (phase !== 'ended' || !report) return this.#report.close();
    if (report.session !== this.#reportRead) this.#report.show(report, this.#lectures.lecture?.title ?? '');
  }

  #seek(seconds: number): void {
    this.#player.seek(seconds);
    this.#hold.wish();
  }

  #act(act: Act): void {
    switch (act) {
      case 'start':
        this.#wanted = true;
        this.#corner.wished();
        this.#link.say({ type: 'start' });
        this.#player.tell();
        return;
      case 'stop':
        this.#wanted = false;
        this.#corner.close();
        return void this.#link.say({ type: 'stop' });
      case 'make':
      case 'cloze':
        this.#subtitles.finish();
        return void this.#link.say(act === 'cloze' ? { type: 'quiz.make', source: 'cloze' } : { type: 'quiz.make' });
      case 'report': {
        this.#corner.close();
        this.#reportRead = '';
        if (this.#view) this.#showReport(this.#view);
        return;
      }
      default:
        this.#link.say({ type: act });
    }
  }

  /** The panel opens, and lies where short sentences stand. */
  #opened(): void {
    this.#refresh();
    this.#stage.toast('');
  }

  /** What follows from the film's place and the clock, besides what the hub says. */
  #refresh(): void {
    const view = this.#view;
    const pill = pillState(view);
    const retryIn = view?.retryAt && view.connection === 'waiting' ? Math.max(0, Math.ceil((view.retryAt - Date.now()) / 1000)) : null;
    const offline = retryIn === null ? '' : t('guest_retry_in', retryIn);
    const model = panelOf(view, { gathered: this.#subtitles.count, retryIn, trouble: troubleWords });
    this.#corner.show({
      pill: { ...pill, camera: view?.camera === 'on' && view.phase === 'on', offline },
      plays: this.#player.plays,
      title: this.#lectures.lecture?.title ?? '',
      panel: model,
    });
    this.#sayNone();
    const shown = view && (isWatched(view) || view.phase === 'paused' || view.phase === 'ended');
    this.#marks.show(shown ? view.quiz.marks : [], shown ? [...this.#lost.values()] : [], this.#player.duration);
  }

  /** @param all the film stays where it is: nothing is held any more */
  #closeDialogs(all: boolean): void {
    this.#scene = { name: 'none' };
    this.#alarm.close();
    this.#quiz.close();
    this.#report.close();
    this.#stage.warn('');
    if (!all) return;
    this.#hold.release('alarm');
    this.#hold.release('quiz');
  }
}
