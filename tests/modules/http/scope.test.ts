import { CommandTable } from 'ocellus/app/commands/command-table';
import { hasScope, permits, rightOf } from 'ocellus/app/commands/rights';
import { loadSettings } from 'ocellus/app/config/load';
import { eventRoutes, type EventApiOptions } from 'ocellus/app/http/event-api';
import { p2pRoutes } from 'ocellus/app/http/p2p-api';
import { Router } from 'ocellus/app/http/router';
import { Viewers } from 'ocellus/app/p2p/viewers';
import type { Accept, Params } from 'ocellus/p2p';
import { FakeP2p, sessionOf } from 'ocellus/test/fake-p2p';
import { FakeHost, FakePlane, requestOf, rowOf } from 'ocellus/test/fake-plane';
import { assert, assertEqual, assertRejects, test } from 'ocellus/test/harness';

/** Logins of two people who have chosen rights. */
const [guest, other] = [0x3000_0005, 0x3000_0006];
const sdp = 'v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=ice-ufrag:EsAw\r\n';

/** `what`: a path, or rights before it. */
async function ask(router: Router, what: string, query = '', method = 'GET'): Promise<readonly [number, unknown]> {
    const [path = '', rights] = what.split(' ').reverse();
    const given = requestOf({ method, path, query, login: guest });
    const { status = 200, body } = await router.answer(rights === undefined ? given : { ...given, rights });
    return [status, JSON.parse(String(body))];
}

function eventRow(id: number, channel: string) {
    return {
        id,
        kind: 'motion',
        mask: 0,
        channel,
        startMs: id * 1000,
        endMs: undefined,
        data: '',
        picture: true,
        protected: false,
        raised: false,
    };
}

test('answers are about the cameras of the scope; without one they are as they were [O5]', async () => {
    const channels = ['front', 'yard', 'door'].map((name) => ({ name }));
    const disk = { state: 'failing', failing: ['yard', 'door'] };
    const status = { channels, disk, cloud: { at: 'store' }, snapshots: { lastError: { channel: 'yard' } } };
    const router = new Router({ parcelBytes: 8192 });
    for (const path of ['/api/status', '/api/recordings', '/api/timeline', '/api/days', '/api/other']) {
        router.own('GET', path, ({ query }) => (path === '/api/status' ? status : { query }));
    }
    const page = {
        rows: [eventRow(4, 'yard'), eventRow(3, 'front'), eventRow(2, ''), eventRow(1, 'yard')],
        more: false,
    };
    eventRoutes(router, {
        events: {},
        log: {
            page: async ({ channel }: { channel: string }) => ({
                ...page,
                rows: page.rows.filter((row) => channel === '' || row.channel === channel),
            }),
        },
        settingsStore: { current: { channels: [] } },
    } as unknown as EventApiOptions);

    assertEqual(await ask(router, 'see/front,door /api/status'), [
        200,
        { channels: [{ name: 'front' }, { name: 'door' }], disk: { ...disk, failing: ['door'] }, cloud: null },
    ]);
    for (const path of ['/api/status', 'see/* /api/status']) {
        assertEqual(await ask(router, path), [200, status]);
    }
    for (const path of ['recordings', 'timeline', 'days']) {
        const at = (query: string): Promise<readonly [number, unknown]> =>
            ask(router, `look/front,door /api/${path}`, query);
        assertEqual(await at('channel=front'), [200, { query: 'channel=front' }]);
        for (const query of ['channel=yard', '%63hannel=yard', 'channel=%79ard', '', 'channel=', 'limit=1']) {
            assertEqual((await at(query))[0], 403);
        }
        assertEqual((await at('channel=front&channel=yard'))[0], 400);
        assertEqual((await at('x=1'))[0], 400);
        assertEqual(await ask(router, `look/front /api/${path}`, 'from=1'), [200, { query: 'from=1&channel=front' }]);
        assertEqual(await ask(router, `look/* /api/${path}`, ''), [200, { query: '' }]);
    }
    const events = async (path: string, query = ''): Promise<unknown> => {
        const [, json] = await ask(router, path, query);
        const { events: rows, next } = json as {
            readonly events: readonly { readonly id: number; readonly picture: string | null }[];
            readonly next: string | null;
        };
        return [rows.map(({ id }) => id), rows.every(({ picture }) => picture !== null), next];
    };
    assertEqual(await events('/api/event-log'), [[4, 3, 2, 1], true, null]);
    assertEqual(await events('look/* /api/event-log'), [[4, 3, 2, 1], true, null]);
    assertEqual(await events('look/front,door /api/event-log'), [[3], false, null]);
    assertEqual(await events('look/yard /api/event-log', 'channel=yard'), [[4, 1], false, null]);
    assertEqual((await ask(router, 'look/front /api/event-log', 'channel=yard'))[0], 403);
    for (const rights of ['', 'see', 'see/', '/front', 'see/front/yard', 'see/FRONT', 'link', 'own/front front']) {
        assertEqual((await router.answer({ ...requestOf({ path: '/api/status' }), rights })).status, 403, rights);
    }
});

