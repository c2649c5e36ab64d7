// The day of a camera: time line, calendar, events, clips, storage, by mouse, touch and keyboard, in every state.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../../scripts/lib.mjs';
import { eventually } from '../device.mjs';
import { openPage, screenshot, shownCode } from './browser.mjs';
import { channelOf, FakeApi, recordingOf } from './fake-api.mjs';
import { fakeDevice } from './fake-device.mjs';
import { FakePast } from './fake-past.mjs';

const clip = path.join(root, 'assets', 'clip.mp4');
/** The clock of the fake device: 03:51 in Berlin. */
const now = Date.parse('2026-11-21T02:51:00.123Z');
const hour = 3_600_000;
const berlin = (/** @type {string} */ time) => Date.parse(`2026-11-21T${time}+01:00`);

/** A device with a past: three hours with a gap, and some events. */
function withPast() {
    const api = new FakeApi();
    api.channels = ['front', 'yard'].map((name, id) => channelOf(name, { id }));
    api.recordings = Array.from({ length: 5 }, (_, n) => recordingOf('front', n));
    const past = new FakePast();
    api.past = past;
    past.spans = [
        { start: now - 30 * hour, end: now - 20 * hour },
        { start: berlin('00:30:00'), end: berlin('01:45:00') },
        { start: berlin('02:10:00'), end: now },
    ];
    past.add('motion', now - 25 * hour);
    past.add('motion', berlin('00:40:00'));
    past.add('human', berlin('00:41:30'));
    past.add('sound', berlin('01:20:00'));
    past.add('doorbell', berlin('02:40:00'), { picture: null });
    past.add('linkage', berlin('02:55:00'));
    past.add('motion', berlin('03:20:00'), { end: new Date(berlin('03:26:00')).toISOString(), protected: true });
    past.add('human', berlin('03:22:00'));
    past.add('human', berlin('03:30:00'), { channel: 'yard' });
    return { api, past };
}

/** @type {string} */
let folder;

/** The clip as HLS of the past: its playlist, with the clock, and its pieces. @param {number} from */
function playlistOf(from) {
    folder = path.join(root, 'build', 'tests', 'day');
    mkdirSync(folder, { recursive: true });
    const list = path.join(folder, 'index.m3u8');
    execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', clip, '-c', 'copy', '-f', 'hls', '-hls_time', '2', '-hls_list_size', '0', '-hls_segment_type', 'fmp4', list]);
    let at = from;
    return readFileSync(list, 'utf8').replace(/#EXTINF:([\d.]+)/g, (line, seconds) => {
        const date = `#EXT-X-PROGRAM-DATE-TIME:${new Date(at).toISOString()}`;
        at += Number(seconds) * 1000;
        return `${date}\n${line}`;
    });
}

/** @param {import('ava').ExecutionContext} t @param {FakeApi} api @param {(url: URL) => import('./fake-device.mjs').Reply | undefined} [more] */
const serve = (t, api, more) => fakeDevice(t, (url, request) => more?.(url) ?? api.answer(url, request) ?? (url.pathname.startsWith('/recordings/') ? { file: clip } : undefined));

const line = '.line[role="slider"]';
/** @param {import('playwright-core').Page} page */
const valueText = (page) => page.locator(line).getAttribute('aria-valuetext');

test.serial('a day: time line with its words, events with pictures, storage in words; both sizes, both colours', async (t) => {
    const { api } = withPast();
    const device = await serve(t, api);
    for (const [name, options] of /** @type {const} */ ([
        ['desktop', { colorScheme: 'dark' }],
        ['desktop-light', { colorScheme: 'light', width: 1440, height: 1000 }],
        ['phone', { width: 320, height: 700, colorScheme: 'light' }],
        ['phone-zh', { width: 360, height: 740, locale: 'zh-CN' }],
    ])) {
        const { page, errors } = await openPage(t, options);
        await page.goto(`${device.url}#/recordings/front`);
        await page.locator('.event').first().waitFor();
        await page.locator('.storage dd').first().waitFor();
        await page.getByText(options.locale === 'zh-CN' ? '请选择时间' : 'Choose a time', { exact: true }).waitFor();
        t.is(await page.evaluate(() => document.documentElement.scrollWidth), options.width ?? 1280, name);
        await screenshot(page, `day-${name}`);
        const box = page.locator(line);
        await box.hover({ position: { x: ((await box.boundingBox())?.width ?? 0) / 20, y: 60 } });
        await page.locator('.peek img').waitFor({ state: 'visible' });
        await screenshot(page, `day-${name}-peek`);
        await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
        await screenshot(page, `day-${name}-end`);
        t.deepEqual(errors, []);
    }
});

