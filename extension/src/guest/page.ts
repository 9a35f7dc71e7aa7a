/** What a page says of its lecture: title, course, language, address. */

import type { Lecture } from '../../../web/loa-client.js';
import type { Adapter } from '../adapters.js';
import { canonical, tidyTitle } from './site.js';

const LONGEST_COURSE = 200;

/** @param fresh the page was loaded at this address: what stands in its head is about it, and not about one of before
 * @returns null: no page of the web */
export function describeLecture(adapter: Adapter | null, fresh: boolean): Lecture | null {
  const url = canonical(pageAddress(), adapter?.keep);
  if (!url) return null;
  const title = tidyTitle(read(adapter?.title) || (fresh ? read('meta[property="og:title"]') : '') || document.title);
  const course = read(adapter?.course).slice(0, LONGEST_COURSE);
  return { url, ...(title ? { title } : {}), ...(course ? { course } : {}) };
}

/** Frames without an address of their own belong to the page around them. */
const pageAddress = (): string => (/^https?:/.test(location.href) ? location.href : document.referrer);

/** The words of the first element that has some; of a meta element what it holds. */
function read(selector: string | undefined): string {
  if (!selector) return '';
  for (const element of query(document, selector)) {
    const words = (element instanceof HTMLMetaElement ? element.content : (element.textContent ?? '')).replace(/\s+/g, ' ').trim();
    if (words) return words;
  }
  return '';
}

/** Selectors are data, and may be wrong. */
export function query(root: ParentNode, selector: string): Element[] {
  try {
    return [...root.querySelectorAll(selector)];
  } catch {
    return [];
  }
}

/** The language that stands around an element: "ko", "en". */
export const languageAt = (element: Element): string =>
  (element.closest('[lang]')?.getAttribute('lang') ?? '').toLowerCase().split('-')[0] ?? '';
