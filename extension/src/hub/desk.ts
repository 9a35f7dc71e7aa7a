/** Who is there, and who is watched: guests come and go, one lecture at a time is watched, a page that is loaded anew goes on. */

import type { Lecture } from '../../../web/loa-client.js';
import type { Badge, FromGuest, Settings, Subtitles, ToGuest } from '../messages.js';
import { Gathering, readGuest } from './parse.js';
import { Posts } from './posts.js';
import { badgeOf, isActive, sectionOf, viewOf, type Watched } from './view.js';
import { Watch, type Tools } from './watch.js';

/** A page that was loaded anew is back within this, ms; else the watch session ends. */
const BACK_WITHIN_MS = 60_000;
/** Words that are for the one that is watched. */
type OfWatched = Exclude<FromGuest, { type: 'lecture' | 'gone' | 'start' | 'cues' | 'settings' }>;

/** A port from a page, with what the browser says of its other end. */
export interface GuestPort {
  tab: number;
  frame: number;
  /** Where the frame and its tab are: a lecture is at one of these origins. */
  origins: readonly string[];
  /** Of the tab, if this is a frame in it. */
  title?: string | undefined;
  postMessage(message: ToGuest): void;
}

export interface Guest {
  readonly port: GuestPort;
  readonly cameAt: number;
  readonly posts: Posts<ToGuest>;
  lecture: Lecture | null;
  subtitles: Subtitles;
  gathering: Gathering;
}

export interface Surroundings extends Tools {
  /** @param section the one that mends what is wrong; empty: nothing is */
  openOptions(section: string): void;
  openReport(session: string): void;
  badge(badge: Badge): void;
  /** Who is there, or what is watched, is another. */
  changed(): void;
}

export class Desk {
  /** Messages that did not fit. */
  ignored = 0;
  readonly #guests = new Set<Guest>();
  #watch: Watch | null = null;
  /** Whose lecture is watched; null: its page is away, or was closed. */
  #owner: Guest | null = null;
  /** The tab that it was in. */
  #tab = -1;
  #backTimer: ReturnType<typeof setTimeout> | undefined;
  #badge: Badge = 'off';

  constructor(
    private settings: Settings,
    private readonly world: Surroundings,
  ) {}

  /** How the lecture stands that is watched; null: none is. */
  get watched(): Watched | null {
    return this.#watch?.watched ?? null;
  }

  /** The lecture that is watched, for the forms; a report of one that is over stays until its page goes. */
  get view() {
    const { watched } = this;
    if (!watched) return null;
    const subtitles = this.#owner?.subtitles ?? 'none';
    return viewOf(watched, { isWatched: true, subtitles, cameAt: 0 }, this.settings);
  }

  get isBusy(): boolean {
    return this.#guests.size > 0 || isActive(this.watched);
  }

  /* -- guests -- */

