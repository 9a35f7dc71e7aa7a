/** The camera: opened when it is wanted, told about by one word, opened again when it is back. */

import type { Camera } from '../messages.js';

/** An opened camera; web/sources.js makes one. */
export interface Opened {
  /** The newest picture as a small JPEG; null: none now. */
  capture(): Promise<Blob | null>;
  close(): void;
}

/** Opens a camera by its device id; null: the browser's choice. Rejects with an error whose `name` says why not. */
export type OpenCamera = (deviceId: string | null, onEnded: () => void) => Promise<Opened>;

/** A camera that another program holds tells nobody when it is let go, and one that is plugged in not always, ms. */
const RETRY_MS = 5_000;

const WORDS: Record<string, Camera> = {
  NotAllowedError: 'denied',
  SecurityError: 'denied',
  PermissionDeniedError: 'denied',
  Insecure: 'denied',
  NotFoundError: 'missing',
  OverconstrainedError: 'missing',
  Missing: 'missing',
  NotReadableError: 'busy',
  AbortError: 'busy',
};

/** What to say of a camera that could not be opened. */
export const cameraWord = (error: unknown): Camera => WORDS[error instanceof Error ? error.name : ''] ?? 'busy';

export class Eye {
  state: Camera = 'off';
  #camera: Opened | null = null;
  #wanted = false;
  #device = '';
  /** One opening; what belongs to an earlier one no longer counts. */
  #attempt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param changed `state` is another one */
  constructor(
    private readonly openCamera: OpenCamera,
    private readonly changed: () => void,
  ) {}

  /** @param device empty: the browser's choice. Another one than before replaces it */
  open(device: string): void {
    if (this.#wanted && device === this.#device) return;
    this.#shut();
    this.#wanted = true;
    this.#device = device;
    void this.#try('opening');
  }

  close(): void {
    if (!this.#wanted) return;
    this.#wanted = false;
    this.#shut();
    this.#enter('off');
  }

  /** Something about cameras has changed: one that could not be opened is tried again. */
  retry(): void {
    const { state } = this;
    if (this.#wanted && state !== 'on' && state !== 'opening') void this.#try(state);
  }

  /** The newest picture; null: none now. */
  async capture(): Promise<Blob | null> {
    return this.#camera ? this.#camera.capture() : null;
  }

  /** @param meanwhile what is said until it is known */
  async #try(meanwhile: Camera): Promise<void> {
    this.#shut();
    const attempt = this.#attempt;
    this.#enter(meanwhile);
    try {
      const camera = await this.#openAny(() => attempt === this.#attempt && this.#lost());
      if (attempt !== this.#attempt) return camera.close();
      this.#camera = camera;
      this.#enter('on');
    } catch (error) {
      if (attempt !== this.#attempt) return;
      const word = cameraWord(error);
      // One that was unplugged is missing: that it was there is worth more.
      this.#enter(word === 'missing' && meanwhile === 'lost' ? 'lost' : word);
      if (word !== 'denied') this.#retryLater();
    }
  }

  /** The chosen one, or, if that is not there, any: ids change when the browser's data are cleared. */
  async #openAny(onEnded: () => void): Promise<Opened> {
    if (!this.#device) return this.openCamera(null, onEnded);
    try {
      return await this.openCamera(this.#device, onEnded);
    } catch (error) {
      if (cameraWord(error) !== 'missing') throw error;
      return this.openCamera(null, onEnded);
    }
  }

  #lost(): void {
    this.#shut();
    this.#enter('lost');
    this.#retryLater();
  }

  #retryLater(): void {
    this.#timer = setTimeout(() => this.retry(), RETRY_MS);
  }

  #shut(): void {
    this.#attempt += 1;
    clearTimeout(this.#timer);
    this.#camera?.close();
    this.#camera = null;
  }

  #enter(state: Camera): void {
    if (state === this.state) return;
    this.state = state;
    this.changed();
  }
}
