// Runs of `ocellus watch`, and what they recorded beside what was sent.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Device, temporary } from '../e2e/device.mjs';

/** @typedef {{ track: 'video' | 'audio', seconds: number }} Stamp of a packet: when it is shown or heard, in its file */

/**
 * One `ocellus watch`, until it ends by itself.
 * @param {import('ava').ExecutionContext} t
 * @param {string} url
 * @param {readonly string[]} [args]
 * @param {{ env?: NodeJS.ProcessEnv }} [options]
 */
export async function watch(t, url, args = [], options = {}) {
    const record = path.join(temporary(t), 'watched.mp4');
    const run = new Device(['watch', url, '--json', '--stats', '--record', record, ...args], options);
    t.teardown(() => void run.process.kill('SIGKILL'));
    const { code } = await run.ended;
    /** @type {any[]} */
    const events = run.events;
    // a track that is described later begins another file
    const records = [record, record.replace('.mp4', '-2.mp4')].filter((file) => existsSync(file));
    return { code, records, stderr: run.stderr, stats: events.filter((e) => e.event === 'stats'), ended: events.find((e) => e.event === 'ended') };
}

/** Packets of a file as FFmpeg reads them, by the hash of their bytes. @param {string} file @returns {Map<string, Stamp>} */
export function stampsOf(file) {
    const args = ['-v', 'error', '-show_packets', '-show_data_hash', 'sha256', '-show_entries', 'packet=codec_type,pts_time,data_hash', '-of', 'json', file];
    const probe = spawnSync('ffprobe', args, { encoding: 'utf8', maxBuffer: 1 << 28 });
    /** @type {{ packets: { codec_type: 'video' | 'audio', pts_time: string, data_hash: string }[] }} */
    const { packets } = JSON.parse(probe.stdout);
    return new Map(packets.map((p) => [p.data_hash, { track: p.codec_type, seconds: Number(p.pts_time) }]));
}

/**
 * How the way has moved sound against pictures, in milliseconds: positive, the sound comes later than it was.
 * @param {Map<string, Stamp>} sent
 * @param {Map<string, Stamp>} came
 */
export function offsetOf(sent, came) {
    const moved = { video: /** @type {number[]} */ ([]), audio: /** @type {number[]} */ ([]) };
    let strange = 0;
    for (const [hash, { track, seconds }] of came) {
        const from = sent.get(hash);
        if (from === undefined) strange++;
        else moved[track].push((seconds - from.seconds) * 1000);
    }
    /** @param {number[]} list */
    const spread = (list) => (list.length === 0 ? 0 : Math.max(...list) - Math.min(...list));
    /** @param {number[]} list */
    const mean = (list) => list.reduce((sum, one) => sum + one, 0) / list.length;
    return {
        video: moved.video.length,
        audio: moved.audio.length,
        /** Packets that were never sent. */
        strange,
        ms: mean(moved.audio) - mean(moved.video),
        spreadMs: Math.max(spread(moved.video), spread(moved.audio)),
    };
}
