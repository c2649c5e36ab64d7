// The thread that answers HTTP is watched by the media thread, and the program by whoever started it as a service.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { eventually, start, temporary } from '../e2e/device.mjs';
import { startsAgain } from '../e2e/starts-again.mjs';
import { hanging } from '../guard.mjs';

const built = path.join(root, 'build', 'linux', 'tests', 'hosts');
const library = path.join(built, 'http_hang.so');

/** @param {import('../e2e/device.mjs').Device} device @param {RegExp} line */
const logged = (device, line) => device.until(() => line.exec(device.stderr) ?? undefined, String(line));

/** @param {import('ava').ExecutionContext} t @param {string} seconds */
async function hung(t, seconds) {
    const file = path.join(temporary(t), 'hang');
    t.true(existsSync(library), 'the test library is built');
    const run = start(t, ['--name', 'watched'], { env: { LD_PRELOAD: library, OCELLUS_TEST_HANG: file, OCELLUS_SCRIPT_RESTART: seconds } });
    const url = await run.device.url();
    await eventually(async () => ((await fetch(`${url}/live/cam1/index.m3u8`, { signal: hanging() })).ok ? true : undefined), 'live');
    writeFileSync(file, '');
    return run;
}

test('the HTTP thread does not return: the same process starts again, with recordings finished, and answers', async (t) => {
    const { device, data } = await hung(t, '12');
    await logged(device, /http-stuck: the thread that answers HTTP does not return; .*; restarting the program in 2 s/);
    const url = await startsAgain(t, device, data, /HTTP is not answered: restarting the program\n.*started, version/);
    t.regex(device.stderr, /^ocellus: the thread that answers HTTP does not return$/m);
    t.regex(await (await fetch(`${url}metrics`, { signal: hanging() })).text(), /^ocellus_http_stuck_total 0$/m);
});

test('never, when the environment says so: it is said, recordings go on, and SIGTERM ends it', async (t) => {
    const { device, data } = await hung(t, '0');
    await logged(device, /http-stuck: .* go on without it$/m);
    device.process.kill('SIGTERM');
    await device.ended;
    const names = readdirSync(path.join(data, 'recordings', 'cam1'));
    t.deepEqual(names.filter((name) => name.includes('_open')), [], 'recordings are finished');
});

test('a service manager is told again and again that the program lives', async (t) => {
    const file = path.join(temporary(t), 'notify');
    const manager = spawn(path.join(built, 'notify_socket'), [file], { stdio: ['ignore', 'pipe', 'inherit'] });
    t.teardown(() => manager.kill('SIGKILL'));
    let got = '';
    manager.stdout.setEncoding('utf8').on('data', (part) => (got += part));
    await eventually(async () => (got.includes('ready') ? true : undefined), 'the socket');
    const { device } = start(t, ['--record', 'off'], { env: { NOTIFY_SOCKET: file, WATCHDOG_USEC: '2000000' } });
    await eventually(async () => ((got.match(/^WATCHDOG=1$/gm)?.length ?? 0) >= 3 ? true : undefined), 'three words');
    t.is(got.replaceAll('WATCHDOG=1\n', ''), 'ready\n', 'and nothing else');
    t.is((await device.stop()).code, 0);
});
