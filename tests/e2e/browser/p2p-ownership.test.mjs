// Viewers by UDP through what happens to them: refusals, privacy, scripts that end, pages that stand still, the end.
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { judge } from '../../guard.mjs';
import { root } from '../../../scripts/lib.mjs';
import { eventually, sleep, start, temporary, testApp } from '../device.mjs';
import { openPage } from './browser.mjs';
import { ask, looks, openCamera, stands, watchCamera } from './p2p-page.mjs';

const source = ['--record', 'off', '--input', 'test:?size=640x360'];

/**
 * A camera whose viewers are on this machine, and a page of it.
 * @param {import('ava').ExecutionContext} t
 * @param {{ args?: readonly string[], p2p?: object, env?: NodeJS.ProcessEnv }} [options]
 */
async function camera(t, { args = source, p2p = {}, env } = {}) {
    t.timeout(120_000);
    const { page, errors } = await openPage(t);
    const file = path.join(temporary(t), 'settings.json');
    writeFileSync(file, JSON.stringify({ p2p: { loopback: true, ...p2p } }));
    const { device, data } = start(t, ['--settings', file, ...args], env ? { env } : {});
    const url = await device.url();
    await openCamera(page, url);
    return { device, data, url, page, errors };
}

/** @typedef {import('../device.mjs').Device} Device */
/** @typedef {import('playwright-core').Page} Page */

/** The picture moves. @param {Page} page */
async function plays(page) {
    const { time, messages } = await looks(page);
    await eventually(async () => {
        const now = await looks(page);
        return now.time > time + 0.3 && now.messages > messages + 5 ? true : undefined;
    }, 'the picture moves');
}

/** The live channel as the camera tells. @param {Device} device @param {number} session */
async function liveOf(device, session) {
    const { sessions } = await device.json('/api/p2p/sessions');
    const found = sessions.find((/** @type {{ session: number }} */ one) => one.session === session);
    return found?.channels.find((/** @type {{ kind: string }} */ one) => one.kind === 'live');
}

/** A channel with this label, until it closes: what it was told. @param {Page} page @param {string} label */
function refusal(page, label) {
    return page.evaluate(async (text) => {
        const { pc } = Reflect.get(window, 'camera');
        const channel = pc.createDataChannel(text);
        const told = /** @type {string[]} */ ([]);
        channel.onmessage = (/** @type {MessageEvent} */ { data }) => told.push(data);
        await new Promise((resolve) => {
            channel.onclose = resolve;
            setTimeout(resolve, 8000);
        });
        return [channel.readyState, ...told];
    }, label);
}

/** @param {string} url @param {string} where @param {RequestInit} init */
async function send(url, where, init) {
    const type = String(init.body).startsWith('{') ? 'application/json' : 'application/sdp';
    const response = await fetch(url + where, { ...init, headers: { 'content-type': type, ...init.headers } });
    const text = await response.text();
    const json = text !== '' && response.headers.get('content-type')?.startsWith('application/json');
    return { status: response.status, body: json ? JSON.parse(text) : text };
}

test.serial('what cannot be had is refused with a reason that the viewer reads [B2] [B9] [B10]', async (t) => {
    const { page, device, errors } = await camera(t);
    const { session } = await watchCamera(page, { early: false });
    await plays(page);
    for (const [label, why] of /** @type {const} */ ([
        ['action=dance', 'action=dance is not known: live, playback, voice or command'],
        ['action=live&channel=nobody', 'no channel "nobody"'],
        ['action=live&channel=0&stream=sub', 'channel test has no stream sub'],
        ['action=live', 'channel is missing: its name or number'],
    ])) {
        t.deepEqual(await refusal(page, label), ['closed', JSON.stringify({ error: why })], label);
    }
    const [state, told = ''] = await refusal(page, 'action=live&action=live');
    t.is(state, 'closed');
    t.regex(told, /^\{"error":".+"\}$/);
    t.regex((await refusal(page, 'action=voice&codec=pcma'))[1] ?? '', /^\{"error":".+"\}$/);
    const wrong = await ask(page, { command: 'dance' });
    t.deepEqual(wrong, { kind: 4, text: 'command: "dance" is not known: the command "commands" lists them' });
    t.is((await ask(page, 'no JSON')).kind, 4);
    t.is((await ask(page, { command: 'key', channel: 'test' })).kind, 2, 'a key picture was asked for');
    t.is(JSON.parse((await ask(page, { command: 'views' })).text).views.length, 2);
    t.truthy(await liveOf(device, session), 'what played before plays on');
    await plays(page);
    t.deepEqual(errors, []);
});

