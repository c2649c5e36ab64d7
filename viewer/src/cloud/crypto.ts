/** What signs requests takes its hashes from here: `ocellus/crypto` of a device (native/script/crypto.ts), in a browser. */
import { hmac, sha256 as hash } from '@hpke/common';

/** SHA-256 of bytes. */
export const sha256 = (bytes: Uint8Array): Uint8Array => hash(bytes);

/** HMAC-SHA-256 (RFC 2104). */
export const hmacSha256 = (key: Uint8Array, bytes: Uint8Array): Uint8Array => hmac(hash, key, bytes);

/** Lower-case hexadecimal digits. */
export const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
