// A reader of encrypted footage that takes nothing on trust, written from docs/formats-cloud.md alone.
import { createHash, createHmac, createPublicKey, hkdfSync, verify } from 'node:crypto';

/** @typedef {ReadonlyMap<string, { bytes: Buffer }>} Objects */

/** Why a store is not believed. */
export class Doubt extends Error {}

/**
 * All segments of a channel in the order in which the camera sent them. Throws Doubt.
 * @param {Objects} objects @param {string} prefix "home/" @param {string} channel DEVICE/CHANNEL/ @param {(day: string, id: string) => Buffer | undefined} contentKey @param {string} [known] the camera's public key
 */
export function believed(objects, prefix, channel, contentKey, known) {
    const doubt = (/** @type {unknown} */ good, /** @type {string} */ why) => {
        if (!good) throw new Doubt(why);
    };
    /** @param {string} day @param {string} id @param {string | Buffer} text */
    const mac = (day, id, text) => {
        const key = contentKey(day, id);
        if (key === undefined) throw new Doubt(`no key ${id}`);
        return createHmac('sha256', Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), 'ocellus cloud mac key 1', 32))).update(text).digest('base64url');
    };
    /** @param {string} day @param {string} id @param {string} name @param {string} facts @param {unknown} expected */
    const object = (day, id, name, facts, expected) => {
        const bytes = objects.get(`${prefix}${channel}${day}/${name}`)?.bytes;
        doubt(bytes, `${name} is gone`);
        const digest = createHash('sha256').update(/** @type {Buffer} */ (bytes)).digest('hex');
        doubt(mac(day, id, `ocellus cloud object 1\n${channel}${day}/${name}\n${facts}\n${digest}`) === expected, `${name}: MAC`);
    };
    /** @type {{ number: number, before: string, mac: string, name: string }[]} */
    const all = [];
    /** @type {Map<string, { count: number, seal: string }>} */
    const hours = new Map();
    /** @type {[string, number, string][]} */
    const links = [];
    let signer = known;
    for (const [key, { bytes }] of objects) {
        const [, day = '', clock = ''] = /^(\d{4}-\d\d-\d\d)\/(\d\d)\.json$/.exec(key.startsWith(prefix + channel) ? key.slice(prefix.length + channel.length) : '') ?? [];
        if (day === '') continue;
        const index = JSON.parse(bytes.toString());
        doubt(index.version === 3 && index.hour === `${day}T${clock}Z`, `${key}: version ${index.version}`);
        const end = `,"seal":"${index.seal}","signature":"${index.signature}"}`;
        doubt(end.length === 155 && bytes.toString('latin1').endsWith(end), `${key}: end`);
        const text = Buffer.concat([Buffer.from(`ocellus cloud index 1\n${channel}${day}/${clock}.json\n`), bytes.subarray(0, -155)]);
        const last = index.keys.map((/** @type {[number, string]} */ [, id]) => id).filter(Boolean).pop();
        doubt(mac(day, last, text) === index.seal, `${key}: seal`);
        signer ??= index.signer;
        doubt(index.signer === signer, `${key}: signer`);
        const point = Buffer.from(index.signer, 'base64url');
        const jwk = { kty: 'EC', crv: 'P-256', x: point.toString('base64url', 1, 33), y: point.toString('base64url', 33) };
        doubt(verify('sha256', text, { key: createPublicKey({ format: 'jwk', key: jwk }), dsaEncoding: 'ieee-p1363' }, Buffer.from(index.signature, 'base64url')), `${key}: signature`);
        hours.set(index.hour, index);
        if (index.before !== null) links.push(index.before);
        let [number, before] = [0, ''];
        index.segments.forEach((/** @type {any[]} */ [recording, offset, size, start, ms, own], /** @type {number} */ at) => {
            const id = index.keys.filter((/** @type {[number, string]} */ [from]) => from <= at).pop()?.[1] ?? '';
            doubt(id !== '' && own !== undefined, `${key}: row ${at} has no MAC`);
            const run = index.chain.find((/** @type {[number]} */ [from]) => from === at);
            [number, before] = run === undefined ? [number + 1, before] : [run[1], run[2]];
            const name = `${index.recordings[recording]}-${String(offset).padStart(10, '0')}.m4s`;
            object(day, id, name, `${number} ${before || '-'} ${size} ${start} ${ms}`, own);
            const head = index.heads.find((/** @type {[number, string]} */ [of, by]) => of === recording && by === id);
            object(day, id, `${index.recordings[recording]}-${id}-init.mp4`, '', head?.[2]);
            all.push({ number, before, mac: own, name: `${day}/${name}` });
            before = own;
        });
        for (const [id, , , start, , picture, own] of index.events) {
            if (picture !== undefined) object(new Date(start).toISOString().slice(0, 10), picture, `event-${id}-${picture}.jpg`, '', own);
        }
    }
    for (const [hour, count, seal] of links) {
        const now = hours.get(hour);
        doubt(now !== undefined && (now.count > count || (now.count === count && now.seal === seal)), `${hour}: put back or gone`);
    }
    all.sort((a, b) => a.number - b.number);
    for (const [at, { number, before }] of all.entries()) {
        const previous = all[at - 1];
        doubt(previous === undefined ? number > 0 : previous.number + 1 === number && previous.mac === before, `number ${number}`);
    }
    return all.map(({ name }) => name);
}
