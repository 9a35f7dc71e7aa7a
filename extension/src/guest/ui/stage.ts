/** Where the guest stands: one element of its own, above everything else of the page, and closed to it. */

import style from './style.css';
import { language } from '../words.js';
import { make, write } from './dom.js';
import type { Modal } from './modal.js';

/** The element's name; a page may see that it is there, and nothing inside of it. */
const HOST = 'loa-guest';
/** A film of which less is in view leaves no room for signs: they go to the window's corner, pixels. */
const LEAST = { width: 180, height: 100 };
/** Above the bottom of a film that ends here there is no room for a panel on top of the pill, pixels. */
const LOW = 520;
/** Layouts change without a word, ms. */
const PLACE_EVERY_MS = 500;
const TOAST_MS = 7000;
/** Events of ours that are no business of the page's. */
const OWN = ['click', 'dblclick', 'mousedown', 'mouseup', 'pointerdown', 'pointerup', 'touchstart', 'touchend', 'wheel', 'contextmenu'];
const KEYS = ['keydown', 'keypress', 'keyup'] as const;

export class Stage {
  readonly #host = document.createElement(HOST);
  readonly #root = this.#host.attachShadow({ mode: 'closed' });
  /** Lies over the part of the film that is in view. */
  readonly layer = make('div', { class: 'layer' });
  /** Lies above the dialogs as well, and takes no clicks. */
  readonly #notice = make('div', { class: 'layer notice', popover: 'manual' });
  readonly #banner = make('p', { class: 'banner', role: 'status' });
  readonly #toast = make('p', { class: 'toast', role: 'status' });
  readonly #status = make('p', { class: 'unseen', role: 'status' });
  #film: HTMLVideoElement | null = null;
  #modals: Modal[] = [];
  #toastTimer: ReturnType<typeof setTimeout> | undefined;
  #placeTimer: ReturnType<typeof setInterval> | undefined;
  #resized = new ResizeObserver(() => this.place());
  #framed = false;

