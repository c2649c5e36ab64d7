// A program that listens with HTTPS and login, and clients that a browser is not.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http2 from 'node:http2';
import https from 'node:https';
import tls from 'node:tls';
import { program, start, temporary } from '../e2e/device.mjs';
import { hangS } from '../guard.mjs';

/** Long enough, and nothing that a log would hold by chance. */
export const password = 'Zw3tschgen-Datschi';

/**
 * Sets the password of a data folder, as a person would. It computes for a while, and the tests beside go on meanwhile.
 * @param {string} data @param {string} [text]
 */
export async function setPassword(data, text = password) {
    const child = spawn(program, ['password', '--data', data], { stdio: ['pipe', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (/** @type {string} */ part) => (stderr += part));
    child.stdin.on('error', () => undefined); // it may refuse the folder before it reads
    child.stdin.end(`${text}\n`);
    const [status] = await once(child, 'close');
    return { status, stderr };
}

/**
 * @typedef {object} Answer
 * @property {number} status 0: the connection was closed
 * @property {Record<string, string | string[] | undefined>} headers
 * @property {string} text
 * @property {any} json undefined: the body is none
 */

/** @param {string} text */
function parse(text) {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}

/**
 * One request on a connection of its own.
 * @param {string} url
 * @param {string} line "GET /path"
 * @param {{ headers?: Record<string, string>, body?: string, from?: string }} [options] from: an address of this machine
 * @returns {Promise<Answer>}
 */
export function ask(url, line, { headers = {}, body, from } = {}) {
    const [method = '', path = ''] = line.split(' ');
    const { hostname, port } = new URL(url);
    return new Promise((resolve) => {
        const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
        const request = https.request(
            { ...(from !== undefined && { localAddress: from }), host: hostname, port, method, path, rejectUnauthorized: false, agent: false, headers: { ...length, ...headers } },
            (response) => {
                let text = '';
                response.setEncoding('latin1').on('data', (part) => (text += part));
                response.on('error', () => undefined);
                response.on('close', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: parse(text) }));
            },
        );
        request.on('error', () => resolve({ status: 0, headers: {}, text: '', json: undefined }));
        request.setTimeout(hangS * 1000, () => request.destroy());
        request.end(body);
    });
}

/** The own origin of a server, as a page of it would send it. @param {string} url */
export const origin = (url) => ({ origin: url });

/** @param {string} url @param {string} [text] @param {Record<string, string>} [headers] */
export function login(url, text = password, headers = {}) {
    const body = JSON.stringify({ user: 'admin', password: text });
    return ask(url, 'POST /login', { headers: { 'content-type': 'application/json', ...headers }, body });
}

/** The cookie of an answer, as it is sent back. @param {Answer} answer */
export function cookieOf(answer) {
    return { cookie: String(answer.headers['set-cookie'] ?? '').split(';')[0] ?? '' };
}

/** @param {string} user @param {string} text */
export const basic = (user, text) => ({ authorization: `Basic ${Buffer.from(`${user}:${text}`).toString('base64')}` });

/**
 * Starts it with a password.
 * @param {import('ava').ExecutionContext} t
 * @param {readonly string[]} [args]
 * @param {{ data?: string }} [options]
 */
export async function closed(t, args = [], options = {}) {
    const data = options.data ?? temporary(t);
    await setPassword(data);
    const listen = args.includes('--listen') ? [] : ['--listen', '127.0.0.1', '--login', 'always'];
    const { device } = start(t, [...listen, '--record', 'off', ...args], { data });
    const { fingerprint } = await device.event('listening');
    return { device, data, url: await device.url(), fingerprint: String(fingerprint) };
}

/**
 * The certificate a server shows, by its name or address.
 * @param {string} url
 * @returns {Promise<tls.PeerCertificate>}
 */
export function certificate(url) {
    const { hostname, port } = new URL(url);
    return new Promise((resolve, reject) => {
        const socket = tls.connect({ host: hostname, port: Number(port), rejectUnauthorized: false }, () => {
            resolve(socket.getPeerCertificate());
            socket.destroy();
        });
        socket.on('error', reject);
    });
}

/**
 * A connection of HTTP/2 that is closed with the test.
 * @param {import('ava').ExecutionContext} t
 * @param {string} url
 */
export function connect2(t, url) {
    const session = http2.connect(url, { rejectUnauthorized: false });
    session.on('error', () => undefined);
    t.teardown(() => session.destroy());
    /**
     * @param {import('node:http2').OutgoingHttpHeaders} headers
     * @param {{ body?: string, slowly?: number }} [options] slowly: ms of rest after each part that was read
     * @returns {Promise<Answer & { bytes: number }>}
     */
    const request = (headers, { body, slowly } = {}) =>
        new Promise((resolve) => {
            const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
            const stream = session.request({ ...length, ...headers }, { endStream: body === undefined });
            /** @type {Answer & { bytes: number }} */
            const answer = { status: 0, headers: {}, text: '', json: undefined, bytes: 0 };
            stream.on('response', (got) => {
                answer.status = got[':status'] ?? 0;
                answer.headers = /** @type {Answer['headers']} */ (got);
            });
            stream.on('data', (/** @type {Buffer} */ part) => {
                answer.bytes += part.length;
                answer.text += part.toString('latin1');
                if (slowly !== undefined) {
                    stream.pause();
                    setTimeout(() => stream.resume(), slowly);
                }
            });
            stream.on('error', () => undefined);
            stream.on('close', () => resolve({ ...answer, json: parse(answer.text) }));
            stream.setTimeout(hangS * 1000, () => stream.close());
            if (body !== undefined) {
                stream.end(body);
            }
        });
    return { session, request };
}
