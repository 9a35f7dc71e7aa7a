/** Where the film stood when: alerts tell a time, and the learner wants the place. No I/O in here. */

/** Two hours of a film that merely plays. */
const MOST = 7200;
/** A film that merely plays is noted this often, ms. */
const EVERY_MS = 1000;
/** How far from where playing on would have led a place may be before it is a jump, s. */
const JUMP_S = 1.5;

interface Place {
  at: number;
  position: number;
  /** Seconds of film a second; 0: it stands. */
  speed: number;
}

export class PositionHistory {
  #places: Place[] = [];

  /** @param at `Date.now()` @param position seconds @param speed of the film; 0: it stands */
  note(at: number, position: number, speed: number): void {
    const last = this.#places.at(-1);
    if (last && at < last.at) this.#places = [];
    else if (last && last.speed === speed && at - last.at < EVERY_MS && !jumped(last, at, position)) return;
    this.#places.push({ at, position, speed });
    if (this.#places.length > MOST) this.#places.splice(0, MOST / 10);
  }

  /** Where the film stood, in seconds; null: that was before anything is known. @param at `Date.now()` of then */
  at(at: number): number | null {
    const index = this.#before(at);
    const place = this.#places[index];
    if (!place) return null;
    const led = expected(place, at);
    const next = this.#places[index + 1];
    // The film cannot have been further than where it was found next, unless it jumped there.
    return next && next.position >= place.position ? Math.min(led, next.position) : led;
  }

  /** The last one that was noted by then; -1: none. */
  #before(at: number): number {
    let [low, high] = [0, this.#places.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#places[middle]?.at ?? Infinity) <= at) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  clear(): void {
    this.#places = [];
  }
}

const expected = (place: Place, at: number): number => place.position + ((at - place.at) / 1000) * place.speed;

const jumped = (place: Place, at: number, position: number): boolean => Math.abs(expected(place, at) - position) > JUMP_S;
