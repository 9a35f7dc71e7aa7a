/** Makes the picture of a report for the README: node report-picture.mjs [target], by default docs/report.png. */

import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { BINARY, ROOT, openBrowser, startServer } from './browser.mjs';

const target = path.resolve(process.argv[2] ?? path.join(ROOT, 'docs/report.png'));
const server = await startServer();
const kept = { 'database.path': 'loa.sqlite3', 'auth.key_file': 'loa.key', 'server.bind': new URL(server.url).host };
const settings = Object.entries(kept).flatMap(([name, value]) => [
  '--set',
  `${name}=${name === 'server.bind' ? value : path.join(server.home, value)}`,
]);
const told = execFileSync(BINARY, ['demo', '--days', '40', '--yes', ...settings], { cwd: ROOT, encoding: 'utf8' });
const link = /http:\S+\/enter\?token=\S+/.exec(told)[0];
const { page, close } = await openBrowser({ viewport: { width: 1100, height: 1180 } });
await page.goto(link);
await page.getByRole('button').first().click();
// An English lecture with something to look back on.
await page.goto(`${server.url}/sessions?search=${encodeURIComponent('Algorithms')}`);
await page.locator('main a[href^="/sessions/"]').nth(Number(process.argv[3] ?? 0)).click();
await page.screenshot({ path: target });
await close();
await server.stop();
console.log(target);
