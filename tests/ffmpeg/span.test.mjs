// 20 s out of a ring, as FFmpeg reads what a server was sent.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import test from 'ava';
import { eventually, start, temporary, testApp } from '../e2e/device.mjs';

/** @param {string} program @param {string[]} args */
const run = (program, args) => execFileSync(program, ['-v', 'error', ...args], { encoding: 'utf8', timeout: 60_000, maxBuffer: 2 ** 26 });

test('20 s of a ring are put to a server, which has a file of all their pictures and sound', async (t) => {
    const folder = temporary(t); // the data directory: other files need the capability settings
    const input = path.join(folder, 'input.mp4');
    run('ffmpeg', ['-stream_loop', '2', '-i', 'assets/clip.mp4', '-c', 'copy', input]);
    /** @type {(file: Buffer) => void} */
    let arrived = () => undefined;
    /** @type {Promise<Buffer>} */
    const got = new Promise((resolve) => {
        arrived = resolve;
    });
    const server = http.createServer(async (incoming, reply) => {
        /** @type {Buffer[]} */
        const parts = [];
        for await (const part of incoming) parts.push(part);
        reply.end();
        arrived(Buffer.concat(parts));
    });
    t.teardown(() => server.close());
    await new Promise((ready) => server.listen(0, '127.0.0.1', () => ready(undefined)));
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    const { device } = start(t, ['--app', testApp('spans'), '--data', folder]);
    const url = await device.url();
    /** @param {string} deed @param {object} [values] @returns {Promise<any>} */
    const request = async (deed, values = {}) => {
        const answer = await fetch(`${url}/api/${deed}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(values) });
        const text = await answer.text();
        return { status: answer.status, ...(text === '' ? {} : JSON.parse(text)) };
    };
    t.like(await request('open', { url: input, ringMs: 90_000, loop: false, fast: true }), { status: 200 });
    await eventually(async () => (await request('keep', { beforeMs: 60_000 })).bytes > 1_900_000 || undefined, 'the whole file is in the ring');
    t.is((await request('keep', { beforeMs: 20_000 })).type, 'video/mp4');
    await request('put', { port });
    const file = path.join(folder, 'span.mp4');
    writeFileSync(file, await got);
    t.is(run('ffmpeg', ['-xerror', '-i', file, '-f', 'null', '-']), ''); // each picture is decoded
    const { streams } = JSON.parse(run('ffprobe', ['-of', 'json', '-count_packets', '-show_entries', 'stream=codec_name,nb_read_packets,duration,start_time', file]));
    const [video, audio] = streams;
    t.deepEqual([video.codec_name, audio.codec_name], ['h264', 'aac']);
    t.true(Number(video.nb_read_packets) >= 590 && Number(video.nb_read_packets) <= 700, `${video.nb_read_packets} pictures`);
    t.true(Number(audio.nb_read_packets) >= 800, `${audio.nb_read_packets} packets of sound`);
    t.true(Math.abs(Number(video.start_time) - Number(audio.start_time)) < 0.1);
});
