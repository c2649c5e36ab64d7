// One flood, in a process of its own with the lowest rank: strangers compute on machines of their own. Reads what it needs as
// JSON from its argument, runs for so long, prints {"done":N,"statuses":{}}: what was sent, and what was answered. Everything is bounded: places, rate, time.
import dgram from 'node:dgram';
import https from 'node:https';
import net from 'node:net';
import { randomBytes } from 'node:crypto';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} Target
 * @property {string} kind a key of `floods`
 * @property {number} seconds
 * @property {string} url of the HTTPS server
 * @property {number} udp port of the transport
 * @property {string} push path of the push socket
 * @property {string} cookie of somebody who may use /api: floods of guests
 * @property {string} link path of a live body below a watch link
 * @property {string} sdp an offer
 */

const self = fileURLToPath(import.meta.url);
/** @type {Target} */
const target = JSON.parse(process.argv[1] === self ? (process.argv[2] ?? '{}') : '{}');
const { hostname, port } = new URL(target.url ?? 'https://127.0.0.1:1');
const until = Date.now() + (target.seconds ?? 0) * 1000;
const goesOn = () => Date.now() < until;
let done = 0;
/** How often each status came. @type {Record<number, number>} */
const statuses = {};

/** @param {number} ms */
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** So many at a time, again and again. @param {number} count @param {(n: number) => Promise<unknown>} one */
async function together(count, one) {
    await Promise.all(
        Array.from({ length: count }, async (_, n) => {
            while (goesOn()) {
                await one(n).catch(() => sleep(5));
                done++;
            }
        }),
    );
}

/** A connection that says this and then nothing, until it is closed or the time is over. @param {net.NetConnectOpts} where @param {() => Buffer} say */
const silent = (where, say) =>
    new Promise((resolve) => {
        const socket = net.connect(where, () => socket.write(say()));
        socket.on('error', () => undefined);
        socket.on('close', () => setTimeout(resolve, 5));
        setTimeout(() => socket.destroy(), Math.max(0, until - Date.now()));
    });

/**
 * @param {string} method @param {string} path @param {{ headers?: Record<string, string>, body?: string | Buffer, agent?: https.Agent | false }} [more]
 * @returns {Promise<number>} the status
 */
const ask = (method, path, { headers = {}, body = '', agent = false } = {}) =>
    new Promise((resolve, reject) => {
        const length = { 'content-length': String(Buffer.byteLength(body)) };
        const request = https.request({ host: hostname, port, method, path, agent, rejectUnauthorized: false, headers: { ...length, ...headers } }, (response) => {
            statuses[response.statusCode ?? 0] = (statuses[response.statusCode ?? 0] ?? 0) + 1;
            response.resume().on('close', () => resolve(response.statusCode ?? 0));
        });
        request.on('error', reject).setTimeout(5000, () => request.destroy());
        request.end(body);
    });

/** Datagrams to the transport, up to so many a second. @param {number} perSecond @param {() => Buffer} make */
async function datagrams(perSecond, make) {
    const sockets = Array.from({ length: 32 }, () => dgram.createSocket('udp4').on('error', () => undefined));
    const begun = Date.now();
    while (goesOn()) {
        for (const most = ((Date.now() - begun) / 1000) * perSecond; done < most; done++) {
            sockets[done % sockets.length]?.send(make(), target.udp, '127.0.0.1');
        }
        await sleep(2);
    }
    for (const socket of sockets) {
        socket.close();
    }
}

/** A binding request with attributes that nobody signed. */
function stun() {
    const body = randomBytes(20 + (done % 20) * 4);
    body.writeUInt16BE(done % 7 ? 0x0001 : 0x0101, 0);
    body.writeUInt16BE(body.length - 20, 2);
    body.writeUInt32BE(0x2112a442, 4);
    return body;
}

/** A record of DTLS: a ClientHello of noise, or data of an epoch that nobody has. */
function dtls() {
    const body = randomBytes(13 + (done % 2 ? 200 : 1100));
    body[0] = done % 2 ? 22 : 23;
    body.writeUInt16BE(0xfefd, 1);
    body.writeUInt16BE(done % 2 ? 0 : 1, 3);
    body.writeUInt16BE(body.length - 13, 11);
    return body;
}

