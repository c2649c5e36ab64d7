import { CloudStorage, type CloudStorageOptions } from 'ocellus/app/cloud/cloud-storage';
import { StoreError, type StoreErrorCode } from 'ocellus/app/cloud/object-store';
import type { Push } from 'ocellus/app/cloud/push-gate';
import { OcellusError } from 'ocellus/error';
import { FakeCamera } from 'ocellus/test/cloud/fake-camera';
import { FakeStore } from 'ocellus/test/cloud/fake-store';
import { readPlaylist } from 'ocellus/test/cloud/read-playlist';
import { type FakeClock, withFakeTimers } from 'ocellus/test/fake-timers';
import { assert, assertEqual, assertRejects, assertThrows, test } from 'ocellus/test/harness';

const second = 1000;
/** Turns of promises within a second: enough for some segments. */
const settles = 10;
const list = 'cam/front/2026-11-21/02.m3u8';

/** Cloud storage of a camera, in time that the test moves. */
class Rig {
    readonly camera = new FakeCamera();
    readonly store = new FakeStore();
    readonly started: Push[] = [];
    readonly stopped: Push[] = [];
    readonly raised: string[] = [];
    readonly clock: FakeClock;
    readonly #beginMs: number;
    refusal: string | undefined;
    cloud: CloudStorage;

    constructor(clock: FakeClock, more: Partial<CloudStorageOptions> = {}) {
        this.clock = clock;
        this.#beginMs = this.camera.wallMs - clock.nowMs;
        this.cloud = this.make(more);
    }

    make(more: Partial<CloudStorageOptions> = {}): CloudStorage {
        return new CloudStorage({
            plane: this.camera,
            store: this.store,
            prefix: '',
            device: 'cam',
            deviceId: 'one',
            channels: () => ['front'],
            plan: 'continuous',
            maxGopSize: 524_288,
            segmentSeconds: 4,
            preRollSeconds: 6,
            postRollSeconds: 4,
            bytesPerSecond: () => 0,
            wallMs: () => this.camera.wallMs,
            now: () => this.clock.nowMs,
            random: () => 0.5,
            body: this.camera.body,
            raise: async (kind) => void this.raised.push(kind),
            onPushStart: (push) => {
                this.started.push(push);
                if (this.refusal !== undefined) {
                    throw new Error(this.refusal);
                }
            },
            onPushStop: (push) => void this.stopped.push(push),
            ...more,
        });
    }

    /** Time goes by, a second at a time. */
    async run(seconds: number): Promise<void> {
        for (let count = 0; count < seconds; count++) {
            await this.clock.advance(second);
            this.camera.wallMs = this.#beginMs + this.clock.nowMs;
            for (let turns = 0; turns < settles; turns++) {
                await this.clock.settle();
            }
        }
    }

    /** Something that needs promises only. */
    async done<T>(promise: Promise<T>): Promise<T> {
        let over = false;
        const end = promise.finally(() => {
            over = true;
        });
        for (let turn = 0; turn < 100 && !over; turn++) {
            await this.clock.settle();
        }
        assert(over, 'it does not end');
        return await end;
    }

    fail(code: StoreErrorCode | undefined, again: boolean): void {
        this.store.fault = () =>
            code === undefined ? undefined : { error: new StoreError(code, 'as planned', again) };
    }

    sent(): number {
        const text = this.store.objects.get(list)?.text;
        return text === undefined ? 0 : readPlaylist(text).entries.length;
    }
}

function cloudTest(title: string, run: (clock: FakeClock) => Promise<void>): void {
    test(title, () => withFakeTimers(run));
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
    const error = await assertRejects(promise, { type: OcellusError });
    return (error as OcellusError).code;
}

cloudTest('[A1] [A2] it starts, sends, and closes with what is whole', async (clock) => {
    const rig = new Rig(clock);
    assertEqual([rig.cloud.state().state, rig.cloud.state().plan], ['closed', 'continuous']);
    await rig.done(rig.cloud.start());
    const file = rig.camera.record();
    await rig.run(21);
    assertEqual([rig.sent(), rig.cloud.state().state], [4, 'idle']);
    assertEqual(rig.started, [{ channel: 'front', plan: 'continuous', events: [] }]);
    const { lagMs, waitingBytes, segments, bytes } = rig.cloud.state();
    assertEqual([lagMs <= 5000 && lagMs > 0, waitingBytes > 0, segments, bytes], [true, true, 4, 8000]);
    file.endMs = rig.camera.wallMs;
    await rig.done(rig.cloud.close());
    assertEqual([rig.sent(), rig.cloud.state().state, rig.stopped.length], [6, 'closed', 1]);
    assertEqual(clock.waiting.size, 0);
});

