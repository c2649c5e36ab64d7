import { loadSettings } from 'ocellus/app/config/load';
import { p2pDefaults } from 'ocellus/app/config/p2p-settings';
import { SettingsError } from 'ocellus/app/config/schema';
import { redacted } from 'ocellus/app/config/settings';
import { assert, assertEqual, assertThrows, test } from 'ocellus/test/harness';

type Line = readonly (readonly [name: string, value: string])[];

function load(
    line: Line = [],
    file?: unknown,
    defaultInput = '/usr/share/clip.mp4',
    channels = 40,
    generation = 1,
): ReturnType<typeof loadSettings> {
    const text = typeof file === 'string' ? file : JSON.stringify(file);
    return loadSettings({
        options: line.map(([name, value]) => ({ name, value })),
        settings: text === undefined ? undefined : { path: 's.json', text },
        stored: undefined,
        defaultInput,
        limits: { channels, parcelBytes: 131_072 },
        generation,
    });
}

function refusal(line: Line, file?: unknown): string {
    return assertThrows(() => load(line, file), { type: SettingsError }).message;
}

/** Of a value what another one has, however deep: settings that came later stay out. */
function part(value: unknown, like: unknown): unknown {
    if (Array.isArray(value) && Array.isArray(like) && value.length === like.length) {
        return value.map((one, index) => part(one, like[index]));
    }
    if (typeof value !== 'object' || value === null || typeof like !== 'object' || like === null) {
        return value;
    }
    const of = value as Readonly<Record<string, unknown>>;
    return Object.fromEntries(Object.entries(like).map(([key, inner]) => [key, part(of[key], inner)]));
}

/** That a value has all of another one. */
function assertPart(value: unknown, expected: unknown): void {
    assertEqual(part(value, expected), expected);
}

const eventDefaults = {
    kinds: ['motion', 'human', 'sound', 'linkage', 'doorbell'],
    preRollSeconds: 10,
    initialSeconds: 20,
    augmentationSeconds: 10,
    maximumSeconds: 300,
    blindSeconds: 5,
};

test('nothing said: the shipped clip, recorded, on loopback', () => {
    const { edited, ...loaded } = load();
    assertEqual(edited, loaded.settings);
    const none = { privacy: 'same', notify: 'same', cameras: [] } as const;
    assertPart(loaded, {
        settings: {
            channels: [
                {
                    name: 'cam1',
                    title: '',
                    input: '/usr/share/clip.mp4',
                    user: '',
                    password: '',
                    sub: '',
                    record: { stream: 'main', mode: 'continuous', schedule: [], maxMB: 0, maxDays: 0 },
                    audio: true,
                    loop: true,
                    ring: { seconds: 12 },
                    prerollSeconds: 0,
                    maxGopSize: 0,
                    motion: { enabled: false, sensitivity: 50, zones: '', minAreaPercent: 0, cooldownSeconds: 10 },
                    sound: { enabled: false, thresholdDb: 15 },
                },
            ],
            listen: ['127.0.0.1'],
            port: 8080,
            http: { login: 'remote', hosts: [], corsOrigins: [], trustedProxies: [], tlsCert: '', tlsKey: '' },
            record: {
                enabled: true,
                name: 'ocellus',
                segmentMinutes: 90,
                prerollSeconds: 0,
                audio: false,
                event: eventDefaults,
                keepFreePercent: 10,
                keepFreeMB: 5000,
                maxMB: 0,
                maxDays: 0,
            },
            live: { targetMs: 1000, partMs: 200, maxPushes: 4, targets: [] },
            duration: 0,
            log: 'info',
            timezone: 'system',
            privacy: { schedule: [] },
            mode: { active: 'none', home: none, away: none, night: none },
            events: { quietHours: [], webhook: { url: '', secret: '', pictures: true } },
            cloud: {
                endpoint: '',
                region: 'us-east-1',
                bucket: '',
                prefix: '',
                accessKeyId: '',
                secretAccessKey: '',
                sessionToken: '',
                credentialsUrl: '',
                credentialsToken: '',
                pathStyle: true,
                ca: '',
                encryptFor: [],
                plan: 'continuous',
                preRollSeconds: 10,
                postRollSeconds: 10,
                segmentSeconds: 4,
                latencySeconds: 200,
                stream: 'recorded',
                kilobytesPerSecond: 0,
            },
            snapshots: {
                target: '',
                intervalSeconds: 60,
                method: 'PUT',
                authorization: '',
                template: '',
                historyDays: 0,
            },
            indicator: { led: '' },
            update: { url: '', mode: 'check', channel: 'stable', group: '', intervalMinutes: 360 },
            p2p: p2pDefaults,
            talk: { output: 'auto', volume: 100 },
        },
        json: false,
        printOnly: false,
        stored: { document: {}, broken: false },
        channelsStored: false,
        fixed: [],
        problems: [],
    });
});

