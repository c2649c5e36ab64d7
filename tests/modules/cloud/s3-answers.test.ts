// Every answer of the table of s3-answers.ts by a store in Node (tests/engine/s3-stub.mjs), and whole kinds of stores:
// each takes what the device writes, or says in one sentence why it cannot.
import { claim } from 'ocellus/app/cloud/device-object';
import { StoreError, type StoreErrorCode } from 'ocellus/app/cloud/object-store';
import { meanings } from 'ocellus/app/cloud/s3-answers';
import { S3Client } from 'ocellus/app/cloud/s3-client';
import { fetchBody } from 'ocellus/app/net/fetch-body';
import { request } from 'ocellus/app/net/request';
import { assert, assertEqual, assertRejects, test } from 'ocellus/test/harness';

const base = 'http://127.42.0.1:8042';
const json1 = { type: 'application/json' };

interface Ports {
    readonly s3: number;
    readonly s3Secure: number;
    readonly ca: string;
}

interface Seen {
    readonly requests: number;
    readonly waiting: number;
}

async function json<T>(path: string): Promise<T> {
    return JSON.parse((await request(`${base}${path}`)).text()) as T;
}

const order = (query: string): Promise<Seen> => json<Seen>(`/s3?${query}`);

async function client(secure = false): Promise<S3Client> {
    const { s3, s3Secure, ca } = await json<Ports>('/ports');
    return new S3Client({
        endpoint: secure ? `https://127.42.0.1:${s3Secure}` : `http://127.42.0.1:${s3}`,
        region: 'us-east-1',
        bucket: 'film',
        pathStyle: true,
        keys: () => ({ accessKeyId: 'STUBKEY', secretAccessKey: 'stub/secret+key' }),
        now: () => Date.now(),
        stallMs: 5000,
        ...(secure && { ca }),
    });
}

async function refuses(promise: Promise<unknown>, code: StoreErrorCode, again: boolean): Promise<string> {
    const error = await assertRejects(promise);
    assert(error instanceof StoreError, `no StoreError: ${String(error)}`);
    assertEqual([error.code, error.again], [code, again], error.message);
    return error.message;
}

/** A test of one kind of store, which is the usual one again behind it. */
function kindTest(kind: string, title: string, run: (store: S3Client, secure: boolean) => Promise<void>): void {
    test(title, async () => {
        await order(`kind=${kind}`);
        try {
            for (const secure of [false, true]) {
                await run(await client(secure), secure);
            }
        } finally {
            await order('kind=');
        }
    });
}

test('[A9] every code of the table means for a write what its row says, and is sent no more often than its remedy takes', async () => {
    for (const { code, again, codes, remedy } of meanings) {
        for (const word of codes) {
            const store = await client();
            const { requests } = await order('');
            await order(`faults=${Array.from({ length: 2 }, () => `400/${word}`).join()}`);
            const promise = store.put('f', 'x', json1);
            if (remedy === 'sum') {
                assert((await refuses(promise, code, again)).includes('Object Lock'), word);
            } else {
                const message = await refuses(promise, code, again);
                assert(message.includes(`HTTP 400; ${word}`), message);
            }
            const seen = await order('');
            assertEqual(
                [seen.requests - requests, seen.waiting],
                [remedy === 'sum' ? 2 : 1, remedy === 'sum' ? 0 : 1],
                word,
            );
            while ((await order('')).waiting > 0) {
                await assertRejects(store.head('f'));
            }
        }
    }
});

test('[A9] the status decides where there is no document', async () => {
    const rows: readonly (readonly [number, StoreErrorCode, boolean])[] = [
        [301, 'REDIRECT', false],
        [302, 'REDIRECT', false],
        [307, 'REDIRECT', true],
        [400, 'INVALID', false],
        [401, 'DENIED', false],
        [403, 'DENIED', false],
        [404, 'NO_KEY', false],
        [405, 'UNSUPPORTED', false],
        [409, 'CONFLICT', true],
        [412, 'CONFLICT', false],
        [413, 'FULL', false],
        [418, 'INVALID', false],
        [429, 'SLOW_DOWN', true],
        [500, 'SERVER', true],
        [501, 'UNSUPPORTED', false],
        [502, 'SERVER', true],
        [503, 'SLOW_DOWN', true],
        [507, 'FULL', true],
    ];
    const store = await client();
    for (const [status, code, again] of rows) {
        await order(`faults=${status}/`);
        await refuses(store.put('f', 'x', json1), code, again);
    }
});

