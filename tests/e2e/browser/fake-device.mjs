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
    ['.png', 'image/png'],
    ['.webmanifest', 'application/manifest+json'],
]);

/** The policy a device answers with. */
export const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; manifest-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * pieces: an endless body; each is sent so many milliseconds after the one before.
 * @typedef {{ status?: number, body?: unknown, html?: string, file?: string, headers?: Record<string, string>, pieces?: readonly { data: Uint8Array, afterMs: number }[] }} Reply
 */
/** @typedef {{ method: string, body: any }} Asked */

/**
 * @param {import('ava').ExecutionContext} t
 * @param {(url: URL, asked: Asked) => Reply | undefined} answer undefined: a file of the page, or 404
 */
export async function fakeDevice(t, answer) {
    const viewer = path.join(buildFolder('linux'), 'viewer');
    const server = http.createServer(async (request, response) => {
        const url = new URL(request.url ?? '/', 'http://localhost');
        const reply = answer(url, { method: request.method ?? 'GET', body: await bodyOf(request) });
        if (reply?.pieces) {
            await sendPieces(response, reply.pieces);
        } else if (reply?.file !== undefined) {
            for (const [name, value] of Object.entries(reply.headers ?? {})) response.setHeader(name, value);
            sendFile(request, response, reply.file);
        } else if (reply?.html !== undefined) {
            response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
            response.end(reply.html);
        } else if (reply) {
            response.writeHead(reply.status ?? 200, { 'content-type': 'application/json' });
            response.end(reply.status === 204 ? undefined : JSON.stringify(reply.body ?? {}));
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

/** @param {http.IncomingMessage} request @returns {Promise<any>} its JSON, or the bytes of a file as text; undefined: it has none */
async function bodyOf(request) {
    let text = '';
    for await (const piece of request) {
        text += piece;
    }
    const json = request.headers['content-type'] !== 'application/octet-stream';
    return text === '' ? undefined : json ? JSON.parse(text) : text;
}

/** @param {http.ServerResponse} response @param {NonNullable<Reply['pieces']>} pieces */
async function sendPieces(response, pieces) {
    response.writeHead(200, { 'content-type': 'video/mp4', 'cache-control': 'no-store' });
    const begun = performance.now();
    let due = 0;
    for (const { data, afterMs } of pieces) {
        due += afterMs;
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, begun + due - performance.now())));
        if (response.destroyed) {
            return;
        }
        response.write(data);
    }
    response.end();
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
