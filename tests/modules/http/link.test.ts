import { loadSettings } from 'ocellus/app/config/load';
import { p2pRoutes } from 'ocellus/app/http/p2p-api';
import { Router } from 'ocellus/app/http/router';
import { Viewers } from 'ocellus/app/p2p/viewers';
import { OcellusError } from 'ocellus/error';
import type { Accept, Params } from 'ocellus/p2p';
import { FakeP2p, sessionOf } from 'ocellus/test/fake-p2p';
import { FakeHost, FakePlane, requestOf, rowOf } from 'ocellus/test/fake-plane';
import { assert, assertEqual, assertRejects, test } from 'ocellus/test/harness';

/** Logins of two watch links, and one of a user who may only watch. */
const [yard, other, user] = [0x6000_0005, 0x6000_0006, 0x2000_0007];
const sdp = 'v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=ice-ufrag:EsAw\r\n';

interface Reply {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
}

interface Rig {
    readonly p2p: FakeP2p;
    readonly given: Map<string, () => unknown>;
    /** As the host hands it on. */
    send: (method: string, path: string, body?: string, login?: number, type?: string) => Promise<Reply>;
    open: (label: Readonly<Record<string, string>>, session: number) => Promise<Accept>;
}

/** The routes before a transport that the test plays. `before`: the state that a script before handed over. */
function rig(before: unknown = undefined): Rig {
    const [plane, host, p2p] = [new FakePlane(), new FakeHost(), new FakeP2p()];
    plane.rows.push(...['front', 'yard'].map((name, number) => rowOf({ number, name, state: 2 })));
    const { p2p: settings, talk } = loadSettings(host.facts).settings;
    const given = new Map<string, () => unknown>();
    const viewers = new Viewers({
        plane,
        answer: async () => '{}',
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
            inUse: () => false,
            max: 8,
        },
        handover: {
            part: (name) => (name === 'links' ? before : undefined),
            add: (name, give) => given.set(name, give),
            changed: () => undefined,
        },
    });
    const router = p2pRoutes(new Router(host.facts.limits), { viewers }).keep();
    return {
        p2p,
        given,
        send: async (method, path, body = '', login = yard, type = 'application/json') => {
            const headers = new Map([['content-type', type]]);
            const [, rights = '', last = ''] = /^\/api\/(links?\/[^/]*)\/(.+)$/.exec(path) ?? [];
            const to = last === 'offer' ? '/api/p2p/offer' : `/api/p2p/sessions/${last}`;
            const given = requestOf({ method, path: last === '' ? path : to, body, login, headers });
            const link = { ...given, rights: rights.replace('links', 'link') };
            const got = await router.answer(last === '' ? given : link);
            const text = typeof got.body === 'string' ? got.body : '';
            return { status: got.status ?? 200, headers: got.headers ?? {}, body: text };
        },
        open: async (label, session) => {
            const { action = '' } = label;
            const params: Params = { action, name: '', query: new Map(Object.entries(label)) };
            const accept = await p2p.callbacks.onSendStart?.(params, { session, view: 3, address: '' });
            assert(accept !== undefined);
            return accept;
        },
    };
}

/** An offer by a link that was answered: the address of its session. */
async function begin({ send, p2p }: Rig, login = yard): Promise<string> {
    const { status, body } = await send('POST', '/api/links/yard/offer', JSON.stringify({ sdp }), login);
    assert(status === 201, body);
    assertEqual(status, 201);
    const { session } = JSON.parse(body) as { session: string };
    p2p.rows.push(sessionOf(Number.parseInt(session, 10), login));
    return session;
}

async function refused(promise: unknown, reason: RegExp): Promise<void> {
    const { message } = await assertRejects(Promise.resolve(promise));
    assert(reason.test(message), message);
}

test('a watch link has live of its channel and nothing else, each with its reason [E11] [E3]', async () => {
    const it = rig();
    const session = Number.parseInt(await begin(it), 10);
    assertEqual(it.p2p.login, yard);
    const live: Accept = { kind: 'live', channel: 1, stream: 'main' };
    assertEqual(await it.open({ action: 'live' }, session), live);
    assertEqual(await it.open({ action: 'live', channel: 'yard' }, session), live);
    const only = /^this watch link opens channel yard only/;
    await refused(it.open({ action: 'live', channel: 'front' }, session), only);
    await refused(it.open({ action: 'live', channel: '0' }, session), only);
    await refused(it.open({ action: 'live', channel: '1' }, session), only);
    const livesOnly = /a watch link opens live of one channel only/;
    await refused(it.open({ action: 'playback', channel: 'yard', time: '0' }, session), livesOnly);
    await refused(it.open({ action: 'toString' }, session), livesOnly);
    const { onReceiveStart, onCommand } = it.p2p.callbacks;
    const peer = { session, view: 4, address: '' };
    const voice: Params = { action: 'voice', name: '', query: new Map([['codec', 'pcma']]) };
    await refused(onReceiveStart?.(voice, peer), livesOnly);
    const status = new TextEncoder().encode('{"command":"status"}');
    await refused(onCommand?.(status, peer), /a watch link gives no commands/);
});

