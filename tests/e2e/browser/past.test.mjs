// What a person does with a day that is over, against the real program: wheel, pinch, keyboard, short recordings, filters, calendar,
// keep, delete, clips, the last event of all cameras, zones. One device for all of it.
import path from 'node:path';
import test from 'ava';
import { root } from '../../../scripts/lib.mjs';
import { decode, record } from '../../hosts/spans.mjs';
import { eventually, start, temporary } from '../device.mjs';
import { openPage, screenshot, shownCode } from './browser.mjs';

const [hour, dayMs] = [3_600_000, 86_400_000];
const clip = path.join(root, 'assets', 'clip.mp4');

/** @param {import('playwright-core').Page} page */
function handsOf(page) {
    const slider = page.locator('.line[role="slider"]');
    /** The hand at a part of the width, on the band of recordings. @param {number} part */
    const place = async (part) => {
        const box = await slider.boundingBox();
        return { x: (box?.x ?? 0) + (box?.width ?? 0) * part, y: (box?.y ?? 0) + 60 };
    };
    /** The second of the day below the mouse, as the page says it. @param {number} part */
    const below = async (part) => {
        const { x, y } = await place(part);
        await page.mouse.move(x, y);
        const text = await page.locator('.peek .when').innerText();
        const [, hours, minutes, seconds, half] = /^(\d+):(\d\d):(\d\d).([AP])M$/.exec(text) ?? [];
        return (Number(hours) % 12) * 3600 + (half === 'P' ? 43_200 : 0) + Number(minutes) * 60 + Number(seconds);
    };
    return {
        slider,
        place,
        below,
        /** Seconds that are seen, from one edge to the other. */
        seen: async () => Math.abs((await below(0.4)) - (await below(0.3))) * 10,
        /** @param {RegExp} text */
        says: (text) => eventually(async () => (text.test((await slider.getAttribute('aria-valuetext')) ?? '') ? true : undefined), `the line says ${text}`),
    };
}

