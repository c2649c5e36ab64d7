import { startOn } from 'ocellus/app/system/application';
import { EventFeed } from 'ocellus/app/system/event-feed';
import { OcellusError } from 'ocellus/error';
import type { Facts } from 'ocellus/host';
import type { PlaneEvent } from 'ocellus/plane';
import { FakeHost, FakePlane, requestOf } from 'ocellus/test/fake-plane';
import { type FakeClock, withFakeTimers } from 'ocellus/test/fake-timers';
import { assert, assertEqual, assertRejects, test } from 'ocellus/test/harness';

function options(...pairs: readonly (readonly [string, string])[]): Facts['options'] {
    return pairs.map(([name, value]) => ({ name, value }));
}

async function start(
    facts: Partial<Facts> = {},
    plane = new FakePlane(),
): Promise<{ plane: FakePlane; host: FakeHost }> {
    const host = new FakeHost(facts);
    await startOn({ plane, host });
    return { plane, host };
}

function event(number: number, kind: string, at = '2026-11-21T02:51:00.000Z'): PlaneEvent {
    return {
        number,
        at,
        channel: 'cam1',
        kind,
        code: 0,
        path: kind.startsWith('record') ? `recordings/cam1/${number}.mp4` : '',
        text: '',
    };
}

/** Lets everything happen that waits for nothing. */
async function settle(): Promise<void> {
    for (let turn = 0; turn < 100; turn++) {
        await undefined;
    }
}

test('first start: listens, opens, records, prints the address once, reports readiness', async () => {
    const { plane, host } = await start();
    assertEqual(plane.calls.slice(0, 5), [
        'listen 127.0.0.1 8080',
        'read recordnow',
        'open cam1 recorded',
        'ready',
        'events 0',
    ]);
    assertEqual(host.printed, ['viewer: http://127.0.0.1:8080/']);
    assertEqual(host.level, 'info');
    assertEqual(plane.opened[0]?.url, '/usr/share/clip.mp4');
});

test('after a restart: the channel and its recording go on untouched, nothing is printed again', async () => {
    const plane = new FakePlane();
    await start({}, plane);
    plane.calls.length = 0;
    const { host } = await start({ generation: 2 }, plane);
    const restarted = ['read settings', 'listen 127.0.0.1 8080', 'read recordnow', 'ready'];
    assertEqual(plane.calls.slice(0, 4), restarted);
    assertEqual([plane.opened.length, plane.revision], [1, 1]);
    assertEqual(host.printed, []);
});

test('--record off: nothing is recorded, and what the script before recorded is stopped', async () => {
    const plane = new FakePlane();
    await start({}, plane);
    const off = { options: options(['record', 'off']), generation: 2 };
    plane.calls.length = 0;
    await start(off, plane);
    assertEqual(plane.calls.slice(3, 5), ['stop 0', 'ready']);
    const other = new FakePlane();
    await start({ ...off, generation: 1 }, other);
    assertEqual(other.calls.slice(2, 4), ['open cam1', 'ready']);
    assertEqual(other.recorded, []);
});

test('bad settings end the process with 2 and one line, before anything is opened', async () => {
    const { plane, host } = await start({ options: options(['port', '80x']) });
    assertEqual(plane.calls, ['exit 2 --port: "80x" is not allowed; use a whole number from 0 to 65535']);
    assertEqual(host.printed, []);
});

test('a source that cannot be opened ends the process with 1', async () => {
    const plane = new FakePlane();
    plane.failures.push({ call: 'open', error: new OcellusError('NOENT', 'no such file') });
    const { host } = await start({ options: options(['input', '/no/such/file.mp4']) }, plane);
    assertEqual(plane.calls[plane.calls.length - 1], 'exit 1 file: cannot open /no/such/file.mp4: no such file');
    assertEqual(host.printed, []);
});

test('an address in use ends the process with 1, before a source is opened', async () => {
    const plane = new FakePlane();
    plane.failures.push({ call: 'listen', error: new OcellusError('EXIST', 'address in use') });
    await start({ options: options(['port', '4712']) }, plane);
    assertEqual(plane.calls, ['listen 127.0.0.1 4712', 'exit 1 cannot listen on 127.0.0.1, port 4712: address in use']);
});

