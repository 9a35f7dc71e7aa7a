/** Finds the film of a page, whenever it comes, and tells when it is another one. */

import { query } from './page.js';

const SMALLEST = { width: 200, height: 120 };
/** Pages change all the time; they are looked at this often at most, ms. */
const LOOK_EVERY_MS = 400;
/** Sizes and classes change without a word, ms. */
const LOOK_ANYWAY_MS = 2000;
/** Players take their film out and put another one in; that long it is not gone, ms. */
const GONE_AFTER_MS = 3000;
/** Another film takes over only if it is this much larger. */
const MUCH_LARGER = 1.5;

/** In square pixels; 0: no film, too small, not shown, or mere decoration. */
export function filmArea(film: HTMLVideoElement): number {
  const { width, height } = film.getBoundingClientRect();
  if (width < SMALLEST.width || height < SMALLEST.height) return 0;
  if (film.loop && film.muted && !film.controls && film.autoplay) return 0;
  return film.checkVisibility?.({ visibilityProperty: true }) === false ? 0 : width * height;
}

/** All films, inside of web components as well. */
function allFilms(root: ParentNode): HTMLVideoElement[] {
  const here = [...root.querySelectorAll('video')];
  return here.length > 0 ? here : openRoots(root).flatMap(allFilms);
}

function openRoots(root: ParentNode): ShadowRoot[] {
  const named = [...root.querySelectorAll('*')].filter(({ localName }) => localName.includes('-'));
  return named.flatMap((element) => (element instanceof HTMLElement && shadowOf(element)) || []);
}

function shadowOf(element: HTMLElement): ShadowRoot | null {
  return (globalThis.chrome?.dom?.openOrClosedShadowRoot?.(element) as ShadowRoot | null | undefined) ?? element.shadowRoot;
}

/** @param selector of the site's adapter; none: the largest film of the page */
export function findFilm(selector: string | undefined, before: HTMLVideoElement | null): HTMLVideoElement | null {
  const films = selector ? query(document, selector).filter((each) => each instanceof HTMLVideoElement) : allFilms(document);
  const sized = films.map((film) => ({ film, area: filmArea(film) })).sort((a, b) => b.area - a.area);
  const [largest] = sized;
  if (!largest || largest.area === 0) return null;
  const same = sized.find(({ film }) => film === before);
  return same && largest.area < same.area * MUCH_LARGER ? same.film : largest.film;
}

export class FilmWatch {
  #film: HTMLVideoElement | null = null;
  #observer = new MutationObserver(() => this.#soon());
  #timer: ReturnType<typeof setTimeout> | undefined;
  #interval: ReturnType<typeof setInterval> | undefined;
  #missingSince: number | null = null;

  /** @param selector of the adapter that holds now
   * @param changed another film, or none
   * @param resting whether the film that is there is not the lecture at the moment, as during an advertisement */
  constructor(
    private readonly selector: () => string | undefined,
    private readonly changed: (film: HTMLVideoElement | null) => void,
    private readonly resting: (rests: boolean) => void,
  ) {}

  start(): void {
    this.#observer.observe(document, { childList: true, subtree: true });
    this.#interval = setInterval(() => this.look(), LOOK_ANYWAY_MS);
    for (const type of ['loadedmetadata', 'playing', 'fullscreenchange']) document.addEventListener(type, this.look, true);
    this.look();
  }

  stop(): void {
    this.#observer.disconnect();
    clearInterval(this.#interval);
    clearTimeout(this.#timer);
    for (const type of ['loadedmetadata', 'playing', 'fullscreenchange']) document.removeEventListener(type, this.look, true);
  }

  readonly look = (): void => {
    const found = findFilm(this.selector(), this.#film);
    if (found) this.#missingSince = null;
    else if (this.#film && this.#isPassing()) return this.resting(true);
    this.resting(false);
    if (found === this.#film) return;
    this.#film = found;
    this.changed(found);
  };

  /** Whether the film is only away for a moment. */
  #isPassing(): boolean {
    if (this.#film?.isConnected && filmArea(this.#film) > 0) return true;
    if (this.#missingSince === null) {
      this.#missingSince = Date.now();
      setTimeout(this.look, GONE_AFTER_MS);
    }
    return Date.now() - this.#missingSince < GONE_AFTER_MS;
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.look();
    }, LOOK_EVERY_MS);
  }
}
