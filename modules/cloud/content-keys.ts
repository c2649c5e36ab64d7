/**
 * Keys that the objects of a channel are encrypted with: one for each day and set of recipients, derived, so that whatever
 * is sent again is the same bytes (docs/formats-cloud.md). Pure but for the keys of wraps, which are random.
 */
import type { ChainMemory } from 'ocellus/app/cloud/chain-memory';
import { indexText, sealEnd } from 'ocellus/app/cloud/evidence';
import type { IndexSeal } from 'ocellus/app/cloud/hour-index';
import { hpkeSeal } from 'ocellus/app/cloud/hpke-seal';
import { type ObjectRoot, partOf } from 'ocellus/app/cloud/object-names';
import { hashBody } from 'ocellus/app/cloud/payload-hash';
import { type Body, encryptedBody } from 'ocellus/body';
import {
    base64url,
    equal,
    hex,
    hkdfSha256,
    hmacSha256,
    type P256PrivateKey,
    type P256PublicKey,
    sha256,
} from 'ocellus/crypto';

/** What the keys come from. */
export interface ContentKeysOptions {
    /** 32 random bytes of this device. */
    readonly secret: Uint8Array;
    /** Sets of recipients that the device had, the newest first: ids in their order, joined by ",". */
    readonly sets: readonly string[];
    /** Those of now, the owner's first; [] when nothing new is encrypted. */
    readonly recipients: readonly P256PublicKey[];
    readonly root: Pick<ObjectRoot, 'device'>;
    /** Signs indexes; left out: they are not sealed, as before there were proofs. */
    readonly signer?: P256PrivateKey;
    /** Left out: `encryptedBody`, `hashBody`. */
    readonly encrypt?: typeof encryptedBody;
    readonly hash?: typeof hashBody;
}

/** Where a writer or a reader of objects has its keys from. */
export interface KeySource {
    /** New objects are encrypted. */
    readonly on: boolean;
    /** undefined: this device never encrypted anything; not when `on`. */
    readonly load: () => Promise<ContentKeys | undefined>;
    /** Where each channel's proofs ended; left out: it is not kept. */
    readonly chains?: ChainMemory;
}

/** Bytes of a content key, of an IV, of an id before it is written, and of a key of MACs. */
const [keyBytes, ivBytes, idBytes, macKeyBytes] = [16, 16, 8, 32] as const;
const nothing = new Uint8Array(0);
const version = 1;

function utf8(text: string): Uint8Array {
    return new TextEncoder().encode(text);
}

/** What a public key is known by: 16 hexadecimal digits. */
export function recipientId(key: P256PublicKey): string {
    return hex(sha256(key.point()).subarray(0, idBytes));
}

/** The key of a channel and a day. */
export class ContentKey {
    /** 16 hexadecimal digits, in names of objects. */
    readonly id: string;
    /** 16 bytes. */
    readonly bytes: Uint8Array;
    readonly #encrypt: typeof encryptedBody;
    readonly #hash: typeof hashBody;
    #macKey: Uint8Array | undefined;

    constructor(bytes: Uint8Array, encrypt: typeof encryptedBody, hash: typeof hashBody) {
        const named = utf8('ocellus cloud key id 1\n');
        const all = new Uint8Array(named.length + keyBytes);
        all.set(named);
        all.set(bytes, named.length);
        this.id = hex(sha256(all).subarray(0, idBytes));
        this.bytes = bytes;
        this.#encrypt = encrypt;
        this.#hash = hash;
    }

    /** The IV of an object by its name inside of its day: 16 bytes. */
    iv(name: string): Uint8Array {
        return hmacSha256(this.bytes, utf8(name)).subarray(0, ivBytes);
    }

    /** A body as the object of that name has it; the other one may be closed then. */
    encrypted(body: Body, name: string): Body {
        return this.#encrypt(body, this.bytes, this.iv(name));
    }

    /** SHA-256 of what `encrypted` gave, in hexadecimal digits: it is read for that. */
    digest(body: Body): Promise<string> {
        return this.#hash(body);
    }

    /** MAC of a text of evidence.ts: HMAC-SHA-256 by a key that comes from this one and is used for nothing else. */
    mac(text: string): string {
        this.#macKey ??= hkdfSha256(this.bytes, nothing, utf8('ocellus cloud mac key 1'), macKeyBytes);
        return base64url(hmacSha256(this.#macKey, utf8(text)));
    }

    /** Whether that is its MAC; how long it takes tells nothing. */
    isMac(text: string, mac: string): boolean {
        return equal(utf8(this.mac(text)), utf8(mac));
    }
}

/** Those of one device. */
export class ContentKeys {
    readonly #options: ContentKeysOptions;
    readonly #ids: string;

    constructor(options: ContentKeysOptions) {
        this.#options = options;
        this.#ids = options.recipients.map(recipientId).join(',');
    }

    /** The public key that indexes are signed with, base64url; '': this device signs none. */
    get signer(): string {
        const { signer } = this.#options;
        return signer === undefined ? '' : base64url(signer.publicKey().point());
    }

    /** The key that new objects of a day have; undefined: there are no recipients. `day`: "2026-11-22". */
    current(channel: string, day: string): ContentKey | undefined {
        return this.#ids === '' ? undefined : this.#derive(channel, day, this.#ids);
    }

    /** The key of that id; undefined: it came from another secret, or from recipients that are forgotten. */
    find(channel: string, day: string, id: string): ContentKey | undefined {
        for (const ids of this.#options.sets) {
            const key = this.#derive(channel, day, ids);
            if (key.id === id) {
                return key;
            }
        }
        return undefined;
    }

    /** IVs of objects in hexadecimal digits, by day, id of the key and name; undefined: there is no such key. */
    ivs(channel: string): (day: string, id: string, name: string) => string | undefined {
        let [ofDay, ofId, key]: [string, string, ContentKey | undefined] = ['', '', undefined];
        return (day, id, name) => {
            if (ofId !== id || ofDay !== day) {
                [ofDay, ofId, key] = [day, id, this.find(channel, day, id)];
            }
            return key && hex(key.iv(name)).toUpperCase();
        };
    }

    /** Seals the index of that place with a key, and signs it; undefined: this device signs nothing. */
    seal(place: string, key: ContentKey): IndexSeal | undefined {
        const { signer } = this.#options;
        return (
            signer && {
                signer: this.signer,
                end: (body) => {
                    const text = indexText(place, body);
                    return sealEnd(key.mac(text), base64url(signer.sign(utf8(text))));
                },
            }
        );
    }

    /** The object that has a key, sealed for each recipient of now. */
    keyObject(channel: string, day: string, key: ContentKey): string {
        const { recipients, root } = this.#options;
        const info = utf8('ocellus cloud wrap 1');
        const place = [partOf(root.device, 'device'), partOf(channel, 'channel'), day, key.id].join('/');
        const wraps = recipients.map((recipient) => {
            const { enc, ct } = hpkeSeal(recipient, info, utf8(place), key.bytes);
            return { for: recipientId(recipient), enc: base64url(enc), ct: base64url(ct) };
        });
        return JSON.stringify({ version, id: key.id, wraps });
    }

    #derive(channel: string, day: string, ids: string): ContentKey {
        const { secret, root, encrypt = encryptedBody, hash = hashBody } = this.#options;
        const info = `ocellus cloud content key 1\n${root.device}\n${channel}\n${day}\n${ids}`;
        return new ContentKey(hkdfSha256(secret, nothing, utf8(info), keyBytes), encrypt, hash);
    }
}
