// Live as FFmpeg plays it, which stands in for ffplay and players like VLC: it knows HLS, and nothing of its low latency.
import { execFileSync } from 'node:child_process';
import test from 'ava';
import { eventually, start } from '../e2e/device.mjs';

/** @param {string} program @param {string[]} args */
const run = (program, args) => execFileSync(program, ['-v', 'error', ...args], { encoding: 'utf8', timeout: 60_000, maxBuffer: 2 ** 26 });

for (const list of ['index', 'plain', 'master']) {
    test(`${list}.m3u8 plays in FFmpeg: every picture, in order, with sound`, async (t) => {
        const { device } = start(t, ['--record', 'off', '--input', 'cam=assets/clip.mp4']);
        const address = `${await device.url()}/live/cam/${list}.m3u8`;
        await eventually(async () => ((await fetch(address)).ok ? true : undefined), 'a playlist');
        const { streams } = JSON.parse(run('ffprobe', ['-of', 'json', '-show_streams', address]));
        t.deepEqual(
            streams.map((/** @type {{ codec_name: string }} */ stream) => stream.codec_name),
            ['h264', 'aac'],
        );
        const { packets } = JSON.parse(run('ffprobe', ['-of', 'json', '-select_streams', 'v', '-show_entries', 'packet=pts_time', '-read_intervals', '%+4', address]));
        const times = packets.map((/** @type {{ pts_time: string }} */ packet) => Number(packet.pts_time));
        t.true(times.length >= 100, `${times.length} pictures in 4 s`);
        // Where the clip of 10 s begins again, sound decides: its last frame ends up to two frames after the last picture.
        const odd = times.slice(1).filter((/** @type {number} */ time, /** @type {number} */ i) => Math.abs(time - times[i] - 1 / 30) >= 0.002);
        t.true(odd.length <= 1, `pictures at ${odd.join(', ')}`);
        for (const time of odd) {
            t.true(time % 10 < 0.1 * Math.ceil(time / 10), `picture at ${time}`);
            t.true(time - times[times.indexOf(time) - 1] < 1 / 30 + 0.06, `picture at ${time}`);
        }
        t.is(run('ffmpeg', ['-i', address, '-t', '3', '-f', 'null', '-']), '');
    });
}
