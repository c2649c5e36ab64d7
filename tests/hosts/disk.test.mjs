// A disk that is full, read-only, slow or gone while the program records: it says so, goes on, recovers.
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { eventually, sleep, start, temporary } from '../e2e/device.mjs';
import { readMp4 } from '../e2e/mp4.mjs';

const library = path.join(root, 'build', 'linux', 'tests', 'hosts', 'disk_faults.so');

/** A device whose disk follows the returned function's word. @param {import('ava').ExecutionContext} t */
function faulty(t) {
    const file = path.join(temporary(t), 'faults');
    writeFileSync(file, '');
    t.true(existsSync(library), 'the test library is built');
    const run = start(t, [], { env: { LD_PRELOAD: library, OCELLUS_TEST_FAULTS: file } });
    return { ...run, /** @param {string} word */ fault: (word) => writeFileSync(file, word) };
}

/** @param {import('../e2e/device.mjs').Device} device */
const channel = async (device) => (await device.json('/api/status')).channels[0];

/**
 * Waits until the first channel's record says so.
 * @param {import('../e2e/device.mjs').Device} device
 * @param {(channel: any) => boolean} good
 * @param {string} what
 */
const until = (device, good, what) =>
    eventually(async () => {
        const now = await channel(device);
        return good(now) ? now : undefined;
    }, what, 30);

for (const [word, line] of /** @type {const} */ ([
    ['full', 'no space left on the device'],
    ['readonly', 'read-only'],
])) {
    test(`[E9] a disk that is ${word}: a clear line, live goes on, recording comes back`, async (t) => {
        const { device, data, fault } = faulty(t);
        if (word === 'readonly') {
            fault(word);
        } else {
            await until(device, (c) => c.recording.bytes > 0, 'a recording');
            fault(word);
        }
        const failing = await until(device, (c) => c.recording.failing, 'it is failing');
        await device.said(new RegExp(`record-failed.*${line}`));
        await until(device, (c) => c.live.last > failing.live.last + 2, 'live goes on');
        const end = fault('');
        t.is(end, undefined);
        const back = await until(device, (c) => !c.recording.failing && c.recording.active, 'it recovers');
        await until(device, (c) => c.recording.bytes > back.recording.bytes, 'it writes again');
        await device.said(/record-recovered/);
        t.is((await device.stop()).code, 0);
        const files = readdirSync(path.join(data, 'recordings', 'cam1')).filter((name) => name.endsWith('.mp4'));
        t.true(files.length >= 1);
        t.true(files.some((name) => !name.endsWith('_open.mp4')), files.join());
        for (const name of files.filter((n) => !n.endsWith('_open.mp4'))) {
            t.notThrows(() => readMp4(path.join(data, 'recordings', 'cam1', name)), name);
        }
    });
}

test('a sync that takes two seconds holds up no packet', async (t) => {
    const { device, fault } = faulty(t);
    await until(device, (c) => c.recording.bytes > 0, 'a recording');
    await sleep(5000);
    const idle = await channel(device);
    fault('slow');
    await sleep(10000);
    const slow = await channel(device);
    fault('');
    t.log(`p99 ${idle.latenessUs.p99} us, with the slow disk ${slow.latenessUs.p99} us`);
    // A packet that waited for a sync would be up to 2 s late. How many milliseconds it costs: bench/lateness.mjs.
    t.true(slow.latenessUs.max < 1_000_000, `a packet came ${slow.latenessUs.max} us late`);
    t.true(slow.live.last >= idle.live.last + 8, 'live goes on');
    t.true(slow.recording.syncedAgeMs > 1000, 'the disk was slow');
    t.is(slow.state, 'running');
    t.is((await device.stop()).code, 0);
});

test('[E9] the folder of recordings is removed while one is written: live goes on, the next file has a folder again', async (t) => {
    const { device, data } = start(t, []);
    const before = await until(device, (c) => c.recording.bytes > 0, 'a recording');
    rmSync(path.join(data, 'recordings'), { recursive: true });
    await until(device, (c) => c.live.last > before.live.last + 2, 'live goes on');
    t.is((await device.stop()).code, 0);
    const again = start(t, [], { data });
    await until(again.device, (c) => c.recording.bytes > 0, 'a recording again');
    t.true(statSync(path.join(data, 'recordings', 'cam1')).isDirectory());
});

test('a disk that hangs while a recording is read: the program ends all the same', async (t) => {
    const { device, fault } = faulty(t);
    const url = await device.url();
    const { path: address } = await eventually(async () => {
        const newest = (await device.json('/api/recordings')).recordings[0];
        return newest?.bytes > 0 ? newest : undefined;
    }, 'a recording');
    fault('hung');
    const reading = fetch(`${url}/${address}`, { signal: AbortSignal.timeout(3000) }).then((answer) => answer.arrayBuffer());
    t.is(await reading.then(() => 'read', () => 'hangs'), 'hangs');
    const begun = performance.now();
    t.is((await device.stop('SIGTERM')).code, 1);
    t.true(performance.now() - begun < 15_000, `${performance.now() - begun} ms`);
    t.regex(device.stderr, /the disk does not answer/);
});

test('a disk that is full while settings are stored: 507, nothing changes, the old file stays; later it works', async (t) => {
    const { device, data, fault } = faulty(t);
    const url = `${await device.url()}/api/settings`;
    const file = path.join(data, 'settings.json');
    /** @param {object} patch */
    const change = (patch) => fetch(url, { method: 'PATCH', body: JSON.stringify(patch), signal: AbortSignal.timeout(15_000) });
    t.is((await change({ record: { name: 'first' } })).status, 200);
    const before = readFileSync(file, 'utf8');
    fault('full');
    const answer = await change({ record: { name: 'second' } });
    t.deepEqual([answer.status, (await answer.json()).error.message], [507, 'the settings cannot be stored: no space left on the device']);
    t.deepEqual([readFileSync(file, 'utf8'), readdirSync(data).filter((name) => name.startsWith('.settings'))], [before, []]);
    t.is((await device.json('/api/settings')).record.name, 'first');
    fault('');
    t.is((await change({ record: { name: 'second' } })).status, 200);
    t.is(JSON.parse(readFileSync(file, 'utf8')).record.name, 'second');
    t.is((await device.stop()).code, 0);
});
