import { EventBus } from 'ocellus/app/events/event-bus';
import { EventLog } from 'ocellus/app/events/event-log';
import { CommandTable } from 'ocellus/app/commands/command-table';
import { apiRouter } from 'ocellus/app/http/api';
import type {
    DaysJson,
    ErrorJson,
    EventsJson,
    RecordingsJson,
    StatusJson,
    TimelineJson,
} from 'ocellus/app/http/api-types';
import { parseQuery, wholeParameter } from 'ocellus/app/http/query';
import { type Answer, Router } from 'ocellus/app/http/router';
import { lastingProblemOf } from 'ocellus/app/camera/problem';
import { SettingsStore } from 'ocellus/app/config/settings-store';
import { loadSettings } from 'ocellus/app/config/load';
import { type Zone, zoneInForce } from 'ocellus/app/base/zone';
import { Privacy } from 'ocellus/app/system/privacy';
import { masterPath, plainPath, playlistPath, serverUrl } from 'ocellus/app/live/urls';
import { Recorder } from 'ocellus/app/record/recorder';
import { Viewers } from 'ocellus/app/p2p/viewers';
import { rowFields } from 'ocellus/command';
import { OcellusError } from 'ocellus/error';
import type { Facts } from 'ocellus/host';
import { type HttpRequest, type HttpResponse, HttpServer, type HttpWay, type TakenRequest } from 'ocellus/http';
import type { Timers } from 'ocellus/mail';
import { FakeHost, FakePlane, requestOf, rowOf } from 'ocellus/test/fake-plane';
import { FakeClock, withFakeTimers } from 'ocellus/test/fake-timers';
import { assert, assertEqual, assertThrows, test } from 'ocellus/test/harness';

const limits = { channels: 40, parcelBytes: 131_072 } as const;

function request(path: string, query = '', method = 'GET'): TakenRequest {
    return requestOf({ path, query, method });
}

async function answerOf(router: Router, given: HttpRequest): Promise<Answer> {
    const { status = 200, body } = await router.answer(given);
    return { status, body: body as string };
}

function serverOf(plane: FakePlane, router: Router, timers?: Timers): HttpServer {
    return new HttpServer({ plane, onRequest: (given) => router.answer(given), ...(timers && { timers }) });
}

function api(
    plane = new FakePlane(),
    facts: Partial<Facts> = {},
    input = '/clip.mp4',
): { router: Router; host: FakeHost } {
    const host = new FakeHost(facts);
    const given = { ...host.facts, options: [{ name: 'input', value: `cam1=${input}` }], limits };
    const loaded = loadSettings(given);
    const { settings } = loaded;
    const settingsStore = new SettingsStore({
        facts: given,
        zones: host,
        boot: settings,
        loaded,
        read: () => plane.readStore('settings'),
        canStart: async () => undefined,
        write: (text) => plane.writeStore('settings', text),
    });
    const recorder = new Recorder({ plane, recorded: async () => undefined });
    const log = new EventLog(plane, host);
    const zone = (): Zone => zoneInForce({ timezone: 'system' }, host);
    const privacy = new Privacy({ plane, host, hours: () => [], zone });
    const desired = {
        problem: (name: string) => {
            const row = plane.rows.find((one) => one.name === name);
            return lastingProblemOf(row, row === undefined ? '' : plane.why(row.number), input);
        },
        given: () => '',
        retry: async () => undefined,
    };
    const viewers = new Viewers({
        plane,
        settings: () => settings.p2p,
        talk: () => settings.talk,
        recordings: (query) => recorder.recordings(query),
        answer: async () => '',
    });
    return {
        host,
        router: apiRouter({
            plane,
            host,
            settingsStore,
            recorder,
            recordNow: {
                begin: async () => undefined,
                end: async () => undefined,
                json: () => ({ now: false, until: null, since: null }),
            },
            desired,
            privacy,
            viewers,
            updates: {
                async check() {
                    throw new OcellusError('NOENT', 'no address of an index: set update.url');
                },
            },
            applied: async () => [],
            cloud: { state: () => undefined, reader: () => undefined },
            migrated: (text) => text,
            commands: async () => new CommandTable({}),
            cameraTest: () => Promise.reject(new OcellusError('NOTSUP')),
            snapshots: () => undefined,
            push: () => Promise.reject(new OcellusError('NOTSUP')),
            leftOut: () => [],
            disk: () => null,
            events: new EventBus({ plane, host, log }),
            log,
            app: { name: 'ocellus', version: '1.2.3', panel: null, routes: [], settings: [] },
        }),
    };
}

