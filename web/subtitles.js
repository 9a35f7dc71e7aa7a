/** Subtitle files: which files they are, and which lecture they belong to. */

/** @typedef {import('./loa-client.js').Lecture} Lecture */

const NAMES = /\.(vtt|srt)$/i;
const KINDS = new Set(['text/vtt', 'application/x-subrip', 'text/srt']);
/** The longest title that the page's own field takes, characters. */
const LONGEST_TITLE = 200;
/** Seeds of the hash that stands in where browsers have no better one. */
const SEEDS = [0x811c9dc5, 0x01000193, 0x9e3779b9, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f, 0x165667b1, 0xd3a2646c];

/** @param {{name: string, type: string}} file browsers know no type for .srt */
export const isSubtitles = ({ name, type }) => NAMES.test(name) || KINDS.has(type);

const INVENTED = 'https://local.invalid/';

/** @param {Lecture} lecture */
export const isInvented = ({ url }) => url.startsWith(INVENTED);

/**
 * The lecture of a subtitle file when the learner has named none: questions belong to an address, and the same file shall
 * find the same questions again. `local.invalid` is a name that no host can have (RFC 2606).
 * @param {File} file
 * @returns {Promise<Lecture>} https://local.invalid/ and the SHA-256 of the file's bytes in hex; the file's name as title
 */
export async function inventLecture(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  return { url: `${INVENTED}${await hash(bytes)}`, title: file.name.slice(0, LONGEST_TITLE) };
}

/** @param {Uint8Array<ArrayBuffer>} bytes @returns {Promise<string>} 64 hexadecimal digits */
async function hash(bytes) {
  // Browsers hash only on https and localhost; elsewhere this is a name all the same, if one of its own.
  if (!globalThis.crypto?.subtle) return SEEDS.map((seed) => hex32(fnv(bytes, seed))).join('');
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @param {number} value */
const hex32 = (value) => value.toString(16).padStart(8, '0');

/** FNV-1a. @param {Uint8Array} bytes @param {number} seed */
function fnv(bytes, seed) {
  let sum = seed;
  for (const byte of bytes) sum = Math.imul(sum ^ byte, 0x01000193);
  return sum >>> 0;
}