test('a page of events goes on behind those that are not told [O5]', async () => {
    const router = new Router({ parcelBytes: 8192 });
    const rows = [eventRow(4, 'yard'), eventRow(3, 'yard')];
    eventRoutes(router, {
        events: {},
        log: { page: async () => ({ rows, more: true }) },
        settingsStore: { current: { channels: [] } },
    } as unknown as EventApiOptions);
    assertEqual(await ask(router, 'look/front,door /api/event-log'), [200, { events: [], next: '3000-3' }]);
});

test('commands: each by its act and camera, what no table names needs all cameras [O5]', async () => {
    const ran: string[] = [];
    const own = (right: 'watch' | 'operate' | 'own') => ({
        meaning: 'does it',
        right,
        arguments: { channel: { type: 'text', max: 31 }, at: { type: 'text', max: 30 } } as const,
        run: () => void ran.push(right),
    });
    const table = new CommandTable({
        status: own('watch'),
        views: own('watch'),
        recordings: own('watch'),
        snapshot: own('watch'),
        ptz: own('operate'),
        privacy: own('operate'),
        restart: own('own'),
        'of-app': own('operate'),
    });
    const may = async (
        acts: string,
        cameras: readonly string[] | undefined,
        name: string,
        given = {},
    ): Promise<boolean> => {
        const caller = { right: rightOf(guest), session: 1, scope: { acts: acts.split(','), cameras } };
        try {
            await table.run(name, given, caller);
            return true;
        } catch (error) {
            const { message } = error as Error;
            assert(/may not/.test(message), message);
            return false;
        }
    };
    const front = ['front', '1'];
    for (const [acts, cameras, name, given, allowed] of [
        ['change', front, 'ptz', { channel: 'front' }, true],
        ['change', front, 'ptz', { channel: 'yard' }, false],
        ['change', front, 'ptz', { channel: '1' }, false], // whichever camera has that number
        ['change', front, 'ptz', {}, false],
        ['see,look,talk,delete', front, 'ptz', { channel: 'front' }, false],
        ['look', front, 'recordings', { channel: 'front' }, true],
        ['look', front, 'recordings', {}, false],
        ['look', undefined, 'recordings', {}, true],
        ['see', front, 'snapshot', { channel: 'front' }, true],
        ['see', front, 'snapshot', { channel: 'front', at: '1' }, false],
        ['look', front, 'snapshot', { channel: 'front', at: '1' }, true],
        ['see,look', front, 'status', {}, false],
        ['see,look', undefined, 'status', {}, true],
        ['see', undefined, 'status', {}, false],
        ['see', front, 'views', {}, true],
        ['change', front, 'privacy', {}, false],
        ['change', undefined, 'privacy', {}, true],
        ['change', undefined, 'of-app', {}, true],
        ['change', front, 'of-app', { channel: 'front' }, false],
        ['see,look,talk,change,delete', undefined, 'restart', {}, false],
    ] as const) {
        assertEqual(await may(acts, cameras, name, given), allowed, `${acts} ${name} ${JSON.stringify(given)}`);
    }
    assertEqual(ran.length, 9);
    const listed = table
        .list('watch', '', { acts: ['look'], cameras: front })
        .commands.filter(({ allowed }) => allowed);
    assertEqual(
        listed.map(({ name }) => name),
        ['commands', 'recordings', 'views'],
    );
});