test('[A9] a page is no answer of a store, whatever its status: nothing counts as written, read, removed or absent', async () => {
    const store = await client();
    await store.put('page', 'here', json1);
    for (const status of [200, 201, 302, 401, 403, 404]) {
        const calls: readonly (() => Promise<unknown>)[] = [
            () => store.get('page'),
            () => store.head('page'),
            () => store.remove('page'),
            () => store.list('page'),
        ];
        for (const call of calls) {
            await order(`faults=page/${status}`);
            const message = await refuses(call(), 'SERVER', true);
            assert(message.includes('sign-in page') || message.includes('no list of objects'), message);
        }
        // a look behind a write that was answered with success finds the object as it was
        await order(`faults=page/${status}`);
        const message = await refuses(store.put('page', 'other text', json1), 'SERVER', true);
        assert(message.includes('sign-in page'), message);
    }
    await order('faults=page/413');
    await refuses(store.put('page', 'x', json1), 'FULL', false);
    await order('faults=page/405');
    await refuses(store.put('page', 'x', json1), 'UNSUPPORTED', false);
    assertEqual([(await store.get('page'))?.text, (await order('')).waiting], ['here', 0]);
});

kindTest('portal', '[A9] something else answers everything: nothing is taken for stored', async (store) => {
    const message = await refuses(store.put('portal', 'x', { ...json1, isNew: true }), 'SERVER', true);
    assert(message.includes('sign-in page'), message);
    await refuses(claim(store, { prefix: 'portal', device: 'cam' }, 'one'), 'SERVER', true);
});

kindTest('untagged', 'a write without a tag counts when the object is there with its length', async (store, secure) => {
    const key = `untagged/${secure}`;
    assert((await store.put(key, 'größer', json1)) !== '', 'no tag');
    assertEqual((await store.get(key))?.text, 'größer');
});

kindTest('plain', '[A8] a store without conditions: the device looks, then writes', async (store, secure) => {
    const key = `plain/${secure}`;
    const tag = await store.put(key, '1', { ...json1, isNew: true });
    const { requests } = await order('');
    await refuses(store.put(key, '2', { ...json1, isNew: true }), 'CONFLICT', false);
    assertEqual((await order('')).requests - requests, 1);
    await refuses(store.put(key, '2', { ...json1, etag: '"x"' }), 'CONFLICT', false);
    await refuses(store.put(`${key}/none`, '2', { ...json1, etag: tag }), 'CONFLICT', false);
    const next = await store.put(key, '2', { ...json1, etag: tag });
    assertEqual(await store.get(key), { text: '2', etag: next });
    const root = { prefix: `plain${secure}`, device: 'cam' };
    await claim(store, root, 'one');
    await claim(await client(secure), root, 'one');
    const message = await refuses(claim(await client(secure), root, 'two'), 'CONFLICT', false);
    assert(message.includes('another device writes'), message);
});

kindTest(
    'sums',
    '[A8] a bucket with Object Lock: objects have their checksum, asked for once',
    async (store, secure) => {
        const root = { prefix: `sums${secure}`, device: 'cam' };
        await claim(store, root, 'one');
        const { requests } = await order('');
        await store.put('sums/text', 'ä', json1);
        await store.put('sums/bytes', new Uint8Array([1, 2, 3]), { type: 'video/mp4' });
        const { body } = await fetchBody(`${base}/jpeg?bytes=300000`, { deadlineMs: 20_000, maxBytes: 1_048_576 });
        assert(body !== undefined, 'no picture');
        await store.put('sums/body', body, { type: 'image/jpeg' });
        assertEqual((await order('')).requests - requests, 3);
        assertEqual((await store.head('sums/body'))?.bytes, 300_000);
        body.close();
    },
);

kindTest(
    'md5',
    '[A9] a bucket that wants a checksum that this device has not: one sentence that says what to do',
    async (store) => {
        const { requests } = await order('');
        const message = await refuses(store.put('md5', 'x', json1), 'CHECKSUM', false);
        assert(message.includes('Content-MD5') && message.includes('turn its Object Lock off'), message);
        assertEqual((await order('')).requests - requests, 2);
    },
);
