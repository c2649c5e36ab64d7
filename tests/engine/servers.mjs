// Servers of every kind of ill will, on an address of their own, for tests/modules/net/*.test.ts on every engine. A script is given
// nothing, so the address is fixed; a second run on this machine waits until the first has ended.
//
//   node tests/engine/servers.mjs        prints "ready", ends when its standard input does
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { DavStub } from './dav-stub.mjs';
import { S3Stub } from './s3-stub.mjs';

const address = '127.42.0.1';
const big = 10 * 1024 ** 3;
const piece = Buffer.alloc(65_536, 'x');

/** What the servers saw, for GET /seen. */
const seen = { closed: 0, bytes: 0, open: 0, peak: 0, hops: 0 };

/** Certificates: an authority, and three that it signed. */
function certificates() {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'ocellus-net-'));
    /** @param {string[]} args */
    const openssl = (...args) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    openssl(
        'req',
        '-x509',
        ...key,
        '-keyout',
        'ca.key',
        '-out',
        'ca.pem',
        '-days',
        '30',
        '-subj',
        '/CN=test authority',
    );
    /** @param {string} name @param {string} host @param {string[]} validity */
    const sign = (name, host, ...validity) => {
        openssl(
            'req',
            ...key,
            '-keyout',
            `${name}.key`,
            '-out',
            `${name}.csr`,
            '-subj',
            `/CN=${name}`,
            '-addext',
            `subjectAltName=${host}`,
        );
        openssl(
            'x509',
            '-req',
            '-in',
            `${name}.csr`,
            '-CA',
            'ca.pem',
            '-CAkey',
            'ca.key',
            '-CAcreateserial',
            '-out',
            `${name}.pem`,
            '-copy_extensions',
            'copy',
            ...validity,
        );
    };
    sign('good', `IP:${address}`, '-days', '30');
    sign('elsewhere', 'DNS:elsewhere.example', '-days', '30');
    sign('expired', `IP:${address}`, '-days', '-1');
    /** @param {string} name */
    const read = (name) => readFileSync(path.join(folder, name), 'utf8');
    /** @param {string} name */
    const pair = (name) => ({ cert: read(`${name}.pem`), key: read(`${name}.key`) });
    const pin = openssl('x509', '-in', 'good.pem', '-noout', '-fingerprint', '-sha256')
        .toString()
        .split('=')[1]
        ?.trim();
    const found = {
        ca: read('ca.pem'),
        good: pair('good'),
        elsewhere: pair('elsewhere'),
        expired: pair('expired'),
        pin,
    };
    rmSync(folder, { recursive: true });
    return found;
}

/** Writes until the other end stops reading or has it all. @param {import('node:stream').Writable} to @param {number} bytes */
function pour(to, bytes) {
    let left = bytes;
    const go = () => {
        while (left > 0 && !to.destroyed) {
            left -= piece.length;
            seen.bytes += piece.length;
            if (!to.write(piece)) {
                to.once('drain', go);
                return;
            }
        }
        to.end();
    };
    go();
}

