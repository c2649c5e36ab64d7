import { emptyHour, hourSegmentsMax, hourText, parseHour } from 'ocellus/app/cloud/hour-index';
import { hourAt } from 'ocellus/app/cloud/object-names';
import { StoreError } from 'ocellus/app/cloud/object-store';
import { FakeCamera } from 'ocellus/test/cloud/fake-camera';
import { bodyOf, FakeStore } from 'ocellus/test/cloud/fake-store';
import { OcellusError } from 'ocellus/error';
import { readPlaylist } from 'ocellus/test/cloud/read-playlist';
import { assert, assertEqual, assertRejects, test } from 'ocellus/test/harness';
import { cutRuns, folder, Life, live, mediaOf, scene, second, seeded, textsOf } from 'ocellus/test/cloud/upload-life';

test('[A2] [A8] continuous: what the playlist leads to are the recordings, byte for byte', async () => {
    const [camera, store] = [new FakeCamera(), new FakeStore()];
    const life = new Life(camera, store);
    await life.start();
    const one = camera.record({ endMs: camera.wallMs + 33 * second });
    const two = camera.record({ startMs: camera.wallMs + 33 * second, endMs: camera.wallMs + 50 * second });
    await life.run(camera.wallMs + 60 * second);
    assertEqual(mediaOf(store, `${folder}02.m3u8`), camera.mediaOf(one) + camera.mediaOf(two));
    assertEqual(
        life.notes.filter(({ kind }) => kind !== 'sent'),
        [],
    );
    const { entries, ended } = readPlaylist(store.objects.get(`${folder}02.m3u8`)?.text ?? '');
    assertEqual([entries.length, ended], [14, false]);
    assertEqual(entries.map(({ durationMs }) => durationMs).slice(7, 10), [4000, 1000, 4000]);
    assertEqual(entries.filter(({ discontinuity }) => discontinuity).length, 1);
});

test('[A9] each segment comes before the index, the index before the playlist', async () => {
    const [camera, store] = [new FakeCamera(), new FakeStore()];
    const life = new Life(camera, store);
    await life.start();
    camera.record({ endMs: camera.wallMs + 9 * second });
    await life.run(camera.wallMs + 12 * second);
    const kinds = store.writes.map((key) => key.slice(folder.length).replace(/^ocellus_.*(-init.mp4|m4s)$/, '$1'));
    const each = ['m4s', '02.json', '02.m3u8'];
    assertEqual(kinds, ['-init.mp4', ...each, ...each, ...each]);
    // whatever is read first, a reader never finds a name without its object
    const types = [...store.objects.values()].map(({ type }) => type);
    assertEqual([...new Set(types)], ['video/mp4', 'application/json', 'application/vnd.apple.mpegurl']);
});

test('[A8] hours and days end, also when nothing more is recorded', async () => {
    const [camera, store] = [new FakeCamera(), new FakeStore()];
    camera.wallMs = Date.UTC(2026, 10, 21, 22, 59, 50);
    const life = new Life(camera, store);
    await life.start();
    const one = camera.record({ endMs: camera.wallMs + 20 * second });
    await life.run(camera.wallMs + 600 * second, 60 * second);
    assertEqual(readPlaylist(store.objects.get(`${folder}22.m3u8`)?.text ?? '').ended, true);
    assertEqual(readPlaylist(store.objects.get(`${folder}23.m3u8`)?.text ?? '').ended, false);
    await life.run(Date.UTC(2026, 10, 22, 1), 600 * second);
    for (const name of ['23', 'day']) {
        assertEqual(readPlaylist(store.objects.get(`${folder}${name}.m3u8`)?.text ?? '').ended, true, name);
    }
    assertEqual(mediaOf(store, `${folder}day.m3u8`), camera.mediaOf(one));
    const [day, before] = [JSON.parse(store.objects.get(`${folder}day.json`)?.text ?? ''), store.writes.length];
    assertEqual([day.ended, day.hours.map(([hour]: [string]) => hour)], [true, ['22', '23']]);
    await life.run(Date.UTC(2026, 10, 22, 9), 3600 * second);
    assertEqual(store.writes.length, before);
});

