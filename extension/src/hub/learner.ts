/** The learner of this device, on the server of the settings: tokens, consent, links. */

import { AccountError, LoaAccount } from '../../../web/loa-account.js';
import { asObject, asText } from '../../../web/loa-wire.js';
import { webOrigin } from '../settings.js';

const ANSWER_WITHIN_MS = 10_000;

/** Kept under the key `token`, by the server's origin: no server is given another one's. */
interface Kept {
  token: string;
  guest: boolean;
}

/** Keeps things; the background does. */
export interface Keeper {
  load(key: string): Promise<unknown>;
  save(key: string, value: unknown): Promise<void>;
}

/** The token in a link for entering, if it is one of this server's; null: it is none. */
export function entryToken(link: string, server: string): string | null {
  const address = link.trim();
  if (webOrigin(address) !== server) return null;
  const url = new URL(address);
  return url.pathname === '/enter' ? url.searchParams.get('token') || null : null;
}

export class Learner {
  readonly account: LoaAccount;
  /** False: signed in by an entry link. */
  guest = true;
  #saving: Promise<void> = Promise.resolve();
  /** What the next token to be kept belongs to. */
  #signsIn = false;

  constructor(
    readonly server: string,
    private readonly keeper: Keeper,
    private readonly fetch: typeof globalThis.fetch = (...all) => globalThis.fetch(...all),
  ) {
    this.account = new LoaAccount({
      server,
      storage: { load: () => this.#load(), save: (token) => this.#save(token) },
      fetch: this.fetch,
    });
  }

  /** An access token of a learner who agrees: nothing is sent of anybody else. As `token` of loa-client.js wants it. */
  async token(refused: string): Promise<string> {
    const { account } = this;
    const token = await account.accessToken(refused);
    if (!account.learner?.consent) throw new AccountError('no_consent', 'the learner has not agreed', 403);
    return token;
  }

  /** Asks the server who this is. Rejects when it does not answer; a device without a learner is an answer. */
  async find(): Promise<void> {
    try {
      await this.account.accessToken();
    } catch (error) {
      if (!(error instanceof AccountError) || error.retry) throw error;
    }
  }

  async agree(version: string): Promise<void> {
    const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    await this.account.ensureGuest({ version, timezone });
  }

  /** Becomes the learner of an entry link. Rejects with `bad_link` when it is none of this server's. */
  async signIn(link: string): Promise<void> {
    const entry = entryToken(link, this.server);
    if (entry === null) throw new AccountError('bad_link', '', 400);
    const answer = asObject(await this.#ask('POST', '/tokens', { entry_token: entry }, null));
    const refresh = asText(answer.refresh_token);
    if (!refresh) throw new AccountError('malformed', 'the answer was not understood', 502);
    this.account.forget();
    this.#signsIn = true;
    await this.#save(refresh);
    await this.account.accessToken();
  }

  async signOut(): Promise<void> {
    this.account.forget();
    await this.#save(null);
  }

  /** One of the learner's sessions; null: the server knows none. */
  async session(id: string): Promise<Record<string, unknown> | null> {
    try {
      return await this.#asLearner('GET', `/sessions/${id}`);
    } catch (error) {
      if (error instanceof AccountError && error.status === 404) return null;
      throw error;
    }
  }

  /** A link to a page of the server that lets the learner in. Servers of before make none: then the browser has to know the learner. */
  async link(page: string): Promise<string> {
    try {
      const { url } = await this.#asLearner('POST', '/me/entry', { next: page });
      const link = new URL(asText(url), this.server);
      if (link.origin === this.server) return link.href;
    } catch (error) {
      const old = error instanceof AccountError && (error.status === 404 || error.status === 405);
      if (!old) throw error;
    }
    return this.server + page;
  }

  async #asLearner(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    const { account } = this;
    const token = await account.accessToken();
    try {
      return await this.#ask(method, path, body, token);
    } catch (error) {
      if (!(error instanceof AccountError) || error.status !== 401) throw error;
      return this.#ask(method, path, body, await account.accessToken(token));
    }
  }

  async #ask(method: string, path: string, body: object | undefined, token: string | null): Promise<Record<string, unknown>> {
    let response;
    let answer: Record<string, unknown>;
    try {
      response = await this.fetch(`${this.server}/api/v1${path}`, {
        method,
        headers: {
          accept: 'application/json',
          ...(body ? { 'content-type': 'application/json' } : {}),
          ...(token ? { authorization: `Bearer ${token}` } : {}),
        },
        body: body && JSON.stringify(body),
        credentials: 'omit',
        cache: 'no-store',
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
      answer = asObject(await response.json().catch(() => null));
    } catch {
      throw new AccountError('unreachable', 'the server does not answer');
    }
    if (!response.ok) {
      throw new AccountError(asText(answer.code) || `http_${response.status}`, asText(answer.detail), response.status);
    }
    return answer;
  }

  async #load(): Promise<string | null> {
    await this.#saving;
    const { token, guest } = asObject(asObject(await this.keeper.load('token'))[this.server]);
    this.guest = guest !== false;
    return asText(token) || null;
  }

  /** One after the other: what is kept of other servers is read first. */
  #save(token: string | null): Promise<void> {
    if (this.#signsIn) this.guest = false;
    else if (token === null) this.guest = true;
    this.#signsIn = false;
    const mine: Kept | null = token === null ? null : { token, guest: this.guest };
    const saving = this.#saving.then(async () => {
      const { [this.server]: _, ...others } = asObject(await this.keeper.load('token'));
      await this.keeper.save('token', mine ? { ...others, [this.server]: mine } : others);
    });
    this.#saving = saving.catch(() => {});
    return saving;
  }
}
