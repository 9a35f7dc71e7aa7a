import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './bundle.mjs';

const { PositionHistory, matches, canonical, tidyTitle, chooseAdapter, plainText, tidyCue, tidy, pieces, CaptionLog, nextScene, softAlert, pillState, panelOf, Hold } =
  await load(`export * from './guest/history.ts'; export * from './guest/site.ts'; export * from './guest/cues.ts';
    export * from './guest/captions.ts'; export * from './guest/decide.ts'; export * from './guest/panel-model.ts'; export * from './guest/hold.ts'`);

/* -- where the film stood -- */

test('a time finds its place, also between two notes and while the film stands', () => {
  const history = new PositionHistory();
  history.note(1000, 10, 1);
  history.note(3000, 12, 1);
  history.note(4000, 13, 0);
  history.note(9000, 13, 2);
  assert.equal(history.at(999), null);
  assert.equal(history.at(2500), 11.5);
  assert.equal(history.at(8000), 13);
  assert.equal(history.at(10_000), 15);
});

test('a jump is noted at once, and does not reach into what was before', () => {
  const history = new PositionHistory();
  history.note(1000, 10, 1);
  history.note(1200, 300, 1);
  history.note(5000, 304, 1);
  history.note(5100, 20, 1);
  assert.equal(history.at(1100), 10.1);
  assert.equal(history.at(3000), 301.8);
  assert.equal(history.at(6100), 21);
});

test('a film that was held up cannot have been further than where it was found', () => {
  const history = new PositionHistory();
  history.note(0, 0, 1);
  history.note(10_000, 4, 0);
  assert.equal(history.at(9000), 4);
});

test('what is noted stays bounded', () => {
  const history = new PositionHistory();
  for (let i = 0; i < 20_000; i += 1) history.note(i * 1000, i, 1);
  assert.equal(history.at(19_999_000), 19_999);
  assert.equal(history.at(1000), null);
});

/* -- which lecture -- */

test('match patterns hold as they do in manifests', () => {
  for (const [pattern, address, holds] of [
    ['*://*.youtube.com/watch*', 'https://www.youtube.com/watch?v=1', true],
    ['*://*.youtube.com/watch*', 'https://youtube.com/watch', true],
    ['*://*.youtube.com/watch*', 'https://notyoutube.com/watch', false],
    ['*://*.youtube.com/watch*', 'https://youtube.com.evil.example/watch', false],
    ['https://a.example/x.y*', 'https://a.example/xzy', false],
    ['https://a.example/*', 'http://a.example/', false],
    ['*://*/*', 'http://127.0.0.1:8000/lecture', true],
    ['http://127.0.0.1:8000/*', 'http://127.0.0.1:8000/', true],
    ['*://*/*', 'file:///tmp/x', false],
    ['nonsense', 'http://a.example/', false],
  ]) {
    assert.equal(matches(pattern, address), holds, `${pattern} ${address}`);
  }
});

test('the first adapter that matches holds', () => {
  const sites = [{ id: 'one', match: ['*://a.example/*'] }, { id: 'any', match: ['*://*/*'] }];
  assert.equal(chooseAdapter(sites, 'https://a.example/').id, 'one');
  assert.equal(chooseAdapter(sites, 'https://b.example/').id, 'any');
  assert.equal(chooseAdapter([], 'https://b.example/'), null);
});

test('everybody at the same lecture has the same address', () => {
  const keep = ['v'];
  assert.equal(canonical('https://www.youtube.com/watch?t=3s&v=abc&list=x#y', keep), 'https://www.youtube.com/watch?v=abc');
  assert.equal(canonical('https://a.example/l?id=3&utm_source=x&t=40#top'), 'https://a.example/l?id=3');
  assert.equal(canonical('https://a.example/app#/lectures/3'), 'https://a.example/app#/lectures/3');
  assert.equal(canonical('https://user:secret@a.example/l?id=3'), 'https://a.example/l?id=3');
  assert.equal(canonical('about:blank'), null);
  const long = canonical(`https://a.example/l?id=${'x'.repeat(3000)}`);
  assert.equal(long, 'https://a.example/l');
});

test('titles lose what is around them', () => {
  assert.equal(tidyTitle('(3) Paging   explained - YouTube'), 'Paging explained');
  assert.equal(tidyTitle('운영체제 | 인프런'), '운영체제');
  assert.equal(tidyTitle('x'.repeat(400)).length, 300);
});

