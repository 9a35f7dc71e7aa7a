/** The film's corner: pill and panel, and when they show themselves. */

import type { Phase } from '../../messages.js';
import type { Act, Panel as PanelModel } from '../panel-model.js';
import { t } from '../words.js';
import { Panel } from './panel.js';
import { Pill, type PillView } from './pill.js';
import type { Stage } from './stage.js';

export interface CornerView {
  pill: Omit<PillView, 'small'>;
  plays: boolean;
  title: string;
  panel: PanelModel;
}

interface Hooks {
  act: (act: Act) => void;
  use: (set: string) => void;
  opened: () => void;
}

/** After the pointer has moved, or something has changed, all is shown this long, ms. */
const SHOWN_MS = 3000;
/** Phases that say by themselves what can be done, if the learner has wished for something. */
const SPEAKS: readonly Phase[] = ['consent', 'failed', 'elsewhere'];

export class Corner {
  readonly #pill = new Pill(() => this.#toggle());
  readonly #panel: Panel;
  #film: HTMLVideoElement | null = null;
  /** Until when all is shown, `performance.now()`. */
  #until = 0;
  #word = '';
  #view: CornerView | null = null;
  /** The learner has just wished for something: what comes of it is said. */
  #asked = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly stage: Stage,
    private readonly hooks: Hooks,
  ) {
    this.#panel = new Panel({
      act: (act) => this.#act(act),
      use: (set) => hooks.use(set),
      closed: () => this.close(),
    });
    stage.layer.append(this.#panel.element, this.#pill.element);
    for (const type of ['pointerenter', 'focus']) this.#pill.element.addEventListener(type, () => this.#wake());
    this.#pill.element.addEventListener('blur', () => this.#draw());
  }

  /** Where the pointer is, is a matter of the window's: we lie over the film. */
  follow(film: HTMLVideoElement): void {
    this.#film = film;
    window.removeEventListener('pointermove', this.#moved, true);
    window.addEventListener('pointermove', this.#moved, { capture: true, passive: true });
    this.#wake();
  }

  readonly #moved = ({ clientX, clientY }: PointerEvent): void => {
    const rect = this.#film?.isConnected ? this.#film.getBoundingClientRect() : null;
    if (rect && clientX >= rect.left && clientX <= rect.right && clientY >= rect.top && clientY <= rect.bottom) this.#wake();
  };

  get isOpen(): boolean {
    return this.#panel.isOpen;
  }

  show(view: CornerView): void {
    this.#view = view;
    if (view.pill.word !== this.#word) {
      this.#word = view.pill.word;
      this.stage.announce(t(view.pill.word));
      this.#wake();
    }
    this.#draw();
  }

  /** @param wanted the learner wants to be watched here */
  phaseChanged(before: Phase | null, phase: Phase, wanted: boolean): void {
    const takenOver = phase === 'elsewhere' && (before === 'on' || before === 'starting' || before === 'paused');
    if ((SPEAKS.includes(phase) && (this.#asked || wanted)) || takenOver) this.#panel.open(false);
    if (phase === 'on' || phase === 'ended') {
      this.#asked = false;
      if (!this.#panel.element.contains(this.stage.focused)) this.close();
    }
  }

  /** The learner has pressed start. */
  wished(): void {
    this.#asked = true;
    this.close();
  }

  close(): void {
    const inside = this.#panel.element.contains(this.stage.focused);
    this.#panel.close();
    this.#draw();
    if (inside) this.#pill.element.focus({ preventScroll: true });
  }

  key(event: KeyboardEvent): void {
    this.#panel.key(event);
  }

  #act(act: Act): void {
    this.hooks.act(act);
  }

  #toggle(): void {
    if (this.#panel.isOpen) return this.close();
    this.hooks.opened();
    this.#panel.open(true);
    this.#draw();
  }

  #wake(): void {
    this.#until = performance.now() + SHOWN_MS;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#draw(), SHOWN_MS + 50);
    this.#draw();
  }

  #draw(): void {
    const view = this.#view;
    if (!view) return;
    const awake = performance.now() < this.#until || !view.plays || this.#panel.isOpen;
    const focused = this.stage.focused === this.#pill.element;
    this.stage.layer.classList.toggle('awake', awake);
    this.#pill.element.setAttribute('aria-expanded', String(this.#panel.isOpen));
    this.#pill.show({ ...view.pill, small: view.pill.calm && !awake && !focused });
    this.#panel.show(view.title, view.panel);
  }
}
