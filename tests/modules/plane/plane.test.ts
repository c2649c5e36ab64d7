import { channelOf } from 'ocellus/channels';
import { commands, pushFields, pushPhases, rowFields } from 'ocellus/command';
import { OcellusError } from 'ocellus/error';
import { counter, type Desired, type DesiredChannel, type Edge, Plane } from 'ocellus/plane';
import { FakeLink } from 'ocellus/test/fake-link';
import { withFakeTimers } from 'ocellus/test/fake-timers';
import { assert, assertEqual, assertRejects, test } from 'ocellus/test/harness';

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

/** A list of so many channels. */
function listOf(count: number): Desired {
    const names = Array.from({ length: count }, (_, index) => ({ name: `cam${index}`, url: 'größe.mp4' }));
    return { name: '', zone: { name: '', posix: '', offsetMinutes: 0 }, channels: names.map(channelOf) };
}

test('replies settle their own command, in whatever order they come', async () => {
    const link = new FakeLink();
    const plane = new Plane(link);
    const [first, second] = [plane.retryChannel(7), plane.listen(here)];
    link.answer(2, 0, 4711, 1);
    link.answer(1, 0, 3);
    await first;
    assertEqual(await second, { port: 4711, already: true, urls: [], fingerprint: '' });
    assertEqual(link.posted[0], { kind: commands.CHANNEL_RETRY, object: 7, arg0: 0, arg1: 0, text: undefined });
});

test('a list goes in parts, each behind the answer to the one before; the last one has its revision', async () => {
    const link = new FakeLink();
    const plane = new Plane(link);
    const list = listOf(7);
    const [head, entry] = [200, 1916];
    const revisions = [plane.setDesired(list), plane.setDesired(listOf(1))];
    for (let request = 1; request <= 3; request++) {
        while (link.posted.length < request) {
            await undefined;
        }
        assertEqual(link.posted.length, request, 'nothing of the next list in between');
        link.answer(request, 0, request + 10);
    }
    assertEqual(await Promise.all(revisions), [12, 13]);
    const heads = link.posted.map(({ kind, arg0, arg1 }) => [kind, arg0, arg1]);
    assertEqual(heads, [
        [commands.DESIRED, 0, head + 7 * entry],
        [commands.DESIRED, head + 6 * entry, head + 7 * entry],
        [commands.DESIRED, 0, head + entry],
    ]);
    const names = [0, head, head + 5 * entry].map((at) => new TextDecoder().decode(link.parcels[0]?.slice(at, at + 4)));
    assertEqual([names[1], names[2]], ['cam0', 'cam5']);
    assertEqual(new TextDecoder().decode(link.parcels[1]?.slice(0, 4)), 'cam6');
});

test('the bytes of a list: fields where a C compiler puts them; texts for people are cut between characters', async () => {
    const link = new FakeLink();
    const channel = channelOf({
        name: 'front',
        url: 'größe.mp4',
        subUrl: '640x360',
        loop: false,
        prerollMs: 7,
        bitrate: 9,
        record: { name: 'visit', segmentMs: 3, stream: 'sub', untilMs: 2 ** 33 + 4.5 },
        detect: { sensitivity: 50, zones: '0,0 1,1' },
        title: 'ä'.repeat(64),
        tls: 2,
        always: true,
        manualUntil: Infinity,
    });
    const zone = { name: 'Z', posix: 'UTC0', offsetMinutes: -90 };
    const done = new Plane(link).setDesired({ name: 'ä'.repeat(60), zone, channels: [channel, channel] });
    await undefined;
    link.answer(1, 0, 1);
    await done;
    const bytes = link.parcels[0] ?? new Uint8Array(0);
    const text = (from: number): string => new TextDecoder().decode(bytes.slice(from, bytes.indexOf(0, from)));
    const words = new DataView(bytes.buffer);
    // oc_desired_record.h asserts the same places
    const [head, entry] = [200, 1916];
    assertEqual([bytes.length, words.getInt32(192, true), words.getUint32(196, true)], [head + 2 * entry, -90, 2]);
    assertEqual([text(0), text(64), text(128)], ['ä'.repeat(31), 'Z', 'UTC0']);
    for (const from of [head, head + entry]) {
        const word = (at: number): number => words.getUint32(from + at, true);
        const byte = (at: number): number => bytes[from + at] ?? -1;
        assertEqual([text(from), text(from + 32), text(from + 544)], ['front', 'größe.mp4', '640x360']);
        assertEqual([byte(1056), byte(1057), word(1060), word(1064), word(1068)], [1, 0, 12_000, 0, 7]);
        assertEqual([byte(1084), word(1088)], [0, 9]);
        assertEqual([word(1092), text(from + 1096), word(1160), byte(1168), word(1172)], [1, 'visit', 3, 0, 1]);
        assertEqual([word(1176), word(1180)], [5, 2]);
        assertEqual([word(1184), word(1188), word(1192), word(1196)], [50, 0, 10_000, 0]);
        assertEqual([text(from + 1200), text(from + 1712)], ['0,0 1,1', 'ä'.repeat(64)]);
        assertEqual([byte(1908), byte(1909), byte(1910), word(1912)], [2, 0, 1, 4_294_967_295]);
    }
});

