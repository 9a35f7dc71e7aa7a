/** The lecture's subtitles on their way to the hub: loaded with the film, or gathered while they are shown. */

import type { Cue } from '../../../web/loa-quiz-wire.js';
import type { FromGuest, Subtitles as Kind } from '../messages.js';
import { CaptionLog } from './captions.js';
import { pieces, tidy } from './cues.js';
import { query } from './page.js';
import { chooseTrack, loadTranscript, readTrack, type Transcript } from './transcript.js';

/** Captions are read this often while the film plays, ms. */
const SEE_EVERY_MS = 300;
/** What was gathered is told this often, ms. */
const TELL_EVERY_MS = 20_000;
/** So near to its end a lecture's captions are all there, s. */
const NEAR_END_S = 8;

interface Hooks {
  say: (message: FromGuest) => boolean;
  /** Another kind than was said before, or more lines. */
  changed: (kind: Kind) => void;
}

export class Subtitles {
  kind: Kind = 'none';
  /** Whether it is known by now that there are none. */
  isKnown = false;
  #film: HTMLVideoElement | null = null;
  #captions: string | undefined;
  #log = new CaptionLog();
  #cues: Cue[] = [];
  /** How many the hub was told. */
  #told = 0;
  #complete = false;
  #loading = false;
  #timer: ReturnType<typeof setInterval> | undefined;
  #toldAt = 0;
  /** One lecture; what belongs to an earlier one no longer counts. */
  #lecture = 0;

  constructor(private readonly hooks: Hooks) {}

  /** How many lines there are. */
  get count(): number {
    return this.#cues.length;
  }

  /** Another lecture. @param captions selector of lines that the page shows */
  begin(film: HTMLVideoElement, captions: string | undefined): void {
    this.stop();
    this.#film = film;
    this.#captions = captions;
    this.kind = captions ? 'captions' : film.textTracks.length > 0 ? 'tracks' : 'none';
  }

  /** Loads and gathers, once for a lecture. */
  load(): void {
    const film = this.#film;
    if (!film || this.#loading) return;
    this.#loading = true;
    // Lines that pass meanwhile are not lost.
    if (this.#captions) this.#watch();
    const lecture = this.#lecture;
    void loadTranscript(film, () => lecture === this.#lecture).then((transcript) => {
      if (lecture === this.#lecture) this.#loaded(transcript);
    });
  }

  stop(): void {
    this.#lecture += 1;
    clearInterval(this.#timer);
    this.#film = null;
    this.#log = new CaptionLog();
    this.#cues = [];
    this.#told = 0;
    this.#complete = this.#loading = this.isKnown = false;
    this.kind = 'none';
  }

  /** The hub is a new one: all of it is told again. */
  tellAgain(): void {
    this.#told = 0;
    if (this.#cues.length > 0) this.#tell(this.#complete);
  }

  /** By the learner's wish: what there is has to do. */
  finish(): void {
    this.#gather(true);
    this.#tell(true);
  }

  #loaded(transcript: Transcript | null): void {
    this.isKnown = true;
    if (transcript) {
      this.kind = 'tracks';
      this.#cues = transcript.cues;
      this.#told = 0;
      this.#tell(transcript.complete);
      if (!transcript.complete) this.#watch();
    }
    this.hooks.changed(this.kind);
  }

  #watch(): void {
    clearInterval(this.#timer);
    this.#toldAt = Date.now();
    this.#timer = setInterval(() => this.#see(), SEE_EVERY_MS);
  }

  #see(): void {
    const film = this.#film;
    if (!film) return;
    const before = this.count;
    const atEnd = film.duration - film.currentTime < NEAR_END_S || film.ended;
    if (!film.paused || atEnd) this.#gather(atEnd);
    if (atEnd && this.count > 0) this.#tell(true);
    else if (this.count > this.#told && Date.now() - this.#toldAt > TELL_EVERY_MS) this.#tell(false);
    if (this.#complete) clearInterval(this.#timer);
    if (this.count !== before) this.hooks.changed(this.kind);
  }

  /** @param all lines that still stand there as well */
  #gather(all: boolean): void {
    const film = this.#film;
    if (!film || this.#complete) return;
    if (this.kind === 'tracks') {
      const track = chooseTrack(film);
      const known = new Set(this.#cues.map(({ start_s, text }) => `${start_s} ${text}`));
      const more = track ? readTrack(track).filter(({ start_s, text }) => !known.has(`${start_s} ${text}`)) : [];
      this.#cues = [...this.#cues, ...more];
      return;
    }
    if (!this.#captions) return;
    const lines = query(document, this.#captions).map((line) => line.textContent ?? '');
    this.#log.see(lines, film.currentTime);
    this.#cues = [...this.#cues, ...this.#log.take(all)];
  }

  #tell(complete: boolean): void {
    this.#toldAt = Date.now();
    const fresh = tidy(this.#cues.slice(this.#told));
    for (const piece of pieces(fresh, complete)) {
      if (!this.hooks.say({ type: 'cues', ...piece })) return;
    }
    this.#told = this.#cues.length;
    this.#complete ||= complete;
  }
}
