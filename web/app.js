/** The page: from the learner's consent to live verdicts and back. */

import { LoaClient } from './loa-client.js';
import { SourceError, listCameras, openCamera, openFile } from './sources.js';
import * as strings from './strings.js';
import * as view from './view.js';

/** @typedef {import('./sources.js').Source} Source */

/** Frames a second that the switch "Smoother" asks for; the server's limit still holds. */
const SMOOTHER_RATE = 4;
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
/** @type {ReturnType<typeof setInterval> | undefined} */
let countdown;

const client = new LoaClient({
  url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`,
  name: 'loa-web/0.1',
  landmarks: true,
  capture,
});

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
});
client.on('welcome', (welcome) => {
  done = NaN;
  view.showServer(welcome.server);
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
  if (!source || capturedAt < sourceSince) return;
  done = captured;
  view.showFrameTrouble('');
  view.showVerdict(verdict, capturedAt, rttMs);
});
client.on('problem', ({ problem, capturedAt }) => {
  if (capturedAt !== null && capturedAt < sourceSince) return;
  if (capturedAt !== null && !problem.retry) done = captured;
  const words = strings.frameTrouble(problem.code, problem.message);
  // Told once, about all frames: the next verdict does not mend it.
  if (problem.code === 'bad_clock') view.showNotice(words, 'note');
  else view.showFrameTrouble(words);
});
client.on('counts', view.showCounts);
client.on('rate', view.showRate);

/** Shows what `open` gives, unless the learner chose something else meanwhile.
 * @param {() => Promise<Source>} open @param {string} [note] to say with it */
async function use(open, note = '') {
  const mine = ++choice;
  view.showNotice('');
  view.setBusy(true);
  try {
    const opened = await open();
    if (mine !== choice) {
      opened.close();
      return;
    }
    const first = !source;
    // What another file shows is another learner; another camera sees the same one.
    if (source && !(source.kind === 'camera' && opened.kind === 'camera')) client.stop();
    source?.close();
    source = opened;
    sourceSince = performance.now();
    done = NaN;
    view.showLive(opened);
    view.showNotice(note, 'note');
    if (first) byId('stop').focus({ preventScroll: true });
    applyWishes();
    start();
    if (opened.kind === 'camera') await offerCameras(/** @type {Source & {deviceId: string}} */ (opened).deviceId);
    else byId('camera-field').hidden = true;
  } catch (error) {
    if (mine !== choice) return;
    // What was looked at before goes on.
    view.showNotice(source ? `${sentenceFor(error)} ${strings.kept}` : sentenceFor(error));
  } finally {
    if (mine === choice) view.setBusy(false);
  }
}

function start() {
  client.options.preset = /** @type {HTMLSelectElement} */ (byId('preset')).value || undefined;
  client.start();
  view.showCounts(client.counts);
}

/** @param {unknown} error */
function sentenceFor(error) {
  const name = error instanceof Error ? error.name : 'unknown';
  if (error instanceof SourceError && error.subject) {
    const kind = /** @type {keyof typeof strings.fileTrouble} */ (name);
    return strings.fileTrouble[kind](error.subject);
  }
  return strings.cameraTrouble(name);
}

/** @param {string | null} [deviceId] */
const useCamera = (deviceId = null) => use(() => openCamera(deviceId, cameraGone));

function cameraGone() {
  stop();
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

function stop() {
  choice += 1;
  client.stop();
  source?.close();
  source = null;
  view.setBusy(false);
  view.showNotice('');
  view.showSession(null);
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

/** @param {FileList | null | undefined} files */
function takeFile(files) {
  const file = files?.[0];
  if (file) use(() => openFile(file), files.length > 1 ? strings.onlyFirst(file.name) : '');
}

byId('allow').addEventListener('click', () => useCamera());
byId('stop').addEventListener('click', stop);
byId('retry').addEventListener('click', () => client.retryNow());
byId('camera').addEventListener('change', (event) => {
  useCamera(/** @type {HTMLSelectElement} */ (event.currentTarget).value);
});
byId('preset').addEventListener('change', () => {
  // Limits hold for a whole watch session.
  client.stop();
  start();
});
for (const id of ['mirror', 'points', 'smoother']) byId(id).addEventListener('change', applyWishes);
for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll('[data-file]'))) {
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
  if (source) stop();
});
navigator.mediaDevices?.addEventListener('devicechange', () => {
  if (source?.kind === 'camera') offerCameras(/** @type {Source & {deviceId: string}} */ (source).deviceId);
});
