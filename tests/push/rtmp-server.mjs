// A server that live streams are pushed to: nginx with its RTMP module, which keeps what it gets as files of FLV.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { eventually, freePort, temporary } from '../e2e/device.mjs';
import { hashOf } from './player.mjs';

const module = '/usr/lib/nginx/modules/ngx_rtmp_module.so';

/** Why there is no such server here; '': there is one. */
export const missing = existsSync(module) ? '' : 'needs libnginx-mod-rtmp';

const accepts = (/** @type {number} */ port) =>
    new Promise((resolve, reject) => {
        const socket = net.connect(port, '127.0.0.1', () => {
            socket.destroy();
            resolve(true);
        }).on('error', reject);
    });

/** One server, on the same port each time that it is started; it ends with the test. */
export class Nginx {
    /** @type {import('node:child_process').ChildProcess | undefined} */
    #process;

    /** @param {import('ava').ExecutionContext} t @param {number} port @param {string} folder */
    constructor(t, port, folder) {
        this.port = port;
        this.folder = folder;
        this.kept = path.join(folder, 'kept');
        mkdirSync(this.kept);
        writeFileSync(
            path.join(folder, 'nginx.conf'),
            `load_module ${module};
daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log info;
events { worker_connections 256; }
rtmp { access_log off; server { listen 127.0.0.1:${port}; chunk_size 4096;
    application live { live on; record all; record_path ${this.kept}; record_suffix -%s.flv; record_unique on; record_append off; } } }
`,
        );
        t.teardown(() => this.kill());
    }

    /** @param {import('ava').ExecutionContext} t */
    static async start(t) {
        const server = new Nginx(t, await freePort(), temporary(t));
        await server.start();
        return server;
    }

    async start() {
        this.#process = spawn('nginx', ['-p', this.folder, '-c', path.join(this.folder, 'nginx.conf'), '-e', path.join(this.folder, 'error.log')], { stdio: 'inherit' });
        await eventually(() => accepts(this.port), 'nginx');
    }

    kill() {
        this.#process?.kill('SIGKILL');
    }

    /** @param {string} key */
    url(key) {
        return `rtmp://127.0.0.1:${this.port}/live/${key}`;
    }

    /** Files of what was published by this key, the first one first. @param {string} key */
    files(key) {
        const found = readdirSync(this.kept).filter((name) => name.startsWith(`${key}-`)).map((name) => path.join(this.kept, name));
        return found.sort((a, b) => statSync(a).birthtimeMs - statSync(b).birthtimeMs);
    }
}

/** @typedef {{ kind: 'video' | 'audio', ms: number, hash: string }} Packet */

/** Packets of a file of FLV, in their order; of H.264 and AAC. @param {string} file @returns {Packet[]} */
export function readFlv(file) {
    const bytes = readFileSync(file);
    /** @type {Packet[]} */
    const packets = [];
    for (let at = 13; at + 11 <= bytes.length; ) {
        const [type = 0, length] = [bytes[at], bytes.readUIntBE(at + 1, 3)];
        if (at + 15 + length > bytes.length) {
            break; // being written
        }
        const body = bytes.subarray(at + 11, at + 11 + length);
        const ms = bytes.readUIntBE(at + 4, 3) + (bytes[at + 7] ?? 0) * 2 ** 24;
        if ((type === 8 || type === 9) && body[1] === 1) {
            packets.push({ kind: type === 9 ? 'video' : 'audio', ms, hash: hashOf(body.subarray(type === 9 ? 5 : 2)) });
        }
        at += 15 + length;
    }
    return packets;
}
