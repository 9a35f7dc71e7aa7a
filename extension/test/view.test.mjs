import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './bundle.mjs';

const { viewOf, phaseOf, badgeOf, DEFAULTS } = await load(`export * from './hub/view.ts'; export { DEFAULTS } from './messages.ts'`);

const ASKING = { progress: null, marks: [], ask: null, graded: null, sets: [], set: '', trouble: null };
/** @param {object} [more] */
const watched = (more) => ({
  title: 'Paging',
  ended: false,
  paused: false,
  welcomed: true,
  link: { name: 'open', code: null, reason: null },
  retryAt: null,
  camera: 'on',
  allowed: true,
  attention: 'attentive',
  alerts: [],
  cleared: null,
  quiz: ASKING,
  report: null,
  ...more,
});
/** @param {string} name @param {object} [more] */
const link = (name, more) => ({ link: { name, code: null, reason: null, ...more } });
const owner = { isWatched: true, subtitles: 'tracks', cameAt: 1000 };
const other = { ...owner, isWatched: false };
/** @param {any} state @param {any} [onlooker] */
const view = (state, onlooker = owner) => viewOf(state, onlooker, DEFAULTS);

test('phases', () => {
  assert.equal(phaseOf(null), 'off');
  assert.equal(phaseOf(watched()), 'on');
  assert.equal(phaseOf(watched({ welcomed: false, ...link('connecting') })), 'starting');
  assert.equal(phaseOf(watched(link('waiting'))), 'on', 'a lost connection is told beside it');
  assert.equal(phaseOf(watched({ paused: true })), 'paused');
  assert.equal(phaseOf(watched({ paused: true, ...link('signed-out') })), 'consent');
  assert.equal(phaseOf(watched(link('failed'))), 'failed');
  assert.equal(phaseOf(watched({ ended: true, ...link('failed') })), 'ended');
});

test('a guest that is not watched learns the title, and nothing else', () => {
  const alert = { n: 1, kind: 'absent', level: 'alarm', since: 1, at: 2 };
  const secret = watched({ alerts: [alert], quiz: { ...ASKING, set: 's' }, ...link('open') });
  const seen = view(secret, other);
  assert.equal(seen.phase, 'elsewhere');
  assert.equal(seen.elsewhere, 'Paging');
  assert.deepEqual([seen.alerts, seen.attention, seen.camera, seen.quiz.set, seen.connection], [[], null, 'off', '', 'idle']);
  assert.equal(view(watched({ ended: true }), other).phase, 'off');
  assert.equal(view(null, other).phase, 'off');
});

test('what is wrong', () => {
  assert.deepEqual(view(watched({ camera: 'denied' })).trouble, { code: 'camera_denied', detail: '' });
  assert.deepEqual(view(watched({ camera: 'lost' })).trouble?.code, 'camera_lost');
  assert.equal(view(watched()).trouble, null);
  assert.equal(view(watched(link('failed', { reason: 'text_too_large' }))).trouble?.code, 'text_too_large');
  assert.equal(view(watched(link('failed', { code: 4410 }))).trouble?.code, 'close_4410');
  assert.equal(view(watched({ allowed: false, welcomed: false, ...link('waiting') })).trouble?.code, 'server_permission');
});

test('a clearance from before the guest came is nothing to it', () => {
  const cleared = { n: 2, kind: 'absent', since: 0, at: 999 };
  assert.equal(view(watched({ cleared })).cleared, null);
  assert.deepEqual(view(watched({ cleared: { ...cleared, at: 1000 } })).cleared?.n, 2);
});

test('the sign on the icon', () => {
  const alert = (/** @type {string} */ level) => ({ alerts: [{ n: 1, kind: 'drowsy', level, since: 0, at: 0 }] });
  assert.equal(badgeOf(null), 'off');
  assert.equal(badgeOf(watched()), 'on');
  assert.equal(badgeOf(watched({ ended: true })), 'off');
  assert.equal(badgeOf(watched({ paused: true, ...alert('alarm') })), 'paused');
  assert.equal(badgeOf(watched(alert('alarm'))), 'alarm');
  assert.equal(badgeOf(watched(alert('pre_alarm'))), 'warning');
  assert.equal(badgeOf(watched(alert('cue'))), 'on');
  assert.equal(badgeOf(watched(link('waiting'))), 'away');
  assert.equal(badgeOf(watched({ camera: 'busy' })), 'failed');
});
