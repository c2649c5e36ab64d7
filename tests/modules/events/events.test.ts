import { withinHours } from 'ocellus/app/base/hours';
import { parseZone, type ZoneRule } from 'ocellus/app/base/zone-rule';
import { type AppEvent, EventBus } from 'ocellus/app/events/event-bus';
import { EventLog } from 'ocellus/app/events/event-log';
import { checkMask, kindsOf, maskOf } from 'ocellus/app/events/mask';
import { eventRoutes } from 'ocellus/app/http/event-api';
import { Router } from 'ocellus/app/http/router';
import { OcellusError } from 'ocellus/error';
import { FakeHost, FakePlane, requestOf } from 'ocellus/test/fake-plane';
import { assertEqual, assertThrows, test } from 'ocellus/test/harness';

async function settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) {
        await undefined;
    }
}

function parts(quiet?: (atMs: number) => boolean) {
    const [plane, host] = [new FakePlane(), new FakeHost()];
    const log = new EventLog(plane, host);
    const bus = new EventBus({ plane, host, log, ...(quiet && { quiet }) });
    const router = eventRoutes(new Router({ parcelBytes: 131_072 }), {
        events: bus,
        log,
        settingsStore: { current: { channels: [{ name: 'front', title: 'Front Door' }] } },
    });
    const seen: AppEvent[] = [];
    bus.follow((event) => void seen.push(event));
    bus.open();
    async function call(method: string, path: string, body?: unknown, query = ''): Promise<[number, unknown]> {
        const text = body === undefined ? '' : JSON.stringify(body);
        const { status = 200, body: answer } = await router.answer(requestOf({ method, path, query, body: text }));
        return [status, answer === '' ? undefined : JSON.parse(answer as string)];
    }
    return { plane, host, log, bus, seen, call };
}

test('a mask: its bits are kinds, and each of them has its bit again', () => {
    assertEqual(kindsOf(checkMask(1)), ['motion']);
    assertEqual(kindsOf(checkMask(2)), ['human']);
    assertEqual(kindsOf(checkMask(4)), ['sound']);
    assertEqual(kindsOf(checkMask(8)), ['linkage']);
    assertEqual(kindsOf(checkMask(0x10000)), ['doorbell']);
    assertEqual(kindsOf(checkMask(0x80000000)), ['vendor-32']);
    assertEqual(checkMask(-2_147_483_648), 0x80000000);
    assertEqual(kindsOf(checkMask(0xffff000f)).length, 20);
    for (const kind of kindsOf(0xffff000f)) {
        assertEqual(kindsOf(maskOf(kind)), [kind]);
    }
    for (const kind of ['', 'ring', 'vendor-16', 'vendor-17', 'vendor-33', 'vendor-5', 'vendor-']) {
        assertEqual(maskOf(kind), 0);
    }
});

test('a mask that is 0, has a reserved bit, or is no number of 32 bits, is refused as a whole', async () => {
    const { bus, plane, seen } = parts();
    const reserved = Array.from({ length: 12 }, (_, index) => 1 << (index + 4));
    for (const mask of [0, 0x1_0000_0000, -2_147_483_649, 1.5, Number.NaN, 1 | 16, ...reserved]) {
        assertThrows(() => bus.notifyEvent(mask), { type: RangeError });
    }
    assertThrows(() => bus.notifyEvent('1' as unknown as number), { type: RangeError });
    await settle();
    assertEqual([seen.length, plane.added.length, plane.kept.length], [0, 0, 0]);
});

test('what is wrong with a mask, or with a kind of the vendor, is said as it is', async () => {
    const { bus, plane } = parts();
    const why = (mask: number): string => String(assertThrows(() => bus.notifyEvent(mask), { type: RangeError }));
    assertEqual(
        [2 ** 32, 1.5, Number.NaN].map((mask) => why(mask).includes('a whole number of 32 bits')),
        [true, true, true],
    );
    assertEqual([why(0).includes('one of its bits'), why(17).includes('reserved')], [true, true]);
    for (const kind of ['vendor-5', 'vendor-16', 'vendor-17', 'vendor-33', 'vendor-018', 'vendor-180']) {
        assertThrows(() => bus.raise({ kind }), { type: OcellusError });
    }
    for (const kind of [
        'app-replaced',
        'host-updated',
        'http-stuck',
        'retention-blocked',
        'channel-x',
        'record-opened',
    ]) {
        assertThrows(() => bus.raise({ kind }), { type: OcellusError });
    }
    bus.raise({ kind: 'vendor-18' });
    bus.raise({ kind: 'vendor-door' });
    await settle();
    assertEqual(
        plane.kept.map(({ kind, mask }) => [kind, mask]),
        [
            ['vendor-18', 0x20000],
            ['vendor-door', 0],
        ],
    );
});

