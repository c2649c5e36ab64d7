// The client of S3 against a strict store in Node (tests/engine/s3-stub.mjs), which fails by name.
import { keysOf } from 'ocellus/app/cloud/credentials';
import { StoreError, type StoreErrorCode } from 'ocellus/app/cloud/object-store';
import { S3Client, type S3Options } from 'ocellus/app/cloud/s3-client';
import { request } from 'ocellus/app/net/request';
import { Body } from 'ocellus/body';
import { assert, assertEqual, assertRejects, assertThrows, test } from 'ocellus/test/harness';

const host = '127.42.0.1';
const base = `http://${host}:8042`;

interface Ports {
    readonly s3: number;
    readonly s3Local: number;
    readonly s3Secure: number;
    readonly shut: number;
    readonly ca: string;
}

interface Seen {
    readonly requests: number;
    readonly unsigned: number;
    readonly hashed: number;
    readonly waiting: number;
}

async function json<T>(path: string): Promise<T> {
    return JSON.parse((await request(`${base}${path}`)).text()) as T;
}

const portsOf = (): Promise<Ports> => json<Ports>('/ports');
const order = (query: string): Promise<Seen> => json<Seen>(`/s3?${query}`);

const keys = { accessKeyId: 'STUBKEY', secretAccessKey: 'stub/secret+key' };

async function client(more: Partial<S3Options> = {}): Promise<S3Client> {
    const { s3 } = await portsOf();
    return new S3Client({
        endpoint: `http://${host}:${s3}`,
        region: 'us-east-1',
        bucket: 'film',
        pathStyle: true,
        keys: () => keys,
        now: () => Date.now(),
        stallMs: 5000,
        ...more,
    });
}

/** The refusal of a promise, which must have this code and show no secret. */
async function refuses(promise: Promise<unknown>, code: StoreErrorCode, again: boolean): Promise<StoreError> {
    const error = await assertRejects(promise);
    assert(error instanceof StoreError, `no StoreError: ${String(error)}`);
    assertEqual([error.code, error.again], [code, again], error.message);
    for (const secret of ['stub/secret', 'STUBKEY', 'Signature=', '\n']) {
        assert(!error.message.includes(secret), error.message);
    }
    return error;
}

const json1 = { type: 'application/json' };

test('[A8] objects are written, read, looked at, listed and removed', async () => {
    const store = await client();
    const tag = await store.put('a/index.json', '{"ä":1}', { ...json1, cacheControl: 'no-cache' });
    assert(/^"[0-9a-f]{32}"$/.test(tag), tag);
    assertEqual(await store.get('a/index.json'), { text: '{"ä":1}', etag: tag });
    assertEqual(await store.head('a/index.json'), { bytes: 8, etag: tag });
    assertEqual(await json('/s3-object?a/index.json'), {
        type: 'application/json',
        cacheControl: 'no-cache',
        bytes: '7b22c3a4223a317d',
    });
    await store.put('a/empty', new Uint8Array(0), { type: 'text/plain' });
    await store.put('a/bytes', new Uint8Array([9, 0, 255, 9]).subarray(1, 3), { type: 'video/mp4' });
    assertEqual((await json<{ bytes: string }>('/s3-object?a/bytes')).bytes, '00ff');
    assertEqual(await store.list('a/'), {
        objects: [
            { key: 'a/bytes', bytes: 2 },
            { key: 'a/empty', bytes: 0 },
            { key: 'a/index.json', bytes: 8 },
        ],
        more: false,
    });
    await store.remove('a/empty');
    await store.remove('a/empty');
    assertEqual([await store.get('a/empty'), await store.head('a/empty')], [undefined, undefined]);
});

test('keys of every kind arrive as they are', async () => {
    const store = await client();
    for (const key of ['k/a b+c~d', 'k/门/é/😀', "k/!*'();:@&=$,?%#[]", 'k/%2F%25', 'k/<&">', 'k/..a/.b']) {
        await store.put(key, key, { type: 'text/plain' });
        assertEqual((await store.get(key))?.text, key);
        assertEqual((await store.list(key)).objects, [{ key, bytes: new TextEncoder().encode(key).length }]);
        assertEqual((await request(store.presign(key, 60))).text(), key);
        await store.remove(key);
        assertEqual(await store.head(key), undefined);
    }
    for (const key of ['\ud83d', '', '/a', 'a/', 'a//b', 'a/./b', '../a', 'é'.repeat(513)]) {
        await refuses(store.put(key, '', json1), 'INVALID', false);
        await refuses(store.get(key), 'INVALID', false);
        await refuses(store.remove(key), 'INVALID', false);
        assertThrows(() => store.presign(key, 60), { type: StoreError });
    }
});

test('lists come in pages, in the order of keys', async () => {
    const store = await client();
    for (let i = 0; i < 12; i++) {
        await store.put(`list/${i}`, '', json1);
    }
    const names: string[] = [];
    let pages = 0;
    for (let more = true; more; pages++) {
        const page = await store.list('list/', names.at(-1), 5);
        names.push(...page.objects.map(({ key }) => key));
        more = page.more;
    }
    assertEqual([pages, names.length], [3, 12]);
    assertEqual(names, [...names].sort());
    assertEqual(await store.list('list/none'), { objects: [], more: false });
    for (const limit of [0, 1001, 1.5]) {
        await refuses(store.list('', undefined, limit), 'INVALID', false);
    }
});

