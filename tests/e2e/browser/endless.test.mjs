// Bodies without an end in Chromium: JPEG images in an <img>, MP4 in a <video>.
import { execFileSync } from 'node:child_process';
import test from 'ava';
import { eventually, start } from '../device.mjs';
import { pushing } from '../../hosts/endless.mjs';
import { openPage } from './browser.mjs';

/** A JPEG of one colour, without what ends it. @param {string} colour */
function image(colour) {
    const how = ['-f', 'lavfi', '-i', `color=${colour}:size=64x64`, '-frames:v', '1', '-f', 'mjpeg', '-'];
    return execFileSync('ffmpeg', ['-v', 'error', ...how]).subarray(0, -2);
}

test.serial('multipart images replace each other in an <img>', async (t) => {
    // One colour for a second, then the other: what is shown is the image that was sent last.
    const colours = [image('red'), image('blue')];
    const second = 25;
    const images = Array.from({ length: 2 * second }, (_, i) => /** @type {Buffer} */ (colours[Math.floor(i / second)]));
    const { device } = await pushing(t, { images });
    const url = await device.url();
    await eventually(async () => ((await fetch(`${url}/live/enc.mjpeg`, { method: 'HEAD' })).status === 200 ? true : undefined), 'live');
    const { page, errors } = await openPage(t);
    await page.goto(`${url}/healthz`);
    await page.evaluate(() => {
        const img = document.createElement('img');
        img.src = '/live/enc.mjpeg';
        document.body.replaceChildren(img);
    });
    /** What the <img> shows now. @returns {Promise<string>} */
    const shown = () =>
        page.evaluate(() => {
            const img = document.querySelector('img');
            const context = Object.assign(document.createElement('canvas'), { width: 64, height: 64 }).getContext('2d');
            if (img?.naturalWidth !== 64 || !context) {
                return 'nothing';
            }
            context.drawImage(img, 0, 0);
            const [red = 0, , blue = 0] = context.getImageData(32, 32, 1, 1).data;
            return red > 180 && blue < 80 ? 'red' : blue > 180 && red < 80 ? 'blue' : 'other';
        });
    /** @type {string[]} */
    const changes = [];
    await eventually(async () => {
        const now = await shown();
        if (now !== changes.at(-1)) {
            changes.push(now);
        }
        return changes.filter((one) => one === 'red').length >= 2 && changes.filter((one) => one === 'blue').length >= 2 ? true : undefined;
    }, 'both colours, twice');
    t.false(changes.slice(1).includes('other'), changes.join(' '));
    t.deepEqual(errors, []);
});

test.serial('a <video> plays .mp4 as it comes', async (t) => {
    const { device } = start(t, ['--record', 'off']);
    const url = await device.url();
    await eventually(async () => ((await fetch(`${url}/live/cam1.mp4`, { method: 'HEAD' })).status === 200 ? true : undefined), 'live');
    const { page } = await openPage(t);
    await page.goto(`${url}/healthz`);
    await page.evaluate(() => {
        const video = Object.assign(document.createElement('video'), { src: '/live/cam1.mp4', muted: true, autoplay: true });
        document.body.replaceChildren(video);
    });
    const at = () => page.evaluate(() => document.querySelector('video')?.currentTime ?? 0);
    await eventually(async () => ((await at()) > 3 ? true : undefined), 'three seconds');
    t.is(await page.evaluate(() => document.querySelector('video')?.videoWidth), 640);
});
