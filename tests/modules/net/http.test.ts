import { Body } from 'ocellus/body';
import HTTPClient, { HttpError, type HttpErrorCode, type RequestOptions } from 'embedded:network/http/client';
import { type RequestInit, request } from 'ocellus/app/net/request';
import { assert, assertEqual, assertThrows, test } from 'ocellus/test/harness';

const host = '127.42.0.1';
const base = `http://${host}:8042`;

interface Ports {
    readonly other: number;
    readonly good: number;
    readonly elsewhere: number;
    readonly expired: number;
    readonly old: number;
    readonly proxy: number;
    readonly shut: number;
    readonly ca: string;
    readonly pin: string;
}

interface Echo {
    readonly method: string;
    readonly url: string;
    readonly version: string;
    readonly length: number;
    readonly head: string;
    readonly headers: Readonly<Record<string, string>>;
}

interface Seen {
    readonly bytes: number;
    readonly closed: number;
    readonly peak: number;
    readonly hops: number;
}

async function json<T>(url: string, init?: RequestInit): Promise<T> {
    return JSON.parse((await request(url, init)).text()) as T;
}

const portsOf = (): Promise<Ports> => json<Ports>(`${base}/ports`);

/** The one error of a request, which must have this code and must not show what is secret. */
async function fails(url: string, code: HttpErrorCode, init: RequestInit = {}): Promise<HttpError> {
    try {
        await request(`${url}${url.includes('?') ? '&' : '?'}token=hidden`, { timeoutMs: 5000, ...init });
    } catch (error) {
        assert(error instanceof HttpError, `no HttpError: ${String(error)}`);
        assertEqual(error.code, code, error.message);
        assert(!error.message.includes('hidden') && !error.message.includes('\n'), error.message);
        return error;
    }
    throw new Error(`${url}: answered, expected ${code}`);
}

/** A request of a client as a promise, with what its callbacks were given. */
function exchange(client: HTTPClient, options: RequestOptions): Promise<{ calls: string[]; error: HttpError | null }> {
    return new Promise((resolve) => {
        const calls: string[] = [];
        client.request({
            ...options,
            onHeaders(status, headers, text) {
                calls.push(`headers ${status} ${text}`);
                options.onHeaders?.call(this, status, headers, text);
            },
            onDone(error) {
                calls.push('done');
                resolve({ calls, error });
            },
        });
    });
}

test('a request and its reply', async () => {
    const reply = await request(`${base}/echo?a=%20b`, { headers: { 'X-Own': 'yes' } });
    assertEqual(reply.status, 200);
    assertEqual(reply.headers.get('x-twice'), 'one, two');
    const echo = JSON.parse(reply.text()) as Echo;
    assertEqual(echo.method, 'GET');
    assertEqual(echo.url, '/echo?a=%20b');
    assertEqual(echo.headers['x-own'], 'yes');
    assertEqual(echo.headers.host, `${host}:8042`);
});

test('bodies: text, bytes, none', async () => {
    const put = await json<Echo>(`${base}/echo`, { body: 'grüß'.repeat(9999) });
    assertEqual([put.method, put.length], ['PUT', 6 * 9999]);
    const post = await json<Echo>(`${base}/echo`, { method: 'POST', body: new Uint8Array(7) });
    assertEqual([post.method, post.length, post.headers['content-length'] ?? ''], ['POST', 7, '7']);
    const empty = await json<Echo>(`${base}/echo`, { method: 'POST' });
    assertEqual(empty.headers['content-length'], '0');
    const remove = await json<Echo>(`${base}/echo`, { method: 'DELETE' });
    assertEqual(remove.method, 'DELETE');
});

test('HEAD has no body, and statuses are no failures', async () => {
    const head = await request(`${base}/echo`, { method: 'HEAD' });
    assertEqual([head.status, head.bytes.byteLength], [200, 0]);
    assertEqual((await request(`${base}/nothing`)).status, 404);
});

