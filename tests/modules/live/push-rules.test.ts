import { importSettings, patchSettings } from 'ocellus/app/config/change';
import type { JsonObject } from 'ocellus/app/config/json';
import { loadSettings } from 'ocellus/app/config/load';
import { checkTargets, filled, readTargets, withKey } from 'ocellus/app/live/push-rules';
import { SettingsError } from 'ocellus/app/config/schema';
import { redacted } from 'ocellus/app/config/settings';
import { FakeHost } from 'ocellus/test/fake-plane';
import { assert, assertEqual, assertThrows, test } from 'ocellus/test/harness';

const whole = { name: 'one', url: 'rtmp://example.com/live/cam' };

/** The message for one target. */
function message(target: object): string {
    return assertThrows(() => checkTargets([{ ...whole, ...target }]), { type: SettingsError }).message;
}

test('[E1] a target is an address, and what is missing has its default', () => {
    const [target] = readTargets([whole], () => undefined);
    assertEqual(target, {
        ...whole,
        key: '',
        passphrase: '',
        user: '',
        endpoint: '',
        region: 'us-east-1',
        account: '',
        stream: 'main',
        watch: { rtmp: '', hls: '', flv: '', page: '' },
        linkSecret: '',
        linkSeconds: 3600,
        audioOnly: false,
        pin: '',
    });
    const addresses = [
        'rtmp://example.com:1935/app/key',
        'rtmps://[2001:db8::1]/app/{channel}?x=1',
        'srt://example.com:9000?latency=200&pbkeylen=16',
        'https://example.com/{device}/{channel}/{number}/',
    ];
    for (const url of addresses) {
        checkTargets([{ ...whole, url }]);
    }
    checkTargets([{ ...whole, url: 's3://bucket/x', endpoint: 'https://s3.example.com', user: 'id', key: 'k' }]);
});

