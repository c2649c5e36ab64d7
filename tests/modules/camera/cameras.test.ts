import { channelHash, channelOptions } from 'ocellus/app/camera/channel-options';
import { Cameras, type CamerasOptions } from 'ocellus/app/camera/cameras';
import { OcellusError } from 'ocellus/error';
import type { ChannelOptions, Opened } from 'ocellus/plane';
import { FakePlane, rowOf } from 'ocellus/test/fake-plane';
import { withFakeTimers } from 'ocellus/test/fake-timers';
import { assert, assertEqual, assertRejects, test } from 'ocellus/test/harness';

const settings = {
    name: 'front',
    input: 'a.mp4',
    title: '',
    user: '',
    password: '',
    sub: '',
    record: { stream: 'main' as const, mode: 'continuous' as const, schedule: [], maxMB: 0, maxDays: 0 },
    audio: true,
    loop: true,
    ring: { seconds: 12 },
    prerollSeconds: 0,
    maxGopSize: 0,
    motion: { enabled: false, sensitivity: 50, zones: '', minAreaPercent: 0, cooldownSeconds: 10 },
    sound: { enabled: false, thresholdDb: 15 },
};
const live = { targetMs: 1000, partMs: 200 };
const front = channelOptions(settings, live, 0);
const back = channelOptions({ ...settings, name: 'back' }, live, 0);
const one = { wanted: [front] };

interface Setup {
    readonly plane?: FakePlane;
    readonly wanted?: readonly ChannelOptions[];
    readonly first?: boolean;
    readonly onRunning?: CamerasOptions['onRunning'];
    readonly recording?: CamerasOptions['recording'];
}

function setUp({
    plane = new FakePlane(),
    wanted = [front, back],
    first = true,
    onRunning,
    recording = () => undefined,
}: Setup): {
    plane: FakePlane;
    cameras: Cameras;
    running: number[];
} {
    const running: number[] = [];
    const note: CamerasOptions['onRunning'] = async (channel, options, how) => {
        await onRunning?.(channel, options, how);
        running.push(channel);
    };
    return { plane, running, cameras: new Cameras({ plane, wanted, first, onRunning: note, recording }) };
}

function runningPlane(...channels: readonly ChannelOptions[]): FakePlane {
    const plane = new FakePlane();
    channels.forEach((options, number) => {
        plane.rows.push(rowOf({ number, name: options.name, state: 2, config_hash: channelHash(options) }));
    });
    return plane;
}

test('the first script opens everything, in the order of the settings', async () => {
    const { plane, cameras, running } = setUp({});
    await cameras.start();
    assertEqual(plane.calls, ['open front', 'open back']);
    assertEqual(running, [0, 1]);
    assertEqual(plane.rows[0]?.config_hash, channelHash(front));
});

test('a later script adopts what runs with the same settings and opens nothing twice', async () => {
    const { plane, cameras, running } = setUp({ plane: runningPlane(front, back), first: false });
    await cameras.start();
    assertEqual(plane.calls, ['adopt 0', 'adopt 1']);
    assertEqual(running, [0, 1]);
});

test('a channel that opens, is lost or has ended is adopted too; one that closes is not', async () => {
    for (const state of [1, 3, 4]) {
        const plane = new FakePlane();
        plane.rows.push(rowOf({ number: 5, name: 'front', state, config_hash: channelHash(front) }));
        await setUp({ plane, ...one, first: false }).cameras.start();
        assertEqual(plane.calls, ['adopt 5']);
    }
    const plane = new FakePlane();
    plane.rows.push(rowOf({ number: 5, name: 'front', state: 5, config_hash: channelHash(front) }));
    await setUp({ plane, ...one, first: false }).cameras.start();
    assertEqual(plane.calls, ['close 5', 'open front']);
});

