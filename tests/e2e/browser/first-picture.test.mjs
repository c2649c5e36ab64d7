// How much has come in when the first picture is seen: everything but what was captured, as it was really sent.
import test from 'ava';
import { eventually, start } from '../device.mjs';
import { openPage } from './browser.mjs';

/**
 * Opens the page of a device that captures already; waits for the first picture.
 * @param {import('ava').ExecutionContext} t
 * @param {readonly string[]} inputs
 * @param {string} search of the address
 */
async function first(t, inputs, search) {
    const { device } = start(t, ['--record', 'off', ...inputs]);
    const url = await device.url();
    await eventually(async () => ((await device.json('/api/status')).channels[0]?.video && (await fetch(`${url}/live/${inputs[1]?.startsWith('a=') ? 'a' : 'cam1'}/index.m3u8`)).ok ? true : undefined), 'live');
    const { page, errors } = await openPage(t);
    await page.addInitScript(() => {
        const timer = setInterval(() => {
            for (const video of document.querySelectorAll('video')) {
                // A paused element shows its first frame too.
                if (!video.paused && video.currentTime > 0 && video.getVideoPlaybackQuality().totalVideoFrames > 0) {
                    clearInterval(timer);
                    const entries = /** @type {PerformanceResourceTiming[]} */ ([...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]);
                    const sent = entries.filter(({ name }) => !new URL(name).pathname.startsWith('/live/')).map(({ name, encodedBodySize }) => ({ name: new URL(name).pathname, bytes: encodedBodySize }));
                    Reflect.set(window, 'first', { ms: performance.now(), sent, quick: video.className === 'quick' });
                    return;
                }
            }
        }, 5);
    });
    await page.goto(`${url}/${search}`);
    const found = /** @type {{ ms: number, sent: { name: string, bytes: number }[], quick: boolean }} */ (await eventually(async () => (await page.evaluate(() => Reflect.get(window, 'first'))) ?? undefined, 'the first picture', 40));
    const files = found.sent.map(({ name, bytes }) => `${name} ${bytes}`);
    const bytes = found.sent.reduce((sum, one) => sum + one.bytes, 0);
    t.log(`${files.length} files, ${bytes} bytes, ${Math.round(found.ms)} ms after the page was asked for`);
    return { page, errors, bytes, files, quick: found.quick };
}

// the state of a channel is 1 KB
for (const [what, most, inputs] of /** @type {const} */ ([
    ['one channel', 25_000, []],
    ['one whose time begins at nought', 25_000, ['--input', 'cam1=test:?size=320x180&fps=15']],
    ['a grid of four', 28_000, ['a', 'b', 'c', 'd'].flatMap((name) => ['--input', `${name}=assets/clip.mp4`])],
])) {
    test.serial(`${what}: at most ${most / 1000} KB are sent before the first picture by WebRTC, and nothing of HLS behind it [O11]`, async (t) => {
        const { page, errors, bytes, files } = await first(t, inputs, '');
        t.true(bytes > 10_000 && bytes <= most, `${bytes}: ${files.join(' ')}`);
        await eventually(async () => ((await page.evaluate(() => document.querySelector('video.quick') === null && (document.querySelector('video')?.currentTime ?? 0) > 1)) ? true : undefined), 'it plays on', 60);
        const names = await page.evaluate(() => performance.getEntriesByType('resource').map((entry) => new URL(entry.name).pathname));
        t.deepEqual(names.filter((name) => name.startsWith('/live/') || name.includes('hls')), []);
        t.deepEqual(errors, []);
    });

    test.serial(`${what}: by HLS at most ${(most + 3000) / 1000} KB before the first picture; then the player takes over`, async (t) => {
        const { page, errors, bytes, files, quick } = await first(t, inputs, '?play=hls');
        t.true(quick, 'by the endless MP4');
        t.true(bytes > 10_000 && bytes <= most + 3000, `${bytes}: ${files.join(' ')}`);
        t.false(files.some((file) => file.includes('hls.light')));
        await eventually(async () => ((await page.evaluate(() => document.querySelector('video.quick') === null && (document.querySelector('video')?.currentTime ?? 0) > 1)) ? true : undefined), 'the player took over', 60);
        t.is(await page.locator('.notice').first().isVisible(), false);
        t.deepEqual(errors, []);
    });
}
