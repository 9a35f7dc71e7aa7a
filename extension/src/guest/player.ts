/** The film as the hub is told of it: where it stands, and where it stood. */

import type { FromGuest } from '../messages.js';
import { PositionHistory } from './history.js';

const EVENTS = ['play', 'playing', 'pause', 'seeking', 'seeked', 'ratechange', 'timeupdate', 'durationchange', 'ended'];
/** A film that merely plays is told this often, ms. */
const EVERY_MS = 1000;

type Playback = Extract<FromGuest, { type: 'playback' }>;

export class Player {
  readonly history = new PositionHistory();
  film: HTMLVideoElement | null = null;
  /** Something else is shown in it, as an advertisement. */
  rests = false;
  #toldAt = 0;

  /** @param say tells the hub @param changed something may look different now @param held the film waits for us */
  constructor(
    private readonly say: (playback: Playback) => void,
    private readonly changed: () => void,
    private readonly held: () => boolean,
  ) {}

  setFilm(film: HTMLVideoElement | null): void {
    for (const type of EVENTS) this.film?.removeEventListener(type, this.#played);
    this.film = film;
    this.history.clear();
    this.#toldAt = 0;
    for (const type of EVENTS) film?.addEventListener(type, this.#played);
    this.#note();
  }

  get plays(): boolean {
    return this.film !== null && !this.film.paused && !this.film.ended;
  }

  get isOver(): boolean {
    return this.film?.ended === true;
  }

  get position(): number {
    return this.film?.currentTime ?? 0;
  }

  get duration(): number {
    return this.film?.duration ?? NaN;
  }

  seek(seconds: number): void {
    if (this.film) this.film.currentTime = seconds;
  }

  tell(): void {
    const { film } = this;
    if (!film || this.rests) return;
    this.#toldAt = Date.now();
    const known = film.duration > 0 && film.duration < Infinity;
    const rate = film.playbackRate > 0 ? Math.min(16, film.playbackRate) : 1;
    const place: Playback = { type: 'playback', position_s: film.currentTime, playing: this.plays, rate };
    this.say({ ...place, ...(known ? { duration_s: film.duration } : {}), ...(this.held() ? { held: true } : {}) });
  }

  readonly #played = ({ type }: Event): void => {
    this.#note();
    if (type !== 'timeupdate') {
      this.tell();
      this.changed();
    } else if (Date.now() - this.#toldAt >= EVERY_MS) {
      this.tell();
    }
  };

  #note(): void {
    if (this.film && !this.rests) this.history.note(Date.now(), this.film.currentTime, this.plays ? this.film.playbackRate : 0);
  }
}
