/** A dialog above everything: the page behind it rests, the focus stays inside and goes back where it was. */

import { make, write } from './dom.js';
import type { Stage } from './stage.js';

export abstract class Modal {
  readonly dialog: HTMLDialogElement;
  /** What is said softly meanwhile, for those who do not see it. */
  readonly #line = make('p', { class: 'unseen', role: 'status' });
  #before: Element | null = null;

  constructor(
    protected readonly stage: Stage,
    kind: string,
    props: Record<string, string> = {},
  ) {
    this.dialog = make('dialog', { class: kind, closedby: 'none', ...props });
    this.dialog.addEventListener('cancel', (event) => event.preventDefault());
    // By the browser's own means: it is not over because of that.
    this.dialog.addEventListener('close', () => this.isOpen && !this.dialog.open && stage.push(this));
  }

  isOpen = false;

  protected open(): void {
    if (this.isOpen) return;
    this.isOpen = true;
    this.#before = document.activeElement;
    if (!this.#line.isConnected) this.dialog.append(this.#line);
    this.stage.push(this);
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.stage.drop(this);
    const lost = document.activeElement === null || document.activeElement === document.body;
    if (lost && this.#before instanceof HTMLElement && this.#before !== document.body) this.#before.focus({ preventScroll: true });
    this.#before = null;
  }

  say(words: string): void {
    write(this.#line, words);
  }

  /** A key of the learner's; what is not prevented does what it does in any dialog. */
  abstract key(event: KeyboardEvent): void;
}
