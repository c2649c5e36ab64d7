/** Opens what modules/cloud/hpke-seal.ts sealed, by the other half of RFC 9180, and objects of keys. */
import { AesGcm, fromBase64url, hex, hmacSha256, type P256PrivateKey, P256PublicKey, sha256 } from 'ocellus/crypto';
import { assert, assertEqual } from 'ocellus/test/harness';

const utf8 = (text: string) => new TextEncoder().encode(text);
const bytes = (...parts: readonly (Uint8Array | string | readonly number[])[]): Uint8Array =>
    Uint8Array.from(parts.flatMap((part) => [...(typeof part === 'string' ? utf8(part) : part)]));
const kem = bytes('KEM', [0, 16]);
const suite = bytes('HPKE', [0, 16, 0, 1, 0, 1]);
const extract = (of: Uint8Array, salt: Uint8Array, label: string, secret: Uint8Array) =>
    hmacSha256(salt, bytes('HPKE-v1', of, label, secret));
const none = new Uint8Array(0);

/** HKDF-Expand to one block (RFC 5869). */
function expand(of: Uint8Array, secret: Uint8Array, label: string, info: Uint8Array, length: number): Uint8Array {
    const labelled = bytes([0, length], 'HPKE-v1', of, label, info);
    return hmacSha256(secret, bytes(labelled, [1])).slice(0, length);
}

/** Throws unless it was sealed for this key with this info and additional data. */
export function hpkeOpen(
    key: P256PrivateKey,
    info: Uint8Array,
    additional: Uint8Array,
    { enc, ct }: { readonly enc: Uint8Array; readonly ct: Uint8Array },
): Uint8Array {
    const dh = key.agree(new P256PublicKey(enc));
    const shared = expand(
        kem,
        extract(kem, none, 'eae_prk', dh),
        'shared_secret',
        bytes(enc, key.publicKey().point()),
        32,
    );
    const hashes = bytes([0], extract(suite, none, 'psk_id_hash', none), extract(suite, none, 'info_hash', info));
    const secret = extract(suite, shared, 'secret', none);
    const cipher = new AesGcm(expand(suite, secret, 'key', hashes, 16));
    return cipher.open(expand(suite, secret, 'base_nonce', hashes, 12), ct, additional);
}

/** The content key in an object of a key, by one of its recipients. `place`: its name, "DEVICE/CHANNEL/DAY/ID.key.json". */
export function openKeyObject(text: string, place: string, reader: P256PrivateKey): Uint8Array {
    const { version, id, wraps, ...more } = JSON.parse(text);
    assertEqual([version, more], [1, {}]);
    assert(place.endsWith(`/${id}.key.json`), `${id} in ${place}`);
    const own = hex(sha256(reader.publicKey().point())).slice(0, 16);
    const wrap = wraps.find((one: { for: string }) => one.for === own);
    assert(wrap !== undefined, `${place} is not for ${own}`);
    const [enc, ct] = [fromBase64url(wrap.enc), fromBase64url(wrap.ct)];
    assertEqual([enc.length, ct.length], [65, 32]);
    const key = hpkeOpen(reader, utf8('ocellus cloud wrap 1'), utf8(place.replace('.key.json', '')), { enc, ct });
    assertEqual(hex(sha256(bytes('ocellus cloud key id 1\n', key))).slice(0, 16), id);
    return key;
}