test('without knowledge of the link, and of who a session is, nothing is opened [E3]', async () => {
    const it = rig();
    await begin(it);
    it.p2p.rows.push(sessionOf(30, other)); // of a script that has handed nothing over
    await refused(it.open({ action: 'live' }, 30), /not known any more: send an offer again/);
    await refused(it.open({ action: 'live', channel: 'yard' }, 31), /not known any more/);
    it.p2p.rows.push(sessionOf(32, user));
    assertEqual(await it.open({ action: 'live', channel: 'front' }, 32), { kind: 'live', channel: 0, stream: 'main' });
});

test('a session of a link is changed and ended by its key alone, by JSON and by SDP [E11]', async () => {
    const it = rig();
    const session = await begin(it);
    assert(/^7-[0-9a-f]{16}$/.test(session), session);
    const base = '/api/links/yard/';
    const candidate = '{"candidate":"candidate:1 1 udp 1 192.0.2.1 9 typ host"}';
    for (const wrong of ['7', '7-', `7-${'0'.repeat(16)}`, session.replace('7-', '8-'), `${session}0`]) {
        assertEqual((await it.send('DELETE', base + wrong)).status, 404);
        assertEqual((await it.send('POST', base + wrong, candidate)).status, 404);
    }
    assertEqual((await it.send('DELETE', base + session, '', other)).status, 404); // of another link
    assertEqual((await it.send('POST', base + session, candidate)).status, 204);
    const again = await it.send('POST', base + session, JSON.stringify({ sdp }));
    assertEqual([again.status, (JSON.parse(again.body) as { session: string }).session], [200, session]);
    assertEqual((JSON.parse((await it.send('GET', base + session)).body) as { session: string }).session, session);
    assertEqual((await it.send('DELETE', base + session)).status, 204);
    assert(it.p2p.calls.includes('end 7'), it.p2p.calls.join());
    const whep = await it.send('POST', `${base}offer`, sdp, yard, 'application/sdp');
    assertEqual(whep.status, 201);
    assert(/^sessions\/8-[0-9a-f]{16}$/.test(whep.headers['Location'] ?? ''), whep.headers['Location'] ?? '');
    assertEqual((await it.send('DELETE', `${base}offer`)).status, 405);
    assertEqual((await it.send('POST', `${base}offer`, JSON.stringify({ sdp }), user)).status, 403); // never
    assertEqual((await it.send('POST', `${base}offer`, '{}')).status, 400);
});

test('the next script knows links and keys; an end forgets them [E11]', async () => {
    const first = rig();
    const session = await begin(first);
    const state: unknown = JSON.parse(JSON.stringify(first.given.get('links')?.()));
    const next = rig(state);
    assertEqual(next.given.get('links')?.(), state); // none has come yet
    next.p2p.rows.push(sessionOf(7, yard));
    await next.send('POST', '/api/p2p/offer', JSON.stringify({ sdp }), user); // opens the transport
    assertEqual(await next.open({ action: 'live' }, 7), { kind: 'live', channel: 1, stream: 'main' });
    assertEqual((await next.send('DELETE', `/api/links/yard/${session}`)).status, 204);
    next.p2p.callbacks.onSession?.({ session: 7, state: 'over', reason: '' } as never);
    assertEqual((await next.send('DELETE', `/api/links/yard/${session}`)).status, 404);
    for (const damaged of [null, 7, {}, { channels: [[1]], keys: 'x' }]) {
        const it = rig(damaged);
        assertEqual((await it.send('DELETE', `/api/links/yard/${session}`)).status, 404);
    }
});

test('one link has half of the places, all together three quarters; logins the rest [E11]', async () => {
    const it = rig();
    for (let n = 0; n < 4; n++) {
        await begin(it);
    }
    const offer = (login: number): Promise<Reply> =>
        it.send('POST', '/api/links/yard/offer', JSON.stringify({ sdp }), login);
    const { status, body } = await offer(yard);
    assertEqual(status, 503);
    assert(/this watch link has its maximum of viewers/.test(body), body);
    await begin(it, other);
    await begin(it, other);
    assert(/watch links have their maximum of viewers/.test((await offer(other)).body));
    assertEqual((await it.send('POST', '/api/p2p/offer', JSON.stringify({ sdp }), user)).status, 201);
});
