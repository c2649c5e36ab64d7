// Keys that sign: P-256, as PEM files or in a PKCS#11 token. The private half never leaves OpenSSL or the token.
import { execFileSync } from 'node:child_process';
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createFile, readBytes, replaceFile } from './files.mjs';
import { atTerminal, given, prompt } from './secret.mjs';
import { Unable } from './words.mjs';

/** @typedef {import('node:crypto').KeyObject} KeyObject */
/** @typedef {{ id: Buffer, publicKey: KeyObject, sign: (message: Uint8Array) => Buffer }} Signer */

const pemMax = 16 * 1024;
const passphraseMin = 8;
const encoding = 'ieee-p1363';

/** The point of a public key, 65 bytes. @param {KeyObject} key */
export const pointOf = (key) => key.export({ type: 'spki', format: 'der' }).subarray(-65);

/** Of a public key: the first 8 bytes of the SHA-256 of its point. @param {KeyObject} key */
export const idOf = (key) => createHash('sha256').update(pointOf(key)).digest().subarray(0, 8);

/** @param {KeyObject} key @param {string} name */
function checkCurve(key, name) {
    if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
        throw new Unable(`${name}: not a key of the curve P-256: "ocellus keys new" makes one`);
    }
    return key;
}

/** @param {string} file PEM of either half @returns {KeyObject} the public one; throws Unable */
export function readPublic(file) {
    const pem = readBytes(file, pemMax).toString('latin1');
    if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) throw new Unable(`${file}: a private key: give ${file}.pub`);
    let key;
    try {
        key = createPublicKey(pem);
    } catch {
        throw new Unable(`${file}: no public key in PEM`);
    }
    return checkCurve(key, file);
}

/** @param {string} file */
export const isEncrypted = (file) => /BEGIN ENCRYPTED PRIVATE KEY|^Proc-Type: 4,ENCRYPTED/m.test(readBytes(file, pemMax).toString('latin1'));

/** @param {string} file @param {string | undefined} passphraseFile @returns {Promise<Signer>} */
async function fileSigner(file, passphraseFile) {
    const pem = readBytes(file, pemMax).toString('latin1');
    if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) throw new Unable(`${file}: no private key in PEM`);
    let passphrase;
    if (isEncrypted(file)) {
        passphrase = given('OCELLUS_KEY_PASSPHRASE', passphraseFile) ?? (atTerminal() ? await prompt(`Passphrase of ${file}: `) : undefined);
        if (passphrase === undefined) throw new Unable(`${file} is encrypted: give OCELLUS_KEY_PASSPHRASE or --passphrase-file`);
    }
    let key;
    try {
        key = createPrivateKey(passphrase === undefined ? pem : { key: pem, passphrase });
    } catch {
        throw new Unable(passphrase === undefined ? `${file}: no private key in PEM` : `${file}: the passphrase is wrong, or the file is damaged`);
    }
    checkCurve(key, file);
    const publicKey = createPublicKey(key);
    return { id: idOf(publicKey), publicKey, sign: (message) => sign('sha256', message, { key, dsaEncoding: encoding }) };
}

/** r and s, 32 bytes each, of a signature in DER, which OpenSSL's program writes. @param {Buffer} der */
function rawSignature(der) {
    const raw = Buffer.alloc(64);
    for (let at = 2, half = 1; half <= 2; half++) {
        const length = der[at + 1] ?? 0;
        const number = der.subarray(at + 2, at + 2 + length);
        const digits = number.subarray(Math.max(0, number.length - 32));
        raw.set(digits, half * 32 - digits.length);
        at += 2 + length;
    }
    return raw;
}

/** Executes OpenSSL's program with the engine for PKCS#11. @param {readonly string[]} words @param {Uint8Array} [input] what to sign */
function openssl(words, input) {
    try {
        return execFileSync('openssl', words, { input: input ?? '', stdio: ['pipe', 'pipe', 'pipe'], timeout: 60_000, maxBuffer: 1 << 20 });
    } catch (error) {
        const { code, stderr } = /** @type {NodeJS.ErrnoException & { stderr?: Buffer }} */ (error);
        if (code === 'ENOENT') throw new Unable('openssl is missing: install the packages openssl and libengine-pkcs11-openssl');
        const text = String(stderr ?? '');
        if (/invalid engine|could not load the shared library/i.test(text)) throw new Unable('the PKCS#11 engine of OpenSSL is missing: install libengine-pkcs11-openssl');
        if (input !== undefined && /PIN|Login/i.test(text)) throw new Unable('the token refused the PIN, or needs one: give OCELLUS_PKCS11_PIN or --pin-file');
        throw new Unable('the token has no such key, or is not there: "p11tool --list-all" shows its objects');
    }
}

