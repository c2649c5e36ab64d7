// A disk that is full, read-only, slow or gone while the program records: it says so, goes on, recovers.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { eventually, sleep, standstill, start, temporary } from '../e2e/device.mjs';
import { readMp4 } from '../e2e/mp4.mjs';
import { connect2, cookieOf, login, setPassword } from './closed.mjs';
import { hanging } from '../guard.mjs';

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
    const idle = await channel(device);
    fault('slow');
    await sleep(5000); // two syncs of two seconds
    const slow = await channel(device);
    fault('');
    t.log(`p99 ${idle.latencyUs.p99} us, with the slow disk ${slow.latencyUs.p99} us`);
    // A packet that waited for a sync would be up to 2 s late. How many milliseconds it costs: bench/lateness.mjs.
    const stood = standstill((await device.json('/api/events')).events);
    t.true(slow.latencyUs.max < 1_000_000 || stood > 0, `a packet came ${slow.latencyUs.max} us late`);
    t.true(slow.live.last > idle.live.last, 'live goes on');
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
    const reading = fetch(`${url}/${address}`, { signal: AbortSignal.timeout(3000) }).then((answer) => answer.arrayBuffer()); // wall time: it hangs
    t.is(await reading.then(() => 'read', () => 'hangs'), 'hangs');
    t.is((await device.stop('SIGTERM')).code, 1);
    t.regex(device.stderr, /the thread that answers HTTP does not return/); // it reads
});

test('a disk that hangs while it records: somebody connects, logs in and reads the status all the same', async (t) => {
    const data = temporary(t);
    const file = path.join(temporary(t), 'faults');
    writeFileSync(file, '');
    t.is((await setPassword(data)).status, 0);
    const args = ['--listen', '127.0.0.1', '--login', 'always'];
    const { device } = start(t, args, { data, env: { LD_PRELOAD: library, OCELLUS_TEST_FAULTS: file } });
    const url = await device.url();
    /** @param {Record<string, string>} cookie */
    const synced = async (cookie) => {
        const { session, request } = connect2(t, url);
        const { text } = await request({ ':path': '/api/status', ...cookie });
        session.close();
        return JSON.parse(text).channels[0]?.recording;
    };
    const first = await login(url);
    t.true(first.status < 400, first.text);
    await eventually(async () => (await synced(cookieOf(first)))?.bytes > 0 || undefined, 'a recording');
    writeFileSync(file, 'hung'); // every sync takes a minute
    await eventually(async () => (await synced(cookieOf(first)))?.syncedAgeMs > 10_000 || undefined, 'a disk that hangs');
    const second = await login(url);
    t.true(second.status < 400, second.text);
    const after = await synced(cookieOf(second));
    t.true(after?.syncedAgeMs > 10_000, JSON.stringify(after));
});

test('a disk that is full while settings are stored: 507, nothing changes, the old file stays; later it works', async (t) => {
    const { device, data, fault } = faulty(t);
    const url = `${await device.url()}/api/settings`;
    const file = path.join(data, 'settings.json');
    /** @param {object} patch */
    const change = (patch) => fetch(url, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify(patch), signal: hanging() });
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

/**
 * A change of the settings: its status and what it says when it is refused.
 * @param {import('../e2e/device.mjs').Device} device
 * @param {string} name
 */
async function rename(device, name) {
    const answer = await fetch(`${await device.url()}/api/settings`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ record: { name } }),
        signal: hanging(),
    });
    return [answer.status, (await answer.json()).error?.message];
}

