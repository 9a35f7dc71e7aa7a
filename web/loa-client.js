/**
 * The Loa client: one WebSocket, the newest camera frame, the server's verdicts (docs/protocol.md, version 1).
 *
 * It touches no DOM, so that a page, a worker and an extension can all use it. The owner hands in `capture`, which gives
 * one JPEG or null, and listens for events. Frames are never queued: at most one is on its way, and the next one is taken
 * from the camera only when the last one was answered and the rate allows it.
 *
 * A watch session outlives its connection: after a loss the client asks for the same one and is told what it missed. The
 * secret for that is kept in this object; with `memory` of the owner's, the watch session outlives this object as well.
 *
 * Every connection belongs to a learner: the owner hands in `token`, which gives an access token (`LoaAccount` of
 * loa-account.js has one). No frame leaves without the learner's consent, and nothing waits in a queue for a token.
 *
 * @module loa-client
 */

import { Backoff, CaptureClock, MAX_TIMER_MS, PlaybackPace, afterClose, effectiveRate } from './loa-pace.js';
import { HEADER_BYTES, SUBPROTOCOL, encodeFrame, parseMessage } from './loa-wire.js';

/** How long an attempt to connect may take until the welcome is there, ms. */
const CONNECT_WITHIN_MS = 10_000;
/** The server answers each frame; one that is silent about a frame for this long has lost it, ms. */
const ANSWER_WITHIN_MS = 10_000;
/** A session has to last this long before a loss counts as a fresh one, ms. */
const STABLE_AFTER_MS = 5_000;
/** After a frame was dropped for lack of time, the rate asked for by the owner rests this long, ms. */
const EASE_FOR_MS = 10_000;
/** A full server asks to be left alone for a minute. */
const FULL_RETRY_MS = 60_000;
/** Refusals of a token after which a new one may be taken. */
const RENEWABLE = new Set(['token_expired', 'token_signed_out']);
/** Answers to a hello that would be the same to the next one. */
const FINAL = new Set(['token_missing', 'token_invalid', 'token_audience', 'bad_message', 'text_too_large', ...RENEWABLE]);

/**
 * @typedef {import('./loa-wire.js').Welcome} Welcome
 * @typedef {import('./loa-wire.js').Verdict} Verdict
 * @typedef {import('./loa-wire.js').Attention} Attention
 * @typedef {import('./loa-wire.js').Alert} Alert
 * @typedef {import('./loa-wire.js').Cleared} Cleared
 * @typedef {import('./loa-wire.js').Dropped} Dropped
 * @typedef {import('./loa-wire.js').Problem} Problem
 * @typedef {import('./loa-wire.js').ServerMessage} ServerMessage
 * @typedef {import('./loa-pace.js').Timers} Timers
 * @typedef {import('./loa-pace.js').Playback} Playback
 *
 * @typedef {'idle' | 'connecting' | 'open' | 'waiting' | 'failed' | 'signed-out'} StateName
 * @typedef {{name: StateName, attempt: number, retryAt: number | null, code: number | null, reason: string | null}} State
 *   `waiting`: the connection was lost and is tried again at `retryAt`; `failed`: trying again is of no use;
 *   `signed-out`: the learner withdrew consent, erased everything or is not known: ask anew, then `start`.
 *   `code` is the close code, `reason` the code of the error that led here, if any.
 *
 * @typedef {object} Counts
 * @property {number} sent frames handed to the socket; always answered + dropped + failed + lost + the one on its way
 * @property {number} answered frames with a verdict
 * @property {number} dropped frames that the server did not look at
 * @property {number} failed frames answered with an error
 * @property {number} lost frames never answered: the connection broke or the server forgot them
 * @property {number} skipped moments at which no frame was taken, because the last one was still on its way
 * @property {number} malformed messages of the server that were not understood
 */

