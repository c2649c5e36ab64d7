import type { ErrorJson, P2pSessionsJson } from 'ocellus/app/http/api-types';
import { startOn } from 'ocellus/app/system/application';
import { OcellusError } from 'ocellus/error';
import type { Facts } from 'ocellus/host';
import type { Accept, Params } from 'ocellus/p2p';
import { FakeP2p, sessionOf, viewOf } from 'ocellus/test/fake-p2p';
import { FakeHost, FakePlane, rowOf, requestOf } from 'ocellus/test/fake-plane';
import { assert, assertEqual, assertRejects, test } from 'ocellus/test/harness';

interface Device {
    readonly plane: FakePlane;
    readonly p2p: FakeP2p;
    ask: (method: string, path: string, body?: unknown) => Promise<[number, unknown]>;
    refused: (method: string, path: string, body?: unknown) => Promise<[number, string]>;
    live: (query: Readonly<Record<string, string>>) => Promise<Accept>;
    command: (body: unknown) => Promise<unknown>;
}

/** A whole application with a transport that the test plays. */
async function device(settings: unknown = {}, facts: Partial<Facts> = {}, p2p = new FakeP2p()): Promise<Device> {
    const plane = new FakePlane();
    plane.stored.set('settings', JSON.stringify({ p2p: settings }));
    const stored = { path: 'settings', text: JSON.stringify({ p2p: settings }) };
    const transport = {
        make: (callbacks: FakeP2p['callbacks']) => {
            p2p.callbacks = callbacks;
            return p2p;
        },
        inUse: () => p2p.used,
        max: 8,
    };
    await startOn({ plane, host: new FakeHost({ stored, ...facts }), transport });
    let id = 0;
    const ask: Device['ask'] = async (method, path, body) => {
        const [before = '', query = ''] = path.split('?');
        const text = body === undefined || typeof body === 'string' ? (body ?? '') : JSON.stringify(body);
        const mine = ++id;
        plane.requests.push(requestOf({ id: mine, method, path: before, query, body: text, login: 7 }));
        plane.onRequests?.();
        for (let turn = 0; turn < 1000; turn++) {
            const reply = plane.replies.find((one) => one.id === mine);
            if (reply !== undefined) {
                return [reply.status, reply.body === '' ? '' : JSON.parse(reply.body)];
            }
            await undefined;
        }
        throw new Error(`${method} ${path}: no answer`);
    };
    const peer = { session: 7, view: 3, address: '' };
    return {
        plane,
        p2p,
        ask,
        refused: async (method, path, body) => {
            const [status, { error }] = (await ask(method, path, body)) as [number, ErrorJson];
            return [status, error.message];
        },
        live: async (query) => {
            const { action = '' } = query;
            const params: Params = { action, name: '', query: new Map(Object.entries(query)) };
            const accept = await p2p.callbacks.onSendStart?.(params, peer);
            assert(accept !== undefined);
            return accept;
        },
        command: async (body) => {
            const text = typeof body === 'string' ? body : JSON.stringify(body);
            const answer = await p2p.callbacks.onCommand?.(new TextEncoder().encode(text), peer);
            return JSON.parse(answer as string) as unknown;
        },
    };
}

test('the first offer opens the transport as the settings say, the second does not', async () => {
    const { p2p, ask } = await device({
        port: 4000,
        maxPeers: 20,
        ipv6: false,
        loopback: true,
        stun: ['stun.example'],
        turn: ['turn://u:p%20w@[2001:db8::1]:80?transport=tcp', 'turns://a:b@relay.example'],
    });
    assertEqual(p2p.calls, []);
    const open = [{ id: 1, label: 'action=live&channel=0' }];
    assertEqual(await ask('POST', '/api/p2p/offer', { sdp: 'v=0 a', open }), [201, { session: 7, sdp: 'v=0 answer' }]);
    assertEqual(p2p.early, open);
    assertEqual(p2p.login, 7);
    assertEqual(await ask('POST', '/api/p2p/offer', 'v=0 b'), [201, { session: 8, sdp: 'v=0 answer' }]);
    assertEqual(p2p.calls, [
        'open',
        'watermarks 204800 409600 512000 follow',
        'rate 0 2000 3000',
        'offer v=0 a 0',
        'offer v=0 b 0',
    ]);
    assertEqual(p2p.options, {
        owner: 'hub',
        port: 4000,
        sessions: 8,
        servers: [
            { url: 'stun:stun.example:3478' },
            { url: 'turn:[2001:db8::1]:80?transport=tcp', username: 'u', credential: 'p w' },
            { url: 'turns:relay.example:5349', username: 'a', credential: 'b' },
        ],
        loopback: true,
        relayOnly: false,
        ipv6: false,
        keepAlive: { interval: 10, attempts: 3 },
    });
});

