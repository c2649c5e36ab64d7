// What is lost before it reaches the program: counted, with its cause, wherever losses are shown.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import test from 'ava';
import { eventually, start, temporary } from '../e2e/device.mjs';
import { probe } from './inputs.mjs';
import { rtpCamera, units } from './rtp_camera.mjs';

test.serial('RTP by UDP: every datagram that is lost on the way is reported as lost by the source', async (t) => {
    t.timeout(120_000, 'losses');
    let sent = 0;
    let lost = 0;
    let losing = true;
    const port = await rtpCamera(t, units(4), {
        packet: (bytes) => {
            sent++;
            const drop = losing && sent > 150 && sent % 60 < 2; // two in a row
            lost += drop ? 1 : 0;
            losing = losing && lost < 12;
            return drop ? undefined : bytes;
        },
    });
    const { device } = start(t, ['--record', 'off', '--input', `cam=rtsp://127.0.0.1:${port}/cam#transport=udp`, '--input', 'calm=assets/clip.mp4']);
    const channel = async (/** @type {string} */ name) => (await device.json('/api/status')).channels.find((/** @type {any} */ c) => c.name === name);
    const found = await eventually(async () => {
        const cam = await channel('cam');
        return !losing && (cam?.lost?.source ?? 0) >= lost ? cam : undefined;
    }, 'the losses are counted', 60);
    t.deepEqual(found.lost, { source: 12 });
    t.deepEqual((await channel('calm')).lost, {});
    const metrics = await (await fetch(`${await device.url()}/metrics`)).text();
    t.regex(metrics, /^ocellus_packets_lost_total\{[^}]*channel="cam"[^}]*cause="source"[^}]*\} 12$/m);
    await device.said(/cam: packets-lost: \d+ packets lost: source \d+ \(\d+ so far\)/);
    await device.stop(); // closes the stream: what was not yet reported is
    const told = [...device.stderr.matchAll(/cam: packets-lost: (\d+) packets lost/g)].map(([, count]) => Number(count));
    t.is(told.reduce((a, b) => a + b, 0), 12);
    t.true(told.length <= 3, 'a line gathers them');
});

test.serial('RTP inside of TCP: what the camera itself leaves out is counted too', async (t) => {
    t.timeout(120_000, 'losses');
    let sent = 0;
    let left = 0;
    const port = await rtpCamera(t, units(4), {
        packet: (bytes) => {
            const drop = left < 10 && ++sent > 100 && sent % 40 === 0;
            left += drop ? 1 : 0;
            return drop ? undefined : bytes;
        },
    });
    const { device } = start(t, ['--record', 'off', '--input', `cam=rtsp://127.0.0.1:${port}/cam`]);
    const cam = await eventually(async () => {
        const [found] = (await device.json('/api/status')).channels;
        return left === 10 && (found?.lost?.source ?? 0) >= 10 ? found : undefined;
    }, 'the losses are counted', 60);
    t.deepEqual([cam.lost, cam.sourceLosses], [{ source: 10 }, 0]);
});

test.serial('a camera that counts its packets anew, lower than before: read again at once, and counted', async (t) => {
    t.timeout(120_000, 'two cameras');
    const lower = () => {
        let sent = 0;
        return (/** @type {Buffer} */ bytes, /** @type {number} */ seq) => {
            const changed = Buffer.from(bytes);
            changed.writeUInt16BE((sent++ < 200 ? seq + 20_000 : seq) & 0xffff, 2);
            return changed;
        };
    };
    const inputs = await Promise.all(['tcp', 'udp'].map(async (way) => `${way}=rtsp://127.0.0.1:${await rtpCamera(t, units(4), { packet: lower() })}/cam#transport=${way}`));
    const { device } = start(t, ['--record', 'off', ...inputs.flatMap((input) => ['--input', input])]);
    const channels = await eventually(async () => {
        const found = (await device.json('/api/status')).channels;
        return found.length === 2 && found.every((/** @type {any} */ c) => c.packets > 400) ? found : undefined;
    }, 'both go on', 60);
    for (const { name, lost, sourceLosses } of channels) {
        t.true(lost.source >= 32, `${name}: ${JSON.stringify(lost)}`);
        t.is(sourceLosses, 1, name);
    }
});

test.serial('a file with frames larger than a packet may be: their cause is too-large, the others play', async (t) => {
    t.timeout(120_000, 'frames of 10 MB');
    const file = path.join(temporary(t), 'large.mkv');
    const noise = "color=gray:size=2400x2400:rate=5:duration=1,noise=alls=100:allf=t:enable='eq(n,3)'"; // 9.6 MB instead of 0.1
    execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', noise, '-pix_fmt', 'yuvj444p', '-c:v', 'mjpeg', '-q:v', '1', file]);
    const sizes = probe(['-show_entries', 'packet=size', file]).packets.map((/** @type {any} */ p) => Number(p.size));
    t.is(sizes.filter((/** @type {number} */ size) => size > 8 * 2 ** 20).length, 1, sizes.join(' '));
    const { device } = start(t, ['--record', 'off', '--input', `cam=${file}`]);
    const channel = await eventually(async () => {
        const [cam] = (await device.json('/api/status')).channels;
        return cam?.packets > 8 && Object.keys(cam.lost).length > 0 ? cam : undefined;
    }, 'frames', 60);
    t.deepEqual(Object.keys(channel.lost), ['too-large']);
});
