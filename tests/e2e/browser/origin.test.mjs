// Pages of other ports of this machine in Chromium: they change nothing and read nothing.
import test from 'ava';
import { eventually, start } from '../device.mjs';
import { openPage } from './browser.mjs';
import { playerSite } from './site.mjs';

test('a page on another loopback port neither switches privacy off nor adds a channel', async (t) => {
    const { device } = start(t, ['--record', 'off', '--input', 'fake:?fps=5&gop=5']);
    const url = await device.url();
    await eventually(async () => ((await fetch(`${url}/api/status`)).ok ? true : undefined), 'the application');
    const json = { 'content-type': 'application/json' };
    t.is((await fetch(`${url}/api/privacy`, { method: 'POST', headers: json, body: '{"on":true}' })).status, 200);
    const { page } = await openPage(t);
    await page.goto(await playerSite(t));
    const tried = await page.evaluate(async (camera) => {
        const bodies = { '/api/privacy': '{"on":false}', '/api/channels': '{"name":"spy","input":"http://127.0.0.1:9/$'.concat('{OCELLUS_SECRET}"}') };
        /** @type {string[]} */
        const answers = [];
        for (const [address, body] of Object.entries(bodies)) {
            for (const content of [body, new Blob([body]), new Blob([body], { type: 'application/json' }), new URLSearchParams({ [body]: '' })]) {
                for (const mode of /** @type {const} */ (['no-cors', 'cors'])) {
                    try {
                        const response = await fetch(camera + address, { method: 'POST', mode, body: content, credentials: 'include' });
                        answers.push(`${response.type} ${response.status}`);
                    } catch {
                        answers.push('refused');
                    }
                }
            }
            navigator.sendBeacon(camera + address, body);
            const frame = document.body.appendChild(Object.assign(document.createElement('iframe'), { name: 'frame' }));
            const form = document.body.appendChild(Object.assign(document.createElement('form'), { method: 'post', enctype: 'text/plain', action: camera + address, target: 'frame' }));
            form.append(Object.assign(document.createElement('input'), { name: body.slice(0, -1), value: '}' }));
            const loaded = new Promise((resolve) => frame.addEventListener('load', resolve));
            form.submit();
            await loaded;
            frame.remove();
        }
        /** @param {string} address */
        const read = (address) => fetch(camera + address).then((response) => response.status, () => 'refused');
        return { answers, settings: await read('/api/settings'), session: await read('/api/session') };
    }, url);
    t.deepEqual([...new Set(tried.answers)], ['refused'], 'nothing of it can be read');
    t.is(tried.settings, 'refused');
    t.is(tried.session, 'refused');
    t.true((await device.json('/api/privacy')).on, 'privacy is still on');
    const { channels } = await device.json('/api/channels');
    t.false(channels.some((/** @type {{ name: string }} */ { name }) => name === 'spy'), JSON.stringify(channels));
    await page.goto(`${url}/`);
    const own = await page.evaluate(async () => (await fetch('/api/privacy', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"on":false}' })).status);
    t.is(own, 200, 'the own page may');
    t.is((await device.stop()).code, 0);
});
