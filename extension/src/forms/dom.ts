/** Elements of a page by what they are. */

/** The element of this id, which the page's HTML has. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no element ${id}`);
  return element as T;
}

/** What a result is: it decides the colour, and the words say the same. */
export type Tone = 'plain' | 'good' | 'bad';

/** Says something where it belongs; the element is a live region, so it is read out as well. Saying it again reads it again. */
export function say(element: HTMLElement, text: string, tone: Tone = 'plain'): void {
  element.dataset.tone = tone;
  element.textContent = text;
  element.hidden = text === '';
}

/** The buttons do nothing while `act` runs: it is done once, however often it is clicked. */
export async function whileBusy(buttons: HTMLButtonElement[], act: () => Promise<void>): Promise<void> {
  if (buttons.some((button) => button.getAttribute('aria-busy') === 'true')) return;
  for (const button of buttons) button.setAttribute('aria-busy', 'true');
  try {
    await act();
  } finally {
    for (const button of buttons) button.removeAttribute('aria-busy');
  }
}
