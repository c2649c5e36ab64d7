import type { Settings } from 'ocellus/app/config/settings';
import type {
    ConfiguredChannelsJson,
    ErrorJson,
    KeptEventsJson,
    RecordingsJson,
    SettingsChangeJson,
    SettingsJson,
    StatusJson,
} from 'ocellus/app/http/api-types';
import { startOn } from 'ocellus/app/system/application';
import { OcellusError } from 'ocellus/error';
import type { Facts } from 'ocellus/host';
import { FakeHost, FakePlane } from 'ocellus/test/fake-plane';
import { withFakeTimers } from 'ocellus/test/fake-timers';
import { assert, assertEqual, test } from 'ocellus/test/harness';
import { device, stored } from 'ocellus/test/http/device';

/** The same by other words. */
async function owned() {
    const { ask: send, ...others } = await device();
    return { ...others, send };
}

const options = (...pairs: readonly (readonly [string, string])[]): Facts['options'] =>
    pairs.map(([name, value]) => ({ name, value }));

test('a patch is stored, put in force, and says what needs a restart; taken back it says nothing', async () => {
    const { plane, host, ask } = await device();
    const [status, body] = await ask('PATCH', '/api/settings', { port: 9000, log: 'debug', record: { name: 'porch' } });
    const { settings, restart, reopened } = body as SettingsChangeJson;
    assertEqual([status, restart, reopened], [200, ['port'], []]);
    assertEqual([settings.port, settings.log, settings.record.name], [9000, 'debug', 'porch']);
    assertEqual(stored(plane), { port: 9000, log: 'debug', record: { name: 'porch' } });
    assertEqual(host.level, 'debug');
    assertEqual(plane.recorded[1]?.name, 'porch');
    assertEqual(plane.calls, ['check 127.0.0.1 9000', 'write settings', 'record 0']);
    const [, back] = await ask('PATCH', '/api/settings', { port: null });
    assertEqual((back as SettingsChangeJson).restart, []);
    assertEqual(stored(plane), { log: 'debug', record: { name: 'porch' } });
});

test('an empty patch saves what there is: nothing opens again', async () => {
    const { plane, ask } = await device();
    assertEqual((await ask('PATCH', '/api/settings', {}))[0], 200);
    assertEqual(plane.calls, ['write settings']);
});

test('what would keep the program from starting again is refused with its key and not stored', async () => {
    const { plane, ask, refused } = await device();
    plane.refusal = { at: 'http.tlsCert', why: '--tls-cert /none: does not exist' };
    const patch = { http: { tlsCert: '/none', tlsKey: '/none' } };
    assertEqual(await refused('PATCH', '/api/settings', patch), [409, 'STATE', 'http.tlsCert']);
    assertEqual(plane.calls, ['check 127.0.0.1 8080']);
    assertEqual(stored(plane), null);
    // no reason to refuse what has nothing to do with it
    const [status] = await ask('PATCH', '/api/settings', { log: 'debug' });
    assertEqual(status, 200);
    plane.failures.push({ call: 'check', error: new OcellusError('NOTSUP', 'no HTTP server') });
    assertEqual((await ask('PATCH', '/api/settings', { port: 9000 }))[0], 200);
    plane.refusal = undefined;
    assertEqual((await ask('PATCH', '/api/settings', patch))[0], 200);
});

test('what can change in place opens nothing again; recording off stops, and on starts', async () => {
    const { plane, ask } = await device();
    const change = async (body: unknown): Promise<unknown> =>
        ((await ask('PATCH', '/api/settings', body))[1] as SettingsChangeJson).reopened;
    assertEqual(await change({ live: { targetMs: 500 } }), []);
    assertEqual(await change({ record: { enabled: false } }), []);
    assertEqual(await change({ record: { enabled: true } }), []);
    assertEqual(await change({ record: { segmentMinutes: 5 } }), []);
    assertEqual(
        plane.calls.filter((call) => call !== 'write settings'),
        ['change 0', 'stop 0', 'record 0', 'record 0'],
    );
    plane.calls.length = 0;
    await ask('PATCH', '/api/channels/cam1', { audio: false });
    assertEqual(plane.calls, ['write settings', 'close 0', 'open cam1 recorded']);
});