test('the file wins over defaults, the command line over the file', () => {
    const file = {
        channels: [
            {
                name: 'front',
                input: 'a.mp4',
                audio: false,
                loop: false,
                ring: { bytes: 2_000_000 },
                maxGopSize: 500_000,
            },
        ],
        port: 4711,
        record: {
            enabled: false,
            name: 'fromfile',
            segmentMinutes: 7,
            prerollSeconds: 5,
            audio: true,
            keepFreePercent: 0,
            maxMB: 70,
        },
        live: { targetMs: 500, partMs: 0 },
        duration: 60,
        log: 'debug',
    };
    const { settings } = load([], file);
    assertEqual(settings.channels[0]?.ring, { bytes: 2_000_000 });
    assertEqual(settings.channels[0]?.audio, false);
    assertEqual(settings.record, {
        event: eventDefaults,
        enabled: false,
        name: 'fromfile',
        segmentMinutes: 7,
        prerollSeconds: 5,
        audio: true,
        keepFreePercent: 0,
        keepFreeMB: 5000,
        maxMB: 70,
        maxDays: 0,
    });
    assertEqual(
        [settings.port, settings.live, settings.duration, settings.log],
        [4711, { targetMs: 500, partMs: 0, maxPushes: 4, targets: [] }, 60, 'debug'],
    );
    const line = load(
        [
            ['input', 'back=b.mp4'],
            ['listen', '::1'],
            ['port', '0'],
            ['name', 'line'],
            ['record', 'on'],
            ['record-audio', 'off'],
            ['segment-minutes', '1440'],
            ['duration', '0'],
            ['log', 'error'],
            ['json', ''],
            ['print-settings', ''],
            ['data', '/x'],
            ['settings', 's.json'],
            ['app', 'app.xsa'],
        ],
        file,
    );
    assert(line.json && line.printOnly);
    assertEqual(
        line.settings.channels.map(({ name, input, audio }) => [name, input, audio]),
        [['back', 'b.mp4', true]],
    );
    assertEqual(line.settings.record, {
        event: eventDefaults,
        enabled: true,
        name: 'line',
        segmentMinutes: 1440,
        prerollSeconds: 5,
        audio: false,
        keepFreePercent: 0,
        keepFreeMB: 5000,
        maxMB: 70,
        maxDays: 0,
    });
    assertEqual(
        [line.settings.listen, line.settings.port, line.settings.duration, line.settings.log],
        [['::1'], 0, 0, 'error'],
    );
});

