/** The page: from the learner's consent to live verdicts and back. */

import { ConsentError, account, agree, beSomebody, holds, showText, showWhole, tellWithdraw } from './consent.js';
import { readLecture } from './lecture.js';
import { Lesson } from './lesson.js';
import { AccountError } from './loa-account.js';
import { LoaClient } from './loa-client.js';
import { isAboutQuizzes } from './loa-quiz.js';
import * as quizStrings from './quiz-strings.js';
import { SourceError, listCameras, openCamera, openFile, openLecture } from './sources.js';
import * as strings from './strings.js';
import { inventLecture, isInvented, isSubtitles } from './subtitles.js';
import * as view from './view.js';

/**
 * @typedef {import('./sources.js').Source} Source
 * @typedef {{open: () => Promise<Source>, file?: string, note?: string}} Wish what the learner wants to be looked at;
 *   `file`: its name, `note`: to say with it
 */

/** Frames a second that the switch "Smoother" asks for; the server's limit still holds. */
const SMOOTHER_RATE = 4;
/** When a film may have changed its place or pace. */
const PLAYER_EVENTS = ['play', 'pause', 'ended', 'seeked', 'ratechange', 'timeupdate'];
/** Where this tab keeps what it takes to go on with its watch session. */
const KEPT = 'loa-watch-session';
const { byId } = view;

/** @type {Source | null} */
let source = null;
/** Answers to frames of before belong to another source. */
let sourceSince = 0;
/** Moments of the source: the one that was captured last, and the one that was looked at and need not be sent again. */
let captured = NaN;
let done = NaN;
/** Grows with every choice of the learner: what was begun before no longer counts. */
let choice = 0;
/** A file that waits for the learner's consent. @type {Wish | null} */
let pending = null;
/** The watch session, and whether anything was seen in it: only then there is a report. */
let watched = { session: '', seen: false };
/** @type {ReturnType<typeof setInterval> | undefined} */
let countdown;

