// Channels side by side in one page, over HTTPS and so one connection of HTTP/2.
import { ask, closed, cookieOf, login, origin } from '../../hosts/closed.mjs';
import { eventually } from '../device.mjs';
import { openPage } from './browser.mjs';
import { playerSite } from './site.mjs';
import { watch } from './watching.mjs';

/**
 * Starts a device with these inputs and plays all of its channels in one page of another site, by watch links.
 * @param {import('ava').ExecutionContext} t
 * @param {readonly string[]} inputs `NAME=URL`
 * @param {{ muted?: boolean, film?: Buffer }} [options]
 */
export async function openWall(t, inputs, options = {}) {
    const site = await playerSite(t, options.film);
    const { device, url } = await closed(t, ['--cors-origin', site, ...inputs.flatMap((input) => ['--input', input])]);
    const own = { ...cookieOf(await login(url)), ...origin(url), 'content-type': 'application/json' };
    const { page, errors } = await openPage(t, { anyCertificate: true, width: 980, height: 600 });
    await page.goto(site);
    await page.waitForFunction('ready');
    const names = inputs.map((input) => input.replace(/=.*/s, ''));
    for (const channel of names) {
        const { path } = (await ask(url, 'POST /api/links', { headers: own, body: JSON.stringify({ channel, seconds: 3600 }) })).json;
        await eventually(async () => ((await ask(url, `GET ${path}`)).status === 200 ? true : undefined), `live of ${channel}`);
        await page.evaluate(([address, id, muted]) => Reflect.get(window, 'addPlayer')(address, id, { muted }), [url + path, channel, options.muted ?? true]);
    }
    return { device, page, errors, url, names, own };
}

/**
 * Nine low-latency channels in one page, to be watched at the same time. Small pictures: nine encoders and a browser
 * without a GPU share the machine.
 * @param {import('ava').ExecutionContext} t
 */
export async function openNine(t) {
    const inputs = Array.from({ length: 9 }, (_, n) => `c${n}=test:?size=320x180&fps=15&bitrate=150000`);
    const { page, names, url, own } = await openWall(t, inputs);
    await new Promise((resolve) => setTimeout(resolve, 3000)); // every player has found its distance
    return {
        /** Of HTTP, as the device counts them. */
        async connections() {
            const { text } = await ask(url, 'GET /metrics', { headers: own });
            return Number(/^ocellus_http_connections (\d+)/m.exec(text)?.[1]);
        },
        /** @param {number} seconds */
        watch: (seconds) => Promise.all(names.map((name) => watch(page, seconds * 1000, `#${name}`, 30))),
        /** Every player at the edge again: behind a stall they take half a minute to come there by themselves. */
        async again() {
            await page.evaluate(() => {
                for (const [id, hls] of Object.entries(Reflect.get(window, 'players'))) {
                    const video = /** @type {HTMLVideoElement} */ (document.querySelector(`#${id}`));
                    video.currentTime = /** @type {any} */ (hls).liveSyncPosition ?? video.currentTime;
                }
            });
            await new Promise((resolve) => setTimeout(resolve, 3000));
        },
        /** What hls.js told. @returns {Promise<string[]>} */
        problems: () => page.evaluate(() => Reflect.get(window, 'problems') ?? []),
    };
}
