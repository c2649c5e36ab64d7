// Cameras in the page with the real program: added with a wrong password, corrected, recorded by hand, shared, removed.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { eventually, start, temporary } from '../device.mjs';
import { openPage, screenshot, shownCode } from './browser.mjs';
import { channelOf, FakeApi } from './fake-api.mjs';
import { fakeDevice } from './fake-device.mjs';
import { lockedCamera } from './locked-camera.mjs';

const login = { user: 'admin', password: 'Front-1' };

test.serial('[O1] [O2] [O3] [O4] a first camera: a wrong password is corrected, a name with a blank, recorded now, removed', async (t) => {
    const settings = path.join(temporary(t), 's.json');
    writeFileSync(settings, '{"channels":[]}');
    const { device } = start(t, ['--settings', settings]);
    const url = await device.url();
    const { page, errors } = await openPage(t);
    await page.goto(`${url}/`);
    await page.getByText('No cameras yet').waitFor();
    await page.getByRole('button', { name: 'Add camera' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add camera' });
    const address = dialog.getByLabel('Address of the camera');
    await dialog.getByRole('button', { name: 'Test' }).click();
    await dialog.getByText('This field is required.').waitFor();
    await address.fill('192.168.1.20');
    await dialog.getByRole('button', { name: 'Test' }).click();
    await dialog.getByRole('button', { name: 'Use rtsp://192.168.1.20/' }).click();
    t.is(await address.inputValue(), 'rtsp://192.168.1.20/');
    const convert = dialog.getByLabel('Convert the sound for browsers');
    await convert.check();
    t.is(await address.inputValue(), 'rtsp://192.168.1.20/#sound=aac');
    await convert.uncheck();
    t.is(await address.inputValue(), 'rtsp://192.168.1.20/');
    await address.fill(await lockedCamera(t, login));
    await dialog.getByLabel('User name').fill(login.user);
    const password = dialog.getByLabel('Password', { exact: true });
    await password.fill('wrong');
    await dialog.getByLabel('Display name').fill('Front Door');
    await dialog.getByLabel('Record', { exact: true }).selectOption('never');
    await dialog.getByRole('button', { name: 'Test' }).click();
    await dialog.locator('.camera-result').getByText('wrong user name or password').first().waitFor();
    t.is(await password.getAttribute('aria-invalid'), 'true');
    await screenshot(page, 'camera-password');
    t.deepEqual((await device.json('/api/status')).channels, [], 'nothing is stored by a test');
    // kept with the wrong one: it stays open to be corrected
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText('Saved, but there is no picture:').waitFor();
    await password.fill(login.password);
    await dialog.getByRole('button', { name: 'Test' }).click();
    await dialog.getByRole('img', { name: 'Picture of the camera' }).waitFor();
    t.true(await dialog.locator('canvas').evaluate((/** @type {HTMLCanvasElement} */ canvas) => (canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? []).some((value, n) => n % 4 !== 3 && value > 60)), 'a picture is drawn');
    await dialog.getByText('640 × 360, H.264').waitFor();
    await screenshot(page, 'camera-test');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('heading', { name: 'Front Door' }).waitFor();
    await eventually(() => shownCode(page), 'it plays', 60);
    const [stored] = (await device.json('/api/channels')).channels;
    t.like(stored, { name: 'front-door', title: 'Front Door', user: login.user, password: '***', record: { mode: 'never' } });

    const state = page.locator('.state > dl');
    await state.getByText('never', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Record now' }).click();
    await page.getByText(/^by hand until you stop it, .* so far$/).waitFor();
    await eventually(async () => ((await device.json('/api/status')).channels[0].recording.active ? true : undefined), 'it is recorded');
    await state.getByText(/^by hand until you stop it.* · recording now$/).waitFor();
    await screenshot(page, 'camera-recording');
    await page.getByRole('button', { name: 'Stop recording' }).click();
    await state.getByText('never', { exact: true }).waitFor();
    await page.getByLabel('How long to record').selectOption('600');
    await page.getByRole('button', { name: 'Record now' }).click();
    await page.getByText(/^by hand until \d.*, .* so far$/).waitFor();
    await page.getByRole('button', { name: 'Stop recording' }).click();
    const picture = await page.request.get((await page.getByRole('link', { name: 'Snapshot' }).getAttribute('href')) ?? '');
    t.deepEqual([picture.status(), picture.headers()['content-type']], [200, 'image/jpeg']);
    await page.getByRole('button', { name: 'Share a link' }).click();
    await page.getByRole('dialog', { name: 'Share Front Door' }).getByText('A link made here would work on this machine only.').waitFor();
    await page.keyboard.press('Escape');

    await page.getByRole('button', { name: 'Edit' }).click();
    const edit = page.getByRole('dialog', { name: 'Edit camera' });
    t.is(await edit.getByLabel('User name').inputValue(), login.user);
    t.is(await edit.getByLabel('Password', { exact: true }).inputValue(), '', 'nobody reads it');
    await edit.getByLabel('Display name').fill('前门 Gate');
    await edit.getByRole('button', { name: 'Save' }).click();
    await edit.waitFor({ state: 'detached' });
    await page.getByRole('heading', { name: '前门 Gate' }).waitFor();
    t.like((await device.json('/api/channels')).channels[0], { name: 'front-door', title: '前门 Gate', password: '***' });
    await page.getByRole('link', { name: 'Log', exact: true }).click();
    await page.getByRole('cell', { name: '前门 Gate' }).first().waitFor();

    await page.getByRole('link', { name: 'Live', exact: true }).click();
    await page.getByRole('button', { name: 'Remove' }).click();
    await page.getByText('Remove 前门 Gate? Its recordings stay.').waitFor();
    t.true(await page.evaluate(() => document.activeElement?.textContent === 'Cancel'), 'Enter alone removes nothing');
    await page.getByRole('button', { name: 'Yes, remove' }).click();
    await page.getByText('No cameras yet').waitFor();
    t.deepEqual((await device.json('/api/status')).channels, []);
    await page.getByRole('link', { name: 'Recordings', exact: true }).click();
    await page.getByLabel('Time line of front-door').waitFor();
    t.deepEqual(errors, []);
});

test.serial('who may only watch sees no button that would be refused; who may operate records; on a phone, in the menu of a tile', async (t) => {
    const api = new FakeApi();
    api.channels = [channelOf('front', { title: 'Front Door' }), channelOf('yard', { id: 1, title: 'A yard with a name that is much too long for a tile' })];
    api.user = 'eve';
    const device = await fakeDevice(t, (url, asked) => (url.pathname.startsWith('/live/') ? { status: 503, body: {} } : api.answer(url, asked)));
    for (const [right, names] of /** @type {const} */ ([
        ['watch', ['Snapshot']],
        ['operate', ['Record now', 'Snapshot']],
        ['own', ['Record now', 'Snapshot', 'Share a link', 'Broadcast', 'Edit', 'Remove']],
    ])) {
        api.right = right;
        const { page, errors } = await openPage(t, { width: 360, height: 740, colorScheme: 'light' });
        await page.goto(device.url);
        await page.getByRole('link', { name: /^Picture of Front Door/ }).waitFor();
        const menu = page.locator('summary[aria-label="Actions for Front Door"]');
        await menu.focus();
        await page.keyboard.press('Enter');
        const actions = page.getByRole('group', { name: 'Actions for Front Door' });
        await eventually(async () => ((await actions.locator('button:visible, a:visible').allInnerTexts()).join() === names.join() ? true : undefined), `what ${right} may do`);
        t.is(await page.getByRole('button', { name: 'Add camera' }).count(), right === 'own' ? 1 : 0);
        t.is(await page.evaluate(() => document.documentElement.scrollWidth), 360);
        await screenshot(page, `camera-menu-${right}`);
        if (right !== 'watch') {
            await actions.getByLabel('How long to record').selectOption('60');
            await actions.getByRole('button', { name: 'Record now' }).click();
            await eventually(async () => (api.changes.some(({ what }) => what === 'POST /api/commands/record') ? true : undefined), 'the command');
            t.deepEqual(api.changes.find(({ what }) => what === 'POST /api/commands/record')?.body, { channel: 'front', now: true, seconds: 60 });
            api.changes = [];
        }
        await page.keyboard.press('Escape');
        await eventually(async () => ((await actions.isVisible()) ? undefined : true), 'it is closed');
        t.true(await menu.evaluate((element) => element === document.activeElement), 'the focus is back');
        if (right === 'own') {
            await menu.click();
            await actions.getByRole('button', { name: 'Share a link' }).click();
            const dialog = page.getByRole('dialog', { name: 'Share Front Door' });
            await dialog.getByRole('button', { name: 'Make a watch link' }).click();
            await dialog.getByRole('link', { name: /\/w\/l2\.abc\/$/ }).waitFor();
            t.deepEqual(api.changes.find(({ what }) => what === 'POST /api/links')?.body, { channel: 'front', seconds: 86_400 });
            await screenshot(page, 'camera-share');
            await page.keyboard.press('Escape');
            t.true(await menu.evaluate((element) => element === document.activeElement), 'the focus is back');
        }
        t.deepEqual(errors, []);
    }
});
