/** The account module, over real HTTP against a made-up server. */

import assert from 'node:assert/strict';
import { after, beforeEach, describe, test } from 'node:test';
import { AccountError, LoaAccount } from '../../web/loa-account.js';
import { FakeServer, problem } from './fake.mjs';

/** A browser keeps cookies; Node's fetch does not. */
function cookieFetch() {
  let cookie = '';
  return async (url, init) => {
    assert.equal(init.credentials, 'same-origin');
    const response = await fetch(url, { ...init, headers: { ...init.headers, cookie } });
    const set = response.headers.get('set-cookie');
    if (set) cookie = set.split(';')[0];
    return response;
  };
}

function memory(token = null) {
  const saved = [];
  return {
    saved,
    load: async () => token,
    save: async (next) => {
      token = next;
      saved.push(next);
    },
  };
}

describe('an account', { timeout: 30_000 }, () => {
  /** @type {FakeServer} */
  let fake;
  let time = 0;
  beforeEach(async () => {
    await fake?.stop();
    fake = await FakeServer.start();
    time = 5000;
  });
  after(() => fake?.stop());
  const now = () => time;
  const withCookie = (more = {}) => new LoaAccount({ server: fake.url, fetch: cookieFetch(), now, ...more });
  const withStorage = (storage, more = {}) => new LoaAccount({ server: fake.url, storage, now, ...more });

  test('the first visit makes a guest that agrees, with a cookie and without a refresh token', async () => {
    const account = withCookie();
    const learner = await account.ensureGuest({ version: 'v1', timezone: 'Asia/Seoul' });
    assert.equal(learner.consent, true);
    assert.deepEqual(fake.bodies('POST /guests'), [{ timezone: 'Asia/Seoul', consent: 'v1', cookie: true }]);
    assert.equal(fake.tokens.get(await account.accessToken()).learner, learner.learner);
    assert.equal(fake.count('POST /tokens'), 1, 'the guest’s token is kept');
    assert.equal(fake.count('POST /consent'), 0);
  });

  test('a later visit is the same learner’s', async () => {
    const jar = cookieFetch();
    const first = await withCookie({ fetch: jar }).ensureGuest({ version: 'v1' });
    const again = await withCookie({ fetch: jar }).ensureGuest({ version: 'v1' });
    assert.deepEqual(again, first);
    assert.equal(fake.count('POST /guests'), 1);
    assert.deepEqual(fake.bodies('POST /tokens').at(-1), {}, 'the cookie speaks');
  });

  test('a program keeps its refresh token, renewed with every use', async () => {
    const storage = memory();
    const { learner } = await withStorage(storage).ensureGuest({ version: 'v1', name: 'Kim' });
    assert.deepEqual(fake.bodies('POST /guests'), [{ name: 'Kim', consent: 'v1' }]);
    assert.deepEqual(storage.saved, [`refresh.${learner}`]);
    const later = withStorage(storage);
    await later.accessToken();
    assert.equal(later.learner.learner, learner);
    assert.deepEqual(fake.bodies('POST /tokens'), [{ refresh_token: `refresh.${learner}` }]);
    assert.equal(storage.saved.length, 2);
  });

  test('a program without a refresh token does not ask for an access token', async () => {
    const error = await withStorage(memory()).accessToken().catch((reason) => reason);
    assert.ok(error instanceof AccountError);
    assert.deepEqual([error.code, error.status, error.retry], ['token_missing', 401, false]);
    assert.equal(fake.asked.length, 0);
  });

  test('a refresh token of an erased learner is thrown away, and a new guest begins', async () => {
    const storage = memory('refresh.nobody');
    const account = withStorage(storage);
    await assert.rejects(account.accessToken(), { code: 'token_invalid', status: 401, retry: false });
    assert.deepEqual(storage.saved, [null]);
    assert.equal((await account.ensureGuest({ version: 'v1' })).consent, true);
  });

  test('a token is fetched anew shortly before it runs out, and one refused at once', async () => {
    const account = withCookie();
    await account.ensureGuest({ version: 'v1' });
    const first = await account.accessToken();
    time += 839_000;
    assert.equal(await account.accessToken(), first);
    time += 1_000;
    const second = await account.accessToken();
    assert.notEqual(second, first);
    assert.equal(await account.accessToken(first), second, 'another one was refused');
    assert.notEqual(await account.accessToken(second), second);
    fake.expiresIn = 40;
    account.forget();
    const short = await account.accessToken();
    time += 29_000;
    assert.equal(await account.accessToken(), short);
    time += 1_000;
    assert.notEqual(await account.accessToken(), short);
  });

  test('many who ask at once share one request, and one guest', async () => {
    const account = withCookie();
    const guests = await Promise.all([1, 2, 3].map(() => account.ensureGuest({ version: 'v1' })));
    assert.equal(new Set(guests.map(({ learner }) => learner)).size, 1);
    assert.deepEqual([fake.count('POST /tokens'), fake.count('POST /guests')], [1, 1]);
    account.forget();
    const tokens = await Promise.all([account.accessToken(), account.accessToken()]);
    assert.equal(tokens[0], tokens[1]);
    assert.equal(fake.count('POST /tokens'), 2);
  });

  test('a learner without consent gives it', async () => {
    const account = withCookie();
    assert.equal((await account.ensureGuest()).consent, false);
    const before = await account.accessToken();
    assert.equal((await account.ensureGuest({ version: 'v1' })).consent, true);
    const token = await account.accessToken();
    assert.notEqual(token, before, 'the token says so');
    assert.equal(fake.tokens.get(token).consent, 'v1');
  });

  test('a slow older answer does not take a newer consent away', async () => {
    const account = withCookie();
    await account.ensureGuest();
    account.forget();
    let letGo = () => {};
    const held = new Promise((resolve) => (letGo = () => resolve(undefined)));
    const jar = account.options.fetch;
    account.options.fetch = async (url, init) => {
      const response = await jar(url, init);
      account.options.fetch = jar;
      await held;
      return response;
    };
    const slow = account.accessToken();
    while (account.options.fetch !== jar) await new Promise((resolve) => setTimeout(resolve, 5));
    account.forget();
    await account.giveConsent('v1');
    letGo();
    await slow;
    assert.equal(account.learner.consent, true);
    assert.equal(fake.tokens.get(await account.accessToken()).consent, 'v1');
  });

  test('a time zone that the server does not know is left out', async () => {
    fake.instead.set('POST /guests', ({ body }) => (body.timezone ? problem(400, 'bad_timezone') : undefined));
    assert.equal((await withCookie().ensureGuest({ version: 'v1', timezone: 'Moon/Crater' })).consent, true);
    assert.equal(fake.count('POST /guests'), 2);
  });

  test('another version of the text is told apart', async () => {
    const account = withCookie();
    await assert.rejects(account.ensureGuest({ version: 'v0' }), { code: 'consent_outdated', status: 409, retry: false });
    await account.ensureGuest({ version: 'v1' });
    fake.version = 'v2';
    account.forget();
    await assert.rejects(account.ensureGuest({ version: 'v1' }), { code: 'consent_outdated' });
    assert.deepEqual((await account.consentText()).version, 'v2');
  });

  test('withdrawing makes the next token one without consent', async () => {
    const account = withCookie();
    await account.ensureGuest({ version: 'v1' });
    await account.withdrawConsent();
    assert.equal(account.learner, null);
    await account.accessToken();
    assert.equal(account.learner.consent, false);
  });

  test('a token that was signed out meanwhile is replaced once', async () => {
    const account = withCookie();
    const { learner } = await account.ensureGuest({ version: 'v1' });
    fake.signOut(learner);
    assert.equal((await account.giveConsent('v1')).consent, true);
    assert.equal(fake.count('POST /consent'), 2);
    fake.instead.set('DELETE /consent', () => problem(401, 'token_expired'));
    await assert.rejects(account.withdrawConsent(), { code: 'token_expired' });
    assert.equal(fake.count('DELETE /consent'), 2, 'once more, not for ever');
  });

  test('the text comes in the reader’s language, without a token', async () => {
    const fetchInKorean = (url, init) => fetch(url, { ...init, headers: { ...init.headers, 'accept-language': 'ko' } });
    const text = await withCookie({ fetch: fetchInKorean }).consentText();
    assert.deepEqual([text.version, text.language, text.text], ['v1', 'ko', fake.texts.ko]);
    assert.equal(fake.asked[0].headers.authorization, undefined);
  });

  test('refusals carry the server’s code, words and time to wait', async () => {
    const account = withCookie();
    const ask = () => account.accessToken().catch((error) => error);
    const answers = [
      [problem(429, 'too_many_guests', { 'retry-after': '7' }), ['too_many_guests', 'in words: too_many_guests', 7, true]],
      [problem(401, 'token_invalid'), ['token_invalid', 'in words: token_invalid', null, false]],
      [{ status: 502, body: '<html>a proxy</html>' }, ['http_502', '', null, true]],
      [{ status: 200, body: '[]' }, ['malformed', '', null, true]],
      [{ status: 200, body: { access_token: 7 } }, ['malformed', '', null, true]],
      ['hang up', ['unreachable', 'the server does not answer', null, true]],
    ];
    for (const [answer, expected] of answers) {
      fake.instead.set('POST /tokens', () => answer);
      const { code, detail, retryAfter, retry } = await ask();
      assert.deepEqual([code, code === 'malformed' ? '' : detail, retryAfter, retry], expected);
    }
    const date = new Date(Date.now() + 9_500).toUTCString();
    fake.instead.set('POST /tokens', () => problem(503, 'busy', { 'retry-after': date }));
    const { retryAfter } = await ask();
    assert.ok(retryAfter >= 8 && retryAfter <= 10, String(retryAfter));
    fake.instead.set('POST /tokens', () => problem(503, 'busy', { 'retry-after': 'soon' }));
    assert.equal((await ask()).retryAfter, null);
  });

  test('a server that is silent is not waited for', async () => {
    fake.instead.set('GET /consent', () => 'silence');
    const error = await withCookie({ timeoutMs: 100 }).consentText().catch((reason) => reason);
    assert.deepEqual([error.code, error.retry], ['timeout', true]);
    const stopped = withCookie();
    await fake.stop();
    await assert.rejects(stopped.consentText(), { code: 'unreachable', retry: true });
    fake = await FakeServer.start();
  });
});
