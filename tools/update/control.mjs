// The program that runs, over its control socket (docs/formats-control.md).
import { lstatSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { Unable } from './words.mjs';

/** @typedef {import('./words.mjs').Parsed} Parsed */
/** @typedef {{ status: number, type: string, body: Buffer }} Answer */
/** @typedef {{ method?: string, json?: unknown }} Ask */

const [answerMax, tries] = [16 << 20, 20];
const socketName = 'control.sock';

/** The data directory. @param {Parsed} parsed @returns {string} */
export function dataOf(parsed) {
    const xdg = process.env['XDG_DATA_HOME'] ?? '';
    const folder = parsed.text('data') ?? (xdg.startsWith('/') ? path.join(xdg, 'ocellus') : path.join(os.homedir(), '.local', 'share', 'ocellus'));
    try {
        if (!lstatSync(path.join(folder, '.')).isDirectory()) throw new Unable(`data directory ${folder}: no folder`);
    } catch (error) {
        if (error instanceof Unable) throw error;
        throw new Unable(`data directory ${folder}: ${/** @type {NodeJS.ErrnoException} */ (error).code}; give --data`);
    }
    return folder;
}

/**
 * One request by the socket; undefined: no program listens there.
 * @param {string} data @param {string} target @param {Ask} ask @returns {Promise<Answer | undefined>}
 */
function request(data, target, { method = 'GET', json }) {
    const body = json === undefined ? undefined : JSON.stringify(json);
    const more = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const before = process.cwd();
    process.chdir(data); // the name of a socket has 107 bytes at most
    return new Promise((resolve, reject) => {
        const call = http.request({ socketPath: socketName, path: target, method, headers: { host: 'localhost', connection: 'close', ...more } }, (answer) => {
            /** @type {Buffer[]} */
            const parts = [];
            let bytes = 0;
            answer.on('data', (part) => {
                bytes += part.length;
                if (bytes > answerMax) call.destroy(new Error('the answer is too long'));
                parts.push(part);
            });
            answer.on('error', reject);
            answer.on('end', () => resolve({ status: answer.statusCode ?? 0, type: answer.headers['content-type'] ?? '', body: Buffer.concat(parts) }));
        });
        call.setTimeout(15_000, () => call.destroy(new Error('no answer within 15 s')));
        call.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
            if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(undefined);
            else reject(new Unable(error.code === 'EACCES' || error.code === 'EPERM' ? `${path.join(data, socketName)}: it belongs to another user: run this as that user or root` : `the program: ${error.message}`));
        });
        call.end(body);
    }).finally(() => process.chdir(before));
}

/** Why it was refused, one line. @param {{ status: number, body: Buffer }} answer @returns {string} */
export function reasonOf({ status, body }) {
    const line = body.toString('utf8').slice(0, 300);
    try {
        return String(JSON.parse(line).error.message);
    } catch {
        return line.split('\n')[0] || `HTTP ${status}`;
    }
}

/** A reply that means "not now" is waited for a little. @param {string} data @param {string} target @param {Ask} [ask] */
export async function patient(data, target, ask = {}) {
    for (let left = tries; ; left--) {
        const answer = await request(data, target, ask);
        if (answer?.status !== 503 || left <= 1) return answer;
        await new Promise((resolve) => setTimeout(resolve, 250));
    }
}
