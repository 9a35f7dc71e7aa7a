/** The sign in the film's corner: how the learner is seen, whether the camera is on, whether the server is there. */

import type { PillState } from '../decide.js';
import { t } from '../words.js';
import { make, pressed, write } from './dom.js';
import { icon } from './icons.js';

export interface PillView extends PillState {
  /** Whether pictures are taken at the moment. */
  camera: boolean;
  /** "trying again in 4 s"; empty: nothing is wrong with the connection. */
  offline: string;
  /** A dot is enough. */
  small: boolean;
}

export class Pill {
  readonly element: HTMLButtonElement;
  readonly #word = make('span', { class: 'pill-word' });
  readonly #more = make('span', { class: 'pill-more' });
  readonly #camera = make('span', { class: 'pill-sign' });
  readonly #dot = make('span', { class: 'dot' });

  constructor(press: () => void) {
    const names = { class: 'pill', type: 'button', 'aria-expanded': 'false', 'aria-haspopup': 'dialog', click: pressed(press) };
    this.element = make('button', names, this.#dot, this.#word, this.#more, this.#camera);
  }

  show({ word, tone, camera, offline, small }: PillView): void {
    const words = t(word);
    this.element.dataset.tone = tone;
    this.element.classList.toggle('collapsed', small);
    write(this.#word, words);
    write(this.#more, offline);
    const sign = tone === 'off' ? '' : camera ? 'camera' : 'cameraOff';
    if (this.#camera.dataset.sign !== sign) this.#camera.replaceChildren(...(sign ? [icon(sign)] : []));
    this.#camera.dataset.sign = sign;
    const label = t('guest_pill_label', [words, offline].filter(Boolean).join(', '), t(camera ? 'guest_camera_on' : 'guest_camera_off'));
    if (this.element.getAttribute('aria-label') !== label) this.element.setAttribute('aria-label', label);
  }
}
