/** Attention is lost: the film waits, and everything is calm. */

import type { AlertKind } from '../../messages.js';
import { clock, t } from '../words.js';
import { button, make, write } from './dom.js';
import { icon, type IconName } from './icons.js';
import { Modal } from './modal.js';
import type { Stage } from './stage.js';

export interface AlarmWords {
  kind: AlertKind;
  /** The reason is gone. */
  back: boolean;
  /** Where the film stands, and where attention was lost, in seconds; null: not known, or the same place. */
  here: number;
  lost: number | null;
  /** Going back is what the learner likes. */
  rewind: boolean;
  /** The film waits. */
  held: boolean;
}

const SIGNS: Record<AlertKind, IconName> = { eyes_closed: 'closed', drowsy: 'closed', slumped: 'closed', absent: 'away', looking_away: 'eye' };

export class Alarm extends Modal {
  readonly #sign = make('div', { class: 'sign-large' });
  readonly #head = make('h2', { id: 'alarm-head' });
  readonly #text = make('p', { id: 'alarm-text', class: 'soft' });
  readonly #first: HTMLButtonElement = button('button primary large', '', () => this.#go(this.#words?.rewind === true));
  readonly #second: HTMLButtonElement = button('button large', '', () => this.#go(this.#words?.rewind !== true));
  #words: AlarmWords | null = null;

  /** @param go the learner goes on @param rewind from where attention was lost */
  constructor(
    stage: Stage,
    private readonly go: (rewind: boolean) => void,
  ) {
    super(stage, 'modal alarm', { role: 'alertdialog', 'aria-labelledby': 'alarm-head', 'aria-describedby': 'alarm-text' });
    const ends = make('div', { class: 'alarm-ends' }, this.#first, this.#second);
    const keys = make('p', { class: 'keys' }, t('guest_alarm_keys'));
    this.dialog.append(this.#sign, this.#head, this.#text, ends, keys);
  }

  show(words: AlarmWords): void {
    this.#words = words;
    this.dialog.dataset.mood = words.back ? 'back' : 'alarm';
    const sign = words.back ? 'eye' : SIGNS[words.kind];
    if (this.#sign.dataset.sign !== sign) this.#sign.replaceChildren(icon(sign));
    this.#sign.dataset.sign = sign;
    write(this.#head, words.back ? t('guest_back_head') : t(`guest_alert_${words.kind}_alarm`));
    write(this.#text, this.#place(words));
    this.#label(words);
    const opens = !this.isOpen;
    this.open();
    if (opens) this.#first.focus({ preventScroll: true });
  }

  #place({ lost, here, held }: AlarmWords): string {
    const waits = held ? t('guest_alarm_waits', clock(here)) : '';
    return [lost === null ? '' : t('guest_alarm_lost', clock(lost)), waits].filter(Boolean).join(' ');
  }

  #label({ kind, back, here, lost, rewind }: AlarmWords): void {
    const me = kind === 'absent' ? 'here' : 'awake';
    const on = back ? t('guest_back_here', clock(here)) : t(lost === null || !rewind ? `guest_alarm_${me}` : `guest_alarm_${me}_on`);
    const rewound = lost === null ? '' : back ? t('guest_back_from', clock(lost)) : t(rewind ? `guest_alarm_${me}_back` : 'guest_alarm_back', clock(lost));
    const single = lost === null;
    write(this.#first, rewind && !single ? rewound : on);
    write(this.#second, rewind ? on : rewound);
    this.#second.hidden = single;
  }

  #go(rewind: boolean): void {
    const known = this.#words?.lost !== null;
    this.close();
    this.go(rewind && known);
  }

  key(event: KeyboardEvent): void {
    // A key that lay under a sleeping hand says nothing.
    if (event.repeat) return event.preventDefault();
    const arrows = ['ArrowDown', 'ArrowRight', 'ArrowUp', 'ArrowLeft'];
    if (arrows.includes(event.key) && !this.#second.hidden) {
      event.preventDefault();
      (this.stage.focused === this.#first ? this.#second : this.#first).focus();
    } else if (['Enter', ' '].includes(event.key) && ![this.#first, this.#second].some((each) => each === this.stage.focused)) {
      event.preventDefault();
      this.#go(this.#words?.rewind === true);
    }
  }
}
