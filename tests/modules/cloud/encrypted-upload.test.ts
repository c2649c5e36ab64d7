/** What a device that encrypts writes into a store: whatever changes or fails in between, readers have the recordings. */
import { recipientId } from 'ocellus/app/cloud/content-keys';
import { StoreError } from 'ocellus/app/cloud/object-store';
import { comparableIndex, provenNumbers } from 'ocellus/test/cloud/evidence-check';
import { FakeCamera } from 'ocellus/test/cloud/fake-camera';
import { bodyOf, FakeStore } from 'ocellus/test/cloud/fake-store';
import { openKeyObject } from 'ocellus/test/cloud/hpke-open';
import { readPlaylist } from 'ocellus/test/cloud/read-playlist';
import {
    backlog,
    cutRuns,
    folder,
    Life,
    live,
    mediaOf,
    scene,
    sealMark,
    second,
    seeded,
    textsOf,
} from 'ocellus/test/cloud/upload-life';
import { base64url, hex, hmacSha256, P256PrivateKey } from 'ocellus/crypto';
import { assert, assertEqual, assertRejects, test } from 'ocellus/test/harness';

const [owner, recovery] = [P256PrivateKey.generate(), P256PrivateKey.generate()];
const publicOf = (key: P256PrivateKey) => base64url(key.publicKey().point());
const both = [publicOf(owner), publicOf(recovery)];
const list = `${folder}02.m3u8`;

/** Segments by the keys of the index: [[from, which of the ids]]. */
function runsOf(store: FakeStore, name = '02'): readonly (readonly [number, number])[] {
    const { version, keys = [] } = JSON.parse(store.objects.get(`${folder}${name}.json`)?.text ?? '');
    assertEqual(version, keys.length > 0 ? 3 : 1);
    const ids = [...new Set((keys as [number, string][]).map(([, id]) => id).filter((id) => id !== ''))];
    return (keys as [number, string][]).map(([from, id]) => [from, ids.indexOf(id)]);
}

function keysIn(store: FakeStore): string[] {
    return [...store.objects.keys()].filter((key) => key.endsWith('.key.json'));
}

test('[A2] what is sent is encrypted, each of two private keys reads all of it, and nothing else is in the store', async () => {
    const [camera, store] = [new FakeCamera(), new FakeStore()];
    const life = new Life(camera, store, 'continuous', both);
    await life.start();
    const files = [
        camera.record({ endMs: camera.wallMs + 10 * second }),
        camera.record({ startMs: camera.wallMs + 10 * second, endMs: camera.wallMs + 18 * second }),
    ];
    await life.run(camera.wallMs + 30 * second);
    for (const reader of [owner, recovery]) {
        assertEqual(mediaOf(store, list, reader), files.map((file) => camera.mediaOf(file)).join(''));
    }
    await assertRejects(Promise.resolve().then(() => mediaOf(store, list, P256PrivateKey.generate())));
    const kinds = store.writes.map((key) =>
        key.slice(folder.length).replace(/^ocellus_.*?(?:-[0-9a-f]{16}(-init.mp4)|m4s)$/, '$1'),
    );
    assertEqual(
        kinds.slice(0, 7).map((name) => name.replace(/^[0-9a-f]{16}/, '')),
        ['.key.json', '-init.mp4', '', '02.json', '02.m3u8', '', '02.json'],
    );
    for (const [key, { text, type }] of store.objects) {
        assertEqual(text.startsWith('sealed '), type === 'video/mp4', key);
    }
    const [name = ''] = keysIn(store);
    const { wraps } = JSON.parse(store.objects.get(name)?.text ?? '');
    assertEqual(
        wraps.map((wrap: { for: string }) => wrap.for),
        [owner, recovery].map((reader) => recipientId(reader.publicKey())),
    );
    assertEqual([keysIn(store).length, runsOf(store)], [1, [[0, 0]]]);
    // offsets and bytes of the index stay those of the recording
    const { segments } = JSON.parse(store.objects.get(`${folder}02.json`)?.text ?? '');
    assertEqual(segments[0].slice(1, 3), [200, 2000]);
    const secret = JSON.parse(camera.stored.get('cloudsecret') ?? '').secret;
    const all = JSON.stringify(textsOf(store));
    assert(!all.includes(secret), 'the secret of the device is in the store');
});

