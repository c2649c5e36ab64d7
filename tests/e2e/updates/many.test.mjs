// Good and bad updates, one behind the other, while the camera is recorded and watched: no packet is missing, no viewer
// is disconnected, no channel is opened again, and the right version runs after each.
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../../scripts/lib.mjs';
import { encoded } from '../../../bench/lib/clip.mjs';
import { openPage } from '../browser/browser.mjs';
import { looks, openCamera, watchCamera } from '../browser/p2p-page.mjs';
import { eventually, sleep, start, temporary } from '../device.mjs';
import { readMp4, trackOf } from '../mp4.mjs';
import { peer, play, signalling } from '../viewers.mjs';
import { complete } from '../whole.mjs';
import { Workshop, mistakes, send } from './applications.mjs';

/** Updates, half of them bad: 12 in `test:all`, 100 in the soak. OC_MISTAKES names other mistakes. */
const count = Number(process.env['OC_UPDATES'] ?? 12);
const watchers = 4;

/** Viewers that count packets. @param {import('ava').ExecutionContext} t @param {string} url */
async function watch(t, url) {
    const offers = await signalling(t, url);
    return Array.from({ length: watchers }, () => peer(t, offers));
}

/** Ends them. @param {import('ava').ExecutionContext} t @param {readonly import('../device.mjs').Device[]} viewers @returns {Promise<number>} largest p99.9 of the time between packets, ms */
async function intervals(t, viewers) {
    let largest = 0;
    for (const viewer of viewers) {
        await viewer.stop('SIGINT');
        const channel = viewer.events.find((e) => e['event'] === 'channel');
        t.false(viewer.events.some((e) => e['event'] === 'lost' || (e['event'] === 'over' && e['reason'] !== 'closed here')), viewer.stdout);
        t.is(Number(channel?.['abandoned'] ?? 0), 0);
        t.true(Number(channel?.['messages']) > 30, JSON.stringify(channel));
        largest = Math.max(largest, Number(channel?.['interval_p999_ms']));
    }
    return largest;
}

/** Requests the application's route without a pause. @param {string} url @param {() => boolean} more */
async function requestAgain(url, more) {
    /** @type {number[]} */
    const took = [];
    let failed = 0;
    while (more()) {
        const began = performance.now();
        const response = await fetch(`${url}/api/hello`, { signal: AbortSignal.timeout(10_000) }).catch(() => undefined);
        await response?.text();
        took.push(performance.now() - began);
        failed += response?.ok ? 0 : 1;
        await sleep(5);
    }
    return { took, failed };
}

/** @param {readonly number[]} values @param {number} share */
const quantile = (values, share) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? NaN;

test.serial(`${count} updates, half of them bad: nothing lost, nobody disconnected, the right version after each`, async (t) => {
    t.timeout(300_000 + count * 30_000);
    const workshop = await new Workshop(temporary(t)).open();
    const bad = process.env['OC_MISTAKES']?.split(',') ?? Object.keys(mistakes);
    /** @type {{ version: string, mistake: string | undefined, bundle: Buffer }[]} */
    const updates = []; // compilers would take the processor from the camera
    for (let i = 0; i < count; i++) {
        const version = `1.0.${i + 1}`;
        const mistake = i % 2 === 0 ? undefined : bad[(i >> 1) % bad.length];
        updates.push({ version, mistake, bundle: mistake === undefined ? await workshop.good(version) : await workshop.bad(version, mistake) });
    }
    const input = path.join(root, encoded('20'));
    const settings = path.join(temporary(t), 'settings.json');
    writeFileSync(settings, JSON.stringify({ p2p: { loopback: true } }));
    const { device, data } = start(t, ['--settings', settings, '--record', 'on', '--record-audio', 'on', '--input', `cam1=${input}`, '--update-key', workshop.key, '--update-trial', '1']);
    const url = await device.url();

    let playing = true;
    t.teardown(() => {
        playing = false;
    });
    const player = play(`${url}/live/cam1/index.m3u8`, () => playing);
    const { page } = await openPage(t);
    await openCamera(page, url);
    await watchCamera(page);
    const controls = await watch(t, url);
    await sleep(15_000);
    const control = await intervals(t, controls);

    const viewers = await watch(t, url);
    await eventually(async () => ((await device.json('/api/p2p/sessions')).sessions.filter((/** @type {{ state: string }} */ { state }) => state === 'up').length === watchers + 1 ? true : undefined), 'viewers');
    let current = '';
    /** @type {number[]} */
    const gaps = [];
    for (const { version, mistake, bundle } of updates) {
        let requesting = true;
        const answers = current === '' ? undefined : requestAgain(url, () => requesting);
        const answer = await send(url, bundle);
        const refused = mistake === undefined ? undefined : mistakes[mistake]?.refused;
        if (refused === undefined) {
            t.is(answer.status, 202, `${version} ${mistake ?? 'good'}: ${await answer.text()}`);
            await eventually(async () => {
                const { state, history } = await device.json('/api/update');
                return state === 'idle' && history[0]?.version === version ? true : undefined;
            }, `the end of ${version} (${mistake ?? 'good'})`, 60);
        } else {
            t.is(answer.status, refused, `${version} ${mistake}: ${await answer.text()}`);
        }
        requesting = false;
        const seen = await answers;
        const { version: runs, history } = await device.json('/api/update');
        if (mistake === undefined) {
            current = version;
            t.is(history[0].result, 'committed', JSON.stringify(history[0]));
            if (seen) gaps.push(Math.max(...seen.took));
            const note = await fetch(`${url}/api/settings`, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ app: { note: version } }) });
            t.is(note.status, 200, await note.text());
        } else if (refused === undefined) {
            t.is(history[0].result, 'rolled-back', `${mistake}: ${JSON.stringify(history[0])}`);
        }
        const now = await eventually(() => device.json('/api/settings'), 'settings');
        t.is(now.app.note, current, 'settings are those of the running version');
        t.is(runs, current, `behind ${version} (${mistake ?? 'good'})`);
        await eventually(async () => ((await (await fetch(`${url}/api/hello`)).text()) === current ? true : undefined), `${current} answers`, 10);
    }

    const withUpdates = await intervals(t, viewers);
    t.log(`p99.9 between packets: ${control.toFixed(1)} ms without updates, ${withUpdates.toFixed(1)} ms with ${count}; an application answered within: median ${quantile(gaps, 0.5).toFixed(0)}, largest ${Math.max(...gaps).toFixed(0)} ms`);
    t.is((await looks(page)).live, 'open');
    playing = false;
    const seen = await player;
    t.deepEqual([seen.refused, seen.breaks], [0, 0], `${seen.answered} answers of the playlist`);
    const kinds = (await device.json('/api/events?from=1')).events.map((/** @type {{ kind: string }} */ { kind }) => kind);
    t.false(kinds.includes('channel-closed'), kinds.join());
    t.is((await device.stop()).code, 0, device.stderr);
    t.is(device.events.filter((event) => event['event'] === 'channel-opened').length, 1, 'no channel was opened again');
    const files = readdirSync(path.join(data, 'recordings'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.mp4'));
    t.is(files.length, 1, files.join());
    const [recorded, source] = [readMp4(path.join(data, 'recordings', files[0] ?? '')), readMp4(input)];
    for (const kind of /** @type {const} */ (['video', 'audio'])) {
        complete(t, trackOf(recorded, kind), trackOf(source, kind));
    }
});
