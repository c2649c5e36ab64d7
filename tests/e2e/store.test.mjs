// The client of S3 in the whole program: a file goes to the store by reference, over http and over https.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import test from 'ava';
import { S3Stub } from '../engine/s3-stub.mjs';
import { temporary } from './device.mjs';
import { serve, storeRunner } from './store-orders.mjs';

const bytes = 16 * 1024 * 1024 + 7;
const keys = { accessKeyId: 'STUBKEY', secretAccessKey: 'stub/secret+key' };

/** A certificate that is its own authority. @param {import('ava').ExecutionContext} t */
function certificate(t) {
    const folder = temporary(t);
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'key.pem'];
    execFileSync('openssl', ['req', '-x509', ...key, '-out', 'cert.pem', '-days', '2', '-subj', '/CN=store', '-addext', 'subjectAltName=IP:127.0.0.1'], { cwd: folder, stdio: 'pipe' });
    return { key: readFileSync(path.join(folder, 'key.pem'), 'utf8'), cert: readFileSync(path.join(folder, 'cert.pem'), 'utf8') };
}

test('[A8] 16 MB of a file: the signature covers them over http, TLS does over https', async (t) => {
    const content = randomBytes(bytes);
    const { run, url } = await storeRunner(t, { 'film.mp4': content, empty: Buffer.alloc(0) });
    for (const secure of [false, true]) {
        const store = new S3Stub();
        const { key, cert } = secure ? certificate(t) : { key: '', cert: '' };
        const port = await serve(t, (request, reply) => store.serve(request, reply), ...(secure ? [https.createServer({ key, cert })] : []));
        const place = { endpoint: `${secure ? 'https' : 'http'}://127.0.0.1:${port}`, bucket: 'film', keys, ...(secure && { ca: cert }) };
        const sent = run(place, [
            { do: 'file', key: 'a/1.mp4', text: 'film.mp4' },
            { do: 'file', key: 'a/2.mp4', text: 'empty' },
        ]);
        let slowest = 0;
        let idle = true;
        void sent.then(() => (idle = false));
        while (idle) {
            const begun = Date.now();
            await fetch(`${url}/api/idle`);
            slowest = Math.max(slowest, Date.now() - begun);
        }
        const [first, second] = await sent;
        const stored = store.buckets.get('film')?.get('a/1.mp4');
        t.true(stored?.bytes.equals(content));
        t.is(first, stored?.etag);
        t.is(second, store.buckets.get('film')?.get('a/2.mp4')?.etag);
        t.like(stored, { type: 'video/mp4', cacheControl: 'max-age=31536000, immutable' });
        t.deepEqual([store.seen.hashed, store.seen.unsigned], secure ? [0, 2] : [2, 0]);
        t.log(`${secure ? 'https' : 'http'}: the slowest answer meanwhile took ${slowest} ms`);
    }
});

test('a connection that breaks among the bytes, a clock that is wrong, a file that is gone', async (t) => {
    const store = new S3Stub();
    const { run } = await storeRunner(t, { 'film.mp4': randomBytes(bytes) });
    const port = await serve(t, (request, reply) => store.serve(request, reply));
    const place = { endpoint: `http://127.0.0.1:${port}`, bucket: 'film', keys };
    store.faults.push('reset', 'slow-down');
    const [reset, slow, none] = await run({ ...place }, [
        { do: 'file', key: 'a', text: 'film.mp4' },
        { do: 'file', key: 'a', text: 'film.mp4' },
        { do: 'file', key: 'a', text: 'none.mp4' },
    ]);
    t.like(reset, { code: 'OFFLINE', again: true });
    t.like(slow, { code: 'SLOW_DOWN', again: true });
    t.regex(none.code, /none\.mp4/);
    const [tag] = await run({ ...place, ahead: 7_200_000 }, [{ do: 'file', key: 'a', text: 'film.mp4' }]);
    t.is(tag, store.buckets.get('film')?.get('a')?.etag);
});
