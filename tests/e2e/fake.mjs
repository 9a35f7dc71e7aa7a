/** A made-up Loa server: the pages of web/, accounts in memory, and sockets that see open eyes in every frame. */

import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const WEB = fileURLToPath(new URL('../../web/', import.meta.url));
const KINDS = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript', '.svg': 'image/svg+xml' };
const LIMITS = { frame_bytes: 262144, frames_per_second: 10 };

/**
 * @typedef {{method: string, path: string, headers: import('node:http').IncomingHttpHeaders, body: any}} Asked
 * @typedef {{status: number, body?: object | string, headers?: Record<string, string>} | 'silence' | 'hang up'} Answer
 */

/** A problem document. @param {number} status @param {string} code @param {Record<string, string>} [headers] */
export const problem = (status, code, headers = {}) => ({
  status,
  body: { type: 'about:blank', title: code, status, detail: `in words: ${code}`, code },
  headers: { 'content-type': 'application/problem+json', ...headers },
});

export class FakeServer {
  version = 'v1';
  texts = { en: 'You agree to made-up things.', ko: '지어낸 것에 동의합니다.' };
  /** Consent by learner, null: none. @type {Map<string, string | null>} */
  learners = new Map();
  /** @type {Map<string, {learner: string, consent: string | null}>} */
  tokens = new Map();
  /** @type {Asked[]} */
  asked = [];
  /** In place of what the server would answer, by "METHOD /path". @type {Map<string, (asked: Asked) => Answer | undefined>} */
  instead = new Map();
  /** @type {FakeSocket[]} */
  sockets = [];
  /** Added to every welcome. */
  welcome = {};
  expiresIn = 900;
  /** What is said to a socket beside `hello`. @type {((socket: FakeSocket, message: any) => void) | null} */
  hear = null;
  /** Whether frames are answered. */
  look = true;

  static async start() {
    const fake = new FakeServer();
    fake.http = createServer((request, response) => fake.#serve(request, response));
    fake.http.on('upgrade', (request, socket) => fake.sockets.push(new FakeSocket(fake, request, socket)));
    await new Promise((resolve) => fake.http.listen(0, '127.0.0.1', () => resolve(undefined)));
    fake.port = /** @type {import('node:net').AddressInfo} */ (fake.http.address()).port;
    fake.url = `http://127.0.0.1:${fake.port}`;
    return fake;
  }

  stop() {
    for (const { socket } of this.sockets) socket.destroy();
    this.http.closeAllConnections();
    return new Promise((resolve) => this.http.close(resolve));
  }

  /** How often this was asked. @param {string} what "METHOD /path" */
  count(what) {
    return this.asked.filter(({ method, path: place }) => `${method} ${place}` === what).length;
  }

  /** What was sent along, the newest last. @param {string} what "METHOD /path" */
  bodies(what) {
    return this.asked.filter(({ method, path: place }) => `${method} ${place}` === what).map(({ body }) => body);
  }

  /** Tokens of before are void, open sockets are closed. @param {string} learner @param {{erase?: boolean}} [how] */
  signOut(learner, { erase = false } = {}) {
    if (erase) this.learners.delete(learner);
    else this.learners.set(learner, null);
    for (const [token, { learner: whose }] of this.tokens) if (whose === learner) this.tokens.delete(token);
    for (const socket of this.sockets) if (socket.learner === learner) socket.close(4403);
  }

  /** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
  async #serve(request, response) {
    const { pathname } = new URL(request.url ?? '/', 'http://fake');
    let text = '';
    for await (const chunk of request) text += chunk;
    if (!pathname.startsWith('/api/v1')) return this.#file(pathname, response);
    const asked = {
      method: request.method ?? '',
      path: pathname.slice('/api/v1'.length),
      headers: request.headers,
      body: request.headers['content-type'] === 'application/json' ? JSON.parse(text) : text || null,
    };
    this.asked.push(asked);
    const answer = this.instead.get(`${asked.method} ${asked.path}`)?.(asked) ?? this.#answer(asked);
    if (answer === 'silence') return;
    if (answer === 'hang up') return response.destroy();
    const { status, body = '', headers = {} } = answer;
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  }

  /** @param {string} pathname @param {import('node:http').ServerResponse} response */
  #file(pathname, response) {
    const name = pathname === '/' ? 'index.html' : path.basename(pathname);
    try {
      const bytes = readFileSync(path.join(WEB, name));
      response.writeHead(200, { 'content-type': KINDS[path.extname(name)] }).end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  }

  /** @param {Asked} asked @returns {Answer} */
  #answer({ method, path: place, headers, body }) {
    switch (`${method} ${place}`) {
      case 'GET /consent': {
        const language = headers['accept-language']?.startsWith('ko') ? 'ko' : 'en';
        return { status: 200, body: { version: this.version, language, text: this.texts[language], texts: this.texts } };
      }
      case 'POST /guests': {
        if (body.consent !== undefined && body.consent !== this.version) return problem(409, 'consent_outdated');
        const learner = randomUUID();
        this.learners.set(learner, body.consent ?? null);
        return this.#grant(201, learner, body.cookie === true);
      }
      case 'POST /tokens': {
        const cookie = /loa_device=refresh\.([^;]+)/.exec(headers.cookie ?? '')?.[1];
        const learner = body.refresh_token?.replace('refresh.', '') ?? cookie;
        if (!this.learners.has(learner)) return problem(401, learner ? 'token_invalid' : 'token_missing');
        return this.#grant(200, learner, body.refresh_token === undefined);
      }
    }
    const holder = this.tokens.get(headers.authorization?.replace('Bearer ', '') ?? '');
    if (!holder) return problem(401, 'token_signed_out', { 'www-authenticate': 'Bearer' });
    switch (`${method} ${place}`) {
      case 'POST /consent':
        if (body.version !== this.version) return problem(409, 'consent_outdated');
        this.learners.set(holder.learner, body.version);
        return this.#grant(200, holder.learner, false);
      case 'DELETE /consent':
        this.signOut(holder.learner);
        return { status: 204 };
      default:
        return problem(404, 'not_found');
    }
  }

