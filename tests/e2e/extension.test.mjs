/** What a learner lives through with the extension: real Chromium, real server, and lectures of a school of its own. */

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { OUT, ROOT, fixture, makeCamera, scratch, sleep, startServer, until } from './browser.mjs';
import { agree, openExtension, word, words } from './extension.mjs';
import { startSchool } from './lectures.mjs';
import { lookAt } from './overlay.mjs';

/** Stories are shorter than lectures: attention is lost, and found, sooner. */
const PRESET = 'attention.presets.default';
const SOON = {
  [`${PRESET}.eyes_closed_prealarm_ms`]: 2500,
  [`${PRESET}.eyes_closed_alarm_ms`]: 4500,
  [`${PRESET}.absent_prealarm_ms`]: 3500,
  [`${PRESET}.absent_alarm_ms`]: 5000,
  'quiz.pause_ms': 500,
};

/** The server knows one site more than the extension has built in. */
function adapters() {
  const known = JSON.parse(readFileSync(path.join(ROOT, 'extension/adapters.json'), 'utf8'));
  const school = { id: 'school', match: ['http://localhost/captions'], captions: '.lines .line', title: 'h1' };
  const file = path.join(scratch, 'adapters.json');
  writeFileSync(file, JSON.stringify({ ...known, sites: [school, ...known.sites] }));
  return file;
}

