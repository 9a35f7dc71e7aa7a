/** Who the learner is: a guest, somebody with an entry link, or nobody yet. */

import type { Status } from '../messages.js';
import { byId, say, whileBusy } from '../forms/dom.js';
import { readLink } from '../forms/server.js';
import { t, troubleText } from '../forms/words.js';
import type { Page } from './page.js';

type Who = 'nobody' | 'guest' | 'signed_in';

export class LearnerSection {
  #who: Who = 'nobody';
  /** Who the result in view is about; it goes when that is over. */
  #saidFor: Who = 'nobody';

  constructor(private readonly page: Page) {
    byId('link-form').addEventListener('submit', (event) => {
      event.preventDefault();
      void whileBusy([byId<HTMLButtonElement>('sign-in')], () => this.#signIn());
    });
    byId('sign-out').addEventListener('click', () => this.#ask(true));
    byId('sign-out-no').addEventListener('click', () => this.#ask(false));
    byId('sign-out-yes').addEventListener('click', () => void whileBusy([byId<HTMLButtonElement>('sign-out-yes')], () => this.#signOut()));
    this.update(null);
  }

  update(status: Status | null): void {
    const learner = status?.learner ?? null;
    const who: Who = learner === null ? 'nobody' : status?.guest === false ? 'signed_in' : 'guest';
    if (this.#who === this.#saidFor && who !== this.#saidFor) say(byId('learner-result'), '');
    this.#who = who;
    byId('learner-who').textContent = t(`options_learner_${who}`);
    byId('learner-help').textContent = t(`options_learner_${who}_help`);
    const leaves = who === 'signed_in' ? 'sign_out' : 'forget';
    byId('sign-out').textContent = t(`options_${leaves}`);
    byId('sign-out-text').textContent = t(`options_${leaves}_sure`);
    byId('sign-out-yes').textContent = t(`options_${leaves}_yes`);
    const asking = !byId('sign-out-sure').hidden;
    byId('sign-out').hidden = learner === null || asking;
    if (learner === null) byId('sign-out-sure').hidden = true;
  }

  async #signIn(): Promise<void> {
    const field = byId<HTMLInputElement>('link');
    const result = byId('learner-result');
    const { server } = this.page.settings;
    const read = readLink(field.value, server);
    if ('wrong' in read) {
      field.setAttribute('aria-invalid', 'true');
      field.focus();
      this.#saidFor = this.#who;
      return say(result, this.#wrong(read, server), 'bad');
    }
    field.removeAttribute('aria-invalid');
    const { error } = await this.page.control.ask({ type: 'sign-in', link: read.link });
    if (!error) field.value = '';
    this.#saidFor = error ? this.#who : 'signed_in';
    say(result, error ? troubleText(error) : t('options_signed_in'), error ? 'bad' : 'good');
  }

  #wrong({ wrong, origin }: { wrong: 'empty' | 'bad' | 'other'; origin: string }, server: string): string {
    if (wrong === 'other') return t('options_link_other', origin, server);
    return t(`options_link_${wrong}`, `${server}/enter?token=…`);
  }

  /** The question before a step that cannot be taken back. */
  #ask(asks: boolean): void {
    byId('sign-out-sure').hidden = !asks;
    byId('sign-out').hidden = asks;
    say(byId('learner-result'), '');
    byId(asks ? 'sign-out-no' : 'sign-out').focus();
  }

  async #signOut(): Promise<void> {
    const wasGuest = this.page.control.status?.guest !== false;
    const { error } = await this.page.control.ask({ type: 'sign-out' });
    byId('sign-out-sure').hidden = true;
    this.#saidFor = error ? this.#who : 'nobody';
    this.update(this.page.control.status);
    say(byId('learner-result'), error ? troubleText(error) : t(wasGuest ? 'options_forgotten' : 'options_signed_out'), error ? 'bad' : 'plain');
    byId('link').focus();
  }
}