test('an opening that fails is told and tried again', async () => {
    const { p2p, ask, refused } = await device();
    p2p.failures.push({ call: 'open', error: new OcellusError('BUSY', 'the UDP port is in use') });
    assertEqual(await refused('POST', '/api/p2p/offer', 'v=0'), [503, 'the UDP port is in use']);
    assertEqual((await ask('POST', '/api/p2p/offer', 'v=0'))[0], 201);
});

test('a restart and candidates go to their viewer; DELETE ends it', async () => {
    const { p2p, ask, refused } = await device();
    assertEqual((await refused('POST', '/api/p2p/sessions/7', { candidate: '' }))[0], 404);
    await ask('POST', '/api/p2p/offer', 'v=0');
    assertEqual(await ask('POST', '/api/p2p/sessions/7', { sdp: 'v=0 r' }), [200, { session: 7, sdp: 'v=0 answer' }]);
    assertEqual(await ask('POST', '/api/p2p/sessions/7', { candidate: 'candidate:1 1 udp' }), [204, '']);
    assertEqual(await ask('DELETE', '/api/p2p/sessions/7'), [204, '']);
    assertEqual(p2p.calls.slice(4), ['offer v=0 r 7', 'candidate 7 candidate:1 1 udp', 'end 7']);
    for (const path of ['0', 'x', '-1', '99999999999', '7a']) {
        assertEqual((await refused('DELETE', `/api/p2p/sessions/${path}`))[0], 404);
    }
});

test('what an offer may not say is refused, with a reason', async () => {
    const { p2p, refused } = await device();
    for (const [body, message] of [
        ['', 'body: an offer is needed: SDP, or {"sdp": …}'],
        [{ sdp: 1 }, 'body: sdp: a text is needed'],
        [{ sdp: '' }, 'body: sdp: a text is needed'],
        [{ sdp: 'v=0', oben: [] }, 'body: oben: unknown key'],
        [{ sdp: 'v=0', on: [] }, 'body: on: unknown key; known are sdp, open'],
        [{ sdp: 'v=0', open: 1 }, 'body: open: a list of 0 to 8 entries is needed'],
        [{ sdp: 'v=0', open: Array(9).fill({ id: 1, label: 'a' }) }, 'body: open: a list of 0 to 8 entries is needed'],
        [{ sdp: 'v=0', open: [1] }, 'body: open[0]: an object with the keys id, label is needed'],
        [{ sdp: 'v=0', open: [{ id: 1024, label: '' }] }, 'body: open[0].id: a whole number from 0 to 1023 is needed'],
        [{ sdp: 'v=0', open: [{ id: 1, label: 7 }] }, 'body: open[0].label: a text is needed'],
    ] as const) {
        assertEqual(await refused('POST', '/api/p2p/offer', body), [400, message]);
    }
    assertEqual((await refused('POST', '/api/p2p/offer', '{"sdp":'))[0], 400);
    assertEqual((await refused('POST', '/api/p2p/offer?x=1', 'v=0'))[0], 400);
    assertEqual((await refused('GET', '/api/p2p/offer'))[0], 405);
    assertEqual(p2p.calls, []);
    p2p.failures.push({ call: 'offer', error: new OcellusError('NOTSUP', 'no media line') });
    assertEqual(await refused('POST', '/api/p2p/offer', 'v=0'), [400, 'no media line']);
});