test('who may ask: lists of the command line replace those of the file', () => {
    const file = {
        listen: ['0.0.0.0', '::'],
        http: {
            login: 'always',
            hosts: ['cam.example'],
            corsOrigins: ['https://a.example:8443'],
            trustedProxies: ['192.0.2.1', '::1'],
            tlsCert: 'c',
            tlsKey: 'k',
        },
    };
    assertPart(load([], file).settings.http, file.http);
    assertEqual(load([], file).settings.listen, file.listen);
    const { listen, http } = load(
        [
            ['listen', '192.168.1.2'],
            ['listen', 'localhost'],
            ['login', 'remote'],
            ['host', 'door.example'],
            ['host', '203.0.113.7'],
            ['cors-origin', 'http://b.example'],
            ['trusted-proxy', '127.0.0.1'],
            ['tls-cert', 'x.pem'],
        ],
        file,
    ).settings;
    assertEqual(listen, ['192.168.1.2', 'localhost']);
    assertPart(http, {
        login: 'remote',
        hosts: ['door.example', '203.0.113.7'],
        corsOrigins: ['http://b.example'],
        trustedProxies: ['127.0.0.1'],
        tlsCert: 'x.pem',
        tlsKey: 'k',
    });
});

test('[A6] a second stream: the last ",sub=" of an input, or channels[].sub', () => {
    const second = (value: string): readonly [string, string, string] | undefined => {
        const [channel] = load([['input', value]]).settings.channels;
        return channel && [channel.name, channel.input, channel.sub];
    };
    assertEqual(second('front=a.mp4,sub=b.mp4'), ['front', 'a.mp4', 'b.mp4']);
    assertEqual(second('garden.mp4,sub=640x360'), ['garden', 'garden.mp4', '640x360']);
    assertEqual(second('x=http://h/?a=1,sub=2&b=3,sub=http://h/?a=b'), [
        'x',
        'http://h/?a=1,sub=2&b=3',
        'http://h/?a=b',
    ]);
    assertEqual(second('test,sub=160x80@32000'), ['test', 'test', '160x80@32000']);
    assertEqual(second('test,sub=160x80#fps=5&gop=2'), ['test', 'test', '160x80#fps=5&gop=2']);
    assertEqual(second('a.mp4,sub=./640x361'), ['a', 'a.mp4', './640x361']);
    assertEqual(second('a.mp4'), ['a', 'a.mp4', '']);
    for (const wrong of [
        '640x361',
        '640x361#fps=5',
        '158x90',
        '640x360@',
        '640x360@31999',
        '640x360@0x1f400',
        '9000x80@999999999',
    ]) {
        assertEqual(
            refusal([['input', `a.mp4,sub=${wrong}`]]),
            `--input: sub: "${wrong}" is not allowed; use an address like input, or a size like 640x360 or 640x360@500000, even, from 160x80 to 8192x8192 and from 32,000 to 200,000,000 bit/s`,
        );
    }
    assert(refusal([['input', 'a.mp4,sub=']]).startsWith('--input: sub: "" is not allowed; use an address '));
    const channels = [
        { input: 'a', sub: 'b', record: { stream: 'sub' } },
        { input: 'c', sub: '' },
    ];
    assertEqual(
        load([], { channels }).settings.channels.map(({ sub, record }) => [sub, record.stream]),
        [
            ['b', 'sub'],
            ['', 'main'],
        ],
    );
});

test('an option given twice: the last one holds, inputs add up', () => {
    const { settings } = load([
        ['port', '1'],
        ['port', '2'],
        ['input', 'a.mp4'],
        ['input', 'b.mp4'],
    ]);
    assertEqual(settings.port, 2);
    assertEqual(settings.channels.length, 2);
});