test('[A8] event: only spans of events, with what came before; their playlists end', async () => {
    const [camera, store] = [new FakeCamera(), new FakeStore()];
    const begin = camera.wallMs;
    const life = new Life(camera, store, 'event');
    await life.start();
    const file = camera.record({ endMs: begin + 120 * second });
    camera.event(begin + 41 * second, begin + 45 * second);
    camera.event(begin + 44 * second, begin + 44 * second, { channel: 'back' });
    camera.event(begin + 90 * second, begin + 91 * second, { channel: '', kind: 'linkage', mask: 8 });
    await life.run(begin + 60 * second);
    const sent = () => readPlaylist(store.objects.get(`${folder}02.m3u8`)?.text ?? '').entries;
    // 35 s to 49 s, in segments of 4 s
    assertEqual(
        sent().map(({ startMs }) => (startMs - begin) / second),
        [32, 36, 40, 44, 48],
    );
    assertEqual(life.begun, [[1]]);
    await life.run(begin + 300 * second);
    assertEqual(
        sent()
            .map(({ startMs }) => (startMs - begin) / second)
            .slice(5),
        [84, 88, 92],
    );
    assertEqual(life.begun, [[1], [3]]);
    const media = camera.mediaOf(file);
    assertEqual(mediaOf(store, `${folder}event-1.m3u8`), media.slice(16 * 1000, 26 * 1000));
    assertEqual(mediaOf(store, `${folder}event-3.m3u8`), media.slice(42 * 1000, 48 * 1000));
    for (const id of [1, 3]) {
        const { ended, ranges } = readPlaylist(store.objects.get(`${folder}event-${id}.m3u8`)?.text ?? '');
        assertEqual([ended, ranges.length, ranges[0]?.includes('END-DATE')], [true, 1, true]);
    }
    assertEqual(store.objects.has(`${folder}event-2.m3u8`), false);
});

test('[A8] event: its picture lies beside its playlist before an index names it; one that is gone, or refused, is none', async () => {
    const [camera, store] = [new FakeCamera(), new FakeStore()];
    const begin = camera.wallMs;
    const life = new Life(camera, store, 'event');
    await life.start();
    camera.record({ endMs: begin + 200 * second });
    camera.event(begin + 41 * second, begin + 45 * second, { picture: true });
    const late = camera.event(begin + 90 * second, begin + 91 * second);
    camera.event(begin + 140 * second, begin + 141 * second);
    const eventsOf = () => parseHour(store.objects.get(`${folder}02.json`)?.text ?? '', 'front', hourAt(begin)).events;
    store.fault = (kind, key) => {
        if (kind === 'put' && store.objects.has(`${folder}02.json`)) {
            const named = eventsOf().filter(({ picture }) => picture !== undefined);
            const missing = named.filter(({ id }) => !store.objects.has(`${folder}event-${id}.jpg`));
            assertEqual(missing, [], `before ${key}`);
        }
        return undefined;
    };
    await life.run(begin + 92 * second);
    camera.events[1] = { ...late, picture: true }; // it was made behind the first segment
    camera.picture = ({ id }) => {
        if (id === 3) {
            throw new OcellusError('NOENT', 'removed for others');
        }
        return bodyOf(`picture of ${id}`);
    };
    camera.events[2] = { ...(camera.events[2] ?? late), picture: true };
    await life.run(begin + 300 * second);
    const found = [1, 2, 3].map((id) => store.objects.get(`${folder}event-${id}.jpg`)?.text);
    assertEqual(found, ['picture of 1', 'picture of 2', undefined]);
    assertEqual(store.objects.get(`${folder}event-1.jpg`)?.type, 'image/jpeg');
    assertEqual(
        eventsOf().map(({ id, picture }) => [id, picture]),
        [
            [1, ''],
            [2, ''],
            [3, undefined],
        ],
    );
    assertEqual(store.writes.filter((key) => key.endsWith('.jpg')).length, 2, 'each is sent once');
    const first = store.writes.indexOf(`${folder}event-1.jpg`);
    assert(first < store.writes.indexOf(`${folder}02.json`) && first < store.writes.indexOf(`${folder}event-1.m3u8`));

    const other = new Life(new FakeCamera(), new FakeStore());
    other.refuses = true;
    other.camera.record({ endMs: begin + 20 * second });
    other.camera.event(begin + 1 * second, begin + 2 * second, { picture: true });
    await other.start();
    other.refuses = true;
    await other.run(begin + 100 * second);
    assertEqual(
        [...other.store.objects.keys()].filter((key) => key.endsWith('.jpg')),
        [],
    );
});

test('[A8] event: the first segment is there within a step of the event', async () => {
    const [camera, store] = [new FakeCamera(), new FakeStore()];
    const begin = camera.wallMs;
    const life = new Life(camera, store, 'event');
    await life.start();
    camera.record();
    await life.run(begin + 60 * second, second);
    assertEqual(store.writes, []);
    camera.event(begin + 60 * second, undefined);
    await life.drain();
    assertEqual(mediaOf(store, `${folder}event-1.m3u8`).length > 0, true);
});

