// Damaged inputs of the formats that are taken, under the sanitizers: errors or packets, never a fault.
// OC_MUTATED_INPUTS: of each format; 1,000 in the soak.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { temporary } from '../e2e/device.mjs';
import { make } from './inputs.mjs';
import { rtpCamera, units } from './rtp_camera.mjs';

const program = path.join(root, 'build', 'san', 'tests', 'hosts', 'mutated_inputs');
const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '10'];
const formats = /** @type {Record<string, string[]>} */ ({
    mkv: [...x264, '-c:a', 'aac'],
    ts: [...x264, '-c:a', 'aac'],
    flv: [...x264, '-c:a', 'aac'],
    mp4: [...x264, '-c:a', 'aac'],
    avi: ['-c:v', 'mpeg4', '-c:a', 'mp3'],
    mpg: ['-c:v', 'mpeg2video', '-c:a', 'mp2'],
    webm: ['-c:v', 'libvpx', '-deadline', 'realtime', '-c:a', 'libvorbis'],
    ivf: ['-an', '-c:v', 'libvpx', '-deadline', 'realtime'],
    h264: ['-an', ...x264],
    hevc: ['-an', '-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=error'],
    m4v: ['-an', '-c:v', 'mpeg4'],
    mjpeg: ['-an', '-c:v', 'mjpeg'],
    ogg: ['-vn', '-c:a', 'libvorbis'],
    opus: ['-vn', '-c:a', 'libopus'],
    mpjpeg: ['-an', '-c:v', 'mjpeg', '-f', 'mpjpeg'],
    obu: ['-an', '-c:v', 'libaom-av1', '-usage', 'realtime', '-cpu-used', '8'],
    wav: ['-vn'],
    mp3: ['-vn', '-c:a', 'mp3'],
    aac: ['-vn', '-c:a', 'aac'],
    flac: ['-vn'],
    ac3: ['-vn', '-c:a', 'ac3'],
    eac3: ['-vn', '-c:a', 'eac3'],
});

/** AMR of made-up frames (12.2 kbit/s, RFC 4867, 5): Debian's FFmpeg writes none. @param {string} file */
function makeAmr(file) {
    const frames = Array.from({ length: 50 }, (_, i) => Buffer.from([0x3c, ...Array.from({ length: 31 }, (__, k) => (i * 37 + k * 11) & 0xff)]));
    writeFileSync(file, Buffer.concat([Buffer.from('#!AMR\n'), ...frames]));
}

/** A playlist of one part, plain and encrypted. @param {string} folder @returns {string} */
function makeList(folder) {
    const file = path.join(folder, 'seed.m3u8');
    make(path.join(folder, 'part.ts'), ['-s', '160x90', ...x264, '-c:a', 'aac'], 1);
    writeFileSync(path.join(folder, 'key'), Buffer.alloc(16, 7));
    const head = '#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:3\n';
    const parts = '#EXTINF:1.0,one\npart.ts\n#EXT-X-BYTERANGE:9400@940\n#EXTINF:1.0,\npart.ts\n#EXT-X-DISCONTINUITY\n';
    writeFileSync(file, `${head}${parts}#EXT-X-KEY:METHOD=AES-128,URI="key",IV=0x${'01'.repeat(16)}\n#EXTINF:1.0,\npart.ts\n#EXT-X-ENDLIST\n`);
    return file;
}

/** Damage that depends on the address and on what came before. @param {Buffer} bytes @param {string} url @param {number} one of how many */
function damage(bytes, url, one) {
    damage.calls++;
    let state = damage.calls * 2654435761 + Number(/(\d+)\/?\w*$/.exec(url)?.[1] ?? 0) * 40503;
    const below = (/** @type {number} */ most) => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return Math.floor((state / 2 ** 32) * most);
    };
    if (below(one) > 0) {
        return bytes;
    }
    const copy = Buffer.from(bytes);
    for (let n = 1 + below(6); n > 0; n--) {
        copy[below(copy.length)] = below(256);
    }
    return below(5) === 0 ? copy.subarray(0, 1 + below(copy.length)) : copy;
}
damage.calls = 0;

test.serial('what damaged inputs once found is found no more', async (t) => {
    const folder = path.join(root, 'tests', 'corpora', 'inputs');
    const seeds = readdirSync(folder).map((name) => path.join(folder, name));
    const { stdout } = await promisify(execFile)(program, ['replay', ...seeds]);
    t.is(stdout.trim().split('\n').length, seeds.length);
    t.true(seeds.length > 0);
});

test.serial('damaged RTSP: answers, descriptions and RTP packets, with sanitizers', async (t) => {
    const port = await rtpCamera(t, units(1, 200_000), {
        periodMs: 0,
        idleMs: 300,
        answer: (bytes, url) => damage(bytes, url, 4),
        packet: (bytes, _, url) => damage(bytes, url, 8),
    });
    const { stdout } = await promisify(execFile)(program, [process.env['OC_MUTATED_INPUTS'] ?? '6', temporary(t), `rtsp://127.0.0.1:${port}/`]);
    t.log(stdout.trim());
    t.regex(stdout, /^rtsp: \d+ damaged inputs, [1-9]\d* could be opened$/m);
});

test.serial('damaged inputs of each format that is taken, with sanitizers', async (t) => {
    t.true(existsSync(program), `${program}: npm run build -- san`);
    const count = process.env['OC_MUTATED_INPUTS'] ?? '6';
    const folder = temporary(t);
    const files = Object.entries(formats).map(([ending, how]) => {
        const file = path.join(folder, `seed.${ending}`);
        make(file, ['-s', '160x90', ...how], 1);
        return file;
    });
    const amr = path.join(folder, 'seed.amr');
    makeAmr(amr);
    files.push(amr, makeList(folder));
    const scratch = path.join(folder, 'damaged');
    mkdirSync(scratch);
    const { stdout } = await promisify(execFile)(program, [count, scratch, ...files], { maxBuffer: 2 ** 24 });
    t.log(stdout.trim());
    const lines = stdout.trim().split('\n');
    t.is(lines.length, files.length);
    if (Number(count) >= 100) {
        for (const line of lines) {
            t.regex(line, / [1-9]\d* could be opened$/, 'the damage is not all in front');
        }
    }
});
