/** The language of a lecture's words, as far as the page has to know: Korean is broken between words only, and read as Korean. */

/** Korean lectures name many things in Latin letters. */
const SHARE_OF_HANGUL = 0.2;

/** @param {string} words @returns {'ko' | ''} empty: not known */
export function languageOf(words) {
  const letters = words.match(/\p{L}/gu)?.length ?? 0;
  const hangul = words.match(/\p{Script=Hangul}/gu)?.length ?? 0;
  return letters > 0 && hangul / letters >= SHARE_OF_HANGUL ? 'ko' : '';
}

/** Says of an element in which language it is; of one that is not known, nothing. @param {HTMLElement} element @param {string} words */
export function markLanguage(element, words) {
  const language = languageOf(words);
  if (language) element.lang = language;
  else element.removeAttribute('lang');
}
