// Routes of an application over a real server: headers, any type, bodies outside of the heap; and hostile handlers.
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import test from 'ava';
import { eventually, start, temporary, testApp } from './device.mjs';

/** Bytes that tell where they stand. @param {number} bytes */
function pattern(bytes) {
    return Buffer.from(Uint32Array.from({ length: bytes / 4 }, (_value, index) => index).buffer);
}

/** @param {import('ava').ExecutionContext} t @param {number} [bytes] */
async function application(t, bytes = 100_000) {
    const data = temporary(t);
    const file = path.join(data, 'app', 'big.bin');
    mkdirSync(path.dirname(file), { mode: 0o700 });
    const content = pattern(bytes);
    writeFileSync(file, content);
    const { device } = start(t, ['--app', testApp('routes'), '--data', data]);
    return { device, url: await device.url(), file, content, data };
}

/** Whole answer of a raw connection. @param {string} url @param {string} request */
async function raw(url, request) {
    const { port } = new URL(url);
    const socket = net.connect(Number(port), '127.0.0.1');
    /** @type {Buffer[]} */
    const parts = [];
    socket.on('data', (part) => parts.push(part));
    socket.write(request);
    await new Promise((resolve) => socket.on('close', resolve).on('error', () => undefined));
    return Buffer.concat(parts);
}

test('headers of a request: an allowed list, in lower case, never cookies nor passwords', async (t) => {
    const { url } = await application(t);
    const answer = await fetch(`${url}/api/headers`, {
        headers: { 'User-Agent': 'test', 'X-Request-Id': '7', Cookie: 'a=b', Authorization: 'Basic YTpi', 'X-Other': '1' },
    });
    t.is(answer.headers.get('content-type'), 'application/json');
    const headers = new Map(/** @type {[string, string][]} */ (await answer.json()));
    t.is(headers.get('user-agent'), 'test');
    t.is(headers.get('x-request-id'), '7');
    for (const name of ['cookie', 'authorization', 'connection', 'x-other']) {
        t.false(headers.has(name), name);
    }
});

test('an answer has any status, type and headers, and runs as no page of the camera', async (t) => {
    const { url } = await application(t);
    const body = '{"ä":"🎥"}';
    const answer = await fetch(`${url}/api/echo`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    t.is(answer.status, 418);
    t.is(await answer.text(), body);
    t.is(answer.headers.get('content-type'), 'text/html');
    t.is(answer.headers.get('x-own'), 'yes');
    t.is(answer.headers.get('cache-control'), 'max-age=5');
    t.is(answer.headers.get('x-content-type-options'), 'nosniff');
    t.is(answer.headers.get('content-security-policy'), "sandbox; default-src 'none'");
    const bytes = await fetch(`${url}/api/bytes`);
    t.deepEqual([...new Uint8Array(await bytes.arrayBuffer())], [0, 1, 255]);
    t.is(bytes.headers.get('content-type'), 'application/octet-stream');
    t.is(bytes.headers.get('cache-control'), 'no-store');
    const large = await fetch(`${url}/api/echo`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: ' '.repeat(50_000) });
    t.is(large.status, 413);
});

test('ranges of a body: 206, 416, If-Range, HEAD, a part', async (t) => {
    const { url, content } = await application(t);
    const file = `${url}/api/file?path=big.bin`;
    const whole = await fetch(file);
    t.deepEqual(Buffer.from(await whole.arrayBuffer()), content);
    t.is(whole.headers.get('accept-ranges'), 'bytes');
    t.is(whole.headers.get('etag'), '"one"');
    /** @param {Record<string, string>} headers */
    const part = async (headers) => {
        const answer = await fetch(file, { headers });
        return { status: answer.status, range: answer.headers.get('content-range'), body: Buffer.from(await answer.arrayBuffer()) };
    };
    const some = await part({ range: 'bytes=4-11' });
    t.deepEqual(some, { status: 206, range: 'bytes 4-11/100000', body: content.subarray(4, 12) });
    t.deepEqual((await part({ range: 'bytes=-4' })).body, content.subarray(-4));
    t.is((await part({ range: 'bytes=4-11', 'if-range': '"one"' })).status, 206);
    t.is((await part({ range: 'bytes=4-11', 'if-range': '"two"' })).status, 200);
    const none = await part({ range: 'bytes=100000-' });
    t.is(none.status, 416);
    t.is(none.range, 'bytes */100000');
    const head = await fetch(file, { method: 'HEAD' });
    t.deepEqual([head.status, head.headers.get('content-length'), await head.text()], [200, '100000', '']);
    t.deepEqual(Buffer.from(await (await fetch(`${url}/api/part`)).arrayBuffer()), content.subarray(10, 20));
});

