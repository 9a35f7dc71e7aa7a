/**
 * Builds the extension: dist/ (to be loaded unpacked) and loa-extension.zip beside it (to be handed in). The same sources give the same
 * bytes. `node build.mjs FOLDER` writes to another folder.
 */
import { build } from 'esbuild';
import { zipSync } from 'fflate';
import { cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('.', import.meta.url));
const dist = process.argv[2] ? resolve(process.argv[2]) : join(root, 'dist');

/** What runs, by the name that it has in dist/. */
const SCRIPTS = {
  background: 'src/background.ts',
  hub: 'src/hub/hub.ts',
  guest: 'src/guest/main.ts',
  popup: 'src/popup/popup.ts',
  options: 'src/options/options.ts',
};
/** What is taken as it is, and where to. */
const COPIES = { static: '.', _locales: '_locales', 'adapters.json': 'adapters.json' };
/** Pages beside their scripts. */
const PAGES = ['src/popup', 'src/options'];
const ZIP_DATE = new Date(1980, 0, 1);

async function bundle() {
  const { version } = JSON.parse(await readFile(join(root, 'static/manifest.json'), 'utf8'));
  await build({
    entryPoints: SCRIPTS,
    absWorkingDir: root,
    outdir: dist,
    bundle: true,
    format: 'iife',
    target: ['chrome116', 'firefox128'],
    charset: 'utf8',
    loader: { '.css': 'text' },
    define: { VERSION: JSON.stringify(version) },
    logLevel: 'warning',
  });
}

async function copy() {
  for (const [from, to] of Object.entries(COPIES)) {
    await cp(join(root, from), join(dist, to), { recursive: true });
  }
  for (const folder of PAGES) {
    for (const name of await readdir(join(root, folder))) {
      if (/\.(html|css)$/.test(name)) await cp(join(root, folder, name), join(dist, name));
    }
  }
}

/** @returns {Promise<string[]>} names below dist/, in order */
async function listFiles() {
  const all = await readdir(dist, { recursive: true, withFileTypes: true });
  const files = all.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name));
  return files.map((path) => path.slice(dist.length + 1).replaceAll('\\', '/')).sort();
}

async function pack() {
  /** @type {import('fflate').Zippable} */
  const files = {};
  for (const name of await listFiles()) files[name] = [await readFile(join(dist, name)), { mtime: ZIP_DATE, level: 9 }];
  await writeFile(join(dirname(dist), 'loa-extension.zip'), zipSync(files));
}

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
await bundle();
await copy();
await pack();
