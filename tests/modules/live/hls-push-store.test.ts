/** Files of a push at a real web server that refuses as others do, and in a bucket. */
import { StoreError } from 'ocellus/app/cloud/object-store';
import { BucketStore, type FileKind, type PushStore, storeOf } from 'ocellus/app/live/hls-push-store';
import type { WebPushTarget } from 'ocellus/app/live/hls-push-options';
import { fetchBody } from 'ocellus/app/net/fetch-body';
import { request } from 'ocellus/app/net/request';
import type { Body } from 'ocellus/body';
import { OcellusError } from 'ocellus/error';
import { FakeStore } from 'ocellus/test/cloud/fake-store';
import { assert, assertEqual, assertRejects, assertThrows, test } from 'ocellus/test/harness';

const host = '127.42.0.1';
const base = `http://${host}:8042`;
const kind: FileKind = { type: 'video/iso.segment', cache: 'max-age=31536000, immutable' };

const store = (url: string, more: Partial<WebPushTarget> = {}): PushStore =>
    storeOf({ url, ...more }, () => Date.now());

async function fileOf(path: string): Promise<unknown> {
    return JSON.parse((await request(`${base}/dav-file?${path}`)).text());
}

async function ports(): Promise<{ shut: number; good: number; elsewhere: number; ca: string; pin: string }> {
    return JSON.parse((await request(`${base}/ports`)).text());
}

async function bytesOf(count: number): Promise<Body> {
    const { body } = await fetchBody(`${base}/jpeg?bytes=${count}`, { deadlineMs: 20_000, maxBytes: 4_000_000 });
    assert(body !== undefined);
    return body;
}

/** The code of a refusal, whose words show neither the key in an address nor a password. */
async function codeOf(promise: Promise<unknown>): Promise<string> {
    const error = await assertRejects(promise);
    assert(error instanceof OcellusError, String(error));
    for (const secret of ['hidden', 'passwort', '/dav/', '\n']) {
        assert(!error.message.includes(secret), error.message);
    }
    return error.code;
}

test('[E2] files are put by reference with type and cache, read and removed; a query goes with each', async () => {
    const target = store(`${base}/dav/open/front/?key=hidden`);
    const body = await bytesOf(2_000_001);
    await target.put('a-s1.m4s', body, kind);
    assertEqual(body.bytes, 2_000_001, "the body is the caller's");
    body.close();
    assertEqual(await fileOf('/dav/open/front/a-s1.m4s'), {
        type: kind.type,
        cache: kind.cache,
        query: 'key=hidden',
        bytes: 2_000_001,
    });
    assertEqual([target.list, await target.get('index.m3u8')], ['index.m3u8', undefined]);
    await target.put('index.m3u8', '#EXTM3U\nä\n', { type: 'application/vnd.apple.mpegurl', cache: 'no-cache' });
    assertEqual(await target.get('index.m3u8'), '#EXTM3U\nä\n');
    await target.put('index.m3u8', 'x'.repeat(70_000), kind);
    assertEqual(await target.get('index.m3u8'), undefined, 'longer than any of ours');
    await target.remove('a-s1.m4s');
    await target.remove('a-s1.m4s');
    assertEqual(await fileOf('/dav/open/front/a-s1.m4s'), {});
});

test('[E2] an address names a folder or the playlist in it', async () => {
    for (const [url, list, file] of [
        [`${base}/dav/open/one`, 'index.m3u8', '/dav/open/one/x'],
        [`${base}/dav/open/two/`, 'index.m3u8', '/dav/open/two/x'],
        [`${base}/dav/open/three/live.m3u8`, 'live.m3u8', '/dav/open/three/x'],
        [`${base}/dav/open/four/live.m3u8?a=/b.m3u8`, 'live.m3u8', '/dav/open/four/x'],
    ] as const) {
        const target = store(url);
        await target.put('x', 'x', kind);
        assertEqual(target.list, list, url);
        assertEqual(((await fileOf(file)) as { bytes: number }).bytes, 1, url);
    }
    for (const url of ['', 'ftp://example.org/', 'http://a:b@example.org/', 'http://exa mple.org/']) {
        assertEqual((assertThrows(() => store(url)) as OcellusError).code, 'INVAL', url);
    }
});

