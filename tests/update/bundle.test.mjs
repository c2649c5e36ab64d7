// `ocellus keys` and `ocellus bundle`, right and wrong.
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { appArchive, byProgram, emptyFolder, ocellus, works } from './tools.mjs';

/** A folder with a key, the product's application and a bundle of both. @param {import('ava').ExecutionContext} t */
async function madeFolder(t) {
    const folder = emptyFolder(t);
    copyFileSync(appArchive, path.join(folder, 'app.xsa'));
    await works(t, folder, 'keys new --out k.pem');
    await works(t, folder, 'bundle build --app app.xsa --version 1.2.3 --key k.pem --out b.ocb');
    return folder;
}

test.serial('the program hands its words on, and the exit code back', async (t) => {
    const folder = emptyFolder(t);
    const made = await byProgram(folder, ['keys', 'new', '--out', 'k.pem', '--json']);
    t.deepEqual([made.code, made.err, JSON.parse(made.out).public], [0, 'ocellus keys: k.pem is not encrypted: no passphrase was given', 'k.pem.pub']);
    const built = await byProgram(folder, ['bundle', 'build', '--app', appArchive, '--version', '1.2.3', '--key', 'k.pem', '--out', 'b.ocb']);
    t.deepEqual([built.code, built.err], [0, '']);
    t.is((await byProgram(folder, ['bundle', 'verify', 'b.ocb'])).code, 2);
});

test.serial('a key without a terminal: not encrypted, with a line that says so; files as they must be', async (t) => {
    const folder = emptyFolder(t);
    const made = await ocellus(folder, ['keys', 'new', '--out', 'k.pem']);
    t.deepEqual([made.code, made.err], [0, 'ocellus keys: k.pem is not encrypted: no passphrase was given']);
    t.is(statSync(path.join(folder, 'k.pem')).mode & 0o777, 0o600);
    const [pem, pub] = ['k.pem', 'k.pem.pub'].map((name) => readFileSync(path.join(folder, name), 'utf8'));
    t.regex(pub ?? '', /^-----BEGIN PUBLIC KEY-----\n/);
    t.is(createPublicKey(createPrivateKey(pem ?? '')).export({ type: 'spki', format: 'pem' }), pub);
    const again = await ocellus(folder, ['keys', 'new', '--out', 'k.pem']);
    t.deepEqual([again.code, again.err], [1, 'ocellus keys: k.pem is there already: nothing is overwritten']);
    t.is(readFileSync(path.join(folder, 'k.pem'), 'utf8'), pem);
});

test.serial('an encrypted key signs with its passphrase only, which is in no output', async (t) => {
    const folder = emptyFolder(t);
    copyFileSync(appArchive, path.join(folder, 'app.xsa'));
    const passphrase = 'correct horse battery';
    writeFileSync(path.join(folder, 'phrase'), `${passphrase}\n`);
    t.deepEqual((await ocellus(folder, ['keys', 'new', '--out', 'k.pem', '--passphrase-file', 'phrase'])).err, '');
    const pem = readFileSync(path.join(folder, 'k.pem'), 'utf8');
    t.regex(pem, /^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/);
    t.throws(() => createPrivateKey({ key: pem, passphrase: 'wrong' }));
    const [key] = JSON.parse(await works(t, folder, 'keys list k.pem --json'));
    t.deepEqual([key.private, key.encrypted], [true, true]);
    const line = 'bundle build --app app.xsa --version 1.0.0 --key k.pem --out b.ocb'.split(' ');
    const without = await ocellus(folder, line);
    t.deepEqual([without.code, without.err], [1, 'ocellus bundle: k.pem is encrypted: give OCELLUS_KEY_PASSPHRASE or --passphrase-file']);
    const wrong = await ocellus(folder, line, { OCELLUS_KEY_PASSPHRASE: 'incorrect horse' });
    t.deepEqual([wrong.code, wrong.err], [1, 'ocellus bundle: k.pem: the passphrase is wrong, or the file is damaged']);
    const right = await ocellus(folder, line, { OCELLUS_KEY_PASSPHRASE: passphrase });
    t.is(right.code, 0, right.err);
    t.false(`${right.out}${right.err}`.includes(passphrase));
    await works(t, folder, 'bundle verify b.ocb --key k.pem.pub');
});

