// Two streams of one channel, of real sources: the same instant has the same time, and neither needs the other.
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import test from 'ava';
import { judge } from '../guard.mjs';
import { eventually, freePort, sleep, start, temporary } from '../e2e/device.mjs';
import { codes, liveBytes, make, probe, recordingsIn, rtspServer } from './inputs.mjs';

/**
 * When each picture of a stream is shown, in ms on its line, by the number that the picture carries.
 * @param {string} file live bytes
 * @returns {Map<number, number>}
 */
function timesOf(file) {
    const { packets } = probe(['-select_streams', 'v', '-show_entries', 'packet=pts_time', file]);
    const times = packets.map((/** @type {any} */ p) => Number(p.pts_time) * 1000).sort((/** @type {number} */ a, /** @type {number} */ b) => a - b);
    return new Map(codes(file).flatMap((code, i) => (code ? [[code.frame, times[i]]] : [])));
}

test.serial('[A6] made of the first: the same picture has the same time in both', async (t) => {
    const { device } = start(t, ['--input', 'cam=test:?size=1280x720,sub=640x360@600000', '--record', 'off']);
    const url = await device.url();
    const folder = temporary(t);
    await eventually(async () => {
        const [channel] = (await device.json('/api/status')).channels;
        return channel?.sub?.live.last > channel.sub.generation + 3 && channel.live.last > channel.generation + 3 ? true : undefined;
    }, 'both play', 40);
    const [main, low] = [path.join(folder, 'main.mp4'), path.join(folder, 'sub.mp4')];
    const [first, second] = await Promise.all(['', 'sub/'].map((below) => liveBytes(`${url}/live/cam/${below}`)));
    writeFileSync(main, first ?? '');
    writeFileSync(low, second ?? '');
    await device.stop();
    const [wanted, found] = [timesOf(main), timesOf(low)];
    const apart = [...found].flatMap(([number, time]) => (wanted.has(number) ? [Math.abs(time - (wanted.get(number) ?? 0))] : []));
    t.true(apart.length > 30, `${apart.length} pictures are in both`);
    t.log(`${apart.length} pictures, ${Math.max(...apart).toFixed(1)} ms apart at most`);
    t.true(Math.max(...apart) <= 5, `${Math.max(...apart)} ms apart`);
});

test.serial('[A6] RTSP twice: the second camera stream killed, then the first; the other one never notices', async (t) => {
    const folder = temporary(t);
    const file = path.join(folder, 'camera.mp4');
    make(file, ['-c:v', 'libx264', '-preset', 'veryfast', '-tune', 'zerolatency', '-g', '25', '-c:a', 'aac'], 90);
    const ports = [await freePort(), await freePort()];
    const kill = [await rtspServer(t, ports[0] ?? 0, file), await rtspServer(t, ports[1] ?? 0, file)];
    const [main, sub] = ports.map((port) => `rtsp://127.0.0.1:${port}/cam`);
    const { device, data } = start(t, ['--input', `cam=${main},sub=${sub}`]);
    const channel = async () => (await device.json('/api/status')).channels[0];
    /** @param {string} stream */
    const told = (stream) => device.events.filter((e) => e['event'] === 'source-lost' && (e['stream'] ?? 'main') === stream).length;
    await eventually(async () => ((await channel())?.sub?.packets > 0 ? true : undefined), 'both run', 30);
    for (const [index, dead] of ['sub', 'main'].entries()) {
        const at = dead === 'sub' ? 1 : 0;
        await kill[at]?.();
        await device.until(() => (told(dead) > 0 ? true : undefined), `the loss of ${dead} is told`);
        const before = await channel();
        const [lives, lost] = dead === 'sub' ? [before, before.sub] : [before.sub, before];
        t.is(lost.state, 'lost');
        await sleep(2000);
        const after = await channel();
        const now = dead === 'sub' ? after : after.sub;
        t.is(now.state, 'running', `${dead} is lost`);
        t.true(now.packets - lives.packets > 60, `${now.packets - lives.packets} packets in 2 s`);
        t.like(now, { sourceLosses: dead === 'main' ? 1 : 0 });
        kill[at] = await rtspServer(t, ports[at] ?? 0, file);
        await eventually(async () => {
            const { state, sub: low } = await channel();
            return state === 'running' && low.state === 'running' ? true : undefined;
        }, `both run again, ${index}`, 40);
    }
    const end = await channel();
    t.is(end.sourceLosses, 1);
    t.is(end.sub.sourceLosses, 1);
    await device.stop();
    t.true(recordingsIn(data).length > 0);
});

test.serial('a second stream whose source never answers holds up neither the first nor the end', async (t) => {
    /** @type {net.Socket[]} */
    const held = [];
    const silent = net.createServer((socket) => held.push(socket.on('error', () => undefined)));
    await new Promise((resolve) => silent.listen(0, '127.0.0.1', () => resolve(undefined)));
    t.teardown(() => {
        silent.close();
        for (const socket of held) {
            socket.destroy();
        }
    });
    const address = silent.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const { device, data } = start(t, ['--input', `cam=test:?size=320x180,sub=rtsp://127.0.0.1:${port}/cam`]);
    await eventually(async () => {
        const channel = (await device.json('/api/status')).channels[0];
        return channel?.live.last > channel?.generation + 1 ? true : undefined;
    }, 'the first plays');
    t.true(held.length > 0, 'it is asked');
    const [channel] = (await device.json('/api/status')).channels;
    t.true(['opening', 'lost'].includes(channel.sub.state), channel.sub.state);
    t.like(channel, { state: 'running', dropped: 0 });
    const before = Date.now();
    t.is((await device.stop()).code, 0, device.stderr);
    judge(t, Date.now() - before < 4000, `${Date.now() - before} ms to end`);
    t.is(recordingsIn(data).filter((name) => name.endsWith('_open.mp4')).length, 0);
});
