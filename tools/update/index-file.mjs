// The index of releases, as docs/design/update.md has it. modules/update/release-index.ts reads it on the device.
import { verify } from 'node:crypto';
import { Unable } from './words.mjs';

export const indexName = 'index.json';
export const releasesMax = 64;
export const indexMax = 64 << 10; // bytes of the envelope
const payloadType = 'application/vnd.ocellus.index+json';

/**
 * @typedef {object} Release
 * @property {string} version
 * @property {string} channel
 * @property {string} bundle file name
 * @property {number} bytes
 * @property {string} sha256
 * @property {number} counter
 * @property {number} apiLevel
 * @property {string} host
 * @property {string[]} engines
 * @property {{ percent: number, groups: Record<string, number>, paused: boolean }} rollout
 * @property {boolean} recalled
 *
 * @typedef {object} Index
 * @property {number} version
 * @property {string} expires
 * @property {string} name
 * @property {Release[]} releases
 * @property {{ keys: string[], bundle: string, bytes: number, sha256: string }[]} revoked
 */

/** What is signed (DSSE 1.0). @param {Buffer} payload */
const signedBytes = (payload) => Buffer.concat([Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `), payload]);

/** The envelope. @param {Index} index @param {import('./keys.mjs').Signer} signer */
export function writeIndex(index, signer) {
    const payload = Buffer.from(JSON.stringify(index));
    const sig = derOf(signer.sign(signedBytes(payload))).toString('base64');
    const text = `${JSON.stringify({ payload: payload.toString('base64'), payloadType, signatures: [{ keyid: signer.id.toString('hex'), sig }] })}\n`;
    if (text.length > indexMax) throw new Unable(`the index would have more than ${indexMax.toLocaleString('en')} bytes`);
    return text;
}

/** @param {Buffer} raw r and s @returns {Buffer} the same in DER */
function derOf(raw) {
    const numbers = [raw.subarray(0, 32), raw.subarray(32)].map((bytes) => {
        const first = bytes.findIndex((byte) => byte !== 0);
        const digits = bytes.subarray(first < 0 ? 31 : first);
        const value = (digits[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), digits]) : digits;
        return Buffer.concat([Buffer.from([2, value.length]), value]);
    });
    const body = Buffer.concat(numbers);
    return Buffer.concat([Buffer.from([0x30, body.length]), body]);
}

/** The index of an envelope that one of these keys signed. @param {string} text @param {readonly { id: string, key: import('node:crypto').KeyObject }[]} keys @param {string} file @returns {Index} */
export function readIndex(text, keys, file) {
    let envelope;
    try {
        envelope = JSON.parse(text);
    } catch {
        throw new Unable(`${file}: not JSON`);
    }
    if (envelope?.payloadType !== payloadType || typeof envelope.payload !== 'string' || !Array.isArray(envelope.signatures)) {
        throw new Unable(`${file}: no index of releases`);
    }
    const payload = Buffer.from(envelope.payload, 'base64');
    const message = signedBytes(payload);
    const signed = keys.some(({ id, key }) =>
        envelope.signatures.some((/** @type {{ keyid?: unknown, sig?: unknown }} */ one) => one?.keyid === id && verify('sha256', message, key, Buffer.from(String(one.sig), 'base64'))),
    );
    if (!signed) throw new Unable(`${file}: signed by another key: give its public half with --trust`);
    return JSON.parse(payload.toString('utf8'));
}