for (const [name, value, message] of [
    ['port', '65536', '--port: "65536" is not allowed; use a whole number from 0 to 65535'],
    ['port', '-1', '--port: "-1" is not allowed; use a whole number from 0 to 65535'],
    ['port', '80x', '--port: "80x" is not allowed; use a whole number from 0 to 65535'],
    ['port', '', '--port: "" is not allowed; use a whole number from 0 to 65535'],
    ['port', '8e1', '--port: "8e1" is not allowed; use a whole number from 0 to 65535'],
    ['port', '0x50', '--port: "0x50" is not allowed; use a whole number from 0 to 65535'],
    ['port', ' 80', '--port: " 80" is not allowed; use a whole number from 0 to 65535'],
    ['port', '80.0', '--port: "80.0" is not allowed; use a whole number from 0 to 65535'],
    ['segment-minutes', '0', '--segment-minutes: "0" is not allowed; use a whole number from 1 to 1440'],
    ['segment-minutes', '1441', '--segment-minutes: "1441" is not allowed; use a whole number from 1 to 1440'],
    ['duration', '31536001', '--duration: "31536001" is not allowed; use a whole number from 0 to 31,536,000'],
    ['duration', '-1', '--duration: "-1" is not allowed; use a whole number from 0 to 31,536,000'],
    ['listen', 'lan', '--listen: "lan" is not allowed; use an IPv4 or IPv6 address or localhost'],
    ['listen', '127.0.0.1:80', '--listen: "127.0.0.1:80" is not allowed; use an IPv4 or IPv6 address or localhost'],
    ['listen', '0.0.0.0/0', '--listen: "0.0.0.0/0" is not allowed; use an IPv4 or IPv6 address or localhost'],
    ['login', 'never', '--login: "never" is not allowed; use remote or always'],
    ['host', 'a/b', '--host: "a/b" is not allowed; use a host name or an address, without a port'],
    [
        'cors-origin',
        'https://a.example/',
        '--cors-origin: "https://a.example/" is not allowed; use a scheme and a host in lower case, without a path, like https://example.com',
    ],
    [
        'cors-origin',
        '*',
        '--cors-origin: "*" is not allowed; use a scheme and a host in lower case, without a path, like https://example.com',
    ],
    ['tls-cert', '', '--tls-cert: "" is not allowed; use a path of 1 to 500 characters'],
    ['tls-cert', 'a.pem', '--tls-cert requires --tls-key'],
    ['tls-key', 'a.pem', '--tls-key requires --tls-cert'],
    ['name', '../x', '--name: "../x" is not allowed; use 1 to 63 characters of A-Z, a-z, 0-9 and -'],
    ['name', 'a_b', '--name: "a_b" is not allowed; use 1 to 63 characters of A-Z, a-z, 0-9 and -'],
    ['name', 'ä', '--name: "ä" is not allowed; use 1 to 63 characters of A-Z, a-z, 0-9 and -'],
    ['name', 'a\n', '--name: "a\\n" is not allowed; use 1 to 63 characters of A-Z, a-z, 0-9 and -'],
    ['record', 'maybe', '--record: "maybe" is not allowed; use on or off'],
    ['log', 'loud', '--log: "loud" is not allowed; use error, warn, info or debug'],
    ['input', '', '--input: "" is not allowed; use a path or an address of 1 to 511 bytes'],
    ['input', 'Front=a.mp4', '--input: "Front" is not allowed; use 1 to 31 characters of a-z, 0-9 and -, not - first'],
    ['input', 'front=', '--input: "" is not allowed; use a path or an address of 1 to 511 bytes'],
    ['input', 'front=,sub=b.mp4', '--input: "" is not allowed; use a path or an address of 1 to 511 bytes'],
    ['nosuch', '', '--nosuch: unknown option; see --help'],
] as const) {
    test(`command line, refused: --${name} ${JSON.stringify(value)}`, () => {
        assertEqual(refusal([[name, value]]), message);
    });
}

