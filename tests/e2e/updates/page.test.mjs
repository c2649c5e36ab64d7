// The page updates a camera: a bundle is chosen in its room, tried and installed; one that fails is named with its stack.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { openPage } from '../browser/browser.mjs';
import { start, temporary } from '../device.mjs';
import { Workshop } from './applications.mjs';

test.serial('the page sends a bundle, shows its trial, then the version with notes and history; a bad one with its stack', async (t) => {
    t.timeout(240_000);
    const workshop = await new Workshop(temporary(t)).open();
    writeFileSync(path.join(workshop.folder, 'notes.txt'), 'Opens the door.\n');
    const good = await workshop.good('1.0.1', '--notes notes.txt');
    const bad = await workshop.bad('1.0.2', 'throws at start');
    const { device } = start(t, ['--record', 'off', '--update-key', workshop.key, '--update-trial', '5']);
    const url = await device.url();
    const { version } = await device.json('/api/update');
    const { page, errors } = await openPage(t);
    await page.goto(`${url}/#/update`);
    const room = page.getByRole('region', { name: 'Update', exact: true });
    const history = page.getByRole('region', { name: 'Update history' });
    await room.getByText(`camera ${version} · up to date`).waitFor();
    await history.getByText('No updates yet.').waitFor();
    /** @param {string} name @param {Buffer} buffer */
    const install = async (name, buffer) => {
        await page.getByLabel('Update file (.ocb)').setInputFiles({ name, mimeType: '', buffer });
        await page.getByRole('button', { name: 'Install' }).click();
        await room.getByText('Accepted.').waitFor();
    };

    await install('good.ocb', good);
    await room.getByText('trying the new version').waitFor();
    t.true(await page.getByRole('progressbar').isVisible());
    t.true(await page.getByRole('button', { name: 'Install' }).isDisabled());
    await room.getByText('updated 1.0.1 · up to date').waitFor();
    await page.getByRole('progressbar').waitFor({ state: 'hidden' });
    await room.getByText('Slot A: updated 1.0.1').waitFor();
    await room.getByText('Opens the door.').waitFor();
    await history.getByText('1.0.1: installed').waitFor();
    t.is(await history.getByRole('listitem').count(), 1);
    await history.getByText(`from ${version} · by api`).waitFor();

    await install('bad.ocb', bad);
    await history.getByText('1.0.2: failed, previous version restored').waitFor();
    await room.getByText('updated 1.0.1 · up to date').waitFor();
    await history.getByText(/^Version 1\.0\.2 failed on .*: its script failed with an error$/).waitFor();
    t.regex((await page.getByRole('region', { name: 'Stack of the failure' }).textContent()) ?? '', /^Error: no start\n[\s\S]*\(src\/main\.ts:2\)/);
    t.is(await (await fetch(`${url}/api/hello`)).text(), '1.0.1');
    t.deepEqual(errors, []);
    t.is((await device.stop()).code, 0, device.stderr);
});
