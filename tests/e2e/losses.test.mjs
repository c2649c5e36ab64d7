// Pauses and bursts: every packet arrives, or is counted as lost with its cause; an input file that is replaced is noticed.
import { copyFileSync, existsSync, renameSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { eventually, sleep, start, temporary } from './device.mjs';

const clip = path.join(root, 'assets', 'clip.mp4');
const other = path.join(root, 'tests', 'corpora', 'mp4', 'h264-aac-bframes.mp4');
const samples = 160; // of G.711 at 8 kHz in a packet: 20 ms

/** @param {number} type @param {Buffer[]} body */
function message(type, ...body) {
    const head = Buffer.alloc(5);
    const rest = Buffer.concat(body);
    head.writeUInt32BE(1 + rest.length);
    head[4] = type;
    return Buffer.concat([head, rest]);
}

/** HELLO for "enc", and a track of G.711 (docs/push-protocol.md). */
function greeting() {
    const track = Buffer.alloc(18);
    track.set([1, 7, 0, 1]);
    track.writeUInt32BE(8000, 4);
    track.writeUInt32BE(8000, 12);
    return Buffer.concat([message(1, Buffer.from([0x4f, 0x43, 0x50, 0x55, 0, 1, 3]), Buffer.from('enc')), message(2, track)]);
}

/** Packet number n. @param {number} n */
function packet(n) {
    const head = Buffer.alloc(18);
    head.set([1, 1]);
    head.writeBigInt64BE(BigInt(n * samples), 6);
    head.writeUInt32BE(samples, 14);
    return message(3, head, Buffer.alloc(samples, n));
}

/** @param {import('./device.mjs').Device} device @param {string} name */
const channelOf = async (device, name) => (await device.json('/api/status')).channels.find((/** @type {any} */ c) => c.name === name);

test('a stopped process loses nothing of a file nor of a sender’s burst', async (t) => {
    const { device, data } = start(t, ['--input', `file=${clip}`, '--input', 'enc=push:enc']);
    const address = path.join(data, 'push.sock');
    await eventually(async () => (existsSync(address) ? true : undefined), 'the socket');
    await eventually(async () => ((await channelOf(device, 'enc'))?.state === 'running' ? true : undefined), 'the channel');
    const socket = net.connect(address);
    t.teardown(() => socket.destroy());
    let sent = 0;
    const push = (/** @type {number} */ count) => {
        for (const end = sent + count; sent < end; sent++) {
            socket.write(packet(sent));
        }
    };
    const arrived = () =>
        eventually(async () => ((await channelOf(device, 'enc')).packets === sent ? true : undefined), `${sent} packets`);
    socket.write(greeting());
    push(100);
    await arrived();
    const before = await eventually(async () => {
        const channel = await channelOf(device, 'file');
        return channel.packets > 50 ? channel : undefined;
    }, 'the file');
    device.process.kill('SIGSTOP');
    push(1500); // 30 s at once: more than the socket and both queues hold
    await sleep(2500); // longer than what counts as a pause
    device.process.kill('SIGCONT');
    await arrived();
    await device.said(/process-stalled: stopped or starved for (?:[2-9]|\d\d+)\.\d s/);
    const file = await eventually(async () => {
        const channel = await channelOf(device, 'file');
        return channel.packets > before.packets + 200 ? channel : undefined;
    }, 'the file, behind the pauses');
    t.like(file, { state: 'running', dropped: 0, jumps: 0, lostGops: 0, sourceLosses: 0 });
    t.deepEqual(file.lost, {});
    const pushed = await channelOf(device, 'enc');
    t.like(pushed, { state: 'running', packets: sent, dropped: 0 });
    t.deepEqual(pushed.lost, {});
    const metrics = await (await fetch(`${await device.url()}/metrics`)).text();
    t.regex(metrics, /^ocellus_packets_lost_total\{channel="file",stream="main",cause="queue-full"\} 0$/m);
    t.notRegex(metrics, /^ocellus_packets_lost_total\{.*\} [1-9]/m);
    t.is((await device.stop()).code, 0, device.stderr);
});

test('a packet that is too large is lost, counted and reported with its cause', async (t) => {
    const { device, data } = start(t, ['--input', 'enc=push:enc?buffer=65536']);
    const address = path.join(data, 'push.sock');
    await eventually(async () => ((await channelOf(device, 'enc'))?.state === 'running' ? true : undefined), 'the channel');
    const socket = net.connect(address);
    t.teardown(() => socket.destroy());
    const large = Buffer.alloc(18);
    large.set([1, 1]);
    socket.write(greeting());
    socket.write(packet(0));
    socket.write(message(3, large, Buffer.alloc(70_000)));
    const channel = await eventually(async () => {
        const found = await channelOf(device, 'enc');
        return found.dropped > 0 ? found : undefined;
    }, 'the loss');
    t.deepEqual([channel.packets, channel.lost], [1, { 'too-large': 1 }]);
    await device.said(/enc: packets-lost: 1 packets lost: too-large 1 \(1 so far\)/);
    const metrics = await (await fetch(`${await device.url()}/metrics`)).text();
    t.regex(metrics, /^ocellus_packets_lost_total\{channel="enc",stream="main",cause="too-large"\} 1$/m);
    t.is((await device.stop()).code, 0, device.stderr);
});

/** A looped file is replaced, then overwritten. @param {import('ava').ExecutionContext} t @param {string} scheme */
async function replaced(t, scheme) {
    const folder = temporary(t);
    const input = path.join(folder, 'loop.mp4');
    copyFileSync(clip, input);
    const { device } = start(t, ['--input', `file=${scheme}${input}`, '--record', 'off']);
    const width = async (/** @type {number} */ wanted) =>
        eventually(async () => {
            const { video, state } = await channelOf(device, 'file');
            return state === 'running' && video?.width === wanted ? true : undefined;
        }, `pictures ${wanted} wide`);
    await eventually(async () => ((await channelOf(device, 'file'))?.packets > 20 ? true : undefined), 'the file');
    const first = (await channelOf(device, 'file')).video.width;
    copyFileSync(other, path.join(folder, 'new.mp4'));
    renameSync(path.join(folder, 'new.mp4'), input);
    await device.said(/file: source-lost: the input file was overwritten or replaced/);
    await device.said(/file: source-resumed/);
    copyFileSync(clip, input); // the same inode
    await eventually(async () => ((await channelOf(device, 'file')).sourceLosses >= 2 ? true : undefined), 'the second loss');
    await width(first);
    t.is((await device.stop()).code, 0, device.stderr);
}

test('a looped file that is replaced or overwritten is played anew', replaced, '');
test('one that FFmpeg reads, too', replaced, 'ffmpeg:');