async function get<T>(router: Router, path: string, query = ''): Promise<T> {
    const { status, body } = await answerOf(router, request(path, query));
    assertEqual(status, 200, body);
    return JSON.parse(body) as T;
}

function errorOf({ status, body }: Answer): [number, string, string] {
    const { error } = JSON.parse(body) as ErrorJson;
    return [status, error.code, error.message];
}

const addresses = (name: string) => ({
    playlist: playlistPath(name),
    plain: plainPath(name),
    master: masterPath(name),
    mp4: `/live/${name}.mp4`,
    flv: name === 'mic' ? null : `/live/${name}.flv`,
    mjpeg: null,
    ts: `/live/${name}.ts`,
});

test('a server that makes way takes no request more, and waits for those under way', async () => {
    const clock = new FakeClock();
    const waiting: TakenRequest[] = [{ ...request('/api/a'), id: 1 }];
    const replied: number[] = [];
    const answers: (() => void)[] = [];
    const way: HttpWay = {
        take: async () => waiting.shift(),
        reply: async (id) => void replied.push(id),
    };
    const later = (): Promise<HttpResponse> =>
        new Promise((resolve) => {
            answers.push(() => {
                resolve({ body: '' });
            });
        });
    const server = new HttpServer({ plane: way, onRequest: later, timers: clock });
    await server.wake();
    let idle = false;
    const held = server.hold(400, 3000).then(() => {
        idle = true;
    });
    waiting.push({ ...request('/api/c'), id: 3 });
    await server.wake();
    await clock.settle();
    assertEqual([idle, replied.length, waiting.length], [false, 0, 1]);
    answers[0]?.();
    await held;
    assertEqual([idle, replied[0], waiting.length], [true, 1, 1]);
    await clock.advance(3000); // nobody took its place
    answers[1]?.();
    await clock.settle();
    assertEqual([replied[1], waiting.length], [3, 0]);
});

test('a server that makes way does not wait for ever', async () => {
    const clock = new FakeClock();
    const waiting: TakenRequest[] = [{ ...request('/api/a'), id: 1 }];
    const way: HttpWay = { take: async () => waiting.shift(), reply: async () => undefined };
    const server = new HttpServer({ plane: way, onRequest: () => new Promise(() => undefined), timers: clock });
    await server.wake();
    let idle = false;
    void server.hold(400, 3000).then(() => {
        idle = true;
    });
    await clock.advance(399);
    assertEqual(idle, false);
    await clock.advance(1);
    assertEqual(idle, true);
});

