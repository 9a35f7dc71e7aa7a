import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Stage } from './stage.mjs';

const CUES = [{ start_s: 1, text: 'A page table maps pages to frames.' }];
const ALARM = { type: 'alert', n: 1, kind: 'eyes_closed', level: 'alarm', since_ms: 0, at_ms: 100, lasted_ms: 100 };

test('nothing is sent, and no camera opened, before the learner has agreed', async (t) => {
  const stage = new Stage(t);
  stage.agrees = false;
  const page = await stage.guest(1);
  assert.equal(page.view.phase, 'off');
  await page.say({ type: 'start' });
  assert.equal(page.view.phase, 'consent');
  assert.equal(stage.sockets.length, 0);
  assert.deepEqual(stage.done, ['badge consent']);
  await page.say({ type: 'settings' });
  assert.equal(stage.done.at(-1), 'options consent', 'to the place where one agrees');

  stage.agrees = true;
  stage.desk.tryAgain();
  await stage.pass(1000);
  assert.equal(page.view.phase, 'on');
  assert.equal(page.view.camera, 'on');
  assert.ok(stage.socket.frames > 0);
  assert.equal(stage.socket.said[0].lecture.url, 'https://school.example/a');
});

test('one lecture at a time: another tab takes over, and the first may take back', async (t) => {
  const stage = new Stage(t);
  const one = await stage.guest(1, '/a');
  const two = await stage.guest(2, '/b');
  await one.say({ type: 'start' });
  assert.equal(two.view.phase, 'elsewhere');
  assert.equal(two.view.elsewhere, 'Lecture /a');
  await two.say({ type: 'pause' });
  assert.equal(one.view.phase, 'on', 'who is not watched has no say');

  const first = stage.socket;
  await two.say({ type: 'start' });
  assert.equal(first.of('end').length, 1);
  assert.deepEqual([one.view.phase, two.view.phase], ['elsewhere', 'on']);
  await one.say({ type: 'start' });
  assert.deepEqual([one.view.phase, two.view.phase], ['on', 'elsewhere']);
  assert.equal(stage.sockets.length, 3);
});

test('a player in a frame has the title of the page around it', async (t) => {
  const stage = new Stage(t);
  const player = await stage.guest(1, '/player', 'https://player.example', { frame: 3, title: 'Paging' });
  await player.say({ type: 'start' });
  await stage.pass(1000);
  assert.equal(stage.socket.said[0].lecture.title, 'Paging');
  assert.equal(stage.desk.watched.title, 'Paging');
});

test('the same lecture in another tab goes on in the same watch session', async (t) => {
  const stage = new Stage(t);
  const one = await stage.guest(1);
  const two = await stage.guest(2);
  await one.say({ type: 'start' });
  await two.say({ type: 'start' });
  assert.equal(stage.sockets.length, 1);
  assert.deepEqual([one.view.phase, two.view.phase], ['elsewhere', 'on']);
});

test('a page that is loaded anew goes on by itself', async (t) => {
  const stage = new Stage(t);
  const page = await stage.guest(1);
  await page.say({ type: 'start' });
  await page.say({ type: 'playback', position_s: 5, playing: true, rate: 1 });
  await page.go();
  assert.equal(stage.socket.of('playback').at(-1).playing, false);
  await stage.pass(20_000);
  assert.equal(stage.done.at(-1), 'camera off', 'nobody is looked at for long who may be gone');
  assert.equal(stage.socket.of('pause').length, 1);

  const stranger = await stage.guest(2);
  assert.equal(stranger.view.phase, 'elsewhere', 'another tab has to say that it wants to');
  const again = await stage.guest(1);
  assert.equal(again.view.phase, 'on');
  assert.equal(again.view.camera, 'on');
  assert.equal(stage.sockets.length, 1);
  assert.equal(stage.socket.of('end').length, 0);
  assert.equal(stage.socket.of('resume').length, 1);
});

test('a page that does not come back ends the watch session after a minute', async (t) => {
  const stage = new Stage(t);
  const page = await stage.guest(1);
  await page.say({ type: 'start' });
  await page.go();
  await stage.pass(59_000);
  assert.equal(stage.socket.of('end').length, 0);
  assert.equal(stage.desk.isBusy, true);
  await stage.pass(2_000);
  assert.equal(stage.socket.of('end').length, 1);
  assert.equal(stage.desk.isBusy, false);
  assert.equal((await stage.guest(1)).view.phase, 'off');
});

