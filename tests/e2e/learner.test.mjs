/** What the client does about tokens, consent and lectures, with a made-up clock, socket and camera. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readLecture } from '../../web/lecture.js';
import { PlaybackPace } from '../../web/loa-pace.js';
import { WELCOME, assertSum, setUp, setUpOpen } from './world.mjs';

const refusal = (code) => ({ type: 'error', code, message: 'no', retry: true });
const hellos = ({ texts }) => texts.filter(({ type }) => type === 'hello').map(({ token }) => token);

/** Gives tokens t1, t2, ...; `asked` has what was said to be refused. */
function tokenMaker() {
  const asked = [];
  const token = async (refused) => {
    asked.push(refused);
    return `t${asked.length}`;
  };
  return { asked, token };
}

/** Connects, and leaves the hello without an answer. */
async function setUpUnanswered(options) {
  const all = setUp(options);
  all.client.start();
  await all.timers.pass(0);
  Object.assign(all.socket(), { readyState: 1 }).onopen();
  return all;
}

/* ---- tokens ---- */

test('asks for a token at every connection', async () => {
  const { asked, token } = tokenMaker();
  const { timers, socket } = await setUpOpen({ token });
  assert.deepEqual(hellos(socket()), ['t1']);
  socket().break();
  await timers.pass(500);
  socket().open();
  assert.deepEqual(hellos(socket()), ['t2']);
  assert.deepEqual(asked, ['', '']);
});

test('opens no socket before there is a token, and none at all once stopped meanwhile', async () => {
  let give;
  const { client, timers, sockets } = setUp({ token: () => new Promise((resolve) => (give = resolve)) });
  client.start();
  client.playback({ position_s: 3, playing: true });
  await timers.pass(2000);
  assert.equal(client.state.name, 'connecting');
  assert.equal(sockets.length, 0);
  give('late');
  await timers.pass(0);
  sockets[0].open();
  assert.deepEqual(hellos(sockets[0]), ['late']);
  assert.equal(sockets[0].texts.length, 1, 'nothing waited for the token');
  client.stop();
  client.start();
  client.stop();
  give('too late');
  await timers.pass(60_000);
  assert.equal(sockets.length, 1);
  assert.equal(client.state.name, 'idle');
  assert.equal(timers.count, 0);
});

for (const code of ['token_expired', 'token_signed_out']) {
  test(`says hello again, once, when told ${code}`, async () => {
    const { asked, token } = tokenMaker();
    const { client, timers, sockets, socket, of } = await setUpUnanswered({ token });
    socket().say(refusal(code));
    await timers.pass(0);
    assert.deepEqual(hellos(socket()), ['t1', 't2']);
    assert.deepEqual(asked, ['', 't1'], 'it is said which one was refused');
    socket().say(WELCOME);
    await timers.pass(0);
    assert.equal(client.state.name, 'open');
    assert.equal(socket().frames.length, 1);
    assert.equal(sockets.length, 1);
    assert.equal(of('problem').length, 0);
  });
}

test('stops with a clear state when a hello is refused for good', async () => {
  for (const [codes, name, reason] of [
    [['token_invalid'], 'failed', 'token_invalid'],
    [['token_audience'], 'failed', 'token_audience'],
    [['token_missing'], 'failed', 'token_missing'],
    [['token_expired', 'token_expired'], 'failed', 'token_expired'],
    [['token_expired', 'token_signed_out'], 'signed-out', 'token_signed_out'],
  ]) {
    const { client, timers, sockets, socket } = await setUpUnanswered();
    for (const code of codes) {
      socket().say(refusal(code));
      await timers.pass(0);
    }
    await timers.pass(300_000);
    assert.deepEqual([client.state.name, client.state.reason], [name, reason]);
    assert.equal(sockets.length, 1);
    assert.equal(timers.count, 0, 'no timer is left');
  }
});

