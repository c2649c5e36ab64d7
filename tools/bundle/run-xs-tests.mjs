// Runs tests/modules/**/*.test.ts on XS, one machine for each file, with the bytecode of the last build.
//
//   node tools/bundle/run-xs-tests.mjs [--build build/linux] [FILTER]...
//
// Tests below tests/modules/storage have a data directory, each an empty one. A filter is part of a file's path. Last line: `N passed, N failed, N skipped`; exit status 1 when a test failed.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startServers } from '../../tests/engine/start-servers.mjs';
import { listModules } from './specifiers.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const { values, positionals } = parseArgs({
    options: { build: { type: 'string', default: join(root, 'build', 'linux') } },
    allowPositionals: true,
});
const build = resolve(values.build);
if (!existsSync(join(build, 'CMakeCache.txt'))) {
    console.error(`run-xs-tests: ${build} is no build folder; run npm run build first`);
    process.exit(2);
}
try {
    execFileSync('cmake', ['--build', build, '--target', 'xsrun', 'oc_archive_app', 'oc_archive_tests'], { stdio: 'pipe' });
} catch (error) {
    process.stdout.write(String(error.stdout ?? error.message).replace(/^\[\d+\/\d+\] .*\n/gm, ''));
    process.exit(1);
}

/** Of one turn of a test. Only against one that never returns: a busy machine lets a test wait for its turn. */
const runawayMs = '60000';
const count = { passed: 0, failed: 0, skipped: 0 };
const found = listModules(join(build, 'js'))
    .filter(({ set, path }) => set === 'test' && path.endsWith('.test.js'))
    .filter(({ path }) => positionals.length === 0 || positionals.some((part) => path.includes(part.replace(/\.ts$/, ''))));

/** In 32 bits there is neither libcrypto nor libcurl: their tests run on 64 bits, and on the SDK's engine. */
const narrow = /^OC_VARIANT:.*=(?:m32|board32)$/m.test(readFileSync(join(build, 'CMakeCache.txt'), 'utf8'));
const modules = narrow ? found.filter(({ path }) => !/\/(?:cloud|crypto|live|net\/(?:http|fetch-body|tcp)|onvif|snapshots|update\/(?:release-index|rollout|updater))[./]/.test(path)) : found;

/** Tests that talk to the servers. @param {{ path: string }} file */
const talks = ({ path }) => /\/(?:cloud|live|net|snapshots)\//.test(path);
const servers = modules.some(talks) ? await startServers() : undefined;

/** @param {string[]} argv @param {NodeJS.ProcessEnv} env @returns {Promise<{ status: number | null, signal: NodeJS.Signals | null, stdout: string, stderr: string }>} */
function xsrun(argv, env) {
    return new Promise((resolve) => {
        const child = spawn(join(build, 'xsrun'), argv, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: 900_000 }); // the harness ends a test, the watch one that computes
        let [stdout, stderr] = ['', ''];
        child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
        child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
        child.on('error', (error) => (stderr += String(error)));
        child.on('close', (status, signal) => resolve({ status, signal, stdout, stderr }));
    });
}

/** @param {{ path: string, specifier: string }} file */
async function runFile({ path, specifier }) {
    const data = path.includes('/storage/') ? mkdtempSync(join(tmpdir(), 'ocellus-xs-')) : undefined;
    const options = ['--runaway', runawayMs, ...(data === undefined ? [] : ['--data', data])];
    const run = await xsrun([...options, specifier, join(build, 'app.xsa'), join(build, 'tests.xsa')], { ...process.env, XSBUG_HOST: '' });
    if (data !== undefined) {
        rmSync(data, { recursive: true });
    }
    const counts = /^# (\d+) passed, (\d+) failed, (\d+) skipped$/m.exec(run.stdout);
    const [passed = 0, failed = 0, skipped = 0] = counts ? counts.slice(1).map(Number) : [0, 1, 0];
    count.passed += passed;
    count.failed += run.status === 0 || failed > 0 ? failed : 1;
    count.skipped += skipped;
    const bad = run.status !== 0 || failed > 0 || !counts;
    console.log(`${bad ? 'FAILED' : 'ok'} ${path.replace(/\.js$/, '.ts')}: ${passed} passed`);
    if (bad) {
        const why = run.signal ? `ended by ${run.signal}` : run.status === 0 && !counts ? 'it ended without running its tests' : '';
        console.log(`${run.stdout}${run.stderr}${why}`.replace(/^/gm, '    '));
    }
}

/** One file after the other: those that talk to the servers count what these received. @param {readonly { path: string, specifier: string }[]} files */
async function inTurn(files) {
    for (const file of files) {
        await runFile(file);
    }
}

// most tests wait: four queues at a time
const others = modules.filter((file) => !talks(file));
const third = (/** @type {number} */ n) => others.filter((_, index) => index % 3 === n);
await Promise.all([inTurn(modules.filter(talks)), inTurn(third(0)), inTurn(third(1)), inTurn(third(2))]);
servers?.stdin.end();
console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
process.exit(count.failed > 0 ? 1 : 0);
