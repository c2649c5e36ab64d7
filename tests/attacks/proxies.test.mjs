// nginx and HAProxy in front of the program, by the very text of docs/design/access.md: people log in through them, and 10,000
// mutated requests through each reach nothing without.
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import tls from 'node:tls';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { eventually, freePort, temporary } from '../e2e/device.mjs';
import { hanging } from '../guard.mjs';
import { closed, cookieOf, login } from '../hosts/closed.mjs';

const REQUESTS = 10_000;
const AT_ONCE = 32;
/** A connection that says nothing more for so long is left; what it would still say, the state at the end shows. */
const QUIET_MS = 300;
const NAME = 'cam.example';
const SEED = 20_261_124;
/** In what nobody may read without a login. */
const MARK = 'zwetschge';
const secrets = new RegExp(`${MARK}|ocellus_|#EXTM3U|"settings"|"channels"|ftyp`);

/** A block of the document, with the places of this machine; each must be there. @param {string} language @param {Record<string, string>} places */
function documented(language, places) {
    const text = readFileSync(path.join(root, 'docs', 'design', 'access.md'), 'utf8');
    let block = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(text)?.[1] ?? '';
    for (const [from, to] of Object.entries(places)) {
        if (!block.includes(from)) {
            throw new Error(`${language}: "${from}" is not in docs/design/access.md`);
        }
        block = block.replace(from, to);
    }
    return block;
}

/** The options of the program that belong to them. */
const options = () => /With `(--trusted-proxy [^`]+)`/.exec(readFileSync(path.join(root, 'docs', 'design', 'access.md'), 'utf8').replaceAll('\n', ' '))?.[1]?.split(' ') ?? [];

/** What a proxy needs, and how it is started. @typedef {{ folder: string, port: number, camera: string }} Place */

/** @type {Record<string, (place: Place) => readonly string[]>} */
const proxies = {
    nginx: ({ folder, port, camera }) => {
        const block = documented('nginx', {
            'listen 443': `listen 127.0.0.1:${port}`,
            '/etc/ssl/cam.example.pem': path.join(folder, 'cert.pem'),
            '/etc/ssl/cam.example.key': path.join(folder, 'key.pem'),
            '127.0.0.1:8080': camera,
        });
        const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join('\n');
        const file = path.join(folder, 'nginx.conf');
        writeFileSync(file, `daemon off;\nmaster_process off;\npid ${folder}/pid;\nerror_log stderr crit;\nevents {}\nhttp {\naccess_log off;\n${temp}\n${block}}\n`);
        return ['/usr/sbin/nginx', '-c', file, '-p', folder];
    },
    HAProxy: ({ folder, port, camera }) => {
        const block = documented('haproxy', { ':443': `127.0.0.1:${port}`, '/etc/haproxy/cam.example.pem': path.join(folder, 'both.pem'), '127.0.0.1:8080': camera });
        const file = path.join(folder, 'haproxy.cfg');
        writeFileSync(file, block);
        return ['/usr/sbin/haproxy', '-db', '-q', '-f', file];
    },
};

/** Numbers below 1, the same for the same seed. @param {number} seed */
function numbers(seed) {
    let state = seed;
    return () => {
        state = (state + 0x6d2b79f5) | 0;
        let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
        mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
    };
}

const methods = ['GET', 'GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'get', 'PRI'];
const places = ['/api/settings', '/api/status', '/api/channels', '/api/channels/cam1', '/api/privacy', '/api/links', '/api/sessions', '/metrics', '/live/cam1/index.m3u8', '/live/cam1.mp4', '/readyz', '/recordings/', '/api/event-log'];
const ends = ['%0a', '%0d', '%0d%0a', '%00', '%20', '%09', ';', '?', '#', '//', '/../', '%2f', '%3b'];
const hosts = [NAME, NAME, NAME, '127.0.0.1', 'localhost', '[::1]', '', 'evil.example'];
/** Whole names that begin one that a library knows, and names that mean something. */
const names = ['X-A', 'X-F', 'X-Forwarded-F', 'X-R', 'C', 'Co', 'Content-', 'Content-L', 'Cook', 'H', 'Ho', 'O', 'Ori', 'T', 'V', 'Vi', 'F', 'A', 'Author', 'U', 'S', 'Sec-', 'X-Forwarded-For', 'X-Real-IP', 'Via', 'Forwarded', 'Origin', 'Cookie', 'Authorization', 'Host', 'Upgrade', 'Content-Type', ':authority', ':path', 'Sec-Fetch-Site', 'Connection'];
const values = ['1', '', '127.0.0.1', '127.0.0.5', '::1', 'unknown', 'for=127.0.0.1', 'same-origin', 'application/json', `https://${NAME}`, 'http://127.0.0.1', 'X-Forwarded-For', 'close, X-Forwarded-For', 'h2c', 'a'.repeat(3000), '__Host-ocellus=x', 'Basic YTpi'];

