// Attempts on a closed listener that must fail, certificates, and HTTP/2 under load.
import { chmodSync, copyFileSync, lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import http2 from 'node:http2';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import test from 'ava';
import { eventually, sleep, start, temporary } from '../e2e/device.mjs';
import { hangS } from '../guard.mjs';
import { ask, basic, certificate, closed, connect2, cookieOf, login, origin, password, setPassword } from './closed.mjs';
import { ipv6Test } from './ipv6.mjs';

/**
 * Bytes over TLS (or TCP alone), and everything that comes back until it is closed or `seconds` pass.
 * @param {string} url @param {string} text @param {{ seconds?: number, plain?: boolean, options?: tls.ConnectionOptions }} [how]
 * @returns {Promise<{ text: string, closed: boolean, ms: number, error: string }>}
 */
function raw(url, text, { seconds = hangS, plain = false, options = {} } = {}) {
    const { hostname, port } = new URL(url);
    const begun = performance.now();
    return new Promise((resolve) => {
        let got = '';
        let error = '';
        const socket = plain
            ? net.connect(Number(port), hostname, () => socket.write(text))
            : tls.connect({ host: hostname, port: Number(port), rejectUnauthorized: false, ...options }, () => socket.write(text));
        /** @param {boolean} closed */
        const done = (closed) => {
            clearInterval(timer);
            socket.destroy();
            resolve({ text: got, closed, ms: performance.now() - begun, error });
        };
        // second by second: what came while this process stood still is read before it gives up
        let left = seconds;
        const timer = setInterval(() => left-- <= 0 && done(false), 1000);
        socket.setEncoding('latin1').on('data', (part) => (got += part));
        socket.on('close', () => done(true));
        socket.on('error', (e) => (error = 'code' in e ? String(e.code) : e.message));
    });
}

/** @param {{ text: string }} answer */
const status = (answer) => Number(/^HTTP\/1\.[01] (\d{3})/.exec(answer.text)?.[1] ?? 0);

/** All that whoever speaks HTTP in clear to a port of HTTPS is told. */
const inClear = /^HTTP\/1\.1 303 See Other\r\nLocation: https:\/\/localhost\/\r\n(?:[A-Z][\w-]+: [^\r\n]*\r\n)*\r\nThis port speaks HTTPS: https:\/\/localhost\/\n$/;

test('names, origins and methods: each attempt is refused, the same without it is served', async (t) => {
    const { url } = await closed(t, ['--host', 'cam.example', '--host', '*.door.example']);
    const own = cookieOf(await login(url));
    const { host, port } = new URL(url);
    /** @param {string} name */
    const byHost = async (name) => status(await raw(url, `GET /api/session HTTP/1.1\r\nHost: ${name}\r\nCookie: ${own.cookie}\r\nConnection: close\r\n\r\n`));
    for (const name of [host, `localhost:${port}`, '127.0.0.1', '[::1]', 'cam.example', 'CAM.example:443', 'a.door.example']) {
        t.is(await byHost(name), 200, name);
    }
    for (const name of ['evil.example', 'cam.example.evil.example', '127.0.0.1.evil.example', 'x.cam.example', 'a.b.door.example', 'door.example', '.door.example', '192.0.2.99', '[::2]', 'cam.example:1x', 'cam.example@evil.example', 'cam.example evil.example', '[cam.example]', '']) {
        t.true([400, 421, 0].includes(await byHost(name)), name);
    }
    t.is(await byHost('evil.example'), 421, 'DNS rebinding');
    t.not(status(await raw(url, `GET /api/session HTTP/1.1\r\nCookie: ${own.cookie}\r\nConnection: close\r\n\r\n`)), 200, 'no Host');

    const json = { 'content-type': 'application/json' };
    const link = { headers: { ...own, ...json }, body: '{"channel":"cam1","seconds":60}' };
    t.is((await ask(url, 'POST /api/links', { ...link, headers: { ...link.headers, ...origin(url) } })).status, 200);
    for (const from of ['https://evil.example', 'null', `http://${host}`, `https://${host}.evil.example`, `https://127.0.0.1:1`, `https://${host}/`, 'file://', `https://evil@${host}`]) {
        for (const line of ['POST /api/links', 'DELETE /api/links', 'DELETE /api/sessions', 'POST /logout', 'POST /api/nothing', 'OPTIONS /api/links', 'PATCH /api/settings', 'POST /api/channels', 'DELETE /api/channels/cam1', 'GET /api/status', 'GET /live/cam1/index.m3u8']) {
            t.is((await ask(url, line, { headers: { ...own, origin: from, 'content-length': '0' } })).status, 403, `${line} from ${from}`);
        }
        t.is((await login(url, password, { origin: from })).status, 403, 'login by another site');
    }
    t.is((await ask(url, 'POST /api/links', link)).status, 403, 'a cookie without an Origin');
    t.is((await ask(url, 'GET /api/status', { headers: { ...own, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' } })).status, 403);
    t.is((await ask(url, 'GET /live/cam1/index.m3u8', { headers: { ...own, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' } })).status, 403);
    t.is((await ask(url, 'GET /', { headers: { ...own, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' } })).status, 200, 'a link leads here');
    t.is((await ask(url, 'DELETE /api/channels/cam1', { headers: own })).status, 403, 'nor a channel');
    t.is((await ask(url, 'GET /api/session', { headers: own })).status, 200, 'none of it ended the session');
    const change = { headers: { ...own, ...json, ...origin(url) }, body: '{"record":{"name":"porch"}}' };
    t.is((await ask(url, 'PATCH /api/settings', change)).json.settings.record.name, 'porch');
    t.is((await ask(url, 'DELETE /api/channels/cam1', { headers: { ...own, ...origin(url) } })).status, 204);
    t.deepEqual((await ask(url, 'GET /api/channels', { headers: own })).json.channels, []);
});

test('without a login nothing is told: pages lead to it, everything else is 401', async (t) => {
    const { url } = await closed(t);
    for (const line of ['GET /', 'GET /index.html', 'GET /nothing', 'HEAD /', 'GET /favicon.ico']) {
        const answer = await ask(url, line);
        t.is(answer.status, 303, line);
        t.is(answer.headers['location'], './login');
    }
    // below a path of a proxy they stay there
    for (const path_ of ['/', '/nothing', '/a/b', '/a/b/c.html', '/index.html?a=/b/c']) {
        const { headers } = await ask(url, `GET ${path_}`);
        t.is(new URL(String(headers['location']), `https://proxy/cams/7${path_}`).pathname, '/cams/7/login', path_);
    }
    for (const line of ['GET /api/status', 'GET /api/nothing', 'GET /api/sessions', 'GET /api/settings', 'PATCH /api/settings', 'POST /api/channels', 'DELETE /api/channels/cam1', 'POST /api/links', 'DELETE /api/sessions', 'GET /live/cam1/index.m3u8', 'GET /live/no/s1.m4s', 'GET /recordings/cam1/x.mp4', 'GET /metrics', 'POST /', 'POST /logout', 'PUT /index.html', 'GET /../.lock', 'GET /w/x', 'DELETE /recordings/cam1/a.mp4']) {
        const code = (await ask(url, line, { headers: { 'content-length': '0' } })).status;
        t.true([400, 401, 403, 404].includes(code), `${line}: ${code}`);
        t.is(code, /\.\.|\/w\//.test(line) ? code : 401, line);
    }
    t.is((await ask(url, 'GET /healthz')).text, 'ok\n', 'not how the script is');
    const page = await ask(url, 'GET /login');
    t.is(page.status, 200);
    t.regex(String(page.headers['content-security-policy']), /default-src 'none'.*frame-ancestors 'none'/);
    t.is(page.headers['referrer-policy'], 'same-origin');
    t.is(page.headers['x-content-type-options'], 'nosniff');
    t.is(page.headers['cache-control'], 'no-store');
    const assets = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => new URL(file ?? '', `${url}/login`).pathname);
    for (const file of assets) {
        t.is((await ask(url, `GET ${file}`)).status, 200, file);
    }
});

test('no path leaves its folder, and what lies in the data folder is not served', async (t) => {
    const { url } = await closed(t);
    const own = cookieOf(await login(url));
    const paths = [
        '/access/users', '/access/key.pem', '/assets/../../access/users', '/assets/..%2f..%2faccess/users', '/recordings/../access/users', '/recordings/%2e%2e/access/key.pem',
        '/recordings/access/../users.mp4', '/../../../../etc/passwd', '/..%2f..%2fetc/passwd', '/%252e%252e/etc/passwd', '//etc/passwd', '/login/../../.lock', '/w/../access/users',
        '/w/%2e%2e/access/users', '/api/sessions/../../access/users', '/live/..%5c..%5caccess/users', '/login%00.html', '/assets/%00', '/.lock',
    ];
    for (const address of paths) {
        for (const cookie of ['', `Cookie: ${own.cookie}\r\n`]) {
            const answer = await raw(url, `GET ${address} HTTP/1.1\r\nHost: localhost\r\n${cookie}Connection: close\r\n\r\n`);
            t.true([303, 400, 401, 403, 404, 0].includes(status(answer)), `${address}: ${answer.text.split('\r\n')[0]}`);
            t.notRegex(answer.text, /root:|scrypt|PRIVATE KEY/, address);
        }
    }
});

test('what is too large, smuggled, or another protocol', async (t) => {
    const { url } = await closed(t);
    const own = cookieOf(await login(url));
    const head = `Host: localhost\r\nCookie: ${own.cookie}\r\n`;
    t.not(status(await raw(url, `GET /healthz HTTP/1.1\r\n${head}X-Big: ${'a'.repeat(9000)}\r\n\r\n`)), 200);
    t.not(status(await raw(url, `GET /metrics HTTP/1.1\r\nHost: localhost\r\nCookie: ${'a=b; '.repeat(1800)}\r\n\r\n`)), 200);
    t.not(status(await raw(url, `GET /metrics HTTP/1.1\r\nHost: localhost\r\nCookie: ${own.cookie}; ${own.cookie}\r\nConnection: close\r\n\r\n`)), 200, 'two of one name');
    t.is(status(await raw(url, `GET /metrics HTTP/1.1\r\nHost: localhost\r\nCookie: other=1; ${own.cookie}; more="x"\r\nConnection: close\r\n\r\n`)), 200);
    t.is(status(await raw(url, `GET /metrics HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic ${'QUFB'.repeat(200)}\r\nConnection: close\r\n\r\n`)), 401);
    const inner = `GET /metrics HTTP/1.1\r\n${head}\r\n`;
    const smuggled = await raw(url, `POST /login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n${inner}`);
    t.is(smuggled.text.match(/HTTP\/1\.1 /g)?.length ?? 0, 1, smuggled.text);
    const refused = await raw(url, `POST /api/status HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`);
    t.is(refused.text.match(/HTTP\/1\.1 /g)?.length, 1, 'a body that was not read is no request');
    const socket = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: http\r\n';
    const upgrade = await raw(url, `GET /api/status HTTP/1.1\r\n${head}${socket}\r\n`);
    t.notRegex(upgrade.text, /^HTTP\/1\.1 (101|200)/);
    const http = await raw(url, 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n', { plain: true });
    t.regex(http.text, inClear, 'no plain HTTP on this port, but the way to HTTPS');
    const garbage = await raw(url, '\x16\x03\x01\xff\xff'.padEnd(300, '\xff'), { plain: true });
    t.true(garbage.closed);
    t.is((await ask(url, 'GET /healthz')).status, 200);
});

test('TLS: older than 1.2 is refused, weak ciphers too', async (t) => {
    const { url } = await closed(t);
    const old = await raw(url, '', { options: { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } });
    t.regex(old.error, /PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/);
    for (const ciphers of ['AES128-SHA:@SECLEVEL=0', 'ECDHE-ECDSA-AES128-SHA256:@SECLEVEL=0', 'NULL:aNULL:@SECLEVEL=0']) {
        t.regex((await raw(url, '', { options: { maxVersion: 'TLSv1.2', ciphers } })).error, /HANDSHAKE_FAILURE|NO_CIPHER/, ciphers);
    }
    for (const version of /** @type {const} */ (['TLSv1.2', 'TLSv1.3'])) {
        const answer = await raw(url, 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', { options: { minVersion: version, maxVersion: version } });
        t.is(status(answer), 200, version);
    }
});

ipv6Test('every address of the machine, IPv4 and IPv6, on one port: HTTPS and login; loopback beside it is open only when it is named', async (t) => {
    const { device } = await closed(t, ['--listen', '0.0.0.0', '--listen', '::']);
    const listening = await device.event('listening');
    const urls = /** @type {string[]} */ (listening['urls']);
    const port = new URL(urls[0] ?? '').port;
    t.true(urls.includes(`https://127.0.0.1:${port}/`) && urls.includes(`https://[::1]:${port}/`), urls.join(' '));
    for (const name of ['127.0.0.1', '127.0.0.2']) {
        t.is((await ask(`https://${name}:${port}`, 'GET /api/status')).status, 401, name);
        t.is((await ask(`https://${name}:${port}`, 'GET /api/status', { headers: basic('admin', password) })).status, 200, name);
    }
    const six = tls.connect({ host: '::1', port: Number(port), rejectUnauthorized: false });
    const answer = new Promise((resolve) => six.once('data', (data) => resolve(String(data).split('\r\n')[0])));
    six.write(`GET /api/status HTTP/1.1\r\nHost: [::1]:${port}\r\nConnection: close\r\n\r\n`);
    t.is(await answer, 'HTTP/1.1 401 Unauthorized');
    const plain = await raw(`http://127.0.0.1:${port}`, 'GET /api/status HTTP/1.1\r\nHost: localhost\r\n\r\n', { plain: true });
    t.regex(plain.text, inClear, 'no plain HTTP from loopback either');

    const both = start(t, ['--listen', '127.0.0.1', '--listen', '::1', '--record', 'off']);
    const open = /** @type {string[]} */ ((await both.device.event('listening'))['urls']);
    t.is(open.length, 2);
    for (const url of open) {
        t.is((await fetch(`${url}healthz`)).status, 200, url);
    }
});

test('HTTP/2: a header block without an end is cut, as are frames that ask nothing', async (t) => {
    const { url } = await closed(t);
    const { hostname, port } = new URL(url);
    /** @param {number} type @param {number} flags @param {number} stream @param {Buffer} body */
    const frame = (type, flags, stream, body) => Buffer.concat([Buffer.from([body.length >> 16, body.length >> 8, body.length, type, flags, 0, 0, 0, stream]), body]);
    const preface = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(4, 0, 0, Buffer.alloc(0))]);
    const get = Buffer.concat([Buffer.from([0x82, 0x87, 0x04, 8]), Buffer.from('/healthz'), Buffer.from([0x01, 9]), Buffer.from('localhost')]);
    const literal = Buffer.concat([Buffer.from([0x00, 5]), Buffer.from('x-big'), Buffer.from([100]), Buffer.alloc(100, 'a')]);
    const many = Buffer.concat(Array(20).fill(literal));
    for (const [name, first, again] of /** @type {[string, Buffer, Buffer][]} */ ([
        ['CONTINUATION', frame(1, 0x01, 1, get), frame(9, 0, 1, many)],
        ['empty CONTINUATION', frame(1, 0x01, 1, get), Buffer.concat(Array(200).fill(frame(9, 0, 1, Buffer.alloc(0))))],
        ['CONTINUATION behind a request', Buffer.concat([frame(1, 0x05, 1, get), frame(1, 0x01, 3, get)]), frame(9, 0, 3, many)],
        ['PING', Buffer.alloc(0), Buffer.concat(Array(100).fill(frame(6, 1, 0, Buffer.alloc(8))))],
    ])) {
        const socket = tls.connect({ host: hostname, port: Number(port), rejectUnauthorized: false, ALPNProtocols: ['h2'] });
        let [ended, sent] = [false, 0];
        socket.on('error', () => (ended = true)).on('close', () => (ended = true)).resume();
        await new Promise((resolve) => socket.on('secureConnect', resolve));
        socket.write(Buffer.concat([preface, first]));
        // slowly, so that what is counted was read by the server and does not lie in the kernel's buffers
        for (let paced = 0; !ended && sent < 8_000_000; sent += again.length) {
            await new Promise((resolve) => socket.write(again, () => setImmediate(resolve)));
            if (sent - paced >= 32_768) {
                paced = sent;
                await sleep(20);
            }
        }
        t.true(ended && sent < 4_000_000, `${name}: ${sent} bytes were taken`);
        socket.destroy();
    }
    t.is((await connect2(t, url).request({ ':path': '/healthz' })).status, 200);
});

test('half a handshake and half a request are closed, others are served meanwhile', async (t) => {
    const { url } = await closed(t);
    const waiting = [
        raw(url, '', { plain: true }),
        raw(url, '\x16\x03\x01\x02\x00\x01', { plain: true }),
        raw(url, 'GET /healthz HTTP/1.1\r\nHost: local'),
        raw(url, 'POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{'),
    ];
    t.is((await ask(url, 'GET /healthz')).status, 200);
    for (const [index, answer] of (await Promise.all(waiting)).entries()) {
        t.true(answer.closed, `attempt ${index}`);
    }
});

test('the certificate: its names, its file, its fingerprint; kept, and made again for another name', async (t) => {
    const data = temporary(t);
    const first = await closed(t, [], { data });
    const shown = await certificate(first.url);
    t.is(shown.fingerprint256, first.fingerprint);
    for (const name of ['DNS:localhost', 'IP Address:127.0.0.1', 'IP Address:0:0:0:0:0:0:0:1']) {
        t.true(String(shown.subjectaltname).includes(name), `${name} in ${shown.subjectaltname}`);
    }
    t.is(shown.asn1Curve, 'prime256v1');
    const days = (Date.parse(shown.valid_to) - Date.parse(shown.valid_from)) / 86_400_000;
    t.true(days > 800 && days <= 825, `${days} days`);
    for (const name of ['key.pem', 'cert.pem', 'users', 'device.key']) {
        t.is(lstatSync(path.join(data, 'access', name)).mode & 0o777, 0o600, name);
    }
    t.is((await first.device.stop()).code, 0);
    const second = await closed(t, [], { data });
    t.is(second.fingerprint, first.fingerprint, 'the same after a restart');
    await second.device.stop();
    const key = readFileSync(path.join(data, 'access', 'key.pem'), 'utf8');
    const third = await closed(t, ['--host', 'cam.example', '--host', '203.0.113.9'], { data });
    t.not(third.fingerprint, first.fingerprint);
    t.true(String((await certificate(third.url)).subjectaltname).includes('DNS:cam.example'));
    t.true(String((await certificate(third.url)).subjectaltname).includes('IP Address:203.0.113.9'));
    t.is(readFileSync(path.join(data, 'access', 'key.pem'), 'utf8'), key, 'the key stays');
    await third.device.stop();
    writeFileSync(path.join(data, 'access', 'cert.pem'), 'garbage');
    const fourth = await closed(t, [], { data });
    t.is((await certificate(fourth.url)).fingerprint256, fourth.fingerprint, 'a damaged one is made again');
    t.deepEqual(readdirSync(path.join(data, 'access')).sort(), ['cert.pem', 'device.key', 'key.pem', 'users']);
});

test('own certificate: checked, read again when it changes, connections go on', async (t) => {
    /** A pair from another data folder. @param {string} name */
    const make = async (name) => {
        const { device, data, fingerprint } = await closed(t, ['--host', name]);
        await device.stop();
        return { cert: path.join(data, 'access', 'cert.pem'), key: path.join(data, 'access', 'key.pem'), fingerprint };
    };
    const [one, two] = [await make('one.example'), await make('two.example')];
    const folder = temporary(t);
    const [cert, key] = [path.join(folder, 'c.pem'), path.join(folder, 'k.pem')];
    copyFileSync(one.cert, cert);
    copyFileSync(one.key, key);
    const files = ['--tls-cert', cert, '--tls-key', key];
    const { device, url, fingerprint } = await closed(t, files);
    t.notRegex(device.stderr, /--tls-key/);
    t.is(fingerprint, one.fingerprint);
    const { request } = connect2(t, url);
    t.is((await request({ ':path': '/healthz' })).status, 200);
    copyFileSync(two.cert, cert);
    await device.until(() => (/the key does not belong to the certificate; the previous certificate stays in use/.test(device.stderr) ? true : undefined), 'half of a change is refused');
    t.is((await certificate(url)).fingerprint256, one.fingerprint);
    copyFileSync(two.key, key);
    await eventually(async () => ((await certificate(url)).fingerprint256 === two.fingerprint ? true : undefined), 'the other certificate');
    t.is((await request({ ':path': '/healthz' })).status, 200, 'the connection of before');
    chmodSync(key, 0o640);
    await device.until(() => /--tls-key [^\n]+: other users can read it: chmod go-r it/.exec(device.stderr) ?? undefined, 'a key that others can read');
    t.is((await ask(url, 'GET /healthz', { headers: { host: 'two.example' } })).status, 200, 'its names');
    t.is((await ask(url, 'GET /healthz', { headers: { host: 'one.example' } })).status, 421);

    for (const [args, why] of /** @type {[string[], RegExp][]} */ ([
        [['--tls-cert', cert, '--tls-key', one.key], /the key does not belong to the certificate/],
        [['--tls-cert', key, '--tls-key', key], /the certificate is not PEM/],
        [['--tls-cert', cert, '--tls-key', cert], /the key is not PEM without a password/],
        [['--tls-cert', '/no/such.pem', '--tls-key', key], /--tls-cert \/no\/such\.pem: does not exist/],
        [['--tls-cert', folder, '--tls-key', key], /--tls-cert [^\n]+: not a regular file/],
        [['--tls-cert', cert], /--tls-cert requires --tls-key/],
    ])) {
        const data = temporary(t);
        await setPassword(data);
        const bad = start(t, ['--login', 'always', ...args], { data });
        t.true([1, 2].includes((await bad.device.ended).code ?? 0), args.join(' '));
        t.regex(bad.device.stderr, why);
        t.is(bad.device.stderr.split('\n').filter((line) => line.startsWith('ocellus: ')).length, 1);
    }
});

test('HTTP/2: many at once on one connection, slow readers, login, and no WebSocket', async (t) => {
    const { device, url } = await closed(t, ['--input', 'a=assets/clip.mp4']);
    const { session, request } = connect2(t, url);
    const entered = await request({ ':path': '/login', ':method': 'POST', 'content-type': 'application/json' }, { body: JSON.stringify({ user: 'admin', password }) });
    t.is(entered.status, 200, entered.text);
    const { cookie } = cookieOf(entered);
    t.is((await request({ ':path': '/api/session' })).status, 401);
    for (let round = 0; round < 3; round++) {
        const list = await eventually(async () => {
            const { text } = await request({ ':path': '/live/a/index.m3u8', cookie });
            return /^s\d+\.m4s$/m.test(text) ? text : undefined;
        }, 'live');
        const name = [...list.matchAll(/^s\d+\.m4s$/gm)].map(([file]) => file).at(-1); // one of a round before may be over
        const wanted = { ':path': `/live/a/${name}`, cookie };
        const answers = await Promise.all(Array.from({ length: 24 }, (_, n) => request(n % 4 === 3 ? { ':path': '/healthz' } : wanted, n % 4 === 1 ? { slowly: 20 } : {})));
        const sizes = new Set(answers.filter((_, n) => n % 4 !== 3).map(({ status: code, bytes, headers }) => `${code} ${bytes} ${bytes === Number(headers['content-length'])}`));
        t.is(sizes.size, 1, [...sizes].join('; '));
        t.regex([...sizes][0] ?? '', /^200 \d{4,} true$/);
        t.true(answers.every(({ status: code }) => code === 200));
    }
    t.is((await request({ ':path': '/', ':method': 'HEAD', cookie })).status, 200);
    t.is((await request({ ':path': '/login', ':method': 'POST', 'content-type': 'application/json', 'content-length': undefined })).status, 411);
    t.is((await request({ ':path': '/healthz', ':authority': 'evil.example' })).status, 421);
    t.is((await request({ ':path': '/api/links', ':method': 'POST', cookie, origin: 'https://evil.example', 'content-type': 'application/json' }, { body: '{}' })).status, 403);
    for (const bad of [{ ':path': '/../access/users' }, { ':path': '/metrics', 'user-agent': 'a'.repeat(9000) }]) {
        t.not((await connect2(t, url).request({ ...bad, cookie })).status, 200, 'the library may end such a connection');
    }
    const other = connect2(t, url);
    const socket = other.session.request({ ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/', ':scheme': 'https', ':authority': 'evil.example', 'sec-websocket-version': '13' });
    const opened = await new Promise((resolve) => {
        socket.on('response', (headers) => resolve(headers[':status']));
        socket.on('error', () => resolve('closed')).on('close', () => resolve('closed'));
        setTimeout(() => resolve('nothing'), 5000); // wall time: no answer at all is as good
    });
    t.not(opened, 200);
    t.is((await request({ ':path': '/healthz' })).status, 200);
    t.false(session.closed);
    t.is((await device.stop()).code, 0);
});

test('HTTP/2: a peer that opens no window holds its own streams and nothing else', async (t) => {
    const { url } = await closed(t, ['--input', 'a=assets/clip.mp4']);
    const good = basic('admin', password);
    const list = await eventually(async () => {
        const { text } = await ask(url, 'GET /live/a/index.m3u8', { headers: good });
        return /^s\d+\.m4s$/m.test(text) ? text : undefined;
    }, 'live');
    const name = /^s\d+\.m4s$/m.exec(list)?.[0];
    const stuck = http2.connect(url, { rejectUnauthorized: false, settings: { initialWindowSize: 100 } });
    stuck.on('error', () => undefined);
    t.teardown(() => stuck.destroy());
    let got = 0;
    for (let n = 0; n < 10; n++) {
        const stream = stuck.request({ ':path': `/live/a/${name}`, ...good });
        stream.on('error', () => undefined);
        stream.on('response', () => got++);
    }
    await eventually(async () => (got === 10 ? true : undefined), 'heads');
    // Strangers too: what they may read fills 240 streams of 20 connections that never take a byte.
    const page = await ask(url, 'GET /login');
    const asset = new URL(/src="([^"]+\.js)"/.exec(page.text)?.[1] ?? '', `${url}/login`).pathname;
    let heads = 0;
    for (let n = 0; n < 20; n++) {
        const session = http2.connect(url, { rejectUnauthorized: false, settings: { initialWindowSize: 0 } });
        session.on('error', () => undefined);
        t.teardown(() => session.destroy());
        for (let m = 0; m < 12; m++) {
            session.request({ ':path': asset }).on('error', () => undefined).on('response', () => heads++);
        }
    }
    await eventually(async () => (heads >= 60 ? true : undefined), 'streams that stand');
    t.is((await connect2(t, url).request({ ':path': '/healthz' })).status, 200);
    for (let n = 0; n < 5; n++) {
        t.is((await ask(url, `GET /live/a/index.m3u8`, { headers: good })).status, 200);
    }
});
