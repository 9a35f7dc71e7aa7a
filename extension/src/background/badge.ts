/** The sign on the extension's icon. */

import type { Badge } from '../messages.js';

const SIGNS: Record<Badge, { text: string; colour: string }> = {
  off: { text: '', colour: '#5b6472' },
  consent: { text: '?', colour: '#8a5a00' },
  on: { text: '●', colour: '#1f7a4d' },
  paused: { text: '❚❚', colour: '#5b6472' },
  away: { text: '…', colour: '#8a5a00' },
  warning: { text: '!', colour: '#8a5a00' },
  alarm: { text: '!', colour: '#b3261e' },
  failed: { text: '×', colour: '#b3261e' },
};

export async function showBadge(badge: Badge): Promise<void> {
  const { text, colour } = SIGNS[badge] ?? SIGNS.off;
  const name = chrome.i18n.getMessage('extName');
  const words = chrome.i18n.getMessage(`badge_${badge}`);
  await Promise.all([
    chrome.action.setBadgeText({ text }),
    chrome.action.setBadgeBackgroundColor({ color: colour }),
    chrome.action.setBadgeTextColor({ color: '#ffffff' }),
    chrome.action.setTitle({ title: words ? `${name}: ${words}` : name }),
  ]);
}
