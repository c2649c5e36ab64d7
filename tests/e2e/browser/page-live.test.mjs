// The page plays by WebRTC, and by HLS with a reason where that does not work; what it does when things change.
import dgram from 'node:dgram';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../../scripts/lib.mjs';
import { judge } from '../../guard.mjs';
import { eventually, freePort, sleep, start, temporary } from '../device.mjs';
import { openPage, shownCode } from './browser.mjs';
import { quantile, watch } from './watching.mjs';

/**
 * A device and a page that is not open yet.
 * @param {import('ava').ExecutionContext} t
 * @param {{ args?: readonly string[], p2p?: object }} [options] p2p: settings
 */
async function begin(t, { args = ['--input', 'test:?size=640x360'], p2p } = {}) {
    t.timeout(120_000);
    const { device, data } = start(t, ['--record', 'off', ...args]);
    const url = await device.url();
    if (p2p !== undefined) {
        await patch(url, { p2p });
    }
    await eventually(async () => ((await device.json('/api/status')).channels.every((/** @type {any} */ channel) => channel.state === 'running' && channel.video) ? true : undefined), 'the inputs run');
    const { page, errors } = await openPage(t);
    /** Paths that the page fetched of live pictures over HTTP. @type {string[]} */
    const overHttp = [];
    page.on('request', (request) => {
        const { pathname } = new URL(request.url());
        if (pathname.startsWith('/live/') || pathname.includes('hls')) {
            overHttp.push(pathname);
        }
    });
    return { device, data, url, page, errors, overHttp };
}

/** @param {string} url @param {object} settings */
async function patch(url, settings) {
    const response = await fetch(`${url}/api/settings`, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify(settings) });
    if (!response.ok) {
        throw new Error(await response.text());
    }
}

/** The picture moves on. @param {import('playwright-core').Page} page @param {number} [seconds] */
async function moves(page, seconds = 40) {
    const first = await eventually(() => shownCode(page), 'a picture', seconds);
    return eventually(async () => {
        const now = await shownCode(page);
        return now !== undefined && now.frame !== first.frame ? now : undefined;
    }, 'the picture moves', seconds);
}

/** How the page says that it plays. @param {import('playwright-core').Page} page @param {RegExp} text */
async function playsBy(page, text) {
    await page.locator('.state details').evaluate((details) => details.setAttribute('open', ''));
    const row = page.locator('.state dt', { hasText: /^Plays by$/ }).locator('+ dd');
    await row.filter({ hasText: text }).waitFor();
    return row.innerText();
}

/** What the device sends: bytes that its viewers have, by channel name and stream. @param {any} device */
const sent = async (device) => (await device.json('/api/p2p/sessions')).sessions.flatMap((/** @type {any} */ session) => session.channels).filter((/** @type {any} */ one) => one.kind === 'live');