test('a site that is no longer allowed is left at once', async (t) => {
  const stage = new Stage(t);
  const page = await stage.guest(1);
  await page.say({ type: 'start' });
  await page.dismiss();
  assert.equal(page.view, 'leave');
  assert.equal(stage.socket.of('end').length, 1);
  assert.ok(stage.done.includes('camera off'));
  assert.equal(stage.desk.isBusy, false);
});

test('another film in the same page is another watch session', async (t) => {
  const stage = new Stage(t);
  const page = await stage.guest(1, '/a');
  await page.say({ type: 'start' });
  await page.find('/a');
  assert.equal(stage.sockets.length, 1);
  await page.find('/b');
  await stage.pass(1000);
  assert.equal(stage.sockets[0].of('end').length, 1);
  assert.equal(stage.socket.said[0].lecture.url, 'https://school.example/b');
  assert.equal(page.view.phase, 'on');
});

test('alarms: at the time of the wall clock, heard until the learner is awake or back', async (t) => {
  const stage = new Stage(t);
  const page = await stage.guest(1);
  await page.say({ type: 'start' });
  const began = Date.now() - 200;
  stage.socket.tell({ ...ALARM, level: 'pre_alarm' });
  await stage.pass();
  assert.equal(stage.done.filter((what) => what === 'chime').length, 1);
  stage.socket.tell({ ...ALARM, n: 2, since_ms: 100, at_ms: 300 });
  await stage.pass();
  assert.equal(page.view.alerts.length, 1);
  const [{ since, at, level }] = page.view.alerts;
  assert.ok(Math.abs(since - began - 100) <= 200 && at - since === 200 && level === 'alarm');
  assert.equal(stage.done.filter((what) => what === 'ring').length, 1);

  await page.say({ type: 'awake' });
  assert.equal(stage.done.at(-1), 'quiet');
  stage.socket.tell({ ...ALARM, n: 3, kind: 'slumped' });
  await stage.pass();
  assert.equal(stage.done.filter((what) => what === 'ring').length, 2, 'a new alarm is heard again');
  stage.socket.tell({ type: 'alert.cleared', n: 4, kind: 'slumped', at_ms: 900 });
  await stage.pass();
  assert.equal(stage.done.filter((what) => what === 'quiet').length, 2);
  assert.equal(page.view.cleared.kind, 'slumped');
  assert.ok(page.view.cleared.at - page.view.cleared.since === 900);
});

test('a film that the learner has paused: what is alarming then is quiet, and told only if it lasts when the film plays', async (t) => {
  const stage = new Stage(t);
  const page = await stage.guest(1);
  const film = (/** @type {boolean} */ playing, more = {}) => page.say({ type: 'playback', position_s: 5, playing, rate: 1, ...more });
  const heard = (/** @type {string} */ what) => stage.done.filter((each) => each === what).length;
  await page.say({ type: 'start' });
  await film(false);
  stage.socket.tell({ ...ALARM, level: 'pre_alarm' });
  stage.socket.tell({ ...ALARM, n: 2 });
  await stage.pass();
  assert.equal(page.view.alerts[0].quiet, true);
  assert.deepEqual([heard('chime'), heard('ring'), heard('badge alarm')], [0, 0, 0]);
  await film(true);
  await stage.pass(3000);
  await film(false);
  await stage.pass(6000);
  assert.equal(heard('ring'), 0, 'it was paused again');
  await film(true);
  await stage.pass(6000);
  assert.equal(page.view.alerts[0].quiet, undefined);
  assert.equal(heard('ring'), 1, 'nobody is back, and the film plays');
});

test('a film that waits for us is no film that the learner has paused; an alarm goes on though the film is paused', async (t) => {
  const stage = new Stage(t);
  const page = await stage.guest(1);
  const film = (/** @type {object} */ how) => page.say({ type: 'playback', position_s: 5, playing: false, rate: 1, ...how });
  await page.say({ type: 'start' });
  await film({ held: true });
  stage.socket.tell(ALARM);
  await stage.pass();
  assert.ok(stage.done.includes('ring'));
  await film({});
  stage.socket.tell({ ...ALARM, n: 2, at_ms: 900 });
  stage.socket.tell({ ...ALARM, n: 3, kind: 'absent' });
  await stage.pass();
  assert.deepEqual(page.view.alerts.map(({ quiet }) => quiet === true), [false, true]);
  assert.equal(stage.done.includes('quiet'), false);
});