/** @param {string} uri RFC 7512 @param {string | undefined} pinFile @returns {Signer} */
function tokenSigner(uri, pinFile) {
    if (/[;?&]pin-(value|source)=/.test(uri)) throw new Unable('the PIN stands on the command line: take it out of the URI, give OCELLUS_PKCS11_PIN or --pin-file');
    const bare = uri.replace(/[;?]type=[^;?&]*/, '');
    const pem = openssl(['pkey', '-engine', 'pkcs11', '-inform', 'engine', '-pubin', '-in', bare, '-pubout']);
    const publicKey = checkCurve(createPublicKey(pem.toString('latin1').replace(/^[\s\S]*?(?=-----BEGIN)/, '')), 'PKCS#11');
    const signMessage = (/** @type {Uint8Array} */ message) => {
        const folder = mkdtempSync(path.join(os.tmpdir(), 'ocellus-pin-'));
        try {
            const pin = path.join(folder, 'pin');
            const value = given('OCELLUS_PKCS11_PIN', pinFile);
            if (value === undefined) throw new Unable('a token needs its PIN: give OCELLUS_PKCS11_PIN or --pin-file');
            writeFileSync(pin, value, { mode: 0o600 });
            const key = `${bare};type=private;pin-source=file:${pin}`;
            const signature = rawSignature(openssl(['dgst', '-sha256', '-engine', 'pkcs11', '-keyform', 'engine', '-sign', key], message));
            if (!verifies(publicKey, message, signature)) throw new Unable('the token made a signature that its public key refuses: two objects of the same name?');
            return signature;
        } finally {
            rmSync(folder, { recursive: true, force: true });
        }
    };
    return { id: idOf(publicKey), publicKey, sign: signMessage };
}

/** @param {KeyObject} key public @param {Uint8Array} message @param {Uint8Array} signature r, s */
export const verifies = (key, message, signature) => signature.length === 64 && verify('sha256', message, { key, dsaEncoding: encoding }, signature);

/**
 * What --key names: a PEM file, or a key in a token.
 * @param {string} key
 * @param {{ passphraseFile?: string | undefined, pinFile?: string | undefined }} [secrets]
 * @returns {Promise<Signer>}
 */
export const signerOf = async (key, { passphraseFile, pinFile } = {}) => (key.startsWith('pkcs11:') ? tokenSigner(key, pinFile) : fileSigner(key, passphraseFile));

/**
 * A new key: `file`, and `file`.pub.
 * @param {string} file
 * @param {{ passphraseFile?: string | undefined, plain?: boolean }} options plain: not encrypted, and not asked for
 * @returns {Promise<{ id: string, encrypted: boolean }>}
 */
export async function newKey(file, { passphraseFile, plain = false }) {
    let passphrase = plain ? undefined : given('OCELLUS_KEY_PASSPHRASE', passphraseFile);
    if (passphrase === undefined && !plain && atTerminal()) {
        passphrase = await prompt('Passphrase of the new key: ');
        if ((await prompt('Once more: ')) !== passphrase) throw new Unable('the two are not the same');
    }
    if (passphrase !== undefined && passphrase.length < passphraseMin) throw new Unable(`a passphrase has ${passphraseMin} characters or more`);
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const form = /** @type {const} */ ({ type: 'pkcs8', format: 'pem' });
    createFile(file, privateKey.export(passphrase === undefined ? form : { ...form, cipher: 'aes-256-cbc', passphrase }), 0o600);
    replaceFile(`${file}.pub`, publicKey.export({ type: 'spki', format: 'pem' }));
    return { id: idOf(publicKey).toString('hex'), encrypted: passphrase !== undefined };
}
