// The client of S3 in the whole program against a real store: the gateway of Ceph.
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { S3 } from '../../tools/cloud/s3.mjs';
import { readMp4, trackOf } from '../e2e/mp4.mjs';
import { storeRunner } from '../e2e/store-orders.mjs';
import { Camera } from '../update/footage.mjs';
import { appArchive, emptyFolder, ocellus, works } from '../update/tools.mjs';
import { keys, startRadosgw } from './radosgw.mjs';

/** @param {Buffer | string} bytes */
const tagOf = (bytes) => `"${createHash('md5').update(bytes).digest('hex')}"`;

test.serial('[A8] a bucket of radosgw', async (t) => {
    const content = randomBytes(5_000_011);
    const { run } = await storeRunner(t, { 'film.mp4': content });
    const gateway = await startRadosgw(t);
    await gateway.makeBucket('film');
    const place = { endpoint: gateway.http, bucket: 'film', keys };
    const secure = { ...place, endpoint: gateway.https, ca: readFileSync(path.join(gateway.folder, 'cert.pem'), 'utf8') };
    const virtual = { ...place, endpoint: `http://s3.localhost:${gateway.port}`, pathStyle: false };

    for (const at of [place, secure, virtual]) {
        const odd = 'k/a b+c~d/门/é/😀/!*\'();:@&=$,?%#[]<">';
        const results = await run(at, [
            { do: 'put', key: odd, text: '{"ä":1}' },
            { do: 'get', key: odd },
            { do: 'head', key: odd },
            { do: 'list', key: 'k/' },
            { do: 'presign', key: odd },
            { do: 'file', key: 'k/film.mp4', text: 'film.mp4' },
            { do: 'presign', key: 'k/film.mp4' },
            { do: 'list', key: 'k/', after: odd, limit: 1 },
            { do: 'list', key: 'k/', limit: 1 },
            { do: 'remove', key: odd },
            { do: 'remove', key: odd },
            { do: 'get', key: odd },
            { do: 'head', key: odd },
        ]);
        const tag = tagOf('{"ä":1}');
        const [put, got, head, list, odds, file, film, rest, first, ...gone] = results;
        t.deepEqual([put, got, head], [tag, { text: '{"ä":1}', etag: tag }, { bytes: 8, etag: tag }]);
        t.deepEqual(list, { objects: [{ key: odd, bytes: 8 }], more: false });
        t.is(file, tagOf(content));
        t.deepEqual(rest, { objects: [{ key: 'k/film.mp4', bytes: content.length }], more: false });
        t.deepEqual(first, { objects: [{ key: odd, bytes: 8 }], more: true });
        t.deepEqual(gone, [null, null, null, null]);
        if (at === place) {
            const reply = await fetch(film);
            t.true(Buffer.from(await reply.arrayBuffer()).equals(content));
            t.deepEqual([reply.headers.get('content-type'), reply.headers.get('cache-control')], ['video/mp4', 'max-age=31536000, immutable']);
            t.is((await fetch(odds)).status, 404); // removed: the signature is right, or it were 403
            t.is((await fetch(film.replace('k/film', 'k/other'))).status, 403);
        }
        await run(at, [{ do: 'remove', key: 'k/film.mp4' }]);
    }

    const [tag, again, old, missing] = await run(place, [
        { do: 'put', key: 'c', text: '1', isNew: true },
        { do: 'put', key: 'c', text: '2', isNew: true },
        { do: 'put', key: 'c', text: '2', etag: '"00000000000000000000000000000000"' },
        { do: 'put', key: 'd', text: '2', etag: '"00000000000000000000000000000000"' },
    ]);
    t.is(tag, tagOf('1'));
    for (const refused of [again, old, missing]) t.like(refused, { code: 'CONFLICT' });
    t.deepEqual(await run(place, [{ do: 'put', key: 'c', text: '3', etag: tag }]), [tagOf('3')]);

    const all = [
        { do: 'put', key: 'x', text: 'x' },
        { do: 'get', key: 'x' },
        { do: 'list', key: 'x' },
    ];
    for (const wrong of [{ ...keys, secretAccessKey: 'x' }, { ...keys, accessKeyId: 'x' }]) {
        for (const refused of await run({ ...place, keys: wrong }, [...all, { do: 'head', key: 'x' }])) t.like(refused, { code: 'DENIED', again: false });
    }
    for (const refused of await run({ ...place, bucket: 'none' }, all)) t.like(refused, { code: 'NO_BUCKET', again: false });
    for (const ahead of [3_600_000, -3_600_000]) {
        t.deepEqual(await run({ ...place, ahead }, [{ do: 'put', key: 'x', text: 'x' }]), [tagOf('x')]);
        t.deepEqual(await run({ ...place, ahead }, [{ do: 'head', key: 'x' }]), [{ bytes: 1, etag: tagOf('x') }]);
    }
    t.like((await run({ ...place, endpoint: gateway.https }, [{ do: 'get', key: 'x' }]))[0], { code: 'TLS', again: false });

    gateway.admin('quota', 'set', '--quota-scope=user', '--uid=cam', '--max-size=1K');
    gateway.admin('quota', 'enable', '--quota-scope=user', '--uid=cam');
    t.like((await run(place, [{ do: 'file', key: 'x', text: 'film.mp4' }]))[0], { code: 'FULL', again: true });
    gateway.admin('user', 'suspend', '--uid=cam');
    t.like((await run(place, [{ do: 'get', key: 'x' }]))[0], { code: 'DENIED', again: false });
});

