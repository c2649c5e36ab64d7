// How requests to a store leave a tool: by node:http(s). On a camera it is modules/cloud/transport.ts.
import { createHash } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import { StoreError } from 'ocellus/app/cloud/object-store';

/** @typedef {import('ocellus/app/net/request').RequestInit} RequestInit */
/** @typedef {import('ocellus/app/net/request').Reply} Reply */

/** Connections that nobody uses keep no process from its end. */
const agents = { http: new http.Agent({ keepAlive: true, maxSockets: 16 }), https: new https.Agent({ keepAlive: true, maxSockets: 16 }) };

/** One line without what moves a cursor. @param {string} text */
const shown = (text) => text.replace(/[^ -~]+/g, ' ').trim().slice(0, 200);

/** Why no reply came. @param {string} host @param {NodeJS.ErrnoException} error */
function failureOf(host, { code = '', message }) {
    if (/^EPROTO$|^ERR_SSL/.test(code)) return new StoreError('TLS', `${host}: no TLS is there (${code})`, false);
    if (/CERT|SELF_SIGNED|UNABLE_TO|^ERR_TLS/.test(code)) {
        return new StoreError('TLS', `${host}: its certificate is of no authority known here, or of another name (${code}); give --ca`, false);
    }
    if (code === 'ENOTFOUND') return new StoreError('OFFLINE', `${host}: there is no such host`, false);
    return new StoreError('OFFLINE', `${host}: ${code === 'ECONNREFUSED' ? 'refused: nothing listens there' : code || shown(message)}`, true);
}

/** @param {http.IncomingMessage} response @param {Buffer} body @returns {Reply} */
function replyOf({ statusCode = 0, headers }, body) {
    const { buffer, byteOffset, length } = body;
    const flat = Object.entries(headers).map(([name, value]) => /** @type {const} */ ([name, String(value)]));
    return { status: statusCode, headers: new Map(flat), bytes: /** @type {ArrayBuffer} */ (buffer.slice(byteOffset, byteOffset + length)), text: () => body.toString() };
}

/** As on a camera. @param {string} what @param {string} url @param {RequestInit} init @returns {Promise<Reply>} */
export async function sendTo(what, url, { method, headers, body, timeoutMs = 0, maxBytes = 0, ca }) {
    const payload = /** @type {string | Uint8Array | undefined} */ (body);
    const { protocol, host } = new URL(url);
    const isSecure = protocol === 'https:';
    const length = payload !== undefined && { 'content-length': String(Buffer.byteLength(payload)) };
    const options = { method, headers: { ...headers, ...length }, agent: isSecure ? agents.https : agents.http, ...(ca && { ca }) };
    return new Promise((resolve, reject) => {
        const fail = (/** @type {Error} */ error) => reject(failureOf(host, error));
        const sent = (isSecure ? https : http).request(url, options, (response) => {
            /** @type {Buffer[]} */
            const parts = [];
            let bytes = 0;
            response.on('data', (part) => {
                parts.push(part);
                bytes += part.length;
                if (bytes > maxBytes) {
                    reject(new StoreError('INVALID', `${what}: more than ${maxBytes} bytes`, false));
                    sent.destroy();
                }
            });
            response.on('error', fail);
            response.on('aborted', () => fail(new Error('the connection broke')));
            response.on('end', () => resolve(replyOf(response, Buffer.concat(parts))));
        });
        sent.setTimeout(timeoutMs, () => sent.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
        sent.on('error', fail);
        sent.end(payload);
    });
}

/** As on a camera; a tool has no bodies but those that it holds. @param {string} _what @param {string | Uint8Array} payload */
export const hashOf = async (_what, payload) => createHash('sha256').update(payload).digest('hex');