test('a host without an HTTP server runs without one', async () => {
    for (const generation of [1, 2]) {
        const plane = new FakePlane();
        plane.failures.push({ call: 'listen', error: new OcellusError('NOTSUP', 'no HTTP server') });
        const { host } = await start({ generation }, plane);
        assertEqual(plane.calls.filter((call) => !call.startsWith('read ')).slice(0, 3), [
            'listen 127.0.0.1 8080',
            'open cam1 recorded',
            'ready',
        ]);
        assertEqual(host.printed, []);
    }
});

test('a later script ends itself, never the process, when it cannot start', async () => {
    const plane = new FakePlane();
    await assertRejects(start({ generation: 2, options: options(['port', '80x']) }, plane), { message: /^--port/ });
    assertEqual(plane.calls, []);
});

test('a mistake in the application is not taken for a wrong setting', async () => {
    const plane = new FakePlane();
    plane.failures.push({ call: 'ready', error: new TypeError('x is not a function') });
    await assertRejects(start({}, plane), { type: TypeError });
    assert(!plane.calls.some((call) => call.startsWith('exit')));
});

test('a later script that cannot listen goes on without, and tries again', async () => {
    await withFakeTimers(async (clock) => {
        const plane = new FakePlane();
        plane.failures.push(
            { call: 'listen', error: new OcellusError('EXIST') },
            { call: 'listen', error: new OcellusError('EXIST') },
        );
        const starting = start({ generation: 2 }, plane);
        await clock.settle();
        await starting;
        assert(plane.calls.includes('ready'));
        await clock.advance(10_000);
        assertEqual(plane.calls.filter((call) => call.startsWith('listen')).length, 3);
    });
});

test('--print-settings prints JSON without secrets and ends with 0, opening nothing', async () => {
    const { plane, host } = await start({ options: options(['print-settings', ''], ['input', 'rtsp://u:hunter2@h/']) });
    assertEqual(plane.calls, ['exit 0 ']);
    const text = host.printed.join('\n');
    assert(!text.includes('hunter2'));
    const settings = JSON.parse(text) as { port: number; channels: { input: string }[] };
    assertEqual([settings.port, settings.channels[0]?.input], [8080, 'rtsp://***@h/']);
});

async function ends(clock: FakeClock, plane: FakePlane, ms: number): Promise<boolean> {
    await clock.advance(ms);
    return plane.calls.includes('exit 0 ');
}

test('--duration counts from the start of the process, not of the script', async () => {
    await withFakeTimers(async (clock) => {
        const plane = new FakePlane();
        const host = new FakeHost({ generation: 2, startedMs: 1000, options: options(['duration', '20']) });
        host.nowMs = 15_000;
        const starting = startOn({ plane, host });
        await clock.settle();
        await starting;
        assertEqual(await ends(clock, plane, 5999), false);
        assertEqual(await ends(clock, plane, 1), true);
    });
});

test('--duration 0 never ends; an end that is refused is tried again', async () => {
    await withFakeTimers(async (clock) => {
        const forever = new FakePlane();
        await Promise.all([startOn({ plane: forever, host: new FakeHost() }), clock.settle()]);
        assertEqual(await ends(clock, forever, 100 * 86_400_000), false);
        const busy = new FakePlane();
        busy.failures.push({ call: 'exit', error: new OcellusError('BUSY') });
        await Promise.all([
            startOn({ plane: busy, host: new FakeHost({ options: options(['duration', '1']) }) }),
            clock.settle(),
        ]);
        await clock.advance(3000);
        assertEqual(busy.calls.filter((call) => call.startsWith('exit')).length, 2);
    });
});

