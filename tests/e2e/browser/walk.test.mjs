// The ten things that every owner does first, by accessible names alone, in Chromium and in Firefox.
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import test from 'ava';
import { root } from '../../../scripts/lib.mjs';
import { ask, cookieOf, login } from '../../hosts/closed.mjs';
import { eventually, freePort, start } from '../device.mjs';
import { readMp4, trackOf } from '../mp4.mjs';
import { openPage } from './browser.mjs';
import { openFirefox } from './firefox.mjs';
import { lockedCamera } from './locked-camera.mjs';

const evidence = path.join(root, 'build', 'evidence');
const owner = 'a few words of mine';
const camera = { user: 'admin', password: 'p/w 1%', wrong: 'p/w 2%', title: 'Front Door' };

/** What a person does in a browser. @typedef {{ open: (url: string) => Promise<void>, click: (role: string, name: string) => Promise<void>, fill: (name: string, value: string) => Promise<void>, choose: (name: string, text: string) => Promise<void>, see: (text: string) => Promise<void>, playing: () => Promise<boolean>, texts: (selector: string) => Promise<string[]>, shot: (name: string) => Promise<void> }} Hand */

/** @param {import('ava').ExecutionContext} t @returns {Promise<Hand>} */
async function chromium(t) {
    const { page } = await openPage(t, { anyCertificate: true, width: 1280, height: 800 });
    return {
        open: async (url) => void (await page.goto(url)),
        click: (role, name) => page.getByRole(/** @type {any} */ (role), { name, exact: true }).or(page.locator('summary').filter({ hasText: name })).filter({ visible: true }).first().click(),
        fill: (name, value) => page.getByLabel(name, { exact: true }).filter({ visible: true }).first().fill(value),
        choose: async (name, text) => void (await page.getByLabel(name, { exact: true }).first().selectOption({ label: text })),
        see: (text) => page.getByText(text).filter({ visible: true }).first().waitFor(),
        playing: () => page.evaluate(() => [...document.querySelectorAll('video')].some((one) => !one.paused && one.currentTime > 0)),
        texts: (selector) => page.locator(selector).filter({ visible: true }).allInnerTexts(),
        shot: async (name) => void (await page.screenshot({ path: path.join(evidence, `walk-chromium-${name}.png`) })),
    };
}

/** One request after the other over Marionette, the driver that is in Firefox itself. @param {number} port */
async function marionette(port) {
    const socket = await eventually(async () => {
        const one = net.connect(port, '127.0.0.1');
        return await once(one, 'connect').then(() => one, () => undefined);
    }, 'Marionette');
    socket.on('error', () => undefined); // Firefox is ended
    let buffer = Buffer.alloc(0);
    /** @type {Map<number, (answer: any) => void>} */
    const waiting = new Map();
    socket.on('data', (data) => {
        buffer = Buffer.concat([buffer, data]);
        for (let colon = buffer.indexOf(58); colon > 0; colon = buffer.indexOf(58)) {
            const length = Number(buffer.subarray(0, colon));
            if (buffer.length < colon + 1 + length) {
                return;
            }
            const message = JSON.parse(buffer.subarray(colon + 1, colon + 1 + length).toString());
            buffer = buffer.subarray(colon + 1 + length);
            if (Array.isArray(message)) {
                waiting.get(message[1])?.(message);
            }
        }
    });
    let count = 0;
    /** @param {string} name @param {object} [parameters] @returns {Promise<any>} */
    return async (name, parameters = {}) => {
        const id = ++count;
        const text = JSON.stringify([0, id, name, parameters]);
        const answer = new Promise((resolve) => waiting.set(id, resolve));
        socket.write(`${Buffer.byteLength(text)}:${text}`);
        const [, , error, result] = await answer;
        if (error) {
            throw new Error(`${name}: ${error.message}`);
        }
        return result?.value ?? result;
    };
}

/** In the page: the visible element of this role and accessible name. */
const finder = `
const shown = (one) => one.getClientRects().length > 0;
const nameOf = (one) => (one.getAttribute('aria-label') ?? [...(one.labels ?? [])].map((label) => [...label.childNodes].filter((node) => node !== one && !(node.contains?.(one))).map((node) => node.textContent).join('')).join(' ') ?? '').trim() || one.textContent.trim();
const roles = { button: 'button, summary, input[type=submit], [role=button]', link: 'a[href]', switch: '[role=switch], input[type=checkbox]', checkbox: 'input[type=checkbox]', field: 'input, select, textarea' };
const find = (role, name) => [...document.querySelectorAll(roles[role] ?? '[role=' + role + ']')].find((one) => shown(one) && nameOf(one).replace(/\\s+/g, ' ') === name);
`;

