// What a camera that encrypts leaves in a store, made of what one that does not encrypt left there, after
// docs/formats-cloud.md and by code of its own: HPKE is written out here by node:crypto, after RFC 9180.
import { createCipheriv, createECDH, createHash, createHmac, createPublicKey, generateKeyPairSync, hkdfSync, sign } from 'node:crypto';

/** @typedef {import('./footage.mjs').Stored} Stored */
/** @typedef {Map<string, Stored>} Objects */

const sha256 = (/** @type {string | Buffer} */ text) => createHash('sha256').update(text);
const hmac = (/** @type {Buffer} */ key, /** @type {Buffer | string} */ data) => createHmac('sha256', key).update(data).digest();
const u16 = (/** @type {number} */ value) => Buffer.from([value >> 8, value & 255]);

/** RFC 9180 § 4. @param {Buffer} suite @param {Buffer} salt @param {string} label @param {Buffer} ikm */
const extract = (suite, salt, label, ikm) => hmac(salt.length === 0 ? Buffer.alloc(32) : salt, Buffer.concat([Buffer.from('HPKE-v1'), suite, Buffer.from(label), ikm]));
/** @param {Buffer} suite @param {Buffer} prk @param {string} label @param {Buffer} info @param {number} length at most 32 */
const expand = (suite, prk, label, info, length) => hmac(prk, Buffer.concat([u16(length), Buffer.from('HPKE-v1'), suite, Buffer.from(label), info, Buffer.from([1])])).subarray(0, length);

/**
 * HPKE, base mode, single shot: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM.
 * @param {Buffer} recipient its point @param {string} info @param {string} aad @param {Buffer} text
 */
export function hpkeSeal(recipient, info, aad, text) {
    const own = createECDH('prime256v1');
    const enc = own.generateKeys();
    const kem = Buffer.concat([Buffer.from('KEM'), u16(0x10)]);
    const dh = extract(kem, Buffer.alloc(0), 'eae_prk', own.computeSecret(recipient));
    const shared = expand(kem, dh, 'shared_secret', Buffer.concat([enc, recipient]), 32);
    const suite = Buffer.concat([Buffer.from('HPKE'), u16(0x10), u16(1), u16(1)]);
    const none = Buffer.alloc(0);
    const context = Buffer.concat([Buffer.from([0]), extract(suite, none, 'psk_id_hash', none), extract(suite, none, 'info_hash', Buffer.from(info))]);
    const secret = extract(suite, shared, 'secret', none);
    const cipher = createCipheriv('aes-128-gcm', expand(suite, secret, 'key', context, 16), expand(suite, secret, 'base_nonce', context, 12));
    cipher.setAAD(Buffer.from(aad));
    return { enc, ct: Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()]) };
}

/** @param {Buffer} point */
export const readerId = (point) => sha256(point).digest('hex').slice(0, 16);
const b64 = (/** @type {Buffer} */ bytes) => bytes.toString('base64url');

/** A content key, its id and its object. @param {Buffer} secret @param {string} place DEVICE/CHANNEL/DAY @param {readonly Buffer[]} recipients */
export function contentKey(secret, place, recipients) {
    const [device, channel, day] = place.split('/');
    const ids = recipients.map(readerId);
    const key = Buffer.from(hkdfSync('sha256', secret, '', `ocellus cloud content key 1\n${device}\n${channel}\n${day}\n${ids.join(',')}`, 16));
    const id = sha256(Buffer.concat([Buffer.from('ocellus cloud key id 1\n'), key])).digest('hex').slice(0, 16);
    const wraps = recipients.map((point) => {
        const { enc, ct } = hpkeSeal(point, 'ocellus cloud wrap 1', `${place}/${id}`, key);
        return { for: readerId(point), enc: b64(enc), ct: b64(ct) };
    });
    return { key, id, object: { version: 1, id, wraps } };
}

const ivOf = (/** @type {Buffer} */ key, /** @type {string} */ name) => hmac(key, name).subarray(0, 16);

/** @param {Buffer} bytes @param {Buffer} key @param {string} name */
function seal(bytes, key, name) {
    const cipher = createCipheriv('aes-128-cbc', key, ivOf(key, name));
    return Buffer.concat([cipher.update(bytes), cipher.final()]);
}

/**
 * Encrypts what is in a store of plain footage of one prefix, in its place.
 * @param {Objects} objects
 * @param {readonly Buffer[]} recipients points
 * @param {{ prefix?: string, secret?: Buffer, since?: (stem: string, offset: number) => readonly Buffer[], proofs?: boolean }} [options] since: other recipients of a segment, none: plain; proofs false: as cameras wrote before there were any
 */
