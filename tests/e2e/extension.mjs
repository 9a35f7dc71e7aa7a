/** The extension in a real browser: a copy of what was built, its pages, and a look into its hub by the debugger. */

import { cpSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { CHROMIUM, ROOT, fixture, scratch, until } from './browser.mjs';

const BUILT = path.resolve(ROOT, process.env.E2E_EXTENSION ?? 'extension/dist');
const HERE = path.join(ROOT, 'tests/e2e/extension');
/** What a learner would be asked for, site by site; a browser without a screen cannot show that question. */
const GRANTED = ['http://127.0.0.1/*', 'http://localhost/*'];
/** What the chosen camera can show. */
const PICTURES = { open: 'faces/open_640x480.jpg', closed: 'faces/closed_640x480.jpg', empty: 'rooms/study.jpg', dark: 'rooms/dark.jpg' };

/** @typedef {keyof typeof PICTURES} Picture */
/** @typedef {import('../../extension/src/messages.js').Settings} Settings */

let spoken = 'en';
/** The words of the extension, by their keys. @type {Record<string, {message: string}> | null} */
let messages = null;
/** Of the words that are looked for; English by default. @param {string} language */
export function useLanguage(language) {
  spoken = language;
  messages = null;
}
/** @param {string} key @returns {string} */
export function word(key) {
  messages ??= JSON.parse(readFileSync(path.join(BUILT, `_locales/${spoken}/messages.json`), 'utf8'));
  const found = messages?.[key];
  if (!found) throw new Error(`no message ${key}`);
  return found.message;
}
/** The same as a pattern: whatever is filled in fits. @param {string} key */
export const words = (key) =>
  new RegExp(
    word(key)
      .split(/\$\w+\$|\$\d/)
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*'),
  );

/**
 * A copy of the built extension that may run on this machine's sites.
 * @param {{chosenCamera?: boolean}} [wishes] chosenCamera: the hub's camera is [Stage]
 */
export function stageExtension({ chosenCamera = false } = {}) {
  if (!existsSync(path.join(BUILT, 'manifest.json'))) throw new Error(`no extension at ${BUILT}: npm --prefix extension run build`);
  const folder = mkdtempSync(path.join(scratch, 'extension-'));
  cpSync(BUILT, folder, { recursive: true });
  change(folder, 'manifest.json', (manifest) => ({ ...manifest, host_permissions: GRANTED }));
  if (chosenCamera) {
    const page = path.join(folder, 'offscreen.html');
    const before = '<script src="hub.js"></script>';
    const text = readFileSync(page, 'utf8');
    if (!text.includes(before)) throw new Error(`offscreen.html has no ${before}`);
    writeFileSync(page, text.replace(before, `<script src="stage/camera.js"></script>${before}`));
    cpSync(path.join(HERE, 'camera.js'), path.join(folder, 'stage/camera.js'));
    for (const [name, file] of Object.entries(PICTURES)) cpSync(fixture(file), path.join(folder, `stage/${name}.jpg`));
  }
  return folder;
}

/** @param {string} folder @param {string} name @param {(value: any) => object} act */
function change(folder, name, act) {
  const file = path.join(folder, name);
  writeFileSync(file, JSON.stringify(act(JSON.parse(readFileSync(file, 'utf8')))));
}

/**
 * @param {{camera?: string, permission?: 'given' | 'refused', scheme?: 'light' | 'dark', scale?: number, language?: string,
 *   viewport?: {width: number, height: number}}} [wishes]
 *   camera: an .mjpeg file; none: one whose picture is chosen by `show`
 */
export async function openExtension(wishes = {}) {
  const { camera, permission = 'given', viewport = { width: 1280, height: 800 }, scheme = 'light', language = 'en' } = wishes;
  const folder = stageExtension({ chosenCamera: !camera && permission === 'given' });
  const args = ['--headless=new', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];
  args.push('--disable-component-update', '--disable-sync', '--disable-dev-shm-usage', '--autoplay-policy=no-user-gesture-required');
  if (process.getuid?.() === 0) args.push('--no-sandbox');
  args.push(permission === 'given' ? '--use-fake-ui-for-media-stream' : '--deny-permission-prompts');
  args.push('--use-fake-device-for-media-stream');
  if (camera) args.push(`--use-file-for-fake-video-capture=${camera}`);
  args.push(`--disable-extensions-except=${folder}`, `--load-extension=${folder}`, `--lang=${language}`);
  const context = await chromium.launchPersistentContext(mkdtempSync(path.join(scratch, 'profile-')), {
    executablePath: CHROMIUM,
    headless: true,
    args,
    env: { ...process.env, LANGUAGE: language },
    viewport,
    colorScheme: scheme,
    deviceScaleFactor: wishes.scale ?? 1,
    locale: language,
  });
  const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker', { timeout: 10_000 }));
  const [origin] = /^chrome-extension:\/\/[^/]+/.exec(worker.url()) ?? [''];
  const hub = await watchHub(context, origin);
  const isOptions = (/** @type {import('playwright-core').Page} */ page) => page.url() === `${origin}/options.html`;
  await until('the options, which open by themselves', () => context.pages().some(isOptions));
  const options = /** @type {import('playwright-core').Page} */ (context.pages().find(isOptions));
  await options.waitForLoadState();
  return {
    context,
    origin,
    hub,
    options,
    /** Whether `show` is of use. */
    chosen: !camera && permission === 'given',
    /** What the extension keeps under a key. @param {string} key */
    stored: (key) => worker.evaluate(async (name) => (await /** @type {any} */ (globalThis).chrome.storage.local.get(name))[name], key),
    /** @param {Picture} picture what the camera sees from now on */
    show: (picture) => hub.evaluate(`stage.show(${JSON.stringify(picture)})`),
    /** The popup in a tab behind the one in view, which it is about. */
    async popup() {
      const opened = context.waitForEvent('page');
      await worker.evaluate((url) => void (/** @type {any} */ (globalThis).chrome.tabs.create({ url, active: false })), `${origin}/popup.html`);
      const popup = await opened;
      await popup.setViewportSize({ width: 320, height: 400 });
      return popup;
    },
    /** The background falls asleep, as browsers let it after half a minute without work. */
    async sleep() {
      const { targetInfos } = await hub.debug.send('Target.getTargets');
      const found = targetInfos.find(({ type, url }) => type === 'service_worker' && url.startsWith(origin));
      if (!found) throw new Error('the background sleeps already');
      await hub.debug.send('Target.closeTarget', { targetId: found.targetId });
      const isThere = async () => (await hub.debug.send('Target.getTargets')).targetInfos.some(({ targetId }) => targetId === found.targetId);
      await until('the background to sleep', async () => !(await isThere()));
    },
    close: () => context.close(),
  };
}

/** @typedef {Awaited<ReturnType<typeof openExtension>>} Extension */

/**
 * What the options page does, without its forms: the server is set, and this device's guest has agreed.
 * @param {Extension} extension @param {{url: string}} server @param {Partial<Settings>} [settings]
 */
export async function agree(extension, server, settings = {}) {
  const page = extension.options;
  const { version } = await (await page.request.get(`${server.url}/api/v1/consent`)).json();
  const error = await page.evaluate(control, { settings: { server: server.url, ...settings }, version });
  if (error) throw new Error(`not agreed: ${JSON.stringify(error)}`);
}

/** Runs in a page of the extension. @param {{settings: object, version: string}} wishes */
async function control({ settings, version }) {
  const chrome = /** @type {any} */ (globalThis).chrome;
  const { settings: before } = await chrome.storage.local.get('settings');
  await chrome.storage.local.set({ settings: { ...before, ...settings } });
  await chrome.runtime.sendMessage({ to: 'background', type: 'hub' });
  const port = chrome.runtime.connect({ name: 'control' });
  /** @param {{type: string}} wish */
  const ask = (wish) =>
    new Promise((resolve) => {
      const listen = (/** @type {any} */ message) => {
        if (message.type !== 'done' || message.of !== wish.type) return;
        port.onMessage.removeListener(listen);
        resolve(message.error);
      };
      port.onMessage.addListener(listen);
      port.postMessage(wish);
    });
  const error = (await ask({ type: 'changed' })) ?? (await ask(/** @type {any} */ ({ type: 'agree', version })));
  port.disconnect();
  return error;
}

/* ---- the hub ---- */

/**
 * Follows the hub through the debugger, as it comes and goes: its sockets, its errors, its memory.
 * @param {import('playwright-core').BrowserContext} context @param {string} origin
 */
async function watchHub(context, origin) {
  const browser = context.browser();
  if (!browser) throw new Error('no browser to debug');
  const debug = await browser.newBrowserCDPSession();
  /** @type {{errors: string[], sockets: Socket[], born: number}} */
  const seen = { errors: [], sockets: [], born: 0 };
  /** @type {Debugged | null} */
  let hub = null;
  /** Its address is known only after it was made. @type {Set<string>} */
  const followed = new Set();
  /** @param {{targetInfo: {targetId: string, url: string}}} event */
  const follow = async ({ targetInfo: { targetId, url } }) => {
    if (url !== `${origin}/offscreen.html` || followed.has(targetId)) return;
    followed.add(targetId);
    const mine = await attach(debug, targetId);
    listen(mine, seen);
    hub = mine;
    seen.born += 1;
  };
  debug.on('Target.targetCreated', follow);
  debug.on('Target.targetInfoChanged', follow);
  debug.on('Target.targetDestroyed', ({ targetId }) => {
    if (hub?.target === targetId) hub = null;
  });
  await debug.send('Target.setDiscoverTargets', { discover: true });
  /** @param {string} method @param {object} [params] */
  const send = async (method, params) => {
    await until('the hub', () => hub);
    return /** @type {Debugged} */ (hub).send(method, params);
  };
  return {
    seen,
    send,
    get there() {
      return hub !== null;
    },
    /** @param {string} expression @returns {Promise<any>} */
    async evaluate(expression) {
      const answer = await send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
      if (answer.exceptionDetails) throw new Error(answer.exceptionDetails.exception?.description ?? answer.exceptionDetails.text);
      return answer.result.value;
    },
    /** The whole browser's. */
    debug,
    /** Bytes of live objects. */
    async heap() {
      for (let i = 0; i < 2; i += 1) await send('HeapProfiler.collectGarbage');
      return (await send('Runtime.getHeapUsage')).usedSize;
    },
    /** Seconds of processor time so far, by kind of process. @returns {Promise<Record<string, number>>} */
    async cpu() {
      await send('Performance.enable');
      const { metrics } = await send('Performance.getMetrics');
      const own = metrics.find((/** @type {any} */ { name }) => name === 'ProcessTime')?.value ?? 0;
      const { processInfo } = await debug.send('SystemInfo.getProcessInfo');
      /** @type {Record<string, number>} */
      const sums = { 'the extension': own };
      for (const { type, cpuTime } of processInfo) sums[type] = (sums[type] ?? 0) + cpuTime;
      return sums;
    },
  };
}

/** @typedef {{at: number, frames: {at: number, bytes: Buffer}[], said: any[], heard: any[], closed: boolean}} Socket */
/** @typedef {{target: string, send: (method: string, params?: object) => Promise<any>, on: (act: (method: string, params: any) => void) => void}} Debugged */

/** @param {import('playwright-core').CDPSession} debug @param {string} target @returns {Promise<Debugged>} */
async function attach(debug, target) {
  const { sessionId } = await debug.send('Target.attachToTarget', { targetId: target, flatten: false });
  /** @type {Map<number, {resolve: (value: any) => void, reject: (error: Error) => void}>} */
  const waiting = new Map();
  /** @type {((method: string, params: any) => void)[]} */
  const listeners = [];
  let last = 0;
  debug.on('Target.receivedMessageFromTarget', ({ sessionId: from, message }) => {
    if (from !== sessionId) return;
    const { id, method, params, result, error } = JSON.parse(message);
    if (method) return listeners.forEach((act) => act(method, params));
    const asked = waiting.get(id);
    waiting.delete(id);
    if (error) asked?.reject(new Error(`${error.message} ${error.data ?? ''}`));
    else asked?.resolve(result);
  });
  return {
    target,
    send: (method, params = {}) =>
      new Promise((resolve, reject) => {
        waiting.set(++last, { resolve, reject });
        debug.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id: last, method, params }) }).catch(reject);
      }),
    on: (act) => void listeners.push(act),
  };
}