test('a list of 1,000 objects fits', async () => {
    const store = await client();
    await order('fill=1000');
    const { objects, more } = await store.list('many/');
    assertEqual([objects.length, more], [1000, false]);
});

test('conditions: only when it is new, only when it has this tag', async () => {
    const store = await client();
    await store.remove('c');
    await refuses(store.put('c', '', { ...json1, etag: '"x"' }), 'CONFLICT', false);
    const tag = await store.put('c', '1', { ...json1, isNew: true });
    await refuses(store.put('c', '2', { ...json1, isNew: true }), 'CONFLICT', false);
    await refuses(store.put('c', '2', { ...json1, etag: '"x"' }), 'CONFLICT', false);
    assert((await store.put('c', '2', { ...json1, etag: tag })) !== tag);
    await order('faults=conflict');
    await refuses(store.put('c', '3', { ...json1, etag: tag }), 'CONFLICT', true);
});

test('keys: wrong, unknown, none, temporary; the region', async () => {
    const wrong = await client({ keys: () => ({ ...keys, secretAccessKey: 'x' }) });
    await refuses(wrong.put('a', '', json1), 'DENIED', false);
    await refuses(wrong.list(''), 'DENIED', false);
    await refuses(wrong.head('a'), 'DENIED', false);
    const unknown = await client({ keys: () => ({ accessKeyId: 'x', secretAccessKey: 'x' }) });
    await refuses(unknown.get('a'), 'DENIED', false);
    const none = await client({ keys: () => undefined });
    await refuses(none.get('a'), 'DENIED', false);
    const temporary = { accessKeyId: 'STUBTEMPORARY', secretAccessKey: 'temporary', sessionToken: 'to/ke+n==' };
    const session = await client({ keys: () => temporary });
    await session.put('t', 'x', json1);
    assertEqual((await request(session.presign('t', 60))).text(), 'x');
    const stale = await client({ keys: () => ({ ...temporary, sessionToken: 'old' }) });
    await refuses(stale.get('t'), 'DENIED', false);
    const elsewhere = await client({ region: 'eu-west-1' });
    const error = await refuses(elsewhere.get('a'), 'REDIRECT', false);
    assert(error.message.includes('its region is us-east-1'), error.message);
});

test('presigned addresses end', async () => {
    const store = await client();
    await store.put('p', 'x', json1);
    assertEqual((await request(store.presign('p', 604_800))).status, 200);
    const before = await client({ now: () => Date.now() - 120_000 });
    assertEqual((await request(before.presign('p', 60))).status, 403);
    assertEqual((await request(before.presign('p', 600))).status, 200);
    const url = store.presign('p', 60);
    assertEqual((await request(url.replace('/film/p?', '/film/c?'))).status, 403);
    for (const seconds of [0, 604_801]) {
        assertThrows(() => store.presign('p', seconds), { type: StoreError });
    }
});

test('each refusal has its code', async () => {
    const store = await client();
    const put = () => store.put('f', 'x'.repeat(1000), json1);
    const table: readonly (readonly [string, StoreErrorCode, boolean])[] = [
        ['500', 'SERVER', true],
        ['slow-down', 'SLOW_DOWN', true],
        ['503', 'SLOW_DOWN', true],
        ['denied', 'DENIED', false],
        ['expired', 'EXPIRED', false],
        ['quota', 'FULL', true],
        ['too-large', 'FULL', false],
        ['redirect', 'REDIRECT', false],
        ['reset', 'OFFLINE', true],
    ];
    for (const [fault, code, again] of table) {
        await order(`faults=${fault}`);
        const error = await refuses(put(), code, again);
        assert(fault !== 'redirect' || error.message.includes('eu-west-1'), error.message);
    }
    await order('faults=html');
    await refuses(store.list(''), 'SERVER', true);
    await order('faults=truncated,reset');
    await refuses(store.get('f'), 'OFFLINE', true);
    await refuses(store.get('f'), 'OFFLINE', true);
    assertEqual((await order('')).waiting, 0);
});

test('nobody there, and a store that never answers', async () => {
    const { shut } = await portsOf();
    await refuses((await client({ endpoint: `http://${host}:${shut}` })).get('a'), 'OFFLINE', true);
    await refuses((await client({ endpoint: 'http://no-such-name.invalid' })).get('a'), 'OFFLINE', true);
    await order('faults=stall,stall');
    await refuses((await client({ stallMs: 200 })).put('s', 'x', json1), 'OFFLINE', true);
    await refuses((await client({ deadlineMs: 200 })).get('s'), 'OFFLINE', true);
});

test('a missing bucket', async () => {
    const store = await client({ bucket: 'none' });
    await refuses(store.put('a', '', json1), 'NO_BUCKET', false);
    await refuses(store.get('a'), 'NO_BUCKET', false);
    await refuses(store.list(''), 'NO_BUCKET', false);
    assertEqual(await store.head('a'), undefined);
});