test('[E1] each mistake has a line that says what is wrong, and shows no secret', () => {
    const mistakes: readonly (readonly [object, RegExp])[] = [
        [{ url: 'example.com/live' }, /a target begins with rtmp:\/\//],
        [{ url: 'rtsp://example.com/live' }, /a target begins with rtmp:\/\//],
        [{ url: 'rtmp://me:secret@example.com/live' }, /user and password do not stand in the address/],
        [{ url: 'srt://example.com' }, /srt:\/\/ needs a port/],
        [{ url: 'rtmp://example.com' }, /needs the application behind the host/],
        [{ url: 'rtmp://example.com/live' }, /key: missing; rtmp:\/\/ needs the stream key/],
        [{ url: 'srt://example.com:9000?mode=listener' }, /stand latency .* and nothing else/],
        [
            { url: 'srt://example.com:9000?passphrase=secret-secret' },
            /passphrase and streamid do not stand in the address/,
        ],
        [{ url: 'rtmp://example.com/live with blanks' }, /no such address/],
        [{ url: 'rtmp://example.com/{camera}' }, /braces hold \{channel\}/],
        [{ url: 7 }, /is not allowed/],
        [{ url: 'rtmp://example.com/a', key: '{password}' }, /key: braces hold/],
        [{ watch: { hls: 'https://example.com/{md5}/{expires}/x.m3u8' } }, /linkSecret: missing; \{md5\} and \{hmac\}/],
        [{ watch: { hls: 'https://example.com/{sha}/x.m3u8' }, linkSecret: 'x' }, /braces hold \{channel\}/],
        [{ linkSeconds: 0 }, /linkSeconds: 0 is not allowed/],
        [{ key: 'secret with blanks' }, /key: "\*\*\*" is not allowed/],
        [{ passphrase: 'secret-secret' }, /passphrase: goes with srt only/],
        [{ url: 'srt://example.com:9000', passphrase: 'secret' }, /passphrase: "\*\*\*" is not allowed; use 10 to 79/],
        [{ user: 'me' }, /user: goes with http, https and s3 only/],
        [{ pin: 'a'.repeat(64) }, /pin: goes with rtmps and https only/],
        [{ url: 's3://bucket/x', user: 'id', key: 'k' }, /endpoint: missing/],
        [
            { url: `rtmp://example.com/${'a'.repeat(395)}`, key: `${'k'.repeat(470)}{channel}{device}{name}{device}` },
            /url: with its key it has up to 1\d\d\d bytes; at most 1023/,
        ],
        [{ watch: { page: 'javascript:alert(1)' } }, /watch.page: .* is not allowed/],
        [{ watch: { page: 'https://example.com/{key}' } }, /watch.page: braces hold/],
        [{ name: 'One' }, /name: "One" is not allowed/],
        [{ name: undefined }, /name/],
        [{ more: 1 }, /more: unknown key/],
    ];
    for (const [target, expected] of mistakes) {
        const line = message(target);
        assert(expected.test(line) && !line.includes('secret') && !line.includes('\n'), line);
    }
    const twice = assertThrows(() => checkTargets([whole, whole]));
    assertEqual(twice.message, 'live.targets[1].name: "one" is not allowed: another target has it');
});

test('[E1] the key stands where the address has a place for it, else behind it', () => {
    const of = (url: string, key: string, passphrase = '') => withKey({ url, key, passphrase });
    assertEqual(of('rtmp://a/live', 'k?t=1'), 'rtmp://a/live/k?t=1');
    assertEqual(of('rtmp://a/live/', 'k'), 'rtmp://a/live/k');
    assertEqual(of('rtmp://a/live', ''), 'rtmp://a/live');
    assertEqual(of('rtmps://a/live/x?key={key}&y=1', 'k'), 'rtmps://a/live/x?key=k&y=1');
    assertEqual(
        of('srt://a:1', '#!::r={channel},m=publish', 'p2345678901'),
        'srt://a:1?streamid=%23!%3A%3Ar%3D{channel}%2Cm%3Dpublish&passphrase=p2345678901',
    );
    assertEqual(of('srt://a:1?latency=9', ''), 'srt://a:1?latency=9');
    assertEqual(of('https://a/x/', 'k'), 'https://a/x/');
    assertEqual(
        filled('{channel}/{name}/{device}/{number}/{key}', { channel: 'c', name: 'n', device: 'd', number: 7 }),
        'c/n/d/7/{key}',
    );
});

const document: JsonObject = {
    live: {
        targets: [
            { ...whole, key: 'first-secret' },
            { name: 'two', url: 'srt://b:9000', passphrase: 'second-secret' },
        ],
    },
};

function load(stored: JsonObject) {
    return loadSettings({ ...new FakeHost().facts, stored: { path: 'settings', text: JSON.stringify(stored) } });
}

test('keys in lists are hidden wherever settings are shown, and filled in again where they come back', () => {
    const { settings } = load(document);
    const shown = redacted(settings);
    assert(!JSON.stringify(shown).includes('-secret'));
    assertEqual(
        shown.live.targets.map(({ key, passphrase }) => [key, passphrase]),
        [
            ['***', undefined],
            [undefined, '***'],
        ],
    );
    const patch = JSON.parse(JSON.stringify({ live: { targets: [...shown.live.targets].reverse() } })) as JsonObject;
    const after = load(patchSettings(patch).make(document, settings)).settings;
    assertEqual(
        after.live.targets.map(({ name, key, passphrase }) => [name, key, passphrase]),
        [
            ['two', undefined, 'second-secret'],
            ['one', 'first-secret', undefined],
        ],
    );
    const same = importSettings(patch, 4)(document);
    assertEqual(load(same).settings.live.targets, after.live.targets);
    // on another machine nobody knows them
    assertThrows(() => importSettings(patch, 4)({}), { type: SettingsError, message: /passphrase: .*give it again/ });
});

test('of what is stored a target that is wrong in one place is left out whole, with its reason', () => {
    const targets = [{ ...whole, pin: 'x' }, 7, { name: 'two', url: 'srt://b:9000' }];
    const { settings, problems } = load({ live: { targets } });
    assertEqual([settings.live.targets.length, problems.length], [2, 1]);
    const lines: string[] = [];
    const read = readTargets(settings.live.targets, ({ message }) => void lines.push(message));
    assertEqual([read.map(({ name }) => name), lines.length], [['two'], 1]);
    assert(/^live.targets\[0\].pin: /.test(lines[0] ?? ''), lines[0]);
});
