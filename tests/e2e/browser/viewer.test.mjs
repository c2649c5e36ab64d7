// The page alone, against a device that answers what the test dictates: messages, keyboard, ways through the page.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { buildFolder } from '../../../scripts/build.mjs';
import { root } from '../../../scripts/lib.mjs';
import { eventually } from '../device.mjs';
import { openPage, screenshot, shownCode } from './browser.mjs';
import { channelOf, FakeApi, recordingOf } from './fake-api.mjs';
import { fakeDevice } from './fake-device.mjs';

const clip = path.join(root, 'assets', 'clip.mp4');

/** @param {import('ava').ExecutionContext} t @param {FakeApi} api @param {(url: URL) => import('./fake-device.mjs').Reply | undefined} [more] */
const serve = (t, api, more) => fakeDevice(t, (url, asked) => api.answer(url, asked) ?? more?.(url));

/** Moves the focus on until it is on this element. @param {import('playwright-core').Page} page @param {import('playwright-core').Locator} wanted */
async function tabTo(page, wanted) {
    await wanted.waitFor();
    for (let n = 0; n < 60; n++) {
        if (await wanted.evaluate((element) => element === document.activeElement)) {
            return;
        }
        await page.keyboard.press('Tab');
    }
    throw new Error(`no way by keyboard to ${wanted}`);
}

test.serial('nothing inline and no data: address in the built pages', (t) => {
    for (const name of ['index.html', 'login.html']) {
        const html = readFileSync(path.join(buildFolder('linux'), 'viewer', name), 'utf8');
        t.notRegex(html, /<script(?![^>]* src=)/);
        t.notRegex(html, /<style|style=| on\w+=|data:/);
    }
});

test.serial('no channels: says so', async (t) => {
    const api = new FakeApi();
    api.channels = [];
    const device = await serve(t, api);
    const { page, errors } = await openPage(t);
    await page.goto(device.url);
    await page.getByText('No cameras yet').waitFor();
    t.is(await page.locator('.status').textContent(), 'Online');
    t.deepEqual(errors, []);
});

test.serial('state, no recordings, then the script restarts, then the device is gone', async (t) => {
    const api = new FakeApi();
    const device = await serve(t, api);
    const { page, errors } = await openPage(t);
    await page.goto(device.url);
    await page.getByText('No recordings yet').waitFor();
    const state = page.locator('.state');
    const first = await state.innerText();
    for (const text of ['connected', '1920 × 1080', 'on']) {
        t.true(first.includes(text), `${text} in ${first}`);
    }
    t.false(/29\.97|ms|Mbit/.test(first), `figures for engineers are folded: ${first}`);
    await page.getByText('Technical details').click();
    const rows = await state.innerText();
    for (const text of ['29.97', '2.51 Mbit/s', '1 s', 'H.264, AAC', '0.9 ms', '1 d 2:03:04', 'Application starts\n3', 'set from the network', '0.1.0']) {
        t.true(rows.includes(text), `${text} in ${rows}`);
    }
    api.channels = [channelOf('cam1', { audio: { codec: 'pcma', sampleRate: 8000, channels: 1 } })];
    await page.getByText('H.264, G.711 A-law (no sound in live view)').waitFor();
    api.restarting = true;
    await page.getByText('The application is restarting').waitFor();
    await device.close();
    await page.getByText('The device does not answer').waitFor();
    t.is(await page.locator('.status').textContent(), 'Offline');
    t.deepEqual(errors, []);
});

test.serial('a recording is opened by keyboard, plays in the page, and the way back works', async (t) => {
    const api = new FakeApi();
    const file = recordingOf('cam1', 1);
    api.channels.push(channelOf('cam2', { id: 1 }));
    api.recordings = [file];
    const device = await serve(t, api, (url) => (url.pathname === file.path ? { file: clip } : undefined));
    const { page, errors } = await openPage(t);
    await page.goto(`${device.url}#/recordings/cam1`);
    await page.getByText('Choose a recording').waitFor();
    await tabTo(page, page.getByRole('link', { name: /^Play / }));
    await page.keyboard.press('Enter');
    const first = await eventually(() => shownCode(page), 'a picture of the recording');
    await eventually(async () => (((await shownCode(page))?.frame ?? 0) > first.frame ? true : undefined), 'the recording moves');
    t.is(await page.locator('li[data-current]').count(), 1);
    await screenshot(page, 'recording');
    await page.getByRole('link', { name: 'Back to live' }).click();
    t.true(page.url().endsWith('#/live/cam1'));
    await page.getByRole('link', { name: 'cam2' }).click();
    await page.getByText('No recordings yet').waitFor();
    t.deepEqual(errors, []);
});