for (const [file, message] of [
    [
        [],
        's.json: [] is not allowed; use an object with the keys channels, listen, port, http, record, live, duration, log, timezone, privacy, mode, events, cloud, snapshots, indicator, update, p2p, talk, app',
    ],
    [{ portt: 1 }, /^s\.json: portt: unknown key; known are [a-zA-Z0-9, ]*channels, listen, port, /],
    [{ toString: 1 }, /^s\.json: toString: unknown key; known are [a-zA-Z0-9, ]*channels, listen, port, /],
    [{ port: '80' }, 's.json: port: "80" is not allowed; use a whole number from 0 to 65535'],
    [{ port: 1.5 }, 's.json: port: 1.5 is not allowed; use a whole number from 0 to 65535'],
    [{ port: null }, 's.json: port: null is not allowed; use a whole number from 0 to 65535'],
    [{ listen: 'lan' }, 's.json: listen: "lan" is not allowed; use an IPv4 or IPv6 address or localhost'],
    [{ listen: ['::', 'lan'] }, 's.json: listen[1]: "lan" is not allowed; use an IPv4 or IPv6 address or localhost'],
    [{ http: { password: 'x' } }, /^s\.json: http\.password: unknown key; known are [a-zA-Z, ]*login, hosts, /],
    [{ http: { tlsKey: 'k.pem' } }, 's.json: --tls-key requires --tls-cert'],
    [
        { record: { segmentMinutes: 5000 } },
        's.json: record.segmentMinutes: 5000 is not allowed; use a whole number from 1 to 1440',
    ],
    [{ record: { enabled: 'on' } }, 's.json: record.enabled: "on" is not allowed; use true or false'],
    [
        { record: true },
        's.json: record: true is not allowed; use an object with the keys enabled, name, segmentMinutes, prerollSeconds, audio, event, keepFreePercent, keepFreeMB, maxMB, maxDays',
    ],
    [{ record: { nam: 'x' } }, /^s\.json: record\.nam: unknown key; known are [a-zA-Z, ]*enabled, name, /],
    [{ live: { targetMs: 100 } }, 's.json: live.targetMs: 100 is not allowed; use a whole number from 200 to 10000'],
    [{ live: { partMs: 99 } }, 's.json: live.partMs: 99 is not allowed; use 0, or a whole number from 100 to 2000'],
    [{ live: { partMs: true } }, 's.json: live.partMs: true is not allowed; use 0, or a whole number from 100 to 2000'],
    [{ channels: {} }, 's.json: channels: {} is not allowed; use a list of 0 to 40 entries'],
    [{ channels: [{ input: 'a', sub: 7 }] }, /^s\.json: channels\[0\]\.sub: 7 is not allowed; use a path or /],
    [{ channels: [{ input: 'a', sub: '9000x80' }] }, /^s\.json: channels\[0\]\.sub: "9000x80" is not allowed; use /],
    [
        { channels: [{ input: 'a', record: { stream: 'sub' } }] },
        's.json: channels[0].record.stream: "sub" is not allowed: the channel has no sub',
    ],
    [
        { channels: [{ input: 'a', sub: 'b', record: { stream: 'third' } }] },
        's.json: channels[0].record.stream: "third" is not allowed; use main or sub',
    ],
    [{ channels: [{}] }, 's.json: channels[0].input: missing; give a path or an address of 1 to 511 bytes'],
    [
        { channels: [{ input: 'a', inptu: 1 }] },
        /^s\.json: channels\[0\]\.inptu: unknown key; known are name, title, input, /,
    ],
    [
        { channels: [{ input: 7 }] },
        's.json: channels[0].input: 7 is not allowed; use a path or an address of 1 to 511 bytes',
    ],
    [
        { channels: [{ input: 'a', name: '-x' }] },
        's.json: channels[0].name: "-x" is not allowed; use 1 to 31 characters of a-z, 0-9 and -, not - first',
    ],
    [
        {
            channels: [
                { input: 'a', name: 'x' },
                { input: 'b', name: 'x' },
            ],
        },
        's.json: channels[1].name: "x" is not allowed: another channel has it',
    ],
    [
        { channels: [{ input: 'a', ring: { seconds: 5, bytes: 100_000 } }] },
        's.json: channels[0].ring: give seconds or bytes, not both',
    ],
    [
        { channels: [{ input: 'a', ring: { bytes: 1 } }] },
        's.json: channels[0].ring.bytes: 1 is not allowed; use a whole number from 65536 to 2,000,000,000',
    ],
    [
        { channels: [{ name: 'x', input: 'a', ring: { seconds: 5 }, prerollSeconds: 6 }] },
        's.json: prerollSeconds: 6 is not allowed for channel x; use at most the 5 seconds of its ring',
    ],
    [
        { record: { prerollSeconds: 13 } },
        's.json: prerollSeconds: 13 is not allowed for channel cam1; use at most the 12 seconds of its ring',
    ],
    ['{"port": 1', /^s\.json: not JSON: ./],
    ['', /^s\.json: not JSON: ./],
] as const) {
    test(`settings file, refused: ${JSON.stringify(file)}`, () => {
        const found = refusal([], file);
        if (typeof message === 'string') {
            assertEqual(found, message);
        } else {
            assert(message.test(found), found);
        }
        assert(!found.includes('\n'), 'one line');
    });
}

