/** What was alerted and is not over, in the time of the wall clock; what is to be heard of it. */

import type { Alert, Cleared as ClearedNotice } from '../../../web/loa-wire.js';
import type { AlertKind, Cleared, OpenAlert } from '../messages.js';

const KINDS: readonly string[] = ['eyes_closed', 'drowsy', 'absent', 'slumped', 'looking_away'];

/** Null: a word of a later server. */
export const asKind = (word: string): AlertKind | null => (KINDS.includes(word) ? (word as AlertKind) : null);

export class Alarms {
  cleared: Cleared | null = null;
  readonly #open = new Map<AlertKind, OpenAlert>();
  /** The newest notice of which the learner has said to be awake. */
  #silenced = 0;

  /** The oldest first. */
  get open(): OpenAlert[] {
    return [...this.#open.values()].sort((a, b) => a.since - b.since);
  }

  /** Whether the alarm is to be heard. */
  get rings(): boolean {
    return this.open.some(({ level, n, quiet }) => level === 'alarm' && !quiet && n > this.#silenced);
  }

  get hasQuiet(): boolean {
    return this.open.some(({ quiet }) => quiet === true);
  }

  /**
   * @param began `Date.now()` when the watch session began: its times count from then
   * @param stands the film stands by the learner's own hand: what begins now is quiet, and an alarm that is there goes on
   * @returns whether it is worth a chime: a first warning
   */
  raise(alert: Alert, began: number, stands = false): boolean {
    const kind = asKind(alert.kind);
    if (kind === null) return false;
    const at = began + (alert.at_ms ?? alert.since_ms ?? 0);
    const since = alert.since_ms === null ? at : began + alert.since_ms;
    const before = this.#open.get(kind);
    const goesOn = before?.level === 'alarm' && before.since === since && !before.quiet;
    const quiet = stands && !goesOn;
    this.#open.set(kind, { n: alert.n, kind, level: alert.level, since, at, ...(quiet ? { quiet } : {}) });
    return alert.level === 'pre_alarm' && !quiet;
  }

  /** @param now `Date.now()`, for a server that does not say when */
  clear({ kind: word, n, at_ms }: ClearedNotice, began: number, now: number): void {
    const kind = asKind(word);
    if (kind === null) return;
    const at = at_ms === null ? now : began + at_ms;
    this.cleared = { n, kind, since: this.#open.get(kind)?.since ?? at, at };
    this.#open.delete(kind);
  }

  /** The learner says to be awake: what was alerted until now rings no longer. */
  awake(): void {
    for (const { n } of this.#open.values()) this.#silenced = Math.max(this.#silenced, n);
  }

  /** The film has been playing for a while: what was quiet until now is not any more. */
  speakUp(): void {
    for (const [kind, { quiet, ...alert }] of this.#open) if (quiet) this.#open.set(kind, alert);
  }

  /** A new watch session: its alerts count from 1. */
  reset(): void {
    this.#open.clear();
    this.#silenced = 0;
  }
}
