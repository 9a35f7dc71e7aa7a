/** The server's address: what may be typed, and who answers there. */

const ANSWER_WITHIN_MS = 5000;

/** `plain`: over the network without encryption. */
export type Address = { origin: string; plain: boolean } | { wrong: 'empty' | 'bad' };

/** Who answers: a Loa server and how it is, somebody else, or nobody. */
export type Health = 'ready' | 'degraded' | 'starting' | 'stopping' | 'unreachable' | 'stranger' | 'redirect';

const HEALTHS: readonly unknown[] = ['ready', 'degraded', 'starting', 'stopping'] satisfies Health[];

/** This computer, by the names that browsers trust as well. */
const isHere = (hostname: string): boolean => /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);

/** Reads an address as people type it: without a scheme, or with a path behind it. */
export function readAddress(text: string): Address {
  const typed = text.trim();
  if (!typed) return { wrong: 'empty' };
  const schemed = /^[a-z][a-z\d+.-]*:\/\//i.test(typed) ? typed : `${guessScheme(typed)}://${typed}`;
  let url: URL;
  try {
    url = new URL(schemed);
  } catch {
    return { wrong: 'bad' };
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return { wrong: 'bad' };
  if (/[^\w.:[\]-]/.test(url.hostname)) return { wrong: 'bad' };
  return { origin: url.origin, plain: url.protocol === 'http:' && !isHere(url.hostname) };
}

/** A server on this computer has no certificate. */
function guessScheme(typed: string): string {
  const [host] = /^(\[[^\]]*\]|[^/:?#]*)/.exec(typed) ?? [''];
  return isHere(host.toLowerCase()) ? 'http' : 'https';
}

/** Asks who answers. It takes the permission for the origin. */
export async function checkHealth(origin: string): Promise<Health> {
  let answer: Response;
  try {
    answer = await fetch(`${origin}/health/ready`, {
      credentials: 'omit',
      cache: 'no-store',
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
  } catch {
    return 'unreachable';
  }
  if (answer.type === 'opaqueredirect') return 'redirect';
  try {
    const { status, workers }: { status?: unknown; workers?: unknown } = await answer.json();
    return typeof workers === 'number' && HEALTHS.includes(status) ? (status as Health) : 'stranger';
  } catch {
    return 'stranger';
  }
}

/** An entry link of this server, or why it is none: nothing was typed, it is no such link, or it is another server's. */
export function readLink(text: string, server: string): { link: string } | { wrong: 'empty' | 'bad' | 'other'; origin: string } {
  const typed = text.trim();
  if (!typed) return { wrong: 'empty', origin: '' };
  let url: URL;
  try {
    url = new URL(typed);
  } catch {
    return { wrong: 'bad', origin: '' };
  }
  if (url.pathname !== '/enter' || !url.searchParams.get('token')) return { wrong: 'bad', origin: '' };
  if (url.origin !== server) return { wrong: 'other', origin: url.origin };
  return { link: url.href };
}
