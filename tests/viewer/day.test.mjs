// The time line without a page: pixels and instants, zoom, marks of the clock, days of 23 and 25 hours, answers of any shape, zones.
import test from 'ava';
import { load } from './load.mjs';

const scale = await load('day/scale.ts');
const data = await load('day/data.ts');
const time = await load('day/time.ts');
const zones = await load('zones.ts');
const { parseRoute } = await load('route.ts');
const { atHash, fileStart } = await load('recording-route.ts');

const hour = 3_600_000;
const day = { from: 0, to: 24 * hour };
const berlin = (/** @type {number} */ at) => (at >= Date.parse('2026-03-29T01:00:00Z') && at < Date.parse('2026-10-25T01:00:00Z') ? 120 : 60);

test('zoom keeps the instant below the pointer, and stays between a minute and the day', (t) => {
    let view = day;
    for (let n = 0; n < 40; n++) {
        const x = scale.pixelAt(view, 5 * hour, 1000);
        view = scale.zoom(view, 0.7, 5 * hour, day);
        t.true(Math.abs(scale.pixelAt(view, 5 * hour, 1000) - x) < 0.01);
        t.true(Math.abs(scale.timeAt(view, x, 1000) - 5 * hour) < 1);
    }
    t.is(view.to - view.from, scale.shortestMs);
    for (let n = 0; n < 60; n++) {
        view = scale.zoom(view, 1.5, view.from, day);
        t.true(view.from >= 0 && view.to <= day.to);
    }
    t.deepEqual(view, day);
    t.deepEqual(scale.pan({ from: hour, to: 2 * hour }, -5 * hour, day), { from: 0, to: hour });
    t.deepEqual(scale.pan({ from: hour, to: 2 * hour }, 50 * hour, day), { from: 23 * hour, to: 24 * hour });
    t.is(scale.follow({ from: 0, to: hour }, hour / 2, day).from, 0, 'what is seen stays');
    t.true(scale.follow({ from: 0, to: hour }, 2 * hour, day).from > hour);
});

test('marks stand at round times of the wall, also when the clock changes', (t) => {
    const wall = (/** @type {number} */ at) => new Date(at + berlin(at) * 60_000).toISOString().slice(11, 16);
    const of = (/** @type {string} */ from, /** @type {number} */ hours) => scale.marks({ from: Date.parse(from), to: Date.parse(from) + hours * hour }, 1200, 40, berlin).map((/** @type {any} */ { at }) => wall(at));
    const spring = of('2026-03-28T23:00:00Z', 23);
    t.true(spring.length >= 23 && !spring.includes('02:00'), spring.join());
    t.is(spring.at(0), '00:00');
    t.is(spring.at(-1), '00:00');
    const autumn = of('2026-10-24T22:00:00Z', 25);
    t.is(autumn.filter((/** @type {string} */ one) => one === '02:00').length, 2, 'the hour comes twice');
    const minute = scale.marks({ from: 0, to: 60_000 }, 400, 60, () => 0);
    t.true(minute.length >= 6 && minute.every((/** @type {any} */ one) => one.seconds));
    for (let length = scale.shortestMs; length <= 25 * hour; length *= 1.7) {
        const marks = scale.marks({ from: 1_795_000_000_123, to: 1_795_000_000_123 + length }, 300, 60, () => 345);
        t.true(marks.length <= 7, `${marks.length} at ${length}`);
    }
});

test('two seconds of a day are seen, and hit from beside; what is long is only where it is', (t) => {
    const noon = 12 * hour;
    const short = { start: noon, end: noon + 2000 };
    const { x, wide } = scale.boxOf(short, day, 960, 3);
    t.is(wide, 3);
    t.true(Math.abs(x - 480) < 0.1);
    t.is(scale.boxOf({ start: 24 * hour - 2000, end: 24 * hour }, day, 960, 3).x, 957, 'whole at the edge');
    t.is(scale.boxOf({ start: -hour, end: -1 }, day, 960, 3), undefined);
    t.deepEqual(scale.boxOf({ start: -hour, end: hour }, day, 960, 3), { x: 0, wide: 40 });
    const long = { start: 14 * hour, end: 16 * hour };
    const at = (/** @type {number} */ x) => scale.meantAt([short, long], day, x, 960, 24);
    for (const beside of [-11.9, -7, -1, 0, 1, 7, 11.9]) {
        t.is(at(480 + beside), noon, `${beside}`);
    }
    t.is(at(460), scale.timeAt(day, 460, 960), 'too far');
    t.is(at(555), scale.timeAt(day, 555, 960), 'a gap beside a long one');
    t.is(at(600), scale.timeAt(day, 600, 960));
    const near = { start: noon + 60_000, end: noon + 62_000 };
    t.is(scale.meantAt([short, near], day, 483, 960, 24), near.start, 'the nearer of two');
});

