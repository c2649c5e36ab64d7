import { addChannel, importSettings, patchChannel, patchSettings, removeChannel } from 'ocellus/app/config/change';
import { type JsonObject, mergePatch, overlay, parseObject } from 'ocellus/app/config/json';
import { type Loaded, loadSettings } from 'ocellus/app/config/load';
import { SettingsError } from 'ocellus/app/config/schema';
import { redacted } from 'ocellus/app/config/settings';
import { OcellusError } from 'ocellus/error';
import { assert, assertEqual, assertThrows, test } from 'ocellus/test/harness';

function load(stored: unknown, line: Readonly<Record<string, string>> = {}, file?: unknown, strict = false): Loaded {
    const text = typeof stored === 'string' ? stored : JSON.stringify(stored);
    const facts = {
        options: Object.entries(line).map(([name, value]) => ({ name, value })),
        settings: file === undefined ? undefined : { path: 's.json', text: JSON.stringify(file) },
        stored: text === undefined ? undefined : { path: 'settings', text },
        defaultInput: '/clip.mp4',
        limits: { channels: 3, parcelBytes: 131_072 },
    };
    return loadSettings(facts, undefined, strict);
}

const none = load(undefined).settings;
const two = {
    channels: [
        { name: 'a', input: 'rtsp://u:pw@h/a' },
        { name: 'b', input: 'b.mp4', newer: 1 },
    ],
    port: 1,
};

/** `Error` and message of what the call throws. */
function refusal(call: () => unknown): string {
    const error = assertThrows(call, { type: Error });
    assert(error instanceof SettingsError || error instanceof OcellusError, error.message);
    return error.message;
}

test('a zero byte in a text is refused: nobody behind takes one', () => {
    for (const [text, line] of [
        ['{"channels":[{"input":"a\\u0000b"}]}', 'channels[0].input: '],
        ['{"http":{"tlsCert":"a\\u0000b","tlsKey":"k"}}', 'http.tlsCert: '],
    ] as const) {
        const message = refusal(() => importSettings(parseObject(text, 'body'), 3));
        assert(message.startsWith(line), message);
    }
});

