// What each tier runs, in order. One row per step; a new test suite is one more row here.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { buildEngine32, buildFolder, buildVariant, buildViewer } from './build.mjs';
import { none, parseCtest, parseLine, parseTap } from './counts.mjs';
import { jobs, root, run } from './lib.mjs';
import { buildForTests, buildNativeTests, nativeTestsFolder, programFolder } from './sdk-tests.mjs';

/** @typedef {import('./counts.mjs').Counts} Counts */
/** @typedef {'test' | 'all' | 'soak' | 'sdk'} Tier */
/**
 * @typedef {object} Result
 * @property {Counts} counts
 * @property {string} output shown in full when something failed
 */
/**
 * @typedef {object} Step
 * @property {string} name unique
 * @property {Tier} tier `all` runs the steps of `test` too
 * @property {string} proves one phrase for docs/tiers.md
 * @property {readonly string[]} [needs] files or folders; one that is absent makes the step a skip
 * @property {string} [after] name of the build this step stands on: when that failed, it is a skip
 * @property {number} timeout seconds
 * @property {(timeout: number) => Promise<Result>} run
 */

const node = process.execPath;

/** @param {string} folder @param {RegExp} name @returns {string[]} matching files below it, relative to the root */
export function find(folder, name) {
    const full = path.join(root, folder);
    if (!existsSync(full)) {
        return [];
    }
    return readdirSync(full, { recursive: true, encoding: 'utf8' })
        .map((file) => path.join(folder, file))
        .filter((file) => name.test(file))
        .sort();
}

/**
 * What a test program printed, as counts: one that fails or says nothing is never a success.
 * @param {string} output
 * @param {number} code exit code
 * @param {(output: string) => Counts | undefined} parse
 * @returns {Result}
 */
function countOutput(output, code, parse) {
    const counts = parse(output) ?? none();
    if (code !== 0 && counts.failed === 0) {
        counts.failed = 1;
    }
    if (code === 0 && counts.passed + counts.failed + counts.skipped.length === 0) {
        return { counts: { ...none(), failed: 1 }, output: `${output}\nit ended without saying which tests ran\n` };
    }
    return { counts, output };
}

/**
 * A program that prints a last line `N passed, N failed[, N skipped]`, or TAP.
 * @param {readonly string[]} argv
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Step['run']}
 */
export function program(argv, env) {
    return async (timeout) => {
        const outcome = await run(argv, { timeout, ...(env ? { env } : {}) });
        return countOutput(outcome.output, outcome.code, (text) => parseLine(text) ?? parseTap(text));
    };
}

/**
 * ava on these files.
 * @param {string} folder
 * @param {RegExp} name
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Step['run']}
 */
export function ava(folder, name, env) {
    return async (timeout) => {
        const files = find(folder, name);
        if (files.length === 0) {
            return { counts: { ...none(), skipped: [{ name: folder, reason: 'no test file there' }] }, output: '' };
        }
        const cli = path.join(root, 'node_modules', 'ava', 'entrypoints', 'cli.mjs');
        // One file at a time: the processes under test share two cores.
        const argv = [node, cli, '--tap', '--concurrency=1', `--timeout=${timeout}s`, ...files];
        const outcome = await run(argv, { timeout, env: { ...env, OCELLUS_JOBS: String(jobs) } });
        return countOutput(outcome.output, outcome.code, parseTap);
    };
}

/**
 * The native tests of one variant.
 * @param {string} variant
 * @param {NodeJS.ProcessEnv} [env]
 * @param {string} [only] names, as an expression of ctest
 * @returns {Step['run']}
 */
