// Snapshots of the whole program: JSON by a template, the store of the cloud. Many channels: tests/snapshots.
import test from 'ava';
import { S3Stub } from '../engine/s3-stub.mjs';
import { configure, jpeg, world, writeTable } from '../snapshots/world.mjs';
import { eventually, start, temporary } from './device.mjs';
import { serve } from './store-orders.mjs';

test('[C5] JSON by a template, with a picture as base64', async (t) => {
    const { sent, base } = await world(t);
    const data = temporary(t);
    writeTable(data, base, 20);
    const { device } = start(t, ['--input', 'fake:', '--record', 'off'], { data });
    t.regex((await configure(device, { template: '{"image":"{base64}","x":"{other}"}' })).text, /template: .*use JSON/);
    const template = '{"device":"{device}","channel":"{channel}","bytes":{bytes},"image":"{base64}"}';
    t.is((await configure(device, { target: `http://${base}/json`, method: 'POST', template })).status, 200);
    const one = await eventually(async () => sent.find(({ body }) => String(body).includes('cam-')), 'a document');
    t.is(one.headers['content-type'], 'application/json');
    const { image, ...rest } = JSON.parse(String(one.body));
    t.deepEqual(rest, { device: 'ocellus', channel: rest.channel, bytes: 3000 });
    t.true(Buffer.from(image, 'base64').equals(jpeg(rest.channel)));
});

test('[C1] to the store of the cloud: the newest of each channel, and the history', async (t) => {
    const { base } = await world(t);
    const store = new S3Stub();
    const objects = /** @type {Map<string, { bytes: Buffer, type: string }>} */ (store.buckets.get('film'));
    const port = await serve(t, (request, reply) => store.serve(request, reply));
    const data = temporary(t);
    writeTable(data, base, 60);
    const { device } = start(t, ['--input', 'fake:', '--record', 'off'], { data });
    const status = async () => (await device.json('/api/status')).snapshots;
    t.is((await configure(device, { target: 'cloud', historyDays: 1 })).status, 200);
    await eventually(async () => ((await status())?.state === 'inactive' ? true : undefined), 'there is no store');
    const cloud = { endpoint: `http://127.0.0.1:${port}`, bucket: 'film', accessKeyId: 'STUBKEY', secretAccessKey: 'stub/secret+key', plan: 'off' };
    t.is((await configure(device, {}, { cloud })).status, 200);
    const sent = await eventually(async () => ((await status()).sent >= 3 ? status() : undefined), 'pictures are sent');
    t.is(sent.state, 'sending');
    const latest = [...objects.keys()].filter((key) => key.endsWith('/latest.jpg'));
    t.true(latest.length >= 3);
    for (const key of latest) {
        const camera = /^ocellus\/snapshots\/(.*)\/latest\.jpg$/.exec(key)?.[1] ?? '';
        t.true(objects.get(key)?.bytes.equals(jpeg(camera)) && objects.get(key)?.type === 'image/jpeg', key);
        t.true([...objects.keys()].some((other) => new RegExp(`^ocellus/snapshots/${camera}/at/\\d{8}T\\d{6}Z\\.jpg$`).test(other)));
    }
});
