import { commands, rowFields } from 'ocellus/command';
import { OcellusError } from 'ocellus/error';
import { counter, type Edge, Plane } from 'ocellus/plane';
import { FakeLink } from 'ocellus/test/fake-link';
import { withFakeTimers } from 'ocellus/test/fake-timers';
import { assert, assertEqual, assertRejects, test } from 'ocellus/test/harness';

const open = {
    name: 'front',
    url: 'größe.mp4',
    subUrl: '640x360@500000',
    audio: true,
    loop: false,
    fast: false,
    ringBytes: 0,
    ringMs: 12_000,
    prerollMs: 0,
    maxGopBytes: 0,
    bitrate: 0,
    liveTargetMs: 1000,
    livePartMs: 200,
};

const here = {
    addresses: ['localhost', '::1'],
    port: 0,
    always: false,
    tlsCert: '',
    tlsKey: '',
    hosts: [],
    corsOrigins: [],
    trustedProxies: [],
};

test('replies settle their own command, in whatever order they come', async () => {
    const link = new FakeLink();
    const plane = new Plane(link);
    const [first, second] = [plane.openChannel(7, open), plane.listen(here)];
    link.answer(2, 0, 4711, 1);
    link.answer(1, 0, 3);
    assertEqual(await first, { channel: 3, recording: false });
    assertEqual(await second, { port: 4711, already: true, urls: [], fingerprint: '' });
    assertEqual(new TextDecoder().decode(link.open[0]?.url), 'größe.mp4');
});

test('a recording that comes with a channel: its record is posted, the reply says whether it runs', async () => {
    const link = new FakeLink();
    const plane = new Plane(link);
    const stream = 'sub' as const;
    const recording = { name: 'ä', segmentMs: 60_000, prerollMs: 0, stream, audio: true, resume: false, forMs: 0 };
    const [first, second] = [plane.openChannel(7, open, recording), plane.openChannel(8, open)];
    link.answer(1, 0, 3, 1);
    link.answer(2, 0, 4);
    assertEqual(await first, { channel: 3, recording: true });
    assertEqual(await second, { channel: 4, recording: false });
    const [posted, none] = link.recordings;
    assertEqual([posted?.stream, posted?.segmentMs, new TextDecoder().decode(posted?.name)], [1, 60_000, 'ä']);
    assertEqual(none, undefined);
});

test('a channel changes while it runs: its number, hash and all of its options; a refusal has its code', async () => {
    const link = new FakeLink();
    const plane = new Plane(link);
    const changes = [plane.changeChannel(3, 77, open), plane.changeChannel(3, 77, open)] as const;
    assertEqual([link.posted[0]?.kind, link.posted[0]?.object, link.posted[0]?.arg0], [12, 3, 77]);
    assertEqual(new TextDecoder().decode(link.open[0]?.url), 'größe.mp4');
    link.answer(1, 0);
    await changes[0];
    link.answer(2, -8, 3, 0, 'why');
    await assertRejects(changes[1], { type: OcellusError, message: /^why$/ });
});

test('a refusal carries the code by name and the reason of the media plane', async () => {
    const link = new FakeLink();
    const plane = new Plane(link);
    const opening = plane.openChannel(7, open);
    link.answer(1, -5, 0, 0, 'größe.mp4: no such file');
    const error = await assertRejects(opening, { type: OcellusError, message: /^größe\.mp4: no such file$/ });
    assertEqual((error as OcellusError).code, 'NOENT');
    const adopting = plane.adoptChannel(3);
    link.answer(2, -8);
    await assertRejects(adopting, { message: /^not possible in this state$/ });
    const closing = plane.closeChannel(3);
    link.answer(3, -99);
    await assertRejects(closing, { message: /error -99/ });
});

test('a full queue is a typed busy', async () => {
    const link = new FakeLink();
    link.refuse = -7;
    const error = await assertRejects(new Plane(link).ready(), { type: OcellusError });
    assertEqual((error as OcellusError).code, 'BUSY');
});

