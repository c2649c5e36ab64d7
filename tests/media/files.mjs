// What the MP4 tests share: the sample files, the developer tools, and how their output is read.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root } from '../../scripts/lib.mjs';

/** @typedef {{ dts: number, cts: number, duration: number, size: number, key: boolean, hash: string }} Packet */
/**
 * @typedef {object} Track
 * @property {number} track 0 video, 1 audio
 * @property {string} codec
 * @property {number} timescale
 * @property {number} width
 * @property {number} height
 * @property {number} sampleRate
 * @property {number} channels
 * @property {number} samples
 * @property {number} firstDts
 * @property {number} endDts
 * @property {string} hash of all payloads
 */
/** @typedef {{ fragmented: boolean, torn: boolean, fragments: number, durationUs: number, codecs: string, tracks: Track[], packets: Packet[][] }} Info */

/** Made by FFmpeg; what each is for. */
export const samples = {
    'h264-aac-bframes.mp4': 'B-frames, edit lists, moov at the end, 30000/1001 and 44.1 kHz',
    'h264-aac-frag.mp4': 'fragments of another muxer',
    'h264-aac-hybrid.mp4': 'samples in moov and in fragments',
    'h264-alaw.mov': 'A-law, one sample per byte',
    'h264-ulaw.mov': 'mu-law, moov at the front',
    'h265.mp4': 'H.265 with SEI in its configuration',
    'mjpeg-opus.mp4': 'motion JPEG and Opus',
    'vfr.mp4': 'variable frame rate',
};

const corpus = path.join(root, 'tests', 'corpora', 'mp4');

/** @param {string} name @returns {string} */
export const sample = (name) => path.join(corpus, name);

/** @param {string} tool @param {string[]} args @returns {string} what it printed */
const run = (tool, args) =>
    execFileSync(path.join(root, 'build', 'linux', tool), args, { encoding: 'utf8', maxBuffer: 2 ** 26 });

/** @param {string} file @returns {Info} as our reader sees it; packets by track */
export function info(file) {
    const read = JSON.parse(run('oc-mp4info', [file, '--json', '--packets']));
    /** @type {Packet[][]} */
    const packets = [[], []];
    for (const [track, dts, cts, duration, size, key, , hash] of read.packets) {
        packets[track]?.push({ dts, cts, duration, size, key: key === 1, hash });
    }
    return { ...read, packets };
}

/**
 * Calls back with a file written by our writer, which is removed afterwards.
 * @template T
 * @param {string} input
 * @param {'--per-packet' | '--per-gop'} how
 * @param {(file: string) => T} use
 * @returns {T}
 */
export function remuxed(input, how, use) {
    const folder = mkdtempSync(path.join(tmpdir(), 'oc-remux-'));
    try {
        const output = path.join(folder, 'out.mp4');
        run('oc-remux', [input, output, how]);
        return use(output);
    } finally {
        rmSync(folder, { recursive: true });
    }
}

/** @param {Uint8Array} bytes @returns {string} FNV-1a, 64 bit, as the tools print it */
export function fnv(bytes) {
    let hash = 0xcbf29ce484222325n;
    for (const byte of bytes) {
        hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
    }
    return hash.toString(16).padStart(16, '0');
}