test('refusals: status, code and key; nothing is stored', async () => {
    const line = options(['port', '0'], ['record', 'on']);
    const { plane, refused, ask } = await device({ options: line, limits: { channels: 1, parcelBytes: 131_072 } });
    const [, before] = await ask('GET', '/api/settings');
    assertEqual((before as SettingsJson).fixed, ['port', 'record.enabled']);
    const all: Settings = before as SettingsJson; // compiles only while the JSON's type names every setting
    assertEqual(all.live.partMs, 200);
    assertEqual(await refused('PATCH', '/api/settings', { port: 1 }), [409, 'STATE', 'port']);
    assertEqual(await refused('PATCH', '/api/settings', { record: { enabled: null } }), [
        409,
        'STATE',
        'record.enabled',
    ]);
    assertEqual(await refused('PATCH', '/api/settings', { log: 'loud' }), [400, 'INVAL', 'log']);
    assertEqual(await refused('PATCH', '/api/settings', { channels: [] }), [400, 'INVAL', 'channels']);
    assertEqual(await refused('PATCH', '/api/settings', '{'), [400, 'INVAL', undefined]);
    assertEqual(await refused('PATCH', '/api/settings', ''), [400, 'INVAL', undefined]);
    assertEqual(await refused('PATCH', '/api/settings', '['.repeat(40_000)), [400, 'INVAL', undefined]);
    assertEqual(await refused('PATCH', '/api/settings?x=1', {}), [400, 'INVAL', undefined]);
    assertEqual(await refused('PATCH', '/api/settings', { record: { prerollSeconds: 60 } }), [
        400,
        'INVAL',
        'record.prerollSeconds',
    ]);
    for (const [patch, at] of [
        [{ ring: { bytes: 70_000, seconds: 5 } }, 'ring'],
        [{ prerollSeconds: 60 }, 'prerollSeconds'],
        [{ ring: { bytes: 7 } }, 'ring.bytes'],
    ] as const) {
        assertEqual(await refused('PATCH', '/api/channels/cam1', patch), [400, 'INVAL', at]);
    }
    assertEqual(await refused('POST', '/api/channels', { input: 'x' }), [409, 'RANGE', 'channels']);
    assertEqual(await refused('PATCH', '/api/channels/none', {}), [404, 'NOENT', undefined]);
    assertEqual(await refused('DELETE', '/api/channels/none'), [404, 'NOENT', undefined]);
    assertEqual(await refused('GET', '/api/channels/none'), [404, 'NOENT', undefined]);
    assertEqual(await refused('PUT', '/api/channels/cam1', {}), [405, 'NOTSUP', undefined]);
    assertEqual(await refused('PATCH', '/api/channels/a/b', {}), [404, 'NOENT', undefined]);
    assertEqual([plane.stored.size, plane.calls], [0, []]);
    const inputs = await device({ options: options(['input', 'a.mp4']) });
    assertEqual(await inputs.refused('POST', '/api/channels', { input: 'x' }), [409, 'STATE', 'channels']);
    assertEqual(await inputs.refused('DELETE', '/api/channels/a'), [409, 'STATE', 'channels']);
});

test('two pages at once: a change made from old settings is refused, both others hold', async () => {
    const { plane, ask, refused } = await device();
    const [, before] = await ask('GET', '/api/settings');
    const { revision } = before as SettingsJson;
    const answers = await Promise.all([
        ask('PATCH', `/api/settings?revision=${revision}`, { log: 'warn' }),
        ask('PATCH', `/api/settings?revision=${revision}`, { log: 'error' }),
        ask('POST', '/api/channels', { name: 'x', input: 'x' }),
        ask('POST', '/api/channels', { name: 'y', input: 'y' }),
    ]);
    assertEqual(
        answers.map(([status]) => status),
        [200, 412, 201, 201],
    );
    assertEqual(await refused('DELETE', `/api/channels/x?revision=${revision}`), [412, 'STALE', undefined]);
    const { channels, log } = stored(plane) as { channels: { name: string }[]; log: string };
    assertEqual([channels.map(({ name }) => name), log], [['cam1', 'x', 'y'], 'warn']);
    assertEqual(
        plane.rows.map(({ name }) => name),
        ['cam1', 'x', 'y'],
    );
});