test('the members of the SDK: mask, reading by parts, order of requests', async () => {
    const client = new HTTPClient({ host, port: 8042, socket: {}, dns: {} });
    const parts: number[] = [];
    const bytes = new Uint8Array(7);
    let masked: [string, string][] = [];
    const first = exchange(client, {
        path: '/10mb',
        headersMask: ['x-none'],
        onHeaders(_status, headers) {
            masked = [...headers];
        },
        onReadable(count) {
            const begun = this.read(bytes) ?? 0;
            assertEqual(begun, Math.min(7, count));
            const next = this.read(100)?.byteLength ?? 0;
            assertEqual(next, Math.min(100, count - begun));
            let all = begun + next;
            for (let part = this.read(); part !== undefined; part = this.read()) {
                all += part.byteLength;
            }
            assert(all >= count);
            parts.push(all);
        },
    });
    const second = exchange(client, { path: '/echo' });
    const third = exchange(client, { path: '/echo', method: 'OPTIONS' });
    assertEqual(await first, { calls: ['headers 200 OK', 'done'], error: null });
    assertEqual(masked, []);
    assertEqual(
        parts.reduce((sum, part) => sum + part, 0),
        160 * 65_536,
    );
    assertEqual((await second).error, null);
    assertEqual((await third).calls, ['headers 200 OK', 'done']);
    client.close();
    client.close();
    assertEqual((assertThrows(() => client.request({}), { type: HttpError }) as HttpError).code, 'CLOSED');
});

test('streamed and chunked bodies', async () => {
    for (const chunked of [false, true]) {
        const client = new HTTPClient({ host, port: 8042 });
        let left = 200_000;
        let text = '';
        const { error } = await exchange(client, {
            method: 'PUT',
            path: '/echo',
            headers: new Map(chunked ? [['transfer-encoding', 'chunked']] : [['content-length', String(left)]]),
            onWritable(count) {
                let room = count;
                while (room > 0 && left > 0) {
                    const size = Math.min(room, left);
                    left -= size;
                    room = this.write(new Uint8Array(size).fill(0x61));
                }
                if (chunked && left === 0) {
                    left = -1;
                    assertEqual(this.write(), 0);
                }
            },
            onReadable() {
                text += new TextDecoder().decode(this.read());
            },
        });
        assertEqual(error, null);
        const echo = JSON.parse(text) as Echo;
        assertEqual([echo.length, echo.head], [200_000, 'a'.repeat(64)]);
        assertEqual(echo.headers['transfer-encoding'], chunked ? 'chunked' : undefined);
        client.close();
    }
});

test('what would block, or must not be in a request, throws', () => {
    assertThrows(() => new HTTPClient({ host: 'a b' }), { type: TypeError });
    assertThrows(() => new HTTPClient({ host: 'user@host' }), { type: TypeError });
    assertThrows(() => new HTTPClient({ host, port: 65_536 }), { type: RangeError });
    assertThrows(() => new HTTPClient({ host, redirects: 11 }), { type: RangeError });
    assertThrows(() => new HTTPClient({ host, pin: 'AB:CD' }), { type: TypeError });
    assertThrows(() => new HTTPClient({ host, proxy: 'file:///etc' }), { type: TypeError });
    const client = new HTTPClient({ host, port: 8042 });
    for (const path of ['echo', '/a b', '/a#b', '/a\r\nX: y', '/\u00e9', '']) {
        assertThrows(() => client.request({ path }), { type: TypeError });
    }
    for (const method of ['GET /', 'CONNECT', 'TRACE', '']) {
        assertThrows(() => client.request({ method }), { type: TypeError });
    }
    for (const [name, value] of [
        ['X-A', 'b\r\nX-C: d'],
        ['X A', 'b'],
        ['X-A:', 'b'],
        ['X-A', 'b\0'],
        ['Transfer-Encoding', 'gzip'],
    ] as const) {
        assertThrows(() => client.request({ headers: new Map([[name, value]]) }), { type: TypeError });
    }
    const idle = client.request({ path: '/stall' });
    assertThrows(() => idle.write(new Uint8Array(1)), { message: /would block/ });
    assertEqual(idle.read(), undefined);
    client.close();
    assertThrows(() => idle.write(new Uint8Array(1)));
});

