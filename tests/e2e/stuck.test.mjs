// Whoever reads what the program prints stops reading: a full pipe holds up nobody. Nor does a script that nothing stops.
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, openSync, readdirSync, readSync, writeSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { eventually, freePort, program, sleep, start, temporary, testApp } from './device.mjs';
import { startsAgain } from './starts-again.mjs';
import { hanging } from '../guard.mjs';

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
        const data = temporary(t);
        const port = await freePort();
        const pipe = fullPipe(t);
        const child = spawn(program, ['run', '--json', '--log', 'debug', '--data', data, '--port', String(port)], {
            stdio: ['ignore', what === 'stdout' ? pipe.end : 'ignore', what === 'stderr' ? pipe.end : 'ignore'],
        });
        const ended = new Promise((resolve) => child.on('exit', (code, by) => resolve(code ?? by)));
        t.teardown(() => child.kill('SIGKILL'));
        /** @param {string} address */
        const get = (address) => fetch(`http://127.0.0.1:${port}${address}`, { signal: hanging() });
        await eventually(async () => ((await get('/live/cam1/index.m3u8')).ok ? true : undefined), 'live');
        await eventually(async () => ((await (await get('/api/recordings')).json()).recordings[0]?.bytes > 0 ? true : undefined), 'a recording');
        await sleep(1000); // while nobody reads what it writes
        t.is((await get('/api/status')).status, 200);
        child.kill(signal);
        t.is(await ended, 0);
        const names = readdirSync(path.join(data, 'recordings', 'cam1'));
        t.is(names.length, 1);
        t.regex(names[0] ?? '', /Z_\d+T.*Z\.mp4$/, 'the recording has its true end');
    });
}

test('a reader that comes back gets what was kept', async (t) => {
    const data = temporary(t);
    const pipe = fullPipe(t);
    const args = ['run', '--log', 'debug', '--data', data, '--port', '0', '--record', 'off'];
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', pipe.end] });
    const ended = new Promise((resolve) => child.on('exit', (code) => resolve(code)));
    t.teardown(() => child.kill('SIGKILL'));
    await sleep(1500); // while nobody reads what it writes
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
    const { device, data } = start(t, ['--app', testApp('search'), '--name', 'search']);
    const url = await device.url();
    /** @param {any} value @returns {any} the keys of it, and of what is in it */
    const shape = (value) => {
        if (Array.isArray(value)) {
            return value.map(shape);
        }
        const entries = Object.entries(value ?? {}).map(([key, inner]) => [key, inner !== null && typeof inner === 'object' ? shape(inner) : typeof inner]);
        return Object.fromEntries(entries.sort());
    };
    const before = await device.json('/api/status');
    t.is(before.script.state, 'running');
    await device.said(/script-stuck: the script does not return and cannot be stopped/);
    const after = await device.json('/api/status');
    t.deepEqual(shape(after), shape({ ...before, mode: null, disk: null }), 'the host answers in the same shape; what the script alone knows is null');
    t.deepEqual([after.script.state, after.name, after.timezone.name], ['stuck', before.name, before.timezone.name]);
    t.deepEqual([before.application.name, after.apiLevel, after.application.name], ['ocellus', before.apiLevel, '']);
    t.deepEqual([after.channels[0].state, after.channels[0].live.playlist], ['running', before.channels[0].live.playlist]);
    t.true(after.channels[0].packets > before.channels[0].packets);
    t.is((await fetch(`${url}/api/settings`, { signal: hanging() })).status, 503, 'no script answers');
    const health = await fetch(`${url}/healthz`, { signal: hanging() });
    t.deepEqual([health.status, await health.text()], [503, 'failing\nscript: stuck\n']);
    const metrics = await (await fetch(`${url}/metrics`, { signal: hanging() })).text();
    t.regex(metrics, /^ocellus_script_stuck 1$/m);
    t.regex(metrics, /^ocellus_health 2$/m);
    const previous = 'latenessUs';
    for (const [who, channel] of Object.entries({ script: before.channels[0], host: after.channels[0] })) {
        t.deepEqual(channel[previous], channel.latencyUs, `${who}: the previous name answers until 0.2.0 (ADR 35)`);
    }
    t.true(after.channels[0].latencyUs.max > 0);
    /** @param {string} name @returns {string[]} labels and value of each line */
    const lines = (name) => [...metrics.matchAll(new RegExp(`^${name}(\\{.*)$`, 'gm'))].map(([, rest = '']) => rest);
    t.is(lines('ocellus_latency_seconds').length, 4, 'p50, p99, p99.9, max');
    t.deepEqual(lines('ocellus_lateness_seconds'), lines('ocellus_latency_seconds'));
    t.is((await fetch(`${url}/live/cam1/index.m3u8`, { signal: hanging() })).status, 200);
    device.process.kill('SIGTERM');
    const end = await device.ended;
    t.is(end?.code, 1, device.stderr);
    t.regex(device.stderr, /the script cannot be stopped: finishing recordings/);
    const names = readdirSync(path.join(data, 'recordings', 'cam1'));
    t.is(names.length, 1);
    t.notRegex(names[0] ?? '', /_open/);
});

test('a script that nothing stops: what was captured before privacy mode is captured after it', async (t) => {
    const { device, data } = start(t, ['--app', testApp('search'), '--name', 'search']);
    const url = await device.url();
    await device.said(/script-stuck/);
    /** @param {string} word */
    const privacy = (word) => execFileSync(program, ['privacy', word, '--data', data]);
    const live = async () => (await fetch(`${url}/live/cam1/index.m3u8`, { signal: hanging() })).status;
    privacy('on');
    await eventually(async () => ((await live()) === 403 ? true : undefined), 'nothing is captured');
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${url}/api/privacy`, { method: 'POST', headers, body: '{ "on": false }', signal: hanging() });
    t.deepEqual([answer.status, await answer.json()], [200, { on: false, by: [] }], 'the host takes the command');
    await eventually(async () => ((await live()) === 200 ? true : undefined), 'live again');
    const folder = path.join(data, 'recordings', 'cam1');
    await eventually(async () => (readdirSync(folder).some((name) => name.includes('_open')) ? true : undefined), 'recorded again');
    device.process.kill('SIGTERM');
    await device.ended;
    const names = readdirSync(folder);
    t.is(names.length, 2, names.join());
    t.true(names.every((name) => /^search_.*Z_.*Z\.mp4$/.test(name)), names.join());
});

test('a script that nothing stops: as last resort the same process starts again, with recordings finished', async (t) => {
    const { device, data } = start(t, ['--app', testApp('search'), '--name', 'search'], { env: { OCELLUS_SCRIPT_RESTART: '5' } });
    if (path.basename(program) === 'ocellus-lin') {
        await device.said(/script-stuck: .*; recordings and live go on without it/); // and that is all (docs/hosts.md)
        t.is(device.process.exitCode, null);
        return;
    }
    await device.said(/script-stuck: .*; restarting the program in 2 s/);
    await startsAgain(t, device, data, /the script cannot be stopped: restarting the program\n.*started, version/);
    t.regex(device.stderr, /finishing recordings/);
});
