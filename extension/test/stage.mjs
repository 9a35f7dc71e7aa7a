/** A desk with made-up guests, camera, loudspeakers and server. Time stands still but for `pass`. */

import { load } from './bundle.mjs';

export const { Desk, DEFAULTS } = await load(`export * from './hub/desk.ts'; export { DEFAULTS } from './messages.ts'`);

const WELCOME = {
  type: 'welcome',
  protocol: 'loa.v1',
  resume: 'secret',
  now_ms: 0,
  state: 'unknown',
  rate: 1,
  consent: true,
  limits: { frame_bytes: 262144, frames_per_second: 10, text_bytes: 65536 },
  heartbeat: { ping_every_ms: 1e9, silent_for_ms: 1e9 },
};

/** The server's end of one connection. */
export class FakeSocket {
  readyState = 0;
  bufferedAmount = 0;
  /** @type {any[]} */
  said = [];
  frames = 0;
  closed = false;

  /** @param {Stage} stage @param {string} url */
  constructor(stage, url) {
    this.stage = stage;
    this.url = url;
    stage.sockets.push(this);
    queueMicrotask(() => {
      if (stage.isAway) return this.lose();
      this.readyState = 1;
      /** @type {any} */ (this).onopen?.();
    });
  }

  /** @param {any} data */
  send(data) {
    if (typeof data !== 'string') {
      this.frames += 1;
      const seq = new DataView(data.buffer).getUint32(4, true);
      return this.tell({ type: 'verdict', seq, presence: 'face' });
    }
    const message = JSON.parse(data);
    this.said.push(message);
    if (message.type === 'quiz.sets') return this.tell({ type: 'quiz.sets', sets: [] });
    if (message.type !== 'hello') return;
    const recovered = message.resume ? this.stage.remembers : undefined;
    if (!recovered) this.stage.sessions += 1;
    this.tell({ ...WELCOME, session: `session-${this.stage.sessions}`, recovered });
  }

  /** The server says this. @param {object} message */
  tell(message) {
    queueMicrotask(() => /** @type {any} */ (this).onmessage?.({ data: JSON.stringify(message) }));
  }

  lose(code = 1006) {
    this.readyState = 3;
    /** @type {any} */ (this).onclose?.({ code });
  }

  close() {
    this.readyState = 3;
    this.closed = true;
  }

  /** @param {string} type */
  of(type) {
    return this.said.filter((message) => message.type === type);
  }
}

export class Stage {
  /** @type {FakeSocket[]} */
  sockets = [];
  /** Watch sessions that the server has begun. */
  sessions = 0;
  /** What was done to the world, in order. @type {string[]} */
  done = [];
  /** The learner has agreed. */
  agrees = true;
  /** The server goes on with watch sessions. */
  remembers = true;
  isAway = false;
  allowed = true;
  /** An error's name, if the camera cannot be opened. */
  cameraError = '';
  /** @type {(() => void) | null} the camera was unplugged */
  unplug = null;

  /** @param {import('node:test').TestContext} t @param {object} [settings] */
  constructor(t, settings) {
    t.mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'] });
    this.time = t.mock.timers;
    const stage = this;
    const Socket = class extends FakeSocket {
      /** @param {string} url */
      constructor(url) {
        super(stage, url);
      }
    };
    this.settings = { ...DEFAULTS, ...settings };
    this.desk = new Desk(this.settings, {
      openCamera: (/** @type {string | null} */ device, /** @type {() => void} */ onEnded) => this.#openCamera(device, onEnded),
      sounds: {
        volume: 0,
        chime: () => this.done.push('chime'),
        ring: () => this.done.push('ring'),
        quiet: () => this.done.push('quiet'),
      },
      token: async () => {
        if (!this.agrees) throw Object.assign(new Error('no consent'), { retry: false, code: 'no_consent' });
        return 'token';
      },
      allowed: async () => this.allowed,
      report: async (/** @type {string[]} */ sessions) => ({ session: sessions.join(' '), url: null, watchedMs: 1, attentiveMs: 1, moments: [], right: 0, asked: 0 }),
      name: 'test',
      client: { WebSocket: Socket, timers: { now: () => Date.now(), setTimeout, clearTimeout }, random: () => 0 },
      now: () => Date.now(),
      openOptions: (/** @type {string} */ section) => this.done.push(`options ${section}`.trim()),
      openReport: (/** @type {string} */ session) => this.done.push(`report ${session}`),
      badge: (/** @type {string} */ badge) => this.done.push(`badge ${badge}`),
      changed: () => {},
    });
  }

  /** The newest connection. */
  get socket() {
    return this.sockets[this.sockets.length - 1];
  }

  /** @param {number} [ms] */
  async pass(ms = 200) {
    for (let left = ms; left > 0; left -= 100) {
      for (let i = 0; i < 30; i += 1) await null;
      this.time.tick(Math.min(100, left));
      for (let i = 0; i < 30; i += 1) await null;
    }
  }

  /** @param {number} tab @param {string} path of its lecture; empty: no film yet @param {string} origin @param {object} frame if it is one */
  async guest(tab, path = '/a', origin = 'https://school.example', frame = {}) {
    /** @type {any[]} */
    const views = [];
    const postMessage = (/** @type {any} */ { type, view }) => void views.push(structuredClone(view ?? type));
    const guest = this.desk.come({ tab, frame: 0, origins: [origin], postMessage, ...frame });
    const say = async (/** @type {object} */ message) => {
      this.desk.hear(guest, message);
      await this.pass();
    };
    const there = {
      say,
      views,
      get view() {
        return views[views.length - 1];
      },
      dismiss: async () => {
        this.desk.dismiss(guest);
        await this.pass();
      },
      go: async () => {
        this.desk.go(guest);
        await this.pass();
      },
      find: (/** @type {string} */ place) => say({ type: 'lecture', subtitles: 'tracks', lecture: { url: origin + place, title: `Lecture ${place}` } }),
    };
    if (path) await there.find(path);
    else await this.pass();
    return there;
  }

  /** @param {string | null} device @param {() => void} onEnded */
  async #openCamera(device, onEnded) {
    if (this.cameraError) throw Object.assign(new Error('camera'), { name: this.cameraError });
    this.done.push(`camera on ${device ?? ''}`.trim());
    this.unplug = onEnded;
    return { capture: async () => new Blob(['jpeg']), close: () => void this.done.push('camera off') };
  }
}
