// A channel that is pushed by SRT: what arrives is its own MPEG-TS, whole and in order; a listener that was away has it back.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { eventually, start, temporary, testApp } from '../e2e/device.mjs';
import { make, probe } from '../inputs/inputs.mjs';
import { secret, srtListener } from './servers.mjs';

/** @typedef {import('../e2e/device.mjs').Device} Device */

/** @param {Device} device @param {string} url */
async function push(device, url) {
    const target = { id: 1, channel: 'cam', sub: false, format: 'ts', audioOnly: false, name: 'cam/far', url, pin: '' };
    const response = await fetch(`${await device.url()}/api/targets`, { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify([target]) });
    if (!response.ok) {
        throw new Error(`${response.status} ${await response.text()}`);
    }
}

/** The row of the push, once it is as wanted. @param {Device} device @param {string} what @param {(row: any) => boolean} wanted @returns {Promise<any>} */
const rowOf = (device, what, wanted) =>
    eventually(async () => {
        const [row] = (await device.json('/api/targets')).pushes;
        return row !== undefined && wanted(row) ? row : undefined;
    }, what);

for (const codec of ['libx264', 'libx265']) {
    test.serial(`${codec}: a listener has pictures and sound without a hole, and again after it was away`, async (t) => {
        t.timeout(180_000);
        const input = path.join(temporary(t), 'clip.mp4');
        const quiet = codec === 'libx265' ? ['-x265-params', 'log-level=none:keyint=25'] : ['-g', '25'];
        make(input, ['-c:v', codec, ...quiet, '-preset', 'ultrafast', '-c:a', 'aac'], 20);
        const { device } = start(t, ['--app', testApp('pushes'), '--record', 'off', '--input', `cam=${input}`]);
        const words = `passphrase=${secret}-words`;
        const first = await srtListener(t, `&${words}`);
        await push(device, `srt://${first.at}?streamid=${secret}&passphrase=${secret}-other`);
        const refused = await rowOf(device, 'refused', ({ failure }) => failure !== 0);
        t.deepEqual([refused.phase, refused.failure], ['retries', 24], 'PASSWORD');
        const url = `srt://${first.at}?streamid=${secret}&${words}`;
        await push(device, url);
        await rowOf(device, 'it runs', ({ phase, packets }) => phase === 'runs' && packets > 200);
        await eventually(() => (readFileSync(first.file).length > 100_000 ? true : undefined), 'it arrives');
        first.child.kill('SIGKILL');
        await first.ended;
        await rowOf(device, 'it is missed', ({ phase }) => phase === 'retries');
        const again = await srtListener(t, `&${words}`, [], Number(first.at.split(':')[1]));
        await eventually(() => (readFileSync(again.file).length > 100_000 ? true : undefined), 'it is back');
        t.is((await rowOf(device, 'it runs', ({ phase }) => phase === 'runs')).reconnects, 1);
        await device.stop();
        again.child.kill('SIGKILL');
        await again.ended;
        for (const file of [first.file, again.file]) {
            for (const [kind, step] of /** @type {const} */ ([['v', 0.04], ['a', 1024 / 48000]])) {
                const { packets } = probe(['-select_streams', kind, '-show_entries', 'packet=dts_time', file]);
                const times = packets.slice(0, -1).map((/** @type {any} */ p) => Number(p.dts_time)); // the last one may be cut off
                t.true(times.length > 20, `${kind}: ${times.length} packets`);
                t.deepEqual(times.filter((/** @type {number} */ time, /** @type {number} */ i) => i > 0 && Math.abs(time - times[i - 1] - step) > 0.002), [], kind);
            }
        }
        t.false((device.stderr + device.stdout).includes(secret));
    });
}