test('a hello that the server does not understand is not said again and again', async () => {
  const { client, timers, socket } = await setUpUnanswered();
  socket().say({ type: 'error', code: 'bad_message', message: 'no such preset', retry: false });
  await timers.pass(300_000);
  assert.deepEqual([client.state.name, client.state.reason], ['failed', 'bad_message']);
});

test('an error of a later server before the welcome is told, and the welcome waited for', async () => {
  const { client, socket, of } = await setUpUnanswered();
  socket().say({ type: 'error', code: 'later', message: 'hm', retry: false });
  assert.equal(of('problem')[0].problem.code, 'later');
  socket().say(WELCOME);
  assert.equal(client.state.name, 'open');
  assert.equal(hellos(socket()).length, 1);
});

test('a token that cannot be had: a dead network is tried again, an unknown learner is not', async () => {
  let error = { code: 'unreachable', retry: true, retryAfter: 20 };
  const { client, timers, sockets } = setUp({ token: () => Promise.reject(error) });
  client.start();
  await timers.pass(0);
  assert.deepEqual([client.state.name, client.state.reason], ['waiting', 'unreachable']);
  assert.equal(client.state.retryAt, timers.time + 20_000, 'as long as the server asks');
  error = new Error('anything else');
  await timers.pass(20_000);
  assert.equal(client.state.name, 'waiting');
  error = { code: 'token_invalid', retry: false };
  await timers.pass(1_000);
  assert.deepEqual([client.state.name, client.state.reason], ['signed-out', 'token_invalid']);
  assert.equal(sockets.length, 0);
  assert.equal(timers.count, 0);
});

test('a token that never comes is not waited for', async () => {
  const { client, timers, sockets } = setUp({ token: () => new Promise(() => {}) });
  client.start();
  await timers.pass(10_000);
  assert.equal(client.state.name, 'waiting');
  assert.equal(sockets.length, 0);
});

/* ---- consent ---- */

test('sends no frame and no position without consent', async () => {
  for (const consent of [false, undefined]) {
    const { client, timers, socket, shots } = setUp();
    client.start();
    await timers.pass(0);
    socket().open({ ...WELCOME, consent });
    client.pause();
    client.resume();
    client.playback({ position_s: 3, playing: true });
    await timers.pass(5000);
    assert.equal(client.state.name, 'open');
    assert.deepEqual([client.welcome.learner, client.welcome.consent], ['me', false]);
    assert.equal(shots(), 0, 'the camera is not even asked');
    assert.deepEqual(
      socket().texts.map(({ type }) => type),
      ['hello', 'pause', 'resume'],
    );
  }
});

test('stops sending once the server says that consent is gone', async () => {
  const { client, timers, socket, shots, of } = await setUpOpen();
  await timers.pass(1500); // a second frame is due
  socket().say({ type: 'error', seq: 1, code: 'no_consent', message: 'no', retry: false });
  client.playback({ position_s: 3, playing: true });
  await timers.pass(5000);
  assert.equal(shots(), 1, 'the camera is not asked again');
  assert.equal(socket().frames.length, 1);
  assert.equal(socket().texts.length, 1);
  assert.equal(of('problem')[0].problem.code, 'no_consent');
  assertSum(client.counts);
});

test('signed out by the server it stays away, and can begin anew', async () => {
  const { client, timers, sockets, socket } = await setUpOpen();
  socket().say({ type: 'alert', n: 1, kind: 'absent', level: 'alarm' });
  socket().break(4403);
  await timers.pass(300_000);
  assert.deepEqual([client.state.name, client.state.code], ['signed-out', 4403]);
  assert.equal(client.alerts.size, 0);
  assert.equal(sockets.length, 1);
  assert.equal(timers.count, 0);
  client.start();
  await timers.pass(0);
  socket().open();
  assert.ok(!('resume' in socket().texts[0]), 'nothing of before is gone on with');
});

/* ---- lectures ---- */

