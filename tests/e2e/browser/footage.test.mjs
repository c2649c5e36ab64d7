// An owner's recordings against the real program: titles, keep, refuse, delete, two marks and one MP4, the day at a glance, the disk.
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { eventually, start, temporary } from '../device.mjs';
import { openPage, screenshot } from './browser.mjs';

/** A device with two closed recordings and one that goes on. @param {import('ava').ExecutionContext} t */
async function recorded(t) {
    const [data, name] = [temporary(t), 'front'];
    writeFileSync(path.join(data, 'settings.json'), JSON.stringify({ channels: [{ name, input: 'test:?size=640x360' }] }));
    const { device } = start(t, [], { data });
    const url = await device.url();
    const patch = (/** @type {object} */ body) => fetch(`${url}/api/channels/${name}`, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    const files = async () => (await device.json(`/api/recordings?channel=${name}`)).recordings;
    for (let count = 1; count <= 2; count++) {
        await eventually(async () => ((await files()).some((/** @type {any} */ one) => one.open && one.bytes > 100_000) ? true : undefined), 'something is recorded');
        t.is((await patch({ record: { mode: 'never' } })).status, 200);
        await eventually(async () => ((await files()).filter((/** @type {any} */ one) => !one.open).length === count ? true : undefined), 'it is closed');
        t.is((await patch({ record: { mode: 'continuous' } })).status, 200);
    }
    await eventually(async () => ((await files()).some((/** @type {any} */ one) => one.open) ? true : undefined), 'it records again');
    return { device, data, url, name, files };
}

test.serial('recordings have titles, are kept, refused with the reason, let go of and deleted; a day goes but what is written [O23]', async (t) => {
    const { url, name, files } = await recorded(t);
    const { page, errors } = await openPage(t);
    await page.goto(`${url}/#/recordings/${name}`);
    const list = page.getByRole('region', { name: 'Files' }).last();
    await page.locator('summary', { hasText: 'Files' }).click();
    await list.getByText(/^Today .* – now$/).waitFor();
    await eventually(async () => ((await list.locator('li').count()) === 3 ? true : undefined), 'three recordings');
    const row = list.locator('li').filter({ hasNotText: '– now' }).first(); // all three may begin with the same key frame
    const title = await row.locator('.when').innerText();
    t.regex(title, /^Today \d+:\d\d.* – /);
    t.regex(await row.locator('.file').innerText(), /\.mp4$/);
    t.regex((await row.getByRole('link', { name: /^Download/ }).getAttribute('download')) ?? '', new RegExp(`^${name} \\d{4}-\\d\\d-\\d\\d \\d\\d\\.\\d\\d\\.\\d\\d\\.mp4$`));
    await row.getByRole('button', { name: `Keep ${title}` }).click();
    await eventually(async () => ((await row.getByRole('button', { name: `Keep ${title}` }).getAttribute('aria-pressed')) === 'true' ? true : undefined), 'it is kept');
    t.true((await files()).some((/** @type {any} */ one) => one.protected));
    await row.getByRole('button', { name: `Delete ${title}` }).click();
    await row.getByText(/It is kept, so it is not deleted: Kept recording, /).waitFor();
    await screenshot(page, 'footage-kept');
    await row.getByRole('button', { name: `Keep ${title}` }).click();
    await eventually(async () => ((await row.getByRole('button', { name: `Keep ${title}` }).getAttribute('aria-pressed')) === 'false' ? true : undefined), 'it is let go of');
    t.true((await files()).every((/** @type {any} */ one) => !one.protected));
    await row.getByRole('button', { name: `Delete ${title}` }).click();
    await row.getByText(`Delete ${title} (`).waitFor();
    await row.getByRole('button', { name: 'Delete', exact: true }).click();
    await eventually(async () => ((await files()).length === 2 ? true : undefined), 'one is gone');
    // the rest of the day, but what is being recorded
    await page.getByRole('button', { name: 'Delete this day…' }).click();
    const panel = page.getByRole('region', { name: 'Delete recordings' });
    await panel.getByText(/^To be deleted for good: Today .*files: 1, /).waitFor();
    await panel.getByText('What is being recorded now stays.').waitFor();
    await screenshot(page, 'footage-day');
    await panel.getByRole('button', { name: 'Delete', exact: true }).click();
    await panel.getByText('Files deleted: 1 of 1.').waitFor();
    const left = await files();
    t.deepEqual(left.map((/** @type {any} */ one) => one.open), [true]);
    t.deepEqual(errors, []);
});

test.serial('two marks by keys make one MP4 of a local name; the disk and its banner; 360 pixels [O24]', async (t) => {
    const { device, data, url, name } = await recorded(t);
    const { page, errors } = await openPage(t, { width: 360, height: 740, colorScheme: 'light' });
    const { spans } = await device.json(`/api/timeline?channel=${name}`);
    const [span] = [...spans].sort((/** @type {any} */ one, /** @type {any} */ other) => Date.parse(other.end) - Date.parse(other.start) - Date.parse(one.end) + Date.parse(one.start));
    await page.goto(`${url}/#/recordings/${name}/${new Date(Date.parse(span.start) + 500).toISOString()}`);
    const slider = page.getByRole('slider');
    const cursor = async () => (await slider.getAttribute('aria-valuetext')) ?? '';
    await eventually(async () => (/M, recorded/.test(await cursor()) ? true : undefined), 'the cursor is in a recording');
    await page.getByText(/^[\d:. s]+ recorded · gaps: \d+ · /).waitFor();
    await slider.focus();
    await page.keyboard.press('i');
    const clip = page.getByRole('region', { name: 'Save a clip' });
    await clip.getByText(/^About /).waitFor();
    await page.keyboard.press('ArrowRight'); // beyond what is recorded: by a click of "Mark end" the clip reaches so far
    await page.getByRole('button', { name: 'Mark end', exact: true }).click();
    await clip.getByText(/^About .* of it was recorded/).waitFor();
    await slider.focus();
    await page.keyboard.press('o');
    await screenshot(page, 'footage-clip-phone');
    const [download] = await Promise.all([page.waitForEvent('download'), clip.getByRole('button', { name: 'Save', exact: true }).click()]);
    t.regex(download.suggestedFilename(), new RegExp(`^${name} \\d{4}-\\d\\d-\\d\\d \\d\\d\\.\\d\\d\\.\\d\\d\\.mp4$`));
    t.true(statSync(await download.path()).size > 10_000);
    t.is(await page.evaluate('document.documentElement.scrollWidth'), 360);
    const storage = page.getByRole('region', { name: 'Storage' });
    await storage.getByText(/still learning/).waitFor();
    await page.goto(`${url}/#/settings`);
    await page.getByRole('region', { name: 'Storage' }).getByText(/of [\d.]+ [GT]B/).waitFor();
    await screenshot(page, 'footage-settings-phone');
    // a disk that is not well is told on every page, as long as it is so, and kept as an event
    rmSync(data, { recursive: true, force: true, maxRetries: 10 });
    const banner = page.getByRole('alert').filter({ hasText: /^The disk of the recordings is missing: nothing is stored\. (?:Cameras: front\. )?Since .* Connect it again\./ });
    await banner.waitFor();
    await screenshot(page, 'footage-gone-phone');
    mkdirSync(data, { mode: 0o700 });
    await banner.waitFor({ state: 'detached' });
    await eventually(async () => ((await device.json('/api/status')).disk.state === 'good' ? true : undefined), 'it is well again'); // it may fail first
    const { events } = await device.json('/api/events?from=0');
    t.deepEqual(
        events.map((/** @type {any} */ { kind }) => kind).filter((/** @type {string} */ kind) => /^(?:data-|disk-gone)/.test(kind)),
        ['data-gone', 'disk-gone', 'data-moved', 'disk-gone'],
    );
    t.deepEqual(errors, []);
});
