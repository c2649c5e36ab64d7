import type { CommandsJson } from 'ocellus/app/commands/command-table';
import { sessionOf, viewOf } from 'ocellus/test/fake-p2p';
import { assert, assertEqual, test } from 'ocellus/test/harness';
import { type Answered, deviceWith, logins, type TestDevice } from 'ocellus/test/commands/device';

type Body = Readonly<Record<string, unknown>>;

/** Both ways give the same answer, or refuse with the same line. */
async function both(device: TestDevice, name: string, body: Body = {}, login = 0): Promise<Answered> {
    const http = await device.http(name, body, login);
    const channel = await device.channel(name, body, login);
    assertEqual(channel.json, http.json, name);
    assertEqual(channel.error, http.error, name);
    return http;
}

function fileOf(index: number) {
    const start = new Date(Date.UTC(2026, 10, 21, 1, index)).toISOString();
    return {
        path: `recordings/front/x_${String(index).padStart(4, '0')}.mp4`,
        channel: 'front',
        name: 'x',
        start,
        end: start,
        bytes: 1,
        open: false,
        durationMs: 60_000,
        protected: false,
    };
}

test('the list: every command with its meaning, its arguments and what the caller may do [B10]', async () => {
    const device = await deviceWith();
    const listed = (await both(device, 'commands')).json as CommandsJson;
    assertEqual(
        listed.commands.map(({ name, right }) => `${name} ${right}`),
        [
            'commands watch',
            'events watch',
            'export watch',
            'key watch',
            'privacy operate',
            'ptz operate',
            'record operate',
            'recordings watch',
            'restart own',
            'settings operate',
            'snapshot watch',
            'status watch',
            'update watch',
            'views watch',
        ],
    );
    assert(listed.commands.every(({ allowed, meaning }) => allowed && meaning !== ''));
    assertEqual((await device.get('/api/commands')).json, listed);
    const watched = (await device.get('/api/commands', logins.watch)).json as CommandsJson;
    assertEqual(
        watched.commands.filter(({ allowed }) => !allowed).map(({ name }) => name),
        ['privacy', 'ptz', 'record', 'restart', 'settings'],
    );
    const ptz = watched.commands.find(({ name }) => name === 'ptz');
    assertEqual(ptz?.arguments[1], { name: 'pan', required: false, allowed: 'a whole number from -100 to 100' });
    const rest = (await device.get('/api/commands?after=snapshot')).json as CommandsJson;
    assertEqual([rest.commands.map(({ name }) => name), rest.next], [['status', 'update', 'views'], null]);
    assertEqual((await device.get('/api/commands?x=1')).status, 400);
});

test('rights: what each login may do, by both ways; a session that is not known may watch', async () => {
    const device = await deviceWith();
    device.host.nowMs = 100_000;
    const bodies: Readonly<Record<string, Body>> = {
        status: {},
        key: { channel: 'front' },
        recordings: {},
        events: {},
        snapshot: { channel: 'front' },
        update: {},
        privacy: { on: false },
        settings: {},
        ptz: { channel: 'front', stop: true },
    };
    for (const [name, body] of Object.entries(bodies)) {
        const changes = ['privacy', 'settings', 'ptz'].includes(name);
        for (const login of [logins.own, logins.operate, logins.open, logins.watch]) {
            const refused = changes && login === logins.watch;
            const { error } = await both(device, name, body, login);
            const expected = refused
                ? `command ${name}: this login may not: it needs the right operate`
                : name === 'ptz'
                  ? 'ptz: the application of this camera moves nothing'
                  : '';
            assertEqual(error, expected, `${name} by ${login}`);
        }
    }
    for (const login of [logins.operate, logins.watch]) {
        const { error, json } = await both(device, 'restart', {}, login);
        assertEqual([error, json], ['command restart: this login may not: it needs the right own', undefined]);
    }
    assertEqual((await device.http('restart', {}, logins.watch)).status, 403);
    device.p2p.rows = [];
    const peer = { session: 99, view: 1, address: '' };
    const request = new TextEncoder().encode('{"command":"privacy","on":true}');
    let why = '';
    try {
        await device.p2p.callbacks.onCommand?.(request, peer);
    } catch (error) {
        why = (error as Error).message;
    }
    assertEqual(why, 'command privacy: this login may not: it needs the right operate');
    assertEqual(device.plane.reasons.size, 0);
});