test('what cannot be stored is not put in force, and says why', async () => {
    const { plane, ask } = await device();
    for (const [code, status] of [
        ['DISK_FULL', 507],
        ['READ_ONLY', 500],
        ['TIMEOUT', 503],
        ['NOTSUP', 501],
    ] as const) {
        plane.failures.push({ call: 'write', error: new OcellusError(code) });
        const [answer, body] = await ask('POST', '/api/channels', { input: 'x.mp4' });
        const { error } = body as ErrorJson;
        assertEqual([answer, error.code], [status, code]);
        assert(error.message.startsWith('the settings cannot be stored: '), error.message);
    }
    assertEqual([plane.rows.length, plane.stored.size], [1, 0]);
    assertEqual((await ask('POST', '/api/channels', { input: 'x.mp4' }))[0], 201);
});

test('a write without an answer may have come about: the next change begins with what is kept', async () => {
    const { plane, ask } = await device();
    plane.failures.push({ call: 'write', error: new OcellusError('TIMEOUT') });
    assertEqual((await ask('PATCH', '/api/settings', { log: 'warn' }))[0], 503);
    plane.stored.set('settings', '{"log":"warn"}'); // the disk was slow
    const [, body] = await ask('PATCH', '/api/settings', { port: 1 });
    assertEqual((body as SettingsChangeJson).settings.log, 'warn');
    assertEqual(stored(plane), { log: 'warn', port: 1 });
    assertEqual(plane.calls.slice(0, 4), ['write settings', 'read settings', 'check 127.0.0.1 1', 'write settings']);
});

test('channels: added, seen, changed, removed, also the last; an empty list stays empty', async () => {
    const { plane, ask } = await device();
    const [status, added] = await ask('POST', '/api/channels', { input: 'rtsp://u:pw@h/', name: 'front' });
    const sub = {
        title: '',
        user: '',
        password: '',
        sub: '',
        record: { stream: 'main', mode: 'continuous', schedule: [], maxMB: 0, maxDays: 0 },
    };
    const motion = { enabled: false, sensitivity: 50, zones: '', minAreaPercent: 0, cooldownSeconds: 10 };
    const own = { audio: true, loop: true, ring: { seconds: 12 }, prerollSeconds: 0, maxGopSize: 0 };
    const shape = { ...sub, ...own, motion, sound: { enabled: false, thresholdDb: 15 } };
    assertEqual(
        [status, added],
        [201, { name: 'front', input: 'rtsp://***@h/', ...shape, problem: null, reason: null }],
    );
    plane.calls.length = 0;
    const [, patched] = await ask('PATCH', '/api/channels/front', { input: 'rtsp://***@h/', name: 'door' });
    assertEqual((patched as { name: string }).name, 'door');
    assertEqual([plane.opened[2]?.url, plane.opened[2]?.name], ['rtsp://u:pw@h/', 'door']);
    assertEqual(plane.calls, ['write settings', 'close 1', 'open door recorded']);
    assertEqual(await ask('DELETE', '/api/channels/door'), [204, '']);
    assertEqual(await ask('DELETE', '/api/channels/cam1'), [204, '']);
    const [, list] = await ask('GET', '/api/channels');
    assertEqual([(list as ConfiguredChannelsJson).channels, plane.rows, stored(plane)], [[], [], { channels: [] }]);
    const text = plane.stored.get('settings') ?? '';
    const next = new FakePlane();
    await device({ stored: { path: 'settings', text } }, next);
    assertEqual(next.opened, []);
});

