// An encoder of one's own: frames through the socket of the data folder, by the example client and by hand.
import { spawn } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { eventually, start, temporary } from './device.mjs';
import { hanging } from '../guard.mjs';
import { lengthOf, readMp4, trackOf } from './mp4.mjs';

const client = path.join(root, 'build', 'linux', 'examples', 'push_client');
const clip = path.join(root, 'assets', 'clip.mp4');
const replies = { welcome: 129, refused: 130 };
/** Connections that are kept at a time (OC_PUSH_SOCKET_SENDERS). */
const senders = 40;

/**
 * A device with the channel `enc`, and its socket.
 * @param {import('ava').ExecutionContext} t
 * @param {readonly string[]} [args]
 */
async function startPush(t, args = []) {
    const { device, data } = start(t, ['--input', 'push:enc', ...args]);
    const socket = path.join(data, 'push.sock');
    await device.event('channel-opened');
    await eventually(async () => (existsSync(socket) ? true : undefined), 'the socket');
    return { device, data, socket };
}

/**
 * The example client, pushing 64x64 pictures at 30 per second until it is ended.
 * @param {import('ava').ExecutionContext} t
 * @param {string} socket
 */
function push(t, socket) {
    const process = spawn(client, [socket, 'enc'], { stdio: ['ignore', 'ignore', 'pipe'] });
    const ended = new Promise((resolve) => process.on('close', resolve));
    const end = async () => {
        process.kill('SIGKILL');
        await ended;
    };
    t.teardown(end);
    return { end, pid: process.pid ?? 0 };
}

/** @param {number} type @param {Buffer[]} body */
function message(type, ...body) {
    const head = Buffer.alloc(5);
    const rest = Buffer.concat(body);
    head.writeUInt32BE(1 + rest.length);
    head[4] = type;
    return Buffer.concat([head, rest]);
}

/** @param {string} name */
const hello = (name) => message(1, Buffer.from([0x4f, 0x43, 0x50, 0x55, 0, 1, name.length]), Buffer.from(name));

/** A connection whose replies can be waited for. @param {import('ava').ExecutionContext} t @param {string} address */
function connect(t, address) {
    const socket = net.connect(address);
    /** @type {Buffer} */
    let got = Buffer.alloc(0);
    let closed = false;
    socket.on('data', (bytes) => {
        got = Buffer.concat([got, bytes]);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
        closed = true;
    });
    t.teardown(() => socket.destroy());
    /** @type {Promise<boolean>} */
    const connected = new Promise((resolve) => socket.once('connect', () => resolve(true)).once('error', () => resolve(false)));
    /** @returns {{ type: number, text: string } | undefined} */
    const replied = () => {
        const whole = got.length >= 5 && got.length >= 4 + got.readUInt32BE();
        return whole ? { type: got[4] ?? 0, text: got.subarray(9, 4 + got.readUInt32BE()).toString() } : undefined;
    };
    return {
        socket,
        /** false: it could not connect */
        connected,
        closed: () => eventually(async () => (closed ? true : undefined), 'the end of the connection'),
        /** The first reply, if there is one. */
        replied,
        /** The first reply. */
        reply: () => eventually(async () => replied(), 'a reply'),
    };
}

/** @param {import('./device.mjs').Device} device */
const channelOf = async (device) => (await device.json('/api/status')).channels[0];

