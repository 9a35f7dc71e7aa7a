/** The guest's line to the hub: made again whenever it breaks, and quiet for good once the extension is gone. */

import { Backoff } from '../../../web/loa-pace.js';
import { LECTURE_PORT } from '../messages.js';
import type { FromGuest, ToBackground, ToGuest, View } from '../messages.js';

interface Hooks {
  /** The hub listens, and knows nothing of this page. */
  connected: () => void;
  view: (view: View) => void;
  /** The extension was taken away, another version of it has come, or the site is no longer allowed. */
  dead: () => void;
}

/** A line that held for this long was a good one, ms. */
const STABLE_MS = 5000;

export class Link {
  #port: chrome.runtime.Port | null = null;
  #backoff = new Backoff({ firstMs: 300, capMs: 10_000 });
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wanted = false;
  /** Attempts of before no longer count. */
  #attempt = 0;

  constructor(private readonly hooks: Hooks) {}

  open(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    void this.#connect();
  }

  close(): void {
    this.#wanted = false;
    this.#attempt += 1;
    clearTimeout(this.#timer);
    this.#port?.disconnect();
    this.#port = null;
  }

  /** False: there is no hub at the moment, and nothing is kept for later. */
  say(message: FromGuest): boolean {
    if (!this.#port) return false;
    try {
      this.#port.postMessage(message);
      return true;
    } catch {
      this.#lost();
      return false;
    }
  }

  async #connect(): Promise<void> {
    this.#attempt += 1;
    const attempt = this.#attempt;
    try {
      if (!isAlive()) return this.#die();
      await tell({ to: 'background', type: 'hub' });
      if (attempt === this.#attempt && this.#wanted) this.#plug(chrome.runtime.connect({ name: LECTURE_PORT }));
    } catch {
      if (attempt === this.#attempt) this.#again();
    }
  }

  #plug(port: chrome.runtime.Port): void {
    const since = Date.now();
    this.#port = port;
    port.onMessage.addListener((message: ToGuest) => {
      if (this.#port !== port) return;
      if (message?.type === 'view') this.hooks.view(message.view);
      else if (message?.type === 'leave') this.#die();
    });
    port.onDisconnect.addListener(() => {
      // Read, or the browser notes it as a fault of the page.
      void globalThis.chrome?.runtime?.lastError;
      if (this.#port !== port) return;
      if (Date.now() - since >= STABLE_MS) this.#backoff.reset();
      this.#lost();
    });
    this.hooks.connected();
  }

  #lost(): void {
    this.#port = null;
    if (this.#wanted) this.#again();
  }

  #again(): void {
    if (!isAlive()) return this.#die();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#connect(), this.#backoff.next());
  }

  #die(): void {
    this.close();
    this.hooks.dead();
  }
}

/** Whether the extension that this script belongs to is still there. */
export function isAlive(): boolean {
  try {
    return Boolean(globalThis.chrome?.runtime?.id);
  } catch {
    return false;
  }
}

export const tell = (message: ToBackground): Promise<unknown> => chrome.runtime.sendMessage(message);
