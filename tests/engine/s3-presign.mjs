// A presigned address of S3 by a signer of its own, for tests.
import { createHash, createHmac } from 'node:crypto';

/** @param {Buffer | string} key @param {string} text */
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();

/**
 * @param {string} method
 * @param {string} url its query, if any, comes behind that of a signature in order of names
 * @param {{ accessKeyId: string, secretAccessKey: string }} keys
 * @param {number} [seconds] for which it is valid
 * @param {number} [atMs] when it was made
 */
export function presign(method, url, keys, seconds = 300, atMs = Date.now()) {
    const { host, pathname, search } = new URL(url);
    const stamp = new Date(atMs).toISOString().replace(/[-:]|\.\d+/g, '');
    const scope = `${stamp.slice(0, 8)}/us-east-1/s3/aws4_request`;
    const query = `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${encodeURIComponent(`${keys.accessKeyId}/${scope}`)}&X-Amz-Date=${stamp}&X-Amz-Expires=${seconds}&X-Amz-SignedHeaders=host${search.replace('?', '&')}`;
    const canonical = `${method}\n${pathname}\n${query}\nhost:${host}\n\nhost\nUNSIGNED-PAYLOAD`;
    const text = `AWS4-HMAC-SHA256\n${stamp}\n${scope}\n${createHash('sha256').update(canonical).digest('hex')}`;
    const key = [stamp.slice(0, 8), 'us-east-1', 's3', 'aws4_request'].reduce((/** @type {string | Buffer} */ by, part) => hmac(by, part), `AWS4${keys.secretAccessKey}`);
    return `${url.slice(0, url.length - search.length)}?${query}&X-Amz-Signature=${hmac(key, text).toString('hex')}`;
}
