// The camera serves its own viewers by UDP: a page in Chromium watches over data channels.
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { judge } from '../../guard.mjs';
import { app, newFolder } from '../../app/folder.mjs';
import { eventually, sleep, start } from '../device.mjs';
import { openPage, shownCode } from './browser.mjs';
import { ask, looks, openCamera, stands, watchCamera } from './p2p-page.mjs';
import { quantile, watch } from './watching.mjs';

/**
 * A camera whose viewers are on this machine, and a page of it.
 * @param {import('ava').ExecutionContext} t
 * @param {readonly string[]} [args]
 */
async function camera(t, args = []) {
    t.timeout(90_000);
    const { device, data } = start(t, ['--record', 'off', '--input', 'test:?size=640x360', ...args]);
    const url = await device.url();
    await settings(url, { loopback: true });
    const { page, errors } = await openPage(t);
    await openCamera(page, url);
    return { device, data, url, page, errors };
}

/** @param {string} url @param {object} p2p */
async function settings(url, p2p) {
    const response = await fetch(`${url}/api/settings`, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ p2p }) });
    if (!response.ok) {
        throw new Error(await response.text());
    }
}

/** The picture moves. @param {import('playwright-core').Page} page */
async function plays(page) {
    const { time } = await looks(page);
    await eventually(async () => {
        const now = await looks(page);
        if (now.time <= time + 0.3) {
            throw new Error(`from ${time}: ${JSON.stringify(now)}`);
        }
        return true;
    }, 'the picture moves');
}

