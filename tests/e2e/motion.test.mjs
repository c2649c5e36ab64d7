// Snapshots, and events of motion and sound, from outside: a test source that something crosses.
import { spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { Device, eventually, program, start, temporary } from './device.mjs';

/** @param {Device} device @param {string} path @returns {Promise<{ status: number, type: string | null, retry: string | null, body: Buffer }>} */
async function get(device, path) {
    const response = await fetch((await device.url()) + path);
    const body = Buffer.from(await response.arrayBuffer());
    return { status: response.status, type: response.headers.get('content-type'), retry: response.headers.get('retry-after'), body };
}

/** Width and height of a baseline JPEG; undefined: it is none. @param {Buffer} image */
function sizeOf(image) {
    if (image.readUInt16BE(0) !== 0xffd8 || image.readUInt16BE(image.length - 2) !== 0xffd9) return undefined;
    for (let at = 2; at + 9 < image.length && image[at] === 0xff; at += 2 + image.readUInt16BE(at + 2)) {
        if (image[at + 1] === 0xc0) return [image.readUInt16BE(at + 7), image.readUInt16BE(at + 5)];
    }
    return undefined;
}

/** The helpers of that class that run under a program. @param {Device} device @param {string} kind @returns {number[]} */
function helpers(device, kind) {
    const { stdout } = spawnSync('ps', ['-o', 'pid=,args=', '--ppid', String(device.process.pid)], { encoding: 'utf8' });
    return stdout
        .split('\n')
        .filter((line) => line.includes(`ocellus-ffmpeg ${kind}`))
        .map((line) => Number.parseInt(line, 10));
}

/** @param {Device} device @param {string} path @returns {Promise<Awaited<ReturnType<typeof get>>>} a snapshot, when there is one */
const snapshot = (device, path) =>
    eventually(async () => {
        const answer = await get(device, path);
        return answer.status === 200 ? answer : undefined;
    }, `a snapshot at ${path}`);

/** @param {Device} device @param {object} motion @param {object} [sound] */
async function detect(device, motion, sound = {}) {
    const response = await fetch(`${await device.url()}/api/channels/test`, {
        method: 'PATCH',
        body: JSON.stringify({ motion, sound }),
        headers: { 'content-type': 'application/json' },
    });
    return response.status;
}

/** Events of a kind so far. @param {Device} device @param {string} kind */
const seen = (device, kind) => device.events.filter(({ event }) => event === kind);

test('a snapshot is the newest key frame as JPEG; many at once share it; its decoder may die', async (t) => {
    const { device } = start(t, ['--input', 'test:size=640x360&fps=10,sub=320x180', '--record', 'off']);
    const main = await snapshot(device, '/snapshot/test.jpg');
    t.is(main.type, 'image/jpeg');
    t.deepEqual(sizeOf(main.body), [640, 360]);
    t.deepEqual(sizeOf((await snapshot(device, '/snapshot/test.jpg?stream=sub')).body), [320, 180]);
    const many = await Promise.all(Array.from({ length: 24 }, () => get(device, '/snapshot/test.jpg')));
    t.true(many.every(({ status, body }) => status === 200 && sizeOf(body)?.[0] === 640));
    t.true(new Set(many.map(({ body }) => body.toString('base64'))).size <= 3, 'one decoding for each key frame');
    t.is((await get(device, '/snapshot/other.jpg')).status, 404);
    t.is((await get(device, '/snapshot/test.png')).status, 404);
    t.is((await get(device, '/snapshot/test.jpg?stream=third')).status, 404);
    const [looks = 0] = helpers(device, 'look');
    t.true(looks > 0);
    process.kill(looks, 'SIGKILL');
    // its socket closes before its process can be waited for: either is seen first, and by a picture that is not kept
    const logged = new RegExp(`ocellus-ffmpeg ${looks} with 1 inputs ended: (signal 9|it closed a view unexpectedly)`);
    await eventually(async () => {
        t.deepEqual(sizeOf((await snapshot(device, '/snapshot/test.jpg')).body), [640, 360]);
        return logged.test(device.stderr) || undefined;
    }, 'the end of the decoder is in the log');
    t.not(helpers(device, 'look')[0], looks);
    await device.stop();
});

test('the picture of Motion JPEG is the sensor’s own, byte for byte, without a decoder', async (t) => {
    const made = start(t, ['--input', 'test:size=320x240&fps=10', '--record', 'off']).device;
    const { body } = await snapshot(made, '/snapshot/test.jpg');
    await made.stop();
    const file = path.join(temporary(t), 'sensor.mjpeg');
    writeFileSync(file, Buffer.concat(Array.from({ length: 100 }, () => body)));
    const { device } = start(t, ['--input', `ffmpeg:${file}`, '--record', 'off']);
    t.true((await snapshot(device, '/snapshot/sensor.jpg')).body.equals(body));
    t.deepEqual(helpers(device, 'look'), []);
    await device.stop();
});

test('privacy mode refuses snapshots and ends motion; without a picture the answer says when to ask again', async (t) => {
    const { device } = start(t, ['--input', 'test:size=640x360&fps=10', '--record', 'off']);
    await snapshot(device, '/snapshot/test.jpg');
    const set = async (/** @type {boolean} */ on) =>
        fetch(`${await device.url()}/api/privacy`, { method: 'POST', body: JSON.stringify({ on }), headers: { 'content-type': 'application/json' } });
    t.is((await set(true)).status, 200);
    const refused = await get(device, '/snapshot/test.jpg');
    t.is(refused.status, 403);
    t.regex(refused.body.toString(), /privacy/);
    t.is((await set(false)).status, 200);
    const later = await eventually(async () => {
        const answer = await get(device, '/snapshot/test.jpg');
        t.true([200, 404, 503].includes(answer.status));
        t.true(answer.status !== 503 || answer.retry === '1');
        return answer.status === 200 || undefined;
    }, 'a snapshot after privacy mode');
    t.true(later);
    await device.stop();
});

test('something that crosses the picture is an event of motion and of sound, with its end; settings apply at once', async (t) => {
    const { device } = start(t, ['--record', 'off']);
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ name: 'test', input: 'test:size=640x360&fps=10&object=8&tone=1&gop=2' });
    t.is((await fetch(`${await device.url()}/api/channels`, { method: 'POST', headers, body })).status, 201);
    await snapshot(device, '/snapshot/test.jpg');
    t.deepEqual(seen(device, 'motion'), [], 'it is off at first');
    t.is(await detect(device, { enabled: true, cooldownSeconds: 2 }, { enabled: true, thresholdDb: 10 }), 200);
    const edges = await eventually(async () => (seen(device, 'motion').length >= 2 ? seen(device, 'motion') : undefined), 'motion begins and ends');
    t.like(edges[0], { channel: 'test', text: 'on' });
    t.like(edges[1], { channel: 'test', text: 'off' });
    const [kept] = await eventually(async () => {
        const { events } = await device.json('/api/event-log?kind=motion&order=oldest');
        return events.length > 0 ? events : undefined;
    }, 'the kept event');
    t.deepEqual(Object.keys(kept.data), ['area', 'box']);
    const [x, y, width, height] = kept.data.box;
    t.true([kept.data.area, x, y, width, height].every((part) => Number.isInteger(part) && part >= 0 && part <= 1000));
    t.true(kept.data.area >= 2 && x + width <= 1001 && y + height <= 1001 && width * height * 2 >= kept.data.area * 1000);
    const sounds = await eventually(async () => (seen(device, 'sound').length >= 2 ? seen(device, 'sound') : undefined), 'sound begins and ends');
    t.like(sounds[0], { channel: 'test', text: 'on' });
    t.is(await detect(device, { enabled: true, zones: '0,0 100,0 100,30 0,30', cooldownSeconds: 2 }), 200);
    const before = seen(device, 'motion').length;
    await eventually(async () => seen(device, 'sound').length >= sounds.length + 2 || undefined, 'the next crossing');
    t.is(seen(device, 'motion').length, before, 'nothing moves in the upper third');
    t.not(await detect(device, { zones: '1,1' }), 200);
    t.is(await detect(device, { enabled: false }, { enabled: false }), 200);
    await device.stop();
});

