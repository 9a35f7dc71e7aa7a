/** What a tab shows, and which permission it takes to be there. */

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

/** Gives a permission back. @returns whether it is gone */
export async function removeSite(pattern: string): Promise<boolean> {
  try {
    return await chrome.permissions.remove({ origins: [pattern] });
  } catch {
    return false;
  }
}
