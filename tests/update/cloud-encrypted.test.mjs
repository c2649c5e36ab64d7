// `ocellus cloud` and encrypted footage: keys are made, what they open is read, and what nobody here opens is named.
import { spawn } from 'node:child_process';
import { createCipheriv, createECDH, createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { readKeyObject } from '../../tools/cloud/content-key.mjs';
import { at, day, iso, next, secrets, twoDays, world } from './cloud-world.mjs';
import { encrypt, hpkeSeal, readerId } from './encrypted-store.mjs';
import { holes } from './footage.mjs';
import { ocellus } from './tools.mjs';

/** @typedef {ReturnType<typeof import('./encrypted-store.mjs').contentKey>} ContentKey */

const span = ['cam 1', 'front', '--from', iso(at(13)), '--to', iso(at(48))];

/** @param {string} text */
const pointOf = (text) => Buffer.from(text, 'base64url');

/** A store with encrypted footage of two days, the same as a plain MP4, and two key files. @param {import('ava').ExecutionContext} t @param {{ proofs?: boolean }} [options] proofs false: as of before there were any */
async function sealed(t, options = {}) {
    const all = await world(t);
    all.store.page = 1000;
    const camera = twoDays(all.objects);
    await all.lines('get', ...span, '-o', 'plain.mp4');
    const points = [];
    for (const name of ['owner', 'recovery', 'stranger']) {
        const { code, out } = await ocellus(all.folder, ['cloud', 'key', '--out', name, '--json']);
        t.is(code, 0);
        points.push(JSON.parse(out));
    }
    const [owner, recovery, stranger] = points;
    const recipients = [owner, recovery].map((one) => pointOf(one.public));
    const keys = encrypt(all.objects, recipients, options);
    const read = (/** @type {string} */ file) => readFileSync(path.join(all.folder, file));
    return { ...all, camera, owner, recovery, stranger, recipients, keys, read };
}

test.serial('key: a pair for the camera and its owner; nothing is overwritten, nothing secret is printed', async (t) => {
    const { folder } = await world(t);
    const tool = (/** @type {string[]} */ ...words) => ocellus(folder, ['cloud', 'key', ...words]);
    const file = path.join(folder, 'mine.pem');
    const made = await tool('--out', 'mine.pem');
    t.is(made.code, 0);
    t.is(statSync(file).mode & 0o777, 0o600);
    const pem = readFileSync(file, 'utf8');
    t.regex(pem, /^-----BEGIN PRIVATE KEY-----\n/);
    const [first = '', second = ''] = made.out.split('\n');
    const text = /^cloud\.encryptFor: ([A-Za-z0-9_-]{87})$/.exec(second)?.[1] ?? '';
    t.is(pointOf(text).length, 65);
    const id = createHash('sha256').update(pointOf(text)).digest('hex').slice(0, 16);
    t.regex(first, new RegExp(`^mine\\.pem: private key ${id}; keep a copy: `));
    const jwk = createPrivateKey(pem).export({ format: 'jwk' });
    t.is(pointOf(text).subarray(1, 33).toString('base64url'), jwk.x);
    t.false(made.out.includes(String(jwk.d)));
    t.deepEqual(JSON.parse((await tool('--public', 'mine.pem', '--json')).out), { file: 'mine.pem', id, public: text });
    t.is((await tool('--public', 'mine.pem')).out, `mine.pem: private key ${id}\ncloud.encryptFor: ${text}`);
    t.deepEqual(await tool('--out', 'mine.pem'), { code: 1, out: '', err: 'ocellus cloud: mine.pem is there already: nothing is overwritten' });
    t.is(readFileSync(file, 'utf8'), pem);
    const other = generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).privateKey.export({ type: 'pkcs8', format: 'pem' });
    writeFileSync(path.join(folder, 'p384'), other);
    writeFileSync(path.join(folder, 'none'), 'none');
    for (const [words, code, line] of /** @type {[string[], number, RegExp][]} */ ([
        [[], 2, /give --out FILE for a new key, or --public FILE/],
        [['--out', 'a', '--public', 'mine.pem'], 2, /give --out FILE/],
        [['--public', 'none'], 1, /none: no private key in PEM/],
        [['--public', 'nowhere'], 1, /nowhere: cannot be read: ENOENT$/],
        [['--public', 'p384'], 1, /p384: not a key of the curve P-256$/],
    ])) {
        const result = await tool(...words);
        t.is(result.code, code, result.err);
        t.regex(result.err, line);
    }
});

