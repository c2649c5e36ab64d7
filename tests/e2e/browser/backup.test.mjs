// Backup, restore and the modes in the page, on real devices: what one device has goes to another one by a file.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { eventually, start, temporary } from '../device.mjs';
import { openPage, screenshot } from './browser.mjs';

const password = 'correct horse battery';

/** The panel of this name. @param {import('playwright-core').Page} page @param {string} name */
const panel = (page, name) => page.getByRole('region', { name, exact: true });

test.serial('a backup is made, shown and restored on another device; a wrong password is said [O32]', async (t) => {
    const old = start(t, ['--record', 'off'], { data: temporary(t) });
    const url = await old.device.url();
    const headers = { 'content-type': 'application/json' };
    const camera = await fetch(`${url}/api/channels`, { method: 'POST', headers, body: '{"name":"porch","title":"Porch","input":"fake:?seed=4"}' });
    t.is(camera.status, 201);
    const { page, errors } = await openPage(t);
    await page.goto(`${url}/#/settings`);
    const backup = panel(page, 'Backup and restore');
    await backup.getByLabel('Password for the file').fill('short');
    await backup.getByRole('button', { name: 'Download backup' }).click();
    await backup.getByText('Use 10 to 128 characters.').waitFor();
    await backup.getByLabel('Password for the file').fill(password);
    await backup.getByLabel('The same password again').fill(`${password}!`);
    await backup.getByRole('button', { name: 'Download backup' }).click();
    await backup.getByText('The two passwords differ.').waitFor();
    await backup.getByLabel('The same password again').fill(password);
    const [download] = await Promise.all([page.waitForEvent('download'), backup.getByRole('button', { name: 'Download backup' }).click()]);
    t.regex(download.suggestedFilename(), /^ocellus-backup-ocellus-\d{4}-\d\d-\d\d\.json$/);
    const file = path.join(temporary(t), 'backup.json');
    await download.saveAs(file);
    t.false(readFileSync(file, 'utf8').includes('porch'));

    const fresh = start(t, ['--record', 'off'], { data: temporary(t) });
    await page.goto(`${await fresh.device.url()}/#/settings`);
    await backup.getByRole('button', { name: 'Show what would change' }).click();
    await backup.getByText('Choose a file.').waitFor();
    await backup.getByLabel('Backup file').setInputFiles(file);
    await backup.getByLabel('Its password').fill('something else');
    await backup.getByRole('button', { name: 'Show what would change' }).click();
    await backup.getByText('the password is wrong, or the file was changed').waitFor();
    const foreign = path.join(temporary(t), 'foreign.json');
    writeFileSync(foreign, '{"hello":1}');
    await backup.getByLabel('Backup file').setInputFiles(foreign);
    await backup.getByRole('button', { name: 'Show what would change' }).click();
    await backup.getByText('the file is no backup of Ocellus, or not a whole one').waitFor();
    await backup.getByLabel('Backup file').setInputFiles(file);
    await backup.getByLabel('Its password').fill(password);
    await backup.getByRole('button', { name: 'Show what would change' }).click();
    await backup.getByText('Cameras that come back: porch').waitFor();
    await screenshot(page, 'backup');
    await backup.scrollIntoViewIfNeeded();
    t.is((await fresh.device.json('/api/channels')).channels.length, 1, 'nothing changed yet');
    await backup.getByRole('button', { name: 'Restore now' }).click();
    await page.getByText('Restored.').waitFor();
    const { channels } = await fresh.device.json('/api/channels');
    t.deepEqual(channels.map((/** @type {{ name: string }} */ { name }) => name), ['cam1', 'porch']);
    t.deepEqual(errors, []);
});

test.serial('a mode is set up in Settings and chosen in the head of the page; only what cannot change in place asks [O31] [O33]', async (t) => {
    const { device } = start(t, ['--record', 'off'], { data: temporary(t) });
    const { page, errors } = await openPage(t, { width: 360, height: 740, colorScheme: 'light' });
    await page.goto(`${await device.url()}/#/settings`);
    const modes = panel(page, 'Home, Away, Night');
    await modes.getByText('Away', { exact: true }).click();
    await modes.getByLabel('Away: Privacy (nothing is captured)').selectOption('on');
    await modes.getByLabel('Away, cam1: Recording').selectOption('never');
    await modes.getByRole('button', { name: 'Save' }).click();
    await modes.getByText('Saved.').waitFor();
    await screenshot(page, 'modes-phone');
    await page.getByLabel('Mode', { exact: true }).selectOption('away');
    await page.getByText('Privacy is on: nothing is captured or recorded.').waitFor();
    t.is((await device.json('/api/status')).mode, 'away');
    await page.reload();
    await eventually(async () => (await page.getByLabel('Mode', { exact: true }).inputValue()) === 'away' || undefined, 'the mode in the head', 20);
    await page.getByLabel('Mode', { exact: true }).selectOption('none');
    await eventually(async () => (await device.json('/api/status')).privacy.on === false || undefined, 'no privacy', 20);

    const generation = async () => (await device.json('/api/status')).channels[0].generation;
    const before = await eventually(async () => (await generation()) || undefined, 'a channel that runs', 20);
    const cameras = panel(page, 'Cameras');
    await cameras.getByText('cam1', { exact: true }).click();
    await cameras.getByLabel('Display name').first().fill('Porch');
    await cameras.getByRole('button', { name: 'Save' }).first().click();
    await cameras.getByText('Saved.').waitFor();
    t.is(await generation(), before, 'nothing asked, nothing opened again');
    await cameras.getByText('Porch', { exact: true }).click();
    await cameras.getByLabel('Sound', { exact: true }).first().uncheck();
    await cameras.getByRole('button', { name: 'Save' }).first().click();
    await cameras.getByText('This opens the camera again').waitFor();
    await cameras.getByRole('button', { name: 'Cancel' }).click();
    await cameras.getByText('Not saved.').waitFor();
    t.is(await generation(), before);
    await cameras.getByRole('button', { name: 'Save' }).first().click();
    await cameras.getByRole('button', { name: 'Save and reopen' }).click();
    await eventually(async () => ((await generation()) ?? before) !== before || undefined, 'a channel that was opened again', 30);
    t.deepEqual(errors, []);
});
