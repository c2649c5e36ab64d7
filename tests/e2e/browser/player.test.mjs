// `<ocellus-player>` and the page for frames, on another origin in Chromium, by a watch link and nothing else.
import http from 'node:http';
import path from 'node:path';
import { writeFileSync } from 'node:fs';
import test from 'ava';
import { judge } from '../../guard.mjs';
import { eventually, sleep, start, temporary } from '../device.mjs';
import { openPage, screenshot } from './browser.mjs';

/**
 * Another site with one page.
 * @param {import('ava').ExecutionContext} t
 * @param {string} html
 * @returns {Promise<string>} its address
 */
async function site(t, html) {
    const server = http.createServer((_, response) => response.setHeader('content-type', 'text/html').end(`<!doctype html><html lang="en"><title>Shop</title>${html}`));
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    t.teardown(() => server.close());
    return `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}/`;
}

/** A camera with two channels, and links of one. @param {import('ava').ExecutionContext} t @param {object} [p2p] */
async function camera(t, p2p = {}) {
    t.timeout(120_000);
    const settings = path.join(temporary(t), 'settings.json');
    writeFileSync(settings, JSON.stringify({ p2p: { loopback: true, ...p2p } }));
    const { device } = start(t, ['--settings', settings, '--record', 'off', '--input', 'yard=test:?size=640x360', '--input', 'door=fake:?fps=5&gop=5']);
    const url = await device.url();
    await eventually(async () => ((await device.json('/api/status')).channels.every((/** @type {any} */ one) => one.state === 'running' && one.video) ? true : undefined), 'the inputs run');
    const headers = { 'content-type': 'application/json' };
    /** @returns {Promise<{ id: string, page: string }>} */
    const link = async () => (await fetch(`${url}/api/links`, { method: 'POST', headers, body: '{"channel":"yard","seconds":600}' })).json();
    const watching = async (/** @type {string} */ id) => (await device.json('/api/links')).links.find((/** @type {{ id: string }} */ one) => one.id === id)?.watching;
    return { device, url, link, watching };
}

/** The element with its script, and the events that it sends as `window.seen`. @param {string} base of the link @param {string} [more] attributes */
const element = (base, more = '') => `<script>
window.seen = [];
for (const type of ['playing', 'stalled', 'ended']) addEventListener(type, (event) => event.detail?.reason !== undefined && window.seen.push({ type, at: performance.now(), ...event.detail }), true);
</script>
<script type="module" src="${base}ocellus-player.js"></script>
<ocellus-player src="${base}" width="640" height="360" ${more}></ocellus-player>`;

/** @param {import('playwright-core').Page | import('playwright-core').Frame} page @returns {Promise<{ time: number, width: number, muted: boolean, videos: number }>} */
const looks = (page) =>
    page.evaluate(() => {
        const videos = document.querySelector('ocellus-player')?.shadowRoot?.querySelectorAll('video') ?? [];
        const video = videos[videos.length - 1];
        return { time: video?.currentTime ?? 0, width: video?.videoWidth ?? 0, muted: video?.muted ?? false, videos: videos.length };
    });

/** @param {import('playwright-core').Page | import('playwright-core').Frame} page */
async function moves(page) {
    const { time } = await eventually(async () => {
        const now = await looks(page);
        return now.width > 0 ? now : undefined;
    }, 'a picture', 40);
    await eventually(async () => ((await looks(page)).time > time + 0.5 ? true : undefined), 'the picture moves', 40);
}

/** The first event of a kind. @param {import('playwright-core').Page} page @param {string} type @returns {Promise<any>} */
const seen = (page, type) => eventually(() => page.evaluate((kind) => Reflect.get(window, 'seen').find((/** @type {{ type: string }} */ one) => one.type === kind), type), type, 40);

test.serial('[E11] on another origin it plays by WebRTC, muted, with keys and names; the end of its link ends it', async (t) => {
    const { device, url, link, watching } = await camera(t);
    const { id, page: token } = await link();
    const { page, errors } = await openPage(t);
    /** @type {string[]} */
    const requests = [];
    page.on('request', (request) => requests.push(new URL(request.url()).pathname.replace(token, '')));
    await page.goto(await site(t, element(url + token)));
    await moves(page);
    const { by, reason } = await seen(page, 'playing');
    t.deepEqual([by, reason], ['webrtc', '']);
    const fromNavigation = await page.evaluate(() => Reflect.get(window, 'seen')[0].at);
    t.log(`playing ${Math.round(fromNavigation)} ms after navigation`);
    t.false(requests.some((one) => one.startsWith('live/') || one.includes('hls')), requests.join());
    t.deepEqual([(await looks(page)).width, (await looks(page)).muted], [640, true]);
    t.deepEqual(await page.locator('ocellus-player').evaluate((one) => [one.clientWidth, one.clientHeight, one.getAttribute('role'), one.getAttribute('aria-label')]), [640, 360, 'group', 'Live video']);
    t.is(await watching(id), 1);
    await page.locator('ocellus-player').focus();
    await page.keyboard.press('m');
    t.false((await looks(page)).muted);
    await page.getByRole('button', { name: 'Mute' }).waitFor();
    await page.keyboard.press('k');
    await eventually(async () => ((await watching(id)) === 0 ? true : undefined), 'a pause lets go of the connection');
    await page.getByRole('button', { name: 'Play' }).click();
    await moves(page);
    await screenshot(page, 'player');
    const from = performance.now();
    t.is((await fetch(`${url}/api/links/${id}`, { method: 'DELETE' })).status, 204);
    t.is((await seen(page, 'ended')).reason, 'over');
    const ms = Math.round(performance.now() - from);
    judge(t, ms < 5000, `ended ${ms} ms after the link was deleted`);
    await page.getByText('This link is over.').waitFor();
    t.is((await looks(page)).videos, 0);
    t.deepEqual((await device.json('/api/p2p/sessions')).sessions, []);
    t.deepEqual(errors, []);
});