test('[O2] a title is for people: a path comes of it once, stays, and both are shown', async () => {
    const { plane, send } = await owned();
    const add = async (title: string, more = {}): Promise<string> => {
        const [status, channel] = await send('POST', '/api/channels', { title, input: 'rtsp://h/live', ...more });
        assertEqual([status, (channel as { title: string }).title], [201, title]);
        return (channel as { name: string }).name;
    };
    const long = 'A very long name of a garden behind the house of the neighbours';
    const names: string[] = [];
    for (const title of ['Front Door', 'Front door!', 'Haustür & Garten', 'Café Straße', '前门', '', long, long]) {
        names.push(await add(title));
    }
    const cut = ['a-very-long-name-of-a-garden-be', 'a-very-long-name-of-a-garden-2'];
    assertEqual(names, ['front-door', 'front-door-2', 'haustur-garten', 'cafe-strasse', 'cam6', 'cam7', ...cut]);
    assertEqual(await add('Gate', { name: 'side' }), 'side');
    plane.calls.length = 0;
    const [, renamed] = await send('PATCH', '/api/channels/front-door', { title: 'Haupteingang' });
    const { name, title } = renamed as { name: string; title: string };
    assertEqual([name, title, plane.calls], ['front-door', 'Haupteingang', ['write settings']]);
    assertEqual(plane.desired?.channels.map((channel) => channel.title).slice(0, 3), [
        'cam1',
        'Haupteingang',
        'Front door!',
    ]);
    const { channels } = (await send('GET', '/api/status'))[1] as StatusJson;
    assertEqual(
        channels.slice(0, 2).map((channel) => channel.title),
        ['cam1', 'Haupteingang'],
    );
    const row = { name: 'ocellus', start: null, end: null, bytes: 1, open: false, durationMs: 0, protected: false };
    for (const channel of ['front-door', 'gone']) {
        plane.files.push({ ...row, channel, path: `recordings/${channel}/a.mp4` });
    }
    for (const [method, path] of [
        ['GET', '/api/recordings'],
        ['POST', '/api/commands/recordings'],
    ] as const) {
        const { recordings } = (await send(method, path))[1] as RecordingsJson;
        assertEqual(
            recordings.map(({ channelTitle }) => channelTitle),
            ['Haupteingang', 'gone'],
        );
    }
    await send('POST', '/api/events', { kind: 'ring', channel: 'front-door' });
    const { events } = (await send('GET', '/api/event-log'))[1] as KeptEventsJson;
    assertEqual([events[0]?.channel, events[0]?.channelTitle], ['front-door', 'Haupteingang']);
    for (const bad of [' a', 'a ', 'a\nb', 'a\x7f', 'a\u202eb', 'a\u0085', '\x7f', '\u202e', 'x'.repeat(65), 7]) {
        const [status] = await send('PATCH', '/api/channels/front-door', { title: bad });
        assertEqual([bad, status], [bad, 400]);
    }
});

test('the user of a camera is shown to the owner alone; others see that there is one', async () => {
    const { ask } = await device();
    await ask('POST', '/api/channels', { name: 'front', input: 'http://h/', user: 'admin', password: 'secret-word' });
    const [watch, operate] = [0x2000_0001, 0x4000_0001];
    const users = async (login: number): Promise<unknown[]> => {
        const [, settings] = (await ask('GET', '/api/settings', undefined, login)) as [number, SettingsJson];
        const [, { channels }] = (await ask('GET', '/api/channels', undefined, login)) as [
            number,
            ConfiguredChannelsJson,
        ];
        const [, one] = (await ask('GET', '/api/channels/front', undefined, login)) as [number, { user: string }];
        return [settings.channels.at(-1)?.user, channels.at(-1)?.user, one.user];
    };
    assertEqual(await users(0), ['admin', 'admin', 'admin']);
    assertEqual(await users(1), ['admin', 'admin', 'admin']);
    assertEqual(await users(operate), ['***', '***', '***']);
    assertEqual(await users(watch), ['***', '***', '***']);
});

