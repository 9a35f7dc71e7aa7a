/** What popup and options wish, and what they are shown. */

import { AccountError } from '../../../web/loa-account.js';
import type { FromControl, Settings, Status, ToControl } from '../messages.js';
import { readSettings } from '../settings.js';
import type { Desk } from './desk.js';
import { Learner, type Keeper } from './learner.js';
import { readControl } from './parse.js';
import { Posts, type Mouth } from './posts.js';

type Done = Extract<ToControl, { type: 'done' }>;

/** The learner and the settings, which outlive every watch session; several parts need them. */
export interface House {
  settings: Settings;
  learner: Learner;
  /** Whether the server answers. */
  server: Status['server'];
}

/** What an open connection tells of the server is newer than any answer. */
const SERVER: Record<string, Status['server']> = { open: 'ok', waiting: 'away' };

export class Forms {
  readonly #open = new Map<Mouth, Posts<ToControl>>();

  constructor(
    private readonly house: House,
    private readonly desk: Desk,
    private readonly keeper: Keeper,
    private readonly makeLearner: (server: string) => Learner,
    private readonly allowed: (origin: string) => Promise<boolean>,
  ) {}

  get isOpen(): boolean {
    return this.#open.size > 0;
  }

  come(port: Mouth): void {
    this.#open.set(port, new Posts(port, () => ({ type: 'status', status: this.#status() })));
  }

  go(port: Mouth): void {
    this.#open.get(port)?.close();
    this.#open.delete(port);
  }

  /** The status may be another one. */
  stir(): void {
    for (const posts of this.#open.values()) posts.stir();
  }

  async hear(port: Mouth, said: unknown): Promise<void> {
    const message = readControl(said);
    if (!message) return;
    const done: Done = { type: 'done', of: message.type, error: null };
    try {
      const url = await this.#obey(message);
      if (url) done.url = url;
    } catch (error) {
      done.error = await this.#trouble(error);
    }
    this.stir();
    try {
      if (message.type !== 'watch') port.postMessage(done);
    } catch {
      // The form was closed in the meantime.
    }
  }

  /** @returns a link, if that was what was wished for */
  async #obey(message: FromControl): Promise<string | void> {
    const { desk, house } = this;
    switch (message.type) {
      case 'watch':
        this.stir();
        return this.#find();
      case 'changed':
        return this.#change();
      case 'pause':
        return desk.pause();
      case 'resume':
        return desk.resume();
      case 'stop':
        return desk.stop();
      case 'agree':
        await house.learner.agree(message.version);
        house.server = 'ok';
        return desk.tryAgain();
      case 'withdraw':
        desk.drop();
        return house.learner.account.withdrawConsent().then(() => this.#find());
      case 'sign-in':
        await house.learner.signIn(message.link);
        return desk.drop();
      case 'sign-out':
        desk.drop();
        return house.learner.signOut();
      case 'reports':
        return house.learner.link(message.session ? `/sessions/${message.session}` : `/${message.page ?? 'sessions'}`);
    }
  }

  async #change(): Promise<void> {
    const { house, desk } = this;
    const before = house.settings.server;
    house.settings = readSettings(await this.keeper.load('settings'));
    if (house.settings.server !== before) {
      desk.drop();
      house.learner = this.makeLearner(house.settings.server);
      house.server = 'unknown';
    }
    desk.use(house.settings);
    await this.#find();
    desk.tryAgain();
  }

  /** Who the learner is, and whether the server answers. */
  async #find(): Promise<void> {
    const { house } = this;
    try {
      await house.learner.find();
      house.server = 'ok';
    } catch {
      house.server = 'away';
    }
  }

  async #trouble(error: unknown): Promise<Done['error']> {
    if (!(error instanceof AccountError)) return { code: 'internal', detail: String(error) };
    const { code, detail } = error;
    // A fetch that the browser forbids looks like a server that is away.
    const forbidden = code === 'unreachable' && !(await this.allowed(this.house.settings.server));
    return forbidden ? { code: 'server_permission', detail: '' } : { code, detail };
  }

  #status(): Status {
    const { house, desk } = this;
    const known = house.learner.account.learner;
    const { watched } = desk;
    return {
      server: SERVER[watched?.link.name ?? ''] ?? house.server,
      learner: known?.learner ?? null,
      guest: house.learner.guest,
      consent: known?.consent ?? false,
      title: watched?.title ?? null,
      view: desk.view,
    };
  }
}