test('status: every field, in the shape of the document', async () => {
    const plane = new FakePlane();
    const words = {
        state: 2,
        video_codec: 1,
        width: 640,
        height: 360,
        fps_milli: 29_970,
        audio_codec: 4,
        sample_rate: 48_000,
        audio_channels: 1,
        bitrate_bps: 512_000,
        gop_ms: 1000,
        gop_bytes: 60_000,
        packets_lo: 5,
        packets_hi: 1,
        rotation: 90,
        bytes_lo: 7,
        bytes_hi: 2,
        empty_packets: 3,
        dropped_packets: 4,
        lost_gops: 2,
        jumps: 6,
        ring_bytes: 2_000_000,
        ring_held_bytes: 900_000,
        ring_held_ms: 12_000,
        ring_readers: 2,
        lateness_p50_us: 50,
        lateness_p99_us: 300,
        lateness_p999_us: 700,
        lateness_max_us: 900,
        recording: 1,
        record_files: 1,
        record_bytes_lo: 123_456,
        record_lost_packets: 8,
        record_synced_age_ms: 300,
        live_begun: 1,
        live_first: 1,
        live_last: 12,
        live_part_ms: 223,
        viewers: 9,
        source_losses: 10,
        lost_queue_full: 3,
        lost_gop_rest: 2,
    };
    plane.rows.push(
        rowOf({ number: 0, name: 'cam1', ...words }),
        rowOf({ number: 4, name: 'mic', state: 3, audio_codec: 5, omitted_video: 0x6d703476, record_failing: 1 }),
    );
    plane.subs.push(rowOf({ number: 0, name: 'cam1', ...words, width: 320, height: 180, recording: 0, jumps: 0 }));
    const lastEnd = { reason: 'threw', message: 'Error: x\n at y (a.ts:1)', atMs: Date.UTC(2026, 10, 21) };
    const { router, host } = api(plane, { generation: 3, startedMs: 1000, lastEnd });
    host.nowMs = 13_999;
    const status = await get<StatusJson>(router, '/api/status');
    const stream = {
        state: 'running',
        generation: 1,
        video: { codec: 'h264', width: 640, height: 360, fps: 29.97, rotation: 90 },
        audio: { codec: 'aac', sampleRate: 48_000, channels: 1 },
        tls: null,
        omitted: { video: null, audio: null },
        bitrate: 512_000,
        gopMs: 1000,
        gopBytes: 60_000,
        ring: { bytes: 2_000_000, heldBytes: 900_000, heldMs: 12_000, readers: 2, overruns: 0 },
        packets: 4_294_967_301,
        bytes: 8_589_934_599,
        dropped: 7,
        lost: { 'queue-full': 3, 'gop-rest': 2 },
        jumps: 6,
        lostGops: 2,
        sourceLosses: 10,
        latencyUs: { p50: 50, p99: 300, p999: 700, max: 900 },
        latenessUs: { p50: 50, p99: 300, p999: 700, max: 900 },
        live: { ...addresses('cam1'), lowLatency: true, first: 1, last: 12, viewers: 9 },
    } as const;
    assertEqual(status, {
        version: '1.2.3',
        apiLevel: 1,
        application: { name: 'ocellus', version: '1.2.3' },
        name: 'ocellus',
        uptimeSeconds: 12,
        script: {
            state: 'running',
            generation: 3,
            restarts: 2,
            lastEnd: { reason: 'threw', message: 'Error: x\n at y (a.ts:1)', at: '2026-11-21T00:00:00.000Z' },
        },
        clock: { now: '2026-11-21T02:51:01.123Z', quality: 'ntp' },
        timezone: { name: 'Europe/Berlin', posix: 'CET-1CEST,M3.5.0,M10.5.0/3', offsetMinutes: 60 },
        privacy: { on: false, by: [] },
        mode: 'none',
        indicator: { sensorOn: true, watching: false },
        cloud: null,
        disk: null,
        channels: [
            {
                id: 0,
                name: 'cam1',
                title: 'cam1',
                ...stream,
                recording: {
                    active: true,
                    failing: false,
                    files: 2,
                    bytes: 246_912,
                    lostPackets: 16,
                    syncedAgeMs: 600,
                    now: false,
                    until: null,
                    since: null,
                },
                problem: null,
                reason: null,
                sub: {
                    ...stream,
                    jumps: 0,
                    video: { codec: 'h264', width: 320, height: 180, fps: 29.97, rotation: 90 },
                    live: {
                        ...stream.live,
                        playlist: '/live/cam1/sub/index.m3u8',
                        plain: '/live/cam1/sub/plain.m3u8',
                        mp4: '/live/cam1.mp4?stream=sub',
                        flv: '/live/cam1.flv?stream=sub',
                        ts: '/live/cam1.ts?stream=sub',
                    },
                },
            },
            {
                id: 4,
                name: 'mic',
                title: 'mic',
                state: 'lost',
                generation: 0,
                video: null,
                audio: { codec: 'opus', sampleRate: 0, channels: 0 },
                tls: null,
                omitted: { video: 'mp4v', audio: null },
                bitrate: 0,
                gopMs: 0,
                gopBytes: 0,
                ring: { bytes: 0, heldBytes: 0, heldMs: 0, readers: 0, overruns: 0 },
                packets: 0,
                bytes: 0,
                dropped: 0,
                lost: {},
                jumps: 0,
                lostGops: 0,
                sourceLosses: 0,
                latencyUs: { p50: 0, p99: 0, p999: 0, max: 0 },
                latenessUs: { p50: 0, p99: 0, p999: 0, max: 0 },
                recording: {
                    active: false,
                    failing: true,
                    files: 0,
                    bytes: 0,
                    lostPackets: 0,
                    syncedAgeMs: 0,
                    now: false,
                    until: null,
                    since: null,
                },
                live: { ...addresses('mic'), lowLatency: false, first: 0, last: 0, viewers: 0 },
                sub: null,
                problem: null,
                reason: null,
            },
        ],
    });
});