test('without ocellus-ffmpeg one line says what is missing; the stream goes on', async (t) => {
    const folder = temporary(t);
    for (const name of readdirSync(path.dirname(program))) {
        if (name !== 'ocellus-ffmpeg' && name !== 'ocellus') symlinkSync(path.join(path.dirname(program), name), path.join(folder, name));
    }
    copyFileSync(program, path.join(folder, 'ocellus'));
    const clip = path.join(root, 'assets', 'clip.mp4');
    const args = ['run', '--json', '--port', '0', '--data', temporary(t), '--input', `front=${clip}`, '--record', 'off'];
    const device = new Device(args, { program: path.join(folder, 'ocellus') });
    t.teardown(async () => {
        device.process.kill('SIGKILL');
        await device.ended;
    });
    const answer = await eventually(async () => {
        const got = await get(device, '/snapshot/front.jpg');
        return /ocellus-ffmpeg/.test(got.body.toString()) ? got : undefined;
    }, 'an answer that says what is missing');
    t.is(answer.status, 503);
    await get(device, '/snapshot/front.jpg');
    t.is(device.stderr.match(/motion, sound and snapshots need ocellus-ffmpeg/g)?.length, 1);
    t.is((await device.json('/api/status')).channels[0].state, 'running');
    await device.stop();
});