test('[A8] an event inside of what was sent already has its playlist at once, and to its end', async () => {
    for (const plan of ['event', 'continuous'] as const) {
        const [camera, store] = [new FakeCamera(), new FakeStore()];
        const begin = camera.wallMs;
        const life = new Life(camera, store, plan);
        await life.start();
        camera.record();
        await life.run(begin + 60 * second, second);
        camera.event(begin + 60 * second, begin + 60 * second);
        await life.run(begin + 63 * second, second);
        camera.event(begin + 63 * second, begin + 63 * second);
        const list = () => readPlaylist(store.objects.get(`${folder}event-2.m3u8`)?.text ?? '');
        await life.drain();
        assertEqual([list().entries.length > 0, list().ended], [true, false], plan);
        await life.run(begin + 90 * second, second);
        const starts = list().entries.map(({ startMs }) => (startMs - begin) / second);
        assertEqual([starts, list().ended], [[56, 60, 64], true], plan);
        const writes = store.writes.filter((key) => key.endsWith('event-2.m3u8')).length;
        await life.run(begin + 100 * second, second);
        assertEqual(store.writes.filter((key) => key.endsWith('event-2.m3u8')).length, writes, plan);
    }
});

test('[A8] an event behind the last recording, with some of it in its pre-roll, has its playlist', async () => {
    const [camera, store] = [new FakeCamera(), new FakeStore()];
    const begin = camera.wallMs;
    const life = new Life(camera, store, 'event');
    await life.start();
    camera.record({ name: 'event', startMs: begin + 5 * second, endMs: begin + 25 * second });
    camera.event(begin + 11 * second, begin + 21 * second);
    await life.run(begin + 28 * second, second);
    camera.event(begin + 28 * second, begin + 28 * second);
    await life.run(begin + 300 * second, second);
    const { entries, ended } = readPlaylist(store.objects.get(`${folder}event-2.m3u8`)?.text ?? '');
    assertEqual([entries.map(({ startMs }) => (startMs - begin) / second), ended], [[21], true]);
});

test('[A8] event: clips of events are sent whole; a clip inside of a recording is not sent again', async () => {
    const [camera, store] = [new FakeCamera(), new FakeStore()];
    const begin = camera.wallMs;
    const life = new Life(camera, store, 'event');
    await life.start();
    const clip = camera.record({ name: 'event', startMs: begin + 5 * second, endMs: begin + 25 * second });
    await life.run(begin + 60 * second);
    assertEqual(mediaOf(store, `${folder}02.m3u8`), camera.mediaOf(clip));

    const [other, bucket] = [new FakeCamera(), new FakeStore()];
    const all = new Life(other, bucket);
    await all.start();
    const main = other.record({ endMs: begin + 60 * second });
    other.record({ name: 'event', startMs: begin + 20 * second, endMs: begin + 40 * second });
    await all.run(begin + 90 * second);
    assertEqual(mediaOf(bucket, `${folder}02.m3u8`), other.mediaOf(main));
});

test('[A4] what the application refuses is not sent; the next event is', async () => {
    const [camera, store] = [new FakeCamera(), new FakeStore()];
    const begin = camera.wallMs;
    const life = new Life(camera, store, 'event');
    life.refuses = true;
    await life.start();
    camera.record({ endMs: begin + 120 * second });
    camera.event(begin + 20 * second, begin + 22 * second);
    camera.event(begin + 70 * second, begin + 71 * second);
    await life.run(begin + 50 * second);
    assertEqual(store.writes, []);
    life.refuses = false;
    await life.run(begin + 300 * second);
    assertEqual(readPlaylist(store.objects.get(`${folder}02.m3u8`)?.text ?? '').entries.length, 3);
});

test('[A2] a recording that was deleted before it was sent is a gap that is noted, and no end', async () => {
    const [camera, store] = [new FakeCamera(), new FakeStore()];
    const begin = camera.wallMs;
    const life = new Life(camera, store);
    await life.start();
    camera.record({ endMs: begin + 60 * second });
    camera.record({ startMs: begin + 60 * second, endMs: begin + 120 * second });
    const last = camera.record({ startMs: begin + 120 * second, endMs: begin + 130 * second });
    await life.run(begin + 21 * second);
    camera.files.splice(0, 2);
    const sent = mediaOf(store, `${folder}02.m3u8`);
    camera.wallMs = begin + 150 * second;
    await life.drain();
    assertEqual(mediaOf(store, `${folder}02.m3u8`), sent + camera.mediaOf(last));
    const gaps = life.notes.filter(({ kind }) => kind === 'gap');
    assertEqual(gaps, [{ kind: 'gap', fromMs: begin + 16 * second, toMs: begin + 120 * second }]);
});

