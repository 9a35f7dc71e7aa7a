import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './bundle.mjs';

const { Learner, entryToken, Forms, DEFAULTS, readReport, fetchReport, joinReports } = await load(
  `export * from './hub/learner.ts'; export * from './hub/forms.ts'; export * from './hub/report.ts'; export { DEFAULTS } from './messages.ts'`,
);
const HERE = 'https://loa.example';

/** A made-up server: answers by "METHOD /path", and what it was asked. @param {Record<string, [number, object]>} answers */
function serverOf(answers) {
  /** @type {{what: string, body: any, headers: any}[]} */
  const asked = [];
  const fetch = async (/** @type {string} */ url, /** @type {any} */ { method, body, headers }) => {
    const what = `${method} ${url.replace(/^https:\/\/[^/]+\/api\/v1/, '')}`;
    asked.push({ what: `${method} ${url}`, body: body && JSON.parse(body), headers });
    const answer = answers[what];
    if (!answer) throw new TypeError('failed to fetch');
    return new Response(answer[0] === 204 ? null : JSON.stringify(answer[1]), { status: answer[0] });
  };
  return { asked, fetch };
}

/** @param {Record<string, unknown>} [kept] */
const keeperOf = (kept = {}) => ({
  kept,
  load: async (/** @type {string} */ key) => structuredClone(kept[key] ?? null),
  save: async (/** @type {string} */ key, /** @type {unknown} */ value) => void (kept[key] = structuredClone(value)),
});
const tokens = (/** @type {object} */ more = {}) => ({ learner: 'me', access_token: 'access', expires_in: 900, refresh_token: 'refresh', consent: true, ...more });

test('a token is for its own server only', async () => {
  const keeper = keeperOf({ token: { 'https://other.example': { token: 'theirs', guest: true } } });
  const { fetch, asked } = serverOf({ 'POST /guests': [201, tokens()] });
  const learner = new Learner(HERE, keeper, fetch);
  await assert.rejects(learner.token(''), { code: 'token_missing' });
  assert.deepEqual(asked, [], 'nothing to show to this one');
  await learner.agree('v1');
  assert.deepEqual(asked[0].body.consent, 'v1');
  assert.deepEqual(keeper.kept.token, { 'https://other.example': { token: 'theirs', guest: true }, [HERE]: { token: 'refresh', guest: true } });
  assert.equal(await learner.token(''), 'access');
  await learner.signOut();
  assert.deepEqual(Object.keys(/** @type {object} */ (keeper.kept.token)), ['https://other.example']);
});

test('no token of a learner who has not agreed', async () => {
  const keeper = keeperOf({ token: { [HERE]: { token: 'refresh', guest: true } } });
  const { fetch } = serverOf({ 'POST /tokens': [200, tokens({ consent: false })] });
  await assert.rejects(new Learner(HERE, keeper, fetch).token(''), { code: 'no_consent', retry: false });
});

test('an entry link is one of this server', () => {
  assert.equal(entryToken(` ${HERE}/enter?token=a.b&next=/me `, HERE), 'a.b');
  for (const link of [`https://evil.example/enter?token=a`, `${HERE}/other?token=a`, `${HERE}/enter`, 'x', `${HERE}.evil.example/enter?token=a`]) {
    assert.equal(entryToken(link, HERE), null, link);
  }
});

test('signing in by a link', async () => {
  const keeper = keeperOf();
  const { fetch, asked } = serverOf({ 'POST /tokens': [200, tokens({ learner: 'ada' })] });
  const learner = new Learner(HERE, keeper, fetch);
  await learner.signIn(`${HERE}/enter?token=entry`);
  assert.deepEqual(asked[0].body, { entry_token: 'entry' });
  assert.equal(learner.account.learner.learner, 'ada');
  assert.equal(learner.guest, false);
  assert.deepEqual(keeper.kept.token, { [HERE]: { token: 'refresh', guest: false } });
  const next = new Learner(HERE, keeper, fetch);
  await next.find();
  assert.equal(next.guest, false, 'after the hub was made anew');
});

test('links to pages of the server let the learner in, if it can; never lead elsewhere', async () => {
  const keeper = keeperOf({ token: { [HERE]: { token: 'refresh', guest: true } } });
  const link = async (/** @type {[number, object]} */ entry) => {
    const { fetch } = serverOf({ 'POST /tokens': [200, tokens()], 'POST /me/entry': entry });
    return new Learner(HERE, keeper, fetch).link('/sessions/1');
  };
  assert.equal(await link([200, { url: '/enter?token=e&next=/sessions/1' }]), `${HERE}/enter?token=e&next=/sessions/1`);
  assert.equal(await link([404, { code: 'not_found' }]), `${HERE}/sessions/1`);
  assert.equal(await link([200, { url: 'https://evil.example/' }]), `${HERE}/sessions/1`);
  await assert.rejects(link([500, { code: 'internal' }]), { code: 'internal' });
});

test('a report', () => {
  const answer = {
    report: { running: false, totals: { attentive_ms: 60_000, drowsy_ms: 5_000, unknown_ms: 1_000, paused_ms: 9_000 } },
    events: [
      { kind: 'drowsy', started: '2026-01-01T00:00:00Z', ended: '2026-01-01T00:00:05Z', lecture_seconds: 12.5 },
      { kind: 'absent', started: '2026-01-01T00:00:00Z', ended: null, lecture_seconds: null },
      { kind: 'of a later server' },
    ],
    quizzes: [{ answer: { correct: true } }, { answer: { correct: false } }, { answer: null }],
  };
  assert.deepEqual(readReport('1', 'u', answer), {
    session: '1',
    url: 'u',
    watchedMs: 66_000,
    attentiveMs: 60_000,
    moments: [
      { kind: 'drowsy', at_s: 12.5, lasted_ms: 5000 },
      { kind: 'absent', at_s: null, lasted_ms: 0 },
    ],
    right: 1,
    asked: 2,
  });
});

