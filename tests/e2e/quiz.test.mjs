/** What the client does about quizzes, with a made-up clock and socket. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { captionsOf } from '../../web/captions.js';
import { languageOf } from '../../web/language.js';
import { LoaQuiz } from '../../web/loa-quiz.js';
import { parseQuizMessage, readCues, transcriptPieces } from '../../web/loa-quiz-wire.js';
import { WELCOME, setUp, setUpOpen } from './world.mjs';

const CUES = [
  { start_s: 1, end_s: 2, text: 'A page table maps pages to frames.' },
  { start_s: 2, end_s: 4, text: 'Every process has its own.' },
];
const item = (quiz, at_s, set = 's1') => ({ type: 'quiz.item', quiz, set, at_s });
const progress = (more) => ({ type: 'quiz.progress', set: 's1', source: 'cloze', state: 'making', chunks: 3, ...more });
const ask = (quiz) => ({ type: 'quiz.ask', quiz, at_s: 4, source: 'cloze', question: 'What?', options: ['a', 'b'] });
const graded = (quiz, choice = 1) => ({ type: 'quiz.graded', quiz, choice, correct: choice === 1, key: 1, reasons: [] });
const refusal = (code) => ({ type: 'error', code, message: 'no', retry: false });

function listen(client) {
  const quiz = new LoaQuiz(client);
  const told = [];
  for (const type of ['marks', 'progress', 'sets', 'ask', 'graded', 'trouble']) {
    quiz.on(type, (detail) => told.push([type, detail]));
  }
  const of = (type) => told.filter(([name]) => name === type).map(([, detail]) => detail);
  return { quiz, told, of };
}
async function setUpQuiz(options) {
  const all = await setUpOpen({ quizzes: true, capture: async () => null, ...options });
  return { ...all, ...listen(all.client) };
}
const said = ({ texts }) => texts.filter(({ type }) => type !== 'hello' && type !== 'pong');
const outcomes = (quiz) => quiz.marks.map(({ quiz: name, outcome }) => [name, outcome]);

test('subtitles are cut into messages that the server takes, whole cues, in their order', () => {
  const cues = Array.from({ length: 500 }, (_, i) => ({ start_s: i, text: `여기 ${'말'.repeat(i % 40)} ${i}` }));
  cues.splice(7, 0, { start_s: 6.5, text: 'x'.repeat(5000) });
  const pieces = [...transcriptPieces(cues, 2000)];
  for (const piece of pieces) {
    assert.ok(new TextEncoder().encode(JSON.stringify({ type: 'transcript', cues: piece })).length <= 2000);
  }
  assert.deepEqual(pieces.flat(), [...cues.slice(0, 7), ...cues.slice(8)], 'only what fits no message is left out');
  assert.deepEqual([...transcriptPieces([], 2000)], []);
});

test('an answer without cues is not understood, unsound cues are left out', () => {
  for (const bad of [undefined, null, {}, 'cues']) assert.equal(readCues(bad), null);
  assert.deepEqual(readCues([CUES[0], { start_s: 'now', text: 'a' }, null, { start_s: 3, text: 'b' }]), [
    CUES[0],
    { start_s: 3, text: 'b' },
  ]);
});

test('messages of a wrong shape are none', () => {
  for (const bad of [
    'nonsense',
    '[]',
    '{"type":"quiz.item","quiz":"a"}',
    '{"type":"quiz.progress","state":"soon"}',
    '{"type":"quiz.ask","quiz":"a","question":"?","options":[]}',
    '{"type":"quiz.ask","quiz":"a","question":"?","options":["a",7]}',
    '{"type":"quiz.graded","quiz":"a","correct":true}',
    '{"type":"toString"}',
  ]) {
    assert.equal(parseQuizMessage(bad), null, bad);
  }
});

test('sends the subtitles, then the wish, as soon as there is a connection', async () => {
  const all = setUp({ quizzes: true });
  const { quiz } = listen(all.client);
  quiz.make(CUES);
  all.client.start();
  await all.timers.pass(0);
  all.socket().open();
  assert.deepEqual(said(all.socket()), [{ type: 'transcript', cues: CUES }, { type: 'quiz.generate' }]);
});

test('a question is asked and graded, and its mark tells how it went', async () => {
  const { quiz, socket, of } = await setUpQuiz();
  quiz.make(CUES, 'cloze');
  assert.deepEqual(said(socket()).at(-1), { type: 'quiz.generate', source: 'cloze' });
  for (const each of [item('b', 9), item('a', 4), item('a', 4), progress({ items: 2 })]) socket().say(each);
  assert.deepEqual(outcomes(quiz), [
    ['a', null],
    ['b', null],
  ]);
  assert.equal(quiz.answer(0), false, 'nothing is asked');
  assert.equal(quiz.open('a'), true);
  socket().say(ask('a'));
  assert.deepEqual(outcomes(quiz)[0], ['a', 'open']);
  assert.equal(quiz.answer(1), true);
  assert.deepEqual(said(socket()).slice(-2), [
    { type: 'quiz.open', quiz: 'a' },
    { type: 'quiz.answer', quiz: 'a', choice: 1 },
  ]);
  socket().say(graded('a'));
  assert.deepEqual(outcomes(quiz)[0], ['a', 'right']);
  socket().say(ask('b'));
  quiz.answer(null);
  socket().say({ ...graded('b'), choice: null, correct: false });
  assert.deepEqual(outcomes(quiz)[1], ['b', 'passed']);
  assert.equal(of('graded').length, 2);
});

test('one that was open waits while another is asked', async () => {
  const { quiz, socket } = await setUpQuiz();
  quiz.make(CUES);
  for (const each of [item('a', 4), item('b', 9), ask('a'), ask('b')]) socket().say(each);
  assert.deepEqual(outcomes(quiz), [
    ['a', null],
    ['b', 'open'],
  ]);
});

test('back in the same watch session nothing is sent again, and nothing is told twice', async () => {
  const { quiz, socket, timers } = await setUpQuiz();
  quiz.make(CUES);
  for (const each of [item('a', 4), progress({ state: 'done' }), ask('a')]) socket().say(each);
  socket().break();
  await timers.pass(2000);
  socket().open({ ...WELCOME, recovered: true });
  assert.deepEqual(said(socket()), []);
  for (const each of [item('a', 4), progress({ state: 'done' }), ask('a')]) socket().say(each);
  assert.deepEqual(outcomes(quiz), [['a', 'open']]);
  assert.equal(quiz.answer(1), true);
});

test('in a new watch session the question is closed, and the set is taken up again', async () => {
  const { quiz, socket, timers, of } = await setUpQuiz();
  quiz.make(CUES);
  for (const each of [item('a', 4), progress({ state: 'done' }), ask('a')]) socket().say(each);
  socket().break();
  await timers.pass(2000);
  socket().open({ ...WELCOME, recovered: false });
  assert.equal(of('ask').at(-1), null);
  assert.deepEqual(said(socket()), [{ type: 'quiz.use', set: 's1' }]);
});

test('a wish that may be lost on its way is said again', async () => {
  const { quiz, socket, timers } = await setUpQuiz();
  quiz.make(CUES);
  socket().break();
  await timers.pass(2000);
  socket().open({ ...WELCOME, recovered: true });
  assert.deepEqual(said(socket()), [{ type: 'quiz.generate' }]);
  socket().say(refusal('transcript_missing'));
  assert.deepEqual(
    said(socket()).map(({ type }) => type),
    ['quiz.generate', 'transcript', 'quiz.generate'],
  );
});

test('after a failure the same subtitles go to the other maker, once', async () => {
  const { quiz, socket } = await setUpQuiz();
  quiz.make(CUES);
  socket().say({ type: 'quiz.progress', source: 'llm', state: 'failed', chunks: 3, code: 'llm_failed', message: 'no key' });
  quiz.again('cloze');
  assert.deepEqual(said(socket()), [
    { type: 'transcript', cues: CUES },
    { type: 'quiz.generate' },
    { type: 'quiz.generate', source: 'cloze' },
  ]);
});

test('another set’s marks take the place of the old ones', async () => {
  const { quiz, socket } = await setUpQuiz();
  quiz.make(CUES);
  for (const each of [item('a', 4), item('b', 9), item('c', 5, 's2')]) socket().say(each);
  assert.deepEqual(outcomes(quiz), [['c', null]]);
});

test('refusals about quizzes are told, others are not; an answer too many closes the question', async () => {
  const { quiz, socket, of } = await setUpQuiz();
  quiz.make(CUES);
  for (const each of [item('a', 4), ask('a'), refusal('bad_clock'), refusal('quiz_limit')]) socket().say(each);
  assert.deepEqual(
    of('trouble').map(({ code }) => code),
    ['quiz_limit'],
  );
  assert.equal(quiz.asked?.quiz, 'a');
  socket().say(refusal('quiz_answered'));
  assert.equal(quiz.asked, null);
  assert.deepEqual(outcomes(quiz), [['a', 'answered']]);
});

test('the lecture’s place is told without consent to the camera, but only to who wants quizzes', async () => {
  for (const quizzes of [true, false]) {
    const { client, timers, socket } = setUp({ quizzes });
    client.start();
    await timers.pass(0);
    socket().open({ ...WELCOME, consent: false });
    client.playback({ position_s: 3, playing: true });
    await timers.pass(3000);
    assert.equal(said(socket()).length, quizzes ? 1 : 0);
    assert.equal(socket().frames.length, 0);
  }
});

test('a set of before is taken up in a new watch session, and awaited in the one of before', async () => {
  for (const [recovered, set, sent, troubles] of [
    [true, 's1', 0, 0],
    [true, '', 0, 0],
    [false, 's1', 1, 0],
    [false, '', 0, 1],
  ]) {
    const all = setUp({ memory: { load: () => ({ resume: 'old', lastN: 0, alerts: [] }), save() {} } });
    const { quiz, of } = listen(all.client);
    quiz.use(set);
    all.client.start();
    await all.timers.pass(0);
    all.socket().open({ ...WELCOME, recovered });
    assert.deepEqual([said(all.socket()).length, of('trouble').length], [sent, troubles], `${recovered} ${set}`);
  }
});

test('a mark that was answered before this page was loaded says so once it is clicked', async () => {
  const { quiz, socket } = await setUpQuiz();
  quiz.make(CUES);
  socket().say(item('a', 4));
  quiz.open('a');
  socket().say(refusal('quiz_answered'));
  assert.deepEqual(outcomes(quiz), [['a', 'answered']]);
});

test('what the server says was answered is marked so, and never undone', async () => {
  const { quiz, socket } = await setUpQuiz();
  quiz.make(CUES);
  const answers = [{ correct: true }, { correct: false }, {}, null, undefined];
  answers.forEach((answered, i) => socket().say({ ...item(`q${i}`, i), answered }));
  assert.deepEqual(outcomes(quiz).map(([, outcome]) => outcome), ['right', 'wrong', null, null, null]);
  socket().say(ask('q3'));
  socket().say({ ...graded('q3'), choice: null, correct: false });
  socket().say({ ...item('q3', 3), answered: { correct: false } });
  assert.deepEqual(outcomes(quiz)[3], ['q3', 'passed']);
});

test('wishes about sets are said one after the other', async () => {
  const { quiz, socket, of } = await setUpQuiz();
  quiz.make(CUES);
  quiz.askForSets();
  assert.deepEqual(said(socket()).at(-1), { type: 'quiz.generate' });
  socket().say(progress());
  assert.deepEqual(said(socket()).at(-1), { type: 'quiz.sets' });
  quiz.choose('s2');
  assert.deepEqual(said(socket()).at(-1), { type: 'quiz.sets' });
  socket().say({ type: 'quiz.sets', sets: [] });
  assert.deepEqual(said(socket()).at(-1), { type: 'quiz.use', set: 's2' });
  quiz.askForSets();
  socket().say(refusal('set_unknown'));
  assert.deepEqual(said(socket()).at(-1), { type: 'quiz.sets' });
  assert.equal(quiz.set, 's1', 'what was in use stays so');
  socket().say(refusal('quiz_busy'));
  assert.deepEqual(of('trouble').map(({ code }) => code), ['set_unknown'], 'sets are asked for again by themselves');
});

test('another set is chosen, and the one of the subtitles again: as it is if it is whole, else it is made on', async () => {
  for (const state of ['done', 'failed']) {
    const { quiz, socket } = await setUpQuiz();
    quiz.make(CUES);
    for (const each of [item('a', 4), item('b', 5), progress({ state })]) socket().say(each);
    socket().say(ask('a'));
    socket().say(graded('a'));
    quiz.choose('s2');
    for (const each of [item('c', 6, 's2'), progress({ set: 's2', source: 'hand', state: 'done' })]) socket().say(each);
    assert.deepEqual([outcomes(quiz), quiz.set, quiz.made], [[['c', null]], 's2', 's1']);
    quiz.choose('');
    assert.deepEqual(said(socket()).at(-1), state === 'done' ? { type: 'quiz.use', set: 's1' } : { type: 'quiz.generate' });
    for (const each of [item('a', 4), item('b', 5), progress({ state: 'done' })]) socket().say(each);
    assert.deepEqual(outcomes(quiz), [
      ['a', 'right'],
      ['b', null],
    ]);
  }
});

test('questions are looked up without subtitles, again in every new watch session until a set is chosen', async () => {
  const { quiz, socket, timers } = await setUpQuiz();
  quiz.look();
  assert.deepEqual(said(socket()), [{ type: 'quiz.sets' }]);
  socket().break();
  await timers.pass(2000);
  socket().open({ ...WELCOME, recovered: false });
  assert.deepEqual(said(socket()), [{ type: 'quiz.sets' }]);
  socket().say({ type: 'quiz.sets', sets: [] });
  quiz.choose('s1');
  for (const each of [item('a', 4), progress({ state: 'done' })]) socket().say(each);
  socket().break();
  await timers.pass(4000);
  socket().open({ ...WELCOME, recovered: false });
  assert.deepEqual(said(socket()), [{ type: 'quiz.use', set: 's1' }]);
});

test('captions end with the next where nothing says when, and have no tags', () => {
  const [first, second, third] = captionsOf([
    { start_s: 1, text: 'a < b & c' },
    { start_s: 3, end_s: 4, text: '<i>x</i>' },
    { start_s: 9, end_s: 2, text: 'z' },
  ]);
  assert.deepEqual(first, { start: 1, end: 3, text: 'a &lt; b &amp; c' });
  assert.deepEqual(second, { start: 3, end: 4, text: '&lt;i&gt;x&lt;/i&gt;' });
  assert.ok(third.end > 9);
});

test('Korean is told from what is not', () => {
  assert.equal(languageOf('빈칸에 알맞은 말은? ____은(는) TCP/IP 프로토콜'), 'ko');
  for (const words of ['What is 한글?  It is the Korean alphabet, made in 1443', '', '1 + 1 = 2']) assert.equal(languageOf(words), '');
});
