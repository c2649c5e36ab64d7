// Our files as mp4box reads them, and foreign files as mp4box and our reader read them: the same
// samples, times, sizes, key flags and bytes.
import { readFileSync } from 'node:fs';
import test from 'ava';
import { createFile, MP4BoxBuffer } from 'mp4box';
import { fnv, info, remuxed, sample, samples } from './files.mjs';

/** @typedef {import('./files.mjs').Packet} Packet */

/**
 * A file as mp4box reads it. Times are those of the sample tables: no edit list is applied.
 * @param {string} file
 */
function mp4box(file) {
    const bytes = readFileSync(file);
    const reader = createFile();
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    /** @type {string[]} */
    const errors = [];
    reader.onError = (/** @type {string} */ module, /** @type {string} */ message) => errors.push(`${module}: ${message}`);
    reader.appendBuffer(MP4BoxBuffer.fromArrayBuffer(/** @type {ArrayBuffer} */ (buffer), 0));
    reader.flush();
    const movie = reader.getInfo();
    const tracks = movie.tracks.map((track) => ({
        codec: track.codec,
        timescale: track.timescale,
        video: track.video,
        audio: track.audio,
        packets: reader.getTrackSamplesInfo(track.id).map((s) => ({
            dts: s.dts,
            cts: s.cts - s.dts,
            duration: s.duration,
            size: s.size,
            key: s.is_sync,
            hash: fnv(bytes.subarray(s.offset, s.offset + s.size)),
        })),
    }));
    return { brands: movie.brands, fragmented: movie.isFragmented, tracks, errors };
}

/** The first time made zero: an edit list moves all times of a track by the same. @param {Packet[]} packets */
const fromZero = (packets) => packets.map((p) => ({ ...p, dts: p.dts - (packets[0]?.dts ?? 0) }));

for (const [name, what] of Object.entries(samples)) {
    for (const how of /** @type {const} */ (['--per-packet', '--per-gop'])) {
        test(`[D2] ${name} written ${how.slice(2)} is read by mp4box sample by sample (${what})`, (t) => {
            const source = info(sample(name));
            remuxed(sample(name), how, (output) => {
                const read = mp4box(output);
                const ours = info(output);
                t.deepEqual(read.errors, []);
                t.true(read.fragmented);
                t.deepEqual(read.brands, ['iso6', 'iso6', 'cmfc', 'mp41']);
                t.deepEqual(
                    read.tracks.map((track) => track.codec.toLowerCase()),
                    // mp4box gives mp4v without its object type
                    source.codecs.toLowerCase().replace('mp4v.6c', 'mp4v').split(','),
                );
                source.tracks.forEach((track, i) => {
                    const theirs = read.tracks[i];
                    t.is(theirs?.timescale, track.timescale);
                    t.deepEqual(theirs?.packets, ours.packets[track.track]);
                    t.is(theirs?.packets.length, track.samples);
                    // Nothing lost on the way from the source: bytes, distances and offsets.
                    t.deepEqual(fromZero(ours.packets[track.track] ?? []), fromZero(source.packets[track.track] ?? []));
                    if (track.track === 0) {
                        t.is(theirs?.video?.width, track.width);
                        t.is(theirs?.video?.height, track.height);
                    } else if (!track.codec.startsWith('pcm')) {
                        // (mp4box does not know G.711 entries as sound; ffprobe does)
                        t.is(theirs?.audio?.sample_rate, track.sampleRate);
                        t.is(theirs?.audio?.channel_count, track.channels);
                    }
                });
                t.is(ours.fragments, how === '--per-packet' ? source.packets.flat().length : ours.fragments);
                t.false(ours.torn);
            });
        });
    }

    test(`${name}: our reader sees what mp4box sees`, (t) => {
        const ours = info(sample(name));
        const read = mp4box(sample(name));
        t.deepEqual(read.errors, []);
        ours.tracks.forEach((track, i) => {
            const theirs = read.tracks[i]?.packets ?? [];
            const mine = ours.packets[track.track] ?? [];
            if (track.codec.startsWith('pcm')) {
                // One sample per byte there, groups of them here: the same bytes, the same end.
                t.is(
                    mine.reduce((sum, p) => sum + p.size, 0),
                    theirs.reduce((sum, p) => sum + p.size, 0),
                );
                t.is(track.endDts - track.firstDts, theirs.length);
            } else {
                t.deepEqual(fromZero(mine), fromZero(theirs));
            }
        });
    });
}

test('both tracks keep their places on one time line when times below zero are moved', (t) => {
    const source = info(sample('h264-aac-bframes.mp4'));
    remuxed(sample('h264-aac-bframes.mp4'), '--per-gop', (output) => {
        const ours = info(output);
        const seconds = (/** @type {typeof ours} */ of, /** @type {number} */ i) => {
            const track = of.tracks[i];
            return track ? track.firstDts / track.timescale : NaN;
        };
        const before = seconds(source, 1) - seconds(source, 0);
        const after = seconds(ours, 1) - seconds(ours, 0);
        t.true(Math.abs(after - before) <= 0.5 / 44100 + 1e-12);
    });
});