test('[A2] within an hour: plain, encrypted, for others, plain again; every list leads to the recordings', async () => {
    const [camera, store] = [new FakeCamera(), new FakeStore()];
    const start = camera.wallMs;
    const file = camera.record({ endMs: start + 48 * second });
    camera.event(start + 12 * second, start + 40 * second);
    const steps: readonly (readonly string[])[] = [[], both, [publicOf(recovery)], both, []];
    for (const [step, encryptFor] of steps.entries()) {
        const life = new Life(camera, store, 'continuous', encryptFor);
        await life.start(start);
        await life.run(start + (step + 1) * 9 * second);
        await life.uploader?.keep();
    }
    const last = new Life(camera, store);
    await last.run(start + 4000 * second, 200 * second);
    await last.run(start + 90_000 * second, 10_000 * second); // the day is over
    const runs = runsOf(store);
    assertEqual(
        runs.map(([, which]) => which),
        [-1, 0, 1, 0, -1],
    );
    assertEqual(keysIn(store).length, 2);
    assertEqual([...store.objects.keys()].filter((key) => key.endsWith('-init.mp4')).length, 3);
    // the recovery key alone has been there all the time
    const media = camera.mediaOf(file);
    assertEqual(mediaOf(store, list, recovery), media);
    assertEqual(mediaOf(store, `${folder}day.m3u8`, recovery), media);
    assertEqual(mediaOf(store, `${folder}event-1.m3u8`, recovery), media.slice(2000, 22_000));
    assertEqual(readPlaylist(store.objects.get(list)?.text ?? '').entries.filter((one) => one.discontinuity).length, 0);
});

test('[A2] a day has keys of its own, also in playlists of events over midnight', async () => {
    const whole = scene('event', both);
    await live(whole);
    const { store } = whole;
    const days = keysIn(store).map((key) => /\/(\d{4}-\d\d-\d\d)\/[0-9a-f]{16}\.key\.json$/.exec(key)?.[1]);
    assertEqual(days.sort(), ['2026-11-21', '2026-11-22']);
    const contents = keysIn(store).map((key) =>
        hex(openKeyObject(store.objects.get(key)?.text ?? '', key.slice('home/'.length), owner)),
    );
    assertEqual(new Set(contents).size, 2);
    const { entries } = readPlaylist(store.objects.get(`${folder}event-1.m3u8`)?.text ?? '');
    assertEqual(new Set(entries.map(({ cipher }) => cipher?.uri.slice(0, 3) === '../')).size, 2);
    const plain = scene('event');
    await live(plain);
    const pictures = [store, plain.store].map((one) => [...one.objects.keys()].filter((key) => key.endsWith('.jpg')));
    assertEqual([pictures[0]?.length, pictures[1]?.length], [1, 1]);
    for (const name of ['event-1', 'event-2', 'day']) {
        const found = [...store.objects.keys()].filter((key) => key.endsWith(`/${name}.m3u8`));
        assert(found.length > 0, name);
        for (const key of found) {
            assertEqual(mediaOf(store, key, recovery), mediaOf(plain.store, key), key);
        }
    }
});

test('[A8] pictures of events are encrypted with a key that lies beside them, under names of their own', async () => {
    const [camera, store] = [new FakeCamera(), new FakeStore()];
    camera.wallMs = Date.UTC(2026, 10, 21, 23, 59, 40);
    const begin = camera.wallMs;
    camera.picture = ({ id }) => bodyOf(`\xff\xd8 picture of ${id}`);
    camera.record({ endMs: begin + 90 * second });
    camera.event(begin + 10 * second, begin + 40 * second, { picture: true });
    camera.event(begin + 30 * second, begin + 32 * second, { picture: true });
    // the first event begins in the clear, goes on encrypted over midnight, and ends for another reader
    const steps = [
        [14, []],
        [36, both],
        [100, [publicOf(recovery)]],
    ] as const;
    for (const [seconds, encryptFor] of steps) {
        const life = new Life(camera, store, 'continuous', encryptFor);
        await life.start(begin);
        await life.run(begin + seconds * second);
        await life.uploader?.keep();
    }
    const found = [...store.objects].filter(([key]) => key.endsWith('.jpg'));
    const shapes = found.map(([key]) => key.replace(/^home\/cam\/front\/2026-11-|[0-9a-f]{16}/g, ''));
    assertEqual(shapes.sort(), ['21/event-1-.jpg', '21/event-1.jpg', '22/event-2-.jpg']);
    assertEqual(store.objects.get(`${folder}event-1.jpg`)?.text, '\xff\xd8 picture of 1');
    for (const [key, { text, type }] of found) {
        const [, day = '', id = '', keyId = ''] = /(2026-11-2\d)\/event-(\d)-([0-9a-f]{16})\.jpg$/.exec(key) ?? [];
        if (keyId === '') {
            continue;
        }
        const place = `home/cam/front/${day}/${keyId}.key.json`;
        const object = store.objects.get(place)?.text;
        assert(object !== undefined && store.writes.indexOf(place) < store.writes.indexOf(key), `${place} comes first`);
        const bytes = openKeyObject(object, place.slice('home/'.length), recovery);
        const iv = hmacSha256(bytes, new TextEncoder().encode(key.slice(folder.length))).subarray(0, 16);
        assertEqual(text, `${sealMark(bytes, iv)}\xff\xd8 picture of ${id}`);
        assertEqual(type, 'application/octet-stream');
    }
    const rowsOf = (key: string) => JSON.parse(store.objects.get(key)?.text ?? '{}').events as unknown[][];
    const next = rowsOf('home/cam/front/2026-11-22/00.json');
    const all = [...rowsOf(`${folder}23.json`), ...next];
    for (const [id, , , startMs, , picture] of all) {
        const day = new Date(Number(startMs)).toISOString().slice(0, 10);
        const name = `home/cam/front/${day}/event-${id}${picture === 1 ? '' : `-${picture}`}.jpg`;
        assert(store.objects.has(name), `${name} is not there`);
    }
    assertEqual([all[0]?.[5], next.length], [1, 2], 'what was sent in the clear stays, and is named');
    // a store that refuses the key gets no picture either
    const [other, refusing] = [new FakeCamera(), new FakeStore()];
    other.record({ endMs: other.wallMs + 12 * second });
    other.event(other.wallMs + second, other.wallMs + 2 * second, { picture: true });
    const life = new Life(other, refusing, 'event', both);
    await life.start();
    other.wallMs += 30 * second;
    refusing.fault = (_, key) =>
        key.endsWith('.key.json') ? { error: new StoreError('SERVER', '503', true) } : undefined;
    await assertRejects(life.drain(), { type: StoreError });
    assertEqual(refusing.writes, []);
});