test('changed settings: closed, then opened; missing ones opened; unknown ones closed', async () => {
    const changed = { ...front, url: 'b.mp4' };
    const gone = { ...front, name: 'gone' };
    const { plane, cameras } = setUp({ plane: runningPlane(front, gone), wanted: [changed, back], first: false });
    await cameras.start();
    assertEqual([...plane.calls].sort(), ['close 0', 'close 1', 'open back', 'open front']);
    assert(plane.calls.indexOf('close 0') < plane.calls.indexOf('open front'), 'closed first');
    assertEqual(plane.opened.find(({ name }) => name === 'front')?.url, 'b.mp4');
});

test('first script: a source that cannot be opened rejects, and the line names channel, source and reason', async () => {
    const { plane, cameras } = setUp({ wanted: [{ ...front, url: 'rtsp://u:p@h/x' }] });
    plane.failures.push({ call: 'open', error: new OcellusError('NOENT', 'no such file') });
    const error = await assertRejects(cameras.start(), {
        type: OcellusError,
        message: /^front: cannot open rtsp:\/\/\*\*\*@h\/x: no such file$/,
    });
    assertEqual((error as OcellusError).code, 'NOENT');
});

test('a channel that is opened carries its recording; the caller hears whether it began', async () => {
    const how: string[] = [];
    const recording = {
        name: 'a',
        segmentMs: 0,
        prerollMs: 0,
        stream: 'main' as const,
        audio: true,
        resume: false,
        forMs: 0,
    };
    const plane = runningPlane(front);
    const { cameras } = setUp({
        plane,
        first: false,
        onRunning: async (_channel, { name }, running) => void how.push(`${name} ${running}`),
        recording: ({ name }) => ({ ...recording, name }),
    });
    await cameras.start();
    assertEqual(plane.calls, ['adopt 0', 'open back recorded']);
    assertEqual(plane.recorded, [{ ...recording, name: 'back' }]);
    plane.beginsRecordings = false;
    await cameras.apply([front, { ...back, url: 'b.mp4' }]);
    assertEqual(how.sort(), ['back opened', 'back recorded', 'front adopted']);
});

test('first script: a channel that cannot be recorded rejects', async () => {
    const onRunning = async (): Promise<void> => {
        throw new OcellusError('RANGE', 'pre-roll longer than the ring');
    };
    await assertRejects(setUp({ onRunning }).cameras.start(), {
        message: /^front: cannot start a\.mp4: pre-roll longer than the ring$/,
    });
});

test('a later script starts without the source that fails, and tries it again until it opens', async () => {
    await withFakeTimers(async (clock) => {
        const { plane, cameras, running } = setUp({ plane: runningPlane(front), first: false });
        for (let count = 0; count < 3; count++) {
            plane.failures.push({ call: 'open', error: new OcellusError('IO', 'unplugged') });
        }
        const started = cameras.start();
        await clock.settle();
        await started;
        assertEqual(running, [0]);
        await clock.advance(60_000);
        assertEqual(plane.calls, ['adopt 0', 'open back', 'open back', 'open back', 'open back']);
        assertEqual(running, [0, 1]);
        assertEqual(clock.waiting.size, 0);
    });
});

const minuteMs = 60_000;

test('a refused login waits for minutes, then hours, whatever other settings do meanwhile', async () => {
    await withFakeTimers(async (clock) => {
        const { plane, cameras } = setUp({ wanted: [], first: false });
        for (let count = 0; count < 9; count++) {
            plane.failures.push({ call: 'open', error: new OcellusError('PASSWORD') });
        }
        await cameras.apply([front]);
        const tried = async (ms: number): Promise<number> => {
            plane.calls.length = 0;
            await clock.advance(ms);
            return plane.calls.length;
        };
        assertEqual(await tried(8 * minuteMs - 1), 0);
        assertEqual(await tried(1), 1);
        assertEqual(await tried(32 * minuteMs - 1), 0);
        await cameras.apply([{ ...front, ringMs: front.ringMs }]);
        assertEqual(await tried(1), 1);
        assertEqual([await tried(128 * minuteMs - 1), await tried(1)], [0, 1]);
        assertEqual([await tried(240 * minuteMs - 1), await tried(1)], [0, 1]);
        assertEqual([await tried(240 * minuteMs - 1), await tried(1)], [0, 1], 'never rarer');
        assertEqual(cameras.code('front'), 'PASSWORD');
        plane.failures.length = 0;
        assertEqual(await tried(240 * minuteMs), 1);
        assertEqual(cameras.problem('front'), '');
    });
});