/**
 * @typedef {{url: string, course?: string, title?: string, duration_s?: number}} Lecture
 *
 * @typedef {{resume: string, lastN: number, alerts: Alert[]}} Kept what it takes to go on with a watch session: its secret,
 *   the newest alert or clearance that was told, and the alerts that are open
 * @typedef {{load: () => Kept | null, save: (kept: Kept | null) => void}} Memory outlives the client, as over a reload;
 *   null: there is no watch session to go on with. Who can read it can take the watch session
 *
 * @typedef {object} Options
 * @property {string} url ws:// or wss://
 * @property {() => Promise<Blob | ArrayBuffer | Uint8Array | null>} capture the newest picture as JPEG; null: none now
 * @property {(refused: string) => Promise<string>} token an access token, asked for at every connection; `refused`: the
 *   one that the server has just refused, else empty. A rejection with `retry: false` signs the learner out, any other
 *   is tried again, after `retryAfter` seconds if it has that
 * @property {Lecture | null} [lecture] what is watched. Changed, it holds from the next `start` on
 * @property {string} [name] told to the server, for its logs
 * @property {boolean} [landmarks] ask for the face's points
 * @property {string} [preset] whose limits of attention hold: default, classic or strict; none: as the server is set.
 *   Changed, it holds from the next `start` on
 * @property {Memory} [memory] asked at `start` for the watch session to go on with, told of every change
 * @property {boolean} [quizzes] the learner wants questions about the lecture: then its place is told without consent to
 *   the camera as well, as questions are asked by it
 * @property {{new (url: string, protocols: string[]): WebSocket}} [WebSocket]
 * @property {Timers} [timers]
 * @property {() => number} [random]
 */

/**
 * What is told by events (`CustomEvent`, the value in `detail`), best heard with `on`.
 * @typedef {{verdict: Verdict, capturedAt: number, rttMs: number}} Answer times of this side's clock, ms
 * @typedef {{problem: Problem, capturedAt: number | null}} Trouble `capturedAt`: the frame that it is about, if any
 * @typedef {{state: Attention, sinceMs: number | null}} Learner how the learner is, since when by the watch session's clock
 * @typedef {{state: State, welcome: Welcome, session: {recovered: boolean}, verdict: Answer, attention: Learner,
 *   alert: Alert, cleared: Cleared, dropped: Dropped, problem: Trouble, rate: number, counts: Counts,
 *   malformed: string, other: string}} Events
 *   `session`: after a lost connection, whether the watch session goes on (`recovered`) or a new one has begun, in which
 *   no alert is open; of one out of `memory`, only that it goes on.
 *   `alert` and `cleared` are acknowledged to the server once every listener was called; those that
 *   were missed come after `session`, in their order.
 *   `other`: a message, as it came, of a type that this module leaves to others, as loa-quiz.js.
 */

export class LoaClient extends EventTarget {
  /** @type {State} */
  state = { name: 'idle', attempt: 0, retryAt: null, code: null, reason: null };
  /** @type {Counts} */
  counts = noCounts();
  /** @type {Welcome | null} */
  welcome = null;
  /** How the learner is; null: nothing is known, as there is no connection. @type {Learner | null} */
  attention = null;
  /** What was alerted and not cleared yet, by its kind; over a lost connection as well. @type {Map<string, Alert>} */
  alerts = new Map();

  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {{seq: number, capturedAt: number, sentAt: number} | null} */
  #onItsWay = null;
  /** One connection or the attempt at it; what belongs to an earlier one no longer counts. */
  #attempt = 0;
  /** The token that the last hello carried, and whether it was fetched again on this connection. */
  #token = '';
  #renewed = false;
  /** Whether the learner consents to being looked at. */
  #mayLook = false;
  #playback = new PlaybackPace();
  #capturing = false;
  #due = false;
  #paused = false;
  #seq = 0;
  #asked = 1;
  #wished = 0;
  #easeUntil = 0;
  #holdUntil = 0;
  #heardAt = 0;
  #welcomedAt = 0;
  /** The secret of the watch session; empty: there is none to go on with. */
  #resume = '';
  /** The newest alert or clearance that the listeners were given. */
  #lastN = 0;
  /** The alerts that were open in a watch session out of memory; null: it is this object's own. @type {Alert[] | null} */
  #remembered = null;
  /** When the watch session began, by this side's clock. */
  #beganAt = 0;
  /** @type {any} */
  #retryTimer = null;
  /** @type {any} */
  #lifeTimer = null;
  /** @type {any} */
  #answerTimer = null;

