// An update that ends the program, or in whose trial the program ends again and again, has failed: the program runs on or
// starts again with the application before, and the bundle is not taken any more.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { eventually, start } from '../device.mjs';
import { attempted, send, Workshop } from './applications.mjs';

/** @type {Workshop} */
let workshop;

test.before('a workshop', async () => {
    workshop = await new Workshop(mkdtempSync(path.join(os.tmpdir(), 'ocellus-e2e-'))).open();
});

test.after.always('the workshop is deleted', () => rmSync(workshop.folder, { recursive: true, force: true }));

/** @param {number} trial seconds */
const options = (trial) => ['--record', 'off', '--update-key', workshop.key, '--update-trial', String(trial)];

/** What is answered to a bundle. @param {import('../device.mjs').Device} device @param {Buffer} bundle */
async function post(device, bundle) {
    const answer = await send(await device.url(), bundle);
    return { status: answer.status, body: await answer.json() };
}

test.serial('one that ends the program by itself: rolled back, and the program never ended', async (t) => {
    t.timeout(120_000);
    const bare = "import { Plane } from 'ocellus/plane';\nconst plane = new Plane();\n";
    const ways = {
        '1.0.0': `${bare}await plane.exit(0);\n`,
        '1.0.1': `${bare}setTimeout(() => void plane.exit(3, 'no more'), 300);\nawait plane.ready();\n`,
    };
    const { device } = start(t, options(20));
    await device.url();
    for (const [version, text] of Object.entries(ways)) {
        const bundle = await workshop.build(version, text);
        t.is((await post(device, bundle)).status, 202);
        t.like((await attempted(device, version)).history[0], { result: 'rolled-back', why: 'exit' }, device.stderr);
        t.deepEqual(await post(device, bundle), { status: 409, body: { error: 'its trial has failed before' } });
    }
    t.is(device.process.exitCode, null, 'it runs');
    t.is((await device.stop()).code, 0);
});

test.serial('three stops of the program in its trial: it has failed', async (t) => {
    t.timeout(120_000);
    const bundle = await workshop.good('1.1.0');
    let { device, data } = start(t, options(60));
    for (let stop = 0; stop < 3; stop++) {
        await device.url();
        t.is((await post(device, bundle)).status, 202, `trial ${stop}`);
        await eventually(async () => ((await device.json('/api/update')).state === 'trial' ? true : undefined), 'the trial');
        t.is((await device.stop(stop === 1 ? 'SIGKILL' : 'SIGTERM')).code, stop === 1 ? null : 0);
        ({ device } = start(t, options(60), { data }));
        t.is((await device.json('/api/update')).history[0].result, 'interrupted');
    }
    await device.url();
    t.deepEqual(await post(device, bundle), { status: 409, body: { error: 'its trial has failed before' } });
});
