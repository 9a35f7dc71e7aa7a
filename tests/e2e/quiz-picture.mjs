/** Makes the picture of a quiz for the README: node quiz-picture.mjs [target], by default docs/quiz.png. */

import path from 'node:path';
import { ROOT, drop, fileToDrop, makeFilm, openBrowser, scratch, startServer } from './browser.mjs';

const target = path.resolve(process.argv[2] ?? path.join(ROOT, 'docs/quiz.png'));
/** What the lecturer would show. */
const SLIDE = `<style>
  body { margin: 0; padding: 70px 90px; background: #fdfcf8; color: #22304a; font: 30px/1.5 system-ui, sans-serif }
  h1 { margin: 0 0 30px; font-size: 54px } table { border-collapse: collapse; margin-top: 40px }
  td { border: 2px solid #22304a; padding: 8px 34px }
</style>
<h1>Page tables</h1>A page table maps virtual pages to physical frames.
<table><tr><td>page</td><td>frame</td><td>valid</td></tr><tr><td>0</td><td>5</td><td>1</td></tr>
<tr><td>1</td><td>2</td><td>1</td></tr><tr><td>2</td><td>–</td><td>0</td></tr></table>`;

const server = await startServer();
const { page, close } = await openBrowser({ viewport: { width: 1080, height: 880 } });
await page.setViewportSize({ width: 1280, height: 720 });
await page.setContent(SLIDE);
const slide = path.join(scratch, 'slide.png');
await page.screenshot({ path: slide });
await page.setViewportSize({ width: 1080, height: 880 });
await page.goto(server.url);
await drop(page, fileToDrop(makeFilm(slide, 680, 1), 'video/webm'), fileToDrop('lectures/os-paging.en.vtt', 'text/vtt'));
await page.getByText(/^\d+ questions\.$/).waitFor();
/** Some are answered, so that the marks tell their tale; the second one is the picture's. */
for (const mark of [0, 2, 1]) {
  await page.getByRole('button', { name: /^Question at/ }).nth(mark).click();
  await page.locator('#quiz[data-phase="asking"]').waitFor();
  await page.keyboard.press(String(mark + 1));
  await page.locator('#quiz[data-phase="graded"]').waitFor();
  if (mark !== 1) await page.keyboard.press('Enter');
}
await page.mouse.move(0, 0);
await page.screenshot({ path: target });
await close();
await server.stop();
console.log(target);