test('names: given, from the file, or numbered; made names never collide', () => {
    const inputs: Line = [
        ['input', 'front=/a/x.mp4'],
        ['input', '/b/My Garden (2).mp4'],
        ['input', 'replay:/c/Back_Yard.mp4'],
        ['input', 'fake:?fps=30'],
        ['input', '/d/front.mp4'],
        ['input', 'push:Door'],
        ['input', '/e/日本.mp4'],
        ['input', './a=b.mp4'],
        ['input', 'push:Gate?token=hunter2'],
        ['input', 'test:?fps=5'],
        ['input', 'ffmpeg:/f/Old Film.mkv#rotate=90'],
        ['input', '/dev/video0'],
        ['input', 'rtsp://me:hunter2@yard/live'],
    ];
    assertEqual(
        load(inputs).settings.channels.map(({ name }) => name),
        [
            'front',
            'my-garden-2',
            'back-yard',
            'cam4',
            'cam5',
            'door',
            'cam7',
            'a-b',
            'gate',
            'test',
            'old-film',
            'video0',
            'cam13',
        ],
    );
    assertEqual(
        load([
            ['input', 'cam2=a'],
            ['input', 'fake:?'],
            ['input', 'fake:?'],
        ]).settings.channels.map(({ name }) => name),
        ['cam2', 'cam3', 'cam4'],
    );
    assertEqual(
        refusal([
            ['input', 'a=x.mp4'],
            ['input', 'a=y.mp4'],
        ]),
        '--input: "a=y.mp4" is not allowed: the name "a" is used twice; rename one, as in b=clip.mp4',
    );
});

test('an address is measured in bytes', () => {
    assertEqual(load([['input', `/${'ü'.repeat(255)}`]]).settings.channels[0]?.input.length, 256);
    assert(
        /^--input: "\/üü.* is not allowed; use a path or an address of 1 to 511 bytes$/.test(
            refusal([['input', `/${'ü'.repeat(256)}`]]),
        ),
    );
});

test('41 inputs are too many; 40 are fine', () => {
    const inputs = Array.from({ length: 41 }, () => ['input', 'fake:?'] as const);
    assertEqual(refusal(inputs), '--input: 41 inputs are not allowed; use at most 40');
    assertEqual(load(inputs.slice(1)).settings.channels.length, 40);
});

test('how many channels there may be is said by the host', () => {
    const two = (line: Line, file?: unknown) =>
        assertThrows(() => load(line, file, '', 2), { type: SettingsError }).message;
    const inputs = Array.from({ length: 3 }, () => ['input', 'fake:?'] as const);
    const file = { channels: Array.from({ length: 3 }, () => ({ input: 'fake:?' })) };
    assertEqual(two(inputs), '--input: 3 inputs are not allowed; use at most 2');
    assertEqual(two([], file), 's.json: channels: 3 entries are not allowed; use a list of 0 to 2 entries');
    assertEqual(load(inputs.slice(1), undefined, '', 2).settings.channels.length, 2);
});

test('no clip and no input', () => {
    assertThrows(() => load([], undefined, ''), { type: SettingsError, message: /^--input: no source/ });
});