/** The page believes to be seen or not. @param {import('playwright-core').Page} page @param {boolean} hidden */
const hide = (page, hidden) =>
    page.evaluate((value) => {
        Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
        document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);

test.serial('[E11] live by WebRTC: nothing of HLS is loaded, the picture is young, the page says how it plays', async (t) => {
    const { device, url, page, errors, overHttp } = await begin(t);
    await page.goto(`${url}/`);
    await moves(page);
    t.is(await playsBy(page, /WebRTC/), 'WebRTC, directly');
    await sleep(3000);
    const { ages, waits, jumps, pictures } = await watch(page, 6000);
    const [median, p99] = [quantile(ages, 0.5), quantile(ages, 0.99)].map(Math.round);
    t.log(`age: median ${median} ms, 99 % ${p99} ms, ${pictures} pictures, ${waits} waits, ${jumps} jumps`);
    t.true(ages.length > 0 && (median ?? 0) > 0);
    judge(t, ages.length > 60 && (median ?? 9999) <= 1000, `the median age is ${median} ms of ${ages.length}`);
    t.deepEqual(overHttp, []);
    const [live] = await sent(device);
    t.is(live.stream, 'main');
    t.is((await device.json('/api/p2p/sessions')).sessions.length, 1);
    const delay = Number.parseFloat(await page.locator('.state dt', { hasText: /^Live delay$/ }).locator('+ dd').innerText());
    t.log(`the page says ${delay} s`);
    t.true(delay >= 0 && delay < 3, `${delay}`);
    for (const label of ['Round trip', 'Arriving', 'Buffered']) {
        t.regex(await page.locator('.state dt', { hasText: new RegExp(`^${label}$`) }).locator('+ dd').innerText(), /^[\d.]+ (ms|[kM]bit\/s)$/, label);
    }
    t.deepEqual(errors, []);
    await page.goto('about:blank');
    await eventually(async () => ((await device.json('/api/p2p/sessions')).sessions.length === 0 ? true : undefined), 'a page that is left ends its session', 5);
});

test.serial('a camera with G.711 beside H.264 plays by WebRTC; why there is no sound, and what cures it, is said where it is turned on', async (t) => {
    const { url, page, errors, overHttp } = await begin(t, { args: ['--input', `door=${path.join(root, 'tests', 'corpora', 'mp4', 'h264-alaw.mov')}`] });
    await page.goto(`${url}/`);
    t.is(await playsBy(page, /WebRTC/), 'WebRTC, directly');
    const time = () => page.evaluate(() => Math.max(0, ...[...document.querySelectorAll('video')].map((video) => video.currentTime)));
    const first = await time();
    await eventually(async () => ((await time()) > first + 1 ? true : undefined), 'the picture moves');
    t.deepEqual(overHttp, []);
    await page.getByRole('button', { name: 'No sound: why?' }).click();
    await page.getByText('This camera sends its sound as G.711').waitFor();
    t.is(await page.getByRole('button', { name: 'Turn the sound on' }).count(), 0);
    t.deepEqual(errors, []);
});

test.serial('a recording with G.711 beside H.264 plays in the day, where HLS has no such sound', async (t) => {
    t.timeout(120_000);
    const { device } = start(t, ['--record-audio', 'on', '--input', `door=${path.join(root, 'tests', 'corpora', 'mp4', 'h264-alaw.mov')}`]);
    const url = await device.url();
    await eventually(async () => (((await device.json('/api/recordings?channel=door')).recordings[0]?.bytes ?? 0) > 30_000 ? true : undefined), 'something is recorded');
    const { page, errors } = await openPage(t);
    await page.goto(`${url}/#/recordings/door`);
    await page.getByRole('button', { name: /^Play/ }).first().click();
    const time = () => page.evaluate(() => Math.max(0, ...[...document.querySelectorAll('video')].map((video) => (video.readyState >= 2 ? video.currentTime : 0))));
    await eventually(async () => ((await time()) > 0.5 ? true : undefined), 'it plays');
    t.deepEqual(errors, []);
});

test.serial('switched off: HLS at once, with the reason; WebRTC again when it is on', async (t) => {
    const { url, page, errors, overHttp } = await begin(t, { p2p: { enabled: false } });
    await page.clock.install();
    await page.goto(`${url}/`);
    await moves(page);
    t.regex(await playsBy(page, /HLS/), /^HLS: WebRTC is off on this device/);
    t.true(overHttp.length > 0);
    await patch(url, { p2p: { enabled: true } });
    await page.clock.fastForward(31_000);
    await playsBy(page, /WebRTC, directly/);
    await moves(page);
    t.deepEqual(errors, []);
});

test.serial('the address says HLS: no session is begun', async (t) => {
    const { device, url, page } = await begin(t);
    await page.goto(`${url}/?play=hls`);
    await moves(page);
    t.is(await playsBy(page, /HLS/), 'HLS: chosen in the address of this page');
    t.deepEqual(await device.json('/api/p2p/sessions'), { sessions: [] });
});

test.serial('the port is in use: HLS, with the reason', async (t) => {
    const socket = dgram.createSocket('udp4');
    await new Promise((resolve) => socket.bind(0, () => resolve(undefined)));
    t.teardown(() => socket.close());
    const { url, page, errors } = await begin(t, { p2p: { port: socket.address().port } });
    await page.goto(`${url}/`);
    await moves(page);
    t.regex(await playsBy(page, /HLS/), /^HLS: the device (takes no further|refused)/);
    t.deepEqual(errors, []);
});

test.serial('no way for UDP: HLS after 3 s, with the reason, and at once the next time', async (t) => {
    const { url, page, errors } = await begin(t);
    await page.addInitScript(() => {
        // What a firewall does: the answer comes, but no address of it is reached.
        const set = /** @type {any} */ (RTCPeerConnection.prototype.setRemoteDescription);
        RTCPeerConnection.prototype.setRemoteDescription = function (/** @type {any} */ { type, sdp }) {
            return set.call(this, { type, sdp: sdp.replace(/^a=candidate:.*\r\n/gm, '').replace(/^a=ice-pwd:.*/m, `a=ice-pwd:${'x'.repeat(24)}`) });
        };
    });
    const begun = Date.now();
    await page.goto(`${url}/`);
    await moves(page);
    const ms = Date.now() - begun;
    t.log(`it moves after ${ms} ms`);
    t.true(ms > 3000, 'it was tried');
    t.regex(await playsBy(page, /HLS/), /^HLS: no picture came by WebRTC/);

    // the next time nobody waits for WebRTC: neither an answer nor the end of patience is needed
    await page.route('**/api/p2p/offer', () => undefined);
    await page.addInitScript(() => {
        const later = /** @type {any} */ (globalThis.setTimeout);
        Object.assign(globalThis, { setTimeout: (/** @type {any} */ work, /** @type {number} */ ms, /** @type {any[]} */ ...more) => (ms === 3000 ? 0 : later(work, ms, ...more)) });
    });
    await page.goto('about:blank');
    await page.goto(`${url}/`);
    await playsBy(page, /HLS/);
    await moves(page);
    t.not(await page.evaluate(() => localStorage.getItem('ocellus.webrtc')), null);
    t.deepEqual(errors, []);
});

test.serial('[E8] a hidden page gets nothing, and the newest picture when it is seen again', async (t) => {
    const { device, url, page } = await begin(t);
    await page.goto(`${url}/`);
    await playsBy(page, /WebRTC/);
    await moves(page);
    await hide(page, true);
    const stopped = await eventually(async () => {
        const [before] = await sent(device);
        await sleep(1500);
        const [after] = await sent(device);
        return before.acknowledgedBytes === after.acknowledgedBytes ? after : undefined;
    }, 'nothing is sent');
    t.true(stopped.held.report);
    await sleep(3000);
    const back = Date.now();
    await hide(page, false);
    const age = await eventually(async () => {
        const code = await shownCode(page);
        const ms = code && (Date.now() - code.timeMs) % 2 ** 32;
        return ms !== undefined && ms < 1000 ? ms : undefined;
    }, 'a young picture');
    const ms = Date.now() - back;
    judge(t, ms < 3000, `${ms} ms after it was seen again the picture is ${age} ms old`);
    await moves(page);
    await playsBy(page, /WebRTC, directly/);
    t.is((await device.json('/api/p2p/sessions')).sessions.length, 1, 'by the same session');
});

test.serial('privacy mode begins and ends', async (t) => {
    const { url, page, errors, overHttp } = await begin(t);
    await page.goto(`${url}/`);
    await playsBy(page, /WebRTC/);
    await moves(page);
    const privacy = async (/** @type {boolean} */ on) => t.true((await fetch(`${url}/api/privacy`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ on }) })).ok);
    await privacy(true);
    await page.locator('.stage').getByText('Privacy is on').waitFor();
    await privacy(false);
    await page.locator('.stage').getByText('Privacy is on').waitFor({ state: 'hidden' });
    await moves(page);
    await playsBy(page, /WebRTC, directly/);
    t.deepEqual(overHttp, []);
    t.deepEqual(errors, []);
});

