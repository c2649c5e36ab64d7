// Parameter sets of any length: small ones pass, large ones are encoded anew, and what cannot be kept is counted and said.
import test from 'ava';
import { eventually, start } from '../e2e/device.mjs';
import { probe, recordingsIn } from './inputs.mjs';
import { rtpCamera, units } from './rtp_camera.mjs';

/** The same pictures with a PPS of `bytes` bytes: zeros behind its end, which decoders ignore. @param {import('./rtp_camera.mjs').Unit[]} all @param {number} bytes */
const padded = (all, bytes) =>
    all.map(({ nals, key }) => ({
        key,
        nals: nals.map((nal) => (((nal[0] ?? 0) & 31) === 8 ? Buffer.concat([nal, Buffer.from('000003'.repeat(Math.ceil((bytes - nal.length) / 3)), 'hex')]) : nal)),
    }));

test.serial('sets of 300 bytes pass through; of 700 the picture is encoded anew, and the log says why', async (t) => {
    t.timeout(120_000, 'two cameras');
    const all = units(4);
    const [some, large] = [await rtpCamera(t, padded(all, 300)), await rtpCamera(t, padded(all, 700))];
    const { device, data } = start(t, ['--input', `some=rtsp://127.0.0.1:${some}/cam`, '--input', `large=rtsp://127.0.0.1:${large}/cam`]);
    await eventually(async () => {
        const { channels } = await device.json('/api/status');
        return channels.length === 2 && channels.every((/** @type {any} */ c) => c.packets > 60) ? true : undefined;
    }, 'both are recorded', 60);
    const { channels } = await device.json('/api/status');
    t.deepEqual(channels.find((/** @type {any} */ c) => c.name === 'some').lost, {});
    await device.stop();
    t.regex(device.stderr, /its parameter sets have \d{3} bytes, a description holds 512; encoded anew/);
    t.is(device.stderr.match(/a description holds/g)?.length, 1, 'only of the large ones');
    for (const file of recordingsIn(data)) {
        const { streams } = probe(['-show_streams', '-count_frames', file]);
        t.true(Number(streams[0].nb_read_frames) > 40, `${file}: ${streams[0].nb_read_frames} can be decoded`);
    }
});

test.serial('sets that become too large while the camera is read: its pictures are counted and said, and come back', async (t) => {
    t.timeout(120_000, 'a camera');
    const all = units(2);
    const port = await rtpCamera(t, [...all, ...padded(all, 700)]);
    const { device } = start(t, ['--record', 'off', '--input', `cam=rtsp://127.0.0.1:${port}/cam`]);
    const channel = () => device.json('/api/status').then(({ channels }) => channels[0]);
    const lost = await eventually(async () => ((await channel())?.lost?.['too-large'] ?? 0) >= 50 ? channel() : undefined, 'the second half is counted', 60);
    t.deepEqual(Object.keys(lost.lost), ['too-large']);
    await device.said(/its parameter sets have \d{3} bytes, a description holds 512: its pictures are left out/);
    await eventually(async () => ((await channel()).packets > lost.packets ? true : undefined), 'the first half is taken again', 60);
});
