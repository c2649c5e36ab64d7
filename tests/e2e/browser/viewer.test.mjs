// The page alone, against a device that answers what the test dictates: sizes, messages, keyboard.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { buildFolder } from '../../../scripts/build.mjs';
import { root } from '../../../scripts/lib.mjs';
import { eventually } from '../device.mjs';
import { openPage, screenshot, shownCode } from './browser.mjs';
import { fakeDevice } from './fake-device.mjs';

const clip = path.join(root, 'assets', 'clip.mp4');
const file = '/recordings/cam1/ocellus_20261121T025100.123Z_20261121T025110.123Z.mp4';

/** @param {object[]} channels */
const status = (channels) => ({
    version: '0.1.0',
    name: 'front door',
    uptimeSeconds: 93784,
    script: { generation: 3, restarts: 2, lastEnd: null },
    channels,
});
const channel = {
    id: 0,
    name: 'cam1',
    state: 'running',
    video: { codec: 'h264', width: 1920, height: 1080, fps: 29.97 },
    audio: { codec: 'aac', sampleRate: 48000, channels: 1 },
    bitrate: 2512000,
    gopMs: 1001,
    recording: { active: true },
    live: { playlist: '/live/cam1/index.m3u8' },
};
const recording = {
    channel: 'cam1',
    name: 'ocellus',
    path: file,
    start: '2026-11-21T02:51:00.123Z',
    end: '2026-11-21T02:51:10.123Z',
    bytes: 655822,
    open: false,
};

test('the page itself is at most 80 KB and everything at most 400 KB, compressed', (t) => {
    const folder = path.join(buildFolder('linux'), 'viewer');
    const sizes = readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => path.extname(name) !== '')
        .map((name) => ({ name, bytes: gzipSync(readFileSync(path.join(folder, name))).length }));
    const all = sizes.reduce((sum, s) => sum + s.bytes, 0);
    const library = sizes.filter((s) => s.name.includes('hls')).reduce((sum, s) => sum + s.bytes, 0);
    t.log(`page ${all - library} bytes, with the player library ${all} bytes`);
    t.true(library > 0, 'the library is a file of its own');
    t.true(all - library <= 80_000);
    t.true(all <= 400_000);
});

test('nothing inline and no data: address in the built page', (t) => {
    const folder = path.join(buildFolder('linux'), 'viewer');
    const html = readFileSync(path.join(folder, 'index.html'), 'utf8');
    t.notRegex(html, /<script(?![^>]* src=)/);
    t.notRegex(html, /<style|style=| on\w+=|data:/);
});

test('no channels: says so', async (t) => {
    const device = await fakeDevice(t, (url) => (url.pathname === '/api/status' ? { body: status([]) } : undefined));
    const { page, errors } = await openPage(t);
    await page.goto(device.url);
    await page.getByText('No channel yet').waitFor();
    t.is(await page.locator('.status').textContent(), 'Online');
    t.deepEqual(errors, []);
});

test('state, no recordings, then the script restarts, then the device is gone', async (t) => {
    let restarting = false;
    const device = await fakeDevice(t, (url) => {
        if (url.pathname.startsWith('/api/') && restarting) {
            return { status: 503, body: { error: { code: 'BUSY', message: 'restarting' } } };
        }
        if (url.pathname === '/api/status') {
            return { body: status([channel]) };
        }
        return url.pathname === '/api/recordings' ? { body: { recordings: [], next: null } } : undefined;
    });
    const { page, errors } = await openPage(t);
    await page.goto(device.url);
    await page.getByText('No recordings yet').waitFor();
    const rows = await page.locator('dl').innerText();
    for (const text of ['running', '1920 × 1080', '29.97', '2.51 Mbit/s', '1 s', 'h264, aac', 'on', '1 d 2:03:04', 'no. 3', '0.1.0']) {
        t.true(rows.includes(text), `${text} in ${rows}`);
    }
    restarting = true;
    await page.getByText('The application is starting again').waitFor();
    await device.close();
    await page.getByText('The device does not answer').waitFor();
    t.is(await page.locator('.status').textContent(), 'Offline');
    t.deepEqual(errors, []);
});

test('a recording is opened by keyboard, plays in the page, and the way back works', async (t) => {
    const device = await fakeDevice(t, (url) => {
        switch (url.pathname) {
            case '/api/status':
                return { body: status([channel, { ...channel, id: 1, name: 'cam2' }]) };
            case '/api/recordings':
                return { body: { recordings: url.searchParams.get('channel') === 'cam1' ? [recording] : [], next: null } };
            case file:
                return { file: clip };
            default:
                return undefined;
        }
    });
    const { page, errors } = await openPage(t);
    await page.goto(device.url);
    const open = page.getByRole('link', { name: /^Play / });
    await open.waitFor();
    for (let n = 0; n < 40 && !(await open.evaluate((link) => link === document.activeElement)); n++) {
        await page.keyboard.press('Tab');
    }
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
