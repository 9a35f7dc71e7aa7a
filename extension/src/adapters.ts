/** What is known of the sites with lectures: data (adapters.json), of the server or built in, checked before it is used. */

export interface Adapter {
  /** Its name, for logs. */
  id: string;
  /** Match patterns of the pages, as in manifests; the first adapter that matches holds. */
  match: string[];
  /** Selector of the film; none: the largest. */
  video?: string;
  /** Selector of what holds the lecture's title: its text, or the `content` of a meta element. */
  title?: string;
  course?: string;
  /** The query parameters that name the lecture; others are left out of its address. */
  keep?: string[];
  /** Selector of the lines of captions that the page itself shows. */
  captions?: string;
}

export interface Adapters {
  version: 1;
  sites: Adapter[];
}

/** Of a file of adapters, bytes. */
export const ADAPTERS_BYTES = 64 * 1024;

const SITES = 200;
const PATTERNS = 20;
const SELECTOR_CHARS = 200;
const PATTERN = /^(\*|https?):\/\/(\*|(\*\.)?[a-z0-9.-]+)(:(\d{1,5}|\*))?\/[^\s]*$/i;

const isText = (value: unknown, most: number): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= most;

function isList(value: unknown, most: number, fits: (each: string) => boolean): value is string[] {
  return Array.isArray(value) && value.length <= most && value.every((each) => typeof each === 'string' && fits(each));
}

/** Null: one that this version does not understand. */
function readSite(value: unknown): Adapter | null {
  const raw = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  if (!isText(raw.id, 40) || !/^[a-z0-9-]+$/.test(raw.id)) return null;
  if (!isList(raw.match, PATTERNS, (each) => each.length <= SELECTOR_CHARS && PATTERN.test(each))) return null;
  const site: Adapter = { id: raw.id, match: raw.match };
  for (const key of ['video', 'title', 'course', 'captions'] as const) {
    const selector = raw[key];
    if (selector === undefined) continue;
    if (!isText(selector, SELECTOR_CHARS)) return null;
    site[key] = selector;
  }
  if (raw.keep !== undefined) {
    if (!isList(raw.keep, PATTERNS, (each) => /^[\w.-]{1,40}$/.test(each))) return null;
    site.keep = raw.keep;
  }
  return site;
}

/** Null unless it is whole: half of it could take the wrong site's film. What is not named here is left out. */
export function readAdapters(value: unknown): Adapters | null {
  const raw = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  if (raw.version !== 1 || !Array.isArray(raw.sites) || raw.sites.length > SITES) return null;
  const sites = raw.sites.map(readSite).filter((site) => site !== null);
  const ids = new Set(sites.map(({ id }) => id));
  return sites.length === raw.sites.length && ids.size === sites.length ? { version: 1, sites } : null;
}
