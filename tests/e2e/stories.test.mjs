/** What a learner lives through with the page, in a real browser against the real server. */

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import {
  OUT,
  barriers,
  demoLink,
  drawnPart,
  drop,
  fileToDrop,
  fixture,
  jpegSize,
  makeCamera,
  makeFilm,
  makePicture,
  openBrowser,
  sleep,
  startServer,
  until,
  untilState,
} from './browser.mjs';

const OPEN = fixture('faces/open_640x480.jpg');
const CLOSED = fixture('faces/closed_320x240.jpg');
const EMPTY = fixture('rooms/study.jpg');
const PHONE = { width: 390, height: 844 };

describe('the page', { concurrency: false, timeout: 900_000 }, () => {
  /** @type {Awaited<ReturnType<typeof startServer>>} */
  let server;
  /** @type {Awaited<ReturnType<typeof openBrowser>> | null} */
  let browser = null;
  let openEyes = '';

  before(async () => {
    mkdirSync(OUT, { recursive: true });
    openEyes = makeCamera('open', [[OPEN, 1]]);
    server = await startServer();
  });
  after(() => server?.stop());
  afterEach(async () => {
    await browser?.close();
    browser = null;
  });

  /** @param {Parameters<typeof openBrowser>[0]} [wishes] */
  async function visit(wishes, url = server.url) {
    browser = await openBrowser(wishes);
    await browser.page.goto(url);
    return browser;
  }
  /** A visit of a learner who agreed before. @param {Parameters<typeof openBrowser>[0]} [wishes] */
  async function visitAgreed(wishes) {
    browser = await openBrowser(wishes);
    const { version } = await (await browser.page.request.get(`${server.url}/api/v1/consent`)).json();
    const data = { consent: version, cookie: true };
    const guest = await browser.page.request.post(`${server.url}/api/v1/guests`, { data });
    assert.equal(guest.status(), 201, await guest.text());
    await browser.page.goto(server.url);
    return browser;
  }
  /** @param {Parameters<typeof openBrowser>[0]} [wishes] */
  async function visitWithCamera(wishes) {
    const visited = await visit({ camera: openEyes, ...wishes });
    await allow();
    return visited;
  }
  /** Nobody can agree before the server's text is there. */
  const allow = async (page = browser.page) => {
    await page.locator('#consent[data-whole]').waitFor({ state: 'attached' });
    await page.getByRole('button', { name: 'Allow the camera' }).click();
  };
  /** An access token of the browser's learner, for what happens elsewhere. */
  async function accessToken() {
    const answer = await browser.page.request.post(`${server.url}/api/v1/tokens`, { data: {} });
    assert.equal(answer.status(), 200, await answer.text());
    return (await answer.json()).access_token;
  }
  /** From another device: no cookie of this browser is touched. @param {string} method @param {string} place */
  async function elsewhere(method, place) {
    const headers = { authorization: `Bearer ${await accessToken()}` };
    const answer = await fetch(`${server.url}/api/v1${place}`, { method, headers });
    assert.ok(answer.ok, `${answer.status} ${await answer.text()}`);
  }
  const learnerOf = (socket) => JSON.parse(socket.heard.find((text) => JSON.parse(text).type === 'welcome')).learner;
  const violations = () => browser.page.evaluate('trace.violations');
  const assertQuiet = async () => {
    assert.deepEqual(await violations(), []);
    assert.deepEqual(browser.seen.errors, []);
  };
  const picture = (name) => browser.page.screenshot({ path: path.join(OUT, `${name}.png`), fullPage: true });
  /** Sent, answered, dropped, as the page shows them. */
  const counts = (page) => page.locator('.counts b').evaluateAll((all) => all.map((each) => Number(each.textContent)));
  const notice = () => browser.page.getByRole('alert');
  /** Waits until the loudest open alert is of this level; calm: none is open. */
  const untilLevel = (level, timeout = 30_000) =>
    browser.page.locator(`#attention[data-level="${level}"]`).waitFor({ timeout });

  test('loads quietly and asks for nothing before the click', async () => {
    const { page, context, seen } = await visit({ camera: openEyes });
    const policy = (await page.request.get(server.url)).headers()['content-security-policy'];
    assert.match(policy, /script-src 'self'/);
    await sleep(1500);
    assert.equal(await page.evaluate('trace.asked'), 0);
    assert.equal(seen.sockets.length, 0);
    assert.deepEqual(await context.cookies(), [], 'nobody is made before the click');
    await assertQuiet();
  });

  test('a first visit: the server’s text, consent, the camera, verdicts; a reload keeps the same learner', async () => {
    const { page, context, seen } = await visit({ camera: openEyes });
    const { version, text } = await (await page.request.get(`${server.url}/api/v1/consent`)).json();
    await page.locator('#consent').filter({ hasText: text }).waitFor();
    const guest = page.waitForRequest(`${server.url}/api/v1/guests`);
    await allow();
    const { timezone, ...wishes } = (await guest).postDataJSON();
    assert.deepEqual(wishes, { cookie: true, consent: version });
    assert.match(timezone, /./);
    await untilState(page, 'Eyes open');
    const [cookie, ...more] = await context.cookies();
    assert.deepEqual([cookie.name, cookie.httpOnly, cookie.sameSite, more.length], ['loa_device', true, 'Lax', 0]);
    assert.match(seen.sockets[0].said[0].token, /./);
    await page.reload();
    await allow();
    await untilState(page, 'Eyes open');
    assert.match(learnerOf(seen.sockets[0]), /./);
    assert.equal(learnerOf(seen.sockets[1]), learnerOf(seen.sockets[0]));
    await assertQuiet();
  });

  test('consent withdrawn on another device closes the socket and the camera, and the page asks again', async () => {
    const { page, seen } = await visitWithCamera();
    await untilState(page, 'Eyes open');
    await elsewhere('DELETE', '/consent');
    await notice().filter({ hasText: 'The server closed this session' }).waitFor();
    await until('the socket to close', () => seen.sockets[0].closed);
    assert.deepEqual(await page.evaluate('trace.stream.getTracks().map((track) => track.readyState)'), ['ended']);
    await sleep(1500);
    assert.equal(seen.sockets.length, 1, 'it does not come back by itself');
    await allow();
    await untilState(page, 'Eyes open');
    assert.equal(learnerOf(seen.sockets[1]), learnerOf(seen.sockets[0]));
    await assertQuiet();
  });

  test('“Withdraw consent” ends the session and asks again', async () => {
    const { page, seen } = await visitWithCamera();
    await untilState(page, 'Eyes open');
    await page.getByRole('button', { name: 'Withdraw consent' }).click();
    await notice().filter({ hasText: 'Consent is withdrawn' }).waitFor();
    assert.deepEqual(await page.evaluate('trace.stream.getTracks().map((track) => track.readyState)'), ['ended']);
    await until('the socket to close', () => seen.sockets[0].closed);
    await drop(page, fileToDrop(OPEN));
    await notice().filter({ hasText: 'goes to the server only with your consent' }).waitFor();
    assert.equal(seen.sockets.length, 1);
    await page.getByRole('button', { name: 'Allow and look' }).click();
    await untilState(page, 'Eyes open');
    assert.equal(learnerOf(seen.sockets[1]), learnerOf(seen.sockets[0]));
    await assertQuiet();
  });

  test('a learner who erased everything begins anew as somebody else', async () => {
    const { page, seen } = await visitWithCamera();
    await untilState(page, 'Eyes open');
    await elsewhere('DELETE', '/me');
    await notice().filter({ hasText: 'The server closed this session' }).waitFor();
    await allow();
    await untilState(page, 'Eyes open');
    assert.notEqual(learnerOf(seen.sockets.at(-1)), learnerOf(seen.sockets[0]));
    await assertQuiet();
  });

  test('“My sessions” shows the session just watched, under its lecture’s name', async () => {
    const { page } = await visit({ camera: openEyes });
    await page.getByText('What do you watch?').click();
    await page.getByLabel('Address').fill('https://lectures.example/graphs/1');
    await page.getByLabel('Title', { exact: true }).fill('Graphs, part 1');
    await allow();
    await untilState(page, 'Eyes open');
    await until('three verdicts', async () => Number(await page.locator('#answered').textContent()) >= 3);
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('link', { name: 'My sessions' }).click();
    await page.waitForURL('**/sessions');
    await until('the session to be written', async () => {
      if (await page.getByText('Graphs, part 1').first().isVisible()) return true;
      await page.reload();
      return false;
    });
    await picture('my-sessions');
    await assertQuiet();
  });

  test('“My sessions” and “My data” open beside a session that goes on', async () => {
    const { page, context, seen } = await visitWithCamera();
    await untilState(page, 'Eyes open');
    for (const [name, place] of [
      ['My sessions', '/sessions'],
      ['My data', '/me'],
    ]) {
      const opened = context.waitForEvent('page');
      await page.getByRole('link', { name: `${name} (opens in a new tab)` }).click();
      const other = await opened;
      await other.waitForURL(`**${place}`);
      assert.equal(await other.evaluate(() => opener), null);
      await other.close();
    }
    const before = seen.sockets[0].frames.length;
    await until('more frames', () => seen.sockets[0].frames.length > before + 1);
    assert.deepEqual([seen.sockets.length, seen.sockets[0].closed], [1, false]);
    await page.getByRole('button', { name: 'Stop' }).click();
    const link = page.getByRole('link', { name: 'My data', exact: true });
    assert.deepEqual([await link.getAttribute('target'), await link.getAttribute('rel')], [null, null]);
    await assertQuiet();
  });

  test('shows open eyes, the face’s lines and the round trip', async () => {
    const { page, seen } = await visitWithCamera();
    await untilState(page, 'Eyes open');
    await until('the line to begin', async () => Number(await page.locator('#answered').textContent()) >= 3);
    assert.match(await page.locator('#rtt').textContent(), /^[\d.]+ ms$/);
    assert.match(await page.locator('#ms-detect').textContent(), /^[\d.]+$/);
    assert.match(await page.locator('#lasting').textContent(), /^for \d+ s$/);
    const [sent, answered, dropped] = await counts(page);
    assert.ok(sent - answered - dropped <= 1, `${sent} sent, ${answered} answered, ${dropped} dropped`);
    const lines = await drawnPart(page, '#overlay');
    assert.ok(lines.pixels > 500, 'the face is drawn');
    assert.ok(lines.left > 0.2 && lines.right < 0.9 && lines.bottom < 0.9, `around the face: ${JSON.stringify(lines)}`);
    assert.ok((await drawnPart(page, '#chart')).pixels > 500, 'the line is drawn');
    const [{ token, ...hello }] = seen.sockets[0].said;
    assert.match(token, /./);
    assert.deepEqual(hello, { type: 'hello', client: 'loa-web/0.1', landmarks: true });
    await assertQuiet();
  });

  test('sends small frames in the camera’s aspect, as often as the server asks', async () => {
    const { page, seen } = await visitWithCamera();
    await untilState(page, 'Eyes open');
    await sleep(4200);
    const { frames } = seen.sockets[0];
    assert.ok(frames.length >= 3 && frames.length <= 6, `${frames.length} frames in 4 to 5 s`);
    frames.forEach(({ bytes }, index) => {
      assert.equal(bytes.toString('latin1', 0, 4), 'LOA1');
      assert.equal(bytes.readUInt32LE(4), index + 1);
      assert.deepEqual(jpegSize(bytes.subarray(16)), { width: 320, height: 240 });
      assert.ok(bytes.length < 40_000);
    });
  });

  test('the switch “Smoother” sends up to four frames a second', async () => {
    const { page, seen } = await visitWithCamera();
    await untilState(page, 'Eyes open');
    await page.getByRole('switch', { name: 'Smoother' }).check();
    const { frames } = seen.sockets[0];
    const before = frames.length;
    await until('frames closer than a second', () => frames.length - before >= 8, 20_000);
    const gaps = frames.slice(before + 1).map(({ at }, index) => at - frames[before + index].at);
    assert.ok(Math.min(...gaps) < 600, `gaps ${gaps}`);
    const lasted = frames.at(-1).at - frames[before].at;
    assert.ok(frames.length - before <= lasted / 250 + 3, `${frames.length - before} frames in ${lasted} ms`);
  });

  test('eyes open, then closed, then an empty room: three states in order', async () => {
    const camera = makeCamera('story', [
      [OPEN, 5],
      [CLOSED, 5],
      [EMPTY, 5],
    ]);
    const { page } = await visitWithCamera({ camera });
    await untilState(page, 'Eyes open');
    await picture('state-open');
    await untilState(page, 'Eyes closed');
    await until('the closed bar', async () => parseInt(await page.locator('#closed').textContent(), 10) > 50);
    await picture('state-closed');
    await untilState(page, 'Nobody in view');
    assert.equal((await drawnPart(page, '#overlay')).pixels, 0, 'no face is drawn');
    await picture('state-nobody');
    const moods = await page.evaluate('trace.moods');
    assert.deepEqual(moods.slice(0, 3), ['Eyes open', 'Eyes closed', 'Nobody in view']);
    await assertQuiet();
  });

  test('a dropped picture with closed eyes', async () => {
    const { page, seen } = await visitAgreed();
    await drop(page, fileToDrop(CLOSED));
    await untilState(page, 'Eyes closed');
    assert.ok((await drawnPart(page, '#overlay')).pixels > 300);
    await sleep(2500);
    assert.equal(seen.sockets[0].frames.length, 1, 'a picture is looked at once');
    assert.equal(await page.evaluate('trace.asked'), 0);
    await picture('picture-closed');
    await assertQuiet();
  });

  test('a picture dropped over the camera is not given the camera’s late verdict', async () => {
    browser = await openBrowser({ camera: openEyes });
    const { page, seen } = browser;
    await page.routeWebSocket('**/ws', (socket) => {
      const upstream = socket.connectToServer();
      upstream.onMessage((message) => setTimeout(() => socket.send(message), 600));
    });
    await page.goto(server.url);
    await allow();
    await untilState(page, 'Eyes open');
    const sent = Number(await page.locator('#sent').textContent());
    await until('the next frame', async () => Number(await page.locator('#sent').textContent()) > sent);
    await page.evaluate('trace.moods.length = 0');
    await drop(page, fileToDrop(CLOSED));
    await untilState(page, 'Eyes closed');
    assert.deepEqual(await page.evaluate('trace.moods'), ['Looking…', 'Eyes closed']);
    assert.deepEqual(await page.evaluate('trace.stream.getTracks().map((track) => track.readyState)'), ['ended']);
    assert.deepEqual(seen.errors, []);
  });

  test('a dropped picture is turned as its EXIF says', async () => {
    const { page, seen } = await visitAgreed();
    await drop(page, fileToDrop('bad/exif_rotated_6.jpg'));
    await untilState(page, 'Eyes open');
    const { bytes } = seen.sockets[0].frames[0];
    assert.deepEqual(jpegSize(bytes.subarray(16)), { width: 320, height: 240 });
  });

  test('a covered camera and a second face are told apart from an empty room', async () => {
    const { page } = await visitAgreed({ scheme: 'dark' });
    await drop(page, fileToDrop(makePicture('black')));
    await untilState(page, 'Can’t tell: ');
    await picture('state-unknown');
    await drop(page, fileToDrop('faces/two_faces_640x480.jpg'));
    await untilState(page, 'Eyes open');
    await page.getByText('2 faces in view').waitFor();
    await picture('state-two-faces');
    await assertQuiet();
  });

  test('a picture chosen with the keyboard', async () => {
    const { page } = await visitAgreed();
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Allow the camera' }).focus();
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('type')), 'file');
    await page.keyboard.press('Enter');
    await (await chooser).setFiles(OPEN);
    await untilState(page, 'Eyes open');
    await assertQuiet();
  });

  test('a dropped video is sampled while it plays', async () => {
    const { page, seen } = await visitAgreed();
    await drop(page, fileToDrop(makeFilm(CLOSED, 12), 'video/webm'));
    await untilState(page, 'Eyes closed');
    await until('three frames', () => seen.sockets[0].frames.length >= 3);
    const told = () => seen.sockets[0].said.filter(({ type }) => type === 'playback');
    assert.equal(told()[0].playing, true);
    await page.locator('video').evaluate((video) => video.pause());
    await sleep(2500);
    const before = seen.sockets[0].frames.length;
    await sleep(2200);
    assert.equal(seen.sockets[0].frames.length, before, 'nothing is sent while it stands still');
    await page.locator('video').evaluate((video) => (video.currentTime = 11));
    await until('one frame more', () => seen.sockets[0].frames.length === before + 1);
    assert.deepEqual([told().at(-1).position_s, told().at(-1).playing], [11, false]);
    await assertQuiet();
  });

  test('a film that is over says so, and its last picture is looked at', async () => {
    const { page, seen } = await visitAgreed();
    await drop(page, fileToDrop(makeFilm(CLOSED, 1), 'video/webm'));
    await page.getByText('The film has ended.').waitFor();
    await untilState(page, 'Eyes closed');
    await sleep(2500);
    const { frames } = seen.sockets[0];
    const before = frames.length;
    await sleep(1500);
    assert.equal(frames.length, before);
    await picture('film-ended');
    await page.locator('video').evaluate((video) => video.play());
    await page.getByText('The film has ended.').waitFor({ state: 'hidden' });
    await until('more frames', () => frames.length > before);
    await assertQuiet();
  });

  test('of several dropped files the first is looked at, and the page says so', async () => {
    const { page } = await visitAgreed();
    await drop(page, fileToDrop(EMPTY), fileToDrop(OPEN));
    await notice().filter({ hasText: 'only the first, “study.jpg”, is looked at' }).waitFor();
    await untilState(page, 'Nobody in view');
    await page.getByText('Nobody was found in this picture.').waitFor();
    await picture('picture-nobody');
    await drop(page, fileToDrop(OPEN));
    await untilState(page, 'Eyes open');
    assert.ok(await notice().isHidden());
    await assertQuiet();
  });

  test('an unreadable file leaves what was there: a picture and its connection, or the camera', async () => {
    const broken = { name: 'broken.jpg', type: 'image/jpeg', base64: Buffer.from('no jpeg').toString('base64') };
    const notes = { name: 'notes.txt', type: 'text/plain', base64: Buffer.from('hello').toString('base64') };
    const { page, seen } = await visitAgreed({ camera: openEyes });
    await drop(page, fileToDrop(CLOSED));
    await untilState(page, 'Eyes closed');
    for (const file of [broken, notes]) {
      await drop(page, file);
      await notice().filter({ hasText: `“${file.name}”` }).filter({ hasText: 'What was here before goes on.' }).waitFor();
      assert.equal(await page.locator('#state-text').textContent(), 'Eyes closed');
    }
    assert.deepEqual(
      seen.sockets.map(({ closed }) => closed),
      [false],
    );
    await page.getByRole('button', { name: 'Stop' }).click();
    await allow();
    await untilState(page, 'Eyes open');
    await drop(page, broken);
    await notice().filter({ hasText: '“broken.jpg” could not be read' }).waitFor();
    await untilState(page, 'Eyes open');
  });

  test('a dropped text file gets a clear sentence', async () => {
    const { page, seen } = await visit();
    await drop(page, { name: 'notes.txt', type: 'text/plain', base64: Buffer.from('hello').toString('base64') });
    await notice().filter({ hasText: '“notes.txt” is neither a picture nor a video' }).waitFor();
    await drop(page, { name: 'broken.jpg', type: 'image/jpeg', base64: Buffer.from('no jpeg').toString('base64') });
    await notice().filter({ hasText: '“broken.jpg” could not be read as a picture' }).waitFor();
    assert.equal(seen.sockets.length, 0);
    await picture('file-refused');
  });

  test('a refused camera gets a clear sentence', async () => {
    const { page, seen } = await visitWithCamera({ consent: 'refused' });
    await notice().filter({ hasText: 'The camera is blocked for this page' }).waitFor();
    assert.equal(seen.sockets.length, 0);
    await picture('camera-refused');
    await drop(page, fileToDrop(OPEN));
    await untilState(page, 'Eyes open');
    assert.ok(await notice().isHidden(), 'the notice is gone once something works');
  });

  test('a machine without a camera gets a clear sentence', async () => {
    await visitWithCamera({ camera: null });
    await notice().filter({ hasText: 'No camera was found' }).waitFor();
  });

  test('an insecure page says what to do', async () => {
    const { page } = await visit(
      { camera: openEyes, hosts: 'MAP loa.example 127.0.0.1' },
      `http://loa.example:${server.port}`,
    );
    await allow();
    await notice().filter({ hasText: 'Open it over https' }).waitFor();
  });

  test('several cameras can be chosen from', async () => {
    const { page } = await visitWithCamera({ camera: null, cameras: 2 });
    const answered = async () => Number(await page.locator('#answered').textContent());
    await until('a verdict', async () => (await answered()) > 0);
    const choice = page.getByLabel('Camera', { exact: true });
    await choice.waitFor();
    assert.equal(await choice.locator('option').count(), 2);
    await choice.selectOption({ index: 1 });
    await until('the second camera', async () => (await choice.evaluate((select) => select.selectedIndex)) === 1);
    const before = await answered();
    await until('a verdict on the second camera', async () => (await answered()) > before);
    assert.match(await page.locator('video').evaluate((video) => video.srcObject.getVideoTracks()[0].label), /1/);
    await assertQuiet();
  });

  test('“Stop” closes the camera and the connection', async () => {
    const { page, seen } = await visitWithCamera();
    await untilState(page, 'Eyes open');
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('button', { name: 'Allow the camera' }).waitFor();
    await until('the socket to close', () => seen.sockets[0].closed);
    assert.deepEqual(seen.sockets[0].said.at(-1), { type: 'end' });
    assert.deepEqual(await page.evaluate('trace.stream.getTracks().map((track) => track.readyState)'), ['ended']);
    await allow();
    await untilState(page, 'Eyes open');
    await assertQuiet();
  });

  test('“Stop” says that the session is kept, leads to its report, and does not ask for consent again', async () => {
    const { page, seen } = await visitWithCamera();
    await untilState(page, 'Eyes open');
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('Your session is kept.').waitFor();
    assert.ok(await page.locator('#consent').isHidden());
    await page.getByText('You have agreed to the text about the camera.').waitFor();
    assert.deepEqual(await barriers(page), []);
    await picture('session-kept');
    await allow();
    await untilState(page, 'Eyes open');
    assert.ok(await page.getByText('Your session is kept.').isHidden());
    await page.getByRole('button', { name: 'Stop' }).click();
    const { session } = JSON.parse(seen.sockets[1].heard[0]);
    await page.getByRole('link', { name: 'See its report' }).click();
    await page.waitForURL(`**/sessions/${session}`);
    assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1);
    await assertQuiet();
  });

  test('mirror and face lines can be switched off', async () => {
    const { page } = await visitWithCamera();
    await untilState(page, 'Eyes open');
    const turned = () => page.locator('#frame').evaluate((frame) => getComputedStyle(frame).transform);
    assert.match(await turned(), /^matrix\(-1/);
    await page.getByRole('switch', { name: 'Mirror' }).uncheck();
    assert.equal(await turned(), 'none');
    await page.getByRole('switch', { name: 'Lines' }).uncheck();
    assert.equal((await drawnPart(page, '#overlay')).pixels, 0);
  });

  test('nonsense from the server does not break the page', async () => {
    browser = await openBrowser({ camera: openEyes });
    const { page } = browser;
    const nonsense = [
      'nonsense',
      '[]',
      'null',
      '{"type":7}',
      '{"type":"later"}',
      '{"type":"verdict"}',
      '{"type":"rate","frames_per_second":"fast"}',
      '{"type":"verdict","seq":1,"presence":"face","eyes":"open","face":{"box":"big"},"landmarks":[1,2],"head":[],"ms":null}',
      '{"type":"error","code":"<img src=x>","message":"<script>alert(1)</script>"}',
    ];
    await page.routeWebSocket('**/ws', (socket) => {
      const upstream = socket.connectToServer();
      upstream.onMessage((message) => {
        for (const each of nonsense) socket.send(each);
        socket.send(Buffer.from([1, 2, 3]));
        socket.send(message);
      });
    });
    await page.goto(server.url);
    await allow();
    await untilState(page, 'Eyes open');
    await until('more verdicts', async () => Number(await page.locator('#answered').textContent()) >= 3);
    assert.equal(await page.locator('main img, main script').count(), 0);
    assert.deepEqual(browser.seen.errors, []);
  });

  test('a clock that the server cannot go by is told, and verdicts do not take the notice away', async () => {
    browser = await openBrowser({ camera: openEyes });
    const { page } = browser;
    let told = false;
    await page.routeWebSocket('**/ws', (socket) => {
      const upstream = socket.connectToServer();
      upstream.onMessage((message) => {
        socket.send(message);
        if (told || JSON.parse(String(message)).type !== 'verdict') return;
        told = true;
        socket.send('{"type":"error","code":"bad_clock","message":"times must rise","retry":true}');
      });
    });
    await page.goto(server.url);
    await allow();
    await until('more verdicts', async () => Number(await page.locator('#answered').textContent()) >= 3);
    await notice().filter({ hasText: 'This device’s clock' }).waitFor();
    assert.deepEqual(browser.seen.errors, []);
  });

  test('the controls stand in one row on a desktop', async () => {
    const { page } = await visitWithCamera({ viewport: { width: 1280, height: 800 } });
    await untilState(page, 'Eyes open');
    const middles = await page
      .locator('.controls > :not([hidden])')
      .evaluateAll((all) => all.map((each) => each.getBoundingClientRect()).map(({ y, height }) => y + height / 2));
    assert.ok(Math.max(...middles) - Math.min(...middles) < 8, middles.join(' '));
  });

  test('closed eyes bring the pre-alarm after five seconds, opened ones take it away', async () => {
    const camera = makeCamera('nap', [
      [OPEN, 6],
      [CLOSED, 9],
      [OPEN, 25],
    ]);
    const { page, seen } = await visitWithCamera({ camera });
    await page.locator('#attention-text').filter({ hasText: 'Attentive' }).waitFor();
    await untilLevel('calm');
    await untilState(page, 'Eyes closed');
    const closedAt = Date.now();
    await page.evaluate(() => {
      const said = (globalThis.trace.said = []);
      const [state, strip] = ['state-text', 'alerts'].map((id) => document.getElementById(id));
      const look = () => said.push(`${state.textContent}: ${strip.querySelector('b')?.textContent ?? ''}`);
      for (const each of [state, strip]) new MutationObserver(look).observe(each, { childList: true, subtree: true });
    });
    await untilLevel('pre_alarm');
    const after = (Date.now() - closedAt) / 1000;
    assert.ok(after > 3.5 && after < 7.5, `after ${after} s`);
    await page.locator('#alerts').getByText('Your eyes are closed. Are you with us?').waitFor();
    assert.equal(await page.locator('#attention-text').textContent(), 'Eyes closed');
    assert.match(await page.locator('#alerts .since').textContent(), /^for [5-9] s$/);
    assert.deepEqual(await barriers(page), []);
    await picture('pre-alarm');
    await untilLevel('calm');
    await page.locator('#attention-text').filter({ hasText: 'Attentive' }).waitFor();
    assert.equal(await page.locator('#alerts li').count(), 0);
    const words = await page.evaluate('trace.said');
    assert.ok(words.includes('Eyes closed: Your eyes are closed. Are you with us?'), words.join('\n'));
    assert.ok(words.includes('Eyes open: Welcome back…'), words.join('\n'));
    assert.ok(!words.some((each) => /^Eyes open: .*closed/.test(each)), words.join('\n'));
    const [{ said, heard, frames }] = seen.sockets;
    assert.deepEqual(
      said.filter(({ type }) => type === 'alert.ack').map(({ n }) => n),
      [1, 2],
    );
    assert.ok(
      heard.some((text) => JSON.parse(text).frames_per_second === 4),
      'the server asked for a closer look',
    );
    const looks = frames.filter(({ at }) => at > closedAt + 2000 && at < closedAt + 6000).length;
    assert.ok(looks >= 8, `${looks} frames in 4 s`);
    await assertQuiet();
  });

  for (const scheme of /** @type {const} */ (['light', 'dark'])) {
    test(`an early alarm, chosen by the learner, is loud in the ${scheme} scheme`, async () => {
      const camera = makeCamera('asleep', [[CLOSED, 1]]);
      const { page, seen } = await visitWithCamera({ camera, scheme });
      await untilState(page, 'Eyes closed');
      await page.getByLabel('Alerts').selectOption('strict');
      await until('the second session', () => seen.sockets[1]?.heard.length > 0);
      assert.deepEqual(seen.sockets[0].said.at(-1), { type: 'end' });
      assert.equal(seen.sockets[1].said[0].preset, 'strict');
      await untilLevel('alarm', 20_000);
      await page.getByRole('alert').filter({ hasText: 'Wake up! Your eyes are closed.' }).waitFor();
      assert.match(await page.title(), /^Wake up!/);
      assert.deepEqual(await barriers(page), []);
      await picture(`alarm-${scheme}`);
      await page.setViewportSize(PHONE);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0);
      await page.evaluate(() => scrollTo(0, 900));
      assert.ok((await page.locator('#attention').boundingBox()).y >= 0, 'it stays in view');
      await page.getByRole('button', { name: 'Stop' }).click();
      assert.match(await page.title(), /^Loa/);
      await assertQuiet();
    });
  }

  test('a connection that breaks is taken up where it was, with the alert still open', async () => {
    browser = await openBrowser({ camera: makeCamera('asleep', [[CLOSED, 1]]) });
    const { page } = browser;
    /** @type {{cut: () => void, said: any[], heard: any[]}[]} */
    const sockets = [];
    await page.routeWebSocket('**/ws', (socket) => {
      const upstream = socket.connectToServer();
      let whole = true;
      const cut = () => {
        whole = false;
        socket.close({ code: 4408 });
        upstream.close();
      };
      const one = { cut, said: [], heard: [] };
      sockets.push(one);
      socket.onMessage((message) => {
        if (typeof message === 'string') one.said.push(JSON.parse(message));
        if (whole) upstream.send(message);
      });
      upstream.onMessage((message) => {
        one.heard.push(JSON.parse(String(message)));
        socket.send(message);
      });
    });
    await page.goto(server.url);
    await allow();
    await untilLevel('pre_alarm');
    await page.evaluate(() => {
      const strip = document.getElementById('attention');
      new MutationObserver(() => (globalThis.trace.strip ??= []).push(`${strip.dataset.level} ${strip.innerText}`)).observe(
        strip,
        { childList: true, subtree: true },
      );
    });
    sockets[0].cut();
    await page.getByText('the session went on').waitFor();
    const strip = await page.evaluate('trace.strip');
    assert.ok(strip.some((text) => /^calm .*Not connected: nothing is watched\s*$/s.test(text)), strip.join('\n'));
    assert.ok(await page.locator('#alerts').getByText('Your eyes are closed. Are you with us?').isVisible());
    await picture('session-resumed');
    const [{ resume, last_n }] = sockets[1].said;
    const [first] = sockets[0].heard;
    const [welcome] = sockets[1].heard;
    assert.equal(resume, first.resume);
    assert.equal(last_n, 1);
    assert.equal(welcome.recovered, true);
    assert.equal(welcome.session, first.session);
    await untilLevel('alarm');
    await page.getByText('the session went on').waitFor({ state: 'hidden' });
    assert.deepEqual(await page.evaluate('[localStorage.length, sessionStorage.length]'), [0, 1]);
    await assertQuiet();
  });

  test('a page loaded anew goes on with its watch session and the open alert, until “Stop”', async () => {
    const { page, seen } = await visitWithCamera({ camera: makeCamera('asleep', [[CLOSED, 1]]) });
    await untilLevel('pre_alarm');
    await page.reload();
    assert.ok(!seen.sockets[0].said.some(({ type }) => type === 'end'), 'no goodbye');
    await allow();
    await page.getByText('the session went on').waitFor();
    const welcomes = () => seen.sockets.map(({ heard }) => JSON.parse(heard[0]));
    assert.deepEqual([welcomes()[1].recovered, welcomes()[1].session], [true, welcomes()[0].session]);
    await page.locator('#alerts').getByText('Your eyes are closed. Are you with us?').waitFor({ timeout: 2000 });
    await untilLevel('alarm');
    await page.getByRole('button', { name: 'Stop' }).click();
    assert.equal(await page.evaluate('sessionStorage.length'), 0);
    await allow();
    await untilState(page, 'Eyes closed');
    assert.ok(!('resume' in seen.sockets[2].said[0]));
    assert.notEqual(welcomes()[2].session, welcomes()[0].session);
    await assertQuiet();
  });

  test('another lecture after a reload is another watch session', async () => {
    const { page, seen } = await visitWithCamera();
    await untilState(page, 'Eyes open');
    await page.reload();
    await page.getByText('What do you watch?').click();
    await page.getByLabel('Address').fill('https://lectures.example/graphs/2');
    await allow();
    await untilState(page, 'Eyes open');
    assert.ok(!('resume' in seen.sockets[1].said[0]));
    await assertQuiet();
  });

  test('a duplicate of the tab takes the watch session over, and the older tab says so', async () => {
    const { page, context } = await visitWithCamera();
    await untilState(page, 'Eyes open');
    const opened = context.waitForEvent('page');
    await page.evaluate(() => void window.open('/')); // its sessionStorage is a copy, as a duplicate's
    const twin = await opened;
    await allow(twin);
    await twin.getByText('the session went on').waitFor();
    await page.getByText('This session goes on in another tab or window, and has ended here').waitFor();
    assert.equal(await page.evaluate('sessionStorage.length'), 0);
    await picture('session-elsewhere');
    await page.getByRole('button', { name: 'Stop' }).click();
    const answered = async () => Number(await twin.locator('#answered').textContent());
    const before = await answered();
    await until('the twin to go on', async () => (await answered()) > before);
    await assertQuiet();
  });

  /* ---- questions about a lecture ---- */

  const LECTURE = () => fileToDrop('lectures/os-paging.en.vtt', 'text/vtt');
  const LECTURE_TEXT = readFileSync(fixture('lectures/os-paging.en.vtt'), 'utf8');
  /** The number of the option that has the focus. */
  const focused = () => browser.page.evaluate(() => document.activeElement?.querySelector('kbd')?.textContent);
  /** As long as its subtitles. */
  const lectureFilm = () => fileToDrop(makeFilm(EMPTY, 680, 1), 'video/webm');
  const popup = () => browser.page.getByRole('dialog');
  const marks = () => browser.page.getByRole('button', { name: /^Question at / });
  const untilMade = () => browser.page.getByText(/^\d+ questions\.$/).waitFor();
  const film = () => browser.page.locator('#lesson video');
  const isPlaying = () => film().evaluate((video) => !video.paused);
  /** Seconds, of "Question at 2:11". */
  const placeOf = async (mark) => {
    const [, minutes, seconds] = /(\d+):(\d+)/.exec(await mark.getAttribute('aria-label'));
    return Number(minutes) * 60 + Number(seconds);
  };

  test('a lecture asks: subtitles and film, marks, a pop-up while it plays, an answer by the keyboard, the report', async () => {
    const { page, seen } = await visit();
    await drop(page, lectureFilm(), LECTURE());
    await untilMade();
    const count = await marks().count();
    assert.ok(count >= 3, `${count} marks`);
    assert.equal(await page.evaluate('trace.asked'), 0, 'no camera');
    const { lecture } = seen.sockets[0].said[0];
    assert.match(lecture.url, /^https:\/\/local\.invalid\/[0-9a-f]{64}$/);
    assert.equal(lecture.title, 'os-paging.en.vtt');
    assert.deepEqual(await barriers(page), []);
    const captions = await film().evaluate(({ textTracks: [track] }) => [track.mode, track.cues.length, track.cues[0].text]);
    assert.deepEqual([captions[0], captions[1] > 50], ['showing', true]);
    assert.ok(LECTURE_TEXT.includes(captions[2].split('\n')[0]), captions[2]);
    assert.equal(await page.locator('#marks-said').textContent(), '', 'they pop up by themselves');
    await film().evaluate((video, at) => {
      video.currentTime = at;
      return video.play();
    }, (await placeOf(marks().first())) - 1);
    await popup().waitFor();
    assert.equal(await isPlaying(), false, 'the film waits');
    const question = await page.locator('#quiz-question').textContent();
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'quiz-question');
    assert.equal(await popup().getByRole('button').count(), 5, 'four options and “Skip”');
    assert.deepEqual(await barriers(page), []);
    await picture('quiz-asked');
    await page.keyboard.press('ArrowUp');
    assert.equal(await focused(), '4');
    await page.keyboard.press('ArrowDown');
    assert.equal(await focused(), '1');
    await page.keyboard.press('Enter');
    await popup().getByRole('button', { name: 'Continue' }).waitFor();
    const verdict = await page.locator('#quiz-verdict-word').textContent();
    assert.match(verdict, /^(Right|Not quite)$/);
    assert.equal(await popup().locator('.option-reason').count(), 4);
    assert.equal(await page.getByText(await page.locator('#quiz-quote-text').textContent()).filter({ visible: true }).count(), 1, 'said once');
    assert.deepEqual(await barriers(page), []);
    await picture('quiz-graded');
    await page.keyboard.press('Enter');
    await until('the film to go on', isPlaying);
    assert.ok(await popup().isHidden());
    assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'VIDEO', 'the focus is somewhere');
    assert.match(await marks().first().getAttribute('aria-label'), verdict === 'Right' ? /answered right$/ : /answered wrong$/);
    assert.equal(seen.sockets[0].frames.length, 0, 'nobody is looked at');
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('link', { name: 'See its report' }).click();
    await until('the report to have the question', async () => {
      if (await page.getByText(question).first().isVisible()) return true;
      await page.reload();
      return false;
    });
    await picture('quiz-report');
    await assertQuiet();
  });

  test('a mark that is clicked asks, “Go there” seeks, Escape skips, and what was answered is shown again', async () => {
    const { page } = await visit();
    await drop(page, lectureFilm(), LECTURE());
    await untilMade();
    const mark = marks().nth(1);
    await mark.click();
    await popup().waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await popup().getByRole('button', { name: 'Continue' }).waitFor();
    const place = page.locator('#quiz-go');
    const [, minutes, seconds] = /(\d+):(\d+)/.exec(await place.textContent());
    await place.click();
    await until('the place', () => film().evaluate((video, at) => Math.floor(video.currentTime) - at <= 2 && !video.paused, minutes * 60 + Number(seconds)));
    await film().evaluate((video) => video.pause());
    await mark.click();
    await popup().getByRole('button', { name: 'Continue' }).waitFor();
    await page.keyboard.press('Escape');
    await popup().waitFor({ state: 'hidden' });
    assert.match(await page.evaluate(() => document.activeElement?.getAttribute('aria-label')), /answered/);
    assert.equal(await isPlaying(), false, 'what stood still goes on standing still');
    await marks().nth(2).click();
    await popup().waitFor();
    for (let i = 0; i < 3; i++) await page.keyboard.press('Escape');
    await page.getByText('Press Enter to skip this question.').waitFor();
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'quiz-skip');
    await picture('quiz-escape');
    await page.keyboard.press('ArrowDown');
    assert.ok(await page.getByText('Press Enter to skip this question.').isHidden());
    await page.keyboard.press('Escape');
    await page.keyboard.press('Enter');
    await page.getByText('Skipped').waitFor();
    await page.keyboard.press('Escape');
    assert.match(await marks().nth(2).getAttribute('aria-label'), /passed$/);
    await assertQuiet();
  });

  test('a page loaded anew with an open question asks it again, once, and has its marks', async () => {
    const { page, seen } = await visit({ viewport: PHONE, scale: 2 });
    await drop(page, LECTURE());
    await untilMade();
    await page.getByText('Questions at').waitFor();
    await page.getByText('Tap a question mark to be asked, or add the film').waitFor();
    const count = await marks().count();
    await marks().nth(1).click();
    await popup().waitFor();
    const asked = await popup().innerText();
    await page.reload();
    await popup().waitFor();
    assert.equal(await popup().innerText(), asked, 'its options in the same order');
    assert.equal(seen.sockets[1].said[0].resume, JSON.parse(seen.sockets[0].heard[0]).resume);
    await page.keyboard.press('2');
    await popup().getByRole('button', { name: 'Continue' }).click();
    await until('all marks', async () => (await marks().count()) === count);
    assert.match(await marks().nth(1).getAttribute('aria-label'), /answered (right|wrong)$/);
    await page.reload();
    await until('all marks', async () => (await marks().count()) === count);
    await marks().nth(1).click();
    await page.getByText('This question was answered before.').waitFor();
    assert.match(await marks().nth(1).getAttribute('aria-label'), /answered/);
    assert.deepEqual([await popup().isHidden(), await notice().count()], [true, 0], 'nothing went wrong');
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0);
    assert.deepEqual(await barriers(page), []);
    await picture('quiz-phone');
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.reload();
    await page.locator('#consent[data-whole]').waitFor({ state: 'attached' });
    assert.ok(await page.locator('#lesson').isHidden(), '“Stop” is for good');
    await assertQuiet();
  });

  test('a subtitle file that is none says what is wrong, and leaves what was there', async () => {
    const { page, seen } = await visit();
    const broken = { name: 'broken.vtt', type: 'text/vtt', base64: Buffer.from('no subtitles at all').toString('base64') };
    await drop(page, broken);
    await notice().filter({ hasText: '“broken.vtt” could not be read as subtitles.' }).waitFor();
    assert.equal(seen.sockets.length, 0);
    await picture('subtitles-refused');
    await drop(page, LECTURE());
    await untilMade();
    assert.ok(await notice().isHidden());
    await drop(page, broken);
    await notice().filter({ hasText: 'What was here before goes on.' }).waitFor();
    assert.ok((await marks().count()) >= 3);
    assert.deepEqual([seen.sockets.length, seen.sockets[0].closed], [1, false]);
  });

  test('subtitles that are too short leave no dead end: others can be chosen', async () => {
    const { page } = await visit();
    const text = 'WEBVTT\n\n00:01.000 --> 00:02.000\nHello.\n';
    await drop(page, { name: 'short.vtt', type: 'text/vtt', base64: Buffer.from(text).toString('base64') });
    await page.locator('#lesson-trouble-text').filter({ hasText: /./ }).waitFor();
    assert.ok(await page.getByText('The subtitles are on their way').isHidden());
    await picture('subtitles-short');
    await page.getByLabel('Choose subtitles…').setInputFiles(fixture('lectures/os-paging.en.vtt'));
    await untilMade();
    assert.ok(await page.locator('#lesson-trouble').isHidden());
  });

  test('questions that somebody wrote by hand are found by the lecture’s address, and can be chosen', async () => {
    const address = 'https://example.com/lectures/paging';
    const options = ['in frames', 'in files', 'in cores'].map((words) => ({ text: words }));
    const quizzes = [20, 40].map((at_s) => ({ at_s, question: `Where do pages lie at ${at_s}?`, options, key: 0, explanation: 'That is what frames are for.' }));
    const guest = await (await fetch(`${server.url}/api/v1/guests`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })).json();
    const made = await fetch(`${server.url}/api/v1/quiz-sets`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${guest.access_token}` },
      body: JSON.stringify({ lecture: { url: address }, title: 'Paging, the hard parts', quizzes }),
    });
    assert.equal(made.status, 201, await made.text());
    const { page, seen } = await visit();
    await page.getByText('What do you watch?').click();
    await page.getByRole('button', { name: 'Find its questions' }).click();
    await notice().filter({ hasText: 'Type it' }).waitFor();
    await page.getByLabel('Address').fill(address);
    await page.getByRole('button', { name: 'Find its questions' }).click();
    const chooser = page.getByLabel('Questions:', { exact: true });
    const byHand = 'Paging, the hard parts (by hand, 2 questions)';
    await chooser.selectOption({ label: byHand });
    await untilMade();
    assert.equal(await marks().count(), 2);
    assert.deepEqual(await barriers(page), []);
    await picture('quiz-sets');
    // With subtitles there are two ways, and each has its marks.
    await drop(page, LECTURE());
    await until('the made questions', async () => (await marks().count()) > 2);
    const count = await marks().count();
    await chooser.selectOption({ label: byHand });
    await until('the written questions', async () => (await marks().count()) === 2);
    await marks().first().click();
    await popup().getByText('Where do pages lie at 20?').waitFor();
    await page.keyboard.press('1');
    await popup().getByText('That is what frames are for.').waitFor();
    await popup().getByRole('button', { name: 'Continue' }).press('Enter');
    await popup().waitFor({ state: 'hidden' });
    assert.match(await marks().first().getAttribute('aria-label'), /answered (right|wrong)$/);
    await chooser.selectOption({ label: 'made from the subtitles' });
    await until('the made questions', async () => (await marks().count()) === count);
    assert.equal(seen.sockets.length, 1, 'all in one session');
    await page.getByRole('button', { name: 'Stop' }).click();
    // A lecture that nobody has written about.
    await page.getByLabel('Address').fill(`${address}/2`);
    await page.getByRole('button', { name: 'Find its questions' }).click();
    await page.getByText('There are no questions about this lecture yet.').waitFor();
    await picture('quiz-sets-none');
    await assertQuiet();
  });

  test('who is asked may be watched as well, in the same session; and who is watched may be asked', async () => {
    const { page, seen } = await visit({ camera: openEyes });
    await drop(page, LECTURE());
    await untilMade();
    await allow();
    await untilState(page, 'Eyes open');
    const [first, second] = seen.sockets.map(({ heard }) => JSON.parse(heard[0]));
    assert.deepEqual([second.recovered, second.session, second.consent], [true, first.session, true]);
    assert.ok((await marks().count()) >= 3);
    await picture('quiz-and-camera');
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('Your session is kept.').waitFor();
    await allow();
    await untilState(page, 'Eyes open');
    await drop(page, LECTURE());
    await untilMade();
    await marks().first().click();
    await popup().waitFor();
    for (const key of ['Escape', 'Enter']) await page.keyboard.press(key);
    await popup().getByRole('button', { name: 'Continue' }).press('Enter');
    await popup().waitFor({ state: 'hidden' });
    const { frames } = seen.sockets.at(-1);
    const before = frames.length;
    await until('more frames', () => frames.length > before + 1);
    await assertQuiet();
  });

  for (const scheme of /** @type {const} */ (['light', 'dark'])) {
    for (const [size, viewport] of /** @type {const} */ ([
      ['desktop', { width: 1280, height: 960 }],
      ['phone', PHONE],
    ])) {
      test(`fits a ${size} in the ${scheme} scheme, and anybody can use it`, async () => {
        const { page } = await visit({ camera: openEyes, viewport, scheme, scale: size === 'phone' ? 2 : 1 });
        const sideways = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.equal(await sideways(), 0);
        assert.deepEqual(await barriers(page), []);
        await picture(`start-${size}-${scheme}`);
        await allow();
        await untilState(page, 'Eyes open');
        await until('a few verdicts', async () => Number(await page.locator('#answered').textContent()) >= 5);
        assert.equal(await sideways(), 0);
        assert.deepEqual(await barriers(page), []);
        await picture(`live-${size}-${scheme}`);
        await assertQuiet();
      });
    }
  }

  test('reports fit a phone and a desktop, in both languages and schemes, without a script', async () => {
    const link = demoLink(server);
    for (const [locale, scheme, viewport, words] of /** @type {const} */ ([
      ['ko-KR', 'dark', PHONE, ['시청 기록', '타임라인']],
      ['en-US', 'light', { width: 1280, height: 960 }, ['Your sessions', 'Timeline']],
    ])) {
      const { page } = await visit({ locale, scheme, viewport }, link);
      await page.locator('form button').click();
      await page.waitForURL('**/sessions');
      const report = await page.locator('main a[href^="/sessions/"]').first().getAttribute('href');
      for (const [path, word] of [
        ['/sessions', words[0]],
        [report, words[1]],
        ['/me', ''],
      ]) {
        await page.goto(`${server.url}${path}`);
        assert.ok((await page.locator('main').innerText()).includes(word), `${word} on ${path}`);
        assert.equal(await page.locator('html').getAttribute('lang'), locale.slice(0, 2));
        assert.equal(await page.locator('script').count(), 0);
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0, `${path} is too wide`);
        assert.deepEqual(await barriers(page), [], path);
        await picture(`page-${locale}-${path.split('/')[1]}${path === report ? '-report' : ''}`);
      }
      await assertQuiet();
      await browser.close();
      browser = null;
    }
  });

  test('fits a very narrow phone, and one on its side', async () => {
    const { page } = await visitWithCamera({ viewport: { width: 320, height: 640 }, scale: 2 });
    await untilState(page, 'Eyes open');
    for (const id of ['yaw', 'pitch', 'roll', 'mouth']) {
      await page.locator(`#${id}`).evaluate((cell) => (cell.textContent = '38° to your right'));
    }
    const outside = await page.evaluate(() =>
      [...document.querySelectorAll('.live :is(.card dd, .card p, .card b)')]
        .filter((each) => {
          const edge = each.closest('.card').getBoundingClientRect().right;
          const text = document.createRange();
          text.selectNodeContents(each);
          return text.getBoundingClientRect().right > edge - 8;
        })
        .map((each) => each.id || each.className),
    );
    assert.deepEqual(outside, []);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0);
    await picture('live-narrow');
    for (const [width, height] of [
      [800, 360],
      [667, 375],
      [568, 320],
    ]) {
      await page.setViewportSize({ width, height });
      for (const part of ['#stage', '#state']) {
        const { y, height: tall } = await page.locator(part).boundingBox();
        assert.ok(y + tall <= height, `${part} is in view at ${width}x${height}: ${y} + ${tall}`);
      }
      await page.screenshot({ path: path.join(OUT, `live-side-${width}.png`) });
    }
    await assertQuiet();
  });

  test('a server that restarts says so, and its next process goes on with the session', async () => {
    const { page, seen } = await visitWithCamera();
    await untilState(page, 'Eyes open');
    await server.stop();
    await page.getByText('The server is restarting.').waitFor();
    server = await startServer(server);
    await page.getByText('the session went on').waitFor({ timeout: 40_000 });
    await untilState(page, 'Eyes open', 40_000);
    await picture('session-goes-on');
    assert.ok(seen.sockets.length >= 2);
    const [first, last] = [seen.sockets[0], seen.sockets.at(-1)];
    // A restart voids access tokens: the first hello is refused, the second, with a new one, is welcome.
    const { resume } = JSON.parse(first.heard[0]);
    assert.ok(last.said.filter(({ type }) => type === 'hello').every((hello) => hello.resume === resume));
    assert.equal(last.heard.map((text) => JSON.parse(text)).find(({ type }) => type === 'welcome').recovered, true);
    const before = last.frames.length;
    await until('more frames', () => last.frames.length > before + 1);
    assert.deepEqual(await violations(), []);
  });

  test('finds the server again by itself, and holds no frames back meanwhile', async () => {
    const { page, seen } = await visitWithCamera();
    await untilState(page, 'Eyes open');
    await server.kill();
    await untilState(page, 'Not connected');
    await page.getByText('The server does not answer.').waitFor();
    assert.equal(await page.locator('#attention-text').textContent(), 'Not connected: nothing is watched');
    assert.equal((await drawnPart(page, '#overlay')).pixels, 0, 'no face of before is drawn');
    const values = await page.locator('.live :is(.legend b, .rows dd:not(.gauge), .parts dd, .big b)').allTextContents();
    assert.deepEqual([...new Set(values)], ['–'], 'no value of before stands');
    await picture('server-gone');
    const sent = Number(await page.locator('#sent').textContent());
    await sleep(4000);
    assert.equal(Number(await page.locator('#sent').textContent()), sent, 'nothing is sent while the server is gone');
    server = await startServer(server);
    await untilState(page, 'Eyes open', 40_000);
    await sleep(2000);
    const { frames } = seen.sockets.at(-1);
    const burst = frames.filter(({ at }) => at < frames[0].at + 900).length;
    assert.equal(burst, 1, 'one frame in the first second');
    assert.equal(frames[0].bytes.readUInt32LE(4), sent + 1, 'the sequence goes on');
    assert.ok(await page.locator('#offline').isHidden());
    assert.deepEqual(await violations(), []);
  });
});