test('an address beyond loopback: all of them and the certificate are printed', async () => {
    const plane = new FakePlane();
    const urls = ['https://192.0.2.1:4711/', 'https://127.0.0.1:4711/'];
    plane.answer = { urls, fingerprint: 'AA:BB' };
    const { host } = await start({ options: options(['listen', '0.0.0.0'], ['port', '0']) }, plane);
    assertEqual(host.printed, [`viewer: ${urls[0]}`, `viewer: ${urls[1]}`, 'certificate, SHA-256: AA:BB']);
    const json = new FakePlane();
    json.answer = plane.answer;
    const second = await start({ options: options(['listen', '::'], ['port', '0'], ['json', '']) }, json);
    assertEqual(JSON.parse(second.host.printed[0] ?? ''), {
        event: 'listening',
        url: urls[0],
        urls,
        fingerprint: 'AA:BB',
    });
});

test('--json: the address and every event, one object a line', async () => {
    const plane = new FakePlane();
    plane.log.push(event(1, 'channel-opened'), event(2, 'record-opened'));
    const { host } = await start({ options: options(['json', ''], ['port', '0']) }, plane);
    plane.log.push({ ...event(3, 'record-failed'), code: -14, text: 'no space left' });
    plane.onEdge?.({ kind: 'events' });
    await settle();
    assertEqual(
        host.printed.map((line) => JSON.parse(line) as unknown),
        [
            { event: 'listening', url: 'http://127.0.0.1:4711/' },
            { event: 'channel-opened', at: '2026-11-21T02:51:00.000Z', channel: 'cam1' },
            { event: 'recording', at: '2026-11-21T02:51:00.000Z', channel: 'cam1', path: 'recordings/cam1/2.mp4' },
            {
                event: 'record-failed',
                at: '2026-11-21T02:51:00.000Z',
                channel: 'cam1',
                path: 'recordings/cam1/3.mp4',
                code: -14,
                text: 'no space left',
            },
        ],
    );
});

test('requests that waited for the script are answered as soon as it is ready, later ones on their edge', async () => {
    const plane = new FakePlane();
    const request = requestOf({ path: '/api/status' });
    plane.requests.push({ ...request, id: 1 });
    await start({}, plane);
    await settle();
    assertEqual(plane.replies.length, 1);
    plane.requests.push({ ...request, id: 2 });
    plane.onRequests?.();
    plane.onEdge?.({ kind: 'channel', channel: 0 });
    await settle();
    assertEqual(
        plane.replies.map(({ id, status }) => [id, status]),
        [
            [1, 200],
            [2, 200],
        ],
    );
});

async function told(first: boolean, plane: FakePlane): Promise<{ seen: string[]; feed: EventFeed }> {
    const feed = new EventFeed(plane, first);
    const seen: string[] = [];
    feed.on('event', ({ kind }) => void seen.push(kind));
    void feed.wake();
    await feed.wake();
    await settle();
    return { seen, feed };
}

test('the event feed: each entry once, in order, over failures', async () => {
    const plane = new FakePlane();
    ['a', 'b', 'c', 'd', 'e'].forEach((kind, index) => {
        plane.log.push(event(index + 1, kind));
    });
    const { seen, feed } = await told(true, plane);
    assertEqual(seen.join(''), 'abcde');
    plane.failures.push({ call: 'events', error: new OcellusError('TIMEOUT') });
    plane.log.push(event(6, 'f'));
    await feed.wake();
    plane.log.push(event(7, 'g'));
    await feed.wake();
    assertEqual(seen.join(''), 'abcdefg');
});

test('the event feed of a later script: what those before it cannot have told', async () => {
    const [started, ready, ended] = ['script-started', 'script-ready', 'script-ended'];
    const life = [started, 'channel-opened', ready, 'record-opened', ended, started];
    for (const [kinds, expected] of [
        [life, [ended, started]],
        [
            [...life, ready, 'x', ended, started],
            [ended, started],
        ],
        [
            [...life, 'x', ended, started, ended, started],
            [ended, started, 'x', ended, started, ended, started],
        ],
        [[started, ready], []],
    ] as const) {
        const plane = new FakePlane();
        kinds.forEach((kind, index) => {
            plane.log.push(event(index + 1, kind));
        });
        const { seen, feed } = await told(false, plane);
        assertEqual<readonly string[]>(seen, expected);
        plane.log.push(event(kinds.length + 1, 'new'));
        await feed.wake();
        assertEqual(seen[seen.length - 1], 'new');
    }
});