cloudTest('[A3] double start, use before the start and after the end', async (clock) => {
    const rig = new Rig(clock);
    assertEqual(await codeOf(rig.cloud.notifyEvent(1)), 'STATE');
    assertEqual(await codeOf(rig.cloud.setPlan('off')), 'STATE');
    await rig.done(rig.cloud.start());
    assertEqual(await codeOf(rig.cloud.start()), 'STATE');
    await rig.done(rig.cloud.close());
    await rig.done(rig.cloud.close());
    assertEqual(await codeOf(rig.cloud.notifyEvent(1)), 'STATE');
    assertEqual(await codeOf(rig.cloud.start()), 'STATE');
    const unused = rig.make();
    await rig.done(unused.close());
    assertEqual(await codeOf(unused.start()), 'STATE');
});

cloudTest('[A3] closed during an upload: the request ends, the next start goes on there', async (clock) => {
    const rig = new Rig(clock);
    const file = rig.camera.record();
    await rig.done(rig.cloud.start());
    await rig.run(9);
    let release: () => void = () => undefined;
    const put = rig.store.put.bind(rig.store);
    const held = new Promise<void>((resolve) => {
        release = resolve;
    });
    rig.store.put = async (key, body, options) => {
        await held;
        return await put(key, body, options);
    };
    await rig.run(5);
    const closing = rig.cloud.close();
    let again = false;
    const second = rig.cloud.close().then(() => {
        again = true;
    });
    await clock.settle();
    assertEqual([rig.cloud.state().state, again], ['closed', false]);
    release();
    await rig.done(closing);
    await rig.done(second);
    const before = rig.sent();
    rig.store.put = put;
    await rig.run(20);
    assertEqual(rig.sent(), before);
    file.endMs = rig.camera.wallMs;
    const next = rig.make();
    await rig.done(next.start());
    await rig.run(3);
    const { entries } = readPlaylist(rig.store.objects.get(list)?.text ?? '');
    assertEqual([entries.length, entries.some(({ discontinuity }) => discontinuity)], [9, false]);
    await rig.done(next.close());
});

cloudTest('[A3] a store that never answers holds the end up for 10 s at most', async (clock) => {
    const rig = new Rig(clock);
    rig.camera.record();
    rig.store.put = () => new Promise(() => undefined);
    await rig.done(rig.cloud.start());
    await rig.run(2);
    let over = false;
    const closing = rig.cloud.close().then(() => {
        over = true;
    });
    await rig.run(9);
    assertEqual(over, false);
    await rig.run(2);
    await closing;
    assertEqual(over, true);
});

cloudTest('[A4] a refusal is a state with its reason, and is tried again after a minute', async (clock) => {
    const rig = new Rig(clock);
    rig.refusal = 'on battery';
    rig.camera.record();
    await rig.done(rig.cloud.start());
    await rig.run(30);
    const { state, reason } = rig.cloud.state();
    assertEqual([state, reason, rig.sent(), rig.started.length], ['refused', 'refused: on battery', 0, 1]);
    rig.refusal = undefined;
    await rig.run(40);
    assertEqual([rig.cloud.state().state, rig.started.length, rig.sent() > 10], ['idle', 2, true]);
    await rig.done(rig.cloud.close());
});

cloudTest('[A7] events by their mask: all bits of a uint32, no reserved one', async (clock) => {
    const rig = new Rig(clock);
    await rig.done(rig.cloud.start());
    await rig.done(rig.cloud.notifyEvent(3));
    await rig.done(rig.cloud.notifyEvent(0x80000000));
    await rig.done(rig.cloud.notifyEvent(-2_147_483_648));
    assertEqual(rig.raised, ['motion', 'human', 'vendor-32', 'vendor-32']);
    for (const mask of [0, 16, 0x8000, 1 | 32, 1.5, Number.NaN, 2 ** 32]) {
        await assertRejects(rig.cloud.notifyEvent(mask), { type: RangeError });
    }
    await rig.done(rig.cloud.close());
});

cloudTest('[A8] plans change while it runs; what happened while it was off stays here', async (clock) => {
    const rig = new Rig(clock);
    rig.camera.record();
    await rig.done(rig.cloud.start());
    await rig.run(11);
    await rig.done(rig.cloud.setPlan('off'));
    assertEqual([rig.cloud.state().state, rig.stopped.length, rig.sent()], ['off', 1, 2]);
    await rig.run(60);
    assertEqual(rig.sent(), 2);
    await rig.done(rig.cloud.setPlan('event'));
    await rig.run(30);
    assertEqual(rig.sent(), 2);
    rig.camera.event(rig.camera.wallMs, rig.camera.wallMs);
    await rig.run(15);
    assertEqual(rig.started.map(({ plan, events }) => [plan, events]).slice(1), [['event', [1]]]);
    assertEqual(rig.sent() >= 4 && rig.sent() <= 6, true);
    await rig.done(rig.cloud.setPlan('continuous'));
    await rig.run(30);
    assertEqual(rig.sent() > 10, true);
    assertEqual(await codeOf(rig.cloud.setPlan('never' as 'off')), 'INVAL');
    await rig.done(rig.cloud.close());
});

