// Whoever reads what the program prints stops reading: a full pipe holds up nobody. Nor does a script that nothing stops.
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, openSync, readdirSync, readSync, writeSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { eventually, freePort, program, sleep, start, temporary, testApp } from './device.mjs';

/**
 * A pipe filled to the brim that nobody reads: `end` to write to, `reader` to empty it.
 * @param {import('ava').ExecutionContext} t
 */
function fullPipe(t) {
    const name = path.join(temporary(t), 'pipe');
    execFileSync('mkfifo', [name]);
    const reader = openSync(name, constants.O_RDWR | constants.O_NONBLOCK);
    const end = openSync(name, constants.O_WRONLY);
    t.teardown(() => {
        closeSync(reader);
        closeSync(end);
    });
    try {
        for (;;) {
            writeSync(reader, Buffer.alloc(512, '.'));
        }
    } catch {
        return { reader, end };
    }
}

for (const [what, signal] of /** @type {const} */ ([['stderr', 'SIGTERM'], ['stdout', 'SIGINT']])) {
    test(`${what} is a full pipe: live, API, recording and end are as ever`, async (t) => {
        t.timeout(60_000);
        const data = temporary(t);
        const port = await freePort();
        const pipe = fullPipe(t);
        const child = spawn(program, ['run', '--json', '--log', 'debug', '--data', data, '--port', String(port)], {
            stdio: ['ignore', what === 'stdout' ? pipe.end : 'ignore', what === 'stderr' ? pipe.end : 'ignore'],
        });
        const ended = new Promise((resolve) => child.on('exit', (code, by) => resolve(code ?? by)));
        t.teardown(() => child.kill('SIGKILL'));
        /** @param {string} address */
        const get = (address) => fetch(`http://127.0.0.1:${port}${address}`, { signal: AbortSignal.timeout(10_000) });
        await eventually(async () => ((await get('/live/cam1/index.m3u8')).ok ? true : undefined), 'live');
        await eventually(async () => ((await (await get('/api/recordings')).json()).recordings[0]?.bytes > 0 ? true : undefined), 'a recording');
        await sleep(1000);
        t.is((await get('/api/status')).status, 200);
        child.kill(signal);
        t.is(await Promise.race([ended, sleep(15_000)]), 0, 'it ends in time');
        const names = readdirSync(path.join(data, 'recordings', 'cam1'));
        t.is(names.length, 1);
        t.regex(names[0] ?? '', /Z_\d+T.*Z\.mp4$/, 'the recording has its true end');
    });
}

test('a reader that comes back gets what was kept', async (t) => {
    t.timeout(60_000);
    const data = temporary(t);
    const pipe = fullPipe(t);
    const args = ['run', '--log', 'debug', '--data', data, '--port', '0', '--record', 'off'];
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', pipe.end] });
    const ended = new Promise((resolve) => child.on('exit', (code) => resolve(code)));
    t.teardown(() => child.kill('SIGKILL'));
    await sleep(1500);
    let text = '';
    /** Reads what is there. */
    const drain = () => {
        const buffer = Buffer.alloc(65536);
        try {
            for (;;) {
                text += buffer.toString('utf8', 0, readSync(pipe.reader, buffer));
            }
        } catch {
            return text;
        }
    };
    await eventually(async () => (/channel-opened/.test(drain()) ? true : undefined), 'lines of the time before');
    child.kill('SIGTERM');
    t.is(await ended, 0);
    t.regex(drain(), /finishing recordings/, 'the last lines are waited for');
});

test('a script in a built-in that nothing stops: live goes on, SIGTERM finishes the recording', async (t) => {
    t.timeout(60_000);
    const { device, data } = start(t, ['--app', testApp('search'), '--name', 'search']);
    const url = await device.url();
    await sleep(5000);
    t.is((await fetch(`${url}/api/status`, { signal: AbortSignal.timeout(15_000) })).status, 503, 'no script answers');
    t.is((await fetch(`${url}/live/cam1/index.m3u8`, { signal: AbortSignal.timeout(10_000) })).status, 200);
    device.process.kill('SIGTERM');
    const end = await Promise.race([device.ended, sleep(15_000)]);
    t.is(end?.code, 1, device.stderr);
    t.regex(device.stderr, /the script cannot be stopped: recordings are finished/);
    const names = readdirSync(path.join(data, 'recordings', 'cam1'));
    t.is(names.length, 1);
    t.notRegex(names[0] ?? '', /_open/);
});
