/**
 * Sealing for a public key: HPKE (RFC 9180), base mode, one message, with P-256, HKDF-SHA-256 and AES-128-GCM. Whoever
 * has the private key opens it; the sender cannot. Pure but for the key of each message, which is random.
 */
import { AesGcm, type Bytes, hmacSha256, P256PrivateKey, type P256PublicKey } from 'ocellus/crypto';

/** What a message consists of. */
export interface Sealed {
    /** The public key of this message, 65 bytes. */
    readonly enc: Uint8Array;
    /** The ciphertext with its tag of 16 bytes. */
    readonly ct: Uint8Array;
}

const nothing = new Uint8Array(0);
/** DHKEM(P-256, HKDF-SHA256); with HKDF-SHA256 and AES-128-GCM (RFC 9180, section 7). */
const kemId = [0x00, 0x10] as const;
const suiteId = [...kemId, 0x00, 0x01, 0x00, 0x01] as const;
const kemSuite = joined(utf8('KEM'), new Uint8Array(kemId));
const suite = joined(utf8('HPKE'), new Uint8Array(suiteId));
/** Bytes of a key and of a nonce of AES-128-GCM, and of what the key exchange gives. */
const [keyBytes, nonceBytes, secretBytes] = [16, 12, 32] as const;

function utf8(text: string): Uint8Array {
    return new TextEncoder().encode(text);
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
    const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
        all.set(part, at);
        at += part.length;
    }
    return all;
}

/** LabeledExtract; HKDF-Extract is an HMAC. */
function extract(of: Uint8Array, salt: Bytes, label: string, secret: Uint8Array): Uint8Array {
    return hmacSha256(salt, joined(utf8('HPKE-v1'), of, utf8(label), secret));
}

/** LabeledExpand to 32 bytes at most: the first block of HKDF-Expand. */
function expand(of: Uint8Array, secret: Bytes, label: string, info: Uint8Array, length: number): Uint8Array {
    const labelled = joined(new Uint8Array([0, length]), utf8('HPKE-v1'), of, utf8(label), info);
    return hmacSha256(secret, joined(labelled, new Uint8Array([1]))).subarray(0, length);
}

/**
 * Seals `plain` for a public key. `info` and `additional` must be the same when it is opened; both may be empty.
 * `ephemeral`: the key of this message, which is closed then; left out: a new one, as it must be but in tests. Throws as
 * ocellus/crypto does.
 */
export function hpkeSeal(
    recipient: P256PublicKey,
    info: Uint8Array,
    additional: Uint8Array,
    plain: Uint8Array,
    ephemeral: P256PrivateKey = P256PrivateKey.generate(),
): Sealed {
    const enc = ephemeral.publicKey().point();
    const shared = ephemeral.agree(recipient);
    ephemeral.close();
    const exchanged = extract(kemSuite, nothing, 'eae_prk', shared);
    const secret = expand(kemSuite, exchanged, 'shared_secret', joined(enc, recipient.point()), secretBytes);
    const context = joined(
        new Uint8Array([0]), // base mode
        extract(suite, nothing, 'psk_id_hash', nothing),
        extract(suite, nothing, 'info_hash', info),
    );
    const scheduled = extract(suite, secret, 'secret', nothing);
    const cipher = new AesGcm(expand(suite, scheduled, 'key', context, keyBytes));
    const ct = cipher.seal(expand(suite, scheduled, 'base_nonce', context, nonceBytes), plain, additional);
    cipher.close();
    return { enc, ct };
}
