// A camera that wants a password: MPEG-TS over HTTP, as it is made. It plays the clip for ever.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import path from 'node:path';
import { root } from '../../../scripts/lib.mjs';

/**
 * Ended with the test.
 * @param {import('ava').ExecutionContext} t
 * @param {{ user: string, password: string }} login
 * @returns {Promise<string>} its address
 */
export async function lockedCamera(t, { user, password }) {
    const right = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    const server = http.createServer((request, response) => {
        if (request.headers.authorization !== right) {
            response.writeHead(401, { 'www-authenticate': 'Basic realm="camera"' }).end();
            return;
        }
        response.writeHead(200, { 'content-type': 'video/mp2t' });
        const encoder = spawn('ffmpeg', ['-v', 'error', '-re', '-stream_loop', '-1', '-i', path.join(root, 'assets', 'clip.mp4'), '-map', '0:v', '-c', 'copy', '-f', 'mpegts', '-'], { stdio: ['ignore', 'pipe', 'ignore'] });
        encoder.stdout.pipe(response);
        response.on('close', () => encoder.kill('SIGKILL'));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.teardown(() => {
        server.close();
        server.closeAllConnections();
    });
    return `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}/live.ts#auth=basic`;
}
