import { Router } from 'ocellus/app/http/router';
import { storageRoutes } from 'ocellus/app/http/storage-api';
import type { StorageJson } from 'ocellus/app/http/api-types';
import { diskState, forecastOf, keepFreeBytes } from 'ocellus/app/record/disk-state';
import { freeMin } from 'ocellus/command';
import { DiskWatch, lookMs } from 'ocellus/app/record/disk-watch';
import { Timeline } from 'ocellus/app/record/timeline';
import type { Raised } from 'ocellus/app/events/event-bus';
import { OcellusError } from 'ocellus/error';
import type { EventRow, RecordingRow } from 'ocellus/plane';
import { FakeHost, FakePlane, requestOf, rowOf } from 'ocellus/test/fake-plane';
import { type FakeClock, withFakeTimers } from 'ocellus/test/fake-timers';
import { assertEqual, test } from 'ocellus/test/harness';

const keep = { keepFreePercent: 10, keepFreeMB: 5000 };
const none = { keepFreePercent: 0, keepFreeMB: 0 };
const total = 64e9;
const day = 86_400_000;
const of = (free: number, blocked = false) => ({ gone: false, failing: false, storage: { free, total, blocked } });

test('the worst of what holds; a disk that retention keeps free is not low, and one that was low needs some more', () => {
    assertEqual(diskState(of(5e9), keep, 'good'), 'good');
    assertEqual(diskState(of(2.6e9), keep, 'good'), 'good');
    assertEqual(diskState(of(2.4e9), keep, 'good'), 'low');
    assertEqual(diskState(of(2.9e9), keep, 'low'), 'low');
    assertEqual(diskState(of(3.1e9), keep, 'low'), 'good');
    assertEqual(diskState(of(2.4e9), none, 'good'), 'low');
    assertEqual(diskState(of(4e9, true), keep, 'good'), 'blocked');
    assertEqual(diskState(of(freeMin - 1, true), keep, 'good'), 'full');
    assertEqual(diskState({ ...of(5e9), failing: true }, keep, 'good'), 'failing');
    assertEqual(diskState({ ...of(freeMin - 1), failing: true }, keep, 'good'), 'full');
    // one that is recorded on in turns is not full, however small it is
    assertEqual(diskState(of(freeMin - 1), keep, 'good'), 'low');
    const small = (free: number) => ({ gone: false, failing: false, storage: { free, total: 60e6, blocked: false } });
    assertEqual(
        [6e6, 5e6, 2e6].map((free) => diskState(small(free), keep, 'good')),
        ['good', 'good', 'low'],
    );
    assertEqual(
        [6e6, 2e6].map((free) => diskState({ ...small(free), failing: true }, keep, 'good')),
        ['failing', 'full'],
    );
    assertEqual(diskState({ ...of(5e9), failing: true, gone: true }, keep, 'good'), 'gone');
    assertEqual(diskState({ gone: false, failing: false, storage: undefined }, keep, 'good'), 'good');
    assertEqual(
        [keep, none, { keepFreePercent: 0, keepFreeMB: 7 }, { keepFreePercent: 1, keepFreeMB: 0 }].map((one) =>
            keepFreeBytes(total, one),
        ),
        [5e9, 0, 7e6, 64e7],
    );
});

