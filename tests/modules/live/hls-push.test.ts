/** A push of HLS in time that the test moves: order, slowness, outages, privacy, restarts. */
import { HlsPush } from 'ocellus/app/live/hls-push';
import type { PushState } from 'ocellus/app/live/push-state';
import { type FakeClock, withFakeTimers } from 'ocellus/test/fake-timers';
import { beginMs, FakeLive, FakeTarget } from 'ocellus/test/live/fake-hls';
import { assert, assertEqual, test } from 'ocellus/test/harness';

/** A push, its channel and its target. */
class Rig {
    readonly live: FakeLive;
    readonly target: FakeTarget;
    readonly states: PushState[] = [];
    readonly #clock: FakeClock;
    /** Processes that pushed: what an earlier one still asks for is never answered. */
    #processes = 0;
    push: HlsPush;

    constructor(clock: FakeClock) {
        this.#clock = clock;
        this.live = new FakeLive(clock);
        this.target = new FakeTarget(clock);
        this.push = this.make();
    }

    make(): HlsPush {
        const now = () => this.#clock.nowMs;
        const process = ++this.#processes;
        const { list } = this.target;
        const alive = <T>(answer: () => Promise<T>): Promise<T> =>
            process === this.#processes ? answer() : new Promise<never>(() => undefined);
        return new HlsPush({
            plane: {
                channels: () => this.live.channels(),
                channel: () => this.live.channels()[0],
                sub: () => undefined,
            },
            host: { now, clock: () => ({ wallMs: beginMs + now(), quality: 'ntp' }) },
            target: { url: 'http://example.org/' },
            channel: 'front',
            stream: 'main',
            onState: (state) => this.states.push(state),
            bodies: this.live,
            store: {
                list,
                put: (name, body, kind) => alive(() => this.target.put(name, body, kind)),
                get: (name) => alive(() => this.target.get(name)),
                remove: (name) => alive(() => this.target.remove(name)),
            },
        });
    }

    /** In small steps: promise jobs follow each other over several requests. */
    async run(seconds: number): Promise<void> {
        for (let step = 0; step < seconds * 10; step++) {
            await this.#clock.advance(100);
        }
        this.target.check();
    }

    /** Nothing is missing but what is counted, nothing came twice, nothing out of order. */
    checkSegments(): void {
        const { segments } = this.target;
        const sorted = [...new Set(segments)].sort((a, b) => a - b);
        assertEqual(segments, sorted);
        const span = (segments.at(-1) ?? 0) - (segments[0] ?? 0) + 1;
        assertEqual(segments.length + this.push.state().leftOutSegments, span);
    }

    async stop(): Promise<void> {
        const stopped = this.push.stop();
        await this.run(11);
        await stopped;
    }

    get breaks(): number {
        return this.target.text.split('#EXT-X-DISCONTINUITY\n').length - 1;
    }
}

function pushTest(title: string, run: (rig: Rig, clock: FakeClock) => Promise<void>): void {
    test(title, () => withFakeTimers(async (clock) => run(new Rig(clock), clock)));
}

pushTest(
    '[E2] each segment once and in order, behind its init segment, before the playlist; old ones go',
    async (rig) => {
        rig.push.start();
        assertEqual([rig.push.state().phase, rig.states.length], ['waits', 0]);
        await rig.run(90);
        const { phase, packets, bytes, leftOutSegments, failures, deliveredMs } = rig.push.state();
        assertEqual([phase, leftOutSegments, failures], ['runs', 0, 0]);
        assert(packets >= 88 && bytes >= 11 * packets && deliveredMs > 88_000, JSON.stringify(rig.push.state()));
        assertEqual(
            rig.states.map((state) => state.phase).filter((one, at, all) => one !== all[at - 1]),
            ['connecting', 'runs'],
        );
        rig.checkSegments();
        const [init, segment, list] = rig.target.writes;
        assert(
            init?.endsWith('-i100.mp4') && segment?.endsWith('-s100.m4s') && list === 'index.m3u8',
            rig.target.writes.slice(0, 3).join(),
        );
        assertEqual([rig.target.listed.length, rig.breaks], [20, 0]);
        assert(rig.target.files.size < 50 && rig.target.removed.length > 40, `${rig.target.files.size} files`);
        assert(rig.target.text.includes('#EXT-X-PROGRAM-DATE-TIME:2026-11-25T20:01:2'), rig.target.text);
        await rig.stop();
        assert(rig.target.text.endsWith('#EXT-X-ENDLIST\n'));
        assert(
            rig.live.lent.every(({ isClosed }) => isClosed),
            'every body is closed',
        );
        const writes = rig.target.writes.length;
        await rig.run(5);
        assertEqual(rig.target.writes.length, writes);
    },
);

