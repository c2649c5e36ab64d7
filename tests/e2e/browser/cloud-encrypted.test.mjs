// The page of cloud storage and encrypted recordings: the reader's key plays them, another one is named as such.
import { createECDH, generateKeyPairSync } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../../scripts/lib.mjs';
import { S3Stub } from '../../engine/s3-stub.mjs';
import { encrypt, newSigner, prove, readerId } from '../../update/encrypted-store.mjs';
import { eventually, start } from '../device.mjs';
import { serve } from '../store-orders.mjs';
import { openPage, screenshot, shownCode } from './browser.mjs';

const types = /** @type {Record<string, string>} */ ({ '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' });

/** A private key as PEM, and its point. */
function newKey() {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const point = publicKey.export({ type: 'spki', format: 'der' }).subarray(-65);
    return { pem: String(privateKey.export({ type: 'pkcs8', format: 'pem' })), point, id: readerId(point) };
}

test.serial('[A8] encrypted recordings play and pictures of events show with the reader\'s key; without one, or with another, the page says which would do', async (t) => {
    t.timeout(180_000);
    const store = new S3Stub();
    const film = /** @type {Map<string, import('../../update/footage.mjs').Stored>} */ (store.buckets.get('film'));
    const port = await serve(t, (request, reply) => {
        reply.setHeader('access-control-allow-origin', '*');
        store.serve(request, reply);
    });
    const { device } = start(t);
    const url = (await device.url()).replace(/\/$/, '');
    const cloud = { endpoint: `http://127.0.0.1:${port}`, bucket: 'film', prefix: 'home', accessKeyId: 'STUBKEY', secretAccessKey: 'stub/secret+key', segmentSeconds: 2, latencySeconds: 2 };
    await eventually(async () => {
        const answer = await fetch(`${url}/api/settings`, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ cloud }) });
        return answer.status === 200 ? true : undefined;
    }, 'the settings are taken');
    await eventually(async () => ([...film.keys()].filter((key) => key.endsWith('.m4s')).length >= 4 ? true : undefined), 'segments are sent');
    const event = JSON.stringify({ kind: 'bookmark', channel: 'cam1', state: 'moment' });
    t.true((await fetch(`${url}/api/events`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: event })).ok);
    const named = () => [...film].some(([key, { bytes }]) => /\/\d\d\.json$/.test(key) && JSON.parse(String(bytes)).events.some((/** @type {unknown[]} */ row) => row[5] === 1));
    await eventually(async () => (named() ? true : undefined), 'the index names the picture of the event');
    device.process.kill('SIGKILL');
    await device.ended;
    const [owner, recovery, stranger] = [newKey(), newKey(), newKey()];
    const keys = [...encrypt(film, [owner.point, recovery.point], { proofs: false }).values()];
    const signer = newSigner();
    prove(film, keys, { signer });
    for (const [name, { bytes }] of film) if (!/\.(?:json|m3u8)$/.test(name)) t.false(/^\xff\xd8|moof|ftyp/.test(bytes.toString('latin1')), name);

    const folder = path.join(root, 'build', 'linux', 'viewer');
    const pages = await serve(t, (request, reply) => {
        const file = path.join(folder, path.normalize(new URL(request.url ?? '', 'http://a').pathname));
        if (!existsSync(file)) return void reply.writeHead(404).end();
        reply.writeHead(200, { 'content-type': types[path.extname(file)] ?? 'application/octet-stream' });
        createReadStream(file).pipe(reply);
    });
    const { page, errors } = await openPage(t);
    /** @type {string[]} */
    const sent = [];
    page.on('request', (request) => sent.push(`${request.url()} ${request.postData() ?? ''}`));
    await page.goto(`http://127.0.0.1:${pages}/cloud.html#endpoint=${encodeURIComponent(cloud.endpoint)}&bucket=film&prefix=home`);
    await page.getByText('The store refuses').waitFor();
    const panel = page.getByText('Store', { exact: true });
    await panel.click();
    await page.getByLabel('Access key').fill('STUBKEY');
    await page.getByLabel('Secret key').fill('stub/secret+key');
    const open = page.getByRole('button', { name: 'Open' });
    const play = () => page.locator('.hours button').first().click({ timeout: 20_000 });
    await open.click();
    const locked = `These recordings are encrypted. Give the private key of one of: ${owner.id}, ${recovery.id}`;
    /** The picture of the event is read when it is nearly seen. The list may be drawn again meanwhile. */
    const told = () =>
        page.waitForFunction((text) => {
            document.querySelector('ul.events button')?.scrollIntoView();
            return [...document.querySelectorAll('.film .hint')].some((hint) => hint.textContent === text && hint.checkVisibility());
        }, locked);
    await told();
    await play();
    await page.getByText(locked).waitFor();
    const shots = page.locator('ul.events canvas');
    t.is(await shots.count(), 0);

    await panel.click();
    await page.getByLabel('Private key', { exact: true }).fill('none');
    await open.click();
    await page.getByText('That is no private key').waitFor();
    await page.getByLabel('Private key', { exact: true }).fill(stranger.pem);
    const before = await page.locator('ul.events').elementHandle();
    await open.click();
    await page.waitForFunction((list) => !list?.isConnected, before);
    await told();
    await play();
    await page.getByText(locked).waitFor();
    t.is(await shots.count(), 0, 'no picture by the key of a stranger');

    await panel.click();
    await page.getByLabel('Private key from a file').setInputFiles({ name: 'recovery.pem', mimeType: 'application/x-pem-file', buffer: Buffer.from(recovery.pem) });
    await open.click();
    await play();
    const first = await eventually(() => shownCode(page), 'a picture of the store');
    await eventually(async () => ((await shownCode(page))?.frame !== first.frame ? true : undefined), 'it moves');
    await shots.first().waitFor();
    const proof = page.locator('.proof');
    t.is(await proof.textContent(), `Proven to be what a camera sent that signs with this key: ${signer.point}`);
    await screenshot(page, 'cloud-encrypted');
    // somebody who writes the bucket flips a bit of every segment
    const whole = new Map(film);
    for (const [name, object] of whole) {
        if (!name.endsWith('.m4s')) continue;
        const bytes = Buffer.from(object.bytes);
        bytes[40] = (bytes[40] ?? 0) ^ 1;
        film.set(name, { ...object, bytes });
    }
    await play();
    await page.getByText('This was changed in the store: it is not what the camera sent.').waitFor();
    for (const [name, object] of whole) film.set(name, object);
    const kept = () => page.evaluate(async () => {
        const opening = indexedDB.open('ocellus.cloud');
        await new Promise((resolve) => (opening.onsuccess = resolve));
        const reading = opening.result.transaction('keys').objectStore('keys').get('reader');
        await new Promise((resolve) => (reading.onsuccess = resolve));
        opening.result.close();
        return reading.result && { id: reading.result.id, extractable: reading.result.pair.privateKey.extractable };
    });
    t.is(await kept(), undefined, 'nothing is kept unless it is chosen');

    await panel.click();
    await page.getByLabel('Keep in this browser').check();
    await open.click();
    await page.locator('.hours button').first().waitFor();
    t.deepEqual(await kept(), { id: recovery.id, extractable: false });
    await page.reload();
    await play();
    await eventually(() => shownCode(page), 'it plays with the key that was kept');
    await panel.click();
    await page.getByLabel('Keep in this browser').uncheck();
    await open.click();
    await page.locator('.hours button').first().waitFor();
    t.is(await kept(), undefined, 'it is forgotten');

    await page.reload();
    await page.getByText('The store refuses').waitFor();
    // hostile key objects end in a sentence, never in an error
    const name = /** @type {string} */ ([...film.keys()].find((key) => key.endsWith('.key.json')));
    const good = JSON.parse(String(film.get(name)?.bytes));
    const b64 = (/** @type {Buffer} */ bytes) => bytes.toString('base64url');
    const off = Buffer.alloc(65, 5).fill(4, 0, 1);
    const wrap = { for: recovery.id, enc: b64(createECDH('prime256v1').generateKeys()), ct: b64(Buffer.alloc(32)) };
    const hostile = ['', '7', '{"version":1}', JSON.stringify({ ...good, wraps: Array(5000).fill(wrap) })];
    for (const one of [{}, { enc: b64(off) }, { enc: b64(Buffer.alloc(65)) }, { enc: 'x' }, { ct: 7 }, { ct: 'A'.repeat(44) }, { for: '../x' }]) hostile.push(JSON.stringify({ ...good, wraps: [{ ...wrap, ...one }] }));
    await panel.click();
    if (!(await page.getByLabel('Access key').isVisible())) await panel.click();
    await page.getByLabel('Access key').fill('STUBKEY');
    await page.getByLabel('Secret key').fill('stub/secret+key');
    await page.getByLabel('Private key', { exact: true }).fill(recovery.pem);
    await open.click();
    for (const text of hostile) {
        film.set(name, { bytes: Buffer.from(text), etag: '"h"', type: '', cacheControl: undefined });
        await play();
        await page.getByText('their key in the store is missing or damaged').waitFor();
        film.set(name, { bytes: Buffer.from(JSON.stringify({ ...good, wraps: [{ ...wrap, for: stranger.id }] })), etag: '"h"', type: '', cacheControl: undefined });
        await play();
        await page.getByText(`one of: ${stranger.id}`).waitFor();
    }
    const secret = recovery.pem.split('\n')[1] ?? '';
    t.false(sent.some((line) => decodeURIComponent(line).includes(secret)), 'no private key is sent');
    t.deepEqual(errors.filter((line) => !/CORS|Failed to load|ERR_FAILED|403|404/.test(line)), []);
});