/** One request that is not as it should be. @param {() => number} random */
function mutated(random) {
    /** @template T @param {readonly T[]} list */
    const one = (list) => /** @type {T} */ (list[Math.floor(random() * list.length)]);
    const chance = (/** @type {number} */ part) => random() < part;
    const inner = () => `${one(methods)} ${one(places)} HTTP/1.1\r\nHost: ${one(hosts)}\r\n${chance(0.5) ? 'X-Forwarded-For: 127.0.0.1\r\n' : ''}\r\n`;
    let address = one(places);
    if (chance(0.4)) {
        address += `${one(ends)}${one(names)}:${chance(0.5) ? '' : one(values).slice(0, 40)}`;
    }
    if (chance(0.1)) {
        address = `http://${one(hosts)}${address}`;
    }
    const head = [`Host: ${one(hosts)}`, 'Accept: */*'];
    for (let n = Math.floor(random() * 4); n > 0; n--) {
        head.splice(Math.floor(random() * (head.length + 1)), 0, `${one(names)}${chance(0.1) ? ' ' : ''}:${chance(0.8) ? ' ' : ''}${one(values)}${chance(0.05) ? `\n ${one(values)}` : ''}`);
    }
    let body = '';
    if (chance(0.5)) {
        body = chance(0.6) ? inner() : '{"on":true}';
        const framing = [`Content-Length: ${body.length}`, `Content-Length: ${body.length}`, 'Content-Length: 0', `Content-Length: ${body.length + 5}`, 'Transfer-Encoding: chunked', 'Transfer-Encoding : chunked', `Content-Length : ${body.length}`];
        head.splice(Math.floor(random() * (head.length + 1)), 0, ...(chance(0.8) ? [one(framing)] : [one(framing), one(framing)]));
        if (chance(0.3)) {
            body = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
        }
    }
    head.push(...(chance(0.7) ? ['Connection: close'] : []), ...(chance(0.3) ? [`${one(names)}: ${one(values)}`] : []));
    const line = chance(0.95) ? '\r\n' : '\n';
    let text = `${one(methods)} ${address} HTTP/1.${chance(0.95) ? 1 : 0}${line}${head.join(line)}${line}${line}${body}${chance(0.2) ? inner() : ''}`;
    for (let n = chance(0.2) ? 1 + Math.floor(random() * 3) : 0; n > 0; n--) {
        const at = Math.floor(random() * text.length);
        text = text.slice(0, at) + String.fromCharCode(Math.floor(random() * 256)) + text.slice(at + Math.floor(random() * 2));
    }
    return text;
}

/** Everything that comes back. @param {number} port @param {string} text @returns {Promise<string>} */
const sent = (port, text) =>
    new Promise((resolve) => {
        let got = '';
        const socket = tls.connect({ host: '127.0.0.1', port, servername: NAME, rejectUnauthorized: false }, () => socket.write(text, 'latin1'));
        socket.setTimeout(QUIET_MS, () => socket.destroy());
        socket.setEncoding('latin1').on('data', (part) => (got += part)).on('error', () => undefined);
        socket.on('close', () => resolve(got));
    });