test('reports of one lecture are one', () => {
  const part = { session: '1', url: 'u1', watchedMs: 10, attentiveMs: 5, moments: [{ kind: 'absent', at_s: 1, lasted_ms: 2 }], right: 1, asked: 2 };
  const sum = joinReports([part, { ...part, session: '2', url: 'u2' }]);
  assert.deepEqual({ ...sum, moments: sum.moments.length }, { session: '2', url: 'u2', watchedMs: 20, attentiveMs: 10, moments: 2, right: 2, asked: 4 });
});

test('a report is asked for until its end is written; one that is not there is none', async () => {
  const answers = [null, { report: { running: true } }, { report: { running: false, totals: { attentive_ms: 1 } } }];
  const wait = async () => {};
  const report = await fetchReport('1', HERE, async () => answers.shift() ?? assert.fail('asked too often'), wait).catch(() => null);
  assert.equal(report.attentiveMs, 1);
  assert.equal(report.url, `${HERE}/sessions/1`);
  const none = await fetchReport('1', HERE, async () => Promise.reject(new Error('away')), wait);
  assert.deepEqual([none.url, none.watchedMs], [null, 0]);
});

/** Forms over a desk that only remembers. @param {Record<string, [number, object]>} answers */
function formsOf(answers, keeper = keeperOf(), allowed = true) {
  const { fetch, asked } = serverOf(answers);
  /** @type {string[]} */
  const done = [];
  const desk = Object.fromEntries(['drop', 'use', 'tryAgain', 'pause', 'resume', 'stop'].map((name) => [name, () => void done.push(name)]));
  const makeLearner = (/** @type {string} */ server) => new Learner(server, keeper, fetch);
  const house = { settings: { ...DEFAULTS, server: HERE }, learner: makeLearner(HERE), server: 'unknown' };
  const forms = new Forms(house, { ...desk, watched: null, view: null }, keeper, makeLearner, async () => allowed);
  /** @type {any[]} */
  const heard = [];
  const port = { postMessage: (/** @type {any} */ message) => void heard.push(message) };
  forms.come(port);
  const say = async (/** @type {object} */ message) => {
    await forms.hear(port, message);
    return heard.filter(({ type }) => type === 'done').at(-1);
  };
  const status = async () => {
    await new Promise((resolve) => setTimeout(resolve, 250));
    return heard.filter(({ type }) => type === 'status').at(-1)?.status;
  };
  return { say, status, done, house, asked, keeper };
}

test('agreeing goes on with what waited for it', async () => {
  const forms = formsOf({ 'POST /guests': [201, tokens()] });
  await forms.say({ type: 'watch' });
  assert.deepEqual(await forms.status(), { server: 'ok', learner: null, guest: true, consent: false, title: null, view: null });
  assert.deepEqual(await forms.say({ type: 'agree', version: 'v1' }), { type: 'done', of: 'agree', error: null });
  assert.deepEqual(forms.done, ['tryAgain']);
  assert.deepEqual(await forms.status(), { server: 'ok', learner: 'me', guest: true, consent: true, title: null, view: null });
});

test('why it was not done', async () => {
  const outdated = formsOf({ 'POST /guests': [409, { code: 'consent_outdated', detail: 'another text' }] });
  assert.deepEqual((await outdated.say({ type: 'agree', version: 'v0' })).error, { code: 'consent_outdated', detail: 'another text' });
  const away = formsOf({});
  assert.equal((await away.say({ type: 'agree', version: 'v1' })).error.code, 'unreachable');
  const forbidden = formsOf({}, keeperOf(), false);
  assert.equal((await forbidden.say({ type: 'agree', version: 'v1' })).error.code, 'server_permission');
  assert.equal((await forbidden.say({ type: 'sign-in', link: 'x' })).error.code, 'bad_link');
  assert.deepEqual(forbidden.done, []);
});

test('another server is another learner, and nothing is watched any more', async () => {
  const keeper = keeperOf({ settings: { ...DEFAULTS, server: 'https://new.example' }, token: { [HERE]: { token: 'old', guest: true } } });
  const forms = formsOf({ 'POST /tokens': [200, tokens()] }, keeper);
  await forms.say({ type: 'watch' });
  assert.equal(forms.asked.length, 1);
  await forms.say({ type: 'changed' });
  assert.deepEqual(forms.done, ['drop', 'use', 'tryAgain']);
  assert.equal(forms.asked.length, 1, 'the new one is not shown what belongs to the old one');
  assert.equal((await forms.status()).learner, null);
});

test('withdrawing ends what is watched first', async () => {
  const keeper = keeperOf({ token: { [HERE]: { token: 'refresh', guest: true } } });
  const forms = formsOf({ 'POST /tokens': [200, tokens()], 'DELETE /consent': [204, {}] }, keeper);
  assert.equal((await forms.say({ type: 'withdraw' })).error, null);
  assert.deepEqual(forms.done, ['drop']);
  assert.ok(forms.asked.some(({ what }) => what.startsWith('DELETE')));
});
