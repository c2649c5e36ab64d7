// The script is killed in each way while a recording runs: it is restarted, what runs goes on, and the
// recording misses no packet.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { eventually, sleep, start, testApp } from './device.mjs';
import { readMp4, trackOf } from './mp4.mjs';
import { complete } from './whole.mjs';
import { hanging } from '../guard.mjs';

/** Scripts of a process that misbehave before one stays (tests/apps). @param {string} app */
const badScripts = (app) => (app === 'throws-at-start' ? 3 : 2);

/** Application → what the status says of its end: an exception, a limit, a stop. @type {Record<string, RegExp>} */
const ways = { 'throws-later': /threw/, heap: /heap|memory/, loop: /stopped/ };
/** In test:all; machine_kill_test has each many times in one process. @type {Record<string, RegExp>} */
const others = { 'throws-at-start': /threw at start/, rejects: /reject/, stack: /stack/, promises: /stopped/, regexp: /stopped/, builtin: /stopped/ };

/**
 * Asks for the playlist again and again: from its first segment on it must answer, script or not.
 * @param {string} url
 * @param {() => boolean} more
 */
async function watchLive(url, more) {
    let [answered, refused] = [0, 0];
    while (more()) {
        const response = await fetch(url, { signal: hanging() }).catch(() => undefined);
        await response?.text();
        if (response?.ok) {
            answered++;
        } else if (answered > 0) {
            refused++;
        }
        await sleep(50);
    }
    return { answered, refused };
}

for (const [app, reason] of Object.entries(process.env['OC_WAYS'] === 'others' ? others : ways)) {
    test(`the application ${app}: restarted, nothing lost`, async (t) => {
        const bad = badScripts(app);
        const { device, data } = start(t, ['--app', testApp(app), '--name', app, '--record-audio', 'on']);
        let watching = true;
        const watcher = watchLive(`${await device.url()}/live/cam1/index.m3u8`, () => watching);
        const status = await eventually(
            async () => {
                const now = await device.json('/api/status');
                return now.script.state === 'running' && now.script.generation > bad && now.channels[0]?.recording.active ? now : undefined;
            },
            `script number ${bad + 1}`,
        );
        watching = false;
        const { answered, refused } = await watcher;
        // few on a machine that is busy: each answer waits for its turn there
        t.true(answered > 2 && refused === 0, `live answered ${answered} times, refused ${refused} times`);
        t.is(status.script.restarts, bad);
        t.regex(status.script.lastEnd.reason, reason);
        t.is(status.channels.length, 1, 'the running channel went on, not opened again');
        await sleep(1500); // a GOP behind the last restart
        const end = await device.stop();
        t.is(end.code, 0, device.stderr);
        const names = readdirSync(path.join(data, 'recordings'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.mp4'));
        t.is(names.length, 1, names.join());
        const recorded = readMp4(path.join(data, 'recordings', names[0] ?? ''));
        const source = readMp4(path.join(root, 'assets', 'clip.mp4'));
        for (const kind of /** @type {const} */ (['video', 'audio'])) {
            complete(t, trackOf(recorded, kind), trackOf(source, kind));
        }
    });
}

test('[O39] a service that ended three scripts is left out, which the status and an event say, until its settings change', async (t) => {
    const { device } = start(t, ['--app', testApp('blames-webhook'), '--name', 'blames-webhook']);
    const leftOut = async () => (await device.json('/api/status')).script.leftOut;
    const status = await eventually(async () => {
        const now = await device.json('/api/status');
        return now.script.state === 'running' && now.script.generation === 4 ? now : undefined;
    }, 'script number 4');
    t.deepEqual(status.script.leftOut, ['webhook'], status.script.lastEnd.message);
    await eventually(async () => {
        const { events } = await device.json('/api/events');
        const found = events.find((/** @type {{ kind: string }} */ { kind }) => kind === 'service-left-out');
        return found?.text === '{"service":"webhook"}' ? true : undefined;
    }, 'the event');
    const changed = await fetch(`${await device.url()}/api/settings`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: '{"events":{"webhook":{"pictures":false}}}',
        signal: hanging(),
    });
    t.is(changed.status, 200, await changed.text());
    t.is(await leftOut(), undefined);
    t.regex(device.stderr, /webhook: left out, since it ended 3 scripts/);
});