test.serial('a recording that is gone, an address that is no address, a channel that is none', async (t) => {
    const device = await serve(t, new FakeApi());
    const { page, errors } = await openPage(t);
    await page.goto(`${device.url}#/recordings/cam1/gone.mp4`);
    await page.getByText('This recording cannot be played').waitFor();
    await page.goto(`${device.url}#/recordings/%zz/%zz`);
    await page.getByText('This recording cannot be played').waitFor();
    await page.goto(`${device.url}#/live/nobody`);
    await page.getByText('There is no camera named “nobody”.').waitFor();
    t.deepEqual(errors, []);
});

test.serial('many channels: a tile each, only those that are seen ask for a picture; the small stream where there is one', async (t) => {
    const api = new FakeApi();
    const small = { ...channelOf('c0'), live: { playlist: '/live/c0/sub/index.m3u8' } };
    api.channels = Array.from({ length: 30 }, (_, n) => channelOf(`c${n}`, { id: n, ...(n === 0 ? { sub: small } : {}) }));
    /** @type {Set<string>} */
    const asked = new Set();
    const device = await serve(t, api, (url) => {
        if (url.pathname.startsWith('/live/')) {
            asked.add(url.pathname + (url.pathname.endsWith('.mp4') ? url.search : ''));
            return { status: 503, body: {} };
        }
        return undefined;
    });
    const { page, errors } = await openPage(t);
    await page.goto(device.url);
    await page.getByRole('link', { name: /^Picture of c29/ }).waitFor({ state: 'attached' });
    await eventually(async () => (asked.size >= 7 && asked.has('/live/c0/sub/index.m3u8') ? true : undefined), 'tiles that are seen ask', 40);
    t.true(asked.has('/live/c0.mp4?stream=sub') && !asked.has('/live/c0/index.m3u8'), [...asked].join(' '));
    t.true(asked.size < 20, `${asked.size} channels were asked for`);
    t.false(asked.has('/live/c29/index.m3u8'));
    await page.getByRole('link', { name: /^Picture of c29/ }).scrollIntoViewIfNeeded();
    await eventually(async () => (asked.has('/live/c29/index.m3u8') ? true : undefined), 'the last tile asks once it is seen');
    asked.clear();
    await tabTo(page, page.getByRole('link', { name: /^Picture of c0/ }));
    await page.keyboard.press('Enter');
    await eventually(async () => (asked.has('/live/c0/index.m3u8') ? true : undefined), 'large: the main stream');
    t.deepEqual(errors, []);
});

test.serial('a camera that does not run says why, in its tile and large; a new one has its place in the order of the settings', async (t) => {
    const api = new FakeApi();
    const problem = 'door: cannot open rtsp://10.0.0.7/live: Connection refused';
    const lost = channelOf('door', { state: 'lost', problem, video: null, audio: null });
    api.channels = [channelOf('yard'), lost];
    const device = await serve(t, api, (url) => (url.pathname.startsWith('/live/') ? { status: 503, body: {} } : undefined));
    for (const [name, options] of /** @type {const} */ ([
        ['phone', { width: 390, height: 844, colorScheme: 'light' }],
        ['desktop', {}],
    ])) {
        const { page, errors } = await openPage(t, options);
        await page.goto(device.url);
        const tile = page.getByRole('link', { name: /^Picture of door/ });
        await tile.getByText(problem).first().waitFor();
        t.is(await tile.locator('.tag').isVisible(), false);
        t.false((await page.locator('.what').allInnerTexts()).some((text) => text.includes('Live')), 'nothing is live: no picture came');
        await screenshot(page, `problem-tiles-${name}`);
        api.channels = [channelOf('yard'), channelOf('gate'), lost];
        await page.getByRole('link', { name: /^Picture of gate/ }).waitFor();
        t.deepEqual(await page.locator('.tile .name').allInnerTexts(), ['yard', 'gate', 'door']);
        await tile.click();
        await page.locator('.stage').getByText(problem).waitFor();
        t.deepEqual(await page.getByRole('navigation', { name: 'Cameras' }).getByRole('link').allInnerTexts(), ['yard', 'gate', 'door']);
        t.is(await page.evaluate(() => document.documentElement.scrollWidth), options.width ?? 1280);
        await screenshot(page, `problem-${name}`);
        t.deepEqual(errors, []);
        api.channels = [channelOf('yard'), lost];
    }
});