test('privacy: channels of the settings are shown as private, and a command ends and begins it', async () => {
    const plane = new FakePlane();
    const { router } = api(plane);
    const post = async (body: string): Promise<Answer> =>
        await answerOf(router, requestOf({ path: '/api/privacy', method: 'POST', body }));
    assertEqual(await get(router, '/api/privacy'), { on: false, by: [] });
    plane.rows.push(rowOf({ number: 0, name: 'closing', state: 5 }));
    plane.reasons.add('switch');
    const status = await get<StatusJson>(router, '/api/status');
    assertEqual(status.privacy, { on: true, by: ['switch'] });
    const shown = status.channels.map(({ id, name, state, video }) => [id, name, state, video]);
    assertEqual(shown, [
        [1, 'cam1', 'private', null],
        [0, 'closing', 'closing', null],
    ]);
    assertEqual(await post('{"on":true}'), { status: 200, body: '{"on":true,"by":["command","switch"]}' });
    assertEqual(await post('{"on":false}'), { status: 200, body: '{"on":true,"by":["switch"]}' });
    for (const body of ['', '{', '[]', '{"on":1}', '{}', '{"on":true,"for":3}', '{"on":null}']) {
        assertEqual((await post(body)).status, 400, body);
    }
    assertEqual(errorOf(await post('{"off":true}'))[2], 'body: off: unknown key');
    assertEqual(errorOf(await post('{"open":true}'))[2], 'body: open: unknown key; known is on');
    plane.failures.push({ call: 'set privacy', error: new OcellusError('DISK_FULL', 'it cannot be stored') });
    assertEqual(errorOf(await post('{"on":true}')), [507, 'DISK_FULL', 'it cannot be stored']);
    assertEqual((await answerOf(router, { ...request('/api/privacy'), method: 'PUT' })).status, 405);
});

test('status of the first script: no end before it', async () => {
    const status = await get<StatusJson>(api().router, '/api/status');
    assertEqual(status.script, { state: 'running', generation: 1, restarts: 0, lastEnd: null });
});

test('a channel of the settings that never opened is in the status, in its place, with its state and why', async () => {
    const plane = new FakePlane();
    plane.rows.push(rowOf({ number: 0, name: 'other', state: 2 }));
    const shown = async () => {
        const { channels } = await get<StatusJson>(api(plane, {}, '/clip.mp4').router, '/api/status');
        return channels.map(({ id, name, state, problem, reason }) => [id, name, state, problem, reason]);
    };
    const other = [0, 'other', 'running', null, null];
    assertEqual(await shown(), [[1, 'cam1', 'opening', null, null], other]);
    const [failed, number] = [7, 3];
    plane.rows.push(rowOf({ number, name: 'cam1', state: failed, failure: 5 }));
    assertEqual(await shown(), [[3, 'cam1', 'lost', 'cam1: cannot open /clip.mp4: does not exist', 'noent'], other]);
    plane.reasons.add('command');
    plane.rows[1] = rowOf({ number, name: 'cam1', state: failed, failure: 19 });
    assertEqual(await shown(), [[3, 'cam1', 'private', null, null], other]);
    plane.rows.splice(1);
    assertEqual(await shown(), [[1, 'cam1', 'private', null, null], other]);
});