test.serial('a bundle says what its archive says, and is verified by its key only', async (t) => {
    const folder = await madeFolder(t);
    const report = JSON.parse(await works(t, folder, 'bundle inspect b.ocb --json'));
    t.deepEqual([report.name, report.version, report.channel, report.counter, report.apiLevel], ['camera', '1.2.3', 'stable', 0, 1]);
    t.true(report.capabilities.includes('media'));
    t.deepEqual(report.engines.map((/** @type {{ bytes: number }} */ { bytes }) => bytes), [statSync(appArchive).size]);
    await works(t, folder, 'bundle verify b.ocb --key k.pem.pub');
    await works(t, folder, 'keys new --out other.pem');
    const other = await ocellus(folder, ['bundle', 'verify', 'b.ocb', '--key', 'other.pem.pub']);
    t.is(other.code, 1);
    t.regex(other.err, /^ocellus bundle: b\.ocb: signed by [0-9a-f]{16}, none of the keys given$/);
    await works(t, folder, 'bundle sign b.ocb --key other.pem');
    await works(t, folder, 'bundle verify b.ocb --key other.pem.pub');
    await works(t, folder, 'bundle verify b.ocb --key k.pem.pub');
});

test.serial('the same input gives the same manifest and archives; another byte in any place is refused', async (t) => {
    const folder = await madeFolder(t);
    await works(t, folder, 'bundle build --app app.xsa --version 1.2.3 --key k.pem --out c.ocb');
    const [first, second] = ['b.ocb', 'c.ocb'].map((name) => readFileSync(path.join(folder, name)));
    if (first === undefined || second === undefined) return t.fail();
    const manifestEnd = first.readUInt32BE(0);
    const [start, end] = [manifestEnd + 16, manifestEnd + 80]; // r and s
    t.true(first.subarray(0, start).equals(second.subarray(0, start)));
    t.true(first.subarray(end).equals(second.subarray(end)));
    for (const at of [0, 4, 20, manifestEnd - 1, manifestEnd + 3, start - 1, start, end - 1, end + 3, end + 40, first.length - 1]) {
        const damaged = Buffer.from(first);
        damaged.writeUInt8(damaged.readUInt8(at) ^ 1, at);
        writeFileSync(path.join(folder, 'd.ocb'), damaged);
        const { code, err } = await ocellus(folder, ['bundle', 'verify', 'd.ocb', '--key', 'k.pem.pub']);
        t.is(code, 1, `byte ${at}`);
        t.regex(err, /^ocellus bundle: d\.ocb: [^\n]+$/, `byte ${at}`);
    }
    for (const length of [0, 7, 100, manifestEnd, end, first.length - 1]) {
        writeFileSync(path.join(folder, 'd.ocb'), first.subarray(0, length));
        t.is((await ocellus(folder, ['bundle', 'verify', 'd.ocb', '--key', 'k.pem.pub'])).code, 1, `${length} bytes`);
    }
    writeFileSync(path.join(folder, 'd.ocb'), Buffer.concat([first, Buffer.alloc(1)]));
    t.is((await ocellus(folder, ['bundle', 'verify', 'd.ocb', '--key', 'k.pem.pub'])).err, 'ocellus bundle: d.ocb: damaged');
});

test.serial('a revocation is signed by another key than the one it takes out', async (t) => {
    const folder = await madeFolder(t);
    await works(t, folder, 'keys new --out good.pem');
    await works(t, folder, 'keys revoke --key good.pem --revoke k.pem.pub --out r.ocb');
    const [{ id }] = JSON.parse(await works(t, folder, 'keys list k.pem.pub --json'));
    const report = JSON.parse(await works(t, folder, 'bundle inspect r.ocb --json'));
    t.deepEqual([report.engines, report.revoked], [[], [id]]);
    await works(t, folder, 'bundle verify r.ocb --key good.pem.pub');
    const own = await ocellus(folder, ['keys', 'revoke', '--key', 'k.pem', '--revoke', id, '--out', 'o.ocb']);
    t.deepEqual([own.code, own.err], [1, `ocellus keys: key ${id} cannot revoke itself: sign with another one`]);
    const signed = await ocellus(folder, ['bundle', 'sign', 'r.ocb', '--key', 'k.pem']);
    t.deepEqual([signed.code, signed.err], [1, `ocellus bundle: r.ocb: key ${id} cannot sign its own revocation`]);
});

