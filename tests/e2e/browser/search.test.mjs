// The search of the network by itself, in a form as the dialogue of a camera has it: found, chosen, refused, nothing there; both themes, narrow.
import path from 'node:path';
import test from 'ava';
import { build } from 'vite';
import { root } from '../../../scripts/lib.mjs';
import { openPage } from './browser.mjs';

const camera = { id: 'urn:uuid:1', name: 'Front Door', model: 'X1', location: '', address: '192.168.1.20', channel: null };
const stream = { input: 'rtsp://192.168.1.20:554/main', codec: 'H264', width: 1920, height: 1080 };
const found = { ok: true, problem: null, reason: null, name: 'Acme X1', main: stream, sub: { ...stream, input: 'rtsp://192.168.1.20:554/sub' } };

/** The module and its style, made once. */
const made = (async () => {
    const entry = path.join(root, 'viewer', 'src', 'camera', 'search.ts');
    const result = await build({ configFile: false, logLevel: 'silent', publicDir: false, build: { write: false, lib: { entry, formats: ['es'] }, rollupOptions: { output: { codeSplitting: false } } } });
    const { output } = /** @type {any} */ (Array.isArray(result) ? result[0] : result);
    return {
        script: output.find((/** @type {any} */ { type }) => type === 'chunk').code,
        style: output.filter((/** @type {any} */ { fileName }) => fileName.endsWith('.css')).map((/** @type {any} */ { source }) => source).join('\n'),
    };
})();

/**
 * A page with it; `answers` are given one after the other, the last one again and again.
 * @param {import('ava').ExecutionContext} t @param {readonly { status?: number, body: object }[]} answers @param {Parameters<typeof openPage>[1]} [options]
 */
async function opened(t, answers, options) {
    const { script, style } = await made;
    const { page, errors } = await openPage(t, options);
    /** @type {{ path: string, body: any }[]} */
    const asked = [];
    const left = [...answers];
    const common = path.join(root, 'viewer', 'src', 'style.css');
    await page.route('**/*', async (route) => {
        const request = route.request();
        const { pathname } = new URL(request.url());
        if (pathname === '/search.js') {
            return route.fulfill({ contentType: 'text/javascript', body: script });
        }
        if (pathname === '/style.css') {
            return route.fulfill({ contentType: 'text/css', path: common });
        }
        if (request.method() === 'POST') {
            asked.push({ path: pathname, body: request.postDataJSON() });
            const { status = 200, body } = (left.length > 1 ? left.shift() : left[0]) ?? { body: {} };
            return route.fulfill({ status, json: body });
        }
        const body = `<!doctype html><meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/style.css"><style>${style}</style><main><form><div id="at"></div><label>Address <input id="address"></label></form></main>`;
        return route.fulfill({ contentType: 'text/html', body });
    });
    await page.goto('http://viewer.test/');
    await page.evaluate(async () => {
        const { CameraSearch } = await import(/** @type {string} */ ('/search.js'));
        const search = new CameraSearch((/** @type {object} */ chosen) => Object.assign(window, { chosen }));
        document.querySelector('#at')?.append(search.element);
        document.querySelector('form')?.addEventListener('submit', () => Object.assign(window, { submitted: true }));
    });
    return { page, errors, asked };
}

const searching = { running: true, problem: null, cameras: [] };

test('[O25] a camera that was found gives its address: chosen by keyboard, refused once, then taken', async (t) => {
    const others = { ...camera, id: 'urn:uuid:2', name: '', model: '', address: '192.168.1.21', channel: 'Yard' };
    const all = { running: false, problem: null, cameras: [camera, others] };
    const { page, errors, asked } = await opened(
        t,
        [{ body: searching }, { body: { ...searching, cameras: [camera] } }, { body: all }, { body: { ok: false, reason: 'password', problem: 'wrong' } }, { status: 202, body: { running: true } }, { body: found }],
        { width: 360, height: 740 },
    );
    await page.getByRole('button', { name: 'Search the network' }).click();
    await page.getByText('Cameras found: 2').waitFor();
    await page.getByText('Added already: Yard').waitFor();
    t.is(await page.getByRole('listitem').count(), 2);
    await page.getByRole('button', { name: 'Choose Front Door' }).press('Enter');
    await page.keyboard.type('admin');
    await page.getByLabel('Password', { exact: true }).fill('hunter2');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'Wrong user name or password' }).waitFor();
    t.is(await page.evaluate(() => document.documentElement.scrollWidth), 360, 'nothing is wider than the phone');
    if (process.env['OCELLUS_SHOTS']) {
        await page.screenshot({ path: path.join(process.env['OCELLUS_SHOTS'], 'search-phone.png') });
    }
    await page.getByLabel('Password', { exact: true }).fill('right');
    await page.getByRole('button', { name: 'Get its address' }).click();
    await page.getByText('The address of Front Door is filled in.').waitFor();
    t.deepEqual(await page.evaluate(() => Reflect.get(window, 'chosen')), { name: 'Front Door', address: stream.input, user: 'admin', password: 'right', sub: found.sub.input });
    t.is(await page.getByLabel('Password', { exact: true }).count(), 0, 'the password stands nowhere any more');
    t.deepEqual(asked.map(({ body }) => body), [{ now: true }, {}, {}, ...['hunter2', 'right', 'right'].map((password) => ({ id: camera.id, user: 'admin', password }))]);
    t.is(await page.evaluate(() => Reflect.get(window, 'submitted')), undefined, 'the form around was left alone');
    t.deepEqual(errors, []);
});

test('nothing answered: what to check, and the way by address; why a search was refused', async (t) => {
    const { page, errors } = await opened(t, [{ body: { ...searching, running: false } }, { body: { running: false, problem: 'no network', cameras: [] } }, { status: 403, body: { error: {} } }], { colorScheme: 'light' });
    await page.getByRole('button', { name: 'Search the network' }).click();
    await page.getByText('No camera answered').waitFor();
    await page.getByText('ONVIF is switched on').waitFor();
    if (process.env['OCELLUS_SHOTS']) {
        await page.screenshot({ path: path.join(process.env['OCELLUS_SHOTS'], 'search-none.png') });
    }
    await page.getByRole('button', { name: 'Enter its address instead' }).click();
    t.is(await page.evaluate(() => document.activeElement?.id), 'address');
    await page.getByRole('button', { name: 'Search again' }).click();
    await page.getByText('no network that it could search').waitFor();
    t.false(await page.getByText('ONVIF is switched on').isVisible());
    await page.getByRole('button', { name: 'Search again' }).click();
    await page.getByText('Only the owner of this device may search.').waitFor();
    t.deepEqual(errors, []);
});
