// What the page shows of an application: its settings, and its panel in a frame that reaches its routes alone.
import test from 'ava';
import { openPage } from './browser.mjs';
import { FakeApi } from './fake-api.mjs';
import { fakeDevice } from './fake-device.mjs';

const app = {
    name: 'doorbell',
    version: '1.0.0',
    panel: { title: 'Front door' },
    routes: ['/api/doorbell', '/api/commands/open'],
    settings: [
        { key: 'url', type: 'text', title: 'Where clips go', hint: 'An address.', default: '', max: 20 },
        { key: 'token', type: 'text', title: 'Password', default: '', secret: true },
        { key: 'seconds', type: 'whole', title: 'Length', default: 20, min: 1, max: 60 },
        { key: 'mail', type: 'flag', title: 'Mail too', default: false },
        { key: 'size', type: 'choice', title: 'Size', default: 'small', values: ['small', 'large'] },
    ],
};

/** Asks for its look and four addresses through the page, and tries what a page of the device could. */
const panel = `<!doctype html><title>p</title><p id="output"></p><script>
let count = 0;
addEventListener('message', ({ data }) => { if (data.theme) { output.dataset.theme = data.theme + ' ' + data.language; return; } output.textContent += data.id + ' ' + data.status + ' ' + data.body + '; '; if (++count === 5) output.dataset.done = origin; });
parent.postMessage({ look: true }, '*');
for (const path of ['/api/commands/open', '/api/commands/opener']) parent.postMessage({ id: path, method: 'POST', path, body: '{"seconds":3}' }, '*');
for (const path of ['/api/doorbell', '/api/status', '/api/doorbell/../status']) parent.postMessage({ id: path, method: 'GET', path }, '*');
</script>`;

/** @param {import('ava').ExecutionContext} t @param {FakeApi} api @param {string} hash */
async function open(t, api, hash) {
    const device = await fakeDevice(t, (url, request) => (url.pathname === '/app/' ? { html: panel } : url.pathname === '/api/doorbell' ? { body: { last: 7 } } : url.pathname === '/api/commands/open' ? { body: request.body } : api.answer(url, request)));
    const opened = await openPage(t);
    await opened.page.goto(device.url + hash);
    return opened;
}

test.serial('settings of the application are a group of the form, checked and sent below app', async (t) => {
    const api = new FakeApi();
    api.app = app;
    api.settings['app'] = { url: 'http://a/', token: '***', seconds: 20, mail: false, size: 'small' };
    const { page, errors } = await open(t, api, '#/settings');
    const group = page.getByRole('region', { name: 'Application', exact: true });
    t.is(await group.getByLabel('Password').inputValue(), '***');
    await group.getByLabel('Length').fill('61');
    await group.getByRole('button', { name: 'Save' }).click();
    await group.getByText('Enter a whole number from 1 to 60.').waitFor();
    t.deepEqual(api.changes, []);
    await group.getByLabel('Length').fill('30');
    await group.getByLabel('Mail too').check();
    await group.getByLabel('Size').selectOption('large');
    await group.getByLabel('Where clips go').fill('http://b/');
    await group.getByRole('button', { name: 'Save' }).click();
    await group.getByText('Saved.').waitFor();
    t.deepEqual(api.changes, [{ what: 'PATCH /api/settings', body: { app: { url: 'http://b/', seconds: 30, mail: true, size: 'large' } } }]);
    t.deepEqual(errors, []);
});

test.serial('a panel stands in the navigation under its title, and reaches the routes of its application alone', async (t) => {
    const api = new FakeApi();
    api.app = app;
    const { page, errors } = await open(t, api, '');
    await page.getByRole('link', { name: 'Front door' }).click();
    const frame = page.frameLocator('iframe[title="Front door"]');
    const output = frame.locator('#output[data-done]');
    await output.waitFor();
    t.is(await output.getAttribute('data-done'), 'null', 'an origin of its own');
    const text = await output.textContent();
    t.true(text?.includes('/api/doorbell 200 {"last":7};'), String(text));
    t.true(text?.includes('/api/commands/open 200 {"seconds":3};'), String(text));
    for (const refused of ['/api/status', '/api/doorbell/../status', '/api/commands/opener']) {
        t.true(text?.includes(`${refused} 403 {"error":{"code":"DENIED"`), String(text));
    }
    t.is(await output.getAttribute('data-theme'), 'dark en');
    await page.getByLabel('Theme').selectOption('light');
    await frame.locator('#output[data-theme="light en"]').waitFor();
    for (const width of [1360, 1280, 1200, 1101, 1024, 910, 901, 820, 600, 390]) {
        await page.setViewportSize({ width, height: 800 });
        t.deepEqual(await page.evaluate(() => [...document.querySelectorAll('header *')].filter((one) => one.getBoundingClientRect().right > innerWidth + 1).map((one) => one.className || one.tagName)), [], `the head at ${width}`);
    }
    t.deepEqual(errors, []);
});

test.serial('without a panel there is no entry, and its address says so', async (t) => {
    const api = new FakeApi();
    const { page, errors } = await open(t, api, '#/panel');
    await page.getByText('The application on this device has no panel.').first().waitFor();
    t.is(await page.locator('nav.rooms a[href="#/panel"]').isVisible(), false);
    t.deepEqual(errors, []);
});
