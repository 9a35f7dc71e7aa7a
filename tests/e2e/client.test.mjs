/** The client of the page and its pure parts, with a made-up clock, socket and camera. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CONTOURS } from '../../web/draw.js';
import { Backoff, CaptureClock, afterClose, effectiveRate } from '../../web/loa-pace.js';
import { parseQuizMessage } from '../../web/loa-quiz-wire.js';
import { HEADER_BYTES, encodeFrame, parseMessage } from '../../web/loa-wire.js';
import * as quizStrings from '../../web/quiz-strings.js';
import { fitWithin } from '../../web/sources.js';
import * as strings from '../../web/strings.js';
import { FakeTimers, WELCOME, assertSum, setUp, setUpOpen } from './world.mjs';

/** All of `expected` is in `actual`, which may hold more. */
function assertKept(expected, actual, where) {
  if (typeof expected !== 'object' || Array.isArray(expected)) return assert.deepEqual(actual, expected, where);
  for (const [key, value] of Object.entries(expected)) assertKept(value, actual?.[key], `${key} of ${where}`);
}

/* ---- the wire ---- */

test('a frame is the magic, the sequence, the time and the picture', () => {
  const frame = encodeFrame(7, 123456.4, Uint8Array.of(0xff, 0xd8, 0xff));
  assert.deepEqual([...frame], [76, 79, 65, 49, 7, 0, 0, 0, 0x40, 0xe2, 1, 0, 0, 0, 0, 0, 0xff, 0xd8, 0xff]);
  assert.equal(HEADER_BYTES, 16);
  assert.deepEqual(encodeFrame(7, 123456.4, Uint8Array.of(0xff, 0xd8, 0xff).buffer), frame);
});

test('the sequence fills 32 bits, the time 64', () => {
  const header = new DataView(encodeFrame(0xffffffff, 2 ** 40, new Uint8Array(0)).buffer);
  assert.equal(header.getUint32(4, true), 0xffffffff);
  assert.equal(header.getBigUint64(8, true), 2n ** 40n);
});

test('every message of the server in the protocol’s document is understood, field by field', () => {
  const document = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');
  const blocks = [...document.matchAll(/```json server\n(.*?)```/gs)].map(([, text]) => text);
  assert.ok(blocks.length >= 8, `${blocks.length} messages`);
  for (const text of blocks) {
    const { message = parseQuizMessage(text) } = parseMessage(text);
    assert.ok(message, text);
    assertKept(JSON.parse(text), message, text);
  }
});

test('what is no message is malformed, what is from the future is unknown', () => {
  for (const text of [
    '',
    'nonsense',
    '[]',
    'null',
    '7',
    '{}',
    '{"type":7}',
    '{"type":"verdict"}',
    '{"type":"verdict","seq":-1,"presence":"face"}',
    '{"type":"rate","frames_per_second":"1"}',
    '{"type":"rate","frames_per_second":-1}',
    '{"type":"error"}',
    '{"type":"welcome"}',
    '{"type":"state"}',
    '{"type":"alert","n":1}',
    '{"type":"alert","kind":"absent","level":"alarm"}',
    '{"type":"alert","n":-1,"kind":"absent","level":"alarm"}',
    '{"type":"alert.cleared","n":1.5,"kind":"absent"}',
    '{"type":"alert.cleared","n":1}',
    new ArrayBuffer(3),
  ]) {
    assert.ok('malformed' in parseMessage(text), String(text));
  }
  assert.deepEqual(parseMessage('{"type":"alert.later"}'), { unknown: 'alert.later' });
  assert.deepEqual(parseMessage('{"type":"toString"}'), { unknown: 'toString' });
});

test('a verdict keeps its sound parts and loses the others', () => {
  const { message } = parseMessage(
    JSON.stringify({
      type: 'verdict',
      seq: 3,
      presence: 'floating',
      eyes: 'open',
      closed: 'much',
      face: { box: [0, 0, 1] },
      head: [1],
      eye: { left_ear: 0.3 },
      landmarks: [1, 2, 3],
      ms: null,
      later: true,
    }),
  );
  assert.equal(message.presence, 'unknown');
  assert.equal(message.closed, null);
  assert.equal(message.face, null);
  assert.equal(message.landmarks, null);
  assert.deepEqual(message.head, { yaw: null, pitch: null, roll: null });
  assert.deepEqual(message.eye, { left_ear: 0.3, right_ear: null, left_closed: null, right_closed: null });
  assert.ok(!('later' in message));
});