test.serial('[E11] [E3] a page with a link opens no other channel, and no page without one signals', async (t) => {
    const { url, link } = await camera(t);
    const { page: token } = await link();
    const { page } = await openPage(t);
    await page.goto(await site(t, ''));
    /** What a channel with this label got. @param {string} base @param {string} label */
    const open = (base, label) =>
        page.evaluate(
            async ([where, name]) => {
                const pc = new RTCPeerConnection();
                const channel = pc.createDataChannel(name ?? '');
                await pc.setLocalDescription();
                const gathered = () => pc.iceGatheringState === 'complete';
                while (!gathered()) await new Promise((resolve) => setTimeout(resolve, 50));
                const body = JSON.stringify({ sdp: pc.localDescription?.sdp });
                const response = await fetch(`${where}api/p2p/offer`, { method: 'POST', headers: { 'content-type': 'application/json' }, body }).catch(() => undefined);
                if (!response?.ok) return `offer: ${response?.status ?? 'refused'}`;
                const got = new Promise((resolve) => channel.addEventListener('message', ({ data }) => resolve(typeof data === 'string' ? data : 'binary')));
                await pc.setRemoteDescription({ type: 'answer', sdp: (await response.json()).sdp });
                const text = await got;
                pc.close();
                return text;
            },
            [base, label],
        );
    t.regex(String(await open(url + token, 'action=live')), /"channel":"yard"|"codecs"/);
    t.regex(String(await open(url + token, 'action=live&channel=door')), /error.*this watch link opens channel yard only/);
    t.regex(String(await open(url + token, 'action=voice&codec=pcma')), /error.*a watch link opens live of one channel only/);
    t.is(await open(`${url}/`, 'action=live&channel=yard'), 'offer: refused');
    t.is(await open(`${url}${token.slice(0, -3)}AA/`, 'action=live'), 'offer: refused');
});

test.serial('[E11] without WebRTC it plays HLS of the same link and says why; a fallback of its own counts more', async (t) => {
    const { url, link } = await camera(t, { enabled: false });
    const { page: token, id } = await link();
    const { page } = await openPage(t);
    await page.goto(await site(t, element(url + token)));
    await moves(page);
    const { by, reason } = await seen(page, 'playing');
    t.is(by, 'hls');
    t.regex(reason, /WebRTC is disabled/);
    await page.locator('ocellus-player').hover();
    await page.getByText('Delayed: without WebRTC').waitFor();
    await page.goto(await site(t, element(url + token, `fallback="${url}${token}live/yard.mp4"`)));
    await moves(page);
    t.is((await seen(page, 'playing')).by, 'file');
    t.is((await fetch(`${url}/api/links/${id}`, { method: 'DELETE' })).status, 204);
    t.is((await seen(page, 'ended')).reason, 'over');
});

test.serial('[E11] embed.html plays in a frame of any site; no other page of the device may be framed', async (t) => {
    const { url, link } = await camera(t);
    const { page: token } = await link();
    const { page } = await openPage(t);
    await page.goto(await site(t, `<iframe name="good" src="${url}${token}embed.html" width="320" height="180"></iframe><iframe name="bad" src="${url}${token}"></iframe>`));
    const frame = page.frame('good');
    if (frame === null) {
        throw new Error('no frame');
    }
    await moves(frame);
    await sleep(500);
    t.false((await page.frame('bad')?.evaluate(() => document.querySelector('main') !== null).catch(() => false)) ?? false);
    const head = (/** @type {string} */ where) => fetch(url + where).then(({ headers }) => [headers.get('content-security-policy')?.split('; ').at(-1), headers.get('x-frame-options')]);
    t.deepEqual(await head(`${token}embed.html`), ['frame-ancestors *', null]);
    t.deepEqual(await head(token), ["frame-ancestors 'none'", 'DENY']);
    t.deepEqual(await head('/'), ["frame-ancestors 'none'", 'DENY']);
});
