/** One lecture that is watched: connection, camera, alarms and questions, from the learner's start to the report. */

import { LoaClient, type Lecture, type Options } from '../../../web/loa-client.js';
import type { Playback } from '../../../web/loa-pace.js';
import type { Ask, Cue, Graded, SetSummary } from '../../../web/loa-quiz-wire.js';
import { LoaQuiz, type Wished } from '../../../web/loa-quiz.js';
import type { ReportView, Settings } from '../messages.js';
import { Alarms } from './alarms.js';
import { Eye, type OpenCamera } from './camera.js';
import type { Sounds } from './sounds.js';
import type { Watched } from './view.js';

/** The page is loaded anew, it seems: the camera waits this long for it, ms. */
const CAMERA_WAITS_MS = 10_000;
/** A film that stands at its end for so long has ended, ms. */
const FILM_ENDED_MS = 5_000;
/** A film stands at its end from here on, s. */
const END_S = 0.5;

/** Who has just pressed play is looked at anew for so long, before what was quiet while the film stood is told, ms. */
const SPEAKS_UP_MS = 5_000;

/** `held`: the film waits for Loa, and would play otherwise. */
type Film = Playback & { held?: boolean };

/** What a watch needs of the world. */
export interface Tools {
  openCamera: OpenCamera;
  sounds: Pick<Sounds, 'chime' | 'ring' | 'quiet' | 'volume'>;
  /** An access token of a learner who agrees; see loa-client.js. */
  token: Options['token'];
  /** Whether the browser lets the extension speak with an origin. */
  allowed(origin: string): Promise<boolean>;
  /** Of watch sessions that are over, the newest last. */
  report(sessions: string[]): Promise<ReportView>;
  /** The server knows the learner no longer, or not as one who agrees: what was known until now does not hold. */
  signedOut?(): void;
  /** What servers log of this program. */
  name: string;
  /** For tests. */
  client?: Partial<Pick<Options, 'WebSocket' | 'timers' | 'random'>>;
  now(): number;
}

export class Watch {
  readonly client: LoaClient;
  readonly quiz: LoaQuiz;
  readonly #alarms = new Alarms();
  readonly #eye: Eye;
  /** `Date.now()` when the watch session began. */
  #began = 0;
  /** More than one, if the server lost one on the way. */
  #sessions: string[] = [];
  #retryAt: number | null = null;
  #allowed = true;
  #welcomed = false;
  /** The camera rests: by the learner's wish; because the page is away. */
  #paused = false;
  #away = false;
  #ended = false;
  #rings = false;
  /** Questions were wished for: of how many cues. */
  #made: number | null = null;
  /** Questions are asked though the settings say none: the learner wanted these. */
  #wantsThese = false;
  #ask: Ask | null = null;
  #graded: Graded | null = null;
  #sets: SetSummary[] = [];
  #quizTrouble: string | null = null;
  #report: ReportView | null = null;
  #playback: Film | null = null;
  #cameraTimer: ReturnType<typeof setTimeout> | undefined;
  #endTimer: ReturnType<typeof setTimeout> | undefined;
  #quietTimer: ReturnType<typeof setTimeout> | undefined;

  /** @param changed there is something else to show */
  constructor(
    readonly lecture: Lecture,
    private settings: Settings,
    private readonly tools: Tools,
    private readonly changed: () => void,
  ) {
    this.#eye = new Eye(tools.openCamera, changed);
    const { server, preset, quizzes } = settings;
    this.client = new LoaClient({
      url: `${server.replace(/^http/, 'ws')}/ws`,
      capture: () => this.#eye.capture(),
      token: tools.token,
      lecture,
      name: tools.name,
      quizzes,
      ...(preset ? { preset } : {}),
      ...tools.client,
    });
    this.quiz = new LoaQuiz(this.client);
    this.#hearClient();
    this.#hearQuiz();
    this.#tune();
  }

  get isOver(): boolean {
    return this.#ended;
  }

  /** Whether there is a watch session, and with it something to report. */
  get hasBegun(): boolean {
    return this.#sessions.length > 0;
  }