test('live by name or number; everything else is refused with a reason', async () => {
    const { plane, live } = await device();
    plane.rows.splice(0, plane.rows.length);
    plane.rows.push(rowOf({ number: 0, name: 'front', state: 2 }), rowOf({ number: 4, name: '0', state: 3 }));
    plane.rows.push(rowOf({ number: 5, name: 'new', state: 1 }));
    plane.subs.push(rowOf({ number: 0, name: 'front', state: 2 }));
    const action = 'live';
    assertEqual(await live({ action, channel: 'front' }), { kind: 'live', channel: 0, stream: 'main' });
    assertEqual(await live({ action, channel: '0' }), { kind: 'live', channel: 4, stream: 'main' });
    assertEqual(await live({ action, channel: '4', stream: 'main' }), { kind: 'live', channel: 4, stream: 'main' });
    assertEqual(await live({ action, channel: 'front', stream: 'sub' }), { kind: 'live', channel: 0, stream: 'sub' });
    for (const [query, message] of [
        [{}, 'action is missing: live, playback, voice or command'],
        [{ action: 'dance' }, 'action=dance is not known: live, playback, voice or command'],
        [{ action: 'toString' }, 'action=toString is not known: live, playback, voice or command'],
        [{ action }, 'channel is missing: its name or number'],
        [{ action, channel: 'back' }, 'no channel "back"'],
        [{ action, channel: 'front', stream: 'third' }, 'stream: "third" is not allowed; use main or sub'],
        [{ action, channel: '0', stream: 'sub' }, 'channel 0 has no stream sub'],
        [{ action, channel: 'new' }, 'channel new is not open yet, try again'],
        [{ action, channel: 'front', speed: '2' }, '"speed" is no key of action=live: action, channel, stream'],
    ] as const) {
        assertEqual((await assertRejects(live(query as Readonly<Record<string, string>>))).message, message);
    }
    plane.reasons.add('command');
    assertEqual((await assertRejects(live({ action, channel: 'front' }))).message, 'privacy mode is on');
});

test('recordings from an instant on; controls of the viewer reach its playback', async () => {
    const { plane, p2p, ask, live } = await device();
    await ask('POST', '/api/p2p/offer', 'v=0');
    plane.rows.splice(0, plane.rows.length);
    plane.rows.push(rowOf({ number: 0, name: 'front', state: 2 }));
    const file = (start: string | null, end: string | null) => ({
        path: `recordings/front/x_${start ?? 'none'}`,
        channel: 'front',
        name: 'x',
        start: start === null ? null : `2026-11-21T${start}:00.000Z`,
        end: end === null ? null : `2026-11-21T${end}:00.000Z`,
        bytes: 1,
        open: end === null,
        durationMs: 0,
        protected: false,
    });
    plane.files.push(file(null, null), file('01:00', '02:00'), file('02:00', '03:00'), file('03:30', null));
    const action = 'playback';
    const expected = {
        kind: 'playback',
        base: '2026-11-21T02:00:00.000Z',
        atMs: 1_800_000,
        files: [
            { offsetMs: 0, path: 'recordings/front/x_02:00' },
            { offsetMs: 5_400_000, path: 'recordings/front/x_03:30' },
        ],
    } as const;
    assertEqual<unknown>(await live({ action, channel: 'front', time: '2026-11-21T02:30:00Z' }), expected);
    assertEqual<unknown>(await live({ action, channel: '0', time: String(Date.UTC(2026, 10, 21, 2, 30)) }), expected);
    assert(
        plane.calls.includes('list front  recordings/front/0_20261120T013000.000Z_open.mp4 100'),
        plane.calls.join('\n'),
    );
    for (const [query, message] of [
        [
            { action, channel: 'front' },
            'time: nothing is not allowed; use a time like 2026-11-21T02:51:00Z, or milliseconds since 1970',
        ],
        [
            { action, channel: 'front', time: 'now' },
            'time: "now" is not allowed; use a time like 2026-11-21T02:51:00Z, or milliseconds since 1970',
        ],
        [{ action, time: '1' }, 'channel is missing: its name or number'],
        [{ action, channel: 'gone', time: '1000' }, 'no recording of channel "gone" from 1970-01-01T00:00:01.000Z on'],
        [{ action, channel: '../x', time: '1' }, 'no channel "../x"'],
    ] as const) {
        assertEqual((await assertRejects(live(query as Readonly<Record<string, string>>))).message, message);
    }
    p2p.calls.length = 0;
    const control = async (text: string): Promise<void> => await p2p.callbacks.onControl?.(3, text);
    await control('{"pause":true}');
    await control('{"resume":true}');
    await control('{"seek":"2026-11-21T02:00:05Z"}');
    await control('{"seek":0}');
    await control('{"speed":2.5}');
    assertEqual(p2p.calls, [
        'play 3 {"pause":true}',
        'play 3 {"resume":true}',
        'play 3 {"seek":5000}',
        'play 3 {"seek":0}',
        'play 3 {"speed":2.5}',
    ]);
    for (const text of ['', '[]', '{}', '{"pause":1}', '{"speed":"2"}', '{"stop":true}', '{"pause":true,"speed":1}']) {
        await assertRejects(control(text));
    }
    p2p.callbacks.onSendStop?.(3, 'left');
    await assertRejects(control('{"seek":0}'));
});

