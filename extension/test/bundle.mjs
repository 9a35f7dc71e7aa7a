/** The extension's parts for tests: bundled as for the browser, loaded in Node. */

import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';

/** @param {string} source what it would say that imports from 'src/…', as `export * from './hub/parse.ts'` */
export async function load(source) {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: fileURLToPath(new URL('../src/', import.meta.url)), loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    loader: { '.css': 'text' },
    define: { VERSION: '"test"' },
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}
