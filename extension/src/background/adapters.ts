/** The sites' adapters: the server's, asked for once an hour at most; else the built-in ones. */

import { ADAPTERS_BYTES, readAdapters, type Adapters } from '../adapters.js';
import { readLimited } from './limited.js';

const KEY = 'adapters';
const HOUR_MS = 3_600_000;
const ANSWER_WITHIN_MS = 5_000;

/** `adapters`: as it came, to be checked whenever it is used; null: the server has none. */
interface Kept {
  server: string;
  at: number;
  adapters: unknown;
}

const NONE: Adapters = { version: 1, sites: [] };

async function builtIn(): Promise<Adapters> {
  const file = await fetch(chrome.runtime.getURL('adapters.json'));
  return readAdapters(await file.json()) ?? NONE;
}

async function ask(server: string): Promise<unknown> {
  try {
    const answer = await fetch(`${server}/adapters.json`, {
      credentials: 'omit',
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    if (!answer.ok) return null;
    return readAdapters(JSON.parse(await readLimited(answer, ADAPTERS_BYTES)));
  } catch {
    return null;
  }
}

let asking: Promise<Kept> | null = null;

async function renew(server: string): Promise<Kept> {
  const kept: Kept = { server, at: Date.now(), adapters: await ask(server) };
  await chrome.storage.local.set({ [KEY]: kept });
  return kept;
}

const isFresh = ({ server: of, at }: Kept, server: string): boolean => {
  const age = Date.now() - at;
  return of === server && age >= 0 && age < HOUR_MS;
};

/** Those of a server, or built in. */
export async function adaptersFor(server: string): Promise<Adapters> {
  let kept = (await chrome.storage.local.get(KEY))[KEY] as Kept | undefined;
  if (!kept || !isFresh(kept, server)) kept = await (asking ??= renew(server).finally(() => (asking = null)));
  const theirs = kept.server === server ? readAdapters(kept.adapters) : null;
  return theirs ?? builtIn().catch(() => NONE);
}