  /** Starts, or tries what failed again. */
  begin(): void {
    if (this.#ended) return;
    this.client.start();
    this.client.retryNow();
    this.#eye.retry();
  }

  /** How it stands. */
  get watched(): Watched {
    const { title, url } = this.lecture;
    const { quiz, client } = this;
    return {
      title: title ?? new URL(url).host,
      ended: this.#ended,
      paused: this.#paused,
      welcomed: this.#welcomed,
      link: this.#ended ? { name: 'idle', code: null, reason: null } : client.state,
      retryAt: this.#retryAt,
      camera: this.#eye.state,
      allowed: this.#allowed,
      attention: client.attention?.state ?? null,
      alerts: this.#alarms.open,
      cleared: this.#alarms.cleared,
      quiz: {
        progress: quiz.progress,
        marks: quiz.marks,
        ask: this.#mayAsk ? this.#ask : null,
        graded: this.#graded,
        sets: this.#sets,
        set: quiz.set,
        trouble: this.#quizTrouble,
      },
      report: this.#report,
    };
  }

  /* -- what the learner wishes -- */

  pause(): void {
    this.#paused = true;
    this.#look();
  }

  resume(): void {
    this.#paused = false;
    this.#look();
  }

  /** The page is gone; it may come back in a moment. */
  leave(): void {
    if (this.#ended) return;
    if (this.#playback) this.client.playback({ ...this.#playback, playing: false });
    clearTimeout(this.#endTimer);
    this.#endTimer = undefined;
    this.#cameraTimer = setTimeout(() => this.#rest(true), CAMERA_WAITS_MS);
  }

  /** The page is there again, or another one with the same lecture. */
  comeBack(): void {
    clearTimeout(this.#cameraTimer);
    this.#rest(false);
  }

  awake(): void {
    this.#alarms.awake();
    this.#listen();
    this.changed();
  }

  retryCamera(): void {
    this.#eye.retry();
  }

  /** Settings have changed. The server's own is another watch's. */
  use(settings: Settings): void {
    if (this.settings.quizzes && !settings.quizzes) this.#wantsThese = false;
    this.settings = settings;
    this.client.options.quizzes = settings.quizzes;
    this.#tune();
    this.#listen();
    this.#eye.retry();
    this.#look();
  }

  /** The learner is done, and gets a report. */
  async finish(): Promise<void> {
    if (this.#ended) return;
    this.end();
    if (!this.hasBegun) return;
    this.#report = await this.tools.report(this.#sessions);
    this.changed();
  }

  /** Nothing is watched any more. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#cameraTimer);
    clearTimeout(this.#endTimer);
    clearTimeout(this.#quietTimer);
    this.client.stop();
    this.#eye.close();
    this.#alarms.reset();
    this.#ask = this.#graded = null;
    this.#listen();
    this.changed();
  }

  playback(playback: Film): void {
    this.#playback = playback;
    this.client.playback(playback);
    this.#seeWhetherStands();
    this.#seeEnd();
  }

  /* -- questions -- */

  /** Of these subtitles, once: a page that was loaded anew brings them again. */
  offer(cues: Cue[]): void {
    if (this.#made === null && this.settings.quizzes) this.#make(cues);
  }

  /** By the learner's wish: once more, perhaps of more subtitles, or made by somebody else. */
  makeQuiz(cues: Cue[], source?: Wished): void {
    if (this.quiz.progress?.state === 'making') return;
    this.#wantsThese = true;
    // They were just offered, and the server is still to answer.
    const isUnderWay = this.#made === cues.length && this.quiz.progress === null && this.#quizTrouble === null;
    if (!isUnderWay) this.#make(cues, source);
  }

  useSet(set: string): void {
    if (this.#ended || !this.#sets.some((each) => each.set === set)) return;
    this.#wantsThese = true;
    this.#made ??= 0;
    this.#say(null);
    this.quiz.use(set);
  }

  openQuiz(quiz: string): void {
    if (this.#ended || !this.quiz.marks.some((mark) => mark.quiz === quiz)) return;
    this.#wantsThese = true;
    this.#say(null);
    this.quiz.open(quiz);
  }

  answer(quiz: string, choice: number | null): void {
    if (this.quiz.asked?.quiz === quiz) this.quiz.answer(choice);
  }

  closeQuiz(): void {
    this.#quizTrouble = null;
    this.#graded = null;
    this.#ask = this.quiz.asked;
    this.changed();
    this.#seeEnd();
  }

  #make(cues: Cue[], source?: Wished): void {
    if (cues.length === 0 || this.#ended) return;
    // What failed is tried again of what the server has; twice the same subtitles would be more than there are.
    const again = this.#made === cues.length && this.quiz.progress?.state === 'failed';
    this.#made = cues.length;
    this.#say(null);
    if (again) this.quiz.again(source);
    else this.quiz.make(cues, source);
  }

  get #mayAsk(): boolean {
    return this.settings.quizzes || this.#wantsThese;
  }

  /** A sentence about questions. */
  #say(trouble: string | null): void {
    this.#quizTrouble = trouble;
    this.changed();
  }

  /* -- what is heard -- */

  #hearClient(): void {
    const { client } = this;
    client.on('state', () => this.#linked());
    client.on('welcome', (welcome) => {
      this.#began = this.tools.now() - client.ageMs;
      if (welcome.session !== this.#sessions.at(-1)) this.#sessions.push(welcome.session);
      this.#welcomed = this.#allowed = true;
      if (this.#playback) client.playback(this.#playback);
      if (this.settings.quizzes) this.quiz.askForSets();
      this.#look();
    });
    client.on('session', ({ recovered }) => {
      if (!recovered) this.#alarms.reset();
    });
    client.on('attention', () => this.changed());
    client.on('alert', (alert) => {
      const chimes = this.#alarms.raise(alert, this.#began, this.#stands);
      if (chimes && this.#mayRing) this.tools.sounds.chime();
      this.#listen();
      this.changed();
    });
    client.on('cleared', (cleared) => {
      this.#alarms.clear(cleared, this.#began, this.tools.now());
      this.#listen();
      this.changed();
    });
  }

  #hearQuiz(): void {
    const { quiz } = this;
    quiz.on('marks', () => this.changed());
    quiz.on('progress', (progress) => {
      if (progress?.state === 'done') quiz.askForSets();
      this.#say(progress?.state === 'failed' ? progress.message || progress.code : null);
    });
    quiz.on('sets', (sets) => {
      this.#sets = sets;
      this.changed();
    });
    quiz.on('ask', (ask) => {
      // The one that was graded is still being read: the next one waits for `closeQuiz`.
      if (!this.#graded) this.#ask = ask;
      this.changed();
    });
    quiz.on('graded', (graded) => {
      if (this.#ask?.quiz === graded.quiz) this.#graded = graded;
      this.changed();
    });
    quiz.on('trouble', ({ message, code }) => this.#say(message || code));
  }

  #linked(): void {
    const { state, timers } = this.client;
    this.#retryAt = state.retryAt === null ? null : this.tools.now() + state.retryAt - timers.now();
    // A fetch that the browser forbids looks like a server that is away.
    if (state.name === 'waiting' && !this.#welcomed) void this.#askWhetherAllowed();
    // Nothing goes on: there is nobody left who could clear an alarm.
    if (state.name === 'failed' || state.name === 'signed-out') this.#alarms.reset();
    if (state.name === 'signed-out') this.tools.signedOut?.();
    this.#look();
  }

  async #askWhetherAllowed(): Promise<void> {
    this.#allowed = await this.tools.allowed(this.settings.server);
    this.changed();
  }

  /* -- the camera, the loudspeakers -- */

  #rest(away: boolean): void {
    this.#away = away;
    this.#look();
  }

  /** The camera is open while the learner is known to agree, and wants it. */
  #look(): void {
    if (this.#ended) return;
    const { client } = this;
    const rests = this.#paused || this.#away;
    if (rests) client.pause();
    else client.resume();
    // Over a lost connection it stays open: the light would flicker otherwise.
    const link = client.state.name;
    const may = this.#welcomed && link !== 'signed-out' && link !== 'failed' && client.welcome?.consent !== false;
    if (may && !rests) this.#eye.open(this.settings.camera);
    else this.#eye.close();
    this.#listen();
    this.changed();
  }

  get #mayRing(): boolean {
    return this.settings.sounds && !this.#ended && !this.#paused && !this.#away;
  }

  #tune(): void {
    this.tools.sounds.volume = this.settings.volume;
  }

  /** Whether the alarm is to be heard. */
  #listen(): void {
    const rings = this.#mayRing && this.#alarms.rings;
    if (rings === this.#rings) return;
    this.#rings = rings;
    if (rings) this.tools.sounds.ring();
    else this.tools.sounds.quiet();
  }

  /* -- the film that stands -- */

  /** By the learner's own hand: nothing is missed while it does. */
  get #stands(): boolean {
    return this.#playback !== null && !this.#playback.playing && this.#playback.held !== true;
  }

  /** What is alarming still, though the film plays again, is told after a moment. */
  #seeWhetherStands(): void {
    if (this.#stands || this.#ended || !this.#alarms.hasQuiet) {
      clearTimeout(this.#quietTimer);
      this.#quietTimer = undefined;
    } else {
      this.#quietTimer ??= setTimeout(() => this.#speakUp(), SPEAKS_UP_MS);
    }
  }

  #speakUp(): void {
    this.#quietTimer = undefined;
    this.#alarms.speakUp();
    this.#listen();
    this.changed();
  }

  /* -- the film's end -- */

  /** A film that stands at its end, and asks nothing any more, has ended. */
  #seeEnd(): void {
    const film = this.#playback;
    const stands = film?.duration_s !== undefined && !film.playing && film.position_s >= film.duration_s - END_S;
    if (!stands || this.#ended || this.#isAsking) {
      clearTimeout(this.#endTimer);
      this.#endTimer = undefined;
    } else {
      this.#endTimer ??= setTimeout(() => this.#seeWhetherDone(), FILM_ENDED_MS);
    }
  }

  #seeWhetherDone(): void {
    this.#endTimer = undefined;
    if (!this.#isAsking) void this.finish();
  }

  get #isAsking(): boolean {
    return this.#graded !== null || (this.#ask !== null && this.#mayAsk);
  }
}

