/** Makes elements. All words go through text nodes. */

type Props = Record<string, string | number | boolean | undefined | ((event: Event) => void)>;

/** @param props attributes; a function listens; false and undefined are left out, true stands without a value */
export function make<K extends keyof HTMLElementTagNameMap>(name: K, props: Props = {}, ...children: (Node | string)[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(props)) {
    if (typeof value === 'function') element.addEventListener(key, value);
    else if (value !== false && value !== undefined) element.setAttribute(key, value === true ? '' : String(value));
  }
  element.append(...children);
  return element;
}

/** Writes what changed only, so that nothing is read out twice. */
export function write(element: Element, words: string): void {
  if (element.textContent !== words) element.textContent = words;
}

/** @param act what a press does */
export const button = (kind: string, words: string, act: () => void, props: Props = {}): HTMLButtonElement =>
  make('button', { type: 'button', class: kind, click: pressed(act), ...props }, words);

/** Pages can make up events; only those of the learner's count. */
export const pressed =
  (act: () => void) =>
  (event: Event): void => {
    if (event.isTrusted) act();
  };