test.serial('H.265 where the browser has none: says so and what to do; its small stream plays instead', async (t) => {
    const api = new FakeApi();
    const hevc = { codec: 'h265', width: 3840, height: 2160, fps: 25 };
    api.channels = [channelOf('front', { video: hevc })];
    api.recordings = [recordingOf('front', 1)];
    let asked = 0;
    const device = await serve(t, api, (url) => {
        asked += url.pathname.startsWith('/live/front/sub/') ? 1 : 0;
        return undefined;
    });
    const { page, errors } = await openPage(t);
    await page.goto(device.url);
    if (await page.evaluate(() => MediaSource.isTypeSupported('video/mp4; codecs="hvc1.1.6.L120.90"'))) {
        throw new Error('this Chromium plays H.265: the test needs one that does not');
    }
    await page.getByText('This browser cannot play H.265 (HEVC).').waitFor();
    await page.getByText('give the camera a small stream in H.264').waitFor();
    await screenshot(page, 'hevc');
    await page.getByRole('link', { name: /^Play / }).click();
    await page.getByText('download the recording').waitFor();
    api.channels = [channelOf('front', { video: hevc, sub: { ...channelOf('front'), live: { playlist: '/live/front/sub/index.m3u8' } } })];
    await page.goto(`${device.url}#/live/front`);
    await eventually(async () => (asked > 0 ? true : undefined), 'the small stream is asked for');
    t.deepEqual(errors, []);
});

test.serial('the log: events in words, found by search, followed and held', async (t) => {
    const api = new FakeApi();
    const event = (/** @type {number} */ number, /** @type {string} */ kind, /** @type {string} */ text) => ({ number, at: '2026-11-21T02:51:00Z', channel: 'cam1', kind, code: 0, path: '', text });
    api.events = [event(0, 'source-lost', 'camera <b>gone</b>'), event(1, 'source-resumed', ''), event(2, 'never-heard-of', 'x')];
    const device = await serve(t, api);
    const { page, errors } = await openPage(t);
    await page.goto(`${device.url}#/log`);
    await page.getByText('camera <b>gone</b>').waitFor();
    t.deepEqual(await page.locator('tbody tr td:nth-child(3)').allInnerTexts(), ['never-heard-of', 'camera signal restored', 'camera signal lost']);
    t.true((await page.locator('tbody td').first().innerText()).includes('3:51:00'), 'times of the device: an hour east');
    await page.getByRole('searchbox').fill('lost');
    t.is(await page.locator('tbody tr').count(), 1);
    await page.getByRole('searchbox').fill('');
    api.events.push(event(3, 'motion', 'porch'));
    await page.getByText('porch').waitFor();
    await page.getByLabel('Follow').uncheck();
    api.events.push(event(4, 'motion', 'garden'));
    await page.waitForTimeout(3000);
    t.is(await page.getByText('garden').count(), 0);
    t.deepEqual(errors, []);
});

test.serial('charts: loaded when they are wanted, drawn, in words for those who do not see them', async (t) => {
    const device = await serve(t, new FakeApi());
    const { page, errors } = await openPage(t);
    const loaded = () => page.evaluate(() => performance.getEntriesByType('resource').some((entry) => entry.name.includes('charts')));
    await page.goto(device.url);
    const button = page.getByRole('button', { name: 'Show charts' });
    await button.waitFor();
    t.false(await loaded());
    await button.click();
    const plot = page.getByRole('img', { name: /^Bit rate \(kbit\/s\): Main stream 2512$/ });
    await plot.waitFor();
    t.is(await page.locator('figure canvas').count(), 3);
    t.true(await loaded());
    await page.getByRole('img', { name: 'Capture latency (ms): Median 0.25, 99 % 0.9, Maximum 1.2' }).waitFor();
    await page.waitForTimeout(2500);
    const inked = await page.evaluate(() => {
        const canvas = document.querySelector('figure canvas');
        const context = canvas instanceof HTMLCanvasElement ? canvas.getContext('2d') : null;
        const { data } = context?.getImageData(0, 0, 400, 150) ?? { data: [] };
        return data.some((value, n) => n % 4 === 3 && value > 0);
    });
    t.true(inked);
    await page.getByRole('button', { name: 'Hide charts' }).click();
    t.is(await page.locator('figure').count(), 0);
    t.deepEqual(errors, []);
});
