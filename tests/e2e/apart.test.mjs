// The program whose script is a process of its own (ADR 111): what that process may, and that its end costs nothing.
// OC_KILLS: how often it is killed (5 in npm test); early ends in a row wait longer each time, 10 s at most.
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { eventually, program, sleep, start, testApp } from './device.mjs';
import { readMp4, trackOf } from './mp4.mjs';
import { play } from './viewers.mjs';
import { complete } from './whole.mjs';

const apart = path.join(path.dirname(program), 'ocellus-apart');

const kills = Number(process.env['OC_KILLS'] ?? '5');

/** What a process says of itself; "" when it is gone. @param {number | string} pid @param {string} file */
function told(pid, file) {
    try {
        return readFileSync(`/proc/${pid}/${file}`, 'utf8');
    } catch {
        return '';
    }
}

/** The number of the script's process; undefined: there is none now. @param {import('./device.mjs').Device} device */
function scriptOf(device) {
    const found = readdirSync('/proc').find((pid) => /^\d+$/.test(pid) && told(pid, 'stat').includes('(ocellus-script) ') && told(pid, 'stat').split(') ')[1]?.split(' ')[1] === String(device.process.pid));
    return found === undefined ? undefined : Number(found);
}

/** A script that answers. @param {import('./device.mjs').Device} device @param {number} generation of it, at least */
const running = (device, generation) =>
    eventually(async () => {
        const { script } = await device.json('/api/status');
        return script.state === 'running' && script.generation >= generation ? script : undefined;
    }, `script number ${generation}`);

test(`${kills} times kill -9 of the script at any moment: another one; nothing is lost, live goes on`, async (t) => {
    const { device, data } = start(t, ['--record-audio', 'on'], { program: apart });
    await running(device, 1);
    let watching = true;
    const watched = play(`${await device.url()}/live/cam1/index.m3u8`, () => watching);
    for (let n = 1; n <= kills; n++) {
        const pid = await eventually(async () => scriptOf(device), 'the process of the script');
        await sleep(400 * ((n * 0.618034) % 1)); // at its start, and when it answers
        process.kill(pid, 'SIGKILL');
        await eventually(async () => (scriptOf(device) === pid ? undefined : true), 'its end');
    }
    const script = await running(device, kills + 1);
    t.is(script.restarts, kills);
    t.regex(script.lastEnd.message, /signal 9/);
    await sleep(1500); // a GOP behind the last restart
    watching = false;
    const { answered, refused, breaks } = await watched;
    t.true(answered > 2 && refused === 0 && breaks === 0, `live answered ${answered} times, refused ${refused}, broke ${breaks}`);
    t.is((await device.stop()).code, 0, device.stderr);
    const names = readdirSync(path.join(data, 'recordings'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.mp4'));
    t.is(names.length, 1, names.join());
    const recorded = readMp4(path.join(data, 'recordings', names[0] ?? ''));
    const source = readMp4(path.join(root, 'assets', 'clip.mp4'));
    for (const kind of /** @type {const} */ (['video', 'audio'])) {
        complete(t, trackOf(recorded, kind), trackOf(source, kind));
    }
});

test('the process of the script: a filter of system calls, no way to new rights, nothing of the host', async (t) => {
    const { device } = start(t, ['--record', 'off'], { program: apart });
    await running(device, 1);
    const pid = (await eventually(async () => scriptOf(device), 'the process of the script')) ?? 0;
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
        const status = told(pid, `task/${thread}/status`);
        t.regex(status, /^Seccomp:\t2$/m);
        t.regex(status, /^NoNewPrivs:\t1$/m);
        t.regex(status, /^CapEff:\t0+$/m);
    }
    const open = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
    t.deepEqual(open.filter((link) => link.startsWith('socket:') || link.includes('recordings') || link.includes('settings')), []);
    t.notRegex(told(pid, 'environ'), /HOME=|OCELLUS/);
});

test('a script that loops is killed, and one without end does not hold the end of the program', async (t) => {
    const { device } = start(t, ['--app', testApp('loop'), '--name', 'loop'], { program: apart });
    const script = await running(device, 3);
    t.regex(script.lastEnd.reason, /stopped/);
    t.is((await device.stop()).code, 0, device.stderr);
});
