import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './bundle.mjs';

const { readGuest, readControl, readTabTitle, Gathering } = await load(`export * from './hub/parse.ts'`);
const HERE = ['https://school.example'];
const guest = (/** @type {unknown} */ said) => readGuest(said, HERE);
const lecture = (/** @type {object} */ more) =>
  guest({ type: 'lecture', subtitles: 'none', lecture: { url: 'https://school.example/a?v=1', ...more } });

test('words of a guest', () => {
  for (const type of ['gone', 'start', 'stop', 'pause', 'resume', 'quiz.close', 'awake', 'report', 'settings']) {
    assert.deepEqual(guest({ type, more: 1 }), { type });
  }
  for (const said of [null, undefined, 'start', 1, [], {}, { type: 1 }, { type: 'agree' }, { type: '__proto__' }, { type: 'toString' }]) {
    assert.equal(guest(said), null, JSON.stringify(said));
  }
});

test('a lecture is where its guest is', () => {
  assert.deepEqual(lecture({ title: ' Paging ', course: 'OS', duration_s: 60, other: 1 }), {
    type: 'lecture',
    subtitles: 'none',
    lecture: { url: 'https://school.example/a?v=1', title: 'Paging', course: 'OS', duration_s: 60 },
  });
  for (const url of ['https://bank.example/', 'http://school.example/', 'javascript:1', 'file:///etc', '', 'x', 1, `https://school.example/${'a'.repeat(2000)}`]) {
    assert.equal(lecture({ url }), null, String(url));
  }
  assert.equal(guest({ type: 'lecture', lecture: { url: 'https://school.example/' }, subtitles: 'all' }), null);
});

test('a long title is cut, one of another kind left out, never in the middle of a character', () => {
  assert.equal(lecture({ title: 'a'.repeat(400) }).lecture.title.length, 300);
  assert.equal(lecture({ title: `${'a'.repeat(299)}😀` }).lecture.title, 'a'.repeat(299));
  assert.deepEqual(lecture({ title: 7, course: '  ', duration_s: Infinity }).lecture, { url: 'https://school.example/a?v=1' });
});

test('a frame has the title of its tab, unless that is but the address', () => {
  assert.equal(readTabTitle({ title: '(2) Paging - YouTube', url: 'https://school.example/a' }), 'Paging');
  for (const tab of [undefined, {}, { title: '' }, { title: 'school.example/a', url: 'https://school.example/a?b' }])
    assert.equal(readTabTitle(tab), undefined);
  assert.equal(readTabTitle({ title: 'lecture', url: 'https://school.example/lecture' }), 'lecture');
  assert.equal(readTabTitle({ title: 'a'.repeat(400) }).length, 300);
});

test('playback', () => {
  const film = { type: 'playback', position_s: 1.5, playing: true, rate: 1 };
  assert.deepEqual(readGuest({ ...film, held: true }, []), { ...film, held: true });
  assert.deepEqual(readGuest({ ...film, held: 'x' }, []), film);
  assert.deepEqual(guest({ ...film, duration_s: NaN }), film);
  assert.deepEqual(guest({ ...film, duration_s: 60 }), { ...film, duration_s: 60 });
  for (const wrong of [{ position_s: -1 }, { position_s: NaN }, { position_s: '1' }, { playing: 1 }, { rate: 0 }, { rate: 100 }, { rate: undefined }]) {
    assert.equal(guest({ ...film, ...wrong }), null, JSON.stringify(wrong));
  }
});

test('cues: those that fit, 400 at a time', () => {
  const cue = { start_s: 1, end_s: 2, text: 'A page table.' };
  assert.deepEqual(guest({ type: 'cues', complete: true, cues: [cue, { ...cue, end_s: 0 }, { ...cue, text: '' }, null, { ...cue, start_s: -1 }] }), {
    type: 'cues',
    complete: true,
    cues: [cue, { start_s: 1, text: 'A page table.' }],
  });
  assert.equal(guest({ type: 'cues', complete: true, cues: Array(401).fill(cue) }), null);
  assert.equal(guest({ type: 'cues', cues: [cue] }), null);
  assert.equal(guest({ type: 'cues', complete: false, cues: {} }), null);
});

test('questions', () => {
  assert.deepEqual(guest({ type: 'quiz.make', source: 'llm' }), { type: 'quiz.make', source: 'llm' });
  assert.deepEqual(guest({ type: 'quiz.make' }), { type: 'quiz.make' });
  assert.deepEqual(guest({ type: 'quiz.answer', quiz: 'q-1', choice: null }), { type: 'quiz.answer', quiz: 'q-1', choice: null });
  const wrong = [
    { type: 'quiz.make', source: 'hand' },
    { type: 'quiz.use', set: '../x' },
    { type: 'quiz.open', quiz: '' },
    { type: 'quiz.open' },
    { type: 'quiz.answer', quiz: 'q', choice: -1 },
    { type: 'quiz.answer', quiz: 'q', choice: 1.5 },
    { type: 'quiz.answer', quiz: 'q', choice: '1' },
    { type: 'quiz.answer', quiz: 'q' },
  ];
  for (const said of wrong) assert.equal(guest(said), null, JSON.stringify(said));
});

test('what forms say', () => {
  assert.deepEqual(readControl({ type: 'watch' }), { type: 'watch' });
  assert.deepEqual(readControl({ type: 'agree', version: 'v1' }), { type: 'agree', version: 'v1' });
  assert.deepEqual(readControl({ type: 'reports' }), { type: 'reports', page: 'sessions' });
  assert.deepEqual(readControl({ type: 'reports', page: '../enter' }), { type: 'reports', page: 'sessions' });
  assert.deepEqual(readControl({ type: 'reports', session: '0199-a' }), { type: 'reports', session: '0199-a' });
  for (const said of [{ type: 'agree' }, { type: 'sign-in', link: 1 }, { type: 'start' }, null, {}]) assert.equal(readControl(said), null);
});

test('subtitles within bounds', () => {
  const gathering = new Gathering(200);
  assert.equal(gathering.add([{ start_s: 0, text: 'a'.repeat(52) }], false), true);
  assert.equal(gathering.add([{ start_s: 1, text: '가'.repeat(20) }, { start_s: 2, text: 'b' }], true), false, '108 bytes are too many');
  assert.deepEqual(gathering.cues.map(({ start_s }) => start_s), [0]);
  assert.equal(gathering.complete, true);
});
