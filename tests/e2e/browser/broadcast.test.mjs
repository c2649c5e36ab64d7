// A camera is broadcast from the page: a target is added, started, followed, stopped, removed; also on a phone, by keys, in Chinese.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../../scripts/lib.mjs';
import { missing, Nginx } from '../../push/rtmp-server.mjs';
import { eventually, start } from '../device.mjs';
import { openPage, screenshot } from './browser.mjs';
import { channelOf, FakeApi } from './fake-api.mjs';
import { fakeDevice } from './fake-device.mjs';

const axe = readFileSync(path.join(root, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8');
const key = 'abcd-very-secret-0123';

/** @param {import('playwright-core').Page} page @returns {Promise<string[]>} */
const findings = async (page) => {
    await page.evaluate(axe);
    return await page.evaluate(async () => {
        const { violations } = await Reflect.get(Reflect.get(window, 'axe'), 'run')(document, { resultTypes: ['violations'] });
        return violations.map((/** @type {any} */ one) => `${one.id}: ${one.nodes[0]?.html.slice(0, 150)}`);
    });
};

/** @param {import('ava').ExecutionContext} t @param {object} [options] */
async function open(t, options) {
    const api = new FakeApi();
    api.user = 'admin';
    api.channels = [channelOf('front', { title: 'Front Door' })];
    const device = await fakeDevice(t, (url, asked) => api.answer(url, asked));
    const { page, errors } = await openPage(t, options);
    await page.goto(`${device.url}#/live/front`);
    return { api, page, errors };
}

test.serial('[E1] a target is added, the camera is broadcast there, seen and stopped; its key goes to the device alone', async (t) => {
    const { api, page, errors } = await open(t);
    await page.getByRole('button', { name: 'Broadcast' }).click();
    const dialog = page.getByRole('dialog', { name: 'Broadcast Front Door' });
    const address = dialog.getByLabel('Address', { exact: true });
    await address.fill('srt://media.example.org:9000');
    t.true(await dialog.getByLabel('Passphrase').isVisible());
    t.true(await dialog.getByLabel('Stream ID').isVisible());
    await address.fill('rtmps://a.rtmps.youtube.com/live2');
    t.false(await dialog.getByLabel('Passphrase').isVisible());
    const secret = dialog.getByLabel('Stream key');
    t.is(await secret.getAttribute('type'), 'password');
    await secret.fill(key);
    await dialog.getByLabel('Address where people watch').fill('https://youtube.example/live');
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    const row = dialog.getByRole('region', { name: 'youtube' });
    await row.getByText('Off', { exact: true }).waitFor();
    const stored = { name: 'youtube', url: 'rtmps://a.rtmps.youtube.com/live2', key, watch: { page: 'https://youtube.example/live' } };
    t.deepEqual(api.changes.at(-1), { what: 'PATCH /api/settings', body: { live: { targets: [stored] } } });
    t.is(await secret.inputValue(), '');
    t.false((await page.content()).includes(key));

    await row.getByRole('button', { name: 'Start' }).click();
    await row.getByText(/^On the air for 1:00/).waitFor();
    t.deepEqual(api.changes.at(-1), { what: 'POST /api/push/front', body: { target: 'youtube' } });
    await row.getByText('2.50 Mbit/s, 18.8 MB sent, 1 GOPs left out').waitFor();
    await row.getByRole('link', { name: 'https://youtube.example/live' }).waitFor();
    await row.getByRole('button', { name: 'QR code' }).click();
    await row.getByRole('img', { name: /https:\/\/youtube\.example\/live/ }).waitFor();
    await eventually(async () => ((await row.locator('canvas').count()) === 2 ? true : undefined), 'both plots are drawn');
    t.deepEqual(await findings(page), []);
    await screenshot(page, 'broadcast');

    api.pushes = api.pushes.map((one) => ({ ...one, state: 'retries', failures: 3, error: { code: 'PASSWORD', vendor: 1002, text: 'x', advice: 'x' }, nextTry: '2026-11-21T02:51:20.123Z' }));
    await row.getByText('Interrupted: the server refuses the key. Check it. Next try in 20 s.').waitFor();
    await row.getByRole('button', { name: 'Stop' }).click();
    await row.getByText('Off', { exact: true }).waitFor();
    t.is(api.changes.at(-1)?.what, 'DELETE /api/push/front/youtube');
    await row.getByRole('button', { name: 'Remove this target' }).click();
    await row.getByText('Remove “youtube” and its key?').waitFor();
    await row.getByRole('group').getByRole('button', { name: 'Remove this target' }).click();
    await row.waitFor({ state: 'detached' });
    t.deepEqual(api.settings['live'].targets, []);

    await dialog.getByText('Add a target').click();
    await address.fill('rtmp://x');
    api.refusal = { message: 'live.targets[0].url: rtmp:// needs the application behind the host, as rtmp://host/live', at: 'live.targets[0].url' };
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await dialog.getByText('rtmp:// needs the application behind the host').waitFor();
    t.deepEqual(errors, []);
});

test.serial('[E1] on a phone, in Chinese and in a light scheme nothing is cut or without a name; who may not change a camera has no button', async (t) => {
    const { api, page, errors } = await open(t, { colorScheme: 'light', locale: 'zh-CN' });
    await page.setViewportSize({ width: 390, height: 800 });
    api.settings['live'].targets = [{ name: 'studio', url: 'rtmp://studio.example.org/live', watch: { rtmp: `rtmp://studio.example.org/live/${'x'.repeat(80)}` } }];
    await page.getByRole('button', { name: '直播推流' }).click();
    const row = page.getByRole('region', { name: 'studio' });
    await row.getByRole('button', { name: '开始' }).click();
    await row.getByText(/^正在直播/).waitFor();
    await eventually(async () => ((await row.locator('canvas').count()) === 2 ? true : undefined), 'both plots are drawn');
    t.true((await page.evaluate(() => document.documentElement.scrollWidth)) <= 390);
    t.true(await page.locator('dialog').evaluate((element) => element.scrollWidth <= element.clientWidth), 'nothing is wider than the window');
    t.deepEqual(await findings(page), []);
    await screenshot(page, 'broadcast-phone');
    await page.keyboard.press('Escape');
    api.right = 'watch';
    await page.reload();
    await page.getByRole('heading', { name: 'Front Door', exact: true }).waitFor();
    await page.locator('.camera-actions').waitFor({ state: 'attached' });
    await eventually(async () => ((await page.locator('.camera-actions button', { hasText: '直播推流' }).isVisible()) ? undefined : true), 'the button is hidden');
    t.deepEqual(errors, []);
});

(missing === '' ? test.serial : test.skip)('[E1] [E6] with the real program and a real server: on the air from the page, interrupted while the server is away, back by itself', async (t) => {
    const server = await Nginx.start(t);
    const { device } = start(t, ['--input', 'cam1=fake:?fps=30&gop=30&size=3000&key=30000&audio=aac', '--record', 'off']);
    const { page, errors } = await openPage(t);
    await page.goto(`${await device.url()}/#/live/cam1`);
    await page.getByRole('button', { name: 'Broadcast' }).click();
    const dialog = page.getByRole('dialog', { name: 'Broadcast cam1' });
    await dialog.getByLabel('Address', { exact: true }).fill(server.url('').replace(/\/$/, ''));
    await dialog.getByLabel('Stream key').fill(key);
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    const row = dialog.getByRole('region');
    await row.getByRole('button', { name: 'Start' }).click();
    await row.getByText(/^On the air for /).waitFor();
    await row.getByText(/^[1-9][\d.]* [kM]bit\/s, /).waitFor();
    server.kill();
    await row.getByText(/^Interrupted: the server accepts no connections/).waitFor();
    await server.start();
    await row.getByText(/^On the air for /).waitFor();
    await eventually(async () => (server.files(key).length > 0 ? true : undefined), 'the server has it');
    await row.getByRole('button', { name: 'Stop' }).click();
    await row.getByText('Off', { exact: true }).waitFor();
    t.false(device.stderr.includes(key), 'no key in the log');
    t.deepEqual(errors, []);
});