test('a refusal carries the code by name and the reason of the media plane', async () => {
    const link = new FakeLink();
    const plane = new Plane(link);
    const setting = plane.setDesired(listOf(1));
    await undefined;
    link.answer(1, -1, 0, 0, 'cam0: url: größe');
    const error = await assertRejects(setting, { type: OcellusError, message: /^cam0: url: größe$/ });
    assertEqual((error as OcellusError).code, 'INVAL');
    const retrying = plane.retryChannel(3);
    link.answer(2, -5);
    await assertRejects(retrying, { message: /^does not exist$/ });
    const again = plane.retryChannel(3);
    link.answer(3, -99);
    await assertRejects(again, { message: /error -99/ });
});

test('a field that an application of an earlier level does not know is 0, false or empty', async () => {
    const link = new FakeLink();
    const earlier = { name: 'cam', url: 'test', audio: true } as unknown as DesiredChannel;
    const done = new Plane(link).setDesired({ ...listOf(0), channels: [earlier] });
    await undefined;
    link.answer(1, 0, 1);
    await done;
    const bytes = link.parcels[0]?.slice(200) ?? new Uint8Array(0);
    const text = new TextDecoder().decode(bytes.filter((byte) => byte !== 0));
    assertEqual([bytes.length, text, bytes[1056]], [1916, 'camtest\x01', 1]);
});

test('the list that cannot be written is refused with channel and field, and nothing is posted', async () => {
    const link = new FakeLink();
    const plane = new Plane(link);
    const [channel] = listOf(1).channels as [DesiredChannel];
    for (const [more, message] of [
        [{ url: 'x'.repeat(512) }, /^cam0: url: longer than 511 bytes/],
        [{ url: 'a\0b' }, /^cam0: url: /],
        [{ ringMs: -1 }, /^cam0: ringMs: -1 is not allowed/],
        [{ ringMs: 0.5 }, /^cam0: ringMs: 0.5 is not allowed/],
        [{ ringMs: Number.NaN }, /^cam0: ringMs: NaN is not allowed/],
        [{ bitrate: 2 ** 32 }, /^cam0: bitrate: /],
    ] as const) {
        await assertRejects(plane.setDesired({ ...listOf(0), channels: [{ ...channel, ...more }] }), { message });
    }
    assertEqual(link.posted, []);
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
        const all: [Promise<unknown>, number][] = [
            [plane.setDesired(listOf(1)), 5_000],
            [plane.retryChannel(0), 5_000],
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

test('a list of pushes is one command, its rows are read by place', async () => {
    const link = new FakeLink();
    const plane = new Plane(link);
    const target = {
        id: 7,
        channel: 'größe',
        sub: true,
        format: 'ts',
        audioOnly: true,
        name: 'cam1/x',
        url: 'srt://a:1?passphrase=geheim',
        pin: 'ab',
    } as const;
    const set = plane.setPushes([target, { ...target, id: 8, format: 'flv' }]);
    link.answer(1, 0);
    await set;
    assertEqual([link.posted[0]?.kind, link.bytes.length], [commands.PUSHES, 4 + 2 * 1256]);
    const words = new DataView(link.bytes.buffer, link.bytes.byteOffset);
    const format = 4 + 37;
    assertEqual([words.getUint32(0, true), words.getUint32(4, true), link.bytes[format]], [2, 7, 1]);
    assertEqual([words.getUint32(4 + 1256, true), link.bytes[format + 1256]], [8, 0]);

    const row = pushFields.map((_, index) => index + 1);
    row[pushFields.indexOf('phase')] = pushPhases.indexOf('retries');
    link.pushes.set(3, row);
    link.pushes.set(
        5,
        pushFields.map(() => 0),
    );
    const [only, ...more] = plane.pushes();
    assertEqual(more, []);
    assertEqual([only?.id, only?.phase, only?.failure], [1, 'retries', 3]);
    const at = (name: (typeof pushFields)[number]) => pushFields.indexOf(name) + 1;
    assertEqual(only?.deliveredMs, counter(at('delivered_ms_hi'), at('delivered_ms_lo')));
    assertEqual([only?.leftOutGops, only?.queueBytes], [at('left_out_gops'), at('queue_bytes')]);
    assertEqual([plane.pushWhy(1), plane.pushWhy(2)], ['push why3', '']);

    const edges: Edge[] = [];
    plane.onEdge = (edge) => edges.push(edge);
    link.edges.push(2 + 40 + 2);
    link.pump();
    assertEqual(edges, [{ kind: 'push' }]);
});
