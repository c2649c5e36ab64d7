// What runs on XS 13 in tier `test`, on the engine of the Moddable SDK: life and ends of machines in C, then every
// tests/modules/**/*.test.ts and tests/engine/scripts/*.test.ts, one machine for each file, in processes without a display.
//
//   MODDABLE=… node tests/sdk/run.mjs [--debug] [FILTER]...
//
// --debug: the SDK's debug build (lines in stacks, no optimisation). A filter is part of a test's name. Last line: `N passed, N failed, N skipped`; exit status 1 when a test failed.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { find } from '../../scripts/step-kinds.mjs';
import { Plain, root, run, step } from '../../scripts/lib.mjs';
import { buildArchive, make, output } from '../../scripts/sdk-build.mjs';
import { findSdk } from '../../scripts/sdk-find.mjs';
import { readProduct } from '../../scripts/sdk-manifest.mjs';
import { startServers } from '../engine/start-servers.mjs';

const debug = process.argv.includes('--debug');
const filters = process.argv.slice(2).filter((part) => part !== '--debug');
const programs = path.join(output, debug ? 'tests-debug' : 'tests');

/** C test programs and xsrun, linked to mc.so as to a library. @param {string} sdk @param {string} library @param {string} scripts */
async function compile(sdk, library, scripts) {
    const glib = await run(['pkg-config', '--cflags', '--libs', 'gio-2.0']);
    const includes = [`${sdk}/xs/includes`, `${sdk}/xs/platforms`, 'hosts/xs', 'hosts/posix/sys', 'hosts/posix/file', 'hosts/sdk', 'native/base', 'native/script', 'native/media', 'native/capture', 'native/out', 'native/ring', 'tests/engine', 'tests/native/support'];
    const defines = ['_GNU_SOURCE=', 'OC_XS17', 'INCLUDE_XSPLATFORM=1', 'XSPLATFORM="lin_xs.h"', `OC_SCRIPTS="${scripts}"`, ...(debug ? ['mxDebug=1'] : [])];
    const flags = [...includes.map((folder) => `-I${folder}`), ...defines.map((define) => `-D${define}`)];
    const libraries = [library, `-Wl,-rpath,${path.dirname(library)}`, ...glib.output.trim().split(/\s+/), '-lcmocka', '-lcrypto', '-lpthread'];
    const host = ['tests/engine/machine_host.c', 'tests/sdk/machine_loop_glib.c'];
    const sources = {
        xsrun: ['hosts/linux/engine/xsrun.c'],
        machine_test: ['tests/engine/machine_test.c', ...host],
        machine_stop_test: ['tests/engine/machine_stop_test.c', ...host],
        machine_kill_test: ['tests/engine/machine_kill_test.c', ...host],
        loop_test: ['tests/hosts/loop_test.c'],
        archive_test: ['tests/sdk/sdk_archive_test.c'],
    };
    mkdirSync(programs, { recursive: true });
    for (const [name, files] of Object.entries(sources)) {
        const argv = ['cc', '-std=gnu11', '-g', '-Wall', '-Wextra', '-Werror', '-Wno-unused-parameter', ...flags];
        await step(name, [...argv, '-o', path.join(programs, name), ...files.map((file) => path.join(root, file)), ...libraries]);
    }
}

/** Texts of 1 MB: chunks are a part of the heap on XS 17 (docs/hosts.md), so they need more of it than an application has. */
const large = /\/cloud\/s3-client\.test\.ts$/;
const largeHeap = 24 * 1024 * 1024;

const count = { passed: 0, failed: 0, skipped: 0 };

