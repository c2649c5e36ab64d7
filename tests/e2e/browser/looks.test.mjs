// Every view in both colour schemes by axe-core, on a phone, in Chinese; choices that stay.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../../scripts/lib.mjs';
import { openPage, screenshot } from './browser.mjs';
import { channelOf, FakeApi, recordingOf } from './fake-api.mjs';
import { fakeDevice } from './fake-device.mjs';
import { FakePast } from './fake-past.mjs';

const axe = readFileSync(path.join(root, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8');

/** Address and what is waited for. @type {readonly (readonly [name: string, hash: string, wait: string])[]} */
const views = [
    ['grid', '#/', '.tile'],
    ['channel', '#/live/front', 'dl dd'],
    ['recordings', '#/recordings/front', '.rows li'],
    ['log', '#/log', 'tbody tr'],
    ['settings', '#/settings', '.groups form'],
    ['update', '#/update', '.problem'],
    ['access', '#/access', '.qr'],
    ['day', '#/recordings/front/2026-11-21', '.storage dd'],
];

/** What the device keeps; only for the view of a day: the other ones are those of a device without an index. */
function somePast() {
    const past = new FakePast();
    const now = Date.parse('2026-11-21T02:51:00Z');
    past.spans = [{ start: now - 9_000_000, end: now - 8_998_000 }, { start: now - 3_600_000, end: now }];
    for (const [n, kind] of ['motion', 'human', 'sound', 'linkage', 'doorbell', 'bookmark', 'other'].entries()) {
        past.add(kind, now - 3_000_000 + n * 300_000, n % 2 === 0 ? { protected: true } : {});
    }
    return past;
}

function busyDevice() {
    const api = new FakeApi();
    api.user = 'admin';
    api.settings['listen'] = ['0.0.0.0'];
    api.channels = ['front', 'yard', 'garage'].map((name, id) => channelOf(name, { id, state: id === 2 ? 'lost' : 'running' }));
    api.recordings = Array.from({ length: 5 }, (_, n) => recordingOf('front', n));
    api.events = ['source-lost', 'source-resumed', 'motion'].map((kind, number) => ({ number, at: '2026-11-21T02:51:00Z', channel: 'front', kind, code: 0, path: '', text: 'x' }));
    return api;
}

/** @param {import('playwright-core').Page} page @returns {Promise<string[]>} findings of any weight */
const findings = (page) =>
    page.evaluate(async () => {
        const run = Reflect.get(Reflect.get(window, 'axe'), 'run');
        const { violations } = await run(document, { resultTypes: ['violations'] });
        return violations.flatMap((/** @type {any} */ one) => one.nodes.map((/** @type {any} */ node) => `${one.id}: ${node.html.slice(0, 150)} ${node.failureSummary}`));
    });

for (const colorScheme of /** @type {const} */ (['dark', 'light'])) {
    test.serial(`axe-core finds nothing in any view, ${colorScheme}`, async (t) => {
        const api = busyDevice();
        const device = await fakeDevice(t, (url, asked) => api.answer(url, asked));
        const { page, errors } = await openPage(t, { colorScheme });
        for (const [name, hash, wait] of views) {
            api.past = name === 'day' ? somePast() : null;
            await page.goto(device.url + hash);
            await page.locator(wait).first().waitFor();
            if (name === 'channel') {
                await page.getByRole('button', { name: 'Show charts' }).click();
                await page.locator('figure canvas').first().waitFor();
            }
            if (name === 'settings') {
                await page.locator('summary').first().click();
            }
            await page.evaluate(axe);
            t.deepEqual(await findings(page), [], name);
            await screenshot(page, `${name}-${colorScheme}`);
        }
        await page.goto(device.url);
        await page.locator('.tile-menu summary').first().click();
        await page.getByRole('button', { name: 'Remove' }).waitFor();
        await page.evaluate(axe);
        t.deepEqual(await findings(page), [], 'menu of a tile');
        await page.getByRole('button', { name: 'Add camera' }).click();
        const dialog = page.getByRole('dialog');
        await dialog.getByLabel('Record', { exact: true }).selectOption('event');
        await dialog.getByRole('button', { name: 'Save' }).click();
        await dialog.getByText('This field is required.').waitFor();
        await page.evaluate(axe);
        t.deepEqual(await findings(page), [], 'a camera is added');
        await screenshot(page, `camera-${colorScheme}`);
        api.privacy = true;
        await page.goto(device.url);
        await page.reload();
        await page.getByText('Turned on by').waitFor();
        await page.evaluate(axe);
        t.deepEqual(await findings(page), [], 'privacy');
        await page.goto(`${device.url}login.html`);
        await page.getByRole('button', { name: 'Log in' }).waitFor();
        await page.evaluate(axe);
        t.deepEqual(await findings(page), [], 'login');
        t.deepEqual(errors.filter((error) => !error.includes('form-action')), []);
    });
}

test.serial('axe-core is awake: a picture without a name is found', async (t) => {
    const device = await fakeDevice(t, (url, asked) => busyDevice().answer(url, asked));
    const { page } = await openPage(t);
    await page.goto(device.url);
    await page.locator('.tile').first().waitFor();
    await page.evaluate(axe);
    await page.evaluate(() => document.querySelector('header')?.append(Object.assign(document.createElement('img'), { src: 'x.png' })));
    t.regex((await findings(page)).join(), /image-alt/);
});

test.serial('on a phone every view fits, and nothing is lost beside the edge', async (t) => {
    const api = busyDevice();
    const device = await fakeDevice(t, (url, asked) => api.answer(url, asked));
    const { page, errors } = await openPage(t, { width: 360, height: 740, colorScheme: 'light' });
    for (const [name, hash, wait] of views) {
        api.past = name === 'day' ? somePast() : null;
        await page.goto(device.url + hash);
        await page.locator(wait).first().waitFor();
        t.is(await page.evaluate(() => document.documentElement.scrollWidth), 360, name);
        const cut = await page.evaluate(() => [...document.querySelectorAll('.rooms a')].filter((link) => link.getBoundingClientRect().right > innerWidth).map((link) => link.textContent));
        t.deepEqual(cut, [], 'every tab is whole');
        if (name === 'settings') {
            const height = await page.evaluate(() => document.documentElement.scrollHeight);
            t.true(height < 4000, `${height} pixels: what few people need is folded`);
        }
        await screenshot(page, `${name}-phone`);
    }
    t.deepEqual(errors, []);
});

/** How far what is seen has moved since the page began, and what: layout shifts, 0.1 in all is called good (web.dev/cls). */
const countShifts = () => {
    /** @type {{ sum: number, what: string[] }} */
    const moved = { sum: 0, what: [] };
    Reflect.set(window, 'moved', moved);
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
            const { value, sources } = /** @type {PerformanceEntry & { value: number, sources: { node: Node | null }[] }} */ (entry);
            moved.sum += value;
            moved.what.push(`${value.toFixed(3)} ${sources.map(({ node }) => (node instanceof Element ? `${node.tagName}.${node.className}` : node?.nodeName)).join(' ')}`);
        }
    }).observe({ type: 'layout-shift', buffered: true });
};

