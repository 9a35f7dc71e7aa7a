/** Consent: the server's whole text, and the buttons under it. Nobody agrees to a text that is not in view. */

import { LoaAccount } from '../../../web/loa-account.js';
import type { Status } from '../messages.js';
import { byId, say, whileBusy } from '../forms/dom.js';
import { t, troubleText, type Trouble } from '../forms/words.js';
import type { Page } from './page.js';

export class ConsentSection {
  /** Version of the text in view; empty: there is none. */
  #version = '';
  #agreed = false;
  /** Whether there is a hub to agree to, and whether it knows what was agreed. */
  #there = false;
  #known = false;
  /** What the result in view is about; it goes when that is over. */
  #saidFor = false;

  constructor(private readonly page: Page) {
    byId('agree').addEventListener('click', () => void this.#agree());
    byId('withdraw').addEventListener('click', () => void this.#withdraw());
  }

  /** Fetches the text; without a server it is not there. */
  async load(there: boolean): Promise<void> {
    this.#version = '';
    byId('consent-missing').textContent = t(there ? 'options_consent_loading' : 'options_consent_away');
    this.#draw();
    if (!there) return;
    try {
      const current = await new LoaAccount({ server: this.page.settings.server }).consentText();
      this.#show(current.version, current);
    } catch {
      byId('consent-missing').textContent = t('options_consent_away');
    }
    this.#draw();
  }

  update(status: Status | null): void {
    this.#there = status !== null;
    const agreed = status?.consent === true;
    if (this.#agreed === this.#saidFor && agreed !== this.#saidFor) say(byId('consent-result'), '');
    this.#agreed = agreed;
    this.#known = status?.server === 'ok' || this.#agreed;
    this.#draw();
  }

  #show(version: string, { text, texts, language }: { text: string; texts?: Record<string, string>; language: string }): void {
    // Of the words around it, which may be another than the browser's.
    const wished = t('lang');
    const translated = texts && Object.hasOwn(texts, wished) ? texts[wished] : null;
    const quote = byId('consent-text');
    quote.textContent = translated ?? text;
    quote.lang = translated ? wished : language;
    byId('consent-version').textContent = t('options_consent_version', version);
    this.#version = version;
  }

  #draw(): void {
    const there = this.#version !== '';
    byId('consent-missing').hidden = there;
    byId('consent-whole').hidden = !there;
    byId('agree').hidden = !there || !this.#there || this.#agreed;
    byId('withdraw').hidden = !this.#agreed;
    byId('consent-state').hidden = !this.#known;
    byId('consent-state').textContent = t(this.#agreed ? 'options_consent_given' : 'options_consent_none');
    byId('consent-state').dataset.tone = this.#agreed ? 'good' : 'plain';
  }

  async #agree(): Promise<void> {
    const version = this.#version;
    await whileBusy([byId<HTMLButtonElement>('agree')], async () => {
      const { error } = await this.page.control.ask({ type: 'agree', version });
      this.#tell(error, true);
      if (error?.code === 'consent_outdated') await this.load(true);
    });
  }

  async #withdraw(): Promise<void> {
    await whileBusy([byId<HTMLButtonElement>('withdraw')], async () => {
      const { error } = await this.page.control.ask({ type: 'withdraw' });
      this.#tell(error, false);
    });
  }

  #tell(error: Trouble | null, agrees: boolean): void {
    this.#saidFor = error ? this.#agreed : agrees;
    const done = agrees ? 'options_consent_agreed' : 'options_consent_withdrawn';
    say(byId('consent-result'), error ? troubleText(error) : t(done), error ? 'bad' : 'plain');
  }
}