cloudTest('[A8] without credentials it is not active, and says so', async (clock) => {
    const rig = new Rig(clock);
    const cloud = rig.make({ store: undefined });
    await rig.done(cloud.start());
    const { state, reason } = cloud.state();
    assertEqual([state, reason], ['inactive', 'there are no credentials']);
    await rig.done(cloud.close());
});

cloudTest('[A9] errors that pass: later and later, then all that waited, oldest first', async (clock) => {
    const rig = new Rig(clock);
    rig.camera.record();
    await rig.done(rig.cloud.start());
    await rig.run(9);
    rig.fail('OFFLINE', true);
    await rig.run(180);
    const { state, reason, errors, lagMs } = rig.cloud.state();
    assertEqual([state, reason], ['retrying', 'OFFLINE: as planned']);
    assert(errors >= 8 && errors <= 14, `${errors} attempts in 3 minutes`);
    assert(lagMs > 170_000, `${lagMs} ms behind`);
    rig.fail(undefined, true);
    await rig.run(30);
    assertEqual([rig.cloud.state().state, rig.cloud.state().lagMs < 6000], ['idle', true]);
    const { entries } = readPlaylist(rig.store.objects.get(list)?.text ?? '');
    assertEqual(
        entries.some(({ discontinuity }) => discontinuity),
        false,
    );
    await rig.done(rig.cloud.close());
});

cloudTest(
    '[A9] errors that somebody must act on: a state, tried once more, then every 5 minutes and when something changed',
    async (clock) => {
        for (const code of [
            'DENIED',
            'NO_BUCKET',
            'CLOCK',
            'FULL',
            'EXPIRED',
            'REDIRECT',
            'UNSUPPORTED',
            'CHECKSUM',
        ] as const) {
            const rig = new Rig(clock);
            rig.fail(code, false);
            rig.camera.record();
            await rig.done(rig.cloud.start());
            await rig.run(code === 'DENIED' ? 290 : 20);
            const { state, reason, errors } = rig.cloud.state();
            assertEqual([state, reason, errors], ['blocked', `${code}: as planned`, 2]);
            rig.fail(undefined, true);
            rig.cloud.wake();
            await rig.run(10);
            assertEqual([rig.cloud.state().state, rig.sent() > (code === 'DENIED' ? 70 : 4)], ['idle', true]);
            await rig.done(rig.cloud.close());
        }
    },
);

cloudTest(
    '[A9] one refusal that does not pass and is not repeated, as by a flipped bit, holds nothing up',
    async (clock) => {
        const rig = new Rig(clock);
        rig.camera.record();
        await rig.done(rig.cloud.start());
        await rig.run(9);
        for (const code of ['DENIED', 'UNSUPPORTED', 'DENIED'] as const) {
            const before = rig.sent();
            rig.fail(code, false);
            await rig.run(5);
            assertEqual(rig.cloud.state().state, 'blocked');
            rig.fail(undefined, true);
            rig.cloud.wake();
            await rig.run(5);
            assertEqual([rig.cloud.state().state, rig.sent() > before], ['idle', true]);
        }
        let once = true;
        rig.store.fault = () => {
            const error = once ? { error: new StoreError('DENIED', 'as planned', false) } : undefined;
            once = false;
            return error;
        };
        const before = rig.sent();
        await rig.run(10);
        assertEqual([rig.cloud.state().state, rig.sent() > before, once], ['idle', true, false]);
        await rig.done(rig.cloud.close());
    },
);

cloudTest(
    '[A9] a damaged index blocks its channel, names the object, and it goes on once that is deleted',
    async (clock) => {
        const rig = new Rig(clock);
        const key = 'cam/front/2026-11-21/02.json';
        rig.camera.record();
        for (const text of ['{"version":1,', '<html>', '{"version":1,"channel":"back"}']) {
            rig.store.objects.set(key, { text, etag: '"x"', type: 'application/json' });
            const cloud = rig.make();
            await rig.done(cloud.start());
            await rig.run(20);
            const { state, reason } = cloud.state();
            assertEqual(
                [state, reason.startsWith(`DAMAGED: ${key}: the index of an hour is damaged`)],
                ['blocked', true],
            );
            assertEqual(rig.store.objects.get(key)?.text, text, 'it is not written over');
            rig.store.objects.delete(key);
            cloud.wake();
            await rig.run(10);
            assertEqual([cloud.state().state, rig.sent() > 2], ['idle', true]);
            await rig.done(cloud.close());
        }
    },
);

