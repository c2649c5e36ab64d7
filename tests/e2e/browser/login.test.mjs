// Login, sessions and watch links in Chromium, over HTTPS with the certificate the program made.
import test from 'ava';
import { ask, closed, cookieOf, login, origin, password } from '../../hosts/closed.mjs';
import { eventually } from '../device.mjs';
import { openPage, screenshot } from './browser.mjs';
import { playerSite } from './site.mjs';

/** How far a page has played, in seconds. @param {import('playwright-core').Page} page */
const played = (page) => page.evaluate(() => document.querySelector('video')?.currentTime ?? 0);

test.serial('login by the page, a picture, the list of sessions, a watch link, logout', async (t) => {
    const { url } = await closed(t);
    const { page, errors } = await openPage(t, { anyCertificate: true, width: 390, height: 800 });
    await page.goto(`${url}/`);
    t.is(new URL(page.url()).pathname, '/login');
    t.is(await page.evaluate(() => document.activeElement?.getAttribute('name')), 'password');
    await page.fill('input[name=password]', 'wrong-wrong-wrong');
    await page.click('button');
    await page.waitForSelector('#failed.shown');
    await screenshot(page, 'login');
    await page.fill('input[name=password]', password);
    await page.keyboard.press('Enter');
    await page.waitForSelector('video');
    t.is(new URL(page.url()).pathname, '/');
    await eventually(async () => ((await played(page)) > 0.5 ? true : undefined), 'the picture moves');
    t.is(await page.evaluate(() => document.cookie), '', 'no script sees the cookie');
    await page.getByRole('link', { name: 'Access' }).click();
    const panel = page.getByRole('region', { name: 'Browsers' });
    await eventually(async () => ((await panel.getByText('this browser').count()) === 1 ? true : undefined), 'the own session');
    t.true(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), 'fits a phone');
    await screenshot(page, 'sessions');

    const other = { ...cookieOf(await login(url)), ...origin(url) };
    await page.reload();
    await panel.getByRole('button', { name: /^End session/ }).click();
    await eventually(async () => ((await ask(url, 'GET /api/session', { headers: other })).status === 401 ? true : undefined), 'the other one ended');
    const links = page.getByRole('region', { name: 'Watch links' });
    await links.getByRole('button', { name: /watch link/ }).click();
    const link = (await links.locator('a.link').getAttribute('href')) ?? '';
    t.is((await ask(url, `GET ${new URL(link).pathname}`)).status, 200);
    t.regex((await links.locator('code.link').textContent()) ?? '', /\/w\/[\w.-]+\/live\/\w+\/index\.m3u8$/, 'for a player program');
    await links.getByLabel('Name (optional)').fill('grandma');
    await links.getByRole('button', { name: /watch link/ }).click();
    await links.getByRole('button', { name: 'Delete the link grandma' }).waitFor();
    t.false((await links.locator('ul').innerText()).includes(new URL(link).pathname.split('/')[2]?.split('.')[1] ?? ''), 'no token in the list');
    const named = (await links.locator('a.link').getAttribute('href')) ?? '';
    await links.getByRole('button', { name: 'Delete the link grandma' }).click();
    await eventually(async () => ((await ask(url, `GET ${new URL(named).pathname}`)).status === 403 ? true : undefined), 'this one ended');
    t.is((await ask(url, `GET ${new URL(link).pathname}`)).status, 200, 'the other one is good');
    await links.getByText('A new password ends all links.').waitFor();
    t.true(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), 'fits a phone');
    await screenshot(page, 'links');
    await panel.getByRole('button', { name: 'Log out' }).click();
    await page.waitForURL(`${url}/login`);
    await page.goto(`${url}/`);
    t.is(new URL(page.url()).pathname, '/login');
    t.deepEqual(errors, []);
});

test.serial('a watch link plays in a browser that knows no HLS, without a login', async (t) => {
    const { url } = await closed(t);
    const own = { ...cookieOf(await login(url)), ...origin(url), 'content-type': 'application/json' };
    const body = JSON.stringify({ channel: 'clip', seconds: 600, name: 'Front door' });
    const { channels } = (await ask(url, 'GET /api/status', { headers: own })).json;
    const made = (await ask(url, 'POST /api/links', { headers: own, body: body.replace('clip', channels[0].name) })).json;
    const { page, errors } = await openPage(t, { anyCertificate: true, width: 390, height: 800 });
    // as Firefox answers; the page may then play by Media Source Extensions alone
    await page.addInitScript('HTMLMediaElement.prototype.canPlayType = (type) => (/mpegurl/i.test(type) ? "" : "probably")');
    /** @type {string[]} */
    const referers = [];
    page.on('request', (request) => referers.push(request.headers()['referer'] ?? ''));
    let downloads = 0;
    page.on('download', () => downloads++);
    const response = await page.goto(url + made.page.slice(0, -1));
    t.regex(response?.headers()['content-type'] ?? '', /^text\/html/);
    t.is(new URL(page.url()).pathname, made.page);
    await eventually(async () => ((await played(page)) > 0.5 ? true : undefined), 'the picture moves');
    t.regex((await page.evaluate(() => document.querySelector('video')?.src)) ?? '', /^blob:/, 'by Media Source Extensions');
    await page.getByRole('heading', { name: 'Front door' }).waitFor();
    await page.getByText('For a player such as VLC').click();
    t.is(await page.locator('code.link').textContent(), url + made.path);
    t.is(downloads, 0);
    t.deepEqual([...new Set(referers)], ['']);
    t.true(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), 'fits a phone');
    await screenshot(page, 'watch');
    t.is((await ask(url, `DELETE /api/links/${made.id}`, { headers: own })).status, 204);
    const stopped = await eventually(async () => {
        const before = await played(page);
        await new Promise((resolve) => setTimeout(resolve, 1500));
        return (await played(page)) === before ? before : undefined;
    }, 'the picture stands');
    t.log(`it stands at ${stopped} s`);
    await page.getByRole('alert').getByText('This link has expired. Ask for a new one.').waitFor();
    t.is(await page.locator('video').count(), 0, 'nothing is tried for ever');
    const over = await page.reload();
    t.is(over?.status(), 403);
    t.regex((await over?.text()) ?? '', /Ask for a new one\.\n此链接已失效/);
    t.deepEqual(errors.filter((error) => !/403/.test(error)), []);
});