test.serial('`ocellus cloud` and releases in a bucket of radosgw', async (t) => {
    const gateway = await startRadosgw(t);
    await gateway.makeBucket('film');
    const port = Number(new URL(gateway.https).port);
    const ca = path.join(gateway.folder, 'cert.pem');
    const s3 = new S3({ endpoint: `https://127.0.0.1:${port}`, region: 'us-east-1', bucket: 'film', pathStyle: true, keys: () => keys, now: Date.now, ca: readFileSync(ca, 'utf8') });
    const objects = new Map();
    const camera = new Camera(objects);
    const first = Math.floor(Date.now() / 86_400_000) * 86_400_000 - 86_400_000;
    camera.record(first + 3_600_000, 300);
    camera.write();
    await Promise.all([...objects].map(([key, { bytes }]) => s3.put(key, bytes, { type: 'video/mp4' })));
    const folder = emptyFolder(t);
    const place = ['--endpoint', gateway.https, '--ca', ca, '--path-style'];
    const secrets = { AWS_ACCESS_KEY_ID: keys.accessKeyId, AWS_SECRET_ACCESS_KEY: keys.secretAccessKey, AWS_SESSION_TOKEN: '' };
    const tool = async (/** @type {string[]} */ ...words) => {
        const { code, out, err } = await ocellus(folder, ['cloud', ...words, ...place, '--bucket', 'film', '--prefix', 'home', '--json'], secrets);
        t.deepEqual([code, err], [0, ''], words.join(' '));
        return JSON.parse(out.split('\n').pop() ?? '');
    };
    t.deepEqual(await tool('ls'), { device: 'cam 1' });
    t.like((await tool('verify')).verified, { segments: 300, findings: 0, unnamed: 0 });
    await tool('get', 'cam 1', 'front', '--from', String(first), '-o', 'all.mp4');
    t.is(trackOf(readMp4(path.join(folder, 'all.mp4')), 'video').samples.length, 300 * 20);
    t.deepEqual(await tool('cors', '--origin', 'https://cam.example', '--put'), { rules: 1 });
    t.deepEqual(await tool('cors', '--origin', 'https://other.example', '--put'), { rules: 1 });
    const preflight = { method: 'OPTIONS', headers: { origin: 'https://other.example', 'access-control-request-method': 'GET', 'access-control-request-headers': 'range' } };
    t.is((await fetch(`${gateway.http}/film/x`, preflight)).headers.get('access-control-allow-origin'), 'https://other.example');
    t.like(await tool('rm', 'cam 1', 'front', '--before', new Date(first + 86_400_000).toISOString().slice(0, 10), '--yes'), { deleted: true, objects: objects.size - 1 });
    t.deepEqual([...(await s3.all('')).objects.keys()], [`${camera.root}device.json`]);

    await works(t, folder, 'keys new --out k.pem --no-passphrase');
    for (const version of ['1.0.0', '1.1.0']) {
        await ocellus(folder, ['bundle', 'build', '--app', appArchive, '--version', version, '--key', 'k.pem', '--out', `${version}.ocb`]);
        const published = await ocellus(folder, ['publish', `${version}.ocb`, '--dir', 's3://film/door', '--key', 'k.pem', '--json', ...place], secrets);
        t.is(published.code, 0, published.err);
    }
    const { etag } = /** @type {{ etag: string }} */ (await s3.load('door/index.json'));
    await t.throwsAsync(s3.put('door/index.json', Buffer.from('{}'), { type: 'application/json', etag: '"00000000000000000000000000000000"' }), { message: /HTTP 412/ });
    await t.throwsAsync(s3.put('door/index.json', Buffer.from('{}'), { type: 'application/json', isNew: true }), { message: /HTTP 412/ });
    t.is((await s3.load('door/index.json'))?.etag, etag);
});
