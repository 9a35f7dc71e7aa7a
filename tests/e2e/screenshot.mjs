/** Makes the picture of the page for the README: node screenshot.mjs [target], by default docs/page.png. Takes a minute. */

import path from 'node:path';
import { ROOT, fixture, makeCamera, openBrowser, sleep, startServer, untilState } from './browser.mjs';

const target = path.resolve(process.argv[2] ?? path.join(ROOT, 'docs/page.png'));
const open = fixture('faces/open_640x480.jpg');
const closed = fixture('faces/closed_640x480.jpg');
const half = fixture('faces/half_closed_320x240.jpg');
const camera = makeCamera('readme', [
  [open, 15],
  [closed, 1],
  [open, 11],
  [half, 2],
  [closed, 8], // long enough for the pre-alarm's mark on the chart
  [open, 9],
  [closed, 1],
  [open, 30],
]);

const server = await startServer();
const { page, close } = await openBrowser({ camera, viewport: { width: 1280, height: 960 } });
await page.goto(server.url);
await page.getByRole('button', { name: 'Allow the camera' }).click();
await page.getByRole('switch', { name: 'Smoother' }).check();
await untilState(page, 'Eyes open');
await sleep(58_000);
await page.mouse.move(0, 0);
await page.screenshot({ path: target, fullPage: true });
await close();
await server.stop();
console.log(target);
