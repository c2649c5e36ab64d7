// Errors of an application name the lines of its TypeScript; one that does nothing is named.
import path from 'node:path';
import test from 'ava';
import { start } from '../e2e/device.mjs';
import { app, newFolder } from './folder.mjs';
import { errorsNameLines } from './lines.mjs';

test('errors name the lines of TypeScript, in the log and the status', async (t) => {
    await errorsNameLines(t, [], (archive) => start(t, ['--app', archive]).device);
});

test('an application that never calls start() is told so; one that calls it later goes on', async (t) => {
    const main = "import { start } from 'ocellus/app/system/application';\nsetTimeout(() => void start({ name: 'late' }), 300);\n";
    const folder = await newFolder(t, { 'src/main.ts': main });
    const built = await app(folder, ['build']);
    t.is(built.code, 0, built.err);
    const { device } = start(t, ['--app', path.join(folder, 'build', 'doorcam.xsa')]);
    t.truthy(await device.url());
    t.is(device.stderr.match(/doorcam\.xsa has not called start\(\): there is no camera until it does/g)?.length, 1, device.stderr);
    t.is((await device.stop()).code, 0, device.stderr);
});
