import { patchSettings } from 'ocellus/app/config/change';
import { mergePatch } from 'ocellus/app/config/json';
import { loadSettings } from 'ocellus/app/config/load';
import { stunServer, turnServer } from 'ocellus/app/config/ice-servers';
import { p2pDefaults } from 'ocellus/app/config/p2p-settings';
import { SettingsError } from 'ocellus/app/config/schema';
import { redacted, type Settings } from 'ocellus/app/config/settings';
import { assert, assertEqual, assertThrows, test } from '../harness';

const turn = 'turn://cam:p%40ss%3A1@relay.example:3479?transport=tcp';

function load(p2p: unknown): Settings {
    return loadSettings({
        options: [],
        settings: { path: 's.json', text: JSON.stringify({ p2p }) },
        stored: undefined,
        defaultInput: 'clip.mp4',
        limits: { channels: 40, parcelBytes: 65_536 },
    }).settings;
}

function refusal(p2p: unknown): string {
    return assertThrows(() => load(p2p), { type: SettingsError }).message;
}

test('nothing said: open, no servers, the watermarks of B5 and the keep-alive of B11', () => {
    assertEqual(load({}).p2p, p2pDefaults);
    assertEqual(p2pDefaults.watermarks, { low: 200 * 1024, warn: 400 * 1024, high: 500 * 1024 });
    assertEqual(p2pDefaults.keepAlive, { interval: 10, attempts: 3 });
});

test('one key leaves the others as they are', () => {
    const { p2p } = load({ watermarks: { high: 600_000 }, keepAlive: { interval: 0 }, ipv6: false });
    assertEqual(p2p, {
        ...p2pDefaults,
        ipv6: false,
        watermarks: { ...p2pDefaults.watermarks, high: 600_000 },
        keepAlive: { interval: 0, attempts: 3 },
    });
});

test('servers are taken apart', () => {
    assertEqual(stunServer('stun.example'), { host: 'stun.example', port: 3478 });
    assertEqual(stunServer('[2001:db8::1]:19302'), { host: '2001:db8::1', port: 19_302 });
    assertEqual(turnServer(turn), {
        host: 'relay.example',
        port: 3479,
        transport: 'tcp',
        user: 'cam',
        password: 'p@ss:1',
    });
    assertEqual(turnServer('turns://a:b@192.0.2.1'), {
        host: '192.0.2.1',
        port: 5349,
        transport: 'tls',
        user: 'a',
        password: 'b',
    });
});

for (const [p2p, message] of [
    [{ enabled: 1 }, 's.json: p2p.enabled: 1 is not allowed; use true or false'],
    [{ port: 65_536 }, 's.json: p2p.port: 65536 is not allowed; use a whole number from 0 to 65535'],
    [{ maxPeers: 0 }, 's.json: p2p.maxPeers: 0 is not allowed; use a whole number from 1 to 64'],
    [
        { keepAlive: { attempts: 11 } },
        's.json: p2p.keepAlive.attempts: 11 is not allowed; use a whole number from 0 to 10',
    ],
    [
        { keepAlive: { interval: 256 } },
        's.json: p2p.keepAlive.interval: 256 is not allowed; use a whole number from 0 to 255',
    ],
    [
        { watermarks: { low: 500_000 } },
        's.json: p2p.watermarks: 500000, 409600, 512000 are not allowed; use 0 < low < warn < high, or 0, 0, 0',
    ],
    [{ watermarks: { high: 0 } }, 's.json: p2p.watermarks.high: 0 is not allowed: either all three are 0, or none'],
    [{ relayOnly: true }, 's.json: p2p.relayOnly: true is not allowed: p2p.turn names no server'],
    [
        { stun: ['a b'] },
        's.json: p2p.stun[0]: "a b" is not allowed; use a host name or an address, [..] around IPv6, and a port if it is not 3478',
    ],
    [{ stun: ['a:70000'] }, 's.json: p2p.stun: "a:70000" is not allowed: its port is wrong'],
    [
        { stun: ['a', 'b', 'c'], turn: [turn, turn] },
        's.json: p2p.stun, p2p.turn: 5 servers are not allowed; use at most 4',
    ],
    [
        { turn: ['turn://cam:secret/@relay.example'] },
        's.json: p2p.turn[0]: "turn://***@relay.example" is not allowed; use turn://USER:PASSWORD@HOST, percent-encoded, with :PORT or ?transport=tcp behind it',
    ],
    [
        { turn: ['turn://cam:%FF@relay.example'] },
        's.json: p2p.turn: "turn://***@relay.example" is not allowed: its port or its percent-encoding is wrong',
    ],
    [
        { turn: ['turn://***@relay.example'] },
        's.json: p2p.turn: "turn://***@relay.example": user and password are hidden: give them again',
    ],
] as const) {
    test(`refused: ${JSON.stringify(p2p)}`, () => {
        assertEqual(refusal(p2p), message);
    });
}

test('all watermarks 0: off', () => {
    assertEqual(load({ watermarks: { low: 0, warn: 0, high: 0 } }).p2p.watermarks, { low: 0, warn: 0, high: 0 });
});

test('secrets of TURN servers are not shown, and kept when they come back like that', () => {
    const settings = load({ turn: [turn, 'turns://a:b@192.0.2.1'] });
    const shown = redacted(settings).p2p.turn;
    assertEqual(shown, ['turn://***@relay.example:3479?transport=tcp', 'turns://***@192.0.2.1']);
    assert(!JSON.stringify(redacted(settings)).includes('p%40ss'));
    const { make } = patchSettings({ p2p: { turn: [shown[1], shown[0]], port: 4000 } });
    const document = make({ p2p: { ipv6: false } }, settings);
    assertEqual(document, { p2p: { ipv6: false, turn: ['turns://a:b@192.0.2.1', turn], port: 4000 } });
    const moved = patchSettings({ p2p: { turn: ['turn://***@other.example'] } }).make({}, settings);
    assertEqual(mergePatch({}, moved), { p2p: { turn: ['turn://***@other.example'] } });
    assertThrows(() => load(moved['p2p']), { type: SettingsError });
});