test('[A1] a group of pictures larger than was estimated is sent whole, and noted', async () => {
    const [camera, store] = [new FakeCamera(), new FakeStore()];
    const life = new Life(camera, store);
    await life.start();
    const file = camera.record({ gopBytes: 5000, gopMs: 14_000, endMs: camera.wallMs + 28 * second });
    await life.run(camera.wallMs + 40 * second);
    assertEqual(mediaOf(store, `${folder}02.m3u8`), camera.mediaOf(file));
    assertEqual(
        life.notes.filter(({ kind }) => kind === 'large'),
        [
            { kind: 'large', bytes: 5000 },
            { kind: 'large', bytes: 5000 },
        ],
    );
});

test('[A2] an hour that is full takes no more, and the next hour goes on', async () => {
    const [camera, store] = [new FakeCamera(), new FakeStore()];
    camera.wallMs = Date.UTC(2026, 10, 21, 2, 59, 52);
    const segment = { stem: 'ocellus_20261121T020000.000Z', bytes: 1, startMs: camera.wallMs - 600_000, durationMs: 1 };
    const segments = Array.from({ length: hourSegmentsMax }, (_, offset) => ({ ...segment, offset }));
    const full = { ...emptyHour('front', hourAt(camera.wallMs)), segments };
    await store.put(`${folder}02.json`, hourText(full), { type: 'application/json' });
    const life = new Life(camera, store);
    await life.start();
    camera.record({ endMs: camera.wallMs + 16 * second });
    await life.run(camera.wallMs + 20 * second);
    assertEqual(
        life.notes.map(({ kind }) => kind),
        ['gap', 'gap', 'sent', 'sent'],
    );
    assertEqual(readPlaylist(store.objects.get(`${folder}03.m3u8`)?.text ?? '').entries.length, 2);
});

test('[A2] what was recorded before cloud storage began stays here', async () => {
    const [camera, store] = [new FakeCamera(), new FakeStore()];
    const begin = camera.wallMs;
    camera.record({ startMs: begin - 600 * second, endMs: begin - 100 * second });
    camera.record({ startMs: begin - 100 * second, endMs: begin + 20 * second });
    const life = new Life(camera, store);
    await life.run(begin + 60 * second);
    const { entries } = readPlaylist(store.objects.get(`${folder}02.m3u8`)?.text ?? '');
    assertEqual(
        entries.map(({ startMs }) => (startMs - begin) / second),
        [0, 4, 8, 12, 16],
    );
});

/** Of each plan: 5 s on a busy machine. */
const cutsMax = 100;

for (const plan of ['continuous', 'event'] as const) {
    test(`[A2] ${plan}: ${cutsMax} times the power is cut after a write, and the objects are those of a run without`, async () => {
        const whole = scene(plan);
        await live(whole);
        const expected = textsOf(whole.store);
        await cutRuns(
            cutsMax,
            seeded(7),
            () => scene(plan),
            (store) => assertEqual(textsOf(store), expected),
        );
    });
}

test('[A9] a store that fails at random: each failure comes out of the step, and nothing is lost or twice', async () => {
    const whole = scene('continuous');
    await live(whole);
    const one = scene('continuous');
    const random = seeded(3);
    one.store.fault = () =>
        random() < 0.3 ? { error: new StoreError('SERVER', '503', true), after: random() < 0.5 } : undefined;
    const life = new Life(one.camera, one.store);
    const uploader = await life.start();
    let failures = 0;
    const drain = async () => {
        for (let idle = false; !idle; ) {
            try {
                idle = (await uploader.step()).idle;
            } catch (error) {
                assert(error instanceof StoreError);
                failures++;
            }
        }
    };
    for (; one.camera.wallMs < one.endMs; one.camera.wallMs += 6 * second) {
        await drain();
    }
    for (const ms of [one.endMs, one.endMs + 400 * second, one.endMs + 4000 * second, one.laterMs]) {
        one.camera.wallMs = ms;
        await drain();
    }
    assert(failures > 20, 'the store did not fail');
    assertEqual(textsOf(one.store), textsOf(whole.store));
    one.store.fault = () => ({ error: new StoreError('DENIED', 'no', false) });
    one.camera.record({ startMs: one.laterMs - 20 * second, endMs: one.laterMs });
    await assertRejects(uploader.step(), { type: StoreError });
});