test('words of a later server are tolerated: no state, a quiet level, a kind of its own', () => {
  const read = (raw) => parseMessage(JSON.stringify(raw)).message;
  assert.deepEqual(read({ type: 'state', state: 'dancing', since_ms: 'long', at_ms: 5 }), {
    type: 'state',
    state: 'unknown',
    from: 'unknown',
    since_ms: null,
    at_ms: 5,
  });
  const alert = { type: 'alert', n: 1, kind: 'yawning', level: 'siren', since_ms: 1, at_ms: 2, lasted_ms: 1 };
  assert.deepEqual(read({ ...alert, later: true }), { ...alert, level: 'cue' });
  for (const level of ['cue', 'pre_alarm', 'alarm']) assert.equal(read({ ...alert, level }).level, level);
});

test('a welcome says nothing of what it lacks, and loses what it missed in a wrong shape', () => {
  const read = (more) => parseMessage(JSON.stringify({ type: 'welcome', protocol: 'loa.v1', ...more })).message;
  const { resume, recovered, missed, now_ms, state, preset, resume_within_ms } = read({});
  assert.deepEqual(
    [resume, recovered, missed, now_ms, state, preset, resume_within_ms],
    ['', null, [], 0, 'unknown', '', null],
  );
  assert.deepEqual(read({ missed: 'much' }).missed, []);
  const cleared = { type: 'alert.cleared', n: 2, kind: 'absent', at_ms: 7 };
  assert.deepEqual(read({ missed: [null, { type: 'alert' }, cleared, { type: 'ping', n: 1 }] }).missed, [cleared]);
});

test('landmarks are 478 points or none', () => {
  const verdict = (landmarks) =>
    parseMessage(JSON.stringify({ type: 'verdict', seq: 1, presence: 'face', landmarks })).message.landmarks;
  assert.equal(verdict(new Array(956).fill(5)).length, 956);
  assert.equal(verdict(new Array(956).fill('5')), null);
  assert.equal(verdict(new Array(936).fill(5)), null);
});

/* ---- when to try again, when to take a frame ---- */

test('delays double up to the cap and are spread over their upper half', () => {
  const longest = new Backoff({ random: () => 1 });
  assert.deepEqual(
    Array.from({ length: 7 }, () => longest.next()),
    [500, 1000, 2000, 4000, 8000, 15000, 15000],
  );
  const shortest = new Backoff({ random: () => 0 });
  assert.deepEqual(
    Array.from({ length: 3 }, () => shortest.next()),
    [250, 500, 1000],
  );
  shortest.reset();
  assert.equal(shortest.next(), 250);
  const long = new Backoff();
  for (let i = 0; i < 2000; i += 1) assert.ok(long.next() <= 15000);
});

test('close codes say whether to come back', () => {
  for (const code of [1000, 1002, 1007, 1009, 4400, 4410]) assert.equal(afterClose(code), 'never');
  for (const code of [1001, 1006, 1011, 1012, 4408, 4409]) assert.equal(afterClose(code), 'backoff');
  assert.equal(afterClose(1013), 'full');
  assert.equal(afterClose(4403), 'signed-out');
});

test('a wish is heard within the server’s limit, and not while it eases', () => {
  assert.equal(effectiveRate({ asked: 1, wished: 0, limit: 10, easing: false }), 1);
  assert.equal(effectiveRate({ asked: 1, wished: 4, limit: 10, easing: false }), 4);
  assert.equal(effectiveRate({ asked: 1, wished: 4, limit: 2, easing: false }), 2);
  assert.equal(effectiveRate({ asked: 1, wished: 4, limit: 10, easing: true }), 1);
  assert.equal(effectiveRate({ asked: 0, wished: 4, limit: 10, easing: false }), 0);
});

test('the clock ticks without drift and does not make up for sleep', async () => {
  const timers = new FakeTimers();
  const ticks = [];
  const clock = new CaptureClock(() => ticks.push(timers.time), timers);
  clock.setRate(2);
  clock.start();
  await timers.pass(1100);
  assert.deepEqual(ticks, [1000, 1500, 2000]);
  timers.time += 5000; // the tab slept
  await timers.pass(600);
  assert.deepEqual(ticks.slice(3), [7100, 7600]);
  clock.stop();
  await timers.pass(5000);
  assert.equal(ticks.length, 5);
  assert.equal(timers.count, 0);
});

test('what is left of an interval changes with the rate', async () => {
  const timers = new FakeTimers();
  const ticks = [];
  const clock = new CaptureClock(() => ticks.push(timers.time), timers, () => 0.5);
  clock.setRate(1);
  clock.start();
  await timers.pass(100);
  clock.setRate(4);
  await timers.pass(500);
  assert.deepEqual(ticks, [1000, 1325, 1575], 'a quarter of the 900 ms that were left');
  clock.setRate(0);
  await timers.pass(9000);
  assert.equal(ticks.length, 3);
  clock.setRate(1);
  await timers.pass(0);
  assert.equal(ticks.length, 4);
});

