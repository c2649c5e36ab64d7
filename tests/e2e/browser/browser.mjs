// Chromium without a window, the same way in every test.
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { root } from '../../../scripts/lib.mjs';
import { read } from '../../blockcode/blockcode.mjs';

/** Where the browser is; OCELLUS_CHROMIUM names another one. */
const candidates = [process.env['OCELLUS_CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const quiet = ['--autoplay-policy=no-user-gesture-required', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** The browser of this machine. @returns {string} */
export function chromiumPath() {
    const executablePath = candidates.find((file) => file !== undefined && existsSync(file));
    if (executablePath === undefined) {
        throw new Error('no Chromium here: install it, or name one by OCELLUS_CHROMIUM');
    }
    return executablePath;
}

/**
 * A page in a fresh browser; both are closed with the test.
 * @param {import('ava').ExecutionContext} t
 * @param {{ colorScheme?: 'dark' | 'light', width?: number, height?: number, anyCertificate?: boolean, locale?: string, args?: string[] }} [options]
 */
export async function openPage(t, options = {}) {
    const browser = await chromium.launch({ executablePath: chromiumPath(), args: [...quiet, ...(options.args ?? [])], chromiumSandbox: false });
    t.teardown(() => browser.close());
    const page = await browser.newPage({
        viewport: { width: options.width ?? 1280, height: options.height ?? 800 },
        colorScheme: options.colorScheme ?? 'dark',
        ignoreHTTPSErrors: options.anyCertificate ?? false,
        locale: options.locale ?? 'en-US',
    });
    page.setDefaultTimeout(90_000); // a guard, far above what a busy machine needs
    /** What the page reported: uncaught errors and refusals of its security policy. @type {string[]} */
    const errors = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('console', (message) => {
        if (/Content Security Policy/i.test(message.text())) {
            errors.push(message.text());
        }
    });
    await page.addInitScript(`window.readBlockCode = ${read.toString()}`);
    return { page, errors };
}

/**
 * The block code of the picture that the video element shows.
 * @param {import('playwright-core').Page} page
 * @returns {Promise<import('../../blockcode/blockcode.mjs').Code | undefined>}
 */
export async function shownCode(page) {
    const code = await page.evaluate(() => {
        const video = document.querySelector('video');
        if (!video || video.videoWidth === 0) {
            return null;
        }
        const canvas = document.createElement('canvas');
        canvas.width = video.videoWidth;
        canvas.height = video.videoHeight;
        const context = canvas.getContext('2d');
        if (!context) {
            return null;
        }
        context.drawImage(video, 0, 0);
        const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
        const reader = /** @type {typeof import('../../blockcode/blockcode.mjs').read} */ (Reflect.get(window, 'readBlockCode'));
        return reader({ pixels: data, width, height, channels: 4 }) ?? null;
    });
    return code ?? undefined;
}

/**
 * Keeps a picture of the page in build/screenshots.
 * @param {import('playwright-core').Page} page
 * @param {string} name
 */
export async function screenshot(page, name) {
    const folder = path.join(root, 'build', 'screenshots');
    mkdirSync(folder, { recursive: true });
    await page.screenshot({ path: path.join(folder, `${name}.png`) });
}
