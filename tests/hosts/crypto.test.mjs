// What ocellus/crypto makes, checked by the crypto of Node: another interface to another version of a library.
import { execFileSync } from 'node:child_process';
import crypto from 'node:crypto';
import path from 'node:path';
import test from 'ava';

const build = path.resolve('build/linux');

test('keys, signatures, secrets, seals and derived bytes made here are right elsewhere', (t) => {
    const argv = ['ocellus/test/crypto/made-here', path.join(build, 'app.xsa'), path.join(build, 'tests.xsa')];
    const lines = execFileSync(path.join(build, 'xsrun'), argv, { encoding: 'utf8' }).trim().split('\n');
    t.is(lines.length, 20);
    const text = Buffer.from('made here');
    const bytes = (/** @type {string} */ hex) => Buffer.from(hex, 'hex');
    for (const line of lines) {
        const made = JSON.parse(line);
        const [own, open, peer] = [crypto.createPrivateKey(made.private), crypto.createPublicKey(made.public), crypto.createPublicKey(made.peer)];
        t.is(crypto.createPublicKey(own).export({ type: 'spki', format: 'pem' }), made.public);
        t.is(own.export({ type: 'pkcs8', format: 'pem' }), made.private);
        t.true(crypto.verify('sha256', text, { key: open, dsaEncoding: 'ieee-p1363' }, bytes(made.raw)));
        t.true(crypto.verify('sha256', text, open, bytes(made.der)));
        t.is(crypto.diffieHellman({ privateKey: own, publicKey: peer }).toString('hex'), made.agreed);
        const [key, nonce, sealed] = [bytes(made.key), bytes(made.nonce), bytes(made.sealed)];
        const opened = crypto.createDecipheriv(key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm', key, nonce);
        opened.setAAD(nonce);
        opened.setAuthTag(sealed.subarray(-16));
        t.is(Buffer.concat([opened.update(sealed.subarray(0, -16)), opened.final()]).toString(), 'made here');
        t.is(Buffer.from(crypto.hkdfSync('sha256', key, nonce, text, made.derived.length / 2)).toString('hex'), made.derived);
    }
});
