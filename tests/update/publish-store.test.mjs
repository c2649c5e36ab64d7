// `ocellus publish --dir s3://…`: releases in a bucket. Two who publish at the same time lose nothing of each other.
import { copyFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { serve } from '../e2e/store-orders.mjs';
import { S3Stub } from '../engine/s3-stub.mjs';
import { appArchive, emptyFolder, ocellus, works } from './tools.mjs';

const secrets = { AWS_ACCESS_KEY_ID: 'STUBKEY', AWS_SECRET_ACCESS_KEY: 'stub/secret+key', AWS_SESSION_TOKEN: '' };

/** A folder with a key and three bundles, and a store. @param {import('ava').ExecutionContext} t */
async function world(t) {
    const folder = emptyFolder(t);
    copyFileSync(appArchive, path.join(folder, 'app.xsa'));
    await works(t, folder, 'keys new --out k.pem --no-passphrase');
    for (const version of ['1.0.0', '1.1.0', '1.2.0']) await works(t, folder, `bundle build --app app.xsa --version ${version} --key k.pem --out ${version}.ocb`);
    const store = new S3Stub();
    const objects = /** @type {Map<string, { bytes: Buffer, type: string, cacheControl: string | undefined }>} */ (store.buckets.get('film'));
    const port = await serve(t, (request, reply) => store.serve(request, reply));
    const place = `--dir s3://film/door/updates --endpoint http://127.0.0.1:${port} --path-style`;
    /** @param {string} words @returns {Promise<any>} */
    const publish = async (words) => JSON.parse(await works(t, folder, `publish ${words} ${place} --json`, secrets));
    return { folder, store, objects, place, publish };
}

test.serial('bundles with names that never come again, the index last; the same commands as in a folder', async (t) => {
    const { folder, store, objects, place, publish } = await world(t);
    /** @type {string[]} */
    const writes = [];
    store.watch = (method, key) => void (method === 'PUT' && writes.push(key));
    const one = await publish('1.0.0.ocb --key k.pem --percent 10');
    t.is(one.version, 1);
    t.regex(writes.join(' '), /^door\/updates\/camera-1\.0\.0-[0-9a-f]{16}\.ocb door\/updates\/index\.json$/);
    const bundle = objects.get(writes[0] ?? '');
    t.deepEqual(bundle?.bytes, readFileSync(path.join(folder, '1.0.0.ocb')));
    t.deepEqual([bundle?.type, bundle?.cacheControl], ['application/octet-stream', 'max-age=31536000, immutable']);
    const index = objects.get('door/updates/index.json');
    t.deepEqual([index?.type, index?.cacheControl], ['application/json', 'no-cache']);
    t.is((await publish('percent 1.0.0 50 --key k.pem')).releases[0].rollout.percent, 50);
    t.is((await publish('pause 1.0.0 --key k.pem')).releases[0].rollout.paused, true);
    t.is((await publish('status --trust k.pem.pub')).version, 3);
    await works(t, folder, 'publish 1.0.0.ocb --dir site --key k.pem');
    t.is((await ocellus(folder, `publish status --dir site --trust k.pem.pub`.split(' '))).code, 0, 'a folder is one as before');

    store.faults.push('none', 'none', 'reset', 'none', 'reset');
    t.is((await publish('1.1.0.ocb --key k.pem')).version, 4, 'a store may need a moment');
    /** @type {readonly [string, Record<string, string>, number, RegExp][]} */
    const mistakes = [
        [`publish 1.1.0.ocb --key k.pem ${place}`, secrets, 1, /^ocellus publish: 1\.1\.0 is published already/],
        [`publish refresh --key k.pem ${place}`, { ...secrets, AWS_SECRET_ACCESS_KEY: '' }, 1, /^ocellus publish: AWS_SECRET_ACCESS_KEY is missing in the environment/],
        [`publish refresh --key k.pem --dir s3://none/x ${place.replace(/^\S+ \S+/, '')}`, secrets, 1, /NoSuchBucket/],
        ['publish refresh --key k.pem --dir s3://film/x', secrets, 2, /^ocellus publish: --endpoint is missing; see/],
        [`publish refresh --key k.pem --dir s3://film/x ${place.replace(/^\S+ \S+/, '')}`, secrets, 1, /^ocellus publish: s3:\/\/film\/x: no index\.json: publish a bundle first$/],
        ['publish refresh --key k.pem --dir s3://F/x --endpoint http://a', secrets, 2, /^ocellus publish: a bucket has 3 to 63/],
        ['publish refresh --key k.pem --dir s3://film/../x --endpoint http://a', secrets, 2, /^ocellus publish: --dir: a prefix has parts/],
        ['publish refresh --key k.pem --dir https://a/x', secrets, 2, /^ocellus publish: --dir: "https:\/\/a\/x" is not allowed: a folder, or s3:\/\/BUCKET\/PREFIX; see/],
    ];
    for (const [line, env, code, text] of mistakes) {
        const result = await ocellus(folder, line.split(' ').filter(Boolean), env);
        t.is(result.code, code, `${line}: ${result.err}`);
        t.regex(result.err, text);
        t.is(result.err.split('\n').length, 1, line);
        t.false(/stub\/secret|STUBKEY/.test(result.err), result.err);
    }
});

test.serial('a store that takes no conditions, or wants checksums, has releases too; a page of somebody else is none', async (t) => {
    const { folder, store, objects, place, publish } = await world(t);
    const key = 'door/updates/index.json';
    for (const [kind, version] of /** @type {[string, string][]} */ ([['plain', '1.0.0'], ['md5', '1.1.0'], ['untagged', '1.2.0']])) {
        store.kind = kind;
        t.true((await publish(`${version}.ocb --key k.pem`)).releases.some((/** @type {any} */ one) => one.version === version), kind);
    }
    store.kind = 'plain';
    const again = await ocellus(folder, `publish 1.2.0.ocb --key k.pem ${place}`.split(' '), secrets);
    t.regex(again.err, /1\.2\.0 is published already/);
    store.kind = '';
    const before = objects.get(key);
    store.notice = ({ method }) => void (method === 'PUT' && store.faults.push('page/200'));
    const page = await ocellus(folder, `publish percent 1.2.0 10 --key k.pem ${place}`.split(' '), secrets);
    t.is(page.code, 1);
    t.regex(page.err, /this is no answer of a store: is a sign-in page or a proxy between\?$/);
    t.is(objects.get(key), before);
});

test.serial('two at the same time: both releases are in the index; a reply that is lost is no other one', async (t) => {
    const { folder, store, objects, place, publish } = await world(t);
    const key = 'door/updates/index.json';
    await publish('1.0.0.ocb --key k.pem');
    const before = /** @type {{ bytes: Buffer }} */ (objects.get(key)).bytes;
    await publish('1.1.0.ocb --key k.pem');
    // the other one published 1.1.0 between our look at the index and our write
    const theirs = /** @type {any} */ (objects.get(key));
    objects.set(key, { ...theirs, bytes: before, etag: '"00000000000000000000000000000000"' });
    let looks = 0;
    store.watch = (method, at) => {
        if (method === 'GET' && at === key) looks++;
        if (method === 'PUT' && at === key && looks === 1) objects.set(key, theirs);
    };
    const both = await publish('1.2.0.ocb --key k.pem');
    t.deepEqual(both.releases.map((/** @type {{ version: string }} */ { version }) => version), ['1.2.0', '1.1.0', '1.0.0']);
    t.deepEqual([both.version, looks >= 2], [3, true]);

    // written, and the connection broke before the reply: the second try meets its own index
    store.watch = () => {};
    store.lose = (method, at) => method === 'PUT' && at === key;
    const after = await publish('pause 1.2.0 --key k.pem');
    t.deepEqual([after.version, after.releases[0].rollout.paused], [4, true]);
    store.lose = () => false;
    t.is((await publish('status --trust k.pem.pub')).version, 4);

    store.watch = (method, at) => {
        if (method === 'PUT' && at === key) objects.set(key, { .../** @type {any} */ (objects.get(key)), etag: `"${Math.random()}"` });
    };
    const given = await ocellus(folder, `publish refresh --key k.pem ${place}`.split(' '), secrets);
    t.deepEqual([given.code, given.err], [1, 'ocellus publish: s3://film/door/updates/index.json: others change it all the time; try again']);
});
