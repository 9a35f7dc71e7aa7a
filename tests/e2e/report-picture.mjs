/** Makes the picture of a report for the README: node report-picture.mjs [target], by default docs/report.png. */

import path from 'node:path';
import { ROOT, demoLink, openBrowser, startServer } from './browser.mjs';

const target = path.resolve(process.argv[2] ?? path.join(ROOT, 'docs/report.png'));
const server = await startServer();
const { page, close } = await openBrowser({ viewport: { width: 1100, height: 1180 } });
await page.goto(demoLink(server));
await page.getByRole('button').first().click();
// An English lecture with something to look back on.
await page.goto(`${server.url}/sessions?search=${encodeURIComponent('Algorithms')}`);
await page.locator('main a[href^="/sessions/"]').nth(Number(process.argv[3] ?? 0)).click();
await page.screenshot({ path: target });
await close();
await server.stop();
console.log(target);
