// The page's side of talk in Chromium, with a microphone that beeps: worklet, policy of the page, what leaves.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import test from 'ava';
import { build } from 'vite';
import { root } from '../../../scripts/lib.mjs';
import { eventually, sleep, start, temporary } from '../device.mjs';
import { openPage } from './browser.mjs';

/** As hosts/posix/http has it. */
const policy = "default-src 'none'; script-src 'self'; connect-src 'self'";
const types = /** @type {Record<string, string>} */ ({ '.html': 'text/html', '.js': 'text/javascript' });

/** A page that talks to nobody: what it would send, and why it ended. */
const script = `import { openMicrophone } from '${path.join(root, 'viewer/src/talk/microphone.ts')}';
import { Talk } from '${path.join(root, 'viewer/src/talk/talk.ts')}';
const listeners = [];
globalThis.sent = [];
globalThis.ends = [];
const channel = {
    readyState: 'open',
    bufferedAmount: 0,
    send: (data) => globalThis.sent.push([...data]),
    close: () => { channel.readyState = 'closed'; },
    addEventListener: (name, listener) => listeners.push([name, listener]),
};
globalThis.begin = () => {
    globalThis.talk = new Talk({ channel, page: document, open: openMicrophone, onEnd: (end) => globalThis.ends.push(end) });
};
`;

/** Built as Vite builds the page. @param {import('ava').ExecutionContext} t */
async function site(t) {
    mkdirSync(path.join(root, 'build'), { recursive: true });
    const folder = mkdtempSync(path.join(root, 'build', 'talk-'));
    t.teardown(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(path.join(folder, 'index.html'), '<!doctype html><title>talk</title><script type="module" src="./main.ts"></script>');
    writeFileSync(path.join(folder, 'main.ts'), script);
    await build({ configFile: false, root: folder, base: './', logLevel: 'error', build: { outDir: path.join(folder, 'out'), assetsInlineLimit: 0, target: 'es2022', modulePreload: { polyfill: false } } });
    return path.join(folder, 'out');
}

test('[B9] [E8] the microphone is read in a worklet that the policy allows; a page that ends the talk closes it', async (t) => {
    t.timeout(180_000);
    const folder = await site(t);
    const server = http.createServer((request, response) => {
        const file = new URL(request.url ?? '/', 'http://camera').pathname.replace(/\/$/, '/index.html');
        if (!existsSync(path.join(folder, file))) return response.writeHead(404).end();
        response.writeHead(200, { 'content-type': types[path.extname(file)] ?? 'text/plain', 'content-security-policy': policy });
        return response.end(readFileSync(path.join(folder, file)));
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    t.teardown(() => server.close());
    const args = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];
    const { page, errors } = await openPage(t, { args });
    await page.goto(`http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}/`);
    /** @typedef {{ begin: () => void, talk: { stop: () => void }, sent: number[][], ends: object[] }} Talking */
    await page.evaluate(() => /** @type {Talking} */ (/** @type {unknown} */ (globalThis)).begin());
    await page.waitForFunction(() => {
        const { sent, ends } = /** @type {Talking} */ (/** @type {unknown} */ (globalThis));
        return sent.length >= 100 || ends.length > 0;
    });
    t.deepEqual(await page.evaluate(() => /** @type {Talking} */ (/** @type {unknown} */ (globalThis)).ends), [], errors.join());
    const sent = await page.evaluate(() => /** @type {Talking} */ (/** @type {unknown} */ (globalThis)).sent.slice(0, 100));
    for (const [index, message] of sent.entries()) {
        t.deepEqual([message.length, message[0], message[1]], [166, 0, index]);
    }
    t.true(sent.some((message) => new Set(message.slice(6)).size > 8), 'it beeps');
    await page.evaluate(() => /** @type {Talking} */ (/** @type {unknown} */ (globalThis)).talk.stop());
    await page.waitForFunction(() => /** @type {Talking} */ (/** @type {unknown} */ (globalThis)).ends.length === 1);
    const [ends, last] = await page.evaluate(() => {
        const { ends: all, sent: messages } = /** @type {Talking} */ (/** @type {unknown} */ (globalThis));
        return [all, messages.at(-1)];
    });
    t.deepEqual([ends, last], [[{ kind: 'stopped' }], []]);
    t.deepEqual(errors, []);
});

/** A page of a device whose speaker is a file, with a microphone that beeps. @param {import('ava').ExecutionContext} t @param {string} output */
async function room(t, output) {
    t.timeout(120_000);
    const settings = path.join(temporary(t), 'settings.json');
    writeFileSync(settings, JSON.stringify({ p2p: { loopback: true }, talk: { output } }));
    const { device, data } = start(t, ['--settings', settings, '--record', 'off', '--input', 'test:?size=640x360']);
    const url = await device.url();
    const { page, errors } = await openPage(t, { args: ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'] });
    await page.goto(url);
    const button = page.locator('.talk button');
    await button.waitFor();
    await eventually(async () => ((await device.json('/api/p2p/sessions')).sessions.some((/** @type {any} */ one) => one.state === 'up') ? true : undefined), 'the page is connected');
    return { device, data, page, errors, button };
}

/** Milliseconds of sound that the device has played. @param {string} data */
const playedMs = (data) => {
    const file = path.join(data, 'talk.wav');
    return existsSync(file) ? Math.max(0, statSync(file).size - 44) / 16 : 0;
};

/** The loudest sample of what was played. @param {string} data */
function loudest(data) {
    const file = readFileSync(path.join(data, 'talk.wav'));
    let peak = 0;
    for (let at = 44; at + 1 < file.length; at += 2) peak = Math.max(peak, Math.abs(file.readInt16LE(at)));
    return peak;
}

test('[B9] a person holds the button and speaks, presses it for free hands, and a hidden page ends the talk', async (t) => {
    const { data, page, errors, button } = await room(t, 'file');
    await button.hover();
    await page.mouse.down();
    await eventually(() => Promise.resolve(playedMs(data) > 1500 || undefined), 'a second and a half of sound', 40);
    t.is(await button.getAttribute('aria-pressed'), 'true');
    await page.mouse.up();
    await page.locator('.talk button[aria-pressed="false"]').waitFor();
    t.true(loudest(data) > 1000, 'it beeps');
    t.is(await page.locator('.talk-text').innerText(), '');

    const before = await eventually(async () => {
        const then = playedMs(data);
        await sleep(1000);
        return playedMs(data) === then ? then : undefined;
    }, 'nothing is played any more', 20);
    await button.focus();
    await page.keyboard.press('Enter');
    await eventually(() => Promise.resolve(playedMs(data) !== before || undefined), 'free hands', 40);
    await page.evaluate(() => {
        Object.defineProperty(document, 'hidden', { configurable: true, get: () => true });
        document.dispatchEvent(new Event('visibilitychange'));
    });
    await page.locator('.talk-text', { hasText: 'hidden' }).waitFor();
    t.is(await button.getAttribute('aria-pressed'), 'false');
    t.deepEqual(errors, []);
});

test('[B9] a device without a speaker refuses, and the page has its words', async (t) => {
    const { page, button } = await room(t, 'none');
    await button.focus();
    await page.keyboard.press('Enter');
    await page.locator('.talk-text', { hasText: 'talk is disabled' }).waitFor();
    t.is(await button.getAttribute('aria-pressed'), 'false');
});