test('secrets appear neither in messages nor in the settings shown', () => {
    const secret = 'rtsp://admin:hunter2@camera/stream?token=hunter2&fps=30';
    assertEqual(
        redacted(load([['input', secret]]).settings).channels[0]?.input,
        'rtsp://***@camera/stream?token=***&fps=30',
    );
    assertEqual(
        redacted(load([['input', `a.mp4,sub=${secret}`]]).settings).channels[0]?.sub,
        'rtsp://***@camera/stream?token=***&fps=30',
    );
    for (const message of [
        refusal([['input', `${secret}${'x'.repeat(600)}`]]),
        refusal([
            ['input', `a=${secret}`],
            ['input', `a=${secret}`],
        ]),
        refusal([], { channels: [{ input: `${secret}${'x'.repeat(600)}` }] }),
        refusal([['input', `a.mp4,sub=${secret}${'x'.repeat(600)}`]]),
        refusal([['input', `${secret}${'x'.repeat(600)},sub=${secret}`]]),
    ]) {
        assert(!message.includes('hunter2'), message);
        assert(message.includes('rtsp://***@camera'), message);
    }
});

test('cloud.encryptFor takes points of P-256 alone, four at most, and shows nothing of what it refuses', () => {
    const point = 'BP6MGc4JBRkevCmKkkV5JTHybwzs4kYGOei8Oct_cGqCanebTPlpuKDlOcf2L7PTCtaqj4DjDx0Siq_WiiznLqA';
    const take = (encryptFor: unknown) => load([], { cloud: { encryptFor } }).settings.cloud.encryptFor;
    assertEqual([take([]), take([point]), take([point, point])], [[], [point], [point, point]]);
    const advice =
        'use a list of 0 to 4 public keys as `ocellus cloud key` prints them, 87 letters, digits, - and _ each. A private key stays with its owner';
    const pem = '-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg';
    const wrong: readonly (readonly [given: unknown, at: string, what: string])[] = [
        [[`${point.slice(0, -2)}QA`], '[0]', 'that is no point of the curve P-256'], // another y
        [[`${point.slice(0, -1)}B`], '[0]', 'that is no point of the curve P-256'], // a bit behind its end
        [[`BP_____${point.slice(7)}`], '[0]', 'that is no point of the curve P-256'],
        [[`B${'A'.repeat(86)}`], '[0]', 'that is no point of the curve P-256'], // infinity, as it were
        [[point, `A${point.slice(1)}`], '[1]', 'that is no public key'],
        [[point, `${point}=`], '[1]', 'that is no public key'],
        [[pem], '[0]', 'that is no public key'],
        [['9_iGz-0kJvFJDCPSGhLbsBGGOFqdIkO2xbPYFHbZAsY'], '[0]', 'that is no public key'],
        [[5], '[0]', 'that is no public key'],
        [pem, '', 'that is no list'],
        [point, '', 'that is no list'],
        [[point, point, point, point, pem], '', '5 entries are not allowed'],
    ];
    for (const [given, at, what] of wrong) {
        assertEqual(refusal([], { cloud: { encryptFor: given } }), `s.json: cloud.encryptFor${at}: ${what}; ${advice}`);
    }
});

test('a stored key of cloud.encryptFor that is damaged: nothing is sent in the clear in its place', () => {
    const point = 'BP6MGc4JBRkevCmKkkV5JTHybwzs4kYGOei8Oct_cGqCanebTPlpuKDlOcf2L7PTCtaqj4DjDx0Siq_WiiznLqA';
    const of = (encryptFor: unknown) =>
        loadSettings({
            options: [],
            settings: undefined,
            stored: {
                path: 'settings.json',
                text: JSON.stringify({ cloud: { endpoint: 'https://s3.example', encryptFor } }),
            },
            defaultInput: 'a.mp4',
            limits: { channels: 40, parcelBytes: 131_072 },
        });
    assertEqual([of([point]).settings.cloud.plan, of([]).settings.cloud.plan], ['continuous', 'continuous']);
    for (const damaged of [[point.slice(1)], [point, 'x'], point, null]) {
        const { settings, problems, stored } = of(damaged);
        assertEqual([settings.cloud.plan, problems.length], ['off', 2]);
        assertEqual(problems[1], 'cloud.encryptFor: nothing is sent to the store until it is right');
        assertEqual((stored.document['cloud'] as { encryptFor: unknown }).encryptFor, damaged);
    }
});

