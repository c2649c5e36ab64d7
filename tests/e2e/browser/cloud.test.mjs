// The page of cloud storage: recordings of a camera that is dead, read from a store by the page itself.
import { createReadStream, existsSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../../scripts/lib.mjs';
import { S3Stub } from '../../engine/s3-stub.mjs';
import { eventually, start } from '../device.mjs';
import { serve } from '../store-orders.mjs';
import { openPage, screenshot, shownCode } from './browser.mjs';

const types = /** @type {Record<string, string>} */ ({ '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' });

/** The built page as any web server has it. @param {import('ava').ExecutionContext} t */
async function site(t) {
    const folder = path.join(root, 'build', 'linux', 'viewer');
    const port = await serve(t, (request, reply) => {
        const file = path.join(folder, path.normalize(new URL(request.url ?? '', 'http://a').pathname));
        if (!existsSync(file)) {
            reply.writeHead(404).end();
            return;
        }
        reply.writeHead(200, { 'content-type': types[path.extname(file)] ?? 'application/octet-stream' });
        createReadStream(file).pipe(reply);
    });
    return `http://127.0.0.1:${port}`;
}

test.serial('[A8] a dead camera: its recordings play from the store, in a page of any web server', async (t) => {
    t.timeout(180_000);
    const store = new S3Stub();
    const film = /** @type {Map<string, { bytes: Buffer }>} */ (store.buckets.get('film'));
    let open = true;
    const port = await serve(t, (request, reply) => {
        if (open) reply.setHeader('access-control-allow-origin', '*');
        store.serve(request, reply);
    });
    const { device } = start(t);
    const url = (await device.url()).replace(/\/$/, '');
    const cloud = { endpoint: `http://127.0.0.1:${port}`, bucket: 'film', prefix: 'home', accessKeyId: 'STUBKEY', secretAccessKey: 'stub/secret+key', segmentSeconds: 2, latencySeconds: 2 };
    const set = await eventually(async () => {
        const answer = await fetch(`${url}/api/settings`, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ cloud }) });
        return answer.status === 503 ? undefined : answer.status;
    }, 'the settings are taken');
    t.is(set, 200);
    await eventually(async () => ([...film.keys()].filter((key) => key.endsWith('.m4s')).length >= 4 ? true : undefined), 'segments are sent');
    const event = { kind: 'bookmark', channel: 'cam1', state: 'moment' };
    t.true((await fetch(`${url}/api/events`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(event) })).ok);
    await eventually(async () => ([...film.keys()].some((key) => /\/event-\d+\.jpg$/.test(key)) ? true : undefined), 'the picture of an event is sent');
    const indexed = () => [...film].some(([key, { bytes }]) => /\/\d\d\.json$/.test(key) && JSON.parse(String(bytes)).events.some((/** @type {unknown[]} */ row) => row[5] === 1));
    await eventually(async () => (indexed() ? true : undefined), 'the index names it');
    device.process.kill('SIGKILL');
    await device.ended;

    const { page, errors } = await openPage(t);
    await page.goto(`${await site(t)}/cloud.html#endpoint=${encodeURIComponent(cloud.endpoint)}&bucket=film&prefix=home`);
    await page.getByText('The store refuses').waitFor();
    await page.getByText('Store', { exact: true }).click();
    await page.getByLabel('Access key').fill('STUBKEY');
    await page.getByLabel('Secret key').fill('stub/secret+key');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.locator('.hours button').first().click({ timeout: 20_000 });
    const first = await eventually(() => shownCode(page), 'a picture of the store');
    await eventually(async () => ((await shownCode(page))?.frame !== first.frame ? true : undefined), 'it moves');
    // the playlist of an hour that is not over is read again and again, by the address that answered before
    let lists = 0;
    store.watch = (method, key) => {
        lists += Number(method === 'GET' && key.endsWith('.m3u8'));
    };
    await eventually(async () => (lists >= 3 ? true : undefined), 'the store grants each of them');
    t.is(await page.getByLabel('Camera').inputValue(), 'ocellus');
    t.is(await page.getByLabel('Channel').inputValue(), 'cam1');
    await page.locator('ul.events canvas').first().waitFor();
    await screenshot(page, 'cloud');
    t.is(await page.evaluate(() => localStorage.getItem('ocellus.cloud')), null, 'nothing is kept unless it is chosen');

    await page.getByText('Store', { exact: true }).click();
    await page.getByLabel('Keep in this browser').check();
    await page.getByRole('button', { name: 'Open' }).click();
    await page.locator('.hours button').first().waitFor();
    await page.reload();
    await page.locator('.hours button').first().waitFor();
    // minutes later: nothing more comes, so that what there is plays to its end as a recording
    t.is(await page.getByText('has not sent since').count(), 0);
    await page.addInitScript(() => {
        const now = Date.now;
        Date.now = () => now() + 720_000;
    });
    await page.reload();
    await page.getByText('This camera has not sent since').waitFor();
    await page.locator('.hours button').first().click();
    await page.getByText('There is nothing behind this').waitFor();
    open = false;
    await page.reload();
    await page.getByText('lets no page read it').waitFor();
    t.deepEqual(errors.filter((line) => !/CORS|Failed to load|ERR_FAILED|403|404/.test(line)), []);
});