describe('the extension', { concurrency: false, timeout: 900_000 }, () => {
  /** @type {Awaited<ReturnType<typeof startServer>>} */
  let server;
  /** @type {Awaited<ReturnType<typeof startSchool>>} */
  let school;
  /** @type {import('./extension.mjs').Extension | null} */
  let extension = null;

  before(async () => {
    mkdirSync(OUT, { recursive: true });
    server = await startServer({ set: { ...SOON, 'server.adapters': adapters() } });
    school = await startSchool();
  });
  after(async () => {
    await server?.stop();
    await school?.close();
  });
  afterEach(async () => {
    await extension?.close();
    extension = null;
  });

  /**
   * A browser with the extension whose learner has agreed, and a lecture in it.
   * @param {string} place of the school @param {Parameters<typeof openExtension>[0]} [wishes]
   * @param {Partial<import('./extension.mjs').Settings>} [settings]
   */
  async function visit(place, wishes, settings) {
    extension = await openExtension(wishes);
    await agree(extension, server, settings);
    if (extension.chosen) await extension.show('open');
    return { extension, hub: extension.hub, ...(await attend(place)) };
  }
  /** A lecture in a tab of its own. @param {string} place */
  async function attend(place) {
    if (!extension) throw new Error('no browser');
    const page = await extension.context.newPage();
    /** @type {string[]} */
    const errors = [];
    page.on('pageerror', (error) => errors.push(`uncaught: ${error.message}`));
    page.on('console', (message) => ['error', 'warning'].includes(message.type()) && errors.push(message.text()));
    await page.goto(`${school.url}${place}`);
    const ui = await lookAt(page);
    await ui.get('button', words('guest_pill_label'));
    return { page, ui, errors };
  }
  /** @typedef {Awaited<ReturnType<typeof attend>>['ui']} Ui */

  const pill = (/** @type {Ui} */ ui, /** @type {string} */ key, timeout = 15_000) => ui.get('button', pillOf(key), timeout);
  /** The pill with these words in it. @param {string} key */
  const pillOf = (key) => {
    const [before, , after] = word('guest_pill_label').split(/(\$1)/);
    return new RegExp(`^${escape(before)}.*${words(key).source}.*${escape(after.split('$')[0])}`);
  };
  /** @param {Ui} ui */
  async function openPanel(ui) {
    if ((await ui.find('dialog', word('guest_panel'))).length > 0) return;
    await ui.click('button', words('guest_pill_label'));
    await ui.get('dialog', word('guest_panel'));
  }
  /** By the panel beside the pill. @param {Ui} ui @param {string} key of the button */
  async function choose(ui, key) {
    await openPanel(ui);
    await ui.click('button', word(key));
  }
  /** @param {Ui} ui */
  async function watchHere(ui, key = 'guest_start') {
    await choose(ui, key);
    await pill(ui, 'guest_state_attentive');
  }
  const marks = (/** @type {Ui} */ ui) => ui.find('button', words('guest_mark_ahead'));
  const frames = () => (extension?.hub.seen.sockets ?? []).flatMap((socket) => socket.frames);
  /** @param {string} type of the server's messages */
  const heard = (type) => (extension?.hub.seen.sockets ?? []).flatMap((socket) => socket.heard.filter((message) => message.type === type));
  const sessions = () => [...new Set(heard('welcome').map(({ session }) => session))];
  /** Its number, and when it was taken. @param {{bytes: Buffer}} frame */
  const headOf = ({ bytes }) => ({ seq: bytes.readUInt32LE(4), captured: Number(bytes.readBigUInt64LE(8)) });
  const untilFrames = async (more = 2) => {
    const least = frames().length + more;
    await until(`${more} more frames`, () => frames().length >= least);
  };
  const picture = (/** @type {import('playwright-core').Page} */ page, /** @type {string} */ name) =>
    page.screenshot({ path: path.join(OUT, `extension-${name}.png`) });
  /** Neither the page nor the hub has anything to complain about. @param {string[]} errors */
  const assertQuiet = (errors) => {
    assert.deepEqual(errors, []);
    assert.deepEqual(extension?.hub.seen.errors, []);
  };

  test('a whole lecture: agreed, asleep and woken, away and back, asked, and the report tells it', async () => {
    const scenes = /** @type {[string, number][]} */ ([
      [fixture('faces/open_640x480.jpg'), 7],
      [fixture('faces/closed_640x480.jpg'), 10],
      [fixture('faces/open_640x480.jpg'), 8],
      [fixture('rooms/study.jpg'), 11],
      [fixture('faces/open_640x480.jpg'), 50],
    ]);
    extension = await openExtension({ camera: makeCamera('lecture', scenes, '320:240') });
    const { context, hub, options } = extension;
    await options.getByLabel(word('options_server_label')).fill(server.url);
    await options.getByRole('button', { name: word('options_server_save'), exact: true }).click();
    await options.getByText(words('options_server_ready')).first().waitFor();
    await options.getByRole('button', { name: word('options_consent_agree'), exact: true }).click();
    await options.getByText(word('options_consent_given')).waitFor();
    await options.close();

    const { page, ui, errors } = await attend('/lecture');
    assert.equal(hub.seen.sockets.length, 0, 'nothing is sent before “start”');
    await watchHere(ui);
    await until('the questions', async () => (await marks(ui)).length >= 3);
    const marked = (await marks(ui)).map(({ name }) => seconds(name));
    await ui.play();

    await ui.text(words('guest_alert_eyes_closed_pre_alarm'));
    assert.ok((await ui.film()).playing, 'the first warning stops nothing');
    await ui.get('alertdialog', words('guest_alert_eyes_closed_alarm'));
    const asleep = await ui.film();
    assert.equal(asleep.playing, false);
    await picture(page, 'alarm');
    await ui.get('alertdialog', word('guest_back_head'));
    await page.keyboard.press('Enter');
    await until('the film to go on', async () => (await ui.film()).playing);
    assert.ok((await ui.film()).at < asleep.at - 1, 'from where attention was lost');

    await ui.get('alertdialog', words('guest_alert_absent_alarm'), 25_000);
    assert.equal((await ui.film()).playing, false);
    await ui.get('alertdialog', word('guest_back_head'), 25_000);
    await page.keyboard.press('Enter');
    await until('the film to go on', async () => (await ui.film()).playing);

    await ui.seek(Math.max(0, marked[1] - 1.5));
    const skip = await ui.get('button', word('guest_quiz_skip'));
    assert.ok(skip);
    assert.equal((await ui.film()).playing, false, 'the film waits for the answer');
    const { question } = heard('quiz.ask').at(-1);
    await ui.get('dialog', question);
    await sleep(500);
    await page.keyboard.press('1');
    await ui.get('button', word('guest_quiz_continue'));
    await picture(page, 'graded');
    await sleep(500);
    await page.keyboard.press('Enter');
    await until('the film to go on', async () => (await ui.film()).playing);

    await choose(ui, 'guest_stop');
    await ui.get('heading', word('guest_report_head'));
    await picture(page, 'report');
    const opened = context.waitForEvent('page');
    await ui.click('button', word('guest_report_full'));
    const report = await opened;
    await report.waitForURL(`${server.url}/**`);
    await report.locator('form button').click();
    await report.waitForURL(`${server.url}/sessions/*`);
    const told = await report.locator('main').innerText();
    for (const [what, words] of Object.entries({ asleep: /eyes closed/i, away: /away/i, lecture: /Operating systems: paging/ })) {
      assert.match(told, words, `the report tells: ${what}`);
    }
    assert.ok(told.includes(question), 'and what was asked');
    await picture(report, 'report-full');
    assert.equal(sessions().length, 1);
    await until('the camera to be closed', async () => hub.seen.sockets.every(({ closed }) => closed));
    assertQuiet(errors);
  });

  test('a server that is killed is found again by itself, and no frame waits meanwhile', async () => {
    const { ui } = await visit('/lecture');
    await watchHere(ui);
    await untilFrames();
    await server.kill();
    await pill(ui, 'guest_pill_offline');
    const { length } = frames();
    const last = headOf(frames()[length - 1]);
    await sleep(3000);
    assert.equal(frames().length, length, 'nothing is sent while the server is gone');
    server = await startServer(server);
    await pill(ui, 'guest_state_attentive', 40_000);
    await untilFrames(3);
    const since = frames().slice(length).map(headOf);
    assert.ok(since[0].captured > last.captured + 3000, 'the first one is fresh');
    const steps = since.slice(1).map(({ captured }, i) => captured - since[i].captured);
    assert.ok(Math.min(...steps) > 800, `and nothing waited: one each ${steps} ms`);
    assert.equal(since[0].seq, last.seq + 1, 'the sequence goes on');
    assert.equal(await extension?.hub.evaluate('stage.open'), 1, 'one camera');
  });

  test('a lecture that is loaded anew goes on in the same session, with its questions, though the background sleeps', async () => {
    const { extension, page, ui, hub, errors } = await visit('/lecture');
    await watchHere(ui);
    await until('the questions', async () => (await marks(ui)).length >= 3);
    const count = (await marks(ui)).length;
    await extension.sleep();
    await untilFrames();
    await page.reload();
    await pill(ui, 'guest_state_attentive');
    await untilFrames();
    assert.equal(sessions().length, 1);
    assert.equal((await marks(ui)).length, count);
    assert.equal(await hub.evaluate('stage.open'), 1, 'one camera');
    assertQuiet(errors);
  });

  test('works on a page with the strictest policy, and looks as it should', async () => {
    const { page, ui, errors } = await visit('/strict/lecture');
    await page.evaluate(() => {
      Object.assign(globalThis, { violations: [] });
      addEventListener('securitypolicyviolation', ({ violatedDirective }) => /** @type {any} */ (globalThis).violations.push(violatedDirective));
    });
    await watchHere(ui);
    await until('the questions', async () => (await marks(ui)).length >= 3);
    const button = await ui.box('button', words('guest_pill_label'));
    const film = /** @type {{x: number, y: number, width: number, height: number}} */ (await page.locator('video').boundingBox());
    assert.ok(button.width < film.width / 3, `the pill is ${button.width} wide: it has no style`);
    assert.ok(button.x > film.x + film.width / 2 && button.x + button.width <= film.x + film.width, 'at the right');
    assert.ok(button.y > film.y + film.height / 2 && button.y + button.height <= film.y + film.height, 'at the bottom');
    await picture(page, 'strict');
    assert.deepEqual(await page.evaluate('violations'), []);
    assertQuiet(errors);
  });

  test('of two lectures one is watched: the other says so, and can take over', async () => {
    const first = await visit('/lecture');
    await watchHere(first.ui);
    const second = await attend('/bare');
    await pill(second.ui, 'guest_pill_elsewhere');
    await openPanel(second.ui);
    await second.ui.text(words('guest_notice_elsewhere'));
    await second.ui.text(/Operating systems: paging/);
    await picture(second.page, 'elsewhere');
    await watchHere(second.ui, 'guest_start_instead');
    assert.equal(await first.hub.evaluate('stage.open'), 1, 'one camera');
    await first.page.bringToFront();
    await pill(first.ui, 'guest_pill_elsewhere');
    await until('two sessions', () => sessions().length === 2);
    await watchHere(first.ui, 'guest_start_instead');
    await pill(second.ui, 'guest_pill_elsewhere');
    assert.equal(first.hub.seen.sockets.filter(({ closed }) => !closed).length, 1, 'one connection');
    assertQuiet([...first.errors, ...second.errors]);
  });

  test('consent that is withdrawn elsewhere ends it, and who agrees anew goes on', async () => {
    const { extension, page, ui, hub, errors } = await visit('/lecture');
    await watchHere(ui);
    const headers = { authorization: `Bearer ${hub.seen.sockets[0].said[0].token}` };
    assert.equal((await fetch(`${server.url}/api/v1/consent`, { method: 'DELETE', headers })).status, 204);
    await pill(ui, 'guest_pill_consent');
    await until('the camera to be closed', async () => (await hub.evaluate('stage.open')) === 0);
    const { options } = extension;
    await options.bringToFront();
    await options.reload();
    await options.getByRole('button', { name: word('options_consent_agree'), exact: true }).click();
    await page.bringToFront();
    await pill(ui, 'guest_state_attentive');
    await untilFrames();
    assert.equal(sessions().length, 2, 'of what came after there is another report');
    assertQuiet(errors);
  });

  test('a camera that is refused says so, and what to do', async () => {
    const { extension, page, ui } = await visit('/lecture', { permission: 'refused' });
    await choose(ui, 'guest_start');
    await pill(ui, 'guest_pill_camera_denied');
    await openPanel(ui);
    await ui.text(word('guest_camera_denied'));
    await picture(page, 'denied');
    assert.equal(frames().length, 0);
    await extension.options.close();
    const opened = extension.context.waitForEvent('page');
    await choose(ui, 'guest_settings_camera');
    const options = await opened;
    await options.waitForURL(/options\.html/);
    await options.getByRole('button', { name: word('options_camera_try'), exact: true }).waitFor();
  });

  test('a camera that is unplugged says so, and goes on when it is back', async () => {
    const { page, ui, hub, errors } = await visit('/lecture');
    await watchHere(ui);
    await hub.evaluate('stage.unplug()');
    await pill(ui, 'guest_pill_camera_lost');
    await openPanel(ui);
    await ui.text(word('guest_camera_lost'));
    const { length } = frames();
    await sleep(2500);
    assert.equal(frames().length, length, 'no frame without a camera');
    await picture(page, 'unplugged');
    await hub.evaluate('stage.plug()');
    await pill(ui, 'guest_state_attentive');
    await untilFrames();
    assert.equal(await hub.evaluate('stage.open'), 1);
    assert.equal(sessions().length, 1);
    assertQuiet(errors);
  });

  test('a page that wants more gets nothing: no word, no click, no token', async () => {
    const { extension, page, ui, hub } = await visit('/hostile');
    await watchHere(ui);
    await ui.play();
    // What the page can reach.
    const reached = await page.evaluate(reach, extension.origin);
    assert.deepEqual(reached, { roots: 0, runtime: false, files: [], words: [] });
    // What its made-up events do: an alarm stands until somebody who is there presses a key.
    await extension.show('closed');
    await ui.get('alertdialog', words('guest_alert_eyes_closed_alarm'));
    await page.evaluate(forge);
    await sleep(700);
    await ui.get('alertdialog', words('guest_alert_eyes_closed_alarm'));
    const said = hub.seen.sockets.flatMap((socket) => socket.said.map(({ type }) => type));
    assert.ok(said.every((type) => ['hello', 'playback', 'ping', 'pong', 'transcript', 'quiz.generate', 'quiz.sets', 'alert.ack'].includes(type)), String(new Set(said)));
    // What the content script could reach, were the page to take it over.
    const { token } = (await extension.stored('token'))[server.url];
    const access = hub.seen.sockets[0].said[0].token;
    assert.ok(typeof token === 'string' && token.length > 20 && access.length > 20, 'there are tokens');
    const guest = await ui.within(extension.origin);
    const taken = await guest(takeOver);
    assert.deepEqual(taken.granted, [], 'nothing is answered to a content script');
    const all = JSON.stringify([taken, await page.evaluate('loot'), await ui.html()]);
    assert.ok(!all.includes(token) && !all.includes(access), 'no token');
    assert.doesNotMatch(all, /enter\?token=/, 'no entry link');
    assert.deepEqual(await page.evaluate('loot'), [], 'the page saw nothing');
    await picture(page, 'hostile');
  });

  test('a lecture without subtitles says so, and is watched all the same', async () => {
    const { page, ui, errors } = await visit('/bare');
    await watchHere(ui);
    await ui.play();
    await openPanel(ui);
    await ui.text(word('guest_questions_none'));
    assert.deepEqual(await ui.find('button', word('guest_questions_make')), []);
    await picture(page, 'bare');
    await extension?.show('closed');
    await ui.get('alertdialog', words('guest_alert_eyes_closed_alarm'));
    await page.keyboard.press('Enter');
    await until('the film to go on', async () => (await ui.film()).playing);
    await extension?.show('open');
    await pill(ui, 'guest_state_attentive');
    await choose(ui, 'guest_stop');
    await ui.get('heading', word('guest_report_head'));
    assertQuiet(errors);
  });

  test('captions that the page draws are gathered while they are shown, and asked about', async () => {
    const { page, ui, errors } = await visit('/captions');
    await watchHere(ui);
    await ui.seek(290);
    await page.evaluate(() => void (/** @type {HTMLVideoElement} */ (document.querySelector('video')).playbackRate = 8));
    await ui.play();
    await until('a part of the film', async () => (await ui.film()).at > 410, 40_000);
    await ui.pause();
    await choose(ui, 'guest_questions_make');
    const isAsked = async () => (await marks(ui)).length > 0 || (await ui.find('button', word('guest_quiz_skip'))).length > 0;
    await until('questions', isAsked);
    const wishes = extension?.hub.seen.sockets.flatMap(({ said }) => said.filter(({ type }) => type === 'quiz.generate'));
    assert.equal(wishes?.length, 1, 'they are made once');
    await picture(page, 'captions');
    assertQuiet(errors);
  });

  test('the popup says what is watched, pauses the camera, and ends the lecture; a frame a second costs little', async () => {
    const { extension, page, ui, hub } = await visit('/lecture');
    await watchHere(ui);
    console.log(`        ${await cost(hub)}`);
    const popup = await extension.popup();
    await popup.getByText(word('popup_allowed')).waitFor();
    await popup.getByText('Operating systems: paging').waitFor();
    await popup.getByText(word('popup_attention_attentive')).waitFor();
    await popup.getByRole('button', { name: word('popup_pause'), exact: true }).click();
    await pill(ui, 'guest_pill_paused');
    await until('the camera to be closed', async () => (await hub.evaluate('stage.open')) === 0);
    const { length } = frames();
    await popup.getByRole('button', { name: word('popup_resume'), exact: true }).click();
    await pill(ui, 'guest_state_attentive');
    await untilFrames();
    assert.ok(frames().length > length);
    await popup.getByRole('button', { name: word('popup_end'), exact: true }).click();
    await ui.get('heading', word('guest_report_head'));
    await until('the camera to be closed', async () => (await hub.evaluate('stage.open')) === 0);
    await picture(page, 'ended-by-popup');
  });

  test('an hour of frames leaves nothing behind', async () => {
    const fast = await startServer({ set: { 'limits.frames_per_second': 60, [`${PRESET}.calm_rate`]: 60, [`${PRESET}.alert_rate`]: 60 } });
    try {
      extension = await openExtension();
      await agree(extension, fast, { quizzes: false, sounds: false });
      // A server needs little time for it, and the extension as much as for any other.
      await extension.show('dark');
      const { hub } = extension;
      const { ui, page } = await attend('/lecture');
      await choose(ui, 'guest_start');
      await page.evaluate(() => Object.assign(/** @type {HTMLVideoElement} */ (document.querySelector('video')), { playbackRate: 16, loop: true }));
      await ui.play();
      const began = Date.now();
      /** @type {number[]} */
      const sizes = [];
      // An hour's worth, or of a slow machine what it does in a minute.
      for (let due = 600; due <= 3600 && (due <= 1800 || Date.now() - began < 60_000); due += 600) {
        await until(`${due} frames`, () => frames().length >= due, 60_000);
        for (const socket of hub.seen.sockets) for (const frame of socket.frames) frame.bytes = Buffer.alloc(0);
        sizes.push(await hub.heap());
      }
      const rate = Math.round((sizes.length * 600) / ((Date.now() - began) / 1000));
      const told = sizes.map((size) => `${(size / 1e6).toFixed(2)} MB`).join(', ');
      console.log(`        heap after each 600 of ${sizes.length * 600} frames, at ${rate} a second: ${told}`);
      assert.ok((sizes.at(-1) ?? 0) - sizes[1] < 500_000, `the heap grows: ${told}`);
      assert.equal(hub.seen.sockets.length, 1);
      assert.deepEqual(hub.seen.errors, []);
    } finally {
      await fast.stop();
    }
  });

  /** What looking at a learner costs at one frame a second, in words. @param {import('./extension.mjs').Extension['hub']} hub */
  async function cost(hub) {
    const [before, frame] = [await hub.cpu(), frames().length];
    const seconds = 5;
    await sleep(seconds * 1000);
    const after = await hub.cpu();
    const sent = frames().slice(frame);
    const bytes = sent.reduce((sum, { bytes }) => sum + bytes.length, 0) / Math.max(1, sent.length);
    const share = Object.entries(after).map(([name, now]) => `${name} ${(((now - before[name]) / seconds) * 100).toFixed(1)} %`);
    return `at ${(sent.length / seconds).toFixed(1)} frames a second of ${Math.round(bytes)} bytes, of one core: ${share.join(', ')}`;
  }
});