test('those who send together are parted when the rate changes', async () => {
  const timers = new FakeTimers();
  const next = [];
  for (const chance of [0.25, 0.5, 0.75]) {
    const clock = new CaptureClock(() => next.push(timers.time), timers, () => chance);
    clock.setRate(1);
    clock.start();
    await timers.pass(0);
    clock.setRate(0.5);
  }
  next.length = 0;
  await timers.pass(3500);
  assert.deepEqual(next, [2000, 3000, 4000, 4000]);
});

/* ---- the client ---- */

test('says hello, then sends a frame a second, one at a time', async () => {
  const { client, timers, socket, of } = await setUpOpen({ landmarks: true, name: 'test/1' });
  assert.deepEqual(socket().protocols, ['loa.v1']);
  assert.deepEqual(socket().texts, [{ type: 'hello', token: 'good', client: 'test/1', landmarks: true }]);
  await timers.pass(40);
  socket().answer();
  await timers.pass(960);
  socket().answer();
  await timers.pass(2500);
  assert.deepEqual(
    socket().frames.map(({ seq }) => seq),
    [1, 2, 3],
    'the third was never answered: nothing more is sent',
  );
  assert.deepEqual(
    of('verdict').map(({ rttMs }) => rttMs),
    [40, 0],
  );
  assertSum(client.counts, 1);
});

test('takes the newest picture as soon as a late answer is there', async () => {
  const { client, timers, socket, shots } = await setUpOpen();
  await timers.pass(3300);
  assert.equal(shots(), 1, 'no picture is taken while one is on its way');
  socket().answer();
  await timers.pass(0);
  assert.deepEqual(
    socket().frames.map(({ at }) => at),
    [1000, 4300],
  );
  assert.equal(client.counts.skipped, 3);
});

test('sends nothing into a socket that is not drained', async () => {
  const { timers, socket } = await setUpOpen();
  socket().answer();
  socket().bufferedAmount = 9000;
  await timers.pass(3000);
  assert.equal(socket().frames.length, 1);
  socket().bufferedAmount = 0;
  await timers.pass(1000);
  assert.equal(socket().frames.length, 2);
});

test('follows the server’s rate, and a wish within its limit', async () => {
  const { client, timers, socket, of } = await setUpOpen({ random: () => 0.5 });
  const perSecond = async () => {
    const before = socket().frames.length;
    for (let i = 0; i < 100; i += 1) {
      await timers.pass(10);
      if (socket().frames.length > client.counts.answered) socket().answer();
    }
    return socket().frames.length - before;
  };
  socket().answer();
  socket().say({ type: 'rate', frames_per_second: 2 });
  assert.equal(await perSecond(), 2);
  client.wishRate(4);
  assert.equal(await perSecond(), 4);
  client.wishRate(50);
  assert.equal(client.rate, 10);
  client.wishRate(0);
  assert.equal(of('rate').at(-1), 2);
});

test('a wish rests for a while after the server had no time', async () => {
  const { client, timers, socket, of } = await setUpOpen();
  client.wishRate(4);
  assert.equal(client.rate, 4);
  socket().say({ type: 'dropped', seq: 1, reason: 'expired' });
  assert.equal(client.rate, 1);
  assert.equal(of('dropped').length, 1);
  await timers.pass(11_000);
  assert.equal(client.rate, 4);
  assert.equal(client.counts.dropped, 1);
});

test('answers ping with pong, and ignores what it does not know', async () => {
  const { client, socket, of } = await setUpOpen();
  for (const message of ['{"type":"ping","n":3}', 'nonsense', '{"type":"later"}']) socket().say(message);
  assert.deepEqual(socket().texts.slice(1), [{ type: 'pong', n: 3 }]);
  assert.equal(client.counts.malformed, 1);
  assert.deepEqual(of('malformed'), ['not JSON']);
  assert.equal(client.state.name, 'open');
});

test('an answer to another frame than the one on its way changes nothing', async () => {
  const { client, socket, of } = await setUpOpen();
  socket().answer(99);
  assert.equal(of('verdict').length, 0);
  socket().answer(1);
  socket().answer(1);
  assert.equal(of('verdict').length, 1);
  assertSum(client.counts);
});

test('an error about a frame settles it, and retry_after holds the next one back', async () => {
  const { client, timers, socket, of } = await setUpOpen();
  socket().say({ type: 'error', seq: 1, code: 'internal', message: 'oh', retry: true, retry_after_ms: 2500 });
  assert.equal(client.counts.failed, 1);
  assert.equal(of('problem')[0].problem.code, 'internal');
  await timers.pass(2000);
  assert.equal(socket().frames.length, 1);
  await timers.pass(1000);
  assert.equal(socket().frames.length, 2);
  assertSum(client.counts, 1);
});