test('only files of the application and recordings are bodies', async (t) => {
    const { url, data } = await application(t);
    mkdirSync(path.join(data, 'recordings', 'cam1'), { recursive: true });
    writeFileSync(path.join(data, 'recordings', 'cam1', 'x.mp4'), 'film');
    writeFileSync(path.join(data, 'secret'), 'x');
    /** @param {string} file @returns {Promise<unknown>} */
    const code = async (file) => await (await fetch(`${url}/api/code?path=${file}`)).json();
    t.deepEqual(await code('recordings/cam1/x.mp4'), { bytes: 4 });
    t.deepEqual(await code('recordings/../secret'), { code: 'INVAL' });
    t.deepEqual(await code('../secret'), { code: 'INVAL' });
    t.deepEqual(await code('/etc/passwd'), { code: 'INVAL' });
    t.deepEqual(await code('missing'), { code: 'NOENT' });
    const film = await fetch(`${url}/api/file?path=recordings/cam1/x.mp4`);
    t.is(film.headers.get('content-type'), 'video/mp4');
});

test('bodies that are forgotten and not closed give their places back', async (t) => {
    const { url } = await application(t);
    t.deepEqual(await (await fetch(`${url}/api/forget`)).json(), { bytes: 200 * 100_000 });
});

test('hostile handlers get a 500 and a line in the log, and the next request is answered', async (t) => {
    const { device, url } = await application(t);
    for (const name of ['crlf', 'name', 'cookie', 'length', 'hop', 'large-head', 'low', 'high', 'fraction', 'closed', 'no-body', 'large', 'throws']) {
        const answer = await raw(url, `GET /api/${name} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
        t.regex(answer.toString('latin1'), /^HTTP\/1\.1 500 /, name);
        t.notRegex(answer.toString('latin1'), /set-cookie|x-a:/i, name);
    }
    t.is((await fetch(`${url}/api/bytes`)).status, 200);
    t.regex(device.stderr, /GET \/api\/crlf: the answer cannot be sent: a header's value is printable ASCII on one line/);
});

test('a file that is cut short while it is sent: the connection ends, nothing is made up', async (t) => {
    const size = 64_000_000;
    const { url, file, content } = await application(t, size);
    const { port } = new URL(url);
    const socket = net.connect(Number(port), '127.0.0.1');
    socket.write('GET /api/file?path=big.bin HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await new Promise((resolve) => socket.once('readable', () => resolve(undefined)));
    truncateSync(file, 1000);
    /** @type {Buffer[]} */
    const parts = [];
    for await (const part of socket) {
        parts.push(part);
    }
    const all = Buffer.concat(parts);
    const body = all.subarray(all.indexOf('\r\n\r\n') + 4);
    t.regex(all.toString('latin1', 0, 500), /content-length: 64000000/i);
    t.true(body.length < size, `${body.length} bytes`);
    t.deepEqual(body, content.subarray(0, body.length));
});

test('100 MB are served with little heap, and to their end when the script has gone', async (t) => {
    const size = 100_000_000;
    const { device, url, content } = await application(t, size);
    const used = async () => Number(/^ocellus_script_heap_used_bytes (\d+)/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1]);
    await fetch(`${url}/api/bytes`);
    await used();
    const before = await eventually(async () => (await used()) || undefined, 'a measure');
    const { port } = new URL(url);
    const socket = net.connect(Number(port), '127.0.0.1');
    socket.write('GET /api/file?path=big.bin HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    await new Promise((resolve) => socket.once('readable', () => resolve(undefined)));
    await used();
    const during = await used();
    t.log(`heap: ${before} bytes before, ${during} while it is sent`);
    t.true(during - before <= 64 * 1024, `${during - before} bytes more`);
    await fetch(`${url}/api/end`);
    await device.until(() => /script: +as it should|as it should/.exec(device.stderr) ?? undefined, 'the end of the script');
    let at = 0;
    let head = Buffer.alloc(0);
    let inBody = false;
    for await (const part of socket) {
        let rest = /** @type {Buffer} */ (part);
        if (!inBody) {
            head = Buffer.concat([head, rest]);
            const end = head.indexOf('\r\n\r\n');
            if (end < 0) {
                continue;
            }
            inBody = true;
            rest = head.subarray(end + 4);
        }
        if (rest.compare(content, at, at + rest.length) !== 0) {
            t.fail(`other bytes near ${at}`);
        }
        at += rest.length;
    }
    t.is(at, size);
});
