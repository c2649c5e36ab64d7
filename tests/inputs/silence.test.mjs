// Processes that read inputs and do not answer: ended and made again by the program, whatever they do.
import path from 'node:path';
import test from 'ava';
import { eventually, start, temporary } from '../e2e/device.mjs';
import { helpers, make } from './inputs.mjs';

/** @param {import('../e2e/device.mjs').Device} device */
const channels = async (device) => new Map((await device.json('/api/status')).channels.map((/** @type {any} */ c) => [c.name, c]));

test.serial('[E20] a process that is stopped is ended and made again: its pictures come back by themselves, the others lose nothing', async (t) => {
    t.timeout(180_000, 'two processes');
    const folder = temporary(t);
    const files = ['one', 'two'].map((name) => path.join(folder, `${name}.mkv`));
    for (const file of files) {
        make(file, ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-an'], 3);
    }
    const inputs = ['made=test:?size=160x90&fps=25', ...files.map((file, i) => `pass${i}=${file}`), 'calm=assets/clip.mp4'];
    const { device } = start(t, inputs.flatMap((input) => ['--input', input]));
    await eventually(async () => ([...(await channels(device)).values()].every((c) => c.packets > 40) ? true : undefined), 'all run', 60);
    for (const [kind, names] of /** @type {const} */ ([
        ['decode', ['made']],
        ['pass', ['pass0', 'pass1']],
    ])) {
        const [one, ...more] = helpers(device.process.pid).filter((helper) => helper.kind === kind);
        t.deepEqual(more, [], `one process for ${names.join(' and ')}`);
        process.kill(one?.pid ?? 0, 'SIGSTOP');
        const resumed = (/** @type {string} */ name) => device.events.filter((e) => e['event'] === 'source-resumed' && e['channel'] === name).length;
        await device.until(() => (names.every((name) => resumed(name) === 1) ? true : undefined), `${names.join(' and ')} again`, 60);
        t.false(helpers(device.process.pid).some(({ pid }) => pid === one?.pid), 'it is gone');
        const then = await channels(device);
        await eventually(async () => {
            const now = await channels(device);
            return names.every((name) => now.get(name).state === 'running' && now.get(name).packets > then.get(name).packets + 25) ? true : undefined;
        }, 'pictures come', 60);
    }
    t.is(device.stderr.match(/ocellus-ffmpeg \d+ with \d inputs ended: it does not answer; restarting them/g)?.length, 2, device.stderr);
    t.deepEqual([(await channels(device)).get('calm').lost, (await channels(device)).get('calm').jumps], [{}, 0]);
    t.is((await fetch(`${await device.url()}/readyz`)).status, 200);
    t.is((await device.stop()).code, 0);
});