test('events by mask: one for each bit, kept with the whole mask', async () => {
    const { bus, plane, seen } = parts();
    bus.notifyEvent(0x80000003 | 0, { area: 3 });
    await settle();
    assertEqual(
        plane.kept.map(({ kind, mask, data, channel }) => [kind, mask, data, channel]),
        ['motion', 'human', 'vendor-32'].map((kind) => [kind, 0x80000003, '{"area":3}', '']),
    );
    assertEqual(
        seen.map(({ kind, state, data }) => [kind, state, data]),
        ['motion', 'human', 'vendor-32'].map((kind) => [kind, 'moment', { area: 3 }]),
    );
    bus.notifyEvent(8, undefined, 'front');
    await settle();
    const last = plane.kept[plane.kept.length - 1];
    assertEqual([last?.kind, last?.mask, last?.channel, last?.startMs === last?.endMs], ['linkage', 8, 'front', true]);
});

test('an event that begins goes on until its end', async () => {
    const { bus, plane, host, seen } = parts();
    assertEqual(await bus.raiseKept({ kind: 'human', channel: 'front', state: 'begin' }), 1);
    assertEqual(plane.kept[0]?.endMs, undefined);
    host.wallMs += 5000;
    assertEqual(await bus.raiseKept({ kind: 'human', channel: 'back', state: 'end' }), 0);
    assertEqual(await bus.raiseKept({ kind: 'human', channel: 'front', state: 'end' }), 1);
    assertEqual(plane.kept[0]?.endMs, (plane.kept[0]?.startMs ?? 0) + 5000);
    assertEqual(
        seen.map(({ state, code }) => [state, code]),
        [
            ['begin', 1],
            ['end', 0],
            ['end', 0],
        ],
    );
});

test('whoever reads events is told when one is there: not when it is raised, and not when it could not be kept', async () => {
    const { bus, log, plane } = parts();
    const found: (readonly (readonly [string, boolean])[])[] = [];
    log.follow(() => {
        found.push(plane.kept.map(({ kind, endMs }) => [kind, endMs === undefined] as const));
    });
    bus.raise({ kind: 'ring' });
    assertEqual(found, []);
    await settle();
    bus.raise({ kind: 'motion', channel: 'front', state: 'begin' });
    await settle();
    bus.raise({ kind: 'motion', channel: 'front', state: 'end' });
    bus.raise({ kind: 'motion', channel: 'back', state: 'end' });
    await settle();
    assertEqual(found, [
        [['ring', false]],
        [
            ['ring', false],
            ['motion', true],
        ],
        [
            ['ring', false],
            ['motion', false],
        ],
    ]);
});

test('inputs of the device are events that begin and end', async () => {
    const { bus, seen } = parts();
    const event = { number: 1, at: '2026-11-21T02:51:00.000Z', channel: 'front', kind: 'motion', path: '' };
    bus.publish({ ...event, code: 1, text: 'on' });
    bus.publish({ ...event, code: 0, text: 'off' });
    bus.publish({ ...event, kind: 'record-closed', code: 0, text: '5 bytes' });
    await settle();
    assertEqual(
        seen.map(({ state }) => state),
        ['begin', 'end', 'moment'],
    );
});

test('a host that keeps no events: they go on without', async () => {
    const { bus, plane, seen, call } = parts();
    plane.keeps = false;
    assertEqual(await bus.raiseKept({ kind: 'ring' }), 0);
    assertEqual(await call('POST', '/api/events', { kind: 'ring' }), [202, { id: null }]);
    assertEqual(seen.length, 2);
});

test('over HTTP no event is raised of a channel that the settings do not have', async () => {
    const { seen, call } = parts();
    const [status] = await call('POST', '/api/events', { kind: 'ring', channel: 'nowhere' });
    assertEqual([status, seen.length], [404, 0]);
});

test('raised over HTTP: moment, begin, end, protected, and a span of the past', async () => {
    const { plane, seen, call } = parts();
    assertEqual(await call('POST', '/api/events', { kind: 'human', channel: 'front', data: { id: 7 } }), [
        202,
        { id: 1 },
    ]);
    assertEqual(await call('POST', '/api/events', { kind: 'sound', state: 'begin' }), [202, { id: 2 }]);
    assertEqual(await call('POST', '/api/events', { kind: 'sound', state: 'end' }), [202, { id: 2 }]);
    assertEqual(await call('POST', '/api/events', { kind: 'sound', state: 'end' }), [202, { id: null }]);
    assertEqual(seen.length, 4);
    const past = {
        kind: 'bookmark',
        start: '2026-11-20T10:00:00Z',
        end: Date.UTC(2026, 10, 20, 10, 5),
        protected: true,
    };
    assertEqual(await call('POST', '/api/events', past), [202, { id: 3 }]);
    assertEqual(seen.length, 4);
    const { startMs, endMs, protected: keeps } = plane.kept[2] ?? {};
    assertEqual([startMs, endMs, keeps], [Date.UTC(2026, 10, 20, 10), Date.UTC(2026, 10, 20, 10, 5), true]);
});