/** @param {string} text */
const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
/** Of "… 2:11 …". @param {string} label */
function seconds(label) {
  const [, hours = '0', minutes, rest] = /(?:(\d+):)?(\d+):(\d\d)/.exec(label) ?? [];
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(rest);
}

/* ---- these run in a page, or as its content script ---- */

/** What a page gets hold of. @param {string} origin of the extension */
async function reach(origin) {
  const chrome = /** @type {any} */ (globalThis).chrome;
  const roots = [...document.querySelectorAll('*')].filter(({ shadowRoot }) => shadowRoot).length;
  const runtime = chrome?.runtime?.connect !== undefined || chrome?.storage !== undefined;
  /** @type {string[]} */
  const files = [];
  for (const name of ['manifest.json', 'hub.js', 'guest.js', 'offscreen.html', 'options.html', 'adapters.json']) {
    const there = await fetch(`${origin}/${name}`).then(
      () => true,
      () => false,
    );
    if (there) files.push(name);
  }
  /** @type {string[]} */
  const words = [];
  const listen = ({ data }) => data?.mine !== true && words.push(JSON.stringify(data));
  addEventListener('message', listen);
  for (const message of [{ type: 'start' }, { to: 'background', type: 'load', key: 'token' }, { type: 'watch' }, { type: 'report' }]) {
    postMessage({ ...message, mine: true }, '*');
    document.dispatchEvent(new CustomEvent(message.type, { detail: message }));
  }
  await new Promise((resolve) => setTimeout(resolve, 300));
  removeEventListener('message', listen);
  /** @type {any} */ (globalThis).loot.length = 0; // what it has just done itself
  return { roots, runtime, files, words };
}

