import { type ListenOptions, type ListOptions, Plane, type PlaneEvent, type RecordingRow } from 'ocellus/plane';
import { FakeLink } from 'ocellus/test/fake-link';
import { assertEqual, test } from 'ocellus/test/harness';

/** A plane whose next reply this is. */
async function answered<T>(call: (plane: Plane) => Promise<T>, bytes?: string | Uint8Array, value0 = 0): Promise<T> {
    const link = new FakeLink();
    const result = call(new Plane(link));
    link.answer(1, 0, value0, 0, bytes);
    return await result;
}

async function events(bytes?: string | Uint8Array): Promise<readonly PlaneEvent[]> {
    return (await answered((plane) => plane.events(0), bytes)).events;
}

const all: ListOptions = { channel: '', name: '', after: '', limit: 9, newest: false, from: 0, to: 0 };

async function recordings(bytes?: string): Promise<readonly RecordingRow[]> {
    return (await answered((plane) => plane.recordings(all), bytes)).rows;
}

const here: ListenOptions = {
    addresses: ['localhost'],
    port: 0,
    always: false,
    tlsCert: '',
    tlsKey: '',
    hosts: [],
    corsOrigins: [],
    trustedProxies: [],
};

function fields(...all: readonly (string | number)[]): string {
    return all.map((field) => `${field}\0`).join('');
}

test('events: fields by place, flags, texts of any character', async () => {
    const found = await events(
        fields(1, 1_795_229_461_500, 'cam1', 's', 'sub-opened', 0, '', 'a "b"\n\x1b\x7f') +
            fields(2, 1_795_229_461_501, '', '', 'clock-step', -14, 'recordings/cam1/x_1.mp4', 'größe') +
            fields(3, 0, 'front', 'r', 'motion', 1, '', ''),
    );
    assertEqual(found, [
        {
            number: 1,
            at: '2026-11-21T02:51:01.500Z',
            channel: 'cam1',
            stream: 'sub',
            kind: 'sub-opened',
            code: 0,
            path: '',
            text: 'a "b"\n\x1b\x7f',
        },
        {
            number: 2,
            at: '2026-11-21T02:51:01.501Z',
            channel: null,
            kind: 'clock-step',
            code: -14,
            path: 'recordings/cam1/x_1.mp4',
            text: 'größe',
        },
        {
            number: 3,
            at: '1970-01-01T00:00:00.000Z',
            channel: 'front',
            kind: 'motion',
            code: 1,
            path: '',
            text: '',
            raised: true,
        },
    ]);
    assertEqual([await events(), await events('')], [[], []]);
});

test('events: a text that was cut in a character takes nothing with it', async () => {
    const bytes = new TextEncoder().encode(
        fields(1, 0, '', '', 'a', 0, '', 'größ') + fields(2, 0, '', '', 'b', 0, '', ''),
    );
    const half = bytes.indexOf(0xc3, bytes.indexOf(0xb6)) + 1; // of ß
    const [first, second] = await events(new Uint8Array([...bytes.slice(0, half), ...bytes.slice(half + 1)]));
    assertEqual([first?.text, second?.number, second?.kind], ['grö\uFFFD', 2, 'b']);
});

test('recordings: everything from the path', async () => {
    const path = (file: string): string => `recordings/front-door/${file}.mp4`;
    const files = [
        'ocellus_20261121T025100.123Z_20261121T042100.004Z',
        'my-name_20261121T025100.123Z_open',
        'ocellus_m0000000123456_m0000000123999',
        'ocellus_m0000000123456_open',
    ];
    const rows = await recordings(
        files
            .map((file, index) => fields(path(file), 10 ** (3 * index + 3), 500 * index, index === 1 ? 'p' : ''))
            .join(''),
    );
    const whole = { channel: 'front-door', name: 'ocellus' };
    assertEqual(rows, [
        {
            ...whole,
            path: path(files[0] ?? ''),
            start: '2026-11-21T02:51:00.123Z',
            end: '2026-11-21T04:21:00.004Z',
            bytes: 1000,
            open: false,
            durationMs: 0,
            protected: false,
        },
        {
            ...whole,
            path: path(files[1] ?? ''),
            name: 'my-name',
            start: '2026-11-21T02:51:00.123Z',
            end: null,
            bytes: 1_000_000,
            open: true,
            durationMs: 500,
            protected: true,
        },
        {
            ...whole,
            path: path(files[2] ?? ''),
            start: null,
            end: null,
            bytes: 1_000_000_000,
            open: false,
            durationMs: 1000,
            protected: false,
        },
        {
            ...whole,
            path: path(files[3] ?? ''),
            start: null,
            end: null,
            bytes: 1_000_000_000_000,
            open: true,
            durationMs: 1500,
            protected: false,
        },
    ]);
    assertEqual(await recordings(), []);
});

test('where the host listens, or why it cannot', async () => {
    const listen = (lines?: string) => answered((plane) => plane.listen(here), lines, 8080);
    const check = (lines?: string) => answered((plane) => plane.checkListen(here), lines, lines === undefined ? 0 : 1);
    const where = { port: 8080, already: false };
    assertEqual(await listen('AA:BB\nhttps://192.0.2.2:8080/\nhttps://[::1]:8080/'), {
        ...where,
        urls: ['https://192.0.2.2:8080/', 'https://[::1]:8080/'],
        fingerprint: 'AA:BB',
    });
    assertEqual(await listen('\nhttp://127.0.0.1:8080/'), {
        ...where,
        urls: ['http://127.0.0.1:8080/'],
        fingerprint: '',
    });
    assertEqual(await listen(), { ...where, urls: [], fingerprint: '' });
    assertEqual(await check('http.tlsCert\n/x.pem: no such file'), {
        at: 'http.tlsCert',
        why: '/x.pem: no such file',
    });
    assertEqual(await check(), undefined);
});

test('key frames of a recording', async () => {
    const found = await answered(
        (plane) => plane.recordingKeys('recordings/cam1/x.mp4', 0, 2),
        fields(700, 90_000, 4000, 1, 0, 800, 2000, 41_000),
        1,
    );
    assertEqual(found, {
        initBytes: 700,
        bytes: 90_000,
        durationMs: 4000,
        open: true,
        keys: [
            { ms: 0, offset: 800 },
            { ms: 2000, offset: 41_000 },
        ],
        more: true,
    });
    const none = await answered((plane) => plane.recordingKeys('recordings/cam1/x.mp4'), fields(700, 700, 0, 0));
    assertEqual([none.keys, none.open, none.more], [[], false, false]);
});