/* -- subtitles -- */

test('cues are plain words with their time', () => {
  assert.equal(plainText('<v Kim>Tom &amp; <i>Jerry</i>\n<00:01.000> run&nbsp;'), 'Tom & Jerry run');
  assert.deepEqual(tidyCue(1, 2.00049, 'a'), { start_s: 1, end_s: 2, text: 'a' });
  assert.deepEqual(tidyCue(1, Infinity, 'a'), { start_s: 1, text: 'a' });
  for (const [start, text] of [[NaN, 'a'], [-1, 'a'], [1, ' <i></i> '], [1, 'x'.repeat(1001)]]) assert.equal(tidyCue(start, 9, text), null);
});

test('cues are told in their order, once, and in pieces', () => {
  const cue = (start_s, text = 'a') => ({ start_s, text });
  assert.deepEqual(tidy([cue(2), cue(1), cue(2), cue(2, 'b')]), [cue(1), cue(2), cue(2, 'b')]);
  const many = Array.from({ length: 801 }, (_, i) => cue(i));
  assert.deepEqual(pieces(many, true).map(({ cues, complete }) => [cues.length, complete]), [[400, false], [400, false], [1, true]]);
  assert.deepEqual(pieces([], true), [{ cues: [], complete: true }]);
  assert.deepEqual(pieces([], false), []);
  const huge = Array.from({ length: 5000 }, (_, i) => cue(i, '가'.repeat(300)));
  assert.ok(JSON.stringify(tidy(huge)).length < 1024 * 1024);
});

test('captions that grow word by word and roll upwards are told once', () => {
  const log = new CaptionLog();
  log.see(['the page'], 1);
  log.see(['the page table'], 1.5);
  log.see(['the page table', 'maps'], 2);
  log.see(['the page table', 'maps pages'], 2.5);
  log.see(['maps pages', 'to frames'], 3);
  log.see([], 4);
  assert.deepEqual(log.take(), [
    { start_s: 1, end_s: 3, text: 'the page table' },
    { start_s: 2, end_s: 4, text: 'maps pages' },
    { start_s: 3, end_s: 4, text: 'to frames' },
  ]);
  assert.deepEqual(log.take(), []);
});

test('captions that are seen again after winding back are told once', () => {
  const log = new CaptionLog();
  for (const at of [10, 11]) log.see(['one'], at);
  for (const at of [12, 13]) log.see(['two'], at);
  for (const at of [10, 11]) log.see(['one'], at);
  log.see(['two'], 12);
  log.see(['one'], 90);
  assert.deepEqual(log.take(true).map(({ start_s, text }) => [start_s, text]), [[10, 'one'], [12, 'two'], [90, 'one']]);
});

/* -- what is shown -- */

const alert = (kind, level, since) => ({ n: 1, kind, level, since, at: since + 1 });
const on = (...alerts) => ({ phase: 'on', alerts });
const NONE = { name: 'none' };

test('an alarm stays until the learner answers, also when its reason is gone', () => {
  const asleep = alert('eyes_closed', 'alarm', 5);
  const first = nextScene(NONE, on(asleep), new Set());
  assert.deepEqual(first, { name: 'alarm', alert: asleep, from: 5 });
  const back = nextScene(first, on(), new Set());
  assert.equal(back.name, 'back');
  assert.equal(nextScene(back, on(), new Set()).name, 'back');
  assert.equal(nextScene(first, on(asleep), new Set(['eyes_closed 5'])).name, 'none');
});

test('a second alarm goes back to where the first began', () => {
  const first = nextScene(NONE, on(alert('drowsy', 'alarm', 5)), new Set());
  const back = nextScene(first, on(), new Set());
  const second = nextScene(back, on(alert('absent', 'alarm', 50)), new Set());
  assert.deepEqual([second.name, second.from], ['alarm', 5]);
});

test('nothing is alarming in a lecture that is over, or while the camera rests', () => {
  const first = nextScene(NONE, on(alert('absent', 'alarm', 5)), new Set());
  for (const phase of ['ended', 'paused', 'off', 'elsewhere', 'failed']) assert.equal(nextScene(first, { phase, alerts: [] }, new Set()).name, 'none');
});