/** Words, exit code, the one line. @type {readonly [string, number, RegExp][]} */
const mistakes = [
    ['keys', 2, /^ocellus keys: a command is missing; see ocellus keys --help$/],
    ['keys make', 2, /^ocellus keys: "make" is no command; see/],
    ['keys new', 2, /^ocellus keys: --out is missing; see/],
    ['keys new --out n.pem --colour red', 2, /^ocellus keys: Unknown option '--colour'; see/],
    ['keys new --out no/where.pem', 1, /^ocellus keys: no\/where\.pem: cannot be written: ENOENT$/],
    ['keys list', 2, /^ocellus keys: a word or file is missing; see/],
    ['keys list app.xsa', 1, /^ocellus keys: app\.xsa: larger than 16,384 bytes$/],
    ['keys list p384.pub', 1, /^ocellus keys: p384\.pub: not a key of the curve P-256: "ocellus keys new" makes one$/],
    ['keys revoke --key k.pem --out r.ocb', 2, /^ocellus keys: --revoke is missing; see/],
    ['keys revoke --key k.pem --revoke 12 --out r.ocb', 1, /^ocellus keys: 12: cannot be read: ENOENT$/],
    ['bundle build --version 1.0.0 --key k.pem --out n.ocb', 2, /^ocellus bundle: --app is missing; see/],
    ['bundle build --app app.xsa --version 1.0 --key k.pem --out n.ocb', 2, /^ocellus bundle: --version: "1\.0" is not allowed: a version as 1\.2\.3/],
    ['bundle build --app app.xsa --version 01.0.0 --key k.pem --out n.ocb', 2, /^ocellus bundle: --version: "01\.0\.0" is not allowed/],
    ['bundle build --app app.xsa --version 1.0.0 --key k.pem --out b.ocb', 1, /^ocellus bundle: b\.ocb is there already: nothing is overwritten$/],
    ['bundle build --app app.xsa --version 1.0.0 --key k.pem.pub --out n.ocb', 1, /^ocellus bundle: k\.pem\.pub: no private key in PEM$/],
    ['bundle build --app k.pem --version 1.0.0 --key k.pem --out n.ocb', 1, /^ocellus bundle: k\.pem: not an application archive \(\.xsa\)$/],
    ['bundle build --app app.xsa --app app.xsa --version 1.0.0 --key k.pem --out n.ocb', 1, /^ocellus bundle: two archives for xs-13\.3$/],
    ['bundle build --app app.xsa --version 1.0.0 --key k.pem --out n.ocb --name Door', 1, /^ocellus bundle: n\.ocb: name: "Door" is not allowed: a to z/],
    ['bundle build --app app.xsa --version 1.0.0 --key k.pem --out n.ocb --channel Beta', 1, /^ocellus bundle: n\.ocb: channel: "Beta" is not allowed/],
    ['bundle build --app app.xsa --version 1.0.0 --key k.pem --out n.ocb --counter -1', 2, /^ocellus bundle: Option '--counter' argument is ambiguous/],
    ['bundle build --app app.xsa --version 1.0.0 --key k.pem --out n.ocb --counter 4294967296', 2, /^ocellus bundle: --counter: "4294967296" is not allowed: a whole number from 0 to 4294967295; see/],
    ['bundle build --app app.xsa --version 1.0.0 --key k.pem --out n.ocb --notes app.xsa', 1, /^ocellus bundle: app\.xsa: larger than 4,096 bytes$/],
    ['bundle build --app app.xsa --version 1.0.0 --key k.pem --out n.ocb --notes bell.txt', 1, /^ocellus bundle: n\.ocb: notes: "ring\\u0007" is not allowed: text /],
    ['bundle build --app app.xsa --version 1.0.0 --key pkcs11:object=k;pin-value=1234 --out n.ocb', 1, /^ocellus bundle: the PIN stands on the command line: take it out/],
    ['bundle verify b.ocb', 2, /^ocellus bundle: --key is missing; see/],
    ['bundle verify b.ocb --key k.pem', 1, /^ocellus bundle: k\.pem: a private key: give k\.pem\.pub$/],
    ['bundle sign b.ocb --key k.pem', 1, /^ocellus bundle: b\.ocb: key [0-9a-f]{16} signed it already$/],
    ['bundle inspect k.pem', 1, /^ocellus bundle: k\.pem: not a bundle \(\.ocb\)$/],
    ['bundle inspect b.ocb c.ocb', 2, /^ocellus bundle: "c\.ocb" is one word too many; see/],
];

test.serial('each mistake is one clear line', async (t) => {
    const folder = await madeFolder(t);
    writeFileSync(path.join(folder, 'p384.pub'), generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).publicKey.export({ type: 'spki', format: 'pem' }));
    writeFileSync(path.join(folder, 'bell.txt'), 'ring\x07');
    for (const [line, code, text] of mistakes) {
        const result = await ocellus(folder, line.split(' '));
        t.is(result.code, code, line);
        t.regex(result.err, text, line);
        t.is(result.err.split('\n').length, 1, line);
        t.is(result.out, '', line);
    }
    for (const name of ['keys', 'bundle']) t.regex(await works(t, folder, `${name} --help`), new RegExp(`^usage: ocellus ${name} `));
});

test.serial('the bundle that the device reads in bundle_vector_test', async (t) => {
    const folder = emptyFolder(t);
    copyFileSync(path.join(root, 'tests', 'corpora', 'bundle', 'camera.ocb'), path.join(folder, 'b.ocb'));
    const found = JSON.parse(await works(t, folder, 'bundle inspect b.ocb --json'));
    t.deepEqual([found.name, found.version, found.counter, found.notes], ['camera', '1.2.3-rc.1', 7, 'Sch\u00F6n \u20AC\n']);
});