test.serial('two viewers; privacy mode ends both and says so, and they come back [B4]', async (t) => {
    const { device, url, page } = await camera(t);
    const { page: other } = await openPage(t);
    await openCamera(other, url);
    for (const one of [page, other]) {
        await watchCamera(one);
        await plays(one);
    }
    await eventually(async () => ((await device.json('/api/status')).channels[0].live.viewers === 2 ? true : undefined), 'two are counted'); // published 4 times a second
    t.is((await send(url, '/api/privacy', { method: 'POST', body: '{"on":true}' })).status, 200);
    for (const one of [page, other]) {
        await eventually(async () => ((await looks(one)).live === 'closed' ? true : undefined), 'live ends');
        const { texts, commands } = await looks(one);
        t.deepEqual(texts.at(-1), { error: 'privacy mode is on' });
        t.is(commands, 'open', 'the session stays');
        t.deepEqual(await refusal(one, 'action=live&channel=0'), ['closed', '{"error":"privacy mode is on"}']);
        t.true(JSON.parse((await ask(one, { command: 'status' })).text).private);
    }
    t.is((await send(url, '/api/privacy', { method: 'POST', body: '{"on":false}' })).status, 200);
    await openCamera(page, url);
    await eventually(async () => ((await device.json('/api/status')).channels[0]?.state === 'running' ? true : undefined), 'the source is back');
    await watchCamera(page);
    await plays(page);
});

test.serial('scripts end and the picture goes on; the next script has the viewer [B4]', async (t) => {
    const { device, url, page } = await camera(t, { args: ['--record', 'off', '--app', testApp('throws-later')] });
    const { session } = await eventually(() => watchCamera(page), 'connected', 20);
    const generation = async () => (await device.json('/api/status')).script.generation;
    const before = await eventually(generation, 'a script');
    await eventually(async () => ((await generation()) === 3 ? true : undefined), 'the third script');
    t.true(before < 3, `connected under script ${before}`);
    await sleep(500);
    const longest = await page.evaluate(() => {
        const { at } = Reflect.get(window, 'camera').state;
        return Math.max(...at.slice(1).map((/** @type {number} */ ms, /** @type {number} */ i) => ms - at[i]));
    });
    judge(t, longest < 400, `connected under script ${before}; longest time without a packet ${Math.round(longest)} ms`);
    t.is((await looks(page)).live, 'open');
    const { sessions } = await device.json('/api/p2p/sessions');
    t.deepEqual(sessions.map((/** @type {{ session: number }} */ one) => one.session), [session]);
    const answer = await ask(page, { command: 'status' });
    t.is(answer.kind, 2, 'the new script answers on the old channel');
    t.deepEqual(await refusal(page, 'action=live&channel=x'), ['closed', '{"error":"no channel \\"x\\""}']);
    t.is((await send(url, `/api/p2p/sessions/${session}`, { method: 'DELETE' })).status, 204);
});

/** Anonymous memory of all processes of the browser, bytes. @param {Page} page */
async function memory(page) {
    const browser = page.context().browser();
    const session = await browser?.newBrowserCDPSession();
    const { processInfo = [] } = (await session?.send('SystemInfo.getProcessInfo')) ?? {};
    const sizes = processInfo.map(({ id }) => {
        const file = `/proc/${id}/status`;
        return existsSync(file) ? Number(/^RssAnon:\s*(\d+)/m.exec(readFileSync(file, 'utf8'))?.[1] ?? 0) * 1024 : 0;
    });
    return sizes.reduce((sum, size) => sum + size, 0);
}