/** @param {Debugged} hub @param {{errors: string[], sockets: Socket[]}} seen */
function listen(hub, seen) {
  /** @type {Map<string, Socket>} */
  const byId = new Map();
  hub.on((method, params) => {
    const socket = byId.get(params.requestId);
    const { opcode, payloadData } = params.response ?? {};
    if (method === 'Network.webSocketCreated') {
      const one = { at: Date.now(), frames: [], said: [], heard: [], closed: false };
      byId.set(params.requestId, one);
      seen.sockets.push(one);
    } else if (method === 'Network.webSocketFrameSent') {
      if (opcode === 2) socket?.frames.push({ at: Date.now(), bytes: Buffer.from(payloadData, 'base64') });
      else socket?.said.push(JSON.parse(payloadData));
    } else if (method === 'Network.webSocketFrameReceived') {
      socket?.heard.push(JSON.parse(payloadData));
    } else if (method === 'Network.webSocketClosed') {
      if (socket) socket.closed = true;
    } else if (method === 'Runtime.exceptionThrown') {
      const { exception, text } = params.exceptionDetails;
      seen.errors.push(`uncaught: ${exception?.description ?? text}`);
    } else if (method === 'Runtime.consoleAPICalled' && ['error', 'warning'].includes(params.type)) {
      seen.errors.push(`${params.type}: ${params.args.map((/** @type {any} */ each) => each.value ?? each.description).join(' ')}`);
    }
  });
  void Promise.all([hub.send('Network.enable'), hub.send('Runtime.enable')]).catch(() => {});
}
