// Small pictures of recordings: the right key frame, its size, how long it may be kept, who may see it.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { read } from '../blockcode/blockcode.mjs';
import { Device, eventually, program, start, temporary } from '../e2e/device.mjs';
import { basic, closed, connect2, password } from './closed.mjs';
import { channel, height, record, width } from './spans.mjs';

const begin = Date.parse('2026-11-20T08:00:00.000Z');

/** @param {string} url @param {string | number} at */
async function thumbnail(url, at) {
    const response = await fetch(`${url}/thumbnail/${channel}.jpg?at=${at}`);
    const body = Buffer.from(await response.arrayBuffer());
    return { status: response.status, type: response.headers.get('content-type'), cache: response.headers.get('cache-control'), body };
}

/** A JPEG as grey pixels of one size. @param {Buffer} jpeg */
function pixels(jpeg) {
    const args = ['-v', 'error', '-f', 'mjpeg', '-i', 'pipe:0', '-vf', `scale=${width}:${height}:flags=area`, '-pix_fmt', 'gray', '-f', 'rawvideo', 'pipe:1'];
    return spawnSync('ffmpeg', args, { input: jpeg }).stdout;
}

/** The number in a picture. @param {Buffer} jpeg */
const numberOf = (jpeg) => read({ pixels: pixels(jpeg), width, height, channels: 1 })?.frame;

/** Width and height of a baseline JPEG. @param {Buffer} image */
function sizeOf(image) {
    for (let at = 2; at + 9 < image.length && image[at] === 0xff; at += 2 + image.readUInt16BE(at + 2)) {
        if (image[at + 1] === 0xc0) return [image.readUInt16BE(at + 7), image.readUInt16BE(at + 5)];
    }
    return undefined;
}

/** The program in a folder without its helper. @param {import('ava').ExecutionContext} t @param {string} data */
function withoutHelper(t, data) {
    const folder = temporary(t);
    for (const name of readdirSync(path.dirname(program))) {
        if (name !== 'ocellus-ffmpeg' && name !== 'ocellus') symlinkSync(path.join(path.dirname(program), name), path.join(folder, name));
    }
    copyFileSync(program, path.join(folder, 'ocellus'));
    const device = new Device(['run', '--json', '--port', '0', '--data', data], { program: path.join(folder, 'ocellus') });
    t.teardown(async () => {
        device.process.kill('SIGKILL');
        await device.ended;
    });
    return device;
}

test('[E9] the thumbnail of an instant is the key frame at or before it, 320 wide at most, and may be kept', async (t) => {
    const data = temporary(t);
    record(data, begin, { seconds: 40, fps: 4, first: 0, gop: 6 });
    record(data, begin + 100_000, { seconds: 20, fps: 4, first: 400, gop: 12, size: '640x352' });
    const { device } = start(t, ['--record', 'off'], { data });
    const url = await device.url();
    const at = (/** @type {number} */ seconds) => thumbnail(url, begin + seconds * 1000);
    for (const [second, frame] of /** @type {const} */ ([
        [0, 0],
        [1.49, 0],
        [1.51, 6],
        [7.9, 30],
        [39.9, 156],
        [41, 156],
        [100, 400],
        [105.9, 412],
        [106.01, 424],
        [119, 472],
    ])) {
        const got = await at(second);
        t.is(got.status, 200, `${second}: ${got.body}`);
        t.is(got.type, 'image/jpeg');
        t.is(got.cache, 'max-age=3600');
        t.is(numberOf(got.body), frame, `second ${second}`);
        t.deepEqual(sizeOf(got.body), second < 100 ? [width, height] : [320, 176]);
    }
    t.is(numberOf((await thumbnail(url, new Date(begin + 7900).toISOString())).body), 30);
    for (const [rest, status] of /** @type {const} */ ([
        [`${channel}.jpg?at=${begin - 1}`, 404],
        [`${channel}.jpg?at=${begin + 60_000}`, 404],
        [`${channel}.jpg?at=${begin + 3_600_000}`, 404],
        ['other.jpg?at=2026-11-20T08:00:01Z', 404],
        [`${channel}.jpg`, 400],
        [`${channel}.jpg?at=yesterday`, 400],
        [`${channel}.jpg?at=99999999999999999999`, 400],
        [`${channel}.png?at=${begin}`, 404],
        [`a/${channel}.jpg?at=${begin}`, 404],
    ])) {
        t.is((await fetch(`${url}/thumbnail/${rest}`)).status, status, rest);
    }
    const many = await Promise.all(Array.from({ length: 80 }, (_, i) => at(i % 40)));
    t.true(many.every(({ status }) => status === 200 || status === 503));
    t.true(many.some(({ status }) => status === 200));
    t.is((await at(20)).status, 200, 'full for a moment only');
    t.is((await device.stop()).code, 0);
});

