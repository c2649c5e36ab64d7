// The room of access: which password can be one, and what a phone types.
import test from 'ava';
import { load } from './load.mjs';

const { passwordProblem } = await load('access/new-password.ts');
const { parseNetwork, typable } = await load('access/network.ts');
const { claimProblem } = await load('access/claim.ts');
const rights = await load('rights.ts');
const { parsePerson, rightsText } = await load('access/person.ts');

test('a password has 10 characters to 128 bytes, and is typed twice', (t) => {
    const long = 'long enough words';
    t.is(passwordProblem(long, long), undefined);
    t.regex(passwordProblem('123456789', '123456789'), /at least 10/);
    t.regex(passwordProblem('😀'.repeat(9), '😀'.repeat(9)), /at least 10/, 'characters, not units of UTF-16');
    t.is(passwordProblem('😀'.repeat(10), '😀'.repeat(10)), undefined);
    t.regex(passwordProblem('ä'.repeat(65), 'ä'.repeat(65)), /at most 128 bytes/);
    t.is(passwordProblem('ä'.repeat(64), 'ä'.repeat(64)), undefined);
    t.regex(passwordProblem(long, `${long} `), /differ/);
});

test('addresses to type: those of house networks first, names behind them, containers last, nothing with colons', (t) => {
    const hosts = ['cam', 'cam.local', '172.17.0.1', '10.1.2.3', '2001:db8::5', '203.0.113.9', '192.168.1.5'];
    t.deepEqual(typable(hosts, 8080), ['192.168.1.5', '10.1.2.3', '203.0.113.9', 'cam.local', '172.17.0.1'].map((host) => `https://${host}:8080/`));
    t.deepEqual(typable(['192.168.1.5'], 443), ['https://192.168.1.5/']);
});

test('the state of the network: open, waiting, given; a port that nobody knows gives no address', (t) => {
    const host = { port: 8080, addresses: ['192.168.1.5', 7, null], fingerprint: 'AA:BB' };
    const closed = { open: false, waits: false, fixed: false, addresses: ['https://192.168.1.5:8080/'], fingerprint: 'AA:BB' };
    t.deepEqual(parseNetwork({ listen: ['127.0.0.1'], port: 8080, restart: [], fixed: [] }, host), closed);
    t.deepEqual(parseNetwork({ listen: 'localhost' }, host), closed);
    t.true(parseNetwork({ listen: ['127.0.0.1', '192.168.1.5'] }, host).open);
    const wanted = parseNetwork({ listen: ['0.0.0.0'], port: 9000, restart: ['listen', 'port'], fixed: ['listen'] }, host);
    t.deepEqual(wanted, { open: true, waits: true, fixed: true, addresses: ['https://192.168.1.5:9000/'], fingerprint: 'AA:BB' });
    t.deepEqual(parseNetwork({ listen: ['::'], port: 0, restart: ['port'] }, host).addresses, []);
    for (const anything of [undefined, null, 0, 'x', [], { listen: 3, addresses: 'x' }]) {
        t.deepEqual(parseNetwork(anything, anything), { open: false, waits: false, fixed: false, addresses: [], fingerprint: '' });
    }
});

test('what is said when a password was not taken', (t) => {
    const of = (/** @type {number} */ status) => claimProblem({ ok: false, message: 'the device says', at: '', status }, 'wrong');
    t.is(of(403), 'wrong');
    t.is(of(409), 'the device says');
    t.regex(of(429), /Too many/);
    t.not(of(0), of(503));
});

test('what a person may do: by acts and cameras, by the rights of earlier versions, nothing until it is known [O5]', (t) => {
    const { may, mayEnter, mayEverywhere, parseRights, parseSession, setRight, setRights } = rights;
    /** @param {string} [channel] */
    const acts = (channel) => ['see', 'look', 'record', 'talk', 'delete', 'privacy', 'share', 'change'].filter((act) => may(act, channel)).join(' ');
    const rooms = () => ['live', 'recordings', 'log', 'settings', 'update', 'access', 'panel'].filter(mayEnter).join(' ');
    setRight('');
    t.is(acts(), '');
    setRight('own');
    t.is(acts('any'), 'see look record talk delete privacy share change');
    setRight('operate');
    t.is(acts('any'), 'see look record talk privacy');
    setRight('watch');
    t.is(acts('any'), 'see look');
    setRight('king');
    t.is(acts(), '');
    setRights(parseSession({ user: 'guest', right: 'watch', acts: ['see', 'talk', 'change'], cameras: ['front'] }));
    t.is(acts(), 'see record talk privacy');
    t.is(acts('front'), 'see record talk privacy');
    t.is(acts('yard'), 'talk', 'there is one loudspeaker');
    t.false(mayEverywhere('privacy'));
    t.is(rooms(), 'live access panel');
    setRights(parseRights({ right: 'watch', acts: ['look', 'change'], cameras: 'all' }));
    t.true(mayEverywhere('privacy'));
    t.is(acts('yard'), 'look record privacy');
    t.is(rooms(), 'live recordings log access panel');
    t.deepEqual(parseSession({}), { user: '', right: 'own', acts: [], cameras: undefined }, 'an earlier version of the device');
    t.is(parsePerson({ right: 'own' }), undefined);
    t.is(rightsText(parsePerson({ name: 'x', right: 'watch', acts: ['look', 'see'], cameras: ['front', 'yard'] })), 'May see live, look back: recordings and events. At: front, yard.');
    t.is(rightsText(parsePerson({ name: 'x', right: 'watch', acts: ['see'], cameras: ['garden', 'gone'] }), (/** @type {string} */ name) => (name === 'garden' ? 'Garden' : name)), 'May see live. At: Garden, gone.');
    t.is(rightsText(parsePerson({ name: 'x', right: 'own' })), 'Owns the device: may do everything');
});