const blockedMs = Number(process.env['OC_PAGE_BLOCKED_MS'] ?? 6000);

test.serial('a page that stands still or is hidden is sent nothing, and goes on at a key picture', async (t) => {
    const { device, page } = await camera(t, { args: ['--record', 'off', '--input', 'test:?size=1280x720&bitrate=8000000'] });
    t.timeout(120_000 + blockedMs);
    const { session } = await watchCamera(page);
    await plays(page);
    await sleep(1500);
    const [before, bytes] = [await liveOf(device, session), await memory(page)];
    let still = true;
    const blocked = page
        .evaluate((ms) => {
            const until = performance.now() + ms;
            while (performance.now() < until);
        }, blockedMs)
        .finally(() => {
            still = false;
        });
    let [during, grown] = [before, 0];
    while (still) {
        const now = await liveOf(device, session);
        if (now.held.report) {
            [during, grown] = [now, (await memory(page)) - bytes];
        }
        await sleep(250);
    }
    t.true(during.held.report, JSON.stringify(during));
    const sent = during.acknowledgedBytes - before.acknowledgedBytes;
    t.log(`blocked for ${blockedMs} ms: ${sent} bytes sent, memory of the browser ${Math.round(grown / 1024)} KB more`);
    t.true(sent < 8 * 1024 * 1024, `${sent} bytes`);
    // what was sent until then, and what a browser takes for itself meanwhile: 3 to 8 MB were seen
    t.true(grown < 24 * 1024 * 1024, `${grown} bytes`);
    await blocked;
    await plays(page);
    t.false((await liveOf(device, session)).held.report);
    t.true((await liveOf(device, session)).drops.report > 0);

    await page.evaluate(() => {
        const { camera: own } = /** @type {any} */ (window);
        own.hidden = true;
        own.sendReport();
    });
    await eventually(async () => ((await liveOf(device, session)).held.report ? true : undefined), 'held');
    await stands(page, 'nothing is sent to a hidden page, once the group of pictures is finished');
    await page.evaluate(() => {
        const { camera: own } = /** @type {any} */ (window);
        own.hidden = false;
        own.sendReport();
    });
    await plays(page);
    t.is((await looks(page)).error, '');
});

test.serial('settings: a port, changes while it is open, off; the certificate stays and is private', async (t) => {
    const { device, data, url, page } = await camera(t);
    const first = await watchCamera(page);
    await plays(page);
    const pem = path.join(data, 'p2p', 'certificate.pem');
    t.is(statSync(pem).mode & 0o777, 0o600);
    const fingerprint = /a=fingerprint:.*/.exec(first.sdp)?.[0];
    t.truthy(fingerprint);
    const patch = (/** @type {object} */ p2p) => send(url, '/api/settings', { method: 'PATCH', body: JSON.stringify({ p2p }) });
    t.is((await patch({ watermarks: { low: 100_000, warn: 200_000, high: 300_000 }, keepAlive: { interval: 5 } })).status, 200);
    await plays(page);
    t.is((await looks(page)).live, 'open', 'watermarks and keep-alive end nothing [B5] [B11]');
    t.is((await patch({ maxPeers: 1 })).status, 200);
    await eventually(async () => ((await looks(page)).live === 'closed' ? true : undefined), 'the viewer is told');
    await openCamera(page, url);
    const second = await watchCamera(page);
    await plays(page);
    t.is(/a=fingerprint:.*/.exec(second.sdp)?.[0], fingerprint);
    const more = await send(url, '/api/p2p/offer', { method: 'POST', body: await offer(page) });
    t.is(more.status, 503, JSON.stringify(more.body));
    t.is((await patch({ enabled: false })).status, 200);
    const off = await send(url, '/api/p2p/offer', { method: 'POST', body: await offer(page) });
    t.is(off.status, 501);
    t.regex(off.body.error.message, /p2p\.enabled/);
    t.is((await device.stop()).code, 0);
});

