/**
 * The learner's account on a Loa server: guests, tokens and consent, over the HTTP API below /api/v1.
 *
 * It touches no DOM. A page of the server itself uses the cookie that the server sets; anybody else (an extension, a
 * program) hands in `storage`, which keeps the refresh token. Access tokens live in this object alone.
 *
 * @module loa-account
 */

import { readCues } from './loa-quiz-wire.js';

/** How long an answer of the server may take, ms. */
const ANSWER_WITHIN_MS = 10_000;
/** An access token is fetched anew so long before it runs out, ms; of short-lived ones after three quarters of their life. */
const SPARE_MS = 60_000;
/** Refusals of an access token that a new one may mend. */
const RENEWABLE = new Set(['token_expired', 'token_signed_out']);

/**
 * @typedef {object} Storage where the refresh token is kept
 * @property {() => Promise<string | null>} load
 * @property {(token: string | null) => Promise<void>} save null: there is none any more
 *
 * @typedef {{version: string, language: string, text: string, texts: Record<string, string>}} ConsentText
 * @typedef {{learner: string, consent: boolean}} Learner `consent`: whether the current version is agreed to
 * @typedef {{version?: string, name?: string, timezone?: string}} Wishes `version`: of the consent text that the learner
 *   has agreed to
 *
 * @typedef {object} Options
 * @property {string} [server] its origin, as https://loa.example; none: the page's own
 * @property {Storage} [storage] none: the server's cookie
 * @property {typeof fetch} [fetch]
 * @property {() => number} [now] a monotonic clock, ms
 * @property {number} [timeoutMs]
 */

/** Why the server did not do what was asked. */
export class AccountError extends Error {
  /**
   * @param {string} code of the problem document, or `unreachable`, `timeout`, `malformed`
   * @param {string} detail a sentence
   * @param {number} [status] of HTTP; 0: there was no answer
   * @param {number | null} [retryAfter] s until trying again is of use, as the server says
   */
  constructor(code, detail, status = 0, retryAfter = null) {
    super(detail || code);
    this.name = 'AccountError';
    this.code = code;
    this.detail = detail;
    this.status = status;
    this.retryAfter = retryAfter;
  }

