/** Puts verdicts, counts and troubles into the page. Everything from the server goes through textContent. */

import { EyeChart } from './chart.js';
import { between, drawFace, fitToScreen } from './draw.js';
import * as strings from './strings.js';

/**
 * @typedef {import('./loa-client.js').Verdict} Verdict
 * @typedef {import('./loa-client.js').State} State
 * @typedef {import('./loa-client.js').Alert} Alert
 * @typedef {import('./loa-client.js').LoaClient} LoaClient
 * @typedef {import('./loa-client.js').Counts} Counts
 * @typedef {import('./sources.js').Source} Source
 * @typedef {'open' | 'closed' | 'face' | 'nobody' | 'unknown' | 'looking' | 'offline'} Mood
 */

/** @param {string} id @returns {HTMLElement} */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`no element #${id}`);
  return element;
}

const overlay = /** @type {HTMLCanvasElement} */ (byId('overlay'));
const stillness = matchMedia('(prefers-reduced-motion: reduce)');
/** Lines glide to their new place in this time, ms. */
const GLIDE_MS = 160;
/** A face that is older than this is drawn fainter: it is no longer what the camera sees. */
const STALE_MS = 2_500;
const CHART_EVERY_MS = 66;
/** The note about a session that goes on, or had to begin anew, stays so long, ms. */
const NOTE_FOR_MS = { recovered: 8_000, anew: 45_000 };
/** From quiet to loud. */
const LEVELS = /** @type {const} */ (['cue', 'pre_alarm', 'alarm']);
const TITLE = document.title;
/** Where a gauge is full: white; half of the pixels black, half white; a picture as sharp as cameras give. */
const FULL_QUALITY = { brightness: 1, contrast: 0.5, sharpness: 0.1 };

/** Colours of the style sheet, read again when the scheme changes. @type {Map<string, string>} */
const inks = new Map();
/** @param {string} name */
function ink(name) {
  const known = inks.get(name);
  if (known) return known;
  const value = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim() || '#888';
  inks.set(name, value);
  return value;
}
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => inks.clear());

const chart = new EyeChart(/** @type {HTMLCanvasElement} */ (byId('chart')), () => ({
  left: ink('left'),
  right: ink('right'),
  closed: ink('band'),
  grid: ink('grid'),
  text: ink('ink-soft'),
  cue: ink('nobody'),
  pre_alarm: ink('amber'),
  alarm: ink('alarm'),
}));

/** @type {{verdict: Verdict, at: number, from: number[] | null} | null} */
let shown = null;
let showLines = true;
/** @type {{mood: Mood, text: string, since: number, until: number}} */
let mood = { mood: 'looking', text: '', since: 0, until: 0 };
/** @type {Source['kind']} */
let kind = 'camera';
let timed = true;
/** @type {HTMLVideoElement | null} a film from a file, which may stand still */
let film = null;
let chartDrawnAt = 0;
let running = false;
/** Writes for how long the state and the alerts have lasted. */
let tellTimes = () => {};
/** @type {ReturnType<typeof setTimeout> | undefined} */
let noteTimer;
/** @type {AudioContext | null} */
let audio = null;
let aboutFrame = false;
/** @type {'ask' | 'look'} */
let allows = 'ask';

/** @param {string} id @param {string} value */
function write(id, value) {
  const element = byId(id);
  if (element.textContent !== value) element.textContent = value;
}

/** @param {string} id @param {number | null} share 0..1 along the gauge; null: no needle */
function point(id, share) {
  const gauge = byId(id);
  gauge.toggleAttribute('data-empty', share === null);
  if (share !== null) gauge.style.setProperty('--at', String(Math.min(1, Math.max(0, share))));
}

/* ---- phases and the picture ---- */

/** While something is watched, the learner's other pages open beside this one, which goes on. @param {boolean} beside */
export function leadAway(beside) {
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll('.places a'))) {
    link.querySelector('.visually-hidden')?.remove();
    link.removeAttribute('target');
    link.removeAttribute('rel');
    if (!beside) continue;
    link.target = '_blank';
    link.rel = 'noopener';
    const hint = document.createElement('span');
    hint.className = 'visually-hidden';
    hint.textContent = strings.beside;
    link.append(hint);
  }
}

