import { batchSegmentsMax } from 'ocellus/app/cloud/batch';
import { StoreError } from 'ocellus/app/cloud/object-store';
import { FakeCamera } from 'ocellus/test/cloud/fake-camera';
import { FakeStore } from 'ocellus/test/cloud/fake-store';
import { readPlaylist } from 'ocellus/test/cloud/read-playlist';
import {
    backlog,
    cutRuns,
    folder,
    holesOf,
    Life,
    live,
    mediaOf,
    second,
    seeded,
    textsOf,
} from 'ocellus/test/cloud/upload-life';
import { assert, assertEqual, assertRejects, test } from 'ocellus/test/harness';

/** What was written, one letter each: init segment, segment, index and playlist of an hour, playlist of an event. */
function lettersOf({ writes }: FakeStore, from = 0): string {
    const letterOf = (key: string): string => {
        if (key.endsWith('.m4s') || key.endsWith('-init.mp4')) {
            return key.endsWith('.m4s') ? 's' : 'i';
        }
        return key.endsWith('.m3u8') ? (key.includes('event-') ? 'e' : 'l') : 'x';
    };
    return writes.slice(from).map(letterOf).join('');
}

const [one, many] = ['sxl', `${'s'.repeat(batchSegmentsMax)}xl`] as const;

test('[A2] a backlog has its index and playlist once for 16 segments, and at once when nothing more waits', async () => {
    const [camera, store] = [new FakeCamera(), new FakeStore()];
    const life = new Life(camera, store);
    await life.start();
    const file = camera.record();
    camera.wallMs += (4 * (1 + 2 * batchSegmentsMax + 3) + 2) * second;
    await life.drain();
    // the first one shows how long a segment takes
    assertEqual(lettersOf(store), `i${one}${many}${many}sssxl`);
    const before = store.writes.length;
    for (let count = 0; count < 3; count++) {
        camera.wallMs += 4 * second;
        await life.drain();
    }
    assertEqual(lettersOf(store, before), `${one}${one}${one}`);
    file.endMs = camera.wallMs;
    await life.drain();
    assertEqual(mediaOf(store, `${folder}02.m3u8`), camera.mediaOf(file));
});

test('[A2] a backlog over a slow line: no segment waits longer than 2 s for its index', async () => {
    for (const [tookMs, expected] of [
        [400, 's.xls.s.s.s.s.xls.s.s.s.xl'],
        [900, 's.xls.s.s.xls.s.s.xls.s.s.xl'],
        [1999, 's.xls.s.xls.s.xls.s.xls.s.xls.xl'],
        [2000, 's.xls.xls.xls.xls.xls.xls.xls.xls.xls.xl'],
    ] as const) {
        const [camera, store] = [new FakeCamera(), new FakeStore()];
        const life = new Life(camera, store);
        await life.start();
        camera.record({ endMs: camera.wallMs + 40 * second });
        camera.wallMs += 60 * second;
        let seen = '';
        let waitsFrom: number | undefined;
        store.fault = (kind, key) => {
            if (kind === 'put' && key.endsWith('.m4s')) {
                camera.wallMs += tookMs;
                waitsFrom ??= camera.wallMs;
                seen += 's.';
            } else if (kind === 'put' && key.endsWith('.json')) {
                assert(camera.wallMs - (waitsFrom ?? 0) <= 2000, `${camera.wallMs - (waitsFrom ?? 0)} ms`);
                waitsFrom = undefined;
                seen += 'x';
            } else {
                seen += kind === 'put' && key.endsWith('.m3u8') ? 'l' : '';
            }
            return undefined;
        };
        await life.drain();
        assertEqual(seen, expected, `${tookMs} ms`);
    }
});

test('[A2] a store that fails amid a backlog: the index comes before more segments', async () => {
    const [camera, store] = [new FakeCamera(), new FakeStore()];
    const life = new Life(camera, store);
    const uploader = await life.start();
    camera.record({ endMs: camera.wallMs + 100 * second });
    camera.wallMs += 120 * second;
    for (let steps = 0; steps < 5; steps++) {
        await uploader.step();
    }
    assertEqual(lettersOf(store).endsWith('sxlssss'), true, lettersOf(store));
    store.fault = (kind) => (kind === 'put' ? { error: new StoreError('OFFLINE', 'no', true) } : undefined);
    await assertRejects(uploader.step(), { type: StoreError });
    camera.wallMs += 2 * second;
    await assertRejects(uploader.step(), { type: StoreError });
    await assertRejects(uploader.keep(), { type: StoreError });
    const before = store.writes.length;
    store.fault = () => undefined;
    await uploader.step();
    assertEqual(lettersOf(store, before).slice(0, 3), 'xls');
    await life.drain();
    assertEqual(lettersOf(store).match(/s/g)?.length, 25, 'no segment is sent twice');
});

