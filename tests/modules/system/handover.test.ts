import type { ApplicationOptions, Application } from 'ocellus/app/system/application';
import { startOn } from 'ocellus/app/system/application';
import { EventFeed } from 'ocellus/app/system/event-feed';
import { Handover } from 'ocellus/app/system/handover';
import { OcellusError } from 'ocellus/error';
import type { Facts } from 'ocellus/host';
import type { Transport } from 'ocellus/app/p2p/viewers';
import type { Accept, Params } from 'ocellus/p2p';
import type { Desired } from 'ocellus/plane';
import { FakeP2p } from 'ocellus/test/fake-p2p';
import { FakeHost, FakePlane, rowOf } from 'ocellus/test/fake-plane';
import { withFakeTimers } from 'ocellus/test/fake-timers';
import { assert, assertEqual, assertRejects, test } from 'ocellus/test/harness';

type Clock = Parameters<Parameters<typeof withFakeTimers>[0]>[0];

interface Script {
    readonly plane: FakePlane;
    readonly p2p: FakeP2p;
    readonly app: Application;
    /** The state that it gives when it makes way. */
    makeWay(): Promise<string>;
}

async function script(
    clock: Clock,
    facts: Partial<Facts> = {},
    options: ApplicationOptions = {},
    plane = new FakePlane(),
): Promise<Script> {
    const apps: Application[] = [];
    const p2p = new FakeP2p();
    const make = (callbacks: FakeP2p['callbacks']): FakeP2p => {
        p2p.callbacks = callbacks;
        return p2p;
    };
    const started = (app: Application): void => {
        apps.push(app);
        void options.started?.(app);
    };
    const host = new FakeHost(facts);
    await startOn(
        { plane, host, transport: { make, inUse: () => false } as unknown as Transport },
        { ...options, started },
    );
    await clock.settle();
    return {
        plane,
        p2p,
        app: apps[0] as Application,
        makeWay: async () => {
            plane.onEdge?.({ kind: 'update' });
            await clock.settle();
            return plane.handedOver[plane.handedOver.length - 1] ?? '';
        },
    };
}

const second = { generation: 2, startedMs: 0 } as const;

test('state of the application goes to the next one of its name, as it was, and to no other', async () => {
    await withFakeTimers(async (clock) => {
        const state = { open: ['front'], text: 'ä\u{1F600}', since: null };
        const one = await script(clock, {}, { name: 'bell', handover: () => state });
        assertEqual(one.app.handedOver, undefined);
        const handover = await one.makeWay();
        assertEqual((await script(clock, { ...second, handover }, { name: 'bell' })).app.handedOver, state);
        assertEqual((await script(clock, { ...second, handover }, { name: 'door' })).app.handedOver, undefined);
        assertEqual((await script(clock, { handover, startedMs: 1 }, { name: 'bell' })).app.handedOver, undefined);
    });
});

test('what was handed over and cannot be read is nothing, and stops no start', async () => {
    await withFakeTimers(async (clock) => {
        const wrong = ['', '[]', 'null', '{"ocellus":2,"own":1}', '{', `{"ocellus":1,"own":"${'x'.repeat(70_000)}"}`];
        wrong.push(
            '{"ocellus":1,"process":0,"name":"","final":true,"parts":{"playbacks":7,"ended":[[1],"x",[0,"y"]],"events":"z","metrics":[]}}',
        );
        for (const handover of wrong) {
            const { app, plane } = await script(clock, { ...second, handover });
            assertEqual(app.handedOver, undefined);
            app.metrics.counter('clips_total', 'Clips').add();
            assert(plane.calls.includes('open cam1 recorded'), plane.calls.join());
        }
    });
});

test('state that cannot be given leaves the services’ own: too large, a circle, a throw', async () => {
    await withFakeTimers(async (clock) => {
        const circle: { me?: unknown } = {};
        circle.me = circle;
        const ways = [
            () => 'x'.repeat(66_000),
            () => circle,
            () => {
                throw new Error('no');
            },
        ];
        for (const handover of ways) {
            const one = await script(clock, {}, { name: 'bell', handover });
            one.app.metrics.counter('clips_total', 'Clips').add(7);
            const given = await one.makeWay();
            assert(given.length < 66_000 && given.includes('"clips_total":7'), given);
            const next = await script(clock, { ...second, handover: given }, { name: 'bell' });
            assertEqual(next.app.handedOver, undefined);
        }
    });
});

test('checkpoints: gathered for 5 s, none while nothing changes, none where nobody takes them', async () => {
    await withFakeTimers(async (clock) => {
        let count = 0;
        const one = await script(clock, {}, { handover: () => count });
        await clock.advance(60_000);
        assertEqual(one.plane.handedOver, []);
        for (count = 1; count < 10; count++) {
            one.app.checkpoint();
        }
        await clock.advance(5000);
        assertEqual(
            one.plane.handedOver.map((text) => [
                (JSON.parse(text) as { own: number }).own,
                text.includes('"final":false'),
            ]),
            [[10, true]],
        );
        one.plane.failures.push({ call: 'hand-over', error: new OcellusError('NOTSUP') });
        one.app.checkpoint();
        await clock.advance(5000);
        one.app.checkpoint();
        await clock.advance(60_000);
        assertEqual(one.plane.handedOver.length, 1);
    });
});

