/** Methods of the binding of viewers: what they post, what they refuse, in which state. */
import { commands } from 'ocellus/command';
import { OcellusError } from 'ocellus/error';
import { P2p } from 'ocellus/p2p';
import { FakeLink } from 'ocellus/test/fake-link';
import { FakeP2pLink, makeP2p, openP2p, settle } from 'ocellus/test/fake-p2p-link';
import { withFakeTimers } from 'ocellus/test/fake-timers';
import { assert, assertEqual, assertRejects, assertThrows, test } from 'ocellus/test/harness';
import { Plane } from 'ocellus/plane';

function codeOf(error: Error): string {
    return error instanceof OcellusError ? error.code : error.name;
}

function thrownCode(run: () => unknown): string {
    return codeOf(assertThrows(run));
}

async function rejectedCode(promise: Promise<unknown>): Promise<string> {
    return codeOf(await assertRejects(promise));
}

/** Everything that needs an open transport, with arguments that are right. */
function methods(p2p: P2p): (() => unknown)[] {
    return [
        () => p2p.restart(),
        () => p2p.offer('v=0'),
        () => p2p.connect(),
        () => p2p.answer(1, 'v=0'),
        () => p2p.candidate(1, ''),
        () => p2p.endSession(1),
        () => p2p.endView(1),
        () => p2p.play(1, { pause: true }),
        () => p2p.setWatermarks({ low: 0, warn: 0, high: 0 }),
        () => p2p.setKeepAlive({ interval: 10, attempts: 3 }),
        () => p2p.setRate({ floor: 0, holdMs: 2000, reportMs: 3000 }),
        () => p2p.sendBuffer(1),
        () => p2p.sendStatus(1),
        () => p2p.sessions(),
        () => p2p.views(),
    ];
}

test('[B1] open posts what it is told, with what is left out', async () => {
    const { p2p, link } = makeP2p();
    const turn = { url: 'turn:turn.example:3478?transport=tcp', username: 'ü', credential: 'p' };
    assertEqual(await p2p.open({ owner: 'hub' }), { adopted: false });
    await p2p.close();
    await p2p.open({
        owner: 'raw',
        port: 4711,
        sessions: 3,
        servers: [{ url: 'stun:stun.example' }, turn],
        ca: '/etc/ca.pem',
        loopback: true,
        relayOnly: true,
        ipv6: false,
        keepAlive: { interval: 0, attempts: 10 },
    });
    const plain = { sessions: 0, loopback: false, relayOnly: false, ipv4: true, ipv6: true, interval: 10, attempts: 3 };
    const words = link.opened.map(({ owner, record }): Readonly<Record<string, unknown>> => ({ owner, ...record }));
    assertEqual(words[0], { owner: 1, port: 0, ...plain, servers: '', ca: '' });
    assertEqual(words[1], {
        owner: 0,
        port: 4711,
        sessions: 3,
        loopback: true,
        relayOnly: true,
        ipv4: true,
        ipv6: false,
        interval: 0,
        attempts: 10,
        servers: 'stun:stun.example\nturn:turn.example:3478?transport=tcp ü p',
        ca: '/etc/ca.pem',
    });
});

