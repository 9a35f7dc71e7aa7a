/** A thin line along the film's bottom: where questions are, and where attention was lost. */

import type { Mark } from '../../../../web/loa-quiz.js';
import type { AlertKind } from '../../messages.js';
import { clock, t } from '../words.js';
import { button, make, write } from './dom.js';

/** A place where attention was lost, in seconds. */
export interface Lost {
  kind: AlertKind;
  at_s: number;
}

export interface MarksHooks {
  open: (quiz: string) => void;
  seek: (seconds: number) => void;
}

const SIGNS: Record<string, string> = { right: '✓', wrong: '✗', passed: '–', answered: '•' };

export class Marks {
  readonly element = make('div', { class: 'marks', role: 'group', 'aria-label': t('guest_marks') });
  #buttons = new Map<string, HTMLButtonElement>();

  constructor(private readonly hooks: MarksHooks) {}

  /** @param duration of the film, s: without one there is no line */
  show(marks: Mark[], lost: Lost[], duration: number): void {
    const known = duration > 0 && duration < Infinity;
    const wanted = known ? [...lost.map((each) => this.#lost(each)), ...marks.map((each) => this.#mark(each))] : [];
    this.element.classList.toggle('none', wanted.length === 0);
    const keys = new Set(wanted.map(({ key }) => key));
    for (const [key, element] of this.#buttons) if (!keys.has(key)) this.#remove(key, element);
    for (const { key, at_s, label, kind, sign, act } of wanted) {
      const element = this.#buttons.get(key) ?? this.#add(key, act);
      element.style.setProperty('--at', String(Math.min(1, Math.max(0, at_s / duration))));
      if (element.getAttribute('aria-label') === label) continue;
      element.dataset.kind = kind;
      element.setAttribute('aria-label', label);
      element.title = label;
      write(element, sign);
    }
  }

  #mark({ quiz, at_s, outcome }: Mark) {
    const label = t(`guest_mark_${outcome ?? 'ahead'}`, clock(at_s));
    return { key: `quiz ${quiz}`, at_s, label, kind: outcome ?? 'ahead', sign: SIGNS[outcome ?? ''] ?? '?', act: () => this.hooks.open(quiz) };
  }

  #lost({ kind, at_s }: Lost) {
    const label = t('guest_mark_lost', clock(at_s), t(`guest_kind_${kind}`));
    return { key: `lost ${kind} ${at_s}`, at_s, label, kind: 'lost', sign: '', act: () => this.hooks.seek(at_s) };
  }

  #add(key: string, act: () => void): HTMLButtonElement {
    const element = button('mark', '', act);
    this.#buttons.set(key, element);
    this.element.append(element);
    return element;
  }

  #remove(key: string, element: HTMLElement): void {
    this.#buttons.delete(key);
    element.remove();
  }
}