/** Clicks and keys that nobody made. */
function forge() {
  const hosts = [...document.documentElement.children, ...document.body.children];
  for (const target of [document, window, document.activeElement ?? document.body, ...hosts]) {
    for (const key of ['Enter', ' ', 'Escape', '1']) {
      for (const type of ['keydown', 'keypress', 'keyup']) {
        target.dispatchEvent(new KeyboardEvent(type, { key, bubbles: true, composed: true, cancelable: true }));
      }
    }
    for (const type of ['pointerdown', 'mousedown', 'mouseup', 'click']) {
      target.dispatchEvent(new MouseEvent(type, { bubbles: true, composed: true, clientX: innerWidth / 2, clientY: innerHeight / 2 }));
    }
  }
  for (const host of hosts) if (host instanceof HTMLElement && host.tagName.includes('-')) host.click();
}

/** What a content script gets that asks for what it should not have. */
async function takeOver() {
  const chrome = /** @type {any} */ (globalThis).chrome;
  /** @type {string[]} */
  const granted = [];
  /** @param {string} name @param {() => Promise<any>} act */
  const attempt = async (name, act) => {
    const late = new Promise((resolve) => setTimeout(() => resolve(undefined), 700));
    const got = await Promise.race([act(), late]).catch(() => undefined);
    if (got !== undefined && got !== null) granted.push(`${name}: ${JSON.stringify(got)}`);
  };
  await attempt('storage.local', () => chrome.storage.local.get(null));
  await attempt('storage.session', () => chrome.storage.session.get(null));
  for (const message of [
    { type: 'load', key: 'token' },
    { type: 'load', key: 'settings' },
    { type: 'save', key: 'settings', value: { server: 'http://evil.invalid' } },
    { type: 'allowed', origin: 'http://127.0.0.1' },
    { type: 'open', page: 'url', url: 'http://evil.invalid/' },
  ]) {
    await attempt(message.type, () => chrome.runtime.sendMessage({ to: 'background', ...message }));
  }
  /** @type {string[]} */
  const views = [];
  /** @param {string} name @param {object[]} wishes @param {string[]} into */
  const line = (name, wishes, into) =>
    new Promise((resolve) => {
      const port = chrome.runtime.connect({ name });
      port.onMessage.addListener((/** @type {any} */ message) => into.push(JSON.stringify(message)));
      for (const wish of wishes) port.postMessage(wish);
      setTimeout(() => {
        port.disconnect();
        resolve(undefined);
      }, 700);
    });
  await line('control', [{ type: 'watch' }, { type: 'reports' }, { type: 'sign-out' }, { type: 'withdraw' }], granted);
  await line('lecture', [{ type: 'nonsense' }, { type: 'lecture', lecture: { url: 'javascript:1' }, subtitles: 'none' }, { type: 'report' }], views);
  return { granted, views };
}
