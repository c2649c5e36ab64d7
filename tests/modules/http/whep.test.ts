import { loadSettings } from 'ocellus/app/config/load';
import type { P2pSettings } from 'ocellus/app/config/p2p-settings';
import { p2pRoutes } from 'ocellus/app/http/p2p-api';
import { Router } from 'ocellus/app/http/router';
import { Viewers } from 'ocellus/app/p2p/viewers';
import { OcellusError } from 'ocellus/error';
import { FakeP2p, sessionOf } from 'ocellus/test/fake-p2p';
import { FakeHost, FakePlane, requestOf } from 'ocellus/test/fake-plane';
import { assert, assertEqual, test } from 'ocellus/test/harness';

const pwd = 'P2uYro0UCOQ4zxjKXaWCBui1';
const sdpType = 'application/sdp';
const fragmentType = 'application/trickle-ice-sdpfrag';

const offer = [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'a=ice-ufrag:EsAw',
    `a=ice-pwd:${pwd}`,
    'a=ice-options:trickle ice2',
    'a=fingerprint:sha-256 AB:CD',
    'a=setup:actpass',
    'a=mid:0',
    '',
].join('\r\n');
const answer = offer.replace('EsAw', 'ours').replace('actpass', 'active').replace('ice2', '');

interface Reply {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
}

interface Rig {
    readonly p2p: FakeP2p;
    readonly given: Map<string, () => unknown>;
    send: (method: string, path: string, body?: string, more?: Headers) => Promise<Reply>;
    patch: (body: string, match?: string, session?: number) => Promise<Reply>;
}

type Headers = { readonly type?: string; readonly match?: string | undefined; readonly login?: number };

/** The routes before a transport that the test plays. `before`: what a script before handed over. */
function rig(changes: Partial<P2pSettings> = {}, before: unknown = undefined, p2p = new FakeP2p()): Rig {
    const plane = new FakePlane();
    const host = new FakeHost();
    const { p2p: loaded, talk } = loadSettings(host.facts).settings;
    const settings = { ...loaded, ...changes };
    const given = new Map<string, () => unknown>();
    p2p.description = answer;
    const viewers = new Viewers({
        plane,
        answer: async () => '',
        settings: () => settings,
        talk: () => talk,
        recordings: () => {
            throw new OcellusError('NOTSUP');
        },
        transport: {
            make: (callbacks) => {
                p2p.callbacks = callbacks;
                return p2p;
            },
            inUse: () => p2p.used,
            max: 8,
        },
        handover: {
            part: (name) => (name === 'ice' ? before : undefined),
            add: (name, give) => void given.set(name, give),
            changed: () => undefined,
        },
    });
    void viewers.start();
    const router = p2pRoutes(new Router({ parcelBytes: 131_072 }), { viewers }).keep();
    const send: Rig['send'] = async (method, path, body = '', { type = '', match, login = 0 } = {}) => {
        const headers = new Map<string, string>();
        if (type !== '') {
            headers.set('content-type', type);
        }
        if (match !== undefined) {
            headers.set('if-match', match);
        }
        const [where = '', query = ''] = path.split('?');
        const reply = await router.answer(requestOf({ method, path: where, query, body, headers, login }));
        return { status: reply.status ?? 200, headers: reply.headers ?? {}, body: String(reply.body ?? '') };
    };
    return {
        p2p,
        given,
        send,
        patch: (body, match, session = 7) =>
            send('PATCH', `/api/p2p/sessions/${session}`, body, { type: fragmentType, match }),
    };
}

/** A viewer that came by SDP. */
async function begun(changes: Partial<P2pSettings> = {}): Promise<Rig> {
    const one = rig(changes);
    const { status } = await one.send('POST', '/api/p2p/offer', offer, { type: sdpType });
    assertEqual(status, 201);
    one.p2p.rows = [sessionOf(7)];
    one.p2p.calls.length = 0;
    return one;
}

const messageOf = ({ body }: Reply): string => (JSON.parse(body) as { error: { message: string } }).error.message;
const candidate = (ufrag: string, transport = 'udp'): string =>
    `candidate:1 1 ${transport} 2122260223 192.0.2.1 61764 typ host generation 0 ufrag ${ufrag}`;
const fragment = (ufrag: string, ...lines: readonly string[]): string =>
    [`a=ice-ufrag:${ufrag}`, `a=ice-pwd:${pwd}`, 'm=audio 9 RTP/AVP 0', 'a=mid:0', ...lines, ''].join('\r\n');