test('[B1] open: wrong options are thrown at once and open nothing', () => {
    const { p2p, link } = makeP2p();
    const wrong: [object, string][] = [
        [{ owner: 'other' }, 'TypeError'],
        [{}, 'TypeError'],
        [{ owner: 'raw', port: '80' }, 'TypeError'],
        [{ owner: 'raw', port: 65_536 }, 'RangeError'],
        [{ owner: 'raw', port: -1 }, 'RangeError'],
        [{ owner: 'raw', port: 1.5 }, 'RangeError'],
        [{ owner: 'raw', sessions: 65 }, 'RangeError'],
        [{ owner: 'raw', ipv4: false, ipv6: false }, 'RangeError'],
        [{ owner: 'raw', ipv4: 1 }, 'TypeError'],
        [{ owner: 'raw', servers: new Array(5).fill({ url: 'stun:a' }) }, 'RangeError'],
        [{ owner: 'raw', servers: [{ url: 'http://a' }] }, 'RangeError'],
        [{ owner: 'raw', servers: [{ url: 'stun:a b' }] }, 'RangeError'],
        [{ owner: 'raw', servers: [{ url: 'turn:a', username: 'u' }] }, 'TypeError'],
        [{ owner: 'raw', servers: [{ url: 'turn:a', username: 'u', credential: 'p\nstun:b' }] }, 'RangeError'],
        [{ owner: 'raw', servers: [{ url: 'turn:a', username: '', credential: 'p' }] }, 'RangeError'],
        [{ owner: 'raw', servers: [{ url: `stun:${'a'.repeat(2048)}` }] }, 'RangeError'],
        [{ owner: 'raw', ca: 'a'.repeat(512) }, 'RangeError'],
        [{ owner: 'raw', ca: 'a\0' }, 'RangeError'],
        [{ owner: 'raw', keepAlive: { interval: 256, attempts: 3 } }, 'RangeError'],
    ];
    for (const [options, name] of wrong) {
        assertEqual(
            thrownCode(() => p2p.open(options as never)),
            name,
            JSON.stringify(options),
        );
    }
    assertEqual([link.opened.length, link.posted.length], [0, 0]);
});

test('[B1] twice, before and after: each a code of its own', async () => {
    const { p2p, link } = makeP2p();
    await p2p.close();
    for (const method of methods(p2p)) {
        assertEqual(thrownCode(method), 'STATE', String(method));
    }
    const opening = p2p.open({ owner: 'raw' });
    assertEqual(
        thrownCode(() => p2p.restart()),
        'STATE',
    );
    assertEqual(
        thrownCode(() => p2p.open({ owner: 'raw' })),
        'EXIST',
    );
    await opening;
    assertEqual(
        thrownCode(() => p2p.open({ owner: 'raw' })),
        'EXIST',
    );
    const closing = [p2p.close(), p2p.close()];
    assertEqual(
        thrownCode(() => p2p.open({ owner: 'raw' })),
        'STATE',
    );
    assertEqual(
        thrownCode(() => p2p.restart()),
        'CLOSED',
    );
    await Promise.all(closing);
    await p2p.close();
    assertEqual(
        link.posted.map(({ kind }) => kind),
        [commands.P2P_CLOSE],
    );
    for (const method of methods(p2p)) {
        assertEqual(thrownCode(method), 'CLOSED', String(method));
    }
    await p2p.open({ owner: 'raw' });
    await p2p.restart();
    assertEqual(link.opened.length, 2);
});

test('[B1] what cannot be opened is not open, and can be tried again', async () => {
    const { p2p, link } = makeP2p();
    link.outcomes.set(commands.P2P_OPEN, { code: -13, text: 'UDP port 4711: address in use' });
    const error = await assertRejects(p2p.open({ owner: 'raw' }), { message: /^UDP port 4711: address in use$/ });
    assertEqual(codeOf(error), 'IO');
    assertEqual(
        thrownCode(() => p2p.restart()),
        'STATE',
    );
    link.mail.refuse = -7;
    assertEqual(await rejectedCode(p2p.open({ owner: 'raw' })), 'BUSY');
    link.mail.refuse = 0;
    link.outcomes.delete(commands.P2P_OPEN);
    await p2p.open({ owner: 'raw' });
});

test('[B1] closed while it opens: open rejects, nothing stays open', async () => {
    const { p2p, link } = makeP2p();
    const opening = p2p.open({ owner: 'raw' });
    const closing = p2p.close();
    assertEqual(await rejectedCode(opening), 'CLOSED');
    await closing;
    assertEqual(
        link.posted.map(({ kind }) => kind),
        [commands.P2P_CLOSE],
    );
    assertEqual(
        thrownCode(() => p2p.restart()),
        'CLOSED',
    );
});

test('[B1] close: a transport that was closed meanwhile is closed; what fails is told and closed', async () => {
    const { p2p, link } = await openP2p();
    link.outcomes.set(commands.P2P_CLOSE, { code: -8 });
    await p2p.close();
    await p2p.open({ owner: 'raw' });
    link.outcomes.set(commands.P2P_CLOSE, { code: -13 });
    assertEqual(await rejectedCode(p2p.close()), 'IO');
    assertEqual(
        thrownCode(() => p2p.restart()),
        'CLOSED',
    );
});

