// The page of a store and its evidence: what a camera sent is proven, what somebody else wrote is not.
import test from 'ava';
import { encrypt, newSigner, prove } from '../update/encrypted-store.mjs';
import { Camera } from '../update/footage.mjs';
import { load } from './load.mjs';

/** @typedef {import('../update/footage.mjs').Stored} Stored */

const { HourEvidence } = await load('cloud/evidence.ts');
const start = Date.parse('2026-11-22T13:00:00Z');

/** An hour of a camera. @param {boolean} proofs */
function hour(proofs) {
    /** @type {Map<string, Stored>} */
    const objects = new Map();
    const camera = new Camera(objects, { device: 'cam', channel: 'front' });
    camera.record(start, 6);
    camera.write();
    const point = Buffer.from(newSigner().point, 'base64url');
    const keys = [...encrypt(objects, [point], { proofs: false }).values()];
    const signer = newSigner();
    if (proofs) prove(objects, keys, { signer });
    const folder = 'home/cam/front/2026-11-22/';
    const text = (/** @type {string} */ name) => String(objects.get(folder + name)?.bytes);
    const bytes = (/** @type {string} */ name) => new Uint8Array(/** @type {Stored} */ (objects.get(folder + name)).bytes).buffer;
    const keyOf = async (/** @type {string} */ id) => {
        const found = keys.find((one) => one.id === id);
        if (found === undefined) throw new Error(`there is no key ${id}`);
        return new Uint8Array(found.key).buffer;
    };
    const read = (/** @type {string} */ json, place = 'cam/front/2026-11-22/13.json') => HourEvidence.read(json, place, keyOf);
    const names = [...objects.keys()].filter((name) => /\.(?:m4s|mp4)$/.test(name)).map((name) => name.slice(folder.length)).sort();
    return { text, bytes, read, names, signer };
}

test('what a camera sent is proven, and the playlist in its order', async (t) => {
    const { text, bytes, read, names, signer } = hour(true);
    const found = await read(text('13.json'));
    t.deepEqual([found.verdict, found.signer], ['proven', signer.point]);
    t.is(names.length, 7);
    for (const name of names) t.is(await found.object(name, bytes(name)), 'proven', name);
    t.true(found.isOrder(found.names));
    t.true(found.isOrder(found.names.slice(0, 4)), 'the newest may be missing');
    t.false(found.isOrder(found.names.slice(1)));
    t.false(found.isOrder([...found.names.slice(0, 2), ...found.names.slice(3)]));
    t.false(found.isOrder([...found.names].reverse()));
});

test('an object that was changed, or lies in the place of another, is changed', async (t) => {
    const { text, bytes, read, names } = hour(true);
    const found = await read(text('13.json'));
    for (const [at, name] of names.entries()) {
        const flipped = new Uint8Array(bytes(name).slice(0));
        const place = (at * 7919) % flipped.length;
        flipped[place] = (flipped[place] ?? 0) ^ (1 << (at % 8));
        t.is(await found.object(name, flipped.buffer), 'changed', name);
        t.is(await found.object(name, bytes(names[(at + 1) % names.length] ?? '')), 'changed', name);
    }
    t.is(await found.object('other-0000000001.m4s', bytes(names[0] ?? '')), 'unproven');
});

test('an index that was changed, cut or is of another hour proves nothing', async (t) => {
    const { text, bytes, read, names } = hour(true);
    const json = text('13.json');
    const { seal, signature } = JSON.parse(json);
    const rows = JSON.parse(json).segments;
    const segments = (/** @type {unknown[]} */ changed) => json.replace(JSON.stringify(rows), JSON.stringify(changed));
    for (const [what, changed] of Object.entries({
        'a row less': segments(rows.slice(0, -1)),
        exchanged: segments([rows[1], rows[0], ...rows.slice(2)]),
        'another seal': json.replace(seal, `${seal.slice(1)}A`),
        'another signature': json.replace(signature, `${signature.slice(1)}A`),
        'no signature': json.replace(/,"signature":.*/, '}'),
        'another signer': json.replace(/"signer":"[^"]*"/, `"signer":"${newSigner().point}"`),
    })) {
        t.not(changed, json, what);
        const found = await read(changed);
        t.is(found.verdict, 'changed', what);
        t.is(await found.object(names[1] ?? '', bytes(names[1] ?? '')), 'changed', what);
    }
    t.is((await read(json, 'cam/front/2026-11-22/14.json')).verdict, 'changed');
    for (const none of ['', 'no JSON', '{}', '[]', '{"version":3}', json.replace('"version":3', '"version":2')]) t.not((await read(none)).verdict, 'proven', none.slice(0, 20));
    const old = hour(false);
    const found = await old.read(old.text('13.json'));
    t.deepEqual([found.verdict, await found.object(old.names[0] ?? '', old.bytes(old.names[0] ?? ''))], ['unproven', 'unproven']);
});
