// Small files whose pictures take a lot of memory once they are decoded.
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import zlib from 'node:zlib';

/** @param {string} type @param {Buffer} body */
function chunk(type, body) {
    const whole = Buffer.alloc(body.length + 12);
    whole.writeUInt32BE(body.length);
    whole.write(type, 4, 'latin1');
    body.copy(whole, 8);
    whole.writeUInt32BE(crc32(whole.subarray(4, -4)), whole.length - 4);
    return whole;
}

const table = Uint32Array.from({ length: 256 }, (_, n) => {
    let value = n;
    for (let bit = 0; bit < 8; bit++) {
        value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
    }
    return value;
});

/** @param {Buffer} bytes */
function crc32(bytes) {
    let value = 0xffffffff;
    for (const byte of bytes) {
        value = (table[(value ^ byte) & 255] ?? 0) ^ (value >>> 8);
    }
    return ~value >>> 0;
}

/** `count` zeros as a zlib stream, made of one piece that is repeated. @param {number} count */
function zeros(count) {
    const size = 1 << 20;
    const piece = zlib.deflateRawSync(Buffer.alloc(size), { level: 9, finishFlush: zlib.constants.Z_FULL_FLUSH });
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE((((count % 65521) << 16) | 1) >>> 0); // Adler-32 of zeros
    const rest = zlib.deflateRawSync(Buffer.alloc(count % size), { level: 9 });
    return Buffer.concat([Buffer.from([0x78, 0xda]), ...Array(Math.floor(count / size)).fill(piece), rest, sum]);
}

/** A PNG, transparent, 8 bytes a pixel. @param {number} side @param {number} [filler] bytes of a chunk nobody reads */
function png(side, filler) {
    const head = Buffer.alloc(13);
    head.writeUInt32BE(side);
    head.writeUInt32BE(side, 4);
    head.set([16, 6, 0, 0, 0], 8);
    const more = filler === undefined ? [] : [chunk('zzZz', Buffer.alloc(filler))];
    const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]);
    return Buffer.concat([signature, chunk('IHDR', head), ...more, chunk('IDAT', zeros(side * (side * 8 + 1))), chunk('IEND', Buffer.alloc(0))]);
}

/**
 * A Matroska file with one PNG of 15,000x15,000 pixels: 1.8 MB, 1.8 GB decoded. FFmpeg wraps a small one of that length,
 * which is then replaced.
 * @param {string} file
 */
export function pngBomb(file) {
    const big = png(15_000);
    const small = png(16, big.length - png(16, 0).length);
    writeFileSync(`${file}.png`, small);
    execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'png_pipe', '-i', `${file}.png`, '-c', 'copy', file]);
    rmSync(`${file}.png`);
    const bytes = readFileSync(file);
    const at = bytes.indexOf(small.subarray(0, 16));
    big.copy(bytes, at);
    writeFileSync(file, bytes);
    return bytes.length;
}

/** A grey JPEG of `side` pixels, a multiple of 8: 2 bits for each 64 pixels. @param {number} side */
export function jpeg(side) {
    /** @param {number} marker @param {readonly number[]} body */
    const segment = (marker, body) => Buffer.from([0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255, ...body]);
    const code = [1, ...Array(15).fill(0), 0]; // one code of one bit: DC difference 0, end of block
    return Buffer.concat([
        Buffer.from([0xff, 0xd8]),
        segment(0xdb, [0, ...Array(64).fill(1)]),
        segment(0xc0, [8, side >> 8, side & 255, side >> 8, side & 255, 1, 1, 0x11, 0]),
        segment(0xc4, [0x00, ...code]),
        segment(0xc4, [0x10, ...code]),
        segment(0xda, [1, 1, 0x00, 0, 63, 0]),
        Buffer.alloc(Math.ceil(((side / 8) ** 2 * 2) / 8)),
        Buffer.from([0xff, 0xd9]),
    ]);
}

/**
 * A QuickTime file of a few hundred KB whose tables declare 5 million frames of one byte: an index of 120 MB,
 * a little less than FFmpeg may have in one piece (OC_FF_ALLOC_MAX).
 * @param {string} file
 */
export function indexBomb(file) {
    const inputs = ['-f', 'lavfi', '-i', 'testsrc2=size=160x120:rate=25', '-f', 'lavfi', '-i', 'sine=440:sample_rate=48000'];
    execFileSync('ffmpeg', ['-v', 'error', '-y', ...inputs, '-t', '2', '-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'pcm_s16le', file]);
    const bytes = readFileSync(file);
    const perChunk = 100_000; // of each of the 50 chunks of the video track, which is the first
    bytes.writeUInt32BE(perChunk, bytes.indexOf('stsc') + 16);
    bytes.writeUInt32BE(50 * perChunk, bytes.indexOf('stts') + 12);
    bytes.writeUInt32BE(1, bytes.indexOf('stsz') + 8);
    bytes.writeUInt32BE(50 * perChunk, bytes.indexOf('stsz') + 12);
    writeFileSync(file, bytes);
}
