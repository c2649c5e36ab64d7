// An application of one's own on the programs of the SDK: the sources that run on Linux, built for the SDK's engine.
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { bellRings, buildExample, clipArrives, receiver } from '../app/examples.mjs';
import { app, newFolder } from '../app/folder.mjs';
import { errorsNameLines } from '../app/lines.mjs';
import { eventually, program, start, temporary } from '../e2e/device.mjs';
import { freePort, missing, Simulator } from './simulator.mjs';

/** FFmpeg decodes it without a word. @param {import('ava').ExecutionContext} t @param {Buffer} bytes */
function plays(t, bytes) {
    const file = path.join(temporary(t), 'clip.mp4');
    writeFileSync(file, bytes);
    t.is(execFileSync('ffmpeg', ['-v', 'error', '-i', file, '-f', 'null', '-'], { encoding: 'utf8' }), '');
}

test.serial('ocellus-lin: motion-clip puts 20 s that begin 10 s before the event, again after a refusal', async (t) => {
    t.timeout(300_000);
    const { got, url } = await receiver(t, [503]);
    const archive = await buildExample(t, 'motion-clip', ['--sdk']);
    const { device } = start(t, ['--app', archive, '--app-set', `url=${url}/clips`]);
    plays(t, await clipArrives(t, await device.url(), got));
    t.is((await device.stop()).code, 0, device.stderr);
});

test.serial('ocellus-lin: doorbell rings, and its panel is served out of the archive', async (t) => {
    t.timeout(300_000);
    const { got, url } = await receiver(t);
    const archive = await buildExample(t, 'doorbell', ['--sdk']);
    const { device } = start(t, ['--app', archive, '--app-set', `webhook=${url}/ring`, '--app-set', 'seconds=1']);
    const address = await device.url();
    await bellRings(t, address, got);
    const panel = await fetch(`${address}/app/`);
    t.is(panel.status, 200);
    t.is(await panel.text(), readFileSync(path.join(root, 'examples', 'doorbell', 'panel', 'index.html'), 'utf8'));
    t.is((await device.stop()).code, 0, device.stderr);
});

test.serial('ocellus-lin --app-watch: another archive takes the place of one that records; what is none changes nothing', async (t) => {
    t.timeout(300_000);
    const file = path.join(temporary(t), 'app.xsa');
    copyFileSync(path.join(path.dirname(program), 'app.xsa'), file);
    const { device } = start(t, ['--app', file, '--app-watch']);
    await device.event('recording');
    writeFileSync(`${file}.new`, 'no archive');
    renameSync(`${file}.new`, file);
    await device.until(() => /not an application archive \(\.xsa\): the running one goes on/.exec(device.stderr) ?? undefined, 'the refusal');
    t.is((await device.json('/api/app')).name, 'ocellus');
    copyFileSync(await buildExample(t, 'doorbell', ['--sdk']), `${file}.new`);
    renameSync(`${file}.new`, file);
    await eventually(async () => ((await device.json('/api/app')).name === 'doorbell' ? true : undefined), 'the other application');
    const { script, channels } = await device.json('/api/status');
    t.is(script.restarts, 0);
    t.like(channels[0].recording, { active: true, lostPackets: 0 });
    t.is((await device.stop()).code, 0, device.stderr);
});

test.serial('ocellus-lin, a release build: errors name the lines of TypeScript, in the log and the status', async (t) => {
    t.timeout(300_000);
    await errorsNameLines(t, ['--sdk'], (archive) => start(t, ['--app', archive]).device);
});

/** TypeScript and JavaScript that an archive names, in its order. @param {string} file @returns {string[]} */
const sourcesOf = (file) => [...readFileSync(file, 'latin1').matchAll(/[^\0]+\.[tj]s(?=\0)/g)].map(([name]) => name);

test.serial('the same sources in another folder, with another folder for temporary files, are the same bytes; --debug names files that exist', async (t) => {
    t.timeout(300_000);
    const folder = await newFolder(t, { 'panel/index.html': '<p>Door</p>', 'panel/a.js': 'one();' });
    const archive = path.join(folder, 'build', 'doorcam-sdk.xsa');
    const other = path.join(temporary(t), 'moved', 'of another length');
    mkdirSync(other, { recursive: true });
    cpSync(folder, other, { recursive: true });
    const built = [await app(folder, ['build', '--sdk']), await app(other, ['build', '--sdk'], { TMPDIR: temporary(t) })];
    t.deepEqual(built.map(({ code, err }) => [code, err]), [[0, ''], [0, '']]);
    t.true(readFileSync(archive).equals(readFileSync(path.join(other, 'build', 'doorcam-sdk.xsa'))));
    const sources = sourcesOf(archive);
    t.true(sources.includes('src/main.ts') && sources.includes('modules/system/application.ts'), sources.join(' '));
    t.deepEqual(sources.filter((name) => path.isAbsolute(name)), []);

    const debug = await app(folder, ['build', '--sdk', '--debug']);
    t.is(debug.code, 0, debug.err);
    const own = sourcesOf(archive).map((name) => Buffer.from(name, 'latin1').toString()).filter((name) => path.isAbsolute(name));
    t.true(own.includes(path.join(realpathSync(folder), 'src', 'main.ts')), own.join(' '));
    t.deepEqual(own.filter((name) => !existsSync(name)), []);
});

const skip = missing();
const run = skip === '' ? test.serial : test.serial.skip;
run(`mcsim: the same archive does the same${skip === '' ? '' : ` (not there: ${skip})`}`, async (t) => {
    t.timeout(300_000);
    const { got, url } = await receiver(t, [503]);
    const archive = await buildExample(t, 'motion-clip', ['--sdk']);
    const [simulator, port] = [new Simulator(t), await freePort()];
    await simulator.start(`--port ${port} --data '${simulator.data}' --app '${archive}' --app-set url=${url}/clips`);
    plays(t, await clipArrives(t, `http://127.0.0.1:${port}`, got));
    simulator.tool('xdotool', 'key', 'ctrl+q');
    await eventually(async () => (simulator.process?.exitCode === null ? undefined : true), 'the end of mcsim', 15);
});