test.serial('nothing that is seen moves far while a view fills itself, on a screen and on a phone', async (t) => {
    const api = busyDevice();
    const device = await fakeDevice(t, (url, asked) => api.answer(url, asked));
    for (const [width, height] of /** @type {const} */ ([[1280, 800], [360, 740]])) {
        const { page } = await openPage(t, { width, height });
        await page.addInitScript(countShifts);
        for (const [name, hash, wait] of views) {
            api.past = name === 'day' ? somePast() : null;
            await page.goto('about:blank');
            await page.goto(device.url + hash);
            await page.locator(wait).first().waitFor();
            await page.locator('footer select').first().waitFor();
            if (name === 'grid') {
                await page.locator('.live-head button').waitFor();
            }
            await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
            const { sum, what } = await page.evaluate(() => /** @type {{ sum: number, what: string[] }} */ (Reflect.get(window, 'moved')));
            t.log(`${name} at ${width}: ${sum.toFixed(3)}`);
            t.true(sum <= 0.1, `${name} at ${width}: ${what.join('; ')}`);
        }
    }
});

test.serial('what a finger has to hit is 44 pixels high and wide, on a phone and on a screen', async (t) => {
    const api = busyDevice();
    const device = await fakeDevice(t, (url, asked) => api.answer(url, asked));
    for (const [width, height] of /** @type {const} */ ([[360, 740], [1280, 800]])) {
        const { page } = await openPage(t, { width, height });
        let seen = 0;
        for (const [name, hash, wait] of views.filter(([one]) => one !== 'day')) {
            await page.goto(device.url + hash);
            await page.locator(wait).first().waitFor();
            await page.locator('footer select').first().waitFor();
            const targets = await page.evaluate(() =>
                [...document.querySelectorAll('a, button, select, summary, input:not([type=checkbox])')]
                    .filter((one) => one.getBoundingClientRect().width > 0 && !one.matches('.skip'))
                    .map((one) => ({ what: `${one.tagName} ${one.textContent?.trim().slice(0, 30)}`, height: Math.round(one.getBoundingClientRect().height), width: Math.round(one.getBoundingClientRect().width) })),
            );
            seen += targets.length;
            t.deepEqual(targets.filter((one) => one.height < 44 || one.width < 44), [], `${name} at ${width}`);
        }
        t.true(seen > 60, `${seen} targets`);
    }
});