test('a refused login is tried at once with another address, and when somebody asks; other channels are left alone', async () => {
    await withFakeTimers(async (clock) => {
        const { plane, cameras } = setUp({ wanted: [], first: false });
        const refuse = (): void => void plane.failures.push({ call: 'open', error: new OcellusError('PASSWORD') });
        refuse();
        await cameras.apply([front]);
        plane.calls.length = 0;
        refuse();
        await cameras.retry('front');
        assertEqual(plane.calls, ['open front']);
        refuse();
        const asked = cameras.asked('front');
        await cameras.apply([{ ...front, url: 'rtsp://h/other' }]);
        assertEqual([plane.calls.length, cameras.asked('front') > asked], [2, true]);
        plane.failures.length = 0;
        await clock.advance(8 * minuteMs);
        assertEqual([plane.calls.length, cameras.problem('front')], [3, ''], 'the new address begins anew');
        await cameras.retry('front');
        await cameras.retry('nobody');
        await clock.advance(60 * minuteMs);
        assertEqual(plane.calls.length, 3, 'what runs is left alone');
        assertEqual(clock.waiting.size, 0);
    });
});

test('asked for: a channel that ran and whose login is refused now is opened anew', async () => {
    const { plane, cameras } = setUp({ ...one });
    await cameras.start();
    const [row] = plane.rows;
    plane.rows.splice(0, 1, rowOf({ ...row, number: 0, name: 'front', state: 3, failure: 24 }));
    plane.calls.length = 0;
    await cameras.retry('front');
    assertEqual(plane.calls, ['close 0', 'open front']);
});

test('a channel that opened after its deadline is adopted by the next attempt, not opened twice', async () => {
    await withFakeTimers(async (clock) => {
        const { plane, cameras } = setUp({ ...one, first: false });
        plane.failures.push({ call: 'open', error: new OcellusError('TIMEOUT') });
        await cameras.start();
        plane.rows.push(rowOf({ number: 0, name: 'front', state: 2, config_hash: channelHash(front) }));
        await clock.advance(1000);
        assertEqual(plane.calls, ['open front', 'adopt 0']);
    });
});

test('a stray channel that cannot be closed does not stop the others', async () => {
    const plane = runningPlane({ ...front, name: 'gone' });
    plane.failures.push({ call: 'close', error: new OcellusError('TIMEOUT') });
    const { cameras, running } = setUp({ plane, ...one });
    await cameras.start();
    assertEqual(running.length, 1);
});

test('the hash changes with what a channel is, and with nothing else', () => {
    const variants: ChannelOptions[] = [
        front,
        back,
        channelOptions({ ...settings, input: 'b.mp4' }, live, 0),
        channelOptions({ ...settings, sub: 'b.mp4' }, live, 0),
        channelOptions({ ...settings, audio: false }, live, 0),
        channelOptions({ ...settings, loop: false }, live, 0),
        { ...front, fast: true },
    ];
    assertEqual(new Set(variants.map(channelHash)).size, variants.length);
    const reordered = Object.fromEntries(Object.entries(front).reverse()) as unknown as ChannelOptions;
    const same: ChannelOptions[] = [
        reordered,
        { ...front, later: 'an option of a later version' } as ChannelOptions,
        { ...front, bitrate: 1 },
        channelOptions({ ...settings, record: { ...settings.record, stream: 'sub' } }, live, 0),
        channelOptions({ ...settings, ring: { bytes: 12_000 } }, live, 0),
        channelOptions({ ...settings, prerollSeconds: 1 }, live, 0),
        channelOptions({ ...settings, maxGopSize: 1 }, live, 0),
        channelOptions(settings, { ...live, targetMs: 2000 }, 0),
        channelOptions(settings, { ...live, partMs: 0 }, 0),
    ];
    assertEqual(new Set(same.map(channelHash)).size, 1);
    assertEqual(channelHash(reordered), channelHash(front));
    assertEqual(channelOptions({ ...settings, prerollSeconds: 3 }, live, 5).prerollMs, 5000);
});