test('every command ends at its deadline, and a late reply is nobody’s', async () => {
    await withFakeTimers(async (clock) => {
        const link = new FakeLink();
        const plane = new Plane(link, clock);
        const stream = 'main' as const;
        const recording = { name: 'a', segmentMs: 0, prerollMs: 0, stream, audio: true, resume: false, forMs: 0 };
        const all: [Promise<unknown>, number][] = [
            [plane.openChannel(1, open), 15_000],
            [plane.adoptChannel(0), 5_000],
            [plane.closeChannel(0), 15_000],
            [plane.startRecording(0, recording), 5_000],
            [plane.stopRecording(0), 15_000],
            [plane.requestKey(0), 5_000],
            [plane.setBitrate(0, 1), 5_000],
            [plane.events(0), 5_000],
            [plane.listen(here), 60_000],
            [plane.recordings({ channel: '', name: '', after: '', limit: 1, newest: false, from: 0, to: 0 }), 10_000],
            [plane.exit(0), 5_000],
            [plane.ready(), 5_000],
        ];
        const ended = all.map(() => -1);
        all.forEach(([promise], index) => {
            promise.catch((error: unknown) => {
                assertEqual((error as OcellusError).code, 'TIMEOUT');
                ended[index] = clock.nowMs;
            });
        });
        await clock.advance(60_000);
        assertEqual(
            ended,
            all.map(([, ms]) => ms),
        );
        link.answer(1, 0, 9);
        assertEqual(clock.waiting.size, 0);
    });
});

test('an answered command leaves no timer behind', async () => {
    await withFakeTimers(async (clock) => {
        const link = new FakeLink();
        const ready = new Plane(link, clock).ready();
        assertEqual(clock.waiting.size, 1);
        link.answer(1, 0);
        await ready;
        assertEqual(clock.waiting.size, 0);
    });
});

test('edges come after the replies of the same wake-up', async () => {
    const link = new FakeLink();
    const plane = new Plane(link);
    const seen: (Edge | string)[] = [];
    plane.onEdge = (edge) => void seen.push(edge);
    plane.mail.onRequests = () => void seen.push('requests');
    void plane.ready().then(() => seen.push('ready'));
    link.edges.push(1, 0, 2, 41);
    link.replies.push({ request: 1, code: 0, value0: 0, value1: 0, bytes: undefined });
    link.pump();
    await undefined;
    const edges = ['requests', { kind: 'events' }, { kind: 'channel', channel: 0 }, { kind: 'channel', channel: 39 }];
    assertEqual(
        seen.filter((item) => item !== 'ready'),
        edges as (Edge | string)[],
    );
});

test('arguments travel: exit, bit rate, events, recordings', async () => {
    const link = new FakeLink();
    const plane = new Plane(link);
    const all = [plane.exit(2, '--port: no'), plane.exit(0), plane.setBitrate(3, 500_000)];
    const events = plane.events(12);
    const rows = plane.recordings({
        channel: 'a',
        name: 'b',
        after: 'c',
        limit: 3,
        newest: true,
        from: 5,
        to: 7,
    });
    for (let request = 1; request <= 3; request++) {
        link.answer(request, 0);
    }
    link.answer(4, 0, 14, 0, ['12', '0', '', '', 'a', '0', '', '', '13', '0', '', '', 'b', '0', '', '', ''].join('\0'));
    link.answer(5, 0, 1, 0, 'recordings/a/x_1_open.mp4\x0012\x001000\x00\x00');
    await Promise.all(all);
    assertEqual((await events).next, 14);
    assertEqual((await events).events.length, 2);
    const page = await rows;
    assert(page.more);
    assertEqual(page.rows[0]?.path, 'recordings/a/x_1_open.mp4');
    assertEqual(link.posted.slice(0, 4), [
        { kind: commands.EXIT, object: 0, arg0: 2, arg1: 0, text: '--port: no' },
        { kind: commands.EXIT, object: 0, arg0: 0, arg1: 0, text: undefined },
        { kind: commands.SET_BITRATE, object: 3, arg0: 500_000, arg1: 0, text: undefined },
        { kind: commands.EVENTS_READ, object: 0, arg0: 12, arg1: 0, text: undefined },
    ]);
});

test('rows: words by name, free ones left out, no row no channel', () => {
    const link = new FakeLink();
    const plane = new Plane(link);
    link.words.set(
        2,
        rowFields.map((_field, index) => index + 1),
    );
    link.words.set(
        3,
        rowFields.map(() => 0),
    );
    const row = plane.channel(2);
    assert(row !== undefined);
    assertEqual(
        [row.number, row.name, row.state, row.unused_packets],
        [2, 'name2', 1, rowFields.indexOf('unused_packets') + 1],
    );
    assertEqual(plane.channel(3), undefined);
    assertEqual(plane.channel(41), undefined);
    link.words.set(
        42,
        rowFields.map(() => 3),
    );
    const sub = plane.sub(2);
    assertEqual([sub?.number, sub?.state, plane.sub(3)], [2, 3, undefined]);
    assertEqual(
        plane.channels().map(({ number }) => number),
        [2],
    );
});

test('64-bit counters', () => {
    assertEqual(counter(0, 4_294_967_295), 4_294_967_295);
    assertEqual(counter(1, 0), 4_294_967_296);
    assertEqual(counter(0x1f_ffff, 0xffff_ffff), Number.MAX_SAFE_INTEGER);
});