test('keys of the environment: behind everything that is given, never mixed with it, never shown', () => {
    const line: Line = [
        ['AWS_ACCESS_KEY_ID', 'ENV'],
        ['AWS_SECRET_ACCESS_KEY', 'of-the'],
        ['AWS_SESSION_TOKEN', 'token'],
    ];
    const keys = ({ settings: { cloud } }: ReturnType<typeof load>) => [
        cloud.accessKeyId,
        cloud.secretAccessKey,
        cloud.sessionToken,
    ];
    assertEqual(keys(load(line)), ['ENV', 'of-the', 'token']);
    assertEqual(load(line).fixed, []);
    assertEqual(keys(load(line, { cloud: { accessKeyId: 'A', secretAccessKey: 'B' } })), ['A', 'B', '']);
    assertEqual(keys(load(line, { cloud: { accessKeyId: '' } })), ['', '', '']);
    assert(!JSON.stringify(redacted(load(line).settings)).includes('of-the'));
    const message = refusal([['AWS_SECRET_ACCESS_KEY', 'se cret']]);
    assert(message.startsWith('AWS_SECRET_ACCESS_KEY: "***" is not allowed; use '), message);
});

test('timezone: system, a name that the host knows, a rule; anything else is refused where it stands', () => {
    const tokyo = { zone: (name: string) => (name === 'Asia/Tokyo' ? { name, rule: 'JST-9' } : undefined) };
    const facts = (line: Line, timezone?: unknown): Parameters<typeof loadSettings>[0] => ({
        options: line.map(([name, value]) => ({ name, value })),
        settings: timezone === undefined ? undefined : { path: 's.json', text: JSON.stringify({ timezone }) },
        stored: undefined,
        defaultInput: 'a.mp4',
        limits: { channels: 40, parcelBytes: 131_072 },
    });
    const of = (line: Line, timezone?: unknown): string => loadSettings(facts(line, timezone), tokyo).settings.timezone;
    assertEqual(of([]), 'system');
    assertEqual(of([], 'Asia/Tokyo'), 'Asia/Tokyo');
    assertEqual(of([['timezone', '<+0530>-5:30']], 'Asia/Tokyo'), '<+0530>-5:30');
    const allowed =
        /is not allowed; use system, a zone like Europe\/Berlin that this machine knows, or a POSIX TZ rule/;
    for (const [line, file, at] of [
        [[['timezone', 'Asia/Kyoto']], undefined, /^--timezone: "Asia\/Kyoto"/],
        [[['timezone', '']], undefined, /^--timezone: ""/],
        [[['timezone', 'CET-1\nx']], undefined, /^--timezone: "CET-1\\nx"/],
        [[], 'CET-1CEST,M3.5.0', /^s\.json: timezone: "CET-1CEST,M3\.5\.0"/],
        [[], 'Asia/Kyoto', /^s\.json: timezone: "Asia\/Kyoto"/],
        [[], 2, /^s\.json: timezone: 2/],
    ] as const) {
        assertThrows(() => of(line, file), { type: SettingsError, message: at });
        assertThrows(() => of(line, file), { type: SettingsError, message: allowed });
    }
});

test('options of an application that was replaced do not stop the next one', () => {
    const line = [['app-set', 'gone=1']] as const;
    assertEqual(refusal(line), '--app-set gone: unknown key; none is known');
    assertEqual(load(line, undefined, undefined, undefined, 2).settings.app, undefined);
});
