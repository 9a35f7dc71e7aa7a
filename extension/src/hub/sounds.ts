/** What is heard: two soft tones for a warning, and an alarm that rises until it is answered. Made by oscillators, no files. */

/** One tone: when it begins and how long it lasts, s; its pitch, Hz; its loudness, 0 to 1. */
interface Tone {
  at: number;
  lasts: number;
  pitch: number;
  loud: number;
}

const CHIME: readonly Tone[] = [
  { at: 0, lasts: 0.45, pitch: 659.3, loud: 0.35 },
  { at: 0.28, lasts: 0.7, pitch: 523.3, loud: 0.35 },
];
const CHIME_MS = 1_500;
const ALARM_EVERY_MS = 1_600;
/** The alarm begins this loud, and has risen to its whole after so many rounds. */
const ALARM_FIRST = 0.35;
const ALARM_ROUNDS = 6;

/** The tones of one round of the alarm, from 0. */
export function alarmRound(round: number): Tone[] {
  const rise = Math.min(1, round / ALARM_ROUNDS);
  const loud = ALARM_FIRST + (1 - ALARM_FIRST) * rise;
  const pitches = [523.3, 659.3, 784, 1046.5];
  return pitches.map((pitch, i) => ({ at: i * 0.2, lasts: 0.32, pitch: pitch * (1 + 0.12 * rise), loud }));
}

export class Sounds {
  #context: AudioContext | null = null;
  #out: GainNode | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;
  #fading: ReturnType<typeof setTimeout> | undefined;
  #volume = 0.6;

  /** 0 to 1; heard at once. */
  set volume(volume: number) {
    this.#volume = volume;
    // Loudness goes by the square of what a slider says, about.
    if (this.#out) this.#out.gain.value = volume * volume;
  }

  /** Two soft tones, once. */
  chime(): void {
    this.#play(CHIME);
    clearTimeout(this.#fading);
    this.#fading = setTimeout(() => this.#timer === undefined && this.quiet(), CHIME_MS);
  }

  /** Rings until `quiet`; more than one at a time is one. */
  ring(): void {
    if (this.#timer !== undefined) return;
    let round = 0;
    const next = () => this.#play(alarmRound(round++));
    this.#timer = setInterval(next, ALARM_EVERY_MS);
    next();
  }

  quiet(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#fading);
    this.#timer = undefined;
    // What has been begun is cut off as well; and nothing holds the loudspeakers in between.
    void this.#context?.close();
    this.#context = this.#out = null;
  }

  #play(tones: readonly Tone[]): void {
    const context = (this.#context ??= new AudioContext());
    if (!this.#out) {
      this.#out = context.createGain();
      this.#out.connect(context.destination);
      this.volume = this.#volume;
    }
    void context.resume().catch(() => {});
    for (const tone of tones) sound(context, this.#out, tone);
  }
}

/** A soft bell: it comes quickly and fades. */
function sound(context: AudioContext, out: AudioNode, { at, lasts, pitch, loud }: Tone): void {
  const from = context.currentTime + 0.02 + at;
  const oscillator = new OscillatorNode(context, { type: 'triangle', frequency: pitch });
  const gain = new GainNode(context, { gain: 0 });
  gain.gain.setValueAtTime(0, from);
  gain.gain.linearRampToValueAtTime(loud, from + 0.03);
  gain.gain.exponentialRampToValueAtTime(0.001, from + lasts);
  oscillator.connect(gain).connect(out);
  oscillator.start(from);
  oscillator.stop(from + lasts + 0.05);
}