/** @param {Source} source */
export function showLive(source) {
  document.body.dataset.phase = 'live';
  leadAway(true);
  document.body.dataset.source = source.kind;
  /** @type {HTMLElement} */ (document.querySelector('.live')).hidden = false;
  const frame = byId('frame');
  frame.style.setProperty('--aspect', String(source.aspect));
  frame.replaceChildren(source.element, overlay);
  source.element.classList.add('source');
  byId('mirror-field').hidden = source.kind !== 'camera';
  for (const id of ['smoother-field', 'sound-field', 'preset-field']) byId(id).hidden = source.kind === 'picture';
  kind = source.kind;
  timed = source.moving;
  film = kind === 'video' ? /** @type {HTMLVideoElement} */ (source.element) : null;
  for (const change of ['play', 'seeked', 'ended']) film?.addEventListener(change, showHint);
  clear();
  if (!running) requestAnimationFrame(animate);
  running = true;
}

export function showStart() {
  document.body.dataset.phase = 'start';
  leadAway(false);
  delete document.body.dataset.source;
  /** @type {HTMLElement} */ (document.querySelector('.live')).hidden = true;
  byId('frame').replaceChildren(overlay);
  running = false;
  film = null;
  clear();
  write('server', '');
}

/** Forgets what was seen, as before the first verdict. */
function clear() {
  chart.clear();
  forget('looking');
}

/** Nothing is known at the moment; the eyes' past stays. @param {'looking' | 'offline'} why */
function forget(why) {
  const now = performance.now();
  shown = null;
  setMood(why, strings.states[why], now);
  showHint();
  showMeasures(null);
  showTimes(null, 0);
  drawOverlay(now);
  chart.end();
  chart.draw(now);
}

/** @param {boolean} mirrored */
export function mirror(mirrored) {
  byId('frame').classList.toggle('mirrored', mirrored);
}

/** @param {boolean} wanted */
export function setLines(wanted) {
  showLines = wanted;
  drawOverlay(performance.now());
}

/* ---- verdicts ---- */

/** @param {Verdict} verdict @returns {[Mood, string]} */
function moodOf(verdict) {
  if (verdict.presence === 'nobody') return ['nobody', strings.states.nobody];
  if (verdict.presence === 'person') return ['nobody', strings.states.person];
  if (verdict.presence === 'unknown') return ['unknown', strings.cannotTell(verdict.reason)];
  if (verdict.eyes === 'unknown') return ['face', strings.states.face];
  return [verdict.eyes, strings.states[verdict.eyes]];
}

/** @param {Mood} name @param {string} text @param {number} now */
function setMood(name, text, now) {
  if (name !== mood.mood || text !== mood.text) mood = { mood: name, text, since: now, until: now };
  mood.until = now;
  byId('state').dataset.state = name;
  write('state-text', text);
  write('lasting', timed && name !== 'looking' && name !== 'offline' ? strings.lasting(mood.until - mood.since) : '');
}

/** @param {Verdict} verdict @param {number} capturedAt @param {number} rttMs */
export function showVerdict(verdict, capturedAt, rttMs) {
  const now = performance.now();
  const before = shown?.verdict.landmarks ?? null;
  shown = { verdict, at: now, from: before && verdict.landmarks ? before : null };
  setMood(...moodOf(verdict), capturedAt);
  chart.add({ at: capturedAt, left: verdict.eye.left_ear, right: verdict.eye.right_ear, closed: verdict.closed });
  showHint();
  showMeasures(verdict);
  showTimes(verdict, rttMs);
  drawOverlay(now);
  chart.draw(now);
}

function showHint() {
  const about = shown ? strings.hint(shown.verdict, kind) : '';
  write('hint', film?.ended ? `${strings.filmEnded} ${about}`.trim() : about);
}

