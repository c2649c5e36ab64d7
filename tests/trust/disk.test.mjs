// A small disk that is really full: it records for ever, forgets the oldest, keeps what is protected, and after each
// episode without room the index is what the files are. OC_FULL_DISKS: episodes (3; 50 in the soak).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, rmSync, statfsSync, writeSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { Device, eventually, program, sleep, temporary } from '../e2e/device.mjs';
import { readMp4 } from '../e2e/mp4.mjs';
import { addEvent, agrees, protectedEvents } from './agree.mjs';

const episodes = Number(process.env['OC_FULL_DISKS'] ?? '3');
const megabytes = 60;
const bytesPerSecond = 2_000_000; // what the protected event keeps, 12 to 20 s, leaves room
const input = `cam1=fake:?fps=20&gop=20&size=${bytesPerSecond / 20}&key=${bytesPerSecond / 20}`;

/** A disk of its own in a namespace, which a process holds. @param {import('ava').ExecutionContext} t */
async function smallDisk(t) {
    const folder = temporary(t);
    const holder = spawn('unshare', ['--map-root-user', '--mount', 'sh', '-c', `mount -t tmpfs -o size=${megabytes}m,mode=700 tmpfs "$0" && echo there && exec sleep 100000`, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    t.teardown(() => holder.kill('SIGKILL'));
    await once(holder.stdout, 'data');
    const start = (/** @type {readonly string[]} */ args = []) => {
        const inside = ['--target', `${holder.pid}`, '--user', '--mount', '--preserve-credentials', '--', program];
        const device = new Device([...inside, 'run', '--json', '--port', '0', '--data', folder, '--input', input, ...args], { program: 'nsenter' });
        t.teardown(async () => {
            device.process.kill('SIGKILL');
            await device.ended;
        });
        return device;
    };
    return { start, data: `/proc/${holder.pid}/root${folder}` };
}

/** @param {Device} device */
const recording = async (device) => (await device.json('/api/status')).channels[0].recording;

/** Closed recordings. @param {string} data */
const closed = (data) => readdirSync(path.join(data, 'recordings', 'cam1')).filter((name) => name.endsWith('.mp4') && !name.endsWith('_open.mp4'));

/** An event around now whose recordings stay: their names. @param {Device} device @param {string} data */
async function protect(device, data) {
    const id = await addEvent(device, { kind: 'ring', channel: 'cam1', protected: true });
    const kept = await eventually(async () => {
        const rows = (await agrees(device, data)).filter((row) => row.protected);
        return rows.length > 0 && rows.some((row) => !row.open) ? rows.filter((row) => !row.open).map((row) => path.basename(row.path)) : undefined;
    }, 'a protected recording');
    return { id, kept };
}

test.serial(`[E9] a disk of ${megabytes} MB records for ever: three times its size, without a failure, and what is protected stays`, async (t) => {
    t.timeout(600_000);
    const { start, data } = await smallDisk(t);
    const device = start();
    await eventually(async () => ((await recording(device)).bytes > 0 ? true : undefined), 'a recording');
    await eventually(async () => (closed(data).length > 0 ? true : undefined), 'a closed recording');
    const { id, kept } = await protect(device, data);
    let [least, checks] = [Infinity, 0];
    await eventually(
        async () => {
            const { bsize, bavail } = statfsSync(data);
            least = Math.min(least, bsize * bavail);
            t.false((await recording(device)).failing);
            if (checks++ % 20 === 0) await agrees(device, data);
            const { deleted } = await device.json('/api/storage');
            return deleted.bytes > 2 * megabytes * 1e6 ? true : undefined; // of the last 1,000 files
        },
        'twice the disk was deleted',
        400,
    );
    t.log(`least free: ${(least / 1e6).toFixed(1)} MB`);
    t.true(least > 0);
    await agrees(device, data);
    t.deepEqual(await protectedEvents(device), [id]);
    const names = closed(data);
    for (const name of kept) t.true(names.includes(name), `${name} of a protected event is there`);
    t.false(device.stderr.includes('record-failed'), device.stderr);
    t.is((await device.stop()).code, 0);
    for (const name of closed(data)) t.notThrows(() => readMp4(path.join(data, 'recordings', 'cam1', name)), name);
});

/** Takes all room, again and again while retention makes some. @param {string} file @param {() => Promise<boolean>} enough */
async function fill(file, enough) {
    const part = Buffer.alloc(65536);
    const fd = openSync(file, 'a');
    try {
        for (const until = Date.now() + 60_000; Date.now() < until; ) {
            try {
                for (;;) writeSync(fd, part);
            } catch (error) {
                if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOSPC') throw error;
            }
            if (await enough()) return;
            await sleep(50);
        }
        throw new Error('the disk was filled for a minute, and nothing failed');
    } finally {
        closeSync(fd);
    }
}

test.serial(`[E9] ${episodes} times no room at all: recording comes back, the index is what the files are, protected events stay, also over a start`, async (t) => {
    t.timeout((episodes + 5) * 120_000);
    const { start, data } = await smallDisk(t);
    let device = start();
    await eventually(async () => (closed(data).length > 0 ? true : undefined), 'a closed recording');
    const first = await protect(device, data);
    const ids = [first.id];
    for (let n = 0; n < episodes; n++) {
        const filler = path.join(data, 'filler');
        await fill(filler, async () => (await recording(device)).failing);
        const refused = await addEvent(device, { kind: 'late', protected: true }).catch(() => undefined);
        if (refused !== undefined) ids.push(refused); // it was answered, so it is kept
        if (n % 3 === 2) {
            await device.stop('SIGKILL');
            rmSync(filler);
            device = start();
        } else {
            rmSync(filler);
        }
        await eventually(async () => ((await recording(device)).failing ? undefined : true), `episode ${n}: recording comes back`, 60);
        const { bytes } = await recording(device);
        await eventually(async () => ((await recording(device)).bytes > bytes ? true : undefined), `episode ${n}: it is written again`, 60);
        await agrees(device, data, `episode ${n}: the index`);
        t.deepEqual(await protectedEvents(device), ids, `episode ${n}`);
    }
    const names = closed(data);
    for (const name of first.kept) t.true(names.includes(name), `${name} of a protected event is there`);
    t.is((await device.stop()).code, 0, device.stderr);
});