  /** @param {number} status @param {string} learner @param {boolean} byCookie @returns {Answer} */
  #grant(status, learner, byCookie) {
    const consent = this.learners.get(learner) ?? null;
    const token = `access.${this.tokens.size}.${randomUUID()}`;
    this.tokens.set(token, { learner, consent });
    const kept = byCookie ? {} : { refresh_token: `refresh.${learner}` };
    const said = { learner, access_token: token, token_type: 'Bearer', expires_in: this.expiresIn, ...kept };
    const cookie = `loa_device=refresh.${learner}; HttpOnly; SameSite=Lax; Path=/; Max-Age=15552000`;
    return {
      status,
      body: { ...said, consent: consent === this.version },
      headers: byCookie ? { 'set-cookie': cookie } : {},
    };
  }
}

/** One connection; of the protocol of WebSockets as much as browsers use for small messages. */
export class FakeSocket {
  /** @type {any[]} */
  said = [];
  /** @type {Buffer[]} */
  frames = [];
  learner = '';
  #rest = Buffer.alloc(0);

  /** @param {FakeServer} fake @param {import('node:http').IncomingMessage} request @param {import('node:stream').Duplex} socket */
  constructor(fake, request, socket) {
    this.fake = fake;
    this.socket = socket;
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        `Sec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: loa.v1\r\n\r\n`,
    );
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      this.#rest = Buffer.concat([this.#rest, chunk]);
      while (this.#takeMessage());
    });
  }

  /** @param {object} message */
  send(message) {
    this.#write(1, Buffer.from(JSON.stringify(message)));
  }

  /** @param {number} code */
  close(code) {
    const reason = Buffer.alloc(2);
    reason.writeUInt16BE(code);
    this.#write(8, reason);
    this.socket.end();
  }

  /** @param {number} kind @param {Buffer} payload of less than 64 KiB */
  #write(kind, payload) {
    if (this.socket.destroyed || this.socket.writableEnded) return;
    const short = payload.length < 126;
    const head = Buffer.alloc(short ? 2 : 4);
    head[0] = 0x80 | kind;
    head[1] = short ? payload.length : 126;
    if (!short) head.writeUInt16BE(payload.length, 2);
    this.socket.write(Buffer.concat([head, payload]));
  }

  /** @returns {boolean} whether there was a whole message */
  #takeMessage() {
    const bytes = this.#rest;
    if (bytes.length < 6) return false;
    const short = bytes[1] & 0x7f;
    if (short === 127) throw new Error('a message of 64 KiB or more');
    const at = short === 126 ? 4 : 2;
    const length = short === 126 ? bytes.readUInt16BE(2) : short;
    if (bytes.length < at + 4 + length) return false;
    const mask = bytes.subarray(at, at + 4);
    const payload = bytes.subarray(at + 4, at + 4 + length).map((byte, index) => byte ^ mask[index % 4]);
    this.#rest = bytes.subarray(at + 4 + length);
    const kind = bytes[0] & 0x0f;
    if (kind === 1) this.#hear(JSON.parse(Buffer.from(payload).toString()));
    else if (kind === 2) this.#look(Buffer.from(payload));
    else if (kind === 8) this.close(payload.length >= 2 ? Buffer.from(payload).readUInt16BE(0) : 1000);
    return true;
  }

  /** @param {any} message */
  #hear(message) {
    this.said.push(message);
    if (message.type !== 'hello') return this.fake.hear?.(this, message);
    const holder = this.fake.tokens.get(message.token);
    if (!holder) {
      this.send({ type: 'error', code: 'token_signed_out', message: 'fetch a new one', retry: true });
      return;
    }
    this.learner = holder.learner;
    const consent = this.fake.learners.get(holder.learner) === this.fake.version;
    this.send({
      type: 'welcome',
      protocol: 'loa.v1',
      server: 'loa/fake',
      session: '1',
      resume: 'secret',
      rate: 2,
      limits: LIMITS,
      learner: holder.learner,
      consent,
      ...this.fake.welcome,
    });
  }

  /** @param {Buffer} frame */
  #look(frame) {
    this.frames.push(frame);
    if (this.fake.look) this.send({ type: 'verdict', seq: frame.readUInt32LE(4), presence: 'face', eyes: 'open', closed: 0.1 });
  }
}
