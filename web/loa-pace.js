/**
 * When the client does something: tries to connect again, takes a frame, tells the position in a lecture. No I/O in here.
 *
 * @module loa-pace
 */

/** The largest delay that timers take; above it they fire at once. */
export const MAX_TIMER_MS = 2_147_483_647;
/** A lecture that merely plays is told this often at most, ms. */
const PLAYBACK_EVERY_MS = 10_000;
/** A position further than this from where playing on would have led is a seek, s. */
const SEEK_S = 2;

/**
 * @typedef {object} Timers
 * @property {() => number} now a monotonic clock, ms
 * @property {(run: () => void, ms: number) => any} setTimeout
 * @property {(timer: any) => void} clearTimeout
 *
 * @typedef {{position_s: number, playing: boolean, rate?: number, duration_s?: number}} Playback where a lecture stands
 */

/** Exponential backoff: the n-th delay is random between half of and the whole of min(cap, first * 2^n). */
export class Backoff {
  #attempts = 0;

  /** @param {{firstMs?: number, capMs?: number, random?: () => number}} [options] */
  constructor({ firstMs = 500, capMs = 15_000, random = Math.random } = {}) {
    this.firstMs = firstMs;
    this.capMs = capMs;
    this.random = random;
  }

  get attempts() {
    return this.#attempts;
  }

  /** @returns {number} ms to wait before the next attempt */
  next() {
    const whole = Math.min(this.capMs, this.firstMs * 2 ** Math.min(this.#attempts, 30));
    this.#attempts += 1;
    return whole * (0.5 + 0.5 * this.random());
  }

  reset() {
    this.#attempts = 0;
  }
}

/**
 * What a close code means for the next attempt (the table "Close codes" of the protocol).
 * @param {number} code
 * @returns {'never' | 'signed-out' | 'full' | 'backoff'}
 */
export function afterClose(code) {
  if ([1000, 1002, 1003, 1007, 1009, 4400, 4410].includes(code)) return 'never';
  if (code === 4403) return 'signed-out';
  return code === 1013 ? 'full' : 'backoff';
}

/**
 * Frames a second: what the server asks for, or more if the owner wishes so, within the server's limit.
 * @param {{asked: number, wished: number, limit: number, easing: boolean}} rates
 */
export function effectiveRate({ asked, wished, limit, easing }) {
  if (asked <= 0) return 0;
  return Math.min(limit, easing ? asked : Math.max(asked, wished));
}

/**
 * Calls `tick` a given number of times a second, without drift; moments that were slept through are not made up for. When the rate
 * changes, what is left of the interval shrinks or grows with it, and by chance from nothing to twice as much: a rate that changes for a
 * whole class brings no wave of frames.
 */
export class CaptureClock {
  #interval = Infinity;
  /** @type {number | null} */
  #last = null;
  /** @type {number | null} */
  #due = null;
  /** @type {any} */
  #timer = null;
  #running = false;

  /** @param {() => void} tick @param {Timers} timers @param {() => number} random from 0 to 1 */
  constructor(tick, timers, random = Math.random) {
    this.tick = tick;
    this.timers = timers;
    this.random = random;
  }

  /** @param {number} framesPerSecond 0 stops the ticks until the next rate */
  setRate(framesPerSecond) {
    const interval = framesPerSecond > 0 ? 1000 / framesPerSecond : Infinity;
    if (interval === this.#interval) return;
    const change = interval / this.#interval;
    this.#interval = interval;
    if (!this.#running) return;
    const now = this.timers.now();
    this.#arm(this.#due === null ? this.#first(now) : now + (this.#due - now) * change * 2 * this.random());
  }

  /** The first tick comes at once, unless the last one was less than an interval ago. */
  start() {
    if (this.#running) return;
    this.#running = true;
    this.#arm(this.#first(this.timers.now()));
  }

  stop() {
    this.#running = false;
    this.#arm(Infinity);
  }

  /** @param {number} now */
  #first(now) {
    return this.#last === null ? now : this.#last + this.#interval;
  }

  /** @param {number} due */
  #arm(due) {
    this.timers.clearTimeout(this.#timer);
    [this.#timer, this.#due] = [null, null];
    if (due === Infinity || this.#interval === Infinity) return;
    const now = this.timers.now();
    const at = Math.max(due, now);
    this.#due = at;
    this.#timer = this.timers.setTimeout(() => this.#fire(at), Math.min(at - now, MAX_TIMER_MS));
  }

  /** @param {number} due */
  #fire(due) {
    const now = this.timers.now();
    this.#last = now - due < this.#interval ? due : now;
    this.#arm(this.#last + this.#interval);
    this.tick();
  }
}

/** Which positions of a lecture are worth telling: the first, every change of playing, rate or place, else one in 10 s. */
export class PlaybackPace {
  /** @type {{position_s: number, playing: boolean, rate: number, at: number} | null} */
  #told = null;

  /** Nothing was told yet, as on a new connection. */
  reset() {
    this.#told = null;
  }

  /** Whether this is to be told; if so, it counts as told. @param {Playback} playback @param {number} now ms */
  isDue({ position_s, playing, rate = 1 }, now) {
    const told = this.#told;
    if (told && told.playing === playing && told.rate === rate && now - told.at < PLAYBACK_EVERY_MS) {
      const played = told.playing ? ((now - told.at) / 1000) * told.rate : 0;
      if (Math.abs(position_s - told.position_s - played) <= SEEK_S) return false;
    }
    this.#told = { position_s, playing, rate, at: now };
    return true;
  }
}