export function ctest(variant, env, only) {
    return async (timeout) => {
        const folder = buildFolder(variant);
        const junit = path.join(folder, 'ctest.xml');
        const argv = ['ctest', '--test-dir', folder, '-j', String(jobs), '--output-on-failure', '--no-tests=error'];
        const sizes = ['--test-output-size-passed', '4000000', '--test-output-size-failed', '4000000'];
        const some = only === undefined ? [] : ['-R', only];
        const outcome = await run([...argv, ...some, ...sizes, '--output-junit', junit], {
            timeout,
            env: {
                UBSAN_OPTIONS: 'print_stacktrace=1',
                ASAN_OPTIONS: 'detect_stack_use_after_return=1',
                ...env,
            },
        });
        if (!existsSync(junit)) {
            return { counts: { ...none(), failed: 1 }, output: outcome.output };
        }
        const { counts, failures } = parseCtest(readFileSync(junit, 'utf8'));
        if (outcome.code !== 0 && counts.failed === 0) {
            return { counts: { ...counts, failed: 1 }, output: outcome.output };
        }
        return { counts, output: failures.map((f) => `--- ${f.name}\n${f.output.trimEnd()}`).join('\n') };
    };
}

/**
 * A build: nothing is counted as a test; a failure is one failure.
 * @param {() => Promise<void>} work
 * @returns {Step['run']}
 */
function build(work) {
    return async () => {
        await work();
        return { counts: none(), output: '' };
    };
}

/**
 * The TypeScript tests on the engine of one build.
 * @param {string} folder below build/
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Step['run']}
 */
function xsTests(folder, env) {
    return program([node, 'tools/bundle/run-xs-tests.mjs', '--build', path.join('build', folder)], env);
}

/** Every tools/checks/*.mjs: each is one test, by its exit code. @type {Step['run']} */
async function checks(timeout) {
    const counts = none();
    let output = '';
    for (const file of find('tools/checks', /^tools\/checks\/[^/]+\.mjs$/)) {
        const outcome = await run([node, file], { timeout });
        if (outcome.code === 0) {
            counts.passed++;
        } else {
            counts.failed++;
            output += `--- ${file}\n${outcome.output}`;
        }
    }
    return { counts, output };
}

/** @param {string} name @param {string} fallback @returns {string} an environment variable's value */
const setting = (name, fallback) => process.env[name] ?? fallback;

/** Counts of the sampled tests (`npm test`). Tests read them from the environment. */
const sampled = { OC_POWER_CUTS: setting('OC_POWER_CUTS', '50'), OC_KILLS: setting('OC_KILLS', '10') };
/** Full counts (`npm run soak`). */
export const full = {
    OC_POWER_CUTS: setting('OC_POWER_CUTS', '1000'),
    OC_KILLS: setting('OC_KILLS', '200'),
    OC_FUZZ_SECONDS: setting('OC_FUZZ_SECONDS', '600'),
    OC_SOAK_SECONDS: setting('OC_SOAK_SECONDS', '600'),
    OC_RTSP_RESTARTS: setting('OC_RTSP_RESTARTS', '20'),
};

/** The program that the Moddable SDK builds, for tests that run any. */
const sdkProgram = { OC_PROGRAM: path.join(root, programFolder, 'ocellus-lin') };