test('[E21] a source that is open and delivers nothing says why: one sentence, and its word', async () => {
    const plane = new FakePlane();
    const shown = async (state: number, failure: number) => {
        plane.rows.splice(0, 1, rowOf({ number: 0, name: 'cam1', state, failure }));
        const [channel] = (await get<StatusJson>(api(plane).router, '/api/status')).channels;
        return [channel?.state, channel?.problem, channel?.reason];
    };
    assertEqual(await shown(3, 21), ['lost', 'the address accepts no connections', 'refused']);
    assertEqual(await shown(3, 26), ['lost', 'there is neither video nor sound in it', 'no-video']);
    assertEqual(await shown(6, 27), ['silent', 'the source sends nothing', 'silent']);
    assertEqual(await shown(2, 0), ['running', null, null]);
});

test('[A6] a sub stream that is not open is shown, with no address or picture of its own', async () => {
    const plane = new FakePlane();
    plane.rows.push(rowOf({ number: 2, name: 'cam1', state: 2 }));
    plane.subs.push(rowOf({ number: 2, name: 'cam1', state: 3 }));
    const [channel] = (await get<StatusJson>(api(plane).router, '/api/status')).channels;
    assertEqual([channel?.sub?.state, channel?.sub?.video, channel?.sub?.packets], ['lost', null, 0]);
    assertEqual(channel?.sub?.live.playlist, '/live/cam1/sub/index.m3u8');
});

test('status of 40 channels with sub streams fits into an answer, however large its numbers', async () => {
    const plane = new FakePlane();
    const large = rowFields.map((field) => [field, field.endsWith('_hi') ? 2 ** 20 : 4_294_967_295]);
    const words = { ...Object.fromEntries(large), state: 2, video_codec: 3, audio_codec: 6 };
    for (let number = 0; number < 40; number++) {
        const name = number === 0 ? 'cam1' : `a-name-that-is-as-long-as-can-${number}`;
        const row = rowOf({ number, name, ...words });
        plane.rows.push(row);
        plane.subs.push(row);
    }
    const { channels } = await get<StatusJson>(api(plane).router, '/api/status');
    assertEqual([channels.length, channels.filter(({ sub }) => sub !== null).length], [40, 40]);
});

test('unknown route 404, wrong method 405, both as JSON', async () => {
    const { router } = api();
    assertEqual(errorOf(await answerOf(router, request('/api/nosuch'))), [
        404,
        'NOENT',
        'no such resource: /api/nosuch',
    ]);
    assertEqual(errorOf(await answerOf(router, request('/api/status/'))), [
        404,
        'NOENT',
        'no such resource: /api/status/',
    ]);
    for (const method of ['POST', 'PUT', 'DELETE', 'get', 'OPTIONS', '__proto__']) {
        assertEqual(errorOf(await answerOf(router, request('/api/status', '', method))), [
            405,
            'NOTSUP',
            `${method} is not allowed for /api/status; use GET`,
        ]);
    }
    assertEqual((await answerOf(router, request('/api/status', '', 'HEAD'))).status, 200);
});

test('what handlers throw becomes an answer; an unknown error tells nothing of itself', async () => {
    const router = new Router(limits);
    for (const [code, status] of [
        ['NOENT', 404],
        ['RANGE', 400],
        ['STATE', 409],
        ['STALE', 410],
        ['BUSY', 503],
        ['NOTSUP', 501],
        ['DISK_FULL', 507],
    ] as const) {
        router.own('GET', '/api/x', () => {
            throw new OcellusError(code, 'why');
        });
        assertEqual(errorOf(await answerOf(router, request('/api/x'))), [status, code, 'why']);
    }
    router.own('GET', '/api/x', async () => {
        throw new TypeError('secret detail');
    });
    assertEqual(errorOf(await answerOf(router, request('/api/x'))), [500, 'IO', 'internal error; see the log']);
    router.own('GET', '/api/x', () => 'x'.repeat(router.bodyMax));
    assertEqual(errorOf(await answerOf(router, request('/api/x')))[1], 'TOO_BIG');
});

