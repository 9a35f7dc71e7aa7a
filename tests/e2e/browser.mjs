/** What the stories share: the server under test, a browser with a made-up camera, and a watch on what goes wrong. */

import { spawn, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const HERE = path.dirname(fileURLToPath(import.meta.url));
export const ROOT = path.resolve(HERE, '../..');
export const OUT = path.join(HERE, 'out');
const FIXTURES = process.env.E2E_FIXTURES ?? path.join(ROOT, 'tests/fixtures');
const BINARY = path.resolve(ROOT, process.env.E2E_BIN ?? 'target/release/loa');
export const CHROMIUM = process.env.E2E_CHROMIUM ?? '/usr/bin/chromium';
const AXE = readFileSync(path.join(HERE, 'node_modules/axe-core/axe.min.js'), 'utf8');
/** Where a browser asks who it is; that it is nobody yet is no error, though Chromium logs it as one. */
const NEW_HERE = /\/api\/v1\/tokens$/;
/** Chromium plays an .mjpeg file at this speed. */
const CAMERA_FPS = 30;

export const scratch = mkdtempSync(path.join(tmpdir(), 'loa-e2e-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

/** @param {string} name below tests/fixtures */
export const fixture = (name) => path.join(FIXTURES, name);
/** @param {string} name @returns {{name: string, type: string, base64: string}} a file as the page's drop gets it */
export function fileToDrop(name, type = 'image/jpeg') {
  const place = path.isAbsolute(name) ? name : fixture(name);
  return { name: path.basename(place), type, base64: readFileSync(place).toString('base64') };
}

/* ---- the server ---- */

/**
 * Starts `loa serve` and waits until it is ready. Its database and its key lie in a folder of its own.
 * @param {{port?: number, home?: string, set?: Record<string, string | number>}} [before] a server that was stopped, to start again
 *   where it was; of a new one the settings that differ
 */
export async function startServer({ port = 0, home = mkdtempSync(path.join(scratch, 'server-')), set = {} } = {}) {
  if (!existsSync(BINARY)) throw new Error(`no server at ${BINARY}: build it, or name it in E2E_BIN`);
  const kept = { 'database.path': path.join(home, 'loa.sqlite3'), 'auth.key_file': path.join(home, 'loa.key'), ...set };
  const settings = Object.entries(kept).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  const child = spawn(BINARY, ['serve', '--bind', `127.0.0.1:${port}`, ...settings], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (chunk) => (log += chunk));
  const url = await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no "listening on" within 20 s:\n${log}`)), 20_000);
    createInterface(child.stdout).on('line', (line) => {
      log += `${line}\n`;
      const found = /listening on (http:\/\/[^\s]+)/.exec(line);
      if (!found) return;
      clearTimeout(late);
      resolve(found[1]);
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}:\n${log}`)));
  });
  await until(
    'the server to be ready',
    async () => (await fetch(`${url}/health/ready`).catch(() => null))?.status === 200,
  );
  const end = async (signal) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  };
  return {
    url,
    home,
    set,
    port: Number(new URL(url).port),
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    log: () => log,
  };
}