test('[E2] Basic, in UTF-8; folders that are not there are made once', async () => {
    const login = { user: 'cam', password: 'pässwort' };
    await store(`${base}/dav/login/`, login).put('x', 'x', kind);
    assertEqual(
        await codeOf(store(`${base}/dav/login/`, { ...login, password: 'passwort' }).put('x', 'x', kind)),
        'PASSWORD',
    );
    assertEqual(await codeOf(store(`${base}/dav/login/`).put('x', 'x', kind)), 'PASSWORD');
    const target = store(`${base}/dav/made/a/b/`);
    await target.put('x', await bytesOf(100), kind);
    await target.put('y', 'y', kind);
    assertEqual(((await fileOf('/dav/made/a/b/x')) as { bytes: number }).bytes, 100);
});

test('[E2] each refusal has its code, and shows neither path nor query', async () => {
    for (const [folder, code] of [
        ['denied', 'PASSWORD'],
        ['full', 'DISK_FULL'],
        ['absent', 'NOENT'],
        ['plain', 'NOTSUP'],
        ['moved', 'NOTSUP'],
        ['large', 'TOO_BIG'],
        ['busy', 'BUSY'],
        ['broken', 'IO'],
        ['reset', 'CLOSED'],
    ] as const) {
        const target = store(`${base}/dav/${folder}/?key=hidden`);
        assertEqual(await codeOf(target.put('x', 'x', kind)), code, folder);
    }
    assertEqual(await store(`${base}/dav/plain/`).get('index.m3u8'), undefined);
    assertEqual(await codeOf(store(`${base}/dav/broken/`).get('index.m3u8')), 'IO');
    assertEqual(await codeOf(store(`${base}/dav/kept/`).remove('x')), 'PASSWORD');
    assertEqual(await codeOf(store(`${base}/dav/plain/`).remove('x')), 'NOTSUP');
});

test('[E2] who is not there, or not who he should be', async () => {
    const { shut, good, elsewhere, ca, pin } = await ports();
    const put = (url: string, more: Partial<WebPushTarget> = {}) => store(url, more).put('x', 'x', kind);
    assertEqual(await codeOf(put(`http://${host}:${shut}/`)), 'REFUSED');
    assertEqual(await codeOf(put('http://nobody.invalid/')), 'HOST');
    assertEqual(await codeOf(put(`https://${host}:${good}/dav/open/`)), 'CERTIFICATE');
    assertEqual(await codeOf(put(`https://${host}:${elsewhere}/dav/open/`, { ca })), 'CERTIFICATE');
    assertEqual(await codeOf(put(`https://${host}:${elsewhere}/dav/open/`, { pin })), 'CERTIFICATE');
    await put(`https://${host}:${good}/dav/open/`, { ca });
    await put(`https://${host}:${good}/dav/open/`, { pin });
});

test('[E2] a bucket: keys below the prefix; what the store says is typed', async () => {
    const bucket = new FakeStore();
    const target = new BucketStore(bucket, 'live/front');
    await target.put('x', 'x', kind);
    assertEqual([...bucket.objects.keys()], ['live/front/x']);
    assertEqual([await target.get('x'), await target.get('y')], ['x', undefined]);
    await target.remove('x');
    assertEqual(bucket.objects.size, 0);
    for (const [store, code] of [
        ['DENIED', 'PASSWORD'],
        ['TLS', 'CERTIFICATE'],
        ['FULL', 'DISK_FULL'],
        ['OFFLINE', 'UNREACHABLE'],
        ['NO_BUCKET', 'NOENT'],
    ] as const) {
        bucket.fault = () => ({ error: new StoreError(store, 'why', false) });
        assertEqual(await codeOf(target.put('x', 'x', kind)), code);
    }
    const { shut } = await ports();
    const keys = { accessKeyId: 'STUBKEY', secretAccessKey: 'hidden' };
    const away = { endpoint: `http://${host}:${shut}`, region: 'us-east-1', bucket: 'film', pathStyle: true, ...keys };
    const put = (endpoint: string) =>
        storeOf({ s3: { ...away, endpoint }, prefix: '' }, () => Date.now()).put('x', 'x', kind);
    assertEqual(await codeOf(put(away.endpoint)), 'REFUSED');
    assertEqual(await codeOf(put('http://nobody.invalid')), 'HOST');
    assertEqual(
        (assertThrows(() => storeOf({ s3: { ...away, bucket: 'A' }, prefix: '' }, Date.now)) as OcellusError).code,
        'INVAL',
    );
    bucket.fault = () => ({ error: new StoreError('DENIED', 'no right to list', false) });
    assertEqual(await target.get('x'), undefined);
    bucket.fault = () => ({ error: new StoreError('INVALID', 'more than 1048576 bytes', false) });
    assertEqual(await target.get('x'), undefined);
    bucket.fault = () => ({ error: new StoreError('OFFLINE', 'nobody there', true, 'CONNECT') });
    assertEqual(await codeOf(target.get('x')), 'REFUSED');
});
