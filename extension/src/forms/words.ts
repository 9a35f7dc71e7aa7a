/** The words of popup and options: all of them are in _locales. */

/** What went wrong, by its code and a sentence of the server's. */
export interface Trouble {
  code: string;
  detail: string;
}

export const t = (key: string, ...values: (string | number)[]): string => chrome.i18n.getMessage(key, values.map(String)) || key;

/** A text that may be missing, as of a code that a newer part of the extension has. */
const perhaps = (key: string, ...values: string[]): string => chrome.i18n.getMessage(key.replaceAll(/[^\w@]/g, '_'), values);

/** Fills in what never changes: `data-t` is an element's text, `data-t-label` its name for screen readers. */
export function fillWords(): void {
  document.documentElement.lang = t('lang');
  for (const element of document.querySelectorAll<HTMLElement>('[data-t]')) element.textContent = t(element.dataset.t ?? '');
  for (const element of document.querySelectorAll<HTMLElement>('[data-t-label]'))
    element.setAttribute('aria-label', t(element.dataset.tLabel ?? ''));
}

/** What to say, and what to do about it. */
export function troubleText({ code, detail }: Trouble): string {
  return perhaps(`error_${code}`, detail) || t('error_other', detail || code);
}
