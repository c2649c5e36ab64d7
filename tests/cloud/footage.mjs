// What a camera has in a store, as the playlists and indexes there lead to it, beside what it has recorded.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { S3 } from '../../tools/cloud/s3.mjs';
import { eventually, sleep, start } from '../e2e/device.mjs';
import { serve } from '../e2e/store-orders.mjs';
import { S3Stub } from '../engine/s3-stub.mjs';
import { byProgram } from '../update/tools.mjs';
import { keys as realKeys, startRadosgw } from './radosgw.mjs';
import { hanging } from '../guard.mjs';

/** @typedef {import('../../tools/cloud/place.mjs').Keys} Keys */
/** @typedef {{ stem: string, offset: number, bytes: Buffer }} Segment */
/** @typedef {import('ava').ExecutionContext} Test */

/**
 * The way to a port, which holds back each piece of at most 64 KB. `cut`: requests whose sender left before the reply.
 * @param {Test} t @param {number} port @param {number} heldMs
 */
async function longWay(t, port, heldMs) {
    /** @type {Set<net.Socket>} */
    const sockets = new Set();
    const seen = { cut: 0 };
    const server = net.createServer((client) => {
        const store = net.connect(port, '127.0.0.1');
        for (const [one, other] of /** @type {const} */ ([[client, store], [store, client]])) {
            sockets.add(one);
            one.on('error', () => other.destroy());
            one.on('close', () => {
                sockets.delete(one);
                other.destroy();
            });
        }
        store.pipe(client);
        let owed = false;
        store.on('data', () => (owed = false));
        client.on('close', () => (seen.cut += owed ? 1 : 0));
        client.on('data', (piece) => {
            owed = true;
            client.pause();
            setTimeout(() => {
                if (store.writable) store.write(piece);
                client.resume();
            }, heldMs);
        });
    });
    t.teardown(() => {
        for (const socket of sockets) socket.destroy();
        server.close();
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    return { seen, port: /** @type {net.AddressInfo} */ (server.address()).port };
}

/**
 * A store with the bucket `film`: that of Ceph, or the strict one of the tests. Both are reached over a way that takes time.
 * @param {Test} t
 * @param {boolean} real
 * @param {number} [heldMs] of each piece of a request: 80 keep an upload under way most of the time
 */
export async function openStore(t, real, heldMs = 80) {
    const stub = new S3Stub();
    const gateway = real ? await startRadosgw(t) : undefined;
    await gateway?.makeBucket('film');
    const port = gateway?.port ?? (await serve(t, (request, reply) => stub.serve(request, reply)));
    /** @type {Keys} */
    const keys = gateway ? realKeys : { accessKeyId: 'STUBKEY', secretAccessKey: 'stub/secret+key' };
    const host = `127.0.0.1:${port}`;
    const way = await longWay(t, port, heldMs);
    const bucket = (/** @type {string} */ name) =>
        new S3({ endpoint: `http://${host}`, region: 'us-east-1', bucket: name, pathStyle: true, keys: () => keys, now: Date.now });
    return {
        stub,
        gateway,
        keys,
        endpoint: `http://${host}`,
        bucket,
        film: bucket('film'),
        seen: way.seen,
        /** Settings of a camera that uses it. */
        settings: { endpoint: `http://127.0.0.1:${way.port}`, bucket: 'film', segmentSeconds: 2, latencySeconds: 2, ...keys },
        /** It answers nothing or only refuses for a while, or goes on. @param {boolean} on */
        fail: (on) => {
            gateway?.stand(on);
            stub.share = on ? 1 : 0;
        },
    };
}

/** @typedef {Awaited<ReturnType<typeof openStore>>} Store */

/** A camera. @param {Test} t @param {string} data @param {readonly string[]} [args] @param {NodeJS.ProcessEnv} [env] */
export async function openCamera(t, data, args = [], env = {}) {
    const { device } = start(t, args, { data, env });
    t.teardown(() => {
        if (!t.passed) t.log(device.stderr.split('\n').filter((line) => / (?:warn|error) /.test(line)).slice(-40).join('\n'));
    });
    const url = await device.url();
    const send = async (/** @type {string} */ method, /** @type {string} */ at, /** @type {unknown} */ body) => {
        const init = { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), signal: hanging() };
        const reply = await fetch(url + at, init);
        return { status: reply.status, body: /** @type {any} */ (await reply.json().catch(() => undefined)) };
    };
    return {
        device,
        url,
        json: (/** @type {string} */ at) => device.json(at),
        send,
        set: (/** @type {unknown} */ body) => eventually(async () => ((await send('PATCH', '/api/settings', body)).status === 200 ? true : undefined), 'the settings are taken'),
        /** Its state; while a script is busy, the host answers without it. */
        cloud: () => eventually(async () => (await device.json('/api/status')).cloud ?? undefined, 'the state of the cloud'),
    };
}

/** @typedef {Awaited<ReturnType<typeof openCamera>>} Camera */

/** Stops recording, and waits until everything is sent. @param {Pick<Camera, 'json' | 'set' | 'cloud'>} camera @param {number} [seconds] */
export async function drain(camera, seconds = 90) {
    await camera.set({ record: { enabled: false } });
    await eventually(async () => ((await camera.json('/api/status')).channels[0].recording.active ? undefined : true), 'the recording is closed');
    let idle = 0; // it looks for recordings once a second: an older state does not count
    return eventually(async () => {
        await sleep(1000);
        const state = await camera.cloud();
        idle = state.state === 'idle' && state.waitingBytes === 0 ? idle + 1 : 0;
        return idle > 2 ? state : undefined;
    }, 'everything is sent', seconds);
}

/** The segments of a playlist in its order, with the init segment of each; throws for what is not there. @param {S3} store @param {string} key */
export async function readList(store, key) {
    const found = await store.load(key);
    if (found === undefined) return undefined;
    const text = String(found.bytes);
    /** @type {Map<string, Buffer>} */
    const inits = new Map();
    /** @type {Segment[]} */
    const segments = [];
    for (const line of text.split('\n')) {
        const name = /^#EXT-X-MAP:URI="(.*)"$/.exec(line)?.[1] ?? (line.endsWith('.m4s') ? line : '');
        if (name === '') continue;
        const at = path.posix.join(path.posix.dirname(key), name);
        const bytes = (await store.load(at, 1 << 28))?.bytes;
        if (bytes === undefined) throw new Error(`${at} is not there`);
        const [, stem = '', offset] = /^(?:.*\/)?(.+)-(init\.mp4|\d+\.m4s)$/.exec(name) ?? [];
        if (offset === 'init.mp4') inits.set(stem, bytes);
        else segments.push({ stem, offset: parseInt(String(offset), 10), bytes });
    }
    return { text, inits, segments };
}

/** All that the hours of a channel lead to, in order. @param {S3} store @param {string} folder "ocellus/cam1/" */
export async function readHours(store, folder) {
    const lists = [...(await store.all(folder)).objects.keys()].filter((key) => /\/\d\d\.m3u8$/.test(key)).sort();
    /** @type {{ inits: Map<string, Buffer>, segments: Segment[] }} */
    const all = { inits: new Map(), segments: [] };
    for (const key of lists) {
        const one = await readList(store, key);
        for (const [stem, bytes] of one?.inits ?? []) all.inits.set(stem, bytes);
        all.segments.push(...(one?.segments ?? []));
    }
    return all;
}

/** Recordings of a channel that are complete, oldest first. @param {string} data @param {string} [channel] */
export function recordingsOf(data, channel = 'cam1') {
    const folder = path.join(data, 'recordings', channel);
    const names = readdirSync(folder).filter((name) => name.endsWith('.mp4')).sort();
    return names.map((name) => ({ name, stem: /^[^_]+_[^_]+/.exec(name)?.[0] ?? '', file: path.join(folder, name) }));
}

/**
 * Each segment is there once and in order, and together they are the recordings, byte for byte, from the first segment on.
 * @param {Test} t
 * @param {readonly Segment[]} segments
 * @param {ReadonlyMap<string, Buffer>} inits
 * @param {string} data
 */
export function areRecordings(t, segments, inits, data) {
    const names = segments.map(({ stem, offset }) => `${stem} ${String(offset).padStart(10, '0')}`);
    t.is(new Set(names).size, names.length, 'no segment is there twice');
    t.deepEqual(names, [...names].sort(), 'they are in order');
    let begun = false;
    let bytes = 0;
    for (const { name, stem, file } of recordingsOf(data)) {
        const own = segments.filter((one) => one.stem === stem);
        const [first] = own;
        const recorded = readFileSync(file);
        if (first === undefined) {
            t.false(begun && recorded.includes('moof'), `${name}: nothing of it was sent`);
            continue;
        }
        const sent = Buffer.concat(own.map((one) => one.bytes));
        const rest = recorded.subarray(first.offset + sent.length);
        t.true(sent.equals(recorded.subarray(first.offset, first.offset + sent.length)), `${name}: the bytes of the recording`);
        t.true(rest.length === 0 || rest.toString('latin1', 4, 8) === 'mfra', `${name}: ${rest.length} bytes are missing behind ${own.length} segments`);
        const init = inits.get(stem);
        t.true(init?.toString('latin1', 4, 8) === 'ftyp' && init.equals(recorded.subarray(0, init.length)), `${name}: its head`);
        t.true(!begun || recorded.toString('latin1', first.offset + 4, first.offset + 8) === 'free', `${name}: it begins with the first fragment`);
        bytes += sent.length;
        begun = true;
    }
    t.true(begun, 'something was sent');
    return bytes;
}

/** `ocellus cloud verify` finds nothing that breaks a promise. @param {Test} t @param {string} folder for a file of keys @param {Store} store @param {string} [bucket] */
export async function verified(t, folder, { endpoint, keys }, bucket = 'film') {
    writeFileSync(path.join(folder, 'keys'), `AWS_ACCESS_KEY_ID=${keys.accessKeyId}\nAWS_SECRET_ACCESS_KEY=${keys.secretAccessKey}\n`, { mode: 0o600 });
    const words = ['cloud', 'verify', 'ocellus', '--endpoint', endpoint, '--path-style', '--bucket', bucket, '--key-file', 'keys', '--json'];
    const { code, out, err } = await byProgram(folder, words);
    t.is(code, 0, `${out}${err}`);
    return JSON.parse(out.split('\n').at(-1) ?? '').verified;
}