test('an error about no frame, as of a bad clock, is told and settles nothing', async () => {
  const { client, socket, of } = await setUpOpen();
  socket().say({ type: 'error', code: 'bad_clock', message: 'times must rise' });
  assert.deepEqual(
    of('problem').map(({ problem, capturedAt }) => [problem.code, problem.seq, capturedAt]),
    [['bad_clock', null, null]],
  );
  assert.match(strings.frameTrouble('bad_clock', ''), /clock/);
  assertSum(client.counts, 1);
  socket().answer();
  assert.equal(client.counts.answered, 1);
});

test('forgets a frame that the server never answers', async () => {
  const { client, timers, socket } = await setUpOpen();
  for (let i = 0; i < 11; i += 1) {
    await timers.pass(1000);
    socket().say({ type: 'ping', n: i });
  }
  assert.equal(client.counts.lost, 1);
  assert.equal(socket().frames.length, 2);
  assertSum(client.counts, 1);
});

test('a frame above the server’s limit stays here', async () => {
  const { socket, of } = await setUpOpen({ capture: async () => new Uint8Array(985) });
  assert.equal(socket().frames.length, 0, 'the header counts');
  assert.equal(of('problem')[0].problem.code, 'frame_too_large');
});

test('a camera that fails or has nothing yet is asked again', async () => {
  let times = 0;
  const capture = async () => {
    times += 1;
    if (times === 1) throw new Error('lens cap');
    return times === 2 ? null : new Blob([Uint8Array.of(1)]);
  };
  const { timers, socket, of } = await setUpOpen({ capture });
  await timers.pass(2500);
  assert.equal(of('problem')[0].problem.code, 'capture');
  assert.equal(socket().frames.length, 1);
});

test('comes back after a loss with growing delays, and sends no old frames', async () => {
  const { client, timers, sockets, socket, shots } = await setUpOpen();
  socket().break();
  assert.equal(client.state.name, 'waiting');
  assert.equal(client.state.retryAt, timers.time + 500);
  await timers.pass(499);
  assert.equal(sockets.length, 1);
  await timers.pass(1);
  assert.equal(sockets.length, 2);
  socket().break();
  assert.equal(client.state.retryAt, timers.time + 1000);
  await timers.pass(8000);
  assert.equal(shots(), 1, 'the camera rests while there is no connection');
  socket().open();
  await timers.pass(500);
  assert.deepEqual(
    socket().frames.map(({ seq }) => seq),
    [2],
  );
  assert.equal(client.counts.lost, 1);
  assertSum(client.counts, 1);
});

test('a session that lasted makes the next loss a first one', async () => {
  const { client, timers, socket } = await setUpOpen();
  socket().break();
  await timers.pass(500);
  socket().open();
  socket().break();
  assert.equal(client.state.retryAt, timers.time + 1000, 'a welcome alone does not count');
  await timers.pass(1000);
  socket().open();
  await timers.pass(6000);
  socket().break();
  assert.equal(client.state.retryAt, timers.time + 500);
});

test('a picture that was being taken when the connection broke is thrown away', async () => {
  let done;
  const { timers, sockets, socket } = await setUpOpen({ capture: () => new Promise((resolve) => (done = resolve)) });
  socket().break();
  await timers.pass(600);
  socket().open();
  done(Uint8Array.of(1));
  await timers.pass(0);
  assert.ok(sockets.every(({ frames }) => frames.length === 0));
});

test('gives a silent connection up, and what it says later does not count', async () => {
  const { client, timers, sockets, socket, of } = await setUpOpen();
  const silent = socket();
  await timers.pass(29_000);
  assert.equal(client.state.name, 'open');
  silent.say({ type: 'ping', n: 1 });
  await timers.pass(29_000);
  assert.equal(client.state.name, 'open');
  await timers.pass(1_600);
  assert.equal(sockets.length, 2);
  assert.equal(silent.readyState, 3);
  silent.say({ type: 'verdict', seq: 1, presence: 'nobody' });
  assert.equal(of('verdict').length, 0);
});

test('gives up waiting for a welcome', async () => {
  const { client, timers, sockets } = setUp();
  client.start();
  await timers.pass(0);
  await timers.pass(10_600);
  assert.equal(sockets.length, 2);
});

test('stays away when told so, and for a minute when the server is full', async () => {
  const full = await setUpOpen();
  full.socket().break(1013);
  await full.timers.pass(60_000);
  assert.equal(full.sockets.length, 1);
  await full.timers.pass(500);
  assert.equal(full.sockets.length, 2);
  const wrong = await setUpOpen();
  wrong.socket().break(4400);
  await wrong.timers.pass(300_000);
  assert.equal(wrong.client.state.name, 'failed');
  assert.equal(wrong.client.state.code, 4400);
  assert.equal(wrong.sockets.length, 1);
  assert.equal(wrong.timers.count, 0, 'no timer is left');
});

