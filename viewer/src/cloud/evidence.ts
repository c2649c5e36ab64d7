/** What proves that encrypted recordings are what their camera sent (docs/formats-cloud.md#evidence), by WebCrypto. */
import { list, number, record, text } from '../json.js';

/** unproven: nothing says whose it is. changed: it is not what the camera sent, or not in its place. */
export type Verdict = 'proven' | 'unproven' | 'changed';

/** What the MAC of an object is over, beside its bytes. */
interface Expected {
    readonly keyId: string;
    readonly facts: string;
    readonly mac: string;
}

const encoder = new TextEncoder();
const endLength = 155;
const endShape = /^,"seal":"([A-Za-z0-9_-]{43})","signature":"([A-Za-z0-9_-]{86})"\}$/;
const macShape = /^[A-Za-z0-9_-]{43}$/;
const curve = { name: 'ECDSA', namedCurve: 'P-256' };

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(atob(base64url.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
}

function hex(bytes: ArrayBuffer): string {
    return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The key of MACs that comes from a content key. */
async function macKey(contentKey: ArrayBuffer): Promise<CryptoKey> {
    const { subtle } = crypto;
    const secret = await subtle.importKey('raw', contentKey, 'HKDF', false, ['deriveKey']);
    const derivation = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: encoder.encode('ocellus cloud mac key 1') };
    return subtle.deriveKey(derivation, secret, { name: 'HMAC', hash: 'SHA-256', length: 256 }, false, ['verify']);
}

async function isMac(key: CryptoKey, of: string, mac: string): Promise<boolean> {
    return macShape.test(mac) && (await crypto.subtle.verify('HMAC', key, bytesOf(mac), encoder.encode(of)));
}

async function isSigned(of: string, signer: string, signature: string): Promise<boolean> {
    try {
        const key = await crypto.subtle.importKey('raw', bytesOf(signer), curve, false, ['verify']);
        return await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, bytesOf(signature), encoder.encode(of));
    } catch {
        return false; // no point of the curve
    }
}

/** Whether that is the MAC of a picture. `place`: DEVICE/CHANNEL/DAY/NAME. */
export async function isPicture(contentKey: ArrayBuffer, place: string, bytes: ArrayBuffer, mac: string): Promise<boolean> {
    const of = `ocellus cloud object 1\n${place}\n\n${hex(await crypto.subtle.digest('SHA-256', bytes))}`;
    return isMac(await macKey(contentKey), of, mac);
}

/** One index of an hour. */
export class HourEvidence {
    /** Of the index itself. */
    readonly verdict: Verdict;
    /** The public key that it is signed with; '': it is not. */
    readonly signer: string;
    /** Names of segments, in their order. */
    readonly names: readonly string[];
    readonly #folder: string;
    readonly #expected: ReadonlyMap<string, Expected>;
    readonly #keyOf: (id: string) => Promise<ArrayBuffer>;
    readonly #macKeys: Map<string, Promise<CryptoKey>>;

    private constructor(verdict: Verdict, signer: string, names: readonly string[], folder: string, expected: ReadonlyMap<string, Expected>, keyOf: (id: string) => Promise<ArrayBuffer>, macKeys: Map<string, Promise<CryptoKey>>) {
        [this.verdict, this.signer, this.names] = [verdict, signer, names];
        [this.#folder, this.#expected, this.#keyOf, this.#macKeys] = [folder, expected, keyOf, macKeys];
    }

    /** `place`: DEVICE/CHANNEL/DAY/13.json. `keyOf`: the content key of that id; without it nothing is proven. */
    static async read(json: string, place: string, keyOf: (id: string) => Promise<ArrayBuffer>): Promise<HourEvidence> {
        let index: Readonly<Record<string, unknown>> = {};
        try {
            index = record(JSON.parse(json));
        } catch {
            // it has no version
        }
        const folder = place.slice(0, place.lastIndexOf('/') + 1);
        const stems = list(index['recordings']).map((stem) => text(stem) ?? '');
        const keys = list(index['keys']).map((row) => [number(list(row)[0]) ?? 0, text(list(row)[1]) ?? ''] as const);
        const runs = new Map(list(index['chain']).map((row) => [number(list(row)[0]) ?? -1, [number(list(row)[1]) ?? 0, text(list(row)[2]) ?? ''] as const]));
        const expected = new Map<string, Expected>();
        const names: string[] = [];
        let [at, before] = [0, ''];
        list(index['segments']).forEach((row, which) => {
            const [recording, offset, bytes, start, ms, mac] = list(row);
            const name = `${stems[number(recording) ?? -1] ?? ''}-${String(number(offset) ?? 0).padStart(10, '0')}.m4s`;
            const run = runs.get(which);
            [at, before] = run === undefined ? [at + 1, before] : [run[0], run[1]];
            const own = text(mac);
            names.push(name);
            if (own !== undefined) {
                const keyId = keys.filter(([from]) => from <= which).at(-1)?.[1] ?? '';
                expected.set(name, { keyId, facts: [at, before || '-', bytes, start, ms].map(String).join(' '), mac: own });
                before = own;
            }
        });
        for (const row of list(index['heads'])) {
            const [recording, keyId = '', mac = ''] = list(row).map((one) => text(one) ?? number(one));
            expected.set(`${stems[Number(recording)] ?? ''}-${String(keyId)}-init.mp4`, { keyId: String(keyId), facts: '', mac: String(mac) });
        }
        const macKeys = new Map<string, Promise<CryptoKey>>();
        const make = (verdict: Verdict, signer: string): HourEvidence => new HourEvidence(verdict, signer, names, folder, expected, keyOf, macKeys);
        if (index['version'] !== 3) {
            return make('unproven', '');
        }
        const [, seal = '', signature = ''] = endShape.exec(json.slice(-endLength)) ?? [];
        const signer = text(index['signer']) ?? '';
        const sealer = keys.filter(([, id]) => id !== '').at(-1)?.[1] ?? '';
        const of = `ocellus cloud index 1\n${place}\n${json.slice(0, -endLength)}`;
        const contentKey = await keyOf(sealer).catch(() => undefined);
        if (contentKey === undefined) {
            return make('unproven', '');
        }
        const isWhole = seal !== '' && (await isMac(await macKey(contentKey), of, seal)) && (await isSigned(of, signer, signature));
        return make(isWhole ? 'proven' : 'changed', signer);
    }

    /** An object as it is in the store. `name`: in the folder of its day. */
    async object(name: string, bytes: ArrayBuffer): Promise<Verdict> {
        const expected = this.#expected.get(name);
        if (this.verdict !== 'proven' || expected === undefined) {
            return this.verdict === 'changed' ? 'changed' : 'unproven';
        }
        const { keyId, facts, mac } = expected;
        const key = this.#macKeys.get(keyId) ?? this.#keyOf(keyId).then(macKey);
        this.#macKeys.set(keyId, key);
        const of = `ocellus cloud object 1\n${this.#folder}${name}\n${facts}\n${hex(await crypto.subtle.digest('SHA-256', bytes))}`;
        const known = await key.catch(() => undefined);
        return known === undefined ? 'unproven' : (await isMac(known, of, mac)) ? 'proven' : 'changed';
    }

    /** Whether a playlist with these segments leaves none out and changes no order; what is behind its end may be new. */
    isOrder(listed: readonly string[]): boolean {
        const keysOf = new Set(listed.map((name) => this.#expected.get(name)?.keyId));
        // what the camera has no key of any more is in no playlist
        const all = this.names.filter((name) => keysOf.has(this.#expected.get(name)?.keyId));
        return listed.every((name, at) => all[at] === name);
    }
}
