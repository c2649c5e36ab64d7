// The room Access in Chromium: the first password here and from elsewhere, its change, and the house that may watch.
import { spawnSync } from 'node:child_process';
import test from 'ava';
import { ask, closed, cookieOf, login, password } from '../../hosts/closed.mjs';
import { eventually, freePort, program, start, temporary } from '../device.mjs';
import { openPage, screenshot } from './browser.mjs';

/** Everything fits the width. @param {import('playwright-core').Page} page */
const fits = (page) => page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth);

test.serial('on this machine: the first password, then phones of the house after a restart from the page [O5]', async (t) => {
    const port = await freePort();
    const { device } = start(t, ['--record', 'off', '--port', `${port}`], { data: temporary(t) });
    const url = await device.url();
    const { page, errors } = await openPage(t, { anyCertificate: true, colorScheme: 'light' });
    await page.goto(url);
    await page.getByRole('link', { name: 'Access' }).click();
    const [own, house] = [page.getByRole('region', { name: 'Password', exact: true }), page.getByRole('region', { name: 'Phones in this house' })];
    const flip = house.getByLabel('Phones in this house may watch');
    await house.getByText('Set a password first.').waitFor();
    t.true(await flip.isDisabled());
    await own.getByLabel('New password', { exact: true }).fill('too short');
    await own.getByLabel('New password again').fill('too short');
    await own.getByRole('button', { name: 'Set the password' }).click();
    await own.getByText('Too short: at least 10 characters.').waitFor();
    await own.getByLabel('New password', { exact: true }).fill(password);
    await own.getByRole('button', { name: 'Set the password' }).click();
    await own.getByText('The two passwords differ.').waitFor();
    await own.getByLabel('New password again').fill(password);
    await own.getByRole('button', { name: 'Set the password' }).click();
    await own.getByText('The password is set.').waitFor();
    await own.getByLabel('Old password').waitFor();
    await screenshot(page, 'access-own');

    await flip.click();
    await house.getByRole('button', { name: 'Start again now' }).waitFor();
    t.is(await house.getByRole('img').count(), 0, 'no code before the restart that makes it work');
    const { page: tab } = await openPage(t);
    await tab.goto(`${url}/#/log`);
    await house.getByRole('button', { name: 'Start again now' }).click();
    await house.getByRole('button', { name: 'Yes, start again' }).click();
    const there = await house.getByRole('link', { name: `https://127.0.0.1:${port}/#/access` }).getAttribute('href');
    await screenshot(page, 'access-house');
    const secure = `https://127.0.0.1:${port}`;
    await eventually(async () => ((await ask(secure, 'GET /healthz')).status !== 0 ? true : undefined), 'it listens with HTTPS');
    t.is(await tab.getByRole('status').getByRole('link', { name: `https://127.0.0.1:${port}/#/log` }).getAttribute('href'), `https://127.0.0.1:${port}/#/log`, 'a page that is open says where it went');
    const entered = cookieOf(await login(secure));
    const { addresses, fingerprint } = (await ask(secure, 'GET /api/network', { headers: entered })).json;
    t.regex(fingerprint, /^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    const { page: phone, errors: others } = await openPage(t, { anyCertificate: true, width: 360, height: 740 });
    await phone.goto(String(there));
    await phone.fill('input[name=password]', password);
    await phone.keyboard.press('Enter');
    await phone.getByRole('link', { name: 'Access' }).click();
    await phone.getByText('this browser').waitFor();
    const shown = phone.getByRole('region', { name: 'Phones in this house' });
    t.true(await shown.getByLabel('Phones in this house may watch').isChecked());
    if (addresses.length > 0) {
        await shown.getByRole('img', { name: /^QR code of https:\/\// }).waitFor();
        await shown.getByText(fingerprint).waitFor();
    } else {
        await shown.getByText('no address in a network').waitFor();
    }
    t.true(await fits(phone), 'fits a phone');
    await screenshot(phone, 'access-phone');
    t.deepEqual(errors, []);
    t.deepEqual(others, []);
});

test.serial('from elsewhere: the claim code sets the first password, and the page is open [O5]', async (t) => {
    const { device } = start(t, ['--login', 'always', '--record', 'off'], { data: temporary(t) });
    const url = await device.url();
    const [, code = ''] = await device.said(/the claim code ([A-Z2-9]{5}-[A-Z2-9]{5}),/);
    const { page, errors } = await openPage(t, { anyCertificate: true, width: 360, height: 740 });
    await page.goto(url);
    await page.getByRole('heading', { name: 'Set the first password' }).waitFor();
    t.true(await fits(page), 'fits a phone');
    await screenshot(page, 'access-claim');
    await page.getByLabel('Claim code').fill('22222-22222');
    await page.getByLabel('New password', { exact: true }).fill(password);
    await page.getByLabel('New password again').fill(password);
    await page.getByRole('button', { name: 'Set the password' }).click();
    await page.getByText('The claim code is wrong.').waitFor();
    await page.getByLabel('Claim code').fill(code.toLowerCase());
    await page.keyboard.press('Enter');
    await page.waitForSelector('.rooms');
    t.is(new URL(page.url()).pathname, '/');
    t.is((await login(url)).status, 200);
    t.deepEqual(errors, []);
});

test.serial('another password by the old one: this browser stays, the others are out [O5]', async (t) => {
    const { url } = await closed(t);
    const other = cookieOf(await login(url));
    const { page, errors } = await openPage(t, { anyCertificate: true });
    await page.goto(`${url}/login`);
    await page.fill('input[name=password]', password);
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Access' }).click();
    const own = page.getByRole('region', { name: 'Password', exact: true });
    await own.getByLabel('Old password').fill('wrong-wrong-wrong');
    await own.getByLabel('New password', { exact: true }).fill('another-password');
    await own.getByLabel('New password again').fill('another-password');
    await own.getByRole('button', { name: 'Change the password' }).click();
    await own.getByText('The old password is wrong.').waitFor();
    await own.getByLabel('Old password').fill(password);
    await own.getByRole('button', { name: 'Change the password' }).click();
    await own.getByText('The password is changed.').waitFor();
    t.is((await ask(url, 'GET /api/session', { headers: other })).status, 401);
    await page.reload();
    await page.getByText('this browser').waitFor();
    t.is(await own.getByRole('button', { name: 'Remove the password' }).count(), 0, 'others can reach it');
    t.deepEqual(errors, []);
});

test.serial('who may only watch changes the own password, and sees nobody else [O5]', async (t) => {
    const { device, data, url } = await closed(t);
    t.is(spawnSync(program, ['password', '--data', data, '--user', 'guest'], { input: `${password}\n` }).status, 0);
    await device.said(/reloaded the users: 2/);
    const { page, errors } = await openPage(t, { anyCertificate: true, width: 360, height: 740, colorScheme: 'light' });
    await page.goto(`${url}/login`);
    await page.fill('input[name=user]', 'guest');
    await page.fill('input[name=password]', password);
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Access' }).click();
    const own = page.getByRole('region', { name: 'Password', exact: true });
    await own.getByLabel('Old password').fill(password);
    await own.getByLabel('New password', { exact: true }).fill('password-of-a-guest');
    await own.getByLabel('New password again').fill('password-of-a-guest');
    await own.getByRole('button', { name: 'Change the password' }).click();
    await own.getByText('The password is changed.').waitFor();
    t.is(await own.getByLabel('User').inputValue(), 'guest');
    t.deepEqual(await page.getByRole('region').evaluateAll((all) => all.map((one) => one.getAttribute('aria-label'))), ['Password', 'Browsers']);
    await screenshot(page, 'access-guest');
    t.is((await login(url)).status, 200, 'the password of the owner is as it was');
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.waitForURL(`${url}/login`);
    t.deepEqual(errors, []);
});

test.serial('a person who may see one camera live: no other camera, no recordings, no settings, and their addresses are refused [O5]', async (t) => {
    const { url } = await closed(t, ['--input', 'front=fake:?seed=1', '--input', 'yard=fake:?seed=2']);
    const { page, errors } = await openPage(t, { anyCertificate: true });
    await page.goto(`${url}/login`);
    await page.fill('input[name=password]', password);
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Access' }).click();
    const people = page.getByRole('region', { name: 'People' });
    await people.getByRole('button', { name: 'Add a person' }).click();
    const form = people.getByRole('form', { name: 'A new person' });
    await form.getByLabel('Name').fill('guest');
    await form.getByLabel('New password', { exact: true }).fill('password-of-a-guest');
    await form.getByLabel('New password again').fill('password-of-a-guest');
    await form.getByLabel('look back: recordings and events').uncheck();
    await form.getByLabel('these cameras only').check();
    await form.getByRole('button', { name: 'Add a person' }).click();
    await form.getByText('Choose at least one camera.').waitFor();
    await form.getByLabel('front').check();
    await screenshot(page, 'people-form');
    await form.getByRole('button', { name: 'Add a person' }).click();
    await people.getByText('guest may log in now.').waitFor();
    await people.getByText('May see live. At: front.').waitFor();
    t.is(await people.getByRole('button', { name: 'Remove admin' }).count(), 0, 'the last owner stays');
    await screenshot(page, 'people');

    const { page: phone, errors: others } = await openPage(t, { anyCertificate: true, width: 360, height: 740 });
    await phone.goto(`${url}/login`);
    await phone.fill('input[name=user]', 'guest');
    await phone.fill('input[name=password]', 'password-of-a-guest');
    await phone.keyboard.press('Enter');
    await phone.getByRole('link', { name: 'Access' }).waitFor();
    await phone.getByRole('link', { name: 'Settings' }).waitFor({ state: 'hidden' });
    const rooms = phone.getByRole('navigation', { name: 'Sections' });
    t.deepEqual(await rooms.getByRole('link').allTextContents(), ['Live', 'Access']);
    await phone.waitForFunction(() => document.querySelector('video')?.videoWidth);
    t.is(await phone.getByText('yard').count(), 0);
    await phone.locator('.state dd').first().waitFor();
    const shown = await phone.locator('main').innerText();
    t.notRegex(shown, /cannot be read|Recordings|may not open/, 'nothing stands there that this person has not');
    await screenshot(phone, 'people-guest');
    for (const room of ['settings', 'recordings', 'log', 'update']) {
        await phone.goto(`${url}/#/${room}`);
        await phone.getByText('You may not open this room.').waitFor();
    }
    const statuses = await phone.evaluate(async (paths) => await Promise.all(paths.map(async (path) => (await fetch(path)).status)), [
        '/live/front/index.m3u8',
        '/live/yard/index.m3u8',
        '/snapshot/yard.jpg',
        '/api/recordings?channel=front',
        '/api/settings',
        '/api/users',
    ]);
    t.deepEqual(statuses, [200, 403, 403, 403, 403, 403]);

    // narrowed to nothing that this browser had: it has to log in again
    await people.getByRole('button', { name: 'Change what guest may do' }).click();
    const change = people.getByRole('form', { name: 'Change what guest may do' });
    await change.getByLabel('front').uncheck();
    await change.getByLabel('yard').check();
    await change.getByRole('button', { name: 'Save' }).click();
    await people.getByText('May see live. At: yard.').waitFor();
    await phone.goto(`${url}/`);
    await phone.waitForURL(`${url}/login`);
    await people.getByRole('button', { name: 'Remove guest' }).click();
    await page.keyboard.press('Enter'); // by itself it is no
    await people.getByText('guest', { exact: true }).waitFor();
    await people.getByRole('button', { name: 'Remove guest' }).click();
    await people.getByRole('button', { name: 'Yes, remove' }).click();
    await people.getByText('guest may not log in any more.').waitFor();
    t.is(await people.getByText('guest', { exact: true }).count(), 0);
    t.true(await fits(page), 'fits');
    t.deepEqual(errors, []);
    t.deepEqual(others.filter((line) => !/40[13]/.test(line)), []);
});
