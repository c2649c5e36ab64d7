// What a person sets while an update is on trial, or before it is taken back, stays: privacy mode, recording by hand,
// settings. What the update made of them by itself is undone. The bundles are built as docs/updates.md says.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { eventually, start } from '../device.mjs';
import { attempted, send, source, Workshop } from './applications.mjs';

/** @type {Workshop} */
let workshop;
/** Whole seconds; the same in milliseconds; and one that fails when it is told to. @type {Readonly<Record<'1.0.0' | '2.0.0' | '2.0.1', Buffer>>} */
let bundles;

/** @param {string} version @param {string} settings @param {string} options */
const text = (version, settings, options) =>
    source(version, {
        options,
        started: `app.route('POST', '/api/fail', () => {
            setTimeout(() => { throw new Error('as requested'); }, 10);
            return { body: '' };
        });`,
    }).replace('settings: {', `settings: { ${settings},`);

const seconds = text('1.0.0', "seconds: { type: 'whole', default: 5, min: 1, max: 100, title: 'Seconds' }", 'settingsVersion: 1,');
/** @param {string} version */
const milliseconds = (version) =>
    text(version, "ms: { type: 'whole', default: 5000, min: 1000, max: 100_000, title: 'Milliseconds' }", 'settingsVersion: 2, migrate: ({ seconds, ...others }) => ({ ...others, ms: Number(seconds) * 1000 }),');

test.before('bundles', async (t) => {
    t.timeout(120_000);
    workshop = await new Workshop(mkdtempSync(path.join(os.tmpdir(), 'ocellus-e2e-'))).open();
    bundles = {
        '1.0.0': await workshop.build('1.0.0', seconds),
        '2.0.0': await workshop.build('2.0.0', milliseconds('2.0.0')),
        '2.0.1': await workshop.build('2.0.1', milliseconds('2.0.1')),
    };
});

test.after.always('the workshop is deleted', () => rmSync(workshop.folder, { recursive: true, force: true }));

/** @param {number} trial seconds */
const options = (trial) => ['--record', 'off', '--update-key', workshop.key, '--update-trial', String(trial)];