/** @param {import('ava').ExecutionContext} t @returns {Promise<Hand>} */
async function firefox(t) {
    const free = net.createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port } = /** @type {net.AddressInfo} */ (free.address());
    free.close();
    openFirefox(t, 'about:blank', port);
    const ask = await marionette(port);
    await ask('WebDriver:NewSession', { acceptInsecureCerts: true });
    await ask('WebDriver:SetWindowRect', { width: 1280, height: 900 });
    /** @param {string} script @param {...unknown} args */
    const run = (script, ...args) => ask('WebDriver:ExecuteScript', { script: finder + script, args });
    /** @param {string} what @param {string} script @param {...unknown} args */
    const until = (what, script, ...args) => eventually(async () => ((await run(script, ...args)) === true ? true : undefined), what);
    return {
        open: (url) => ask('WebDriver:Navigate', { url }),
        click: async (role, name) => void (await until(`${role} ${name}`, 'const one = find(arguments[0], arguments[1]); one?.click(); return one !== undefined;', role, name)),
        fill: async (name, value) => void (await until(`field ${name}`, "const one = find('field', arguments[0]); if (one === undefined) return false; one.focus(); one.value = arguments[1]; one.dispatchEvent(new Event('input', { bubbles: true })); one.dispatchEvent(new Event('change', { bubbles: true })); return true;", name, value)),
        choose: async (name, text) => void (await until(`choice ${name}`, "const one = find('field', arguments[0]); const option = [...(one?.options ?? [])].find((each) => each.textContent === arguments[1]); if (option === undefined) return false; one.value = option.value; one.dispatchEvent(new Event('change', { bubbles: true })); return true;", name, text)),
        see: async (text) => void (await until(`"${text}"`, 'return document.body.innerText.includes(arguments[0]);', text)),
        playing: () => run('return [...document.querySelectorAll("video")].some((one) => !one.paused && one.currentTime > 0);'),
        texts: (selector) => run('return [...document.querySelectorAll(arguments[0])].filter(shown).map((one) => one.innerText);', selector),
        shot: async (name) => writeFileSync(path.join(evidence, `walk-firefox-${name}.png`), Buffer.from(await ask('WebDriver:TakeScreenshot', { full: false }), 'base64')),
    };
}