test('does not talk to another protocol', async () => {
  const { client, timers, socket } = setUp();
  client.start();
  await timers.pass(0);
  socket().open({ ...WELCOME, protocol: 'loa.v9' });
  assert.equal(client.state.name, 'failed');
});

test('pauses over a reconnect, and resumes', async () => {
  const { client, timers, socket } = await setUpOpen();
  socket().answer();
  client.pause();
  await timers.pass(3000);
  assert.equal(socket().frames.length, 1);
  socket().break();
  await timers.pass(500);
  socket().open();
  await timers.pass(3000);
  assert.deepEqual(
    socket().texts.map(({ type }) => type),
    ['hello', 'pause'],
  );
  assert.equal(socket().frames.length, 0);
  client.resume();
  await timers.pass(0);
  assert.equal(socket().texts.at(-1).type, 'resume');
  assert.equal(socket().frames.length, 1);
});

test('says goodbye, leaves no timer behind, and can begin anew', async () => {
  const { client, timers, sockets, socket } = await setUpOpen();
  client.stop();
  assert.deepEqual(socket().texts.at(-1), { type: 'end' });
  assert.equal(socket().closedWith, 1000);
  assert.equal(timers.count, 0);
  client.start();
  await timers.pass(0);
  socket().open();
  await timers.pass(1000);
  assert.equal(sockets.length, 2);
  assert.equal(client.counts.sent, 1, 'counted from zero');
});

test('can be told to try at once', async () => {
  const { client, timers, sockets, socket } = await setUpOpen();
  socket().break(1013);
  client.retryNow();
  await timers.pass(0);
  assert.equal(sockets.length, 2);
  await timers.pass(500);
  assert.equal(sockets.length, 2, 'the planned attempt is off');
});

/* ---- attention, and the watch session ---- */

const ALERT = { type: 'alert', kind: 'eyes_closed', level: 'pre_alarm', since_ms: 500, at_ms: 5500, lasted_ms: 5000 };
const CLEARED = { type: 'alert.cleared', kind: 'eyes_closed', at_ms: 9000 };
const acks = ({ texts }) => texts.filter(({ type }) => type === 'alert.ack').map(({ n }) => n);

test('tells how the learner is, and keeps it', async () => {
  const { client, socket, of } = await setUpOpen();
  assert.deepEqual(client.attention, { state: 'unknown', sinceMs: null });
  socket().say({ type: 'state', state: 'eyes_closed', from: 'attentive', since_ms: 900, at_ms: 2400 });
  assert.deepEqual(client.attention, { state: 'eyes_closed', sinceMs: 900 });
  assert.deepEqual(of('attention').at(-1), client.attention);
  socket().break();
  assert.equal(client.attention, null, 'nothing is known without a connection');
});

test('keeps what is alerted by its kind until it is cleared', async () => {
  const { client, socket, of } = await setUpOpen();
  const open = () => [...client.alerts].map(([kind, { level }]) => `${kind} ${level}`);
  socket().say({ ...ALERT, n: 1 });
  socket().say({ ...ALERT, n: 2, kind: 'drowsy' });
  socket().say({ ...ALERT, n: 3, level: 'alarm' });
  assert.deepEqual(open(), ['eyes_closed alarm', 'drowsy pre_alarm']);
  socket().say({ ...CLEARED, n: 4 });
  assert.deepEqual(open(), ['drowsy pre_alarm']);
  assert.deepEqual(
    of('alert').map(({ n }) => n),
    [1, 2, 3],
  );
  assert.deepEqual(of('cleared'), [{ ...CLEARED, n: 4 }]);
});

test('acknowledges an alert when its listeners have been called, and not before', async () => {
  const { client, socket } = await setUpOpen();
  const acknowledged = [];
  client.on('alert', () => acknowledged.push(acks(socket())));
  client.on('cleared', () => acknowledged.push(acks(socket())));
  socket().say({ ...ALERT, n: 1 });
  socket().say({ ...CLEARED, n: 2 });
  assert.deepEqual(acknowledged, [[], [1]]);
  assert.deepEqual(acks(socket()), [1, 2]);
});

test('an alert that came before is not told again', async () => {
  const { socket, of } = await setUpOpen();
  socket().say({ ...ALERT, n: 3 });
  socket().say({ ...ALERT, n: 3 });
  assert.equal(of('alert').length, 1);
  assert.deepEqual(acks(socket()), [3, 3]);
});