test('a handler that never ends is answered with 503', async () => {
    await withFakeTimers(async (clock) => {
        const router = new Router(limits).own('GET', '/api/x', () => new Promise(() => undefined));
        const answering = answerOf(router, request('/api/x'));
        await clock.advance(8000);
        assertEqual(errorOf(await answering)[0], 503);
    });
});

test('queries: decoded, unknown and doubled parameters refused, bounded', () => {
    assertEqual(parseQuery('channel=a%20b+c&after=%2Fx&limit', ['channel', 'after', 'limit']), {
        channel: 'a b c',
        after: '/x',
        limit: '',
    });
    assertEqual(parseQuery('', []), {});
    assertEqual(parseQuery('&&a=1=2&', ['a']), { a: '1=2' });
    for (const [query, message] of [
        ['b=1', /^query: unknown parameter "b"; known are a$/],
        ['__proto__=1', /^query: unknown parameter "__proto__"/],
        ['a=1&a=2', /^query: a is given twice$/],
        ['a=%zz', /^query: malformed percent-encoding$/],
        ['a=%ff', /^query: malformed percent-encoding$/],
        [`a=${'x'.repeat(2000)}`, /^query: longer than 1024 characters$/],
    ] as const) {
        const error = assertThrows(() => parseQuery(query, ['a']), { type: OcellusError, message });
        assertEqual((error as OcellusError).code, 'INVAL');
    }
    assertEqual(wholeParameter('limit', undefined, 1, 200, 100), 100);
    assertEqual(wholeParameter('limit', '200', 1, 200, 100), 200);
    for (const bad of ['0', '201', '', '-1', '1.5', '1e2', ' 1', '99999999999']) {
        assertThrows(() => wholeParameter('limit', bad, 1, 200, 100), {
            type: OcellusError,
            message: /a whole number from 1 to 200$/,
        });
    }
});

test('[E9] recordings: pages in order until next is null, also when a page is cut to fit', async () => {
    const plane = new FakePlane();
    for (let number = 0; number < 450; number++) {
        const path = `recordings/cam1/${'n'.repeat(63)}_${String(number).padStart(20, '0')}_open.mp4`;
        const row = {
            path,
            channel: 'cam1',
            name: 'n'.repeat(63),
            start: '2026-11-21T02:51:00.123Z',
            end: null,
            bytes: 12_345,
            open: true,
            durationMs: 0,
            protected: false,
        };
        plane.files.push(row);
    }
    const { router } = api(plane);
    const paths: string[] = [];
    let pages = 0;
    for (let next: string | null = ''; next !== null; pages++) {
        const query = `channel=cam1&limit=200&after=${encodeURIComponent(next)}`;
        const page: RecordingsJson = await get<RecordingsJson>(router, '/api/recordings', query);
        paths.push(...page.recordings.map(({ path }) => path));
        next = page.next;
    }
    assertEqual(
        paths,
        plane.files.map(({ path }) => `/${path}`),
    );
    assert(pages >= 3, `${pages} pages`);
    assertEqual(await get(router, '/api/recordings', 'name=other'), { recordings: [], next: null });
    assertEqual(errorOf(await answerOf(router, request('/api/recordings', 'limit=0')))[1], 'RANGE');
    assertEqual(errorOf(await answerOf(router, request('/api/recordings', `after=${'x'.repeat(256)}`)))[1], 'INVAL');
    for (const bad of ['nam=x', 'channel=%00', 'channel=A', 'name=a_b', 'name=%C3%BC', 'after=a%20b', 'after=%00']) {
        assertEqual(errorOf(await answerOf(router, request('/api/recordings', bad))).slice(0, 2), [400, 'INVAL'], bad);
    }
});

test('events: from a number on, next to ask for', async () => {
    const plane = new FakePlane();
    for (let number = 1; number <= 5; number++) {
        plane.log.push({
            number,
            at: '2026-11-21T02:51:00.123Z',
            channel: null,
            kind: 'script-started',
            code: 0,
            path: '',
            text: '',
        });
    }
    const { router } = api(plane);
    const first = await get<EventsJson>(router, '/api/events');
    assertEqual([first.events.map(({ number }) => number), first.next], [[1, 2, 3], 4]);
    const second = await get<EventsJson>(router, '/api/events', `from=${first.next}`);
    assertEqual([second.events.map(({ number }) => number), second.next], [[4, 5], 6]);
    assertEqual(await get(router, '/api/events', 'from=6'), { events: [], next: 6 });
    assertEqual(errorOf(await answerOf(router, request('/api/events', 'from=x')))[1], 'RANGE');
});

