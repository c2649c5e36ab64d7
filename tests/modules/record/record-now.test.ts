import { startOn } from 'ocellus/app/system/application';
import type { StatusJson } from 'ocellus/app/http/api-types';
import { RecordNow, renamedOf } from 'ocellus/app/record/record-now';
import { OcellusError } from 'ocellus/error';
import { FakeHost, FakePlane, requestOf } from 'ocellus/test/fake-plane';
import { type FakeClock, withFakeTimers } from 'ocellus/test/fake-timers';
import { assertEqual, assertRejects, test } from 'ocellus/test/harness';

/** Milliseconds that are left of a recording; 0: no end; undefined: there is none. */
function left(now: RecordNow, plane: FakePlane, name: string): number | undefined {
    const endMs = now.endMs(name);
    return endMs === undefined || endMs === 0 ? endMs : endMs - plane.nowMs;
}

/** Of one script, with the plane and the wall clock of the machine. */
function rig(plane: FakePlane, host: FakeHost, names: readonly string[] = ['front', 'yard']) {
    const followed: string[] = [];
    const leftMs = (name: string) => left(now, plane, name);
    const now = new RecordNow({
        plane,
        host,
        channels: () => names.map((name, place) => ({ name, input: `test:?size=${place + 1}x1` })),
        recorded: async (name) => void followed.push(`${name} ${String(leftMs(name))}`),
        onChange: () => undefined,
    });
    return { now, followed, leftMs };
}

/** Time goes on, everywhere. */
async function pass(clock: FakeClock, plane: FakePlane, host: FakeHost, ms: number): Promise<void> {
    plane.nowMs += ms;
    host.wallMs += ms;
    await clock.advance(ms);
}

test('[E9] by hand: for so long, made longer, or until it is ended; what the settings want follows', async () => {
    await withFakeTimers(async (clock) => {
        const [plane, host] = [new FakePlane(), new FakeHost()];
        const { now, followed, leftMs } = rig(plane, host);
        await now.begin('front', 60);
        const since = '2026-11-21T02:51:01.000Z';
        assertEqual(now.json('front'), { now: true, until: '2026-11-21T02:52:01.000Z', since });
        assertEqual(now.json('yard'), { now: false, until: null, since: null });
        await pass(clock, plane, host, 40_000);
        await now.begin('front', 60);
        await pass(clock, plane, host, 40_000);
        assertEqual([leftMs('front'), now.json('front').since], [20_000, since]); // made longer, it is the same one
        await pass(clock, plane, host, 20_000);
        assertEqual(leftMs('front'), undefined);
        await now.begin('yard', 0);
        assertEqual(
            [leftMs('yard'), now.json('yard')],
            [0, { now: true, until: null, since: '2026-11-21T02:52:41.000Z' }],
        );
        await pass(clock, plane, host, 864_000_000);
        await now.end('yard');
        await now.end('yard');
        assertEqual(followed, ['front 60000', 'front 60000', 'front undefined', 'yard 0', 'yard undefined']);
    });
});

test('it is kept: the next script and the next start go on, by the wall clock, never longer than asked for', async () => {
    await withFakeTimers(async (clock) => {
        const [plane, host] = [new FakePlane(), new FakeHost()];
        const { now } = rig(plane, host);
        await now.begin('front', 600);
        await now.begin('yard', 0);
        await pass(clock, plane, host, 100_000);
        // another process: its monotonic clock begins anew
        const again = new FakePlane();
        again.stored.set('recordnow', plane.stored.get('recordnow') ?? '');
        const next = rig(again, host);
        await next.now.load();
        assertEqual([next.leftMs('front'), next.leftMs('yard')], [500_000, 0]);
        assertEqual(next.now.json('yard').since, now.json('yard').since);
        // nobody knows what time it is, or the clock was set back: as long as asked for
        for (const [wallMs, quality] of [
            [0, 'none'],
            [host.wallMs - 86_400_000, 'ntp'],
        ] as const) {
            const lost = Object.assign(new FakeHost(), { wallMs, quality });
            const one = rig(again, lost);
            await one.now.load();
            assertEqual(one.leftMs('front'), 600_000);
        }
        host.wallMs += 500_001;
        const late = rig(again, host);
        await late.now.load();
        assertEqual([late.leftMs('front'), late.leftMs('yard')], [undefined, 0]);
        // a channel that is gone is not meant any more, also when one of its name comes back
        const other = rig(again, host, ['front']);
        await other.now.load();
        await clock.settle();
        assertEqual(JSON.parse(again.stored.get('recordnow') ?? ''), { channels: [] });
        again.stored.set('recordnow', '{"channels":[{"name":7},null,{"name":"front","seconds":"x"}],"more":1}');
        const damaged = rig(again, host);
        await damaged.now.load();
        assertEqual(damaged.leftMs('front'), undefined);
    });
});

test('a channel with another name goes on, one with another input as well does not; both are kept so', async () => {
    await withFakeTimers(async (clock) => {
        const [plane, host] = [new FakePlane(), new FakeHost()];
        const before = [
            { name: 'front', input: 'a.mp4' },
            { name: 'yard', input: 'b.mp4' },
            { name: 'door', input: 'c.mp4' },
        ];
        let listed = before;
        const now = new RecordNow({
            plane,
            host,
            channels: () => listed,
            recorded: async () => undefined,
            onChange: () => undefined,
        });
        await now.begin('front', 600);
        await now.begin('yard', 0);
        await now.begin('door', 0);
        listed = [
            { name: 'porch', input: 'a.mp4' },
            { name: 'garden', input: 'other.mp4' },
        ];
        now.forget(before);
        await clock.settle();
        assertEqual(now.json('porch'), {
            now: true,
            until: '2026-11-21T03:01:01.000Z',
            since: '2026-11-21T02:51:01.000Z',
        });
        assertEqual(
            [left(now, plane, 'front'), left(now, plane, 'yard'), left(now, plane, 'garden')],
            [undefined, undefined, undefined],
        );
        const kept = JSON.parse(plane.stored.get('recordnow') ?? '') as { channels: { name: string }[] };
        assertEqual(
            kept.channels.map(({ name }) => name),
            ['porch'],
        );
        await pass(clock, plane, host, 600_000);
        assertEqual(left(now, plane, 'porch'), undefined);
        // names that change places are no new ones
        const swapped = [...before].reverse();
        assertEqual([...renamedOf(before, swapped)], []);
    });
});