test('[O3] user and password of a camera: put into its addresses, never answered, kept when they come back hidden', async () => {
    const own = await owned();
    const { plane } = own;
    const login = { user: 'admin@home', password: 'p/w:é#1' };
    const given = { name: 'front', input: 'rtsp://h:554/live?x=1', sub: 'rtsp://old:one@h/sub', ...login };
    const [status, added] = await own.send('POST', '/api/channels', given);
    assertEqual([status, (added as typeof given).password, (added as typeof given).user], [201, '***', 'admin@home']);
    const encoded = 'admin%40home:p%2Fw%3A%C3%A9%231';
    assertEqual(plane.opened[1]?.url, `rtsp://${encoded}@h:554/live?x=1`);
    assertEqual(plane.opened[1]?.subUrl, `rtsp://${encoded}@h/sub`);
    await own.send('PATCH', '/api/channels/front', { password: '***', input: 'rtsp://h/2' });
    assertEqual(plane.opened[2]?.url, `rtsp://${encoded}@h/2`);
    // nobody learns a password by sending it elsewhere
    const elsewhere = { input: 'http://collector.example/' };
    for (const body of [elsewhere, { ...elsewhere, password: '***' }, { sub: 'rtsp://h.example/' }]) {
        assertEqual(await own.refused('PATCH', '/api/channels/front', body), [400, 'INVAL', 'password']);
    }
    const tried = { name: 'front', ...elsewhere, password: '***' };
    assertEqual(await own.refused('POST', '/api/channels/test', tried), [400, 'INVAL', 'password']);
    for (const path of ['/api/channels', '/api/channels/front', '/api/settings', '/api/status']) {
        const text = JSON.stringify((await own.send('GET', path))[1]);
        assert(!text.includes('p/w') && !text.includes('p%2Fw'), path);
    }
    await own.send('PATCH', '/api/channels/front', { user: null, password: null, sub: '' });
    assertEqual(plane.opened[3]?.url, 'rtsp://h/2');
    assertEqual(await own.refused('PATCH', '/api/channels/front', { password: 'a\nb' }), [400, 'INVAL', 'password']);
    // files, cameras of this machine and what has its own way of logging in stay as they are
    for (const input of ['clip.mp4', 'v4l2:/dev/video0', 'test:', 's3://bucket/a@b']) {
        await own.send('PATCH', '/api/channels/front', { input, ...login });
        assertEqual(plane.opened[plane.opened.length - 1]?.url, input);
    }
    const variable = '$' + '{OCELLUS_USER}';
    await own.send('PATCH', '/api/channels/front', { input: 'http://h/', user: variable, password: '' });
    assertEqual(plane.opened[plane.opened.length - 1]?.url, `http://${variable}@h/`);
});

test('[O3] a bare address is no file: the refusal proposes one', async () => {
    const own = await owned();
    for (const [input, proposal] of [
        ['192.168.1.20', 'rtsp://192.168.1.20/'],
        ['192.168.1.20:8554/live', 'rtsp://192.168.1.20:8554/live'],
        ['Camera.local', 'rtsp://Camera.local/'],
        ['admin:hunter2@10.0.0.7:80/video', 'http://10.0.0.7:80/video'],
        ['[fd00::7]/1', 'rtsp://[fd00::7]/1'],
        ['cam.fritz.box', 'rtsp://cam.fritz.box/'],
    ] as const) {
        for (const path of ['/api/channels', '/api/channels/test']) {
            const [status, body] = await own.send('POST', path, { input });
            const { error } = body as ErrorJson;
            assertEqual([status, error.at, error.proposal], [400, 'input', proposal]);
            assert(!error.message.includes('hunter2') && error.message.includes('this is a file'), error.message);
        }
    }
    assertEqual(own.plane.opened.length, 1);
    for (const input of ['1.2.3', 'clip.local.mp4', './192.168.1.20', 'notes.txt', '1.mp4']) {
        assertEqual((await own.send('POST', '/api/channels', { input }))[0], 201, input);
    }
});

