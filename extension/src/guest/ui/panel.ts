/** The panel beside the pill: what is going on, and what can be done about it. */

import type { Act, Action, Panel as PanelModel, Questions, Words } from '../panel-model.js';
import { t } from '../words.js';
import { button, make } from './dom.js';
import { icon } from './icons.js';

export interface PanelHooks {
  act: (act: Act) => void;
  use: (set: string) => void;
  /** The learner has closed it. */
  closed: () => void;
}

export class Panel {
  readonly element = make('div', { class: 'panel', role: 'dialog', tabindex: -1, 'aria-label': t('guest_panel') });
  /** What stands there, so that nothing is made anew, and loses the focus, without need. */
  #shown = '';

  constructor(private readonly hooks: PanelHooks) {
    this.element.hidden = true;
  }

  get isOpen(): boolean {
    return !this.element.hidden;
  }

  /** @param focus the learner opened it, and goes on inside */
  open(focus: boolean): void {
    this.element.hidden = false;
    const first = this.element.querySelector<HTMLElement>('.primary') ?? this.element;
    if (focus) first.focus({ preventScroll: true });
  }

  close(): void {
    this.element.hidden = true;
  }

  show(title: string, model: PanelModel): void {
    const signature = JSON.stringify([title, model]);
    if (signature === this.#shown) return;
    this.#shown = signature;
    const root = this.element.getRootNode() as ShadowRoot;
    const inside = root.activeElement instanceof HTMLElement && this.element.contains(root.activeElement);
    const focused = inside ? ((root.activeElement as HTMLElement).dataset.id ?? '') : undefined;
    const shut = button('round', '', () => this.hooks.closed(), { 'aria-label': t('guest_close'), title: t('guest_close'), 'data-id': 'close' });
    shut.append(icon('close'));
    const head = make('div', { class: 'panel-head' }, icon('eye', 'icon brand'), make('b', {}, title || t('guest_panel')), shut);
    this.element.replaceChildren(head, ...this.#body(model));
    if (focused !== undefined) (this.#controls.find((each) => each.dataset.id === focused) ?? this.element).focus({ preventScroll: true });
  }

  key(event: KeyboardEvent): void {
    if (event.key === 'Escape' && this.isOpen) {
      event.preventDefault();
      this.hooks.closed();
    } else if (['ArrowDown', 'ArrowUp'].includes(event.key) && this.isOpen && !(event.composedPath()[0] instanceof HTMLSelectElement)) this.#move(event);
  }

  #move(event: KeyboardEvent): void {
    const root = this.element.getRootNode() as ShadowRoot;
    const all = this.#controls;
    if (root.activeElement instanceof HTMLSelectElement) return;
    const here = all.findIndex((each) => each === root.activeElement);
    event.preventDefault();
    const step = event.key === 'ArrowDown' ? 1 : -1;
    all[here < 0 && step < 0 ? all.length - 1 : (here + step + all.length) % all.length]?.focus();
  }

  /** The way out comes last, though it stands first. */
  get #controls(): HTMLElement[] {
    const all = [...this.element.querySelectorAll<HTMLElement>('button, select')];
    return [...all.slice(1), ...all.slice(0, 1)];
  }

  #body({ notice, actions, questions }: PanelModel): HTMLElement[] {
    const parts: HTMLElement[] = [];
    if (notice) parts.push(make('p', { class: 'panel-notice', 'data-tone': notice.tone }, say(notice.words)));
    const first = actions.filter(({ primary }) => primary);
    const rest = actions.filter(({ primary }) => !primary);
    // What helps stands beside what is wrong.
    if (first.length > 0) parts.push(this.#actions(first));
    if (questions) parts.push(this.#questions(questions));
    if (rest.length > 0) parts.push(this.#actions(rest));
    return parts;
  }

  #actions(actions: Action[]): HTMLElement {
    return make('div', { class: 'panel-actions' }, ...actions.map((each) => this.#action(each)));
  }

  #action({ act, key, primary }: Action): HTMLElement {
    return button(primary ? 'button primary' : 'button', t(key), () => this.hooks.act(act), { 'data-id': act });
  }

  #questions({ line, share, sets, actions }: Questions): HTMLElement {
    const parts: HTMLElement[] = [make('h2', {}, t('guest_questions')), make('p', { class: 'soft', role: 'status' }, say(line))];
    if (share !== null) parts.push(make('progress', { max: 1, value: share, 'aria-label': t('guest_questions') }));
    if (sets.length > 0) parts.push(this.#sets(sets));
    if (actions.length > 0) parts.push(this.#actions(actions));
    return make('section', { class: 'panel-questions' }, ...parts);
  }

  #sets(sets: Questions['sets']): HTMLElement {
    const options = sets.map(({ set, words, chosen }) => make('option', { value: set, selected: chosen }, say(words)));
    const none = sets.some(({ chosen }) => chosen) ? [] : [make('option', { value: '', selected: true }, t('guest_set_choose'))];
    const select = make('select', { 'aria-label': t('guest_set_choose'), 'data-id': 'sets' }, ...none, ...options);
    select.addEventListener('change', (event) => event.isTrusted && select.value && this.hooks.use(select.value));
    return select;
  }
}

const say = (words: Words): string => ('words' in words ? words.words : t(words.key, ...(words.values ?? [])));
