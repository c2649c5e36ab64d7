// Servers of live streams by others, and a link that pushes a file there.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { root } from '../../scripts/lib.mjs';
import { eventually, freePort, program, temporary } from '../e2e/device.mjs';
import { probe } from '../inputs/inputs.mjs';

/** Of the programs. */
export const folder = path.dirname(program);
const feeder = path.join(folder, 'tests', 'hosts', 'push_feed');

/** A word that only an address has: nothing that is printed may hold it. */
export const secret = 'sEcReT-77';

/** A clip. @param {import('ava').ExecutionContext} t @param {'flv' | 'ts'} kind @param {number} [seconds] 65 kB each */
export function clip(t, kind, seconds = 8) {
    const file = path.join(temporary(t), `clip.${kind}`);
    run(['ffmpeg', '-v', 'error', '-stream_loop', '-1', '-i', path.join(root, 'assets/clip.mp4'), '-t', String(seconds), '-c', 'copy', file]);
    return file;
}

/** @param {readonly string[]} command */
function run([name = '', ...args]) {
    const { status, stderr } = spawnSync(name, args, { encoding: 'utf8' });
    if (status !== 0) {
        throw new Error(`${name}: ${stderr}`);
    }
}

/** Every packet of a file: stream, time, size and what is in it. @param {string} file @returns {string[]} */
export const packets = (file) =>
    ['v', 'a'].flatMap((kind) => {
        const { packets: found } = probe(['-select_streams', kind, '-show_entries', 'packet=dts,pts,size,data_hash', '-show_data_hash', 'md5', file]);
        const [first] = found;
        return found.map((/** @type {any} */ p) => [kind, p.dts - first.dts, p.pts - first.dts, p.size, p.data_hash].join(' '));
    });

/** Pictures and sound of an FLV file: kind, time and what is in each. @param {string} file @returns {string[]} */
export function tags(file) {
    const bytes = readFileSync(file);
    const found = [];
    for (let at = 13; at + 11 <= bytes.length; ) {
        const size = bytes.readUIntBE(at + 1, 3);
        const body = bytes.subarray(at + 11, at + 11 + size);
        if (body.length === size && bytes[at] !== 18) { // not what describes the file
            found.push(`${bytes[at]} ${bytes.readUIntBE(at + 4, 3)} ${createHash('md5').update(body).digest('hex')}`);
        }
        at += 11 + size + 4;
    }
    return found;
}

/** One push of a file by oc_push_link. */
export class Feed {
    /** @type {string[]} */
    lines = [];
    output = '';

    /**
     * @param {import('ava').ExecutionContext} t
     * @param {string} url
     * @param {string} file
     * @param {{ pin?: string, rate?: number, env?: NodeJS.ProcessEnv, before?: readonly string[] }} [options] rate: bytes a second
     */
    constructor(t, url, file, { pin = '', rate = 0, env = {}, before = [] } = {}) {
        const [name = '', ...args] = [...before, feeder, folder, path.extname(file).slice(1), file, String(rate)];
        this.process = spawn(name, args, { env: { ...process.env, ...env } });
        for (const stream of [this.process.stdout, this.process.stderr]) {
            stream.setEncoding('utf8').on('data', (text) => {
                this.output += text;
                this.lines.push(...(stream === this.process.stdout ? String(text).split('\n').filter(Boolean) : []));
            });
        }
        this.ended = new Promise((resolve) => this.process.on('exit', () => resolve(undefined)));
        this.process.stdin.write(`${url}\n${pin}\n`);
        t.teardown(async () => {
            this.process.kill('SIGKILL');
            await this.ended;
        });
    }

    /** The line that begins so. @param {string} word @param {number} [seconds] */
    line(word, seconds = 60) {
        return eventually(() => this.lines.find((line) => line.startsWith(word)), `${word}: ${this.output}`, seconds);
    }

    /** Processes of FFmpeg that it has started. */
    helpers() {
        return readdirSync('/proc').filter((pid) => {
            try {
                return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) \S /, '').split(' ')[0]) === this.process.pid;
            } catch {
                return false; // it has ended meanwhile
            }
        });
    }

    /** Memory that its process of FFmpeg shares with nobody, in kB. */
    memory() {
        const [pid] = this.helpers();
        return Number(/^Private_Dirty: +(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]);
    }

    /** Nothing that was printed holds a secret. @param {import('ava').ExecutionContext} t */
    async stop(t) {
        this.process.stdin.end('\n\n');
        await this.ended;
        t.false(this.output.includes(secret), this.output);
    }
}

/** Waits until somebody listens there. @param {number} port */
export const listens = (port) =>
    eventually(
        () =>
            new Promise((resolve) => {
                const socket = net.connect(port, '127.0.0.1');
                socket.on('connect', () => {
                    socket.destroy();
                    resolve(true);
                });
                socket.on('error', () => resolve(undefined));
            }),
        `a server at ${port}`,
    );

