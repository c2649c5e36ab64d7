/** Key objects of encrypted recordings (docs/formats-cloud.md), opened by HPKE. Loaded only where something is encrypted. */
import { Aes128Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from '@hpke/core';
import { list, record } from '../json.js';
import type { Reader } from './private-key.js';

/** `locked`: no key was given, or others would do. `damaged`: the object is none, or its wrap does not open. */
export class LockedError extends Error {
    constructor(
        readonly why: 'locked' | 'damaged',
        /** Ids of keys that would do. */
        readonly ids: readonly string[] = [],
    ) {
        super(why);
    }
}

interface Wrap {
    readonly id: string;
    readonly enc: Uint8Array<ArrayBuffer>;
    readonly ct: Uint8Array<ArrayBuffer>;
}

const wrapsMax = 16;
/** Characters of a key object: 4 wraps are 1 KB. */
const textMax = 16_384;
const [encBytes, ctBytes] = [65, 32];
const encoder = new TextEncoder();
const suite = new CipherSuite({ kem: new DhkemP256HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes128Gcm() });

function bytesOf(value: unknown, length: number): Uint8Array<ArrayBuffer> {
    const isBase64 = typeof value === 'string' && value.length === Math.ceil((length * 4) / 3) && /^[A-Za-z0-9_-]+$/.test(value);
    if (!isBase64) {
        throw new LockedError('damaged');
    }
    return Uint8Array.from(atob(value.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
}

/** Its wraps. Throws LockedError. */
export function readKeyObject(json: string, keyId: string): Wrap[] {
    let found: Readonly<Record<string, unknown>> = {};
    try {
        found = record(JSON.parse(json.length > textMax ? '' : json));
    } catch {
        // it has no version
    }
    const wraps = list(found['wraps']);
    if (found['version'] !== 1 || found['id'] !== keyId || wraps.length === 0 || wraps.length > wrapsMax) {
        throw new LockedError('damaged');
    }
    return wraps.map((row) => {
        const { for: id, enc, ct } = record(row);
        if (typeof id !== 'string' || !/^[0-9a-f]{16}$/.test(id)) {
            throw new LockedError('damaged');
        }
        return { id, enc: bytesOf(enc, encBytes), ct: bytesOf(ct, ctBytes) };
    });
}

/** The id of a content key. */
async function contentKeyId(key: ArrayBuffer): Promise<string> {
    const prefix = encoder.encode('ocellus cloud key id 1\n');
    const all = new Uint8Array(prefix.length + key.byteLength);
    all.set(prefix);
    all.set(new Uint8Array(key), prefix.length);
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', all));
    return [...hash.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The content key, 16 bytes. `place`: DEVICE/CHANNEL/DAY/KEYID as in names of objects. Throws LockedError. */
export async function unwrap(json: string, place: string, reader: Reader | undefined): Promise<ArrayBuffer> {
    const keyId = place.slice(place.lastIndexOf('/') + 1);
    const wraps = readKeyObject(json, keyId);
    const own = wraps.filter(({ id }) => id === reader?.id);
    if (reader === undefined || own.length === 0) {
        throw new LockedError('locked', wraps.map(({ id }) => id));
    }
    for (const { enc, ct } of own) {
        try {
            const params = { recipientKey: reader.pair, enc: enc.buffer, info: encoder.encode('ocellus cloud wrap 1').buffer };
            const key = await suite.open(params, ct.buffer, encoder.encode(place).buffer);
            if ((await contentKeyId(key)) === keyId) {
                return key;
            }
        } catch {
            // a point that is not on the curve, a tag that does not fit: another wrap may be good
        }
    }
    throw new LockedError('damaged');
}