  /** @param {Options} options */
  constructor(options) {
    super();
    this.options = options;
    this.timers = options.timers ?? {
      now: () => performance.now(),
      setTimeout: (run, ms) => setTimeout(run, ms),
      clearTimeout: (timer) => clearTimeout(timer),
    };
    this.backoff = new Backoff({ random: options.random });
    this.clock = new CaptureClock(() => this.#take(), this.timers, options.random);
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

  /** Connects, counting from zero, and stays connected until `stop` or `leave`. */
  start() {
    if (!['idle', 'failed', 'signed-out'].includes(this.state.name)) return;
    this.counts = noCounts();
    this.#recall();
    this.#connect();
  }

  /** Goes without a goodbye, as a page does that is loaded anew: the next `start` goes on, out of `memory`. */
  leave() {
    this.#disconnect();
    this.backoff.reset();
    this.#enter('idle');
  }

  /** Says goodbye, and the watch session ends. `start` begins anew. */
  stop() {
    this.#tell({ type: 'end' });
    this.#disconnect(1000);
    this.#forget();
    this.backoff.reset();
    this.#enter('idle');
  }

  /** Connects now instead of waiting for the next attempt. */
  retryNow() {
    if (this.state.name === 'waiting') this.#connect();
  }

  /** The camera is off by the learner's wish: no frames until `resume`, over reconnects as well. */
  pause() {
    if (this.#paused) return;
    this.#paused = true;
    this.clock.stop();
    this.#tell({ type: 'pause' });
  }

  resume() {
    if (!this.#paused) return;
    this.#paused = false;
    this.#tell({ type: 'resume' });
    this.#startClock();
  }

  /**
   * Tells where the lecture stands: a change at once, else every 10 s at most, so call it as often as the player speaks,
   * and after `welcome`. Nothing is told, or kept for later, without a connection and the learner's consent, or wish for
   * quizzes.
   * @param {Playback} playback
   */
  playback({ position_s, playing, rate = 1, duration_s }) {
    const wanted = this.#mayLook || this.options.quizzes === true;
    if (this.state.name !== 'open' || !wanted || !(position_s >= 0 && position_s < Infinity)) return;
    if (!this.#playback.isDue({ position_s, playing, rate }, this.timers.now())) return;
    const known = duration_s !== undefined && duration_s > 0 && duration_s < Infinity;
    this.#tell({ type: 'playback', position_s, playing, rate, ...(known ? { duration_s } : {}) });
  }

  /**
   * Says something that this module leaves to others.
   * @param {{type: string} & Record<string, unknown>} message
   * @returns {boolean} false: there is no watch session at the moment, and nothing is kept for later
   */
  say(message) {
    if (this.state.name !== 'open' || this.#socket?.readyState !== 1) return false;
    this.#tell(message);
    return true;
  }

  /** @param {number} framesPerSecond more frames than the server asks for, within its limit; 0: as the server says */
  wishRate(framesPerSecond) {
    this.#wished = framesPerSecond;
    this.#applyRate();
  }

  get rate() {
    const limit = this.welcome?.limits.frames_per_second ?? Infinity;
    const easing = this.timers.now() < this.#easeUntil;
    return effectiveRate({ asked: this.#asked, wished: this.#wished, limit, easing });
  }

  /** How old the watch session is, ms: the clock of `since_ms` and `at_ms`. */
  get ageMs() {
    return Math.max(0, this.timers.now() - this.#beganAt);
  }

  /* -- the connection -- */

  async #connect() {
    this.timers.clearTimeout(this.#retryTimer);
    this.#enter('connecting');
    this.#renewed = false;
    this.#hasLife(CONNECT_WITHIN_MS);
    const token = await this.#fetchToken('');
    if (token !== null) this.#open(token);
  }

  /** Null: there is none, or nobody waits for it any more. @param {string} refused */
  async #fetchToken(refused) {
    const attempt = this.#attempt;
    try {
      const token = await this.options.token(refused);
      return attempt === this.#attempt ? token : null;
    } catch (error) {
      if (attempt === this.#attempt) this.#noToken(/** @type {any} */ (error));
      return null;
    }
  }

  /** @param {{retry?: boolean, retryAfter?: number | null, code?: string} | null} error */
  #noToken(error) {
    const reason = error?.code ?? null;
    if (error?.retry === false) this.#giveUp('signed-out', { reason });
    else this.#reconnect(null, (error?.retryAfter ?? 0) * 1000, reason);
  }

  /** @param {string} token */
  #open(token) {
    const Socket = this.options.WebSocket ?? globalThis.WebSocket;
    /** @type {WebSocket} */
    let socket;
    try {
      socket = new Socket(this.options.url, [SUBPROTOCOL]);
    } catch {
      this.#giveUp('failed');
      return;
    }
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => this.#sayHello(token);
    socket.onmessage = ({ data }) => this.#hear(data);
    socket.onclose = ({ code }) => this.#reconnect(code);
    this.#hasLife(CONNECT_WITHIN_MS);
  }

  /** @param {string} token */
  #sayHello(token) {
    this.#token = token;
    const { name = 'loa-client/0.1', landmarks = false, preset, lecture } = this.options;
    const again = this.#resume ? { resume: this.#resume, last_n: this.#lastN } : {};
    this.#tell({ type: 'hello', token, client: name, landmarks, preset, lecture: lecture ?? undefined, ...again });
  }

  /** No welcome, but an error: a token that ran out is fetched once more. @param {Problem} problem */
  async #refused(problem) {
    const { code } = problem;
    if (RENEWABLE.has(code) && !this.#renewed) {
      this.#renewed = true;
      const token = await this.#fetchToken(this.#token);
      if (token !== null) this.#sayHello(token);
      return;
    }
    if (code === 'token_signed_out') this.#giveUp('signed-out', { reason: code });
    else if (FINAL.has(code)) this.#giveUp('failed', { reason: code });
    else this.#emit('problem', { problem, capturedAt: null });
  }

  /** Trying again is of no use. @param {'failed' | 'signed-out'} name @param {Partial<State>} [why] */
  #giveUp(name, why) {
    this.#disconnect(1000);
    this.#forget();
    this.#enter(name, why);
  }

  /** @param {number} [code] told to the server */
  #disconnect(code) {
    const socket = this.#socket;
    this.#socket = null;
    this.#attempt += 1;
    this.#token = '';
    this.#mayLook = false;
    this.#playback.reset();
    this.welcome = null;
    this.attention = null;
    this.clock.stop();
    this.#due = false;
    this.timers.clearTimeout(this.#retryTimer);
    this.timers.clearTimeout(this.#lifeTimer);
    if (this.#onItsWay) this.#settle('lost');
    if (!socket) return;
    // A dead network can keep a closing socket for minutes: it is let go, and nothing it says later counts.
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.onerror = () => {};
    try {
      socket.close(code);
    } catch {
      // It was never open.
    }
  }

  /** @param {number | null} code why the connection ended @param {number} [atLeastMs] @param {string | null} [reason] */
  #reconnect(code, atLeastMs = 0, reason = null) {
    const lasted = this.welcome ? this.timers.now() - this.#welcomedAt : 0;
    const next = code === null ? 'backoff' : afterClose(code);
    if (next === 'never' || next === 'signed-out') {
      this.#giveUp(next === 'never' ? 'failed' : next, { code });
      return;
    }
    this.#disconnect();
    if (lasted >= STABLE_AFTER_MS) this.backoff.reset();
    const backoff = this.backoff.next();
    const wait = Math.max(next === 'full' ? FULL_RETRY_MS + backoff : backoff, atLeastMs);
    this.#retryTimer = this.timers.setTimeout(() => this.#connect(), wait);
    this.#enter('waiting', { code, reason, retryAt: this.timers.now() + wait });
  }

  /** Something was heard, or begun, now. @param {number} silentForMs */
  #hasLife(silentForMs) {
    this.#heardAt = this.timers.now();
    this.#watchLife(silentForMs);
  }

  /** Gives the connection up once nothing at all was heard for so long. @param {number} silentForMs */
  #watchLife(silentForMs) {
    this.timers.clearTimeout(this.#lifeTimer);
    const rest = this.#heardAt + silentForMs - this.timers.now();
    this.#lifeTimer = this.timers.setTimeout(
      () => {
        if (this.timers.now() - this.#heardAt >= silentForMs) this.#reconnect(4408);
        else this.#watchLife(silentForMs);
      },
      Math.min(Math.max(rest, 1), MAX_TIMER_MS),
    );
  }

  /** @param {StateName} name @param {Partial<State>} [more] */
  #enter(name, more = {}) {
    this.state = { name, attempt: this.backoff.attempts, retryAt: null, code: null, reason: null, ...more };
    this.#emit('state', this.state);
  }

  /** @template {keyof Events} T @param {T} type @param {Events[T]} detail */
  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /** @param {object} message */
  #tell(message) {
    if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(message));
  }

  /* -- what the server says -- */

  /** @param {unknown} data */
  #hear(data) {
    this.#heardAt = this.timers.now();
    const parsed = parseMessage(data);
    if ('malformed' in parsed) {
      this.counts.malformed += 1;
      this.#emit('malformed', parsed.malformed);
    } else if ('message' in parsed) {
      this.#obey(parsed.message);
    } else {
      this.#emit('other', String(data));
    }
  }