pushTest('[E2] it begins with what is newest, and waits for a channel that is not open', async (rig, clock) => {
    rig.live.isOpen = false;
    rig.push.start();
    await rig.run(20);
    assertEqual([rig.push.state().phase, rig.target.writes.length], ['waits', 0]);
    rig.live.isOpen = true;
    await rig.run(3);
    assertEqual([rig.push.state().phase, rig.push.state().leftOutSegments], ['runs', 0]);
    const [first = 0] = rig.target.segments;
    assert(first >= 100 + clock.nowMs / 1000 - 8, `${first}`);
    rig.live.isOpen = false;
    await rig.run(2);
    assertEqual([rig.push.state().phase, rig.push.state().failure], ['waits', undefined]);
    assert(!rig.target.text.includes('ENDLIST'));
});

pushTest('[E2] a target that is too slow: whole segments are left out, counted, and said by a break', async (rig) => {
    rig.push.start();
    await rig.run(10);
    rig.target.segmentMs = 2500;
    await rig.run(40);
    const { leftOutSegments, failures } = rig.push.state();
    assert(leftOutSegments > 15 && failures === 0 && rig.breaks > 3, JSON.stringify(rig.push.state()));
    const behind = rig.live.last - (rig.target.segments.at(-1) ?? 0);
    assert(behind <= 6, `${behind} behind`);
    rig.target.segmentMs = 0;
    await rig.run(5);
    rig.checkSegments();
});

pushTest('[E2] a server that is away for 40 s gets the stream within 5 s; the gap is said once', async (rig) => {
    rig.push.start();
    await rig.run(10);
    rig.target.fault = () => 'REFUSED';
    await rig.run(40);
    const away = rig.push.state();
    assertEqual([away.phase, away.failure?.code, away.reconnects], ['retries', 'REFUSED', 0]);
    assert(away.failures >= 8 && away.failures <= 14, `${away.failures} tries`);
    const had = rig.target.segments.length;
    rig.target.fault = () => undefined;
    await rig.run(5);
    assert(rig.target.segments.length > had, 'it is back');
    const { phase, failure, failures, reconnects, leftOutSegments } = rig.push.state();
    assertEqual([phase, failure, failures, reconnects, rig.breaks], ['runs', undefined, 0, 1, 1]);
    assert(leftOutSegments > 30, `${leftOutSegments}`);
    rig.checkSegments();
});

pushTest('[E2] what was tried and left out is deleted; a wrong password waits 30 s', async (rig) => {
    rig.push.start();
    await rig.run(5);
    rig.target.fault = (method, name) => (method === 'PUT' && name.endsWith('.m4s') ? 'PASSWORD' : undefined);
    await rig.run(20);
    assertEqual([rig.push.state().failures, rig.push.state().failure?.code], [1, 'PASSWORD']);
    assert(rig.push.state().dueMs > 25_000);
    const removed = rig.target.removed.length;
    rig.target.fault = () => undefined;
    await rig.run(30);
    assert(rig.target.removed.length > removed && rig.push.state().phase === 'runs');
});

pushTest('[E2] a playlist that was not taken is sent again, its segment is not', async (rig, clock) => {
    rig.push.start();
    await rig.run(5);
    rig.target.fault = (_, name) => (name === rig.target.list ? 'IO' : undefined);
    await rig.run(2.5);
    rig.target.fault = () => undefined;
    await rig.run(10);
    assertEqual([rig.push.state().leftOutSegments, rig.push.state().reconnects, rig.breaks], [0, 1, 0]);
    rig.checkSegments();
    rig.target.fault = (_, name) => (name === rig.target.list ? 'IO' : undefined);
    for (const had = rig.target.segments.length; rig.target.segments.length === had; ) {
        await rig.run(0.1);
    }
    rig.live.endMs = clock.nowMs; // the last segment that there is has not been listed
    rig.target.fault = () => undefined;
    await rig.run(5);
    const { packets, phase } = rig.push.state();
    assertEqual(
        [rig.target.listed.length, packets, phase],
        [rig.target.segments.length, rig.target.segments.length, 'runs'],
    );
});

pushTest('[E2] a full disk: what is behind the list goes at once', async (rig) => {
    rig.push.start();
    await rig.run(60);
    const files = rig.target.files.size;
    rig.target.fault = (method) => (method === 'PUT' ? 'DISK_FULL' : undefined);
    await rig.run(3);
    assertEqual(rig.push.state().failure?.code, 'DISK_FULL');
    assert(rig.target.files.size <= 22 && files > 35, `${files} files, then ${rig.target.files.size}`);
});

