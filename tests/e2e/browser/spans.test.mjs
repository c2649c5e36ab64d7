// Spans of recordings in Chromium: hls.js plays the playlist across a discontinuity, and both formats of an export play and seek.
import test from 'ava';
import { record, width, height, channel } from '../../hosts/spans.mjs';
import { read } from '../../blockcode/blockcode.mjs';
import { start, temporary } from '../device.mjs';
import { openPage } from './browser.mjs';
import { playerSite } from './site.mjs';

const begin = Date.parse('2026-11-20T08:00:00.000Z');
const fps = 4;

/**
 * Seeks the video `id` and reads the number of the picture that it shows then.
 * @param {import('playwright-core').Page} page
 * @param {string} id
 * @param {number} second
 */
async function shown(page, id, second) {
    const pixels = await page.evaluate(
        async ([name, at, wide, high]) => {
            const video = /** @type {HTMLVideoElement} */ (document.getElementById(name));
            video.pause();
            const seeked = new Promise((resolve) => video.addEventListener('seeked', resolve, { once: true }));
            const painted = new Promise((resolve) => video.requestVideoFrameCallback(resolve));
            video.currentTime = at;
            await seeked;
            await painted;
            const canvas = Object.assign(document.createElement('canvas'), { width: wide, height: high });
            const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
            context.drawImage(video, 0, 0, wide, high);
            return [...context.getImageData(0, 0, wide, high).data];
        },
        /** @type {const} */ ([id, second, width, height]),
    );
    return read({ pixels, width, height, channels: 4 })?.frame;
}

test('[E9] Chromium plays a span of three files with a gap: by hls.js, and as one MP4 of either format', async (t) => {
    const data = temporary(t);
    for (const [from, seconds] of /** @type {[number, number][]} */ ([[0, 20], [20, 16], [100, 20]]))
        record(data, begin + from * 1000, { seconds, fps, first: from * fps, gop: 4 });
    const { page } = await openPage(t);
    const site = await playerSite(t);
    const { device } = start(t, ['--cors-origin', site], { data });
    const url = await device.url();
    const span = `from=${begin}&to=${begin + 120_000}`;
    await page.goto(site);
    await page.waitForFunction('window.ready');
    await page.evaluate((address) => /** @type {any} */ (window).addPlayer(address, 'list'), `${url}/playback/${channel}/index.m3u8?${span}`);
    for (const format of ['fragmented', 'plain'])
        await page.evaluate(
            async ([id, address]) => {
                const video = Object.assign(document.createElement('video'), { id, muted: true, crossOrigin: 'anonymous', src: address });
                document.body.appendChild(video);
                await video.play();
            },
            /** @type {const} */ ([format, `${url}/export/${channel}.mp4?${span}&format=${format}`]),
        );
    for (const id of ['list', 'fragmented', 'plain']) {
        const seconds = await page.evaluate((name) => /** @type {HTMLVideoElement} */ (document.getElementById(name)).duration, id);
        t.true(Math.abs(seconds - 56) < 0.5, `${id}: ${seconds} s`);
        for (const [second, picture] of /** @type {[number, number][]} */ ([[45.1, 436], [18.6, 74], [35.6, 142], [36.1, 400], [3.1, 12]]))
            t.is(await shown(page, id, second), picture, `${id}: second ${second}`);
    }
    t.deepEqual(await page.evaluate('window.problems ?? []'), []);
});
