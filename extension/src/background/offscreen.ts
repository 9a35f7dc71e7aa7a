/** The hub's document: one at most, made when somebody asks for it. */

import { showBadge } from './badge.js';

const PAGE = 'offscreen.html';
const WHY = 'Looks at the learner through the camera, and wakes them by a sound, while a lecture is watched.';
/** Who has just asked for the hub is about to connect, ms. */
const CONNECTS_WITHIN_MS = 5_000;

let making: Promise<void> | null = null;
let askedAt = -Infinity;

async function isOpen(): Promise<boolean> {
  const contexts = await chrome.runtime.getContexts({ contextTypes: [chrome.runtime.ContextType.OFFSCREEN_DOCUMENT] });
  return contexts.length > 0;
}

async function make(): Promise<void> {
  if (await isOpen()) return;
  const { USER_MEDIA, AUDIO_PLAYBACK } = chrome.offscreen.Reason;
  await chrome.offscreen.createDocument({ url: PAGE, reasons: [USER_MEDIA, AUDIO_PLAYBACK], justification: WHY });
}

/** Done when it listens. */
export async function openHub(): Promise<true> {
  askedAt = Date.now();
  making ??= make().finally(() => (making = null));
  await making;
  return true;
}

/** The hub says that it has nothing to do. */
export async function closeHub(): Promise<void> {
  if (making || Date.now() - askedAt < CONNECTS_WITHIN_MS) return;
  await chrome.offscreen.closeDocument().catch(() => {});
  await showBadge('off');
}