test('no sounds: nothing is heard; paused: neither', async (t) => {
  const stage = new Stage(t, { sounds: false });
  const page = await stage.guest(1);
  await page.say({ type: 'start' });
  stage.socket.tell({ ...ALARM, level: 'pre_alarm' });
  stage.socket.tell({ ...ALARM, n: 2 });
  await stage.pass();
  assert.equal(page.view.alerts[0].level, 'alarm');
  assert.equal(stage.done.includes('chime') || stage.done.includes('ring'), false);
  stage.desk.use({ ...stage.settings, sounds: true });
  assert.equal(stage.done.at(-1), 'ring', 'the wish holds at once');
  await page.say({ type: 'pause' });
  assert.ok(stage.done.includes('quiet'));
  assert.equal(page.view.phase, 'paused');
  assert.equal(page.view.camera, 'off');
});

test('the camera: denied, then allowed; unplugged, then back', async (t) => {
  const stage = new Stage(t, { camera: 'mine' });
  stage.cameraError = 'NotAllowedError';
  const page = await stage.guest(1);
  await page.say({ type: 'start' });
  assert.equal(page.view.camera, 'denied');
  assert.equal(page.view.trouble.code, 'camera_denied');
  await page.say({ type: 'settings' });
  assert.equal(stage.done.at(-1), 'options camera');
  assert.equal(page.view.phase, 'on');
  stage.cameraError = '';
  stage.desk.retryCamera();
  await stage.pass();
  assert.equal(page.view.camera, 'on');
  assert.equal(page.view.trouble, null);
  assert.ok(stage.done.includes('camera on mine'));

  stage.cameraError = 'NotFoundError';
  stage.unplug?.();
  await stage.pass();
  assert.equal(page.view.camera, 'lost');
  const { frames } = stage.socket;
  stage.desk.retryCamera();
  await stage.pass(3000);
  assert.equal(page.view.camera, 'lost');
  assert.equal(stage.socket.frames, frames);
  stage.cameraError = '';
  stage.desk.retryCamera();
  await stage.pass(3000);
  assert.equal(page.view.camera, 'on');
  assert.ok(stage.socket.frames > frames);
});

test('a camera that another program holds is tried again', async (t) => {
  const stage = new Stage(t);
  stage.cameraError = 'NotReadableError';
  const page = await stage.guest(1);
  await page.say({ type: 'start' });
  assert.equal(page.view.camera, 'busy');
  stage.cameraError = '';
  await stage.pass(6000);
  assert.equal(page.view.camera, 'on');
});

test('a server that goes: the next attempt is told, nothing is queued, and it goes on', async (t) => {
  const stage = new Stage(t);
  const page = await stage.guest(1);
  await page.say({ type: 'start' });
  await stage.pass(2000);
  stage.isAway = true;
  stage.socket.lose();
  await stage.pass(100);
  assert.equal(page.view.connection, 'waiting');
  assert.equal(page.view.phase, 'on');
  assert.equal(page.view.camera, 'on', 'its light does not flicker');
  assert.ok(page.view.retryAt > Date.now() - 100);
  await stage.pass(3000);
  stage.isAway = false;
  await stage.pass(20_000);
  assert.equal(page.view.connection, 'open');
  assert.equal(stage.socket.said[0].resume, 'secret');

  stage.remembers = false;
  stage.socket.lose();
  await stage.pass(5_000);
  await page.say({ type: 'stop' });
  assert.equal(page.view.report.session, 'session-1 session-2', 'what the server lost on the way counts as well');
});

test('a server that the browser forbids is no server that is away', async (t) => {
  const stage = new Stage(t);
  stage.allowed = false;
  stage.isAway = true;
  const page = await stage.guest(1);
  await page.say({ type: 'start' });
  await stage.pass(500);
  assert.equal(page.view.trouble.code, 'server_permission');
});

