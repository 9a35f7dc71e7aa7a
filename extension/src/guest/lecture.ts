/** Which lecture the page shows: pages change their address and title without being loaded anew. */

import type { Lecture } from '../../../web/loa-client.js';
import type { Adapter } from '../adapters.js';
import { describeLecture } from './page.js';
import { chooseAdapter } from './site.js';

const LOOK_EVERY_MS = 1000;

export class LectureWatch {
  lecture: Lecture | null = null;
  adapter: Adapter | null = null;
  #address = '';
  /** Where the page was loaded. */
  readonly #first = location.href;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** @param changed another lecture (`other`), or another title of the same */
  constructor(
    private readonly sites: Adapter[],
    private readonly changed: (other: boolean) => void,
  ) {
    this.look();
  }

  start(): void {
    this.#timer ??= setInterval(() => this.look(), LOOK_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  look(): void {
    if (this.#address !== location.href) {
      this.#address = location.href;
      this.adapter = chooseAdapter(this.sites, location.href);
    }
    const before = this.lecture;
    this.lecture = describeLecture(this.adapter, location.href === this.#first);
    const same = before?.url === this.lecture?.url;
    if (same && before?.title === this.lecture?.title && before?.course === this.lecture?.course) return;
    if (before || this.lecture) this.changed(!same);
  }
}
