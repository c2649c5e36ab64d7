// Cameras and a target for tests of snapshots.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { serve } from '../e2e/store-orders.mjs';

/** @typedef {{ ms: number, method: string, path: string, body: Buffer, headers: import('node:http').IncomingHttpHeaders }} Sent */

export const password = 'p4ss:word';
export const token = 'Bearer s3cret-t0ken';

/** A picture that names its camera. @param {string} camera @param {number} [bytes] */
export function jpeg(camera, bytes = 3000) {
    const image = Buffer.alloc(bytes, camera);
    image.set([0xff, 0xd8, 0xff, 0xe0]);
    image.set([0xff, 0xd9], bytes - 2);
    return image;
}

/** Cameras, and the target of their pictures. @param {import('ava').ExecutionContext} t */
export async function world(t) {
    /** @type {Sent[]} */
    const sent = [];
    /** @type {Set<string>} */
    const gone = new Set();
    const state = { down: false };
    const port = await serve(t, (request, reply) => {
        const address = String(request.url);
        const camera = /^\/camera\/(.*)\.jpg$/.exec(address)?.[1];
        if (camera !== undefined) {
            const login = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
            if (gone.has(camera)) reply.socket?.destroy();
            else if (request.headers.authorization !== login) reply.writeHead(401).end();
            else reply.end(jpeg(camera));
            return;
        }
        /** @type {Buffer[]} */
        const parts = [];
        request.on('data', (part) => parts.push(part));
        request.on('end', () => {
            if (!state.down) sent.push({ ms: performance.now(), method: String(request.method), path: address, body: Buffer.concat(parts), headers: request.headers });
            reply.writeHead(state.down ? 503 : 201).end();
        });
    });
    return { sent, gone, state, base: `127.0.0.1:${port}` };
}

/** @param {string} data @param {string} base @param {number} count */
export function writeTable(data, base, count) {
    mkdirSync(path.join(data, 'app'), { recursive: true, mode: 0o700 });
    const lines = Array.from({ length: count }, (_, at) => `cam-${at} http://admin:${encodeURIComponent(password)}@${base}/camera/cam-${at}.jpg`);
    writeFileSync(path.join(data, 'app', 'snapshots.txt'), `# cameras\n${lines.join('\n')}\noff http://${base}/camera/off.jpg off\n`, { mode: 0o600 });
}

/** @param {import('../e2e/device.mjs').Device} device @param {object} snapshots @param {object} [more] of the settings */
export async function configure(device, snapshots, more = {}) {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${await device.url()}/api/settings`, { method: 'PATCH', body: JSON.stringify({ snapshots, ...more }), headers });
    return { status: response.status, text: await response.text() };
}