test('status, key, views: of a session by its channel only [B10]', async () => {
    const device = await deviceWith();
    const { channels } = (await both(device, 'status')).json as { channels: readonly { sub: unknown }[] };
    assertEqual(channels.length, 2);
    assertEqual(channels[0]?.sub, { state: 'running', codec: 'h264', width: 320, height: 180 });
    assertEqual((await both(device, 'key', { channel: '1' })).json, {});
    assert(device.plane.calls.includes('key 1'), device.plane.calls.join());
    device.p2p.channels = [viewOf(3, 40), viewOf(4, 8)];
    const { views } = (await device.channel('views')).json as { views: readonly { queued: number }[] };
    assertEqual([views.length, views[0]?.queued], [1, 100]);
    const refused = await device.http('views');
    assertEqual(refused.error, 'views: this is about a WebRTC session: use its command channel');
    assertEqual(refused.status, 409);
});

test('recordings are paged, and each page fits into a frame', async () => {
    const device = await deviceWith();
    device.plane.files.push(...Array.from({ length: 120 }, (_, index) => fileOf(index)));
    const seen: string[] = [];
    let pages = 0;
    for (let after = ''; ; pages++) {
        const { json } = await device.channel('recordings', { channel: 'front', ...(after !== '' && { after }) });
        assert(JSON.stringify(json).length <= 16_000);
        const { recordings, next } = json as { recordings: readonly { path: string }[]; next: string | null };
        seen.push(...recordings.map(({ path }) => path));
        if (next === null) {
            break;
        }
        after = next;
    }
    assertEqual(seen.length, 120);
    assertEqual(new Set(seen).size, 120);
    assertEqual(seen[0], '/recordings/front/x_0000.mp4');
    assert(pages >= 2);
    const few = (await both(device, 'recordings', { limit: 2 })).json as { next: string };
    assertEqual(few.next, '/recordings/front/x_0001.mp4');
});

test('events are paged; their data stays the text that it is', async () => {
    const device = await deviceWith();
    for (let index = 1; index <= 90; index++) {
        const data = `{"note":"${'ä'.repeat(60)}${index}"}`;
        const row = { mask: 1, startMs: index * 1000, endMs: index * 1000, picture: false, protected: false };
        device.plane.kept.push({ id: index, kind: 'motion', channel: 'front', data, raised: false, ...row });
    }
    const ids: number[] = [];
    for (let after = ''; ; ) {
        const { json, error } = await device.channel('events', { order: 'oldest', ...(after !== '' && { after }) });
        assertEqual(error, '');
        assert(new TextEncoder().encode(JSON.stringify(json)).length <= 16_000);
        const { events, next } = json as { events: readonly { id: number }[]; next: string | null };
        ids.push(...events.map(({ id }) => id));
        if (next === null) {
            break;
        }
        after = next;
    }
    assertEqual(ids.length, 90);
    assertEqual([ids[0], ids[89]], [1, 90]);
    assertEqual((await both(device, 'events', { kind: 'Motion!' })).error, 'kind: a kind of events is needed');
    assertEqual(
        (await both(device, 'events', { after: 'x' })).error,
        'after: "x" is not allowed; use the value of next',
    );
});

test('pictures and spans are addresses; privacy mode hides the live picture alone', async () => {
    const device = await deviceWith();
    assertEqual((await both(device, 'snapshot', { channel: '0' })).json, { path: '/snapshot/front.jpg' });
    const sub = { channel: 'front', stream: 'sub' };
    assertEqual((await both(device, 'snapshot', sub)).json, { path: '/snapshot/front.jpg?stream=sub' });
    const none = await both(device, 'snapshot', { channel: 'yard', stream: 'sub' });
    assertEqual(none.error, 'channel yard has no stream sub');
    const at = '2026-11-21T02:51:00Z';
    const small = { path: `/thumbnail/gone.jpg?at=${Date.parse(at)}` };
    assertEqual((await both(device, 'snapshot', { channel: 'gone', at })).json, small);
    const span = { channel: 'front', from: '1000', to: '2000' };
    assertEqual((await both(device, 'export', span)).json, {
        path: '/export/front.mp4?from=1000&to=2000&format=fragmented',
    });
    assertEqual((await both(device, 'export', { ...span, to: '1000' })).error, 'to: an instant behind from is needed');
    assertEqual((await both(device, 'privacy', { on: true })).json, { on: true, by: ['command'] });
    assertEqual((await both(device, 'snapshot', { channel: 'front' })).error, 'privacy mode is on');
    assertEqual((await both(device, 'snapshot', { channel: 'front', at })).error, '');
    assertEqual((await both(device, 'privacy')).json, { on: true, by: ['command'] });
    assertEqual((await both(device, 'privacy', { on: false })).json, { on: false, by: [] });
});

