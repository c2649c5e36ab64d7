// Files of our writer as FFmpeg reads them: the same packets, and pictures and sound that decode.
import { execFileSync } from 'node:child_process';
import test from 'ava';
import { info, remuxed, sample, samples } from '../media/files.mjs';

/** FFmpeg's names. @type {Record<string, string>} */
const names = { h264: 'h264', h265: 'hevc', mjpeg: 'mjpeg', aac: 'aac', opus: 'opus', pcma: 'pcm_alaw', pcmu: 'pcm_mulaw' };

/** @param {string[]} args @returns {any} */
const probe = (args) => JSON.parse(execFileSync('ffprobe', ['-v', 'error', '-of', 'json', ...args], { encoding: 'utf8', maxBuffer: 2 ** 26 }));

/** MD5 of every decoded picture or block of sound. @param {string} file @param {string} stream @returns {string} */
const decoded = (file, stream) =>
    execFileSync('ffmpeg', ['-v', 'error', '-i', file, '-map', `0:${stream}`, '-vsync', 'passthrough', '-f', 'md5', '-'], { encoding: 'utf8' });

for (const name of Object.keys(samples)) {
    for (const how of /** @type {const} */ (['--per-packet', '--per-gop'])) {
        test(`[D2] ${name} written ${how.slice(2)} is read by ffprobe packet by packet`, (t) => {
            remuxed(sample(name), how, (output) => {
                const ours = info(output);
                const { streams, packets } = probe(['-show_streams', '-show_packets', output]);
                ours.tracks.forEach((track, i) => {
                    t.is(streams[i].codec_name, names[track.codec]);
                    t.is(streams[i].time_base, `1/${track.timescale}`);
                    const theirs = packets.filter((/** @type {{ stream_index: number }} */ p) => p.stream_index === i);
                    t.deepEqual(
                        theirs.map((/** @type {any} */ p) => [p.dts, p.pts, Number(p.size), p.flags.startsWith('K')]),
                        ours.packets[track.track]?.map((p) => [p.dts, p.dts + p.cts, p.size, p.key]),
                    );
                });
            });
        });
    }

    test(`${name}: what FFmpeg decodes from our file is what it decodes from the source`, (t) => {
        remuxed(sample(name), '--per-gop', (output) => {
            t.is(decoded(output, 'v:0'), decoded(sample(name), 'v:0'));
        });
    });
}
