// The SDK as its own developers use it: plain mcconfig at the root gives a program that runs in mcsim, leaves the SDK
// and other programs as they were, talks to xsbug and takes a mod.
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root, run } from '../../scripts/lib.mjs';
import { environment, output as products } from '../../scripts/sdk-build.mjs';
import { findSdk } from '../../scripts/sdk-find.mjs';
import { eventually, temporary, testApp } from '../e2e/device.mjs';
import { freePort, missing, Simulator } from './simulator.mjs';
import { Xsbug } from './xsbug.mjs';

const sdk = findSdk(['mcconfig', 'mcrun', 'mcsim']);
const folder = path.join(products, 'bin', 'lin', 'mc', 'debug', 'ocellus');
const library = path.join(folder, 'mc.so');

/** Every file of the SDK beside Git's, with size and time. @returns {string[]} */
function filesOfSdk() {
    const names = readdirSync(sdk.folder, { recursive: true, withFileTypes: true });
    return names
        .filter((entry) => entry.isFile() && !entry.parentPath.startsWith(path.join(sdk.folder, '.git')))
        .map((entry) => path.join(entry.parentPath, entry.name))
        .map((file) => `${file} ${statSync(file).size} ${statSync(file).mtimeMs}`);
}

/** A folder before all others of PATH: the SDK's rules end other people's simulators by name. @param {import('ava').ExecutionContext} t */
function withoutKilling(t) {
    const shims = temporary(t);
    writeFileSync(path.join(shims, 'pkill'), '#!/bin/sh\n');
    chmodSync(path.join(shims, 'pkill'), 0o755);
    return shims;
}

/** @param {number} port @param {string} address */
const get = async (port, address) => (await fetch(`http://127.0.0.1:${port}${address}`, { signal: AbortSignal.timeout(3000) })).text();

test.before((t) => {
    t.is(missing(), '');
    mkdirSync(products, { recursive: true });
});

test.serial('plain `mcconfig -d -m -p sim` builds and starts the program with application, clip and page; console and trace reach xsbug', async (t) => {
    t.timeout(900_000);
    const before = filesOfSdk();
    const [xsbug, simulator, port] = [await Xsbug.listen(t), new Simulator(t), await freePort()];
    mkdirSync(path.join(simulator.home, 'tech.moddable.mcsim'));
    await simulator.screen(`--port ${port} --record off --data '${simulator.data}' --app '${testApp('speaks')}'`);
    const env = environment(sdk);
    const argv = ['mcconfig', '-dn', '-m', '-p', 'sim', '-x', `127.0.0.1:${xsbug.port}`, '-o', products];
    const built = await run(argv, { cwd: root, timeout: 600, env: { ...simulator.env, ...env, PATH: `${withoutKilling(t)}:${env['PATH']}` } });
    t.is(built.code, 0, built.output);
    t.deepEqual(
        ['NOTICE', 'app.xsa', 'clip.mp4', 'mc.so', 'ocellus-lin', 'viewer'].filter((name) => !existsSync(path.join(folder, name))),
        [],
    );
    const machine = await eventually(async () => (xsbug.find('application')?.log.includes('said for the debugger') ? xsbug.find('application') : undefined), 'the application in xsbug', 60);
    t.true(machine.log.includes('said for the log'));
    t.regex(await get(port, '/'), /<html/);
    await eventually(async () => (machine.samples.length > 1 ? true : undefined), 'two samples', 10);
    const used = machine.instruments.indexOf('Slot used');
    t.true((machine.samples.at(-1)?.[used] ?? 0) > 100_000, `${machine.samples}`);
    t.is(machine.samples.at(-1)?.length, machine.instruments.length);
    t.not(xsbug.find('ocellus'), undefined, 'the SDK has its own machine');
    simulator.tool('xdotool', 'key', 'ctrl+q');
    await eventually(async () => ((await get(port, '/').catch(() => '')) === '' ? true : undefined), 'the end of mcsim', 15);
    t.deepEqual(filesOfSdk(), before, 'files of the SDK');
});

test.serial('another program for lin, built after ours, starts', async (t) => {
    t.timeout(300_000);
    const built = await run(['mcconfig', '-dn', '-m', '-p', 'lin', '-t', 'build', '-o', products], {
        cwd: path.join(sdk.folder, 'examples', 'helloworld'),
        timeout: 240,
        env: environment(sdk),
    });
    t.is(built.code, 0, built.output);
    const [xsbug, simulator] = [await Xsbug.listen(t), new Simulator(t)];
    const hello = path.join(path.dirname(folder), 'helloworld', 'mc.so');
    await simulator.start('', [hello], { XSBUG_HOST: '127.0.0.1', XSBUG_PORT: String(xsbug.port) });
    await eventually(async () => (xsbug.find('helloworld')?.log.some((line) => line.startsWith('Hello, world')) ? true : undefined), `its line in xsbug: ${simulator.output}`, 30);
});

test.serial('a mod given to mcsim is the application', async (t) => {
    t.timeout(60_000);
    const [xsbug, simulator, port] = [await Xsbug.listen(t), new Simulator(t), await freePort()];
    await simulator.start(`--port ${port} --record off --data '${simulator.data}'`, [library, testApp('speaks')], { XSBUG_HOST: '127.0.0.1', XSBUG_PORT: String(xsbug.port) });
    await eventually(async () => (xsbug.find('application')?.log.includes('said for the log') ? true : undefined), 'the mod', 30);
    simulator.tool('xdotool', 'key', 'ctrl+q');
    await eventually(async () => (simulator.process?.exitCode === null ? undefined : true), 'the end of mcsim', 15);
    t.notRegex(simulator.output, /mod is not used/);
});

test.serial('a mod beside --app is refused with a line', async (t) => {
    t.timeout(60_000);
    const simulator = new Simulator(t);
    await simulator.start(`--port 0 --data '${simulator.data}' --app '${path.join(folder, 'app.xsa')}'`, [library, testApp('speaks')]);
    await eventually(async () => (/^ocellus: the mod is not used: --app/m.test(simulator.output) ? true : undefined), `the line: ${simulator.output}`, 30);
    t.is(simulator.process?.exitCode, null, 'mcsim goes on');
});
