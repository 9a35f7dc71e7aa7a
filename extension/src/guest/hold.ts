/** The film waits while something needs the learner, and goes on afterwards if it was playing before. */

/** A page that starts its film again this often has its will. */
const MOST_TIMES = 5;

export type Reason = 'alarm' | 'quiz';

export class Hold {
  #film: HTMLVideoElement | null = null;
  #reasons = new Set<Reason>();
  #goesOn = false;
  #times = 0;

  /**
   * @param refused the browser did not let the film go on: the learner has to press play
   * @param changed `holds` may be another, though the film stands as before
   */
  constructor(
    private readonly refused: () => void,
    private readonly changed: () => void = () => {},
  ) {}

  /** The film waits for us, and not for the learner who paused it. */
  get holds(): boolean {
    return this.#reasons.size > 0 && this.#goesOn;
  }

  /** Another film: nothing is held any more. */
  setFilm(film: HTMLVideoElement | null): void {
    this.#film?.removeEventListener('play', this.#played);
    this.#film = film;
    this.#reasons.clear();
    this.#goesOn = false;
    film?.addEventListener('play', this.#played);
  }

  hold(reason: Reason): void {
    const film = this.#film;
    if (!film || this.#reasons.has(reason)) return;
    if (this.#reasons.size === 0) {
      this.#goesOn = !film.paused && !film.ended;
      this.#times = 0;
    }
    this.#reasons.add(reason);
    film.pause();
  }

  /** @param goOn false: the film stays where it is, as the lecture is over */
  release(reason: Reason, goOn = true): void {
    if (!this.#reasons.delete(reason) || this.#reasons.size > 0) return;
    if (goOn && this.#goesOn) this.play();
    this.#goesOn = false;
    this.changed();
  }

  /** The film goes on when nothing holds it any more, though it stood before. */
  wish(): void {
    if (this.#reasons.size > 0) this.#goesOn = true;
    else this.play();
    this.changed();
  }

  play(): void {
    this.#film?.play().catch(() => this.refused());
  }

  readonly #played = (): void => {
    if (this.#reasons.size === 0 || this.#times >= MOST_TIMES) return;
    this.#times += 1;
    this.#film?.pause();
  };
}
