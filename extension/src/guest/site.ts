/** Which adapter a page has, and which lecture it is. No DOM in here. */

import type { Adapter } from '../adapters.js';

/** The longest address that is told. */
const LONGEST_URL = 2000;
/** Parameters that say where somebody came from, or where to begin, and not which lecture it is. */
const NOISE = /^(utm_.*|fbclid|gclid|msclkid|igshid|mc_[ce]id|ref|ref_src|referrer|si|feature|t|start|time_continue|autoplay|muted?)$/i;

/** Whether a match pattern, as in manifests, holds for an address. */
export function matches(pattern: string, address: string): boolean {
  if (pattern === '<all_urls>') return /^https?:/.test(address);
  const parts = /^(\*|https?):\/\/([^/]+)(\/.*)$/.exec(pattern);
  const url = parse(address);
  if (!parts || !url) return false;
  const [, scheme = '', host = '', path = ''] = parts;
  if (scheme !== '*' && url.protocol !== `${scheme}:`) return false;
  return hostFits(host, url) && wildcard(path).test(url.pathname + url.search);
}

function hostFits(host: string, url: URL): boolean {
  if (host === '*') return true;
  if (host.startsWith('*.')) return url.hostname === host.slice(2) || url.hostname.endsWith(host.slice(1));
  return url.hostname === host || url.host === host;
}

const wildcard = (path: string): RegExp => new RegExp(`^${path.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`);

/** The first adapter that holds for this address. */
export const chooseAdapter = (sites: Adapter[], address: string): Adapter | null =>
  sites.find(({ match }) => match.some((pattern) => matches(pattern, address))) ?? null;

/**
 * The address that names the lecture, the same for everybody who watches it.
 * @param keep the parameters that name it; none given: all but those that surely do not
 * @returns null: no page of the web
 */
export function canonical(address: string, keep?: string[]): string | null {
  const url = parse(address);
  if (!url) return null;
  const kept = new URLSearchParams(namingParameters(url, keep));
  // Some sites keep their pages behind the hash: "#/lectures/3".
  const hash = /^#!?\//.test(url.hash) && !keep ? url.hash : '';
  const query = kept.size > 0 ? `?${kept}` : '';
  const place = `${url.origin}${url.pathname}`;
  return [place + query + hash, place + query, place].find(({ length }) => length <= LONGEST_URL) ?? `${url.origin}/`;
}

function namingParameters(url: URL, keep?: string[]): [string, string][] {
  const all = [...url.searchParams];
  if (!keep) return all.filter(([name]) => !NOISE.test(name));
  return keep.flatMap((wanted) => all.filter(([name]) => name === wanted).slice(0, 1));
}

function parse(address: string): URL | null {
  try {
    const url = new URL(address);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url : null;
  } catch {
    return null;
  }
}

/** Titles come with counts of messages before and the site's name behind: "(3) Paging - YouTube". */
export const tidyTitle = (title: string): string =>
  title
    .replace(/\s+/g, ' ')
    .replace(/^\s*\(\d+\+?\)\s*/, '')
    .replace(/\s[-–|]\s(YouTube|Inflearn|인프런)\s*$/i, '')
    .trim()
    .slice(0, 300);
