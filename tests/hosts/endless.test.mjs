// Live bodies without an end: what players read, who may read it and for how long, and peers that are slow or leave.
import net from 'node:net';
import path from 'node:path';
import { readFileSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { eventually, sleep, standstill, start, temporary, testApp } from '../e2e/device.mjs';
import { trackOf } from '../e2e/mp4.mjs';
import { ask, basic, closed, connect2, cookieOf, login, origin, password } from './closed.mjs';
import { holesIn, picturesOf, pushing, tracksOf, watch } from './endless.mjs';

const json = { 'content-type': 'application/json' };
const fake = 'cam1=fake:?fps=30&gop=30&audio=aac';

/** @param {import('../e2e/device.mjs').Device} device */
const viewers = async (device) => (await device.json('/api/status')).channels[0].live.viewers;

/** Pictures follow each other at once, but where the machine stood still. @param {import('../e2e/device.mjs').Device} device @param {ReturnType<typeof picturesOf>} pictures */
const even = async (device, pictures) =>
    pictures.every(({ dts }, i) => i === 0 || dts - (pictures[i - 1]?.dts ?? 0) === 3000) || (holesIn(pictures).length > 0 && standstill((await device.json('/api/events')).events) > 0);

/** Waits until somebody can watch. @param {import('../e2e/device.mjs').Device} device @param {string} file */
async function playing(device, file) {
    const url = (await device.url()) + file;
    await eventually(async () => {
        const response = await fetch(url, { method: 'HEAD' });
        return response.status === 200 ? true : undefined;
    }, file);
    return url;
}

test('[E2] .mp4: one movie from a key picture on, its time from 0, both tracks, as chunks of HTTP/1.1', async (t) => {
    const { device } = start(t, ['--record', 'off', '--input', fake]);
    const viewer = await watch(t, await playing(device, '/live/cam1.mp4'));
    t.is(viewer.status, 200);
    t.like(viewer.headers, { 'content-type': 'video/mp4', 'cache-control': 'no-store', 'transfer-encoding': 'chunked' });
    t.is(viewer.headers['content-length'], undefined);
    await eventually(async () => ((await viewers(device)) === 1 ? true : undefined), 'a viewer is counted');
    const tracks = await eventually(async () => {
        const read = tracksOf(viewer.bytes());
        return read.every(({ kind, samples }) => samples.length > (kind === 'video' ? 80 : 130)) && read.length === 2 ? read : undefined;
    }, 'three seconds of it');
    const video = trackOf(tracks, 'video');
    t.true(video.samples[0]?.key);
    t.true(await even(device, picturesOf(viewer.bytes())), 'without a hole');
    t.deepEqual(video.samples.map((s) => s.dts), video.samples.map((_, i) => i * 3000));
    const audio = trackOf(tracks, 'audio');
    t.true((audio.samples[0]?.dts ?? 9999) <= 1024);
    viewer.leave();
    await eventually(async () => ((await viewers(device)) === 0 ? true : undefined), 'he has left');
});

test('HTTP/1.0 reads until the connection ends; HEAD gets the head; others are refused with a reason', async (t) => {
    const { device } = start(t, ['--record', 'off', '--input', 'cam1=fake:?fps=30&gop=30&audio=aac&script=end@300']);
    const url = new URL(await playing(device, '/live/cam1.mp4'));
    const old = await new Promise((resolve) => {
        let text = '';
        const socket = net.connect(Number(url.port), url.hostname, () => socket.write(`GET /live/cam1.mp4 HTTP/1.0\r\nHost: ${url.host}\r\n\r\n`));
        socket.setEncoding('latin1').on('data', (part) => (text += part));
        socket.on('close', () => resolve(text));
    });
    t.regex(old, /^HTTP\/1\.[01] 200 /);
    t.regex(old, /connection: close/i);
    t.notRegex(old, /transfer-encoding/i);
    t.regex(old, /\r\n\r\n[\s\S]{4}ftyp/);
    for (const [address, status, text] of /** @type {const} */ ([
        ['/live/cam1.mjpeg', 415, 'multipart images need a channel of mjpeg; the picture of this one is h264\n'],
        ['/live/cam2.mp4', 404, 'not found\n'],
        ['/live/cam1.mp4?stream=sub', 404, 'not found\n'],
        ['/live/cam1.mp4?t=1&stream=sub&u', 404, 'not found\n'],
        ['/live/cam1.mp4?stream=third', 404, 'stream is main or sub\n'],
        ['/live/cam1.avi', 404, 'not found\n'],
        ['/live/.mp4', 404, 'not found\n'],
        ['/live/cam1.mp4/', 404, 'not found\n'],
        [`/live/${'x'.repeat(200)}.mp4`, 404, 'not found\n'],
    ])) {
        const response = await fetch(new URL(address, url));
        t.deepEqual([response.status, await response.text()], [status, text], address);
    }
    t.is((await fetch(url, { method: 'POST', body: 'x' })).status, 405);
});

test('the end of the source ends the body as the protocol says it, and the connection with it', async (t) => {
    const { device } = start(t, ['--record', 'off', '--input', 'cam1=fake:?fps=30&gop=30&audio=aac&script=end@300']);
    const url = new URL(await playing(device, '/live/cam1.mp4'));
    const socket = net.connect(Number(url.port), url.hostname);
    t.teardown(() => socket.destroy());
    let text = '';
    let ended = false;
    socket.setEncoding('latin1').on('data', (part) => (text += part)).on('error', () => undefined).on('close', () => (ended = true));
    socket.write(`GET /live/cam1.mp4 HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`);
    await eventually(async () => (ended ? true : undefined), 'the end');
    t.regex(text, /^HTTP\/1\.1 200 [\s\S]*\r\ntransfer-encoding: chunked\r\n/i);
    t.true(text.endsWith('\r\n0\r\n\r\n'), 'the last chunk');
});

test('HTTP/2: the end of the body is the end of the stream, and the connection goes on', async (t) => {
    const { url } = await closed(t, ['--input', 'cam1=fake:?fps=30&gop=30&audio=aac&script=end@450']);
    const { session, request } = connect2(t, url);
    const headers = { ':path': '/live/cam1.flv', ...basic('admin', password) };
    await eventually(async () => ((await request({ ...headers, ':method': 'HEAD' })).status === 200 ? true : undefined), 'live');
    const answer = await request(headers);
    t.is(answer.status, 200);
    t.is(answer.text.slice(0, 3), 'FLV');
    t.true(answer.bytes > 100_000, String(answer.bytes));
    t.false(session.destroyed);
    t.is((await request({ ':path': '/healthz' })).status, 200);
});

test('HTTP/2: one stream that goes on keeps its connection for longer than an idle one is kept', async (t) => {
    const { url } = await closed(t, ['--input', fake]);
    const { session } = connect2(t, url);
    const stream = session.request({ ':path': '/live/cam1.flv', ...basic('admin', password) });
    let [bytes, over] = [0, false];
    stream.on('data', (/** @type {Buffer} */ part) => (bytes += part.length)).on('error', () => undefined);
    stream.on('close', () => (over = true));
    await sleep(18_000); // longer than any limit of an answer that ends
    const before = bytes;
    t.true(before > 0);
    await eventually(async () => (bytes > before ? true : undefined), 'more of it');
    t.false(over);
});

test('a lost source: the body goes on, on the same time line', async (t) => {
    const losses = [120, 240, 360, 480, 600].map((at) => `lost@${at}:IO`);
    const { device } = start(t, ['--record', 'off', '--input', `cam1=fake:?fps=30&gop=30&audio=aac&script=${losses}`]);
    const viewer = await watch(t, await playing(device, '/live/cam1.mp4'));
    const resumed = () => device.events.filter((e) => e['event'] === 'source-resumed').length;
    const before = resumed();
    await device.until(() => (resumed() > before ? true : undefined), 'lost and back');
    const pictures = await eventually(async () => {
        const read = picturesOf(viewer.bytes());
        return read.length - (holesIn(read).at(-1) ?? read.length) > 20 ? read : undefined;
    }, 'more of it');
    t.true(holesIn(pictures).every((at) => pictures[at]?.key));
});

test('the application dies again and again: who watches does not notice', async (t) => {
    const { device } = start(t, ['--record', 'off', '--app', testApp('throws-later'), '--input', fake]);
    const viewer = await watch(t, await playing(device, '/live/cam1.mp4'));
    await eventually(async () => ((await device.json('/api/status')).script.generation > 2 ? true : undefined), 'the third script');
    await sleep(1000); // pictures of the third script
    const pictures = await eventually(async () => ((read) => (read.length > 60 ? read : undefined))(picturesOf(viewer.bytes())), 'two seconds of it');
    t.is(pictures[0]?.dts, 0);
    t.true(await even(device, pictures), 'without a hole');
});

/** A settings file. @param {import('ava').ExecutionContext} t @param {object[]} channels */
function settings(t, channels) {
    const file = path.join(temporary(t), 'settings.json');
    writeFileSync(file, JSON.stringify({ channels }));
    return file;
}

/** Resident memory of a process, bytes. @param {number | undefined} pid */
const resident = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

test.serial('slow peers cost one piece each and go on at the newest key picture', async (t) => {
    // 24 Mbit/s, a ring of 3 s: 6 s are more than kernel and ring hold
    const channel = { name: 'cam1', input: 'fake:?fps=30&gop=30&size=100000&key=200000&audio=aac', ring: { bytes: 9_000_000 }, prerollSeconds: 0 };
    const { device } = start(t, ['--record', 'off', '--settings', settings(t, [channel])]);
    const url = await playing(device, '/live/cam1.mp4');
    await eventually(async () => {
        const { ring } = (await device.json('/api/status')).channels[0];
        return ring.heldBytes > 0.8 * ring.bytes ? true : undefined;
    }, 'the memory of the ring is in use');
    const before = resident(device.process.pid);
    const slow = await Promise.all(Array.from({ length: 8 }, () => watch(t, url, { lazy: true })));
    await sleep(6000); // what eight peers do not take, would be kept meanwhile
    const grown = resident(device.process.pid) - before;
    t.true(grown < 8 * 1_000_000, `${grown} bytes more for 8 peers that take nothing`);
    for (const viewer of slow) {
        viewer.read();
    }
    for (const viewer of slow) {
        const pictures = await eventually(async () => {
            const read = picturesOf(viewer.bytes());
            return (read.at(-1)?.dts ?? 0) > 7 * 90_000 ? read : undefined;
        }, 'up to now');
        const holes = holesIn(pictures);
        t.true(holes.length >= 1, 'something is left out');
        t.true(holes.every((at) => pictures[at]?.key), 'and goes on at a key picture');
        viewer.leave();
    }
});

test('beyond 64 viewers: 503 with a reason; when one leaves another may come', async (t) => {
    const { device } = start(t, ['--record', 'off', '--input', 'cam1=fake:?fps=10&gop=10&size=500']);
    const url = await playing(device, '/live/cam1.mp4');
    await eventually(async () => ((await viewers(device)) === 0 ? true : undefined), 'nobody');
    const all = await Promise.all(Array.from({ length: 64 }, () => watch(t, url)));
    t.true(all.every((viewer) => viewer.status === 200));
    const refused = await fetch(url);
    t.is(refused.status, 503);
    t.is(refused.headers.get('retry-after'), '1');
    t.is(await refused.text(), '64 progressive streams are open already; try again later\n');
    all[7]?.leave();
    await eventually(async () => ((await fetch(url, { method: 'HEAD' })).status === 200 ? true : undefined), 'room');
});

test('one watch link takes 16 places, and leaves the others to logins and other links', async (t) => {
    const { url } = await closed(t, ['--input', 'cam1=fake:?fps=10&gop=10&size=500']);
    const own = { ...cookieOf(await login(url)), ...origin(url) };
    /** @param {number} seconds */
    const link = async (seconds) => {
        const { json: made } = await ask(url, 'POST /api/links', { headers: { ...own, ...json }, body: JSON.stringify({ channel: 'cam1', seconds }) });
        return url + String(made.path).replace('/index.m3u8', '.mp4');
    };
    const first = await link(600);
    await eventually(async () => ((await ask(url, 'HEAD /live/cam1.mp4', { headers: own })).status === 200 ? true : undefined), 'live');
    /** @param {string} address */
    const sixteen = (address) => Promise.all(Array.from({ length: 16 }, () => watch(t, address)));
    const all = await sixteen(first);
    t.true(all.every((viewer) => viewer.status === 200));
    const refused = await ask(url, `GET ${new URL(first).pathname}`);
    t.is(refused.status, 503);
    t.is(refused.text, 'this watch link has its maximum of progressive streams; try again later\n');
    t.is((await watch(t, `${url}/live/cam1.mp4`, { headers: own })).status, 200, 'a login');
    t.is((await watch(t, await link(500))).status, 200, 'another link');
    all[3]?.leave();
    await eventually(async () => ((await ask(url, `HEAD ${new URL(first).pathname}`)).status === 200 ? true : undefined), 'room');
});

test('it ends with the session it began with; Basic and HTTP/2 work', async (t) => {
    const { device, url } = await closed(t, ['--input', fake]);
    const own = { ...cookieOf(await login(url)), ...origin(url) };
    const viewer = await watch(t, `${url}/live/cam1.mp4`, { headers: { ...cookieOf(await login(url)), ...origin(url) } });
    const player = await watch(t, `${url}/live/cam1.mp4`, { headers: basic('admin', password) });
    t.deepEqual([viewer.status, player.status], [200, 200]);
    await eventually(async () => (picturesOf(viewer.bytes()).length > 30 ? true : undefined), 'a second of it');
    t.is((await ask(url, 'DELETE /api/sessions', { headers: own })).status, 204);
    t.is(await viewer.ended, 'whole');
    const shown = picturesOf(player.bytes()).length;
    await eventually(async () => (picturesOf(player.bytes()).length > shown + 30 ? true : undefined), 'the player has its own credentials');
    const { session } = connect2(t, url);
    const stream = session.request({ ':path': '/live/cam1.mp4', ...own });
    let bytes = Buffer.alloc(0);
    stream.on('data', (/** @type {Buffer} */ part) => (bytes = Buffer.concat([bytes, part])));
    const head = await new Promise((resolve) => stream.on('response', resolve));
    t.is(head[':status'], 200);
    await eventually(async () => (picturesOf(bytes).length > 45 ? true : undefined), 'pictures by HTTP/2');
    stream.close();
    await device.stop();
});

test('a channel that is removed ends the body; one that is not stays', async (t) => {
    const { device } = start(t, ['--record', 'off', '--settings', settings(t, ['cam1', 'cam2'].map((name) => ({ name, input: 'fake:?fps=30&gop=30&audio=aac' })))]);
    const url = await device.url();
    await playing(device, '/live/cam1.mp4');
    await playing(device, '/live/cam2.flv');
    const [first, second] = await Promise.all(['/live/cam1.mp4', '/live/cam2.flv'].map((file) => watch(t, url + file)));
    const removed = await fetch(`${url}/api/channels/cam1`, { method: 'DELETE' });
    t.is(removed.status, 204, await removed.text());
    t.is(await first?.ended, 'whole');
    const bytes = second?.bytes().length ?? 0;
    await eventually(async () => ((second?.bytes().length ?? 0) > bytes ? true : undefined), 'the other goes on');
    t.is((await fetch(`${url}/live/cam1.mp4`)).status, 404);
});

test('who leaves while nothing comes is noticed', async (t) => {
    const { device, socket } = await pushing(t);
    const viewer = await watch(t, await playing(device, '/live/enc.mp4'));
    socket.destroy(); // the encoder is gone: the channel waits for the next
    await device.event('source-lost');
    await eventually(async () => ((await viewers(device)) === 1 ? true : undefined), 'he waits');
    await sleep(500);
    viewer.leave();
    t.true(await eventually(async () => ((await viewers(device)) === 0 ? true : undefined), 'he has left'));
});

test('multipart: each part is one image as it came, behind the right delimiter', async (t) => {
    const { device, image } = await pushing(t);
    const url = await playing(device, '/live/enc.mjpeg');
    const viewer = await watch(t, url);
    t.is(viewer.headers['content-type'], 'multipart/x-mixed-replace; boundary=ocellus');
    await eventually(async () => (viewer.bytes().toString('latin1').split('--ocellus').length > 14 ? true : undefined), 'images');
    let rest = viewer.bytes();
    t.is(rest.subarray(0, 11).toString(), '--ocellus\r\n');
    rest = rest.subarray(11);
    /** @type {number[]} */
    const numbers = [];
    for (let end = rest.indexOf('\r\n\r\n'); end >= 0; end = rest.indexOf('\r\n\r\n')) {
        const head = rest.subarray(0, end).toString();
        const length = Number(/^Content-Type: image\/jpeg\r\nContent-Length: (\d+)\r\nX-Timestamp: \d+\.\d{6}$/.exec(head)?.[1]);
        if (rest.length < end + 4 + length + 13) {
            break;
        }
        const body = rest.subarray(end + 4, end + 4 + length);
        t.is(rest.subarray(end + 4 + length, end + 4 + length + 13).toString(), '\r\n--ocellus\r\n');
        const number = body.readUInt32BE(body.length - 6);
        t.true(body.equals(image(number)), `image ${number}`);
        numbers.push(number);
        rest = rest.subarray(end + 4 + length + 13);
    }
    t.true(numbers.length > 10, `${numbers}`);
    t.true(numbers.every((n, i) => i === 0 || n > (numbers[i - 1] ?? 0)), 'none comes twice');
    t.is((await fetch(url.replace('.mjpeg', '.flv'))).status, 415);
    t.is(await (await fetch(url.replace('.mjpeg', '.ts'))).text(), 'MPEG-TS carries h264, h265, aac and opus; this channel has mjpeg\n');
    const status = await eventually(() => device.json('/api/status'), 'the status');
    t.like(status.channels[0].live, { mp4: '/live/enc.mp4', flv: null, mjpeg: '/live/enc.mjpeg', ts: null });
});

test('privacy mode breaks it off and refuses it; after it a new request plays', async (t) => {
    const { device } = start(t, ['--record', 'off', '--input', fake]);
    const url = await playing(device, '/live/cam1.mp4');
    const viewer = await watch(t, url);
    const headers = { ...json, ...origin(await device.url()) };
    /** @param {boolean} on */
    const privacy = async (on) => (await fetch(`${await device.url()}/api/privacy`, { method: 'POST', headers, body: JSON.stringify({ on }) })).status;
    t.is(await privacy(true), 200);
    t.truthy(await viewer.ended);
    const bytes = viewer.bytes().length;
    const refused = await fetch(url);
    t.deepEqual([refused.status, await refused.text()], [403, 'privacy mode is on\n']);
    t.is(viewer.bytes().length, bytes);
    t.is(await privacy(false), 200);
    await playing(device, '/live/cam1.mp4');
});

test('[A6] ?stream=sub is the second stream; [E12] a page of another site within the list', async (t) => {
    const sub = 'cam1=fake:?fps=30&gop=30&width=320&height=240,sub=fake:?fps=10&gop=10&width=160&height=128';
    const { device } = start(t, ['--record', 'off', '--cors-origin', 'https://shop.example', '--input', sub]);
    const url = await playing(device, '/live/cam1.mp4?stream=sub');
    const viewer = await watch(t, url, { headers: { origin: 'https://shop.example' } });
    t.is(viewer.headers['access-control-allow-origin'], 'https://shop.example');
    t.is((await watch(t, url, { headers: { origin: 'https://other.example' } })).status, 403);
    const pictures = await eventually(async () => ((read) => (read.length > 15 ? read : undefined))(picturesOf(viewer.bytes())), 'pictures');
    t.deepEqual(pictures.map((p) => p.dts), pictures.map((_, i) => i * 9000), '10 a second');
    const { live } = await eventually(async () => (await device.json('/api/status')).channels[0].sub, 'the status');
    t.like(live, { mp4: '/live/cam1.mp4?stream=sub', flv: '/live/cam1.flv?stream=sub', mjpeg: null, ts: '/live/cam1.ts?stream=sub', viewers: 1 });
});
