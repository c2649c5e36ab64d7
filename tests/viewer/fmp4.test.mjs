// The page's reader of fragmented MP4: what the device writes, in any pieces; what nobody should write, without harm.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { load } from './load.mjs';
import { box, fragment, init, mjpegTracks, u32 } from './make-mp4.mjs';

const { Fmp4Reader, Fmp4Error } = await load('packets/fmp4.ts');

const picture = (/** @type {number} */ n) => Buffer.from([0xff, 0xd8, n, n, n, 0xff, 0xd9]);
const sound = (/** @type {number} */ n) => Buffer.alloc(160, n);
const stream = Buffer.concat([
    init(mjpegTracks),
    fragment(1, 0, [{ duration: 3000, data: picture(1) }, { duration: 3000, data: picture(2) }]),
    fragment(2, 0, [{ duration: 160, data: sound(7) }]),
    box('free', Buffer.alloc(300)),
    fragment(1, 2 ** 33 * 90, [{ duration: 3000, data: picture(3) }]),
]);

/** @param {Buffer} bytes @param {number} piece */
function readAll(bytes, piece) {
    const reader = new Fmp4Reader();
    const samples = [];
    for (let at = 0; at < bytes.length; at += piece) {
        samples.push(...reader.push(bytes.subarray(at, at + piece)));
    }
    return { reader, samples };
}

test('tracks, times and bytes, whatever the pieces', (t) => {
    for (const piece of [1, 7, 64, 100_000]) {
        const { reader, samples } = readAll(stream, piece);
        t.deepEqual(
            reader.tracks.map((/** @type {any} */ track) => [track.id, track.kind, track.codec, track.timescale, track.sampleRate, track.channels]),
            [
                [1, 'video', 'mjpeg', 90000, 0, 0],
                [2, 'audio', 'ulaw', 8000, 8000, 1],
            ],
        );
        t.deepEqual(
            samples.map((sample) => [sample.track.id, sample.seconds, sample.duration, sample.key, Buffer.from(sample.data).toString('hex')]),
            [
                [1, 0, 3000 / 90000, true, picture(1).toString('hex')],
                [1, 3000 / 90000, 3000 / 90000, true, picture(2).toString('hex')],
                [2, 0, 0.02, true, sound(7).toString('hex')],
                [1, (2 ** 33 * 90) / 90000, 3000 / 90000, true, picture(3).toString('hex')],
            ],
        );
        t.is(reader.heldBytes, 0);
    }
});

test('a file without fragments has tracks and gives no samples', (t) => {
    const { reader, samples } = readAll(readFileSync(path.join(root, 'assets', 'clip.mp4')), 10_000);
    t.deepEqual(reader.tracks.map((/** @type {any} */ track) => [track.kind, track.codec]), [['video', 'avc1'], ['audio', 'mp4a']]);
    t.is(samples.length, 0);
    t.is(reader.heldBytes, 0);
});

test('cut off anywhere: nothing is made up', (t) => {
    const whole = readAll(stream, 1000).samples.length;
    for (let length = 0; length < stream.length; length += 13) {
        const { samples } = readAll(stream.subarray(0, length), 50);
        t.true(samples.length <= whole);
    }
});

/** @param {Buffer} bytes @returns {string} what it is refused with */
const refusal = (bytes) => {
    try {
        readAll(bytes, 4096);
        return '';
    } catch (error) {
        return error instanceof Fmp4Error ? error.message : `not an Fmp4Error: ${String(error)}`;
    }
};

test('hostile sizes and counts are refused in words', (t) => {
    const start = init(mjpegTracks);
    /** @param {...Uint8Array} parts */
    const traf = (...parts) => Buffer.concat([start, box('moof', box('traf', box('tfhd', u32(0x20000), u32(1)), box('tfdt', u32(0), u32(0)), ...parts)), box('mdat', Buffer.alloc(64))]);
    t.regex(refusal(Buffer.from('00000007moov', 'latin1').fill(0, 0, 3).fill(7, 3, 4)), /size of 7|bytes/);
    t.regex(refusal(Buffer.concat([u32(0), Buffer.from('mdat')])), /mdat: a size of 0/);
    t.regex(refusal(Buffer.concat([u32(1), Buffer.from('mdat'), Buffer.alloc(8)])), /mdat: a size of 1/);
    t.regex(refusal(Buffer.concat([start, u32(0xffffffff), Buffer.from('mdat')])), /too many/);
    t.regex(refusal(Buffer.concat([start, u32(0x7fffffff), Buffer.from('moov')])), /too many/);
    t.regex(refusal(Buffer.from('<!doctype html><p>not found')), /no MP4/);
    t.regex(refusal(Buffer.concat([u32(100), Buffer.from([0, 1, 2, 3])])), /no MP4/);
    t.regex(refusal(box('moov')), /0 tracks/);
    t.regex(refusal(box('moov', box('trak'))), /without its headers/);
    t.regex(refusal(box('moov', u32(100), Buffer.from('trak'))), /do not fit/);
    t.regex(refusal(traf(box('trun', u32(0x300), u32(0xffffffff)))), /do not fit/);
    t.regex(refusal(traf(box('trun', u32(0x300), u32(4096)))), /do not fit/);
    t.regex(refusal(traf(box('trun', u32(0x201), u32(1), u32(0), u32(10)))), /outside of mdat/);
    t.regex(refusal(traf(box('trun', u32(0x201), u32(1), u32(0x7fffffff), u32(10)))), /outside of mdat/);
    t.regex(refusal(traf(box('trun', u32(0x201), u32(1), u32(0xffffffff), u32(10)))), /outside of mdat/);
    t.regex(refusal(traf(box('trun', u32(0x200), u32(1), u32(65)))), /outside of mdat/);
    t.regex(refusal(Buffer.concat([start, box('moof', box('traf')), box('mdat')])), /without tfhd/);
    t.regex(refusal(Buffer.concat([start, box('moof', box('traf', box('tfhd', u32(0), u32(1)), box('tfdt', u32(0x1000000), u32(0xffffffff), u32(0)))), box('mdat')])), /out of range/);
    t.is(refusal(traf(box('trun', u32(0), u32(4096)))), '', 'samples without bytes are bounded in number');
    t.is(refusal(Buffer.concat([start, box('moof', box('traf', box('tfhd', u32(0), u32(9)), box('tfdt', u32(0), u32(0)))), box('mdat')])), '', 'a track nobody announced');
});

test('100,000 damaged streams: a refusal or samples inside of what came, never anything else', (t) => {
    let seed = 1;
    const random = (/** @type {number} */ below) => {
        seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
        return Math.floor((seed / 2 ** 32) * below);
    };
    const short = stream.subarray(0, stream.length - 400 + 32);
    let refused = 0;
    for (let n = 0; n < 100_000; n++) {
        const damaged = Buffer.from(short);
        for (let hit = 0; hit <= random(3); hit++) {
            damaged[random(damaged.length)] = [0, 1, 0x7f, 0x80, 0xff, random(256)][random(6)] ?? 0;
        }
        try {
            const { samples, reader } = readAll(damaged, 1 + random(2000));
            t.true(samples.reduce((sum, sample) => sum + sample.data.length, 0) <= damaged.length * 8);
            t.true(reader.heldBytes <= damaged.length);
        } catch (error) {
            if (!(error instanceof Fmp4Error)) {
                throw error;
            }
            refused++;
        }
    }
    t.true(refused > 1000 && refused < 99_000, `${refused} refused`);
});