/** @param {import('ava').ExecutionContext} t @param {readonly string[]} command @param {string} [cwd] */
function server(t, [name = '', ...args], cwd) {
    const child = spawn(name, args, { stdio: ['ignore', 'pipe', 'pipe'], ...(cwd === undefined ? {} : { cwd }) });
    const ended = new Promise((resolve) => child.on('exit', () => resolve(undefined)));
    const said = { text: '' };
    child.stderr.on('data', (text) => (said.text += text));
    child.stdout.on('data', (text) => (said.text += text));
    t.teardown(async () => {
        child.kill('SIGKILL');
        await ended;
    });
    return { child, ended, said };
}

/** What a server has recorded, once it is of that many bytes or more. @param {string} folder @param {number} bytes @returns {Promise<string>} */
export const recorded = (folder, bytes) =>
    eventually(() => {
        const [name] = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((each) => each.endsWith('.flv'));
        const file = name === undefined ? undefined : path.join(folder, name);
        return file !== undefined && readFileSync(file).length >= bytes ? file : undefined;
    }, `a recording in ${folder}`);

/**
 * nginx-rtmp with the applications `live`, which is recorded, and `denied`, whose publishers are refused.
 * @param {import('ava').ExecutionContext} t
 * @param {{ before?: readonly string[] }} [options] before: what runs it
 */
export async function nginx(t, { before = [] } = {}) {
    const home = temporary(t);
    const records = path.join(home, 'records');
    const [port, http] = [await freePort(), await freePort()];
    mkdirSync(records, { mode: 0o777 });
    writeFileSync(
        path.join(home, 'nginx.conf'),
        `load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
daemon off; master_process off; ${process.getuid?.() === 0 ? 'user root;' : ''} pid ${home}/pid; error_log ${home}/log info;
events { worker_connections 64; }
rtmp { server { listen 127.0.0.1:${port}; chunk_size 4096; ping 5s; ping_timeout 5s;
    application live { live on; record all; record_path ${records}; record_suffix .flv; }
    application denied { live on; on_publish http://127.0.0.1:${http}/no; }
} }
http { access_log off; client_body_temp_path ${home}; server { listen 127.0.0.1:${http};
    location /no { return 403; } location /control { rtmp_control all; } } }
`,
    );
    const { child, ended } = server(t, [...before, 'nginx', '-p', home, '-c', path.join(home, 'nginx.conf')]);
    if (before.length === 0) {
        await listens(port);
    }
    return { at: `127.0.0.1:${port}`, port, http, records, child, ended };
}

/**
 * node-media-server, which records, and takes signed names only when it has a secret.
 * @param {import('ava').ExecutionContext} t
 * @param {string} [key] of signatures
 */
export async function nodeMediaServer(t, key) {
    const home = temporary(t);
    const [port, http] = [await freePort(), await freePort()];
    const records = path.join(home, 'records');
    mkdirSync(records);
    writeFileSync(
        path.join(home, 'config.json'),
        JSON.stringify({
            bind: '127.0.0.1',
            store: { path: path.join(home, 'data') },
            auth: { play: false, publish: key !== undefined, secret: key ?? 'none' },
            rtmp: { port },
            http: { port: http },
            record: { auto: true, path: records },
        }),
    );
    server(t, ['node', path.join(root, 'tools/interop/node_modules/node-media-server/bin/app.js'), '-c', path.join(home, 'config.json')], home);
    await listens(port);
    const sign = (/** @type {string} */ name) => {
        const until = Math.floor(Date.now() / 1000) + 600;
        return `sign=${until}-${createHash('md5').update(`/live/${name}-${until}-${key}`).digest('hex')}`;
    };
    return { at: `127.0.0.1:${port}`, records, sign };
}

/** A port at which nothing is bound for datagrams. @returns {Promise<number>} */
export async function freeDatagramPort() {
    const { createSocket } = await import('node:dgram');
    const socket = createSocket('udp4');
    await new Promise((resolve) => socket.bind(0, '127.0.0.1', () => resolve(undefined)));
    const { port } = socket.address();
    await new Promise((resolve) => socket.close(() => resolve(undefined)));
    return port;
}

/**
 * srt-live-transmit as a listener that writes what comes into a file.
 * @param {import('ava').ExecutionContext} t
 * @param {string} [options] of its address
 * @param {readonly string[]} [before] what runs it
 * @param {number} [at] its port; 0: any free one
 */
export async function srtListener(t, options = '', before = [], at = 0) {
    const port = at || (await freeDatagramPort());
    const file = path.join(temporary(t), 'came.ts');
    writeFileSync(file, '');
    const command = `exec srt-live-transmit -q -a no 'srt://127.0.0.1:${port}?mode=listener${options}' file://con > '${file}'`;
    const { child, ended } = server(t, [...before, 'sh', '-c', command]);
    const place = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
    await eventually(() => (readFileSync(`/proc/${child.pid}/net/udp`, 'utf8').includes(place) ? true : undefined), 'a listener');
    return { at: `127.0.0.1:${port}`, file, child, ended };
}
