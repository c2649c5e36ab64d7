/**
 * Cryptography for applications, by the host's own library: libcrypto, on ESP32 PSA Crypto. Bytes go in and come out as
 * `Uint8Array`. Every call computes on the script's thread: on ESP32 a step with a private key takes some 100 ms.
 *
 * What failed is an `Error` with a `code`: `FORMAT` (no such key, not on the curve, not sealed with this key), `TRUNC`,
 * `TOO_BIG`, `NOMEM`. A closed object is a `SyntaxError`, a wrong length a `RangeError`.
 */
import type { Body } from 'ocellus/body';
import { OcellusError } from 'ocellus/error';

/** What every function takes. */
export type Bytes = Uint8Array | ArrayBuffer;

/** Gives the bytes of a native; throws for a number below 0. */
function take(result: ArrayBuffer | number, what: string): Uint8Array {
    if (typeof result !== 'number') {
        return new Uint8Array(result);
    }
    return fail(result, what);
}

function fail(result: number, what: string): never {
    const { code, message } = OcellusError.fromNumber(result);
    throw Object.assign(new Error(`${what}: ${message}`), { code });
}

function check(result: number, what: string): void {
    if (result < 0) {
        fail(result, what);
    }
}

/** SHA-256 of bytes. */
export function sha256(bytes: Bytes): Uint8Array {
    return new Uint8Array(native<(bytes: Bytes) => ArrayBuffer>('xs_crypto_sha256').call(undefined, bytes));
}

/** SHA-1, only where a protocol asks for it: passwords of ONVIF (WS-UsernameToken). It keeps nothing from being forged. */
export function sha1(bytes: Bytes): Uint8Array {
    return new Uint8Array(native<(bytes: Bytes) => ArrayBuffer>('xs_crypto_sha1').call(undefined, bytes));
}

/** HMAC-SHA-256 (RFC 2104). */
export function hmacSha256(key: Bytes, bytes: Bytes): Uint8Array {
    return new Uint8Array(
        native<(key: Bytes, bytes: Bytes) => ArrayBuffer>('xs_crypto_hmac').call(undefined, key, bytes),
    );
}

/** HKDF-SHA-256 (RFC 5869): `length` bytes, at most 8160, from a secret. */
export function hkdfSha256(secret: Bytes, salt: Bytes, info: Bytes, length: number): Uint8Array {
    const derive = native<(secret: Bytes, salt: Bytes, info: Bytes, length: number) => ArrayBuffer>('xs_crypto_hkdf');
    return new Uint8Array(derive.call(undefined, secret, salt, info, length));
}

/** What scrypt takes: N = 2^log2N, at most 64 MB (128 * r * N) and p up to 4. */
export interface ScryptCosts {
    readonly log2N: number;
    readonly r: number;
    readonly p: number;
}

/** A key of 32 bytes from a password, by scrypt (RFC 7914): some 0.1 s for each p. Throws RANGE, NOTSUP: a board has no room. */
export function passwordKey(password: Bytes, salt: Bytes, { log2N, r, p }: ScryptCosts): Uint8Array {
    const derive =
        native<(password: Bytes, salt: Bytes, log2N: number, r: number, p: number) => ArrayBuffer | number>(
            'xs_crypto_password_key',
        );
    return take(derive.call(undefined, password, salt, log2N, r, p), 'scrypt');
}

/** Unpredictable bytes of the system, at most 65536. */
export function randomBytes(length: number): Uint8Array {
    return new Uint8Array(native<(length: number) => ArrayBuffer>('xs_crypto_random').call(undefined, length));
}

/** Whether both are the same; how long it takes tells nothing but their lengths. */
export function equal(a: Bytes, b: Bytes): boolean {
    return native<(a: Bytes, b: Bytes) => boolean>('xs_crypto_equal').call(undefined, a, b);
}

/** SHA-256 piece by piece. */
export class Sha256 extends Native('xs_hash_destructor') {
    constructor() {
        super();
        check(native<() => number>('xs_hash').call(this), 'sha256');
    }
    /** Adds bytes. */
    update(bytes: Bytes): this {
        check(native<(bytes: Bytes) => number>('xs_hash_update').call(this, bytes), 'sha256');
        return this;
    }
    /**
     * Adds bytes of a body from the offset `from` on, 128 KB at most, and none of them enters the heap. Gives how many;
     * 0: there are no more. A body of many parts is read with pauses in between. Throws `CLOSED`, `IO`.
     */
    updateBody(body: Body, from: number): number {
        if (!Number.isSafeInteger(from) || from < 0) {
            throw new RangeError('sha256: an offset is a whole number of bytes, 0 or more');
        }
        const count = native<(body: Body, from: number) => number>('xs_hash_update_body').call(this, body, from);
        check(count, 'sha256');
        return count;
    }
    /** Once; the object is closed then. */
    digest(): Uint8Array {
        return take(native<() => ArrayBuffer | number>('xs_hash_digest').call(this), 'sha256');
    }
}

