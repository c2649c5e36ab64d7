// One time line of two places: what only the store has, where an instant is played from, answers of any shape.
import { createCipheriv, createHmac, randomBytes } from 'node:crypto';
import test from 'ava';
import { load } from './load.mjs';

const { onlyStored, parseStored, parseStoredDays, readStored, readStoredDays, sourceAt } = await load('day/cloud-data.ts');
const { hourOf, pictureKey, readDay, silentSince } = await load('cloud/footage.ts');
const { unsealed } = await load('unsealed.ts');
const minute = 60_000;
const span = (/** @type {number} */ start, /** @type {number} */ end) => ({ start: start * minute, end: end * minute });

test('[A8] what only the store has: without what the device has, and without crumbs of its ends', (t) => {
    t.deepEqual(onlyStored([], [span(0, 10)]), [span(0, 10)]);
    t.deepEqual(onlyStored([span(5, 20)], [span(0, 10)]), [span(0, 5)]);
    t.deepEqual(onlyStored([span(2, 3), span(5, 6)], [span(0, 10), span(12, 13)]), [span(0, 2), span(3, 5), span(6, 10), span(12, 13)]);
    t.deepEqual(onlyStored([span(0, 20)], [span(0, 10)]), []);
    t.deepEqual(onlyStored([{ start: 1500, end: 10 * minute - 2000 }], [span(0, 10)]), [], 'ends differ by a moment');
    t.deepEqual(onlyStored([span(0, 10)], []), []);
});

test('[A8] an instant is played from the device where it has it, else from the store up to what the device has', (t) => {
    const [local, stored] = [[span(60, 90)], [span(0, 60), span(100, 110)]];
    const at = (/** @type {number} */ minutes, until = 1440) => sourceAt(local, stored, minutes * minute, until * minute);
    t.deepEqual(at(10), { kind: 'cloud', from: 10 * minute, to: 40 * minute, local: 60 * minute }, 'half an hour at once');
    t.deepEqual(at(50), { kind: 'cloud', from: 50 * minute, to: 60 * minute, local: 60 * minute });
    t.deepEqual(at(60), { kind: 'local', to: 100 * minute });
    t.deepEqual(at(89), { kind: 'local', to: 100 * minute });
    t.deepEqual(at(90), { kind: 'cloud', from: 100 * minute, to: 110 * minute, local: undefined }, 'over a gap');
    t.deepEqual(at(110), { kind: 'local', to: undefined }, 'nothing more is known');
    t.deepEqual(at(110, 110), { kind: 'cloud', from: 110 * minute, to: 140 * minute, local: undefined }, 'over midnight');
    t.deepEqual(sourceAt([], [], 5, 1000), { kind: 'local', to: undefined });
    t.deepEqual(sourceAt([span(0, 5)], [], 5, 1000), { kind: 'local', to: undefined });
});

test('[A8] indexes of hours that are over and were not there are asked for again after minutes, not each time', async (t) => {
    const first = Date.parse('2026-11-22T00:00:00Z');
    const hour = 60 * minute;
    const index = (/** @type {number} */ at) => JSON.stringify({ version: 1, segments: [['a', 0, 9, at, 4000]], events: [], ended: false });
    const objects = new Map([['cam/front/2026-11-22/05.json', index(first + 5 * hour)]]);
    /** @type {string[]} */
    let asked = [];
    const bucket = {
        text: async (/** @type {string} */ key) => {
            asked.push(String(/(\w+)\.json$/.exec(key)?.[1]));
            return objects.get(key);
        },
    };
    const absent = new Map();
    const read = async (/** @type {number} */ now) => {
        asked = [];
        const { hours } = await readDay(bucket, 'cam', 'front', '2026-11-22', now, absent);
        return [hours.length, asked.sort().join(' ')];
    };
    const now = first + 8.5 * hour;
    t.deepEqual(await read(now), [1, '00 01 02 03 04 05 06 07 08 day']);
    t.deepEqual(await read(now + minute / 2), [1, '05 08 day'], 'what there is, and the hour of now');
    objects.set('cam/front/2026-11-22/07.json', index(first + 7 * hour));
    t.deepEqual(await read(now + 4 * minute), [1, '05 08 day']);
    t.deepEqual(await read(now + 5 * minute), [2, '00 01 02 03 04 05 06 07 08 day'], 'sent later');
    t.deepEqual(await read(now + 6 * minute), [2, '05 07 08 day']);
});

test('[A8] a camera that has sent nothing for two minutes is silent, unless its hour is over', (t) => {
    const spans = [span(0, 5), span(6, 10)];
    const hour = { at: 0, key: '', milliseconds: 0, spans, ended: false };
    t.is(silentSince(hour, 20 * minute), undefined);
    t.is(silentSince(hour, 22 * minute), 10 * minute);
    t.is(silentSince(hour, 5 * minute), undefined, "the reader's clock is behind");
    t.is(silentSince({ ...hour, ended: true }, 99 * minute), undefined);
    t.is(silentSince({ ...hour, spans: [] }, 99 * minute), undefined);
    t.is(silentSince(undefined, 99 * minute), undefined);
});