test('the age of the watch session runs on this side’s clock', async () => {
  const { client, timers, socket } = setUp();
  client.start();
  await timers.pass(700);
  socket().open({ ...WELCOME, now_ms: 97_250 });
  assert.equal(client.ageMs, 97_250);
  await timers.pass(1500);
  assert.equal(client.ageMs, 98_750);
});

test('asks for the same watch session again, and is told in order what it missed', async () => {
  const { client, timers, socket, events, of } = await setUpOpen();
  assert.deepEqual(Object.keys(socket().texts[0]), ['type', 'token', 'client', 'landmarks'], 'the first time there is none');
  socket().say({ ...ALERT, n: 1 });
  socket().break();
  assert.equal(client.alerts.size, 1, 'it is still open');
  await timers.pass(500);
  events.length = 0;
  const missed = [{ ...ALERT, n: 2, level: 'alarm' }, { ...CLEARED, n: 3 }, { ...ALERT, n: 4, kind: 'absent' }];
  socket().open({ ...WELCOME, recovered: true, missed, now_ms: 60_000, state: 'absent' });
  const [hello] = socket().texts;
  assert.deepEqual([hello.type, hello.resume, hello.last_n], ['hello', 'secret', 1]);
  const told = events.filter(([type]) => ['session', 'alert', 'cleared', 'attention'].includes(type));
  assert.deepEqual(
    told.map(([type, { n, recovered, state }]) => [type, n ?? recovered ?? state]),
    [
      ['session', true],
      ['alert', 2],
      ['cleared', 3],
      ['alert', 4],
      ['attention', 'absent'],
    ],
  );
  assert.deepEqual(of('cleared'), [missed[1]]);
  assert.deepEqual([...client.alerts.keys()], ['absent']);
  assert.deepEqual(acks(socket()), [4], 'all at once');
  socket().break();
  await timers.pass(1000);
  socket().open({ ...WELCOME, recovered: true });
  assert.equal(socket().texts[0].last_n, 4);
  assert.deepEqual(acks(socket()), [], 'nothing was missed');
});

test('before the first alert everything counts as missed', async () => {
  const { timers, socket } = await setUpOpen();
  socket().break();
  await timers.pass(500);
  socket().open({ ...WELCOME, recovered: true });
  assert.equal(socket().texts[0].last_n, 0);
});

test('says that a new watch session has begun, and starts it with nothing open', async () => {
  for (const recovered of [false, undefined]) {
    const { client, timers, socket, of } = await setUpOpen();
    socket().say({ ...ALERT, n: 7 });
    socket().break();
    await timers.pass(500);
    let openThen = -1;
    client.on('session', () => (openThen = client.alerts.size));
    socket().open({ ...WELCOME, resume: 'another', recovered });
    assert.deepEqual(of('session'), [{ recovered: false }]);
    assert.equal(openThen, 0);
    socket().say({ ...ALERT, n: 1 });
    assert.equal(of('alert').length, 2, 'it counts from one again');
    socket().break();
    await timers.pass(1000);
    socket().open();
    assert.equal(socket().texts[0].resume, 'another');
    assert.equal(socket().texts[0].last_n, 1);
  }
});

test('a connection that broke before its welcome keeps the secret', async () => {
  const { timers, socket } = await setUpOpen();
  socket().break();
  await timers.pass(500);
  socket().break();
  await timers.pass(1000);
  socket().open({ ...WELCOME, recovered: true });
  assert.equal(socket().texts[0].resume, 'secret');
});

test('the learner’s own stop, and the end of a session, leave nothing to go on with', async () => {
  const { client, timers, socket, of } = await setUpOpen();
  for (const end of [() => client.stop(), () => socket().break(1000), () => socket().break(4410)]) {
    socket().say({ ...ALERT, n: 1 });
    assert.equal(client.alerts.size, 1);
    end();
    assert.equal(client.alerts.size, 0);
    client.start();
    await timers.pass(0);
    socket().open();
    assert.ok(!('resume' in socket().texts[0]));
  }
  assert.equal(of('session').length, 0, 'nothing was lost');
});

/** What a page keeps over a reload. */
function keeper(kept = null) {
  const memory = { kept, load: () => memory.kept, save: (next) => (memory.kept = next && structuredClone(next)) };
  return memory;
}