test('names the lecture in every hello, and another one from the next start on', async () => {
  const lecture = { url: 'https://lectures.example/1', title: 'One' };
  const { client, timers, socket } = await setUpOpen({ lecture });
  assert.deepEqual(socket().texts[0].lecture, lecture);
  socket().break();
  await timers.pass(500);
  socket().open();
  assert.deepEqual(socket().texts[0].lecture, lecture);
  client.stop();
  client.options.lecture = null;
  client.start();
  await timers.pass(0);
  socket().open();
  assert.ok(!('lecture' in socket().texts[0]));
});

test('tells where the lecture stands: changes at once, else every ten seconds', async () => {
  const { client, timers, socket } = await setUpOpen();
  const told = () => socket().texts.filter(({ type }) => type === 'playback');
  /** The player speaks four times a second. */
  const play = async (from, seconds, rate = 1) => {
    for (let i = 0; i < seconds * 4; i += 1) {
      client.playback({ position_s: from + (i / 4) * rate, playing: true, rate, duration_s: 600 });
      await timers.pass(250);
      socket().answer();
    }
  };
  await play(0, 10);
  assert.deepEqual(told(), [{ type: 'playback', position_s: 0, playing: true, rate: 1, duration_s: 600 }]);
  await play(10, 10);
  assert.deepEqual(
    told().map(({ position_s }) => position_s),
    [0, 10],
  );
  await play(300, 2);
  assert.equal(told().at(-1).position_s, 300, 'a seek');
  client.playback({ position_s: 302, playing: false });
  assert.deepEqual(told().at(-1), { type: 'playback', position_s: 302, playing: false, rate: 1 });
  client.playback({ position_s: 302.5, playing: false });
  assert.equal(told().length, 4, 'a pause is told once');
  await play(302, 2, 1.5);
  assert.deepEqual([told().length, told().at(-1).rate], [5, 1.5]);
  for (const position_s of [NaN, Infinity, -1]) client.playback({ position_s, playing: false });
  client.playback({ position_s: 9, playing: false, duration_s: Infinity });
  assert.deepEqual(told().slice(5), [{ type: 'playback', position_s: 9, playing: false, rate: 1 }]);
  socket().break();
  client.playback({ position_s: 9, playing: false });
  await timers.pass(500);
  socket().open({ ...WELCOME, recovered: true });
  assert.deepEqual(told(), [], 'nothing waited');
  client.playback({ position_s: 9, playing: false });
  assert.equal(told().length, 1, 'a new connection is told at once');
});

test('at double speed a lecture that plays on is no seek', () => {
  const pace = new PlaybackPace();
  assert.ok(pace.isDue({ position_s: 100, playing: true, rate: 2 }, 0));
  assert.ok(!pace.isDue({ position_s: 116, playing: true, rate: 2 }, 8000));
  assert.ok(pace.isDue({ position_s: 108, playing: true, rate: 2 }, 8000), 'it stood still for four seconds');
});

test('what is typed about a lecture becomes its address and title, or a word on what is wrong', () => {
  const url = 'https://lectures.example/1';
  assert.deepEqual(readLecture(' ', ''), { lecture: null });
  assert.deepEqual(readLecture(` ${url} `, ' One '), { lecture: { url, title: 'One' } });
  assert.deepEqual(readLecture('lectures.example/1', ' '), { lecture: { url } });
  assert.deepEqual(readLecture('http://localhost:8000/a', ''), { lecture: { url: 'http://localhost:8000/a' } });
  assert.deepEqual(readLecture('lectures.example:8000/a', ''), { lecture: { url: 'https://lectures.example:8000/a' } });
  assert.deepEqual(readLecture('', 'One'), { trouble: 'untitled' });
  for (const bad of [
    'javascript:alert(1)',
    'data:text/html,hi',
    'file:///etc/passwd',
    'ftp://a.example',
    'two words',
    'word',
    'https://',
    '//',
    `https://a.example/${'a'.repeat(2048)}`,
  ]) {
    assert.deepEqual(readLecture(bad, 'One'), { trouble: 'address' }, bad);
  }
});