test.serial('get: each of two keys gives the bytes that plain footage gives; without one the line says which would do', async (t) => {
    const { objects, folder, tool, lines, owner, recovery, stranger, read } = await sealed(t);
    for (const [name, { bytes }] of objects) {
        if (!/\.(?:json|m3u8)$/.test(name)) t.false(/moof|ftyp|mdat/.test(bytes.toString('latin1')), name);
    }
    for (const file of ['owner', 'recovery']) {
        await lines('get', ...span, '-o', `${file}.mp4`, '--key', 'stranger', '--key', file);
        t.deepEqual(read(`${file}.mp4`), read('plain.mp4'));
    }
    const named = await tool('get', [...span, '-o', 'named.mp4'], { ...secrets, OCELLUS_CLOUD_KEY: path.join(folder, 'recovery') });
    t.is(named.code, 0, named.err);
    t.deepEqual(read('named.mp4'), read('plain.mp4'));

    const ids = `${owner.id} or ${recovery.id}`;
    const without = await tool('get', [...span, '-o', 'x.mp4']);
    t.deepEqual([without.code, without.err], [1, `ocellus cloud: home/cam=201/front/${day}: is encrypted: give --key FILE with the private key ${ids}`]);
    const wrong = await tool('get', [...span, '-o', 'x.mp4', '--key', 'stranger']);
    t.deepEqual([wrong.code, wrong.err], [1, `ocellus cloud: home/cam=201/front/${day}: is encrypted for other keys than ${stranger.id}: give --key FILE with the private key ${ids}`]);
    writeFileSync(path.join(folder, 'open'), read('owner'));
    chmodSync(path.join(folder, 'open'), 0o640);
    writeFileSync(path.join(folder, 'locked'), createPrivateKey(read('owner')).export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' }), { mode: 0o600 });
    writeFileSync(path.join(folder, 'public'), createPublicKey(read('owner')).export({ type: 'spki', format: 'pem' }), { mode: 0o600 });
    for (const [file, line] of /** @type {[string, RegExp][]} */ ([
        ['open', /open: others can read it: chmod 600 open$/],
        ['locked', /locked: is encrypted with a passphrase; /],
        ['public', /public: no private key in PEM$/],
        ['nowhere', /nowhere: cannot be read: ENOENT$/],
    ])) {
        const result = await tool('get', [...span, '-o', 'x.mp4', '--key', file]);
        t.is(result.code, 1);
        t.regex(result.err, line);
        t.is(result.err.split('\n').length, 1);
    }
    t.deepEqual(readdirSync(folder).filter((name) => name.startsWith('x')), []);
});

test.serial('[A8] get --pictures: pictures of events, with the clip or alone, by a key that fits; one line for another', async (t) => {
    const { objects, folder, tool, lines, rows, owner, recovery, stranger } = await sealed(t);
    const shots = [...objects].filter(([name]) => name.endsWith('.jpg'));
    t.is(shots.length, 2);
    for (const [name, { bytes }] of shots) {
        t.regex(name, /\/event-\d-[0-9a-f]{16}\.jpg$/);
        t.not(bytes.toString('hex', 0, 2), 'ffd8', name);
    }
    const [first, second] = [`${day}_event-7.jpg`, `${next}_event-8.jpg`];
    const shown = (/** @type {string} */ into) => readdirSync(path.join(folder, into)).sort().map((name) => [name, readFileSync(path.join(folder, into, name)).toString('latin1')]);
    const expected = [[first, '\xff\xd8picture of 7'], [second, '\xff\xd8picture of 8']];
    t.deepEqual(await lines('get', ...span, '--pictures', 'shots', '--key', 'recovery'), ['shots: 2 pictures of events']);
    t.deepEqual(shown('shots'), expected);
    t.is(statSync(path.join(folder, 'shots', first)).mode & 0o777, 0o600);
    const both = await rows('get', ...span, '--pictures', 'shots', '-o', 'both.mp4', '--key', 'owner');
    t.like(both.at(0), { event: 'pictures', folder: 'shots', pictures: 2 });
    t.like(both.at(-1), { event: 'exported', file: 'both.mp4' });
    t.deepEqual(await lines('get', ...span.slice(0, 3), iso(at(20)), '--pictures', 'late', '--key', 'owner'), ['late: 1 pictures of events']);
    t.deepEqual(shown('late'), expected.slice(1));
    for (const [words, text] of /** @type {[string[], string][]} */ ([[[], 'is encrypted'], [['--key', 'stranger'], `is encrypted for other keys than ${stranger.id}`]])) {
        const { code, out, err } = await tool('get', [...span, '--pictures', 'none', ...words]);
        t.deepEqual([code, out, err], [1, '', `ocellus cloud: home/cam=201/front/${day}: ${text}: give --key FILE with the private key ${owner.id} or ${recovery.id}`]);
    }
    t.false(existsSync(path.join(folder, 'none')));
    const [name = '', { bytes } = { bytes: Buffer.alloc(0) }] = shots[0] ?? [];
    objects.set(name, { bytes: Buffer.from(bytes).fill(7), etag: '"x"', type: '', cacheControl: undefined });
    objects.delete(shots[1]?.[0] ?? '');
    rmSync(path.join(folder, 'shots'), { recursive: true });
    const gone = await tool('get', [...span, '--pictures', 'shots', '--key', 'owner']);
    t.is(gone.code, 1);
    t.regex(gone.err, /^ocellus cloud: \S+event-\d-\w{16}\.jpg: (?:changed: it has other bytes than the camera wrote|the index names it, and it is not there)$/);
    const plain = await world(t);
    twoDays(plain.objects);
    await plain.lines('get', ...span, '--pictures', 'shots');
    t.is(readFileSync(path.join(plain.folder, 'shots', second)).toString('latin1'), '\xff\xd8picture of 8');
    t.is((await plain.tool('get', span)).code, 2, 'neither -o nor --pictures');
});

test.serial('a recording that goes on under other keys, and plain ones beside it', async (t) => {
    const { objects, rows, tool, folder, recipients, owner, read } = await sealed(t);
    objects.clear();
    const camera = twoDays(objects);
    const third = camera.segments[2]?.offset ?? 0;
    const second = camera.segments[6]?.offset ?? 0;
    const [one, both] = [recipients.slice(0, 1), recipients];
    // the first recording goes from plain to two recipients, the second from one recipient to plain
    const stems = [...new Set(camera.segments.map(({ stem }) => stem))];
    encrypt(objects, both, { since: (stem, offset) => (stem === stems[0] ? (offset < third ? [] : both) : stem === stems[1] ? (offset < second ? one : []) : both) });
    t.regex(String(objects.get(`${camera.folderOf(at(13))}13.json`)?.bytes), /"version":3,.*"keys":\[\[2,"[0-9a-f]{16}"\],\[5,"[0-9a-f]{16}"\],\[6,""\]\]/);
    t.regex((await tool('get', [...span, '-o', 'mixed.mp4', '--key', 'owner'])).err, /: 4 objects are not encrypted: not proven to be what the camera sent; --allow-unauthenticated takes them$/);
    const allowed = ['--allow-unauthenticated', '--key'];
    const taken = await tool('get', [...span, '-o', 'mixed.mp4', ...allowed, 'owner']);
    t.deepEqual([taken.code, taken.err], [0, 'ocellus cloud: not proven: 4 objects are not encrypted']);
    t.deepEqual(read('mixed.mp4'), read('plain.mp4'));
    const [{ verified }] = await rows('verify', ...allowed, 'owner');
    t.like(verified, { findings: 0, unnamed: 0, encrypted: 12 });
    t.is((await tool('get', ['cam 1', 'front', '--from', iso(at(13)), '--to', iso(at(13, 5000)), '-o', 'start.mp4'])).code, 0, 'the plain beginning needs no key');
    const recovery = await rows('verify', 'cam 1', 'front', next, '--key', 'recovery');
    t.like(recovery[0].verified, { findings: 0, encrypted: 6 });
    const { code, out } = await tool('verify', [...allowed, 'recovery']);
    t.is(code, 1);
    t.regex(out, new RegExp(`\\.key\\.json: is for ${owner.id}, for none of the keys that were given\n`));
    t.true(existsSync(path.join(folder, 'start.mp4')));
});

test.serial('ls says which hours are encrypted; verify without a key checks sizes, with one the content', async (t) => {
    const { objects, camera, rows, lines, tool, keys } = await sealed(t, { proofs: false });
    t.deepEqual((await rows('ls', 'cam 1', 'front', day)).map(({ hour, encrypted }) => [hour, encrypted]), [[`${day}T13Z`, true], [`${day}T23Z`, true]]);
    t.regex((await lines('ls', 'cam 1', 'front', day))[0] ?? '', /T13Z .* encrypted$/);
    t.like((await rows('verify'))[0].verified, { segments: 16, encrypted: 16, decrypted: 0, unnamed: 0, findings: 0 });
    t.is((await rows('verify', '--key', 'recovery', '--allow-unauthenticated'))[0].verified.decrypted, 16 + 5 + 2, 'segments, init segments and pictures');
    t.regex((await lines('verify')).join('\n'), /\n16 segments are encrypted; with --key they are read too$/);

    const stored = new Map(objects);
    const folder = camera.folderOf(at(13));
    const names = [...objects.keys()].filter((key) => key.startsWith(folder));
    const find = (/** @type {RegExp} */ shape) => /** @type {string} */ (names.find((name) => shape.test(name)));
    const [segment, init, object, list, picture] = [find(/\.m4s$/), find(/-init\.mp4$/), find(/\.key\.json$/), `${folder}13.m3u8`, find(/\.jpg$/)];
    const { key } = /** @type {ContentKey} */ ([...keys.values()].find(({ id }) => object.includes(id)));
    const put = (/** @type {string} */ name, /** @type {Buffer | string} */ bytes) => camera.put(name, bytes);
    const bytesOf = (/** @type {string} */ name) => /** @type {import('./footage.mjs').Stored} */ (stored.get(name)).bytes;
    const replaced = (/** @type {string} */ name, /** @type {string | RegExp} */ from, /** @type {string} */ to) => () => {
        t.not(String(bytesOf(name)).replace(from, to), String(bytesOf(name)));
        put(name, String(bytesOf(name)).replace(from, to));
    };
    /** Its own size, but garbage inside of the right padding. */
    const garbage = () => {
        const cipher = createCipheriv('aes-128-cbc', key, randomBytes(16));
        put(segment, Buffer.concat([cipher.update(Buffer.alloc(bytesOf(segment).length - 16, 9)), cipher.final()]));
    };
    /** @type {readonly [string, () => unknown, RegExp[], RegExp[]][]} what changes, what is found without a key, and with one */
    const table = [
        ['a segment is plain', () => put(segment, Buffer.alloc(camera.segments[0]?.bytes ?? 0)), [/\.m4s: has \d+ bytes, in the index \d+, encrypted$/], [/in the index/, /\.m4s: (?:has \d+ bytes, which no encrypted object has|cannot be decrypted)/]],
        ['a segment is of another key', () => put(segment, randomBytes(bytesOf(segment).length)), [], [/\.m4s: (?:cannot be decrypted with the key of its day|has \d+ bytes, decrypted|has )/]],
        ['garbage was encrypted', garbage, [], [/\.m4s: (?:has a box that is longer|has \d+ bytes, decrypted|has no moof|ends inside)/]],
        ['a changed block of an init segment', () => put(init, Buffer.concat([randomBytes(64), bytesOf(init).subarray(64)])), [], [/-init\.mp4: (?:has|ends)/]],
        ['a picture is plain', () => put(picture, Buffer.from([0xff, 0xd8, 1])), [], [/event-7-\w{16}\.jpg: has 3 bytes, which no encrypted object has$/]],
        ['a picture of another name', () => put(picture, bytesOf(init)), [], [/event-7-\w{16}\.jpg: is no JPEG$/]],
        ['no picture', () => objects.delete(picture), [/event-7-\w{16}\.jpg: is not there, and an index names it$/], [/event-7-\w{16}\.jpg: is not there/]],
        ['no key object', () => objects.delete(object), [/\.key\.json: is not there$/, /event-7\.m3u8: names \w+\.key\.json, which is not there/, /event-8\.m3u8: names/], [/\.key\.json: is not there$/, /event-7/, /event-8/]],
        ['a key object is damaged', replaced(object, '"version":1', '"version":2'), [/\.key\.json: has version 2, not 1$/], [/\.key\.json: has version 2, not 1$/]],
        ['a playlist without keys', replaced(list, /#EXT-X-KEY.*\n/g, ''), [/13\.m3u8: \S+: with \S+-init\.mp4$/], [/13\.m3u8: /]],
        ['a playlist with another key', replaced(list, /[0-9a-f]{16}\.key\.json/g, '0123456789abcdef.key.json'), [/13\.m3u8: \S+: with \S+$/], [/13\.m3u8: /]],
        ['a playlist with a wrong IV of a segment', replaced(list, /IV=0x\w{32}(?=\n#EXTINF)/, `IV=0x${'0'.repeat(32)}`), [], [/13\.m3u8: \S+\.m4s: with another IV than its name gives$/]],
        ['a playlist with a wrong IV of an init segment', replaced(list, /IV=0x\w{32}(?=\n#EXT-X-MAP)/, `IV=0x${'0'.repeat(32)}`), [], [/13\.m3u8: \S+-init\.mp4: with another IV than its name gives$/]],
        ['a key of another kind', replaced(list, 'METHOD=AES-128', 'METHOD=SAMPLE-AES'), [/13\.m3u8: has a key that is none$/], [/13\.m3u8: has a key that is none$/]],
        ['an index with another key', replaced(`${folder}13.json`, /"keys":\[\[0,"\w+"\]\]/, '"keys":[[0,"0123456789abcdef"]]'), [/0123456789abcdef\.key\.json: is not there$/, /13\.m3u8: /, /init\.mp4: is not there/, /init\.mp4: is not there/, /day\.m3u8: /], [/\.key\.json: is not there$/, /13\.m3u8: /, /init\.mp4: is not there/, /init\.mp4: is not there/, /day\.m3u8: /]],
        ['an index without keys', replaced(`${folder}13.json`, /,"keys":\[\[0,"\w+"\]\]/, ''), [/13\.json: has no list/, /day\.json: names the hour 13/, /day\.m3u8: /], [/13\.json: has no list/, /day\.json: /, /day\.m3u8: /]],
    ];
    for (const [what, change, ...expected] of table) {
        for (const [words, patterns] of /** @type {[string[], RegExp[]][]} */ ([[[], expected[0]], [['--key', 'owner', '--allow-unauthenticated'], expected[1]]])) {
            change();
            const { code, out, err } = await tool('verify', ['cam 1', ...words]);
            const found = out.split('\n').filter((line) => line.startsWith('home/'));
            t.deepEqual([code, err], [patterns.length > 0 ? 1 : 0, ''], `${what}: ${out}`);
            t.is(found.length, patterns.length, `${what} ${words}: ${out}`);
            for (const pattern of patterns) t.true(found.some((line) => pattern.test(line)), `${what}: ${pattern}: ${out}`);
            objects.clear();
            for (const [name, value] of stored) objects.set(name, value);
        }
    }
});

test.serial('key objects of anybody are read with care, and open nothing that is not theirs', async (t) => {
    const { objects, camera, tool, recipients, keys, owner, folder } = await sealed(t);
    const dayFolder = camera.folderOf(at(13));
    const name = /** @type {string} */ ([...objects.keys()].find((key) => key.startsWith(dayFolder) && key.endsWith('.key.json')));
    const { object, id, key } = /** @type {ContentKey} */ ([...keys.values()].find((one) => name.includes(one.id)));
    const place = `cam=201/front/${day}`;
    const [wrap] = object.wraps;
    const text = JSON.stringify(object);
    /** @param {unknown} value */
    const bytes = (value) => Buffer.from(JSON.stringify(value));
    t.is(readKeyObject(Buffer.from(text), id).length, 2);
    const hostile = [
        '', 'null', '[]', '7', '"x"', '{', '{"version":1}', `${'['.repeat(5000)}`,
        ...[0, 17, 5000].map((count) => JSON.stringify({ ...object, wraps: Array(count).fill(wrap) })),
        ...[{ version: '1' }, { version: 2 }, { id: id.toUpperCase() }, { id: 7 }, { wraps: {} }, { wraps: [null] }, { wraps: [7] }, { wraps: [[]] }].map((change) => JSON.stringify({ ...object, ...change })),
        ...[
            { for: 7 }, { for: '../x' }, { for: owner.id.toUpperCase() }, { enc: '' }, { enc: 7 }, { enc: `${wrap?.enc}A` }, { enc: `${wrap?.enc.slice(0, -1)}=` }, { enc: wrap?.enc.slice(1) },
            { enc: 'é'.repeat(87) }, { ct: '' }, { ct: `${wrap?.ct}=` }, { ct: wrap?.enc }, { ct: null }, { enc: { length: 87 } }, { ct: 'A'.repeat(1_000_000) },
        ].map((change) => JSON.stringify({ ...object, wraps: [{ ...wrap, ...change }] })),
    ];
    for (const one of hostile) {
        const error = t.throws(() => readKeyObject(Buffer.from(one), id), undefined, one.slice(0, 100));
        t.is(error?.constructor.name, 'Damaged', `${one.slice(0, 100)}: ${error?.stack}`);
        t.true((error?.message.length ?? 0) < 100);
    }
    // each byte of a good one changed: it is refused, or reads as something that is well formed
    let refused = 0;
    for (let place = 0; place < text.length; place++) {
        const changed = Buffer.from(text);
        changed[place] = (changed[place] ?? 0) ^ (1 << (place % 7));
        try {
            readKeyObject(changed, id);
        } catch (error) {
            refused++;
            t.is(/** @type {Error} */ (error).constructor.name, 'Damaged');
        }
    }
    t.true(refused > 100);

    const good = /** @type {Buffer} */ (recipients[0]);
    const b64 = (/** @type {Buffer} */ part) => part.toString('base64url');
    const wrapOf = (/** @type {{ enc: Buffer, ct: Buffer }} */ { enc, ct }) => ({ ...object, wraps: [{ for: readerId(good), enc: b64(enc), ct: b64(ct) }] });
    const off = Buffer.alloc(65, 5);
    off[0] = 4;
    const point = createECDH('prime256v1').generateKeys();
    const damaged = /\.key\.json: has a wrap for this key that it does not open$/;
    /** @type {readonly [string, Buffer, RegExp][]} */
    const table = [
        ['a point that is not on the curve', bytes(wrapOf({ enc: off, ct: Buffer.alloc(32) })), damaged],
        ['a point of zeros', bytes(wrapOf({ enc: Buffer.alloc(65), ct: Buffer.alloc(32) })), damaged],
        ['another tag', bytes(wrapOf({ enc: point, ct: Buffer.alloc(32) })), damaged],
        ['a wrap of another day', bytes(wrapOf(hpkeSeal(good, 'ocellus cloud wrap 1', `cam=201/front/${next}/${id}`, key))), damaged],
        ['a wrap of another use', bytes(wrapOf(hpkeSeal(good, 'ocellus cloud wrap 2', `${place}/${id}`, key))), damaged],
        ['another key under this id', bytes(wrapOf(hpkeSeal(good, 'ocellus cloud wrap 1', `${place}/${id}`, Buffer.alloc(16)))), damaged],
        ['larger than any', Buffer.concat([Buffer.from(text), Buffer.alloc(20_000, ' ')]), /\.key\.json: more than 16384 bytes$/],
        ['thousands of wraps', bytes({ ...object, wraps: Array(5000).fill(wrap) }), /\.key\.json: more than 16384 bytes$/],
    ];
    for (const [what, value, line] of table) {
        camera.put(name, value);
        const result = await tool('get', [...span, '-o', 'x.mp4', '--key', 'owner']);
        t.is(result.code, 1, what);
        t.regex(result.err, line, what);
        t.is(result.err.split('\n').length, 1, what);
    }
    camera.put(name, bytes({ ...object, wraps: [{ ...wrap, ct: b64(Buffer.alloc(32)) }, wrap] }));
    t.is((await tool('get', [...span, '-o', 'second.mp4', '--key', 'owner'])).code, 0, 'a damaged wrap beside a good one does no harm');
    t.deepEqual(readdirSync(folder).filter((one) => one.startsWith('x')), []);
});

test.serial('rm: a playlist over midnight keeps the keys of what stays', async (t) => {
    const { store, objects, rows, camera, read } = await sealed(t);
    t.deepEqual(holes(objects), []);
    store.watch = () => t.deepEqual(holes(objects), []);
    await rows('rm', 'cam 1', 'front', '--before', next, '--yes');
    store.watch = () => {};
    const event = String(objects.get(`${camera.folderOf(at(24))}event-8.m3u8`)?.bytes);
    t.false(event.includes(`../${day}/`), event);
    t.regex(event, /SEGMENTS\n#EXT-X-DATERANGE\S+\n#EXT-X-KEY:METHOD=AES-128,URI="(\w{16})\.key\.json",IV=0x\w{32}\n#EXT-X-MAP:URI="\S+-\1-init\.mp4"\n#EXT-X-PROGRAM-DATE-TIME:\S+T00:00:00\.000Z\n#EXT-X-KEY:\S+\n#EXTINF/);
    t.like((await rows('verify', '--key', 'owner'))[0].verified, { findings: 0, unnamed: 0, segments: 6 });
    t.true(read('owner').length > 0);
});

/** `ocellus cloud` as a process of its own. @param {string} folder @param {string[]} words */
function start(folder, words) {
    const child = spawn(process.execPath, [path.join(root, 'tools', 'update', 'update.mjs'), 'cloud', ...words], { cwd: folder, env: { ...process.env, ...secrets }, stdio: ['ignore', 'pipe', 'pipe'] });
    const err = child.stderr.toArray().then((parts) => Buffer.concat(parts).toString());
    child.stdout.resume();
    return { child, err, ended: once(child, 'close') };
}

test.serial('get: an interrupted run goes on when it is repeated, without a damaged byte', async (t) => {
    const { store, objects, folder, place, tool, read } = await sealed(t);
    const wordsOf = (/** @type {string} */ out) => ['get', ...span, '-o', out, '--key', 'owner', ...place];
    let sent = 0;
    let stop = 6;
    /** @type {() => void} */
    let reached = () => {};
    store.notice = (/** @type {any} */ request) => {
        if (!/\.m4s/.test(request.url)) return;
        if (++sent < stop) return;
        store.faults.unshift('stall');
        reached();
    };
    for (const [signal, code] of /** @type {[NodeJS.Signals, number][]} */ ([['SIGINT', 130], ['SIGTERM', 143]])) {
        const out = `${signal}.mp4`;
        const starts = [];
        for (const stopAt of [6, 7]) {
            [sent, stop] = [0, stopAt];
            const arrived = new Promise((resolve) => (reached = () => setTimeout(resolve, 400)));
            const { child, err, ended } = start(folder, wordsOf(out));
            await arrived;
            child.kill(signal);
            t.deepEqual(await ended, [code, null]);
            t.regex(await err, new RegExp(`ocellus cloud: interrupted; ${out}\\.part has \\d+\\.\\d MB: the same command goes on with it\n$`));
            t.is(statSync(path.join(folder, `${out}.part`)).mode & 0o777, 0o600);
            starts.push(statSync(path.join(folder, `${out}.part`)).size);
            store.faults.length = 0;
        }
        t.true((starts[0] ?? 0) > 0 && (starts[1] ?? 0) > (starts[0] ?? 0), 'the second run went on');
        [sent, stop] = [0, Number.POSITIVE_INFINITY];
        const result = await tool('get', [...span, '-o', out, '--key', 'owner']);
        t.is(result.code, 0, result.err);
        t.regex(result.err, /^ocellus cloud: goes on behind \d+\.\d MB of \S+\.part$/);
        t.true(sent < 16, `${sent} of 16 segments were fetched`);
        t.deepEqual(read(out), read('plain.mp4'));
    }
    t.deepEqual(readdirSync(folder).filter((name) => name.includes('.part')), []);

    // kill -9: the journal may be older than the file; another span, a changed or a cut file begin anew
    [sent, stop] = [0, 6];
    const arrived = new Promise((resolve) => (reached = () => setTimeout(resolve, 400)));
    const { child, ended } = start(folder, wordsOf('again.mp4'));
    await arrived;
    child.kill('SIGINT');
    await ended;
    store.faults.length = 0;
    stop = Number.POSITIVE_INFINITY;
    const [part, journal] = [read('again.mp4.part'), read('again.mp4.part.json')];
    const changes = /** @type {[string, (file: string) => unknown, boolean][]} */ ([
        ['as it is', () => 0, true],
        ['more behind', (file) => writeFileSync(file, Buffer.concat([readFileSync(file), randomBytes(99)])), true],
        ['a changed byte', (file) => writeFileSync(file, Buffer.from(readFileSync(file)).fill(1, 50, 51)), false],
        ['cut', (file) => truncateSync(file, 100), false],
        ['no journal', (file) => writeFileSync(`${file}.json`, '{"version":1,"done":"x"}'), false],
        ['a hostile journal', (file) => writeFileSync(`${file}.json`, JSON.stringify({ ...JSON.parse(readFileSync(`${file}.json`, 'utf8')), bytes: 2 ** 50 })), false],
    ]);
    for (const [what, change, goesOn] of changes) {
        writeFileSync(path.join(folder, 'again.mp4.part'), part);
        writeFileSync(path.join(folder, 'again.mp4.part.json'), journal);
        change(path.join(folder, 'again.mp4.part'));
        const { code, err } = await tool('get', [...span, '-o', 'again.mp4', '--key', 'owner']);
        t.is(code, 0, err);
        t.is(err !== '', goesOn, `${what}: ${err}`);
        t.deepEqual(read('again.mp4'), read('plain.mp4'), what);
        rmSync(path.join(folder, 'again.mp4'));
    }

    // a store that fails keeps the part, and another span does not go on with it
    [sent, stop] = [0, Number.POSITIVE_INFINITY];
    store.watch = (_, key) => {
        if (key.endsWith('.m4s') && ++sent > 6) throw { status: 403, code: 'ExpiredToken' };
    };
    const failed = await tool('get', [...span, '-o', 'later.mp4', '--key', 'owner']);
    t.is(failed.code, 1);
    t.regex(failed.err, /ExpiredToken; .*; later\.mp4\.part stays: the same command goes on with it$/);
    store.watch = () => {};
    const other = await tool('get', ['cam 1', 'front', '--from', iso(at(24)), '--to', iso(at(48)), '-o', 'later.mp4', '--key', 'owner']);
    t.deepEqual([other.code, other.err], [0, '']);
    t.true(read('later.mp4').length < read('plain.mp4').length);
    t.deepEqual(readdirSync(folder).filter((name) => name.includes('.part')), []);
    t.true(objects.size > 0);
});
