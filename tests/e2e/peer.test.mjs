// `ocellus-peer` as a person runs it: command line, HTTP and its limits, and two of them with each other.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { Device, peerProgram } from './device.mjs';

const offerOfChromium = readFileSync(path.join(root, 'tests', 'corpora', 'sdp', 'chromium-156-offer.sdp'), 'utf8');

/** @param {import('ava').ExecutionContext} t @param {readonly string[]} args */
function start(t, args) {
    const device = new Device([...args, '--loopback', '--json'], { program: peerProgram });
    t.teardown(async () => {
        device.process.kill('SIGKILL');
        await device.ended;
    });
    return device;
}

/** @param {import('ava').ExecutionContext} t */
async function serving(t) {
    const device = start(t, ['--http', '127.0.0.1:0']);
    const url = String((await device.until(() => device.events.find((e) => e['event'] === 'listening'), 'listening'))['url']);
    return { device, url, port: Number(new URL(url).port) };
}

/** @param {string} url @param {string} body @param {Record<string, string>} [headers] */
const post = (url, body, headers = {}) =>
    fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/sdp', ...headers } });

/** One request as it is written here; the status line. @param {number} port @param {string} text @returns {Promise<string>} */
function raw(port, text) {
    return new Promise((resolve, reject) => {
        let answer = '';
        const socket = net.connect(port, '127.0.0.1', () => socket.write(text));
        socket.setEncoding('utf8').on('data', (part) => {
            answer += part;
            if (answer.includes('\r\n')) {
                resolve(answer.slice(0, answer.indexOf('\r\n')));
                socket.destroy();
            }
        });
        socket.on('error', reject);
        socket.on('close', () => resolve(answer));
    });
}

test('a wrong command line is one line and exit code 2', async (t) => {
    for (const [args, line] of [
        [[], /^ocellus: peer: --http ADDR:PORT or --offer-to URL is missing; see ocellus-peer --help\n$/],
        [['--http', '0.0.0.0:80'], /^ocellus: peer: --http: "0\.0\.0\.0:80" is not allowed; use a loopback address/],
        [['--turn', 'a:1,u'], /^ocellus: peer: --turn: not of the form HOST:PORT,USER,PASSWORD\n$/],
        [['--http', '127.0.0.1:1', '--colour'], /^ocellus: peer: unknown option --colour; see ocellus-peer --help\n$/],
    ]) {
        const device = new Device(/** @type {string[]} */ (args), { program: peerProgram });
        t.is((await device.ended).code, 2);
        t.regex(device.stderr, /** @type {RegExp} */ (line));
        t.is(device.stdout, '');
    }
    const old = new Device(['peer', '--http', '127.0.0.1:0']);
    t.is((await old.ended).code, 2);
    t.is(old.stderr, 'ocellus: peer is a program of its own: run ocellus-peer\n');
    const help = new Device(['--help'], { program: peerProgram });
    t.is((await help.ended).code, 0);
    t.regex(help.stdout, /video\?fps=30/);
});

test('an address in use is one line and exit code 1', async (t) => {
    const { port } = await serving(t);
    const second = start(t, ['--http', `127.0.0.1:${port}`]);
    t.is((await second.ended).code, 1);
    t.regex(second.stderr, new RegExp(`^ocellus: peer: --http: cannot listen on 127.0.0.1 port ${port}: in use`));
});

test('a UDP port in use is one line and exit code 1, and the last line of --json comes all the same', async (t) => {
    const { url } = await serving(t);
    const { udp4 } = await (await fetch(`${url}stats`)).json();
    const second = start(t, ['--http', '127.0.0.1:0', '--udp-port', String(udp4.port)]);
    t.is((await second.ended).code, 1);
    t.is(second.stderr, `ocellus: peer: no socket on UDP port ${udp4.port}: in use\n`);
    t.deepEqual(second.events, [{ event: 'ended', code: 1 }]);
});

test('a length that is no number is refused', async (t) => {
    const { port } = await serving(t);
    const head = 'POST /offer HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/sdp\r\n';
    for (const length of ['12abc', '1e3', '0x10', '+12', '-1x']) {
        t.regex(await raw(port, `${head}Content-Length: ${length}\r\n\r\nv=0\r\no=- 1 2 `), /^HTTP\/1\.1 400 /, length);
    }
});

