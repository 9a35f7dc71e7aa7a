/** What stands in for the world around the client: a clock, sockets and a camera. */

import assert from 'node:assert/strict';
import { setImmediate as breath } from 'node:timers/promises';
import { LoaClient } from '../../web/loa-client.js';

export class FakeTimers {
  time = 1000;
  #waiting = new Map();
  #last = 0;
  now = () => this.time;
  setTimeout = (run, ms) => {
    this.#waiting.set(++this.#last, { run, at: this.time + ms });
    return this.#last;
  };
  clearTimeout = (id) => this.#waiting.delete(id);

  /** Lets time pass, and everything that is due happen in its order. */
  async pass(ms) {
    const end = this.time + ms;
    for (;;) {
      const next = [...this.#waiting].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
      if (!next) break;
      this.#waiting.delete(next[0]);
      this.time = Math.max(this.time, next[1].at);
      next[1].run();
      await breath();
    }
    this.time = end;
    await breath();
  }

  get count() {
    return this.#waiting.size;
  }
}

export const WELCOME = {
  type: 'welcome',
  protocol: 'loa.v1',
  server: 'loa/test',
  session: '01',
  resume: 'secret',
  now_ms: 0,
  state: 'unknown',
  preset: 'default',
  rate: 1,
  learner: 'me',
  consent: true,
  limits: { frame_bytes: 1000, frame_pixels: 2073600, frame_side: 4096, frames_per_second: 10 },
  heartbeat: { ping_every_ms: 10000, silent_for_ms: 30000 },
};

/** A client whose sockets are kept in `sockets`; `socket()` is the newest. */
export function setUp({ capture, random = () => 1, ...options } = {}) {
  const timers = new FakeTimers();
  const sockets = [];
  class FakeSocket {
    readyState = 0;
    bufferedAmount = 0;
    frames = [];
    texts = [];
    closedWith = undefined;
    constructor(url, protocols) {
      Object.assign(this, { url, protocols });
      sockets.push(this);
    }
    send(data) {
      if (typeof data === 'string') this.texts.push(JSON.parse(data));
      else this.frames.push({ seq: new DataView(data.buffer).getUint32(4, true), at: timers.time, bytes: data });
    }
    close(code) {
      this.readyState = 3;
      this.closedWith = code ?? null;
    }
    open(welcome = WELCOME) {
      this.readyState = 1;
      this.onopen?.();
      this.say(welcome);
    }
    say(message) {
      this.onmessage?.({ data: typeof message === 'string' ? message : JSON.stringify(message) });
    }
    answer(seq = this.frames.at(-1).seq) {
      this.say({ type: 'verdict', seq, presence: 'nobody', eyes: 'unknown' });
    }
    break(code = 1006) {
      this.readyState = 3;
      this.onclose?.({ code });
    }
  }
  let shots = 0;
  const client = new LoaClient({
    url: 'ws://loa.example/ws',
    WebSocket: FakeSocket,
    timers,
    random,
    token: async () => 'good',
    capture: capture ?? (async () => Uint8Array.of(0xff, 0xd8, ++shots)),
    ...options,
  });
  const events = [];
  for (const type of [
    'state',
    'session',
    'verdict',
    'attention',
    'alert',
    'cleared',
    'dropped',
    'problem',
    'malformed',
    'rate',
  ]) {
    client.on(type, (detail) => events.push([type, detail]));
  }
  const of = (type) => events.filter(([name]) => name === type).map(([, detail]) => detail);
  return { client, timers, sockets, socket: () => sockets.at(-1), events, of, shots: () => shots };
}

export async function setUpOpen(options) {
  const all = setUp(options);
  all.client.start();
  await all.timers.pass(0);
  all.socket().open();
  await all.timers.pass(0);
  return all;
}

/** What the counts promise. */
export function assertSum({ sent, answered, dropped, failed, lost }, onItsWay = 0) {
  assert.equal(sent, answered + dropped + failed + lost + onItsWay);
}
