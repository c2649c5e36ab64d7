// The data directory is replaced while the program runs: what runs, what it has committed and what comes next are in the
// new one, and nothing is staged where nobody finds it.
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { eventually, start, temporary } from '../device.mjs';
import { attempted, send, Workshop } from './applications.mjs';

/** @type {Workshop} */
let workshop;

test.before('a workshop', async () => {
    workshop = await new Workshop(mkdtempSync(path.join(os.tmpdir(), 'ocellus-e2e-'))).open();
});

test.after.always('the workshop is deleted', () => rmSync(workshop.folder, { recursive: true, force: true }));

test('updates follow the data directory, with counter and slots', async (t) => {
    t.timeout(120_000);
    const [first, second, old] = [await workshop.good('1.0.0', '--counter 3'), await workshop.good('1.1.0', '--counter 4'), await workshop.good('1.2.0', '--counter 2')];
    const folder = temporary(t);
    const data = path.join(folder, 'data');
    const options = ['--record', 'off', '--update-key', workshop.key, '--update-trial', '1'];
    const { device } = start(t, options, { data });
    const url = await device.url();
    t.is((await send(url, first)).status, 202);
    t.like((await attempted(device, '1.0.0')).history[0], { result: 'committed' });
    /** @param {string} kind @param {number} count */
    const happened = (kind, count) => eventually(async () => (device.events.filter((event) => event['event'] === kind).length >= count ? true : undefined), kind);
    renameSync(data, path.join(folder, 'first'));
    rmSync(path.join(folder, 'first'), { recursive: true });
    await happened('data-gone', 1);
    const refused = await send(url, second);
    t.deepEqual([refused.status, await refused.json()], [503, { error: 'the data directory is missing' }]);
    mkdirSync(data, { mode: 0o700 });
    await happened('data-moved', 1);
    t.is((await send(url, second)).status, 202);
    t.like((await attempted(device, '1.1.0')).history[0], { result: 'committed' });
    t.is((await device.stop()).code, 0, device.stderr);

    const again = start(t, options, { data }).device;
    const state = await again.json('/api/update');
    t.like(state, { version: '1.1.0', slot: 'b', counter: 4 });
    t.deepEqual(state.history.map((/** @type {{ version: string }} */ { version }) => version), ['1.1.0', '1.0.0']);
    t.is((await send(await again.url(), old)).status, 409);
    t.is((await fetch(`${await again.url()}/api/update/rollback`, { method: 'POST' })).status, 202);
    t.like(await eventually(async () => {
        const now = await again.json('/api/update');
        return now.state === 'idle' && now.version === '1.0.0' ? now : undefined;
    }, 'the one before'), { slot: 'a', counter: 4 });
});
