import { type Application, type ApplicationOptions, startOn } from 'ocellus/app/system/application';
import type { Facts } from 'ocellus/host';
import { FakeHost, FakePlane, requestOf } from 'ocellus/test/fake-plane';
import { assert, assertEqual, assertThrows, test } from 'ocellus/test/harness';

const settings = {
    url: { type: 'text', default: '', title: 'Where clips go' },
    token: { type: 'text', default: 'none', title: 'Password', secret: true, max: 20 },
    seconds: { type: 'whole', default: 20, min: 1, max: 60, title: 'Length' },
    mail: { type: 'flag', default: false, title: 'Mail too' },
    size: { type: 'choice', default: 'small', values: ['small', 'large'], title: 'Size' },
} as const;
type Own = typeof settings;

interface Running {
    readonly plane: FakePlane;
    readonly host: FakeHost;
    readonly app: Application<Own>;
    request(method: string, path: string, body?: unknown): Promise<{ status: number; json: Record<string, unknown> }>;
}

async function settle(): Promise<void> {
    for (let turn = 0; turn < 200; turn++) {
        await undefined;
    }
}

/** Starts an application with these settings; more options, facts and what is stored may be given. */
async function run(
    more: Partial<ApplicationOptions<Own>> = {},
    facts: Partial<Facts> = {},
    plane = new FakePlane(),
): Promise<Running> {
    const host = new FakeHost(facts);
    const apps: Application<Own>[] = [];
    const options: ApplicationOptions<Own> = {
        name: 'own',
        version: '2.0.0',
        settings,
        ...more,
        started(app) {
            apps.push(app);
            return more.started?.(app);
        },
    };
    await startOn({ plane, host }, options);
    await settle();
    let id = 100;
    return {
        plane,
        host,
        app: apps[0] as Application<Own>,
        async request(method, path, body) {
            id++;
            const text = body === undefined ? '' : JSON.stringify(body);
            plane.requests.push(requestOf({ id, method, path, query: '', body: text, login: 0 }));
            plane.onRequests?.();
            await settle();
            const reply = plane.replies.find((one) => one.id === id);
            return { status: reply?.status ?? 0, json: JSON.parse(reply?.body || 'null') as Record<string, unknown> };
        },
    };
}

function setting(...values: readonly string[]): Partial<Facts> {
    return { options: values.map((value) => ({ name: 'app-set', value })) };
}

test('own settings: defaults, command line, change, callback, type of each', async () => {
    let notified = 0;
    const { app, request, plane } = await run(
        {
            started: (own) => {
                own.onSettings(() => notified++);
            },
        },
        setting('seconds=30', 'mail=on'),
    );
    assertEqual(app.settings, { url: '', token: 'none', seconds: 30, mail: true, size: 'small' });
    const url: string = app.settings.url;
    const size: 'small' | 'large' = app.settings.size;
    assertEqual([url, size], ['', 'small']);
    assertEqual((await request('PATCH', '/api/settings', { app: { url: 'http://x/', size: 'large' } })).status, 200);
    assertEqual(app.settings, { url: 'http://x/', token: 'none', seconds: 30, mail: true, size: 'large' });
    assertEqual(notified, 1);
    assertEqual(JSON.parse(plane.stored.get('settings') ?? ''), { app: { url: 'http://x/', size: 'large' } });
    assertEqual((await request('PATCH', '/api/settings', { port: 8081 })).status, 200);
    assertEqual(notified, 1);
    const fixed = await request('PATCH', '/api/settings', { app: { seconds: 5 } });
    assertEqual([fixed.status, (fixed.json['error'] as { at: string }).at], [409, 'app.seconds']);
});

test('own settings that are not allowed: which, and what is', async () => {
    const { request } = await run();
    for (const [app, message] of [
        [{ seconds: 61 }, 'app.seconds: 61 is not allowed; use a whole number from 1 to 60'],
        [{ size: 'huge' }, 'app.size: "huge" is not allowed; use small or large'],
        [{ url: 'a\nb' }, 'app.url: "a\\nb" is not allowed; use a line of at most 500 characters'],
        [{ token: 'x'.repeat(21) }, 'app.token: "***" is not allowed; use a line of at most 20 characters'],
    ] as const) {
        const { status, json } = await request('PATCH', '/api/settings', { app });
        assertEqual([status, (json['error'] as { message: string }).message], [400, message]);
    }
    const unknown = await request('PATCH', '/api/settings', { app: { speed: 1 } });
    assertEqual(unknown.status, 400);
    for (const [value, message] of [
        ['seconds=x', 'exit 2 --app-set seconds: "x" is not allowed; use a whole number from 1 to 60'],
        ['other=1', 'exit 2 --app-set other: unknown key; known are url, token, seconds, mail, size'],
        ['url', 'exit 2 --app-set: "url" is not allowed; use KEY=VALUE'],
    ] as const) {
        const plane = new FakePlane();
        await startOn({ plane, host: new FakeHost(setting(value)) }, { settings });
        assertEqual(plane.calls, [message]);
    }
});

