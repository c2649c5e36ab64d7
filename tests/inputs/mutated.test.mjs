// Damaged inputs of the formats that are taken, under the sanitizers: errors or packets, never a fault.
// OC_MUTATED_INPUTS: of each format; 1,000 in the soak.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { temporary } from '../e2e/device.mjs';
import { make } from './inputs.mjs';

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
    wav: ['-vn'],
    mp3: ['-vn', '-c:a', 'mp3'],
    aac: ['-vn', '-c:a', 'aac'],
    flac: ['-vn'],
    ac3: ['-vn', '-c:a', 'ac3'],
    eac3: ['-vn', '-c:a', 'eac3'],
});

test('damaged inputs of each format that is taken, with sanitizers', async (t) => {
    t.true(existsSync(program), `${program}: npm run build -- san`);
    const count = process.env['OC_MUTATED_INPUTS'] ?? '6';
    const folder = temporary(t);
    const files = Object.entries(formats).map(([ending, how]) => {
        const file = path.join(folder, `seed.${ending}`);
        make(file, ['-s', '160x90', ...how], 1);
        return file;
    });
    const scratch = path.join(folder, 'damaged');
    mkdirSync(scratch);
    const { stdout } = await promisify(execFile)(program, [count, scratch, ...files], { maxBuffer: 2 ** 24 });
    t.log(stdout.trim());
    t.is(stdout.trim().split('\n').length, files.length);
});
