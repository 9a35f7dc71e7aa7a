/** Says how things stand over a port: when it changed, and not more often than anybody could look. */

/** At most ten a second, ms. */
const EVERY_MS = 100;

/** As much of a `chrome.runtime.Port` as is needed to speak. */
export interface Mouth {
  postMessage(message: unknown): void;
}

export class Posts<T> {
  #told = '';
  #toldAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param look what there is to say now */
  constructor(
    private readonly port: Mouth,
    private readonly look: () => T,
  ) {}

  /** Something may have changed. */
  stir(): void {
    if (this.#timer !== undefined) return;
    const rest = this.#toldAt + EVERY_MS - performance.now();
    // Never within the call: several things change in a row.
    this.#timer = setTimeout(() => this.#tell(), Math.max(0, rest));
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.stir = () => {};
  }

  #tell(): void {
    this.#timer = undefined;
    const message = this.look();
    const told = JSON.stringify(message);
    if (told === this.#told) return;
    this.#told = told;
    this.#toldAt = performance.now();
    try {
      this.port.postMessage(message);
    } catch {
      // It went in this moment; that it is gone is told in another way.
    }
  }
}