/** @type {Record<string, (request: http.IncomingMessage | http2.Http2ServerRequest, reply: any) => void>} */
const pages = {
    '/echo': (request, reply) => {
        let length = 0;
        let head = '';
        request.on('data', (/** @type {Buffer} */ chunk) => {
            length += chunk.length;
            if (head.length < 64) head += chunk.toString('latin1', 0, 64);
        });
        request.on('end', () => {
            reply.setHeader('x-twice', ['one', 'two']);
            reply.end(
                JSON.stringify({
                    method: request.method,
                    url: request.url,
                    version: request.httpVersion,
                    length,
                    head: head.slice(0, 64),
                    headers: request.headers,
                }),
            );
        });
    },
    // a picture of so many bytes, for whoever has the password; `pad`: zeros behind it; `cut`: without its end
    '/jpeg': (request, reply) => {
        const order = new URLSearchParams(String(request.url).split('?')[1] ?? '');
        const bytes = Buffer.alloc(Number(order.get('bytes') ?? 1000), 'p');
        bytes.set([0xff, 0xd8, 0xff, 0xe0].slice(0, bytes.length));
        if (!order.has('cut') && bytes.length > 3) bytes.set([0xff, 0xd9], bytes.length - 2 - Number(order.get('pad') ?? 0));
        if (order.has('pad')) bytes.fill(0, bytes.length - Number(order.get('pad')));
        const login = order.get('login');
        const refused = login !== null && request.headers.authorization !== `Basic ${Buffer.from(login).toString('base64')}`;
        reply.writeHead(refused ? 401 : 200, { 'content-type': 'image/jpeg' }).end(refused ? '' : bytes);
    },
    '/back': (request, reply) => {
        reply.setHeader('x-type', String(request.headers['content-type']));
        request.pipe(reply);
    },
    '/empty': (_request, reply) => reply.end(),
    '/seen': (_request, reply) => reply.end(JSON.stringify(seen)),
    '/stall': (request) => request.on('close', () => seen.closed++),
    '/stall-body': (_request, reply) => reply.write('begun'),
    '/reset': (request) => request.socket.resetAndDestroy(),
    '/close': (request) => request.socket.end(),
    '/endless': (_request, reply) => pour(reply, big),
    '/10mb': (_request, reply) => pour(reply, 160 * 65_536),
    '/truncated': (request) => request.socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this'),
    '/garbage': (request) => request.socket.end('this is no HTTP\r\n\r\n'),
    '/headers': (request) => {
        request.socket.write('HTTP/1.1 200 OK\r\n');
        const go = () => {
            while (!request.socket.destroyed) {
                if (!request.socket.write(`X-Header: ${'y'.repeat(1000)}\r\n`))
                    return void request.socket.once('drain', go);
            }
        };
        go();
    },
    '/one-header': (request) => {
        request.socket.write('HTTP/1.1 200 OK\r\nX-Header: ');
        pour(request.socket, big);
    },
    '/flood': (request) => {
        const go = () => {
            while (!request.socket.destroyed) {
                if (!request.socket.write('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'))
                    return void request.socket.once('drain', go);
            }
        };
        go();
    },
    '/loris': (request) => {
        const text = `HTTP/1.1 200 OK\r\nX-Slow: ${'z'.repeat(10_000)}`;
        let at = 0;
        const timer = setInterval(() => request.socket.write(text[at++] ?? 'z'), 50);
        request.socket.on('close', () => clearInterval(timer));
    },
    '/moved': (_request, reply) => reply.writeHead(302, { location: '/echo?moved' }).end('moved'),
    '/moved-bytes': (_request, reply) => {
        reply.writeHead(302, { location: '/echo?moved' });
        pour(reply, big);
    },
    '/moved-post': (_request, reply) => reply.writeHead(303, { location: '/echo' }).end(),
    '/kept-post': (request, reply) =>
        request.resume().on('end', () => reply.writeHead(307, { location: '/echo' }).end()),
    '/circle': (_request, reply) => {
        seen.hops++;
        reply.writeHead(302, { location: `/circle?${Math.random()}` }).end();
    },
    '/other': (_request, reply) =>
        reply.writeHead(302, { location: `http://user:secret@${address}:${ports.other}/echo` }).end(),
    '/file': (_request, reply) => reply.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    '/plain': (_request, reply) => reply.writeHead(302, { location: `http://${address}:${ports.http}/echo` }).end(),
    '/latin': (request) =>
        request.socket.end(
            Buffer.from('HTTP/1.1 200 Gr\u00fcn\r\nX-Name: \u00e9\r\nContent-Length: 0\r\n\r\n', 'latin1'),
        ),
    '/slow': (_request, reply) => setTimeout(() => reply.end('slow'), 200),
    // temporary keys of the store, as AWS gives them to containers; each time other ones
    '/keys': (request, reply) => {
        if (request.headers.authorization !== 'Bearer let-me-in') return void reply.writeHead(401).end('no');
        if (request.method !== 'GET') return void reply.writeHead(405).end();
        minted++;
        const [AccessKeyId, SecretAccessKey, Token] = [`STUBASIA${minted}`, `minted/${minted}`, `token/${minted}==`];
        const endsMs = Date.now() + 3_600_000;
        store.keys.set(AccessKeyId, { secret: SecretAccessKey, token: Token, endsMs });
        const Expiration = new Date(endsMs).toISOString().replace(/\.\d+Z$/, 'Z');
        reply.setHeader('content-type', 'application/json');
        reply.end(JSON.stringify({ RoleArn: 'arn:aws:iam::1:role/cam', AccessKeyId, SecretAccessKey, Token, Expiration }));
    },
    '/s3': (request, reply) => {
        const order = new URLSearchParams(String(request.url).split('?')[1] ?? '');
        if (order.has('faults')) store.faults.push(...String(order.get('faults')).split(','));
        if (order.has('fill')) store.fill('film', `many/${'x'.repeat(100)}`, Number(order.get('fill')));
        if (order.has('kind')) store.kind = String(order.get('kind'));
        if (order.has('skew')) store.skewMs = Number(order.get('skew'));
        if (order.has('end')) for (const account of store.keys.values()) account.endsMs &&= Date.now();
        if (order.has('share')) store.share = Number(order.get('share'));
        reply.end(JSON.stringify({ ...store.seen, waiting: store.faults.length, minted }));
    },
    '/s3-object': (request, reply) => {
        const key = decodeURIComponent(String(request.url).split('?')[1] ?? '');
        const { type, cacheControl, bytes } = store.buckets.get('film')?.get(key) ?? {};
        reply.end(JSON.stringify({ type, cacheControl, bytes: bytes?.toString('hex') }));
    },
    // a file of /dav/…: its type, what caches are told, the query that it was written with
    '/dav-file': (request, reply) => {
        const { bytes, ...more } = dav.files.get(String(request.url).split('?')[1] ?? '') ?? {};
        reply.end(JSON.stringify({ ...more, bytes: bytes?.length }));
    },
    '/ports': (_request, reply) => reply.end(JSON.stringify({ ...ports, ca: keys.ca, pin: keys.pin })),
};

