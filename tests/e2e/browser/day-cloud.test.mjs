// The day of a camera whose first recording is only in the store: both parts in one time line, and a store that is gone.
import { generateKeyPairSync } from 'node:crypto';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../../scripts/lib.mjs';
import { S3Stub } from '../../engine/s3-stub.mjs';
import { eventually, start, temporary } from '../device.mjs';
import { serve } from '../store-orders.mjs';
import { openPage, screenshot, shownCode } from './browser.mjs';

const json = { 'content-type': 'application/json' };

test.serial('[A8] a day that is in the store and on the device: one time line, played across; without the store the device plays on', async (t) => {
    t.timeout(240_000);
    const data = temporary(t);
    const store = new S3Stub();
    const film = /** @type {Map<string, any>} */ (store.buckets.get('film'));
    /** cors: pages may read it; hidden: it answers the device, and pages get nothing; dead: nobody is there. */
    let mode = 'cors';
    /** What pages have read. @type {string[]} */
    let read = [];
    const port = await serve(t, (request, reply) => {
        if (mode === 'dead') {
            request.socket.destroy();
            return;
        }
        if (mode === 'cors') reply.setHeader('access-control-allow-origin', '*');
        if (request.headers.origin !== undefined) read.push(request.url ?? '');
        store.serve(request, reply);
    });
    const sent = () => [...film.keys()].filter((key) => key.endsWith('.m4s'));

    // the first recording is sent, with the picture of an event, and leaves the device
    const first = start(t, [], { data }).device;
    const before = await first.url();
    const cloud = { endpoint: `http://127.0.0.1:${port}`, bucket: 'film', prefix: 'home', accessKeyId: 'STUBKEY', secretAccessKey: 'stub/secret+key', segmentSeconds: 2, latencySeconds: 2 };
    const set = () => fetch(`${before}/api/settings`, { method: 'PATCH', headers: json, body: JSON.stringify({ cloud }) });
    t.is(await eventually(async () => ((await set()).status === 200 ? 200 : undefined), 'the settings are taken'), 200);
    await eventually(async () => (sent().length >= 2 ? true : undefined), 'segments are sent');
    // from here on it is encrypted; the device hands out its key
    const { x = '', y = '' } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
    const encryptFor = [Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]).toString('base64url')];
    t.is((await fetch(`${before}/api/settings`, { method: 'PATCH', headers: json, body: JSON.stringify({ cloud: { encryptFor } }) })).status, 200);
    const event = await fetch(`${before}/api/events`, { method: 'POST', headers: json, body: JSON.stringify({ kind: 'bookmark', channel: 'cam1', state: 'moment' }) });
    t.true(event.ok, String(event.status));
    await eventually(async () => ([...film.keys()].some((key) => /\/event-\d+-[0-9a-f]{16}\.jpg$/.test(key)) ? true : undefined), 'the picture of the event is sent');
    const count = sent().length;
    await eventually(async () => (sent().length >= count + 4 ? true : undefined), 'more segments are sent');
    await first.stop('SIGTERM');
    const { device } = start(t, [], { data });
    const url = await device.url();
    const [old] = (await device.json('/api/recordings?channel=cam1')).recordings;
    await eventually(async () => {
        const state = (await device.json('/api/status')).cloud;
        return state?.state === 'idle' || (state?.segments ?? 0) >= 2 ? true : undefined;
    }, 'the rest of it is sent');
    const inStore = async () => (await device.json(`/api/cloud/cam1/spans?from=${Date.parse(old.start)}&to=${Date.parse(old.end)}`)).spans;
    const [span] = await eventually(async () => (Date.parse((await inStore())[0]?.end ?? '') >= Date.parse(old.end) - 500 ? inStore() : undefined), 'all of it is in the store');
    await eventually(async () => ((await fetch(`${url}/api${old.path}`, { method: 'DELETE' })).ok ? true : undefined), 'it is deleted');
    const [kept] = (await device.json('/api/event-log?channel=cam1')).events;
    t.true((await fetch(`${url}/api/event-log/${kept.id}`, { method: 'DELETE' })).ok);
    const onDisk = async () => (await device.json(`/api/timeline?channel=cam1&from=${Date.parse(old.start)}&to=${Date.now()}`)).spans;
    await eventually(async () => {
        const [disk] = await onDisk();
        return disk && Date.parse(disk.start) >= Date.parse(old.end) - 500 && Date.parse(disk.end) - Date.parse(disk.start) > 8000 ? true : undefined;
    }, 'the device has only the second recording');
    // a day long ago that only the store has
    const past = new Date(Date.parse(old.start) - 40 * 86_400_000).toISOString().slice(0, 10);
    film.set(`home/ocellus/cam1/${past}/12.json`, { bytes: Buffer.from('{}'), etag: '"x"', type: 'application/json', cacheControl: undefined });

    const { page, errors } = await openPage(t);
    const line = page.locator('.line[role="slider"]');
    const words = async () => (await line.getAttribute('aria-valuetext')) ?? '';
    const moving = async () => {
        const one = await eventually(() => shownCode(page), 'a picture');
        await eventually(async () => ((await shownCode(page))?.frame !== one.frame ? true : undefined), 'it moves');
    };
    await page.goto(`${url}/#/recordings/cam1`);
    await page.getByText('Only in the cloud', { exact: true }).waitFor();
    await page.getByText('On the camera', { exact: true }).waitFor();
    const begin = new Date(Date.parse(span.end) - 6000).toISOString();
    read = [];
    await page.goto(`${url}/#/recordings/cam1/${begin}`);
    await moving();
    await eventually(async () => (/only in the cloud/.test(await words()) ? true : undefined), 'the cursor is in the part of the store');
    t.true(read.some((address) => address.includes('-init.mp4?')) && read.some((address) => address.includes('.m4s?')), read.join(' '));
    t.true(read.every((address) => address.includes('X-Amz-Signature=')), 'by presigned addresses');
    await screenshot(page, 'day-cloud');
    await eventually(async () => (/, recorded/.test(await words()) ? true : undefined), 'it goes on over the gap with what the device has');
    await moving();
    await page.getByRole('region', { name: 'Events only in the cloud' }).locator('canvas').waitFor();
    read = [];
    await page.getByRole('region', { name: 'Events only in the cloud' }).getByRole('button').click();
    await eventually(async () => (/only in the cloud/.test(await words()) ? true : undefined), 'back in the store');
    await eventually(async () => (read.some((address) => address.includes('.m4s?')) ? true : undefined), 'out of the store again'); // what was shown before moves until then
    await moving();
    const cell = page.locator('.days button.stored').first();
    await page.goto(`${url}/#/recordings/cam1/${past}`);
    await cell.waitFor();
    t.regex((await cell.getAttribute('aria-label')) ?? '', /only in the cloud/);

    // pages may not read the bucket: a sentence, and the device plays
    mode = 'hidden';
    await page.goto(`${url}/#/recordings/cam1/${begin}`);
    await page.reload();
    await page.locator('.timeline ~ .note').getByText('lets no page read it').waitFor();
    const [now] = await onDisk();
    const here = new Date(Date.parse(now.start) + 2000).toISOString();
    await page.goto(`${url}/#/recordings/cam1/${here}`);
    await moving();
    t.regex(await words(), /, recorded/);

    // nobody is there: the day of the device is read and plays before anything of the store is known
    mode = 'dead';
    await page.goto('about:blank');
    await page.goto(`${url}/#/recordings/cam1/${here}`);
    await moving();
    await page.locator('.timeline ~ .note').getByText('the store cannot be reached').waitFor();
    t.regex(await words(), /, recorded/);
    t.deepEqual(errors, []);

    // the policy of the page is as it was; that of its worker lets it read, and nothing else
    const policy = async (/** @type {string} */ where) => (await fetch(`${url}${where}`)).headers.get('content-security-policy');
    t.regex((await policy('/')) ?? '', /connect-src 'self';/);
    const name = readdirSync(path.join(root, 'build', 'linux', 'viewer', 'assets')).find((one) => /^store-worker-.*\.js$/.test(one));
    t.is(await policy(`/assets/${name}`), "default-src 'none'; connect-src *");
});