  /** @param {ServerMessage} message */
  #obey(message) {
    switch (message.type) {
      case 'welcome':
        return this.#begin(message);
      case 'ping':
        return this.#tell({ type: 'pong', n: message.n });
      case 'rate':
        this.#asked = message.frames_per_second;
        return this.#applyRate();
      case 'verdict': {
        const frame = this.#answered(message.seq, 'answered');
        if (!frame) return;
        const rttMs = this.#heardAt - frame.sentAt;
        this.#emit('verdict', { verdict: message, capturedAt: frame.capturedAt, rttMs });
        return this.#takeIfDue();
      }
      case 'dropped':
        if (message.reason === 'expired' || message.reason === 'rate') this.#ease();
        this.#answered(message.seq, 'dropped');
        this.#emit('dropped', message);
        return this.#takeIfDue();
      case 'state':
        return this.#attend({ state: message.state, sinceMs: message.since_ms });
      case 'alert':
      case 'alert.cleared':
        return this.#notify([message]);
      case 'error': {
        if (!this.welcome) return void this.#refused(message);
        if (message.seq !== null && message.retry_after_ms !== null) this.#holdUntil = this.#heardAt + message.retry_after_ms;
        const frame = message.seq === null ? null : this.#answered(message.seq, 'failed');
        if (message.code === 'no_consent') this.#lookAway();
        this.#emit('problem', { problem: message, capturedAt: frame?.capturedAt ?? null });
        return this.#takeIfDue();
      }
    }
  }

  /** @param {Welcome} welcome */
  #begin(welcome) {
    if (welcome.protocol !== SUBPROTOCOL) {
      this.#giveUp('failed');
      return;
    }
    this.welcome = welcome;
    this.#mayLook = welcome.consent;
    this.#welcomedAt = this.timers.now();
    this.#asked = welcome.rate;
    this.#watchLife(welcome.heartbeat.silent_for_ms);
    const recovered = this.#resume !== '' && welcome.recovered === true;
    // That one of memory is over is nothing to tell: it may be long past.
    const again = recovered || (this.#resume !== '' && !this.#remembered);
    if (recovered) for (const alert of this.#remembered ?? []) this.alerts.set(alert.kind, alert);
    else this.#forget();
    this.#remembered = null;
    this.#resume = welcome.resume;
    this.#remember();
    this.#beganAt = this.#welcomedAt - welcome.now_ms;
    const socket = this.#socket;
    if (this.#paused) this.#tell({ type: 'pause' });
    this.#enter('open');
    this.#emit('welcome', welcome);
    if (this.#socket !== socket) return; // a listener stopped it
    if (again) this.#emit('session', { recovered });
    this.#notify(welcome.missed);
    if (this.#socket !== socket) return; // a listener stopped it
    this.#attend({ state: welcome.state, sinceMs: null });
    this.#applyRate();
    this.#startClock();
  }

  #startClock() {
    if (this.state.name === 'open' && this.#mayLook && !this.#paused) this.clock.start();
  }

  /** The learner does not consent, or no longer: no frame leaves. */
  #lookAway() {
    this.#mayLook = false;
    this.clock.stop();
  }

  /** There is no watch session to go on with. */
  #forget() {
    this.#resume = '';
    this.#lastN = 0;
    this.#remembered = null;
    this.alerts.clear();
    this.options.memory?.save(null);
  }

  /** Goes on where a client of before was left, if there is such a watch session. */
  #recall() {
    const kept = this.options.memory?.load() ?? null;
    this.alerts.clear();
    this.#resume = kept?.resume ?? '';
    this.#lastN = kept?.lastN ?? 0;
    this.#remembered = kept?.alerts ?? null;
  }

  /** Tells `memory` anew, as when its owner has more to keep along. */
  keep() {
    if (this.state.name === 'open') this.#remember();
  }

  #remember() {
    const kept = { resume: this.#resume, lastN: this.#lastN, alerts: [...this.alerts.values()] };
    this.options.memory?.save(this.#resume ? kept : null);
  }

  /** @param {Learner} learner */
  #attend(learner) {
    this.attention = learner;
    this.#emit('attention', learner);
  }

  /** Tells what the server alerted, then the server that it was told. @param {(Alert | Cleared)[]} notices in their order */
  #notify(notices) {
    const socket = this.#socket;
    for (const notice of notices) {
      if (this.#socket !== socket) return; // a listener stopped it
      if (notice.n <= this.#lastN) continue;
      this.#lastN = notice.n;
      if (notice.type === 'alert') {
        this.alerts.set(notice.kind, notice);
        this.#emit('alert', notice);
      } else {
        this.alerts.delete(notice.kind);
        this.#emit('cleared', notice);
      }
    }
    if (notices.length === 0 || this.#socket !== socket) return;
    this.#remember();
    this.#tell({ type: 'alert.ack', n: this.#lastN });
  }

  #applyRate() {
    this.clock.setRate(this.rate);
    this.#emit('rate', this.rate);
  }

  #ease() {
    this.#easeUntil = this.timers.now() + EASE_FOR_MS;
    this.#applyRate();
  }

  /* -- frames -- */

  #takeIfDue() {
    if (this.#due) this.#take();
  }

  /** Takes the newest frame and sends it, unless one is on its way. */
  async #take() {
    if (this.state.name !== 'open' || this.#paused || !this.#mayLook) return;
    const now = this.timers.now();
    if (now < this.#holdUntil) return;
    if (this.#easeUntil && now >= this.#easeUntil) {
      this.#easeUntil = 0;
      this.#applyRate();
    }
    if (this.#onItsWay || this.#capturing || (this.#socket?.bufferedAmount ?? 0) > 0) {
      this.#due = true;
      this.counts.skipped += 1;
      return;
    }
    this.#due = false;
    this.#capturing = true;
    const socket = this.#socket;
    try {
      const picture = await this.options.capture();
      const jpeg = picture instanceof Blob ? await picture.arrayBuffer() : picture;
      const usable = jpeg && jpeg.byteLength > 0 && this.#socket === socket && !this.#paused && this.#mayLook;
      if (usable) this.#send(jpeg, now);
    } catch (error) {
      this.#emit('problem', { problem: localProblem('capture', String(error)), capturedAt: now });
    } finally {
      this.#capturing = false;
    }
  }

  /** @param {ArrayBuffer | Uint8Array} jpeg @param {number} capturedAt */
  #send(jpeg, capturedAt) {
    if (this.#socket?.readyState !== 1 || !this.welcome) return;
    const limit = this.welcome.limits.frame_bytes;
    const bytes = HEADER_BYTES + jpeg.byteLength;
    if (bytes > limit) {
      const problem = localProblem('frame_too_large', `${bytes} bytes, at most ${limit}`);
      this.#emit('problem', { problem, capturedAt });
      return;
    }
    this.#seq = (this.#seq + 1) >>> 0;
    this.#onItsWay = { seq: this.#seq, capturedAt, sentAt: this.timers.now() };
    this.#socket.send(encodeFrame(this.#seq, capturedAt, jpeg));
    this.counts.sent += 1;
    this.#emit('counts', this.counts);
    this.#answerTimer = this.timers.setTimeout(() => {
      this.#settle('lost');
      this.#takeIfDue();
    }, ANSWER_WITHIN_MS);
  }

  /** @param {number} seq @param {'answered' | 'dropped' | 'failed'} how */
  #answered(seq, how) {
    return this.#onItsWay?.seq === seq ? this.#settle(how) : null;
  }

  /** @param {'answered' | 'dropped' | 'failed' | 'lost'} how */
  #settle(how) {
    const frame = this.#onItsWay;
    this.#onItsWay = null;
    this.timers.clearTimeout(this.#answerTimer);
    this.counts[how] += 1;
    this.#emit('counts', this.counts);
    return frame;
  }
}

/** @returns {Counts} */
const noCounts = () => ({ sent: 0, answered: 0, dropped: 0, failed: 0, lost: 0, skipped: 0, malformed: 0 });

/** @param {string} code @param {string} message @returns {Problem} */
function localProblem(code, message) {
  return { type: 'error', seq: null, code, message, retry: true, retry_after_ms: null };
}