test.serial('a grid of nine plays by two sessions; one of them large is the same connection', async (t) => {
    const names = Array.from({ length: 9 }, (_, n) => `c${n}`);
    const { device, url, page, errors, overHttp } = await begin(t, { args: names.flatMap((name) => ['--input', `${name}=assets/clip.mp4`]) });
    await page.setViewportSize({ width: 1400, height: 1400 });
    await page.goto(`${url}/`);
    await eventually(async () => {
        const times = await page.evaluate(() => [...document.querySelectorAll('.tile')].map((tile) => tile.querySelector('video')?.currentTime ?? 0));
        await sleep(700);
        const later = await page.evaluate(() => [...document.querySelectorAll('.tile')].map((tile) => tile.querySelector('video')?.currentTime ?? 0));
        return times.length === 9 && later.every((time, n) => time > (times[n] ?? 0) && (times[n] ?? 0) > 0) ? true : undefined;
    }, 'nine pictures move', 60);
    t.deepEqual(overHttp, []);
    const { sessions } = await device.json('/api/p2p/sessions');
    t.deepEqual(sessions.map((/** @type {any} */ session) => session.channels.length).sort(), [3, 8]);
    await page.locator('.tile').first().click();
    await moves(page);
    await playsBy(page, /WebRTC, directly/);
    const numbers = (await device.json('/api/p2p/sessions')).sessions.map((/** @type {any} */ session) => session.session);
    t.true(numbers.every((/** @type {number} */ number) => sessions.some((/** @type {any} */ one) => one.session === number)), 'no other session was begun');
    t.deepEqual(errors, []);
});