/** @param {Verdict | null} verdict */
function showMeasures(verdict) {
  write('left-ear', strings.amount(verdict?.eye.left_ear, 2));
  write('right-ear', strings.amount(verdict?.eye.right_ear, 2));
  write('closed', strings.percent(verdict?.closed ?? null));
  const { yaw = null, pitch = null, roll = null } = verdict?.head ?? {};
  write('yaw', strings.yaw(yaw));
  write('pitch', strings.pitch(pitch));
  write('roll', strings.roll(roll));
  // The learner's own left is on the left of a mirror; up is on the left of the nod gauge.
  point('yaw-gauge', yaw === null ? null : 0.5 - yaw / 90);
  point('pitch-gauge', pitch === null ? null : 0.5 + pitch / 90);
  point('roll-gauge', roll === null ? null : 0.5 - roll / 90);
  const open = verdict?.mouth.open ?? null;
  write('mouth', strings.mouth(open));
  point('mouth-gauge', open);
  for (const [name, full] of Object.entries(FULL_QUALITY)) {
    const value = verdict?.quality[/** @type {keyof typeof FULL_QUALITY} */ (name)] ?? null;
    write(name, strings.amount(value, 2));
    point(`${name}-gauge`, value === null ? null : value / full);
  }
  write('score', strings.amount(verdict?.face?.score, 2));
  point('score-gauge', verdict?.face?.score ?? null);
}

/** @param {Verdict | null} verdict @param {number} rttMs */
function showTimes(verdict, rttMs) {
  write('rtt', verdict ? strings.amount(rttMs, rttMs < 10 ? 1 : 0, ' ms') : strings.none);
  const { wait = null, decode = null, detect = null, landmarks = null, total = null } = verdict?.ms ?? {};
  const known = [wait, decode, detect, landmarks].reduce((sum, part) => (sum ?? 0) + (part ?? 0), 0) ?? 0;
  const parts = {
    wait,
    decode,
    detect,
    landmarks,
    rest: total === null ? null : Math.max(0, total - known),
    travel: total === null ? null : Math.max(0, rttMs - total),
  };
  for (const [name, value] of Object.entries(parts)) {
    write(`ms-${name}`, strings.amount(value, 1));
    const bar = /** @type {HTMLElement | null} */ (document.querySelector(`#stages [data-part="${name}"]`));
    bar?.style.setProperty('flex-grow', String(value ?? 0));
  }
}

/* ---- attention ---- */

/** The learner's state and what is open to be told, the loudest on top.
 * @param {Pick<LoaClient, 'attention' | 'alerts' | 'ageMs' | 'state'>} client */
export function showAttention(client) {
  const { name, attempt } = client.state;
  if (name === 'waiting' || name === 'failed' || (name === 'connecting' && attempt > 0)) return showUnwatched();
  const open = [...client.alerts.values()].sort((a, b) => LEVELS.indexOf(b.level) - LEVELS.indexOf(a.level));
  const state = client.attention?.state ?? 'unknown';
  byId('attention').dataset.level = open[0]?.level ?? 'calm';
  // The alert says the same, louder.
  byId('attention').toggleAttribute('data-said', client.alerts.has(state));
  write('attention-text', strings.attention[state]);
  showAlerts(open);
  document.title = open[0]?.level === 'alarm' ? `${alertWords(open[0])} – ${TITLE}` : TITLE;
  tellTimes = () => {
    // What goes on while there is no connection is not known.
    if (client.state.name !== 'open') return;
    /** @param {number | null | undefined} since */
    const lasting = (since) => (since === null || since === undefined ? '' : strings.lasting(client.ageMs - since));
    write('attention-since', client.attention?.state === 'unknown' ? '' : lasting(client.attention?.sinceMs));
    open.forEach(({ since_ms }, index) => {
      const place = /** @type {HTMLElement} */ (byId('alerts').children[index].lastElementChild);
      const text = isOver(open[index]) ? '' : lasting(since_ms);
      if (place.textContent !== text) place.textContent = text;
    });
  };
  if (!client.attention) write('attention-since', '');
  tellTimes();
}

/** Whether an alert of before the break still holds is not known: it comes back with the watch session. */
function showUnwatched() {
  tellTimes = () => {};
  byId('attention').dataset.level = 'calm';
  byId('attention').removeAttribute('data-said');
  write('attention-text', strings.unwatched);
  write('attention-since', '');
  showAlerts([]);
  document.title = TITLE;
}

/** Whether the newest verdict shows the contrary of what was alerted. @param {Alert} alert */
function isOver({ kind }) {
  if (kind === 'eyes_closed') return shown?.verdict.eyes === 'open';
  return kind === 'absent' && shown?.verdict.presence === 'face';
}

