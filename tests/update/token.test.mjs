// Keys that never leave a PKCS#11 token: SoftHSM, through OpenSSL's engine.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { appArchive, emptyFolder, ocellus, works } from './tools.mjs';

const pin = '739251';
const library = '/usr/lib/softhsm/libsofthsm2.so';

test.serial('a key in a token signs bundles with its PIN only', async (t) => {
    const folder = emptyFolder(t);
    const tokens = path.join(folder, 'tokens');
    mkdirSync(tokens);
    writeFileSync(path.join(folder, 'softhsm2.conf'), `directories.tokendir = ${tokens}\n`);
    const env = { SOFTHSM2_CONF: path.join(folder, 'softhsm2.conf') };
    const run = (/** @type {string} */ name, /** @type {string[]} */ words) => execFileSync(name, words, { env: { ...process.env, ...env }, stdio: 'pipe' });
    run('softhsm2-util', ['--init-token', '--free', '--label', 'releases', '--so-pin', '1234', '--pin', pin]);
    run('pkcs11-tool', ['--module', library, '--login', '--pin', pin, '--keypairgen', '--key-type', 'EC:prime256v1', '--label', 'signer', '--id', '01']);
    run('pkcs11-tool', ['--module', library, '--login', '--pin', pin, '--keypairgen', '--key-type', 'EC:secp384r1', '--label', 'other', '--id', '02']);
    writeFileSync(path.join(folder, 'pin'), `${pin}\n`);
    copyFileSync(appArchive, path.join(folder, 'app.xsa'));

    const key = 'pkcs11:token=releases;object=signer';
    const build = `bundle build --app app.xsa --version 1.2.3 --key ${key} --out`;
    await works(t, folder, `${build} a.ocb`, { ...env, OCELLUS_PKCS11_PIN: pin });
    await works(t, folder, `${build} b.ocb --pin-file pin`, env);
    await works(t, folder, `keys public --key ${key} --out k.pem.pub`, env);
    for (const name of ['a.ocb', 'b.ocb']) await works(t, folder, `bundle verify ${name} --key k.pem.pub`);

    /** @type {readonly [string, Record<string, string>, RegExp][]} */
    const mistakes = [
        [`${build} n.ocb`, {}, /^ocellus bundle: a token needs its PIN: give OCELLUS_PKCS11_PIN or --pin-file$/],
        [`${build} n.ocb`, { OCELLUS_PKCS11_PIN: '111111' }, /^ocellus bundle: the token refused the PIN, or needs one/],
        [`${build.replace('signer', 'nobody')} n.ocb`, { OCELLUS_PKCS11_PIN: pin }, /^ocellus bundle: the token has no such key, or is not there: /],
        [`${build.replace('signer', 'other')} n.ocb`, { OCELLUS_PKCS11_PIN: pin }, /^ocellus bundle: PKCS#11: not a key of the curve P-256/],
    ];
    for (const [line, more, text] of mistakes) {
        const { code, err } = await ocellus(folder, line.split(' '), { ...env, ...more });
        t.is(code, 1, line);
        t.regex(err, text, line);
        t.is(err.split('\n').length, 1, line);
    }
    t.deepEqual(readdirSync(os.tmpdir()).filter((name) => name.startsWith('ocellus-pin-')), []);
});