test('[B13] one layer at a time, in this script', async () => {
    for (const [first, second] of [
        ['raw', 'hub'],
        ['hub', 'raw'],
    ] as const) {
        const { p2p, plane, link } = makeP2p();
        const other = new P2p(plane, {}, link);
        await p2p.open({ owner: first });
        const error = assertThrows(() => other.open({ owner: second }), {
            type: OcellusError,
            message: new RegExp(first),
        });
        assertEqual(codeOf(error), 'BUSY');
        assertEqual(
            thrownCode(() => other.open({ owner: first })),
            'EXIST',
        );
        assertEqual(
            thrownCode(() => other.restart()),
            'STATE',
        );
        await p2p.close();
        await other.open({ owner: second });
        assertEqual(
            thrownCode(() => p2p.open({ owner: first })),
            'BUSY',
        );
    }
});

test('[B13] one layer at a time, over scripts: the media plane knows', async () => {
    const { p2p, link } = makeP2p();
    link.outcomes.set(commands.P2P_OPEN, { code: -7, text: 'the hub has the transport' });
    const error = await assertRejects(p2p.open({ owner: 'raw' }), { message: /^the hub has the transport$/ });
    assertEqual(codeOf(error), 'BUSY');
});

test('[B1] the next script adopts: rows are listed, ends of what runs are heard', async () => {
    const stops: [number, string][] = [];
    const data: [number, unknown][] = [];
    const { p2p, link } = makeP2p({
        onSendStop: (...args) => void stops.push(args),
        onReceive: (...args) => void data.push(args),
        onSendStart: () => ({ kind: 'live', channel: 0 }),
    });
    link.outcomes.set(commands.P2P_OPEN, { code: -6 });
    link.viewRows.set(7, { view: 7, session: 3, state: 2, kind: 1, channel: 2, stream: 1 });
    link.viewRows.set(8, { view: 520, session: 3, state: 2, kind: 4 });
    link.viewRows.set(9, { view: 9, session: 3, state: 1, kind: 0 });
    link.sessionRows.set(0, {
        session: 3,
        state: 2,
        views: 3,
        family: 4,
        port: 4711,
        ip0: 0xc0000207,
        rtt_us: 900,
        login: 7,
    });
    assertEqual(await p2p.open({ owner: 'raw' }), { adopted: true });
    assertEqual(
        p2p.views().map(({ view, kind, state, channel, stream }) => [view, kind, state, channel, stream].join(' ')),
        ['7 live open 2 sub', '9 unknown requested 0 main', '520 receive open 0 main'],
    );
    assertEqual(p2p.sessions(), [
        {
            session: 3,
            state: 'up',
            views: 3,
            address: '192.0.2.7:4711',
            relayed: false,
            rttUs: 900,
            uptimeS: 0,
            login: 7,
        },
    ]);
    link.notice({ kind: 'receive', view: 520, session: 3 }, new Uint8Array([1]));
    link.notice({ kind: 'receive-end', view: 520, session: 3, reason: 'left' });
    link.notice({ kind: 'send-stop', view: 7, session: 3, reason: 'left' });
    link.notice({ kind: 'send-stop', view: 6, session: 3, reason: 'never heard of' });
    const again = { kind: 'send-start', session: 3, label: 'action=live', peer: '' };
    link.notice({ ...again, view: 9 });
    await settle();
    assertEqual(
        link.of(commands.P2P_ACCEPT).map(({ args }) => args[0]),
        [9],
    );
    assertEqual(stops, [[7, 'left']]);
    assertEqual(data, [
        [520, new Uint8Array([1])],
        [520, null],
    ]);
});

