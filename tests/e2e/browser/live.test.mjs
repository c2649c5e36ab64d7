// The real program in a real browser: the picture moves, a recording plays, a script failure does not stop it.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../../scripts/lib.mjs';
import { eventually, sleep, start } from '../device.mjs';
import { openPage, screenshot, shownCode } from './browser.mjs';

test.serial('the default clip is a moving live picture, shown soon', async (t) => {
    const { device } = start(t);
    const url = await device.url();
    const { page, errors } = await openPage(t);
    const begun = Date.now();
    await page.goto(`${url}/`);
    await page.waitForFunction(() => [...document.querySelectorAll('video')].some((video) => video.getVideoPlaybackQuality().totalVideoFrames > 0));
    const firstMs = Date.now() - begun;
    const look = async () => ({ frame: (await eventually(() => shownCode(page), 'a picture of the player')).frame, at: performance.now() });
    const seen = [await look()];
    for (let n = 0; n < 10; n++) {
        await sleep(300);
        seen.push(await look());
    }
    await screenshot(page, 'live');
    const numbers = seen.map(({ frame }) => frame).join(' ');
    t.true(new Set(seen.map(({ frame }) => frame)).size >= 8, `picture numbers ${numbers}`);
    // The clip begins again after 299; otherwise numbers only grow, at about 30 each second of a real clock.
    const steps = seen.slice(1).map(({ frame, at }, n) => ({ pictures: (frame - (seen[n]?.frame ?? 0) + 300) % 300, seconds: (at - (seen[n]?.at ?? 0)) / 1000 }));
    t.true(steps.every(({ pictures, seconds }) => pictures < 45 + seconds * 45), numbers);
    const [sum, time] = [steps.reduce((all, { pictures }) => all + pictures, 0), steps.reduce((all, { seconds }) => all + seconds, 0)];
    t.true(sum > time * 15 && sum < time * 60, `${sum} pictures in ${time.toFixed(1)} s`);
    const [channel] = (await device.json('/api/status')).channels;
    t.is(channel.state, 'running');
    t.is(await page.locator('.status').textContent(), 'Online');
    t.true((await page.locator('.state').textContent())?.includes('640 × 360') === true);
    t.deepEqual(errors, []);
    t.log(`first picture after ${firstMs} ms`);
    mkdirSync(path.join(root, 'build', 'evidence'), { recursive: true });
    writeFileSync(path.join(root, 'build', 'evidence', 'viewer-first-picture.json'), JSON.stringify({ milliseconds: firstMs }));
});

test.serial('light, narrow page: the picture is there too', async (t) => {
    const { device } = start(t, ['--record', 'off']);
    const { page, errors } = await openPage(t, { colorScheme: 'light', width: 390, height: 844 });
    await page.goto(`${await device.url()}/`);
    await eventually(() => shownCode(page), 'the first picture');
    await page.getByText('No recordings yet').waitFor();
    t.is(await page.evaluate(() => document.documentElement.scrollWidth), 390);
    await screenshot(page, 'live-light-narrow');
    t.deepEqual(errors, []);
});

test.serial('[E9] a recording appears in the list and plays in the page while it is written', async (t) => {
    const { device } = start(t);
    const { page, errors } = await openPage(t);
    await page.goto(`${await device.url()}/`);
    await eventually(async () => ((await device.json('/api/recordings')).recordings[0]?.bytes > 200_000 ? true : undefined), 'a recording');
    await page.getByRole('link', { name: /^Play / }).click({ timeout: 20_000 });
    const first = await eventually(() => shownCode(page), 'a picture of the recording');
    await eventually(async () => ((await shownCode(page))?.frame !== first.frame ? true : undefined), 'the recording moves');
    t.true(page.url().includes('#/recordings/'));
    t.deepEqual(errors, []);
});

test.serial('a picture that is to be turned is shown upright, and the page says so', async (t) => {
    const { device } = start(t, ['--record', 'off', '--input', `cam=${path.join(root, 'tests', 'corpora', 'mp4', 'h264-rotated.mp4')}`]);
    const { page, errors } = await openPage(t);
    await page.goto(`${await device.url()}/`);
    const size = await page.waitForFunction(() => {
        const video = [...document.querySelectorAll('video')].find((one) => one.videoWidth > 0);
        return video && [video.videoWidth, video.videoHeight];
    });
    t.deepEqual(await size.jsonValue(), [48, 64]);
    t.regex((await page.locator('.state').textContent()) ?? '', /64 × 48, rotated 90°/);
    t.deepEqual(errors, []);
});

test.serial('a picture by HLS that fell behind comes back to the edge, however far it is behind', async (t) => {
    const { device } = start(t, ['--record', 'off', '--input', 'test:?size=640x360']);
    const { page, errors } = await openPage(t);
    await page.goto(`${await device.url()}/?play=hls`);
    const age = async () => {
        const code = await shownCode(page);
        return code && (Date.now() - code.timeMs) | 0;
    };
    await eventually(async () => (await page.evaluate(() => {
        const { buffered, currentTime } = /** @type {HTMLVideoElement} */ (document.querySelector('.stage video:not([hidden])'));
        return buffered.length > 0 && currentTime - buffered.start(buffered.length - 1) > 6;
    })) ? true : undefined, 'six seconds that may be gone back');
    const before = (await eventually(age, 'a picture')) ?? 0;
    // seen in the page: the player may bring it back before somebody asks from outside
    const behind = await page.evaluate(() => new Promise((resolve) => {
        const video = /** @type {HTMLVideoElement} */ (document.querySelector('.stage video:not([hidden])'));
        video.addEventListener('seeking', () => resolve(video.buffered.end(video.buffered.length - 1) - video.currentTime), { once: true });
        video.currentTime -= 3.5;
    }));
    t.true(behind > 2, `${behind} s`);
    const after = await eventually(async () => {
        const ms = await age();
        return ms !== undefined && ms < before + 1000 ? ms : undefined;
    }, 'it is near the edge again', 30);
    t.log(`${before} ms old, and ${after} ms again`);
    t.deepEqual(errors, []);
});
