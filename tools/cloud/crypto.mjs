// What the client of a store takes from `ocellus/crypto` (native/script/crypto.ts), in Node.
import { createHash, createHmac } from 'node:crypto';

/** @param {Uint8Array} bytes */
export const sha256 = (bytes) => createHash('sha256').update(bytes).digest();
/** @param {Uint8Array} key @param {Uint8Array} bytes */
export const hmacSha256 = (key, bytes) => createHmac('sha256', key).update(bytes).digest();
/** @param {Uint8Array} bytes */
export const hex = (bytes) => Buffer.from(bytes).toString('hex');
/** @param {string} text */
export const fromHex = (text) => Buffer.from(text, 'hex');
/** @param {Uint8Array} bytes */
export const base64 = (bytes) => Buffer.from(bytes).toString('base64');