test('refusals say why, and change nothing: privacy mode, a full disk, what cannot be kept or begun', async () => {
    const [plane, host] = [new FakePlane(), new FakeHost()];
    const { now, followed } = rig(plane, host);
    await assertRejects(now.begin('none', 0), { message: /no channel named "none"/ });
    for (const seconds of [-1, 86_401, 0.5, Number.NaN]) {
        await assertRejects(now.begin('front', seconds), { message: /^seconds: .*1 to 86400/ });
    }
    plane.reasons.add('command');
    await assertRejects(now.begin('front', 0), { message: /^privacy mode is on/ });
    plane.reasons.clear();
    plane.disk = { ...plane.disk, free: 31_000_000, total: 64_000_000_000 };
    await assertRejects(now.begin('front', 0), { message: /^the disk is full: 31 MB are free/ });
    plane.disk = { ...plane.disk, free: 2_900_000, total: 60_000_000 };
    await assertRejects(now.begin('front', 0), { message: /^the disk is full: 2 MB are free/ });
    plane.disk = { ...plane.disk, free: 6_000_000 }; // a small one that works is never above 32 MB for long
    await now.begin('front', 0);
    await now.end('front');
    followed.length = 0;
    plane.disk = { ...plane.disk, free: 5_000_000_000, total: 64_000_000_000 };
    plane.failures.push({ call: 'write', error: new OcellusError('DISK_FULL', 'no room') });
    await assertRejects(now.begin('front', 0), { message: /cannot be kept: no room/ });
    assertEqual([now.json('front').now, followed], [false, []]);
    plane.failures.push({ call: 'write', error: new OcellusError('NOTSUP', 'no files') });
    await now.begin('front', 0);
    assertEqual(now.json('front').now, true);
});

test('a whole application: recorded never but by hand, in status and for the host, with commands and by HTTP', async () => {
    await withFakeTimers(async () => {
        const plane = new FakePlane();
        const text = JSON.stringify({ channels: [{ name: 'front', input: 'test:', record: { mode: 'never' } }] });
        plane.stored.set('settings', text);
        await startOn({ plane, host: new FakeHost({ stored: { path: 'settings', text } }) });
        let id = 0;
        const send = async (method: string, path: string, body = ''): Promise<[number, unknown]> => {
            const mine = ++id;
            plane.requests.push(requestOf({ id: mine, method, path, body }));
            plane.onRequests?.();
            for (let turn = 0; turn < 3000; turn++) {
                const reply = plane.replies.find((one) => one.id === mine);
                if (reply !== undefined) {
                    return [reply.status, JSON.parse(reply.body)];
                }
                await undefined;
            }
            throw new Error(`${method} ${path}: no answer`);
        };
        const recording = async (): Promise<unknown> => {
            const [channel] = ((await send('GET', '/api/status'))[1] as StatusJson).channels;
            return [channel?.recording.now, channel?.recording.until, String(plane.desired?.channels[0]?.manualUntil)];
        };
        assertEqual([plane.recorded.length, await recording()], [0, [false, null, '0']]);
        const path = '/api/channels/front/record';
        const since = '2026-11-21T02:51:01.000Z';
        assertEqual(await send('POST', path, '{"now":true}'), [200, { now: true, until: null, since }]);
        assertEqual([plane.recorded[0]?.untilMs, await recording()], [0, [true, null, 'Infinity']]);
        assertEqual(await send('POST', path, '{"now":false}'), [200, { now: false, until: null, since: null }]);
        assertEqual(plane.calls.slice(-2), ['write recordnow', 'stop 0']);
        const bounded = await send('POST', '/api/commands/record', '{"channel":"front","now":true,"seconds":60}');
        const until = '2026-11-21T02:52:01.000Z';
        assertEqual(bounded, [200, { now: true, until, since }]);
        assertEqual(
            [plane.recorded[1]?.untilMs, await recording()],
            [plane.nowMs + 60_000, [true, until, `${Date.parse(until) / 1000}`]],
        );
        assertEqual(await send('POST', '/api/commands/record', '{"channel":"front"}'), [
            200,
            { now: true, until, since },
        ]);
        for (const body of [
            '{}',
            '{"now":1}',
            '{"now":false,"seconds":1}',
            '{"now":true,"seconds":"1"}',
            '{"now":true,"on":true}',
        ]) {
            assertEqual((await send('POST', path, body))[0], 400, body);
        }
        assertEqual((await send('GET', path))[0], 405);
        assertEqual((await send('POST', '/api/channels/none/record', '{"now":true}'))[0], 404);
        plane.reasons.add('command');
        assertEqual((await send('POST', path, '{"now":true}'))[0], 403);
        plane.reasons.clear();
        plane.disk = { ...plane.disk, free: 1000, total: 1_000_000 };
        assertEqual((await send('POST', path, '{"now":true}'))[0], 507);
        await send('POST', path, '{"now":false}');
    });
});
