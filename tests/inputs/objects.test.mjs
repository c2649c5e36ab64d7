// `--input s3://bucket/key`: a recording of a store as the source of a channel, through ranges that are read again.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { eventually, start, temporary } from '../e2e/device.mjs';
import { serve } from '../e2e/store-orders.mjs';
import { S3Stub } from '../engine/s3-stub.mjs';
import { make, probe, recordingsIn } from './inputs.mjs';

const env = { AWS_ACCESS_KEY_ID: 'STUBKEY', AWS_SECRET_ACCESS_KEY: 'stub/secret+key' };

/** @param {import('ava').ExecutionContext} t @param {Buffer} bytes */
async function startStore(t, bytes) {
    const store = new S3Stub();
    const put = (/** @type {Buffer} */ content) => store.buckets.get('film')?.set('a/in', { bytes: content, etag: `"${randomBytes(16).toString('hex')}"`, type: 'video/mp4', cacheControl: undefined });
    put(bytes);
    const port = await serve(t, (request, reply) => store.serve(request, reply));
    return { store, put, input: `cam=s3://film/a/in#endpoint=http://127.0.0.1:${port}` };
}

/** How often the channel has lost its source. @param {any} device @param {string} kind */
const events = (device, kind) => device.events.filter((/** @type {any} */ { event }) => event === kind).length;

test.serial('[D1] an object is read, looped and recorded, by a store that fails at random', async (t) => {
    const file = path.join(temporary(t), 'in.ts');
    make(file, ['-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-bf', '0', '-g', '25', '-c:a', 'aac'], 3);
    const { store, input } = await startStore(t, readFileSync(file));
    store.share = 0.2;
    const { device, data } = start(t, ['--input', input, '--duration', '8'], { env });
    const end = await device.ended;
    t.is(end.code, 0, device.stderr);
    const [recording = ''] = recordingsIn(data);
    const { packets } = probe(['-select_streams', 'v', '-show_entries', 'packet=pts_time', recording]);
    const times = packets.map((/** @type {any} */ p) => Number(p.pts_time)).sort((/** @type {number} */ a, /** @type {number} */ b) => a - b);
    t.true(times.length > 120, `${times.length} frames`); // two rounds and more
    const gaps = times.map((/** @type {number} */ time, /** @type {number} */ i) => (i === 0 ? 0 : time - times[i - 1])).filter((/** @type {number} */ gap) => gap > 0.05);
    t.true(gaps.length <= Math.floor(times.length / 75) && gaps.every((/** @type {number} */ gap) => gap < 0.3), `${gaps}`); // between rounds: the sound is longer
    t.is(events(device, 'source-lost'), 0, device.stderr);
    t.true(store.seen.requests > 0 && store.seen.hashed > 0);
    t.false(device.stderr.includes(env.AWS_SECRET_ACCESS_KEY));
});

test.serial('[D1] an object that is missing or changes is no end: it is opened again', async (t) => {
    const file = path.join(temporary(t), 'in.mp4');
    make(file, ['-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-b:v', '8M', '-x264-params', 'nal-hrd=cbr:vbv-maxrate=8000:vbv-bufsize=8000:filler=1', '-g', '25'], 20);
    const bytes = readFileSync(file);
    t.true(bytes.length > 8 * 2 ** 20, `${bytes.length}`); // more than is read ahead
    const { store, put, input } = await startStore(t, bytes);
    store.buckets.get('film')?.clear();
    const { device } = start(t, ['--input', input, '--record', 'off'], { env });
    await eventually(async () => (store.seen.requests > 1 ? true : undefined), 'it is tried again');
    put(bytes);
    const packets = async () => (await device.json('/api/status')).channels[0]?.packets ?? 0;
    await eventually(async () => ((await packets()) > 50 ? true : undefined), 'packets');
    put(bytes);
    await device.until(() => /s3:\/\/film\/a\/in: it has changed while it was read/.exec(device.stderr) ?? undefined, 'the change is seen');
    const before = await packets();
    await eventually(async () => ((await packets()) > before + 50 ? true : undefined), 'packets of the other one');
    await device.stop();
});
