// Chromium as a peer: runs scenario.mjs in a page of the given site.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const candidates = [process.env['OCELLUS_CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const flags = ['--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** @typedef {(result: { name: string, error?: string }) => void} Tell */

/** @param {string} site its root is a page, and it has /scenario.mjs and /answer @param {Tell} tell each result */
export async function openBrowserPeer(site, tell) {
    const executablePath = candidates.find((file) => file !== undefined && existsSync(file));
    if (executablePath === undefined) {
        throw new Error('no Chromium here: install it, or name one by OCELLUS_CHROMIUM');
    }
    const browser = await chromium.launch({ executablePath, args: flags, chromiumSandbox: false });
    process.on('exit', () => void browser.close());
    const page = await browser.newPage();
    await page.exposeFunction('tell', tell);
    await page.goto(site);
    return {
        /** @param {string} url */
        offer: (url) =>
            page.evaluate(async (to) => {
                const s = /** @type {typeof import('./scenario.mjs')} */ (await import(`${location.origin}/scenario.mjs`));
                const pc = new RTCPeerConnection({ iceServers: [] });
                return s.everything(pc, () => s.offerTo(pc, s.postOffer(to)), Reflect.get(window, 'tell'));
            }, url),
        /** @param {string} offer */
        answer: (offer) =>
            page.evaluate(async (sdp) => {
                const s = /** @type {typeof import('./scenario.mjs')} */ (await import(`${location.origin}/scenario.mjs`));
                const pc = new RTCPeerConnection({ iceServers: [] });
                return s.everything(pc, async () => {
                    const both = await s.answerTo(pc, sdp);
                    await fetch('/answer', { method: 'POST', body: both.ours });
                    return both;
                }, Reflect.get(window, 'tell'));
            }, offer),
    };
}