test.serial('a store that refuses is named beside the storage, and tried again at once by whoever owns the camera [A8]', async (t) => {
    const { api } = withPast();
    api.cloud = { state: 'blocked', reason: 'DENIED: the key may not write', lagMs: 90_000, waitingBytes: 1e6, gaps: 0, gapMs: 0 };
    const device = await serve(t, api);
    const { page, errors } = await openPage(t);
    await page.goto(`${device.url}#/recordings/front`);
    const storage = page.getByRole('region', { name: 'Storage' });
    await storage.getByText('DENIED: the key may not write').waitFor();
    await storage.getByRole('button', { name: 'Try again' }).click();
    await eventually(async () => (api.changes.length > 0 ? true : undefined), 'the device was asked');
    t.deepEqual(api.changes, [{ what: 'PATCH /api/settings', body: {} }]);
    api.cloud = { ...api.cloud, state: 'idle', reason: '', lagMs: 0 };
    await storage.getByRole('button', { name: 'Try again' }).waitFor({ state: 'hidden' });
    api.cloud = { ...api.cloud, state: 'retrying', reason: 'TIMEOUT: no answer' };
    api.right = 'watch';
    await page.reload();
    await storage.getByText('TIMEOUT: no answer').waitFor();
    t.is(await storage.getByRole('button', { name: 'Try again' }).count(), 0, 'not by a guest');
    t.deepEqual(errors, []);
});

test.serial('the time line by keyboard: moves, zooms, events, and says where it is', async (t) => {
    const { api } = withPast();
    api.recordings = []; // nothing plays: the cursor is where the keys put it
    const device = await serve(t, api);
    const { page, errors } = await openPage(t);
    await page.goto(`${device.url}#/recordings/front/2026-11-21`);
    await page.locator('.event').first().waitFor();
    const slider = page.locator(line);
    await slider.focus();
    t.is(await slider.getAttribute('aria-valuemax'), '86400');
    await page.keyboard.press('Home');
    t.is(await slider.getAttribute('aria-valuenow'), '0');
    t.regex((await valueText(page)) ?? '', /12:00:00.AM, nothing recorded/);
    await page.keyboard.press('ArrowRight');
    t.is(await slider.getAttribute('aria-valuenow'), '1440', 'a sixtieth of the day');
    await page.keyboard.press('PageUp');
    t.regex((await valueText(page)) ?? '', /12:40:00.AM, recorded, Motion/);
    await page.keyboard.press('PageUp');
    t.regex((await valueText(page)) ?? '', /12:41:30.AM, recorded, Person/);
    await page.keyboard.press('PageDown');
    t.regex((await valueText(page)) ?? '', /12:40:00/);
    for (let n = 0; n < 40; n++) {
        await page.keyboard.press('+');
    }
    await page.keyboard.press('ArrowLeft');
    t.regex((await valueText(page)) ?? '', /12:39:59/, 'a minute is seen: one second');
    await page.keyboard.press('End');
    t.regex((await valueText(page)) ?? '', /3:5\d:\d\d.AM/, 'now');
    t.deepEqual(errors, []);
});

test.serial('a past that plays: from an event, over the page of the past, by HLS; and by files where there is none', async (t) => {
    const { api } = withPast();
    const begin = berlin('03:20:00');
    const list = playlistOf(begin);
    let hls = true;
    /** @type {string[]} */
    const requests = [];
    const device = await serve(t, api, (url) => {
        if (!url.pathname.startsWith('/playback/')) {
            return undefined;
        }
        requests.push(url.search);
        if (!hls) {
            return { status: 404, body: {} };
        }
        return url.pathname.endsWith('.m3u8') ? { html: list } : { file: path.join(folder, path.basename(url.pathname)) };
    });
    const { page, errors } = await openPage(t);
    await page.goto(`${device.url}#/recordings/front`);
    await page.getByRole('button', { name: /^Motion, 3:20:00/ }).click();
    const first = await eventually(() => shownCode(page), 'a picture of the past');
    await eventually(async () => (((await shownCode(page))?.frame ?? 0) > first.frame ? true : undefined), 'it moves');
    t.regex(requests[0] ?? '', new RegExp(`from=${begin}$`), 'nearer to now than two hours: into the live edge');
    await eventually(async () => (/3:20:0[1-9]/.test((await valueText(page)) ?? '') ? true : undefined), 'the cursor goes along');
    await screenshot(page, 'day-playing');
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
    const time = () => page.evaluate(() => document.querySelector('video')?.currentTime ?? 0);
    const still = await time();
    await page.getByRole('button', { name: 'One picture on' }).click();
    t.true(Math.abs((await time()) - still - 1 / 29.97) < 0.001, 'one picture of a camera with 29.97 in a second');
    hls = false;
    await page.reload();
    await page.getByRole('button', { name: /^Motion, 3:20:00/ }).click();
    await eventually(() => shownCode(page), 'a picture of the file');
    t.deepEqual(errors, []);
});

