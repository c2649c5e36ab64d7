// A signed update takes the place of the running application, or the one before comes back: a recording runs on without a
// gap, no channel is opened again, and GET /api/update says what became of it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { bundle, newKey, post, revocation } from './bundles.mjs';
import { eventually, program, sleep, start, temporary, testApp } from './device.mjs';
import { readMp4, trackOf } from './mp4.mjs';
import { complete } from './whole.mjs';

const factory = path.join(path.dirname(program), 'app.xsa');

/** @typedef {import('./device.mjs').Device} Device */

/** The state, when no update is under way. @param {Device} device @param {number} attempts of the history @returns {Promise<any>} */
const settled = (device, attempts) =>
    eventually(
        async () => {
            const state = await device.json('/api/update');
            return state.state === 'idle' && state.history.length >= attempts ? state : undefined;
        },
        `attempt ${attempts}`,
        60,
    );

/** @param {Device} device @param {RegExp} line */
const logged = (device, line) => device.until(() => line.exec(device.stderr) ?? undefined, `${line} in the log`);

/** @param {import('ava').ExecutionContext} t @param {readonly string[]} [more] @param {string} [data] */
function begin(t, more = [], data = undefined) {
    const folder = temporary(t);
    const keys = newKey(folder);
    const started = start(t, ['--update-key', keys.pub, '--update-trial', '1', '--record-audio', 'on', ...more], data ? { data } : {});
    return { ...started, ...keys, folder };
}

/** The channel runs and is recorded. @param {Device} device */
const recorded = (device) => eventually(async () => (await device.json('/api/status')).channels[0]?.recording.active || undefined, 'a recording');