test('warnings are soft, and so is an alarm that was answered', () => {
  assert.equal(softAlert(on(alert('looking_away', 'cue', 1), alert('absent', 'pre_alarm', 2)), new Set()).kind, 'absent');
  assert.equal(softAlert(on(alert('absent', 'alarm', 2)), new Set()), null);
  assert.equal(softAlert(on(alert('absent', 'alarm', 2)), new Set(['absent 2'])).level, 'pre_alarm');
});

test('what is quiet is not shown, and an alarm that is shown goes on beside it', () => {
  const quiet = (...of) => ({ ...alert(...of), quiet: true });
  assert.equal(nextScene(NONE, on(quiet('absent', 'alarm', 5)), new Set()).name, 'none');
  assert.equal(softAlert(on(quiet('absent', 'pre_alarm', 5)), new Set()), null);
  const shown = nextScene(NONE, on(alert('drowsy', 'alarm', 5), quiet('absent', 'alarm', 2)), new Set());
  assert.deepEqual([shown.name, shown.alert.kind, shown.from], ['alarm', 'drowsy', 5]);
});

/** A film as far as holding it goes. */
class Film extends EventTarget {
  paused = false;
  ended = false;
  pause() {
    this.paused = true;
  }
  async play() {
    this.paused = false;
  }
}

test('a film that is held goes on if it played, or if the learner wishes so', () => {
  const film = new Film();
  const hold = new Hold(() => {});
  hold.setFilm(film);
  hold.hold('alarm');
  assert.deepEqual([film.paused, hold.holds], [true, true]);
  hold.release('alarm');
  assert.deepEqual([film.paused, hold.holds], [false, false]);
  film.pause();
  hold.hold('alarm');
  assert.equal(hold.holds, false, 'it was the learner who paused it');
  hold.release('alarm');
  assert.equal(film.paused, true);
  hold.hold('alarm');
  hold.wish();
  hold.release('alarm');
  assert.equal(film.paused, false);
});

const VIEW = {
  phase: 'on', camera: 'on', connection: 'open', retryAt: null, attention: 'attentive', alerts: [], cleared: null, elsewhere: null, trouble: null, report: null,
  quiz: { subtitles: 'tracks', progress: null, marks: [], ask: null, graded: null, sets: [], set: '', trouble: null },
  prefs: { sounds: true, rewind: true, quizzes: true, pauseFilm: true },
};

test('the pill is calm only while nothing is wrong', () => {
  const calm = (change) => pillState({ ...VIEW, ...change }).calm;
  assert.equal(calm({}), true);
  assert.equal(calm({ phase: 'off' }), true);
  for (const wrong of [{ connection: 'waiting' }, { camera: 'denied' }, { attention: 'drowsy' }, { phase: 'failed' }]) assert.equal(calm(wrong), false, JSON.stringify(wrong));
  assert.equal(pillState({ ...VIEW, phase: 'ended', camera: 'lost' }).word, 'guest_pill_ended');
  assert.equal(pillState({ ...VIEW, phase: 'starting', connection: 'waiting' }).word, 'guest_pill_offline');
});

test('the panel offers what can be done', () => {
  const here = { gathered: 0, retryIn: null, trouble: ({ code }) => code };
  const acts = (change, more = {}) => panelOf({ ...VIEW, ...change }, { ...here, ...more }).actions.map(({ act }) => act);
  assert.deepEqual(panelOf(null, here).actions.map(({ act }) => act), ['start', 'settings']);
  assert.deepEqual(acts({}), ['pause', 'stop', 'settings']);
  assert.deepEqual(acts({ phase: 'elsewhere' })[0], 'start');
  assert.deepEqual(acts({ phase: 'consent' }), ['settings']);
  assert.deepEqual(acts({ camera: 'denied' })[0], 'settings');
  assert.deepEqual(acts({ phase: 'starting', trouble: { code: 'server_permission', detail: '' } })[0], 'settings');
  const make = (change, gathered) => panelOf({ ...VIEW, quiz: { ...VIEW.quiz, ...change } }, { ...here, gathered }).questions.actions.map(({ act }) => act);
  assert.deepEqual(make({}, 0), []);
  assert.deepEqual(make({}, 9), ['make']);
  assert.deepEqual(make({ progress: { state: 'failed', source: 'llm', items: 0 } }, 9), ['make', 'cloze']);
  assert.deepEqual(make({ progress: { state: 'done', source: 'llm', items: 3 } }, 9), []);
  assert.equal(panelOf({ ...VIEW, prefs: { ...VIEW.prefs, quizzes: false } }, here).questions, null);
});
