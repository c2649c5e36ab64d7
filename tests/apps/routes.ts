/** Routes of an application, friendly and hostile; the tests ask for them over HTTP. */
import { type Body, fileBody, recordingBody } from 'ocellus/body';
import { OcellusError } from 'ocellus/error';
import { Host } from 'ocellus/host';
import { type HttpResponse, HttpServer } from 'ocellus/http';
import { Plane } from 'ocellus/plane';

const host = new Host();
const plane = new Plane();

function report(event: string, values: object = {}): void {
    host.print(JSON.stringify({ event, ...values }));
}

/** `path` of the query; not decoded. */
function bodyOf(query: string): Body {
    const path = query.replace(/^path=/, '');
    return path.startsWith('recordings/') ? recordingBody(path) : fileBody(path);
}

const hostile: Readonly<Record<string, () => HttpResponse>> = {
    '/api/crlf': () => ({ headers: { 'x-a': 'b\r\nset-cookie: c=1' } }),
    '/api/name': () => ({ headers: { 'x a': 'b' } }),
    '/api/cookie': () => ({ headers: { 'Set-Cookie': 'c=1' } }),
    '/api/length': () => ({ headers: { 'content-length': '3' }, body: 'abcdef' }),
    '/api/hop': () => ({ headers: { connection: 'close' } }),
    '/api/large-head': () => ({ headers: { 'x-a': 'a'.repeat(3000) } }),
    '/api/low': () => ({ status: 99 }),
    '/api/high': () => ({ status: 1000 }),
    '/api/fraction': () => ({ status: 200.5 }),
    '/api/closed': () => {
        const body = fileBody('big.bin');
        body.close();
        return { body };
    },
    '/api/no-body': () => ({ body: { bytes: 1 } as unknown as Body }),
    '/api/large': () => ({ body: 'a'.repeat(200_000) }),
    '/api/throws': () => {
        throw new Error('on purpose');
    },
};

const server = new HttpServer({ plane })
    .route('GET', '/api/headers', ({ headers }) => ({ body: JSON.stringify([...headers]) }))
    .route('POST', '/api/echo', (request) => ({
        status: 418,
        headers: { 'content-type': 'text/html', 'x-own': 'yes', 'cache-control': 'max-age=5' },
        body: request.body,
    }))
    .route('GET', '/api/bytes', () => ({ body: new Uint8Array([0, 1, 255]) }))
    .route('GET', '/api/file', ({ query }) => ({ body: bodyOf(query), headers: { etag: '"one"' } }))
    .route('GET', '/api/part', () => ({ body: fileBody('big.bin', 10, 20) }))
    .route('GET', '/api/code', ({ query }) => {
        try {
            return { body: JSON.stringify({ bytes: bodyOf(query).bytes }) };
        } catch (error) {
            return { body: JSON.stringify({ code: error instanceof OcellusError ? error.code : String(error) }) };
        }
    })
    .route('GET', '/api/forget', () => {
        let bytes = 0;
        for (let i = 0; i < 200; i++) {
            bytes += fileBody('big.bin').bytes; // never closed
        }
        return { body: JSON.stringify({ bytes }) };
    })
    .route('GET', '/api/end', () => {
        setTimeout(() => {
            throw new Error('as it should');
        }, 0);
        return {};
    });
for (const [path, handler] of Object.entries(hostile)) {
    server.route('GET', path, handler);
}

const { port } = await server.serve(plane);
report('listening', { url: `http://127.0.0.1:${port}/` });
