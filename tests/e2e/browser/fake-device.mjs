// Serves the built page with answers a test dictates: states a real device is hard to bring into.
import { createReadStream, existsSync, statSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { buildFolder } from '../../../scripts/build.mjs';

const types = new Map([
    ['.html', 'text/html; charset=utf-8'],
    ['.js', 'text/javascript'],
    ['.css', 'text/css'],
    ['.svg', 'image/svg+xml'],
    ['.mp4', 'video/mp4'],
]);

/** The policy a device answers with. */
export const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** @typedef {{ status?: number, body?: unknown, file?: string }} Reply */

/**
 * @param {import('ava').ExecutionContext} t
 * @param {(url: URL) => Reply | undefined} answer undefined: a file of the page, or 404
 */
export async function fakeDevice(t, answer) {
    const viewer = path.join(buildFolder('linux'), 'viewer');
    const server = http.createServer((request, response) => {
        const url = new URL(request.url ?? '/', 'http://localhost');
        const reply = answer(url);
        if (reply?.file !== undefined) {
            sendFile(request, response, reply.file);
        } else if (reply) {
            response.writeHead(reply.status ?? 200, { 'content-type': 'application/json' });
            response.end(JSON.stringify(reply.body ?? {}));
        } else {
            sendFile(request, response, path.join(viewer, url.pathname === '/' ? 'index.html' : path.normalize(url.pathname)));
        }
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    const close = () =>
        new Promise((resolve) => {
            server.close(resolve);
            server.closeAllConnections();
        });
    t.teardown(close);
    const bound = /** @type {import('node:net').AddressInfo} */ (server.address());
    return { url: `http://127.0.0.1:${bound.port}/`, close };
}

/** @param {http.IncomingMessage} request @param {http.ServerResponse} response @param {string} file */
function sendFile(request, response, file) {
    if (!existsSync(file) || !statSync(file).isFile()) {
        response.writeHead(404);
        response.end();
        return;
    }
    const size = statSync(file).size;
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    const start = range ? Number(range[1]) : 0;
    const end = range?.[2] ? Number(range[2]) : size - 1;
    response.writeHead(range ? 206 : 200, {
        'content-type': types.get(path.extname(file)) ?? 'application/octet-stream',
        'content-security-policy': policy,
        'accept-ranges': 'bytes',
        'content-length': end - start + 1,
        ...(range ? { 'content-range': `bytes ${start}-${end}/${size}` } : {}),
    });
    createReadStream(file, { start, end }).pipe(response);
}