/** What only makes sense inside of DTLS: a packet of SCTP with an INIT. */
function sctp() {
    const body = randomBytes(12 + 20 + (done % 40));
    body.writeUInt16BE(5000, 0);
    body.writeUInt16BE(5000, 2);
    body[12] = 1;
    body[13] = 0;
    body.writeUInt16BE(body.length - 12, 14);
    return body;
}

const json = { 'content-type': 'application/json' };
/** New keys, as deep and as many as fit. @param {number} n */
const keys = (n) => `{${Array.from({ length: 2600 }, (_, i) => `"k${n}x${i}":0`).join(',')}}`;

/** @type {Record<string, () => Promise<void>>} */
const floods = {
    'silent TCP': () => together(300, () => silent({ host: hostname, port: Number(port) }, () => Buffer.alloc(0))),
    'HTTP requests': async () => {
        const agent = new https.Agent({ keepAlive: true, maxSockets: 16 });
        const paths = ['/', '/healthz', '/api/status', '/live/cam1/index.m3u8', '/assets/none.js', '/%2e%2e/x', '/metrics'];
        await together(16, (n) => ask('GET', paths[(n + done) % paths.length] ?? '/', { agent, headers: n % 2 ? { cookie: target.cookie } : {} }));
        agent.destroy();
    },
    'TLS handshakes': () =>
        together(12, () => new Promise((resolve, reject) => {
            const socket = tls.connect({ host: hostname, port: Number(port), rejectUnauthorized: false, session: undefined }, () => socket.destroy());
            socket.on('error', reject).on('close', resolve);
        })),
    logins: () => together(12, (n) => ask('POST', '/login', { headers: { ...json, origin: target.url }, body: JSON.stringify({ user: 'admin', password: `wrong-${n}-${done}` }) })),
    'JSON bodies': () =>
        together(6, (n) => ask(n % 2 ? 'PATCH' : 'POST', n % 2 ? '/api/settings' : '/api/channels', {
            headers: { ...json, origin: target.url, cookie: n < 4 ? target.cookie : '' },
            body: done % 3 === 0 ? keys(done) : done % 3 === 1 ? '['.repeat(40_000) : randomBytes(done % 2 ? 40_000 : 1_000_000),
        })),
    'live bodies': () =>
        together(160, () => new Promise((resolve, reject) => {
            const request = https.request({ host: hostname, port, path: target.link, agent: false, rejectUnauthorized: false }, (response) => {
                statuses[response.statusCode ?? 0] = (statuses[response.statusCode ?? 0] ?? 0) + 1;
                if (response.statusCode === 200) {
                    response.pause(); // it takes nothing, and keeps its place
                } else {
                    response.resume();
                }
                response.on('error', resolve).on('close', resolve);
            });
            request.on('error', reject).end();
            const over = () => {
                request.destroy();
                resolve(undefined); // a paused answer whose connection has ended tells nobody
            };
            setTimeout(over, Math.max(0, until - Date.now()));
        })),
    offers: () => together(8, () => ask('POST', '/api/p2p/offer', { headers: { 'content-type': 'application/sdp', origin: target.url, cookie: target.cookie }, body: target.sdp.replace(/(a=ice-ufrag:.)./, (_, head) => `${head}${done % 10}`) })),
    'STUN datagrams': () => datagrams(8000, stun),
    'DTLS datagrams': () => datagrams(8000, dtls),
    'SCTP datagrams': () => datagrams(8000, sctp),
    'push sockets': () => together(100, (n) => silent({ path: target.push }, () => (n % 2 ? randomBytes(4096) : Buffer.alloc(0)))),
};

/** What `kind` may be. */
export const kinds = Object.keys(floods);

if (process.argv[1] === self) {
    await floods[target.kind]?.();
    console.log(JSON.stringify({ done, statuses }));
    process.exit(0);
}
