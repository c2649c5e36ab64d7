// Runs tests/modules/**/*.test.ts on XS, one machine for each file, with the bytecode of the last build.
//
//   node tools/bundle/run-xs-tests.mjs [--build build/linux] [FILTER]...
//
// A filter is part of a file's path. Last line: `N passed, N failed, N skipped`; exit status 1 when a test failed.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
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
const modules = listModules(join(build, 'js'))
    .filter(({ set, path }) => set === 'test' && path.endsWith('.test.js'))
    .filter(({ path }) => positionals.length === 0 || positionals.some((part) => path.includes(part.replace(/\.ts$/, ''))));

for (const { path, specifier } of modules) {
    const run = spawnSync(join(build, 'xsrun'), ['--runaway', runawayMs, specifier, join(build, 'app.xsa'), join(build, 'tests.xsa')], {
        encoding: 'utf8',
        timeout: 120_000,
        env: { ...process.env, XSBUG_HOST: '' },
    });
    const counts = /^# (\d+) passed, (\d+) failed, (\d+) skipped$/m.exec(run.stdout);
    const [passed, failed, skipped] = counts ? counts.slice(1).map(Number) : [0, 1, 0];
    count.passed += passed;
    count.failed += run.status === 0 || failed > 0 ? failed : 1;
    count.skipped += skipped;
    const bad = run.status !== 0 || failed > 0 || !counts;
    console.log(`${bad ? 'FAILED' : 'ok'} ${path.replace(/\.js$/, '.ts')}: ${passed} passed`);
    if (bad) {
        const why = run.error ? String(run.error) : run.status === 0 && !counts ? 'it ended without running its tests' : '';
        console.log(`${run.stdout}${run.stderr}${why}`.replace(/^/gm, '    '));
    }
}
console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
process.exit(count.failed > 0 ? 1 : 0);