test('[B1] signalling: parcels and numbers', async () => {
    const { p2p, link } = await openP2p();
    link.outcomes.set(commands.P2P_OFFER, { value0: 5, text: 'v=0 answer' });
    link.outcomes.set(commands.P2P_CONNECT, { value0: 6, text: 'v=0 offer' });
    const open = [
        { id: 0, label: 'action=live&channel=0' },
        { id: 1023, label: 'ü?' },
    ];
    assertEqual(await p2p.offer('v=0\r\n', { open }), { session: 5, sdp: 'v=0 answer' });
    assertEqual(await p2p.offer('v=0\r\n', { session: 5, login: 0x7fff_ffff }), { session: 5, sdp: 'v=0 answer' });
    assertEqual(await p2p.connect(), { session: 6, sdp: 'v=0 offer' });
    await p2p.connect(6);
    await p2p.answer(6, 'v=0 theirs');
    await p2p.candidate(6, 'candidate:1 1 udp 1 192.0.2.1 9 typ host');
    await p2p.candidate(6, '');
    await p2p.endSession(6, 'bye');
    await p2p.endView(9, 'grün');
    await p2p.restart();
    assertEqual(
        link.posted.map(({ kind, args, text }) => [kind, ...args, text]),
        [
            [commands.P2P_OFFER, 0, 0, 0, 0, '0 action=live&channel=0\n1023 ü?\n\nv=0\r\n'],
            [commands.P2P_OFFER, 5, 0x7fff_ffff, 0, 0, '\nv=0\r\n'],
            [commands.P2P_CONNECT, 0, 0, 0, 0, ''],
            [commands.P2P_CONNECT, 6, 0, 0, 0, ''],
            [commands.P2P_ANSWER, 6, 0, 0, 0, 'v=0 theirs'],
            [commands.P2P_CANDIDATE, 6, 0, 0, 0, 'candidate:1 1 udp 1 192.0.2.1 9 typ host'],
            [commands.P2P_CANDIDATE, 6, 0, 0, 0, ''],
            [commands.P2P_END, 6, 0, 0, 0, 'bye'],
            [commands.P2P_END, 0, 9, 0, 0, 'grün'],
            [commands.P2P_RESTART, 0, 0, 0, 0, ''],
        ],
    );
});

test('[B1] signalling: wrong arguments are thrown at once, refusals reject with why', async () => {
    const { p2p, link } = await openP2p();
    const wrong: [() => unknown, string][] = [
        [() => p2p.offer(1 as never), 'TypeError'],
        [() => p2p.offer('v=0', { session: 0 }), 'RangeError'],
        [() => p2p.offer('v=0', { login: -1 }), 'RangeError'],
        [() => p2p.offer('v=0', { open: [{ id: 1024, label: '' }] }), 'RangeError'],
        [() => p2p.offer('v=0', { open: [{ id: -1, label: '' }] }), 'RangeError'],
        [() => p2p.offer('v=0', { open: [{ id: 1, label: 'a\n2 b' }] }), 'RangeError'],
        [() => p2p.offer('v=0', { open: [{ id: 1, label: 'ü'.repeat(513) }] }), 'RangeError'],
        [
            () =>
                p2p.offer('v=0', {
                    open: [
                        { id: 1, label: 'a' },
                        { id: 1, label: 'b' },
                    ],
                }),
            'RangeError',
        ],
        [() => p2p.connect(1.5), 'RangeError'],
        [() => p2p.connect('1' as never), 'TypeError'],
        [() => p2p.answer(0, 'v=0'), 'RangeError'],
        [() => p2p.candidate(1, undefined as never), 'TypeError'],
        [() => p2p.endSession(2 ** 31), 'RangeError'],
        [() => p2p.endView(NaN), 'RangeError'],
        [() => p2p.sendBuffer(0), 'RangeError'],
        [() => p2p.sendStatus('1' as never), 'TypeError'],
    ];
    for (const [run, name] of wrong) {
        assertEqual(thrownCode(run), name, String(run));
    }
    assertEqual(link.posted.length, 0);
    link.outcomes.set(commands.P2P_OFFER, { code: -11, text: 'no fingerprint' });
    await assertRejects(p2p.offer('v=0'), { type: OcellusError, message: /^no fingerprint$/ });
    link.outcomes.set(commands.P2P_END, { code: -5 });
    assertEqual(await rejectedCode(p2p.endView(9)), 'NOENT');
});

