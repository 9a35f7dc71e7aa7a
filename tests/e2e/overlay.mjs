/**
 * What the extension shows over a film, as a screen reader has it: its shadow root is closed, to the stories as to the page, but not to
 * the accessibility tree. Clicks and keys are real ones.
 */

import { until } from './browser.mjs';

/** @typedef {{role: string, name: string, node: number, disabled: boolean, focused: boolean, checked: string, live: string}} Part */

/** @param {import('playwright-core').Page} page */
export async function lookAt(page) {
  const debug = await page.context().newCDPSession(page);
  await debug.send('Accessibility.enable');

  /** Everything that there is. @returns {Promise<Part[]>} */
  async function parts() {
    const { nodes } = await debug.send('Accessibility.getFullAXTree');
    return nodes
      .filter(({ ignored }) => !ignored)
      .map(({ role, name, properties = [], backendDOMNodeId = 0 }) => {
        const of = (/** @type {string} */ key) => properties.find((each) => each.name === key)?.value.value;
        return {
          role: role?.value ?? '',
          name: String(name?.value ?? '').replace(/\s+/g, ' ').trim(),
          node: backendDOMNodeId,
          disabled: of('disabled') === true,
          focused: of('focused') === true,
          checked: String(of('checked') ?? ''),
          live: String(of('live') ?? ''),
        };
      });
  }
  /** @param {string} role @param {RegExp | string} name */
  const find = async (role, name) => (await parts()).filter((part) => (role === '*' || part.role === role) && fits(part.name, name));
  /** The only or first one. @param {string} role @param {RegExp | string} name @param {number} [timeout] @returns {Promise<Part>} */
  async function get(role, name, timeout = 15_000) {
    let found = /** @type {Part | undefined} */ (undefined);
    const there = async () => (found = (await find(role, name))[0]) !== undefined;
    await until(`${role} ${name}`, there, timeout).catch(async (error) => {
      throw new Error(`${error.message}; there is:\n${await tell()}`);
    });
    return /** @type {Part} */ (/** @type {unknown} */ (found));
  }
  /** What there is, for messages. */
  const tell = async () =>
    (await parts())
      .filter(({ role, name }) => name && !['InlineTextBox', 'generic', 'none'].includes(role))
      .map(({ role, name }) => `  ${role} “${name}”`)
      .join('\n');
  /** @param {number} node @returns {Promise<{x: number, y: number}>} */
  async function middle(node) {
    const { quads } = await debug.send('DOM.getContentQuads', { backendNodeId: node });
    const [x1, y1, , , x3, y3] = quads[0];
    return { x: (x1 + x3) / 2, y: (y1 + y3) / 2 };
  }

  return {
    page,
    parts,
    find,
    get,
    tell,
    /** @param {RegExp | string} name @param {number} [timeout] */
    text: (name, timeout) => get('*', name, timeout),
    /** @param {string} role @param {RegExp | string} name @param {number} [timeout] */
    gone: (role, name, timeout) => until(`no ${role} ${name}`, async () => (await find(role, name)).length === 0, timeout),
    /** @param {string} role @param {RegExp | string} name @param {number} [timeout] */
    async click(role, name, timeout) {
      const { node } = await get(role, name, timeout);
      const { x, y } = await middle(node);
      await page.mouse.click(x, y);
    },
    /** The film's own state. */
    film: () =>
      page.evaluate(() => {
        const { paused, currentTime, duration, playbackRate } = /** @type {HTMLVideoElement} */ (document.querySelector('video'));
        return { playing: !paused, at: currentTime, duration, rate: playbackRate };
      }),
    /** @param {number} at s */
    seek: (at) => page.evaluate((to) => void (/** @type {HTMLVideoElement} */ (document.querySelector('video')).currentTime = to), at),
    play: () => page.evaluate(() => /** @type {HTMLVideoElement} */ (document.querySelector('video')).play()),
    pause: () => page.evaluate(() => /** @type {HTMLVideoElement} */ (document.querySelector('video')).pause()),
    /** Where something is. @param {string} role @param {RegExp | string} name */
    async box(role, name) {
      const { node } = await get(role, name);
      const { quads } = await debug.send('DOM.getContentQuads', { backendNodeId: node });
      const [x, y, , , right, bottom] = quads[0];
      return { x, y, width: right - x, height: bottom - y };
    },
    /** All that stands in the page, what is closed to it as well. */
    async html() {
      const { root } = await debug.send('DOM.getDocument', { depth: -1, pierce: true });
      return JSON.stringify(root);
    },
    /**
     * Runs a function where the content script runs.
     * @param {string} origin of the extension
     * @returns {Promise<<T>(act: () => T) => Promise<Awaited<T>>>}
     */
    async within(origin) {
      /** @type {number | undefined} */
      let id;
      const note = ({ context }) => context.origin === origin && (id = context.id);
      debug.on('Runtime.executionContextCreated', note);
      await debug.send('Runtime.enable');
      await until('the content script', () => id !== undefined);
      debug.off('Runtime.executionContextCreated', note);
      return async (act) => {
        const expression = `(${act})()`;
        const answer = await debug.send('Runtime.evaluate', { expression, contextId: id, awaitPromise: true, returnByValue: true });
        if (answer.exceptionDetails) throw new Error(answer.exceptionDetails.exception?.description ?? answer.exceptionDetails.text);
        return answer.result.value;
      };
    },
    debug,
  };
}

/** @typedef {Awaited<ReturnType<typeof lookAt>>} Overlay */

/** @param {string} name @param {RegExp | string} wanted */
const fits = (name, wanted) => (typeof wanted === 'string' ? name === wanted : wanted.test(name));