test('a secret is seen by nobody, stays when it comes back hidden, and changes when it does not', async () => {
    const { app, request, plane } = await run(
        {},
        { stored: { path: 'settings.json', text: '{"app":{"token":"hush"}}' } },
    );
    assertEqual(app.settings.token, 'hush');
    const shown = (await request('GET', '/api/settings')).json;
    assertEqual((shown['app'] as { token: string }).token, '***');
    assertEqual((await request('PATCH', '/api/settings', { app: { token: '***', url: 'u' } })).status, 200);
    assertEqual(app.settings.token, 'hush');
    await request('PATCH', '/api/settings', { app: { token: 'new' } });
    assertEqual(app.settings.token, 'new');
    for (const own of [{ settings }, {}]) {
        const host = new FakeHost({
            options: [{ name: 'print-settings', value: '' }],
            stored: { path: 'settings.json', text: plane.stored.get('settings') ?? '' },
        });
        await startOn({ plane, host }, own);
        assert(!host.printed.join('').includes('"new"'), host.printed.join('\n'));
    }
});

test('settings of another application are kept and not shown', async () => {
    const text = '{"app":{"theirs":"x","seconds":7}}';
    const { app, request, plane } = await run({}, { stored: { path: 'settings.json', text } });
    assertEqual(app.settings.seconds, 7);
    assertEqual(Object.keys((await request('GET', '/api/settings')).json['app'] as object).includes('theirs'), false);
    await request('PATCH', '/api/settings', { app: { seconds: 8 } });
    assertEqual(JSON.parse(plane.stored.get('settings') ?? ''), { app: { theirs: 'x', seconds: 8 } });
    assertEqual(plane.stored.has('settings'), true);
});

test('a mistake in the declaration ends the start with one line', async () => {
    for (const [own, message] of [
        [{ settings: { Url: settings.url } }, /^exit 2 settings of the application: Url: "Url" is not allowed/],
        [
            { settings: { n: { ...settings.seconds, default: 0 } } },
            /^exit 2 settings of the application: n\.default: 0/,
        ],
        [{ settings: { n: { ...settings.size, values: ['a'] } } }, /^exit 2 settings of the application: n\.values/],
        [{ settings: { n: { ...settings.url, title: '' } } }, /^exit 2 settings of the application: n\.title/],
        [{ panel: { title: '' } }, /^exit 2 panel\.title of the application: a line of 1 to 60 characters/],
    ] as const) {
        const plane = new FakePlane();
        await startOn({ plane, host: new FakeHost() }, own);
        assert(message.test(plane.calls.join()), plane.calls.join());
        assertEqual(plane.calls.length, 1);
    }
});

test('GET /api/app says what runs; without options it is the camera as it comes', async () => {
    const { request } = await run({ panel: { title: 'Door' } });
    const { json } = await request('GET', '/api/app');
    assertEqual([json['name'], json['version'], json['panel']], ['own', '2.0.0', { title: 'Door' }]);
    assertEqual(
        (json['settings'] as { key: string }[]).map(({ key }) => key),
        Object.keys(settings),
    );
    const plane = new FakePlane();
    await startOn({ plane, host: new FakeHost() });
    plane.requests.push(requestOf({ id: 1, method: 'GET', path: '/api/app', query: '', body: '', login: 0 }));
    plane.onRequests?.();
    await settle();
    assertEqual(JSON.parse(plane.replies[0]?.body ?? ''), {
        name: 'ocellus',
        version: '1.2.3',
        panel: null,
        routes: [],
        settings: [],
        apiLevel: 1,
        capabilities: [],
    });
});

