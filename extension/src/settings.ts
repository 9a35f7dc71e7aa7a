/** Settings as they are kept, read with care: an older version wrote them, or nobody did. */

import { DEFAULTS, type Settings } from './messages.js';

const PRESETS: readonly unknown[] = ['', 'default', 'classic', 'strict'];

const flag = (value: unknown, fallback: boolean): boolean => (typeof value === 'boolean' ? value : fallback);

/** The origin of an http or https address; null: it is none. */
export function webOrigin(address: unknown): string | null {
  if (typeof address !== 'string' || !URL.canParse(address)) return null;
  const { protocol, origin } = new URL(address);
  return protocol === 'http:' || protocol === 'https:' ? origin : null;
}

/** What is missing or of another kind is as [DEFAULTS] say. */
export function readSettings(value: unknown): Settings {
  const raw = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const volume = typeof raw.volume === 'number' && raw.volume >= 0 && raw.volume <= 1 ? raw.volume : DEFAULTS.volume;
  return {
    server: webOrigin(raw.server) ?? DEFAULTS.server,
    camera: typeof raw.camera === 'string' ? raw.camera : DEFAULTS.camera,
    preset: PRESETS.includes(raw.preset) ? (raw.preset as Settings['preset']) : DEFAULTS.preset,
    sounds: flag(raw.sounds, DEFAULTS.sounds),
    volume,
    pauseFilm: flag(raw.pauseFilm, DEFAULTS.pauseFilm),
    rewind: flag(raw.rewind, DEFAULTS.rewind),
    quizzes: flag(raw.quizzes, DEFAULTS.quizzes),
  };
}