test.serial('[E9] a day that is over: seen, moved, filtered, kept, deleted and saved by mouse, finger and keyboard', async (t) => {
    const data = temporary(t);
    const from = Math.floor(Date.now() / dayMs) * dayMs - dayMs; // yesterday
    const day = new Date(from).toISOString().slice(0, 10);
    record(data, from + 6 * hour, { seconds: 20, fps: 4, first: 100, gop: 4 });
    record(data, from + 12.5 * hour, { seconds: 2, fps: 4, first: 1000, gop: 4 });
    record(data, from + 18 * hour, { seconds: 20, fps: 4, first: 2000, gop: 4 });
    const { device } = start(t, ['--record', 'off'], { data, env: { TZ: 'UTC' } });
    const url = await device.url();
    await eventually(async () => ((await device.json('/api/recordings?channel=cam1')).recordings.length === 3 ? true : undefined), 'three recordings');
    /** @param {string} where @param {object} what */
    const post = async (where, what) => {
        const answer = await fetch(url + where, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(what) });
        t.true(answer.ok, await answer.text());
    };
    await post('/api/channels', { name: 'yard', input: clip });
    await post('/api/events', { kind: 'motion', channel: 'cam1', start: from + 6 * hour + 5000, end: from + 6 * hour + 9000 });
    await post('/api/events', { kind: 'doorbell', channel: 'cam1', start: from + 18 * hour + 5000, end: from + 18 * hour + 9000 });
    const { page, errors } = await openPage(t);
    const { slider, place, seen, below, says } = handsOf(page);
    await page.goto(`${url}/#/recordings/cam1/${day}`);
    await page.getByText('Choose a time', { exact: true }).waitFor();

    // two seconds of a day are seen
    const columns = await slider.locator('canvas').evaluate((element) => {
        const canvas = /** @type {HTMLCanvasElement} */ (element);
        const scale = canvas.width / canvas.clientWidth;
        const middle = Math.round((canvas.width * 12.5) / 24);
        const { data } = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d')).getImageData(middle - 8 * scale, 60 * scale, 16 * scale, 1);
        const colors = Array.from({ length: 16 * scale }, (_, n) => data.slice(n * 4, n * 4 + 3).join());
        return colors.filter((color) => color !== colors[0]).length / scale;
    });
    t.true(columns >= 3 && columns <= 5, `${columns} pixels`);

    // the mouse beside them means them, and their picture comes
    const { width = 0 } = (await slider.boundingBox()) ?? {};
    const beside = await place(12.5 / 24);
    await page.mouse.move(beside.x + 9, beside.y);
    t.regex(await page.locator('.peek .when').innerText(), /^12:30:00/);
    const loaded = (/** @type {string} */ images) => page.locator(images).evaluateAll((found) => found.filter((image) => image instanceof HTMLImageElement && !image.hidden && image.naturalWidth > 0).length);
    await eventually(async () => ((await loaded('.peek img')) === 1 ? true : undefined), 'the picture below the mouse');
    await eventually(async () => ((await loaded('.event img')) === 2 ? true : undefined), 'pictures of the events');
    await page.mouse.click(beside.x + 9, beside.y);
    await says(/12:30:0[0-2].PM, recorded/);
    const shown = await eventually(() => shownCode(page), 'the picture of the short recording');
    t.true(shown.frame >= 1000 && shown.frame < 1008, `picture ${shown.frame}`);
    await page.locator('.stage .notice').waitFor({ state: 'hidden' }); // nothing is loading any more
    await screenshot(page, 'past-short');

    // wheel: zoom at the hand, and move
    t.true(Math.abs((await seen()) - 86_400) < 20);
    const held = await below(0.3);
    await slider.evaluate((line) => line.addEventListener('wheel', () => (line.dataset['turns'] = `${Number(line.dataset['turns'] ?? 0) + 1}`)));
    for (let n = 1; n <= 4; n++) {
        await page.mouse.wheel(0, -300);
        await page.locator(`.line[data-turns="${n}"]`).waitFor(); // the mouse stays until then
    }
    t.true((await seen()) < 10_000, 'the wheel has zoomed');
    const now = await below(0.3);
    t.true(Math.abs(now - held) <= 86_400 / width, `to a pixel the instant below the hand stays: ${held} ${now}`);
    await page.keyboard.down('Shift');
    await page.mouse.wheel(0, width / 4);
    await page.keyboard.up('Shift');
    await eventually(async () => ((await below(0.3)) > held + 1000 ? true : undefined), 'the line has moved');
    await page.getByRole('button', { name: 'Whole day' }).click();
    t.true(Math.abs((await seen()) - 86_400) < 20);

    // fingers: two of them zoom, one that is beside a short recording hits it
    const touch = await page.context().newCDPSession(page);
    await touch.send('Emulation.setTouchEmulationEnabled', { enabled: true, maxTouchPoints: 2 });
    /** @param {'touchStart' | 'touchMove' | 'touchEnd'} type @param {number[]} xs */
    const fingers = (type, ...xs) => touch.send('Input.dispatchTouchEvent', { type, touchPoints: xs.map((x, id) => ({ x, y: beside.y, id })) });
    const { x: middle } = await place(0.75);
    await fingers('touchStart', middle - 20, middle + 20);
    for (let far = 30; far <= 120; far += 10) {
        await fingers('touchMove', middle - far, middle + far);
    }
    await fingers('touchEnd');
    await eventually(async () => ((await seen()) < 43_200 ? true : undefined), 'two fingers have zoomed');
    await page.getByRole('button', { name: 'Whole day' }).click();
    await slider.focus();
    await page.keyboard.press('Home');
    await says(/12:00:00.AM, nothing recorded/);
    await fingers('touchStart', beside.x - 10);
    await fingers('touchEnd');
    await says(/12:30:0[0-2].PM, recorded/);

    // keyboard: to the events, and play
    await slider.focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('PageUp');
    await says(/6:00:05.AM, recorded, Motion/);
    await page.keyboard.press('Enter');
    await eventually(async () => ((((await shownCode(page))?.frame ?? 0) >= 120 && ((await shownCode(page))?.frame ?? 0) < 180) ? true : undefined), 'the recording of the event plays');

    // kinds: the list and the line
    const rows = page.locator('.event');
    t.is(await rows.count(), 2);
    const kinds = page.getByRole('group', { name: 'Kinds of events shown' });
    await kinds.getByRole('button', { name: 'Motion' }).click();
    await eventually(async () => ((await rows.count()) === 1 ? true : undefined), 'one kind');
    t.regex(await rows.first().innerText(), /Motion/);
    await kinds.getByRole('button', { name: 'Motion' }).click();
    await eventually(async () => ((await rows.count()) === 2 ? true : undefined), 'all kinds');

    // a clip of the short recording
    await page.mouse.click(beside.x, beside.y);
    await says(/12:30:0[0-2].PM/);
    await page.getByRole('button', { name: 'Save a clip…' }).click();
    const saved = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    const file = await (await saved).path();
    t.deepEqual(decode(file).map(({ frame }) => frame), [1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007]);
    await page.getByText('Saved: cam1').waitFor();
    await screenshot(page, 'past-clip');
    await page.getByRole('region', { name: 'Save a clip' }).getByRole('button', { name: 'Cancel' }).click();

    // keep, refuse, let go, delete: the event, then a file
    const lock = page.getByRole('button', { name: /^Keep Doorbell/ });
    await lock.click();
    await eventually(async () => ((await lock.getAttribute('aria-pressed')) === 'true' ? true : undefined), 'it is kept');
    const events = async () => (await device.json('/api/event-log?channel=cam1')).events;
    t.deepEqual((await events()).filter((/** @type {any} */ one) => one.protected).map((/** @type {any} */ one) => one.kind), ['doorbell']);
    const confirm = page.getByRole('button', { name: 'Delete', exact: true });
    await page.getByRole('button', { name: /^Delete Doorbell/ }).click();
    await confirm.click();
    await page.getByText('Stop keeping it first').first().waitFor();
    await page.getByText('Files', { exact: true }).click();
    const last = page.getByRole('region', { name: 'Files' }).getByRole('button', { name: /^Delete .*6:00:00.PM/ });
    await last.click(); // what is kept is not asked about
    await page.getByRole('region', { name: 'Files' }).getByText('Stop keeping it first').first().waitFor();
    await page.getByRole('button', { name: /^Delete Motion/ }).click();
    await confirm.click();
    await eventually(async () => ((await rows.count()) === 1 ? true : undefined), 'it is gone');
    t.deepEqual((await events()).map((/** @type {any} */ one) => one.kind), ['doorbell']);
    await page.getByRole('region', { name: 'Files' }).getByRole('button', { name: /^Delete .*6:00:00.AM/ }).click();
    await confirm.click();
    await eventually(async () => ((await device.json('/api/recordings?channel=cam1')).recordings.length === 2 ? true : undefined), 'a file less');

    // calendar: a day with nothing, and back, by keyboard
    const chosen = page.locator('.days button[aria-pressed="true"]');
    t.regex((await chosen.getAttribute('class')) ?? '', /recorded/);
    await chosen.focus();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Enter');
    await page.getByText('Nothing was recorded on this day').waitFor();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await page.getByText('Nothing was recorded on this day').waitFor({ state: 'hidden' });

    // all cameras: what happened last, and there by a click
    await page.goto(`${url}/#/`);
    const note = page.locator('.cell .last', { hasText: 'Doorbell' });
    await note.waitFor();
    t.is(await page.locator('.cell').count(), 2);
    await eventually(async () => ((await loaded('.last img')) === 1 ? true : undefined), 'its picture');
    await screenshot(page, 'past-grid');
    await note.click();
    await says(/6:00:0\d.PM, recorded, Doorbell/);

    // zones, by mouse and keyboard, as the device keeps them
    await page.goto(`${url}/#/settings`);
    const camera = page.getByRole('region', { name: 'Cameras', exact: true }).locator(':scope > details').first();
    await camera.locator('summary').first().click();
    const editor = camera.locator('.zone-editor');
    await editor.evaluate((element) => {
        for (let at = element.parentElement; at !== null; at = at.parentElement) {
            if (at instanceof HTMLDetailsElement) {
                at.open = true;
            }
        }
    });
    await editor.getByRole('button', { name: 'Add a zone' }).click();
    const corners = editor.locator('.corner');
    t.is(await corners.count(), 4);
    await editor.scrollIntoViewIfNeeded();
    const stage = await editor.locator('.zone-stage').boundingBox();
    const corner = await corners.first().boundingBox();
    await page.mouse.move((corner?.x ?? 0) + (corner?.width ?? 0) / 2, (corner?.y ?? 0) + (corner?.height ?? 0) / 2);
    await page.mouse.down();
    await page.mouse.move((stage?.x ?? 0) + (stage?.width ?? 0) * 0.1, (stage?.y ?? 0) + (stage?.height ?? 0) * 0.2, { steps: 4 });
    await page.mouse.up();
    await corners.nth(2).focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Shift+ArrowDown');
    await screenshot(page, 'past-zones');
    await camera.getByRole('button', { name: 'Save' }).first().click();
    await page.getByText('Saved.').first().waitFor();
    const { channels } = await device.json('/api/channels');
    t.is(channels.find((/** @type {any} */ one) => one.name === 'cam1').motion.zones, '10,20 65,25 66,75 25,65');
    t.deepEqual(errors, []);
});
