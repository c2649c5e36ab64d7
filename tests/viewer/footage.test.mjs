// Recordings as people read them: titles by local time, what a stretch means, sizes of clips, gaps and their reasons, the disk.
import test from 'ava';
import { load } from './load.mjs';

// Node has one of its own from 21 on; the languages of the reader are those of the test
Object.defineProperty(globalThis, 'navigator', { value: { languages: ['en-US'] }, configurable: true });

const titles = await load('recording-title.ts');
const { fileSpan } = await load('recording-route.ts');
const purge = await load('day/purge.ts');
const { contentOf } = await load('day/clip-panel.ts');
const { gapsOf, isMissed, parseChanges, recordedMs } = await load('day/gaps.ts');
const { parseStorage } = await load('day/data.ts');
const { parseStatus } = await load('status.ts');

const at = (/** @type {string} */ time) => Date.parse(`2026-11-24T${time}Z`);
const now = at('18:00:00');
// of Node 24 and of Chromium: a narrow space stands before AM and PM
const plain = (/** @type {string} */ text) => text.replace(/\s/gu, ' ');

test('a recording is called by its time: today, yesterday, a date, over midnight, of seconds, going on, without a clock', (t) => {
    const of = (/** @type {number} */ start, /** @type {number | undefined} */ end) => plain(titles.spanTitle(start, end, now));
    t.is(of(at('14:03:00'), at('14:33:10')), 'Today 2:03 PM – 2:33 PM');
    t.is(of(at('14:03:00') - 86_400_000, at('14:33:10') - 86_400_000), 'Yesterday 2:03 PM – 2:33 PM');
    t.is(of(at('14:03:00') - 3 * 86_400_000, at('14:33:10') - 3 * 86_400_000), 'Nov 21, 2026 2:03 PM – 2:33 PM');
    t.is(of(at('23:50:00') - 86_400_000, at('00:20:00')), 'Yesterday 11:50 PM – Today 12:20 AM');
    t.is(of(at('14:03:05'), at('14:03:25')), 'Today 2:03:05 PM – 2:03:25 PM');
    t.is(of(at('14:03:05'), undefined), 'Today 2:03 PM – now');
    const path = '/recordings/front/ocellus_20261121T025100.123Z_20261121T032100.123Z.mp4';
    t.deepEqual(fileSpan(path), { start: Date.parse('2026-11-21T02:51:00.123Z'), end: Date.parse('2026-11-21T03:21:00.123Z') });
    t.deepEqual(fileSpan('/recordings/front/ocellus_20261121T025100Z_open.mp4'), { start: Date.parse('2026-11-21T02:51:00Z'), end: undefined });
    t.is(titles.pathTitle('/recordings/front/ocellus_m0000001_m0000002.mp4'), 'ocellus_m0000001_m0000002.mp4');
    t.is(titles.localName('front', at('14:03:05')), 'front 2026-11-24 14.03.05.mp4');
});

test('a day has each file once, by its middle; a marked stretch all that touch it; what is kept or written stays', (t) => {
    const file = (/** @type {number} */ startMs, /** @type {number} */ endMs, more = {}) => ({ channel: 'front', path: `${startMs}`, startMs, endMs, bytes: 10, open: false, isProtected: false, ...more });
    const midnight = at('00:00:00');
    const [early, late] = [file(midnight - 1_200_000, midnight + 600_000), file(midnight - 600_000, midnight + 1_200_000)];
    const found = [early, late, file(midnight + 2e6, midnight + 3e6, { isProtected: true }), file(midnight + 4e6, midnight + 5e6, { open: true }), file(0, 1, { startMs: undefined })];
    const day = { from: midnight, to: midnight + 86_400_000 };
    t.deepEqual(purge.doomedOf(found, day, 'belong'), { goes: [late], kept: 1, open: 1 });
    t.deepEqual(purge.doomedOf(found, { from: midnight - 86_400_000, to: midnight }, 'belong'), { goes: [early], kept: 0, open: 0 });
    t.deepEqual(purge.doomedOf(found, day, 'touch').goes, [early, late]);
});

test('a clip is as large as the part of the recordings that it has', (t) => {
    const spans = [
        { start: 0, end: 10_000, bytes: 1000 },
        { start: 20_000, end: 30_000, bytes: 500 },
    ];
    t.deepEqual(contentOf(spans, { from: 5000, to: 25_000 }), { ms: 10_000, bytes: 750 });
    t.deepEqual(contentOf(spans, { from: 11_000, to: 19_000 }), { ms: 0, bytes: 0 });
    t.is(recordedMs(spans, { from: 5000, to: 25_000 }), 10_000);
});