  /** @param key keys pressed inside of the layer @param placed the film has moved or changed its size */
  constructor(
    private readonly key: (event: KeyboardEvent) => void,
    private readonly placed: (rect: DOMRect) => void,
  ) {
    this.#host.setAttribute('popover', 'manual');
    this.#dress();
    this.#notice.append(this.#banner);
    this.layer.append(this.#toast, this.#status);
    this.#root.append(make('div', { class: 'all', lang: language() }, this.layer, this.#notice));
    for (const type of OWN) this.#host.addEventListener(type, (event) => event.stopPropagation());
  }

  /** Whether the learner's keys go to something of ours. */
  get hasFocus(): boolean {
    return this.#root.activeElement !== null;
  }

  get focused(): Element | null {
    return this.#root.activeElement;
  }

  show(film: HTMLVideoElement): void {
    this.#film = film;
    this.#resized.disconnect();
    this.#resized.observe(film);
    this.#listen(true);
    clearInterval(this.#placeTimer);
    this.#placeTimer = setInterval(() => this.#keep(), PLACE_EVERY_MS);
    this.#keep();
  }

  hide(): void {
    this.#film = null;
    this.#resized.disconnect();
    clearInterval(this.#placeTimer);
    for (const modal of [...this.#modals]) modal.close();
    this.#listen(false);
    this.#host.remove();
  }

  /* -- words -- */

  /** A soft line at the top of the film; empty: away with it. */
  warn(words: string, level: 'cue' | 'pre_alarm' = 'cue'): void {
    if (words) this.#banner.dataset.level = level;
    this.#banner.classList.toggle('there', words !== '');
    // The words stay while the line fades.
    if (words) write(this.#banner, words);
    else if (this.#banner.textContent) setTimeout(() => !this.#banner.classList.contains('there') && write(this.#banner, ''), 400);
    for (const modal of this.#modals) modal.say(words);
    if (words) this.#raise(this.#notice);
  }

  /** Something to know, once. */
  toast(words: string): void {
    write(this.#toast, words);
    this.#toast.classList.toggle('there', words !== '');
    clearTimeout(this.#toastTimer);
    if (words) this.#toastTimer = setTimeout(() => this.toast(''), TOAST_MS);
  }

  /** For those who do not see the pill. */
  announce(words: string): void {
    write(this.#status, words);
  }

  /* -- dialogs -- */

  /** Puts a dialog on top of all. */
  push(modal: Modal): void {
    this.#modals = [...this.#modals.filter((each) => each !== modal), modal];
    if (!modal.dialog.isConnected) this.#root.firstElementChild?.append(modal.dialog);
    modal.dialog.showModal();
    if (this.#banner.classList.contains('there')) this.#raise(this.#notice);
  }

  drop(modal: Modal): void {
    this.#modals = this.#modals.filter((each) => each !== modal);
    modal.dialog.close();
  }

  get #top(): Modal | undefined {
    return this.#modals.at(-1);
  }

  /* -- place -- */

  /** A page may have thrown us out. */
  #keep(): void {
    if (!this.#host.isConnected) {
      document.documentElement.append(this.#host);
      this.#restack();
    }
    this.place();
  }

  place(): void {
    const rect = this.#film?.getBoundingClientRect();
    if (!rect) return;
    const view = { width: document.documentElement.clientWidth, height: window.innerHeight };
    const left = Math.max(0, rect.left);
    const top = Math.max(0, rect.top);
    let width = Math.min(view.width, rect.right) - left;
    let height = Math.min(view.height, rect.bottom) - top;
    const away = width < LEAST.width || height < LEAST.height;
    const area = away ? new DOMRect(0, 0, view.width, view.height) : new DOMRect(left, top, width, height);
    for (const layer of [this.layer, this.#notice]) {
      layer.style.setProperty('--left', `${area.x}px`);
      layer.style.setProperty('--top', `${area.y}px`);
      layer.style.setProperty('--width', `${area.width}px`);
      layer.style.setProperty('--height', `${area.height}px`);
      layer.style.setProperty('--bottom', `${area.bottom}px`);
      layer.classList.toggle('away', away);
      layer.classList.toggle('low', area.bottom < LOW);
      layer.classList.toggle('small', area.width < 520 || area.height < 300);
    }
    this.placed(rect);
  }

  readonly #moved = (): void => {
    if (this.#framed) return;
    this.#framed = true;
    requestAnimationFrame(() => {
      this.#framed = false;
      this.place();
    });
  };

  /** Whatever was put into the top layer last lies above: so are we, after a player went full screen. */
  readonly #restack = (): void => {
    if (!this.#host.isConnected) return;
    const focused = this.#root.activeElement;
    this.#raise(this.#host);
    for (const { dialog } of this.#modals) {
      dialog.close();
      dialog.showModal();
    }
    if (this.#banner.classList.contains('there')) this.#raise(this.#notice);
    if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
    this.place();
  };

  #raise(element: HTMLElement): void {
    if (!('showPopover' in element) || !element.isConnected) return;
    try {
      if (element.matches(':popover-open')) element.hidePopover();
      element.showPopover();
    } catch {
      // The page is just being left: there is no top layer any more.
    }
  }

  /* -- keys -- */

  #listen(on: boolean): void {
    const change = on ? 'addEventListener' : 'removeEventListener';
    for (const type of KEYS) window[change](type, this.#keyed as EventListener, true);
    window[change]('scroll', this.#moved, { capture: true, passive: true });
    window[change]('resize', this.#moved);
    document[change]('fullscreenchange', this.#restack);
  }

  /** Players take single keys for themselves: what is meant for us does not get to the page. */
  readonly #keyed = (event: KeyboardEvent): void => {
    const top = this.#top;
    const ours = event.target === this.#host;
    if (!event.isTrusted || (!top && !ours)) return;
    event.stopImmediatePropagation();
    if (event.type !== 'keydown' || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (top) top.key(event);
    else this.key(event);
  };

  #dress(): void {
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(style);
      this.#root.adoptedStyleSheets = [sheet];
    } catch {
      // Firefox takes no sheet that a content script has made.
      this.#root.append(make('style', {}, style));
    }
  }
}