test('a closed body is refused', async () => {
    const error = await fails(`${base}/echo`, 'CLOSED', { body: new Body() });
    assert(error.message.includes('body is closed'), error.message);
});

test('a failure ends the client: each request is told once, then onError', async () => {
    const ports = await portsOf();
    const calls: string[] = [];
    await new Promise<void>((resolve) => {
        const client = new HTTPClient({
            host,
            port: ports.shut,
            onError(error) {
                calls.push(`client ${error.code}`);
                resolve();
            },
        });
        client.request({ onDone: (error) => calls.push(`first ${error?.code}`) });
        client.request({ onDone: (error) => calls.push(`second ${error?.code}`) });
    });
    assertEqual(calls, ['first CONNECT', 'second CONNECT', 'client CONNECT']);
});

test('close within a callback, and of requests under way', async () => {
    for (const path of ['/echo', '/10mb']) {
        const client = new HTTPClient({ host, port: 8042 });
        await new Promise<void>((resolve) => {
            client.request({
                path,
                onHeaders() {
                    client.close();
                    resolve();
                },
                onReadable: () => assert(false, 'called after close'),
                onDone: () => assert(false, 'called after close'),
            });
        });
    }
    const client = new HTTPClient({ host: 'no-such-name.invalid' });
    client.request({ onDone: () => assert(false, 'called after close') });
    client.close(); // a name that is being looked up
    await request(`${base}/slow`);
});

test('redirects: followed, counted, and what they may not', async () => {
    const ports = await portsOf();
    assertEqual((await json<Echo>(`${base}/moved`)).url, '/echo?moved');
    assertEqual((await json<Echo>(`${base}/moved-bytes`)).url, '/echo?moved');
    assertEqual((await request(`${base}/moved`, { redirects: 0 })).status, 302);
    const post = await json<Echo>(`${base}/moved-post`, {
        method: 'POST',
        body: 'abc',
        headers: { 'content-type': 'x/y' },
    });
    assertEqual([post.method, post.length, post.headers['content-type'] ?? ''], ['GET', 0, '']);
    await fails(`${base}/kept-post`, 'REDIRECT', { method: 'POST', body: 'abc' });
    assertEqual((await json<Echo>(`${base}/kept-post`, { method: 'POST' })).method, 'POST');
    const before = (await json<Seen>(`${base}/seen`)).hops;
    await fails(`${base}/circle`, 'REDIRECT');
    assertEqual((await json<Seen>(`${base}/seen`)).hops - before, 6);
    await fails(`${base}/file`, 'REDIRECT');
    await fails(`https://${host}:${ports.good}/plain`, 'REDIRECT', { ca: ports.ca });
    const secret = { authorization: 'Bearer 1', cookie: 'a=b', 'x-own': 'kept' };
    const same = await json<Echo>(`${base}/moved`, { headers: secret });
    assertEqual([same.headers.authorization, same.headers['x-own']], ['Bearer 1', 'kept']);
    const other = await json<Echo>(`${base}/other`, { headers: secret });
    assertEqual([other.headers.authorization, other.headers.cookie], [undefined, undefined]);
    assertEqual([other.headers['x-own'], other.headers.host], ['kept', `${host}:${ports.other}`]);
});

test('TLS: verified by authorities and name, or by the fingerprint', async () => {
    const { good, elsewhere, expired, old, ca, pin } = await portsOf();
    const echo = await json<Echo>(`https://${host}:${good}/echo`, { ca });
    assertEqual(echo.version, '2.0');
    assertEqual((await json<Echo>(`https://${host}:${good}/echo`, { ca, body: 'x'.repeat(100_000) })).length, 100_000);
    await fails(`https://${host}:${good}/echo`, 'TLS');
    await fails(`https://${host}:${elsewhere}/echo`, 'TLS', { ca });
    await fails(`https://${host}:${expired}/echo`, 'TLS', { ca });
    await fails(`https://${host}:${old}/echo`, 'TLS', { ca });
    await fails(`https://${host}:${good}/echo`, 'TLS', {
        ca: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    });
    await fails(`https://${host}:8042/echo`, 'TLS', { ca });
    assertEqual((await json<Echo>(`https://${host}:${good}/echo`, { pin })).version, '2.0');
    const wrong = await fails(`https://${host}:${elsewhere}/echo`, 'TLS', { pin });
    assert(/another certificate came: [0-9A-F:]{95}/.test(wrong.message), wrong.message);
    await fails(`https://${host}:${good}/echo`, 'TLS'); // the connection that a pin opened serves nobody else
});