test('gaps say why: deleted, privacy, disk, camera, off; what nobody knows says so', (t) => {
    const day = { from: at('00:00:00'), to: at('00:00:00') + 86_400_000 };
    const log = (/** @type {string} */ time, /** @type {string} */ kind, code = 0, channel = '') => ({ number: 0, atMs: at(time), channel, kind, code, text: '' });
    const span = (/** @type {string} */ from, /** @type {string} */ to) => ({ start: at(from), end: at(to), bytes: 1 });
    const spans = [span('01:00:00', '02:00:00'), span('03:00:00', '04:00:00'), span('05:00:00', '06:00:00'), span('07:00:00', '08:00:00'), span('09:00:00', '10:00:00'), span('10:00:02', '11:00:00')];
    const facts = {
        channel: 'front',
        deleted: [{ path: '/recordings/front/ocellus_20261124T000000.000Z_20261124T010000.000Z.mp4', bytes: 1, start: undefined, at: 0, why: 'age' }],
        log: [log('02:00:03', 'privacy', 1), log('03:00:00', 'privacy', 0), log('04:00:01', 'source-lost', -1, 'front'), log('05:00:00', 'source-resumed', 0, 'front'), log('06:00:01', 'source-lost', -1, 'yard'), log('08:00:02', 'record-failed', -1, 'front'), log('08:59:00', 'record-recovered', 0, 'front')],
        kept: [],
        changes: [],
        startedMs: at('06:59:50'),
        oldest: at('01:00:00'),
    };
    const gaps = gapsOf(spans, day, at('12:00:00'), facts);
    t.deepEqual(
        gaps.map((/** @type {any} */ { from, reason }) => [new Date(from).toISOString().slice(11, 16), reason.kind === 'deleted' ? reason.why : reason.kind]),
        [
            ['00:00', 'age'],
            ['02:00', 'privacy'],
            ['04:00', 'camera'],
            ['06:00', 'off'],
            ['08:00', 'disk'],
            ['11:00', 'unknown'],
        ],
    );
    t.is(gapsOf(spans, day, at('12:00:00'), { ...facts, deleted: [] })[0].reason.kind, 'before');
    t.true(gaps.at(-1).to < at('12:00:00'), 'what comes has no gap yet');
    // pauses of a camera that is recorded on events are not missed; a loss in one is
    const quiet = { ...facts, deleted: [], log: [], startedMs: undefined, oldest: at('00:00:00') };
    const of = (/** @type {string | undefined} */ mode, more = {}) => gapsOf(spans, day, at('12:00:00'), { ...quiet, ...more, mode });
    const kinds = (/** @type {any[]} */ found) => [...new Set(found.map(({ reason }) => reason.kind))].join(' ');
    t.deepEqual(['event', 'never', 'off', 'scheduled', 'scheduled-event', 'continuous', undefined].map((mode) => kinds(of(mode))), ['rest', 'rest', 'rest', 'hours', 'hours', 'unknown', 'unknown']);
    t.deepEqual(of('event').filter(isMissed), []);
    t.is(of('continuous').filter(isMissed).length, of('event').length);
    t.true(kinds(of('event', { log: facts.log }).filter(isMissed)).length > 0, 'what the log knows is told in any mode');
    t.deepEqual([kinds(gapsOf([], day, at('12:00:00'), { ...quiet, oldest: Number.POSITIVE_INFINITY, mode: 'continuous' })), gapsOf([], day, at('12:00:00'), { ...quiet, oldest: Number.POSITIVE_INFINITY }).filter(isMissed)], ['before', []], 'a camera that was never recorded');
    t.deepEqual(gapsOf([], { from: at('13:00:00'), to: at('14:00:00') }, at('12:00:00'), facts), [], 'the future has none');
});

test('gaps say why after a restart too: by events that lie on the disk, and by the rule that was in force then', (t) => {
    const day = { from: at('00:00:00'), to: at('00:00:00') + 86_400_000 };
    const hour = (/** @type {number} */ n) => at('00:00:00') + n * 3_600_000;
    const spans = [1, 3, 5, 7, 9, 11].map((n) => ({ start: hour(n), end: hour(n + 1), bytes: 1 }));
    const event = (/** @type {string} */ kind, /** @type {number} */ start, /** @type {number | undefined} */ end, channel = '') => ({ id: 1, kind, channel, start, end, picture: undefined, isProtected: false });
    const facts = { channel: 'front', deleted: [], log: [], kept: [], changes: [], startedMs: hour(11.99), oldest: hour(0), mode: 'continuous' };
    const reasons = (/** @type {object} */ more) => gapsOf(spans, day, hour(14), { ...facts, ...more }).map((/** @type {any} */ { reason }) => reason.kind);
    t.deepEqual(reasons({}), ['unknown', 'unknown', 'unknown', 'unknown', 'unknown', 'unknown', 'unknown']);
    const kept = [event('privacy', hour(2) + 3000, hour(3)), event('no-picture', hour(4) + 2000, hour(5) - 1000, 'front'), event('no-picture', hour(6), hour(7), 'yard'), event('disk-gone', hour(8) + 9000, hour(9)), event('privacy', hour(10.5), hour(11)), event('disk-full', hour(12), undefined)];
    t.deepEqual(reasons({ kept }), ['unknown', 'privacy', 'camera', 'unknown', 'disk', 'unknown', 'disk']);
    // recorded all the time until 6:30, then on events
    const changes = parseChanges({ events: [{ id: 9, kind: 'record-mode', channel: 'front', start: hour(6.5), end: hour(6.5), data: { mode: 'event', before: 'continuous' } }, { id: 10, start: hour(1), data: null }] });
    t.deepEqual(changes, [{ atMs: hour(6.5), before: 'continuous' }]);
    t.deepEqual(reasons({ changes, mode: 'event' }), ['unknown', 'unknown', 'unknown', 'unknown', 'rest', 'rest', 'rest']);
    t.deepEqual(reasons({ changes: [{ atMs: hour(6) + 2000, before: 'continuous' }], mode: 'event' })[3], 'rest', 'it ended because of the change');
    t.is(parseChanges({ events: 7 }), undefined);
});

test('how the disk is, of any shape', (t) => {
    const base = { version: '1', name: 'x', channels: [] };
    t.is(parseStatus({ ...base, disk: null }).disk, undefined);
    t.deepEqual(parseStatus({ ...base, disk: { state: 'low', since: '2026-11-24T00:00:00Z', free: 5, total: 9, failing: ['a', 7] } }).disk, { state: 'low', sinceMs: at('00:00:00'), free: 5, total: 9, failing: ['a'] });
    t.deepEqual(parseStorage({ forecast: { state: 'known', bytesPerDay: 3, days: 2.5, until: 'space' } }).forecast, { state: 'known', bytesPerDay: 3, days: 2.5, until: 'space' });
    t.is(parseStorage({}).forecast, undefined);
});
