/** Every sentence of the guest, in the language of the browser as far as there are texts. */

import { clock } from '../../../web/quiz-strings.js';

export { clock };

/** A text of `_locales`; empty: there is none by this name. @param values for $1, $2, ... */
export function t(key: string, ...values: (string | number)[]): string {
  try {
    return chrome.i18n.getMessage(key, values.map(String));
  } catch {
    return '';
  }
}

/** The language in which the guest speaks: of its texts, which may be another than the browser's. */
export const language = (): string => t('lang') || 'en';

/** Why something cannot go on: our own sentence for what is known, else the server's. */
export const troubleWords = ({ code, detail }: { code: string; detail: string }): string =>
  t(`guest_trouble_${code}`) || t(`error_${code}`) || sentence(detail) || t('guest_trouble_unknown', code);

/** The server's sentences begin small, and may have no full stop. */
export const sentence = (words: string): string =>
  words ? `${words[0]?.toUpperCase()}${words.slice(1)}${/[.!?]$/.test(words) ? '' : '.'}` : '';

/** Minutes and seconds that something lasted. */
export function lasting(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return seconds < 60 ? t('guest_seconds', seconds) : t('guest_minutes', Math.floor(seconds / 60), String(seconds % 60).padStart(2, '0'));
}

/** The language of a text, as far as its letters tell; undefined: as around it. */
export const languageOf = (text: string): string | undefined => (/\p{Script=Hangul}/u.test(text) ? 'ko' : /[a-z]{3}/i.test(text) ? 'en' : undefined);