test.serial('the device starts again: the picture comes back by itself, by a new session', async (t) => {
    t.timeout(180_000);
    const port = await freePort();
    const args = ['--record', 'off', '--input', 'test:?size=640x360', '--port', String(port)];
    const { device, data } = start(t, args);
    const url = await device.url();
    const { page } = await openPage(t);
    await page.goto(`${url}/`);
    await playsBy(page, /WebRTC/);
    await moves(page);
    await device.stop('SIGKILL');
    await page.getByText('The device does not answer').waitFor();
    const again = start(t, args, { data });
    await again.device.url();
    const begun = Date.now();
    await eventually(async () => {
        const code = await shownCode(page);
        return code !== undefined && ((code.timeMs - begun) | 0) > 0 ? true : undefined; // drawn since; it is UTC modulo 2^32
    }, 'a picture of the device that runs now', 60);
    t.log(`${Date.now() - begun} ms after the device answers`);
    await playsBy(page, /WebRTC, directly/);
    await moves(page);
    const { sessions } = await again.device.json('/api/p2p/sessions');
    t.is(sessions.length, 1);
});

test.serial('from a tile to the large picture and back: it never goes away, main replaces sub at its first frame', async (t) => {
    const settings = path.join(temporary(t), 'two.json');
    writeFileSync(settings, JSON.stringify({ channels: ['a', 'b'].map((name) => ({ name, input: 'test:?size=640x360', sub: '320x180@300000' })) }));
    const { device, url, page, errors, overHttp } = await begin(t, { args: ['--settings', settings] });
    await page.goto(`${url}/`);
    await eventually(async () => ((await sent(device)).filter((/** @type {any} */ one) => one.stream === 'sub' && one.acknowledgedBytes > 0).length === 2 ? true : undefined), 'both tiles show sub');
    await moves(page);
    await page.evaluate(() => {
        // Each time a picture is composed: is there one in the first stage, without words over it?
        const seen = { frames: 0, without: /** @type {unknown[]} */ ([]), widths: /** @type {number[]} */ ([]) };
        Reflect.set(window, 'seen', seen);
        const look = () => {
            const video = document.querySelector('.stage')?.querySelector('video');
            const notice = /** @type {HTMLElement | null} */ (document.querySelector('.stage .notice'));
            seen.frames++;
            const width = video?.videoWidth ?? 0;
            const drawn = video?.getVideoPlaybackQuality().totalVideoFrames ?? 0;
            const ready = video?.readyState ?? 0;
            // an element that seeks shows what it showed, also when it has just taken the place of another
            if ((ready < 2 && !(video?.seeking === true && drawn > 0)) || notice?.hidden !== true) {
                seen.without.push({ width, ready, seeking: video?.seeking, drawn, notice: notice?.hidden === true ? '' : notice?.textContent });
            }
            if (seen.widths.at(-1) !== width) {
                seen.widths.push(width);
            }
            requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
    });
    await page.locator('.tile').first().click();
    await page.waitForFunction(() => document.querySelector('.stage video') instanceof HTMLVideoElement && /** @type {HTMLVideoElement} */ (document.querySelector('.stage video')).videoWidth === 640);
    await moves(page);
    const seen = await page.evaluate(() => structuredClone(Reflect.get(window, 'seen')));
    t.log(JSON.stringify(seen));
    t.deepEqual(seen.widths, [320, 640]);
    t.true(seen.frames > 10 && seen.without.length === 0, JSON.stringify(seen));
    await page.goBack();
    await page.waitForFunction(() => document.querySelectorAll('.tile').length === 2 && /** @type {HTMLVideoElement} */ (document.querySelector('.stage video')).videoWidth === 320);
    await moves(page);
    const widths = /** @type {number[]} */ (await page.evaluate(() => Reflect.get(window, 'seen').widths));
    t.log(widths.join(' '));
    t.is(widths.at(-1), 320);
    t.is((await device.json('/api/p2p/sessions')).sessions.length, 1);
    t.deepEqual(overHttp, []);
    t.deepEqual(errors, []);
});
