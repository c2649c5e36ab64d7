// `ocellus cloud --key` and whoever writes the bucket: what was changed, swapped, taken away, added or put back is found, each
// by its name and exit code, by the tool and by a reader that was written from the document alone.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { at, iso, twoDays, world } from './cloud-world.mjs';
import { encrypt, newSigner, prove } from './encrypted-store.mjs';
import { believed, Doubt } from './evidence-reader.mjs';
import { ocellus } from './tools.mjs';

/** @typedef {import('./footage.mjs').Stored} Stored */

const span = ['cam 1', 'front', '--from', iso(at(13)), '--to', iso(at(48))];
const rounds = 5; // of each kind
const owner = ['--key', 'owner'];

/** Numbers from 0 to less than 1, the same for the same seed. @param {number} seed */
function seeded(seed) {
    let state = seed;
    return () => {
        state = (state * 48_271) % 2_147_483_647;
        return state / 2_147_483_647;
    };
}

/** A camera whose footage proves itself, with a copy that may be restored. @param {import('ava').ExecutionContext} t */
async function proven(t) {
    const all = await world(t);
    all.store.page = 1000;
    const camera = twoDays(all.objects);
    await all.lines('get', ...span, '-o', 'plain.mp4');
    const { code, out } = await ocellus(all.folder, ['cloud', 'key', '--out', 'owner', '--json']);
    t.is(code, 0);
    const recipients = [Buffer.from(JSON.parse(out).public, 'base64url')];
    const plain = new Map(all.objects);
    const keys = [...encrypt(all.objects, recipients, { proofs: false }).values()];
    const bare = new Map(all.objects);
    const signer = prove(all.objects, keys);
    const whole = new Map(all.objects);
    const restore = () => {
        all.objects.clear();
        for (const [name, value] of whole) all.objects.set(name, value);
    };
    const put = (/** @type {string} */ name, /** @type {Buffer | string} */ bytes) => all.objects.set(name, { ...(whole.get(name) ?? /** @type {Stored} */ (whole.values().next().value)), bytes: Buffer.from(bytes) });
    const contentKey = (/** @type {string} */ _, /** @type {string} */ id) => keys.find((one) => one.id === id)?.key;
    const judge = () => believed(all.objects, 'home/', 'cam=201/front/', contentKey);
    return { ...all, camera, plain, bare, keys, signer, whole, restore, put, judge };
}

test.serial('what a camera sent is proven: the tool and the reader of the document take all of it', async (t) => {
    const { judge, rows, lines, tool, signer, folder } = await proven(t);
    t.is(judge().length, 16);
    t.like((await rows('verify', ...owner))[0].verified, { findings: 0, proven: 16, signers: [signer.point] });
    t.like((await rows('verify', ...owner, '--signer', signer.point))[0].verified, { findings: 0 });
    await lines('get', ...span, '-o', 'proven.mp4', ...owner, '--signer', signer.point);
    t.deepEqual(readFileSync(path.join(folder, 'proven.mp4')), readFileSync(path.join(folder, 'plain.mp4')));
    const other = newSigner().point;
    const refused = await tool('get', [...span, '-o', 'x.mp4', ...owner, '--signer', other]);
    t.is(refused.code, 1);
    t.regex(refused.err, /13\.json: changed: it is signed by \S{87}, not by the camera$/);
    t.is((await tool('verify', [...owner, '--signer', other])).code, 4);
    t.is((await tool('verify', ['--signer', 'none'])).code, 2);
    t.regex((await lines('verify')).join('\n'), new RegExp(`indexes are signed by ${signer.point}$`), 'signatures need no private key');
});

/** @typedef {Awaited<ReturnType<typeof proven>>} World */

/** Names of what was sent. @param {World} world @param {RegExp} shape */
const namesOf = ({ whole }, shape) => [...whole.keys()].filter((name) => shape.test(name)).sort();

/** An index with other rows under its old seal, as somebody without a key can write it. @param {World} world @param {string} name @param {(rows: any[][]) => any[][]} change */
function reindex({ whole, put }, name, change) {
    const text = String(whole.get(name)?.bytes);
    const rows = /** @type {any[][]} */ (JSON.parse(text).segments);
    put(name, text.replace(JSON.stringify(rows), JSON.stringify(change(rows.map((row) => [...row])))));
}

