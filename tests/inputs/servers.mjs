// Small servers that misbehave on purpose, and note what they are told.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';

/** An address of this machine that is not loopback: where no redirect may lead is not what is tested here. */
export function outside() {
    const found = Object.values(os.networkInterfaces()).flat().find((one) => one?.family === 'IPv4' && !one.internal);
    if (!found) {
        throw new Error('this test needs an IPv4 address that is not loopback');
    }
    return found.address;
}

/** @param {readonly string[]} args */
const openssl = (args) => execFileSync('openssl', args, { stdio: 'pipe' });

/**
 * A certificate and its key: signed by `ca`, or by itself.
 * @param {string} folder
 * @param {string} name of the files
 * @param {string} subject alternative names
 * @param {{ cert: string, key: string }} [ca]
 */
export function certificate(folder, name, subject, ca) {
    const [key, cert] = [path.join(folder, `${name}.key`), path.join(folder, `${name}.pem`)];
    const make = ['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', `/CN=${name}`, '-addext', `subjectAltName=${subject}`, '-keyout', key];
    if (ca === undefined) {
        openssl([...make, '-x509', '-days', '2', '-out', cert]);
    } else {
        openssl([...make, '-x509', '-days', '2', '-CA', ca.cert, '-CAkey', ca.key, '-addext', 'basicConstraints=critical,CA:FALSE', '-out', cert]);
    }
    const fingerprint = openssl(['x509', '-in', cert, '-noout', '-fingerprint', '-sha256']).toString().trim().replace(/.*=/, '');
    return { key, cert, fingerprint };
}

/** @typedef {{ key: string, cert: string }} Pair */

/** @param {import('ava').ExecutionContext} t @param {net.Server} server @param {string} host @returns {Promise<string>} host:port */
async function listen(t, server, host) {
    /** @type {Set<net.Socket>} */
    const sockets = new Set();
    server.on('connection', (socket) => {
        sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => sockets.delete(socket));
    });
    await new Promise((resolve) => server.listen(0, host, () => resolve(undefined)));
    t.teardown(() => {
        server.close();
        for (const socket of sockets) {
            socket.destroy();
        }
    });
    const address = server.address();
    return `${host}:${typeof address === 'object' && address ? address.port : 0}`;
}

/**
 * An HTTP server, with TLS when it has a certificate. `heard` has `METHOD URL AUTHORIZATION` of each request.
 * @param {import('ava').ExecutionContext} t
 * @param {http.RequestListener} answer
 * @param {{ host?: string, pair?: Pair }} [options]
 */
export async function httpServer(t, answer, { host = '127.0.0.1', pair } = {}) {
    /** @type {string[]} */
    const heard = [];
    const listener = (/** @type {http.IncomingMessage} */ request, /** @type {http.ServerResponse} */ response) => {
        heard.push(`${request.method} ${request.url} ${request.headers.authorization ?? 'none'}`);
        answer(request, response);
    };
    const server = pair ? https.createServer({ key: readFileSync(pair.key), cert: readFileSync(pair.cert) }, listener) : http.createServer(listener);
    server.on('tlsClientError', () => {});
    return { at: await listen(t, server, host), heard };
}

/**
 * A server of RTSP's first requests: it answers each with what `answer` says. `heard` has every request.
 * @param {import('ava').ExecutionContext} t
 * @param {(request: string) => string} answer status line and headers without CSeq
 * @param {{ host?: string, pair?: Pair }} [options]
 */
export async function rtspServerOf(t, answer, { host = '127.0.0.1', pair } = {}) {
    /** @type {string[]} */
    const heard = [];
    const talk = (/** @type {net.Socket} */ socket) => {
        let said = '';
        socket.on('error', () => {});
        socket.on('data', (bytes) => {
            said += bytes.toString('latin1');
            for (let end = said.indexOf('\r\n\r\n'); end >= 0; end = said.indexOf('\r\n\r\n')) {
                const request = said.slice(0, end);
                said = said.slice(end + 4);
                heard.push(request);
                socket.write(`RTSP/1.0 ${answer(request)}\r\nCSeq: ${/CSeq: (\d+)/.exec(request)?.[1] ?? 1}\r\n\r\n`);
            }
        });
    };
    const server = pair ? tls.createServer({ key: readFileSync(pair.key), cert: readFileSync(pair.cert) }, talk) : net.createServer(talk);
    server.on('tlsClientError', () => {});
    return { at: await listen(t, server, host), heard };
}

/**
 * TLS in front of another server of this machine.
 * @param {import('ava').ExecutionContext} t
 * @param {Pair} pair
 * @param {number} port of the server behind it
 */
export async function tlsBefore(t, pair, port) {
    const server = tls.createServer({ key: readFileSync(pair.key), cert: readFileSync(pair.cert) }, (socket) => {
        const behind = net.connect(port, '127.0.0.1');
        behind.on('error', () => socket.destroy());
        socket.on('error', () => behind.destroy());
        socket.pipe(behind).pipe(socket);
    });
    server.on('tlsClientError', () => {});
    return { at: await listen(t, server, '127.0.0.1') };
}