/** @param {string} name @param {string[]} argv @param {(text: string) => number[] | undefined} parse passed, failed, skipped */
function one(name, argv, parse) {
    if (filters.length > 0 && !filters.some((part) => name.includes(part))) {
        return;
    }
    const [program = '', ...args] = argv;
    const outcome = spawnSync(path.join(programs, program), args, { encoding: 'utf8', timeout: 240_000, cwd: root });
    const [passed = 0, failed = 1, skipped = 0] = parse(outcome.stdout + outcome.stderr) ?? [];
    const bad = outcome.status !== 0 || failed > 0;
    count.passed += passed;
    count.failed += bad ? Math.max(failed, 1) : 0;
    count.skipped += skipped;
    console.log(`${bad ? 'FAILED' : 'ok'} ${name}: ${passed} passed`);
    if (bad) {
        console.log(`${outcome.stdout}${outcome.stderr}${outcome.error ?? ''}`.replace(/^/gm, '    '));
    }
}

/** @param {string} text of cmocka */
const cmocka = (text) => {
    const passed = /^\[ {2}PASSED {2}\] (\d+) test/m.exec(text);
    const failed = /^ (\d+) FAILED TEST/m.exec(text);
    return passed ? [Number(passed[1]), Number(failed?.[1] ?? 0), 0] : undefined;
};

/** @param {string} text of tests/modules/harness.ts */
const harness = (text) => /^# (\d+) passed, (\d+) failed, (\d+) skipped$/m.exec(text)?.slice(1).map(Number);

async function main() {
    const sdk = findSdk(['mcconfig', 'mcrun', 'xsc', 'xsid', 'xsl', 'mcrez']);
    const job = /** @type {const} */ ({ platform: 'lin', debug });
    const mod = /** @type {const} */ ({ tool: 'mcrun', options: ['-f', 'x', '-noCheckModule'], ...job });
    const host = await make(sdk, { tool: 'mcconfig', manifest: 'tests/sdk/manifest.json', name: 'ocellus-test', ...job });
    const app = await buildArchive(sdk, 'lin', debug);
    const scripts = path.join(await make(sdk, { ...mod, manifest: 'tests/sdk/scripts/manifest.json', name: 'ocellus-scripts' }), 'mc.xsa');
    const modules = path.join(await make(sdk, { ...mod, manifest: 'tests/sdk/modules/manifest.json', name: 'ocellus-modules' }), 'mc.xsa');
    await compile(sdk.folder, path.join(host, 'mc.so'), scripts);
    process.env['OC_ARCHIVE'] = app;
    const servers = await startServers();
    for (const name of ['loop_test', 'machine_test', 'machine_stop_test', 'machine_kill_test', 'archive_test']) {
        one(name, [name], cmocka);
    }
    // not those of rooms that the SDK's hosts do without (ADR 93)
    const built = new Set(['modules', 'scripts'].flatMap((part) => [...readProduct(root, `tests/sdk/${part}/manifest.json`, 'lin').modules.values()]));
    for (const [folder, archives] of Object.entries({ 'tests/modules': [app, modules], 'tests/engine/scripts': [scripts, modules] })) {
        for (const file of find(folder, /\.test\.ts$/).filter((name) => built.has(name))) {
            const specifier = `ocellus/test/${path.relative(folder, file).replace(/\.ts$/, '')}`;
            const data = file.includes('/storage/') ? mkdtempSync(path.join(tmpdir(), 'ocellus-xs-')) : undefined;
            const withheld = file.includes('/attacks/') ? ['--withhold', '127'] : [];
            const heap = large.test(file) ? ['--heap', String(largeHeap)] : [];
            one(file, ['xsrun', ...heap, '--runaway', '60000', '--grant', 'ocellus/sample', ...withheld, ...(data === undefined ? [] : ['--data', data]), specifier, ...archives], harness);
            if (data !== undefined) {
                rmSync(data, { recursive: true });
            }
        }
    }
    servers.stdin?.end();
    console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
    process.exitCode = count.failed > 0 ? 1 : 0;
}

try {
    await main();
} catch (error) {
    if (!(error instanceof Plain)) {
        throw error;
    }
    console.error(error.message);
    process.exitCode = error.exitCode;
}
