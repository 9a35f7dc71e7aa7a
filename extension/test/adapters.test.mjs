import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { load } from './bundle.mjs';

const { readAdapters, readSettings, webOrigin, readLimited, DEFAULTS } = await load(
  `export * from './adapters.ts'; export * from './settings.ts'; export * from './background/limited.ts'; export { DEFAULTS } from './messages.ts'`,
);
const site = { id: 'school', match: ['https://*.school.example/watch*'] };

test('the built-in adapters are sound', () => {
  const built = JSON.parse(readFileSync(new URL('../adapters.json', import.meta.url), 'utf8'));
  assert.deepEqual(readAdapters(built), built);
});

test('adapters are taken whole or not at all', () => {
  assert.deepEqual(readAdapters({ version: 1, sites: [{ ...site, later: 1 }] }), { version: 1, sites: [site] });
  const wrong = [
    null,
    [],
    { version: 2, sites: [] },
    { version: 1, sites: {} },
    { version: 1, sites: [site, site] },
    { version: 1, sites: [{ ...site, id: 'A b' }] },
    { version: 1, sites: [{ ...site, match: ['<all_urls>'] }] },
    { version: 1, sites: [{ ...site, match: ['file:///*'] }] },
    { version: 1, sites: [{ ...site, match: 'https://a/*' }] },
    { version: 1, sites: [{ ...site, video: 'a'.repeat(201) }] },
    { version: 1, sites: [{ ...site, video: 7 }] },
    { version: 1, sites: [{ ...site, keep: ['a&b'] }] },
    { version: 1, sites: Array.from({ length: 201 }, (_, i) => ({ ...site, id: `s${i}` })) },
  ];
  for (const value of wrong) assert.equal(readAdapters(value), null, JSON.stringify(value)?.slice(0, 80));
});

test('settings of another kind are as at the beginning', () => {
  assert.deepEqual(readSettings(undefined), DEFAULTS);
  assert.deepEqual(readSettings({ server: 'javascript:1', volume: 7, preset: 'x', sounds: 'no', camera: null }), DEFAULTS);
  const mine = { ...DEFAULTS, server: 'https://loa.example', volume: 0, preset: 'strict', quizzes: false };
  assert.deepEqual(readSettings({ ...mine, server: 'https://loa.example/path?x', other: 1 }), mine);
  assert.equal(webOrigin('ftp://a'), null);
});

test('an answer that is too long is not read to its end', async () => {
  assert.equal(await readLimited(new Response('né'), 3), 'né');
  await assert.rejects(readLimited(new Response('four'), 3), RangeError);
});
