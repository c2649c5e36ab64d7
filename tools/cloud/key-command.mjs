// `ocellus cloud key`: the key pair of whoever reads encrypted footage. Cameras get the public half.
import { generateKeyPairSync, createPrivateKey, createPublicKey } from 'node:crypto';
import { createFile, readBytes } from '../update/files.mjs';
import { idOf, pointOf } from '../update/keys.mjs';
import { Unable, Usage } from '../update/words.mjs';

/** @typedef {import('../update/words.mjs').Parsed} Parsed */
/** @typedef {import('node:crypto').KeyObject} KeyObject */

const pemMax = 16_384; // bytes

/** @param {string} file @returns {KeyObject} its public half */
function publicOf(file) {
    let key;
    try {
        key = createPublicKey(createPrivateKey(readBytes(file, pemMax)));
    } catch (error) {
        throw error instanceof Unable ? error : new Unable(`${file}: no private key in PEM, or one with a passphrase`);
    }
    if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new Unable(`${file}: not a key of the curve P-256`);
    return key;
}

/** @param {string} file @returns {KeyObject} the public half of a new key */
function make(file) {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    createFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), 0o600);
    return publicKey;
}

/** @param {Parsed} parsed */
export function key(parsed) {
    const [out, existing] = [parsed.text('out'), parsed.text('public')];
    if (!out === !existing) throw new Usage('give --out FILE for a new key, or --public FILE for one that is there');
    const file = out || existing || '';
    const publicKey = out ? make(file) : publicOf(file);
    const [id, text] = [idOf(publicKey).toString('hex'), pointOf(publicKey).toString('base64url')];
    if (parsed.is('json')) console.log(JSON.stringify({ file, id, public: text }));
    else {
        console.log(`${file}: private key ${id}${out ? '; keep a copy: recordings that are encrypted for it cannot be seen without it' : ''}`);
        console.log(`cloud.encryptFor: ${text}`);
    }
    return 0;
}