test('a route of its own is answered; one of ours cannot be taken', async () => {
    const { request, app } = await run({
        started: ({ route, settings: own }) => {
            route('POST', '/api/echo/*', (given) => ({
                status: 201,
                body: JSON.stringify({ path: given.path, text: given.text(), seconds: own.seconds }),
            }));
        },
    });
    assertEqual((await request('GET', '/api/app')).json['routes'], ['/api/echo']);
    const { status, json } = await request('POST', '/api/echo/a', { url: 1 });
    assertEqual([status, json], [201, { path: '/api/echo/a', text: '{"url":1}', seconds: 20 }]);
    for (const path of ['/api/status', '/api/settings', '/api/settings/mine', '/api/channels/*', '/api/app']) {
        assertThrows(
            () => {
                app.route('GET', path, () => ({}));
            },
            { message: /the program's own: choose another path/ },
        );
    }
    assertThrows(
        () => {
            app.route('POST', '/api/echo/*', () => ({}));
        },
        { message: /route POST \/api\/echo\/\*: there is one already/ },
    );
    for (const path of ['/things', '/api/', '/api/a//b', '/api/*', '/api/a?b']) {
        assertThrows(
            () => {
                app.route('GET', path, () => ({}));
            },
            { message: /a path below \/api\// },
        );
    }
});

test('events: raised, posted and of the media plane reach the handlers of their kind, once', async () => {
    const received: string[] = [];
    const { app, request, plane } = await run({
        started: ({ events }) => {
            events.on('motion', ({ channel, data }) => {
                received.push(`motion ${channel ?? '-'} ${JSON.stringify(data)}`);
            });
            events.on('source-lost', ({ data }) => {
                received.push(`lost ${typeof data}`);
            });
        },
    });
    app.events.raise({ kind: 'motion', channel: 'front', data: { area: 3 } });
    await settle();
    assertEqual((await request('POST', '/api/events', { kind: 'motion', data: [1] })).status, 202);
    plane.emit('source-lost');
    await settle();
    assertEqual(received, ['motion front {"area":3}', 'motion - [1]', 'lost undefined']);
    assertEqual(plane.added, [
        ['motion', 'front', '{"area":3}'],
        ['motion', '', '[1]'],
    ]);
});

test('events that are none are refused, and the kinds of the program are its own', async () => {
    const { request, plane } = await run();
    for (const body of [
        { kind: 'Motion' },
        { kind: '' },
        { kind: 'a'.repeat(24) },
        { kind: 'record-opened' },
        { kind: 'privacy-off' },
        { kind: 'motion', channel: 'no such' },
        { kind: 'motion', data: 'x'.repeat(4200) },
        { kind: 'motion', port: 1 },
        {},
    ]) {
        assertEqual((await request('POST', '/api/events', body)).status, 400, JSON.stringify(body).slice(0, 40));
    }
    assertEqual(plane.added, []);
});

test('a handler that fails stops no other, and one taken off is not called', async () => {
    const received: string[] = [];
    const { app } = await run();
    const gone = (): void => {
        received.push('gone');
    };
    app.events.on('ring', () => {
        throw new Error('first');
    });
    app.events.on('ring', async () => {
        throw new Error('second');
    });
    app.events.on('ring', gone);
    app.events.on('ring', () => {
        received.push('last');
    });
    app.events.off('ring', gone);
    app.events.raise({ kind: 'ring' });
    await settle();
    assertEqual(received, ['last']);
});

test('names in the data of events are bounded: XS keeps each until the script ends', async () => {
    const { request, plane } = await run();
    let refused = 0;
    for (let index = 0; index < 12; index++) {
        const names = Array.from({ length: 50 }, (_, at) => [`n${index}x${at}`, 1]);
        const { status } = await request('POST', '/api/events', { kind: 'motion', data: Object.fromEntries(names) });
        refused += status === 400 ? 1 : 0;
    }
    assertEqual([refused, plane.added.length], [2, 10]);
});

test('on trial it is ready when it has begun, else at once', async () => {
    for (const trial of [true, false]) {
        const plane = new FakePlane();
        let finish = (): void => undefined;
        const started = (): Promise<void> =>
            new Promise((resolve) => {
                finish = resolve;
            });
        const running = run({ started }, { trial }, plane);
        await settle();
        assertEqual(plane.calls.includes('ready'), !trial);
        finish();
        await running;
        assert(plane.calls.includes('ready'), 'ready');
    }
});

test('settings that were taken apart at the start are those of now', async () => {
    const seen: string[] = [];
    let taken: Application<Own>['settings'] | undefined;
    const { app, request } = await run({
        started({ settings: mine, onSettings }) {
            taken = mine;
            onSettings(() => seen.push(`${mine.seconds} ${mine.size}`));
        },
    });
    assertEqual([taken?.seconds, taken?.size], [20, 'small']);
    await request('PATCH', '/api/settings', { app: { seconds: 30 } });
    await request('PATCH', '/api/settings', { app: { size: 'large' } });
    assertEqual([taken?.seconds, taken?.size, seen], [30, 'large', ['30 small', '30 large']]);
    assertEqual({ ...app.settings }, { url: '', token: 'none', seconds: 30, mail: false, size: 'large' });
    assertEqual(JSON.parse(JSON.stringify(taken)) as unknown, { ...app.settings });
});
