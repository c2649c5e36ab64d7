// Bodies without an end as FFmpeg reads them: every codec, tracks in step.
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { eventually, sleep, start, temporary } from '../e2e/device.mjs';
import { watch } from '../hosts/endless.mjs';
import { make, offsets, probe } from './inputs.mjs';

/** Waits until it can be watched. @param {string} url */
const playing = (url) => eventually(async () => ((await fetch(url, { method: 'HEAD' })).status === 200 ? true : undefined), url, 40);

/**
 * What a viewer has after some seconds, as a file.
 * @param {import('ava').ExecutionContext} t
 * @param {string} url
 * @param {number} seconds
 */
async function save(t, url, seconds) {
    await playing(url);
    const viewer = await watch(t, url);
    await sleep(seconds * 1000);
    viewer.leave();
    const file = path.join(temporary(t), path.basename(new URL(url).pathname));
    writeFileSync(file, viewer.bytes());
    return file;
}

/** Codec, first time and packets of each track. @param {string} file @param {readonly string[]} [args] */
const tracksOf = (file, args = []) =>
    probe([...args, '-count_packets', '-show_entries', 'stream=codec_name,start_time,nb_read_packets', file]).streams.map(
        (/** @type {any} */ s) => ({ codec: s.codec_name, start: Number(s.start_time), packets: Number(s.nb_read_packets) }),
    );

for (const ending of ['mp4', 'flv']) {
    test.serial(`[E2] .${ending} of the test picture: both tracks from 0, flash and beep within 40 ms`, async (t) => {
        const { device } = start(t, ['--record', 'off', '--input', 'cam=test:?size=640x360']);
        const url = `${await device.url()}/live/cam.${ending}`;
        // a machine that stands still at times gives fewer pictures a second
        let file = await save(t, url, 8);
        for (let seconds = 16; offsets(file).length < 4 && seconds <= 64; seconds *= 2) {
            file = await save(t, url, seconds);
        }
        const [video, audio] = tracksOf(file);
        t.is(video.codec, 'h264');
        t.is(audio.codec, 'aac');
        t.is(video.start, 0);
        t.true(audio.start >= 0 && audio.start < 0.05, String(audio.start));
        t.true(video.packets > 100 && audio.packets > 200, JSON.stringify([video, audio]));
        const found = offsets(file);
        t.true(found.length >= 4, `${found.length} beeps`);
        t.log(`beep after flash: ${found.map((ms) => ms.toFixed(1)).join(' ')} ms`);
        t.true(found.every((ms) => Math.abs(ms) <= 40));
        const player = spawnSync('ffmpeg', ['-v', 'error', '-t', '3', '-i', url, '-f', 'null', '-'], { encoding: 'utf8', timeout: 60_000 });
        t.deepEqual([player.status, player.stderr], [0, '']);
    });
}

test.serial('H.265: .mp4, and .flv by its FourCC', async (t) => {
    const source = path.join(temporary(t), 'x.mp4');
    make(source, ['-c:v', 'libx265', '-x265-params', 'log-level=none:keyint=25:bframes=2', '-tag:v', 'hvc1', '-c:a', 'aac'], 6);
    const { device } = start(t, ['--record', 'off', '--input', `cam=${source}`]);
    const url = await device.url();
    const [video, audio] = tracksOf(await save(t, `${url}/live/cam.mp4`, 4));
    t.deepEqual([video.codec, audio.codec], ['hevc', 'aac']);
    t.true(video.packets > 80, String(video.packets));
    const flv = await save(t, `${url}/live/cam.flv`, 4);
    const version = Number(/version n?(\d+\.\d+)/.exec(execFileSync('ffprobe', ['-version'], { encoding: 'utf8' }))?.[1]);
    if (version < 6.1) {
        t.log(`FFmpeg ${version} does not know H.265 in FLV: only its sound is read`);
        t.is(tracksOf(flv).find((/** @type {any} */ s) => s.codec === 'aac')?.codec, 'aac');
        return;
    }
    t.deepEqual(tracksOf(flv).map((/** @type {any} */ s) => s.codec), ['hevc', 'aac']);
});

test.serial('Motion JPEG with G.711: .mp4 with both, .mjpeg with each image', async (t) => {
    const source = path.join(temporary(t), 'x.mkv');
    make(source, ['-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p', '-c:a', 'pcm_mulaw', '-ar', '8000', '-ac', '1'], 6);
    const { device } = start(t, ['--record', 'off', '--input', `cam=${source}`]);
    const url = await device.url();
    const [video, audio] = tracksOf(await save(t, `${url}/live/cam.mp4`, 4));
    t.deepEqual([video.codec, audio.codec], ['mjpeg', 'pcm_mulaw']);
    t.true(video.packets > 80 && audio.packets > 10, JSON.stringify([video, audio]));
    t.true(Math.abs(video.start - audio.start) < 0.5);
    const images = await save(t, `${url}/live/cam.mjpeg`, 4);
    const [only] = tracksOf(images, ['-f', 'mpjpeg', '-strict_mime_boundary', '1']);
    t.is(only.codec, 'mjpeg');
    t.true(only.packets > 80 && only.packets < 180, String(only.packets));
    t.is((await fetch(`${url}/live/cam.flv`)).status, 415);
});