test('frozen: the hashes of this version are those of every later one', () => {
    // A later version adopts what runs only when these numbers stay: never change them, add entries with a default.
    const full = { ...front, url: 'rtsp://u:p@h/x', subUrl: '640x360@500000', audio: false, loop: false, fast: true };
    assertEqual([front, back, full].map(channelHash), [4188481852, 1175878638, 3726809380]);
});

test('what can change while a channel runs changes in place, at the start and later', async () => {
    const { plane, cameras, running } = setUp({ plane: runningPlane(front), ...one, first: false });
    await cameras.start();
    const wider = { ...front, ringMs: 60_000, liveTargetMs: 2000 };
    assertEqual(await cameras.apply([wider]), []);
    assertEqual(plane.calls, ['adopt 0', 'adopt 0', 'change 0']);
    assertEqual([plane.changed.get(0)?.ringMs, running], [60_000, [0, 0]]);
    plane.changed.set(0, wider);
    const next = setUp({ plane, ...one, first: false });
    await next.cameras.start();
    assertEqual(plane.calls.slice(3), ['adopt 0', 'change 0']);
});

test('a change that needs another opening gets it; one that is refused is tried again while the channel runs', async () => {
    await withFakeTimers(async (clock) => {
        const { plane, cameras, running } = setUp({ ...one });
        await cameras.start();
        for (const code of ['NOTSUP', 'NOMEM'] as const) {
            plane.calls.length = 0;
            plane.failures.push({ call: 'change', error: new OcellusError(code) });
            const other = { ...front, ringMs: code === 'NOMEM' ? 7000 : 9000 };
            assertEqual(await cameras.apply([other]), ['front']);
            assertEqual(plane.calls, ['adopt 0', 'change 0', 'close 0', 'open front']);
            assertEqual(plane.changed.get(0)?.ringMs, other.ringMs);
        }
        plane.calls.length = running.length = 0;
        plane.failures.push({ call: 'change', error: new OcellusError('BUSY', 'ring: in use') });
        assertEqual(await cameras.apply([front]), []);
        assertEqual([cameras.problem('front'), running], ['front: cannot change a.mp4: ring: in use', [0]]);
        await clock.advance(1000);
        assertEqual(plane.calls, ['adopt 0', 'change 0', 'adopt 0', 'change 0']);
        assertEqual([cameras.problem('front'), plane.changed.get(0)?.ringMs], ['', 12_000]);
    });
});

test('apply: what stays as it is notices nothing; others are closed, reopened, opened', async () => {
    const { plane, cameras, running } = setUp({});
    await cameras.start();
    plane.calls.length = 0;
    const third = { ...front, name: 'third' };
    assertEqual(await cameras.apply([front, { ...back, audio: false }, third]), ['back']);
    assertEqual([...plane.calls].sort(), ['close 1', 'open back', 'open third']);
    plane.calls.length = 0;
    running.length = 0;
    await cameras.apply([third]);
    assertEqual([...plane.calls].sort(), ['close 0', 'close 1']);
    assertEqual([plane.rows.map(({ name }) => name), running], [['third'], []]);
    await cameras.apply([]);
    assertEqual(plane.rows, []);
});

test('apply: what goes makes room before anything new is opened', async () => {
    const { plane, cameras } = setUp({});
    await cameras.start();
    plane.calls.length = 0;
    await cameras.apply([
        { ...front, name: 'x' },
        { ...front, name: 'y' },
    ]);
    assertEqual(plane.calls, ['close 0', 'close 1', 'open x', 'open y']);
});

