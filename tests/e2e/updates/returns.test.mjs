// After a failure the application before is back within a second, with what it handed over; one that was committed and ends
// again and again makes way for the one before, and that one for the application of the program.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { root } from '../../../scripts/lib.mjs';
import { eventually, start } from '../device.mjs';
import { readMp4, trackOf } from '../mp4.mjs';
import { complete } from '../whole.mjs';
import { attempted, send, source, Workshop } from './applications.mjs';

/** @type {Workshop} */
let workshop;

test.before('a workshop', async () => {
    workshop = await new Workshop(mkdtempSync(path.join(os.tmpdir(), 'ocellus-e2e-'))).open();
});

test.after.always('the workshop is deleted', () => rmSync(workshop.folder, { recursive: true, force: true }));

/** Each script of it says which one it is, by what the one before handed over. @param {string} version */
const counting = (version) =>
    source(version, {
        options: 'handover: () => ({ scripts }),',
        before: 'let scripts = 1;',
        started: `scripts += (app.handedOver as { scripts: number } | undefined)?.scripts ?? 0;
        console.info(\`script \${scripts} of ${version} runs\`);`,
    });

/** How an update fails → its reason. @type {Readonly<Record<string, RegExp>>} */
const failures = { 'throws at start': /^threw$/, 'throws later': /^threw$/, 'loops in a callback': /^watchdog$/, heap: /^heap$/, 'never ready': /^not-ready$/ };

/** When the log says so: each of its lines begins with its time. @param {string} log @param {RegExp} line @returns {number[]} */
const times = (log, line) => log.split('\n').flatMap((text) => (line.test(text) ? [Date.parse(text.slice(0, 24))] : []));