/**
 * What a browser would get.
 * @param {string} url @param {Record<string, string>} headers
 * @returns {Promise<{ status: number, text: string }>} 0: the connection was closed
 */
const get = (url, headers) =>
    new Promise((resolve) => {
        let text = '';
        const request = https.get(url, { headers, rejectUnauthorized: false, agent: false }, (response) => {
            response.setEncoding('utf8').on('data', (part) => (text += part));
            response.on('close', () => resolve({ status: response.statusCode ?? 0, text }));
        });
        request.on('error', () => resolve({ status: 0, text }));
    });

for (const [name, prepare] of Object.entries(proxies)) {
    test.serial(`${name}: one logs in through it, and ${REQUESTS} mutated requests reach nothing without`, async (t) => {
        t.timeout(900_000);
        const trusted = options();
        t.is(trusted[0], '--trusted-proxy');
        const { url, device } = await closed(t, ['--listen', '127.0.0.1', '--name', MARK, ...trusted]);
        const folder = temporary(t);
        const subject = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30', '-subj', `/CN=${NAME}`];
        execFileSync('openssl', [...subject, '-keyout', path.join(folder, 'key.pem'), '-out', path.join(folder, 'cert.pem')], { stdio: 'ignore' });
        writeFileSync(path.join(folder, 'both.pem'), readFileSync(path.join(folder, 'cert.pem'), 'utf8') + readFileSync(path.join(folder, 'key.pem'), 'utf8'));
        const port = await freePort();
        const [program = '', ...args] = prepare({ folder, port, camera: new URL(url).host });
        const proxy = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
        let printed = '';
        proxy.stderr.setEncoding('utf8').on('data', (part) => (printed += part));
        t.teardown(() => proxy.kill('SIGKILL'));
        const through = `https://127.0.0.1:${port}`;
        const host = { host: NAME };
        await eventually(async () => ((await get(`${through}/healthz`, host)).status === 200 ? true : undefined), `${name} ${printed}`);

        t.is((await get(`${through}/api/settings`, host)).status, 401);
        t.is((await get(`${through}/`, host)).status, 303);
        const entered = await login(through, undefined, { ...host, origin: `https://${NAME}` });
        t.is(entered.status, 200, entered.text);
        const own = { ...host, ...cookieOf(entered) };
        t.regex((await get(`${through}/api/settings`, own)).text, secrets, 'with the login it is there');
        await eventually(async () => ((await get(`${through}/live/cam1/index.m3u8`, own)).text.startsWith('#EXTM3U') ? true : undefined), 'live');

        const state = async () => {
            const parts = ['/api/settings', '/api/channels', '/api/privacy', '/api/links'].map(async (place) => (await fetch(url + place, { signal: hanging() })).text());
            const [settings, channels, ...others] = await Promise.all(parts);
            return { settings, channels: JSON.parse(channels ?? '').channels.map((/** @type {any} */ one) => one.name), others };
        };
        const before = await state();
        const random = numbers(SEED);
        let [left, answered] = [REQUESTS, 0];
        /** @type {string[]} */
        const found = [];
        const worker = async () => {
            while (left-- > 0) {
                const text = mutated(random);
                const got = await sent(port, text);
                answered += got.startsWith('HTTP/1.') ? 1 : 0;
                if (secrets.test(got)) {
                    found.push(`${JSON.stringify(text)} => ${got.slice(0, 300)}`);
                }
            }
        };
        await Promise.all(Array.from({ length: AT_ONCE }, worker));
        t.log(`seed ${SEED}: ${REQUESTS} sent, ${answered} answered`);
        t.deepEqual(found, []);
        t.true(answered > REQUESTS / 2, 'they arrive');
        t.deepEqual(await state(), before, 'nothing was changed');
        t.is(JSON.parse((await get(`${through}/api/session`, own)).text).user, 'admin');
        t.is(device.process.exitCode, null);
        t.is(proxy.exitCode, null, printed);
    });
}