test('apply: a source that fails says so, is tried again, and no longer when it is not wanted', async () => {
    await withFakeTimers(async (clock) => {
        const { plane, cameras } = setUp({ wanted: [] });
        for (let count = 0; count < 9; count++) {
            plane.failures.push({ call: 'open', error: new OcellusError('NOENT', 'no such file') });
        }
        await cameras.apply([front]);
        assertEqual(cameras.problem('front'), 'front: cannot open a.mp4: no such file');
        await clock.advance(3000);
        assertEqual(plane.calls, ['open front', 'open front', 'open front']);
        const better = { ...front, url: 'b.mp4' };
        plane.failures.length = 0;
        await cameras.apply([better]);
        assertEqual([cameras.problem('front'), plane.opened[0]?.url], ['', 'b.mp4']);
        await clock.advance(600_000);
        assertEqual(plane.calls.length, 4);
        await cameras.apply([]);
        assertEqual([plane.rows, cameras.problem('front')], [[], '']);
        assertEqual(clock.waiting.size, 0);
    });
});

test('apply while a source is being opened: the wait is broken off, and only the last wish is opened', async () => {
    class SlowPlane extends FakePlane {
        refuse: ((error: Error) => void) | undefined;
        override async openChannel(hash: number, options: ChannelOptions): Promise<Opened> {
            const opened = await super.openChannel(hash, options);
            const { channel } = opened;
            const row = this.rows.find((one) => one.number === channel);
            if (options.url !== 'slow') {
                return opened;
            }
            this.rows.splice(this.rows.indexOf(row ?? rowOf({ number: channel, name: '' })), 1);
            this.rows.push(rowOf({ number: channel, name: options.name, state: 1 }));
            return await new Promise((_resolve, reject) => {
                this.refuse = reject;
            });
        }
        override async closeChannel(channel: number): Promise<void> {
            await super.closeChannel(channel);
            this.refuse?.(new OcellusError('CLOSED', 'closed while it was being opened'));
        }
    }
    await withFakeTimers(async (clock) => {
        const plane = new SlowPlane();
        const { cameras, running } = setUp({ plane, wanted: [] });
        const first = cameras.apply([{ ...front, url: 'slow' }]);
        await clock.settle();
        const second = cameras.apply([{ ...front, url: 'worse' }]);
        const third = cameras.apply([{ ...front, url: 'good' }]);
        await Promise.all([first, second, third]);
        assertEqual(plane.calls, ['open front', 'close 0', 'open front']);
        assertEqual([plane.opened[1]?.url, running, cameras.problem('front')], ['good', [0], '']);
        assertEqual(clock.waiting.size, 0);
    });
});

test('rerun tells again about every channel, and opens none', async () => {
    const { plane, cameras, running } = setUp({});
    await cameras.start();
    plane.calls.length = 0;
    await cameras.rerun();
    assertEqual(
        [plane.calls, running],
        [
            ['adopt 0', 'adopt 1'],
            [0, 1, 0, 1],
        ],
    );
});

test('apply while another one waits for room: what only the older one wanted is not opened', async () => {
    class SlowPlane extends FakePlane {
        readonly closing: (() => void)[] = [];
        override async closeChannel(channel: number): Promise<void> {
            await new Promise<void>((resolve) => {
                this.closing.push(resolve);
            });
            await super.closeChannel(channel);
        }
    }
    const plane = new SlowPlane();
    const { cameras } = setUp({ plane });
    await cameras.start();
    const renamed = cameras.apply([front, { ...back, name: 'renamed' }]);
    const removed = cameras.apply([front, { ...back, name: 'third' }]);
    for (let turn = 0; turn < 50; turn++) {
        await undefined;
    }
    plane.closing.forEach((finish) => {
        finish();
    });
    await Promise.all([renamed, removed]);
    assertEqual(plane.rows.map(({ name }) => name).sort(), ['front', 'third']);
});
