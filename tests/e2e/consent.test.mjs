/** What becomes of consent on the page, in a real browser against a made-up server that can be told to be difficult. */

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import {
  OUT,
  barriers,
  drop,
  fileToDrop,
  fixture,
  makeCamera,
  makeFilm,
  openBrowser,
  sleep,
  until,
  untilState,
} from './browser.mjs';
import { FakeServer, problem } from './fake.mjs';

const OPEN = fixture('faces/open_640x480.jpg');

describe('consent on the page', { concurrency: false, timeout: 900_000 }, () => {
  /** @type {FakeServer} */
  let fake;
  /** @type {Awaited<ReturnType<typeof openBrowser>> | null} */
  let browser = null;
  let openEyes = '';

  before(() => {
    mkdirSync(OUT, { recursive: true });
    openEyes = makeCamera('open', [[OPEN, 1]]);
  });
  beforeEach(async () => {
    fake = await FakeServer.start();
  });
  afterEach(async () => {
    await browser?.close();
    browser = null;
    await fake.stop();
  });
  after(() => fake?.stop());

  /** @param {Parameters<typeof openBrowser>[0]} [wishes] */
  async function visit(wishes) {
    browser = await openBrowser({ camera: openEyes, ...wishes });
    await browser.page.goto(fake.url);
    return browser.page;
  }
  const press = (name) => browser.page.getByRole('button', { name, exact: true }).click();
  const allow = () => press('Allow the camera');
  const notice = (words) => browser.page.locator('#notice').filter({ hasText: words }).waitFor();
  const textIs = (words) => browser.page.locator('#consent').filter({ hasText: words }).waitFor();
  const tracks = () => browser.page.evaluate('trace.stream?.getTracks().map((track) => track.readyState)');
  const frames = () => fake.sockets.reduce((sum, socket) => sum + socket.frames.length, 0);
  const picture = (name) => browser.page.screenshot({ path: path.join(OUT, `${name}.png`), fullPage: true });
  const assertAsked = async () => {
    await browser.page.getByRole('button', { name: 'Allow the camera' }).waitFor();
    assert.equal(await browser.page.evaluate(() => document.activeElement?.id), 'allow', 'the button has the focus');
    assert.equal(await browser.page.evaluate(() => document.body.dataset.phase), 'start');
  };

  test('the text is the server’s, in the reader’s language; allowing makes a guest that agrees', async () => {
    const page = await visit({ locale: 'ko-KR' });
    await textIs(fake.texts.ko);
    assert.equal(await page.locator('#consent').getAttribute('lang'), 'ko');
    assert.deepEqual(
      fake.asked.map(({ method, path: place }) => `${method} ${place}`),
      ['GET /consent'],
      'nothing else before the click',
    );
    await allow();
    await untilState(page, 'Eyes open');
    const [guest] = fake.bodies('POST /guests');
    assert.deepEqual({ ...guest, timezone: '' }, { cookie: true, consent: 'v1', timezone: '' });
    assert.match(guest.timezone, /./);
    const [{ said }] = fake.sockets;
    assert.equal(fake.tokens.get(said[0].token).learner, [...fake.learners.keys()][0]);
    assert.ok(!('lecture' in said[0]));
    const kept = '[document.cookie, localStorage.length, Object.keys(sessionStorage)]';
    assert.deepEqual(await page.evaluate(kept), ['', 0, ['loa-watch-session']]);
    await press('Withdraw consent');
    await notice('Consent is withdrawn');
    assert.deepEqual(await page.evaluate(kept), ['', 0, []]);
    assert.deepEqual(browser.seen.errors, []);
  });

  test('pressed twice, or loaded anew, it is one guest', async () => {
    const page = await visit();
    await page.getByRole('button', { name: 'Allow the camera' }).evaluate((button) => {
      button.click();
      button.click();
    });
    await untilState(page, 'Eyes open');
    await page.reload();
    await allow();
    await untilState(page, 'Eyes open');
    assert.equal(fake.count('POST /guests'), 1);
    assert.equal(fake.count('POST /consent'), 0, 'consent holds');
    assert.deepEqual(new Set(fake.sockets.map(({ learner }) => learner)).size, 1);
  });

  test('a text that changed while the page was open is shown, and asked about, before anything is opened', async () => {
    const page = await visit();
    await textIs(fake.texts.en);
    fake.version = 'v2';
    fake.texts.en = 'You agree to other things.';
    await allow();
    await notice('Another text holds by now.');
    await textIs('You agree to other things.');
    await assertAsked();
    assert.equal(await page.evaluate('trace.asked'), 0, 'the camera was not opened');
    await picture('consent-outdated');
    await allow();
    await untilState(page, 'Eyes open');
    assert.equal(fake.bodies('POST /guests').at(-1).consent, 'v2');
  });

  test('a learner who agreed to an older text agrees to the new one', async () => {
    const page = await visit();
    await allow();
    await untilState(page, 'Eyes open');
    fake.version = 'v2';
    await page.reload();
    await textIs(fake.texts.en);
    await allow();
    await untilState(page, 'Eyes open');
    assert.deepEqual(fake.bodies('POST /consent'), [{ version: 'v2' }]);
    assert.equal(fake.count('POST /guests'), 1);
  });

  test('a welcome without consent closes the camera, sends nothing and asks again', async () => {
    const page = await visit();
    await textIs(fake.texts.en);
    fake.welcome = { consent: false };
    await allow();
    await notice('There is no consent to the text that holds now.');
    await assertAsked();
    assert.deepEqual(await tracks(), ['ended']);
    assert.equal(frames(), 0);
    fake.welcome = {};
    await allow();
    await untilState(page, 'Eyes open');
  });

  test('a server that says “no consent” to a frame is not sent another', async () => {
    const page = await visit();
    await allow();
    await untilState(page, 'Eyes open');
    const [socket] = fake.sockets;
    socket.send({ type: 'error', code: 'no_consent', message: 'no', retry: false });
    await notice('There is no consent to the text that holds now.');
    assert.deepEqual(await tracks(), ['ended']);
    const before = frames();
    await sleep(1500);
    assert.equal(frames(), before);
  });

  test('without a server there is the short text, and a clear word; later the whole text has to be read first', async () => {
    fake.instead.set('GET /consent', () => 'hang up');
    const page = await visit();
    await page.getByText('The server does not answer, so this is only a short text').waitFor();
    await textIs('If you allow it, this page sends one small picture a second');
    await allow();
    await notice('The server does not answer.');
    await assertAsked();
    assert.deepEqual(await barriers(page), []);
    await picture('consent-missing');
    fake.instead.clear();
    await allow();
    await notice('This is the whole text.');
    await textIs(fake.texts.en);
    assert.ok(await page.locator('#consent-missing').isHidden());
    assert.equal(await page.evaluate('trace.asked'), 0);
    assert.equal(fake.count('POST /guests'), 0);
    await allow();
    await untilState(page, 'Eyes open');
  });

  test('too many guests at a time are told when to come again', async () => {
    const page = await visit();
    await textIs(fake.texts.en);
    fake.instead.set('POST /guests', () => problem(429, 'too_many_guests', { 'retry-after': '12' }));
    await allow();
    await notice('Try again in 12 s.');
    assert.equal(await page.evaluate('trace.asked'), 0);
  });

  test('a dropped picture waits for consent, and goes with it', async () => {
    const page = await visit();
    await textIs(fake.texts.en);
    await drop(page, fileToDrop(OPEN));
    await notice('“open_640x480.jpg” goes to the server only with your consent');
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'allow');
    assert.equal(fake.sockets.length, 0);
    assert.deepEqual(await barriers(page), []);
    await picture('consent-picture');
    await press('Allow and look');
    await untilState(page, 'Eyes open');
    assert.equal(frames(), 1);
    assert.equal(await page.evaluate('trace.asked'), 0, 'the camera stays off');
    await press('Stop');
    await page.getByRole('button', { name: 'Allow the camera' }).waitFor();
    await drop(page, fileToDrop(OPEN));
    await untilState(page, 'Eyes open');
    await page.reload();
    await textIs(fake.texts.en);
    await drop(page, fileToDrop(OPEN));
    await untilState(page, 'Eyes open');
    assert.equal(fake.count('POST /guests'), 1, 'consent that holds is not asked for again');
  });

  test('a picture that waited is still the one that is looked at when the text changed meanwhile', async () => {
    const page = await visit();
    await textIs(fake.texts.en);
    await drop(page, fileToDrop(OPEN));
    await notice('only with your consent');
    fake.version = 'v2';
    await press('Allow and look');
    await notice('Another text holds by now.');
    await press('Allow and look');
    await untilState(page, 'Eyes open');
    assert.equal(await page.evaluate(() => document.body.dataset.source), 'picture');
  });

  test('withdrawing stops the camera and the socket, and asks anew', async () => {
    const page = await visit();
    await allow();
    await untilState(page, 'Eyes open');
    const [learner] = fake.learners.keys();
    await press('Withdraw consent');
    await notice('Consent is withdrawn, and nothing more is sent.');
    assert.ok(await page.locator('#withdraw').isHidden());
    await assertAsked();
    assert.deepEqual(await tracks(), ['ended']);
    assert.equal(fake.learners.get(learner), null);
    assert.equal(fake.sockets[0].said.at(-1).type, 'end');
    const before = frames();
    await sleep(1200);
    assert.equal(frames(), before);
    assert.equal(fake.sockets.length, 1);
    await allow();
    await untilState(page, 'Eyes open');
    assert.deepEqual(fake.bodies('POST /consent'), [{ version: 'v1' }]);
    assert.equal(fake.sockets[1].learner, learner);
    assert.deepEqual(browser.seen.errors, []);
  });

  test('withdrawing says so when there is nothing to withdraw, and when it did not work', async () => {
    const page = await visit();
    await textIs(fake.texts.en);
    assert.ok(await page.locator('#withdraw').isHidden(), 'nothing was consented to');
    await allow();
    await untilState(page, 'Eyes open');
    fake.instead.set('DELETE /consent', () => 'hang up');
    await press('Withdraw consent');
    await notice('Your consent still stands');
    assert.deepEqual(await tracks(), ['ended'], 'the camera is off all the same');
    fake.instead.clear();
    fake.learners.clear();
    fake.tokens.clear();
    await press('Withdraw consent');
    await notice('This browser has given no consent');
    assert.ok(await page.locator('#withdraw').isHidden());
  });

  test('a consent withdrawn elsewhere closes the camera here', async () => {
    const page = await visit();
    await allow();
    await untilState(page, 'Eyes open');
    fake.signOut([...fake.learners.keys()][0]);
    await notice('The server closed this session');
    await assertAsked();
    assert.deepEqual(await tracks(), ['ended']);
    await sleep(1500);
    assert.equal(fake.sockets.length, 1, 'it does not come back by itself');
    await picture('consent-signed-out');
    await allow();
    await untilState(page, 'Eyes open');
    assert.equal(fake.count('POST /guests'), 1);
  });

  test('consent withdrawn elsewhere after “Stop”: the whole text comes back before anything is opened', async () => {
    const page = await visit();
    await allow();
    await untilState(page, 'Eyes open');
    await press('Stop');
    assert.ok(await page.locator('#consent').isHidden());
    fake.signOut([...fake.learners.keys()][0]);
    await allow();
    await notice('There is no consent to the text that holds now.');
    await textIs(fake.texts.en);
    await page.locator('#consent').waitFor();
    await assertAsked();
    assert.equal(await page.evaluate('trace.asked'), 1, 'the camera was not opened again');
    assert.equal(fake.count('POST /consent'), 0);
    await allow();
    await untilState(page, 'Eyes open');
    assert.equal(fake.count('POST /consent'), 1);
  });

  test('a session in which nothing was seen is not said to be kept', async () => {
    const page = await visit();
    fake.look = false;
    await allow();
    await until('a frame', () => frames() > 0);
    await press('Stop');
    await assertAsked();
    assert.ok(await page.locator('#kept').isHidden());
  });

  for (const [when, goOn] of /** @type {const} */ ([
    ['while the page was open', async () => notice('The server closed this session')],
    ['before', async (page) => page.reload().then(() => textIs(fake.texts.en))],
  ])) {
    test(`a learner erased ${when} begins anew as another`, async () => {
      const page = await visit();
      await allow();
      await untilState(page, 'Eyes open');
      const [learner] = fake.learners.keys();
      fake.signOut(learner, { erase: true });
      await goOn(page);
      await allow();
      await untilState(page, 'Eyes open');
      assert.equal(fake.count('POST /guests'), 2);
      assert.notEqual(fake.sockets.at(-1).learner, learner);
    });
  }

  test('a token that ran out is replaced without a word', async () => {
    const page = await visit();
    await allow();
    await untilState(page, 'Eyes open');
    const [first] = fake.sockets;
    for (const token of fake.tokens.keys()) fake.tokens.delete(token);
    first.close(1012);
    await until('the second hello', () => fake.sockets[1]?.said.filter(({ type }) => type === 'hello').length === 2);
    await untilState(page, 'Eyes open');
    assert.equal(fake.sockets[1].said[0].token, first.said[0].token);
    assert.equal(fake.sockets[1].said[1].resume, 'secret');
  });

  test('the lecture is named if the learner likes, and a film tells where it stands', async () => {
    const page = await visit();
    await page.getByText('What do you watch?').click();
    await page.getByLabel('Title', { exact: true }).fill('Graphs, part 1');
    await allow();
    await notice('A title needs the address of its lecture.');
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'lecture-url');
    await page.getByLabel('Address').fill('javascript:alert(1)');
    await allow();
    await notice('This is no address of a web page.');
    assert.deepEqual(await barriers(page), []);
    await picture('lecture-refused');
    assert.equal(fake.count('POST /guests'), 0);
    await page.getByLabel('Address').fill('lectures.example/graphs/1');
    await drop(page, fileToDrop(makeFilm(OPEN, 12), 'video/webm'));
    await press('Allow and look');
    await untilState(page, 'Eyes open');
    const [{ said }] = fake.sockets;
    assert.deepEqual(said[0].lecture, { url: 'https://lectures.example/graphs/1', title: 'Graphs, part 1' });
    const told = () => said.filter(({ type }) => type === 'playback');
    await until('a first position', () => told().length > 0);
    await page.locator('video').evaluate((video) => video.pause());
    await until('the pause', () => told().at(-1).playing === false);
    await page.locator('video').evaluate((video) => (video.currentTime = 11));
    await until('the seek', () => told().at(-1).position_s === 11);
    for (const { position_s, rate, duration_s } of told()) {
      assert.ok(position_s >= 0 && position_s <= 12 && rate === 1 && Math.abs(duration_s - 12) < 0.5);
    }
    assert.ok(told().length <= 5, `${told().length} positions`);
    assert.deepEqual(browser.seen.errors, []);
  });

  test('a language model that fails is told, and the questions are made without it; what was left out is said', async () => {
    fake.instead.set('POST /subtitles', () => ({ status: 200, body: { cues: [{ start_s: 1, end_s: 4, text: 'Hello.' }] } }));
    const set = { set: 's1', source: 'llm', maker: 'a-model', title: '', items: 2, mine: true };
    const progress = { type: 'quiz.progress', set: 's1', chunks: 12 };
    fake.hear = (socket, { type, source }) => {
      if (type === 'quiz.sets') socket.send({ type, sets: [set] });
      if (type !== 'quiz.generate') return;
      const failure = { source: 'llm', state: 'failed', chunks_done: 0, items: 0, code: 'llm_failed' };
      const dropped = [{ chunk: 1, why: 'two options say the same' }];
      if (!source) socket.send({ ...progress, ...failure, set: undefined, message: "the language model's server refused the key" });
      else socket.send({ ...progress, source, state: 'making', chunks_done: 3, items: 2, dropped });
    };
    const page = await visit({ viewport: { width: 390, height: 844 }, scale: 2, scheme: 'dark' });
    const subtitles = { name: 'a.srt', type: '', base64: Buffer.from('1').toString('base64') };
    await drop(page, subtitles);
    await page.getByRole('alert').filter({ hasText: 'The language model\'s server refused the key.' }).waitFor();
    assert.deepEqual(await barriers(page), []);
    await picture('quiz-failed');
    await press('Make them without a language model');
    await page.getByText('Questions are being made: 2 so far, 3 of 12 parts done.').waitFor();
    assert.ok(await page.getByRole('button', { name: 'Make them without a language model' }).isHidden());
    await page.getByText('1 other was not good enough').click();
    await page.getByText('Part 2: two options say the same').waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0);
    assert.deepEqual(await barriers(page), []);
    await picture('quiz-making');
    const [socket] = fake.sockets;
    const wishes = socket.said.filter(({ type }) => ['transcript', 'quiz.generate'].includes(type));
    assert.deepEqual(
      wishes.map(({ type, source }) => [type, source]),
      [
        ['transcript', undefined],
        ['quiz.generate', undefined],
        ['quiz.generate', 'cloze'],
      ],
    );
    socket.send({ ...progress, source: 'llm', state: 'done', chunks_done: 12, items: 2 });
    await page.getByText('Made by a language model (a-model).').waitFor();
    socket.send({ type: 'error', code: 'quiz_limit', message: 'the sets of today are used up', retry: false });
    await page.getByText('The sets of today are used up.').waitFor();
    assert.deepEqual(browser.seen.errors, []);
  });

  test('parts that could not be asked about are told once, and can be made again; what is there can be answered', async () => {
    fake.instead.set('POST /subtitles', () => ({ status: 200, body: { cues: [{ start_s: 1, end_s: 4, text: 'Hello.' }] } }));
    const message = 'the language model took too long';
    const failed = { type: 'quiz.progress', set: 's1', source: 'llm', state: 'failed', chunks: 5, chunks_done: 5, items: 2, code: 'llm_failed', message };
    fake.hear = (socket, { type, quiz, choice }) => {
      if (type === 'quiz.sets') socket.send({ type, sets: [] });
      if (type === 'quiz.generate') {
        for (const at_s of [5, 9]) socket.send({ type: 'quiz.item', quiz: `q${at_s}`, set: 's1', at_s, ...(at_s === 9 ? { answered: { correct: false } } : {}) });
        const why = [message, message, 'two options say the same', 'the quote is not in the cited cues'];
        socket.send({ ...failed, dropped: why.map((each, chunk) => ({ chunk, why: each })) });
      }
      if (type === 'quiz.open') socket.send({ type: 'quiz.ask', quiz, at_s: 5, source: 'llm', question: '무엇을 말했습니까?', options: ['안녕하세요', 'Hello'] });
      const reasons = ['아닙니다.', '그렇게 말했습니다.'];
      if (type === 'quiz.answer') socket.send({ type: 'quiz.graded', quiz, choice, correct: false, key: 1, reasons, quote: 'Hello.', quote_s: 1 });
    };
    const page = await visit({ viewport: { width: 375, height: 812 }, scale: 2 });
    await drop(page, { name: 'a.srt', type: '', base64: Buffer.from('1').toString('base64') });
    await page.getByText('2 questions could be made; the rest could not.').waitFor();
    assert.equal(await page.getByText('The language model took too long').count(), 1);
    await page.getByText('2 others were not good enough').click();
    assert.equal(await page.locator('#lesson-dropped li').count(), 2);
    const signs = () => page.locator('.mark-sign').allTextContents();
    assert.deepEqual(await signs(), ['?', '✗'], 'what was answered before is told');
    assert.deepEqual(await barriers(page), []);
    await picture('quiz-partly');
    await page.getByRole('button', { name: 'Question at 0:09, answered wrong' }).click();
    await page.getByText('This question was answered before.').waitFor();
    await page.getByRole('button', { name: 'Question at 0:05' }).click();
    await page.getByRole('dialog').waitFor();
    assert.equal(await page.getByRole('dialog').getAttribute('lang'), 'ko');
    await page.keyboard.press('1');
    await page.getByText('The lecturer’s words').waitFor();
    await page.keyboard.press('Enter');
    assert.deepEqual(await signs(), ['✗', '✗']);
    await press('Try again');
    await until('the wish', () => fake.sockets[0].said.filter(({ type }) => type === 'quiz.generate').length === 2);
    assert.deepEqual(await signs(), ['✗', '✗'], 'answers are kept');
    assert.deepEqual(browser.seen.errors, []);
  });

  test('subtitles that nothing can be made of without a language model: the page says why, and not to try again', async () => {
    fake.instead.set('POST /subtitles', () => ({ status: 200, body: { cues: [{ start_s: 1, end_s: 4, text: 'hello' }] } }));
    fake.hear = (socket, { type }) => {
      if (type === 'quiz.sets') socket.send({ type, sets: [] });
      if (type !== 'quiz.generate') return;
      const dropped = [{ chunk: 0, why: 'these subtitles have no full stops' }];
      const message = 'no question that could be made of this transcript was good enough';
      socket.send({ type: 'quiz.progress', source: 'cloze', state: 'failed', chunks: 1, chunks_done: 1, items: 0, code: 'quiz_none', message, dropped });
    };
    const page = await visit();
    await drop(page, { name: 'a.srt', type: '', base64: Buffer.from('1').toString('base64') });
    await page.getByRole('alert').filter({ hasText: 'These subtitles have no full stops.' }).waitFor();
    assert.ok(await page.getByRole('button', { name: 'Try again' }).isHidden());
    assert.ok(await page.locator('#lesson-dropped').isHidden(), 'it is said once');
    assert.ok(await page.locator('#lesson-choose').isVisible());
    assert.deepEqual(await barriers(page), []);
    await picture('quiz-none');
    assert.deepEqual(browser.seen.errors, []);
  });

  test('an alert is seen over an open question', async () => {
    fake.instead.set('POST /subtitles', () => ({ status: 200, body: { cues: [{ start_s: 1, text: 'Hello.' }] } }));
    fake.hear = (socket, { type, quiz }) => {
      if (type === 'quiz.generate') socket.send({ type: 'quiz.item', quiz: 'q', set: 's', at_s: 5 });
      if (type === 'quiz.open') socket.send({ type: 'quiz.ask', quiz, at_s: 5, source: 'llm', question: 'What?', options: ['a', 'b'] });
    };
    const page = await visit();
    await allow();
    await untilState(page, 'Eyes open');
    await page.getByLabel('Subtitles…', { exact: true }).setInputFiles({ name: 'a.srt', mimeType: '', buffer: Buffer.from('1') });
    await page.getByRole('button', { name: /^Question at/ }).click();
    const over = page.getByRole('dialog').getByRole('alert');
    await page.getByRole('dialog').waitFor();
    assert.equal(await over.filter({ hasText: /./ }).count(), 0);
    const alert = { type: 'alert', n: 1, kind: 'drowsy', level: 'pre_alarm', since_ms: 0, at_ms: 0, lasted_ms: 0 };
    fake.sockets.at(-1).send(alert);
    await over.filter({ hasText: 'You look drowsy. Stretch a little.' }).waitFor();
    await picture('quiz-alert');
    fake.sockets.at(-1).send({ ...alert, n: 2, level: 'alarm' });
    await over.filter({ hasText: 'You are falling asleep. Take a break!' }).waitFor();
    assert.deepEqual(await barriers(page), []);
    await picture('quiz-alarm');
    fake.sockets.at(-1).send({ type: 'alert.cleared', n: 3, kind: 'drowsy', at_ms: 9 });
    await over.first().waitFor({ state: 'hidden' });
  });

  test('hostile words stay words, and many options have their keys', async () => {
    const mean = '<img src=x onerror=alert(1)>'.repeat(9) + 'w'.repeat(300);
    const options = Array.from({ length: 6 }, (_, i) => `${i} ${mean}`);
    fake.instead.set('POST /subtitles', () => ({ status: 200, body: { cues: [{ start_s: 1, text: mean }] } }));
    fake.hear = (socket, { type, quiz, choice }) => {
      if (type === 'quiz.generate') socket.send({ type: 'quiz.item', quiz: 'q', set: 's', at_s: 4e9 });
      if (type === 'quiz.open') socket.send({ type: 'quiz.ask', quiz, at_s: 4, source: 'llm', question: mean, options });
      if (type !== 'quiz.answer') return;
      const words = { reasons: options, explanation: mean, quote: mean, quote_s: 3 };
      socket.send({ type: 'quiz.graded', quiz, choice, correct: false, key: 0, ...words });
    };
    const page = await visit({ viewport: { width: 320, height: 640 } });
    await drop(page, { name: `${mean.slice(0, 99)}.vtt`, type: 'text/vtt', base64: Buffer.from('1').toString('base64') });
    await page.getByRole('button', { name: /^Question at/ }).click();
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('7');
    await page.keyboard.press('6');
    await page.getByText('Your answer, wrong').waitFor();
    assert.equal(fake.sockets[0].said.filter(({ type }) => type === 'quiz.answer').length, 1);
    assert.equal(await page.locator('main img, dialog img').count(), 0);
    for (const part of ['document.documentElement', 'document.getElementById("quiz")']) {
      assert.equal(await page.evaluate(`${part}.scrollWidth - ${part}.clientWidth`), 0, part);
    }
    const { y, height } = await page.getByRole('button', { name: 'Continue' }).boundingBox();
    assert.ok(y + height <= 640, 'the way on is in view');
    assert.deepEqual(browser.seen.errors, []);
  });

  test('the page leads to the learner’s sessions and data, and fits a phone with a long text', async () => {
    const long = 'Kept are what you watched and when, times and kinds of lost attention, and totals per minute. ';
    fake.texts.en = long.repeat(9);
    const page = await visit({ viewport: { width: 390, height: 844 }, scale: 2 });
    await textIs(long);
    for (const [name, place] of [
      ['My sessions', '/sessions'],
      ['My data', '/me'],
    ]) {
      assert.equal(await page.getByRole('link', { name }).getAttribute('href'), place);
    }
    await page.getByText('What do you watch?').click();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0);
    assert.deepEqual(await barriers(page), []);
    await picture('consent-phone');
    await page.setViewportSize({ width: 320, height: 640 });
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0);
  });
});
