// Content keys of encrypted footage (docs/formats-cloud.md): who reads has a private key of P-256, which opens
// the content key in the key object of a day; that opens init segments and segments.
import { createDecipheriv, createHash, createHmac, createPrivateKey, createPublicKey, hkdfSync, webcrypto } from 'node:crypto';
import { statSync } from 'node:fs';
import { Aes128Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from '@hpke/core';
import { readBytes } from '../update/files.mjs';
import { idOf, pointOf } from '../update/keys.mjs';
import { Unable } from '../update/words.mjs';
import { Damaged } from './index-file.mjs';

/** @typedef {import('./footage.mjs').Footage} Footage */
/** @typedef {{ for: string, enc: Buffer, ct: Buffer }} Wrap */
/** A private key, and the id of its public half. @typedef {{ id: string, file: string, pair: webcrypto.CryptoKeyPair }} Reader */

const pemMax = 16_384; // bytes
const objectMax = 16_384; // bytes of a key object: 4 wraps are 1 KB
const wrapsMax = 16;
const [encBytes, contentKeyBytes, tagBytes] = [65, 16, 16];
const block = 16; // bytes of AES
const info = Buffer.from('ocellus cloud wrap 1');
const readersMax = 16;

/** Footage is encrypted, and no key that was given opens it; one line. */
export class Locked extends Unable {
    /** @param {string} name of the key object @param {readonly string[]} ids of keys that would do @param {readonly Reader[]} readers */
    constructor(name, ids, readers) {
        const given = readers.length === 0 ? 'is encrypted' : `is encrypted for other keys than ${readers.map(({ id }) => id).join(', ')}`;
        super(`${name.replace(/\/[^/]*$/, '')}: ${given}: give --key FILE with the private key ${ids.join(' or ')}`);
        this.ids = ids;
    }
}

/** What an object of so many bytes has in the store when it is encrypted. @param {number} bytes */
export const sealedBytes = (bytes) => (Math.floor(bytes / block) + 1) * block;

/** The IV of an object. @param {Buffer} key content key @param {string} name in its folder */
export const ivOf = (key, name) => createHmac('sha256', key).update(name).digest().subarray(0, block);

/** MAC of a text of evidence.mjs. @param {Buffer} key content key @param {string | Buffer} text */
export const macOf = (key, text) => createHmac('sha256', Buffer.from(hkdfSync('sha256', key, '', 'ocellus cloud mac key 1', 32))).update(text).digest('base64url');

/** The id of a content key. @param {Uint8Array} key */
export const contentKeyId = (key) => createHash('sha256').update('ocellus cloud key id 1\n').update(key).digest('hex').slice(0, 16);

/** An object as it was before. Throws Damaged. @param {Buffer} bytes @param {Buffer} key content key @param {string} name in its folder */
export function unseal(bytes, key, name) {
    if (bytes.length === 0 || bytes.length % block !== 0) throw new Damaged(`has ${bytes.length} bytes, which no encrypted object has`);
    try {
        const cipher = createDecipheriv('aes-128-cbc', key, ivOf(key, name));
        return Buffer.concat([cipher.update(bytes), cipher.final()]);
    } catch {
        throw new Damaged('cannot be decrypted with the key of its day');
    }
}

/** @param {unknown} text base64url without padding @param {number} length bytes @returns {Buffer} */
function bytesOf(text, length) {
    const bytes = typeof text === 'string' && text.length === Math.ceil((length * 4) / 3) ? Buffer.from(text, 'base64url') : undefined;
    if (bytes?.length !== length || bytes.toString('base64url') !== text) throw new Damaged('has a wrap that is none');
    return bytes;
}

/** The wraps of a key object. Throws Damaged. @param {Buffer} bytes @param {string} id @returns {Wrap[]} */
export function readKeyObject(bytes, id) {
    /** @type {any} */
    let found;
    try {
        found = JSON.parse(bytes.toString('utf8'));
    } catch {
        // below
    }
    if (typeof found !== 'object' || found === null) throw new Damaged('is no JSON object');
    if (found.version !== 1) throw new Damaged(`has version ${JSON.stringify(found.version)?.slice(0, 20)}, not 1`);
    if (found.id !== id) throw new Damaged('is the key object of another key');
    if (!Array.isArray(found.wraps) || found.wraps.length === 0 || found.wraps.length > wrapsMax) throw new Damaged(`has not 1 to ${wrapsMax} wraps`);
    return found.wraps.map((/** @type {any} */ wrap) => {
        if (typeof wrap !== 'object' || wrap === null || typeof wrap.for !== 'string' || !/^[0-9a-f]{16}$/.test(wrap.for)) throw new Damaged('has a wrap for nobody');
        return { for: wrap.for, enc: bytesOf(wrap.enc, encBytes), ct: bytesOf(wrap.ct, contentKeyBytes + tagBytes) };
    });
}

/** The private key in a file that nobody else can read. @param {string} file @returns {Promise<Reader>} */
async function readerOf(file) {
    const pem = readBytes(file, pemMax).toString('latin1');
    if ((statSync(file).mode & 0o077) !== 0) throw new Unable(`${file}: others can read it: chmod 600 ${file}`);
    if (/BEGIN ENCRYPTED PRIVATE KEY|^Proc-Type: 4,ENCRYPTED/m.test(pem)) throw new Unable(`${file}: is encrypted with a passphrase; "openssl pkey -in ${file}" takes it off`);
    let key;
    try {
        key = createPrivateKey(pem);
    } catch {
        throw new Unable(`${file}: no private key in PEM`);
    }
    if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new Unable(`${file}: not a key of the curve P-256: "ocellus cloud key" makes one`);
    const publicKey = createPublicKey(key);
    const curve = { name: 'ECDH', namedCurve: 'P-256' };
    const { subtle } = webcrypto;
    const pair = {
        privateKey: await subtle.importKey('pkcs8', key.export({ type: 'pkcs8', format: 'der' }), curve, false, ['deriveBits']),
        publicKey: await subtle.importKey('raw', pointOf(publicKey), curve, true, []),
    };
    return { id: idOf(publicKey).toString('hex'), file, pair };
}

/** Keys of `--key`, or of the file that OCELLUS_CLOUD_KEY names. @param {readonly string[]} files @returns {Promise<Reader[]>} */
export async function readersOf(files) {
    const named = process.env['OCELLUS_CLOUD_KEY'] ?? '';
    const all = files.length > 0 || named === '' ? files : [named];
    if (all.length > readersMax) throw new Unable(`--key: at most ${readersMax}`);
    return Promise.all(all.map(readerOf));
}

const suite = new CipherSuite({ kem: new DhkemP256HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes128Gcm() });

/** What a private key finds in a key object; undefined: the wrap is not for it, or not of this place. @param {Reader} reader @param {Wrap} wrap @param {Buffer} aad */
async function openWrap({ pair }, { enc, ct }, aad) {
    try {
        return Buffer.from(await suite.open({ recipientKey: pair, enc, info }, ct, aad));
    } catch {
        return undefined; // a point that is not on the curve, a tag that does not fit
    }
}

/** Content keys of a store, as far as private keys open them; each key object is read once. */
export class ContentKeys {
    /** By their names. @type {Map<string, Promise<Buffer>>} */
    #known = new Map();

    /** @param {Footage} footage @param {readonly Reader[]} readers */
    constructor(footage, readers) {
        this.footage = footage;
        this.readers = readers;
    }

    /** Throws Locked, Damaged, Unable: there is no such object. @param {string} folder of the day @param {string} id @returns {Promise<Buffer>} */
    get(folder, id) {
        const name = `${folder}${id}.key.json`;
        const known = this.#known.get(name) ?? this.#read(name, id);
        known.catch(() => undefined); // seen by whoever needs it
        this.#known.set(name, known);
        return known;
    }

    /** @param {string} name @param {string} id @returns {Promise<Buffer>} */
    async #read(name, id) {
        const { s3, prefix } = this.footage;
        const found = await s3.load(name, objectMax);
        if (found === undefined) throw new Unable(`${name}: the index needs it, and it is not there`);
        const wraps = readKeyObject(found.bytes, id);
        const aad = Buffer.from(name.slice(prefix.length, -'.key.json'.length));
        let isMine = false;
        for (const wrap of wraps) {
            for (const reader of this.readers.filter((one) => one.id === wrap.for)) {
                isMine = true;
                const key = await openWrap(reader, wrap, aad);
                if (key !== undefined && contentKeyId(key) === id) return key;
            }
        }
        if (isMine) throw new Damaged('has a wrap for this key that it does not open');
        throw new Locked(name, wraps.map((wrap) => wrap.for), this.readers);
    }
}
