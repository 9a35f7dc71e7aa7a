/**
 * The wire protocol, version 1 (docs/protocol.md): frames are written, messages of the server are read and checked.
 *
 * @module loa-wire
 */

export const SUBPROTOCOL = 'loa.v1';
export const HEADER_BYTES = 16;
const LANDMARK_NUMBERS = 478 * 2;
/** Heartbeat in case the welcome names none. */
const DEFAULT_SILENT_FOR_MS = 30_000;

/**
 * @typedef {{frame_bytes: number, frame_pixels: number, frame_side: number, frames_per_second: number,
 *   text_bytes: number, errors_in_a_row: number}} Limits
 * @typedef {{type: 'welcome', protocol: string, server: string, session: string, resume: string,
 *   recovered: boolean | null, missed: (Alert | Cleared)[], now_ms: number, state: Attention, preset: string,
 *   rate: number, limits: Limits, heartbeat: {ping_every_ms: number, silent_for_ms: number},
 *   resume_within_ms: number | null, learner: string, consent: boolean}} Welcome `resume`: empty when the server keeps no
 *   watch sessions; `consent`: whether the learner agreed to being looked at
 * @typedef {{box: [number, number, number, number], score: number | null, flag: number | null, seen: number,
 *   chosen: string}} Face
 * @typedef {{wait: number | null, decode: number | null, detect: number | null, landmarks: number | null,
 *   total: number | null}} StageTimes
 * @typedef {{type: 'verdict', seq: number, captured_ms: number | null, presence: 'face' | 'person' | 'nobody' | 'unknown',
 *   reason: string | null, confidence: number | null, eyes: 'open' | 'closed' | 'unknown', closed: number | null, face: Face | null,
 *   eye: {left_ear: number | null, right_ear: number | null, left_closed: number | null,
 *   right_closed: number | null}, mouth: {wide: number | null, open: number | null},
 *   head: {yaw: number | null, pitch: number | null, roll: number | null},
 *   quality: {brightness: number | null, contrast: number | null, sharpness: number | null},
 *   landmarks: number[] | null, ms: StageTimes, batch: number | null, look: 'full' | 'glance'}} Verdict a glance measures
 *   less: see docs/protocol.md
 * @typedef {'attentive' | 'eyes_closed' | 'drowsy' | 'absent' | 'slumped' | 'looking_away' | 'unknown'} Attention
 * @typedef {'cue' | 'pre_alarm' | 'alarm'} Level
 * @typedef {{type: 'state', state: Attention, from: Attention, since_ms: number | null, at_ms: number | null}} Change
 * @typedef {{type: 'alert', n: number, kind: string, level: Level, since_ms: number | null, at_ms: number | null,
 *   lasted_ms: number | null}} Alert times of the watch session, ms; `kind` may be a word of a later server
 * @typedef {{type: 'alert.cleared', n: number, kind: string, at_ms: number | null}} Cleared
 * @typedef {{type: 'dropped', seq: number, reason: string}} Dropped
 * @typedef {{type: 'rate', frames_per_second: number}} Rate
 * @typedef {{type: 'ping', n: number}} Ping
 * @typedef {{type: 'error', seq: number | null, code: string, message: string, retry: boolean,
 *   retry_after_ms: number | null}} Problem
 * @typedef {Welcome | Verdict | Change | Alert | Cleared | Dropped | Rate | Ping | Problem} ServerMessage
 */

/**
 * One frame as the server wants it: "LOA1", u32 sequence, u64 capture time, both little-endian, then the JPEG.
 * @param {number} seq
 * @param {number} capturedMs monotonic
 * @param {ArrayBuffer | Uint8Array} jpeg
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function encodeFrame(seq, capturedMs, jpeg) {
  const picture = jpeg instanceof Uint8Array ? jpeg : new Uint8Array(jpeg);
  const bytes = new Uint8Array(HEADER_BYTES + picture.length);
  bytes.set([0x4c, 0x4f, 0x41, 0x31]);
  const header = new DataView(bytes.buffer);
  header.setUint32(4, seq >>> 0, true);
  header.setBigUint64(8, BigInt(Math.max(0, Math.round(capturedMs))), true);
  bytes.set(picture, HEADER_BYTES);
  return bytes;
}

/** @param {unknown} value @returns {Record<string, unknown>} */
export const asObject = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? /** @type {Record<string, unknown>} */ (value)
    : {};