test('[B5] watermarks: three numbers in order, of all views or of one', async () => {
    const { p2p, link } = await openP2p();
    await p2p.setWatermarks({ low: 200 * 1024, warn: 400 * 1024, high: 500 * 1024 });
    await p2p.setWatermarks({ low: 1, warn: 2, high: 2 ** 31 - 1 }, 7);
    await p2p.setWatermarks({ low: 0, warn: 0, high: 0 });
    await p2p.setWatermarks({ low: 1, warn: 2, high: 3, follow: true });
    await p2p.setWatermarks({ low: 1, warn: 2, high: 3, follow: true }, 7); // one view has what it is given
    assertEqual(
        link.of(commands.P2P_WATERMARKS).map(({ args }) => args),
        [
            [0, 204_800, 409_600, 512_000],
            [7, 1, 2, 2_147_483_647],
            [0, 0, 0, 0],
            [-1, 1, 2, 3],
            [7, 1, 2, 3],
        ],
    );
    const wrong = [
        [1, 1, 2],
        [1, 2, 2],
        [2, 1, 3],
        [3, 2, 1],
        [0, 1, 2],
        [0, 0, 1],
        [0, 1, 0],
        [1, 0, 0],
        [1, 2, 2 ** 31],
        [-1, 2, 3],
        [0.5, 2, 3],
        [Number.NaN, 2, 3],
        [0, 1, Number.POSITIVE_INFINITY],
    ];
    for (const [low = 0, warn = 0, high = 0] of wrong) {
        assertEqual(
            thrownCode(() => p2p.setWatermarks({ low, warn, high })),
            'RangeError',
            `${low} ${warn} ${high}`,
        );
    }
    assertEqual(
        thrownCode(() => p2p.setWatermarks({ low: '1', warn: 2, high: 3 } as never)),
        'TypeError',
    );
    assertEqual(
        thrownCode(() => p2p.setWatermarks({ low: 1, warn: 2 } as never)),
        'TypeError',
    );
    assertEqual(
        thrownCode(() => p2p.setWatermarks({ low: 1, warn: 2, high: 3 }, 0)),
        'RangeError',
    );
    assertEqual(link.posted.length, 5);
});

test('the rate: a floor, the wait before a rise, the wait for a report', async () => {
    const { p2p, link } = await openP2p();
    await p2p.setRate({ floor: 0, holdMs: 2000, reportMs: 3000 });
    await p2p.setRate({ floor: 2 ** 31 - 1, holdMs: 100, reportMs: 1000 });
    await p2p.setRate({ floor: 300_000, holdMs: 60_000, reportMs: 60_000 });
    assertEqual(
        link.of(commands.P2P_RATE).map(({ args }) => args.slice(0, 3)),
        [
            [0, 2000, 3000],
            [2_147_483_647, 100, 1000],
            [300_000, 60_000, 60_000],
        ],
    );
    for (const [floor = 0, holdMs = 0, reportMs = 0] of [
        [-1, 2000, 3000],
        [2 ** 31, 2000, 3000],
        [0.5, 2000, 3000],
        [Number.NaN, 2000, 3000],
        [0, 99, 3000],
        [0, 60_001, 3000],
        [0, 2000, 999],
        [0, 2000, 60_001],
    ]) {
        assertEqual(
            thrownCode(() => p2p.setRate({ floor, holdMs, reportMs })),
            'RangeError',
            `${floor} ${holdMs} ${reportMs}`,
        );
    }
    assertEqual(
        thrownCode(() => p2p.setRate({ floor: '1', holdMs: 2000, reportMs: 3000 } as never)),
        'TypeError',
    );
    assertEqual(
        thrownCode(() => p2p.setRate({ floor: 1 } as never)),
        'TypeError',
    );
    assertEqual(link.posted.length, 3);
    link.outcomes.set(commands.P2P_RATE, { code: -2 });
    await assertRejects(p2p.setRate({ floor: 1, holdMs: 2000, reportMs: 3000 }), { type: OcellusError });
});

