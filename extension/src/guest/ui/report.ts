/** The lecture is over: what it was like, in a few numbers and the moments that were lost. */

import type { ReportView } from '../../messages.js';
import { clock, lasting, t } from '../words.js';
import { button, make, write } from './dom.js';
import { Modal } from './modal.js';
import type { Stage } from './stage.js';

export interface ReportHooks {
  seek: (seconds: number) => void;
  /** The full report. */
  more: (url: string) => void;
  closed: () => void;
}

export class Report extends Modal {
  readonly #title = make('p', { class: 'soft title' });
  readonly #numbers = make('dl', { class: 'numbers' });
  readonly #moments = make('div', { class: 'moments' });
  readonly #more: HTMLButtonElement;
  readonly #close: HTMLButtonElement;
  #url = '';

  constructor(
    stage: Stage,
    private readonly hooks: ReportHooks,
  ) {
    super(stage, 'modal report', { 'aria-labelledby': 'report-head' });
    this.#more = button('button primary', t('guest_report_full'), () => this.hooks.more(this.#url));
    this.#close = button('button', t('guest_close'), () => this.#leave());
    const ends = make('div', { class: 'ends' }, this.#close, this.#more);
    this.dialog.append(make('h2', { id: 'report-head', tabindex: -1 }, t('guest_report_head')), this.#title, this.#numbers, this.#moments, ends);
  }

  show(report: ReportView, title: string): void {
    write(this.#title, title);
    this.#numbers.replaceChildren(...numbersOf(report).map(([value, name]) => make('div', {}, make('dt', {}, name), make('dd', {}, value))));
    this.#showMoments(report);
    this.#url = report.url ?? '';
    this.#more.hidden = !this.#url;
    const opens = !this.isOpen;
    this.open();
    if (opens) (this.#url ? this.#more : this.#close).focus({ preventScroll: true });
  }

  #showMoments({ moments }: ReportView): void {
    if (moments.length === 0) return this.#moments.replaceChildren(make('p', { class: 'soft' }, t('guest_report_no_moments')));
    const lines = moments.map(({ kind, at_s, lasted_ms }) => {
      const place = at_s === null ? make('span', { class: 'soft' }, '–') : this.#jump(at_s);
      return make('li', { 'data-kind': kind }, place, make('span', {}, t(`guest_kind_${kind}`)), make('span', { class: 'soft' }, lasting(lasted_ms)));
    });
    this.#moments.replaceChildren(make('h3', {}, t('guest_report_moments')), make('ul', { tabindex: 0, 'aria-label': t('guest_report_moments') }, ...lines));
  }

  #jump(seconds: number): HTMLElement {
    const label = t('guest_go_to', clock(seconds));
    return button('button link', clock(seconds), () => this.#go(seconds), { 'aria-label': label, title: label });
  }

  #go(seconds: number): void {
    this.#leave();
    this.hooks.seek(seconds);
  }

  #leave(): void {
    this.close();
    this.hooks.closed();
  }

  key(event: KeyboardEvent): void {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    this.#leave();
  }
}

function numbersOf({ watchedMs, attentiveMs, right, asked }: ReportView): [string, string][] {
  const share = watchedMs > 0 ? Math.round(Math.min(1, attentiveMs / watchedMs) * 100) : null;
  const numbers: [string, string][] = [
    [watchedMs < 60_000 ? t('guest_seconds', Math.round(watchedMs / 1000)) : t('guest_report_minutes', Math.round(watchedMs / 60_000)), t('guest_report_watched')],
    [share === null ? '–' : t('guest_percent', share), t('guest_report_attentive')],
  ];
  if (asked > 0) numbers.push([t('guest_report_right_of', right, asked), t('guest_report_right')]);
  return numbers;
}
