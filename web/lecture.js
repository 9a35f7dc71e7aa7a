/** What the learner says about the lecture that is watched. */

/**
 * @typedef {import('./loa-client.js').Lecture} Lecture
 * @typedef {{lecture: Lecture | null} | {trouble: 'address' | 'untitled'}} Reading `untitled`: a title without an address
 */

/** The longest address that servers keep, in characters. */
const LONGEST_ADDRESS = 2048;

/**
 * Reads what was typed; both fields may be empty.
 * @param {string} address a web address, with or without https:// @param {string} title
 * @returns {Reading}
 */
export function readLecture(address, title) {
  const typed = address.trim();
  const name = title.trim();
  if (!typed) return name ? { trouble: 'untitled' } : { lecture: null };
  const url = asUrl(typed);
  if (!url) return { trouble: 'address' };
  return { lecture: name ? { url, title: name } : { url } };
}

/** @param {string} typed */
function asUrl(typed) {
  const whole = /^[a-z][a-z0-9+.-]*:(?!\d)/i.test(typed) ? typed : `https://${typed}`;
  if (/\s/.test(whole) || !URL.canParse(whole)) return null;
  const { protocol, hostname, href } = new URL(whole);
  const web = protocol === 'https:' || protocol === 'http:';
  return web && (hostname.includes('.') || hostname === 'localhost') && href.length <= LONGEST_ADDRESS ? href : null;
}