test('[A2] a recording that is closed, or deleted, amid a backlog: no failure, and a gap for what is gone', async () => {
    for (const isDeleted of [false, true]) {
        const [camera, store] = [new FakeCamera(), new FakeStore()];
        const [life, begin] = [new Life(camera, store), camera.wallMs];
        const uploader = await life.start();
        const file = camera.record();
        camera.wallMs += 101 * second;
        for (let steps = 0; steps < 5; steps++) {
            await uploader.step();
        }
        assertEqual(lettersOf(store).endsWith('ssss'), true, lettersOf(store));
        file.endMs = camera.wallMs;
        if (isDeleted) {
            camera.files.pop();
        }
        const next = camera.record({ endMs: camera.wallMs + 8 * second });
        camera.wallMs += 10 * second;
        await life.drain();
        const sent = isDeleted ? camera.mediaOf(file).slice(0, 5 * 2000) : camera.mediaOf(file);
        assertEqual(mediaOf(store, `${folder}02.m3u8`), sent + camera.mediaOf(next));
        const gap = { kind: 'gap', fromMs: begin + 20 * second, toMs: begin + 101 * second } as const;
        assertEqual(
            life.notes.filter(({ kind }) => kind === 'gap'),
            isDeleted ? [gap] : [],
        );
    }
});

test('[A2] the cursor on the disk is never ahead of the index', async () => {
    const [camera, store] = [new FakeCamera(), new FakeStore()];
    const life = new Life(camera, store);
    const uploader = await life.start();
    const file = camera.record();
    camera.wallMs += 120 * second;
    camera.fault = () => {
        const { offset, path } = uploader.cursor;
        const list = store.objects.get(`${folder}02.m3u8`);
        const named = list === undefined ? 0 : mediaOf(store, `${folder}02.m3u8`).length;
        assert(path === '' || offset === 0 || offset <= 200 + named, `${offset} with ${named} bytes in the playlist`);
        return undefined;
    };
    for (let steps = 0; steps < 12; steps++) {
        await uploader.step();
    }
    const media = () => mediaOf(store, `${folder}02.m3u8`);
    assert(media().length < 12 * 2000, 'nothing was put off');
    await uploader.keep();
    assertEqual(media(), camera.mediaOf(file).slice(0, 12 * 2000));
});

test('[A8] a backlog with events: each has its playlist with its first segment, and they end', async () => {
    const whole = backlog('event');
    let segments = 0;
    const first = new Map<string, number>();
    whole.store.fault = (kind, key) => {
        const [, id] = kind === 'put' ? (/event-(\d+)\.m3u8$/.exec(key) ?? []) : [];
        if (id !== undefined && !first.has(id)) {
            first.set(id, segments);
        }
        segments += kind === 'put' && key.endsWith('.m4s') ? 1 : 0;
        return undefined;
    };
    await live(whole);
    const [begin, all] = [Date.UTC(2026, 10, 21, 23, 59, 40), 'home/cam/front/'];
    const startsOf = (id: number, day: string) => {
        const text = whole.store.objects.get(`${all}${day}/event-${id}.m3u8`)?.text ?? '';
        return readPlaylist(text).entries.map(({ startMs }) => (startMs - begin) / second);
    };
    // 1 from 8 s on is the first segment that is sent; 3 from 64 s on, 4 amid it
    const firsts = [startsOf(1, '2026-11-21')[0], startsOf(3, '2026-11-22')[0], startsOf(4, '2026-11-22')[0]];
    assertEqual(firsts, [8, 63, 95]);
    const counted = [1, 3, 4].map((id) => first.get(String(id)));
    const third = counted[1] ?? 0;
    assertEqual([counted[0], (counted[2] ?? 0) - third], [1, 8]);
    for (const [key, { text }] of whole.store.objects) {
        assert(!key.endsWith('.m3u8') || readPlaylist(text).ended, key);
    }
    const lists = whole.store.writes.filter((key) => key.endsWith('event-3.m3u8')).length;
    assert(lists < 8, `${lists} playlists of an event of 26 segments`);
});

test('[A9] a reader finds no hole before any write of a backlog', async () => {
    const whole = backlog('continuous');
    whole.store.fault = (kind, key) => {
        if (kind === 'put' && !key.endsWith('.m4s')) {
            assertEqual(holesOf(whole.store), [], `before ${key}`);
        }
        return undefined;
    };
    await live(whole);
    assert(lettersOf(whole.store).includes('ssssssss'), lettersOf(whole.store));
});

/** Of each plan: 5 s on a busy machine. */
const cutsMax = 100;

for (const plan of ['continuous', 'event'] as const) {
    test(`[A2] ${plan}: ${cutsMax} times the power is cut amid a backlog, and the objects are those of a run that is never behind`, async () => {
        const whole = { ...backlog(plan), pieceMs: 6 * second };
        await live(whole);
        const expected = textsOf(whole.store);
        const made = () => backlog(plan);
        await cutRuns(cutsMax, seeded(17), made, (store) => assertEqual(textsOf(store), expected), 40);
    });
}

test('[A9] a store that fails at random amid a backlog: nothing is lost or twice', async () => {
    for (const plan of ['continuous', 'event'] as const) {
        const whole = { ...backlog(plan), pieceMs: 6 * second };
        await live(whole);
        const { camera, store, endMs, laterMs } = backlog(plan);
        const random = seeded(5);
        const life = new Life(camera, store, plan);
        const uploader = await life.start();
        let failures = 0;
        store.fault = () =>
            random() < 0.2 ? { error: new StoreError('SERVER', '503', true), after: random() < 0.5 } : undefined;
        for (const ms of [endMs, endMs + 400 * second, endMs + 4000 * second, laterMs]) {
            camera.wallMs = ms;
            for (let idle = false; !idle; ) {
                try {
                    idle = (await uploader.step()).idle;
                } catch (error) {
                    assert(error instanceof StoreError);
                    failures++;
                }
            }
        }
        assert(failures > 10, 'the store did not fail');
        assertEqual(textsOf(store), textsOf(whole.store));
    }
});
