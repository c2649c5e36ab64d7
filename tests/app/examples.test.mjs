// The examples, as a stranger who copies one into a folder of his own: built, checked, and run.
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { Device, eventually, temporary } from '../e2e/device.mjs';
import { app, emptyFolder, install } from './folder.mjs';

const examples = path.join(root, 'examples');
const names = readdirSync(examples).filter((name) => existsSync(path.join(examples, name, 'ocellus.json')));

test('there are examples to build', (t) => {
    t.true(names.includes('motion-clip') && names.includes('doorbell'), names.join());
});

for (const name of names) {
    test.serial(`${name} is built outside of the repository, and runs`, async (t) => {
        const folder = path.join(emptyFolder(t), name);
        cpSync(path.join(examples, name), folder, { recursive: true });
        rmSync(path.join(folder, 'node_modules'), { recursive: true, force: true });
        install(folder);
        const built = await app(folder, ['build']);
        t.deepEqual([built.code, built.err], [0, '']);
        const checked = await app(folder, ['check', '.', '--json']);
        t.deepEqual([checked.code, JSON.parse(checked.out).name], [0, name]);
        const archive = path.join(folder, 'build', `${name}.xsa`);
        const device = new Device(['run', '--app', archive, '--json', '--port', '0', '--data', temporary(t), '--record', 'off']);
        t.teardown(() => device.stop('SIGKILL'));
        const about = await eventually(async () => device.json('/api/app'), 'the application answers');
        t.is(about.name, name);
        t.is((await device.stop()).code, 0, device.stderr);
    });
}