const client = new LoaClient({
  url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`,
  name: 'loa-web/0.1',
  landmarks: true,
  token: (refused) => account.accessToken(refused),
  memory: { load: loadKept, save: saveKept },
  capture,
});

/** A lecture that the learner is asked about, if there is one. */
const lesson = new Lesson(client, { played: tellPlayback, used: keepLesson });

/** What goes on after a reload: a camera, or a lesson; another file has to be chosen anew, and so begins anew. */
const isKeepable = () => source?.kind === 'camera' || lesson.isOn;

/** The watch session of this tab, for after a reload.
 * @param {import('./loa-client.js').Kept | null} kept */
function saveKept(kept) {
  try {
    if (kept && isKeepable()) {
      sessionStorage.setItem(KEPT, JSON.stringify({ ...kept, about: about(), lesson: lesson.kept }));
    }
    else sessionStorage.removeItem(KEPT);
  } catch {
    // Some browsers keep nothing: then a reload begins anew.
  }
}

/** Only while the same is watched in the same way. @returns {import('./loa-client.js').Kept | null} */
function loadKept() {
  try {
    const { resume, lastN, alerts, about: before } = JSON.parse(sessionStorage.getItem(KEPT) ?? '{}');
    const sound = typeof resume === 'string' && Number.isSafeInteger(lastN) && Array.isArray(alerts);
    return sound && isKeepable() && before === about() ? { resume, lastN, alerts } : null;
  } catch {
    return null;
  }
}

/** What a watch session holds on to from its beginning: the lecture, and whose limits. */
function about() {
  return JSON.stringify([client.options.lecture ?? null, client.options.preset ?? null]);
}

async function capture() {
  const moment = source?.moment() ?? done;
  if (!source || moment === done) return null;
  captured = moment;
  return source.capture();
}

client.on('state', (state) => {
  clearInterval(countdown);
  view.showAttention(client);
  const show = () => view.showConnection(state, (state.retryAt ?? 0) - performance.now());
  show();
  if (state.name === 'waiting') countdown = setInterval(show, 1000);
  const noToken = state.name === 'failed' && state.reason?.startsWith('token_');
  if (state.name === 'signed-out' || noToken) askAgain(strings.consent.signedOut);
});
client.on('welcome', (welcome) => {
  if (source && !welcome.consent) return askAgain(strings.consent.needed);
  done = NaN;
  // Only one in which something was seen, or asked, can be recovered.
  watched = { session: welcome.session, seen: welcome.recovered === true };
  view.showServer(welcome.server);
  view.showWithdraw(welcome.consent);
  tellPlayback();
  peek();
});
client.on('session', ({ recovered }) => {
  view.showSession(recovered ? 'recovered' : 'anew');
  view.showAttention(client);
});
client.on('attention', () => view.showAttention(client));
client.on('alert', (alert) => {
  view.showAttention(client);
  view.markAlert(alert, client.ageMs);
  if (alert.level === 'alarm' && isOn('sound')) view.beep();
});
client.on('cleared', () => view.showAttention(client));
client.on('verdict', ({ verdict, capturedAt, rttMs }) => {
  watched.seen = true;
  if (!source || capturedAt < sourceSince) return;
  done = captured;
  view.showFrameTrouble('');
  view.showVerdict(verdict, capturedAt, rttMs);
  view.showAttention(client);
});
client.on('problem', ({ problem, capturedAt }) => {
  if (isAboutQuizzes(problem)) return; // the lesson says it
  if (problem.code === 'no_consent') return askAgain(strings.consent.needed);
  if (capturedAt !== null && capturedAt < sourceSince) return;
  if (capturedAt !== null && !problem.retry) done = captured;
  const words = strings.frameTrouble(problem.code, problem.message);
  // Told once, about all frames: the next verdict does not mend it.
  if (problem.code === 'bad_clock') view.showNotice(words, 'note');
  else view.showFrameTrouble(words);
});
client.on('counts', view.showCounts);
client.on('rate', view.showRate);

/** Shows what the learner wants, unless that changed meanwhile or consent is missing.
 * @param {Wish} wish @param {boolean} [agreed] whether the button under the text was pressed for it */
async function use(wish, agreed = false) {
  const mine = ++choice;
  waitWith(null);
  view.showNotice('');
  view.setBusy(true);
  try {
    if (agreed) await agree();
    if (mine !== choice) return;
    const opened = await wish.open();
    if (mine !== choice) return opened.close();
    if (!source && !agreed && !(await holdsFor(opened))) {
      if (mine === choice) ask(wish);
    } else if (mine === choice) {
      await goLive(opened, wish.note);
    } else {
      opened.close();
    }
  } catch (error) {
    if (mine === choice) tellWhyNot(error, wish);
  } finally {
    if (mine === choice) view.setBusy(false);
  }
}

/** Whether consent was given before; if not, nothing stays open. @param {Source} opened */
async function holdsFor(opened) {
  let held = false;
  try {
    held = await holds();
  } finally {
    if (!held) opened.close();
  }
  return held;
}

/** @param {Source} opened @param {string} [note] */
async function goLive(opened, note = '') {
  const first = !source;
  // What another file shows is another learner; another camera sees the same one.
  if (source && !(source.kind === 'camera' && opened.kind === 'camera')) client.stop();
  // A connection from before the learner's consent looks at nothing.
  else if (client.welcome && !client.welcome.consent) client.leave();
  source?.close();
  source = opened;
  sourceSince = performance.now();
  done = NaN;
  view.showLive(opened);
  view.showNotice(note, 'note');
  if (first) byId('stop').focus({ preventScroll: true });
  applyWishes();
  for (const change of PLAYER_EVENTS) opened.element.addEventListener(change, tellPlayback);
  start();
  if (opened.kind === 'camera') await offerCameras(/** @type {Source & {deviceId: string}} */ (opened).deviceId);
  else byId('camera-field').hidden = true;
}

/** @param {unknown} error @param {Wish} wish */
function tellWhyNot(error, wish) {
  if (error instanceof ConsentError || error instanceof AccountError) waitWith(wish);
  if (error instanceof ConsentError) view.showNotice(strings.consent[error.why], 'note');
  // What was looked at before goes on.
  else view.showNotice(source ? `${sentenceFor(error)} ${strings.kept}` : sentenceFor(error));
}

/* ---- consent ---- */

/** The next press of the button is for this file. @param {Wish | null} wish */
function waitWith(wish) {
  pending = wish?.file ? wish : null;
  view.setAllows(pending ? 'look' : 'ask');
}

/** @param {Wish} wish that is not looked at without consent */
function ask(wish) {
  waitWith(wish);
  showWhole();
  view.showNotice(strings.consent.ask(wish.file ?? ''), 'note');
  byId('allow').focus();
}

/** Nothing more is sent until the learner has agreed anew. @param {string} words why */
function askAgain(words) {
  stop();
  account.forget();
  tellWithdraw();
  showWhole();
  view.showNotice(words, 'note');
  showText();
}

async function withdraw() {
  stop();
  const mine = choice;
  let words = strings.consent.withdrawn;
  let tone = /** @type {'note' | 'bad'} */ ('note');
  showWhole();
  try {
    await account.withdrawConsent();
  } catch (error) {
    if (error instanceof AccountError && error.status === 401) words = strings.consent.none;
    else [words, tone] = [`${sentenceFor(error)} ${strings.consent.stands}`, 'bad'];
  }
  view.showWithdraw(tone === 'bad');
  if (mine === choice) view.showNotice(words, tone);
}

/* ---- a lesson ---- */

/** Has questions made of a lecture's subtitles; its film comes along, or is what is watched already.
 * @param {File} file @param {File | null} film @param {string} note */
async function learn(file, film, note) {
  if (!lesson.isOn && !source && !takeLecture()) return;
  const mine = ++choice;
  waitWith(null);
  view.showNotice(quizStrings.reading(file.name), 'note');
  try {
    await beSomebody();
    const [cues, invented] = await Promise.all([account.readSubtitles(file), inventLecture(file)]);
    if (mine !== choice) return;
    if (cues.length === 0) return view.showNotice(quizStrings.noCues(file.name));
    beginLesson(cues, invented);
    view.showNotice(note, 'note');
    if (film) await addFilm(film);
  } catch (error) {
    if (mine === choice) view.showNotice(whyNoSubtitles(file, error));
  }
}

/** Looks for questions that others have written, or had made, about the lecture that the learner names. */
async function find() {
  if (!takeLecture()) return;
  const lecture = client.options.lecture;
  if (!lecture) return view.showLectureTrouble('missing');
  const mine = ++choice;
  waitWith(null);
  view.showNotice('');
  try {
    await beSomebody();
    if (mine !== choice) return;
    lesson.look(lecture.title ?? lecture.url);
    view.leadAway(true);
    start();
  } catch (error) {
    if (mine === choice) view.showNotice(sentenceFor(error));
  }
}

/** The same for a lecture that is watched with the camera on: if it has questions, they are offered. */
function peek() {
  const { lecture } = client.options;
  if (source?.kind === 'camera' && !lesson.isOn && lecture) lesson.peek(lecture.title ?? lecture.url);
}

/** @param {File} file @param {unknown} error */
function whyNoSubtitles(file, error) {
  const said = error instanceof AccountError ? error : null;
  // What the disk did not give, the server was not asked for.
  if (!said) return quizStrings.subtitleTrouble(file.name, { code: 'unreadable', detail: '' });
  const aboutFile = said.code === 'no_subtitles' || said.code === 'body_too_large';
  const words = aboutFile ? quizStrings.subtitleTrouble(file.name, said) : strings.accountTrouble(said);
  return lesson.isOn || source ? `${words} ${strings.kept}` : words;
}

/** @param {import('./loa-quiz-wire.js').Cue[]} cues
 * @param {import('./loa-client.js').Lecture} invented for who has named none */
function beginLesson(cues, invented) {
  const before = client.options.lecture;
  const lecture = before && !isInvented(before) ? before : invented;
  // A watch session has one lecture from its beginning.
  if (lecture !== before) client.stop();
  const film = source?.kind === 'video' ? source : null;
  if (film || source?.kind === 'picture') letGo();
  client.options.lecture = lecture;
  client.options.quizzes = true;
  lesson.begin(lecture.title ?? invented.title ?? '', cues);
  if (film) lesson.setFilm(film);
  view.leadAway(true);
  start();
  byId('lesson').scrollIntoView({ block: 'nearest' });
}

/** What was looked at is looked at no longer; a film may go on elsewhere. */
function letGo() {
  if (source?.kind !== 'video') source?.close();
  source = null;
  client.stop();
  view.showStart();
}

/** @param {File} file of the lesson that goes on */
async function addFilm(file) {
  const mine = ++choice;
  view.setBusy(false);
  try {
    const film = await openLecture(file);
    if (mine !== choice || !lesson.isOn) return film.close();
    lesson.setFilm(film);
  } catch (error) {
    if (mine === choice) view.showNotice(`${sentenceFor(error)} ${quizStrings.withoutFilm}`);
  }
}

/** Questions are in use: they are found again after a reload, and the report will have them. */
function keepLesson() {
  watched.seen = true;
  client.options.quizzes = true;
  client.keep();
}

/** A page that is loaded anew goes on with its lesson by itself; the film has to be chosen again. */
function goOnWithLesson() {
  if (lesson.isOn || source) return;
  let kept;
  try {
    kept = JSON.parse(sessionStorage.getItem(KEPT) ?? '{}');
    const [lecture, preset] = JSON.parse(kept.about ?? '[]');
    if (typeof kept.lesson?.title !== 'string' || typeof kept.lesson.set !== 'string' || !lecture) return;
    client.options.lecture = lecture;
    /** @type {HTMLSelectElement} */ (byId('preset')).value = preset ?? '';
  } catch {
    return; // somebody else's, or nothing is kept
  }
  lesson.goOn({ title: kept.lesson.title, set: kept.lesson.set, looks: kept.lesson.looks === true });
  view.leadAway(true);
  start();
}

/* ---- what is watched ---- */

/** Whether what the learner said about the lecture can be used; if not, the field is shown. A lesson has its own. */
function takeLecture() {
  if (lesson.isOn) return true;
  const typed = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (byId(id)).value;
  const reading = readLecture(typed('lecture-url'), typed('lecture-title'));
  view.showLectureTrouble('trouble' in reading ? reading.trouble : null);
  if ('trouble' in reading) return false;
  client.options.lecture = reading.lecture;
  return true;
}

/** Where a film stands, the lesson's before all; a camera has no such place. */
function tellPlayback() {
  const lecture = lesson.playback();
  if (lecture) return client.playback(lecture);
  if (source?.kind !== 'video') return;
  const film = /** @type {HTMLVideoElement} */ (source.element);
  const { currentTime, playbackRate, duration, paused, ended } = film;
  client.playback({ position_s: currentTime, playing: !paused && !ended, rate: playbackRate, duration_s: duration });
}

function start() {
  client.resume();
  // A lesson's connection goes on as it is.
  if (client.state.name === 'open') return;
  client.options.preset = /** @type {HTMLSelectElement} */ (byId('preset')).value || undefined;
  client.options.quizzes = lesson.isOn;
  client.start();
  watched = { session: '', seen: false };
  view.showKept(null);
  view.showCounts(client.counts);
}

/** @param {unknown} error */
function sentenceFor(error) {
  if (error instanceof AccountError) return strings.accountTrouble(error);
  const name = error instanceof Error ? error.name : 'unknown';
  if (error instanceof SourceError && error.subject) {
    const kind = /** @type {keyof typeof strings.fileTrouble} */ (name);
    return strings.fileTrouble[kind](error.subject);
  }
  return strings.cameraTrouble(name);
}

/** @param {string | null} [deviceId] */
const camera = (deviceId = null) => ({ open: () => openCamera(deviceId, cameraGone) });

function cameraGone() {
  if (lesson.isOn) {
    // The questions go on without it.
    source?.close();
    source = null;
    client.pause();
    view.showStart();
    view.leadAway(true);
  } else {
    stop();
  }
  view.showNotice(strings.cameraTrouble('Ended'));
}

/** @param {string} currentId */
async function offerCameras(currentId) {
  const cameras = await listCameras();
  const select = /** @type {HTMLSelectElement} */ (byId('camera'));
  select.replaceChildren(
    ...cameras.map(({ deviceId, label }, index) => {
      const here = deviceId === currentId;
      return new Option(label || strings.unnamedCamera(index), deviceId, here, here);
    }),
  );
  byId('camera-field').hidden = cameras.length < 2 || source?.kind !== 'camera';
}

/** @param {boolean} [forGood] whether the watch session ends as well */
function stop(forGood = true) {
  choice += 1;
  if (forGood) client.stop();
  source?.close();
  source = null;
  lesson.close();
  client.options.quizzes = false;
  waitWith(null);
  view.showNotice('');
  view.showSession(null);
  view.showKept(null);
  view.showStart();
  byId('allow').focus();
}

/** @param {string} id */
const isOn = (id) => /** @type {HTMLInputElement} */ (byId(id)).checked;

function applyWishes() {
  view.mirror(source?.kind === 'camera' && isOn('mirror'));
  view.setLines(isOn('points'));
  client.wishRate(isOn('smoother') ? SMOOTHER_RATE : 0);
}

/** @param {FileList | null | undefined} list */
function takeFile(list) {
  const files = [...(list ?? [])];
  const subtitles = files.find(isSubtitles);
  const film = files.find(({ type }) => type.startsWith('video/')) ?? null;
  if (subtitles) {
    const others = files.filter((each) => each !== subtitles && each !== film).map(({ name }) => name);
    learn(subtitles, film, others.length > 0 ? quizStrings.leftOut(others) : '');
  } else if (film && film === files[0] && lesson.isOn) {
    view.showNotice('');
    addFilm(film);
  } else {
    lookAt(files);
  }
}

/** @param {File[]} files */
function lookAt([file, ...others]) {
  if (!file || (!source && !takeLecture())) return;
  use({ open: () => openFile(file), file: file.name, note: others.length > 0 ? strings.onlyFirst(file.name) : '' });
}

byId('allow').addEventListener('click', () => {
  if (takeLecture()) use(pending ?? camera(), true);
});
for (const id of ['stop', 'lesson-stop']) {
  byId(id).addEventListener('click', () => {
    stop();
    view.showKept(watched.seen && watched.session ? watched.session : null);
  });
}
byId('find').addEventListener('click', find);
byId('withdraw').addEventListener('click', withdraw);
byId('retry').addEventListener('click', () => client.retryNow());
byId('camera').addEventListener('change', (event) => {
  use(camera(/** @type {HTMLSelectElement} */ (event.currentTarget).value));
});
byId('preset').addEventListener('change', () => {
  // Limits hold for a whole watch session.
  client.stop();
  start();
});
for (const id of ['mirror', 'points', 'smoother']) byId(id).addEventListener('change', applyWishes);
for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll('[data-file], #film'))) {
  input.addEventListener('change', () => {
    takeFile(input.files);
    input.value = '';
  });
}

let dragDepth = 0;
/** @param {DragEvent} event */
const carriesFiles = (event) => event.dataTransfer?.types.includes('Files') ?? false;
addEventListener('dragenter', (event) => {
  if (!carriesFiles(event)) return;
  dragDepth += 1;
  byId('veil').hidden = false;
});
addEventListener('dragleave', (event) => {
  if (!carriesFiles(event)) return;
  dragDepth -= 1;
  byId('veil').hidden = dragDepth <= 0;
});
addEventListener('dragover', (event) => {
  if (carriesFiles(event)) event.preventDefault();
});
addEventListener('drop', (event) => {
  dragDepth = 0;
  byId('veil').hidden = true;
  if (!carriesFiles(event)) return;
  event.preventDefault();
  takeFile(event.dataTransfer?.files);
});
addEventListener('paste', (event) => {
  if (event.clipboardData?.files.length) takeFile(event.clipboardData.files);
});
addEventListener('online', () => client.retryNow());
addEventListener('pagehide', () => {
  if (!source && !lesson.isOn) return;
  // No goodbye: who loads the page anew goes on.
  client.leave();
  stop(false);
});
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) goOnWithLesson();
});
navigator.mediaDevices?.addEventListener('devicechange', () => {
  if (source?.kind === 'camera') offerCameras(/** @type {Source & {deviceId: string}} */ (source).deviceId);
});

showText();
goOnWithLesson();