test('[A8] settings: those of the list are shown and changed, any other is refused and nothing is stored', async () => {
    const device = await deviceWith();
    const before = device.plane.stored.get('settings');
    for (const [body, error] of [
        [
            { change: { port: 1 } },
            'change: port is not for this command: privacy.schedule, events.quietHours, cloud.plan, mode.active',
        ],
        [{ change: { http: { login: 'remote' } } }, 'change: http.login is not for this command'],
        [{ change: { privacy: null } }, 'change: privacy is not for this command'],
        [{ change: { privacy: {} } }, 'change: privacy is not for this command'],
        [{ change: {} }, 'change: nothing is in it'],
        [{ change: 1 }, 'change: an object is needed'],
        [{ channel: 'front', change: { input: 'test:' } }, 'change: input is not for this command'],
        [{ channel: 'front', change: { record: { mode: 'event', maxMB: 1 } } }, 'change: record.maxMB is not for'],
        [{ channel: 'front', change: { motion: { sensitivity: 101 } } }, 'motion.sensitivity: 101 is not allowed'],
        [{ channel: 'back' }, 'the settings have no channel named "back"'],
        [{ channel: 'back', change: { motion: { enabled: true } } }, 'the settings have no channel named "back"'],
    ] as const) {
        const answered = await both(device, 'settings', body);
        assert(answered.error.startsWith(error), answered.error);
    }
    assertEqual(device.plane.stored.get('settings'), before);
    const change = { motion: { sensitivity: 60 }, record: { mode: 'event' } };
    const { json, error } = await device.channel('settings', { channel: 'front', change }, logins.operate);
    assertEqual(error, '');
    const { settings } = json as { settings: { motion: { sensitivity: number }; record: { mode: string } } };
    assertEqual([settings.motion.sensitivity, settings.record.mode], [60, 'event']);
    assert((device.plane.stored.get('settings') ?? '').includes('"sensitivity": 60'));
    const hours = [{ days: 'daily', from: '22:00', to: '06:00' }];
    await both(device, 'settings', { change: { events: { quietHours: hours } } });
    const shown = (await both(device, 'settings')).json as { settings: { events: { quietHours: unknown } } };
    assertEqual(shown.settings.events.quietHours, hours);
    for (const plan of ['event', 'off', 'continuous']) {
        const { settings } = (await both(device, 'settings', { change: { cloud: { plan } } })).json as {
            settings: { cloud: unknown };
        };
        assertEqual(settings.cloud, { plan }, 'and nothing of its keys');
    }
});