/** AES-GCM with a key of 16 or 32 bytes. A nonce has 12 bytes and is never used twice with one key. */
export class AesGcm extends Native('xs_gcm_destructor') {
    constructor(key: Bytes) {
        super();
        check(native<(key: Bytes) => number>('xs_gcm').call(this, key), 'AES-GCM');
    }
    /** Ciphertext with the tag of 16 bytes behind it. */
    seal(nonce: Bytes, plain: Bytes, additional?: Bytes): Uint8Array {
        const seal = native<(nonce: Bytes, plain: Bytes, additional?: Bytes) => ArrayBuffer | number>('xs_gcm_seal');
        return take(seal.call(this, nonce, plain, additional), 'seal');
    }
    /** Throws FORMAT unless key, nonce and additional bytes are those of the seal. */
    open(nonce: Bytes, sealed: Bytes, additional?: Bytes): Uint8Array {
        const open = native<(nonce: Bytes, sealed: Bytes, additional?: Bytes) => ArrayBuffer | number>('xs_gcm_open');
        return take(open.call(this, nonce, sealed, additional), 'open');
    }
    /** Wipes the key. */
    close(): void {
        native<() => void>('xs_gcm_close').call(this);
    }
}

/** A public key on P-256. */
export class P256PublicKey {
    readonly #point: Uint8Array;