/** Fills the server's database with a made-up learner; the link that shows the reports. @param {{url: string, home: string}} server */
export function demoLink(server) {
  const settings = {
    'database.path': path.join(server.home, 'loa.sqlite3'),
    'auth.key_file': path.join(server.home, 'loa.key'),
    'server.bind': new URL(server.url).host,
  };
  const sets = Object.entries(settings).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  const told = execFileSync(BINARY, ['demo', '--days', '40', '--yes', ...sets], { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' });
  const link = /http:\S+\/enter\?token=\S+/.exec(told);
  if (!link) throw new Error(`no link in: ${told}`);
  return link[0];
}

/* ---- the camera ---- */

/**
 * An .mjpeg file for Chromium's file camera, made of still pictures.
 * @param {string} name @param {[picture: string, seconds: number][]} scenes @param {string} [size]
 */
export function makeCamera(name, scenes, size = '640:480') {
  const parts = scenes.flatMap(([picture, seconds]) => [
    '-loop',
    '1',
    '-framerate',
    String(CAMERA_FPS),
    '-t',
    String(seconds),
    '-i',
    picture,
  ]);
  const sized = scenes.map((_, i) => `[${i}:v]scale=${size},setsar=1[v${i}]`).join(';');
  const joined = `${sized};${scenes.map((_, i) => `[v${i}]`).join('')}concat=n=${scenes.length}:v=1:a=0`;
  const target = path.join(scratch, `${name}.mjpeg`);
  ffmpeg([
    ...parts,
    '-filter_complex',
    joined,
    '-c:v',
    'mjpeg',
    '-q:v',
    '3',
    '-pix_fmt',
    'yuvj420p',
    '-f',
    'mjpeg',
    target,
  ]);
  return target;
}

/** A film of one picture; a long one with few frames is made in a moment. @param {string} picture @param {number} seconds */
export function makeFilm(picture, seconds, framesPerSecond = 10) {
  const target = path.join(scratch, `film-${seconds}s.webm`);
  const input = ['-loop', '1', '-framerate', String(framesPerSecond), '-t', String(seconds), '-i', picture];
  ffmpeg([...input, '-c:v', 'libvpx', '-deadline', 'realtime', '-b:v', '1M', target]);
  return target;
}

/** A picture of nothing but a colour. @param {string} colour */
export function makePicture(colour) {
  const target = path.join(scratch, `${colour}.jpg`);
  ffmpeg(['-f', 'lavfi', '-i', `color=${colour}:size=320x240`, '-frames:v', '1', target]);
  return target;
}

/** @param {string[]} args */
export const ffmpeg = (args) => execFileSync('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-y', ...args]);

/* ---- the browser ---- */

/**
 * @param {{camera?: string | null, consent?: 'given' | 'refused', cameras?: number, hosts?: string,
 *   viewport?: {width: number, height: number}, scheme?: 'light' | 'dark', scale?: number, locale?: string}} [wishes]
 *   camera: an .mjpeg file; null: the browser's own test pictures from `cameras` cameras, by default none
 */
export async function openBrowser(wishes = {}) {
  const {
    camera = null,
    consent = 'given',
    cameras = 0,
    hosts,
    viewport = { width: 1280, height: 960 },
    scheme = 'light',
  } = wishes;
  const profile = mkdtempSync(path.join(scratch, 'profile-'));
  const args = [
    '--headless=new',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
  ];
  args.push('--disable-component-update', '--disable-sync', '--disable-dev-shm-usage');
  if (process.getuid?.() === 0) args.push('--no-sandbox');
  args.push(consent === 'given' ? '--use-fake-ui-for-media-stream' : '--deny-permission-prompts');
  if (camera) args.push('--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${camera}`);
  else if (cameras) args.push(`--use-fake-device-for-media-stream=device-count=${cameras}`);
  if (hosts) args.push(`--host-resolver-rules=${hosts}`);
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    headless: true,
    args,
    viewport,
    colorScheme: scheme,
    deviceScaleFactor: wishes.scale ?? 1,
    locale: wishes.locale ?? 'en-US',
  });
  await context.addInitScript(watchFromInside);
  const page = context.pages()[0] ?? (await context.newPage());
  const seen = watch(page);
  return { page, context, seen, close: () => context.close() };
}

/** Runs inside the page, before its own scripts. */
function watchFromInside() {
  const trace = { asked: 0, violations: [], moods: [] };
  Object.assign(globalThis, { trace });
  addEventListener('securitypolicyviolation', (event) =>
    trace.violations.push(`${event.violatedDirective} ${event.blockedURI}`),
  );
  const devices = navigator.mediaDevices;
  if (devices) {
    const open = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async (wishes) => {
      trace.asked += 1;
      trace.stream = await open(wishes);
      return trace.stream;
    };
  }
  addEventListener('DOMContentLoaded', () => {
    const text = document.getElementById('state-text');
    if (!text) return; // another page of the server
    new MutationObserver(() => trace.moods.push(text.textContent)).observe(text, {
      childList: true,
      characterData: true,
      subtree: true,
    });
  });
}

