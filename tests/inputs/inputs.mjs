// Sources for the tests of FFmpeg inputs, and what comes out of the other end.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../scripts/lib.mjs';
import { read } from '../blockcode/blockcode.mjs';

/**
 * A file made by FFmpeg: a moving picture and a tone.
 * @param {string} file
 * @param {readonly string[]} how codecs and options
 * @param {number} [seconds]
 */
export function make(file, how, seconds = 4) {
    const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=320x240:rate=25'];
    const sound = ['-f', 'lavfi', '-i', 'sine=440:sample_rate=48000'];
    execFileSync('ffmpeg', ['-v', 'error', '-y', ...picture, ...sound, '-t', String(seconds), ...how, file]);
}

/** What ffprobe says. @param {readonly string[]} args @returns {any} */
export const probe = (args) =>
    JSON.parse(execFileSync('ffprobe', ['-v', 'error', '-of', 'json', ...args], { encoding: 'utf8', maxBuffer: 2 ** 26, timeout: 60_000 }));

/** The recorded files below a data folder, oldest first. @param {string} data @returns {string[]} */
export function recordingsIn(data) {
    const folder = path.join(data, 'recordings');
    return !existsSync(folder)
        ? []
        : readdirSync(folder, { recursive: true, encoding: 'utf8' })
              .filter((name) => name.endsWith('.mp4'))
              .map((name) => path.join(folder, name))
              .sort();
}

/**
 * Every decoded picture as grey pixels.
 * @param {string} source file or address
 * @param {number} width
 * @param {number} height
 * @param {readonly string[]} [args] before the input
 * @returns {Buffer[]}
 */
export function pictures(source, width, height, args = []) {
    const out = ['-vf', `scale=${width}:${height}`, '-pix_fmt', 'gray', '-vsync', 'passthrough', '-f', 'rawvideo', '-'];
    const all = execFileSync('ffmpeg', ['-v', 'error', ...args, '-i', source, ...out], { maxBuffer: 2 ** 31 - 1 });
    return Array.from({ length: Math.floor(all.length / (width * height)) }, (_, i) => all.subarray(i * width * height, (i + 1) * width * height));
}

/** The block codes of every picture, decoded at 640 pixels. @param {string} source @param {readonly string[]} [args] */
export const codes = (source, args = []) => pictures(source, 640, 360, args).map((pixels) => read({ pixels, width: 640, height: 360, channels: 1 }));

/**
 * How much later the beep is heard than the flash is seen, in ms, for every full second of the test picture.
 * @param {string} source
 * @param {readonly string[]} [args] before the input
 */
export function offsets(source, args = []) {
    const { packets } = probe([...args, '-select_streams', 'v', '-show_entries', 'packet=pts_time', source]);
    const times = packets.map((/** @type {any} */ p) => Number(p.pts_time)).sort((/** @type {number} */ a, /** @type {number} */ b) => a - b);
    const bright = pictures(source, 160, 90, args).map((pixels) => (pixels[5 * 160 + 150] ?? 0) > 128);
    const flashes = bright.flatMap((now, i) => (now && i > 0 && !bright[i - 1] ? [times[i] * 1000] : []));
    const first = Number(probe([...args, '-select_streams', 'a', '-show_entries', 'packet=pts_time', '-read_intervals', '%+#1', source]).packets[0].pts_time);
    const sound = execFileSync('ffmpeg', ['-v', 'error', ...args, '-i', source, '-vn', '-ac', '1', '-ar', '48000', '-f', 'f32le', '-'], { maxBuffer: 2 ** 30 });
    const samples = new Float32Array(sound.buffer, sound.byteOffset, Math.floor(sound.length / 4));
    /** @type {number[]} */
    const beeps = [];
    let quiet = 0;
    samples.forEach((value, i) => {
        if (Math.abs(value) > 0.2) {
            if (quiet > 4800) {
                beeps.push((first + i / 48000) * 1000);
            }
            quiet = 0;
        } else {
            quiet++;
        }
    });
    return flashes.flatMap((flash) => {
        const beep = beeps.find((at) => Math.abs(at - flash) < 400);
        return beep === undefined ? [] : [beep - flash];
    });
}

/**
 * What a viewer has now: the initialisation and every segment of the playlist.
 * @param {string} folder address of the channel, with a slash at its end
 */
export async function liveBytes(folder) {
    /** @param {string} name */
    const get = async (name) => {
        const response = await fetch(folder + name);
        if (!response.ok) {
            throw new Error(`${folder}${name}: HTTP ${response.status} ${await response.text()}`);
        }
        return Buffer.from(await response.arrayBuffer());
    };
    const playlist = (await get('index.m3u8')).toString();
    const names = [/URI="([^"]+)"/.exec(playlist)?.[1] ?? '', ...(playlist.match(/^[^#\n]+$/gm) ?? [])];
    return Buffer.concat(await Promise.all(names.map(get)));
}

/**
 * GStreamer's RTSP server with a file as its camera.
 * @param {import('ava').ExecutionContext} t
 * @param {number} port
 * @param {string} file
 * @param {readonly string[]} [login] user and password
 * @returns {Promise<() => Promise<void>>} kills it
 */
export async function rtspServer(t, port, file, login = []) {
    const server = spawn('/usr/bin/python3', [path.join(root, 'tests', 'inputs', 'rtsp_server.py'), String(port), file, ...login], {
        stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = new Promise((resolve) => server.on('close', resolve));
    let said = '';
    server.stderr.on('data', (text) => {
        said += text;
    });
    await new Promise((resolve, reject) => {
        server.stdout.on('data', resolve);
        void ended.then(() => reject(new Error(`the RTSP server ended: ${said}`)));
    });
    const kill = async () => {
        server.kill('SIGKILL');
        await ended;
    };
    t.teardown(kill);
    return kill;
}

/** Processes of a device that read inputs, oldest first. @param {number | undefined} pid @returns {{ pid: number, kind: string }[]} */
export const helpers = (pid) =>
    readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .flatMap((name) => {
            try {
                const [, parent] = /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${name}/status`, 'utf8')) ?? [];
                const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
                return Number(parent) === pid && words[0]?.endsWith('ocellus-ffmpeg') ? [{ pid: Number(name), kind: words[1] ?? '' }] : [];
            } catch {
                return []; // it has ended
            }
        });
