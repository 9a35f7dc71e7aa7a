/** A school's web site: pages with a film, with and without subtitles, kind and unkind ones. */

import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ffmpeg, fixture, scratch } from './browser.mjs';

const PAGES = path.join(path.dirname(fileURLToPath(import.meta.url)), 'lectures');
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.vtt': 'text/vtt', '.webm': 'video/webm' };
/** As strict as sites get: nothing but the page's own files, no style and no script in the page. */
const STRICT = [
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'",
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
].join('; ');

/** As long as the fixture's subtitles. */
export const FILM_S = 680;

/** A film of a slide with a clock that tells its own time. @param {number} [seconds] */
export function makeLectureFilm(seconds = FILM_S) {
  const target = path.join(scratch, `lecture-${seconds}s.webm`);
  if (existsSync(target)) return target;
  const words = [
    ["text='Page tables':fontsize=38:x=40:y=36", '#22304a'],
    ["text='A page table maps virtual pages to physical frames.':fontsize=17:x=40:y=96", '#22304a'],
    ["text='%{pts\\:hms}':fontsize=20:x=w-tw-28:y=24", '#8090a0'],
  ];
  const drawn = words.map(([what, colour]) => `drawtext=${what}:fontcolor=${colour}`);
  const boxes = [0, 1, 2].map((row) => `drawbox=x=40:y=${140 + row * 28}:w=240:h=29:color=#22304a:t=2`);
  ffmpeg([
    ...['-f', 'lavfi', '-i', `color=#fdfcf8:size=640x360:rate=1:duration=${seconds}`, '-vf', [...drawn, ...boxes].join(',')],
    ...['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-b:v', '200k', '-g', '20', target],
  ]);
  return target;
}

/**
 * Serves `/NAME` from lectures/NAME.html, `/strict/NAME` the same with a strict policy, `/film.webm`, and the subtitles.
 * @returns {Promise<{url: string, film: string, asked: string[], close: () => Promise<void>}>} `asked`: what was asked for
 */
export async function startSchool() {
  const film = makeLectureFilm();
  /** @type {string[]} */
  const asked = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://school');
    asked.push(pathname);
    if (pathname === '/favicon.ico') return void response.writeHead(204).end();
    const found = place(pathname, film);
    if (!found) return void response.writeHead(404).end();
    const strict = pathname.startsWith('/strict/') ? { 'content-security-policy': STRICT } : {};
    const headers = { 'content-type': TYPES[path.extname(found)], 'cache-control': 'no-store', ...strict };
    send(request, response, found, headers);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    // Another origin than the server's, which is at 127.0.0.1.
    url: `http://localhost:${port}`,
    film,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The file behind an address; null: none. @param {string} pathname @param {string} film */
function place(pathname, film) {
  if (pathname === '/film.webm') return film;
  if (/^\/[\w.-]+\.vtt$/.test(pathname)) return whenThere(fixture(`lectures${pathname}`));
  const file = /^\/lectures\/([\w-]+\.(?:js|css))$/.exec(pathname)?.[1];
  if (file) return whenThere(path.join(PAGES, file));
  const page = /^\/(?:strict\/)?([a-z]+)$/.exec(pathname)?.[1];
  return page ? whenThere(path.join(PAGES, `${page}.html`)) : null;
}

/** @param {string} file */
const whenThere = (file) => (existsSync(file) ? file : null);

/**
 * A file or a part of it, as films are asked for.
 * @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response
 * @param {string} file @param {Record<string, string>} headers
 */
function send(request, response, file, headers) {
  const { size } = statSync(file);
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  if (!range) return void response.writeHead(200, { ...headers, 'accept-ranges': 'bytes' }).end(readFileSync(file));
  const [from, to] = [Number(range[1]), range[2] ? Number(range[2]) : size - 1];
  response.writeHead(206, {
    ...headers,
    'accept-ranges': 'bytes',
    'content-range': `bytes ${from}-${to}/${size}`,
    'content-length': String(to - from + 1),
  });
  createReadStream(file, { start: from, end: to }).on('error', () => response.destroy()).pipe(response);
}