test('what is kept: a name and its text; nothing kept is no error', async () => {
    const link = new FakeLink();
    const plane = new Plane(link);
    const reads = [plane.readStore('settings'), plane.readStore('settings'), plane.readStore('settings')];
    const writes = [
        plane.writeStore('settings', '{"ä":\n1}'),
        plane.setAsideStore('settings'),
        plane.writeStore('settings', '{}', 'person'),
    ];
    assertEqual(
        link.posted.map(({ kind, arg0, text }) => [kind, arg0, text]),
        [
            [commands.STORE_READ, 0, 'settings'],
            [commands.STORE_READ, 0, 'settings'],
            [commands.STORE_READ, 0, 'settings'],
            [commands.STORE_WRITE, 0, 'settings\n{"ä":\n1}'],
            [commands.STORE_WRITE, 1, 'settings'],
            [commands.STORE_WRITE, 2, 'settings\n{}'],
        ],
    );
    link.answer(1, 0, 0, 0, '{"ä":1}');
    link.answer(2, -5);
    link.answer(3, 0);
    link.answer(4, -14, 0, 0, 'no space left on the device');
    link.answer(5, 0);
    link.answer(6, 0);
    assertEqual(await Promise.all(reads), ['{"ä":1}', undefined, '']);
    await assertRejects(writes[0] ?? Promise.resolve(), { type: OcellusError, message: /^no space left/ });
    await writes[1];
    await writes[2];
});

test('privacy mode: what is meant, and what it becomes', async () => {
    const link = new FakeLink();
    const plane = new Plane(link);
    const wishes = [
        plane.setPrivacy({ command: true }),
        plane.setPrivacy({ command: false }),
        plane.setPrivacy({ schedule: false, beginsInSeconds: 60 }),
        plane.setPrivacy({ command: true, schedule: true }),
    ];
    const states = [plane.privacy(), plane.privacy()];
    assertEqual(
        link.posted.map(({ kind, object, arg0, arg1 }) => [kind, object, arg0, arg1]),
        [
            [commands.PRIVACY, 1, 1, 0],
            [commands.PRIVACY, 1, 0, 0],
            [commands.PRIVACY, 2, 0, 60],
            [commands.PRIVACY, 3, 3, 0],
            [commands.PRIVACY, 0, 0, 0],
            [commands.PRIVACY, 0, 0, 0],
        ],
    );
    link.answer(1, -14, 1, 0, 'it cannot be stored');
    for (const number of [2, 3, 4]) {
        link.answer(number, 0);
    }
    link.answer(5, 0, 7, 1);
    link.answer(6, 0, 0, 2);
    await assertRejects(wishes[0] ?? Promise.resolve(), { type: OcellusError, message: /cannot be stored/ });
    await Promise.all(wishes.slice(1));
    assertEqual(await Promise.all(states), [
        { reasons: ['command', 'schedule', 'switch'], sensorOn: true, watching: false },
        { reasons: [], sensorOn: false, watching: true },
    ]);
});

test('a state is handed over in parts that fit into any parcel', async () => {
    const link = new FakeLink();
    const plane = new Plane(link);
    const state = `{"version":1,"text":"${'ä'.repeat(10_000)}"}`;
    const done = plane.handOver(state);
    for (let request = 1; request <= 2; request++) {
        link.answer(request, 0);
        await Promise.resolve();
        await Promise.resolve();
        await Promise.resolve();
    }
    await done;
    const parts = link.posted.map(({ kind, arg0, arg1 }) => [kind, arg0, arg1]);
    const bytes = new TextEncoder().encode(state).length;
    assertEqual(parts, [
        [commands.HANDOVER, 0, bytes],
        [commands.HANDOVER, 12_288, bytes],
    ]);
});

test('no state is handed over as a part of no bytes', async () => {
    const link = new FakeLink();
    const done = new Plane(link).handOver('');
    link.answer(1, 0);
    await done;
    assertEqual(
        link.posted.map(({ kind, arg0, arg1, text }) => [kind, arg0, arg1, text]),
        [[commands.HANDOVER, 0, 0, '']],
    );
});

test('the state for the next script is asked for by an edge of its own, behind that of viewers', () => {
    const link = new FakeLink();
    const plane = new Plane(link);
    const edges: Edge[] = [];
    plane.onEdge = (edge) => edges.push(edge);
    link.edges.push(3 + link.channelsMax(), 2);
    link.pump();
    assertEqual(edges, [{ kind: 'update' }, { kind: 'channel', channel: 0 }]);
});