test('[B2] a playback is steered', async () => {
    const { p2p, link } = await openP2p();
    await p2p.play(7, { pause: true });
    await p2p.play(7, { resume: true });
    await p2p.play(7, { seek: 5_400_000.4 });
    await p2p.play(7, { speed: 0.125 });
    await p2p.play(7, { speed: 64 });
    assertEqual(
        link.of(commands.P2P_PLAY).map(({ args }) => args),
        [
            [7, 0, 0, 0],
            [7, 1, 0, 0],
            [7, 2, 5_400_000, 0],
            [7, 3, 125, 0],
            [7, 3, 64_000, 0],
        ],
    );
    for (const wrong of [{ seek: -1 }, { seek: Number.NaN }, { seek: 2 ** 31 }, { speed: 0 }, { speed: 64.1 }, {}]) {
        assertEqual(
            thrownCode(() => p2p.play(7, wrong as never)),
            'RangeError',
            JSON.stringify(wrong),
        );
    }
    assertEqual(
        thrownCode(() => p2p.play(0, { pause: true })),
        'RangeError',
    );
    assertEqual(
        thrownCode(() => p2p.play(7, undefined as never)),
        'TypeError',
    );
    link.outcomes.set(commands.P2P_PLAY, { code: -5 });
    assertEqual(await rejectedCode(p2p.play(8, { resume: true })), 'NOENT');
});

test('[B11] keep-alive: 0 to 255 seconds, 0 to 10 attempts', async () => {
    const { p2p, link } = await openP2p();
    for (const [interval, attempts] of [
        [0, 0],
        [10, 3],
        [255, 10],
    ] as const) {
        await p2p.setKeepAlive({ interval, attempts });
    }
    assertEqual(
        link.of(commands.P2P_KEEPALIVE).map(({ args }) => args.slice(0, 2)),
        [
            [0, 0],
            [10, 3],
            [255, 10],
        ],
    );
    for (const [interval, attempts] of [
        [256, 3],
        [-1, 3],
        [10, 11],
        [10, -1],
        [0.5, 3],
    ] as const) {
        assertEqual(
            thrownCode(() => p2p.setKeepAlive({ interval, attempts })),
            'RangeError',
            `${interval} ${attempts}`,
        );
    }
    assertEqual(
        thrownCode(() => p2p.setKeepAlive({ interval: 10 } as never)),
        'TypeError',
    );
});

test('[B6] [B7] what a view has unsent, and how it is sent', async () => {
    const { p2p, link } = await openP2p();
    const row = {
        view: 519,
        session: 3,
        state: 2,
        kind: 1,
        queued: 4_000_000_000,
        inst_rate: 250_000,
        acked_rate: 240_000,
    };
    link.viewRows.set(7, {
        ...row,
        ...{
            acked_lo: 0xffff_ffff,
            acked_hi: 0x1f_ffff,
            rtt_us: 40_000,
            loss_ppm: 10_000,
            cwnd: 65_536,
            pacing_rate: 300_000,
        },
        ...{ drop_ring: 1, drop_watermark: 2, drop_report: 3, drop_tracks: 4, abandoned: 5 },
    });
    assertEqual(p2p.sendBuffer(519), 4_000_000_000);
    const status = p2p.sendStatus(519);
    assert(status !== undefined);
    assertEqual(
        [status.instantRate, status.acknowledgedRate, status.acknowledgedBytes],
        [250_000, 240_000, Number.MAX_SAFE_INTEGER],
    );
    assertEqual(
        [status.rttUs, status.lossPpm, status.congestionWindow, status.pacingRate],
        [40_000, 10_000, 65_536, 300_000],
    );
    assertEqual(status.drops, { overtaken: 1, watermark: 2, report: 3, tracks: 4, abandoned: 5 });
    // another view on the same row, one that is gone, one that never was
    assertEqual([p2p.sendBuffer(7), p2p.sendStatus(7)], [0, undefined]);
    link.viewRows.set(7, { ...row, state: 0 });
    assertEqual([p2p.sendBuffer(519), p2p.sendStatus(519)], [0, undefined]);
    assertEqual(p2p.sendBuffer(12), 0);
});