test('what is kept in memory lets the next client go on, with the alerts that were open', async () => {
  const memory = keeper();
  const first = await setUpOpen({ memory });
  first.socket().say({ ...ALERT, n: 1 });
  first.client.leave();
  assert.deepEqual([first.client.state.name, first.socket().closedWith], ['idle', null]);
  assert.ok(!first.socket().texts.some(({ type }) => type === 'end'));
  assert.equal(first.timers.count, 0);
  assert.deepEqual([memory.kept.resume, memory.kept.lastN, memory.kept.alerts.length], ['secret', 1, 1]);

  const next = setUp({ memory });
  next.client.start();
  await next.timers.pass(0);
  next.socket().open({ ...WELCOME, recovered: true, resume: 'newer' });
  const [{ resume, last_n }] = next.socket().texts;
  assert.deepEqual([resume, last_n], ['secret', 1]);
  assert.deepEqual([...next.client.alerts.keys()], [ALERT.kind]);
  assert.deepEqual(next.of('session'), [{ recovered: true }]);
  assert.equal(next.of('alert').length, 0, 'it was told before');
  next.socket().say({ type: 'alert.cleared', n: 2, kind: ALERT.kind });
  assert.deepEqual(memory.kept, { resume: 'newer', lastN: 2, alerts: [] });
  next.client.stop();
  assert.equal(memory.kept, null);
});

test('a watch session of memory that is over is left for a new one, without a word', async () => {
  const memory = keeper({ resume: 'old', lastN: 7, alerts: [{ type: 'alert', ...ALERT, n: 7 }] });
  const { client, socket, of, timers } = await setUpOpen({ memory });
  assert.equal(socket().texts[0].resume, 'old');
  assert.deepEqual(memory.kept, { resume: 'secret', lastN: 0, alerts: [] });
  assert.deepEqual([client.alerts.size, of('session').length], [0, 0]);
  socket().break();
  await timers.pass(500);
  socket().open({ ...WELCOME, recovered: false });
  assert.deepEqual(of('session'), [{ recovered: false }], 'this one was lost before the learner’s eyes');
});

test('nothing is kept of a watch session that is over or goes on elsewhere', async () => {
  for (const code of [1000, 4403, 4410]) {
    const memory = keeper();
    const { socket } = await setUpOpen({ memory });
    assert.equal(memory.kept.resume, 'secret');
    socket().break(code);
    assert.equal(memory.kept, null, `after ${code}`);
  }
});

test('gives way for good to another connection that goes on with its watch session', async () => {
  const { client, timers, sockets, socket } = await setUpOpen();
  socket().break(4410);
  await timers.pass(300_000);
  assert.equal(client.state.name, 'failed');
  assert.equal(client.state.code, 4410);
  assert.equal(sockets.length, 1);
  assert.equal(timers.count, 0, 'no timer is left');
  assert.match(strings.connectionTrouble(client.state, 0), /goes on in another tab or window, and has ended here/);
});

test('a listener that stops the client at a missed alert is not told the rest', async () => {
  const { client, timers, sockets, socket, of } = await setUpOpen();
  socket().break();
  await timers.pass(500);
  client.on('alert', () => client.stop());
  const missed = [
    { ...ALERT, n: 1 },
    { ...ALERT, n: 2, level: 'alarm' },
  ];
  socket().open({ ...WELCOME, recovered: true, missed });
  await timers.pass(60_000);
  assert.equal(of('alert').length, 1);
  assert.equal(of('attention').length, 1, 'the one of the first welcome');
  assert.equal(client.state.name, 'idle');
  assert.equal(sockets.length, 2);
  assert.equal(timers.count, 0);
});

test('asks for a preset, and for another from the next start on', async () => {
  const { client, timers, socket } = await setUpOpen({ preset: 'strict' });
  assert.equal(socket().texts[0].preset, 'strict');
  client.stop();
  client.options.preset = 'classic';
  client.start();
  await timers.pass(0);
  socket().open();
  assert.equal(socket().texts[0].preset, 'classic');
});

test('looks more often while the server asks for it, and less often while it is short of time', async () => {
  const { timers, socket } = await setUpOpen({ random: () => 0.5 });
  const framesIn = async (ms) => {
    const before = socket().frames.length;
    for (let i = 0; i < ms / 10; i += 1) {
      await timers.pass(10);
      socket().answer();
    }
    return socket().frames.length - before;
  };
  socket().answer();
  assert.equal(await framesIn(3000), 3);
  socket().say({ type: 'rate', frames_per_second: 4 });
  assert.equal(await framesIn(3000), 12);
  socket().say({ type: 'rate', frames_per_second: 0.25 });
  assert.equal(await framesIn(8000), 2);
});

/* ---- the page's pure parts ---- */

test('every alert has its words, also one of a later server', () => {
  const said = (kind, level) => strings.alertText({ ...ALERT, n: 1, kind, level });
  assert.equal(said('eyes_closed', 'alarm'), 'Wake up! Your eyes are closed.');
  assert.equal(said('slumped', 'cue'), 'Your head is down. Are you writing?');
  assert.equal(said('yawning', 'cue'), 'Are you with us?');
  assert.equal(said('toString', 'alarm'), 'Wake up!');
});

