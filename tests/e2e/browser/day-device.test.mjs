// The day of a camera against the real program: what was just recorded is on the time line, plays, and can be marked.
import test from 'ava';
import { eventually, start } from '../device.mjs';
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
