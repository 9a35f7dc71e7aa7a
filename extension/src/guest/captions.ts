/** Captions that the page itself shows, line by line, are gathered into cues with their time. No DOM in here. */

import type { Cue } from '../../../web/loa-quiz-wire.js';
import { tidyCue } from './cues.js';

/** A film that is this far from where it was a moment ago has jumped, s. */
const JUMP_S = 3;
/** The same words so near to where they were heard are the same words, s: the film was wound back, or lines rolled. */
const SAME_S = 4;

interface Line {
  text: string;
  from: number;
}

export class CaptionLog {
  #shown: Line[] = [];
  #last: number | null = null;
  /** Where words were heard, by the words. */
  #heard = new Map<string, number[]>();
  #fresh: Cue[] = [];

  /** What stands on the film at this place. Lines may grow word by word, and roll upwards. @param position seconds */
  see(lines: string[], position: number): void {
    if (this.#last !== null && Math.abs(position - this.#last) > JUMP_S) this.#closeAll(this.#last);
    this.#last = position;
    const before = [...this.#shown];
    this.#shown = lines.map((line) => line.replace(/\s+/g, ' ').trim()).filter(Boolean).map((text) => this.#follow(text, before, position));
    for (const line of before) this.#hear(line, position);
  }

  /** The lines that are over since they were taken last. @param all those that still stand there as well */
  take(all = false): Cue[] {
    if (all && this.#last !== null) this.#closeAll(this.#last + 1);
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh;
  }

  /** The line that these words go on with, taken out of those of before; else a new one. */
  #follow(text: string, before: Line[], position: number): Line {
    const index = before.findIndex((line) => text.startsWith(line.text));
    const [line] = index < 0 ? [] : before.splice(index, 1);
    return { text, from: line?.from ?? position };
  }

  #closeAll(position: number): void {
    for (const line of this.#shown) this.#hear(line, position);
    this.#shown = [];
  }

  #hear({ text, from }: Line, until: number): void {
    const places = this.#heard.get(text) ?? [];
    if (places.some((place) => Math.abs(place - from) < SAME_S)) return;
    this.#heard.set(text, [...places, from]);
    const cue = tidyCue(from, until, text);
    if (cue) this.#fresh.push(cue);
  }
}