test('events that do not fit: cut, and next is the first one left out', async () => {
    const plane = new FakePlane();
    for (let number = 1; number <= 3; number++) {
        plane.log.push({
            number,
            at: '2026-11-21T02:51:00.123Z',
            channel: null,
            kind: 'x',
            code: 0,
            path: '',
            text: 'x'.repeat(50_000),
        });
    }
    const page = await get<EventsJson>(api(plane).router, '/api/events');
    assertEqual([page.events.length, page.next], [2, 3]);
});

test('an answer is as long as the parcels of the host', async () => {
    const plane = new FakePlane();
    for (let number = 1; number <= 3; number++) {
        plane.log.push({ number, at: '', channel: null, kind: 'x', code: 0, path: '', text: 'x'.repeat(6000) });
    }
    const { router } = api(plane, { limits: { channels: 2, parcelBytes: 16_384 } });
    const { status, body } = await answerOf(router, request('/api/events'));
    assertEqual([status, router.bodyMax], [200, 15_360]);
    assert(body.length > 12_000 && body.length <= router.bodyMax, String(body.length));
    assertEqual((JSON.parse(body) as EventsJson).next, 3);
    const long = router.own('GET', '/api/x', () => 'x'.repeat(15_360));
    assertEqual(errorOf(await answerOf(long, request('/api/x')))[1], 'TOO_BIG');
});

test('settings are shown without secrets', async () => {
    const { body } = await answerOf(api(undefined, {}, 'rtsp://u:hunter2@h/').router, request('/api/settings'));
    assert(!body.includes('hunter2'), body);
    assert(body.includes('rtsp://***@h/'), body);
});

test('the server answers everything that waits, at most eight at a time, and asks again afterwards', async () => {
    const plane = new FakePlane();
    const router = new Router(limits);
    const waiting: (() => void)[] = [];
    let most = 0;
    router.own('GET', '/api/slow', async () => {
        await new Promise<void>((resolve) => {
            most = Math.max(most, waiting.push(resolve));
        });
        return {};
    });
    for (let id = 1; id <= 20; id++) {
        plane.requests.push({ ...request('/api/slow'), id });
    }
    const server = serverOf(plane, router);
    void server.wake();
    void server.wake();
    for (let turn = 0; turn < 400; turn++) {
        await undefined;
        if (turn % 10 === 9) {
            waiting.shift()?.();
        }
    }
    assertEqual(most, 8);
    assertEqual(
        plane.replies.map(({ id, status }) => [id, status]),
        Array.from({ length: 20 }, (_value, index) => [index + 1, 200]),
    );
});

test('a request that cannot be answered, or taken, stops nobody', async () => {
    const plane = new FakePlane();
    const router = new Router(limits).own('GET', '/api/x', () => ({}));
    const { reply } = plane;
    let failing = 2;
    plane.reply = async (...args) => {
        if (failing-- > 0) {
            throw new OcellusError('NOENT');
        }
        await reply.call(plane, ...args);
    };
    plane.requests.push(
        { ...request('/api/x'), id: 1 },
        { ...request('/api/x'), id: 2 },
        { ...request('/api/x'), id: 3 },
    );
    const server = serverOf(plane, router);
    await server.wake();
    for (let turn = 0; turn < 100; turn++) {
        await undefined;
    }
    assertEqual(
        plane.replies.map(({ id }) => id),
        [3],
    );
});

test('requests that could not be taken are taken a second later, without a new edge', async () => {
    await withFakeTimers(async (clock) => {
        const plane = new FakePlane();
        const { take } = plane;
        plane.take = async () => {
            throw new OcellusError('BUSY');
        };
        plane.requests.push({ ...request('/api/x'), id: 4 });
        await serverOf(
            plane,
            new Router(limits).own('GET', '/api/x', () => ({})),
            clock, // on XS 17 modules of the host have globals of their own
        ).wake();
        plane.take = take;
        await clock.advance(999);
        assertEqual(plane.replies.length, 0);
        await clock.advance(1);
        assertEqual(plane.replies.length, 1);
        assertEqual(clock.waiting.size, 0);
    });
});