/** @param {Alert} alert */
const alertWords = (alert) => (isOver(alert) ? strings.welcomeBack : strings.alertText(alert));

/** Also over a question, which covers the page; what lies below cannot be read out then. @param {Alert | undefined} loudest */
function showAlertOver(loudest) {
  byId('quiz-alert').hidden = loudest === undefined;
  byId('quiz-alert').dataset.level = loudest?.level ?? 'calm';
  write('quiz-alert', loudest ? alertWords(loudest) : '');
}

/** One line for each; a line that says the same as before is not touched, so that it is not read out again.
 * @param {Alert[]} open */
function showAlerts(open) {
  showAlertOver(open[0]);
  const list = byId('alerts');
  const before = new Map([...list.children].map((line) => [/** @type {HTMLElement} */ (line).dataset.key, line]));
  const lines = open.map((alert) => {
    const key = `${alert.kind} ${alert.level} ${alertWords(alert)}`;
    return before.get(key) ?? alertLine(alert, key);
  });
  if (lines.length !== list.children.length || lines.some((line, i) => line !== list.children[i])) {
    list.replaceChildren(...lines);
  }
}

/** @param {Alert} alert @param {string} key */
function alertLine(alert, key) {
  const line = document.createElement('li');
  line.dataset.key = key;
  line.dataset.level = alert.level;
  const words = document.createElement('b');
  words.setAttribute('role', alert.level === 'alarm' && !isOver(alert) ? 'alert' : 'status');
  words.textContent = alertWords(alert);
  const since = document.createElement('span');
  since.className = 'since';
  line.append(words, ' ', since);
  return line;
}

/** @param {Alert} alert @param {number} ageMs of the watch session, now */
export function markAlert(alert, ageMs) {
  chart.mark({ at: performance.now() - (ageMs - (alert.at_ms ?? ageMs)), level: alert.level });
}

/** What became of the session, for a while. @param {keyof typeof strings.session | null} what null: nothing to say */
export function showSession(what) {
  clearTimeout(noteTimer);
  write('session-note', what ? strings.session[what] : '');
  if (what) noteTimer = setTimeout(() => showSession(null), NOTE_FOR_MS[what]);
}

/** Three short tones. Browsers make no sound on a page that was never touched. */
export function beep() {
  if (!navigator.userActivation?.hasBeenActive) return;
  audio ??= new AudioContext();
  audio.resume();
  const loudness = audio.createGain();
  const tone = audio.createOscillator();
  tone.frequency.value = 880;
  tone.connect(loudness).connect(audio.destination);
  loudness.gain.value = 0;
  for (const [at, value] of [
    [0, 0.2],
    [0.18, 0],
    [0.3, 0.2],
    [0.48, 0],
    [0.6, 0.2],
    [0.9, 0],
  ]) {
    loudness.gain.setTargetAtTime(value, audio.currentTime + at, 0.01);
  }
  tone.start();
  tone.stop(audio.currentTime + 1);
}

/* ---- connection and counts ---- */

/** @param {State} state @param {number} retryInMs */
export function showConnection(state, retryInMs) {
  byId('connection').dataset.state = state.name;
  write('connection-text', strings.connection[state.name]);
  const trouble = state.name === 'waiting' || state.name === 'failed';
  if (trouble) {
    write('offline-text', strings.connectionTrouble(state, retryInMs));
    forget('offline');
  } else if (state.name === 'open' && mood.mood === 'offline') {
    forget('looking');
  }
  byId('offline').hidden = !trouble && !(state.name === 'connecting' && state.attempt > 0);
  byId('retry').hidden = state.name !== 'waiting';
}

/** @param {Counts} counts */
export function showCounts(counts) {
  write('sent', String(counts.sent));
  write('answered', String(counts.answered));
  write('dropped', String(counts.dropped + counts.failed + counts.lost));
}

/** @param {number} perSecond */
export function showRate(perSecond) {
  write('rate', timed ? strings.rate(perSecond) : '');
}

/** @param {string} name of the server */
export function showServer(name) {
  write('server', name);
}

