// Recordings made by hand: pictures with the block code, written by our writer, under names of the past.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../scripts/lib.mjs';
import { draw, read } from '../blockcode/blockcode.mjs';

export const width = 160;
export const height = 88;
export const channel = 'cam1';

/** @param {number} ms */
const stamp = (ms) => new Date(ms).toISOString().replace(/[-:]/g, '');

/** @param {number} from @param {number} count @param {number} fps @returns {Buffer} raw pictures, grey */
function pictures(from, count, fps) {
    const bytes = width * height;
    const all = Buffer.alloc(bytes * count, 60);
    for (let i = 0; i < count; i++) draw(all.subarray(i * bytes, (i + 1) * bytes), width, { frame: from + i, timeMs: Math.round(((from + i) * 1000) / fps) });
    return all;
}

/**
 * @param {string} data the data directory
 * @param {number} startMs UTC
 * @param {{ seconds: number, fps: number, first: number, gop: number, sound?: boolean, size?: string }} what first: number of the first picture
 * @returns {string} its path
 */
export function record(data, startMs, what) {
    const folder = path.join(data, 'recordings', channel);
    const file = path.join(folder, `cam1_${stamp(startMs)}_${stamp(startMs + what.seconds * 1000)}.mp4`);
    mkdirSync(folder, { recursive: true });
    const raw = pictures(what.first, what.seconds * what.fps, what.fps);
    const sound = what.sound ? ['-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=48000:duration=${what.seconds}`, '-c:a', 'aac', '-b:a', '48k'] : [];
    const made = `${file}.tmp`;
    const args = ['-v', 'error', '-f', 'rawvideo', '-pix_fmt', 'gray', '-s', `${width}x${height}`, '-r', `${what.fps}`, '-i', 'pipe:0', ...sound];
    const coding = ['-c:v', 'libx264', '-preset', 'ultrafast', '-threads', '1', '-crf', '28', '-pix_fmt', 'yuv420p', '-g', `${what.gop}`, '-sc_threshold', '0', '-bf', '0'];
    const scale = what.size ? ['-vf', `scale=${what.size}:flags=neighbor`] : [];
    const outcome = spawnSync('ffmpeg', [...args, ...coding, ...scale, '-f', 'mp4', made], { input: raw });
    if (outcome.status !== 0) throw new Error(`ffmpeg: ${outcome.stderr}`);
    execFileSync(path.join(root, 'build', 'linux', 'oc-remux'), [made, file, '--per-gop']);
    execFileSync('rm', [made]);
    return file;
}

/**
 * The numbers and times of the pictures in an MP4.
 * @param {Buffer | string} mp4 its bytes, or a file
 * @returns {{ frame: number, atMs: number }[]}
 */
export function decode(mp4) {
    const input = typeof mp4 === 'string' ? mp4 : 'pipe:0';
    const filter = `scale=${width}:${height}:flags=neighbor,showinfo`;
    const outcome = spawnSync('ffmpeg', ['-v', 'info', '-nostats', '-copyts', '-i', input, '-map', '0:v', '-vf', filter, '-fps_mode', 'passthrough', '-pix_fmt', 'gray', '-f', 'rawvideo', 'pipe:1'], {
        ...(typeof mp4 === 'string' ? {} : { input: mp4 }),
        maxBuffer: 2 ** 30,
    });
    const times = [...String(outcome.stderr).matchAll(/pts_time:\s*([\d.]+)/g)].map(([, time]) => Number(time) * 1000);
    const bytes = width * height;
    return times.map((atMs, i) => {
        const code = read({ pixels: outcome.stdout.subarray(i * bytes, (i + 1) * bytes), width, height, channels: 1 });
        return { frame: code ? code.frame : -1, atMs };
    });
}

/**
 * @param {string} text an HLS playlist
 * @returns {{ atMs: number, seconds: number, url: string, from: number, bytes: number, map: { url: string, bytes: number }, part: number }[]}
 */
export function segments(text) {
    /** @type {ReturnType<typeof segments>} */
    const found = [];
    let [atMs, seconds, from, bytes, part] = [0, 0, 0, 0, 0];
    let map = { url: '', bytes: 0 };
    for (const line of text.split('\n')) {
        const [, date] = /^#EXT-X-PROGRAM-DATE-TIME:(.*)$/.exec(line) ?? [];
        const [, uri, length] = /^#EXT-X-MAP:URI="(.*)",BYTERANGE="(\d+)@0"$/.exec(line) ?? [];
        const [, duration] = /^#EXTINF:([\d.]+),$/.exec(line) ?? [];
        const [, n, at] = /^#EXT-X-BYTERANGE:(\d+)@(\d+)$/.exec(line) ?? [];
        if (line === '#EXT-X-DISCONTINUITY') part++;
        if (date) atMs = Date.parse(date);
        if (uri) map = { url: uri, bytes: Number(length) };
        if (duration) seconds = Number(duration);
        if (n) [bytes, from] = [Number(n), Number(at)];
        if (line === '' || line.startsWith('#')) continue;
        found.push({ atMs, seconds, url: line, from, bytes, map, part });
        atMs += seconds * 1000;
    }
    return found;
}

/** @param {string} url @param {number} from @param {number} bytes @returns {Promise<Buffer>} */
export async function range(url, from, bytes) {
    const answer = await fetch(url, { headers: { range: `bytes=${from}-${from + bytes - 1}` } });
    if (answer.status !== 206) throw new Error(`${url}: HTTP ${answer.status}`);
    return Buffer.from(await answer.arrayBuffer());
}
