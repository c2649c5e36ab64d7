// Makes assets/clip.mp4, the input `ocellus run` uses when none is named. Needs FFmpeg with libx264;
// run by hand (`node tools/clip/make-clip.mjs`), the result is committed. Not part of the build.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { draw } from '../../tests/blockcode/blockcode.mjs';

const width = 640;
const height = 360;
const fps = 30;
const seconds = 10;
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const target = path.join(root, 'assets', 'clip.mp4');

const quiet = ['-hide_banner', '-loglevel', 'error', '-nostdin', '-y'];
const size = `${width}x${height}`;
const source = spawn(
    'ffmpeg',
    [...quiet, '-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${fps}`, '-frames:v', String(fps * seconds)].concat(
        ['-pix_fmt', 'yuv420p', '-f', 'rawvideo', 'pipe:1'],
    ),
    { stdio: ['ignore', 'pipe', 'inherit'] },
);
// A quiet tone, and a beep of 100 ms at each full second: sound and picture can be compared.
const tone = '0.03*sin(2*PI*220*t)+0.25*sin(2*PI*1000*t)*lt(mod(t\\,1)\\,0.1)';
const video = ['-c:v', 'libx264', '-profile:v', 'high', '-preset', 'veryslow', '-crf', '27', '-bf', '0'];
const gop = ['-g', String(fps), '-keyint_min', String(fps), '-sc_threshold', '0', '-flags', '+cgop'];
const colour = ['-color_range', 'tv', '-colorspace', 'smpte170m', '-color_primaries', 'smpte170m', '-color_trc', 'smpte170m'];
const sink = spawn(
    'ffmpeg',
    [...quiet, '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', size, '-r', String(fps), '-i', 'pipe:0']
        .concat(['-f', 'lavfi', '-i', `aevalsrc=${tone}:s=48000:c=mono`, '-t', String(seconds)])
        .concat([...video, ...gop, ...colour, '-c:a', 'aac', '-b:a', '48k', '-ac', '1'])
        .concat(['-map_metadata', '-1', '-fflags', '+bitexact', '-flags:a', '+bitexact', '-f', 'mp4', target]),
    { stdio: ['pipe', 'inherit', 'inherit'] },
);

const frameBytes = (width * height * 3) / 2;
let pending = Buffer.alloc(0);
let frame = 0;
for await (const chunk of source.stdout) {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= frameBytes) {
        const picture = Buffer.from(pending.subarray(0, frameBytes));
        pending = pending.subarray(frameBytes);
        draw(picture, width, { frame, timeMs: Math.round((frame * 1000) / fps) });
        greyCode(picture);
        frame++;
        if (!sink.stdin.write(picture)) {
            await once(sink.stdin, 'drain');
        }
    }
}
sink.stdin.end();
const [code] = await once(sink, 'close');
if (code !== 0 || frame !== fps * seconds) {
    console.error(`make-clip: ffmpeg ended with ${code} after ${frame} frames`);
    process.exitCode = 1;
}

/** Takes the colour out of the code's corner (320 × 64 pixels). @param {Buffer} picture planar 4:2:0 */
function greyCode(picture) {
    const chromaWidth = width / 2;
    for (const plane of [width * height, (width * height * 5) / 4]) {
        for (let y = 0; y < 32; y++) {
            picture.fill(128, plane + y * chromaWidth, plane + y * chromaWidth + 160);
        }
    }
}