/** @param {import('playwright-core').Page} page */
function watch(page) {
  /** @type {{errors: string[], sockets: {at: number, frames: {at: number, bytes: Buffer}[], said: any[], heard: any[], closed: boolean}[]}} */
  const seen = { errors: [], sockets: [] };
  page.on('pageerror', (error) => seen.errors.push(`uncaught: ${error.message}`));
  page.on('console', (message) => {
    if (NEW_HERE.test(message.location().url) && message.text().includes('401')) return;
    if (['error', 'warning'].includes(message.type())) seen.errors.push(`${message.type()}: ${message.text()}`);
  });
  page.on('response', (response) => {
    if (NEW_HERE.test(response.url()) && response.status() === 401) return;
    if (response.status() >= 400) seen.errors.push(`${response.status()} ${response.url()}`);
  });
  page.on('websocket', (socket) => {
    const one = { at: Date.now(), frames: [], said: [], heard: [], closed: false };
    seen.sockets.push(one);
    socket.on('framesent', ({ payload }) => {
      if (typeof payload === 'string') one.said.push(JSON.parse(payload));
      else one.frames.push({ at: Date.now(), bytes: payload });
    });
    socket.on('framereceived', ({ payload }) => one.heard.push(String(payload)));
    socket.on('close', () => (one.closed = true));
  });
  return seen;
}

/** Drops files onto the page, all at once. @param {import('playwright-core').Page} page */
export async function drop(page, ...files) {
  await page.evaluate((all) => {
    const dataTransfer = new DataTransfer();
    for (const { name, type, base64 } of all) {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      dataTransfer.items.add(new File([bytes], name, { type }));
    }
    for (const kind of ['dragenter', 'dragover', 'drop']) {
      document.body.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
    }
  }, files);
}

/** What axe-core finds that keeps people from using the page. @param {import('playwright-core').Page} page */
export async function barriers(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate('axe.run({ resultTypes: ["violations"] })');
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
}

/** Waits until the big words are these. @param {import('playwright-core').Page} page @param {string} words */
export const untilState = (page, words, timeout = 15_000) =>
  page
    .locator('#state-text')
    .filter({ hasText: new RegExp(`^${words}`) })
    .waitFor({ timeout });

/** The part of a canvas that is drawn on, as shares of it. @param {import('playwright-core').Page} page */
export const drawnPart = (page, selector) =>
  page.locator(selector).evaluate((canvas) => {
    const { width, height } = canvas;
    const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
    const box = { left: 1, top: 1, right: 0, bottom: 0, pixels: 0 };
    for (let i = 3; i < data.length; i += 4) {
      if (data[i] < 40) continue;
      const pixel = (i - 3) / 4;
      const x = (pixel % width) / width;
      const y = Math.floor(pixel / width) / height;
      box.pixels += 1;
      box.left = Math.min(box.left, x);
      box.right = Math.max(box.right, x);
      box.top = Math.min(box.top, y);
      box.bottom = Math.max(box.bottom, y);
    }
    return box;
  });

/** @param {Buffer} jpeg @returns {{width: number, height: number}} */
export function jpegSize(jpeg) {
  for (let at = 2; at < jpeg.length; at += 2 + jpeg.readUInt16BE(at + 2)) {
    const kind = jpeg[at + 1];
    if (kind >= 0xc0 && kind <= 0xc2) return { width: jpeg.readUInt16BE(at + 7), height: jpeg.readUInt16BE(at + 5) };
  }
  throw new Error('not a JPEG');
}

/** @param {string} what @param {() => unknown} holds */
export async function until(what, holds, timeout = 15_000) {
  for (const end = Date.now() + timeout; Date.now() < end; await sleep(100)) {
    if (await holds()) return;
  }
  throw new Error(`waited ${timeout} ms for ${what}`);
}

export { sleep };