test('the day around an instant, months before and behind', (t) => {
    const now = Date.parse('2026-11-21T02:51:00Z');
    const span = time.spanOf(time.dayOf(now));
    t.true(span.from <= now && span.to > now);
    t.is(time.monthAfter('2026-12', 1), '2027-01');
    t.is(time.monthAfter('2026-01', -1), '2025-12');
});

test('events that share a place are one mark; 50,000 of them are few', (t) => {
    const events = Array.from({ length: 50_000 }, (_, n) => ({ start: n * 1700 }));
    const found = scale.cluster(events, (/** @type {any} */ { start }) => start, day, 1000, 15);
    t.true(found.length <= 70, String(found.length));
    t.is(found.reduce((/** @type {number} */ sum, /** @type {any} */ { items }) => sum + items.length, 0), 50_000);
    const near = scale.cluster(events, (/** @type {any} */ { start }) => start, { from: 0, to: 60_000 }, 1000, 15);
    t.true(near.every((/** @type {any} */ { items }) => items.length === 1) && near.length >= 35);
});

test('instants and times of the player, over a gap', (t) => {
    const pieces = [
        { seconds: 0, length: 2, at: 10_000 },
        { seconds: 2, length: 2, at: 12_000 },
        { seconds: 4, length: 2, at: 60_000 },
    ];
    t.is(scale.instantOf(pieces, 3), 13_000);
    t.is(scale.instantOf(pieces, 4.5), 60_500);
    t.is(scale.instantOf([], 1), undefined);
    t.is(scale.secondsOf(pieces, 13_500), 3.5);
    t.is(scale.secondsOf(pieces, 30_000), 4, 'the next that there is');
    t.is(scale.secondsOf(pieces, 70_000), undefined);
    t.is(scale.secondsOf(pieces, 0), 0);
});

test('answers of any shape are checked, never thrown at', (t) => {
    for (const value of [undefined, null, 0, Number.NaN, '', 'x', [], {}, [[]], { a: 1 }, true, { id: 1 }]) {
        t.is(data.parseTimeline(value), undefined);
        t.is(data.parseDays(value), undefined);
        t.is(data.parseEventPage(value), undefined);
        t.is(data.parseDayEvent(value), undefined);
        const line = data.parseTimeline({ spans: [value, { start: '2026-11-21T00:00:00Z', end: 'x' }], events: [value], next: value });
        t.deepEqual([line.spans, line.events], [[], []]);
        const storage = data.parseStorage({ bytes: value, policy: value, deleted: value, oldest: value });
        t.is(storage.files, 0);
    }
    t.is(data.parseDayEvent({ id: 1, start: 5, picture: 'javascript:x' }).picture, undefined);
    t.is(data.parseDayEvent({ id: 1, start: '2026-11-21T00:00:00Z', picture: '/thumbnail/event/1.jpg' }).picture, '/thumbnail/event/1.jpg');
});

test('addresses of days, instants and files', (t) => {
    t.deepEqual(parseRoute('#/recordings/a/2026-11-21'), { kind: 'recordings', channel: 'a', path: undefined, day: '2026-11-21' });
    t.deepEqual(parseRoute(atHash('a b', 0, 1_795_229_460_123)), { kind: 'recordings', channel: 'a b', path: undefined, at: 1_795_229_460_123 });
    t.is(atHash('a', 20_778), '#/recordings/a/2026-11-21');
    t.is(fileStart('/recordings/a/ocellus_20261121T025100.123Z_open.mp4'), Date.parse('2026-11-21T02:51:00.123Z'));
    t.is(fileStart('/recordings/a/ocellus_m123_m456.mp4'), undefined);
});

test('zones: what is drawn is what the device takes', (t) => {
    const text = '0,50 100,50 50,100; 1,2 3,4 5,6 7,8';
    t.is(zones.zonesText(zones.parseZones(text)), text);
    t.deepEqual(zones.parseZones('1,2 3,4; x; 999,5 1,1 2,2'), [[[100, 5], [1, 1], [2, 2]]]);
    t.deepEqual(zones.moved([[0, 0], [9, 0], [0, 9]], 1, [120.4, -3]), [[0, 0], [100, 0], [0, 9]]);
    let zone = zones.newZone(7);
    for (let n = 0; n < 30; n++) {
        zone = zones.withCorner(zone);
    }
    t.is(zone.length, zones.cornersMax);
    t.true(zone.flat().every((/** @type {number} */ value) => Number.isInteger(value) && value >= 0 && value <= 100));
});