test.serial('the application before is back with its state as soon as the failure is seen', async (t) => {
    t.timeout(300_000);
    const good = await workshop.build('1.0.0', counting('1.0.0'));
    const bad = [];
    for (const mistake of Object.keys(failures)) bad.push(await workshop.bad(`2.0.${bad.length}`, mistake));
    const { device, data } = start(t, ['--record', 'on', '--record-audio', 'on', '--update-key', workshop.key, '--update-trial', '2']);
    const url = await device.url();
    t.is((await send(url, good)).status, 202);
    t.like((await attempted(device, '1.0.0')).history[0], { result: 'committed' });
    // what a good hand-over takes on this machine, as busy as it is now
    const [took = NaN] = times(device.stderr, /script 1 of 1\.0\.0 runs/);
    const control = took - (times(device.stderr, /replaced: starting/)[0] ?? NaN);
    t.true(control >= 0, device.stderr);
    for (const [index, [mistake, why]] of Object.entries(failures).entries()) {
        const before = device.stderr.length;
        t.is((await send(url, bad[index] ?? Buffer.alloc(0))).status, 202, mistake);
        const state = await attempted(device, `2.0.${index}`);
        t.like(state, { version: '1.0.0' });
        t.regex(state.history[0].why, why, mistake);
        await eventually(async () => ((await (await fetch(`${url}/api/hello`)).text()) === '1.0.0' ? true : undefined), `an answer after: ${mistake}`);
        const log = device.stderr.slice(before);
        const runs = new RegExp(`script ${index + 2} of 1\\.0\\.0 runs`);
        await device.until(() => (runs.test(device.stderr) ? true : undefined), `its state, after: ${mistake}`);
        // seen: the end of its script, or of the time to get ready (the second replacement of this attempt)
        const seen = times(log, / script-ended: /)[0] ?? times(log, /replaced: starting/)[1] ?? NaN;
        const back = (times(device.stderr.slice(before), runs)[0] ?? NaN) - seen;
        t.log(`${mistake}: back after ${back} ms; a good one takes ${control} ms`);
        t.true(back >= 0 && back <= Math.max(1000, 20 * control), `${mistake}: ${back} ms\n${log}`);
    }
    t.is((await device.stop()).code, 0, device.stderr);
    t.is(device.events.filter((event) => event['event'] === 'channel-opened').length, 1, 'no channel was opened again');
    const files = readdirSync(path.join(data, 'recordings'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.mp4'));
    t.is(files.length, 1, files.join());
    const [recorded, clip] = [readMp4(path.join(data, 'recordings', files[0] ?? '')), readMp4(path.join(root, 'assets', 'clip.mp4'))];
    for (const kind of /** @type {const} */ (['video', 'audio'])) complete(t, trackOf(recorded, kind), trackOf(clip, kind));
});

/** Healthy on trial. It ends when it is to, and in each script after that. @param {string} version */
const ending = (version) =>
    source(version, {
        before: "if (!new Host().facts.trial) throw new Error('only on trial');",
        started: `app.route('POST', '/api/end', () => {
            setTimeout(() => { throw new Error('as requested'); }, 10);
            return { body: '' };
        });`,
    }).replace('\n', "\nimport { Host } from 'ocellus/host';\n");

test.serial('one that ends again and again: the one before, then that of the program, also after a restart', async (t) => {
    t.timeout(180_000);
    const bundles = { '1.0.0': await workshop.build('1.0.0', ending('1.0.0')), '1.1.0': await workshop.build('1.1.0', ending('1.1.0')) };
    const args = ['--record', 'off', '--update-key', workshop.key, '--update-trial', '1'];
    const { device, data } = start(t, args);
    const url = await device.url();
    const { name, version: factory } = await device.json('/api/update');
    for (const [version, bundle] of Object.entries(bundles)) {
        t.is((await send(url, bundle)).status, 202, version);
        t.like((await attempted(device, version)).history[0], { result: 'committed' });
    }
    t.like(await device.json('/api/update'), { version: '1.1.0', slot: 'b' });
    await eventually(async () => ((await fetch(`${url}/api/end`, { method: 'POST' })).ok ? true : undefined), 'the order to end');
    const state = await eventually(async () => {
        const now = await device.json('/api/update');
        return now.slot === 'factory' && now.history.length === 4 ? now : undefined;
    }, 'the application of the program', 120);
    const crash = { result: 'rolled-back', why: 'crash-loop', by: 'host' };
    t.like(state, { name, version: factory });
    t.like(state.history[0], { version: '1.0.0', ...crash });
    t.like(state.history[1], { version: '1.1.0', ...crash });
    t.regex(state.lastFailure.stack, /only on trial/);
    await eventually(async () => ((await device.json('/api/status')).script.state === 'running' ? true : undefined), 'it runs');
    const ends = device.events.filter((event) => event['event'] === 'script-ended').length;
    t.is(ends, 6, 'three ends of each');
    t.like(await send(url, bundles['1.1.0']).then(async (answer) => ({ status: answer.status, body: await answer.json() })), { status: 409 });
    await device.stop();
    const again = start(t, args, { data });
    t.like(await again.device.json('/api/update'), { slot: 'factory', version: factory });
    t.is((await again.device.json('/api/status')).script.state, 'running');
});

test.serial('the one before stays when it is good, with its own settings', async (t) => {
    t.timeout(120_000);
    const good = await workshop.good('1.0.0');
    const bad = await workshop.build('1.1.0', ending('1.1.0'));
    const { device } = start(t, ['--record', 'off', '--update-key', workshop.key, '--update-trial', '1']);
    const url = await device.url();
    t.is((await send(url, good)).status, 202);
    await attempted(device, '1.0.0');
    const note = await fetch(`${url}/api/settings`, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: '{"app":{"note":"kept"}}' });
    t.is(note.status, 200, await note.text());
    t.is((await send(url, bad)).status, 202);
    t.like((await attempted(device, '1.1.0')).history[0], { result: 'committed' });
    await eventually(async () => ((await fetch(`${url}/api/end`, { method: 'POST' })).ok ? true : undefined), 'the order to end');
    const state = await eventually(async () => {
        const now = await device.json('/api/update');
        return now.history.length === 3 ? now : undefined;
    }, 'the one before', 60);
    t.like(state, { version: '1.0.0', slot: 'a' });
    t.like(state.history[0], { version: '1.1.0', result: 'rolled-back', why: 'crash-loop', by: 'host' });
    await eventually(async () => ((await (await fetch(`${url}/api/hello`)).text()) === '1.0.0' ? true : undefined), 'it answers');
    t.is((await device.json('/api/settings')).app.note, 'kept');
});