test('of a lecture that no question could be made of, the page says what stood in the way, once', () => {
  const none = 'no question that could be made of this transcript was good enough';
  const said = (reasons, items = 0, code = 'quiz_none') => {
    const progress = { code, message: none, items, dropped: reasons.map((why, chunk) => ({ chunk, why })) };
    return [quizStrings.failure(progress), quizStrings.alsoDropped(progress).length];
  };
  assert.deepEqual(said(['no full stops', 'no full stops']), ['No full stops.', 0]);
  assert.deepEqual(said(['a', 'b', 'b']), ['Most often: b.', 3]);
  const [first] = none;
  const sentence = `${first.toUpperCase()}${none.slice(1)}.`;
  assert.deepEqual(said(['']), [sentence, 1]);
  assert.deepEqual(said([none, 'a'], 0, 'llm_failed'), [sentence, 1]);
  assert.deepEqual(said(['a'], 2), [sentence, 1]);
});

test('the page says of each preset, and of its rate, what the server’s configuration holds', () => {
  const page = readFileSync(new URL('../../web/index.html', import.meta.url), 'utf8');
  const config = readFileSync(new URL('../../config.toml', import.meta.url), 'utf8');
  const of = (preset, name) => {
    const [, table] = config.split(`[attention.presets.${preset}]`);
    return Number(new RegExp(`^${name} = ([\\d.]+)`, 'm').exec(table)?.[1]);
  };
  const seconds = (preset) => ['prealarm', 'alarm'].map((level) => of(preset, `eyes_closed_${level}_ms`) / 1000);
  const [usual, early, late] = ['default', 'strict', 'classic'].map(seconds);
  const help =
    `Usual: a warning after ${usual[0]} s of closed eyes, an alarm after ${usual[1]} s. ` +
    `Early: after ${early[0]} s and ${early[1]} s. Late: after ${late[0]} s and ${late[1]} s. ` +
    'A change begins a new watch session.';
  assert.equal(page.split(help).length, 3, `as a tooltip and as a description: ${help}`);
  assert.deepEqual([of('default', 'calm_rate'), of('default', 'alert_rate')], [1, 4]);
  assert.match(page, /sends one small picture a second .*, up to four a second while something looks wrong/);
});

test('pictures keep their aspect and are never enlarged', () => {
  const small = { width: 320, height: 240 };
  assert.deepEqual(fitWithin(640, 480, small), { width: 320, height: 240 });
  assert.deepEqual(fitWithin(1280, 720, small), { width: 320, height: 180 });
  assert.deepEqual(fitWithin(480, 640, small), { width: 180, height: 240 });
  assert.deepEqual(fitWithin(100, 50, small), { width: 100, height: 50 });
  assert.deepEqual(fitWithin(10_000, 1, small), { width: 320, height: 1 });
});

test('the face’s paths name each point once, within the 478', () => {
  for (const [name, path] of Object.entries(CONTOURS)) {
    assert.equal(new Set(path).size, path.length, name);
    assert.ok(
      path.every((index) => Number.isInteger(index) && index >= 0 && index < 478),
      name,
    );
  }
});

test('the mouth is put into words that fit a smile as well as a yawn', () => {
  const words = [null, 0, 0.09, 0.1, 0.14, 0.24, 0.25, 0.35, 0.36, 0.8].map(strings.mouth);
  assert.deepEqual(words, [
    '–',
    'closed',
    'closed',
    'slightly open',
    'slightly open',
    'slightly open',
    'open',
    'open',
    'wide open',
    'wide open',
  ]);
});

test('hints fit what is looked at, and own up to a head turned far', () => {
  /** @param {object} raw */
  const hint = (raw, kind = 'camera') =>
    strings.hint(parseMessage(JSON.stringify({ type: 'verdict', seq: 1, ...raw })).message, kind);
  assert.equal(hint({ presence: 'person' }), 'Raise your head, facing the camera.');
  assert.equal(hint({ presence: 'nobody' }), 'Come into the picture, facing the camera.');
  assert.equal(hint({ presence: 'nobody' }, 'picture'), 'Nobody was found in this picture.');
  assert.equal(hint({ presence: 'nobody' }, 'video'), 'Nobody was found in this film.');
  assert.equal(hint({ presence: 'unknown', reason: 'dark' }, 'picture'), 'Try a brighter picture.');
  assert.equal(hint({ presence: 'unknown', reason: 'later' }, 'picture'), '');
  const face = { presence: 'face', eyes: 'open' };
  assert.equal(hint({ ...face, head: { yaw: -44, roll: 59 } }), '');
  assert.equal(hint({ ...face, head: { yaw: -46, roll: 0 } }), '(head turned far)');
  assert.equal(hint({ ...face, head: { yaw: 0, roll: 61 } }, 'picture'), '(head turned far)');
  assert.equal(hint(face), '');
});