test.serial('without a script the form logs in too, and says what is wrong', async (t) => {
    const { url } = await closed(t);
    const { page: first } = await openPage(t, { anyCertificate: true });
    const context = await first.context().browser()?.newContext({ ignoreHTTPSErrors: true, javaScriptEnabled: false });
    const page = await context?.newPage();
    if (page === undefined) {
        throw new Error('no page');
    }
    await page.goto(`${url}/`);
    await page.fill('input[name=password]', 'wrong-wrong-wrong');
    await page.click('button');
    await page.waitForURL(`${url}/login#failed`);
    t.true(await page.locator('#failed').isVisible());
    t.false(await page.locator('#wait').isVisible());
    await page.fill('input[name=password]', password);
    await page.click('button');
    await page.waitForURL(`${url}/`);
});

test.serial('on a phone every tab is whole, "Access" too, in both languages', async (t) => {
    const { url } = await closed(t);
    for (const locale of ['en-US', 'zh-CN']) {
        const { page } = await openPage(t, { anyCertificate: true, width: 393, height: 851, locale });
        await page.goto(`${url}/login`);
        await page.fill('input[name=password]', password);
        await page.click('button');
        await page.waitForSelector('.rooms a[href="#/access"]:visible');
        const cut = await page.evaluate(() =>
            [...document.querySelectorAll('.rooms a')].filter((tab) => {
                const { left, right } = tab.getBoundingClientRect();
                return left < 0 || right > window.innerWidth;
            }).map((tab) => tab.textContent),
        );
        t.deepEqual(cut, [], locale);
    }
});

test.serial('nine channels play at once in one browser: one connection of HTTP/2', async (t) => {
    const inputs = Array.from({ length: 9 }, (_, n) => ['--input', `c${n}=assets/clip.mp4`]).flat();
    const { url } = await closed(t, inputs);
    const { page: first } = await openPage(t, { anyCertificate: true });
    const context = await first.context().browser()?.newContext({ ignoreHTTPSErrors: true, viewport: { width: 400, height: 300 } });
    const page = await context?.newPage();
    if (context === undefined || page === undefined) {
        throw new Error('no page');
    }
    await page.goto(`${url}/login`);
    await page.fill('input[name=password]', password);
    await page.click('button');
    await page.waitForSelector('video');
    await page.goto(`${url}/#/live/c0`);
    const pages = [page];
    for (let n = 1; n < 9; n++) {
        const next = await context.newPage();
        await next.goto(`${url}/#/live/c${n}`);
        pages.push(next);
    }
    const from = await Promise.all(pages.map((one) => eventually(async () => (await played(one)) || undefined, 'a start', 60)));
    await eventually(
        async () => {
            const now = await Promise.all(pages.map(played));
            return now.every((seconds, n) => seconds > (from[n] ?? 0) + 2) ? true : undefined;
        },
        'nine pictures move',
        60,
    );
    const protocols = await Promise.all(pages.map((one) => one.evaluate(() => performance.getEntriesByType('resource').map((entry) => (entry instanceof PerformanceResourceTiming ? entry.nextHopProtocol : '')))));
    // '': broken off by the page, when one player took over from another
    t.deepEqual([...new Set(protocols.flat())].filter((name) => name !== ''), ['h2']);
});

test.serial('a page of any origin plays by a watch link that is good, and without one within the list only [E12] [E3]', async (t) => {
    const [friend, stranger] = [await playerSite(t), await playerSite(t)];
    const { url } = await closed(t, ['--cors-origin', friend]);
    const own = { ...cookieOf(await login(url)), ...origin(url), 'content-type': 'application/json' };
    const { path: link } = (await ask(url, 'POST /api/links', { headers: own, body: '{"channel":"cam1","seconds":300}' })).json;
    await eventually(async () => ((await ask(url, `GET ${link}`)).status === 200 ? true : undefined), 'live');
    const { page } = await openPage(t, { anyCertificate: true });
    /** @param {string} site @returns {Promise<string>} "playing", or what went wrong */
    const play = async (site) => {
        await page.goto(site);
        await page.waitForFunction('ready');
        return page.evaluate((address) => Reflect.get(window, 'addPlayer')(address).then(() => 'playing', (/** @type {Error} */ error) => error.message), url + link);
    };
    t.is(await play(friend), 'playing');
    t.is(await play(stranger), 'playing', 'the token is the right');
    await page.goto(stranger);
    await page.waitForFunction('ready');
    const read = await page.evaluate(
        (addresses) => Promise.all(addresses.map((address) => fetch(address).then((response) => response.status, () => 'refused'))),
        [`${url}/live/cam1/index.m3u8`, url + link.replace('/w/', '/w/0')],
    );
    t.deepEqual(read, ['refused', 403], 'without a token nothing; by a wrong one not more than that it is wrong');
    const image = await page.evaluate((address) => fetch(address, { mode: 'no-cors' }).then(() => 'read', () => 'refused'), url + link);
    t.is(image, 'refused', 'nor without CORS');
});