/** @param {unknown} value @returns {number | null} */
export const asNumber = (value) => (typeof value === 'number' && Number.isFinite(value) ? value : null);
/** @param {unknown} value @returns {number | null} */
export const asCount = (value) => (Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : null);
/** @param {unknown} value @returns {string} */
export const asText = (value) => (typeof value === 'string' ? value : '');
/** @param {unknown} value @param {number} fallback @returns {number} */
const positive = (value, fallback) => {
  const number = asNumber(value);
  return number !== null && number > 0 ? number : fallback;
};
/** @param {unknown} value @returns {value is number[]} */
const areNumbers = (value) => Array.isArray(value) && value.every((item) => asNumber(item) !== null);

/** @param {Record<string, unknown>} raw @returns {Welcome | null} */
function readWelcome(raw) {
  if (typeof raw.protocol !== 'string') return null;
  const limits = asObject(raw.limits);
  const heartbeat = asObject(raw.heartbeat);
  return {
    type: 'welcome',
    protocol: raw.protocol,
    server: asText(raw.server),
    session: asText(raw.session),
    resume: asText(raw.resume),
    recovered: typeof raw.recovered === 'boolean' ? raw.recovered : null,
    missed: readMissed(raw.missed),
    now_ms: asCount(raw.now_ms) ?? 0,
    state: asAttention(raw.state),
    preset: asText(raw.preset),
    rate: Math.max(0, asNumber(raw.rate) ?? 1),
    limits: {
      frame_bytes: positive(limits.frame_bytes, Infinity),
      frame_pixels: positive(limits.frame_pixels, Infinity),
      frame_side: positive(limits.frame_side, Infinity),
      frames_per_second: positive(limits.frames_per_second, 1),
      text_bytes: positive(limits.text_bytes, Infinity),
      errors_in_a_row: positive(limits.errors_in_a_row, Infinity),
    },
    heartbeat: {
      ping_every_ms: positive(heartbeat.ping_every_ms, DEFAULT_SILENT_FOR_MS / 3),
      silent_for_ms: positive(heartbeat.silent_for_ms, DEFAULT_SILENT_FOR_MS),
    },
    resume_within_ms: asNumber(raw.resume_within_ms),
    learner: asText(raw.learner),
    consent: raw.consent === true,
  };
}

/** @param {unknown} value @returns {(Alert | Cleared)[]} what is sound among them */
function readMissed(value) {
  const all = Array.isArray(value) ? value.map(asObject) : [];
  return all.flatMap((raw) => {
    if (raw.type === 'alert') return readAlert(raw) ?? [];
    return raw.type === 'alert.cleared' ? (readCleared(raw) ?? []) : [];
  });
}

/** @param {Record<string, unknown>} raw @returns {Change | null} */
function readChange(raw) {
  if (typeof raw.state !== 'string') return null;
  return {
    type: 'state',
    state: asAttention(raw.state),
    from: asAttention(raw.from),
    since_ms: asCount(raw.since_ms),
    at_ms: asCount(raw.at_ms),
  };
}

/** @param {Record<string, unknown>} raw @returns {Alert | null} */
function readAlert(raw) {
  const n = asCount(raw.n);
  if (n === null || !asText(raw.kind)) return null;
  return {
    type: 'alert',
    n,
    kind: asText(raw.kind),
    level: asLevel(raw.level),
    since_ms: asCount(raw.since_ms),
    at_ms: asCount(raw.at_ms),
    lasted_ms: asCount(raw.lasted_ms),
  };
}

/** @param {Record<string, unknown>} raw @returns {Cleared | null} */
function readCleared(raw) {
  const n = asCount(raw.n);
  if (n === null || !asText(raw.kind)) return null;
  return { type: 'alert.cleared', n, kind: asText(raw.kind), at_ms: asCount(raw.at_ms) };
}

/** @param {unknown} value @returns {Face | null} */
function readFace(value) {
  const raw = asObject(value);
  if (!areNumbers(raw.box) || raw.box.length !== 4) return null;
  const [x, y, width, height] = raw.box;
  return {
    box: [x, y, width, height],
    score: asNumber(raw.score),
    flag: asNumber(raw.flag),
    seen: asCount(raw.seen) ?? 1,
    chosen: asText(raw.chosen),
  };
}

