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

for (const [ending, zero] of /** @type {const} */ ([['mp4', 0], ['flv', 0], ['ts', 1.5]])) {
    test.serial(`[E2] .${ending} of the test picture: both tracks from ${zero}, flash and beep within 40 ms`, async (t) => {
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
        t.is(video.start, zero);
        t.true(audio.start >= zero && audio.start < zero + 0.05, String(audio.start));
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

/** Filters that leave of a stream what is the same in every container: no delimiters, parameter sets, headers. @type {Record<string, readonly [string, string]>} */
const bare = {
    h264: ['h264_mp4toannexb,filter_units=remove_types=7-9', 'filter_units=remove_types=7-9'],
    hevc: ['hevc_mp4toannexb,filter_units=remove_types=32-35', 'filter_units=remove_types=32-35'],
    aac: ['null', 'aac_adtstoasc'],
    opus: ['null', 'null'],
};

/**
 * Packets of one track as FFmpeg reads them, times in ticks of 90 kHz.
 * @param {string} file
 * @param {'v' | 'a'} kind
 * @returns {{ dts: number, pts: number, hash: string }[]}
 */
function packetsOf(file, kind) {
    const { streams } = probe(['-select_streams', kind, '-show_entries', 'stream=codec_name,time_base', file]);
    if (streams.length === 0) {
        return [];
    }
    const filter = bare[streams[0].codec_name]?.[file.endsWith('.ts') ? 1 : 0] ?? 'null';
    const how = ['-map', `0:${kind}`, '-c', 'copy', `-bsf:${kind}`, filter, '-f', 'framehash', '-hash', 'md5', '-'];
    const text = execFileSync('ffmpeg', ['-v', 'error', '-copyts', '-i', file, ...how], { encoding: 'utf8', maxBuffer: 2 ** 26 });
    const [, from, to] = /^#tb 0: (\d+)\/(\d+)$/m.exec(text) ?? [];
    const ticks = (/** @type {string | undefined} */ value) => (Number(value) * 90_000 * Number(from)) / Number(to);
    return text.split('\n').filter((line) => /^0,/.test(line)).map((line) => {
        const [, dts, pts, , , hash] = line.split(',').map((word) => word.trim());
        return { dts: ticks(dts), pts: ticks(pts), hash: hash ?? '' };
    });
}

/** What GStreamer reads of a transport stream, as Matroska. @param {string} file @param {readonly string[]} codecs */
function byGStreamer(file, codecs) {
    const parsers = /** @type {Record<string, string>} */ ({ h264: 'h264parse', hevc: 'h265parse', aac: 'aacparse', opus: 'opusparse' });
    const ways = codecs.flatMap((codec) => `d. ! queue ! ${parsers[codec]} ! m.`.split(' '));
    const out = ['matroskamux', 'name=m', '!', 'filesink', `location=${file}.mkv`];
    execFileSync('gst-launch-1.0', ['-q', 'filesrc', `location=${file}`, '!', 'tsdemux', 'name=d', ...out, ...ways], { timeout: 60_000 });
    return `${file}.mkv`;
}

/** What `-c copy` says of a file: nothing, when it is in order. @param {string} file */
const complaints = (file) => spawnSync('ffmpeg', ['-v', 'warning', '-i', file, '-map', '0', '-c', 'copy', '-f', 'null', '-'], { encoding: 'utf8', timeout: 60_000 }).stderr;

const b = ['-preset', 'veryfast', '-g', '25', '-bf', '3'];
for (const [name, ending, how, tracks] of /** @type {const} */ ([
    ['H.264 with B-frames and AAC', 'mp4', ['-c:v', 'libx264', ...b, '-c:a', 'aac'], 'va'],
    ['offsets below 0', 'mp4', ['-c:v', 'libx264', ...b, '-c:a', 'aac', '-movflags', 'negative_cts_offsets'], 'va'],
    ['H.265 with B-frames and Opus', 'mp4', ['-c:v', 'libx265', '-x265-params', 'log-level=none:keyint=25:bframes=3', '-tag:v', 'hvc1', '-c:a', 'libopus'], 'va'],
    ['a picture without sound', 'mp4', ['-c:v', 'libx264', ...b, '-an'], 'v'],
    ['AAC alone', 'm4a', ['-vn', '-c:a', 'aac'], 'a'],
])) {
    test.serial(`.ts: ${name}: the packets and distances of the .mp4`, async (t) => {
        const source = path.join(temporary(t), `x.${ending}`);
        make(source, [...how], 12);
        const { device } = start(t, ['--record', 'off', '--input', `cam=${source}`]);
        const url = await device.url();
        await eventually(async () => ((await device.json('/api/status')).channels[0]?.packets > 60 ? true : undefined), 'offsets below 0 have shown themselves', 40);
        const [ts, mp4] = await Promise.all(['ts', 'mp4'].map((format) => save(t, `${url}/live/cam.${format}`, 5)));
        t.is(complaints(ts ?? ''), '');
        for (const kind of /** @type {('v' | 'a')[]} */ ([...tracks])) {
            const theirs = new Map(packetsOf(mp4 ?? '', kind).map((packet) => [packet.hash, packet]));
            const both = packetsOf(ts ?? '', kind).flatMap((packet) => {
                const same = theirs.get(packet.hash);
                return same === undefined ? [] : [{ dts: packet.dts - same.dts, pts: packet.pts - same.pts }];
            });
            t.true(both.length > 80, `${kind}: ${both.length} packets are in both`);
            for (const way of /** @type {const} */ (['dts', 'pts'])) {
                const off = both.map((distance) => distance[way] - (both[0]?.[way] ?? 0));
                t.true(off.every((ticks) => Math.abs(ticks) <= 2), `${kind} ${way}: ${off.filter((ticks) => Math.abs(ticks) > 2)}`);
            }
        }
        const own = tracksOf(ts ?? '');
        const theirs = tracksOf(byGStreamer(ts ?? '', own.map(({ codec }) => codec)));
        t.deepEqual(theirs.map(({ codec }) => codec), own.map(({ codec }) => codec));
        // sound before the first picture is shown is omitted by its muxer
        t.true(theirs.every(({ packets }, i) => packets > (own[i]?.packets ?? 0) - 25), JSON.stringify([own, theirs]));
    });
}

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
    t.is((await fetch(`${url}/live/cam.ts`)).status, 415);
});
