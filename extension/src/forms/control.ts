/** The line to the hub: asks the background for it, connects, and connects again when it went. */

import { CONTROL_PORT, type FromControl, type Status, type ToBackground, type ToControl } from '../messages.js';
import type { Trouble } from './words.js';

/** Signing in asks the server, which may take its ten seconds. */
const ANSWER_WITHIN_MS = 20_000;
const AGAIN_AFTER_MS = 1000;
const MISSING_AFTER = 3;

export interface Done {
  error: Trouble | null;
  url?: string;
}

interface Waiting {
  of: FromControl['type'];
  resolve: (done: Done) => void;
}

const AWAY: Done = { error: { code: 'hub_away', detail: '' } };

export class Control {
  /** What the hub said last; null: nothing yet, or it went. */
  status: Status | null = null;

  #port: chrome.runtime.Port | null = null;
  #opening: Promise<void> | null = null;
  #waiting: Waiting[] = [];
  /** How often in a row there was no hub: one that restarts is away for a moment. */
  #failures = 0;

  /** @param changed the status is another one; `there`: whether there is a hub at all */
  constructor(private readonly changed: (status: Status | null, there: boolean) => void) {}

  /** Connects, and stays connected as long as the page lives. */
  open(): Promise<void> {
    if (this.#port) return Promise.resolve();
    this.#opening ??= this.#connect().finally(() => (this.#opening = null));
    return this.#opening;
  }

  /** Says something that is answered. */
  async ask(message: FromControl): Promise<Done> {
    await this.open();
    if (!this.#port) return AWAY;
    const port = this.#port;
    return new Promise((resolve) => {
      const waiting = { of: message.type, resolve };
      this.#waiting.push(waiting);
      setTimeout(() => this.#settle(waiting, AWAY), ANSWER_WITHIN_MS);
      port.postMessage(message);
    });
  }

  /** Says something whose effect is seen in the status. */
  async tell(message: FromControl): Promise<void> {
    await this.open();
    this.#port?.postMessage(message);
  }

  async #connect(): Promise<void> {
    const wish: ToBackground = { to: 'background', type: 'hub' };
    try {
      await chrome.runtime.sendMessage(wish);
      const port = chrome.runtime.connect({ name: CONTROL_PORT });
      port.onMessage.addListener((message: ToControl) => this.#hear(message));
      port.onDisconnect.addListener(() => this.#gone());
      this.#port = port;
      port.postMessage({ type: 'watch' } satisfies FromControl);
    } catch {
      this.#gone();
    }
  }

  #hear(message: ToControl): void {
    if (message.type === 'status') {
      this.#failures = 0;
      this.status = message.status;
      this.changed(message.status, true);
    } else if (message.type === 'done') {
      const waiting = this.#waiting.find(({ of }) => of === message.of);
      if (waiting) this.#settle(waiting, { error: message.error, url: message.url });
    }
  }

  #settle(waiting: Waiting, done: Done): void {
    this.#waiting = this.#waiting.filter((each) => each !== waiting);
    waiting.resolve(done);
  }

  #gone(): void {
    void chrome.runtime.lastError;
    this.#port = null;
    this.status = null;
    for (const waiting of [...this.#waiting]) this.#settle(waiting, AWAY);
    this.changed(null, ++this.#failures < MISSING_AFTER);
    setTimeout(() => void this.open(), AGAIN_AFTER_MS);
  }
}

/**
 * Opens the learner's pages on the server: in the browser it is the hub's learner who enters.
 * @param which `session`: the report of this one
 * @returns why not, if not
 */
export async function openReports(control: Control, which: { page?: 'sessions' | 'me'; session?: string }): Promise<Trouble | null> {
  const { error, url } = await control.ask({ type: 'reports', ...which });
  if (error) return error;
  if (!url || !/^https?:\/\//.test(url)) return { code: 'malformed', detail: '' };
  await chrome.tabs.create({ url });
  return null;
}