for (const [browser, hand] of /** @type {const} */ ([['Chromium', chromium], ['Firefox', firefox]])) {
    test.serial(`${browser}: an owner without a manual does the ten things that every owner does first [O1] [O2] [O3] [O4] [O5] [O23] [O24]`, async (t) => {
        t.timeout(240_000, 'ten things');
        mkdirSync(evidence, { recursive: true });
        const address = await lockedCamera(t, camera);
        const port = await freePort();
        const { device, data } = start(t, ['--port', `${port}`]);
        const url = await device.url();
        t.true((await fetch(`${url}/api/channels/cam1`, { method: 'DELETE' })).ok, 'without the clip that a new device shows');
        const me = await hand(t);

        await me.open(`${url}/`);
        await me.see('No cameras yet');
        await me.shot('01-empty');

        // 1 a password
        await me.click('link', 'Access');
        await me.fill('New password', owner);
        await me.fill('New password again', owner);
        await me.click('button', 'Set the password');
        await me.see('The password is set.');
        await me.shot('02-password');

        // 2 phones of the house: from here on by HTTPS and a login
        await me.click('checkbox', 'Phones in this house may watch');
        await me.click('button', 'Start again now');
        await me.click('button', 'Yes, start again');
        const secure = `https://127.0.0.1:${port}`;
        await me.see(`${secure}/#/access`);
        await me.shot('03-phone');
        await eventually(async () => ((await ask(secure, 'GET /healthz')).status === 200 ? true : undefined), 'it listens with HTTPS');
        const entered = cookieOf(await login(secure, owner));
        /** @param {string} place */
        const look = async (place) => (await ask(secure, `GET ${place}`, { headers: entered })).json;
        await me.open(`${secure}/`);
        await me.fill('Password', owner);
        await me.click('button', 'Log in');
        await me.see('No cameras yet');

        // 3 and 4 the first camera: a wrong password, corrected; a name with a blank
        await me.click('link', 'Live');
        await me.click('button', 'Add camera');
        await me.fill('Address of the camera', address);
        await me.fill('User name', camera.user);
        await me.fill('Password', camera.wrong);
        await me.fill('Display name', camera.title);
        await me.click('button', 'Test');
        await me.see('wrong user name or password');
        await me.shot('04-wrong-password');
        await me.fill('Password', camera.password);
        await me.click('button', 'Test');
        await me.see('It works:');
        await me.shot('05-works');
        await me.choose('Record', 'never');
        await me.click('button', 'Save');
        await me.see(camera.title);
        await eventually(async () => ((await me.playing()) ? true : undefined), 'the picture moves', 60);
        await me.shot('06-live');

        // 5 record now, twice: one to keep, one to delete
        for (const round of [1, 2]) {
            await me.click('button', 'Record now');
            await me.see('by hand');
            await eventually(async () => ((await look('/api/recordings')).recordings.filter((/** @type {any} */ one) => one.channelTitle === camera.title && one.durationMs >= 2000).length >= round ? true : undefined), 'a recording', 60);
            await me.shot(`07-recording-${round}`);
            await me.click('button', 'Stop recording');
            await me.click('link', 'Log'); // a moment later the button is back
            await me.click('link', 'Live');
        }

        // 6 find it, 7 protect it, 8 delete the other
        await me.click('link', 'Recordings');
        await me.click('button', 'Files');
        const names = await eventually(async () => {
            const { recordings } = await look('/api/recordings');
            return recordings.length >= 2 ? recordings : undefined;
        }, 'two recordings');
        await me.shot('08-found');
        const titles = await eventually(async () => {
            const shown = await me.texts('.when');
            return shown.length >= 2 && shown.every((title) => !title.endsWith('now')) ? shown : undefined;
        }, 'two titles');
        // what is kept keeps its neighbours of the same seconds: so the other goes first
        await me.click('button', `Delete ${titles[1]}`);
        await me.click('button', 'Delete');
        await eventually(async () => ((await look('/api/recordings')).recordings.length === names.length - 1 ? true : undefined), 'one is gone', 60);
        await me.click('button', `Keep ${titles[0]}`);
        await eventually(async () => ((await look('/api/recordings')).recordings.some((/** @type {any} */ one) => one.protected) ? true : undefined), 'one is kept', 60);
        await me.shot('09-kept-and-deleted');

        // 9 how full is the disk
        await me.see('How long the disk lasts');
        await me.shot('10-disk');

        // 10 share a link: whoever has it sees the picture, without a login
        await me.click('link', 'Live');
        await me.click('button', 'Share a link');
        await me.click('button', 'Make a watch link');
        const shared = await eventually(async () => (await me.texts('a.link')).find((text) => text.startsWith(`${secure}/w/`)), 'a link');
        await me.shot('11-shared');
        const guest = await ask(secure, `GET ${new URL(shared).pathname}link.json`);
        t.is(guest.json.title, camera.title);
        t.is((await ask(secure, 'GET /api/status')).status, 401);
        await me.open(shared);
        await eventually(async () => ((await me.playing()) ? true : undefined), 'the picture behind the link moves', 60);
        await me.shot('12-behind-the-link');

        // and no packet was lost on the way: as the device counts, and in what is left of its recordings
        const [row] = (await look('/api/status')).channels;
        t.deepEqual([row.dropped, row.lostGops, row.sourceLosses, row.jumps, row.recording.lostPackets], [0, 0, 0, 0, 0]);
        t.is((await device.stop()).code, 0);
        const folder = path.join(data, 'recordings', row.name);
        const [kept = ''] = readdirSync(folder).filter((name) => name.endsWith('.mp4'));
        const { samples, timescale } = trackOf(readMp4(path.join(folder, kept)), 'video');
        const steps = samples.slice(1).map(({ dts }, index) => (dts - (samples[index]?.dts ?? 0)) / timescale);
        t.true(steps.length > 20 && Math.max(...steps) < 1.5 * Math.min(...steps), `${Math.min(...steps)} to ${Math.max(...steps)} s between pictures`);
    });
}