/** @type {readonly Step[]} */
export const steps = [
    {
        name: 'build linux',
        tier: 'test',
        proves: 'compiles without a warning',
        timeout: 600,
        run: build(() => buildVariant('linux', { tests: true, werror: true })),
    },
    {
        name: 'build viewer',
        tier: 'test',
        proves: 'the page bundles',
        needs: ['viewer/index.html'],
        timeout: 120,
        run: build(() => buildViewer('linux')),
    },
    {
        name: 'native tests',
        tier: 'test',
        proves: 'cores and host in C, one by one; virtual network; corpora',
        after: 'build linux',
        timeout: 300,
        run: ctest('linux', sampled),
    },
    {
        name: 'build san',
        tier: 'test',
        proves: 'compiles with sanitizers',
        timeout: 600,
        run: build(() => buildVariant('san', { tests: true, werror: true })),
    },
    {
        name: 'native tests, sanitizers',
        tier: 'test',
        proves: 'no bad memory access, leak or undefined behaviour in those tests',
        after: 'build san',
        timeout: 300,
        run: ctest('san', sampled),
    },
    {
        name: 'TypeScript on XS',
        tier: 'test',
        proves: 'the control plane, on the engine that ships',
        after: 'build linux',
        timeout: 300,
        run: xsTests('linux'),
    },
    {
        name: 'TypeScript on XS, sanitizers',
        tier: 'test',
        proves: 'no bad memory access in engine and glue in those tests',
        after: 'build san',
        timeout: 300,
        run: xsTests('san'),
    },
    {
        name: 'types of the scripts',
        tier: 'test',
        proves: 'scripts, tools and tests in JavaScript pass the type checker',
        timeout: 120,
        run: async (timeout) => {
            const outcome = await run([node, 'node_modules/typescript/bin/tsc', '-p', 'scripts/tsconfig.json'], { timeout });
            const ok = outcome.code === 0;
            return { counts: { ...none(), passed: ok ? 1 : 0, failed: ok ? 0 : 1 }, output: outcome.output };
        },
    },
    {
        name: 'scripts',
        tier: 'test',
        proves: 'set-up, build and this runner',
        timeout: 120,
        run: ava('tests/scripts', /\.test\.mjs$/),
    },
    {
        name: 'ESP32 files',
        tier: 'test',
        proves: 'pins, partitions and flags of the boards are consistent',
        timeout: 60,
        run: ava('tests/esp32', /\.test\.mjs$/),
    },
    {
        name: 'block code',
        tier: 'test',
        proves: 'tests can tell which picture they see',
        timeout: 60,
        run: ava('tests/blockcode', /\.test\.mjs$/),
    },
    {
        name: 'MP4 by mp4box',
        tier: 'test',
        proves: 'another reader finds every packet, time and byte in what we write',
        needs: ['build/linux/oc-remux'],
        after: 'build linux',
        timeout: 120,
        run: ava('tests/media', /\.test\.mjs$/),
    },
    {
        name: 'engine',
        tier: 'test',
        proves: 'compiler, lowering and machine life, from outside',
        needs: ['tests/engine'],
        after: 'build linux',
        timeout: 300,
        run: ava('tests/engine', /^tests\/engine\/[^/]+\.test\.mjs$/),
    },
    {
        name: 'end to end on loopback',
        tier: 'test',
        proves: 'the program as a person runs it: flags, HTTP, recordings, signals, sampled kill -9',
        needs: ['build/linux/ocellus'],
        after: 'build linux',
        timeout: 300,
        run: ava('tests/e2e', /^tests\/e2e\/[^/]+\.test\.mjs$/, sampled),
    },
    {
        name: 'host from outside',
        tier: 'test',
        proves: 'HTTP, HTTPS and login against hostile requests; disks that are full, slow, read-only or gone',
        needs: ['build/linux/ocellus', 'build/linux/tests/hosts/disk_faults.so'],
        after: 'build linux',
        timeout: 360,
        run: ava('tests/hosts', /\.test\.mjs$/),
    },
    {
        name: 'checks',
        tier: 'test',
        proves: 'requirement ids have tests; layout and documents agree with the tree',
        needs: ['tools/checks'],
        timeout: 120,
        run: checks,
    },

    {
        name: 'clip and recordings by FFmpeg',
        tier: 'all',
        proves: 'another program reads what we ship and write',
        timeout: 300,
        run: ava('tests/ffmpeg', /\.test\.mjs$/),
    },
    {
        name: 'inputs by FFmpeg',
        tier: 'all',
        proves: 'the test picture is read back picture by picture; other formats, HTTP and RTSP, lost and back; no password is seen',
        needs: ['build/linux/oc_ffmpeg.so'],
        after: 'build linux',
        timeout: 600,
        run: ava('tests/inputs', /\.test\.mjs$/),
    },
    {
        name: 'browser',
        tier: 'all',
        proves: 'the viewer page in Chromium: the picture moves, recordings play, login, nine channels at once',
        needs: ['build/linux/ocellus'],
        after: 'build linux',
        timeout: 600,
        run: ava('tests/e2e/browser', /\.test\.mjs$/),
    },
    {
        name: 'build m32',
        tier: 'all',
        proves: 'compiles for 32 bits',
        timeout: 600,
        run: build(() => buildVariant('m32', { tests: true, werror: true, coresOnly: true })),
    },
    {
        name: 'native tests, 32 bits',
        tier: 'all',
        proves: 'record sizes and arithmetic of a 32-bit machine',
        after: 'build m32',
        timeout: 300,
        run: ctest('m32', sampled),
    },
    {
        name: 'build board32',
        tier: 'all',
        proves: 'compiles for 32 bits with the limits of a board',
        timeout: 600,
        run: build(() => buildVariant('board32', { tests: true, werror: true, coresOnly: true })),
    },
    {
        name: 'native tests, limits of a board',
        tier: 'all',
        proves: 'small tables and queues behave as the large ones',
        after: 'build board32',
        timeout: 300,
        run: ctest('board32', sampled),
    },
    {
        name: 'build xtensa',
        tier: 'all',
        proves: 'compiles for a microcontroller: no float, no 64-bit atomics, no call its C library lacks',
        timeout: 600,
        run: build(() => buildVariant('xtensa', { tests: true, werror: true, coresOnly: true })),
    },
    {
        name: 'native tests, Xtensa',
        tier: 'all',
        proves: 'the cores on an emulated Xtensa: every access aligned; faults are failures; push over a socket',
        after: 'build xtensa',
        timeout: 600,
        run: ctest('xtensa', sampled),
    },
    {
        name: 'sizes and stacks',
        tier: 'all',
        proves: 'no core grew beyond docs/memory.md; records of the chip are those of the 32-bit build',
        after: 'native tests, Xtensa',
        timeout: 300,
        run: program([node, 'bench/footprint.mjs']),
    },
    {
        name: 'build engine, 32 bits',
        tier: 'all',
        proves: 'the engine compiles for 32 bits',
        timeout: 600,
        run: build(buildEngine32),
    },
    {
        name: 'TypeScript on XS, 32 bits',
        tier: 'all',
        proves: 'the control plane on slots of a 32-bit machine',
        after: 'build engine, 32 bits',
        timeout: 300,
        run: xsTests('board32-engine'),
    },
    {
        name: 'the application in the heap of a board',
        tier: 'all',
        proves: '32 bits, 512 KB: an hour of virtual time with losses, files and requests; glue with a board\'s limits',
        after: 'build engine, 32 bits',
        timeout: 300,
        run: ctest('board32-engine', undefined, '^(app_hour|plane_xs)_test$'),
    },
    {
        name: 'memory budget',
        tier: 'all',
        proves: 'docs/memory.md says what is measured; a board of 8 MB has room for it',
        after: 'build engine, 32 bits',
        timeout: 300,
        run: program([node, 'bench/budget.mjs', '--check']),
    },
    {
        name: 'build debug',
        tier: 'all',
        proves: 'the variant that speaks to a debugger compiles',
        timeout: 600,
        run: build(() => buildVariant('debug', { werror: true })),
    },
    {
        name: 'debugger',
        tier: 'all',
        proves: 'a breakpoint in TypeScript stops; locals are seen',
        after: 'build debug',
        timeout: 120,
        run: ava('tests/engine/debug', /\.test\.mjs$/),
    },
    {
        name: 'build stress',
        tier: 'all',
        proves: 'compiles with a collection at every allocation',
        timeout: 900,
        run: build(() => buildVariant('stress', { tests: true, werror: true })),
    },
    {
        name: 'native tests, collector stress',
        tier: 'all',
        proves: 'no stale engine pointer in glue',
        after: 'build stress',
        timeout: 900,
        run: ctest('stress', sampled),
    },
    {
        name: 'TypeScript on XS, collector stress',
        tier: 'all',
        proves: 'no stale engine pointer while scripts run',
        after: 'build stress',
        timeout: 900,
        run: xsTests('stress'),
    },

    {
        name: 'build for the soak',
        tier: 'soak',
        proves: 'the product and the sanitizer build',
        timeout: 1200,
        run: build(async () => {
            await buildVariant('linux', { tests: true, werror: true });
            await buildViewer('linux');
            await buildVariant('san', { tests: true, werror: true });
        }),
    },
    {
        name: 'native tests, full counts',
        tier: 'soak',
        proves: '1,000 simulated power cuts; long fuzzing',
        after: 'build for the soak',
        timeout: 7200,
        run: ctest('linux', full),
    },
    {
        name: 'native tests, sanitizers, full counts',
        tier: 'soak',
        proves: 'the same under sanitizers',
        after: 'build for the soak',
        timeout: 14400,
        run: ctest('san', full),
    },
    {
        name: 'many channels',
        tier: 'soak',
        proves: '32 channels recorded and watched without a drop',
        needs: ['build/linux/ocellus'],
        after: 'build for the soak',
        timeout: 14400,
        run: ava('tests/soak', /\.test\.mjs$/, full),
    },
    {
        name: 'inputs by FFmpeg, full counts',
        tier: 'soak',
        proves: 'an RTSP camera 20 times lost and back',
        needs: ['build/linux/oc_ffmpeg.so'],
        after: 'build for the soak',
        timeout: 3600,
        run: ava('tests/inputs', /\.test\.mjs$/, full),
    },
    {
        name: 'end to end, full counts',
        tier: 'soak',
        proves: '200 times kill -9',
        needs: ['build/linux/ocellus'],
        after: 'build for the soak',
        timeout: 14400,
        run: ava('tests/e2e', /^tests\/e2e\/[^/]+\.test\.mjs$/, full),
    },

    {
        name: 'build for lin',
        tier: 'sdk',
        proves: 'the Moddable SDK builds program, panel and archives from the manifests',
        timeout: 1800,
        run: build(buildForTests),
    },
    {
        name: 'build native tests on the library of the SDK',
        tier: 'sdk',
        proves: 'every core is in mc.so',
        after: 'build for lin',
        timeout: 600,
        run: build(buildNativeTests),
    },
    {
        name: 'native tests on the library of the SDK',
        tier: 'sdk',
        proves: 'the tests of every core pass on what the SDK has compiled',
        after: 'build native tests on the library of the SDK',
        timeout: 600,
        run: ctest(nativeTestsFolder),
    },
    {
        name: 'products of the SDK',
        tier: 'sdk',
        proves: 'the archive holds the application alone, the same bytes for lin and ESP32-S3; a second build makes nothing again',
        after: 'build for lin',
        timeout: 300,
        run: ava('tests/sdk', /build\.test\.mjs$/),
    },
    {
        name: 'SDK lin without a display',
        tier: 'sdk',
        proves: 'a recording checked by FFmpeg; archives refused and left alone; 20 scripts killed in one run; one archive for lin and ESP32',
        after: 'build for lin',
        timeout: 900,
        run: ava('tests/sdk', /headless\.test\.mjs$/, sdkProgram),
    },
    {
        name: 'SDK lin as on Linux',
        tier: 'sdk',
        proves: 'the tests of the Linux program on this one: flags, HTTP, HTTPS, login, live, recordings, signals, kill -9, scripts that die',
        after: 'build for lin',
        timeout: 900,
        run: ava('tests', /^tests\/(e2e\/(cli|kill|run|stuck|survive)|hosts\/(access|attempts|http|links))\.test\.mjs$/, { ...sampled, ...sdkProgram }),
    },
    {
        name: 'machines and TypeScript on XS 17',
        tier: 'sdk',
        proves: 'every kind of death 20 times in one process, stops, damaged archives; the control plane and the conformance test on the engine of the SDK',
        timeout: 600,
        run: program([node, 'tests/sdk/run.mjs']),
    },
    {
        name: 'SDK lin with parts of the Linux build',
        tier: 'sdk',
        proves: 'the socket for pushed frames, by the example of a sender; disks that are full, slow, read-only or gone',
        needs: ['build/linux/examples/push_client', 'build/linux/tests/hosts/disk_faults.so'],
        after: 'build for lin',
        timeout: 300,
        run: ava('tests', /^tests\/(e2e\/push|hosts\/disk)\.test\.mjs$/, sdkProgram),
    },
    {
        name: 'mcsim',
        tier: 'sdk',
        proves: 'the panel on a virtual screen: keys become events, a reload and the end finish recordings',
        after: 'build for lin',
        timeout: 300,
        run: ava('tests/sdk', /mcsim\.test\.mjs$/, sdkProgram),
    },
];

/**
 * The steps a tier runs.
 * @param {Tier} tier
 * @returns {Step[]}
 */
export function stepsOf(tier) {
    return steps.filter((s) => s.tier === tier || (tier === 'all' && s.tier === 'test'));
}
