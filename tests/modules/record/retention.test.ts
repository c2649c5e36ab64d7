import { Router } from 'ocellus/app/http/router';
import { storageRoutes } from 'ocellus/app/http/storage-api';
import { Retention } from 'ocellus/app/record/retention';
import { Timeline } from 'ocellus/app/record/timeline';
import { Plane, type RecordingRow } from 'ocellus/plane';
import { FakeLink } from 'ocellus/test/fake-link';
import { FakeHost, FakePlane, requestOf } from 'ocellus/test/fake-plane';
import { assertEqual, test } from 'ocellus/test/harness';

const event = { preRollSeconds: 10 };
const record = { keepFreePercent: 10, keepFreeMB: 5000, maxMB: 0, maxDays: 30, prerollSeconds: 5, event };
function channel(name: string, maxMB: number, maxDays: number) {
    return { name, prerollSeconds: 0, record: { maxMB, maxDays } };
}

test('what is kept is told at the start and when it changes', async () => {
    const plane = new FakePlane();
    const retention = new Retention(plane);
    const channels = [channel('front', 0, 0), channel('back', 70, 3)];
    await retention.follow({ record, channels });
    const expected = {
        keepFreePercent: 10,
        keepFreeMB: 5000,
        maxMB: 0,
        maxDays: 30,
        leadSeconds: 10,
        channels: [{ name: 'back', maxMB: 70, maxDays: 3 }],
    };
    assertEqual(plane.retention, expected);
    plane.retention = undefined;
    await retention.follow({ record: { ...record }, channels });
    assertEqual(plane.retention, undefined);
    await retention.follow({ record: { ...record, maxMB: 1 }, channels });
    assertEqual(plane.retention, { ...expected, maxMB: 1 });
    // the longest pre-roll of all is kept before a protected event
    await retention.follow({ record: { ...record, prerollSeconds: 11 }, channels });
    assertEqual(plane.retention, { ...expected, leadSeconds: 11 });
    await retention.follow({ record, channels: channels.map((one) => ({ ...one, prerollSeconds: 3600 })) });
    assertEqual(plane.retention, { ...expected, leadSeconds: 3600 });
});

test('what is kept, as bytes: words of 32 bits, then channels of 40 bytes', async () => {
    const limits = { keepFreePercent: 1, keepFreeMB: 2, maxMB: 3, maxDays: 4, leadSeconds: 5 };
    const link = new FakeLink();
    const done = new Plane(link).setRetention({ ...limits, channels: [{ name: 'a', maxMB: 6, maxDays: 7 }] });
    const text = link.posted[0]?.text ?? '';
    assertEqual(text.length, 64);
    assertEqual(
        [0, 4, 8, 12, 16, 20, 24, 56, 60].map((at) => text.charCodeAt(at)),
        [1, 2, 3, 4, 5, 1, 97, 6, 7],
    );
    link.answer(1, 0, 0, 0, '');
    await done;
});

/** A plane whose next reply has these fields. */
async function answered<T>(
    call: (plane: Plane) => Promise<T>,
    value0: number,
    ...fields: readonly (string | number)[]
): Promise<T> {
    const link = new FakeLink();
    const result = call(new Plane(link));
    link.answer(1, 0, value0, 0, fields.map((field) => `${field}\0`).join(''));
    return await result;
}

test('replies: spans, and how the disk stands', async () => {
    const query = { channel: 'a', fromMs: 2 ** 40 + 5, toMs: 0, limit: 9 };
    assertEqual(await answered((plane) => plane.spans(query), 1, 1, 2, 3, 4, 5, 6), {
        spans: [
            { startMs: 1, endMs: 2, bytes: 3 },
            { startMs: 4, endMs: 5, bytes: 6 },
        ],
        more: true,
    });
    const storage = (oldestMs: number | undefined, blocked: boolean, lastDeleted: readonly unknown[]) => ({
        ...{ bytes: 100, free: 200, total: 300, oldestMs, blocked, deletedFiles: 1, deletedBytes: 7 },
        ...{ files: 12, lastDeleted },
    });
    const none = await answered((plane) => plane.storage(), 12, 100, 200, 300, '', 0, 1, 7);
    assertEqual(none, storage(undefined, false, []));
    const file = ['recordings/a/x.mp4', 7, 99, 'space'];
    const some = await answered((plane) => plane.storage(), 12, 100, 200, 300, 55, 1, 1, 7, ...file);
    assertEqual(some, storage(55, true, [{ path: 'recordings/a/x.mp4', bytes: 7, atMs: 99, why: 'space' }]));
});

test('GET /api/storage, and a recording is deleted by its address', async () => {
    const [plane, host] = [new FakePlane(), new FakeHost()];
    const router = storageRoutes(new Router({ parcelBytes: 100_000 }), {
        plane,
        settingsStore: { current: { record, channels: [] } },
        host,
        timeline: new Timeline(plane),
        disk: () => null,
    });
    const answerTo = async (method: string, path: string) => {
        const { status = 200, body = '' } = await router.answer(requestOf({ method, path }));
        return [status, typeof body === 'string' ? body : ''] as const;
    };
    plane.disk = { ...plane.disk, files: 1, bytes: 5, oldestMs: 0, blocked: true };
    const [status, text] = await answerTo('GET', '/api/storage');
    const found = JSON.parse(text) as { readonly policy: { readonly maxDays: number }; readonly oldest: string };
    assertEqual([status, found.policy.maxDays, found.oldest], [200, 30, '1970-01-01T00:00:00.000Z']);
    const path = 'recordings/cam1/x_20261121T025100.123Z_20261121T025101.123Z.mp4';
    const of = (channel: string, day: number) =>
        `recordings/${channel}/x_202611${day}T025100.123Z_202611${day}T025101.123Z.mp4`;
    const others = [of('cam0', 20), of('cam0', 22), of('removed', 19), of('removed', 20)];
    plane.files.push(...others.map((other) => ({ path: other }) as RecordingRow));
    const { recorded } = JSON.parse((await answerTo('GET', '/api/storage'))[1]) as {
        readonly recorded: readonly string[];
    };
    assertEqual(recorded, ['cam0', 'removed']);
    plane.files.length = 0;
    plane.files.push({ path } as RecordingRow);
    assertEqual((await answerTo('DELETE', `/api/${path}`))[0], 204);
    assertEqual(plane.files.length, 0);
    assertEqual((await answerTo('DELETE', `/api/${path}`))[0], 404);
    assertEqual((await answerTo('DELETE', '/api/recordings/cam1/../x.mp4'))[0], 404);
});