/** @param {import('../device.mjs').Device} device @param {string} method @param {string} where @param {unknown} body @returns {Promise<any>} */
const ask = (device, method, where, body) =>
    eventually(async () => {
        const answer = await fetch((await device.url()) + where, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
        return answer.status === 503 ? undefined : await answer.json();
    }, `${method} ${where}`);

/** @param {import('../device.mjs').Device} device @param {keyof typeof bundles} version */
const post = async (device, version) => (await send(await device.url(), bundles[version])).status;

/** Version 1.0.0 runs, its owner has changed it. @param {import('ava').ExecutionContext} t @param {number} trial */
async function first(t, trial) {
    const { device, data } = start(t, options(1));
    await device.url();
    t.is(await post(device, '1.0.0'), 202);
    await attempted(device, '1.0.0');
    t.is((await ask(device, 'PATCH', '/api/settings', { app: { seconds: 9, note: 'before' } })).settings.app.seconds, 9);
    t.is((await device.stop()).code, 0);
    return { data, device: start(t, options(trial), { data }).device };
}

/** Its script throws. @param {import('../device.mjs').Device} device */
const fail = (device) => eventually(async () => ((await fetch(`${await device.url()}/api/fail`, { method: 'POST' })).ok ? true : undefined), 'the order to fail');

/** What somebody sets. @param {import('ava').ExecutionContext} t @param {import('../device.mjs').Device} device @param {string} word */
async function set(t, device, word) {
    const channel = (await eventually(() => device.json('/api/status'), 'channels')).channels[0].name;
    t.like(await ask(device, 'PATCH', '/api/settings', { record: { name: word }, app: { note: word } }), { settings: { record: { name: word } } });
    t.true((await ask(device, 'POST', `/api/channels/${channel}/record`, { now: true })).now);
    t.true((await ask(device, 'POST', '/api/privacy', { on: true })).on);
}

/** It is still so. @param {import('ava').ExecutionContext} t @param {import('../device.mjs').Device} device @param {string} data @param {string} word */
async function holds(t, device, data, word) {
    t.true((await eventually(() => device.json('/api/privacy'), 'an answer')).on, word);
    const settings = await eventually(() => device.json('/api/settings'), 'settings');
    t.like(settings, { record: { name: word }, app: { note: word } });
    t.is(JSON.parse(readFileSync(path.join(data, 'recordnow.json'), 'utf8')).channels.length, 1, word);
    return settings.app;
}

/** @param {import('../device.mjs').Device} device */
const onTrial = (device) => eventually(async () => ((await device.json('/api/update')).state === 'trial' ? true : undefined), 'the trial');

for (const way of ['a failure', 'kill -9', 'a stop']) {
    test(`a trial that ends by ${way}: what was set meanwhile stays, and the migration is undone`, async (t) => {
        t.timeout(120_000);
        const { device, data } = await first(t, 60);
        await device.url();
        t.is(await post(device, '2.0.0'), 202);
        await onTrial(device);
        t.is((await eventually(() => device.json('/api/settings'), 'settings')).app.ms, 9000);
        await set(t, device, 'meanwhile');
        if (way === 'a failure') {
            await fail(device);
            t.like((await attempted(device, '2.0.0')).history[0], { result: 'rolled-back' });
            t.is((await holds(t, device, data, 'meanwhile')).seconds, 9);
            return;
        }
        await device.stop(way === 'a stop' ? 'SIGTERM' : 'SIGKILL');
        const { device: again } = start(t, options(1), { data });
        t.like(await again.json('/api/update'), { version: '1.0.0' });
        t.is((await holds(t, again, data, 'meanwhile')).seconds, 9);
    });
}

test('privacy that was ended on trial stays ended when the trial fails', async (t) => {
    t.timeout(120_000);
    const { device } = await first(t, 60);
    t.true((await ask(device, 'POST', '/api/privacy', { on: true })).on);
    t.is(await post(device, '2.0.0'), 202);
    await onTrial(device);
    t.false((await ask(device, 'POST', '/api/privacy', { on: false })).on);
    await fail(device);
    t.like((await attempted(device, '2.0.0')).history[0], { result: 'rolled-back' });
    t.false((await eventually(() => device.json('/api/privacy'), 'an answer')).on);
});

for (const way of ['by hand', 'since it ends again and again']) {
    test(`taken back ${way}: what was set since the commit stays, and what it had stored in another form`, async (t) => {
        t.timeout(180_000);
        const { device, data } = await first(t, 1);
        await device.url();
        t.is(await post(device, '2.0.1'), 202);
        t.like((await attempted(device, '2.0.1')).history[0], { result: 'committed' });
        await set(t, device, 'since');
        if (way === 'by hand') {
            await ask(device, 'POST', '/api/update/rollback', {});
            await eventually(async () => ((await device.json('/api/update')).version === '1.0.0' ? true : undefined), 'the one before');
        } else {
            for (let end = 0; end < 3; end++) {
                await eventually(async () => ((await (await fetch(`${await device.url()}/api/hello`)).text()) === '2.0.1' ? true : undefined), 'it runs');
                await fail(device);
                await eventually(async () => (device.events.filter((event) => event['event'] === 'script-ended').length > end ? true : undefined), 'its end');
            }
            await eventually(async () => ((await device.json('/api/update')).version === '1.0.0' ? true : undefined), 'the one before');
        }
        t.is((await holds(t, device, data, 'since')).seconds, 9);
        if (way !== 'by hand') return;
        // and forward again
        t.is((await ask(device, 'PATCH', '/api/settings', { app: { seconds: 8 } })).settings.app.seconds, 8);
        await eventually(async () => ((await device.json('/api/update')).state === 'idle' ? true : undefined), 'the commit');
        await ask(device, 'POST', '/api/update/rollback', {});
        await eventually(async () => ((await device.json('/api/update')).version === '2.0.1' ? true : undefined), 'the newer one');
        t.is((await holds(t, device, data, 'since')).ms, 9000, 'as it was in its form');
    });
}
