/** While nothing happens segments are long, so that a day costs few requests; around events they are short, and there at once. */
import { cut, every } from 'ocellus/app/cloud/cut';
import { parseHour } from 'ocellus/app/cloud/hour-index';
import { hourAt } from 'ocellus/app/cloud/object-names';
import { FakeCamera } from 'ocellus/test/cloud/fake-camera';
import { FakeStore } from 'ocellus/test/cloud/fake-store';
import { readPlaylist } from 'ocellus/test/cloud/read-playlist';
import {
    backlog,
    cutRuns,
    folder,
    Life,
    live,
    mediaOf,
    quiet,
    scene,
    second,
    seeded,
    textsOf,
} from 'ocellus/test/cloud/upload-life';
import { base64url, P256PrivateKey } from 'ocellus/crypto';
import { assert, assertEqual, test } from 'ocellus/test/harness';

/** `cloud.latencySeconds` as it is without a setting. */
const latencyMs = 200 * second;
const hourMs = 3600 * second;
/** What a camera-day may cost. */
const requestsMax = 1600;

/** Counts what is asked of a store. */
function counted(store: FakeStore): () => number {
    let count = 0;
    store.fault = () => {
        count++;
        return undefined;
    };
    return () => count;
}

for (const encryptFor of [[], [base64url(P256PrivateKey.generate().publicKey().point())]]) {
    test(`a camera-day without an event costs ${requestsMax} requests at most, ${encryptFor.length > 0 ? 'encrypted' : 'plain'}`, async () => {
        const [camera, store] = [new FakeCamera(), new FakeStore()];
        const begin = Date.UTC(2026, 10, 21);
        camera.wallMs = begin;
        const requests = counted(store);
        const life = new Life(camera, store, 'continuous', encryptFor);
        life.quietMs = latencyMs;
        await life.start();
        for (let at = begin; at < begin + 24 * hourMs; at += 1.5 * hourMs) {
            camera.record({ startMs: at, endMs: at + 1.5 * hourMs, gopBytes: 10 }); // files of 90 minutes
        }
        let behindMs = 0;
        while (camera.wallMs < begin + 24 * hourMs) {
            await life.run(camera.wallMs + 30 * second, 15 * second);
            behindMs = Math.max(behindMs, camera.wallMs - (life.uploader?.cursor.atMs || begin));
            await new Promise<void>((resolve) => setTimeout(resolve, 0)); // a turn of its own
        }
        await life.run(begin + 25 * hourMs, 600 * second);
        const sent = [...store.objects.keys()].filter((key) => key.endsWith('.m4s')).length;
        assertEqual([sent, behindMs <= latencyMs + 32 * second], [432, true], `${behindMs} ms behind`);
        assert(requests() <= requestsMax, `${requests()} requests`);
        assertEqual(readPlaylist(store.objects.get(`${folder}day.m3u8`)?.text ?? '').entries.length, 432);
        assertEqual(
            life.notes.filter(({ kind }) => kind !== 'sent'),
            [],
        );
    });
}

test('an event: what was recorded up to it is in the store within 2 s, segments are short until it is over', async () => {
    const [camera, store] = [new FakeCamera(), new FakeStore()];
    const begin = camera.wallMs;
    const requests = counted(store);
    const life = new Life(camera, store);
    life.quietMs = 180 * second;
    await life.start();
    const file = camera.record({ endMs: begin + 700 * second });
    await life.run(begin + 290 * second, second);
    const list = () => readPlaylist(store.objects.get(`${folder}02.m3u8`)?.text ?? '');
    assertEqual(
        list().entries.map(({ durationMs }) => durationMs / second),
        [180],
    );
    const target = /TARGETDURATION:(\d+)/.exec(store.objects.get(`${folder}02.m3u8`)?.text ?? '')?.[1];
    const before = requests();
    camera.event(begin + 290 * second, begin + 300 * second);
    await life.run(begin + 292 * second, second);
    const { segments } = parseHour(store.objects.get(`${folder}02.json`)?.text ?? '', 'front', hourAt(begin));
    const endMs = segments.reduce((end, { startMs, durationMs }) => Math.max(end, startMs + durationMs), 0);
    assert(endMs >= begin + 286 * second, `${(endMs - begin) / second} s`);
    // what comes before the event is a piece of its own: its playlist begins with the event
    const own = readPlaylist(store.objects.get(`${folder}event-1.m3u8`)?.text ?? '');
    assertEqual((Number(own.entries[0]?.startMs) - begin) / second, 284);
    await life.run(begin + 320 * second, second);
    const entries = list().entries.map(({ startMs, durationMs }) => [(startMs - begin) / second, durationMs / second]);
    assertEqual(entries.slice(0, 3), [
        [0, 180],
        [180, 104],
        [284, 4],
    ]);
    assert(
        entries.slice(2).every(([, length]) => length === 4),
        JSON.stringify(entries),
    );
    assertEqual(readPlaylist(store.objects.get(`${folder}event-1.m3u8`)?.text ?? '').ended, true);
    assert(requests() - before < 30, `${requests() - before} requests`);
    await life.run(begin + 900 * second, second);
    const lists = ['02', '03'].map((hour) => `${folder}${hour}.m3u8`);
    assert(lists.map((one) => mediaOf(store, one)).join('') === camera.mediaOf(file), 'the bytes of the recording');
    const texts = lists.map((one) => store.objects.get(one)?.text ?? '');
    const lengths = texts.flatMap((text) => readPlaylist(text).entries.map(({ durationMs }) => durationMs / second));
    assertEqual(lengths.slice(-3), [180, 180, 36]);
    const targets = texts.map((text) => /TARGETDURATION:(\d+)/.exec(text)?.[1]);
    assertEqual(targets, [target, target], 'it does not change while a playlist grows');
    assert(Number(target) >= Math.max(...lengths), `${target} s`);
});