test('an offer is answered in kind; the answer names the DTLS client, and where to offer again', async (t) => {
    const { device, url } = await serving(t);
    const response = await post(`${url}offer`, offerOfChromium);
    t.is(response.status, 201);
    t.is(response.headers.get('content-type'), 'application/sdp');
    const answer = await response.text();
    t.regex(answer, /^v=0\r\n/);
    t.regex(answer, /\r\nm=application \d+ UDP\/DTLS\/SCTP webrtc-datachannel\r\n/);
    t.regex(answer, /\r\na=setup:active\r\n/);
    t.regex(answer, /\r\na=candidate:\S+ 1 udp \d+ 127\.0\.0\.1 \d+ typ host/);
    const place = String(response.headers.get('location'));
    t.regex(place, /^\/peers\/\d+$/);
    t.is((await post(new URL(place, url).href, offerOfChromium)).status, 200);
    const other = offerOfChromium.replace(/sha-256 ../, 'sha-256 00');
    t.is((await post(new URL(place, url).href, other)).status, 409);
    t.is((await post(`${url}peers/4`, offerOfChromium)).status, 404);
    const stats = await (await fetch(`${url}stats`)).json();
    t.is(stats.offers >= 1, true);
    t.is(stats.peers.length, 1);
    t.is(stats.peers[0].state, 'checking');
    t.is(`/peers/${stats.peers[0].id}`, place);
    device.process.kill('SIGTERM');
    t.is((await device.ended).code, 0);
    t.deepEqual(device.events.at(-1), { event: 'ended', code: 0 });
});

test('what is no offer is refused, with the reason', async (t) => {
    const { url, port } = await serving(t);
    for (const [body, reason] of [
        ['hello', /not of the form x=value/],
        ['v=0\r\n', /no media line for data channels/],
        [offerOfChromium.replace('a=ice-pwd', 'a=ice-gone'), /ice-ufrag or ice-pwd is missing/],
        [offerOfChromium.replace('sha-256', 'sha-1'), /no fingerprint by SHA-256/],
        [`${offerOfChromium}a=sctp-init:AQAAHg\r\n`, /sctp-init: a chunk in base64/],
        [`${offerOfChromium}a=sctp-init:AgAAFLVO8AsAUAAA\r\n`, /sctp-init: no INIT chunk of SCTP/],
        [offerOfChromium.replace('m=application 42040', 'm=application 0'), /rejected/],
    ]) {
        const response = await post(`${url}offer`, String(body));
        t.is(response.status, 400);
        t.regex(await response.text(), /** @type {RegExp} */ (reason));
    }
    t.is((await post(`${url}offer`, offerOfChromium, { 'content-type': 'text/plain' })).status, 415);
    t.is((await post(`${url}offer`, 'x'.repeat(65537))).status, 413);
    t.is((await post(`${url}other`, offerOfChromium)).status, 404);
    t.is((await fetch(`${url}offer`)).status, 404);
    t.is((await fetch(`${url}stats`, { method: 'DELETE' })).status, 405);
    t.regex(await raw(port, 'POST /offer HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/sdp\r\n\r\n'), / 411 /);
    t.is((await fetch(`${url}stats`)).status, 200);
});

test('only this machine asks, and its own pages', async (t) => {
    const { url, port } = await serving(t);
    for (const host of ['evil.example', '192.168.0.1', '127.0.0.1.evil.example', '']) {
        t.regex(await raw(port, `GET /stats HTTP/1.1\r\nHost: ${host}\r\n\r\n`), / 403 /, host);
    }
    t.regex(await raw(port, 'GET /stats HTTP/1.1\r\n\r\n'), / 40[03] /);
    for (const origin of ['http://evil.example', 'https://127.0.0.1', 'null']) {
        const response = await post(`${url}offer`, offerOfChromium, { origin });
        t.is(response.status, 403, origin);
        t.is(response.headers.get('access-control-allow-origin'), null);
    }
    const own = await fetch(`${url}stats`, { headers: { origin: 'http://localhost:3000' } });
    t.is(own.status, 200);
    t.is(own.headers.get('access-control-allow-origin'), 'http://localhost:3000');
    const ask = await fetch(`${url}offer`, { method: 'OPTIONS', headers: { origin: 'http://localhost:3000' } });
    t.is(ask.status, 204);
    t.regex(String(ask.headers.get('access-control-allow-headers')), /content-type/);
});

test('offers by the dozen: beyond 16 peers that are not up yet it is 503', async (t) => {
    const { url } = await serving(t);
    const statuses = [];
    for (let i = 0; i < 20; i++) {
        const offer = offerOfChromium.replace('a=ice-ufrag:LvkC', `a=ice-ufrag:Lv${10 + i}`);
        statuses.push((await post(`${url}offer`, offer)).status);
    }
    t.deepEqual(statuses, [...Array(16).fill(201), ...Array(4).fill(503)]);
    const stats = await (await fetch(`${url}stats`)).json();
    t.is(stats.halfOpen, 16);
});