/** @param {any} request @param {any} reply */
function serve(request, reply) {
    seen.open++;
    seen.peak = Math.max(seen.peak, seen.open);
    reply.on('close', () => seen.open--);
    reply.on('error', () => {});
    const page = pages[String(request.url).split('?')[0] ?? ''];
    if (String(request.url).startsWith('/dav/')) dav.serve(request, reply);
    else if (page) page(request, reply);
    else reply.writeHead(404).end();
}

/** A proxy that lets nobody through. @param {net.Socket} socket */
function refuse(socket) {
    socket.on('error', () => {});
    socket.once('data', () => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n'));
}

const keys = certificates();
const store = new S3Stub();
const dav = new DavStub();
/** Temporary keys that were given out. */
let minted = 0;
const ports = {
    http: 8042,
    other: 0,
    good: 0,
    elsewhere: 0,
    expired: 0,
    old: 0,
    proxy: 0,
    shut: 0,
    tcp: 0,
    s3: 0,
    s3Local: 0,
    s3Secure: 0,
};

/** @param {any} server @param {number} [port] @param {string} [at] @returns {Promise<number>} */
const listen = (server, port = 0, at = address) =>
    new Promise((resolve, reject) => {
        server.on('clientError', (/** @type {Error} */ _error, /** @type {net.Socket} */ socket) => socket.destroy());
        server.on('connection', (/** @type {net.Socket} */ socket) => socket.on('error', () => {}));
        server.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
            if (error.code !== 'EADDRINUSE') reject(error);
            else setTimeout(() => server.listen(port, at), 200);
        });
        server.on('listening', () => resolve(server.address().port));
        server.listen(port, at);
    });

await listen(http.createServer(serve), ports.http);
ports.other = await listen(http.createServer(serve));
for (const name of /** @type {const} */ (['good', 'elsewhere', 'expired'])) {
    ports[name] = await listen(http2.createSecureServer({ ...keys[name], allowHTTP1: true }, serve));
}
ports.old = await listen(
    https.createServer(
        { ...keys.good, maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' },
        serve,
    ),
);
ports.proxy = await listen(net.createServer(refuse));
ports.tcp = await listen(net.createServer((socket) => socket.on('error', () => {}).pipe(socket)));
const serveStore = (/** @type {any} */ request, /** @type {any} */ reply) => store.serve(request, reply);
ports.s3 = await listen(http.createServer(serveStore));
ports.s3Local = await listen(http.createServer(serveStore), 0, '127.0.0.1');
ports.s3Secure = await listen(http2.createSecureServer({ ...keys.good, allowHTTP1: true }, serveStore));
const closed = net.createServer();
ports.shut = await listen(closed);
closed.close();
console.log('ready');
process.stdin.on('end', () => process.exit(0)).resume();