/** @param {Record<string, unknown>} raw @returns {Verdict | null} */
function readVerdict(raw) {
  const seq = asCount(raw.seq);
  if (seq === null || typeof raw.presence !== 'string') return null;
  const eye = asObject(raw.eye);
  const head = asObject(raw.head);
  const quality = asObject(raw.quality);
  const ms = asObject(raw.ms);
  const points = raw.landmarks;
  return {
    type: 'verdict',
    seq,
    captured_ms: asCount(raw.captured_ms),
    presence: asPresence(raw.presence),
    reason: asText(raw.reason) || null,
    confidence: asNumber(raw.confidence),
    eyes: raw.eyes === 'open' || raw.eyes === 'closed' ? raw.eyes : 'unknown',
    closed: asNumber(raw.closed),
    face: readFace(raw.face),
    eye: {
      left_ear: asNumber(eye.left_ear),
      right_ear: asNumber(eye.right_ear),
      left_closed: asNumber(eye.left_closed),
      right_closed: asNumber(eye.right_closed),
    },
    mouth: { wide: asNumber(asObject(raw.mouth).wide), open: asNumber(asObject(raw.mouth).open) },
    head: { yaw: asNumber(head.yaw), pitch: asNumber(head.pitch), roll: asNumber(head.roll) },
    quality: {
      brightness: asNumber(quality.brightness),
      contrast: asNumber(quality.contrast),
      sharpness: asNumber(quality.sharpness),
    },
    landmarks: areNumbers(points) && points.length === LANDMARK_NUMBERS ? points : null,
    ms: {
      wait: asNumber(ms.wait),
      decode: asNumber(ms.decode),
      detect: asNumber(ms.detect),
      landmarks: asNumber(ms.landmarks),
      total: asNumber(ms.total),
    },
    batch: asCount(raw.batch),
    look: raw.look === 'glance' ? 'glance' : 'full',
  };
}

/** @param {unknown} word @returns {Verdict['presence']} a word of a later server is no statement */
function asPresence(word) {
  return word === 'face' || word === 'person' || word === 'nobody' ? word : 'unknown';
}

/** @type {ReadonlySet<unknown>} */
const ATTENTION = new Set(['attentive', 'eyes_closed', 'drowsy', 'absent', 'slumped', 'looking_away']);

/** @param {unknown} word @returns {Attention} a word of a later server is no statement */
function asAttention(word) {
  return ATTENTION.has(word) ? /** @type {Attention} */ (word) : 'unknown';
}

/** @param {unknown} word @returns {Level} a word of a later server is told quietly */
function asLevel(word) {
  return word === 'pre_alarm' || word === 'alarm' ? word : 'cue';
}

/** @param {Record<string, unknown>} raw @returns {Problem | null} */
function readProblem(raw) {
  if (typeof raw.code !== 'string') return null;
  return {
    type: 'error',
    seq: asCount(raw.seq),
    code: raw.code,
    message: asText(raw.message),
    retry: raw.retry === true,
    retry_after_ms: asNumber(raw.retry_after_ms),
  };
}

/** @type {Record<string, (raw: Record<string, unknown>) => ServerMessage | null>} */
const READERS = {
  welcome: readWelcome,
  verdict: readVerdict,
  state: readChange,
  alert: readAlert,
  'alert.cleared': readCleared,
  error: readProblem,
  dropped(raw) {
    const seq = asCount(raw.seq);
    return seq === null ? null : { type: 'dropped', seq, reason: asText(raw.reason) };
  },
  rate(raw) {
    const wished = asNumber(raw.frames_per_second);
    return wished === null || wished < 0 ? null : { type: 'rate', frames_per_second: wished };
  },
  ping(raw) {
    const n = asCount(raw.n);
    return n === null ? null : { type: 'ping', n };
  },
};

/**
 * A message of the server, every field checked. What is missing or of a wrong shape inside a verdict becomes null.
 * @param {unknown} text
 * @returns {{message: ServerMessage} | {malformed: string} | {unknown: string}} `unknown`: a type from a later version
 */
export function parseMessage(text) {
  if (typeof text !== 'string') return { malformed: 'not text' };
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    return { malformed: 'not JSON' };
  }
  const raw = asObject(value);
  if (typeof raw.type !== 'string') return { malformed: 'no type' };
  if (!Object.hasOwn(READERS, raw.type)) return { unknown: raw.type };
  const message = READERS[raw.type](raw);
  return message ? { message } : { malformed: raw.type };
}