test.serial('kept, deleted once for good, gone meanwhile; a clip with its marks; a bookmark', async (t) => {
    const { api, past } = withPast();
    api.recordings = [];
    const device = await serve(t, api);
    const { page, errors } = await openPage(t);
    await page.goto(`${device.url}#/recordings/front`);
    const lock = page.getByRole('button', { name: /^Keep Doorbell/ });
    await lock.click();
    await eventually(async () => ((await lock.getAttribute('aria-pressed')) === 'true' ? true : undefined), 'it is kept');
    t.true(past.events.find(({ kind }) => kind === 'doorbell')?.protected);
    const remove = page.getByRole('button', { name: /^Delete Doorbell/ });
    await remove.click();
    t.is(await page.evaluate(() => document.activeElement?.textContent), 'Cancel', 'what cannot be undone is not under the finger');
    await page.getByText('This cannot be undone').waitFor();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByText('Stop keeping it first').waitFor();
    const sound = page.getByRole('button', { name: /^Delete Sound/ });
    past.events = past.events.filter(({ kind }) => kind !== 'sound'); // somebody else
    await sound.click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await eventually(async () => ((await sound.count()) === 0 ? true : undefined), 'it is gone');
    // a clip
    await page.locator(line).focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('PageUp');
    await page.getByRole('button', { name: 'Save a clip…' }).click();
    await page.getByText('12:39:55').waitFor();
    await screenshot(page, 'day-clip');
    const saved = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    t.is((await saved).suggestedFilename(), 'front 2026-11-21 00.39.55.mp4');
    t.is(past.exports[0], `?from=${berlin('00:39:55')}&to=${berlin('00:40:30')}&format=plain`);
    await page.getByText('Saved: front').waitFor();
    t.is(await page.getByText('Damaged recordings').count(), 0);
    past.exportHeaders = { 'x-ocellus-left-out': '2; front/a.mp4, front/b.mp4' };
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Damaged recordings that are left out: 2.').waitFor();
    past.exportStatus = 409;
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('until 03:00').waitFor();
    await page.getByRole('region', { name: 'Save a clip' }).getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Bookmark', exact: true }).first().click();
    await page.getByText('Bookmark added').waitFor();
    const { body } = past.changes.at(-1) ?? {};
    t.deepEqual([body.kind, body.channel, body.protected, Date.parse(body.start)], ['bookmark', 'front', true, berlin('00:40:00')]);
    t.deepEqual(errors, []);
});

test.serial('thousands of events: the list goes back to the first and holds few of them at once', async (t) => {
    const { api, past } = withPast();
    past.events = [];
    for (let n = 0; n < 3000; n++) {
        past.add('motion', now - 3000 * 10_000 + n * 10_000, { picture: null });
    }
    const device = await serve(t, api);
    const { page, errors } = await openPage(t);
    await page.goto(`${device.url}#/recordings/front`);
    await page.locator('.event').first().waitFor();
    let rowsMax = 0;
    await eventually(async () => {
        const rows = await page.evaluate(() => {
            const box = /** @type {HTMLElement} */ (document.querySelector('.events'));
            box.scrollTop = box.scrollHeight;
            return { count: document.querySelectorAll('.event').length, pages: document.querySelectorAll('.page').length };
        });
        rowsMax = Math.max(rowsMax, rows.count);
        return rows.pages >= 12 ? true : undefined;
    }, 'twelve pages');
    t.true(rowsMax <= 200, `${rowsMax} rows at once`);
    t.deepEqual(errors, []);
});

test.serial('states: nothing recorded yet, no clock, no pictures, the device gone, a device from before', async (t) => {
    const { api, past } = withPast();
    past.spans = [];
    past.events = [];
    past.pictures = false;
    const status = api.status.bind(api);
    /** @type {string | undefined} */
    let quality;
    api.status = () => {
        const now = status();
        return quality === undefined ? now : { ...now, clock: { now: '1970-01-01T00:01:00.000Z', quality } };
    };
    const device = await serve(t, api);
    const { page, errors } = await openPage(t);
    await page.goto(`${device.url}#/recordings/front`);
    await page.getByText('Nothing was recorded on this day').waitFor();
    await page.getByText('No events.').waitFor();
    quality = 'none';
    await page.reload();
    await page.getByText('The clock of the device is not set').waitFor();
    quality = undefined;
    past.spans = [{ start: berlin('00:00:00'), end: now }];
    await page.reload();
    await page.getByText('Choose a time', { exact: true }).waitFor();
    await page.locator(line).hover({ position: { x: 30, y: 60 } });
    await page.locator('.peek .missing').waitFor({ state: 'visible' });
    api.past = null;
    await page.reload();
    await page.getByText('Choose a recording').waitFor();
    t.deepEqual(errors, []);
});