test('[A6] a second stream: its password is kept and hidden like the first; recording it opens nothing again', async () => {
    const { plane, ask } = await device();
    const given = { name: 'front', input: 'a.mp4', sub: 'rtsp://u:pw@h/' };
    const [, added] = await ask('POST', '/api/channels', given);
    assertEqual((added as { sub: string }).sub, 'rtsp://***@h/');
    assertEqual(plane.opened[1]?.subUrl, 'rtsp://u:pw@h/');
    plane.calls.length = 0;
    const change = { sub: 'rtsp://***@h/', record: { stream: 'sub' } };
    assertEqual((await ask('PATCH', '/api/channels/front', change))[0], 200);
    assertEqual(plane.calls, ['write settings', 'record 1']);
    assertEqual(plane.recorded[plane.recorded.length - 1]?.stream, 'sub');
    const [status, refused] = await ask('PATCH', '/api/channels/front', { sub: null });
    const { error } = refused as ErrorJson;
    assertEqual(status, 400);
    assertEqual(error.message, 'record.stream: "sub" is not allowed: the channel has no sub');
    assertEqual((await ask('PATCH', '/api/channels/front', { sub: '', record: null }))[0], 200);
    assertEqual([plane.opened[2]?.subUrl, plane.recorded[plane.recorded.length - 1]?.stream], ['', 'main']);
});

test('a source that does not open: stored, said, tried again; neither this start nor the next fails', async () => {
    await withFakeTimers(async () => {
        const { plane, ask } = await device();
        plane.failures.push({ call: 'open', error: new OcellusError('NOENT', 'no such file') });
        const [status, body] = await ask('POST', '/api/channels', { input: 'gone.mp4' });
        assertEqual([status, (body as { problem: string }).problem], [201, 'gone: cannot open gone.mp4: no such file']);
        await plane.retryChannel(1);
        assertEqual((await ask('GET', '/api/channels/gone'))[1], { ...(body as object), problem: null, reason: null });
        const next = new FakePlane();
        next.failures.push({ call: 'open', error: new OcellusError('NOENT', 'no such file') });
        const text = plane.stored.get('settings') ?? '';
        const again = await device({ stored: { path: 'settings', text } }, next);
        assert(!next.calls.some((call) => call.startsWith('exit')));
        assertEqual((await again.ask('GET', '/api/status'))[0], 200);
    });
});

test('a refused login: said with when it is tried again; saved once more it is tried at once, a new one once', async () => {
    await withFakeTimers(async (clock) => {
        const { plane, ask } = await device();
        const refuse = (): void => void plane.failures.push({ call: 'open', error: new OcellusError('PASSWORD') });
        refuse();
        const channel = { name: 'cam', input: 'rtsp://h/x', user: 'u', password: 'p' };
        const [, body] = await ask('POST', '/api/channels', channel);
        const { problem, reason } = body as { problem: string; reason: string };
        assertEqual(reason, 'password');
        assert(
            /: wrong user name or password; tried again seldom, .* at once when it is saved$/.test(problem),
            'when it is tried again',
        );
        const opens = (): number => plane.calls.filter((call) => call.startsWith('open cam')).length;
        assertEqual(opens(), 1);
        refuse();
        await ask('PATCH', '/api/channels/cam', { password: 'p' });
        await clock.settle();
        assertEqual(opens(), 2, 'the same once more');
        refuse();
        await ask('PATCH', '/api/channels/cam', { password: 'q' });
        await clock.settle();
        assertEqual(opens(), 3, 'another: once, not twice');
        await ask('PATCH', '/api/channels/front', { title: 'x' });
        await clock.settle();
        assertEqual(opens(), 3, 'of another channel: not at all');
    });
});

