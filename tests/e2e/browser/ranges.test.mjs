// Recordings by ranges: begun at any place at once, while the device still writes the file.
import test from 'ava';
import { eventually, start } from '../device.mjs';
import { openPage, shownCode } from './browser.mjs';

/** @param {import('playwright-core').Page} page @param {(video: HTMLVideoElement) => unknown} probe @returns {Promise<any>} */
const ofVideo = (page, probe) => page.locator('video').first().evaluate(probe);

/** What the video element shows once it stands still at this place. @param {import('playwright-core').Page} page @param {number} seconds */
async function codeAt(page, seconds) {
    await page.locator('video').first().evaluate((video, place) => {
        const element = /** @type {HTMLVideoElement} */ (video);
        element.pause();
        element.currentTime = place;
    }, seconds);
    await eventually(async () => ((await ofVideo(page, (video) => !video.seeking && video.readyState >= 2)) ? true : undefined), `the place ${seconds}`);
    return await eventually(() => shownCode(page), 'a picture');
}

/** @param {import('ava').ExecutionContext} t @param {string[]} args */
async function recorded(t, args) {
    const { device } = start(t, args);
    const url = await device.url();
    const row = await eventually(async () => (await device.json('/api/recordings')).recordings[0], 'a recording');
    /** @param {number} seconds */
    const reaches = (seconds) => eventually(async () => ((await device.json(`${row.path}/keys`)).durationMs > seconds * 1000 ? true : undefined), `${seconds} s of a recording`);
    return { device, url, path: row.path, reaches };
}

/**
 * Plays the file that is being written, seeks both ways and goes on to what is written meanwhile.
 * @param {import('ava').ExecutionContext} t
 * @param {Awaited<ReturnType<typeof recorded>>} recording
 * @param {boolean} isOlder a device without a time line and without playlists of the past
 * @returns {Promise<{ lists: number, keys: number }>} requests of playlists, and of key frames
 */
async function growing(t, { url, path, reaches }, isOlder) {
    const { page, errors } = await openPage(t);
    const requests = { lists: 0, keys: 0 };
    /** @type {string[]} */
    const ranges = [];
    page.on('request', (request) => {
        const { pathname } = new URL(request.url());
        requests.lists += Number(pathname.startsWith('/playback/'));
        requests.keys += Number(pathname === `${path}/keys`);
        if (pathname === path) {
            ranges.push(request.headers()['range'] ?? 'whole');
        }
    });
    if (isOlder) {
        await page.route(/\/api\/timeline|\/playback\//, (route) => route.fulfill({ status: 404, body: '' }));
    }
    await page.goto(`${url}/#${path}`);
    await eventually(async () => ((await ofVideo(page, (video) => video.currentTime)) > 0.2 ? true : undefined), 'it plays');
    t.regex(await ofVideo(page, (video) => video.src), /^blob:/);
    const early = await codeAt(page, 1);
    const late = await codeAt(page, 6);
    const again = await codeAt(page, 1);
    t.is(again.frame, early.frame);
    t.true(late.frame > early.frame, `${early.frame} ${late.frame}`);
    const before = await ofVideo(page, (video) => video.duration);
    await reaches(before + 4);
    await eventually(async () => ((await ofVideo(page, (video) => video.duration)) > before + 3 ? true : undefined), 'its length follows');
    t.truthy(await codeAt(page, before + 2));
    t.true(ranges.length > 2);
    t.false(ranges.includes('whole'), ranges.join());
    t.deepEqual(errors, []);
    await page.close();
    return requests;
}

test.serial('[E9] a recording that grows plays by ranges in the page, seeks both ways and goes on to what is written meanwhile', async (t) => {
    const recording = await recorded(t, []);
    await recording.reaches(8);
    const byList = await growing(t, recording, false);
    t.true(byList.lists > 0);
    const byKeys = await growing(t, recording, true);
    t.true(byKeys.keys > 1, 'they are read again while it grows');
    t.is(byKeys.lists, 0, 'RecordingsView asks for no playlist of the past');
});

test.serial('[E9] a device that names no key frames: the browser plays the whole file, and the page says why', async (t) => {
    const { url, path, reaches } = await recorded(t, []);
    await reaches(4);
    const { page } = await openPage(t);
    // an older device: no time line, which plays by HLS
    await page.route('**/api/timeline*', (route) => route.fulfill({ status: 404, body: '' }));
    await page.route('**/*.mp4/keys*', (route) => route.fulfill({ status: 404, body: '' }));
    await page.goto(`${url}/#${path}`);
    await page.getByText('Plays as a whole file').waitFor();
    await eventually(async () => ((await ofVideo(page, (video) => video.currentTime)) > 0.2 ? true : undefined), 'it plays');
    t.regex(await ofVideo(page, (video) => video.src), /\.mp4$/);
});
