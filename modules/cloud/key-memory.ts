/** What a device keeps for the keys of its objects: its secret, which recipients it had, and the key that it signs with. */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { ContentKeys, type ContentKeysOptions, recipientId } from 'ocellus/app/cloud/content-keys';
import { isObject, parseJson } from 'ocellus/app/config/json';
import { base64url, fromBase64url, fromHex, hex, P256PrivateKey, P256PublicKey, randomBytes } from 'ocellus/crypto';

/** The value; it stays until the data folder is emptied. Without it there are other keys from then on. */
const storeName = 'cloudsecret';
/** The same of the key that signs: a value of its own, for a former version reads the other one. */
const signerName = 'cloudsigner';
const signerNames: ReadonlySet<string> = new Set(['version', 'key']);
const names: ReadonlySet<string> = new Set(['version', 'secret', 'sets']);
const version = 1;
const secretBytes = 32;
/** Sets of recipients that are kept, 70 bytes each: days of an earlier one do not play on the device. */
const setsMax = 16;

type Memory = Pick<ContentKeysOptions, 'secret' | 'sets'>;

function textOf({ secret, sets }: Memory): string {
    return JSON.stringify({ version, secret: hex(secret), sets });
}

/** undefined: there is none, or it is damaged. */
function memoryOf(text: string | undefined): Memory | undefined {
    let found: unknown;
    try {
        found = text === undefined ? undefined : parseJson(text, storeName, 0, names);
    } catch {
        return undefined;
    }
    const { secret, sets } = isObject(found) && found['version'] === version ? found : { secret: '', sets: [] };
    if (typeof secret !== 'string' || !/^[0-9a-f]{64}$/.test(secret) || !Array.isArray(sets)) {
        return undefined;
    }
    const known = (sets as readonly unknown[]).filter(
        (set): set is string => typeof set === 'string' && /^[0-9a-f]{16}(?:,[0-9a-f]{16}){0,3}$/.test(set),
    );
    return { secret: fromHex(secret), sets: known.slice(0, setsMax) };
}

/** The key that indexes are signed with, which is made when there is none. */
async function signerOf(plane: Pick<PlaneApi, 'readStore' | 'writeStore'>): Promise<P256PrivateKey> {
    const text = await plane.readStore(signerName);
    try {
        const found = text === undefined ? undefined : parseJson(text, signerName, 0, signerNames);
        const key = isObject(found) && found['version'] === version ? found['key'] : undefined;
        if (typeof key === 'string') {
            return P256PrivateKey.import(fromBase64url(key));
        }
    } catch {
        // it is damaged: readers find that another key signs
    }
    const made = P256PrivateKey.generate();
    await plane.writeStore(signerName, JSON.stringify({ version, key: base64url(made.export()) }));
    return made;
}

/**
 * The keys of this device for the recipients of the settings (`cloud.encryptFor`); a secret is made when there are any
 * and it has none. undefined: there are none, and it never had a secret. Rejects when the value cannot be written.
 */
export async function openKeys(
    plane: Pick<PlaneApi, 'readStore' | 'writeStore'>,
    encryptFor: readonly string[],
    more: Pick<ContentKeysOptions, 'root' | 'encrypt' | 'hash'>,
): Promise<ContentKeys | undefined> {
    const recipients = [...new Set(encryptFor)].map((text) => new P256PublicKey(fromBase64url(text)));
    const kept = memoryOf(await plane.readStore(storeName));
    if (kept === undefined && recipients.length === 0) {
        return undefined;
    }
    const { secret, sets } = kept ?? { secret: randomBytes(secretBytes), sets: [] };
    const ids = recipients.map(recipientId).join(',');
    const now = ids === '' ? sets : [ids, ...sets.filter((set) => set !== ids)].slice(0, setsMax);
    if (kept === undefined || now.join(' ') !== sets.join(' ')) {
        await plane.writeStore(storeName, textOf({ secret, sets: now }));
    }
    return new ContentKeys({ ...more, secret, sets: now, recipients, signer: await signerOf(plane) });
}
