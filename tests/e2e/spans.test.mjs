// Spans of rings and pictures as bodies, in the whole program: put, served, and every end that they have.
import http from 'node:http';
import net from 'node:net';
import test from 'ava';
import { eventually, start, temporary, testApp } from './device.mjs';
import { lengthOf, readMp4, trackOf } from './mp4.mjs';
import { hanging } from '../guard.mjs';

/** @typedef {import('ava').ExecutionContext} T */
/** @typedef {import('./device.mjs').Device} Device */

/** Asks the application for a deed. @param {string} url @param {string} deed @param {object} [desired] @param {RequestInit} [options] */
function request(url, deed, desired = {}, options = {}) {
    return fetch(`${url}/api/${deed}?${encodeURIComponent(JSON.stringify(desired))}`, { signal: hanging(), ...options });
}

/** The same until it is done: a ring may be empty yet. @param {string} url @param {string} deed @param {object} [desired] @returns {Promise<any>} */
function until(url, deed, desired = {}) {
    return eventually(async () => {
        const answer = await request(url, deed, desired);
        const text = await answer.text();
        if (answer.status !== 200) throw new Error(text);
        return text === '' ? {} : JSON.parse(text);
    }, deed);
}

/** The application with an open channel. @param {T} t @param {object} [channel] */
async function application(t, channel = {}) {
    const { device } = start(t, ['--app', testApp('spans'), '--data', temporary(t)]);
    const url = await device.url();
    const body = JSON.stringify({ url: '', ringMs: 30_000, loop: true, fast: false, ...channel }); // an address has "="
    const opened = await fetch(`${url}/api/open`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    t.is(await opened.text(), '');
    return { device, url };
}

/** Whole clip in the ring at once. */
const imported = { loop: false, fast: true };

/** A server. @param {T} t @param {http.RequestListener} answer @returns {Promise<number>} its port */
function serve(t, answer) {
    const server = http.createServer(answer);
    t.teardown(() => {
        server.closeAllConnections();
        server.close();
    });
    return new Promise((ready) => server.listen(0, '127.0.0.1', () => ready(/** @type {net.AddressInfo} */ (server.address()).port)));
}

/** @param {Device} device @param {number} [count] the how manieth */
function putEnded(device, count = 1) {
    return device.until(() => device.events.filter(({ event }) => event === 'put')[count - 1], `end of PUT ${count}`);
}

/** A connection that asks for what is kept and reads no more than the head. @param {string} url */
async function stalled(url) {
    const socket = net.connect(Number(new URL(url).port), '127.0.0.1');
    socket.write('GET /api/kept HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await new Promise((ready) => socket.once('readable', () => ready(undefined)));
    return socket;
}

/** What a stalled connection still brings. @param {net.Socket} socket */
async function rest(socket) {
    let bytes = 0;
    socket.on('error', () => undefined);
    socket.on('data', (part) => {
        bytes += part.length;
    });
    await new Promise((resolve) => socket.once('close', resolve));
    return bytes;
}

test('a span is put, redirected and served, byte for byte the same, and plays', async (t) => {
    /** @type {Buffer[]} */
    const got = [];
    /** @type {(string | undefined)[]} */
    const types = [];
    const port = await serve(t, (incoming, reply) => {
        /** @type {Buffer[]} */
        const parts = [];
        incoming.on('data', (part) => parts.push(part));
        incoming.on('end', () => {
            got.push(Buffer.concat(parts));
            types.push(incoming.headers['content-type']);
            if (got.length === 1) reply.writeHead(307, { location: '/again' }).end();
            else reply.end();
        });
    });
    const { device, url } = await application(t, imported);
    const { bytes, type } = await eventually(async () => {
        const made = await until(url, 'keep', { beforeMs: 20_000 });
        return made.bytes > 600_000 ? made : undefined;
    }, 'the whole clip');
    t.is(type, 'video/mp4');
    await request(url, 'put', { port });
    t.like(await putEnded(device), { status: 200 });
    const whole = Buffer.from(await (await request(url, 'kept')).arrayBuffer());
    t.is(whole.length, bytes);
    t.deepEqual(types, ['video/mp4', 'video/mp4']);
    t.deepEqual(got[0], whole);
    t.deepEqual(got[1], whole);
    const tracks = readMp4(whole);
    const video = trackOf(tracks, 'video');
    t.is(Math.round(lengthOf(video)), 10);
    t.true(video.samples[0]?.key);
    t.true(trackOf(tracks, 'audio').samples.length > 100);
    const part = await request(url, 'kept', {}, { headers: { range: 'bytes=1000-500999', 'if-range': '"one"' } });
    t.is(part.status, 206);
    t.is(part.headers.get('content-type'), 'video/mp4');
    t.deepEqual(Buffer.from(await part.arrayBuffer()), whole.subarray(1000, 501_000));
    const silent = readMp4(Buffer.from(await (await request(url, 'span', { beforeMs: 3000, untilMs: 1000, audio: false })).arrayBuffer()));
    t.deepEqual(silent.map(({ kind }) => kind), ['video']);
    t.true(lengthOf(trackOf(silent, 'video')) < 5);
});

test('a snapshot is the newest key frame: a file of one picture', async (t) => {
    const { url } = await application(t, imported);
    await until(url, 'keep', { beforeMs: -1 });
    const answer = await request(url, 'kept');
    t.is(answer.headers.get('content-type'), 'video/mp4');
    const tracks = readMp4(Buffer.from(await answer.arrayBuffer()));
    t.deepEqual(tracks.map(({ kind, samples }) => [kind, samples.length, samples[0]?.key]), [['video', 1, true]]);
});

test('a span stays as it was; those that are forgotten give their places back', async (t) => {
    const { url } = await application(t, { url: 'fake:?fps=100&gop=20&size=2000&key=4000', ringMs: 1500, loop: false });
    await until(url, 'keep', { beforeMs: 300 });
    const first = Buffer.from(await (await request(url, 'kept')).arrayBuffer());
    const newest = async () => readMp4(Buffer.from(await (await request(url, 'span', { beforeMs: 1 })).arrayBuffer()));
    t.is((await newest())[0]?.samples[0]?.key, true);
    const { bytes } = await until(url, 'forget', { beforeMs: 1, count: 40 }); // 8 of a ring at a time
    t.true(bytes > 40 * 4000);
    await eventually(async () => {
        const { status, body } = await request(url, 'span', { beforeMs: 1 });
        await body?.cancel();
        return status === 200 || undefined;
    }, 'one more');
    t.deepEqual(Buffer.from(await (await request(url, 'kept')).arrayBuffer()), first);
});

/** A span that no socket swallows whole: some 20 MB. @param {T} t */
async function large(t) {
    const { device, url } = await application(t, { url: 'fake:?fps=400&gop=40&size=40000&key=60000', ringMs: 6000, loop: false });
    const { bytes } = await eventually(async () => {
        const made = await until(url, 'keep', { beforeMs: 2000 });
        return made.bytes > 20_000_000 ? made : undefined;
    }, 'a large span');
    return { device, url, bytes };
}

for (const [title, name, why, refused] of /** @type {const} */ ([
    ['privacy mode', 'privacy', /privacy mode is on/, 'PRIVATE'],
    ['the end of its channel', 'close', /closed/, 'NOENT'],
])) {
    test(`${title} ends a span that is being sent`, async (t) => {
        const port = await serve(t, (incoming) => incoming.pause()); // takes what the sockets take
        const { device, url, bytes } = await large(t);
        const held = await stalled(url);
        await request(url, 'put', { port });
        t.is((await request(url, name, { on: true })).status, 200);
        t.true((await rest(held)) < bytes);
        const { status, code } = await request(url, 'span', { beforeMs: 1000 }).then(async (answer) => ({ status: answer.status, ...(await answer.json()) }));
        t.deepEqual([status, code], [409, refused]);
        await request(url, 'put', { port: await serve(t, (incoming, reply) => incoming.resume().on('end', () => reply.end())) });
        const end = await putEnded(device);
        t.is(end['code'], 'CLOSED');
        t.regex(String(end['message']), why);
    });
}

test('a script that ends takes what it has lent with it, and the next one lends again', async (t) => {
    const { url, bytes } = await large(t);
    const held = await stalled(url);
    await request(url, 'crash');
    t.true((await rest(held)) < bytes);
    const { bytes: again } = await until(url, 'keep', { beforeMs: 500 });
    t.true(again > 1_000_000);
    t.is((await (await request(url, 'kept')).arrayBuffer()).byteLength, again);
});
