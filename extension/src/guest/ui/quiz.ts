/** A question over the film, and what its answer was worth. */

import type { Ask, Graded } from '../../../../web/loa-quiz-wire.js';
import { clock, languageOf, t } from '../words.js';
import { button, make, write } from './dom.js';
import { Modal } from './modal.js';
import type { Stage } from './stage.js';

export interface QuizHooks {
  /** @returns false: there is no connection */
  answer: (quiz: string, choice: number | null) => boolean;
  /** Away with it. @param at where the film goes on, in seconds; null: where it is */
  closed: (quiz: string, at: number | null) => void;
}

/** Who was just typing something else answers nothing by it, ms. */
const GRACE_MS = 350;
/** An answer that is not graded by then can be given again, ms. */
const GRADED_WITHIN_MS = 10_000;

export class Quiz extends Modal {
  readonly #place = make('p', { class: 'soft place' });
  readonly #verdict = make('p', { class: 'verdict', role: 'status', id: 'quiz-verdict' });
  readonly #question = make('h2', { id: 'quiz-question', tabindex: -1 });
  readonly #options = make('ol', { class: 'options' });
  readonly #explanation = make('p', { class: 'explanation' });
  readonly #quote = make('blockquote', { class: 'quote' });
  readonly #trouble = make('p', { class: 'trouble', role: 'alert' });
  readonly #keys = make('p', { class: 'keys', role: 'status' });
  readonly #back = button('button link', '', () => this.#leave(this.#quoteAt));
  readonly #skip = button('button', t('guest_quiz_skip'), () => this.#answer(null));
  readonly #continue = button('button primary', t('guest_quiz_continue'), () => this.#leave(null), { 'aria-describedby': 'quiz-verdict' });
  #ask: Ask | null = null;
  #phase: 'asking' | 'graded' = 'asking';
  #waiting = false;
  #quoteAt: number | null = null;
  #since = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    stage: Stage,
    private readonly hooks: QuizHooks,
  ) {
    super(stage, 'modal quiz', { 'aria-labelledby': 'quiz-question' });
    const ends = make('div', { class: 'ends' }, this.#keys, this.#back, this.#skip, this.#continue);
    const body = make('div', { class: 'quiz-body' });
    body.append(this.#place, this.#verdict, this.#question, this.#options, this.#explanation, this.#quote, this.#trouble);
    this.dialog.append(body, ends);
  }

  get quiz(): string | null {
    return this.isOpen ? (this.#ask?.quiz ?? null) : null;
  }

  /** Asks; one that stands there already can be answered again if it could not be before. */
  ask(ask: Ask): void {
    if (this.isOpen && this.#phase === 'asking' && this.#ask?.quiz === ask.quiz) return;
    this.#begin(ask, 'asking');
    this.#options.replaceChildren(...ask.options.map((text, index) => this.#option(text, index)));
    write(this.#keys, t('guest_quiz_keys', ask.options.length));
    this.open();
    // No option is focused: who just meant to stop the film by Space gives no answer by it.
    this.#question.focus({ preventScroll: true });
  }

  grade(ask: Ask, graded: Graded): void {
    if (this.isOpen && this.#phase === 'graded' && this.#ask?.quiz === graded.quiz) return;
    this.#begin(ask, 'graded');
    const passed = graded.choice === null;
    this.#verdict.dataset.how = passed ? 'passed' : graded.correct ? 'right' : 'wrong';
    write(this.#verdict, t(passed ? 'guest_quiz_passed' : graded.correct ? 'guest_quiz_right' : 'guest_quiz_wrong'));
    this.#options.replaceChildren(...ask.options.map((text, index) => result(text, index, graded)));
    write(this.#explanation, isNew(graded.explanation, graded.reasons) ? graded.explanation : '');
    write(this.#quote, isNew(graded.quote, [...graded.reasons, graded.explanation]) ? graded.quote : '');
    this.#quoteAt = graded.quote_s;
    write(this.#back, graded.quote_s === null ? '' : t('guest_quiz_go', clock(graded.quote_s)));
    write(this.#keys, '');
    this.open();
    this.#continue.focus({ preventScroll: true });
  }

  /** What was refused; the question can be answered again. */
  refuse(words: string): void {
    if (!this.isOpen || this.#phase !== 'asking' || !this.#waiting) return;
    this.#take();
    write(this.#trouble, words);
  }

  override close(): void {
    clearTimeout(this.#timer);
    this.#ask = null;
    super.close();
  }

  key(event: KeyboardEvent): void {
    const early = performance.now() - this.#since < GRACE_MS;
    if (/^[1-9]$/.test(event.key) && this.#phase === 'asking') {
      event.preventDefault();
      if (!early && !event.repeat && Number(event.key) <= this.#buttons.length) this.#answer(Number(event.key) - 1);
    } else if (['Enter', ' '].includes(event.key)) {
      if (early || event.repeat) event.preventDefault();
    } else if (event.key === 'Escape') this.#escape(event);
    else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') this.#move(event);
  }

  /** Passing is no matter of a reflex. */
  #escape(event: KeyboardEvent): void {
    event.preventDefault();
    if (event.repeat) return;
    if (this.#phase === 'graded') return this.#leave(null);
    this.#skip.focus({ preventScroll: true });
    write(this.#keys, t('guest_quiz_skip_hint'));
  }

  #move(event: KeyboardEvent): void {
    const all = this.#buttons;
    if (this.#phase === 'graded' || all.length === 0) return;
    event.preventDefault();
    const here = all.findIndex((each) => each === this.stage.focused);
    const step = event.key === 'ArrowDown' ? 1 : -1;
    const next = here < 0 ? (step > 0 ? 0 : all.length - 1) : (here + step + all.length) % all.length;
    all[next]?.focus();
  }

  get #buttons(): HTMLButtonElement[] {
    return [...this.#options.querySelectorAll('button')];
  }

  #begin(ask: Ask, phase: 'asking' | 'graded'): void {
    this.#ask = ask;
    this.#phase = phase;
    this.#since = performance.now();
    this.dialog.dataset.phase = phase;
    const language = languageOf(ask.question);
    if (language) this.dialog.querySelector('.quiz-body')?.setAttribute('lang', language);
    write(this.#place, t('guest_quiz_place', clock(ask.at_s)));
    write(this.#question, ask.question);
    for (const each of [this.#verdict, this.#explanation, this.#quote, this.#back]) write(each, '');
    this.#quoteAt = null;
    this.#take();
    this.dialog.scrollTop = 0;
  }

  /** Answers are taken, again. */
  #take(): void {
    clearTimeout(this.#timer);
    this.#waiting = false;
    write(this.#trouble, '');
    for (const each of this.#buttons) {
      each.removeAttribute('aria-disabled');
      each.removeAttribute('aria-pressed');
    }
  }

  #option(text: string, index: number): HTMLElement {
    const press = button('option', '', () => this.#answer(index));
    press.append(make('kbd', { 'aria-hidden': true }, String(index + 1)), make('span', {}, text));
    return make('li', {}, press);
  }

  #answer(choice: number | null): void {
    if (!this.#ask || this.#phase !== 'asking' || this.#waiting) return;
    if (!this.hooks.answer(this.#ask.quiz, choice)) return write(this.#trouble, t('guest_quiz_offline'));
    this.#waiting = true;
    write(this.#trouble, '');
    this.#buttons.forEach((each, index) => {
      each.setAttribute('aria-disabled', 'true');
      each.setAttribute('aria-pressed', String(index === choice));
    });
    this.#timer = setTimeout(() => this.refuse(t('guest_quiz_offline')), GRADED_WITHIN_MS);
  }

  #leave(at: number | null): void {
    const quiz = this.#ask?.quiz;
    this.close();
    if (quiz !== undefined) this.hooks.closed(quiz, at);
  }
}

/** Whether words say something that was not said already. */
const isNew = (words: string, said: string[]): boolean => words !== '' && !said.some((each) => each.includes(words));

/** An option after the answer: what it was, and why. */
function result(text: string, index: number, { choice, key, reasons }: Graded): HTMLElement {
  const how = index === key ? (index === choice ? 'both' : 'key') : index === choice ? 'chosen' : 'other';
  const sign = how === 'other' ? String(index + 1) : how === 'chosen' ? '✗' : '✓';
  const words = make('div', {}, make('p', { class: 'option-text' }, text));
  if (how !== 'other') words.append(make('p', { class: 'option-tag' }, t(`guest_quiz_tag_${how}`)));
  if (reasons[index]) words.append(make('p', { class: 'option-reason' }, reasons[index]));
  return make('li', { class: 'option', 'data-how': how }, make('span', { class: 'option-sign', 'aria-hidden': true }, sign), words);
}
