// nginx that takes live HLS by PUT and serves it, by the very text of docs/design/live-push.md.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { root } from '../../scripts/lib.mjs';
import { eventually, freePort, temporary } from '../e2e/device.mjs';
import { hanging } from '../guard.mjs';

/** Who may put. */
export const login = { user: 'camera', password: 'Zw3tschgen/Datschi' };
const program = '/usr/sbin/nginx';

/** The block of the document with the places of this machine. @param {Record<string, string>} places */
function documented(places) {
    let block = /```nginx\n([\s\S]*?)```/.exec(readFileSync(path.join(root, 'docs', 'design', 'live-push.md'), 'utf8'))?.[1] ?? '';
    for (const [from, to] of Object.entries(places)) {
        if (!block.includes(from)) throw new Error(`"${from}" is not in docs/design/live-push.md`);
        block = block.replace(from, to);
    }
    return block;
}

/** @typedef {{ status: number, headers: import('node:http').IncomingHttpHeaders, body: Buffer }} Answer */

/**
 * One that runs; it ends with the test.
 * @param {import('ava').ExecutionContext} t
 * @param {{ origin?: string, files?: string }} [options] whose pages may read; the folder that it serves
 */
export async function startNginx(t, { origin = 'https://shop.example', files } = {}) {
    const folder = temporary(t);
    const served = files ?? path.join(folder, 'live');
    if (files === undefined) mkdirSync(served);
    const port = await freePort();
    const [cert, key] = [path.join(folder, 'cert.pem'), path.join(folder, 'key.pem')];
    const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key];
    execFileSync('openssl', ['req', '-x509', ...ec, '-out', cert, '-days', '2', '-subj', '/CN=live', '-addext', 'subjectAltName=IP:127.0.0.1'], { stdio: 'pipe' });
    const pin = execFileSync('openssl', ['x509', '-in', cert, '-noout', '-fingerprint', '-sha256'], { encoding: 'utf8' }).split('=')[1]?.trim() ?? '';
    const hash = execFileSync('openssl', ['passwd', '-apr1', login.password], { encoding: 'utf8' }).trim();
    writeFileSync(path.join(folder, 'cameras'), `${login.user}:${hash}\n`);
    const block = documented({
        'https://shop.example': origin,
        'listen 443 ssl': `listen 127.0.0.1:${port} ssl`,
        '/etc/ssl/live.example.pem': cert,
        '/etc/ssl/live.example.key': key,
        '/srv/live': served,
        '/etc/nginx/cameras': path.join(folder, 'cameras'),
    });
    const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${served}/.${name};`).join('\n');
    const file = path.join(folder, 'nginx.conf');
    const user = process.getuid?.() === 0 ? 'user root;\n' : '';
    writeFileSync(file, `${user}daemon off;\nmaster_process off;\npid ${folder}/pid;\nerror_log stderr crit;\nevents {}\nhttp {\naccess_log off;\n${temp}\n${block}}\n`);
    const url = `https://127.0.0.1:${port}`;
    const ca = readFileSync(cert, 'utf8');
    /** @type {import('node:child_process').ChildProcess | undefined} */
    let running;
    const kill = async () => {
        const ended = running && new Promise((resolve) => running?.once('close', resolve));
        if (running?.exitCode === null && running.kill('SIGKILL')) await ended;
        running = undefined;
    };
    /** Reads, as a player does. @param {string} name @param {https.RequestOptions} [more] @returns {Promise<Answer>} */
    const get = (name, more = {}) =>
        new Promise((resolve, reject) => {
            const request = https.request(`${url}/${name}`, { ca, signal: hanging(), ...more }, (reply) => {
                /** @type {Buffer[]} */
                const parts = [];
                reply.on('data', (part) => parts.push(part));
                reply.on('error', reject);
                reply.on('end', () => resolve({ status: reply.statusCode ?? 0, headers: reply.headers, body: Buffer.concat(parts) }));
            });
            request.on('error', reject);
            request.end();
        });
    const begin = async () => {
        running = spawn(program, ['-c', file, '-p', folder], { stdio: 'ignore' });
        await eventually(async () => ((await get('')).status > 0 ? true : undefined), 'nginx answers');
    };
    t.teardown(kill);
    await begin();
    return { url, port, folder: served, ca, pin, get, kill, begin };
}
