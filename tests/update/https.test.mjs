// `ocellus update` with a device that listens with HTTPS and a login: who the other end is, and who we are.
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import tls from 'node:tls';
import test from 'ava';
import { closed, password } from '../hosts/closed.mjs';
import { appArchive, byProgram, emptyFolder, ocellus, works } from './tools.mjs';

test.serial('the fingerprint and the password decide; each mistake is one clear line', async (t) => {
    const folder = emptyFolder(t);
    copyFileSync(appArchive, path.join(folder, 'app.xsa'));
    await works(t, folder, 'keys new --out k.pem --no-passphrase');
    await works(t, folder, 'bundle build --app app.xsa --version 1.1.0 --key k.pem --out b.ocb');
    const { device, data, url, fingerprint } = await closed(t, ['--update-key', path.join(folder, 'k.pem.pub'), '--update-trial', '1']);
    t.regex(url, /^https:/);
    t.regex(fingerprint, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/, 'as the device shows it');
    const { host } = new URL(url);
    const env = { OCELLUS_PASSWORD: password };
    const right = `--url ${url} --cert-fingerprint ${fingerprint}`;
    writeFileSync(path.join(folder, 'password'), `${password}\n`, { mode: 0o600 });
    writeFileSync(path.join(folder, 'wrong'), 'Zw3tschgen-Datschl\n', { mode: 0o600 });

    t.regex(await works(t, folder, `update status ${right}`, env), /^camera \S+, idle; host /);
    t.is(await works(t, folder, `update apply b.ocb --wait --url ${url} --cert-fingerprint ${fingerprint.replaceAll(':', '').toLowerCase()} --password-file password`), '1.1.0: committed; camera 1.1.0 runs');
    t.regex(await works(t, folder, `update rollback --wait ${right} --user admin`, env), /^[^\n]+: committed; camera \S+ runs$/);

    const other = '0'.repeat(64);
    const shown = fingerprint.replaceAll(':', '').toLowerCase();
    /** @type {readonly [string, Record<string, string>, number, string | RegExp][]} */
    const mistakes = [
        [`status --url ${url} --cert-fingerprint ${other}`, env, 1, `another certificate than --cert-fingerprint: ${shown}; is it another device, or somebody between?`],
        [`apply b.ocb --url ${url} --cert-fingerprint ${other}`, env, 1, /^another certificate than --cert-fingerprint: /],
        [`status --url ${url}`, env, 1, /^[\d.:]+: its certificate is of no authority known here \([A-Z_]+\): give --cert-fingerprint, which the device shows$/],
        [`status ${right} --password-file wrong`, {}, 1, `${host}: login: wrong user or password`],
        [`status ${right} --user nobody`, env, 1, `${host}: login: wrong user or password`],
        [`apply b.ocb ${right}`, {}, 1, `${host}: login: give the password in OCELLUS_PASSWORD or --password-file`],
        [`status --url ${url.replace('https:', 'http:')}`, env, 1, /^[\d.:]+: [^\n]+$/],
        [`status --url ${url} --cert-fingerprint ${fingerprint.slice(3)}`, env, 2, /^--cert-fingerprint: a SHA-256 has 64/],
    ];
    for (const [words, given, code, text] of mistakes) {
        const result = await ocellus(folder, `update ${words}`.split(' '), given);
        t.is(result.code, code, words);
        const line = result.err.replace(/^ocellus update: /, '');
        if (typeof text === 'string') t.is(line, text, words);
        else t.regex(line, text, words);
        t.is(result.err.split('\n').length, 1, words);
        t.is(result.out, '', words);
        t.false(result.err.includes(password), words);
    }
    // the same by the program, as a person types it
    const typed = await byProgram(folder, ['update', 'status', '--url', url, '--cert-fingerprint', other]);
    t.deepEqual([typed.code, typed.err], [1, `ocellus update: another certificate than --cert-fingerprint: ${shown}; is it another device, or somebody between?`]);
    t.is((await device.stop()).code, 0, device.stderr);
    t.false(device.stderr.includes(password));

    // what has another certificate receives neither the password nor the bundle
    let received = 0;
    const [cert, key] = ['cert.pem', 'key.pem'].map((name) => readFileSync(path.join(data, 'access', name)));
    const somebody = tls.createServer({ cert, key }, (socket) => {
        socket.on('data', (bytes) => (received += bytes.length)).on('error', () => undefined);
    });
    await new Promise((resolve) => somebody.listen(0, '127.0.0.1', () => resolve(undefined)));
    t.teardown(() => somebody.close());
    const { port } = /** @type {import('node:net').AddressInfo} */ (somebody.address());
    for (const print of [` --cert-fingerprint ${other}`, '']) {
        t.is((await ocellus(folder, `update apply b.ocb --url https://127.0.0.1:${port}${print}`.split(' '), env)).code, 1);
    }
    t.is(received, 0);
});