export function encrypt(objects, recipients, { prefix = 'home/', secret = Buffer.alloc(32, 1), since = () => recipients, proofs = true } = {}) {
    /** By place and recipients. @type {Map<string, ReturnType<typeof contentKey>>} */
    const keys = new Map();
    const put = (/** @type {string} */ name, /** @type {Buffer | string} */ bytes) => objects.set(name, { bytes: Buffer.from(bytes), etag: '"e"', type: '', cacheControl: undefined });
    /** @param {string} folder ends with / @param {string} name of a segment */
    const keyOf = (folder, name) => {
        const [, stem = '', offset = ''] = /^(.*)-(\d{10})\.m4s$/.exec(name) ?? [];
        const to = since(stem, Number(offset));
        if (to.length === 0) return undefined;
        const place = folder.slice(prefix.length, -1);
        const known = `${place} ${to.map(readerId)}`;
        const found = keys.get(known) ?? contentKey(secret, place, to);
        keys.set(known, found);
        if (!objects.has(`${folder}${found.id}.key.json`)) put(`${folder}${found.id}.key.json`, JSON.stringify(found.object));
        return found;
    };
    const plain = [...objects];
    /** The picture of an event as the first key of its hour has it; the event with that key. @param {any[]} row @param {string} folder @param {[number, string][]} used */
    const sealPicture = (row, folder, used) => {
        const found = [...keys.values()].find(({ id }) => id === used.find(([, one]) => one !== '')?.[1]);
        const [id, , , , , picture] = row;
        const shot = objects.get(`${folder}event-${id}.jpg`);
        if (picture !== 1 || found === undefined || shot === undefined) return row;
        const name = `event-${id}-${found.id}.jpg`;
        put(folder + name, seal(shot.bytes, found.key, name));
        objects.delete(`${folder}event-${id}.jpg`);
        return [...row.slice(0, 5), found.id];
    };
    const split = (/** @type {string} */ name) => [name.slice(0, name.lastIndexOf('/') + 1), name.slice(name.lastIndexOf('/') + 1)];
    /** Init segments that some segment needs as they are. @type {Set<string>} */
    const needed = new Set();
    for (const [full, { bytes }] of plain) {
        const [folder = '', name = ''] = split(full);
        if (!name.endsWith('.m4s') || !full.startsWith(prefix)) continue;
        const init = `${name.replace(/-\d{10}\.m4s$/, '')}-init.mp4`;
        const found = keyOf(folder, name);
        if (found === undefined) {
            needed.add(folder + init);
            continue;
        }
        put(full, seal(bytes, found.key, name));
        const own = init.replace('-init', `-${found.id}-init`);
        const [, original] = plain.find(([other]) => other === folder + init) ?? [];
        if (original !== undefined) put(folder + own, seal(original.bytes, found.key, own));
    }
    for (const [full, { bytes }] of plain) {
        const [folder = '', name = ''] = split(full);
        if (name.endsWith('-init.mp4') && !needed.has(full)) objects.delete(full);
        else if (/^\d\d\.json$/.test(name)) {
            const index = indexOf(JSON.parse(String(bytes)), (stem, offset) => keyOf(folder, `${stem}-${String(offset).padStart(10, '0')}.m4s`)?.id ?? '');
            put(full, JSON.stringify({ ...index, events: index.events.map((/** @type {any[]} */ row) => sealPicture(row, folder, index.keys ?? [])) }));
        }
        else if (name.endsWith('.m3u8')) put(full, playlistOf(String(bytes), folder, keyOf));
    }
    if (proofs) prove(objects, [...keys.values()], { prefix });
    return keys;
}

/** @typedef {import('node:crypto').KeyObject} KeyObject */

/** Key of a camera that signs. @returns {{ privateKey: KeyObject, point: string }} */
export function newSigner() {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { x = '', y = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
    return { privateKey, point: b64(Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])) };
}

/**
 * Indexes that prove what they name, as a camera would have written them: chains of all channels, in the order of hours.
 * @param {Objects} objects @param {readonly ReturnType<typeof contentKey>[]} keys @param {{ prefix?: string, signer?: ReturnType<typeof newSigner>, only?: RegExp }} [options] only: names of indexes
 */