test('questions: made once of the whole subtitles, asked, graded, read', async (t) => {
  const stage = new Stage(t);
  const page = await stage.guest(1);
  await page.say({ type: 'start' });
  await page.say({ type: 'cues', cues: CUES, complete: false });
  assert.equal(stage.socket.of('transcript').length, 0);
  await page.say({ type: 'cues', cues: [{ start_s: 9, text: 'More.' }], complete: true });
  assert.deepEqual(stage.socket.of('transcript').flatMap(({ cues }) => cues.map((/** @type {any} */ cue) => cue.start_s)), [1, 9]);
  assert.equal(stage.socket.of('quiz.generate').length, 1);

  stage.socket.tell({ type: 'quiz.progress', set: 's', source: 'cloze', state: 'done', chunks: 1, chunks_done: 1, items: 2 });
  stage.socket.tell({ type: 'quiz.item', quiz: 'q1', set: 's', at_s: 5 });
  stage.socket.tell({ type: 'quiz.item', quiz: 'q2', set: 's', at_s: 6 });
  stage.socket.tell({ type: 'quiz.ask', quiz: 'q1', at_s: 5, source: 'cloze', question: 'What?', options: ['a', 'b'] });
  await stage.pass();
  assert.equal(page.view.quiz.ask.quiz, 'q1');
  await page.say({ type: 'quiz.answer', quiz: 'q2', choice: 1 });
  assert.equal(stage.socket.of('quiz.answer').length, 0, 'of a question that is not open');
  await page.say({ type: 'quiz.answer', quiz: 'q1', choice: 1 });
  stage.socket.tell({ type: 'quiz.graded', quiz: 'q1', choice: 1, correct: true, key: 1, reasons: [] });
  stage.socket.tell({ type: 'quiz.ask', quiz: 'q2', at_s: 6, source: 'cloze', question: 'And?', options: ['a', 'b'] });
  await stage.pass();
  assert.equal(page.view.quiz.graded.correct, true);
  assert.equal(page.view.quiz.ask.quiz, 'q1', 'it is still being read');

  await page.go();
  const again = await stage.guest(1);
  await again.say({ type: 'cues', cues: CUES, complete: true });
  assert.equal(stage.socket.of('quiz.generate').length, 1, 'the same subtitles once more');
  assert.equal(again.view.quiz.graded.quiz, 'q1');
  await again.say({ type: 'quiz.close' });
  assert.equal(again.view.quiz.graded, null);
  assert.equal(again.view.quiz.ask.quiz, 'q2');
});

test('questions are made by wish only, if so set', async (t) => {
  const stage = new Stage(t, { quizzes: false });
  const page = await stage.guest(1);
  await page.say({ type: 'cues', cues: CUES, complete: true });
  await page.say({ type: 'start' });
  assert.equal(stage.socket.of('quiz.generate').length, 0);
  await page.say({ type: 'quiz.make', source: 'cloze' });
  assert.deepEqual(stage.socket.of('quiz.generate'), [{ type: 'quiz.generate', source: 'cloze' }]);
});

test('a wish for what was just offered makes them once', async (t) => {
  const stage = new Stage(t);
  const page = await stage.guest(1);
  await page.say({ type: 'start' });
  await page.say({ type: 'cues', cues: CUES, complete: true });
  await page.say({ type: 'quiz.make' });
  assert.equal(stage.socket.of('transcript').length, 1);
  assert.equal(stage.socket.of('quiz.generate').length, 1);
});

test('questions that are switched off wait', async (t) => {
  const stage = new Stage(t);
  const page = await stage.guest(1);
  await page.say({ type: 'start' });
  stage.socket.tell({ type: 'quiz.item', quiz: 'q1', set: 's', at_s: 5 });
  stage.desk.use({ ...stage.settings, quizzes: false });
  stage.socket.tell({ type: 'quiz.ask', quiz: 'q1', at_s: 5, source: 'cloze', question: 'What?', options: ['a', 'b'] });
  await stage.pass();
  assert.equal(page.view.quiz.ask, null);
  await page.say({ type: 'quiz.open', quiz: 'q1' });
  assert.equal(page.view.quiz.ask.quiz, 'q1', 'the learner wants this one');
});