  /** Whether the same request may succeed later. */
  get retry() {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

export class LoaAccount {
  /** What the last answer said; null: nothing is known yet. @type {Learner | null} */
  learner = null;

  #token = '';
  /** When the access token is to be replaced, by `now`. */
  #staleAt = 0;
  /** The request for an access token that is on its way. @type {Promise<string> | null} */
  #fetching = null;
  /** The guest that is being made. @type {Promise<string> | null} */
  #making = null;
  /** Requests for tokens are numbered: an answer to one from before `#newest` no longer counts. */
  #asked = 0;
  #newest = 0;

  /** @param {Options} [options] */
  constructor(options = {}) {
    this.options = options;
  }

  /**
   * An access token, of the cache if that still holds. Rejects with a status of 401 when this device has no learner.
   * @param {string} [refused] a token that the server no longer takes
   * @returns {Promise<string>}
   */
  async accessToken(refused = '') {
    if (refused && refused === this.#token) this.forget();
    if (this.#token && this.#now() < this.#staleAt) return this.#token;
    const fetching = (this.#fetching ??= this.#refresh());
    try {
      return await fetching;
    } finally {
      if (this.#fetching === fetching) this.#fetching = null;
    }
  }

  /** The next access token comes from the server. */
  forget() {
    this.#newest = ++this.#asked;
    this.#token = '';
    this.#fetching = null;
    this.learner = null;
  }

  /**
   * The learner of this device, made if there is none; with a `version`, consent is given along.
   * @param {Wishes} [wishes] @returns {Promise<Learner>}
   */
  async ensureGuest({ version, name, timezone } = {}) {
    try {
      await this.accessToken();
    } catch (error) {
      if (!(error instanceof AccountError) || error.status !== 401) throw error;
      await this.#makeGuest({ name, timezone, consent: version });
    }
    if (version !== undefined && !this.learner?.consent) await this.giveConsent(version);
    return this.#known();
  }

  /** One guest, however often it is asked for at a time.
   * @param {{name?: string, timezone?: string, consent?: string}} wishes */
  async #makeGuest(wishes) {
    const cookie = this.options.storage ? {} : { cookie: true };
    const making = (this.#making ??= this.#beginAsGuest({ ...wishes, ...cookie }));
    try {
      await making;
    } finally {
      if (this.#making === making) this.#making = null;
    }
  }

  /** A time zone that only this device knows is left out. @param {{timezone?: string}} wishes */
  async #beginAsGuest(wishes) {
    try {
      return await this.#begin('/guests', wishes);
    } catch (error) {
      if (!(error instanceof AccountError) || error.code !== 'bad_timezone' || !wishes.timezone) throw error;
      return this.#begin('/guests', { ...wishes, timezone: undefined });
    }
  }

  /** The text that holds now, in the reader's language. @returns {Promise<ConsentText>} */
  async consentText() {
    const text = await this.#ask('GET', '/consent');
    if (typeof text.version !== 'string' || typeof text.text !== 'string') throw malformed();
    return /** @type {ConsentText} */ (/** @type {unknown} */ (text));
  }

  /**
   * Rejects with the code `consent_outdated` when another version holds by now.
   * @param {string} version @returns {Promise<Learner>}
   */
  async giveConsent(version) {
    await this.#asLearner((token) => this.#begin('/consent', { version }, token));
    return this.#known();
  }

  /** Access tokens of before are void, and sockets are closed by the server. */
  async withdrawConsent() {
    await this.#asLearner((token) => this.#ask('DELETE', '/consent', undefined, token));
    this.forget();
  }

  /**
   * The cues of a subtitle file (WebVTT or SRT), as the WebSocket's `transcript` takes them. Rejects with the code
   * `no_subtitles` and a sentence when it is none.
   * @param {Blob} file @returns {Promise<import('./loa-quiz-wire.js').Cue[]>}
   */
  async readSubtitles(file) {
    const answer = await this.#asLearner((token) => this.#ask('POST', '/subtitles', file, token));
    const cues = readCues(answer.cues);
    if (!cues) throw malformed();
    return cues;
  }

  #now() {
    return this.options.now ? this.options.now() : performance.now();
  }

  #known() {
    if (!this.learner) throw malformed();
    return this.learner;
  }

  /** @returns {Promise<string>} */
  async #refresh() {
    const newest = this.#newest;
    const { storage } = this.options;
    const kept = storage ? await storage.load() : null;
    if (storage && !kept) throw new AccountError('token_missing', 'this device has no learner yet', 401);
    try {
      return await this.#begin('/tokens', kept ? { refresh_token: kept } : {});
    } catch (error) {
      const unknown = error instanceof AccountError && error.status === 401;
      if (unknown && newest === this.#newest) await storage?.save(null);
      throw error;
    }
  }

  /** Asks for tokens and keeps them. @param {string} path @param {object} body @param {string} [token] */
  async #begin(path, body, token) {
    const mine = ++this.#asked;
    const askedAt = this.#now();
    const answer = await this.#ask('POST', path, body, token);
    const { access_token: access, expires_in: seconds, refresh_token: kept } = answer;
    if (typeof access !== 'string' || typeof seconds !== 'number' || typeof answer.learner !== 'string') throw malformed();
    if (mine < this.#newest) return this.#token || access;
    this.#newest = mine;
    this.#token = access;
    this.#staleAt = askedAt + Math.max(seconds * 1000 - SPARE_MS, seconds * 750);
    this.learner = { learner: answer.learner, consent: answer.consent === true };
    if (typeof kept === 'string') await this.options.storage?.save(kept);
    return access;
  }

  /** Once more with a new token, if the server takes the one of the cache no longer.
   * @template T @param {(token: string) => Promise<T>} act @returns {Promise<T>} */
  async #asLearner(act) {
    const token = await this.accessToken();
    try {
      return await act(token);
    } catch (error) {
      if (!(error instanceof AccountError) || !RENEWABLE.has(error.code)) throw error;
      return act(await this.accessToken(token));
    }
  }

  /**
   * @param {string} method @param {string} path @param {object} [body] a blob goes as it is @param {string} [token]
   * @returns {Promise<Record<string, unknown>>}
   */
  async #ask(method, path, body, token) {
    const { server = '', storage, timeoutMs = ANSWER_WITHIN_MS } = this.options;
    const send = this.options.fetch ?? globalThis.fetch;
    /** @type {Record<string, string>} */
    const headers = { accept: 'application/json' };
    const raw = body instanceof Blob;
    if (body) headers['content-type'] = raw ? 'application/octet-stream' : 'application/json';
    if (token) headers.authorization = `Bearer ${token}`;
    let response;
    let text;
    try {
      response = await send(`${server}/api/v1${path}`, {
        method,
        headers,
        body: raw ? body : body && JSON.stringify(body),
        credentials: storage ? 'omit' : 'same-origin',
        cache: 'no-store',
        signal: AbortSignal.timeout(timeoutMs),
      });
      text = await response.text();
    } catch (error) {
      const late = error instanceof Error && error.name === 'TimeoutError';
      throw late
        ? new AccountError('timeout', `no answer within ${timeoutMs} ms`)
        : new AccountError('unreachable', 'the server does not answer');
    }
    if (!response.ok) throw readProblem(response, text);
    return text === '' ? {} : readObject(text);
  }
}

const malformed = () => new AccountError('malformed', 'the answer was not understood', 502);

/** @param {string} text @returns {Record<string, unknown>} */
function readObject(text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformed();
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed();
  return value;
}

/** @param {Response} response @param {string} text of a problem document, or of whatever stands in between */
function readProblem(response, text) {
  /** @type {Record<string, unknown>} */
  let problem = {};
  try {
    problem = readObject(text);
  } catch {
    // A proxy's own page: the status has to do.
  }
  const code = typeof problem.code === 'string' ? problem.code : `http_${response.status}`;
  const detail = typeof problem.detail === 'string' ? problem.detail : '';
  return new AccountError(code, detail, response.status, readRetryAfter(response.headers.get('retry-after')));
}

/** Seconds, or a date. @param {string | null} value */
function readRetryAfter(value) {
  if (!value) return null;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : null;
}