  come(port: GuestPort): Guest {
    const guest: Guest = {
      port,
      cameAt: this.world.now(),
      posts: new Posts(port, () => ({ type: 'view', view: this.#viewFor(guest) })),
      lecture: null,
      subtitles: 'none',
      gathering: new Gathering(),
    };
    this.#guests.add(guest);
    guest.posts.stir();
    return guest;
  }

  go(guest: Guest): void {
    guest.posts.close();
    this.#guests.delete(guest);
    if (guest === this.#owner) this.#ownerLeft();
    this.world.changed();
  }

  /** Its site is no longer allowed: what is watched there ends at once. */
  dismiss(guest: Guest): void {
    if (guest === this.#owner) this.drop();
    guest.port.postMessage({ type: 'leave' });
    this.go(guest);
  }

  hear(guest: Guest, said: unknown): void {
    const message = readGuest(said, guest.port.origins);
    if (!message) {
      this.ignored += 1;
      return;
    }
    switch (message.type) {
      case 'lecture':
        return this.#found(guest, message.lecture, message.subtitles);
      case 'gone':
        return this.#lostFilm(guest);
      case 'start':
        return this.#start(guest);
      case 'cues':
        return this.#gather(guest, message);
      case 'settings':
        return this.world.openOptions(sectionOf(this.#viewFor(guest)));
      default:
        if (guest === this.#owner && this.#watch) this.#obey(guest, this.#watch, message);
    }
  }

  /* -- forms -- */

  pause(): void {
    this.#watch?.pause();
  }

  resume(): void {
    this.#watch?.resume();
  }

  /** The learner is done: of a watch session that has begun there is a report. */
  stop(): void {
    if (this.#watch?.hasBegun) void this.#watch.finish();
    else this.drop();
  }

  /** Nothing is watched any more: another learner, or another server. */
  drop(): void {
    this.#setWatch(null, null);
  }

  /** The learner has agreed, or something else was mended that stood in the way. */
  tryAgain(): void {
    if (this.#watch && !this.#watch.isOver) this.#watch.begin();
  }

  /** A camera came or went, or may be used now. */
  retryCamera(): void {
    this.#watch?.retryCamera();
  }

  use(settings: Settings): void {
    this.settings = settings;
    this.#watch?.use(settings);
    this.#changed();
  }

  /* -- who is watched -- */

  #found(guest: Guest, told: Lecture, subtitles: Subtitles): void {
    const { title } = guest.port;
    const lecture = title === undefined ? told : { ...told, title };
    const another = guest.lecture?.url !== lecture.url;
    guest.lecture = lecture;
    guest.subtitles = subtitles;
    if (another) guest.gathering = new Gathering();
    if (guest === this.#owner) {
      if (another && this.#watch?.lecture.url !== lecture.url) this.#goOnWith(guest, lecture);
    } else if (this.#isBack(guest)) {
      this.#adopt(guest);
    }
    guest.posts.stir();
  }

  /** Another film in the page that is watched: the learner wished to be watched here, and was not asked when it changed. */
  #goOnWith(guest: Guest, lecture: Lecture): void {
    if (!this.#watch || this.#watch.isOver) return this.#setWatch(null, null);
    this.#begin(guest, lecture);
  }

  /** The page that was watched, loaded anew. */
  #isBack(guest: Guest): boolean {
    const watch = this.#watch;
    return watch !== null && this.#owner === null && guest.port.tab === this.#tab && guest.lecture?.url === watch.lecture.url;
  }

  #adopt(guest: Guest): void {
    clearTimeout(this.#backTimer);
    this.#owner = guest;
    this.#tab = guest.port.tab;
    this.#watch?.comeBack();
    if (guest.gathering.complete) this.#watch?.offer(guest.gathering.cues);
    this.#changed();
  }

  #start(guest: Guest): void {
    const { lecture } = guest;
    if (!lecture) return;
    const watch = this.#watch;
    const goesOn = watch !== null && !watch.isOver && watch.lecture.url === lecture.url;
    if (!goesOn) return this.#begin(guest, lecture);
    this.#adopt(guest);
    watch.begin();
  }

  #begin(guest: Guest, lecture: Lecture): void {
    const watch = new Watch(lecture, this.settings, this.world, () => this.#changed());
    this.#setWatch(watch, guest);
    watch.begin();
    if (guest.gathering.complete) watch.offer(guest.gathering.cues);
  }

  #lostFilm(guest: Guest): void {
    guest.lecture = null;
    guest.subtitles = 'none';
    guest.gathering = new Gathering();
    if (guest === this.#owner) this.#ownerLeft();
    guest.posts.stir();
  }

  #ownerLeft(): void {
    this.#owner = null;
    if (!this.#watch || this.#watch.isOver) return this.#setWatch(null, null);
    this.#watch.leave();
    clearTimeout(this.#backTimer);
    this.#backTimer = setTimeout(() => this.#setWatch(null, null), BACK_WITHIN_MS);
    this.#changed();
  }

  /** The one of before ends. */
  #setWatch(watch: Watch | null, owner: Guest | null): void {
    clearTimeout(this.#backTimer);
    const before = this.#watch;
    this.#watch = watch;
    this.#owner = owner;
    this.#tab = owner?.port.tab ?? -1;
    before?.end();
    this.#changed();
  }

  #obey(guest: Guest, watch: Watch, message: OfWatched): void {
    switch (message.type) {
      case 'stop':
        return this.stop();
      case 'pause':
        return watch.pause();
      case 'resume':
        return watch.resume();
      case 'playback':
        return watch.playback(message);
      case 'quiz.make':
        return watch.makeQuiz(guest.gathering.cues, message.source);
      case 'quiz.use':
        return watch.useSet(message.set);
      case 'quiz.open':
        return watch.openQuiz(message.quiz);
      case 'quiz.answer':
        return watch.answer(message.quiz, message.choice);
      case 'quiz.close':
        return watch.closeQuiz();
      case 'awake':
        return watch.awake();
      case 'report': {
        const session = watch.watched.report?.session;
        if (session) this.world.openReport(session);
      }
    }
  }

  #gather(guest: Guest, { cues, complete }: Extract<FromGuest, { type: 'cues' }>): void {
    if (!guest.lecture) return;
    if (!guest.gathering.add(cues, complete)) this.ignored += 1;
    if (complete && guest === this.#owner) this.#watch?.offer(guest.gathering.cues);
  }

  /* -- what is shown -- */

  #viewFor(guest: Guest) {
    const { cameAt, subtitles } = guest;
    return viewOf(this.watched, { isWatched: guest === this.#owner, subtitles, cameAt }, this.settings);
  }

  #changed(): void {
    for (const guest of this.#guests) guest.posts.stir();
    const badge = badgeOf(this.watched);
    if (badge !== this.#badge) this.world.badge(badge);
    this.#badge = badge;
    this.world.changed();
  }
}