test.serial('live over UDP: asked for in the offer [B2], straight from the ring [B3], young, with figures [B6] [B7]', async (t) => {
    const { device, url, page, errors } = await camera(t);
    t.deepEqual(await device.json('/api/p2p/sessions'), { sessions: [] }, 'nothing is open before the first offer');
    const { session } = await watchCamera(page);
    await plays(page);
    await sleep(2000);
    const { ages, waits, pictures } = await watch(page, 5000);
    const [median, most] = [quantile(ages, 0.5), quantile(ages, 0.99)].map(Math.round);
    const { firstMs, texts } = await looks(page);
    t.log(`first fragment after ${Math.round(firstMs)} ms; age: median ${median} ms, 99 % ${most} ms, ${pictures} pictures, ${waits} waits`);
    t.true((median ?? 0) > 0, `${ages.length} codes in ${pictures} pictures`);
    judge(t, ages.length > 60 && (median ?? Infinity) <= 1000, `median age ${median} ms`);
    t.is(texts.length, 1);
    t.is(texts[0].stream, 'main');
    t.deepEqual([texts[0].width, texts[0].height], [640, 360]);
    const answer = await ask(page, { command: 'status' });
    t.is(answer.kind, 2);
    t.is(JSON.parse(answer.text).channels[0].state, 'running');
    const { sessions } = await device.json('/api/p2p/sessions');
    t.is(sessions.length, 1);
    t.is(sessions[0].session, session);
    const live = sessions[0].channels.find((/** @type {{ kind: string }} */ one) => one.kind === 'live');
    t.true(live.acknowledgedRate > 10_000 && live.acknowledgedBytes > 100_000, JSON.stringify(live));
    t.true(live.queued < 200_000, JSON.stringify(live));
    const { channels } = await device.json('/api/status');
    t.is(channels[0].live.viewers, 1);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    t.regex(metrics, /ocellus_p2p_views\{kind="live"\} 1\n/);
    t.regex(metrics, /ocellus_p2p_sent_bytes_total [1-9]\d{5}/);
    t.deepEqual(errors, []);
    const restarted = await page.evaluate(async (number) => {
        const { pc } = Reflect.get(window, 'camera');
        const before = pc.localDescription.sdp;
        pc.restartIce();
        await pc.setLocalDescription();
        const response = await fetch(`/api/p2p/sessions/${number}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ sdp: pc.localDescription.sdp }) });
        const { sdp, session: same } = await response.json();
        await pc.setRemoteDescription({ type: 'answer', sdp });
        const ufrag = (/** @type {string} */ text) => /a=ice-ufrag:(.*)/.exec(text)?.[1];
        return { status: response.status, same, other: ufrag(before) !== ufrag(pc.localDescription.sdp) };
    }, session);
    t.deepEqual(restarted, { status: 200, same: session, other: true });
    await sleep(1500);
    await plays(page);
    t.is((await looks(page)).connection, 'connected', 'an ICE restart by the API');
    t.is((await fetch(`${url}/api/p2p/sessions/${session}`, { method: 'DELETE' })).status, 204);
    await eventually(async () => ((await looks(page)).live === 'closed' ? true : undefined), 'the page hears of the end');
});

test.serial('a recording plays from an instant on, pauses, goes on, and is sought', async (t) => {
    t.timeout(90_000);
    const { device } = start(t, ['--input', 'test:?size=640x360', '--segment-minutes', '1']);
    const url = await device.url();
    await settings(url, { loopback: true });
    const begun = Date.now();
    await sleep(12_000);
    const { page } = await openPage(t);
    await openCamera(page, url);
    await watchCamera(page, { label: `action=playback&channel=test&time=${begun + 5000}` });
    /** When the picture that is shown was drawn, milliseconds after the beginning. */
    const shown = async () => {
        const code = await shownCode(page);
        return code === undefined ? undefined : (code.timeMs - begun) | 0; // it is UTC modulo 2^32
    };
    const first = await eventually(shown, 'a picture');
    t.log(`asked for 5000 ms after the beginning, first seen ${first}`);
    t.true(first > 3500 && first < 11_000, `${first}`); // there are 12 s of it
    await plays(page);
    const { texts } = await looks(page);
    t.true(texts[0].playback);
    const early = begun + 5000 - Date.parse(texts[0].base) - texts[0].at;
    t.true(early >= 0 && early <= 1100, `it begins ${early} ms earlier, at a key picture`);
    const say = (/** @type {object} */ control) => page.evaluate((text) => Reflect.get(window, 'camera').live.send(text), JSON.stringify(control));
    await say({ pause: true });
    await stands(page, 'paused');
    await say({ seek: begun + 1500 });
    await say({ resume: true });
    const sought = await eventually(async () => {
        const at = await shown();
        return at !== undefined && at < 3500 ? at : undefined;
    }, 'the picture from before');
    t.log(`sought to 1500 ms, seen ${sought}`);
    t.deepEqual((await looks(page)).live, 'open');
    const before = device.stderr.split('\n').length;
    await page.evaluate(() => {
        for (let n = 0; n < 500; n++) {
            Reflect.get(window, 'camera').live.send('dance');
        }
    });
    await device.said(/playback: control failed: control: not JSON/);
    await sleep(2000);
    const lines = device.stderr.split('\n').slice(before - 1).filter((line) => !/ (plane|script|camera): /.test(line) && line !== '');
    t.log(`500 texts that mean nothing: ${lines.length} lines of the log`);
    t.true(lines.length <= 2, lines.slice(0, 20).join('\n')); // one in 10 s
});

/** An application that is ours but for its version. @param {number} version */
const application = (version) => `import { start } from 'ocellus/app/system/application';\n\nvoid start({ name: 'seeker', version: '${version}.0.0' });\n`;

test.serial('a playback is sought on after an update of the application', async (t) => {
    t.timeout(150_000);
    const folder = await newFolder(t, { 'src/main.ts': application(1) });
    t.is((await app(folder, ['build'])).code, 0);
    const [archive = ''] = readdirSync(path.join(folder, 'build')).filter((name) => name.endsWith('.xsa')).map((name) => path.join(folder, 'build', name));
    const { device } = start(t, ['--input', 'test:?size=640x360', '--app', archive, '--app-watch']);
    const url = await device.url();
    await settings(url, { loopback: true });
    const begun = Date.now();
    await sleep(8000);
    const { page } = await openPage(t);
    await openCamera(page, url);
    await watchCamera(page, { label: `action=playback&channel=test&time=${begun + 5000}` });
    const shown = async () => {
        const code = await shownCode(page);
        return code === undefined ? undefined : (code.timeMs - begun) | 0; // it is UTC modulo 2^32
    };
    await eventually(shown, 'a picture');
    await sleep(6000); // a checkpoint holds the playback by then, should the application be too busy to hand it over
    writeFileSync(path.join(folder, 'src', 'main.ts'), application(2));
    t.is((await app(folder, ['build'])).code, 0);
    await eventually(async () => ((await device.json('/api/app')).version === '2.0.0' ? true : undefined), 'the next application');
    await page.evaluate((text) => Reflect.get(window, 'camera').live.send(text), JSON.stringify({ seek: begun + 1500 }));
    const sought = await eventually(async () => {
        const at = await shown();
        return at !== undefined && at < 3500 ? at : undefined;
    }, 'the picture from before');
    t.log(`sought to 1500 ms, seen ${sought}`);
    t.notRegex(device.stderr, /control failed/);
    t.deepEqual((await looks(page)).live, 'open');
});