test.serial('the page can be put on the home screen: Chromium finds nothing that keeps it from that [O11]', async (t) => {
    const api = busyDevice();
    const device = await fakeDevice(t, (url, asked) => api.answer(url, asked));
    const { page, errors } = await openPage(t);
    await page.goto(device.url);
    await page.locator('.tile').first().waitFor();
    const devtools = await page.context().newCDPSession(page);
    const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors');
    // a context of Playwright is a private window, and installs nothing
    t.deepEqual(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito'), []);
    const { url, errors: wrong, data = '' } = await devtools.send('Page.getAppManifest');
    t.deepEqual(wrong, []);
    const manifest = JSON.parse(data);
    t.like(manifest, { name: 'Ocellus', display: 'standalone' });
    t.is(new URL(manifest.start_url, url).href, device.url);
    for (const { src, sizes } of manifest.icons) {
        const icon = await page.evaluate(async (address) => {
            const { width, height } = await createImageBitmap(await (await fetch(address)).blob());
            return `${width}x${height}`;
        }, new URL(src, url).href);
        t.is(icon, sizes, src);
    }
    t.deepEqual(errors, []);
});

test.serial('Chinese by the browser, English by choice, and the choice stays; no English word is left', async (t) => {
    const api = busyDevice();
    const device = await fakeDevice(t, (url, asked) => api.answer(url, asked));
    const { page, errors } = await openPage(t, { locale: 'zh-CN' });
    for (const [name, hash, wait] of views) {
        api.past = name === 'day' ? somePast() : null;
        await page.goto(device.url + hash);
        await page.locator(wait).first().waitFor();
        t.is(await page.evaluate(() => document.documentElement.lang), 'zh-CN');
        await screenshot(page, `${name}-zh`);
        const text = await page.locator('main').innerText();
        const english = text.match(/\b(?:the|is|are|of|and|Channel|Recording|Live|State|Save|Settings|Log)\b/g);
        t.is(english, null, `${name}: ${text}`);
    }
    await page.getByLabel('语言').selectOption('en');
    await page.getByRole('link', { name: 'Settings' }).waitFor();
    await page.reload();
    await page.getByRole('link', { name: 'Settings' }).waitFor();
    t.is(await page.evaluate(() => document.documentElement.lang), 'en');
    t.deepEqual(errors, []);
});

test.serial('colours by the system, by choice, and the choice stays', async (t) => {
    const api = busyDevice();
    const device = await fakeDevice(t, (url, asked) => api.answer(url, asked));
    const { page } = await openPage(t, { colorScheme: 'dark' });
    const back = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.goto(device.url);
    await page.locator('.tile').first().waitFor();
    const dark = await back();
    await page.emulateMedia({ colorScheme: 'light' });
    const light = await back();
    t.not(light, dark);
    await page.getByLabel('Theme').selectOption('dark');
    t.is(await back(), dark);
    await page.reload();
    await page.locator('.tile').first().waitFor();
    t.is(await back(), dark);
    await page.getByLabel('Theme').selectOption('system');
    t.is(await back(), light);
});

test.serial('by keyboard alone: skip link, rooms, focus that is seen', async (t) => {
    const api = busyDevice();
    const device = await fakeDevice(t, (url, asked) => api.answer(url, asked));
    const { page } = await openPage(t);
    await page.goto(`${device.url}#/live/front`);
    await page.locator('dl dd').first().waitFor();
    await page.keyboard.press('Tab');
    t.is(await page.evaluate(() => document.activeElement?.textContent), 'Skip to the content');
    await page.keyboard.press('Enter');
    t.is(await page.evaluate(() => document.activeElement?.tagName), 'VIDEO');
    /** @type {Set<string>} */
    const seen = new Set();
    await page.evaluate(() => /** @type {HTMLElement | null} */ (document.querySelector('header a'))?.focus());
    for (let n = 0; n < 40; n++) {
        await page.keyboard.press('Tab');
        const now = await page.evaluate(() => {
            const element = document.activeElement;
            const box = element?.getBoundingClientRect();
            const ring = element ? getComputedStyle(element).outlineStyle : 'none';
            return { name: `${element?.tagName} ${element?.textContent?.slice(0, 20)}`, seen: ring !== 'none' && (box?.width ?? 0) > 0 };
        });
        // inside of its controls a video shows a ring of its own
        if (!/^(BODY|VIDEO)/.test(now.name)) {
            t.true(now.seen, `the focus on ${now.name} is not seen`);
            seen.add(now.name);
        }
    }
    for (const wanted of ['A Live', 'A Settings', 'BUTTON Privacy', 'BUTTON Full screen', 'BUTTON Show charts', 'A All recordings']) {
        t.true(seen.has(wanted), `${wanted} in ${[...seen].join(', ')}`);
    }
    await page.getByRole('link', { name: 'Log', exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.locator('tbody tr').first().waitFor();
    t.is(await page.evaluate(() => document.activeElement?.tagName), 'MAIN');
});

test.serial('without JavaScript the page says what it needs, in both languages', async (t) => {
    const device = await fakeDevice(t, () => undefined);
    const { page: first } = await openPage(t);
    const context = await first.context().browser()?.newContext({ javaScriptEnabled: false });
    const page = await context?.newPage();
    await page?.goto(device.url);
    const text = (await page?.locator('body').innerText()) ?? '';
    t.regex(text, /This page needs JavaScript/);
    t.regex(text, /JavaScript。/);
});
