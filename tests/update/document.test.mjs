// docs/updates.md as a reader follows it: every command, in their order.
import { copyFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { Device, temporary } from '../e2e/device.mjs';
import { appArchive, emptyFolder, ocellus } from './tools.mjs';

const text = readFileSync(path.join(root, 'docs', 'updates.md'), 'utf8');
const lines = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block = '']) => block.trim().split('\n'));

test('every command of docs/updates.md works', async (t) => {
    const folder = emptyFolder(t);
    copyFileSync(appArchive, path.join(folder, 'app.xsa'));
    /** @type {Device | undefined} */
    let device;
    t.teardown(async () => {
        device?.process.kill('SIGKILL');
        await device?.ended;
    });
    t.true(lines.length >= 20, `${lines.length} commands`);
    for (const line of lines) {
        const [name, ...words] = line.split(' ');
        t.is(name, 'ocellus', line);
        if (words[0] === 'run') {
            device = new Device([...words, '--json', '--port', '0', '--data', temporary(t), '--update-trial', '1'], { cwd: folder });
            await device.url();
            continue;
        }
        const url = line.includes('127.0.0.1') ? await device?.url() : undefined;
        const { code, err } = await ocellus(folder, words.map((word) => (word.startsWith('http://127.0.0.1') ? (url ?? '') : word)));
        t.is(code, 0, `${line}: ${err}`);
    }
    const state = await device?.json('/api/update');
    t.deepEqual([state.keys.length, state.revoked.length], [1, 1]);
    t.is((await device?.stop())?.code, 0, device?.stderr);
});