test('an offer by SDP is answered by SDP, with its address and a tag; JSON stays JSON', async () => {
    const { send, p2p } = rig();
    const reply = await send('POST', '/api/p2p/offer', offer, { type: `${sdpType}; charset=utf-8` });
    assertEqual(reply, {
        status: 201,
        headers: { 'Content-Type': sdpType, ETag: '"7-1"', Location: '/api/p2p/sessions/7' },
        body: answer,
    });
    const [taken = ''] = p2p.calls.filter((call) => call.startsWith('offer '));
    assert(taken.includes('a=ice-options: ice2\r\n'), 'it waits for all addresses: this client gets none later');
    for (const type of ['', 'application/json', 'Application/JSON; charset=utf-8']) {
        const { status, headers, body } = await send('POST', '/api/p2p/offer', JSON.stringify({ sdp: 'v=0' }), {
            type,
        });
        assertEqual([status, headers], [201, {}]);
        assertEqual(Object.keys(JSON.parse(body)), ['session', 'sdp']);
    }
    const other = await send('POST', '/api/p2p/offer', 'v=0', { type: fragmentType });
    assertEqual([other.status, other.headers], [415, { 'Accept-Post': 'application/sdp, application/json' }]);
    assertEqual((await send('POST', '/api/p2p/offer?open=1', offer, { type: sdpType })).status, 400);
});

test('media lines beside data channels are taken, alone they are refused with what helps', async () => {
    const { send, p2p } = rig();
    const media = 'm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n';
    assertEqual((await send('POST', '/api/p2p/offer', offer + media, { type: sdpType })).status, 201);
    p2p.calls.length = 0;
    const alone = offer.replace(/m=application[\s\S]*$/, '') + media;
    const refused = await send('POST', '/api/p2p/offer', alone, { type: sdpType });
    assertEqual(refused.status, 400);
    assert(messageOf(refused).startsWith('the offer has no m=application line: this camera sends'), refused.body);
    assert(messageOf(refused).includes('docs/design/p2p.md'), refused.body);
    assertEqual(p2p.calls, []);
    p2p.failures.push({ call: 'offer', error: new OcellusError('FORMAT', 'line 3: the fingerprint is missing') });
    const bad = await send('POST', '/api/p2p/offer', offer, { type: sdpType });
    assertEqual([bad.status, messageOf(bad)], [400, 'line 3: the fingerprint is missing']);
});

test('which methods and types there are; the first request of another method brings them', async () => {
    const { send } = rig();
    const options = await send('OPTIONS', '/api/p2p/offer');
    const accept = 'application/sdp, application/json';
    assertEqual(options, { status: 200, headers: { Allow: 'OPTIONS, POST', 'Accept-Post': accept }, body: '' });
    const got = await send('GET', '/api/p2p/offer');
    assertEqual([got.status, got.headers], [405, { Allow: 'OPTIONS, POST', 'Accept-Post': accept }]);
    const { headers } = await send('OPTIONS', '/api/p2p/sessions/7');
    assertEqual(headers['Accept-Patch'], fragmentType);
    const put = await send('PUT', '/api/p2p/sessions/7');
    assertEqual([put.status, put.headers['Allow']?.includes('PATCH')], [405, true]);
});

test('candidates come by PATCH: 204, those of no use are passed over', async () => {
    const { patch, send, p2p } = await begun();
    const lines = [candidate('EsAw'), candidate('EsAw', 'tcp'), candidate('else')].map((line) => `a=${line}`);
    assertEqual(await patch(fragment('EsAw', ...lines, 'a=end-of-candidates'), '"7-1"'), {
        status: 204,
        headers: {},
        body: '',
    });
    assertEqual(p2p.calls, [`candidate 7 ${candidate('EsAw')}`, 'candidate 7 ']);
    for (const match of ['*', '"*"', undefined, '"6-1", "7-1"']) {
        assertEqual((await patch(fragment('EsAw', 'a=end-of-candidates'), match)).status, 204, match);
    }
    assertEqual((await patch(`a=${candidate('EsAw')}\r\n`, '"7-1"')).status, 204, 'the tag says which ICE session');
    p2p.calls.length = 0;
    p2p.failures.push({ call: 'candidate', error: new OcellusError('NOTSUP', 'a name') });
    const two = fragment('EsAw', `a=${candidate('EsAw')}`, 'a=end-of-candidates');
    assertEqual([(await patch(two, '*')).status, p2p.calls.length], [204, 2], 'one that cannot be used stops nothing');
    p2p.failures.push({ call: 'candidate', error: new OcellusError('NOENT', 'no such viewer') });
    assertEqual((await patch(two, '*')).status, 404);
    assertEqual((await send('PATCH', '/api/p2p/sessions/7', two, { type: sdpType })).status, 415);
    assertEqual((await patch('v=0\r\n', '*')).status, 400);
});