pushTest('[E2] who deletes nothing keeps the files, and is asked once', async (rig) => {
    let asked = 0;
    rig.target.fault = (method) => (method === 'DELETE' && ++asked > 0 ? 'NOTSUP' : undefined);
    rig.push.start();
    await rig.run(90);
    assertEqual([asked, rig.target.removed.length, rig.push.state().phase], [1, 0, 'runs']);
});

pushTest('[E2] another source: a break and an init segment of its own; nothing counts as left out', async (rig) => {
    rig.push.start();
    await rig.run(10);
    rig.live.reopen();
    await rig.run(10);
    assertEqual([rig.breaks, rig.push.state().leftOutSegments, rig.push.state().phase], [1, 0, 'runs']);
    assertEqual(rig.target.writes.filter((name) => name.endsWith('.mp4')).length, 2);
    rig.live.target = 2; // the settings: the list begins anew
    await rig.run(5);
    assert(rig.target.text.includes('TARGETDURATION:2') && rig.target.listed.length <= 8, rig.target.text);
});

pushTest('[E2] bytes that the ring lets go of are left out, and are no failure of the target', async (rig) => {
    rig.push.start();
    await rig.run(5);
    rig.live.stale = rig.live.last + 2;
    await rig.run(5);
    assertEqual([rig.push.state().leftOutSegments, rig.push.state().failures, rig.breaks], [1, 0, 1]);
    rig.target.segmentMs = 400;
    await rig.run(1.2);
    for (const body of rig.live.lent.filter(({ isClosed }) => !isClosed)) {
        body.isGone = true;
    }
    await rig.run(5);
    assertEqual([rig.push.state().leftOutSegments, rig.push.state().failures], [2, 0]);
    rig.checkSegments();
});

pushTest('[E2] privacy mode ends the playlist; behind it the same one goes on', async (rig) => {
    rig.push.start();
    await rig.run(10);
    rig.live.isPrivate = true;
    await rig.run(2);
    assert(rig.target.text.endsWith('#EXT-X-ENDLIST\n'));
    const writes = rig.target.writes.length;
    assertEqual(rig.push.state().phase, 'waits');
    await rig.run(20);
    assertEqual(rig.target.writes.length, writes);
    rig.live.isPrivate = false;
    rig.live.reopen();
    await rig.run(5);
    assertEqual([rig.push.state().phase, rig.breaks], ['runs', 1]);
    assert(!rig.target.text.includes('ENDLIST'));
});

pushTest('[E2] another process goes on with numbers and segments of the one before', async (rig) => {
    rig.push.start();
    await rig.run(10);
    const names = rig.target.listed;
    rig.push = rig.make(); // the one before is not stopped: it is killed
    rig.live.reopen();
    rig.push.start();
    rig.target.fault = (method) => (method === 'GET' ? 'REFUSED' : undefined);
    await rig.run(1.5);
    assertEqual([rig.push.state().phase, rig.target.listed], ['retries', names]);
    rig.target.fault = () => undefined;
    await rig.run(6);
    const own = rig.target.listed.slice(names.length);
    assertEqual([rig.target.listed.slice(0, names.length), rig.breaks, rig.push.state().phase], [names, 1, 'runs']);
    assert(own.length > 3 && own.every((name) => name.slice(0, 11) !== names[0]?.slice(0, 11)), own.join());
});

pushTest('[E2] another script of the same process goes on without a break, with the same names', async (rig) => {
    rig.push.start();
    await rig.run(10.3);
    const [first] = rig.target.listed;
    rig.push = rig.make();
    await rig.run(2);
    rig.push.start();
    await rig.run(10);
    assertEqual([rig.breaks, rig.push.state().leftOutSegments, rig.push.state().phase], [0, 0, 'runs']);
    assert(
        rig.target.listed.every((name) => name.slice(0, 11) === first?.slice(0, 11)),
        rig.target.text,
    );
    rig.checkSegments();
    rig.push = rig.make();
    await rig.run(6);
    rig.push.start();
    await rig.run(5);
    assert(rig.breaks === 1 && rig.push.state().leftOutSegments > 2, 'too long: what is missing is said');
    rig.checkSegments();
});

pushTest('[E2] a stop ends within ten seconds, whatever the target does', async (rig, clock) => {
    rig.push.start();
    await rig.run(5);
    rig.target.segmentMs = 1_000_000;
    await rig.run(3);
    const fromMs = clock.nowMs;
    let isDone = false;
    const stopped = rig.push.stop().then(() => {
        isDone = true;
    });
    await rig.run(6);
    assert(isDone && clock.nowMs - fromMs <= 10_000 && rig.target.text.endsWith('ENDLIST\n'));
    await stopped;
});
