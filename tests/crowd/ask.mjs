// Requests at another place: reads {"id", "url", "method", "body"} by the line, prints {"id", "status", "body"}. Each over a
// connection that ends with it: one that is kept would be counted in the camera's heap.
import http from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { text } from 'node:stream/consumers';

const self = fileURLToPath(import.meta.url);

/**
 * @param {string} url
 * @param {string} method
 * @param {string} body
 * @returns {Promise<{ status: number, body: string }>}
 */
export function request(url, method, body) {
    return new Promise((resolve, reject) => {
        const asked = http.request(url, { method, agent: false, headers: { 'content-type': 'application/sdp' } }, async (response) => {
            resolve({ status: response.statusCode ?? 0, body: await text(response) });
        });
        asked.on('error', reject).end(body);
    });
}

if (process.argv[1] === self) {
    createInterface({ input: process.stdin }).on('line', async (line) => {
        const { id, url, method, body } = JSON.parse(line);
        console.log(JSON.stringify({ id, ...(await request(url, method, body)) }));
    });
}

/**
 * The same by a process that was started somewhere.
 * @param {(argv: readonly string[]) => import('node:child_process').ChildProcessWithoutNullStreams} start
 * @returns {typeof request}
 */
export function asker(start) {
    const child = start([process.execPath, self]);
    /** @type {Map<number, (answer: { status: number, body: string }) => void>} */
    const waiting = new Map();
    let ids = 0;
    createInterface({ input: child.stdout }).on('line', (line) => {
        const { id, ...answer } = JSON.parse(line);
        waiting.get(id)?.(answer);
        waiting.delete(id);
    });
    return (url, method, body) =>
        new Promise((resolve) => {
            waiting.set(++ids, resolve);
            child.stdin.write(`${JSON.stringify({ id: ids, url, method, body })}\n`);
        });
}
