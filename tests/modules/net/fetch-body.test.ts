/** Replies that stay outside of the heap. */
import { fetchAs, type FetchInit, type Fetched, fetchBody } from 'ocellus/app/net/fetch-body';
import { request } from 'ocellus/app/net/request';
import type { Body } from 'ocellus/body';
import { exchange, HttpError, type HttpErrorCode } from 'embedded:network/http/client';
import { base64 } from 'ocellus/crypto';
import { base64Body } from 'ocellus/picture';
import { assert, assertEqual, assertRejects, assertThrows, test } from 'ocellus/test/harness';

const base = 'http://127.42.0.1:8042';

const read = (path: string, more: Partial<FetchInit> = {}): Promise<Fetched> =>
    fetchBody(`${base}${path}`, { deadlineMs: 20_000, maxBytes: 1_048_576, ...more });

async function fails(path: string, code: HttpErrorCode, more: Partial<FetchInit> = {}): Promise<void> {
    const error = await assertRejects(read(`${path}?token=hidden`, more), { type: HttpError });
    assertEqual((error as HttpError).code, code, error.message);
    assert(!error.message.includes('hidden') && !error.message.includes('\n'), error.message);
}

async function bodyOf(path: string): Promise<Body> {
    const { status, body } = await read(path);
    assert(status === 200 && body !== undefined, `${path}: ${status}`);
    return body;
}

function bytesOf(body: Body): Uint8Array {
    const bytes = new Uint8Array(body.bytes);
    for (let at = 0; at < bytes.length; at += 65_536) {
        bytes.set(body.read(at, 65_536), at);
    }
    return bytes;
}

test('a reply of any length, byte for byte, whatever pieces it comes in', async () => {
    for (const bytes of [4, 1000, 65_535, 65_536, 65_537, 300_001, 1_048_576]) {
        const body = await bodyOf(`/jpeg?bytes=${bytes}`);
        assertEqual(body.bytes, bytes);
        const given = bytesOf(body);
        assertEqual([...given.subarray(0, 4)], [0xff, 0xd8, 0xff, bytes === 4 ? 0xd9 : 0xe0]);
        assert(
            given.subarray(4, bytes - 2).every((byte) => byte === 0x70),
            'other bytes',
        );
        body.close();
        assertEqual(body.bytes, 0);
    }
});

test('one that is too long fails, one without bytes has no body, and a status is no failure', async () => {
    await fails('/10mb', 'TOO_BIG');
    await fails('/endless', 'TOO_BIG');
    await fails('/jpeg', 'TOO_BIG', { maxBytes: 999 });
    assertEqual((await read('/jpeg', { maxBytes: 1000 })).body?.bytes, 1000);
    assertEqual((await read('/empty')).body, undefined);
    assertEqual((await read('/nothing-here')).status, 404);
});

test('what must not be in a request is refused', async () => {
    for (const url of ['ftp://127.42.0.1/', `${base}/a b`, `${base}/a#b`, 'http://a:b@127.42.0.1:8042/', 'http://']) {
        await assertRejects(fetchBody(url, { deadlineMs: 1000, maxBytes: 1000 }), { type: HttpError });
    }
    for (const headers of ['a', 'a: b', ': b\n', 'a b: c\n', 'a: \r\n', 'a: b\n\n', 'Content-Length: 5\n', 'a: ä\n']) {
        const error = await assertRejects(read('/jpeg', { headers }), { type: HttpError });
        assertEqual((error as HttpError).code, 'PROTOCOL', headers);
    }
});

test('servers that stall, break off or lie', async () => {
    await fails('/stall', 'TIMEOUT', { deadlineMs: 300 });
    await fails('/stall-body', 'TIMEOUT', { deadlineMs: 300 });
    await fails('/loris', 'TIMEOUT', { deadlineMs: 300 });
    await fails('/reset', 'RESET');
    await fails('/truncated', 'RESET');
    await fails('/garbage', 'PROTOCOL');
    assertEqual((await read('/moved')).status, 302);
});

test('100 at a time, sent on by reference', async () => {
    const sizes = Array.from({ length: 100 }, (_, at) => 1000 + at * 1001);
    await Promise.all(
        sizes.map(async (size) => {
            const body = await bodyOf(`/jpeg?bytes=${size}`);
            const reply = await request(`${base}/echo`, {
                method: 'PUT',
                body,
                headers: { 'content-type': 'image/jpeg' },
            });
            body.close();
            assertEqual((JSON.parse(reply.text()) as { length: number }).length, size);
        }),
    );
});

test('[C5] a picture is sent with its head, without a round trip for leave; what is larger waits for it', async () => {
    for (const [bytes, expect] of [
        [100_000, undefined],
        [1_048_576, undefined],
        [1_048_577, '100-continue'],
    ] as const) {
        const { body } = await read(`/jpeg?bytes=${bytes}`, { maxBytes: 2_000_000 });
        assert(body !== undefined);
        const reply = await request(`${base}/echo`, { method: 'PUT', body });
        body.close();
        const got = JSON.parse(reply.text()) as { length: number; headers: Record<string, string> };
        assertEqual([got.length, got.headers['expect']], [bytes, expect]);
    }
});

test('what is made of a reply, or thrown for it, settles the one promise', async () => {
    const init = { deadlineMs: 20_000, maxBytes: 1_048_576 };
    assertEqual(await fetchAs(`${base}/nothing-here`, init, (status) => status), 404);
    const refuse = (status: number, body: Body | undefined): never => {
        body?.close();
        throw new RangeError(`no: ${status}`);
    };
    await assertRejects(fetchAs(`${base}/jpeg`, init, refuse), { type: RangeError, message: /no: 200/ });
    await assertRejects(fetchAs(`${base}/reset`, init, refuse), { type: HttpError });
});

test('a body as base64 in a text: every length of the last group', async () => {
    for (const bytes of [4, 5, 6, 7, 3071, 3072, 3073, 100_000]) {
        const picture = await bodyOf(`/jpeg?bytes=${bytes}`);
        const body = base64Body('{"a":"ä","b":"', picture, '"}');
        const reply = await request(`${base}/back`, { method: 'POST', body, maxBytes: 200_000 });
        assertEqual(reply.headers.get('x-type'), 'application/json');
        const expected = bytes > 10_000 ? undefined : `{"a":"ä","b":"${base64(bytesOf(picture))}"}`;
        assertEqual(reply.text(), expected ?? reply.text());
        assertEqual(reply.bytes.byteLength, 17 + 4 * Math.ceil(bytes / 3));
        body.close();
        picture.close();
    }
    const closed = await bodyOf('/jpeg');
    closed.close();
    assertThrows(() => base64Body('', closed, ''), { message: /closed/i });
});

test('what is no text is refused, and nothing of it runs', () => {
    let runs = 0;
    const object = {
        toString(): string {
            runs++;
            return `${base}/jpeg`;
        },
    } as unknown as string;
    const good = { url: `${base}/jpeg`, method: 'GET', headers: '', deadlineMs: 1000, collect: 1000 } as const;
    for (const key of ['url', 'method', 'headers'] as const) {
        const options = { ...good, [key]: object };
        const error = assertThrows(() => exchange(options, () => undefined), { type: HttpError });
        assertEqual((error as HttpError).code, 'PROTOCOL', key);
    }
    assertEqual(runs, 0);
});