/** The bytes of tests/peer/source/oc_source_pattern.h. @param {number} length */
function pattern(length) {
    const table = new Uint8Array(4093);
    let x = 1;
    for (let i = 0; i < table.length; i++) {
        x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
        table[i] = x >>> 24;
    }
    return Uint8Array.from({ length }, (_, i) => table[i % table.length] ?? 0);
}

test('two of them: one offers and opens channels, the other one serves', async (t) => {
    const { url } = await serving(t);
    const labels = ['source?bytes=1000003&size=262144', 'sink?bytes=500000&size=30000', 'echo?bytes=300000&size=100000'];
    const client = start(t, ['--offer-to', `${url}offer`, ...labels.flatMap((label) => ['--open', label])]);
    t.is((await client.ended).code, 0, client.stderr);
    const channels = client.events.filter((e) => e['event'] === 'channel');
    const of = (/** @type {string | undefined} */ label) => channels.find((e) => e['label'] === label);
    const sha = (/** @type {number} */ length) => createHash('sha256').update(pattern(length)).digest('hex');
    t.is(of(labels[0])?.['bytes'], 1000003);
    t.is(of(labels[0])?.['sha256'], sha(1000003));
    t.is(of(labels[1])?.['answer'], `500000 ${sha(500000)}`);
    t.is(of(labels[2])?.['bytes'], 300000);
    t.is(of(labels[2])?.['sha256'], sha(300000));
});

test('one that serves may offer at the same time', async (t) => {
    const { url } = await serving(t);
    const both = start(t, ['--http', '127.0.0.1:0', '--offer-to', `${url}offer`, '--open', 'echo?bytes=3000&size=1000']);
    await both.until(() => both.events.find((e) => e['event'] === 'channel' && e['bytes'] === 3000), 'channel');
    const own = String(both.events.find((e) => e['event'] === 'listening')?.['url']);
    t.is((await post(`${own}offer`, offerOfChromium)).status, 201);
    t.is(both.stderr, '');
});

test('channels that are named with the offer need no word on the wire', async (t) => {
    const { url } = await serving(t);
    const labels = ['source?bytes=1000003&size=65536', 'sink?bytes=500000&size=30000', 'echo?bytes=3000&size=1000'];
    const client = start(t, ['--offer-to', `${url}offer`, '--early', ...labels.flatMap((label) => ['--open', label])]);
    t.is((await client.ended).code, 0, client.stderr);
    const channels = client.events.filter((e) => e['event'] === 'channel');
    t.deepEqual(channels.map((e) => e['bytes']).sort(), [1000003, 3000, channels.find((e) => e['answer'])?.['bytes']].sort());
    t.regex(String(channels.find((e) => e['label'] === labels[1])?.['answer']), /^500000 [0-9a-f]{64}$/);
});

test('a query that names no channel is refused, with the reason', async (t) => {
    const { url } = await serving(t);
    for (const [query, reason] of [
        ['open=1024:echo', /^open: an id is 0 to 1023\n$/],
        ['open=1:echo&open=1:sink', /^open: an id is named twice/],
        [`open=1:${'x'.repeat(1025)}`, /^open: a label of more than 1024 bytes\n$/],
        ['open=echo', /^query: open=ID:LABEL/],
        ['open=:echo', /^query: /],
        ['close=1:echo', /^query: /],
    ]) {
        const response = await post(`${url}offer?${query}`, offerOfChromium);
        t.is(response.status, 400, String(query));
        t.regex(await response.text(), /** @type {RegExp} */ (reason));
    }
    t.is((await (await fetch(`${url}stats`)).json()).peers.length, 0);
    t.is((await post(`${url}offer?open=7:what%3Fever`, offerOfChromium)).status, 201);
});

test('an offer that nobody takes is one line and exit code 1', async (t) => {
    const nobody = start(t, ['--offer-to', 'http://127.0.0.1:1/offer']);
    t.is((await nobody.ended).code, 1);
    t.regex(nobody.stderr, /^ocellus: peer: --offer-to 127\.0\.0\.1: 127\.0\.0\.1:1: Connection refused\n/);
    for (const [status, body, line] of [
        [404, 'nothing here\nat all', /: answered 404: nothing here\n/],
        [302, '', /: answered 302\n/],
        [201, 'v=0\r\n', /: its answer: no media line for data channels/],
    ]) {
        const server = http.createServer((_, response) => response.writeHead(Number(status)).end(body)).listen(0, '127.0.0.1');
        t.teardown(() => server.close());
        await new Promise((resolve) => server.once('listening', resolve));
        const { port } = /** @type {net.AddressInfo} */ (server.address());
        const device = start(t, ['--offer-to', `http://127.0.0.1:${port}/`]);
        t.is((await device.ended).code, 1);
        t.regex(device.stderr, /** @type {RegExp} */ (line));
    }
});
