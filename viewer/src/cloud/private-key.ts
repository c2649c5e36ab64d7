/**
 * The private key of whoever reads encrypted recordings: imported once from its file, and from then on a key that no
 * script can export. It is sent nowhere.
 */

/** A key, and the id of its public half. */
export interface Reader {
    /** 16 hexadecimal digits. */
    readonly id: string;
    readonly pair: CryptoKeyPair;
}

/** The browser has no WebCrypto at this address; or the text is no private key of P-256 in PKCS#8. */
export class KeyError extends Error {
    constructor(readonly why: 'insecure' | 'invalid') {
        super(why);
    }
}

const curve = { name: 'ECDH', namedCurve: 'P-256' };
const [database, store, place] = ['ocellus.cloud', 'keys', 'reader'];
/** Characters of a PEM file. */
const pemMax = 16_384;

/** The first 16 hexadecimal digits of the SHA-256 of a point. */
async function idOf(point: ArrayBuffer): Promise<string> {
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', point));
    return [...hash.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Imports the PEM that `ocellus cloud key` makes. Throws KeyError. */
export async function readPem(pem: string): Promise<Reader> {
    if (globalThis.crypto?.subtle === undefined) {
        throw new KeyError('insecure');
    }
    try {
        const [, body = ''] = /-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----/.exec(pem.slice(0, pemMax)) ?? [];
        const der = Uint8Array.from(atob(body.replace(/\s/g, '')), (c) => c.charCodeAt(0));
        const open = await crypto.subtle.importKey('pkcs8', der, curve, true, ['deriveBits']);
        const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', open);
        const publicKey = await crypto.subtle.importKey('jwk', { kty, crv, x, y } as JsonWebKey, curve, true, []);
        const privateKey = await crypto.subtle.importKey('pkcs8', der, curve, false, ['deriveBits']);
        der.fill(0);
        return { id: await idOf(await crypto.subtle.exportKey('raw', publicKey)), pair: { privateKey, publicKey } };
    } catch {
        throw new KeyError('invalid');
    }
}

/** One step of the store of keys in this browser. */
async function inStore<T>(mode: IDBTransactionMode, work: (keys: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    const settled = <R>(request: IDBRequest<R>): Promise<R> =>
        new Promise((resolve, reject) => {
            request.onsuccess = () => resolve(request.result);
            request.onerror = () => reject(request.error ?? new Error(database));
        });
    const opening = indexedDB.open(database, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(store);
    const opened = await settled(opening);
    try {
        return await settled(work(opened.transaction(store, mode).objectStore(store)));
    } finally {
        opened.close();
    }
}

/** Keeps it in this browser until it is forgotten; where that is not possible it holds until the page is left. */
export async function keepReader(reader: Reader): Promise<void> {
    await inStore('readwrite', (keys) => keys.put(reader, place)).catch(() => undefined);
}

/** The one that was kept; undefined: none. */
export async function keptReader(): Promise<Reader | undefined> {
    const found: unknown = await inStore('readonly', (keys) => keys.get(place)).catch(() => undefined);
    return found === undefined ? undefined : (found as Reader);
}

/** Nothing is kept any more. */
export async function forgetReader(): Promise<void> {
    await inStore('readwrite', (keys) => keys.delete(place)).catch(() => undefined);
}