test('merge patch: the examples of RFC 7386, appendix A', () => {
    for (const [target, patch, result] of [
        [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
        [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
        [{ a: 'b' }, { a: null }, {}],
        [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
        [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
        [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
        [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
        [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
        [
            ['a', 'b'],
            ['c', 'd'],
            ['c', 'd'],
        ],
        [{ a: 'b' }, ['c'], ['c']],
        [{ a: 'foo' }, null, null],
        [{ a: 'foo' }, 'bar', 'bar'],
        [{ e: null }, { a: 1 }, { e: null, a: 1 }],
        [[1, 2], { a: 'b', c: null }, { a: 'b' }],
        [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    ] as const) {
        assertEqual(mergePatch(target, patch), result);
    }
    assertEqual(overlay({ a: { b: 1, c: 2 }, d: [1] }, { a: { c: 3 }, d: [] }), { a: { b: 1, c: 3 }, d: [] });
});

test('a body: too deep, no JSON and no object are refused; brackets in texts do not count', () => {
    assertEqual(
        refusal(() => parseObject('{"open":'.repeat(40), 'body')),
        'body: brackets nest too deep: at most 32 levels',
    );
    assertEqual(
        refusal(() => parseObject('['.repeat(30_000), 'body')),
        'body: brackets nest too deep: at most 32 levels',
    );
    assert(refusal(() => parseObject('{', 'body')).startsWith('body: not JSON: '));
    assertEqual(
        refusal(() => parseObject('[]', 'body')),
        'body: not a JSON object',
    );
    const text = `\\"${'[{'.repeat(50)}\\\\`;
    assertEqual(parseObject(`{"name":"${text}","open":[[]]}`, 'body').open, [[]]);
    assertEqual(Object.keys(mergePatch({}, parseObject('{"__proto__":{"name":1}}', 'body', 1)) as object), [
        '__proto__',
    ]);
    assertEqual(
        refusal(() => patchSettings(parseObject('{"__proto__":{"name":1}}', 'body', 1))).slice(0, 22),
        '__proto__: unknown key',
    );
});

test('what is stored wins over the file key by key, the command line over both; its keys are fixed', () => {
    const file = { port: 10, record: { name: 'file', segmentMinutes: 7 }, channels: [{ input: 'f.mp4' }] };
    const { settings, fixed, channelsStored } = load(
        { record: { name: 'stored' }, log: 'warn' },
        { log: 'debug' },
        file,
    );
    assertEqual([settings.port, settings.record.name, settings.record.segmentMinutes], [10, 'stored', 7]);
    assertEqual([settings.log, fixed, channelsStored], ['debug', ['log'], false]);
    assertEqual(settings.channels[0]?.name, 'f');
    const own = load({ channels: [] }, {}, file);
    assertEqual([own.settings.channels, own.channelsStored], [[], true]);
    const line = load({ channels: [] }, { input: 'x.mp4' }, file);
    assertEqual([line.settings.channels[0]?.name, line.channelsStored, line.fixed], ['x', false, ['channels']]);
});

test('stored by a newer version: what is not understood is left out with a line, and is still in the document', () => {
    const stored = { port: 99_999, log: 'warn', future: { a: 1 }, channels: [...two.channels, { name: 'c' }] };
    const { settings, problems, stored: kept } = load(stored);
    assertEqual([settings.port, settings.log], [8080, 'warn']);
    assertEqual(
        settings.channels.map(({ name }) => name),
        ['a', 'b'],
    );
    assertEqual(
        problems.map((line) => line.split(':')[0]),
        ['port', 'future', 'channels[1].newer', 'channels[2].input'],
    );
    assertEqual(kept, { document: stored, broken: false });
    assertEqual(load({ channels: [1, 2, 3, 4].map((n) => ({ input: `${n}` })) }).settings.channels.length, 3);
});

test('a stored file that is broken, or does not go with the rest, never stops a start', () => {
    for (const text of ['', '{', '[]', '7', '{"a":'.repeat(100), '\uFFFD']) {
        const { settings, problems, stored } = load(text);
        assertEqual([settings, problems.length, stored.broken], [none, 1, true]);
    }
    const clash = {
        channels: [
            { name: 'a', input: 'x' },
            { name: 'a', input: 'y' },
        ],
    };
    const { settings, problems, stored } = load(clash);
    assertEqual([settings, stored.broken], [none, false]);
    assertEqual(problems, [
        'channels[1].name: "a" is not allowed: another channel has it; ignoring all stored settings',
    ]);
    assert(refusal(() => load(clash, {}, undefined, true)).includes('another channel has it'));
});

test('a patch: unknown keys, values that are not allowed, and channels are refused where they stand; null is fine', () => {
    for (const [patch, at] of [
        [{ prot: 1 }, 'prot'],
        [{ port: 70_000 }, 'port'],
        [{ record: { name: 'a b' } }, 'record.name'],
        [{ record: 7 }, 'record'],
        [{ http: { hosts: ['a/b'] } }, 'http.hosts[0]'],
        [{ channels: [] }, 'channels'],
    ] as const) {
        assertEqual((assertThrows(() => patchSettings(patch), { type: SettingsError }) as SettingsError).at, at);
    }
    const { keys, make } = patchSettings({ port: null, record: { name: 'x', enabled: null }, log: 'warn' });
    assertEqual(keys, ['port', 'record.name', 'record.enabled', 'log']);
    assertEqual(make({ port: 1, record: { enabled: false }, other: 1 }, none), {
        record: { name: 'x' },
        other: 1,
        log: 'warn',
    });
});

test('channels: added, changed in their place, renamed and removed; the first change stores those in force', () => {
    const added = addChannel({ input: 'x/front.mp4' }, 3)({}, none);
    assertEqual(
        (added.channels as JsonObject[]).map(({ name, input }) => [name, input]),
        [
            ['cam1', '/clip.mp4'],
            ['front', 'x/front.mp4'],
        ],
    );
    const renamed = patchChannel('a', { name: 'z', ring: { seconds: 5 } })(two, none);
    assertEqual(renamed, {
        channels: [{ name: 'z', input: 'rtsp://u:pw@h/a', ring: { seconds: 5 } }, two.channels[1]],
        port: 1,
    });
    assertEqual(patchChannel('b', { audio: null })(two, none), two);
    const last = removeChannel('b')(removeChannel('a')(two, none), none);
    assertEqual(last, { channels: [], port: 1 });
    assertEqual(load(last).settings.channels, []);
});

test('channels: no room, a name that is taken or unknown, no input', () => {
    const full = { channels: [...two.channels, { name: 'c', input: 'c' }] };
    assertEqual(
        refusal(() => addChannel({ input: 'd' }, 3)(full, none)),
        'channels: 3 exist; that is the maximum',
    );
    const taken = 'name: "b" is not allowed: another channel has it';
    assertEqual(
        refusal(() => addChannel({ name: 'b', input: 'd' }, 3)(two, none)),
        taken,
    );
    assertEqual(
        refusal(() => patchChannel('a', { name: 'b' })(two, none)),
        taken,
    );
    assertEqual(
        refusal(() => addChannel({ name: 'q' }, 3)(two, none)),
        'input: missing; give a path or an address',
    );
    assertEqual(
        refusal(() => patchChannel('a', { input: null })),
        'input: null is not allowed: a channel has one',
    );
    for (const make of [patchChannel('q', {}), removeChannel('q')]) {
        assertEqual(
            refusal(() => make(two, none)),
            'the settings have no channel named "q"',
        );
    }
    const both = patchChannel('a', { ring: { seconds: 5, bytes: 70_000 } })(two, none);
    assert(refusal(() => load(both, {}, undefined, true)).includes('ring: give seconds or bytes'));
});

test('an address that comes back as it was shown keeps its password; a hole in another one is refused', () => {
    const shown = redacted(load(two).settings).channels[0]?.input ?? '';
    assertEqual(shown, 'rtsp://***@h/a');
    assertEqual(patchChannel('a', { input: shown, audio: false })(two, none).channels, [
        { name: 'a', input: 'rtsp://u:pw@h/a', audio: false },
        two.channels[1],
    ]);
    const hole = 'input: "***" stands for a hidden part: give it, or omit the key';
    assertEqual(
        refusal(() => patchChannel('a', { input: 'rtsp://***@h/b' })(two, none)),
        hole,
    );
    assertEqual(
        refusal(() => patchChannel('b', { input: shown })(two, none)),
        hole,
    );
    assertEqual(
        refusal(() => addChannel({ input: 'http://h/?token=***' }, 3)({}, none)),
        hole,
    );
    assertEqual(
        refusal(() => importSettings({ channels: [{ input: shown }] }, 3)({})),
        `channels[0].${hole}`,
    );
    assertEqual(importSettings({ channels: [{ name: 'a', input: shown }] }, 3)(two), {
        channels: [{ name: 'a', input: 'rtsp://u:pw@h/a' }],
    });
    const stars = addChannel({ name: 'stars', input: 'my***file.mp4' }, 3)({}, none).channels as JsonObject[];
    assertEqual(stars[1]?.input, 'my***file.mp4');
});