test('commands: status, the own views, a key picture', async () => {
    const { plane, p2p, ask, command } = await device();
    await ask('POST', '/api/p2p/offer', 'v=0');
    plane.rows.splice(0, plane.rows.length);
    plane.rows.push(rowOf({ number: 0, name: 'front', state: 2, video_codec: 1, width: 640, height: 360 }));
    const { channels, private: hidden } = (await command({ command: 'status' })) as {
        channels: unknown;
        private: boolean;
    };
    assertEqual(hidden, false);
    assertEqual(channels, [
        {
            id: 0,
            name: 'front',
            title: 'front',
            state: 'running',
            codec: 'h264',
            width: 640,
            height: 360,
            sub: null,
        },
    ]);
    p2p.channels = [viewOf(3, 7), viewOf(4, 8)];
    const { views } = (await command({ command: 'views' })) as { views: { queued: number }[] };
    assertEqual([views.length, views[0]?.queued], [1, 100]);
    assertEqual(await command({ command: 'key', channel: 'front' }), {});
    assert(plane.calls.includes('key 0'), plane.calls.join());
    for (const [body, message] of [
        [{}, 'command: "" is not known: the command "commands" lists them'],
        [{ command: 1 }, 'command: a text is needed'],
        [{ command: 'key' }, 'channel is missing: its name or number'],
        [[], 'request: not a JSON object'],
        [' '.repeat(5000), 'more than 4096 bytes'],
    ] as const) {
        assertEqual((await assertRejects(command(body))).message, message);
    }
});

test('viewers are listed with their channels and candidates', async () => {
    const { p2p, ask, refused } = await device();
    assertEqual(await ask('GET', '/api/p2p/sessions'), [200, { sessions: [] }]);
    assertEqual(p2p.calls, []);
    await ask('POST', '/api/p2p/offer', 'v=0');
    p2p.rows = [sessionOf(7)];
    p2p.channels = [viewOf(3, 7)];
    p2p.callbacks.onCandidate?.({ session: 7, line: 'candidate:1' });
    const [, { sessions }] = (await ask('GET', '/api/p2p/sessions')) as [number, P2pSessionsJson];
    assertEqual(sessions.length, 1);
    assertEqual(sessions[0]?.address, '192.0.2.7:4711');
    assertEqual(sessions[0]?.candidates, ['candidate:1']);
    assertEqual(sessions[0]?.channels[0]?.drops.report, 3);
    assertEqual((await ask('GET', '/api/p2p/sessions/7'))[0], 200);
    assertEqual((await refused('GET', '/api/p2p/sessions/8'))[0], 404);
    p2p.callbacks.onSession?.({ session: 7, state: 'over', reason: 'gone', address: '' });
    const [, after] = (await ask('GET', '/api/p2p/sessions')) as [number, P2pSessionsJson];
    assertEqual(after.sessions[0]?.candidates, []);
});

test('settings take effect while it is open: some at once, others by opening again', async () => {
    const { p2p, ask } = await device();
    await ask('PATCH', '/api/settings', { p2p: { keepAlive: { interval: 5 } } });
    assertEqual(p2p.calls, []);
    await ask('POST', '/api/p2p/offer', 'v=0');
    p2p.calls.length = 0;
    await ask('PATCH', '/api/settings', { p2p: { watermarks: { low: 0, warn: 0, high: 0 } } });
    assertEqual(p2p.calls, ['watermarks 0 0 0', 'rate 0 2000 3000', 'keep-alive 5 3']); // what is set does not follow the stream
    p2p.calls.length = 0;
    await ask('PATCH', '/api/settings', { p2p: { port: 4001 } });
    assertEqual(p2p.calls, ['close']);
    await ask('POST', '/api/p2p/offer', 'v=0');
    assertEqual(p2p.options?.port, 4001);
    p2p.calls.length = 0;
    await ask('PATCH', '/api/settings', { p2p: { enabled: false } });
    assertEqual(p2p.calls, ['close']);
    assertEqual((await ask('POST', '/api/p2p/offer', 'v=0'))[0], 501);
});

