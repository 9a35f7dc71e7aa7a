/** The content script: runs in every frame of a site that the learner allowed, and shows itself where a film is. */

import builtIn from '../../adapters.json';
import type { Adapter } from '../adapters.js';
import { Guest } from './guest.js';
import { isAlive, tell } from './link.js';

/** Frames without room for a film hold none. */
const SMALLEST = { width: 200, height: 120 };

/** Of this script's own world, so that no page sees it. */
const world = globalThis as { loaGuest?: { isDead: boolean } };

async function sites(): Promise<Adapter[]> {
  try {
    const answer = (await tell({ to: 'background', type: 'adapters' })) as { sites?: Adapter[] } | null;
    if (Array.isArray(answer?.sites)) return answer.sites;
  } catch {
    // The background is just being changed; what is built in will do.
  }
  return builtIn.sites;
}

async function begin(): Promise<void> {
  const guest = new Guest(await sites());
  world.loaGuest = guest;
  guest.start();
}

function whenThereIsRoom(): void {
  if (window.innerWidth >= SMALLEST.width && window.innerHeight >= SMALLEST.height) return void begin();
  window.addEventListener('resize', whenThereIsRoom, { once: true });
}

const isWeb = /^https?:/.test(location.href) || location.href === 'about:blank' || location.href === 'about:srcdoc';
if (isWeb && isAlive() && (!world.loaGuest || world.loaGuest.isDead)) {
  world.loaGuest = { isDead: false };
  whenThereIsRoom();
}