test('how long it lasts: by room, bytes, age, or until it is full; not before a day of recordings', () => {
    const now = 1_800_000_000_000;
    const disk = { bytes: 20e9, free: 25e9, total, oldestMs: now - 5 * day, lastDeleted: [] };
    const limits = { ...keep, maxMB: 0, maxDays: 0 };
    const rate = { bytes: 4e9, ms: 2 * day }; // 2 GB a day
    const known = { state: 'known', bytesPerDay: 2e9 } as const;
    assertEqual(forecastOf(disk, limits, rate, now), { ...known, days: 20, until: 'space' });
    assertEqual(forecastOf(disk, { ...limits, maxMB: 10_000 }, rate, now), { ...known, days: 5, until: 'bytes' });
    assertEqual(forecastOf(disk, { ...limits, maxDays: 3 }, rate, now), { ...known, days: 3, until: 'age' });
    assertEqual(forecastOf(disk, { ...limits, maxDays: 21 }, rate, now), { ...known, days: 20, until: 'space' });
    assertEqual(forecastOf(disk, { ...limits, ...none }, rate, now), { ...known, days: 12.5, until: 'full' });
    assertEqual(forecastOf(disk, { ...limits, ...none, maxDays: 7 }, rate, now), { ...known, days: 7, until: 'age' });
    const unknown = { bytesPerDay: null, days: null, until: null };
    assertEqual(forecastOf(disk, limits, { bytes: 1e9, ms: day - 1 }, now), { state: 'learning', ...unknown });
    assertEqual(forecastOf(disk, limits, { bytes: 0, ms: 0 }, now), { state: 'idle', ...unknown });
    assertEqual(forecastOf(disk, limits, rate, undefined), { state: 'clock', ...unknown });
    // a disk of six hours has shown it
    const lastDeleted = [{ path: 'a', bytes: 1, atMs: now - 1000, why: 'space' }];
    const small = { ...disk, oldestMs: now - day / 4, lastDeleted };
    const found = forecastOf(small, limits, { bytes: 1e9, ms: day / 4 }, now);
    assertEqual(found, { state: 'known', bytesPerDay: 4e9, days: 0.25, until: 'space' });
    const deleted = { ...small, lastDeleted: [{ path: 'a', bytes: 1, atMs: now - 1000, why: 'request' }] };
    assertEqual(forecastOf(deleted, limits, { bytes: 1e9, ms: day / 4 }, now), { state: 'learning', ...unknown });
});

test('GET /api/storage reckons with what all channels recorded in two days, the part of a file that lies in them', async () => {
    const [plane, host] = [new FakePlane(), new FakeHost()];
    const file = (channel: string, backMs: number, durationMs: number, bytes: number): RecordingRow =>
        ({
            channel,
            path: `recordings/${channel}/x_${backMs}.mp4`,
            start: new Date(host.wallMs - backMs).toISOString(),
            durationMs,
            bytes,
        }) as RecordingRow;
    plane.files.push(file('front', 3 * day, 2 * day, 2e9), file('yard', day, day / 2, 1e9));
    plane.disk = { ...plane.disk, bytes: 3e9, free: 12e9, total, oldestMs: host.wallMs - 3 * day };
    const record = { ...keep, maxMB: 0, maxDays: 0, prerollSeconds: 5, event: { preRollSeconds: 10 } };
    const router = storageRoutes(new Router({ parcelBytes: 100_000 }), {
        plane,
        host,
        settingsStore: { current: { record, channels: [] } },
        timeline: new Timeline(plane),
        disk: () => null,
    });
    const answer = async (): Promise<StorageJson> => {
        const { body = '' } = await router.answer(requestOf({ method: 'GET', path: '/api/storage' }));
        return JSON.parse(String(body)) as StorageJson;
    };
    // half of the first file and all of the second one in two days
    assertEqual((await answer()).forecast, { state: 'known', bytesPerDay: 1e9, days: 10, until: 'space' });
    plane.files.length = 0;
    assertEqual((await answer()).forecast.state, 'idle');
    host.quality = 'none';
    assertEqual((await answer()).forecast.state, 'clock');
});

/** A watch, and what it raised. */
function rig(plane: FakePlane, host: FakeHost, kept: readonly Partial<EventRow>[] = []) {
    const raised: Raised[] = [];
    const watch = new DiskWatch({
        plane,
        host,
        events: { raise: (event) => void raised.push(event) },
        log: { page: async () => ({ rows: kept as EventRow[], more: false }) },
        settings: () => keep,
    });
    return { watch, raised };
}

