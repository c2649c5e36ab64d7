import { Body, encryptedBody, fileBody, liveBody, recordingBody, ringBody, snapshotBody } from 'ocellus/body';
import { OcellusError } from 'ocellus/error';
import type { Mail } from 'ocellus/mail';
import { assert, assertEqual, assertThrows, test } from 'ocellus/test/harness';

function codeOf(run: () => unknown): string {
    const error = assertThrows(run);
    return error instanceof OcellusError ? error.code : error.name;
}

test('a body that nobody opened is a closed one', () => {
    const body = new Body();
    assertEqual([body.bytes, body.type], [0, '']);
    body.close();
    body.close();
    assertEqual(
        codeOf(() => body.slice(0)),
        'CLOSED',
    );
});

test('offsets are whole numbers of bytes', () => {
    const body = new Body();
    for (const wrong of [-1, 0.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY]) {
        assertEqual(
            codeOf(() => body.slice(wrong)),
            'RANGE',
        );
        assertEqual(
            codeOf(() => fileBody('a', 0, wrong)),
            'RANGE',
        );
    }
});

test('a closed body is not encrypted, and key and IV have 16 bytes', () => {
    const bytes = (length: number) => new Uint8Array(length);
    assertEqual(
        codeOf(() => encryptedBody(new Body(), bytes(16), bytes(16))),
        'CLOSED',
    );
    for (const [key, iv] of [
        [15, 16],
        [32, 16],
        [16, 0],
        [16, 17],
    ] as const) {
        assertEqual(
            codeOf(() => encryptedBody(new Body(), bytes(key), bytes(iv))),
            'RANGE',
        );
    }
});

test('a host without files says so; a path with a zero byte or too long is refused', () => {
    assertEqual(
        codeOf(() => fileBody('a.bin')),
        'NOTSUP',
    );
    assertEqual(
        codeOf(() => recordingBody('recordings/cam1/a.mp4')),
        'NOTSUP',
    );
    for (const wrong of ['a\0b', 'x'.repeat(300)]) {
        assertEqual(
            codeOf(() => fileBody(wrong)),
            'INVAL',
        );
    }
});

test('what is no body is not taken for one', () => {
    const get = Object.getOwnPropertyDescriptor(Body.prototype, 'bytes')?.get;
    assert(get !== undefined);
    for (const forged of [{}, new Map(), undefined, 1]) {
        assertThrows(() => get.call(forged));
    }
});

async function codeOfSpan(span: Promise<Body>): Promise<string> {
    try {
        await span;
        return 'none';
    } catch (error) {
        return error instanceof OcellusError ? error.code : String(error);
    }
}

test('spans are whole milliseconds; a host without rings says so', async () => {
    const answer = (request: number) => Promise.reject(OcellusError.fromNumber(request));
    const plane = { mail: { answer } as unknown as Mail };
    for (const wrong of [-1, 0.5, Number.NaN, 2 ** 31, Number.POSITIVE_INFINITY]) {
        assertEqual(await codeOfSpan(ringBody(plane, 0, { beforeMs: wrong })), 'RANGE');
        assertEqual(await codeOfSpan(ringBody(plane, 0, { beforeMs: 1000, untilMs: wrong })), 'RANGE');
    }
    assertEqual(await codeOfSpan(ringBody(plane, 0, { beforeMs: 1000 })), 'NOTSUP');
    assertEqual(await codeOfSpan(snapshotBody(plane, 0)), 'NOTSUP');
    for (const number of [-1, 1.5, 2 ** 32, Number.NaN]) {
        assertEqual(await codeOfSpan(liveBody(plane, 0, 'main', { kind: 'segment', number })), 'RANGE');
    }
    assertEqual(await codeOfSpan(liveBody(plane, 0, 'sub', { kind: 'init', number: 2 ** 32 - 1 })), 'NOTSUP');
});