    /** `point`: 65 bytes, 4, x, y. */
    constructor(point: Bytes) {
        check(native<(point: Bytes) => number>('xs_p256_check').call(undefined, point), 'public key');
        this.#point = new Uint8Array(point).slice();
    }
    /** From SubjectPublicKeyInfo (DER, uncompressed). */
    static import(spki: Bytes): P256PublicKey {
        const read = native<(spki: Bytes) => ArrayBuffer | number>('xs_p256_read_public');
        return new P256PublicKey(take(read.call(undefined, spki), 'public key'));
    }
    /** SubjectPublicKeyInfo (DER). */
    export(): Uint8Array {
        const write = native<(point: Bytes) => ArrayBuffer | number>('xs_p256_write_public');
        return take(write.call(undefined, this.#point), 'public key');
    }
    /** 65 bytes. */
    point(): Uint8Array {
        return this.#point.slice();
    }
    /** ECDSA with SHA-256; `signature`: r and s, 64 bytes. */
    verify(bytes: Bytes, signature: Bytes): boolean {
        const verify = native<(point: Bytes, hash: Bytes, signature: Bytes) => number>('xs_p256_verify');
        return verify.call(undefined, this.#point, sha256(bytes), signature) === 0;
    }
    /** The same for a signature in DER; one that is no DER is false. */
    verifyDer(bytes: Bytes, signature: Bytes): boolean {
        const raw = native<(der: Bytes) => ArrayBuffer | number>('xs_p256_read_signature').call(undefined, signature);
        return typeof raw !== 'number' && this.verify(bytes, raw);
    }
}

/** A private key on P-256. Its bytes leave the host by `export` alone. */
export class P256PrivateKey extends Native('xs_p256_destructor') {
    /** From PKCS#8 or ECPrivateKey (DER); without an argument a new one. */
    constructor(der?: Bytes) {
        super();
        check(native<(der?: Bytes) => number>('xs_p256').call(this, der), 'private key');
    }
    /** A new key. */
    static generate(): P256PrivateKey {
        return new P256PrivateKey();
    }
    /** From PKCS#8 or ECPrivateKey (DER); throws `SyntaxError` for anything else. */
    static import(der: Bytes): P256PrivateKey {
        if (der === undefined) {
            throw new SyntaxError('private key: bytes required');
        }
        return new P256PrivateKey(der);
    }
    /** PKCS#8 (DER), 138 bytes. */
    export(): Uint8Array {
        return take(native<() => ArrayBuffer | number>('xs_p256_export').call(this), 'export');
    }
    /** Its public half. */
    publicKey(): P256PublicKey {
        return new P256PublicKey(take(native<() => ArrayBuffer | number>('xs_p256_point').call(this), 'public key'));
    }
    /** ECDSA with SHA-256: r and s, 64 bytes. */
    sign(bytes: Bytes): Uint8Array {
        return take(native<(hash: Bytes) => ArrayBuffer | number>('xs_p256_sign').call(this, sha256(bytes)), 'sign');
    }
    /** The same in DER, at most 72 bytes. */
    signDer(bytes: Bytes): Uint8Array {
        const write = native<(signature: Bytes) => ArrayBuffer | number>('xs_p256_write_signature');
        return take(write.call(undefined, this.sign(bytes)), 'sign');
    }
    /** ECDH: x of the shared point, 32 bytes; derive a key from it (`hkdfSha256`). */
    agree(peer: P256PublicKey): Uint8Array {
        return take(native<(point: Bytes) => ArrayBuffer | number>('xs_p256_agree').call(this, peer.point()), 'agree');
    }
    /** Wipes the key. */
    close(): void {
        native<() => void>('xs_p256_close').call(this);
    }
}

/** Lower-case hexadecimal digits. */
export function hex(bytes: Bytes): string {
    let text = '';
    for (const byte of new Uint8Array(bytes)) {
        text += (byte < 16 ? '0' : '') + byte.toString(16);
    }
    return text;
}

/** SyntaxError unless `text` is pairs of hexadecimal digits. */
export function fromHex(text: string): Uint8Array {
    if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) {
        throw new SyntaxError('not hexadecimal');
    }
    const bytes = new Uint8Array(text.length / 2);
    for (let i = 0; i < bytes.length; i++) {
        bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
    }
    return bytes;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

function encode(bytes: Bytes, last: string, padding: string): string {
    const digits = alphabet + last;
    const from = new Uint8Array(bytes);
    let text = '';
    for (let at = 0; at < from.length; at += 3) {
        const left = from.length - at;
        const group = ((from[at] ?? 0) << 16) | ((from[at + 1] ?? 0) << 8) | (from[at + 2] ?? 0);
        text += digits.charAt(group >> 18) + digits.charAt((group >> 12) & 63);
        text += left > 1 ? digits.charAt((group >> 6) & 63) : padding;
        text += left > 2 ? digits.charAt(group & 63) : padding;
    }
    return text;
}

/** One spelling only: bits that are left over are 0. */
function decode(text: string, last: string): Uint8Array {
    const digits = alphabet + last;
    const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
    let group = 0;
    let bits = 0;
    let count = 0;
    for (const digit of text) {
        const value = digits.indexOf(digit);
        if (value < 0) {
            throw new SyntaxError('not base64');
        }
        group = ((group << 6) | value) & 0xffff;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes[count++] = group >> bits;
        }
    }
    if (text.length % 4 === 1 || (group & ((1 << bits) - 1)) !== 0) {
        throw new SyntaxError('not base64');
    }
    return bytes;
}

/** RFC 4648, section 4, padded. */
export function base64(bytes: Bytes): string {
    return encode(bytes, '+/', '=');
}

/** SyntaxError unless it is what `base64` writes. */
export function fromBase64(text: string): Uint8Array {
    if (text.length % 4 !== 0) {
        throw new SyntaxError('not base64');
    }
    // No regular expression: its backtracking over a long text would take more memory than a script has on XS 17.
    const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
    return decode(text.slice(0, text.length - padding), '+/');
}

/** RFC 4648, section 5, without padding. */
export function base64url(bytes: Bytes): string {
    return encode(bytes, '-_', '');
}

/** SyntaxError unless it is what `base64url` writes. */
export function fromBase64url(text: string): Uint8Array {
    return decode(text, '-_');
}

/** PEM (RFC 7468) of bytes: `label` is `PRIVATE KEY`, `PUBLIC KEY`, … */
export function pem(label: string, bytes: Bytes): string {
    const lines = base64(bytes).match(/.{1,64}/g) ?? [];
    return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

/** The first block of that label. SyntaxError: there is none, or it is damaged. */
export function fromPem(label: string, text: string): Uint8Array {
    const [begin, end] = [`-----BEGIN ${label}-----`, `-----END ${label}-----`];
    const from = text.indexOf(begin);
    const to = text.indexOf(end, from);
    if (from < 0 || to < 0) {
        throw new SyntaxError(`no ${label}`);
    }
    return fromBase64(text.slice(from + begin.length, to).replace(/\s+/g, ''));
}