test('[E9] a file that is being written has thumbnails too; the newest is not kept', async (t) => {
    const { device } = start(t, ['--input', 'test:size=640x360&fps=10&gop=2', '--record', 'on']);
    const url = await device.url();
    const file = await eventually(async () => {
        const { recordings } = await device.json('/api/recordings');
        return recordings[0]?.durationMs > 3000 ? recordings[0] : undefined;
    }, 'three seconds of a recording');
    const started = Date.parse(file.start);
    const of = (/** @type {number} */ ms) => fetch(`${url}/thumbnail/${file.channel}.jpg?at=${ms}`);
    const past = await of(started + 1000);
    t.is(past.status, 200);
    t.is(past.headers.get('cache-control'), 'max-age=3600');
    t.deepEqual(sizeOf(Buffer.from(await past.arrayBuffer())), [320, 180]);
    const newest = await of(Date.now() + 60_000);
    t.is(newest.status, 200);
    t.is(newest.headers.get('cache-control'), 'no-store');
    t.is((await device.stop()).code, 0);
});

test('without ocellus-ffmpeg a line says what is missing; Motion JPEG has its own picture', async (t) => {
    const data = temporary(t);
    record(data, begin, { seconds: 4, fps: 4, first: 0, gop: 4 });
    const folder = path.join(data, 'recordings', 'sensor');
    const source = path.join(temporary(t), 'sensor.mp4');
    mkdirSync(folder);
    execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc=size=640x360:rate=10', '-t', '4', '-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p', source]);
    execFileSync(path.join(root, 'build', 'linux', 'oc-remux'), [source, path.join(folder, 'sensor_20261120T080000.000Z_20261120T080004.000Z.mp4'), '--per-gop']);
    const device = withoutHelper(t, data);
    const url = await device.url();
    const refused = await thumbnail(url, begin + 1000);
    t.is(refused.status, 501);
    t.regex(refused.body.toString(), /ocellus-ffmpeg/);
    const own = await fetch(`${url}/thumbnail/sensor.jpg?at=${begin + 500}`);
    t.is(own.status, 200);
    t.deepEqual(sizeOf(Buffer.from(await own.arrayBuffer())), [640, 360]);
    await device.stop();
});

test('snapshots and thumbnails need a login where recordings do', async (t) => {
    const data = temporary(t);
    record(data, begin, { seconds: 4, fps: 4, first: 0, gop: 4 });
    const { device, url } = await closed(t, ['--input', 'test:size=640x360&fps=10'], { data });
    const get = (/** @type {string} */ at, headers = {}) => connect2(t, url).request({ ':path': at, ...headers });
    const paths = ['/snapshot/test.jpg', `/thumbnail/${channel}.jpg?at=${begin + 1000}`, '/thumbnail/event/1.jpg', `/recordings/${channel}/x.mp4`];
    for (const at of paths) {
        t.is((await get(at)).status, 401, at);
        t.is((await get(at, basic('admin', 'wrong-wrong-wrong'))).status, 401, at);
        t.is((await get(at, { cookie: '__Host-ocellus=nothing' })).status, 401, at);
    }
    const known = basic('admin', password);
    for (const at of paths.slice(0, 2)) {
        const got = await eventually(async () => {
            const answer = await get(at, known);
            return answer.status === 200 ? answer : undefined;
        }, at);
        t.is(got.headers['content-type'], 'image/jpeg');
        t.is((await get(at, { ...known, ':method': 'POST' })).status, 405);
    }
    t.is((await get('/thumbnail/event/1.jpg', known)).status, 404);
    await device.stop();
});

/** Events of a camera. @param {import('ava').ExecutionContext} t @param {Device} device */
async function eventsOf(t, device) {
    const url = await device.url();
    const raise = async (/** @type {object} */ event) => {
        const answer = await fetch(`${url}/api/events`, { method: 'POST', body: JSON.stringify(event), headers: { 'content-type': 'application/json' } });
        t.is(answer.status, 202);
        return Number((await answer.json()).id);
    };
    const rowOf = async (/** @type {number} */ id) => (await device.json('/api/event-log')).events.find((/** @type {any} */ row) => row.id === id);
    const pictured = (/** @type {number} */ id) => eventually(async () => ((row) => (row.picture ? row : undefined))(await rowOf(id)), `the picture of event ${id}`);
    return { raise, rowOf, pictured };
}