test('what is no event over HTTP is refused, and nothing is kept', async () => {
    const { plane, call } = parts();
    const start = '2026-11-20T10:00:00Z';
    for (const body of [
        {},
        { kind: 'Human' },
        { kind: 'record-closed' },
        { kind: 'ring', state: 'over' },
        { kind: 'ring', start },
        { kind: 'ring', end: start },
        { kind: 'ring', start, end: '2026-11-20T09:59:59Z' },
        { kind: 'ring', start, end: start, state: 'begin' },
        { kind: 'ring', start: 'yesterday', end: start },
        { kind: 'ring', start: -1, end: 5 },
        { kind: 'ring', protected: 'yes' },
        { kind: 'ring', more: 1 },
    ]) {
        assertEqual((await call('POST', '/api/events', body))[0], 400, JSON.stringify(body));
    }
    assertEqual(plane.kept.length, 0);
});

test('the list of kept events: pages, filters, data as it came', async () => {
    const { plane, host, bus, call } = parts();
    for (let count = 0; count < 5; count++) {
        host.wallMs += 1000;
        await bus.raiseKept({ kind: count % 2 === 0 ? 'human' : 'ring', channel: 'front', data: [count] });
    }
    const [status, first] = await call('GET', '/api/event-log', undefined, 'limit=2');
    const page = first as { events: { id: number; data: unknown; mask: number }[]; next: string };
    assertEqual(
        [status, page.events.map(({ id, data, mask }) => [id, data, mask])],
        [
            200,
            [
                [5, [4], 2],
                [4, [3], 0],
            ],
        ],
    );
    const [, second] = await call('GET', '/api/event-log', undefined, `limit=9&after=${page.next}`);
    assertEqual([(second as typeof page).events.map(({ id }) => id), (second as typeof page).next], [[3, 2, 1], null]);
    const [, some] = await call('GET', '/api/event-log', undefined, 'kind=human,sound&order=oldest&channel=front');
    assertEqual(
        (some as typeof page).events.map(({ id }) => id),
        [1, 3, 5],
    );
    for (const query of ['order=up', 'after=5', 'kind=A', 'channel=A', 'limit=0', 'from=x', 'kind=a,b,c,d,e,f,g,h,i']) {
        assertEqual((await call('GET', '/api/event-log', undefined, query))[0], 400, query);
    }
    plane.kept.length = 0;
    assertEqual((await call('GET', '/api/event-log'))[1], { events: [], next: null });
});

test('a protected event is not deleted', async () => {
    const { bus, plane, call } = parts();
    await bus.raiseKept({ kind: 'ring' });
    assertEqual((await call('PATCH', '/api/event-log/1', { protected: true }))[0], 204);
    assertEqual((await call('DELETE', '/api/event-log/1'))[0], 409);
    assertEqual((await call('PATCH', '/api/event-log/1', { protected: false }))[0], 204);
    assertEqual((await call('DELETE', '/api/event-log/1'))[0], 204);
    assertEqual(plane.kept.length, 0);
    assertEqual((await call('DELETE', '/api/event-log/1'))[0], 404);
    assertEqual((await call('DELETE', '/api/event-log/0'))[0], 404);
    assertEqual((await call('PATCH', '/api/event-log/1', { protected: 1 }))[0], 400);
    assertEqual((await call('PATCH', '/api/event-log/1', { kind: 'a' }))[0], 400);
});

const berlin = parseZone('CET-1CEST,M3.5.0,M10.5.0/3') as ZoneRule;

test('quiet hours over the changes of the clock', () => {
    const hours = [{ from: '22:00', to: '06:30' }];
    const quiet = (month: number, day: number, hour: number, minute = 0): boolean =>
        withinHours(hours, berlin, Date.UTC(2026, month - 1, day, hour, minute));
    // winter begins on 2026-10-25 at 01:00 UTC: the night has an hour more
    assertEqual(
        [quiet(10, 24, 19, 59), quiet(10, 24, 20), quiet(10, 25, 0, 30), quiet(10, 25, 1, 30)],
        [false, true, true, true],
    );
    assertEqual([quiet(10, 25, 5, 29), quiet(10, 25, 5, 30)], [true, false]);
    // summer begins on 2026-03-29 at 01:00 UTC: it has one less
    assertEqual([quiet(3, 28, 20, 59), quiet(3, 28, 21), quiet(3, 29, 1)], [false, true, true]);
    assertEqual([quiet(3, 29, 4, 29), quiet(3, 29, 4, 30)], [true, false]);
});

test('an event in quiet hours is kept and says so', async () => {
    let looked = 0;
    const { bus, plane, seen } = parts((atMs) => {
        looked = atMs;
        return true;
    });
    await bus.raiseKept({ kind: 'ring' });
    assertEqual([seen[0]?.quiet, plane.kept.length, looked], [true, 1, plane.kept[0]?.startMs]);
});

test('an error of the disk is an error of the request', async () => {
    const { plane, call } = parts();
    plane.beginEvent = async () => {
        throw new OcellusError('DISK_FULL');
    };
    assertEqual((await call('POST', '/api/events', { kind: 'ring' }))[0], 507);
});