test('[B7] rows: every state, address and flag', async () => {
    const { p2p, link } = await openP2p();
    const up = { state: 2, views: 0 };
    const ip6 = (session: number, ...ip: readonly number[]) => {
        const [ip0 = 0, ip1 = 0, ip2 = 0, ip3 = 0] = ip;
        link.sessionRows.set(session, {
            ...up,
            session,
            family: 6,
            port: 1,
            ip0,
            ip1,
            ip2,
            ip3,
            relayed: 1,
            uptime_s: 9,
        });
    };
    ip6(1, 0x20010db8, 0, 0, 1);
    ip6(2, 0, 0, 0, 1);
    ip6(3, 0x20010db8, 0x00010002, 0x00030004, 0x00050006);
    ip6(4, 0xfe800000, 0, 0x00010000, 0);
    ip6(5, 0x00010000, 0x00020003, 0x00040005, 0x00060007);
    link.sessionRows.set(60, { session: 6, state: 1, views: 0 });
    link.sessionRows.set(61, { session: 7, state: 3, views: 0, family: 4, port: 65_535, ip0: 0xffff_ffff });
    link.sessionRows.set(62, { session: 8, state: 0 });
    assertEqual(
        p2p.sessions().map(({ session, state, address, relayed }) => `${session} ${state} ${address} ${relayed}`),
        [
            '1 up [2001:db8::1]:1 true',
            '2 up [::1]:1 true',
            '3 up [2001:db8:1:2:3:4:5:6]:1 true',
            '4 up [fe80::1:0:0:0]:1 true',
            '5 up [1:0:2:3:4:5:6:7]:1 true',
            '6 connecting  false',
            '7 lost 255.255.255.255:65535 false',
        ],
    );
    const marks = { low: 1, warn: 2, high: 3 };
    link.viewRows.set(1, { view: 1, session: 1, state: 3, kind: 2, id: 4, held: 1, watermark: 1, ...marks, jumps: 5 });
    link.viewRows.set(2, {
        view: 2,
        session: 1,
        state: 2,
        kind: 3,
        held: 2,
        received_lo: 7,
        received_hi: 1,
        drop_received: 8,
    });
    const [first, second] = p2p.views();
    assertEqual(
        [first?.state, first?.kind, first?.id, first?.held, first?.aboveWarn],
        ['ending', 'playback', 4, { high: true, report: false }, true],
    );
    assertEqual([first?.watermarks, first?.jumps], [marks, 5]);
    assertEqual(
        [second?.kind, second?.held, second?.receivedBytes, second?.receivedDropped],
        ['command', { high: false, report: true }, 4_294_967_303, 8],
    );
});

test('a host without a transport: no rows, and the media plane says why it does not open', async () => {
    const { p2p, link } = makeP2p();
    link.sessions = 0;
    link.outcomes.set(commands.P2P_OPEN, { code: -4, text: 'this host has no transport' });
    assertEqual(await rejectedCode(p2p.open({ owner: 'raw' })), 'NOTSUP');
    link.outcomes.delete(commands.P2P_OPEN);
    await p2p.open({ owner: 'raw' });
    assertEqual([p2p.sessions(), p2p.views(), p2p.sendBuffer(7)], [[], [], 0]);
});

test('every command ends at its deadline', async () => {
    await withFakeTimers(async (clock) => {
        const mail = new FakeLink();
        const link = new FakeP2pLink(mail);
        const p2p = new P2p(new Plane(mail, clock), {}, link);
        await p2p.open({ owner: 'raw' });
        await clock.settle();
        for (const kind of Object.values(commands)) {
            link.outcomes.set(kind, { held: true });
        }
        const all: [Promise<unknown>, number][] = [
            [p2p.restart(), 5_000],
            [p2p.offer('v=0'), 5_000],
            [p2p.connect(), 5_000],
            [p2p.setWatermarks({ low: 0, warn: 0, high: 0 }), 5_000],
            [p2p.close(), 15_000],
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
        assertEqual(clock.waiting.size, 0);
        const again = p2p.open({ owner: 'raw' });
        const late = assertRejects(again, { message: /^open the transport: no answer within 5 s$/ });
        await clock.advance(5_000);
        await late;
    });
});