cloudTest('[A9] a clock that is not set, and two devices below one name', async (clock) => {
    const rig = new Rig(clock, { wallMs: () => 5000 });
    rig.camera.record();
    await rig.done(rig.cloud.start());
    await rig.run(3);
    assertEqual([rig.cloud.state().state, rig.cloud.state().reason.slice(0, 6)], ['retrying', 'CLOCK:']);
    await rig.done(rig.cloud.close());
    const one = rig.make();
    await rig.done(one.start());
    await rig.run(10);
    await rig.done(one.close());
    const before = rig.store.writes.length;
    const two = rig.make({ deviceId: 'two' });
    await rig.done(two.start());
    await rig.run(10);
    const { state, reason } = two.state();
    assertEqual([state, reason.slice(0, 52)], ['blocked', 'CONFLICT: another device writes to cam/device.json: ']);
    assertEqual(rig.store.writes.length, before);
    await rig.done(two.close());
});

cloudTest('[A9] the rate is that of all channels together', async (clock) => {
    const rig = new Rig(clock, { channels: () => ['front', 'back'], bytesPerSecond: () => 500 });
    rig.camera.record({ channel: 'front', endMs: rig.camera.wallMs + 40 * second });
    rig.camera.record({ channel: 'back', endMs: rig.camera.wallMs + 40 * second });
    await rig.done(rig.cloud.start());
    await rig.run(40);
    const text = (end: string) => [...rig.store.objects].filter(([key]) => key.endsWith(end));
    const bytes = [...rig.store.objects.values()].reduce((sum, { text: { length } }) => sum + length, 0);
    assert(bytes > 8000 && bytes < 500 * 44 + 4000, `${bytes} bytes in 40 s`);
    assert(text('m4s').length > 2, 'nothing was sent');
    assertEqual([...new Set(text('m3u8').map(([key]) => key.split('/')[1]))].sort(), ['back', 'front']);
    const closing = rig.cloud.close();
    await rig.run(12);
    await closing;
});

cloudTest('[A9] an event does not wait until a limit has paid for a long segment before it', async (clock) => {
    const rig = new Rig(clock, { latencySeconds: 60, bytesPerSecond: () => 600 });
    const begin = rig.camera.wallMs;
    rig.camera.record(); // 500 bytes a second: a segment of 60 s is paid for after 50 s
    await rig.done(rig.cloud.start());
    await rig.run(64);
    const sent = () => [...rig.store.objects.keys()].filter((key) => key.endsWith('.m4s')).length;
    const named = () =>
        JSON.parse(rig.store.objects.get('cam/front/2026-11-21/02.json')?.text ?? '{"segments":[]}').segments;
    assertEqual([sent(), named().length], [1, 1], 'its index is there too');
    rig.camera.event(begin + 66 * second, begin + 69 * second);
    await rig.run(10);
    assert(named().length >= 3, `${named().length} segments by ${(rig.camera.wallMs - begin) / second} s`);
    await rig.run(400);
    const bytes = [...rig.store.objects.values()].reduce((sum, { text: { length } }) => sum + length, 0);
    assert(bytes < 600 * 474 + 40_000, `${bytes} bytes`);
    const closing = rig.cloud.close();
    await rig.run(12);
    await closing;
});

cloudTest('three requests for each segment, and few beside them: docs/scale.md counts on it', async (clock) => {
    const rig = new Rig(clock);
    await rig.done(rig.cloud.start());
    rig.camera.record();
    await rig.run(542); // to the end of the hour
    const hour = rig.store.writes.length;
    const segments = rig.store.writes.filter((key) => key.endsWith('.m4s')).length;
    assert(segments > 100, String(segments));
    const others = hour - 3 * segments;
    assert(others >= 2 && others <= 8, `${others} requests beside those of ${segments} segments: ${rig.store.writes}`);
    await rig.done(rig.cloud.close());
});

test('[A9] options that are not allowed', () => {
    const make = (more: Partial<CloudStorageOptions>) => new Rig({ nowMs: 0 } as FakeClock, more);
    for (const more of [
        { maxGopSize: 0 },
        { segmentSeconds: 1 },
        { segmentSeconds: 11 },
        { preRollSeconds: -1 },
        { postRollSeconds: Number.NaN },
        { plan: 'sometimes' as 'off' },
    ]) {
        assertThrows(() => make(more), { type: OcellusError });
    }
});
