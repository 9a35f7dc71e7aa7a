/** The server's address: checked as it is typed in, allowed by the browser, and answered by a Loa server. */

import { byId, say, whileBusy } from '../forms/dom.js';
import { checkHealth, readAddress, type Health } from '../forms/server.js';
import { patternOf, removeSite } from '../forms/sites.js';
import { t } from '../forms/words.js';
import { change, type Page } from './page.js';

const GOOD: readonly Health[] = ['ready', 'degraded'];
/** It is a Loa server, though it may not work right now. */
const WORTH_KEEPING: readonly Health[] = [...GOOD, 'starting', 'stopping'];

export class ServerSection {
  #field = byId<HTMLInputElement>('server-address');
  #save = byId<HTMLButtonElement>('server-save');
  #anyway = byId<HTMLButtonElement>('server-anyway');
  #result = byId('server-result');

  /** @param known called after every check with whether a Loa server answers */
  constructor(
    private readonly page: Page,
    private readonly known: (answers: boolean) => void,
  ) {
    this.#field.value = page.settings.server;
    byId('server-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#field.addEventListener('input', () => this.#save.classList.add('main'));
  }

  /** Asks the server of the settings how it is. */
  async check(): Promise<void> {
    const { server } = this.page.settings;
    if (await chrome.permissions.contains({ origins: [patternOf(server)] })) return this.#tell(await checkHealth(server), server);
    say(this.#result, t('options_server_unasked', server));
    this.known(false);
  }

  #submit(): void {
    const address = readAddress(this.#field.value);
    if ('wrong' in address) return this.#refuse(t(`options_server_${address.wrong}`));
    this.#field.value = address.origin;
    if (address.plain) return this.#refuse(t('options_server_plain'), address.origin);
    void this.#use(address.origin, false);
  }

  /** Begins with the question to the browser, which has to come right after a click. @param insists even if nobody answers there now */
  async #use(origin: string, insists: boolean): Promise<void> {
    await whileBusy([this.#save, this.#anyway], async () => {
      const site = { origins: [patternOf(origin)] };
      const before = chrome.permissions.contains(site);
      if (!(await chrome.permissions.request(site))) return this.#refuse(t('options_server_refused', origin));
      say(this.#result, t('options_server_checking'));
      const health = await checkHealth(origin);
      const away = health === 'unreachable';
      if (!WORTH_KEEPING.includes(health) && !(insists && away)) {
        // It was asked for in vain, and would look like a site that the learner has chosen.
        if (!(await before)) await removeSite(patternOf(origin));
        return this.#refuse(t(`options_server_${health}`, origin), away ? origin : '');
      }
      await this.#keep(origin);
      this.#tell(health, origin);
    });
  }

  /** The permission for the server of before is given back: it was asked for only to talk to it. */
  async #keep(origin: string): Promise<void> {
    const before = this.page.settings.server;
    const kept = await change(this.page, { server: origin });
    if (kept && patternOf(before) !== patternOf(origin)) await removeSite(patternOf(before));
  }

  #tell(health: Health, origin: string): void {
    const good = GOOD.includes(health);
    say(this.#result, t(`options_server_${health}`, origin), good ? 'good' : 'bad');
    this.#field.removeAttribute('aria-invalid');
    this.#anyway.hidden = true;
    this.#save.classList.toggle('main', !good);
    this.known(good);
  }

  /** What is wrong with what was typed; with an `origin` it can be used all the same. */
  #refuse(text: string, origin = ''): void {
    say(this.#result, text, 'bad');
    this.#field.setAttribute('aria-invalid', 'true');
    this.#anyway.hidden = origin === '';
    this.#anyway.onclick = () => void this.#use(origin, true);
    if (!origin) this.#field.focus();
  }
}