test('a clock that is wrong is corrected by that of the store, once', async () => {
    for (const skew of [3_600_000, -86_400_000]) {
        for (const call of [(s: S3Client) => s.put('d', 'x', json1), (s: S3Client) => s.head('d')]) {
            const store = await client();
            const { requests } = await order(`skew=${skew}`);
            await call(store);
            assert(Math.abs(store.clockAheadMs - skew) < 5000, String(store.clockAheadMs));
            await call(store);
            assertEqual((await order('')).requests - requests, 3);
            assertEqual((await request(store.presign('d', 60))).status, 200);
            await order('skew=0');
        }
    }
    const mad = await client({ now: () => Date.now() + Math.random() * 1e11 });
    await refuses(mad.put('d', 'x', json1), 'CLOCK', true);
});

test('https: a custom authority, HTTP/2; none without it', async () => {
    const { ca, s3Secure } = await portsOf();
    const endpoint = `https://${host}:${s3Secure}`;
    const store = await client({ endpoint, ca });
    await store.put('tls', 'x'.repeat(100_000), json1);
    assertEqual((await store.get('tls'))?.text.length, 100_000);
    await refuses((await client({ endpoint })).get('tls'), 'TLS', false);
});

test('virtual-host style', async () => {
    const { s3Local } = await portsOf();
    const store = await client({ endpoint: `http://s3.localhost:${s3Local}`, pathStyle: false });
    await store.put('v/1', 'x', json1);
    assertEqual((await store.list('v/')).objects, [{ key: 'v/1', bytes: 1 }]);
    assert(store.presign('v/1', 60).startsWith(`http://film.s3.localhost:${s3Local}/v/1?X-Amz-`));
    assertEqual((await request(store.presign('v/1', 60))).text(), 'x');
});

test('a document is 1 MB at most; a closed body is refused', async () => {
    const store = await client();
    await store.put('big', 'x'.repeat(1_048_576), json1);
    assertEqual((await store.get('big'))?.text.length, 1_048_576);
    await store.put('big', 'x'.repeat(1_048_577), json1);
    await refuses(store.get('big'), 'INVALID', false);
    await refuses(store.put('body', new Body(), json1), 'INVALID', false);
});

test('a store that fails at random changes no byte', async () => {
    const store = await client();
    await order('share=0.15');
    let refused = 0;
    const put = async (key: string): Promise<void> => {
        for (;;) {
            try {
                await store.put(key, key.repeat(100), json1);
                return;
            } catch (error) {
                assert(error instanceof StoreError && error.again, String(error));
                refused++;
            }
        }
    };
    for (let i = 0; i < 120; i += 10) {
        await Promise.all(Array.from({ length: 10 }, (_, j) => put(`random/${i + j}`)));
    }
    await order('share=0');
    assert(refused > 5, `${refused} refused`);
    for (let i = 0; i < 120; i += 29) {
        assertEqual((await store.get(`random/${i}`))?.text, `random/${i}`.repeat(100));
    }
    assertEqual((await store.list('random/')).objects.length, 120);
});

test('settings that can be none are refused', async () => {
    const wrong: readonly Partial<S3Options>[] = [
        { endpoint: '' },
        { endpoint: 's3.example.org' },
        { endpoint: 'ftp://s3.example.org' },
        { endpoint: 'https://user:secret@s3.example.org' },
        { endpoint: 'https://s3.example.org/film' },
        { endpoint: 'https://s3.example.org?a' },
        { bucket: 'ab' },
        { bucket: 'Film' },
        { bucket: 'film/a' },
        { bucket: '../film' },
        { region: '' },
        { region: 'us east' },
    ];
    for (const options of wrong) {
        const error = await assertRejects(client(options), { type: StoreError });
        assert(error instanceof StoreError && error.code === 'INVALID' && !error.message.includes('secret'));
    }
    await client({ endpoint: 'https://[::1]:9000/' });
});

test('[A8] no keys: the store is not activated', () => {
    assertEqual(keysOf({ accessKeyId: '', secretAccessKey: '' }), undefined);
    assertEqual(keysOf(keys), keys);
    assertEqual(keysOf({ ...keys, sessionToken: 't' }), { ...keys, sessionToken: 't' });
    const wrong = [
        { accessKeyId: 'a', secretAccessKey: '' },
        { accessKeyId: '', secretAccessKey: 'secret' },
        { accessKeyId: 'a/b', secretAccessKey: 'secret' },
        { accessKeyId: 'a', secretAccessKey: 'secret\n' },
        { accessKeyId: 'é', secretAccessKey: 'secret' },
        { accessKeyId: '', secretAccessKey: '', sessionToken: 'secret' },
        { ...keys, sessionToken: 'secret\r\nx: y' },
    ];
    for (const settings of wrong) {
        const error = assertThrows(() => keysOf(settings), { type: StoreError });
        assert(!error.message.includes('secret\r') && !error.message.includes('x: y'), error.message);
    }
});