test('viewers of a script before are adopted at the start; without any nothing is opened', async () => {
    const p2p = new FakeP2p();
    p2p.used = true;
    await device({}, { generation: 2 }, p2p);
    assertEqual(p2p.calls, ['open', 'watermarks 204800 409600 512000 follow', 'rate 0 2000 3000']);
    const other = await device({}, { generation: 2 });
    assertEqual(other.p2p.calls, []);
});

test('a host without a transport says so', async () => {
    const plane = new FakePlane();
    await startOn({ plane, host: new FakeHost() });
    plane.requests.push(requestOf({ id: 1, method: 'POST', path: '/api/p2p/offer', query: '', body: 'v=0', login: 0 }));
    plane.onRequests?.();
    for (let turn = 0; turn < 100; turn++) {
        await undefined;
    }
    assertEqual(plane.replies[0]?.status, 501);
});

test('whoever asks for a viewer that ended hears why, with the step that failed', async () => {
    const { p2p, ask, refused } = await device();
    assertEqual((await ask('POST', '/api/p2p/offer', 'v=0'))[0], 201);
    assertEqual(await refused('GET', '/api/p2p/sessions/40'), [404, 'no viewer 40']);
    for (let session = 40; session < 60; session++) {
        const reason = `the DTLS handshake failed: the peer sent alert 40 (handshake_failure)`;
        p2p.callbacks.onSession?.({ session, state: 'over', reason, address: '' });
    }
    const [status, message] = await refused('GET', '/api/p2p/sessions/59');
    assertEqual(status, 404);
    assertEqual(
        message,
        'no viewer 59: it ended: the DTLS handshake failed: the peer sent alert 40 (handshake_failure)',
    );
    assertEqual(await refused('GET', '/api/p2p/sessions/43'), [404, 'no viewer 43']); // sixteen are remembered
    assertEqual((await refused('GET', '/api/p2p/sessions/44'))[1].includes('it ended'), true);
});

test('[B9] a voice is played where the settings say, and refused with the reason', async () => {
    const camera = (talk: object) =>
        device({}, { stored: { path: 'settings', text: JSON.stringify({ p2p: {}, talk }) } });
    const voice = async ({ p2p }: Device, label: string, login = 7): Promise<unknown> => {
        const query = new Map(label.split('&').map((part) => part.split('=') as [string, string]));
        const peer = { session: 7, view: 3, address: '' };
        p2p.rows = [sessionOf(7, login)];
        try {
            return await p2p.callbacks.onReceiveStart?.({ action: 'voice', name: '', query }, peer);
        } catch (error) {
            return (error as Error).message;
        }
    };
    const usual = await camera({});
    const played = { kind: 'voice', output: 'auto', volume: 100 };
    assertEqual(await voice(usual, 'action=voice&codec=pcma'), { ...played, codec: 'pcma' });
    assertEqual(await voice(usual, 'action=voice&codec=pcmu'), { ...played, codec: 'pcmu' });
    for (const [label, message] of [
        ['action=voice', 'codec is missing: pcma or pcmu'],
        ['action=voice&codec=opus', 'codec=opus is not decoded here: pcma or pcmu'],
        ['action=voice&codec=toString', 'codec=toString is not decoded here: pcma or pcmu'],
        ['action=voice&codec=pcma&channel=0', '"channel" is no key of action=voice: action, codec'],
    ] as const) {
        assertEqual(await voice(usual, label), message);
    }
    const refusal = 'this login may not talk: it needs the right operate';
    assertEqual(await voice(usual, 'action=voice&codec=pcma', 0x2000_0007), refusal);
    const file = { output: 'file', volume: 30 };
    assertEqual(await voice(await camera(file), 'action=voice&codec=pcma'), { kind: 'voice', codec: 'pcma', ...file });
    const none = await camera({ output: 'none' });
    assertEqual(await voice(none, 'action=voice&codec=pcma'), 'talk is disabled: set talk.output to auto');
    usual.plane.reasons.add('command');
    assertEqual(await voice(usual, 'action=voice&codec=pcma'), 'privacy mode is on');
});