/** Time goes on, and somebody asks. */
async function pass(clock: FakeClock, { watch }: ReturnType<typeof rig>, host: FakeHost, ms: number): Promise<void> {
    host.wallMs += ms;
    host.nowMs += ms;
    watch.json();
    await clock.settle();
}

test('an event goes on as long as the disk is not well; the status says since when, and which channels', async () => {
    await withFakeTimers(async (clock) => {
        const [plane, host] = [new FakePlane(), new FakeHost()];
        plane.disk = { ...plane.disk, free: 20e9, total };
        plane.rows.push(rowOf({ number: 0, name: 'front' }), rowOf({ number: 1, name: 'yard' }));
        const one = rig(plane, host);
        const { watch, raised } = one;
        assertEqual(watch.json(), null);
        void watch.start();
        await clock.settle();
        assertEqual(watch.json(), { state: 'good', since: null, free: 20e9, total, failing: [] });
        plane.disk = { ...plane.disk, free: 1e9 };
        watch.json();
        await clock.settle();
        assertEqual(watch.json()?.state, 'good'); // asked a moment ago
        await pass(clock, one, host, lookMs + 1);
        assertEqual([watch.json()?.state, watch.json()?.since], ['low', new Date(host.wallMs).toISOString()]);
        plane.rows[1] = rowOf({ number: 1, name: 'yard', record_failing: 1 });
        watch.hear({ kind: 'record-failed' });
        await clock.settle();
        assertEqual([watch.json()?.state, watch.json()?.failing], ['failing', ['yard']]);
        watch.hear({ kind: 'data-gone' });
        await clock.settle();
        assertEqual(watch.json()?.state, 'gone');
        watch.hear({ kind: 'record-recovered' }); // another thing: it is gone all the same
        plane.rows[1] = rowOf({ number: 1, name: 'yard' });
        plane.disk = { ...plane.disk, free: 20e9 };
        await clock.settle();
        assertEqual(watch.json()?.state, 'gone');
        watch.hear({ kind: 'data-moved' });
        await clock.settle();
        assertEqual(watch.json(), { state: 'good', since: null, free: 20e9, total, failing: [] });
        assertEqual(
            raised.map(({ kind, state }) => `${kind} ${state}`),
            [
                'disk-low begin',
                'disk-low end',
                'disk-failing begin',
                'disk-failing end',
                'disk-gone begin',
                'disk-gone end',
            ],
        );
        assertEqual(raised[2]?.data, { free: 1e9, total, channels: ['yard'] });
    });
});

test('the next script goes on with what the one before began; silence counts from the third time on; no disk, no state', async () => {
    await withFakeTimers(async (clock) => {
        const [plane, host] = [new FakePlane(), new FakeHost()];
        plane.disk = { ...plane.disk, free: 20e9, total };
        plane.log.push({ number: 1, kind: 'data-gone' } as (typeof plane.log)[number]);
        const begunMs = host.wallMs - 7000;
        const next = rig(plane, host, [{ startMs: begunMs, endMs: undefined }]);
        void next.watch.start();
        await clock.settle();
        assertEqual(next.watch.json()?.since, new Date(begunMs).toISOString());
        assertEqual([next.watch.json()?.state, next.raised.length], ['gone', 0]);
        plane.log.length = 0;

        const silent = rig(plane, host);
        plane.storage = async () => Promise.reject(new OcellusError('TIMEOUT', 'no answer'));
        void silent.watch.start();
        await clock.settle();
        await pass(clock, silent, host, lookMs + 1);
        assertEqual(silent.watch.json()?.state, 'good');
        await pass(clock, silent, host, lookMs + 1);
        assertEqual([silent.watch.json()?.state, silent.raised[0]?.kind], ['failing', 'disk-failing']);

        plane.storage = async () => Promise.reject(new OcellusError('NOTSUP', 'no files'));
        const without = rig(plane, host);
        void without.watch.start();
        await clock.settle();
        assertEqual([without.watch.json(), without.raised], [null, []]);
    });
});
