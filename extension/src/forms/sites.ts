/** What a tab shows, and which permission it takes to be there. */

import { t } from './words.js';

/** Pages where the browser lets no extension in. */
const STORES = ['chromewebstore.google.com', 'addons.mozilla.org', 'microsoftedge.microsoft.com'];

export type Tab =
  | { kind: 'web'; origin: string; host: string; pattern: string }
  | { kind: 'file' | 'store' | 'other' };

/** The match pattern of an origin, with its port: the server's permission is for no other program on its computer. */
export const patternOf = (origin: string): string => `${origin}/*`;

/** Undefined: the browser does not say what is in the tab, as of its own pages. */
export function readTab(url: string | undefined): Tab {
  let address: URL;
  try {
    address = new URL(url ?? '');
  } catch {
    return { kind: 'other' };
  }
  if (address.protocol === 'file:') return { kind: 'file' };
  if (address.protocol !== 'http:' && address.protocol !== 'https:') return { kind: 'other' };
  if (STORES.includes(address.hostname)) return { kind: 'store' };
  return { kind: 'web', origin: address.origin, host: address.host, pattern: patternOf(address.origin) };
}

/** A pattern as people read it: its host, with `http://` where it is no https; null: all there are. */
export function siteName(pattern: string): string | null {
  const [, scheme, host] = /^(\*|https?):\/\/([^/]+)\//.exec(pattern) ?? [];
  if (!host || host === '*') return null;
  return scheme === 'http' ? `http://${host}` : host;
}

/** The sites among the granted origins: all but the server's. */
export function sitesOf(origins: string[], server: string): string[] {
  const own = patternOf(server);
  return origins.filter((pattern) => pattern !== own && /^(\*|https?):|^<all_urls>$/.test(pattern)).sort();
}

/** Origins that are part of the extension and cannot be given back; of a host without a port it is all of them. */
export function isRequired(pattern: string): boolean {
  const required = chrome.runtime.getManifest().host_permissions ?? [];
  return required.includes(pattern) || required.includes(pattern.replace(/:\d+\/\*$/, '/*'));
}

/** Whether a pattern holds for all of a site's, and for more. */
export function covers(broad: string, pattern: string): boolean {
  const site = /^(\*|https?):\/\/([^/]+)\//.exec(pattern);
  if (broad === pattern || !site) return false;
  if (broad === '<all_urls>') return true;
  const [, scheme, host] = /^(\*|https?):\/\/([^/]+)\/\*$/.exec(broad) ?? [];
  if (!scheme || !host || (scheme !== '*' && scheme !== site[1])) return false;
  const whole = site[2] ?? '';
  // Without a port a pattern holds for each.
  const names = [whole, whole.replace(/:\d+$/, '')];
  if (host === '*' || names.includes(host)) return true;
  return host.startsWith('*.') && names.some((name) => name === host.slice(2) || name.endsWith(host.slice(1)));
}

/** What came of it: `also`, broader patterns that were taken back with it; `by`, one that holds for the site still, and stays. */
export type Removal = { gone: true; also: string[] } | { gone: false; by: string | null };

/** Gives a permission back, and whatever else the site is allowed by. */
export async function removeSite(pattern: string): Promise<Removal> {
  const also: string[] = [];
  await remove(pattern);
  if (!(await isAllowed(pattern))) return { gone: true, also };
  const { origins = [] } = await chrome.permissions.getAll();
  for (const broad of origins.filter((each) => covers(each, pattern))) {
    if (!isRequired(broad) && (await remove(broad))) also.push(broad);
    else return { gone: false, by: broad };
  }
  return (await isAllowed(pattern)) ? { gone: false, by: null } : { gone: true, also };
}

const remove = (pattern: string): Promise<boolean> => chrome.permissions.remove({ origins: [pattern] }).catch(() => false);
const isAllowed = (pattern: string): Promise<boolean> => chrome.permissions.contains({ origins: [pattern] });

/** A pattern as people read it, all of them as well. */
const nameOf = (pattern: string): string => siteName(pattern) ?? t('options_sites_all');

/** What came of giving a site back, in words. @param name the site's @param gone what is said if that is all */
export function removalText(removal: Removal, name: string, gone: string): string {
  if (!removal.gone) return removal.by === null ? t('options_sites_kept', name) : t('forms_site_kept_by', name, nameOf(removal.by));
  return removal.also.length === 0 ? gone : t('forms_site_gone_with', name, removal.also.map(nameOf).join(', '));
}
