/**
 * What the guest shows, in pictures: a made-up hub says each view in turn to the real content script, over a real film.
 * `node pictures/guest.mjs FILM FOLDER [NAME...]` (after the build; needs tests/e2e's packages). FILM: a webm of 15 minutes or so.
 */
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { createReadStream, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SCENES } from './scenes.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(join(root, '../tests/e2e/package.json'));
const { chromium } = require('playwright-core');

const [film, folder, ...names] = process.argv.slice(2);
const dist = process.env.GUEST_DIST ?? join(root, 'dist');
mkdirSync(folder, { recursive: true });

/** A page that does what it can to look different: rules for everything, and a strict policy. */
const page = (width, height, lang) => `<!doctype html><html lang="${lang}"><head><title>Virtual memory (lecture 7)</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'self'; style-src 'nonce-a'; script-src 'nonce-a'">
<style nonce="a">* { font-family: cursive !important; color: #b00 } body { margin: 0; background: #ddd } body > * { margin: 24px }
video { display: block; width: ${width}px; height: ${height}px; background: #000 } .bar { height: 60px; background: #345; margin: 0 }
.frame .bar, .frame p { display: none } .frame video { margin: 0 }
p, button, div { letter-spacing: 3px; text-transform: uppercase }</style></head>
<body class="${width === 639 ? 'frame' : ''}"><div class="bar"></div><video src="/film.webm" controls muted></video><p>Notes of the lecture</p></body></html>`;

/** Answers with the part of the film that was asked for: films without ranges cannot be wound. */
function sendFilm(request, response) {
  const { size } = statSync(film);
  const [, from = '0', to = ''] = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? '') ?? [];
  const end = to === '' ? size - 1 : Number(to);
  const range = { 'content-range': `bytes ${from}-${end}/${size}`, 'content-length': end - Number(from) + 1 };
  response.writeHead(206, { 'content-type': 'video/webm', 'accept-ranges': 'bytes', ...range });
  createReadStream(film, { start: Number(from), end }).pipe(response);
}

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  if (url.pathname === '/film.webm') return sendFilm(request, response);
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
  response.end(page(Number(url.searchParams.get('w')), Number(url.searchParams.get('h')), url.searchParams.get('lang')));
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));

/** Stands in for the extension, inside of the page: the port's other end is `window.hub`. */
function stub({ messages, lang }) {
  const heard = [];
  const port = {
    postMessage: (message) => window.said.push(message),
    disconnect: () => {},
    onMessage: { addListener: (act) => heard.push(act) },
    onDisconnect: { addListener: () => {} },
  };
  window.said = [];
  window.hub = { show: (view) => heard.forEach((act) => act({ type: 'view', view })) };
  window.chrome = {
    runtime: { id: 'x', lastError: null, sendMessage: async () => null, connect: () => port },
    i18n: {
      getMessage(key, values = []) {
        if (key === '@@ui_locale') return lang;
        return (messages[key]?.message ?? '').replace(/\$(\d)/g, (_, n) => values[n - 1] ?? '');
      },
    },
  };
}

const args = ['--no-sandbox', '--disable-gpu', '--autoplay-policy=no-user-gesture-required'];
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args });
const code = readFileSync(join(dist, 'guest.js'), 'utf8');

async function takeAll({ lang, scheme, width, height, window: size }) {
  const messages = JSON.parse(readFileSync(join(root, `_locales/${lang}/messages.json`), 'utf8'));
  const context = await browser.newContext({ viewport: size, colorScheme: scheme, locale: lang });
  for (const [name, act] of Object.entries(SCENES)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const tab = await context.newPage();
    tab.on('pageerror', (error) => console.error(name, error.message));
    tab.on('console', (line) => ['error', 'warning'].includes(line.type()) && console.error(name, line.text()));
    await tab.addInitScript(stub, { messages, lang });
    await tab.goto(`http://127.0.0.1:${server.address().port}/?w=${width}&h=${height}&lang=${lang}`);
    await tab.waitForFunction(() => document.querySelector('video').readyState > 1);
    await tab.evaluate(() => void (document.querySelector('video').currentTime = 754));
    await tab.evaluate(code);
    await tab.waitForFunction(() => window.said.length > 0);
    await act(tab, lang);
    await tab.waitForTimeout(450);
    await tab.screenshot({ path: join(folder, `${name}-${width}-${lang}-${scheme}.png`) });
    await tab.close();
  }
  await context.close();
}

const large = { width: 1280, height: 720, window: { width: 1328, height: 860 } };
const small = { width: 640, height: 360, window: { width: 800, height: 560 } };
const sets = [
  { lang: 'en', scheme: 'light', ...large },
  { lang: 'ko', scheme: 'dark', ...large },
  { lang: 'ko', scheme: 'light', ...small },
  { lang: 'en', scheme: 'dark', ...small },
  // A frame with a player in it, and nothing else.
  { lang: 'en', scheme: 'light', width: 639, height: 360, window: { width: 640, height: 360 } },
];
const wanted = process.env.SET?.split(',').map(Number) ?? sets.map((_, index) => index);
for (const index of wanted) await takeAll(sets[index]);
await browser.close();
server.close();