test('an event has a picture of its channel from when it began; it goes with the event', async (t) => {
    const { device, data } = start(t, ['--input', 'test:size=1280x720&fps=10&gop=1', '--input', 'push:nothing', '--record', 'off']);
    const url = await device.url();
    await eventually(async () => (await fetch(`${url}/snapshot/test.jpg`)).status === 200 || undefined, 'a picture');
    const { raise, rowOf, pictured } = await eventsOf(t, device);
    const ids = [await raise({ kind: 'human', channel: 'test' }), await raise({ kind: 'doorbell' })];
    for (const id of ids) {
        const row = await pictured(id);
        t.is(row.picture, `/thumbnail/event/${id}.jpg`);
        const got = await fetch(url + row.picture);
        t.is(got.status, 200);
        t.is(got.headers.get('content-type'), 'image/jpeg');
        t.is(got.headers.get('cache-control'), 'max-age=3600');
        t.deepEqual(sizeOf(Buffer.from(await got.arrayBuffer())), [640, 360]);
    }
    const past = await raise({ kind: 'human', channel: 'test', start: Date.now() - 60_000, end: Date.now() - 50_000 });
    const others = [];
    for (let i = 0; i < 9; i++) others.push(await raise({ kind: 'human', channel: 'nothing' })); // one more than are waited for
    const after = await raise({ kind: 'sound', channel: 'test' });
    await pictured(after);
    t.is((await rowOf(past)).picture, null, 'of the past');
    for (const other of others) t.is((await rowOf(other)).picture, null, 'of a channel without pictures');
    const month = path.join(data, 'events', new Date().toISOString().slice(0, 7).replace('-', ''));
    t.deepEqual(readdirSync(month).sort(), [...ids, after].map((id) => `${id}.jpg`).sort());
    t.is((await fetch(`${url}/api/event-log/${ids[0]}`, { method: 'DELETE' })).status, 204);
    t.is((await fetch(`${url}/thumbnail/event/${ids[0]}.jpg`)).status, 404);
    t.deepEqual(readdirSync(month).sort(), [ids[1], after].map((id) => `${id}.jpg`).sort());
    await device.stop();
});

test('an event of a camera that starts, or is lost, has the first picture that comes, not one of another time', async (t) => {
    const { device, data } = start(t, ['--input', 'test:size=640x360&fps=10&gop=1', '--input', 'push:enc', '--record', 'off']);
    const url = await device.url();
    const stateOf = async () => (await device.json('/api/status')).channels.find((/** @type {any} */ { name }) => name === 'enc')?.state;
    const push = async () => {
        const sender = spawn(path.join(root, 'build', 'linux', 'examples', 'push_client'), [path.join(data, 'push.sock'), 'enc'], { stdio: 'ignore' });
        t.teardown(() => sender.kill('SIGKILL'));
        await eventually(async () => (await stateOf()) === 'running' || undefined, 'pushed pictures');
        return sender;
    };
    await eventually(async () => (await fetch(`${url}/snapshot/test.jpg`)).status === 200 || undefined, 'a picture');
    await eventually(async () => existsSync(path.join(data, 'push.sock')) || undefined, 'the socket');
    const { raise, rowOf, pictured } = await eventsOf(t, device);
    const early = await raise({ kind: 'human', channel: 'enc' });
    const first = await push();
    await pictured(early);
    first.kill('SIGKILL');
    await eventually(async () => (await stateOf()) === 'lost' || undefined, 'its loss');
    const late = await raise({ kind: 'human', channel: 'enc' });
    await pictured(await raise({ kind: 'doorbell' })); // of the channel that runs; what was raised before was looked at before
    t.is((await rowOf(late)).picture, null);
    await push();
    await pictured(late);
    await device.stop();
});

test('the webhook has the picture of an event behind the event, byte for byte, signed', async (t) => {
    /** @type {{ type: string, key: string, signature: string, event: string, body: Buffer }[]} */
    const got = [];
    let busy = 1;
    const server = createServer(async (request, response) => {
        const { 'content-type': type = '', 'idempotency-key': key = '', 'ocellus-signature': signature = '', 'ocellus-event': event = '' } = request.headers;
        const body = Buffer.concat(await request.toArray());
        response.statusCode = type === 'image/jpeg' && busy-- > 0 ? 503 : 200;
        got.push({ type, key: String(key), signature: String(signature), event: String(event), body });
        response.end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.teardown(() => server.close());
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    const settings = path.join(temporary(t), 's.json');
    writeFileSync(settings, JSON.stringify({ events: { webhook: { url: `http://127.0.0.1:${port}/`, secret: 'abc' } } }));
    const { device, data } = start(t, ['--input', 'test:size=1280x720&fps=10&gop=1', '--record', 'off', '--settings', settings]);
    const url = await device.url();
    await eventually(async () => (await fetch(`${url}/snapshot/test.jpg`)).status === 200 || undefined, 'a picture');
    await eventually(() => existsSync(path.join(data, 'webhook.json')) || undefined, 'the receiver is noted');
    const answer = await fetch(`${url}/api/events`, { method: 'POST', body: '{"kind":"human","channel":"test"}', headers: { 'content-type': 'application/json' } });
    t.is(answer.status, 202);
    await eventually(async () => got.length >= 3 || undefined, 'the event, and its picture twice');
    const kept = Buffer.from(await (await fetch(`${url}/thumbnail/event/1.jpg`)).arrayBuffer());
    t.deepEqual(got.map(({ type }) => type), ['application/json', 'image/jpeg', 'image/jpeg']);
    t.is(JSON.parse(got[0]?.body.toString() ?? '').event.picture, '/thumbnail/event/1.jpg');
    for (const { key, signature, event, body } of got.slice(1)) {
        t.true(body.equals(kept));
        t.is(event, '1');
        t.is(key, `${got[0]?.key}-picture`);
        const [, seconds, hash] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? [];
        const digest = createHash('sha256').update(kept).digest('hex');
        t.is(hash, createHmac('sha256', 'abc').update(`${seconds}.${digest}`).digest('hex'));
    }
    await device.stop();
});