/**
 * All objects; those of keys differ by their random part, so only that the owner opens them, and to what; indexes by how
 * often they were written and by their signature, which `provenNumbers` judges.
 */
function comparable(store: FakeStore): Record<string, string> {
    const texts = textsOf(store);
    for (const key of keysIn(store)) {
        texts[key] = hex(openKeyObject(texts[key] ?? '', key.slice('home/'.length), owner));
    }
    for (const key of Object.keys(texts).filter((name) => /\/\d\d\.json$/.test(name))) {
        texts[key] = comparableIndex(texts[key] ?? '');
    }
    return texts;
}

const secret = `{"version":1,"secret":"${'5a'.repeat(32)}","sets":[]}`;
/** Of each plan: 5 s on a busy machine. */
const cutsMax = 30;

for (const plan of ['continuous', 'event'] as const) {
    test(`[A2] ${plan}: ${cutsMax} times the power is cut while it encrypts, and the objects are those of a run without`, async () => {
        const made = () => {
            const one = scene(plan, both);
            one.camera.stored.set('cloudsecret', secret);
            return one;
        };
        const whole = made();
        await live(whole);
        const expected = comparable(whole.store);
        const segments = provenNumbers(whole.store, owner).length;
        assert(segments > 5);
        await cutRuns(cutsMax, seeded(11), made, (store) => {
            assertEqual(comparable(store), expected);
            assertEqual(provenNumbers(store, owner).length, segments);
        });
    });

    test(`[A2] ${plan}: the same while a backlog is encrypted`, async () => {
        const made = () => {
            const one = backlog(plan, both);
            one.camera.stored.set('cloudsecret', secret);
            return one;
        };
        const whole = { ...made(), pieceMs: 6 * second };
        await live(whole);
        const expected = comparable(whole.store);
        const check = (store: FakeStore) => {
            assertEqual(comparable(store), expected);
            provenNumbers(store, owner);
        };
        check(whole.store);
        await cutRuns(cutsMax / 2, seeded(13), made, check, 40);
    });
}

test('[A9] a key that cannot be written: nothing is sent, plain or not, until it can', async () => {
    const [camera, store] = [new FakeCamera(), new FakeStore()];
    const life = new Life(camera, store, 'continuous', both);
    await life.start();
    const file = camera.record({ endMs: camera.wallMs + 12 * second });
    camera.wallMs += 13 * second;
    for (const error of [
        new StoreError('SERVER', '503', true),
        new StoreError('CONFLICT', '409', true),
        new StoreError('DENIED', 'no', false),
    ]) {
        store.fault = (_, key) => (key.endsWith('.key.json') ? { error } : undefined);
        await assertRejects(life.drain(), { type: StoreError });
        assertEqual(store.writes, []);
    }
    store.fault = () => undefined;
    await life.drain();
    assertEqual(mediaOf(store, list, owner), camera.mediaOf(file));
});