test('WebRTC: live and playback of permitted cameras, talk, and nothing for who is not known [O5]', async () => {
    const [plane, host, p2p] = [new FakePlane(), new FakeHost(), new FakeP2p()];
    plane.rows.push(...['front', 'yard'].map((name, number) => rowOf({ number, name, state: 2 })));
    const { p2p: settings, talk } = loadSettings(host.facts).settings;
    const given = new Map<string, () => unknown>();
    let before: unknown;
    const make = (): Viewers =>
        new Viewers({
            plane,
            answer: async (_, __, ___, scope) => JSON.stringify(scope ?? null),
            settings: () => settings,
            talk: () => ({ ...talk, output: 'auto' }) as typeof talk,
            recordings: async function* () {
                // nothing was recorded
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
                part: (name) => (name === 'scopes' ? before : undefined),
                add: (name, give) => given.set(name, give),
                changed: () => undefined,
            },
        });
    const viewers = make();
    const router = p2pRoutes(new Router(host.facts.limits), { viewers }).keep();
    const headers = new Map([['content-type', 'application/json']]);
    const offer = async (acts: string, login: number): Promise<unknown> =>
        (
            await router.answer(
                requestOf({
                    method: 'POST',
                    path: '/api/p2p/offer',
                    rights: acts,
                    body: JSON.stringify({ sdp }),
                    login,
                    headers,
                }),
            )
        ).status;
    assertEqual(await offer('see/front', guest), 201);
    assertEqual(await offer('look,talk/yard', other), 201);
    p2p.rows.push(sessionOf(7, guest), sessionOf(8, other), sessionOf(9, 0x3000_0009), sessionOf(10, 0x2000_0010));
    const open = async (session: number, label: Readonly<Record<string, string>>): Promise<Accept | undefined> => {
        const params: Params = { action: label['action'] ?? '', name: '', query: new Map(Object.entries(label)) };
        return await p2p.callbacks.onSendStart?.(params, { session, view: 3, address: '' });
    };
    const live = (channel: string) => ({ action: 'live', channel });
    const refused = async (session: number, label: Readonly<Record<string, string>>): Promise<void> => {
        const { message } = await assertRejects(open(session, label));
        assert(/^this login may not open /.test(message), message);
    };
    assertEqual(await open(7, live('front')), { kind: 'live', channel: 0, stream: 'main' });
    assertEqual(await open(7, live('0')), { kind: 'live', channel: 0, stream: 'main' });
    await refused(7, live('yard'));
    await refused(7, live('1'));
    await refused(7, { action: 'playback', channel: 'front', time: '0' });
    await refused(8, live('yard'));
    await refused(8, { action: 'playback', channel: 'front', time: '0' });
    assert(!/may not/.test((await assertRejects(open(8, { action: 'playback', channel: 'yard', time: '0' }))).message));
    await refused(9, live('front')); // its scope is not known
    await refused(11, live('front')); // nor is who it is
    assertEqual(await open(10, live('yard')), { kind: 'live', channel: 1, stream: 'main' }); // who may watch as before
    const voice: Params = {
        action: 'voice',
        name: '',
        query: new Map([
            ['action', 'voice'],
            ['codec', 'pcma'],
        ]),
    };
    const says = async (session: number): Promise<string> => {
        const { onReceiveStart } = p2p.callbacks;
        return await Promise.resolve(onReceiveStart?.(voice, { session, view: 4, address: '' })).then(
            () => '',
            (error: Error) => error.message,
        );
    };
    assert(/may not talk/.test(await says(7)));
    assertEqual(await says(8), '');
    const command = async (session: number): Promise<unknown> =>
        JSON.parse(String(await p2p.callbacks.onCommand?.(new Uint8Array(), { session, view: 5, address: '' })));
    assertEqual(await command(7), { acts: ['see'], cameras: ['front'] });
    assertEqual(await command(9), { acts: [], cameras: [] });
    assertEqual(await command(10), null);
    // the next script knows them
    before = JSON.parse(JSON.stringify(given.get('scopes')?.()));
    make();
    assertEqual(await open(7, live('front')), { kind: 'live', channel: 0, stream: 'main' });
    await refused(7, live('yard'));
});

test('a scope is less than watch, and its mark tells it from all others [O5]', () => {
    assertEqual([guest, 0x2000_0005, 0x4000_0005, 0x6000_0005, 5, 0, undefined].map(hasScope), [
        true,
        false,
        false,
        false,
        false,
        false,
        false,
    ]);
    assertEqual(rightOf(guest), 'watch');
    assert(permits(undefined, 'delete', 'front'));
    assert(!permits({ acts: ['see'], cameras: [''] }, 'look'));
    assert(!permits({ acts: ['see'], cameras: ['front'] }, 'see'));
    assert(permits({ acts: ['see'], cameras: undefined }, 'see'));
});