test('what could not be made is tried again of what the server has', async (t) => {
  const stage = new Stage(t);
  const page = await stage.guest(1);
  await page.say({ type: 'start' });
  await page.say({ type: 'cues', cues: CUES, complete: true });
  stage.socket.tell({ type: 'quiz.progress', source: 'llm', state: 'failed', chunks: 1, chunks_done: 0, items: 0, code: 'llm_failed', message: 'Refused.' });
  await stage.pass();
  assert.equal(page.view.quiz.trouble, 'Refused.');
  await page.say({ type: 'quiz.make', source: 'cloze' });
  assert.equal(page.view.quiz.trouble, null);
  assert.equal(stage.socket.of('transcript').length, 1);
  assert.equal(stage.socket.of('quiz.generate').length, 2);
});

test('who never began has nothing to report', async (t) => {
  const stage = new Stage(t);
  stage.agrees = false;
  const page = await stage.guest(1);
  await page.say({ type: 'start' });
  await page.say({ type: 'stop' });
  assert.equal(page.view.phase, 'off');
});

test('the end: a report, once; then anew', async (t) => {
  const stage = new Stage(t);
  const page = await stage.guest(1);
  await page.say({ type: 'start' });
  await page.say({ type: 'stop' });
  assert.equal(page.view.phase, 'ended');
  assert.equal(page.view.report.session, 'session-1');
  assert.equal(page.view.camera, 'off');
  assert.equal(stage.socket.of('end').length, 1);
  await page.say({ type: 'report' });
  assert.equal(stage.done.at(-1), 'report session-1');
  await page.say({ type: 'start' });
  assert.equal(page.view.phase, 'on');
  assert.equal(page.view.report, null);
});

test('a film that stands at its end has ended, unless something is asked', async (t) => {
  const stage = new Stage(t);
  const page = await stage.guest(1);
  const film = { type: 'playback', position_s: 59.8, playing: false, rate: 1, duration_s: 60 };
  await page.say({ type: 'start' });
  await page.say({ ...film, playing: true });
  await stage.pass(6000);
  assert.equal(page.view.phase, 'on');
  stage.socket.tell({ type: 'quiz.item', quiz: 'q1', set: 's', at_s: 59 });
  stage.socket.tell({ type: 'quiz.ask', quiz: 'q1', at_s: 59, source: 'cloze', question: 'What?', options: ['a', 'b'] });
  await page.say(film);
  await stage.pass(6000);
  assert.equal(page.view.phase, 'on');
  stage.socket.tell({ type: 'quiz.graded', quiz: 'q1', choice: 0, correct: false, key: 1 });
  await stage.pass();
  await page.say({ type: 'quiz.close' });
  for (let i = 0; i < 6; i += 1) await page.say(film), await stage.pass(800);
  assert.equal(page.view.phase, 'ended');
});

test('what does not fit is counted, and nothing happens', async (t) => {
  const stage = new Stage(t);
  const page = await stage.guest(1, '');
  await page.say({ type: 'start' });
  await page.say({ type: 'lecture', subtitles: 'none', lecture: { url: 'https://bank.example/' } });
  await page.say({ type: 'start' });
  await page.say({ type: 'agree', version: 'v1' });
  assert.equal(stage.desk.ignored, 2);
  assert.equal(stage.sockets.length, 0);
});

test('views are posted when they changed, ten a second at most', async (t) => {
  const stage = new Stage(t);
  const page = await stage.guest(1);
  await page.say({ type: 'start' });
  await stage.pass(1000);
  const before = page.views.length;
  await stage.pass(10_000);
  assert.equal(page.views.length, before, 'frames alone change nothing');
});

test('signed out: the camera closes, and consent is asked for', async (t) => {
  const stage = new Stage(t);
  const page = await stage.guest(1);
  await page.say({ type: 'start' });
  stage.socket.tell(ALARM);
  await stage.pass();
  stage.agrees = false;
  stage.socket.lose(4403);
  await stage.pass();
  assert.equal(page.view.phase, 'consent');
  assert.equal(page.view.camera, 'off');
  assert.deepEqual(page.view.alerts, []);
  assert.ok(stage.done.lastIndexOf('quiet') > stage.done.lastIndexOf('ring'));
});