test('[A9] what other keys encrypted, which the device cannot derive any more, stays in the index and leaves the lists', async () => {
    const [camera, store] = [new FakeCamera(), new FakeStore()];
    const start = camera.wallMs;
    const first = new Life(camera, store, 'continuous', both);
    await first.start();
    const file = camera.record({ endMs: start + 24 * second });
    await first.run(start + 13 * second);
    await first.uploader?.keep();
    camera.stored.delete('cloudsecret');
    const again = new Life(camera, store, 'continuous', both);
    await again.start(start);
    await again.run(start + 30 * second);
    assertEqual(
        [keysIn(store).length, runsOf(store)],
        [
            2,
            [
                [0, 0],
                [2, 1],
            ],
        ],
    );
    assertEqual(mediaOf(store, list, owner), camera.mediaOf(file).slice(4000));
});

test('[A2] an index that somebody changed, put back or took the seal off is not gone on with, and never sealed', async () => {
    const [camera, store] = [new FakeCamera(), new FakeStore()];
    const start = camera.wallMs;
    camera.record({ endMs: start + 60 * second });
    const life = new Life(camera, store, 'continuous', both);
    await life.start();
    await life.run(start + 10 * second);
    await life.uploader?.keep();
    const older = store.objects.get(`${folder}02.json`);
    await life.run(start + 30 * second);
    await life.uploader?.keep();
    const newest = store.objects.get(`${folder}02.json`);
    assert(older !== undefined && newest !== undefined);
    const { text } = newest;
    const parsed = JSON.parse(text);
    const { chain, heads, count, before, signer, seal, signature, ...rest } = parsed;
    const changes: readonly (readonly [string, string])[] = [
        ['put back', older.text],
        ['another time', text.replace('1795', '1796')],
        ['ended', text.replace('"ended":false', '"ended":true')],
        ['a row less', JSON.stringify({ ...parsed, segments: parsed.segments.slice(0, -1) })],
        ['another seal', text.replace(seal, `${seal.slice(1)}A`)],
        [
            'without proofs',
            JSON.stringify({ ...rest, version: 2, segments: rest.segments.map((row: unknown[]) => row.slice(0, 5)) }),
        ],
        ['nothing encrypted', JSON.stringify({ ...rest, version: 1, keys: undefined, segments: [] })],
    ];
    for (const [what, changed] of changes) {
        store.objects.set(`${folder}02.json`, { ...newest, text: changed });
        const count = store.writes.length;
        const again = new Life(camera, store, 'continuous', both);
        await again.start();
        camera.wallMs = start + 40 * second;
        const error = await again.drain().then(
            () => undefined,
            (reason: unknown) => reason,
        );
        assert(error instanceof StoreError && error.code === 'DAMAGED', `${what}: ${String(error)}`);
        assertEqual(store.writes.length, count, what);
    }
    store.objects.set(`${folder}02.json`, newest);
    const again = new Life(camera, store, 'continuous', both);
    await again.start();
    await again.run(start + 70 * second);
    assertEqual(provenNumbers(store, owner).length, 15);
    // an owner who deletes a damaged index goes on; what it named is missing then, and readers see that
    store.objects.delete(`${folder}02.json`);
    const last = new Life(camera, store, 'continuous', both);
    await last.start();
    camera.record({ startMs: camera.wallMs, endMs: camera.wallMs + 9 * second });
    await last.run(camera.wallMs + 20 * second);
    const { chain: runs } = JSON.parse(store.objects.get(`${folder}02.json`)?.text ?? '');
    assertEqual([runs[0][0], runs[0][1]], [0, 16]);
});

test('[A2] hours that are over and that somebody changed are in no playlist, and stop nothing', async () => {
    const [camera, store] = [new FakeCamera(), new FakeStore()];
    camera.wallMs = Date.UTC(2026, 10, 21, 21, 59, 40);
    const start = camera.wallMs;
    camera.record({ endMs: start + 40 * second });
    const life = new Life(camera, store, 'continuous', both);
    await life.start();
    await life.run(start + 400 * second, 20 * second);
    for (const clock of ['21', '22']) {
        const key = `${folder}${clock}.json`;
        const found = store.objects.get(key);
        assert(found !== undefined, key);
        const text = clock === '21' ? found.text.replace('"ended":true', '"ended":false') : found.text;
        store.objects.set(key, { ...found, text });
    }
    const file = camera.record({ startMs: start + 8000 * second, endMs: start + 8020 * second });
    await life.run(start + 9000 * second, 200 * second);
    await life.run(start + 20_000 * second, 2000 * second);
    const day = readPlaylist(store.objects.get(`${folder}day.m3u8`)?.text ?? '');
    assertEqual(
        [day.ended, [...new Set(day.entries.map(({ startMs }) => new Date(startMs).getUTCHours()))]],
        [true, [22]],
    );
    assertEqual(mediaOf(store, 'home/cam/front/2026-11-22/00.m3u8', owner), camera.mediaOf(file));
});