/** An offer that nobody stands behind. @param {Page} page @returns {Promise<string>} */
function offer(page) {
    return page.evaluate(async () => {
        const pc = new RTCPeerConnection();
        pc.createDataChannel('action=live&channel=0');
        await pc.setLocalDescription();
        return pc.localDescription?.sdp ?? '';
    });
}

test.serial('offers: what is wrong is said, floods are bounded, other sites are refused', async (t) => {
    const { device, url, page } = await camera(t);
    const post = (/** @type {string} */ body, /** @type {Record<string, string>} */ headers = {}) => send(url, '/api/p2p/offer', { method: 'POST', body, headers });
    const sdp = await offer(page);
    for (const bad of ['v=1', sdp.replace(/a=fingerprint.*\r\n/, ''), sdp.replace('m=application', 'm=audio'), `{"sdp":${JSON.stringify(sdp)},"open":[{"id":1024,"label":"a"}]}`]) {
        const { status, body } = await post(bad);
        t.is(status, 400, JSON.stringify(body));
        t.true(body.error.message.length > 5, JSON.stringify(body));
    }
    t.is((await fetch(`${url}/api/p2p/offer`, { method: 'POST', body: sdp, headers: { 'content-type': 'application/sdp', Origin: 'https://evil.example' } })).status, 403);
    t.is((await post('x'.repeat(60_000))).status, 413);
    const answers = [];
    for (let i = 0; i < 20; i++) {
        answers.push(await post(sdp));
    }
    t.is(answers.filter(({ status }) => status === 201).length, 16, 'as many as may be unfinished');
    const busy = answers.find(({ status }) => status === 503);
    t.is(answers.filter(({ status }) => status === 503).length, 4);
    t.truthy(busy?.body.error.message);
    t.is((await device.json('/api/p2p/sessions')).sessions.length, 16);
    t.is((await device.stop()).code, 0, 'and it ends as ever');
});

test.serial('passwords of TURN servers are seen nowhere', async (t) => {
    const turn = ['turn://user:s3cretword@127.0.0.1:9', 'turn://user:s3cretword@no.such.host.invalid'];
    const { device, url, page } = await camera(t, { p2p: { turn } });
    await watchCamera(page);
    await plays(page);
    const shown = await (await fetch(`${url}/api/settings`)).text();
    const metrics = await (await fetch(`${url}/metrics`)).text();
    const sessions = await (await fetch(`${url}/api/p2p/sessions`)).text();
    t.regex(shown, /turn:\/\/\*\*\*@127\.0\.0\.1:9/);
    await eventually(async () => (/server no\.such\.host\.invalid: /.test(device.stderr) ? true : undefined), 'the name is not found');
    for (const text of [shown, metrics, sessions, device.stderr, device.stdout]) {
        t.false(/s3cretword/.test(text));
    }
    t.is((await device.stop()).code, 0);
});

test.serial('without a clock it works, and says that it has none', async (t) => {
    const library = path.join(root, 'build', 'linux', 'tests', 'hosts', 'clock_shift.so');
    const clock = path.join(temporary(t), 'clock');
    const bytes = new BigInt64Array([BigInt(-Date.now()) * 1000n, 0n]);
    writeFileSync(clock, new Uint8Array(bytes.buffer));
    const { device, page } = await camera(t, { env: { LD_PRELOAD: library, OCELLUS_TEST_CLOCK: clock } });
    t.is((await device.json('/api/status')).clock.quality, 'none');
    await watchCamera(page);
    await plays(page);
    t.is((await looks(page)).texts[0].timeline.quality, 'none');
});

test.serial('the end of the program is told at once [B1]', async (t) => {
    const { device, page } = await camera(t);
    await watchCamera(page);
    await plays(page);
    const begun = Date.now();
    device.process.kill('SIGINT');
    await eventually(async () => ((await looks(page)).live === 'closed' ? true : undefined), 'the page hears of it');
    t.is((await device.ended).code, 0, device.stderr);
    const ms = Date.now() - begun;
    judge(t, ms < 4000, `told and ended after ${ms} ms`);
});