/** What somebody does who writes the bucket and has no key; gives what is to be found. @type {Readonly<Record<string, (world: World, pick: (count: number) => number) => readonly [kinds: RegExp, ...codes: number[]]>>} */
const attacks = {
    'a flipped bit of an object': (all, pick) => {
        const names = namesOf(all, /\.(?:m4s|mp4|jpg)$/);
        const name = names[pick(names.length)] ?? '';
        const bytes = Buffer.from(/** @type {Stored} */ (all.whole.get(name)).bytes);
        const place = pick(bytes.length);
        bytes[place] = (bytes[place] ?? 0) ^ (1 << pick(8));
        all.put(name, bytes);
        return [/: changed: has other bytes than the camera wrote/, 4];
    },
    'two objects of a day swapped': (all, pick) => {
        const names = namesOf(all, /\.m4s$/).filter((name) => name.includes(all.camera.folderOf(at(13))));
        const one = pick(names.length);
        const [a, b] = [names[one] ?? '', names[(one + 1 + pick(names.length - 1)) % names.length] ?? ''];
        all.put(a, /** @type {Stored} */ (all.whole.get(b)).bytes);
        all.put(b, /** @type {Stored} */ (all.whole.get(a)).bytes);
        return [/: swapped: has the bytes of/, 5];
    },
    'an object deleted, and its row': (all, pick) => {
        const index = `${all.camera.folderOf(at(13))}13.json`;
        reindex(all, index, (rows) => {
            const [row] = rows.splice(pick(rows.length), 1);
            const { recordings } = JSON.parse(String(all.whole.get(index)?.bytes));
            all.objects.delete(`${all.camera.folderOf(at(13))}${recordings[row?.[0]]}-${String(row?.[1]).padStart(10, '0')}.m4s`);
            return rows;
        });
        return [/: missing: /, 6];
    },
    'an hour deleted': (all, pick) => {
        const names = namesOf(all, /\/\d\d\.json$/).slice(1, -1);
        all.objects.delete(names[pick(names.length)] ?? '');
        return [/: missing: /, 6];
    },
    'a row inserted': (all, pick) => {
        reindex(all, `${all.camera.folderOf(at(13))}13.json`, (rows) => {
            const place = 1 + pick(rows.length - 1);
            rows.splice(place, 0, [...(rows[place - 1] ?? []).slice(0, 5), Buffer.alloc(32, pick(256)).toString('base64url')]);
            return rows;
        });
        return [/: inserted: has a MAC that fits nowhere/, 7];
    },
    'two rows of an index exchanged': (all, pick) => {
        reindex(all, `${all.camera.folderOf(at(13))}13.json`, (rows) => {
            const place = pick(rows.length - 2);
            const [a, b] = rows.splice(place, 2);
            rows.splice(place, 0, /** @type {any[]} */ (b), /** @type {any[]} */ (a));
            return rows;
        });
        return [/: swapped: stands in front of/, 5];
    },
    'another time in an index': (all, pick) => {
        const names = namesOf(all, /\/\d\d\.json$/);
        reindex(all, names[pick(names.length)] ?? '', (rows) => rows.map((row) => [...row.slice(0, 3), row[3] - 1000, ...row.slice(4)]));
        return [/\d\d\.json: changed: has a seal/, 4, 7]; // of a single row, or rows that nothing vouches for
    },
    'plain footage in place of encrypted': (all) => {
        for (const name of [...all.objects.keys()]) if (!all.plain.has(name)) all.objects.delete(name);
        for (const [name, value] of all.plain) all.objects.set(name, value);
        return [/: unproven: nothing proves \d+ of its \d+ segments/, 3];
    },
    'indexes of before there were proofs': (all, pick) => {
        const names = namesOf(all, /\/\d\d\.json$/).slice(1, -1);
        const name = names[pick(names.length)] ?? '';
        all.put(name, /** @type {Stored} */ (all.bare.get(name)).bytes);
        return [/: unproven: /, 6];
    },
    'an index put back': (all, pick) => {
        const names = namesOf(all, /\/\d\d\.json$/).slice(0, -1);
        const name = names[pick(names.length)] ?? '';
        // as it was a segment ago: the camera sealed that too
        const index = JSON.parse(String(all.bare.get(name)?.bytes));
        all.objects.set(name, /** @type {Stored} */ ({ ...all.bare.get(name), bytes: Buffer.from(JSON.stringify({ ...index, ended: false, segments: index.segments.slice(0, -1) })) }));
        if (index.segments.length < 2) return [/./, 0];
        for (const other of names.filter((one) => one < name)) all.objects.set(other, /** @type {Stored} */ (all.bare.get(other)));
        prove(all.objects, all.keys, { signer: all.signer, only: new RegExp(names.filter((one) => one <= name).join('|')) });
        return [/: replayed: was written \d+ times/, 8];
    },
};