/** One file, and every packet of the looped clip. @param {import('ava').ExecutionContext} t @param {string} data */
function whole(t, data) {
    const names = readdirSync(path.join(data, 'recordings'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.mp4'));
    t.is(names.length, 1, names.join());
    const file = readMp4(path.join(data, 'recordings', names[0] ?? ''));
    const source = readMp4(path.join(root, 'assets', 'clip.mp4'));
    for (const kind of /** @type {const} */ (['video', 'audio'])) complete(t, trackOf(file, kind), trackOf(source, kind));
}

/** No event says that a channel was opened again or closed. @param {import('ava').ExecutionContext} t @param {Device} device */
async function untouched(t, device) {
    const { events } = await eventually(() => device.json('/api/events'), 'a script that answers');
    const kinds = events.map((/** @type {{ kind: string }} */ event) => event.kind);
    t.is(kinds.filter((/** @type {string} */ kind) => kind === 'channel-opened').length, 1, kinds.join());
    t.false(kinds.includes('channel-closed'), kinds.join());
}

test('good: staged, on trial, committed; it runs again after a restart, and the one before after a roll-back', async (t) => {
    const { device, data, key, pub, folder } = begin(t);
    await recorded(device);
    const first = await device.json('/api/update');
    t.like(first, { name: 'camera', state: 'idle', slot: 'factory', trial: null, history: [] });
    t.is(first.keys.length, 1);
    const good = bundle(folder, factory, '1.2.3', key, ['--counter', '3', '--channel', 'beta']);
    t.deepEqual(await post(device, good), { status: 202, body: { version: '1.2.3', state: 'staged' } });
    t.is((await post(device, good)).status, 409, 'one at a time');
    const state = await settled(device, 1);
    t.like(state, { version: '1.2.3', slot: 'a', counter: 3, lastFailure: null });
    t.like(state.history[0], { version: '1.2.3', from: first.version, result: 'committed', why: '', by: 'api', keyId: first.keys[0] });
    t.like(state.slots[1], { slot: 'a', state: 'active', channel: 'beta', bytes: good.length });
    await logged(device, /update +1\.2\.3 from \S+, key [0-9a-f]{16}, by api: committed/);
    t.like(await post(device, good), { status: 409, body: { error: '1.2.3 runs already' } });
    t.like(await post(device, bundle(folder, factory, '1.2.4', key, ['--counter', '2'])), { status: 409 });
    await untouched(t, device);
    await device.stop();
    whole(t, data);

    const again = start(t, ['--update-key', pub, '--update-trial', '1', '--record', 'off'], { data });
    t.like(await again.device.json('/api/update'), { version: '1.2.3', slot: 'a' });
    const url = await again.device.url();
    t.is((await fetch(`${url}/api/update/rollback`, { method: 'POST' })).status, 202);
    t.like(await settled(again.device, 4), { slot: 'factory', version: first.version });
    await again.device.stop();

    const without = start(t, ['--record', 'off'], { data });
    t.like(await without.device.json('/api/update'), { state: 'disabled', slot: 'factory' });
    t.deepEqual(await post(without.device, good), { status: 403, body: { error: 'no update key: start with --update-key FILE' } });
    t.is(statSync(path.join(data, 'update', 'slot-a')).mode & 0o777, 0o600);
});

test('refused before anything runs, each with its reason', async (t) => {
    const { device, key, folder } = begin(t, ['--record', 'off']);
    await device.url();
    const other = newKey(folder, 'other');
    const good = bundle(folder, factory, '1.0.0', key);
    const broken = Buffer.from(good);
    broken[good.length - 100] = (broken[good.length - 100] ?? 0) ^ 1;
    /** @type {[Uint8Array, number, RegExp][]} */
    const cases = [
        [Buffer.from('no bundle'), 400, /./],
        [good.subarray(0, good.length - 1), 400, /./],
        [broken, 400, /./],
        [bundle(folder, factory, '1.0.1', other.key), 403, /key/],
        [bundle(folder, factory, '1.0.2', key, ['--host', '99.0.0']), 412, /99\.0\.0/],
        [bundle(folder, factory, '1.0.3', key, ['--api-level', '99']), 412, /99/],
    ];
    for (const [bytes, status, error] of cases) {
        const answer = await post(device, bytes);
        t.is(answer.status, status, answer.body.error);
        t.regex(answer.body.error, error);
    }
    for (const size of [4 * 1024 * 1024 + 1, 5_000_000, 20_000_000]) {
        const { status, body } = await post(device, Buffer.alloc(size));
        t.is(status, 413, `${size} bytes`);
        t.is(typeof body.error, 'string');
    }
    const form = await fetch(`${await device.url()}/api/update`, { method: 'POST', body: 'a=1', headers: { 'Content-Type': 'text/plain' } });
    t.is(form.status, 415);
    const state = await settled(device, cases.length);
    t.is(state.slot, 'factory');
    t.deepEqual(new Set(state.history.map((/** @type {any} */ entry) => entry.result)), new Set(['refused']));
    t.is((await fetch(`${await device.url()}/api/update/rollback`, { method: 'POST' })).status, 409);
});

test('a key that was revoked signs nothing any more, also after a restart and a reset', async (t) => {
    const folder = temporary(t);
    const [first, second] = [newKey(folder, 'first'), newKey(folder, 'second')];
    const args = ['--update-key', first.pub, '--update-key', second.pub, '--update-trial', '1', '--record', 'off'];
    const { device, data } = start(t, args);
    const { version, keys } = await device.json('/api/update');
    t.like(await post(device, bundle(folder, factory, '1.0.0', first.key, ['--counter', '2'])), { status: 202 });
    await settled(device, 1);
    t.deepEqual(await post(device, revocation(folder, first.key, second.pub)), { status: 202, body: { version: '0.0.0', state: 'idle' } });
    const bad = bundle(folder, factory, '1.0.1', second.key, ['--counter', '3']);
    t.like(await post(device, bad), { status: 403 });
    await device.stop();
    const trust = { keys: [keys[0]], revoked: [keys[1]], counter: 2 };
    const again = start(t, args, { data });
    t.like(await again.device.json('/api/update'), { ...trust, version: '1.0.0', slot: 'a' });
    t.like(await post(again.device, bad), { status: 403 });
    await again.device.stop();

    const reset = spawnSync(program, ['reset', '--settings', '--keys', '--yes', '--data', data], { encoding: 'utf8' });
    t.is(reset.status, 0, reset.stderr);
    const empty = start(t, args, { data });
    const state = await empty.device.json('/api/update');
    t.like(state, { ...trust, version, slot: 'factory', history: [] });
    t.deepEqual(state.slots.map((/** @type {any} */ { slot }) => slot), ['factory']);
    t.like(await post(empty.device, bad), { status: 403 });
    t.like(await post(empty.device, bundle(folder, factory, '1.0.2', first.key, ['--counter', '1'])), { status: 409 });
    t.like(await post(empty.device, bundle(folder, factory, '1.0.3', first.key, ['--counter', '2'])), { status: 202 });
    t.like(await settled(empty.device, 3), { ...trust, version: '1.0.3' });
});

/** Application of tests/apps → how its trial ends. @type {Record<string, RegExp>} */
const ways = {
    'update-throws': /^threw$/,
    'update-throws-later': /^threw$/,
    'update-loops': /^watchdog$/,
    'update-heap': /^heap$/,
    'update-never-ready': /^not-ready$/,
    'update-adopts-nothing': /^unlisted$/,
    'update-settings': /^threw$/,
};

test('bad: the application before is back with its settings, and nothing else has noticed', async (t) => {
    const data = temporary(t);
    const { device, key, folder } = begin(t, ['--update-trial', '3'], data);
    await recorded(device);
    const { version } = await device.json('/api/update');
    writeFileSync(path.join(data, 'settings.json'), '{"storage":{"maxGb":12}}');
    let attempts = 0;
    /** @type {Buffer} */
    let last = Buffer.alloc(0);
    for (const [app, why] of Object.entries(ways)) {
        last = bundle(folder, testApp(app), `2.0.${attempts}`, key);
        t.like(await post(device, last), { status: 202 }, app);
        const state = await settled(device, ++attempts);
        t.is(state.version, version, app);
        t.is(state.slot, 'factory');
        t.like(state.history[0], { version: `2.0.${attempts - 1}`, from: version, result: 'rolled-back' });
        t.regex(state.history[0].why, why, app);
        t.is(state.lastFailure.version, state.history[0].version);
        await recorded(device);
    }
    const state = await device.json('/api/update');
    // archives that mcrun makes for release builds have no lines (ADR 51)
    t.regex(state.lastFailure.stack, state.engine.startsWith('xs-17') ? /does not like the settings[\s\S]*ocellus\/app\/main/ : /does not like the settings[\s\S]*update-settings\.ts/);
    t.is(readFileSync(path.join(data, 'settings.json'), 'utf8'), '{"storage":{"maxGb":12}}', 'what it wrote is gone');
    t.is(readFileSync(path.join(data, 'another.json'), 'utf8'), '{}', 'what is not the settings is left alone');
    t.like(await post(device, last), { status: 409, body: { error: 'its trial has failed before' } });
    await untouched(t, device);
    await sleep(1500); // a GOP behind the trial
    await device.stop();
    whole(t, data);
});

test('a trial is not judged by a pause of the process', async (t) => {
    const { device, key, folder } = begin(t, ['--record', 'off', '--update-trial', '5']);
    await device.url();
    await post(device, bundle(folder, factory, '1.2.3', key));
    await eventually(async () => ((await device.json('/api/update')).state === 'trial' ? true : undefined), 'the trial');
    device.process.kill('SIGSTOP');
    await sleep(4000); // meanwhile nothing of it runs
    device.process.kill('SIGCONT');
    t.like((await settled(device, 1)).history[0], { version: '1.2.3', result: 'committed', why: '' });
});

test('a committed application that ends again and again gives way to the one before', async (t) => {
    const { device, key, folder } = begin(t, ['--record', 'off']);
    const { version } = await device.json('/api/update');
    await post(device, bundle(folder, testApp('update-bad-later'), '3.0.0', key));
    t.like((await settled(device, 1)).history[0], { version: '3.0.0', result: 'committed' });
    const state = await settled(device, 2);
    t.like(state, { version, slot: 'factory' });
    t.like(state.history[0], { version: '3.0.0', result: 'rolled-back', why: 'crash-loop', by: 'host' });
    await eventually(async () => (await device.json('/api/status')).script.state === 'running' || undefined, 'the application of the program');
});

test('kill -9 in each state: the next start has a complete application and the settings', async (t) => {
    for (const when of ['staged', 'handing-over', 'trial', 'idle']) {
        const { device, data, key, pub, folder } = begin(t, ['--record', 'off', '--update-trial', '5']);
        await device.url();
        const { version } = await device.json('/api/update');
        mkdirSync(data, { recursive: true });
        writeFileSync(path.join(data, 'settings.json'), '{"storage":{"maxGb":12}}');
        await post(device, bundle(folder, factory, '1.0.0', key));
        if (when === 'trial') await eventually(async () => (await device.json('/api/update')).state === 'trial' || undefined, 'the trial');
        if (when === 'idle') await settled(device, 1);
        if (when === 'handing-over') await logged(device, /replaced: starting/);
        await device.stop('SIGKILL');
        const again = start(t, ['--update-key', pub, '--record', 'off'], { data });
        const state = await again.device.json('/api/update');
        t.is(state.state, 'idle', when);
        t.is(state.version, when === 'idle' ? '1.0.0' : version, when);
        if (when === 'trial') t.is(state.history[0].result, 'interrupted');
        t.is(readFileSync(path.join(data, 'settings.json'), 'utf8'), '{"storage":{"maxGb":12}}', when);
        t.is((await again.device.json('/api/status')).script.state, 'running', when);
        await again.device.stop();
    }
});

/** A camera whose disk has the faults that a file names. @param {import('ava').ExecutionContext} t */
function faulty(t) {
    const folder = temporary(t);
    const { key, pub } = newKey(folder);
    const file = path.join(folder, 'faults');
    writeFileSync(file, '');
    const library = path.join(root, 'build', 'linux', 'tests', 'hosts', 'disk_faults.so');
    const args = ['--update-key', pub, '--update-trial', '1', '--record', 'off'];
    const { device, data } = start(t, args, { env: { LD_PRELOAD: library, OCELLUS_TEST_FAULTS: file } });
    return { device, data, key, folder, file };
}

test('settings that change while the disk keeps the trial hold when it fails', async (t) => {
    const { device, data, key, folder, file } = faulty(t);
    const url = await device.url();
    const bad = bundle(folder, testApp('update-throws'), '1.0.0', key);
    await eventually(() => device.json('/api/settings'), 'settings');
    writeFileSync(file, 'held'); // the record of the trial, which is written behind the copy of the settings
    t.like(await post(device, bad), { status: 202 });
    await eventually(async () => existsSync(path.join(data, 'update', 'settings', 'complete')) || undefined, 'the copy');
    for (const name of ['first', 'second']) {
        const body = JSON.stringify({ record: { name } });
        t.is((await fetch(`${url}/api/settings`, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body })).status, 200);
    }
    t.is((await device.json('/api/update')).history.length, 0, 'it was not tried yet');
    writeFileSync(file, '');
    t.like((await settled(device, 1)).history[0], { version: '1.0.0', result: 'rolled-back' });
    t.is((await eventually(() => device.json('/api/settings'), 'settings')).record.name, 'second');
});

test('a full disk refuses an update and loses nothing; with room it is taken', async (t) => {
    const { device, key, folder, file } = faulty(t);
    const { version } = await device.json('/api/update');
    const good = bundle(folder, factory, '1.0.0', key);
    writeFileSync(file, 'full');
    t.deepEqual(await post(device, good), { status: 507, body: { error: 'there is no room on the disk' } });
    t.like(await device.json('/api/update'), { state: 'idle', version, slot: 'factory' });
    writeFileSync(file, '');
    t.like(await post(device, good), { status: 202 });
    t.like(await settled(device, 2), { version: '1.0.0', slot: 'a' });
});

test('one stop of the program in a trial is no failure of the update', async (t) => {
    const { device, data, key, pub, folder } = begin(t, ['--record', 'off', '--update-trial', '60']);
    const { version } = await device.json('/api/update');
    const good = bundle(folder, factory, '1.0.0', key);
    await post(device, good);
    await eventually(async () => (await device.json('/api/update')).state === 'trial' || undefined, 'the trial');
    await device.stop();
    const again = start(t, ['--update-key', pub, '--update-trial', '1', '--record', 'off'], { data });
    const state = await again.device.json('/api/update');
    t.like(state, { state: 'idle', version });
    t.is(state.history[0].result, 'interrupted');
    await again.device.url();
    t.like(await post(again.device, good), { status: 202 });
    t.like((await settled(again.device, 2)).history[0], { result: 'committed' });
});