export function prove(objects, keys, { prefix = 'home/', signer = newSigner(), only = /./ } = {}) {
    const digest = (/** @type {string} */ name) => sha256(objects.get(name)?.bytes ?? '').digest('hex');
    /** @param {string} id @param {string} text */
    const mac = (id, text) => {
        const found = keys.find((one) => one.id === id);
        if (found === undefined) throw new Error(`there is no key ${id}`);
        return b64(hmac(Buffer.from(hkdfSync('sha256', found.key, '', 'ocellus cloud mac key 1', 32)), text));
    };
    const ofObject = (/** @type {string} */ id, /** @type {string} */ name, /** @type {string} */ facts) => mac(id, `ocellus cloud object 1\n${name.slice(prefix.length)}\n${facts}\n${digest(name)}`);
    /** @type {Map<string, { number: number, mac: string, before: unknown }>} */
    const ends = new Map();
    for (const name of [...objects.keys()].filter((one) => /\/\d\d\.json$/.test(one) && one.startsWith(prefix) && only.test(one)).sort()) {
        const folder = name.slice(0, -7);
        const channel = folder.slice(0, -11);
        const index = JSON.parse(String(objects.get(name)?.bytes));
        if (index.keys === undefined) continue;
        const end = ends.get(channel) ?? { number: 0, mac: '', before: null };
        const idAt = (/** @type {number} */ at) => index.keys.findLast((/** @type {[number, string]} */ [from]) => from <= at)?.[1] ?? '';
        /** @type {[number, number, string][]} */
        const chain = [];
        const heads = new Map();
        let goesOn = false;
        const segments = index.segments.map((/** @type {any[]} */ row, /** @type {number} */ at) => {
            const [recording, offset, bytes, startMs, ms] = row;
            const id = idAt(at);
            if (id === '') {
                goesOn = false;
                return row;
            }
            if (!goesOn) chain.push([at, end.number + 1, end.mac]);
            goesOn = true;
            const stem = index.recordings[recording];
            const own = ofObject(id, `${folder}${stem}-${String(offset).padStart(10, '0')}.m4s`, `${end.number + 1} ${end.mac || '-'} ${bytes} ${startMs} ${ms}`);
            heads.set(`${stem} ${id}`, [recording, id, ofObject(id, `${folder}${stem}-${id}-init.mp4`, '')]);
            [end.number, end.mac] = [end.number + 1, own];
            return [recording, offset, bytes, startMs, ms, own];
        });
        const events = index.events.map((/** @type {any[]} */ row) => {
            const [id, , , startMs, , picture] = row;
            if (typeof picture !== 'string') return row;
            return [...row.slice(0, 6), ofObject(picture, `${channel}${new Date(startMs).toISOString().slice(0, 10)}/event-${id}-${picture}.jpg`, '')];
        });
        const { version: _, ...rest } = index;
        const body = JSON.stringify({ version: 3, ...rest, segments, events, chain, heads: [...heads.values()], count: segments.length, before: end.before, signer: signer.point }).slice(0, -1);
        const text = `ocellus cloud index 1\n${name.slice(prefix.length)}\n${body}`;
        const seal = mac(index.keys.findLast((/** @type {[number, string]} */ [, id]) => id !== '')[1], text);
        const signature = b64(sign('sha256', Buffer.from(text), { key: signer.privateKey, dsaEncoding: 'ieee-p1363' }));
        const old = /** @type {Stored} */ (objects.get(name));
        objects.set(name, { ...old, bytes: Buffer.from(`${body},"seal":"${seal}","signature":"${signature}"}`) });
        end.before = [index.hour, segments.length, seal];
        ends.set(channel, end);
    }
    return signer;
}

/** @param {any} index @param {(stem: string, offset: number) => string} idOf */
function indexOf(index, idOf) {
    const keys = [];
    let before = '';
    for (const [at, [recording, offset]] of index.segments.entries()) {
        const id = idOf(index.recordings[recording], offset);
        if (id !== before) keys.push([at, id]);
        before = id;
    }
    return keys.length === 0 ? index : { ...index, version: 2, keys };
}

/** @param {string} text @param {string} folder @param {(folder: string, name: string) => ReturnType<typeof contentKey> | undefined} keyOf */
function playlistOf(text, folder, keyOf) {
    /** @type {string[]} */
    const lines = [];
    const none = '#EXT-X-KEY:METHOD=NONE';
    let now = none;
    /** @param {string} own folder of the object in the playlist @param {string} name @param {ReturnType<typeof contentKey> | undefined} found */
    const use = (own, name, found) => {
        const line = found ? `#EXT-X-KEY:METHOD=AES-128,URI="${own}${found.id}.key.json",IV=0x${ivOf(found.key, name).toString('hex').toUpperCase()}` : none;
        if (line !== now) lines.push(line);
        now = line;
    };
    const all = text.split('\n');
    for (const [at, line] of all.entries()) {
        const next = all.slice(at).find((one) => one !== '' && !one.startsWith('#')) ?? '';
        const own = next.slice(0, next.lastIndexOf('/') + 1);
        const place = own === '' ? folder : `${folder.slice(0, -11)}${own.slice(3)}`;
        const found = keyOf(place, next.slice(own.length));
        if (line.startsWith('#EXT-X-MAP')) {
            const init = `${next.slice(own.length).replace(/-\d{10}\.m4s$/, '')}${found ? `-${found.id}` : ''}-init.mp4`;
            use(own, init, found);
            lines.push(`#EXT-X-MAP:URI="${own}${init}"`);
            continue;
        }
        if (line.startsWith('#EXTINF')) use(own, next.slice(own.length), found);
        lines.push(line);
    }
    return lines.join('\n');
}
