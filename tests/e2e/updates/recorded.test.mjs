// An update by which what the settings want recorded always is not recorded any more does not stay; one in whose trial a
// person ends the recordings does, and so does one where nothing was recorded before.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { eventually, start } from '../device.mjs';
import { attempted, send, Workshop } from './applications.mjs';

/** @type {Workshop} */
let workshop;
/** @type {Record<'idle' | 'good', Buffer>} */
let bundles;

/** Healthy in all, but its list has no recording. */
const idle = `import { Channels } from 'ocellus/channels';
import { Host } from 'ocellus/host';
import { Plane } from 'ocellus/plane';
const plane = new Plane();
await new Channels(plane).set([{ name: 'cam1', url: new Host().facts.defaultInput }]);
await plane.ready();
`;

test.before('applications', async () => {
    workshop = await new Workshop(mkdtempSync(path.join(os.tmpdir(), 'ocellus-e2e-'))).open();
    bundles = { idle: await workshop.build('1.0.0', idle), good: await workshop.good('2.0.0') };
});

test.after.always('the workshop is deleted', () => rmSync(workshop.folder, { recursive: true, force: true }));

/** @param {number} trial seconds */
const options = (trial) => ['--update-key', workshop.key, '--update-trial', String(trial)];

/** The channel is recorded, or not. @param {import('../device.mjs').Device} device @param {boolean} is */
const recorded = (device, is) =>
    eventually(async () => {
        const { channels } = await device.json('/api/status');
        return channels.length > 0 && channels[0].state === 'running' && channels[0].recording.active === is ? true : undefined;
    }, is ? 'a recording' : 'no recording');

test('one that records nothing: rolled back, and recorded again', async (t) => {
    t.timeout(120_000);
    const { device } = start(t, options(1));
    await recorded(device, true);
    t.is((await send(await device.url(), bundles.idle)).status, 202);
    t.like((await attempted(device, '1.0.0')).history[0], { result: 'rolled-back', why: 'recording' }, device.stderr);
    await recorded(device, true);
});

test('nothing was recorded before: committed', async (t) => {
    t.timeout(120_000);
    const { device } = start(t, [...options(12), '--record', 'off']);
    await recorded(device, false);
    t.is((await send(await device.url(), bundles.idle)).status, 202);
    t.like((await attempted(device, '1.0.0')).history[0], { result: 'committed' }, device.stderr);
});

test('a person ends the recordings in the trial: committed', async (t) => {
    t.timeout(120_000);
    const { device } = start(t, options(15));
    await recorded(device, true);
    t.is((await send(await device.url(), bundles.good)).status, 202);
    await eventually(async () => ((await device.json('/api/update')).state === 'trial' ? true : undefined), 'the trial');
    const body = JSON.stringify({ record: { enabled: false } });
    const answer = await eventually(async () => {
        const given = await fetch(`${await device.url()}/api/settings`, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body });
        return given.status === 503 ? undefined : given;
    }, 'an answer');
    t.is(answer.status, 200, await answer.text());
    await recorded(device, false);
    t.like((await attempted(device, '2.0.0')).history[0], { result: 'committed' }, device.stderr);
    await recorded(device, false);
});
