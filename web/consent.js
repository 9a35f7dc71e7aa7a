/** The learner's consent: the text that the page shows, and what pressing the button under it means to the server. */

import { AccountError, LoaAccount } from './loa-account.js';
import * as view from './view.js';

/** By the cookie of this server. */
export const account = new LoaAccount();
/** The version of the text on the page; empty: only the page's own short text is there, which nobody can agree to. */
let version = '';
/** Whether the button was pressed under that text since the page was loaded; then a line stands in its place. */
let agreed = false;

/** The learner has to read, and to press the button again. */
export class ConsentError extends Error {
  /** @param {'read' | 'outdated' | 'needed'} why the text was not there before, another one holds by now, or consent was
   *   withdrawn elsewhere */
  constructor(why) {
    super(why);
    this.name = 'ConsentError';
    this.why = why;
  }
}

/** Shows the text that holds now. @returns {Promise<boolean>} false: the server does not say */
export async function showText() {
  try {
    const current = await account.consentText();
    version = current.version;
    agreed = false;
    view.showConsent(current.text, current.language);
    return true;
  } catch {
    if (!version) view.showConsentMissing();
    return false;
  }
}

/** Whether the learner of this browser agreed before, and to the text that holds now. */
export async function holds() {
  try {
    await account.accessToken();
  } catch (error) {
    if (error instanceof AccountError && error.status === 401) return false;
    throw error;
  }
  return tellWithdraw();
}

/** “Withdraw consent” stands there once the page knows that there is consent. */
export function tellWithdraw() {
  const consent = account.learner?.consent === true;
  view.showWithdraw(consent);
  return consent;
}

/** The learner has pressed the button under the text. Rejects with a `ConsentError` when that was not enough. */
export async function agree() {
  if (!version) {
    if (await showText()) throw new ConsentError('read');
    throw new AccountError('unreachable', 'the server does not answer');
  }
  // Nobody agrees to a text that is not in view.
  if (agreed) return holdOn();
  try {
    agreed = (await account.ensureGuest({ version, timezone: timezone() })).consent;
  } catch (error) {
    if (!(error instanceof AccountError) || error.code !== 'consent_outdated') throw error;
  }
  tellWithdraw();
  if (agreed) return view.showAgreed(true);
  await askAnew('outdated');
}

/** For what needs no camera, and so no consent: a learner, made if this browser has none. */
export async function beSomebody() {
  await account.ensureGuest({ timezone: timezone() });
  tellWithdraw();
}

const timezone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** What was agreed to before is only looked up: it may be withdrawn elsewhere by now. */
async function holdOn() {
  account.forget();
  if (!(await holds())) await askAnew('needed');
}

/** @param {ConsentError['why']} why @returns {Promise<never>} */
async function askAnew(why) {
  account.forget();
  tellWithdraw();
  showWhole();
  await showText();
  throw new ConsentError(why);
}

/** The text stands there again, and counts as not agreed to. */
export function showWhole() {
  agreed = false;
  view.showAgreed(false);
}
