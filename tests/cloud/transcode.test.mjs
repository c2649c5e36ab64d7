// `ocellus transcode` from and to a real store: the gateway of Ceph.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { Device, temporary } from '../e2e/device.mjs';
import { presign } from '../engine/s3-presign.mjs';
import { make, probe } from '../inputs/inputs.mjs';
import { keys, startRadosgw } from './radosgw.mjs';

const env = { AWS_ACCESS_KEY_ID: keys.accessKeyId, AWS_SECRET_ACCESS_KEY: keys.secretAccessKey };

/** @param {string[]} args @param {(device: Device) => void} [started] */
async function transcode(args, started) {
    const device = new Device(['transcode', ...args], { env });
    started?.(device);
    const { code } = await device.ended;
    return { code, text: device.stderr };
}

test('[D1] [D3] [D4] objects of radosgw as input and output', async (t) => {
    const folder = temporary(t);
    const gateway = await startRadosgw(t);
    await gateway.makeBucket('film');
    /** @param {string} method @param {string} key @param {Buffer} [body] */
    const request = async (method, key, body) => {
        const reply = await fetch(presign(method, `${gateway.http}/film/${key}`, keys), { method, ...(body && { body: new Uint8Array(body) }) });
        t.true(reply.ok, `${method} ${key}: ${reply.status}`);
        return Buffer.from(await reply.arrayBuffer());
    };
    /** Uploads that are neither complete nor aborted. */
    const uploads = async () => (await request('GET', '?uploads=')).toString().match(/<UploadId>/g)?.length ?? 0;

    /** @type {[string, string[]][]} */
    const sources = [
        ['h263.avi', ['-s', '352x288', '-c:v', 'h263', '-c:a', 'ac3']],
        ['mpeg2.mpg', ['-c:v', 'mpeg2video', '-bf', '2', '-c:a', 'mp2']],
        ['vp9.webm', ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-c:a', 'libopus']],
    ];
    for (const [name, how] of sources) {
        const file = path.join(folder, name);
        make(file, how, 3);
        await request('PUT', name, readFileSync(file));
        const secure = ['--endpoint', gateway.https, '--ca', path.join(gateway.folder, 'cert.pem')];
        for (const [i, place] of [['--endpoint', gateway.http], secure, ['--endpoint', `http://s3.localhost:${gateway.port}`, '--path-style', 'off']].entries()) {
            const { code, text } = await transcode([`s3://film/${name}`, `s3://film/a b/${i}-${name}.mp4`, ...place]);
            t.deepEqual([code, text], [0, ''], `${name} ${place.join(' ')}`);
            const out = path.join(folder, `${i}-${name}.mp4`);
            writeFileSync(out, await request('GET', `a%20b/${i}-${name}.mp4`));
            const { streams } = probe(['-count_frames', '-show_entries', 'stream=codec_name,nb_read_frames', out]);
            t.deepEqual(streams.map((/** @type {any} */ { codec_name }) => codec_name), ['h264', 'aac']);
            t.is(Number(streams[0].nb_read_frames), 75);
        }
    }

    // larger than two parts: copied, so the bytes of its frames are those of the source
    const large = path.join(folder, 'large.mp4');
    make(large, ['-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-b:v', '24M', '-x264-params', 'nal-hrd=cbr:vbv-maxrate=24000:vbv-bufsize=24000:filler=1', '-g', '25', '-c:a', 'aac'], 8);
    await request('PUT', 'large', readFileSync(large));
    const { code, text } = await transcode(['s3://film/large', 's3://film/parts', '--endpoint', gateway.http]);
    t.deepEqual([code, text], [0, '']);
    const parts = await request('GET', 'parts');
    t.true(parts.length > 17 * 2 ** 20, `${parts.length}`);
    const local = path.join(folder, 'local.mp4');
    t.is((await transcode([large, local])).code, 0);
    const tag = (/** @type {Buffer} */ bytes) => createHash('sha256').update(bytes).digest('hex');
    t.is(tag(parts), tag(readFileSync(local)));
    t.is(await uploads(), 0);

    // stopped while parts are sent: none is left
    let stops = 0;
    for (let ms = 100; ms <= 1000; ms += 100) {
        const stopped = await transcode(['s3://film/large', 's3://film/never', '--endpoint', gateway.http], (device) => {
            const timer = setTimeout(() => device.process.kill('SIGTERM'), ms);
            void device.ended.then(() => clearTimeout(timer));
        });
        if (stopped.code) t.is(stopped.code, 143, stopped.text); // a fast machine has written it
        stops += stopped.code === 0 ? 0 : 1;
        t.is(await uploads(), 0, `${ms} ms`);
    }
    t.true(stops > 0);

    // presigned, and keys that may not
    const once = await transcode([presign('GET', `${gateway.http}/film/h263.avi`, keys), presign('PUT', `${gateway.http}/film/once`, keys)]);
    t.deepEqual([once.code, once.text], [0, '']);
    t.true((await request('GET', 'once')).length > 50_000);
    const missing = await transcode(['s3://film/none', path.join(folder, 'x.mp4'), '--endpoint', gateway.http]);
    t.is(missing.code, 1);
    t.regex(missing.text, /HTTP 404 NoSuchKey/);
});
