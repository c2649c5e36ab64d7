import { openBackup, portable, sealBackup, userNames } from 'ocellus/app/backup/backup';
import { loadSettings } from 'ocellus/app/config/load';
import { SettingsError } from 'ocellus/app/config/schema';
import { passwordKey } from 'ocellus/crypto';
import { FakeHost } from 'ocellus/test/fake-plane';
import { assertEqual, assertThrows, test } from 'ocellus/test/harness';

const salt = 'AAAAAAAAAAAAAAAAAAAAAA';
const users = `admin:scrypt:15:8:3:${salt}:${'B'.repeat(43)}\nmia:scrypt:15:8:3:${salt}:${'C'.repeat(43)}:watch\n`;
const made = { made: '2026-11-24T14:00:00.000Z', from: '0.1.0', device: 'porch' };
const content = { settings: { channels: [{ name: 'a', input: 'rtsp://u:secret@h/' }] }, users };
const password = 'correct horse';
const file = sealBackup(content, made, password);

const why = (text: string, typed = password): string =>
    assertThrows(() => openBackup(text, typed), { type: SettingsError }).message;
const changed = (key: string, value: unknown): string => JSON.stringify({ ...JSON.parse(file), [key]: value });

test('a key from a password is that of RFC 7914', () => {
    const bytes = (text: string) => new TextEncoder().encode(text);
    const key = passwordKey(bytes('pleaseletmein'), bytes('SodiumChloride'), { log2N: 14, r: 8, p: 1 });
    assertEqual([...key.slice(0, 8)], [0x70, 0x23, 0xbd, 0xcb, 0x3a, 0xfd, 0x73, 0x48]);
    assertThrows(() => passwordKey(bytes('a'), bytes('b'), { log2N: 17, r: 8, p: 1 }), { message: /scrypt/ });
});

test('a backup comes back whole, and shows nothing of its content without the password', () => {
    assertEqual(openBackup(file, password), { made, content });
    assertEqual(
        ['secret', 'rtsp', 'mia', salt].filter((word) => file.includes(word)),
        [],
    );
});

test('a wrong password, a changed head, a cut, a foreign and a newer file: one clear line each', () => {
    const wrong = 'the password is wrong, or the file was changed';
    const none = 'the file is no backup of Ocellus, or not a whole one';
    assertEqual(why(file, 'correct horsf'), wrong);
    assertEqual(why(changed('device', 'other')), wrong);
    assertEqual(why(changed('sealed', 'AAAA')), wrong);
    assertEqual(
        [file.slice(0, -30), '', 'hello', '[]', '{"format":"x"}', '{"version":1}'].map((text) => why(text)),
        [none, none, none, none, none, none],
    );
    assertEqual(why(changed('scrypt', { log2N: 16, r: 8, p: 4, salt: 'AAAA' })), none);
    assertEqual(why(changed('nonce', 7)), none);
    assertEqual(why('x'.repeat(60_000)), none);
    assertEqual(
        why(changed('version', 2)),
        'the backup was made by a newer version of Ocellus: update this device first',
    );
    assertThrows(() => sealBackup(content, made, 'short'), { type: SettingsError });
    assertThrows(() => sealBackup({ settings: { x: 'y'.repeat(33_000) }, users }, made, password), {
        type: SettingsError,
    });
});

test('users that would lock the owner out, or are none, are refused', () => {
    assertEqual([userNames(''), userNames(users)], [[], ['admin', 'mia']]);
    const [admin = '', mia = ''] = users.split('\n');
    const scoped = mia.replace(':watch', ':see,look:front,yard');
    assertEqual(userNames(`${admin}\n${scoped}`), ['admin', 'mia']);
    assertEqual(userNames(`${admin}\n${mia.replace(':watch', ':see:*')}`), ['admin', 'mia']);
    assertThrows(() => userNames(`${admin}:see:*`), { message: /users cannot be read/ });
    // what the next start would refuse: a name twice, and costs beyond those that are computed
    for (const text of [
        `${users}${mia}`,
        `${users}${admin}`,
        ...[':15:', ':8:', ':3:'].map((cost) => users.replace(cost, ':9:')),
    ]) {
        assertThrows(() => userNames(text), { message: /users cannot be read/ });
    }
    for (const text of [mia, `${admin}:watch`, 'admin:plain', `${admin}\nroot:x:0:0`, `${users}${'\n'.repeat(8192)}`]) {
        assertThrows(() => userNames(text), { type: SettingsError });
    }
});

test('what a settings file and the command line say goes along; what belongs to the machine stays', () => {
    const { facts } = new FakeHost({
        options: [
            { name: 'port', value: '9000' },
            { name: 'input', value: 'door=rtsp://u:p@h/' },
        ],
        settings: { path: 's.json', text: '{"record":{"maxDays":7},"http":{"hosts":["a"]},"timezone":"UTC"}' },
        stored: { path: 'settings', text: '{"log":"debug","future":1,"listen":"::1"}' },
    });
    const { channels, ...others } = portable(loadSettings(facts));
    assertEqual(others, { log: 'debug', future: 1, record: { maxDays: 7 }, timezone: 'UTC' });
    assertEqual(
        (channels as readonly { readonly input: string }[]).map(({ input }) => input),
        ['rtsp://u:p@h/'],
    );
});
