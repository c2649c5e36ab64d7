// The day of a camera against the real program: what was just recorded is on the time line, plays, and can be marked.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { eventually, start, temporary } from '../device.mjs';
import { openPage, screenshot, shownCode } from './browser.mjs';

test.serial('what was recorded is on the time line, plays into what is being recorded, and a bookmark is listed', async (t) => {
    const { device } = start(t);
    const url = await device.url();
    const [channel] = (await device.json('/api/status')).channels;
    const line = await eventually(async () => {
        const found = await device.json(`/api/timeline?channel=${channel.name}`);
        const [span] = found.spans;
        return span && Date.parse(span.end) - Date.parse(span.start) > 6000 ? found : undefined;
    }, 'six seconds of recording');
    const { days } = await device.json(`/api/days?channel=${channel.name}&month=${line.spans[0].start.slice(0, 7)}`);
    t.true(days.some((/** @type {any} */ { seconds }) => seconds > 0), JSON.stringify(days));
    const { page, errors } = await openPage(t);
    await page.goto(`${url}/#/recordings/${channel.name}/${line.spans[0].start}`);
    const first = await eventually(() => shownCode(page), 'a picture of the past');
    await eventually(async () => (((await shownCode(page))?.frame ?? 0) > first.frame ? true : undefined), 'it moves');
    await page.locator('.line').waitFor();
    await page.getByRole('button', { name: 'Bookmark', exact: true }).first().click();
    await page.getByText('Bookmark added').waitFor();
    await page.getByRole('button', { name: /^Bookmark, / }).first().waitFor();
    const storage = page.getByRole('region', { name: 'Storage' });
    await storage.getByText('of the disk').waitFor();
    t.regex(await storage.innerText(), /Recordings\s+[\d.]+ [kMG]B\s+Free\s+[\d.]+ [kMGT]B of [\d.]+ [kMGT]B/);
    await screenshot(page, 'day-device');
    t.deepEqual(errors, []);
});

test.serial('recordings of a channel that got another name, or was removed, are found and play', async (t) => {
    const data = temporary(t);
    writeFileSync(path.join(data, 'settings.json'), JSON.stringify({ channels: [{ name: 'yard', input: 'test:?size=640x360' }] }));
    const { device } = start(t, [], { data });
    const url = await device.url();
    await eventually(async () => ((await device.json('/api/timeline?channel=yard')).spans[0] ? true : undefined), 'a recording');
    /** @param {string} method @param {string} name @param {object} [body] */
    const change = (method, name, body) => fetch(`${url}/api/channels/${name}`, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    t.is((await change('PATCH', 'yard', { name: 'garden' })).status, 200);
    await eventually(async () => ((await device.json('/api/storage')).recorded.join() === 'garden,yard' ? true : undefined), 'both have recordings');
    const { page, errors } = await openPage(t);
    const { spans } = await device.json('/api/timeline?channel=yard');
    await page.goto(`${url}/#/recordings`);
    const tab = page.getByRole('navigation', { name: 'Cameras' }).getByRole('link', { name: 'yard (removed)' });
    await tab.click();
    await page.waitForURL(/#\/recordings\/yard$/);
    await screenshot(page, 'day-removed');
    await page.goto(`${url}/#/recordings/yard/${spans[0].start}`);
    const first = await eventually(() => shownCode(page), 'a picture of what was recorded under the old name');
    await eventually(async () => (((await shownCode(page))?.frame ?? 0) > first.frame ? true : undefined), 'it moves');
    t.is((await change('DELETE', 'garden')).status, 204);
    await eventually(async () => ((await device.json('/api/status')).channels.length === 0 ? true : undefined), 'there is no camera any more');
    await page.goto('about:blank');
    await page.goto(`${url}/#/recordings`);
    for (const name of ['garden', 'yard']) {
        await page.getByRole('link', { name: `${name} (removed)` }).waitFor();
    }
    t.deepEqual(errors, []);
});