test('counters of an application go on where the script before had them', async () => {
    await withFakeTimers(async (clock) => {
        const one = await script(clock, {}, { name: 'bell' });
        one.app.metrics.counter('clips_total', 'Clips').add(41);
        one.app.metrics.gauge('level', 'Level').set(3);
        const handover = await one.makeWay();
        const next = await script(clock, { ...second, handover }, { name: 'bell', handover: () => 1 });
        next.app.metrics.counter('clips_total', 'Clips').add();
        next.app.metrics.gauge('level', 'Level');
        assert((await next.makeWay()).includes('"metrics":{"clips_total":42}'), 'it counts on');
    });
});

test('events: each is handled once, by the script before or by the next one', async () => {
    await withFakeTimers(async (clock) => {
        const plane = new FakePlane();
        const seen: string[] = [];
        const follow = (who: string) => (app: Application) => {
            app.events.on('input-door', ({ text }) => void seen.push(`${who} ${text}`));
        };
        const happen = async (text: string): Promise<void> => {
            const number = plane.log.length + 1;
            plane.log.push({ number, at: '', channel: null, kind: 'input-door', code: 1, path: '', text });
            plane.onEdge?.({ kind: 'events' });
            await clock.settle();
        };
        const one = await script(clock, {}, { started: follow('old') }, plane);
        await happen('1');
        const handover = await one.makeWay();
        await happen('2');
        assertEqual(seen, ['old 1']);
        const next = { ...second, handover };
        await script(clock, next, { started: follow('new') }, plane);
        await happen('3');
        assertEqual(seen, ['old 1', 'new 2', 'new 3']);
    });
});

test('events that come while a script starts wait for its handlers', async () => {
    await withFakeTimers(async (clock) => {
        class EagerPlane extends FakePlane {
            override async setDesired(desired: Desired): Promise<number> {
                const revision = await super.setDesired(desired);
                this.log.push({
                    number: 1,
                    at: '',
                    channel: 'cam1',
                    kind: 'channel-opened',
                    code: 0,
                    path: '',
                    text: '',
                });
                this.onEdge?.({ kind: 'events' });
                await clock.settle();
                return revision;
            }
        }
        const seen: string[] = [];
        const started = ({ events }: Application): void => {
            events.on('channel-opened', ({ channel }) => void seen.push(channel ?? ''));
        };
        await script(clock, {}, { started }, new EagerPlane());
        assertEqual(seen, ['cam1']);
    });
});

test('a script that need not make way goes on with its events after 3 s', async () => {
    await withFakeTimers(async (clock) => {
        const plane = new FakePlane();
        const feed = new EventFeed(plane, true);
        const seen: number[] = [];
        feed.on('event', ({ number }) => void seen.push(number));
        const add = (): void => {
            plane.log.push({
                number: plane.log.length + 1,
                at: '',
                channel: null,
                kind: 'x',
                code: 0,
                path: '',
                text: '',
            });
        };
        add();
        const reading = feed.wake();
        feed.hold(); // while it reads
        await reading;
        add();
        await feed.wake();
        assertEqual([seen, feed.position], [[], 0]);
        await clock.advance(3000);
        assertEqual([seen, feed.position], [[1, 2], 3]);
    });
});

test('playback seeks on after a hand-over; without one it says why not', async () => {
    await withFakeTimers(async (clock) => {
        const one = await script(clock);
        const start = '2026-11-21T02:00:00.000Z';
        one.plane.rows.push(rowOf({ number: 1, name: 'front', state: 2 }));
        one.plane.files.push({
            path: 'recordings/front/x_02:00',
            channel: 'front',
            name: 'x',
            start,
            end: null,
            bytes: 1,
            open: true,
            durationMs: 0,
            protected: false,
        });
        const query = new Map(Object.entries({ action: 'playback', channel: 'front', time: start }));
        const params: Params = { action: 'playback', name: '', query };
        const accept: Accept | undefined = await one.p2p.callbacks.onSendStart?.(params, {
            session: 7,
            view: 3,
            address: '',
        });
        assertEqual(accept?.kind, 'playback');
        const seek = async ({ p2p }: Script): Promise<void> => {
            await p2p.callbacks.onControl?.(3, '{"seek":"2026-11-21T02:00:05Z"}');
        };
        await clock.advance(5000);
        const checkpoint = one.plane.handedOver[0] ?? '';
        for (const handover of [await one.makeWay(), checkpoint]) {
            const next = await script(clock, { ...second, handover });
            await seek(next);
            assertEqual(next.p2p.calls, ['play 3 {"seek":5000}']);
        }
        await assertRejects(seek(await script(clock, second)), { message: /the script was restarted/ });
        one.p2p.callbacks.onSendStop?.(3, 'left');
        const left = await one.makeWay();
        assert(left.includes('"playbacks":[]'), left);
    });
});

test('an envelope of our own fits, and says what it is', () => {
    const facts = { handover: undefined, startedMs: 5 };
    const handover = new Handover({ plane: new FakePlane(), facts, name: '' });
    assertEqual([handover.complete, handover.own, handover.part('events')], [false, undefined, undefined]);
});
