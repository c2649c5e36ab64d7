// The room of updates: what runs and what was tried, upload, check, the way back; a device without updates, or with them off.
import test from 'ava';
import { eventually } from '../device.mjs';
import { openPage } from './browser.mjs';
import { FakeApi } from './fake-api.mjs';
import { fakeDevice } from './fake-device.mjs';

/** @param {import('ava').ExecutionContext} t */
async function room(t) {
    const api = new FakeApi();
    const device = await fakeDevice(t, (url, given) => api.answer(url, given));
    const { page, errors } = await openPage(t);
    const open = async () => {
        await page.goto(`${device.url}#/update`);
        await page.reload();
        await page.getByRole('heading', { name: 'Update history' }).waitFor();
    };
    const sent = () => api.changes.map(({ what, body }) => `${what} ${body ?? ''}`.trim());
    return { api, page, errors, open, sent };
}

test.serial('versions, slots, notes, history and the last failure with its stack', async (t) => {
    const { page, errors, open } = await room(t);
    await open();
    await page.getByText('camera 1.2.3 · up to date').waitFor();
    const text = await page.locator('main').innerText();
    for (const part of ['Built in: camera 0.1.0', 'Slot A: camera 1.2.3', 'running · stable · r77 · 210 kB', 'Faster.', 'Slot B: camera 1.2.1', '1.2.2: failed, previous version restored', '1.2.3: installed', 'by host · it ended again and again']) {
        t.true(text.includes(part), `${part} in ${text}`);
    }
    t.regex(text, /Version 1\.2\.2 failed on .*: its script failed with an error/);
    t.is(await page.getByRole('region', { name: 'Stack of the failure' }).innerText(), 'Error: no door\n at ring (src/door.ts:12)');
    t.deepEqual(errors, []);
});

test.serial('a bundle is sent as it is; what the device refuses is shown in its words; progress while it is tried', async (t) => {
    const { api, page, open, sent } = await room(t);
    await open();
    await page.getByRole('button', { name: 'Install' }).click();
    await page.getByText('Choose an update file first.').waitFor();
    t.deepEqual(sent(), []);
    await page.getByLabel('Update file (.ocb)').setInputFiles({ name: 'b.ocb', mimeType: '', buffer: Buffer.from('bundle') });
    api.refusedUpdate = 'its key 0123456789abcdef is not trusted';
    await page.getByRole('button', { name: 'Install' }).click();
    await page.getByText(api.refusedUpdate).waitFor();
    api.refusedUpdate = '';
    Object.assign(api.update ?? {}, { state: 'trial', progress: { bytes: 84_000, of: 210_000 } });
    await page.getByRole('button', { name: 'Install' }).click();
    await page.getByText('Accepted.').waitFor();
    await page.getByText('trying the new version').waitFor();
    t.true(await page.getByRole('button', { name: 'Install' }).isDisabled());
    t.is(await page.getByRole('progressbar').getAttribute('value'), '0.4');
    t.deepEqual(sent(), ['POST /api/update bundle', 'POST /api/update bundle']);
});

test.serial('check, and the way back only when it is confirmed and there is one', async (t) => {
    const { api, page, open, sent } = await room(t);
    Object.assign(api.update ?? {}, { available: { version: '1.3.0', notes: 'Doors.' } });
    await open();
    await page.getByText('Version 1.3.0 is available. Doors.').waitFor();
    await page.getByRole('button', { name: 'Check for updates' }).click();
    await page.getByText('Checking for updates.').waitFor();
    const back = page.getByRole('button', { name: 'Go back to the previous version' });
    await back.click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    t.true(await back.evaluate((button) => button === document.activeElement));
    await back.click();
    await page.getByRole('button', { name: 'Go back', exact: true }).click();
    await eventually(async () => sent().length === 2 || undefined, 'the order');
    t.deepEqual(sent(), ['POST /api/update/check', 'POST /api/update/rollback']);
    api.update?.['slots'].pop();
    await eventually(async () => (await back.isDisabled()) || undefined, 'nothing to go back to');
});

test.serial('updates that are off say how to switch them on; a device without them says so', async (t) => {
    const { api, page, errors, open } = await room(t);
    api.update = { state: 'disabled', name: 'camera', version: '0.1.0' };
    await open();
    await page.getByText('--update-key').waitFor();
    t.is(await page.getByRole('button', { name: 'Install' }).count(), 0);
    await page.getByText('No updates yet.').waitFor();
    api.update = null;
    await open();
    await page.getByText('does not update its application').waitFor();
    t.is(await page.getByRole('button', { name: 'Install' }).count(), 0);
    t.deepEqual(errors.filter((error) => !error.includes('404')), []);
});