/** @param {string} data */
const recordingsIn = (data) =>
    readdirSync(path.join(data, 'recordings'), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.mp4'))
        .sort()
        .map((name) => path.join(data, 'recordings', name));

test('[A5] pushed frames are live, recorded, and lost for no longer than their sender', async (t) => {
    const { device, data, socket } = await startPush(t);
    t.is(lstatSync(socket).mode & 0o777, 0o600);
    t.true(lstatSync(socket).isSocket());
    const first = push(t, socket);
    const running = await eventually(async () => {
        const channel = await channelOf(device);
        return channel?.state === 'running' && Math.abs(channel.video?.fps - 30) < 2 && channel.live.last >= channel.generation + 2 ? channel : undefined;
    }, 'the pushed pictures');
    t.like(running.video, { codec: 'h264', width: 64, height: 64 });
    t.like(running, { name: 'enc', dropped: 0, sourceLosses: 0 });
    const playlist = await (await fetch((await device.url()) + running.live.playlist)).text();
    t.true((playlist.match(/^s\d+\.m4s/gm) ?? []).length >= 3, playlist);

    await first.end();
    await device.event('source-lost');
    t.is((await channelOf(device)).state, 'lost');
    const second = push(t, socket);
    await device.event('source-resumed');
    const before = running.packets;
    const again = await eventually(async () => {
        const channel = await channelOf(device);
        return channel.packets > before + 90 && channel.recording.active ? channel : undefined;
    }, 'pictures of the second sender');
    t.like(again, { id: running.id, state: 'running', dropped: 0, sourceLosses: 1 });
    await second.end();
    t.is((await device.stop()).code, 0, device.stderr);
    t.false(existsSync(socket));
    const tracks = recordingsIn(data).map((file) => trackOf(readMp4(file), 'video'));
    t.true(tracks.length >= 1);
    t.true(tracks.reduce((sum, track) => sum + lengthOf(track), 0) > 5);
    for (const track of tracks) {
        t.true(track.samples.every((sample) => sample.key && sample.data.length === 25));
        t.true(track.samples.every((sample, n) => n === 0 || sample.dts > (track.samples[n - 1]?.dts ?? 0)));
    }
});

test("[A5] an encoder's groups of pictures are recorded byte for byte, with their times and keys", async (t) => {
    const { device, data, socket } = await startPush(t);
    const source = trackOf(readMp4(clip), 'video');
    const pushed = source.samples.slice(0, 150);
    t.true(pushed.filter(({ key }) => key).length >= 2 && pushed.some(({ key }) => !key), 'several groups of several pictures');
    const bytes = readFileSync(clip);
    const at = bytes.indexOf('avcC');
    const configuration = bytes.subarray(at + 4, at - 4 + bytes.readUInt32BE(at - 4));
    const sender = connect(t, socket);
    sender.socket.write(hello('enc'));
    t.is((await sender.reply()).type, replies.welcome);
    const track = Buffer.alloc(18);
    track.set([0, 1, 0, 0]); // index 0, H.264
    track.writeUInt32BE(source.timescale, 4);
    track.writeUInt16BE(1280, 8);
    track.writeUInt16BE(720, 10);
    track.writeUInt16BE(configuration.length, 16);
    sender.socket.write(message(2, track, configuration));
    for (const sample of pushed) {
        const head = Buffer.alloc(18);
        head.set([0, sample.key ? 1 : 0]);
        head.writeInt32BE(sample.cts - sample.dts, 2);
        head.writeBigInt64BE(BigInt(sample.dts), 6);
        head.writeUInt32BE(sample.duration, 14);
        sender.socket.write(message(3, head, sample.data));
    }
    const row = await eventually(async () => {
        const channel = await channelOf(device);
        return channel.packets >= pushed.length && channel.recording.active ? channel : undefined;
    }, 'all pictures');
    t.like(row, { dropped: 0, bytes: pushed.reduce((sum, { data: { length } }) => sum + length, 0) });
    t.is((await device.stop()).code, 0, device.stderr);
    const kept = recordingsIn(data).flatMap((file) => trackOf(readMp4(file), 'video').samples);
    const from = pushed.length - kept.length;
    t.true(kept.length > 60 && from >= 0, `${kept.length} pictures`);
    for (const [n, sample] of kept.entries()) {
        const expected = pushed[from + n];
        t.true(expected?.data.equals(sample.data) === true, `picture ${n}`);
        t.is(sample.key, expected?.key ?? false, `picture ${n}`);
        t.is(sample.cts - sample.dts, (expected?.cts ?? 0) - (expected?.dts ?? 0), `picture ${n}`);
        t.is(sample.dts - (kept[0]?.dts ?? 0), (expected?.dts ?? 0) - (pushed[from]?.dts ?? 0), `picture ${n}`);
    }
});

test('[A5] empty frames are skipped and counted', async (t) => {
    const { device, socket } = await startPush(t, ['--record', 'off']);
    const sender = connect(t, socket);
    sender.socket.write(hello('enc'));
    t.is((await sender.reply()).type, replies.welcome);
    const track = Buffer.alloc(18);
    track.set([1, 6, 0, 1]); // index 1, A-law, mono
    track.writeUInt32BE(8000, 4);
    track.writeUInt32BE(8000, 12);
    sender.socket.write(message(2, track));
    for (let n = 0; n < 40; n++) {
        const head = Buffer.alloc(18);
        head.set([1, 1]);
        head.writeBigInt64BE(BigInt(n * 160), 6);
        head.writeUInt32BE(160, 14);
        sender.socket.write(message(3, head, Buffer.alloc(n % 4 === 3 ? 0 : 160, 0xd5)));
    }
    const channel = await eventually(async () => {
        const row = await channelOf(device);
        return row.packets + row.dropped >= 40 ? row : undefined;
    }, 'forty packets');
    t.like(channel, { packets: 30, dropped: 10, bytes: 30 * 160, state: 'running' });
});

test('garbage and crowds on the socket end there, in one line each', async (t) => {
    const { device, data, socket } = await startPush(t, ['--input', `clip=${clip}`]);
    /** @type {ReturnType<typeof connect>[]} */
    const crowd = [];
    while (crowd.length < 100) {
        const one = connect(t, socket);
        if (await one.connected) {
            crowd.push(one); // else the queue of the listener is full: once more
        }
    }
    const full = await eventually(async () => {
        const replies = crowd.map((one) => one.replied()).filter((reply) => reply !== undefined);
        return replies.length >= crowd.length - senders ? replies : undefined;
    }, 'the oldest give way');
    t.true(full.some(({ type, text }) => type === replies.refused && text.startsWith('too many connections')));
    await device.said(/more than 40 connections/);
    t.is(device.stderr.match(/more than 40 connections/g)?.length, 1, device.stderr);
    for (const one of crowd) {
        one.socket.destroy();
    }
    const garbage = await eventually(async () => {
        const one = connect(t, socket);
        one.socket.write('GET / HTTP/1.1\r\n\r\n');
        const answer = await one.reply();
        return answer.text.startsWith('too many connections') ? undefined : { ...answer, closed: one.closed };
    }, 'room for one more');
    t.is(garbage.type, replies.refused);
    await garbage.closed();
    await device.said(/push +sender of ""/);
    const stranger = connect(t, socket);
    stranger.socket.write(hello('nobody'));
    t.regex((await stranger.reply()).text, /no channel has push:/);
    await stranger.closed();

    push(t, socket);
    await eventually(async () => ((await channelOf(device)).packets > 30 ? true : undefined), 'pictures after all that');
    const rival = connect(t, socket);
    rival.socket.write(hello('enc'));
    t.regex((await rival.reply()).text, /another sender uses this name/);
    t.is((await device.stop()).code, 0, device.stderr);
    t.is(device.stderr.match(/push +sender of ""/g)?.length, 1, device.stderr);
    t.notRegex(device.stderr, /lost packets|result lost/);
    t.true(lengthOf(trackOf(readMp4(recordingsIn(data).find((file) => file.includes('/clip/')) ?? ''), 'video')) > 1);
});

test('a socket that a killed process left behind is replaced', async (t) => {
    const data = temporary(t);
    const socket = path.join(data, 'push.sock');
    const killed = start(t, ['--input', 'push:enc'], { data });
    await eventually(async () => (existsSync(socket) ? true : undefined), 'the socket');
    await killed.device.stop('SIGKILL');
    t.true(existsSync(socket));
    const { device } = start(t, ['--input', 'push:enc'], { data });
    await device.event('listening');
    await device.until(() => (device.stderr.includes('listening for senders on') ? true : undefined), 'a new socket');
    const sender = connect(t, socket);
    sender.socket.write(hello('enc'));
    t.is((await sender.reply()).type, replies.welcome);
});

test('a folder whose path is too long for a socket: one line, and the other channels run', async (t) => {
    const data = path.join(temporary(t), 'x'.repeat(120));
    const { device } = start(t, ['--input', 'push:enc', '--input', clip], { data });
    await eventually(async () => {
        const { channels } = await device.json('/api/status');
        return channels.some((/** @type {{ state: string }} */ channel) => channel.state === 'running') ? true : undefined;
    }, 'the other channel');
    await device.stop();
    t.is(device.stderr.match(/no socket for senders, .*x\/push\.sock: the path of a socket has at most 107 bytes/g)?.length, 1, device.stderr);
});

test('without a push channel there is no socket', async (t) => {
    const { device, data } = start(t, ['--input', clip, '--record', 'off']);
    await eventually(async () => ((await channelOf(device)).state === 'running' ? true : undefined), 'a running channel');
    t.false(existsSync(path.join(data, 'push.sock')));
});

test('[E20] a sender that keeps its connection and sends nothing is silent: status, readyz, metric, event; over with its next packet', async (t) => {
    const { device, socket } = await startPush(t);
    const url = await device.url();
    const channel = async () => (await device.json('/api/status')).channels[0];
    const ready = async () => (await fetch(`${url}/readyz`, { signal: hanging() })).status;
    t.is(await ready(), 200, 'nobody has sent yet: that is not silence');
    const sender = push(t, socket);
    await eventually(async () => ((await channel()).packets > 60 && (await channel()).recording.active ? true : undefined), 'it sends');
    process.kill(sender.pid, 'SIGSTOP');
    const silent = await eventually(async () => ((await channel()).state === 'silent' ? channel() : undefined), 'it is silent');
    t.like(silent, { problem: 'the source sends nothing', reason: 'silent', sourceLosses: 0 });
    t.false(silent.recording.active);
    t.is(await ready(), 503);
    const metrics = await (await fetch(`${url}/metrics`, { signal: hanging() })).text();
    t.regex(metrics, /^ocellus_channel_up\{channel="enc",stream="main"\} 0$/m);
    t.regex(metrics, /^ocellus_channel_state\{channel="enc",stream="main"\} 6$/m);
    await device.until(() => /enc: source-silent: the source sends nothing: nothing came for \d/.exec(device.stderr) ?? undefined, 'a line');
    process.kill(sender.pid, 'SIGCONT');
    await device.event('source-resumed');
    t.like(await channel(), { state: 'running', problem: null, reason: null });
    t.is(await ready(), 200);
    t.is(device.events.filter((e) => e['event'] === 'source-silent').length, 1);
    await sender.end();
    await eventually(async () => ((await channel()).state === 'lost' ? true : undefined), 'it has left');
    t.is((await device.stop()).code, 0);
});