test('answers of the store by any shape are checked', (t) => {
    for (const value of [undefined, null, 0, 'x', [], {}, { spans: 1 }, { days: {} }]) {
        t.is(parseStored(value, 'front'), undefined);
        t.is(parseStoredDays(value), undefined);
    }
    const start = '2026-11-22T13:00:00.000Z';
    const event = { id: 7, kind: 'motion', start, end: null, picture: '2026-11-22.event-7.jpg' };
    const found = parseStored({ spans: [{ start, end: '2026-11-22T12:00:00.000Z' }, { start: 'x' }, { start, end: '2026-11-22T13:00:04.000Z', bytes: 5 }], events: [event, { ...event, id: 8, picture: '../../settings' }, { id: 'x' }] }, 'front');
    t.deepEqual(found.spans, [{ start: Date.parse(start), end: Date.parse(start) + 4000, bytes: 5 }]);
    t.deepEqual(found.events.map((/** @type {any} */ one) => one.stored), ['/api/cloud/front/2026-11-22.event-7.jpg', undefined], 'an address of the store alone');
    t.deepEqual([...parseStoredDays({ days: ['2026-11-22', 'x', '2026-11-24'], hours: [[13], [1], []] })], ['2026-11-22']);
});

test.serial('a day and a month are asked for in parts that a slow store answers within the 5 s of a script', async (t) => {
    const [was, hour] = [globalThis.fetch, 3_600_000];
    const page = /** @type {any} */ (globalThis);
    t.teardown(() => {
        globalThis.fetch = was;
        delete page.document;
    });
    page.document = { baseURI: 'http://camera/' };
    /** @type {string[]} */
    const asked = [];
    /** A device whose store has one recording of each 50 minutes, in segments of 4 s; whatever touches a time is in its answer. @param {string} href */
    const answerTo = (href) => {
        const { pathname, searchParams } = new URL(href);
        asked.push(pathname);
        const [from = '', to = ''] = ['from', 'to'].map((name) => searchParams.get(name) ?? '');
        if (pathname.endsWith('/days')) {
            const days = [];
            for (let day = Date.parse(from); day <= Date.parse(to); day += 24 * hour) days.push(new Date(day).toISOString().slice(0, 10));
            t.true(days.length <= 4, 'a list for each day');
            return { days, hours: days.map(() => [12]) };
        }
        t.true(Number(to) - Number(from) <= 3 * hour, 'four hours at once');
        const spans = [];
        for (let at = Math.floor(Number(from) / hour) * hour; at < Number(to) + hour; at += hour) {
            const [start, end] = [Math.max(at - 10 * minute, Number(from) - 2000), Math.min(at + 40 * minute, Number(to) + 2000)];
            if (start < Number(to) && end > Number(from)) spans.push({ start: new Date(start).toISOString(), end: new Date(end).toISOString(), bytes: 1 });
        }
        return { spans, events: [{ id: 7, kind: 'motion', start: new Date(Number(from) + 1000).toISOString(), end: null, picture: null }] };
    };
    globalThis.fetch = /** @type {any} */ (async (/** @type {string} */ href) => Response.json(answerTo(href)));
    const from = Date.parse('2026-11-22T00:00:00Z');
    const { kind, value } = await readStored('front', { from, to: from + 25 * hour }, new AbortController().signal);
    t.is(kind, 'ok');
    t.is(asked.length, 9);
    t.deepEqual(
        value.spans.map((/** @type {any} */ { start, end }) => [start - from, end - from]),
        Array.from({ length: 26 }, (_, n) => [Math.max(n * hour - 10 * minute, -2000), Math.min(n * hour + 40 * minute, 25 * hour + 2000)]),
        'joined where one answer ends and the next begins',
    );
    const days = await readStoredDays('front', '2026-11', new AbortController().signal);
    t.is(days.value.size, 32, 'with one beside each end of the month');
    globalThis.fetch = async () => new Response('', { status: 503 });
    t.deepEqual(await readStored('front', { from, to: from + 25 * hour }, new AbortController().signal), { kind: 'bad', why: 'failed' });
    t.deepEqual(await readStoredDays('front', '2026-11', new AbortController().signal), { kind: 'bad', why: 'failed' });
});

test('an index of an hour says which events have a picture, and members that are not known are passed over', (t) => {
    const row = (/** @type {unknown[]} */ ...more) => [7, 'motion', 1, 1_795_352_401_000, null, ...more];
    const index = (/** @type {unknown[]} */ event) => JSON.stringify({ version: 1, segments: [[0, 1, 1, 1_795_352_400_000, 4000]], events: [event] });
    for (const [event, picture] of /** @type {const} */ ([[row(), undefined], [row(1), ''], [row(1, 'x'), ''], [row(0), undefined], [row('x'), undefined], [row('0123456789abcdef'), '0123456789abcdef']])) {
        t.is(hourOf(index([...event]), 0, 'k').events[0].picture, picture);
    }
    t.is(pictureKey('cam 1', 'front', { id: 7, start: Date.parse('2026-11-22T23:59:59Z') }), 'cam=201/front/2026-11-22/event-7.jpg');
    t.is(pictureKey('cam 1', 'front', { id: 7, start: Date.parse('2026-11-22T23:59:59Z'), picture: '0123456789abcdef' }), 'cam=201/front/2026-11-22/event-7-0123456789abcdef.jpg');
});

test('[A8] a picture that is encrypted opens with its key and name, and with no other', async (t) => {
    const [key, name, picture] = [randomBytes(16), 'event-7-0123456789abcdef.jpg', randomBytes(1000)];
    const cipher = createCipheriv('aes-128-cbc', key, createHmac('sha256', key).update(name).digest().subarray(0, 16));
    const sealed = Buffer.concat([cipher.update(picture), cipher.final()]);
    t.deepEqual(Buffer.from(await unsealed(sealed, key, name)), picture);
    t.notDeepEqual(Buffer.from(await unsealed(sealed, key, 'event-8-0123456789abcdef.jpg')), picture);
    await t.throwsAsync(unsealed(sealed.subarray(0, 999), key, name), { any: true });
});