for (const [what, attack] of Object.entries(attacks)) {
    test.serial(`${what}: found ${rounds} times`, async (t) => {
        const all = await proven(t);
        let found = 0;
        for (let seed = 1; found < rounds; seed++) {
            t.true(seed < 10 * rounds, 'nothing is done');
            const random = seeded(seed * 7919);
            random();
            all.restore();
            const [line, ...codes] = attack(all, (count) => Math.floor(random() * count));
            if (codes.includes(0)) continue; // nothing to take away there
            const label = `${what}, seed ${seed}`;
            t.throws(all.judge, { instanceOf: Doubt }, label);
            const result = await all.tool('verify', owner);
            t.regex(result.out, line, label);
            t.true(codes.includes(result.code), `${label}: ${result.code}: ${result.out}`);
            const got = await all.tool('get', [...span, '-o', `x${seed}.mp4`, ...owner]);
            // a picture is read with --pictures alone
            if (!/^home\/\S+\.jpg: [^\n]*\n\d+ days/.test(result.out)) t.is(got.code, 1, `${label}: ${got.out}`);
            found++;
        }
    });
}

test.serial('somebody who knows the public key writes a day of their own: the signer tells, pinned or not', async (t) => {
    const all = await proven(t);
    const [key] = all.keys;
    t.truthy(key);
    // all of the second day again, with proofs that fit, by another signer
    for (const [name, value] of all.bare) if (name.endsWith('.json')) all.objects.set(name, value);
    prove(all.objects, all.keys, { signer: all.signer, only: /\/(?:13|23)\.json$/ });
    const forged = new Map(all.objects);
    prove(forged, all.keys, { signer: newSigner() });
    for (const [name, value] of forged) if (/\/(?:00|01|15|16)\.json$/.test(name) && name.includes(all.camera.folderOf(at(40)))) all.objects.set(name, value);
    const seen = await all.tool('verify', owner);
    t.true(seen.code >= 3, seen.out);
    t.regex(seen.out, /unproven: is signed by \S{87} and \S{87}: was the camera reset/);
    const pinned = await all.tool('verify', [...owner, '--signer', all.signer.point]);
    t.regex(pinned.out, /changed: is signed by \S{87}, not by the camera/);
    t.throws(() => believed(all.objects, 'home/', 'cam=201/front/', (_, id) => all.keys.find((one) => one.id === id)?.key, all.signer.point), { instanceOf: Doubt });
});

test.serial('footage of before there were proofs is refused with --key, and read when that is allowed', async (t) => {
    const { objects, bare, tool, folder } = await proven(t);
    for (const [name, value] of bare) objects.set(name, value);
    const refused = await tool('get', [...span, '-o', 'old.mp4', ...owner]);
    t.deepEqual([refused.code, refused.out], [1, '']);
    t.regex(refused.err, /16 objects are not authenticated: not proven to be what the camera sent; --allow-unauthenticated takes them$/);
    const allowed = await tool('get', [...span, '-o', 'old.mp4', ...owner, '--allow-unauthenticated']);
    t.deepEqual([allowed.code, allowed.err], [0, 'ocellus cloud: not proven: 16 objects are not authenticated']);
    t.deepEqual(readFileSync(path.join(folder, 'old.mp4')), readFileSync(path.join(folder, 'plain.mp4')));
    t.is((await tool('verify', owner)).code, 3);
    t.is((await tool('verify', [...owner, '--allow-unauthenticated'])).code, 0);
    t.is((await tool('verify')).code, 0, 'without a private key nothing is judged');
});