/** Something about the learner's last choice; it stays until the next choice.
 * @param {string} text empty: none @param {'bad' | 'note'} [tone] */
export function showNotice(text, tone = 'bad') {
  aboutFrame = false;
  byId('notice').hidden = text === '';
  byId('notice').dataset.tone = tone;
  write('notice', text);
}

/** A trouble with one frame; it goes with the next frame that is well. @param {string} text empty: all is well */
export function showFrameTrouble(text) {
  if (text === '' && !aboutFrame) return;
  showNotice(text);
  aboutFrame = text !== '';
}

/** @param {boolean} busy waiting for the server, the camera or a file */
export function setBusy(busy) {
  document.body.toggleAttribute('data-busy', busy);
  write('allow', busy ? strings.allow.asked : strings.allow[allows]);
}

/** What the button allows. @param {'ask' | 'look'} what the camera, or a look at a file that waits */
export function setAllows(what) {
  allows = what;
  setBusy(false);
}

/** @param {string} text @param {string} language */
export function showConsent(text, language) {
  showAgreed(false);
  write('consent', text);
  byId('consent').lang = language;
  byId('consent').dataset.whole = '';
  write('consent-missing', '');
}

/** In place of the text, a line is enough for who has just agreed to it. @param {boolean} agreed */
export function showAgreed(agreed) {
  byId('consent').hidden = agreed;
  byId('agreed').hidden = !agreed;
  byId('allow').setAttribute('aria-describedby', agreed ? 'agreed' : 'consent');
}

/** Only who has consented can withdraw. @param {boolean} can */
export function showWithdraw(can) {
  byId('withdraw').hidden = !can;
}

/** Where the watch session that was stopped is found. @param {string | null} session its name; null: there is none */
export function showKept(session) {
  byId('kept').hidden = session === null;
  if (session === null) return;
  /** @type {HTMLAnchorElement} */ (byId('kept-report')).href = `/sessions/${encodeURIComponent(session)}`;
}

/** Only the short text of the page itself can be shown. */
export function showConsentMissing() {
  write('consent-missing', strings.consent.missing);
}

/** Marks the field of the lecture that cannot be used. @param {keyof typeof strings.lectureTrouble | null} trouble null: none */
export function showLectureTrouble(trouble) {
  const field = byId('lecture-url');
  field.toggleAttribute('aria-invalid', trouble !== null);
  if (!trouble) return;
  showNotice(strings.lectureTrouble[trouble]);
  /** @type {HTMLDetailsElement} */ (byId('lecture')).open = true;
  field.focus();
}

/* ---- drawing ---- */

/** @param {number} now */
function drawOverlay(now) {
  const context = overlay.getContext('2d');
  if (!context) return;
  const ratio = fitToScreen(overlay);
  const face = shown?.verdict.face ?? null;
  if (!shown || !face || !showLines) {
    context.clearRect(0, 0, overlay.width, overlay.height);
    return;
  }
  const { verdict, from, at } = shown;
  const share = from && !stillness.matches ? Math.min(1, (now - at) / GLIDE_MS) : 1;
  const points = from && verdict.landmarks ? between(from, verdict.landmarks, 1 - (1 - share) ** 3) : verdict.landmarks;
  context.globalAlpha = timed && !film?.paused && now - at > STALE_MS ? 0.3 : 1;
  const found = { box: face.box, points, eyesOpen: verdict.eyes === 'open' };
  const eyes = ink(verdict.eyes === 'closed' ? 'face-closed' : 'face-open');
  drawFace(
    context,
    overlay.width,
    overlay.height,
    found,
    { points: ink('face-points'), lines: ink('face-lines'), eyes, box: eyes },
    ratio,
  );
}

/** @param {number} now */
function animate(now) {
  if (!running) return;
  requestAnimationFrame(animate);
  tellTimes();
  if (shown && (now - shown.at < GLIDE_MS + 50 || now - shown.at > STALE_MS)) drawOverlay(now);
  if (timed && !film?.paused && !stillness.matches && now - chartDrawnAt > CHART_EVERY_MS) {
    chartDrawnAt = now;
    chart.draw(now);
  }
}

addEventListener('resize', () => {
  drawOverlay(performance.now());
  chart.draw(performance.now());
});