test('ca is text: no path is opened', async () => {
    const { good } = await portsOf();
    for (const ca of ['/etc/ssl/certs/ca-certificates.crt', 'authority.pem', '/proc/self/fd/0', 'no certificate']) {
        assertThrows(() => new HTTPClient({ host, port: good, secure: true, ca }), {
            type: TypeError,
            message: /^HTTP ca: no PEM; give the text/,
        });
    }
});

test('each failure of a server is one typed error', async () => {
    const ports = await portsOf();
    const failures: [string, HttpErrorCode][] = [
        ['http://no-such-name.invalid/', 'RESOLVE'],
        [`http://${host}:${ports.shut}/`, 'CONNECT'],
        [`${base}/reset`, 'RESET'],
        [`${base}/close`, 'RESET'],
        [`${base}/truncated`, 'RESET'],
        [`${base}/garbage`, 'PROTOCOL'],
        [`${base}/headers`, 'TOO_BIG'],
        [`${base}/one-header`, 'TOO_BIG'],
        [`${base}/flood`, 'TOO_BIG'],
        [`${base}/endless`, 'TOO_BIG'],
    ];
    for (const [url, code] of failures) {
        await fails(url, code);
    }
    await fails(`${base}/echo`, 'PROXY', { proxy: `http://${host}:${ports.shut}` });
    await fails(`https://${host}:${ports.good}/echo`, 'PROXY', { proxy: `http://me:hidden@${host}:${ports.proxy}` });
    for (const path of ['/stall', '/stall-body', '/loris']) {
        await fails(`${base}${path}`, 'TIMEOUT', path === '/loris' ? { deadlineMs: 300 } : { timeoutMs: 300 });
    }
});

test('bytes as Latin-1 in names and values of headers', async () => {
    const client = new HTTPClient({ host, port: 8042 });
    let name = '';
    const { calls } = await exchange(client, {
        path: '/latin',
        onHeaders(_status, headers) {
            name = headers.get('x-name') ?? '';
        },
    });
    assertEqual([calls[0], name], ['headers 200 Gr\u00fcn', '\u00e9']);
});

test('a reply that is not read stops the server, and is all there later', async () => {
    const client = new HTTPClient({ host, port: 8042, timeout: 400 });
    const before = (await json<Seen>(`${base}/seen`)).bytes;
    let handle: { read(): ArrayBuffer | undefined } | undefined;
    let available = 0;
    let sum = 0;
    let reading = false;
    const done = exchange(client, {
        path: '/10mb',
        onReadable(count) {
            handle = this;
            available = count;
            while (reading) {
                const part = this.read();
                if (part === undefined) {
                    break;
                }
                sum += part.byteLength;
            }
        },
    });
    await new Promise<void>((resolve) => void setTimeout(() => resolve(), 1000)); // longer than `timeout`: the script is slow, not the server
    assert(available <= 65_536, `${available} bytes held`);
    const sent = (await json<Seen>(`${base}/seen`)).bytes - before;
    assert(sent < 8_000_000, `the server could send ${sent} bytes`);
    reading = true;
    for (let part = handle?.read(); part !== undefined; part = handle?.read()) {
        sum += part.byteLength;
    }
    assertEqual((await done).error, null);
    assertEqual(sum, 160 * 65_536);
});

test('hundreds of requests at once: 128 run, the others wait', async () => {
    const all: Promise<string>[] = [];
    for (let i = 0; i < 300; i++) {
        all.push(request(`${base}/slow`).then((reply) => reply.text()));
    }
    assertEqual(new Set(await Promise.all(all)), new Set(['slow']));
    const { peak } = await json<Seen>(`${base}/seen`);
    assert(peak > 100 && peak <= 130, `${peak} at a time`);
});
