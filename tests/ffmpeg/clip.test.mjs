// The clip that ships, as FFmpeg sees it: format, key pictures, and the block code of every picture.
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { read } from '../blockcode/blockcode.mjs';

const clip = path.join(root, 'assets', 'clip.mp4');

/** @param {string[]} args @returns {any} */
const probe = (args) => JSON.parse(execFileSync('ffprobe', ['-v', 'error', '-of', 'json', ...args, clip], { encoding: 'utf8', maxBuffer: 2 ** 26 }));

test('format: H.264 High 640 × 360 at 30 fps and mono AAC, at most 1 MB', (t) => {
    t.true(statSync(clip).size <= 1_000_000);
    const [video, audio] = probe(['-show_streams']).streams;
    t.like(video, { codec_name: 'h264', profile: 'High', width: 640, height: 360, avg_frame_rate: '30/1', has_b_frames: 0, nb_frames: '300' });
    t.like(audio, { codec_name: 'aac', profile: 'LC', channels: 1, sample_rate: '48000' });
});

test('a key picture each second and nowhere else', (t) => {
    const packets = probe(['-select_streams', 'v', '-show_entries', 'packet=flags']).packets;
    const keys = packets.flatMap((/** @type {{ flags: string }} */ p, /** @type {number} */ i) => (p.flags.startsWith('K') ? [i] : []));
    t.deepEqual(keys, [0, 30, 60, 90, 120, 150, 180, 210, 240, 270]);
});

for (const [width, height] of [
    [640, 360],
    [320, 180],
    [1280, 720],
]) {
    test(`the code of all 300 pictures is read after decoding, ${width} pixels wide`, (t) => {
        const filter = `scale=${width}:${height}`;
        const args = ['-v', 'error', '-i', clip, '-vf', filter, '-pix_fmt', 'gray', '-f', 'rawvideo', 'pipe:1'];
        const raw = execFileSync('ffmpeg', args, { maxBuffer: 2 ** 30 });
        const bytes = (width ?? 0) * (height ?? 0);
        t.is(raw.length, 300 * bytes);
        for (let n = 0; n < 300; n++) {
            const pixels = raw.subarray(n * bytes, (n + 1) * bytes);
            const code = read({ pixels, width: width ?? 0, height: height ?? 0, channels: 1 });
            t.deepEqual(code, { frame: n, timeMs: Math.round((n * 1000) / 30) });
        }
    });
}
