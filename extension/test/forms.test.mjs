/** Popup and options: addresses, tabs, what stands in the way, and that every word is there in both languages. */

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path) => readFileSync(`${root}/${path}`, 'utf8');

/** @param {string} path of a module below src/ */
async function load(path) {
  const { outputFiles } = await build({
    entryPoints: [`${root}/src/${path}`],
    bundle: true,
    write: false,
    format: 'esm',
    logLevel: 'error',
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}

const { readAddress, readLink } = await load('forms/server.ts');
const { covers, patternOf, readTab, removalText, removeSite, siteName, sitesOf } = await load('forms/sites.ts');
const { whatToMend } = await load('popup/mend.ts');

test('a server is typed as people type', () => {
  const origins = {
    'https://loa.example': 'https://loa.example',
    '  https://Loa.Example/sessions?x=1 ': 'https://loa.example',
    'loa.example': 'https://loa.example',
    'loa.example:8443/': 'https://loa.example:8443',
    'localhost:8080': 'http://localhost:8080',
    'http://[::1]:8080': 'http://[::1]:8080',
    'https://user:secret@loa.example': 'https://loa.example',
  };
  for (const [typed, origin] of Object.entries(origins)) assert.deepEqual(readAddress(typed), { origin, plain: false }, typed);
  assert.deepEqual(readAddress('   '), { wrong: 'empty' });
  for (const typed of ['foo bar', 'ftp://loa.example', 'javascript:alert(1)', 'https://', 'https://*/', 'http://a b/'])
    assert.deepEqual(readAddress(typed), { wrong: 'bad' }, typed);
});

test('http is private on this computer only', () => {
  for (const here of ['http://127.0.0.1', 'http://127.3.2.1:80', 'http://loa.localhost:1', 'http://[::1]'])
    assert.equal(readAddress(here).plain, false, here);
  for (const far of ['http://10.0.0.4:8080', 'http://loa.example', 'http://localhost.example', 'http://127.0.0.1.example'])
    assert.equal(readAddress(far).plain, true, far);
});

test('an entry link is of this server', () => {
  const server = 'http://127.0.0.1:8080';
  assert.equal(readLink(` ${server}/enter?token=abc&next=%2Fme `, server).link, `${server}/enter?token=abc&next=%2Fme`);
  assert.equal(readLink('', server).wrong, 'empty');
  for (const bad of ['abc', `${server}/enter`, `${server}/enter?token=`, `${server}/sessions?token=abc`])
    assert.equal(readLink(bad, server).wrong, 'bad', bad);
  assert.deepEqual(readLink('http://127.0.0.1:9/enter?token=abc', server), { wrong: 'other', origin: 'http://127.0.0.1:9' });
});

test('a tab is a web page, or it says what else', () => {
  assert.deepEqual(readTab('https://www.youtube.com/watch?v=1'), {
    kind: 'web',
    origin: 'https://www.youtube.com',
    host: 'www.youtube.com',
    pattern: 'https://www.youtube.com/*',
  });
  assert.equal(readTab('http://127.0.0.1:5000/x').pattern, 'http://127.0.0.1:5000/*');
  assert.equal(readTab('file:///home/x.mp4').kind, 'file');
  assert.equal(readTab('https://chromewebstore.google.com/detail/x').kind, 'store');
  for (const url of [undefined, '', 'chrome://newtab/', 'about:blank', 'data:text/html,x']) assert.equal(readTab(url).kind, 'other');
});

test('sites are all that is granted but the server', () => {
  const granted = ['https://b.example/*', 'http://127.0.0.1:8080/*', 'https://a.example/*', 'chrome://favicon/*'];
  assert.deepEqual(sitesOf(granted, 'http://127.0.0.1:8080'), ['https://a.example/*', 'https://b.example/*']);
  assert.equal(patternOf('https://a.example:8443'), 'https://a.example:8443/*');
  assert.equal(siteName('https://a.example/*'), 'a.example');
  assert.equal(siteName('*://*.a.example/*'), '*.a.example');
  assert.equal(siteName('http://a.example/*'), 'http://a.example');
  for (const all of ['<all_urls>', '*://*/*', 'https://*/*']) assert.equal(siteName(all), null);
});

test('a pattern covers narrower ones', () => {
  const site = 'https://www.a.example:8443/*';
  for (const broad of ['<all_urls>', '*://*/*', 'https://*/*', 'https://*.a.example/*', '*://*.www.a.example/*', 'https://www.a.example/*', 'https://*.a.example:8443/*'])
    assert.equal(covers(broad, site), true, broad);
  for (const other of [site, 'http://*/*', 'https://a.example/*', 'https://*.b.example/*', 'https://*.w.a.example/*', 'https://*/x', 'nonsense', 'https://*.a.example:1/*'])
    assert.equal(covers(other, site), false, other);
});

test('a site that is removed is gone, with what is broader and holds for it; or it is said that it cannot', async (t) => {
  /** @type {Set<string>} */
  let granted;
  let required = [];
  globalThis.chrome = {
    i18n: { getMessage: (key, values) => [key, ...values].join(' ') },
    runtime: { getManifest: () => ({ host_permissions: required }) },
    permissions: {
      contains: async ({ origins: [pattern] }) => [...granted].some((each) => each === pattern || covers(each, pattern)),
      getAll: async () => ({ origins: [...granted] }),
      remove: async ({ origins: [pattern] }) => {
        if (required.includes(pattern)) throw new Error('required');
        granted.delete(pattern);
        return true;
      },
    },
  };
  t.after(() => delete globalThis.chrome);
  const site = 'https://a.example/*';
  const take = async (...all) => {
    granted = new Set(all);
    return removalText(await removeSite(site), 'a.example', 'gone');
  };
  assert.equal(await take(site, 'https://b.example/*'), 'gone');
  assert.deepEqual([...granted], ['https://b.example/*']);
  assert.equal(await take(site, 'https://*/*', 'https://b.example/*'), 'forms_site_gone_with a.example options_sites_all');
  assert.deepEqual([...granted], ['https://b.example/*']);
  required = ['*://*.example/*'];
  assert.equal(await take(site, '*://*.example/*'), 'forms_site_kept_by a.example *.example');
});

test('one thing stands in the way at a time', () => {
  const status = { server: 'ok', learner: 'x', consent: true, title: null, view: null };
  const section = (...all) => whatToMend(...all)?.section ?? null;
  assert.equal(section(status, true, true), null);
  assert.equal(section(null, true, true), null);
  assert.equal(section(null, false, true), '');
  assert.equal(section(status, true, false), 'server');
  assert.equal(section({ ...status, server: 'away', consent: false }, true, true), 'server');
  assert.equal(section({ ...status, consent: false }, true, true), 'consent');
  assert.equal(section({ ...status, server: 'unknown', consent: false }, true, true), null);
  assert.equal(section({ ...status, view: { camera: 'denied' } }, true, true), 'camera');
  assert.equal(section({ ...status, view: { camera: 'opening' } }, true, true), null);
});

test('every word is there in both languages', () => {
  const en = JSON.parse(read('_locales/en/messages.json'));
  const ko = JSON.parse(read('_locales/ko/messages.json'));
  assert.deepEqual(Object.keys(en).sort(), Object.keys(ko).sort());
  const gaps = ({ message }) => [...new Set(message.match(/\$\d|\$\w+\$/g))].sort();
  for (const key of Object.keys(en)) {
    assert.ok(en[key].message && ko[key].message, key);
    assert.deepEqual(gaps(en[key]), gaps(ko[key]), key);
  }
  assert.ok(en.extDescription.message.length <= 132 && ko.extDescription.message.length <= 132);
  for (const page of ['src/popup/popup.html', 'src/options/options.html']) {
    for (const [, key] of read(page).matchAll(/data-t(?:-label)?="([^"]*)"/g)) assert.ok(en[key], `${page}: ${key}`);
  }
  for (const folder of ['src/popup', 'src/options', 'src/forms']) {
    for (const name of readdirSync(`${root}/${folder}`).filter((each) => each.endsWith('.ts'))) {
      for (const [, key] of read(`${folder}/${name}`).matchAll(/\bt\(\s*'([^']+)'/g)) assert.ok(en[key], `${name}: ${key}`);
    }
  }
});
