/**
 * Makes the pictures of the extension: node extension-picture.mjs [folder] [light|dark] [en|ko], by default into docs/ as
 * extension-pill.png, -warning, -alarm, -question, -quiz, -report, -popup and -options.
 */

import path from 'node:path';
import { ROOT, sleep, startServer, until } from './browser.mjs';
import { agree, openExtension, useLanguage, word, words } from './extension.mjs';
import { startSchool } from './lectures.mjs';
import { lookAt } from './overlay.mjs';

const [folder = path.join(ROOT, 'docs'), scheme = 'light', language = 'en'] = process.argv.slice(2);
const PRESET = 'attention.presets.default';
useLanguage(language);
const [school, server] = await Promise.all([
  startSchool(),
  startServer({ set: { [`${PRESET}.eyes_closed_prealarm_ms`]: 3000, [`${PRESET}.eyes_closed_alarm_ms`]: 7000, 'quiz.pause_ms': 0 } }),
]);
const extension = await openExtension({
  scheme: scheme === 'dark' ? 'dark' : 'light',
  language,
  scale: 2,
  viewport: { width: 1024, height: 720 },
});
/** @param {import('playwright-core').Page} page @param {string} name @param {object} [how] */
const take = (page, name, how = {}) => page.screenshot({ path: path.join(path.resolve(folder), `extension-${name}.png`), ...how });

await agree(extension, server);
await extension.show('open');
const page = await extension.context.newPage();
await page.goto(`${school.url}/lecture`);
const ui = await lookAt(page);
const press = async (/** @type {string} */ key) => {
  if ((await ui.find('dialog', word('guest_panel'))).length === 0) await ui.click('button', words('guest_pill_label'));
  await ui.click('button', word(key));
};
// Questions that are jumped over are asked: the place comes first.
await ui.seek(240);
await press('guest_start');
await ui.get('button', words('guest_state_attentive'));
await until('the questions', async () => (await ui.find('button', words('guest_mark_ahead'))).length >= 3);
if ((await ui.find('dialog', word('guest_panel'))).length === 0) await ui.click('button', words('guest_pill_label'));
await sleep(800);
await take(page, 'pill');

const popup = await extension.popup();
await sleep(1000);
await take(popup, 'popup', { fullPage: true });
await popup.close();
await page.bringToFront();

await page.keyboard.press('Escape');
await ui.play();
await sleep(3000);
await extension.show('closed');
await ui.text(words('guest_alert_eyes_closed_pre_alarm'));
await sleep(700);
await take(page, 'warning');
await ui.get('alertdialog', words('guest_alert_eyes_closed_alarm'));
await sleep(700);
await take(page, 'alarm');
await extension.show('open');
await ui.get('alertdialog', word('guest_back_head'));
await page.keyboard.press('Enter');
await ui.pause();
const [, second] = await ui.find('button', words('guest_mark_ahead'));
await ui.click('button', second.name);
await ui.get('button', word('guest_quiz_skip'));
await sleep(800);
await take(page, 'question');
await page.keyboard.press('2');
await ui.get('button', word('guest_quiz_continue'));
await sleep(800);
await take(page, 'quiz');
await page.keyboard.press('Enter');
await press('guest_stop');
await ui.get('heading', word('guest_report_head'));
await sleep(800);
await take(page, 'report');

const { options } = extension;
await options.bringToFront();
await options.reload();
await options.getByText(word('options_consent_given')).waitFor();
await sleep(500);
await take(options, 'options', { fullPage: true });
await extension.close();
await server.stop();
await school.close();