test('an event in a segment that began in the hour before has it in its playlist', async () => {
    const [camera, store] = [new FakeCamera(), new FakeStore()];
    camera.wallMs = Date.UTC(2026, 10, 21, 2, 58, 0);
    const begin = camera.wallMs;
    const life = new Life(camera, store);
    life.quietMs = 180 * second;
    await life.start();
    const file = camera.record({ endMs: begin + 400 * second });
    await life.run(begin + 190 * second, second); // 2:58 to 3:01 is sent
    camera.event(begin + 170 * second, begin + 179 * second); // it becomes known behind that
    await life.run(begin + 900 * second, second);
    const { entries } = readPlaylist(store.objects.get(`${folder}event-1.m3u8`)?.text ?? '');
    assertEqual(mediaOf(store, `${folder}event-1.m3u8`).slice(0, 100), camera.mediaOf(file).slice(0, 100));
    assert(entries.length >= 1);
});

test('a segment ends with its bytes, in front of an event, or at its time, over pages of key frames', () => {
    const keys = Array.from({ length: 40 }, (_, at) => ({ ms: at * 1000, offset: 100 + at * 10 }));
    const page = (from: number, count: number) => ({
        initBytes: 70,
        bytes: 100 + 40 * 10,
        durationMs: 40_000,
        open: true,
        keys: keys.slice(from, from + count),
        more: from + count < keys.length,
    });
    const start = { offset: 100, ms: 0 };
    const endOf = (limit: Parameters<typeof cut>[2], count = 40) => {
        let last: { ms: number; offset: number } | undefined;
        for (let from = 0; ; from += count) {
            const found = cut(page(from, count), start, limit, last);
            if (found.kind !== 'more') {
                return found.kind === 'piece' ? found.piece.to.ms / 1000 : found.kind;
            }
            last = page(from, count).keys.at(-1);
        }
    };
    for (const count of [40, 7, 3]) {
        assertEqual(endOf({ ms: 30_000, bytes: 10_000 }, count), 30);
        assertEqual(endOf({ ms: 30_000, bytes: 95 }, count), 10);
        assertEqual(endOf({ ms: 30_000, bytes: 10_000, until: 12_500 }, count), 12);
        assertEqual(endOf({ ms: 30_000, bytes: 10_000, until: 12_000 }, count), 12);
        assertEqual(endOf({ ms: 8000, bytes: 10_000, until: 12_000 }, count), 8);
        assertEqual(endOf({ ms: 90_000, bytes: 10_000, until: 80_000 }, count), 39);
        assertEqual(endOf({ ms: 90_000, bytes: 10_000 }, count), 'wait');
        assertEqual(endOf(every(4000), count), 4);
    }
});

for (const [name, made, writesMax] of [
    ['as it is recorded', () => quiet(scene('continuous'), 20 * second), 14],
    ['a backlog', () => quiet(backlog('continuous'), 20 * second), 40],
] as const) {
    test(`long segments, ${name}: the power is cut after any write, and the objects are those of a run without`, async () => {
        const whole = made();
        await live(whole);
        const expected = textsOf(whole.store);
        const lengths = Object.entries(expected).flatMap(([key, text]) =>
            /\/\d\d\.m3u8$/.test(key) ? readPlaylist(text).entries.map(({ durationMs }) => durationMs) : [],
        );
        assert(Math.max(...lengths) > 4 * second && Math.min(...lengths) <= 4 * second, JSON.stringify(lengths));
        await cutRuns(20, seeded(5), made, (store) => assertEqual(textsOf(store), expected), writesMax);
    });
}