test('killed between storing and applying: the next script does what is stored, and knows what the process has', async () => {
    const plane = new FakePlane();
    await device({}, plane);
    plane.stored.set('settings', JSON.stringify({ port: 9000, channels: [{ name: 'x', input: 'x' }] }));
    const { ask } = await device({ generation: 2 }, plane);
    assertEqual(
        plane.rows.map(({ name }) => name),
        ['x'],
    );
    const [, settings] = await ask('GET', '/api/settings');
    assertEqual([(settings as SettingsJson).port, (settings as SettingsJson).restart], [9000, ['port']]);
    assert(plane.listening);
});

test('a stored file that is no JSON is set aside at the start, and the next change begins anew', async () => {
    const plane = new FakePlane();
    plane.stored.set('settings', '{');
    const host = new FakeHost({ stored: { path: 'settings', text: '{' } });
    await startOn({ plane, host });
    assertEqual([plane.calls[0], plane.stored.size], ['aside settings', 0]);
    assertEqual(plane.opened.length, 1);
});

test('a newer version’s keys survive a change', async () => {
    const text = JSON.stringify({ future: { x: [1] }, port: 8081 });
    const { plane, ask } = await device({ stored: { path: 'settings', text } });
    await ask('PATCH', '/api/settings', { log: 'warn' });
    assertEqual(stored(plane), { future: { x: [1] }, port: 8081, log: 'warn' });
});

test('a mode is chosen, stored, in the status and an event; what is edited stays [O33]', async () => {
    const { plane, ask, refused } = await device();
    const cameras = [{ channel: 'cam1', record: 'never' }];
    assertEqual((await ask('PATCH', '/api/settings', { mode: { away: { privacy: 'on', cameras } } }))[0], 200);
    assertEqual(await ask('POST', '/api/mode', { mode: 'away' }), [200, { mode: 'away' }]);
    const [, status] = await ask('GET', '/api/status');
    assertEqual((status as StatusJson).mode, 'away');
    assertEqual((stored(plane) as { mode: { active: string } }).mode.active, 'away');
    assertEqual(plane.added, [['mode-changed', '', '{"mode":"away","before":"none"}']]);
    const [, { channels }] = (await ask('GET', '/api/channels')) as [number, ConfiguredChannelsJson];
    assertEqual(channels[0]?.record.mode, 'continuous');
    assertEqual(await refused('POST', '/api/mode', { mode: 'party' }), [400, 'INVAL', 'mode']);
    assertEqual(await refused('POST', '/api/mode', { mode: 'home', more: 1 }), [400, 'INVAL', 'more']);
    assertEqual(await ask('GET', '/api/mode'), [200, { mode: 'away' }]);
    // without it the hours of privacy keep a timer, and with it this machine
    assertEqual(await ask('POST', '/api/mode', { mode: 'none' }), [200, { mode: 'none' }]);
});

test('addresses with tokens are in no answer, whoever asks, and in none that follows a change', async () => {
    await withFakeTimers(async () => {
        const { ask } = await device();
        const token = 'q7f3zkTOKENw81';
        const secret = `https://127.0.0.1:1/${token}`;
        const given = {
            events: { webhook: { url: secret } },
            snapshots: { target: `${secret}/{channel}.jpg` },
            update: { url: secret },
            cloud: { credentialsUrl: `${secret}?key=${token}` },
        };
        const answers = [await ask('PATCH', '/api/settings', given)];
        answers.push(await ask('PATCH', '/api/settings', { events: { webhook: { url: `${secret} ${token}` } } }));
        for (const login of [0, 1, 0x2000_0001, 0x4000_0001]) {
            for (const path of [
                'settings',
                'channels',
                'status',
                'events',
                'event-log',
                'app',
                'updates',
                'storage',
                'modes',
            ]) {
                answers.push(await ask('GET', `/api/${path}`, undefined, login));
            }
        }
        assertEqual(
            answers.slice(0, 3).map(([status]) => status),
            [200, 400, 200],
        );
        assert(JSON.stringify(answers[2]).includes('https://127.0.0.1:1/***'));
        assertEqual(
            answers.filter((answer) => JSON.stringify(answer).includes(token)),
            [],
        );
    });
});
