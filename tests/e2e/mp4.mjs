// MP4 files, plain or fragmented, as mp4box.js sees them: somebody else's reader judges what we write.
import { readFileSync } from 'node:fs';
import { createFile, MP4BoxBuffer } from 'mp4box';

/**
 * @typedef {object} Sample
 * @property {number} dts in ticks of the track's timescale
 * @property {number} cts composition time, in ticks
 * @property {number} duration in ticks
 * @property {boolean} key
 * @property {Buffer} data
 */
/**
 * @typedef {object} Track
 * @property {'video' | 'audio'} kind
 * @property {string} codec e.g. avc1.64001e
 * @property {number} timescale ticks per second
 * @property {Sample[]} samples in decoding order
 */

/**
 * @param {string | Uint8Array} source a file, or its bytes
 * @returns {Track[]} empty when there is no movie header
 */
export function readMp4(source) {
    const bytes = typeof source === 'string' ? readFileSync(source) : source;
    const file = createFile(true);
    /** @type {Map<number, Sample[]>} */
    const samples = new Map();
    /** @type {import('mp4box').Movie | undefined} */
    let movie;
    file.onReady = (info) => {
        movie = info;
        for (const track of info.tracks) {
            samples.set(track.id, []);
            file.setExtractionOptions(track.id, undefined, { nbSamples: 1 });
        }
        file.start();
    };
    file.onSamples = (id, _user, list) => {
        for (const s of list) {
            if (s.data) {
                samples.get(id)?.push({ dts: s.dts, cts: s.cts, duration: s.duration, key: s.is_sync, data: Buffer.from(s.data) });
            }
        }
    };
    const copy = new Uint8Array(bytes).buffer;
    file.appendBuffer(MP4BoxBuffer.fromArrayBuffer(copy, 0));
    file.flush();
    return (movie?.tracks ?? []).map((track) => ({
        kind: track.type === 'video' ? 'video' : 'audio',
        codec: track.codec,
        timescale: track.timescale,
        samples: samples.get(track.id) ?? [],
    }));
}

/** The track of this kind. @param {Track[]} tracks @param {Track['kind']} kind @returns {Track} */
export function trackOf(tracks, kind) {
    const track = tracks.find((candidate) => candidate.kind === kind);
    if (!track) {
        throw new Error(`no ${kind} track`);
    }
    return track;
}

/** Seconds from the first sample's start to the last one's end. @param {Track} track */
export function lengthOf(track) {
    const [first, last] = [track.samples[0], track.samples.at(-1)];
    return first && last ? (last.dts + last.duration - first.dts) / track.timescale : 0;
}