/** @param {import('../e2e/device.mjs').Device} device @param {boolean} on */
async function privacy(device, on) {
    const body = JSON.stringify({ on });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${await device.url()}/api/privacy`, { method: 'POST', headers, body, signal: hanging() });
    return (await answer.json()).on;
}

/** Recordings of the channel under their final names. @param {string} data */
const finished = (data) => {
    const folder = path.join(data, 'recordings', 'cam1');
    return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.mp4') && !name.endsWith('_open.mp4')) : [];
};

test('[E9] the data directory is deleted and made again: 500 meanwhile, recording and settings come back', async (t) => {
    const { device, data } = start(t, []);
    await until(device, (c) => c.recording.bytes > 0, 'a recording');
    rmSync(data, { recursive: true });
    await until(device, (c) => c.recording.failing, 'it is failing');
    t.deepEqual(await rename(device, 'lost'), [500, 'the settings cannot be stored: the data directory is missing']);
    const failing = await channel(device);
    mkdirSync(data, { mode: 0o700 });
    const begun = performance.now();
    await until(device, (c) => !c.recording.failing && c.recording.bytes > failing.recording.bytes, 'it records again');
    const took = performance.now() - begun;
    t.log(`recording again after ${Math.round(took)} ms`);
    t.deepEqual(await rename(device, 'found'), [200, undefined]);
    t.is(JSON.parse(readFileSync(path.join(data, 'settings.json'), 'utf8')).record.name, 'found');
    await device.said(/was replaced/);
    t.true(readFileSync(path.join(data, 'log', 'log'), 'utf8').includes('was replaced'));

    t.true(await privacy(device, true));
    t.teardown(() => rmSync(`${data}.old`, { recursive: true, force: true }));
    renameSync(data, `${data}.old`); // at once: what says that it is on is not deleted before the folder
    mkdirSync(data, { mode: 0o700 });
    await eventually(async () => (existsSync(path.join(data, 'privacy.json')) ? true : undefined), 'privacy mode is stored again');
    await sleep(2500); // nobody may end it meanwhile
    t.true((await device.json('/api/privacy')).on, 'nobody has ended it');
    t.is((await device.stop()).code, 0);
});

test('[E22] the data directory is deleted and made again: settings, users and certificate are stored there again', async (t) => {
    const data = temporary(t);
    t.is((await setPassword(data)).status, 0);
    const { device } = start(t, ['--listen', '127.0.0.1', '--login', 'always'], { data });
    const url = await device.url();
    const first = await login(url);
    t.true(first.status < 400, first.text);
    const { session, request } = connect2(t, url);
    const patched = await request({ ':path': '/api/settings', ':method': 'PATCH', origin: url, 'content-type': 'application/json', ...cookieOf(first) }, { body: '{"record":{"name":"kept"}}' });
    session.close();
    t.is(patched.status, 200, patched.text);
    const files = ['settings.json', 'access/users', 'access/cert.pem', 'access/key.pem', 'access/device.key'].map((name) => path.join(data, name));
    const before = files.map((file) => readFileSync(file, 'utf8'));
    rmSync(data, { recursive: true });
    await sleep(3000); // longer than between two looks at the users
    mkdirSync(data, { mode: 0o700 });
    await eventually(async () => (files.every((file) => existsSync(file)) ? true : undefined), 'they are there again');
    t.deepEqual(files.map((file) => readFileSync(file, 'utf8')), before);
    t.true(files.every((file) => (statSync(file).mode & 0o777) === 0o600));
    const second = await login(url);
    t.true(second.status < 400, second.text);
    t.is((await device.stop()).code, 0);
    const again = start(t, ['--listen', '127.0.0.1', '--login', 'always'], { data });
    t.true((await login(await again.device.url())).status < 400, 'the next start knows them');
});

test('[E22] another disk with settings of its own takes the place: they stay as they are', async (t) => {
    const { device, data } = start(t, ['--record', 'off']);
    t.deepEqual(await rename(device, 'mine'), [200, undefined]);
    t.teardown(() => rmSync(`${data}.old`, { recursive: true, force: true }));
    const other = `${data}.other`;
    mkdirSync(other, { mode: 0o700 });
    writeFileSync(path.join(other, 'settings.json'), '{"record":{"name":"theirs"}}', { mode: 0o600 });
    renameSync(data, `${data}.old`);
    renameSync(other, data);
    await device.until(() => (device.stderr.includes('was replaced') ? true : undefined), 'it is noticed');
    await sleep(2000); // meanwhile nothing may be stored over them
    t.is(JSON.parse(readFileSync(path.join(data, 'settings.json'), 'utf8')).record.name, 'theirs');
    t.is((await device.stop()).code, 0);
});

test('[E9] a disk that goes and comes back: recording resumes, the file that was open gets its name', async (t) => {
    const { device, data } = start(t, []);
    const gone = `${data}.gone`;
    t.teardown(() => {
        rmSync(gone, { recursive: true, force: true });
        rmSync(`${data}.empty`, { recursive: true, force: true });
    });
    await until(device, (c) => c.recording.bytes > 0, 'a recording');
    const [first = ''] = readdirSync(path.join(data, 'recordings', 'cam1'));
    renameSync(data, gone); // what an unmounted disk leaves: the empty folder it was mounted on
    mkdirSync(data, { mode: 0o700 });
    await eventually(async () => (existsSync(path.join(data, 'recordings', 'cam1')) ? true : undefined), 'it records where it can');
    renameSync(data, `${data}.empty`);
    renameSync(gone, data);
    const folder = path.join(data, 'recordings', 'cam1');
    await eventually(async () => (readdirSync(folder).some((name) => name !== first && name.endsWith('_open.mp4')) ? true : undefined), 'it records there again');
    await eventually(async () => (finished(data).length === 1 ? true : undefined), 'the first file has its name');
    t.true(finished(data)[0]?.startsWith(first.replace('open.mp4', '')), finished(data).join());
    t.false(existsSync(path.join(folder, first)));
    t.notThrows(() => readMp4(path.join(folder, finished(data)[0] ?? '')));
    await until(device, (c) => !c.recording.failing, 'it is well');
    t.is((await device.stop()).code, 0);
});

test('[E9] a file that can be neither written nor renamed: it gets its name when it can be', async (t) => {
    const { device, data, fault } = faulty(t);
    await until(device, (c) => c.recording.bytes > 0, 'a recording');
    const [first = ''] = readdirSync(path.join(data, 'recordings', 'cam1'));
    fault('immutable');
    await until(device, (c) => c.recording.failing, 'it is failing');
    await sleep(3000); // it may get no name meanwhile
    t.deepEqual(finished(data), []);
    fault('');
    await until(device, (c) => !c.recording.failing, 'it recovers');
    await eventually(async () => (finished(data).some((name) => name.startsWith(first.replace('open.mp4', ''))) ? true : undefined), 'its name');
    for (const name of finished(data)) {
        t.notThrows(() => readMp4(path.join(data, 'recordings', 'cam1', name)), name);
    }
    const { events } = await device.json('/api/events');
    t.true(events.some((/** @type {any} */ e) => e.kind === 'record-closed' && e.path.includes(finished(data)[0])));
    t.is((await device.stop()).code, 0);
});
