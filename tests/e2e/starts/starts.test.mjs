// A start of the process: cameras open and record as they did before it, while the application loads, without one that runs, and only
// when nobody wants something else. OC_KILLS: how often it is killed at a random instant.
import { spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { eventually, program, sleep, start, temporary, testApp } from '../device.mjs';

const kills = Number(process.env['OC_KILLS'] ?? '3');
const resumed = /channels as before the start/;
const opened = /cam1: channel-opened/;

/** Milliseconds since 1970 of the line of the log. @param {string} log @param {RegExp} line */
const timeOf = (log, line) => Date.parse(log.split('\n').find((text) => line.test(text))?.split(' ')[0] ?? '');

/** Names of recordings of cam1, the oldest first. @param {string} data */
const recordings = (data) => readdirSync(path.join(data, 'recordings', 'cam1')).filter((name) => name.endsWith('.mp4')).sort();

/** Waits until what shall run is on the disk, and a recording has begun. @param {string} data @param {number} count of recordings */
const kept = (data, count) =>
    eventually(async () => {
        const names = recordings(data);
        const file = path.join(data, 'recordings', 'cam1', names.at(-1) ?? '');
        return statSync(path.join(data, 'desired.list')).size > 0 && names.length >= count && statSync(file).size > 100_000 ? true : undefined;
    }, 'a recording, and desired.list');

/** A run that has kept what it runs. @param {import('ava').ExecutionContext} t @param {readonly string[]} [args] */
async function run(t, args = []) {
    const { device, data } = start(t, ['--log', 'debug', ...args]);
    await kept(data, 1);
    await sleep(1200); // what was written last is what is in force
    await device.stop('SIGKILL');
    return data;
}

test(`[E9] ${kills} times kill -9 at random: each start records before its application is there`, async (t) => {
    const data = temporary(t);
    /** Milliseconds between the opening of the camera and the first line of the application. @type {number[]} */
    const sooner = [];
    for (let n = 0; n <= kills; n++) {
        const { device } = start(t, ['--log', 'debug'], { data });
        await device.said(/script-ready/);
        await kept(data, n + 1);
        await sleep(1000 * ((n * 0.618034) % 1));
        await device.stop('SIGKILL');
        if (n > 0) {
            t.regex(device.stderr, resumed, `start ${n}`);
            t.is(device.stderr.match(new RegExp(opened, 'g'))?.length, 1, `start ${n}: opened once`);
            sooner.push(timeOf(device.stderr, /script-ready/) - timeOf(device.stderr, opened));
        }
        t.is(recordings(data).length, n + 1, `start ${n}: one recording for each`);
    }
    sooner.sort((a, b) => a - b);
    t.log(`open before the application was ready, ms: least ${sooner[0]}, median ${sooner[sooner.length >> 1]}`);
    t.true((sooner[0] ?? 0) >= 0);
});

test('an application that ends at its start, and an archive that is broken: recorded all the same', async (t) => {
    const app = path.join(temporary(t), 'app.xsa');
    copyFileSync(path.join(path.dirname(program), 'app.xsa'), app);
    const data = await run(t, ['--app', app]);
    copyFileSync(testApp('throws-often'), app);
    const { device } = start(t, ['--log', 'debug', '--app', app], { data });
    await device.said(/script +ended: threw/);
    await kept(data, 2);
    await device.stop('SIGKILL');
    truncateSync(app, 1000);
    const { device: second } = start(t, ['--log', 'debug', '--app', app], { data });
    await second.said(/no application can run: cameras go on/);
    await kept(data, 3);
    t.is((await second.stop()).code, 0);
    t.false(recordings(data).some((name) => name.endsWith('_open.mp4')), 'its recording is finished');
});

test('another command line, other settings, privacy mode: nothing opens that nobody wants', async (t) => {
    const data = await run(t);
    const { device: other } = start(t, ['--log', 'debug', '--name', 'other'], { data });
    await other.said(/script-ready/);
    t.notRegex(other.stderr, resumed);
    await other.stop('SIGKILL');

    const again = await run(t);
    const settings = path.join(temporary(t), 'settings.json');
    writeFileSync(settings, '{"record":{"audio":false}}');
    t.is(spawnSync(program, ['settings', 'import', settings, '--data', again]).status, 0);
    const { device: changed } = start(t, ['--log', 'debug'], { data: again });
    await changed.said(/script-ready/);
    t.notRegex(changed.stderr, resumed);
    await changed.stop('SIGKILL');

    const closed = await run(t);
    t.is(spawnSync(program, ['privacy', 'on', '--data', closed]).status, 0);
    const { device: hidden } = start(t, ['--log', 'debug'], { data: closed });
    await hidden.said(/script-ready/);
    t.regex(hidden.stderr, resumed);
    t.notRegex(hidden.stderr, opened);
    await hidden.stop('SIGKILL');
});

test('reset takes the addresses with it', async (t) => {
    const data = await run(t);
    t.is(spawnSync(program, ['reset', '--settings', '--yes', '--data', data]).status, 0);
    t.false(readdirSync(data).includes('desired.list'));
});
