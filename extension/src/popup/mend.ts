/** What stands in the way, one thing at a time, and the place in the options that mends it. */

import type { Camera, Status } from '../messages.js';

export interface Mend {
  /** Key of the sentence; the button's has `_do` behind it. */
  key: string;
  /** Section of the options. */
  section: string;
}

const BLIND: readonly (Camera | undefined)[] = ['denied', 'missing', 'busy', 'lost'];

/**
 * @param there whether there is a hub
 * @param mayTalk whether the permission for the server's origin is granted
 */
export function whatToMend(status: Status | null, there: boolean, mayTalk: boolean): Mend | null {
  if (!there) return { key: 'forms_hub_missing', section: '' };
  if (!mayTalk) return { key: 'popup_mend_permission', section: 'server' };
  if (!status) return null;
  if (status.server === 'away') return { key: 'popup_mend_server', section: 'server' };
  const asked = status.view?.phase === 'consent';
  if (asked || (status.server === 'ok' && !status.consent)) return { key: 'popup_mend_consent', section: 'consent' };
  if (BLIND.includes(status.view?.camera)) return { key: 'popup_mend_camera', section: 'camera' };
  return null;
}
