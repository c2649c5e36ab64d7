import { Clips, type RingBodies } from 'ocellus/app/record/clips';
import { Body } from 'ocellus/body';
import { OcellusError } from 'ocellus/error';
import type { RecordingRow } from 'ocellus/plane';
import { FakePlane, rowOf } from 'ocellus/test/fake-plane';
import { withFakeTimers } from 'ocellus/test/fake-timers';
import { assertEqual, assertRejects, test } from 'ocellus/test/harness';

const path = 'recordings/cam1/clip_20261121T025100.000Z_20261121T025120.000Z.mp4';
const file: RecordingRow = {
    path,
    channel: 'cam1',
    name: 'clip',
    start: '2026-11-21T02:51:00.000Z',
    end: '2026-11-21T02:51:20.000Z',
    bytes: 5,
    open: false,
    durationMs: 0,
    protected: false,
};

function planeOf(...rows: readonly RecordingRow[]): FakePlane {
    const plane = new FakePlane();
    plane.rows.push(rowOf({ number: 3, name: 'cam1', state: 2 }));
    plane.files.push(...rows);
    plane.clips = async () => path;
    return plane;
}

test('a clip of a channel, as it is listed', async () => {
    const plane = planeOf({ ...file, path: path.replace('clip', 'aaaa') }, file);
    const clips = new Clips(plane, () => true);
    assertEqual(await clips.clip({ channel: 'cam1', beforeSeconds: 10, afterSeconds: 0.5 }), {
        path,
        channel: 'cam1',
        start: '2026-11-21T02:51:00.000Z',
        end: '2026-11-21T02:51:20.000Z',
        bytes: 5,
    });
    assertEqual(plane.calls, [
        'clip 3 main clip 10000 500 sound',
        'list cam1  recordings/cam1/clip_20261121T025100.000Z_20261121T025100.000Z.mp4 4',
    ]);
});

test('what is no span, no name and no channel is refused before anything is recorded', async () => {
    const plane = planeOf(file);
    const clips = new Clips(plane, () => false);
    const span = { channel: 'cam1', beforeSeconds: 1, afterSeconds: 1 };
    for (const [options, code] of [
        [{ ...span, beforeSeconds: -1 }, 'RANGE'],
        [{ ...span, afterSeconds: 601 }, 'RANGE'],
        [{ ...span, afterSeconds: Number.NaN }, 'RANGE'],
        [{ ...span, name: 'a_b' }, 'INVAL'],
        [{ ...span, channel: 'cam2' }, 'NOENT'],
    ] as const) {
        const error = await assertRejects(clips.clip(options), { type: OcellusError });
        assertEqual((error as OcellusError).code, code);
    }
    assertEqual(plane.calls, []);
});

test('a clip that is being finished is waited for; other failures are handed on', async () => {
    await withFakeTimers(async (clock) => {
        const plane = planeOf(file);
        let count = 0;
        plane.clips = async () => {
            if (++count < 3) {
                throw new OcellusError('BUSY');
            }
            return path;
        };
        const clip = new Clips(plane, () => false).clip({ channel: 'cam1', beforeSeconds: 0, afterSeconds: 1 });
        await clock.advance(1000);
        assertEqual((await clip).path, path);
        assertEqual(count, 3);
    });
    const full = planeOf(file);
    full.clips = async () => {
        throw new OcellusError('DISK_FULL');
    };
    const span = { channel: 'cam1', beforeSeconds: 0, afterSeconds: 1 };
    const error = await assertRejects(new Clips(full, () => false).clip(span), { type: OcellusError });
    assertEqual((error as OcellusError).code, 'DISK_FULL');
});

test('a clip that was deleted meanwhile is an error', async () => {
    const clip = new Clips(planeOf(), () => false).clip({ channel: 'cam1', beforeSeconds: 0, afterSeconds: 1 });
    const error = await assertRejects(clip, { type: OcellusError });
    assertEqual((error as OcellusError).code, 'NOENT');
});

test('a span of the ring is asked for when its end has come; a snapshot at once', async () => {
    const calls: string[] = [];
    const ring: RingBodies = {
        span: async (channel, { beforeMs, stream, audio }) => {
            calls.push(`span ${channel} ${beforeMs} ${stream} ${audio}`);
            return new Body();
        },
        snapshot: async (channel, stream) => {
            calls.push(`snapshot ${channel} ${stream}`);
            return new Body();
        },
    };
    const clips = new Clips(planeOf(), () => true, ring);
    await withFakeTimers(async (clock) => {
        const span = clips.span({ channel: 'cam1', beforeSeconds: 10, afterSeconds: 5 });
        await clock.advance(4900);
        assertEqual(calls, []);
        await clock.advance(200);
        await span;
    });
    await clips.snapshot('cam1', 'sub');
    assertEqual(calls, ['span 3 15000 main true', 'snapshot 3 sub']);
    for (const wrong of [
        clips.snapshot('cam2'),
        clips.span({ channel: 'cam2', beforeSeconds: 1, afterSeconds: 0 }),
        clips.span({ channel: 'cam1', beforeSeconds: 601, afterSeconds: 0 }),
    ]) {
        await assertRejects(wrong, { type: OcellusError });
    }
    assertEqual(calls.length, 2);
});