test('addresses', () => {
    assertEqual(playlistPath('cam1'), '/live/cam1/index.m3u8');
    assertEqual(serverUrl('127.0.0.1', 80), 'http://127.0.0.1:80/');
    assertEqual(serverUrl('::1', 8080), 'http://[::1]:8080/');
});

test('[A7] the time line has spans and events that fit into an answer, the calendar days of the zone of the device', async () => {
    const plane = new FakePlane();
    const begin = Date.parse('2026-11-21T22:30:00.000Z');
    plane.files.push({
        path: 'recordings/cam1/a_1.mp4',
        channel: 'cam1',
        name: 'a',
        start: new Date(begin).toISOString(),
        end: new Date(begin + 3_600_000).toISOString(),
        bytes: 7,
        open: false,
        durationMs: 3_600_000,
        protected: false,
    });
    for (let id = 1; id <= 1500; id++) {
        const endMs = id === 1500 ? undefined : begin + id;
        plane.kept.push({
            id,
            kind: 'motion',
            mask: 1,
            channel: 'cam1',
            startMs: begin + id,
            endMs,
            data: '{"a":1}',
            picture: id === 1,
            protected: false,
            raised: false,
        });
    }
    const { router } = api(plane);
    const page = await get<TimelineJson>(router, '/api/timeline', `channel=cam1&from=${begin}&to=${begin + 10_000}`);
    assertEqual(page.spans, [{ start: '2026-11-21T22:30:00.000Z', end: '2026-11-21T23:30:00.000Z', bytes: 7 }]);
    assertEqual(page.events[0], {
        id: 1,
        kind: 'motion',
        mask: 1,
        channel: 'cam1',
        start: '2026-11-21T22:30:00.001Z',
        end: '2026-11-21T22:30:00.001Z',
        picture: '/thumbnail/event/1.jpg',
        protected: false,
    });
    // what does not fit begins where the answer ends
    assertEqual([page.more, page.next], [true, new Date(begin + page.events.length + 1).toISOString()]);
    // the zone of the fake host is Berlin: half an hour before midnight
    const { days } = await get<DaysJson>(router, '/api/days', 'channel=cam1&month=2026-11');
    assertEqual(
        days.filter(({ seconds }) => seconds > 0).map(({ day, seconds }) => [day, seconds]),
        [
            ['2026-11-21', 1800],
            ['2026-11-22', 1800],
        ],
    );
    plane.keeps = false;
    assertEqual((await get<TimelineJson>(router, '/api/timeline', 'channel=cam1')).events, []);
    for (const [path, bad] of [
        ['/api/timeline', ''],
        ['/api/timeline', 'channel=Cam'],
        ['/api/timeline', 'channel=cam1&from=x'],
        ['/api/days', 'channel=cam1'],
        ['/api/days', 'channel=cam1&month=2026-13'],
        ['/api/days', 'channel=cam1&month=0001-01'],
        ['/api/days', 'channel=&month=2026-11'],
    ] as const) {
        assertEqual((await answerOf(router, request(path, bad))).status, 400, `${path}?${bad}`);
    }
});

test('an answer that is none is 500 at once', async () => {
    const wrong: unknown[] = [{ body: { a: 1 } }, { body: 7 }, { body: [1] }, undefined, null, 'text'];
    for (const [index, answer] of wrong.entries()) {
        const plane = new FakePlane();
        const server = new HttpServer({ plane, onRequest: () => answer as HttpResponse });
        plane.requests.push(requestOf({ id: index + 1, path: '/api/x' }));
        await server.wake();
        for (let turn = 0; turn < 50; turn++) {
            await undefined;
        }
        assertEqual(
            plane.replies.map(({ id, status }) => [id, status]),
            [[index + 1, 500]],
        );
    }
});