test('hostile requests: refused with a line, and nothing happens', async () => {
    const device = await deviceWith();
    const calls = device.plane.calls.length;
    for (const [text, error] of [
        ['{}', 'command: "" is not known: the command "commands" lists them'],
        ['{"command":1}', 'command: a text is needed'],
        ['[]', 'request: not a JSON object'],
        ['{"command":"toString"}', 'command: "toString" is not known'],
        ['{"command":"__proto__"}', 'command: "__proto__" is not known'],
        ['{"command":"key","__proto__":{}}', 'request: __proto__: unknown key'],
        ['{"command":"key","brandnew":1}', 'request: brandnew: unknown key'],
        ['{"command":"key","pan":1}', 'pan: unknown key; known are channel, stream'],
        ['{"command":"key","channel":0}', 'channel: 0 is not allowed'],
        ['{"command":"key","channel":"a\\u0000b"}', 'channel: '],
        [`{"command":"key","channel":"${'x'.repeat(200)}"}`, 'channel: "xxx'],
        [`{"command":"key","channel":${'['.repeat(40)}${']'.repeat(40)}}`, 'request: brackets nest too deep'],
        [' '.repeat(4097), 'more than 4096 bytes'],
        [`{"command":"${'ä'.repeat(2100)}"}`, 'more than 4096 bytes'],
        ['{"command":"export","channel":"front"}', 'from is missing'],
        ['{"command":"export","channel":"front/../x","from":"1","to":"2"}', 'no channel "front/../x"'],
        ['{"command":"recordings","limit":51}', 'limit: 51 is not allowed; use a whole number from 1 to 50'],
        ['{"command":"ptz","channel":"front"}', 'ptz: one of a movement'],
        ['{"command":"ptz","channel":"front","pan":101}', 'pan: 101 is not allowed'],
        ['{"command":"ptz","channel":"front","pan":1,"stop":true}', 'ptz: one of a movement'],
        ['{"command":"ptz","channel":"front","stop":true,"milliseconds":500}', 'ptz: one of a movement'],
    ] as const) {
        const answered = await device.raw(text);
        assert(answered.error.startsWith(error), `${text.slice(0, 60)}: ${answered.error}`);
    }
    for (const [name, body, status] of [
        ['dance', '', 404],
        ['key', '[]', 400],
        ['key', '{"command":"status"}', 400],
        ['key', ' '.repeat(4097), 400],
        ['status', '{"a', 400],
    ] as const) {
        assertEqual((await device.http(name, body)).status, status, `${name} ${body.slice(0, 30)}`);
    }
    assertEqual(
        device.plane.calls.slice(calls).filter((call) => !call.startsWith('list')),
        [],
    );
    assertEqual((await device.get('/api/commands/status')).status, 405);
});

test('update: how it stands, without its history', async () => {
    const device = await deviceWith();
    device.plane.update = { name: 'camera', version: '1.2.3', state: 'idle', history: Array(64).fill('x'.repeat(500)) };
    assertEqual((await both(device, 'update')).json, {
        name: 'camera',
        version: '1.2.3',
        state: 'idle',
        trial: null,
        progress: null,
        available: null,
        lastFailure: null,
    });
});

test('restart: not right after a start, nor while an update is on trial', async () => {
    const young = await deviceWith();
    young.host.nowMs = 59_000;
    assertEqual((await both(young, 'restart')).error, 'restart: it has just started: again in 1 s');
    const trial = await deviceWith({}, { trial: true });
    trial.host.nowMs = 120_000;
    assertEqual((await both(trial, 'restart')).error, 'restart: it may be on trial: again in 500 s');
    assertEqual(young.plane.calls.includes('hand-over'), false);
});

test('WebRTC sessions of other logins: who does not own the camera neither sees nor ends them', async () => {
    const device = await deviceWith();
    const send = (method: string, path: string, login: number) => device.send(method, path, '', login);
    await device.send('POST', '/api/p2p/offer', 'v=0', logins.own);
    device.p2p.rows = [sessionOf(7, logins.own), sessionOf(8, logins.watch)];
    const listed = async (login: number): Promise<readonly number[]> => {
        const { json } = await send('GET', '/api/p2p/sessions', login);
        return (json as { sessions: readonly { session: number }[] }).sessions.map(({ session }) => session);
    };
    assertEqual(await listed(logins.own), [7, 8]);
    assertEqual(await listed(logins.watch), [8]);
    assertEqual(await listed(logins.operate), []);
    for (const method of ['GET', 'DELETE'] as const) {
        assertEqual((await send(method, '/api/p2p/sessions/7', logins.watch)).error, 'no viewer 7');
    }
    assertEqual((await device.send('POST', '/api/p2p/sessions/7', 'v=0 r', logins.watch)).status, 404);
    assertEqual((await send('DELETE', '/api/p2p/sessions/8', logins.watch)).status, 204);
    assertEqual((await send('DELETE', '/api/p2p/sessions/7', logins.own)).status, 204);
    assertEqual(device.p2p.calls.slice(3), ['offer v=0 0', 'end 8', 'end 7']);
});