test('a fragment of no ICE session that is known is refused: 412, 428, 404, 409', async () => {
    const { patch, send, p2p } = await begun();
    assertEqual((await patch(fragment('EsAw', 'a=end-of-candidates'), '"7-2"')).status, 412);
    assertEqual((await patch(fragment('newU'), '"7-0"')).status, 412);
    assertEqual((await patch(fragment('newU'))).status, 428, 'late candidates do not bring an ICE session back');
    assertEqual((await patch('a=end-of-candidates\r\n')).status, 428);
    assertEqual((await patch(fragment('EsAw'), '*', 8)).status, 404);
    assertEqual(p2p.calls, []);
    const json = await send('POST', '/api/p2p/offer', JSON.stringify({ sdp: 'v=0' }));
    p2p.rows = [sessionOf(7), sessionOf(8)];
    const refused = await patch(fragment('EsAw'), '*', 8);
    assertEqual([json.status, refused.status], [201, 409]);
    assert(messageOf(refused).includes('POST an offer to /api/p2p/sessions/8'), refused.body);
    p2p.callbacks.onSession?.({ session: 7, state: 'over', reason: 'no pair of addresses works', address: '' });
    p2p.rows = [];
    const gone = await patch(fragment('EsAw'), '*');
    assertEqual([gone.status, messageOf(gone)], [404, 'no viewer 7: it ended: no pair of addresses works']);
});

test('an ICE restart by PATCH: 200 with our ICE as a fragment and another tag', async () => {
    const { patch, send, p2p } = await begun();
    const reply = await patch(fragment('newU', `a=${candidate('newU')}`), '*');
    assertEqual([reply.status, reply.headers], [200, { 'Content-Type': fragmentType, ETag: '"7-2"' }]);
    assert(reply.body.includes('a=ice-ufrag:ours\r\n') && !reply.body.includes('fingerprint'), reply.body);
    const [sdp = ''] = p2p.calls;
    assert(sdp.startsWith('offer v=0') && sdp.endsWith(' 7'), sdp);
    assert(sdp.includes('a=ice-ufrag:newU') && sdp.includes('a=fingerprint:sha-256 AB:CD'), sdp);
    assertEqual((await patch(fragment('EsAw', 'a=end-of-candidates'), '"7-1"')).status, 412, 'it is over');
    assertEqual((await patch(fragment('newU', 'a=end-of-candidates'), '"7-2"')).status, 204);
    assertEqual((await patch(fragment('thrd'), '"7-2"')).headers['ETag'], '"7-3"');
    p2p.failures.push({ call: 'offer', error: new OcellusError('BUSY', 'later') });
    assertEqual((await patch(fragment('four'), '*')).status, 503);
    assertEqual((await patch(fragment('thrd', 'a=end-of-candidates'), '"7-3"')).status, 204, 'the one before goes on');
    const whole = await send('POST', '/api/p2p/sessions/7', offer, { type: sdpType });
    assertEqual([whole.status, whole.headers['ETag'], whole.headers['Location']], [200, '"7-4"', undefined]);
    await send('POST', '/api/p2p/sessions/7', JSON.stringify({ sdp: 'v=0' }));
    assertEqual((await patch(fragment('EsAw'), '*')).status, 409, 'JSON has its own candidates');
    assertEqual((await send('DELETE', '/api/p2p/sessions/7')).status, 204);
});

test('the next script knows the ICE sessions of viewers that are still there', async () => {
    const first = await begun();
    const handed = JSON.parse(JSON.stringify(first.given.get('ice')?.())) as unknown[];
    const p2p = new FakeP2p();
    p2p.used = true;
    p2p.rows = [sessionOf(7)];
    const next = rig({}, [...handed, [9, ['"9-1"', ['gone'], '']]], p2p);
    assertEqual((await next.patch(fragment('EsAw', 'a=end-of-candidates'), '"7-1"')).status, 204);
    assertEqual((await next.patch(fragment('newU'), '*')).status, 200);
    const kept = next.given.get('ice')?.();
    assertEqual(Array.isArray(kept) ? kept.length : 0, 1, 'one that ended meanwhile is forgotten');
    const none = rig({}, handed);
    assertEqual(none.given.get('ice')?.(), []);
});

test('servers are named; their passwords for those who logged in only', async () => {
    const servers = { stun: ['stun.example'], turn: ['turn://u:p%22w@relay.example', 'turns://a:%C3%A4@x.example'] };
    const link = async (login: number): Promise<string | undefined> => {
        const { send } = rig(servers);
        return (await send('POST', '/api/p2p/offer', offer, { type: sdpType, login })).headers['Link'];
    };
    const stun = '<stun:stun.example:3478>; rel="ice-server"';
    assertEqual(await link(0), stun);
    const turn = '<turn:relay.example:3478>; rel="ice-server"; username="u"; credential="p\\"w"';
    assertEqual(await link(3), `${stun}, ${turn}; credential-type="password"`);
});
