// What a step is, and the ways to run one: ctest, ava, a program, a build.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildFolder } from './build.mjs';
import { firstReason, flakyMax, none, parseCtest, parseLine, parseTap } from './counts.mjs';
import { jobs, root, run } from './lib.mjs';

/** @typedef {import('./counts.mjs').Counts} Counts */
/** @typedef {'test' | 'all' | 'package' | 'soak' | 'sdk'} Tier */
/**
 * Steps of the lanes run beside each other, in the order of the table as soon as what they stand on is built; those `alone`
 * after all of them.
 * - `front`: steps that wait most of the time, for browsers, networks, processes; and those that count in real time.
 * - `beside`: others that mostly wait and bear to share processors: two at a time.
 * - `back`: steps that compute, to the same end however long it takes: builds, cores in virtual time. Two at a time, with
 *   the processor time that the front leaves.
 * - `alone`: measurements, and tests in which seconds are counted on both sides of a connection.
 * @typedef {'front' | 'beside' | 'back' | 'alone'} Lane
 */
/**
 * @typedef {object} Result
 * @property {Counts} counts
 * @property {string} output shown in full when something failed
 */
/**
 * @typedef {object} Step
 * @property {string} name unique
 * @property {Tier} tier `all` is what comes after `test`: it repeats nothing
 * @property {readonly Tier[]} [also] other tiers that stand on this build, which has nothing to do there when it is made
 * @property {Lane} [lane] `front` when it is absent
 * @property {string} proves one phrase for docs/tiers.md
 * @property {readonly string[]} [needs] files or folders; one that is absent makes the step a skip
 * @property {string} [after] name of the build this step stands on: when that failed, it is a skip
 * @property {number} timeout seconds without a sign of progress: a line of output, a test that ended
 * @property {(timeout: number) => Promise<Result>} run
 */

/** This Node. */
export const node = process.execPath;

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
 * Runs a program under test: its peers are on loopback, so it sees no proxy of the person who runs it (http_proxy, NO_PROXY,
 * npm_config_https_proxy, …). Builds and set-up, which download, see it.
 * @param {readonly string[]} argv
 * @param {{ env?: NodeJS.ProcessEnv, timeout: number }} options
 */
function runTest(argv, { env, timeout }) {
    const proxies = Object.keys(process.env).filter((name) => /proxy$/i.test(name));
    return run(argv, { timeout, env: { ...Object.fromEntries(proxies.map((name) => [name, undefined])), ...env } });
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
        const outcome = await runTest(argv, { timeout, env: env ?? {} });
        return countOutput(outcome.output, outcome.code, (text) => parseLine(text) ?? parseTap(text));
    };
}

/**
 * The one second try: tests of processes, sockets and threads in real time fail where the machine stood still. What failed runs again
 * alone, and is named as flaky when it passes. Nobody tries a report of a sanitizer again, nor failures by the dozen.
 * @param {Result} first
 * @param {ReadonlyMap<string, string>} failures what each said that failed, by name; empty: no second try
 * @param {(name: string) => Promise<Result>} alone
 * @returns {Promise<Result>}
 */
export async function secondTry(first, failures, alone) {
    if (failures.size === 0 || failures.size > flakyMax || [...failures.values()].some((said) => /Sanitizer|runtime error: /.test(said))) {
        return first;
    }
    /** @type {import('./counts.mjs').Flaky[]} */
    const flaky = [];
    let output = first.output;
    for (const [name, said] of failures) {
        const second = await alone(name);
        if (second.counts.failed === 0 && second.counts.passed > 0) {
            flaky.push({ name, reason: firstReason(said), output: said });
        } else {
            output += `\n--- ${name}, alone\n${second.output}`;
        }
    }
    const { passed, failed, skipped } = first.counts;
    const all = flaky.length === failures.size;
    return { counts: { passed: all ? passed + failed : passed, failed: all ? 0 : failed, skipped, ...(flaky.length > 0 ? { flaky } : {}) }, output };
}

/**
 * What ava said of each file some of whose tests failed. An exception outside of a test names no file, but ends the process of one.
 * @param {string} output TAP of ava: "not ok 7 - folder › file › title", without the folders that all files share
 * @param {readonly string[]} files
 * @returns {Map<string, string>} empty when a failure does not tell whose it is, and when ava was ended, or ended what hung, before all files ran
 */
export function failedFiles(output, files) {
    /** @type {Map<string, string>} */
    const failed = new Map();
    let unnamed = '';
    for (const [said, title = ''] of output.matchAll(/^not ok \d+ - (.*)\n(?:(?!ok |not ok |1\.\.).*\n)*/gm)) {
        const file = files.find((name) => {
            const parts = name.replace(/\.test\.mjs$/, '').split('/');
            return files.length === 1 || title.startsWith(`${name} exited`) || parts.some((_, at) => title.startsWith(`${parts.slice(at).join(' › ')} › `));
        });
        if (file === undefined) {
            unnamed += said;
        } else {
            failed.set(file, `${failed.get(file) ?? ''}${/ exited /.test(title) ? unnamed : ''}${said}`);
            unnamed = / exited /.test(title) ? '' : unnamed;
        }
    }
    const whole = /^1\.\.\d/m.test(output) && !/Exited because no new tests completed/.test(output);
    return whole && unnamed === '' ? failed : new Map();
}

/**
 * ava on these files.
 * @param {string} folder
 * @param {RegExp} name
 * @param {NodeJS.ProcessEnv} [env]
 * @param {{ together?: number, again?: boolean }} [how] together: files at a time, since the processes under test share two cores: more than
 *     one is for tests that mostly wait; again: files of e2e and hosts have a second try
 * @returns {Step['run']}
 */
export function ava(folder, name, env, { together = 1, again = false } = {}) {
    const cli = path.join(root, 'node_modules', 'ava', 'entrypoints', 'cli.mjs');
    return async (timeout) => {
        const files = find(folder, name);
        if (files.length === 0) {
            return { counts: { ...none(), skipped: [{ name: folder, reason: 'no test file there' }] }, output: '' };
        }
        /** @param {readonly string[]} some @param {number} at a time */
        const start = async (some, at) => {
            const argv = [node, cli, '--tap', `--concurrency=${at}`, `--timeout=${timeout}s`, ...some];
            // ava's limit is for the time without a result, and it says which test hangs: it has to come first
            const outcome = await runTest(argv, { timeout: timeout + 10, env: { ...env, OCELLUS_JOBS: String(jobs) } });
            return countOutput(outcome.output, outcome.code, parseTap);
        };
        const first = await start(files, together);
        return secondTry(first, again ? failedFiles(first.output, files) : new Map(), (file) => start([file], 1));
    };
}

/** @param {string} name @param {string} fallback @returns {string} an environment variable's value */
const setting = (name, fallback) => process.env[name] ?? fallback;

/** Ends a program after so many seconds of processor time. One that only waits makes no progress. */
const bounded = (/** @type {number} */ seconds) => ['sh', '-c', `ulimit -t ${seconds}; exec "$@"`, 'sh'];

/**
 * The native tests of one variant.
 * @param {string} variant
 * @param {NodeJS.ProcessEnv} [env]
 * @param {{ only?: string, label?: 'virtual' | 'real', again?: RegExp }} [which] names, as an expression of ctest; the label of oc_test;
 *     names of tests in real time, which have a second try
 * @returns {Step['run']}
 */
export function ctest(variant, env, which = {}) {
    return async (timeout) => {
        // a folder of its own, which ctest writes its logs into: another lane may run other tests of this variant
        const folder = path.join(buildFolder(variant), 'ctest', which.label ?? 'all');
        const junit = path.join(folder, 'junit.xml');
        mkdirSync(folder, { recursive: true });
        writeFileSync(path.join(folder, 'CTestTestfile.cmake'), 'subdirs("../..")\n');
        const sizes = ['--test-output-size-passed', '4000000', '--test-output-size-failed', '4000000'];
        const label = which.label === undefined ? [] : [which.label === 'virtual' ? '-L' : '-LE', '^virtual$'];
        /** @param {string | undefined} only @param {number} together @returns {Promise<Result & { failures: Map<string, string> }>} */
        const start = async (only, together) => {
            rmSync(junit, { force: true });
            const argv = [...bounded(timeout * 4), 'ctest', '--timeout', '1000000', '--test-dir', folder, '-j', String(together), '--output-on-failure', '--no-tests=error'];
            const outcome = await runTest([...argv, ...(only === undefined ? [] : ['-R', only]), ...label, ...sizes, '--output-junit', junit], {
                timeout,
                env: {
                    UBSAN_OPTIONS: 'print_stacktrace=1',
                    ASAN_OPTIONS: 'detect_stack_use_after_return=1',
                    ...env,
                },
            });
            if (!existsSync(junit)) {
                return { counts: { ...none(), failed: 1 }, output: outcome.output, failures: new Map() };
            }
            const { counts, failures } = parseCtest(readFileSync(junit, 'utf8'));
            if (outcome.code !== 0 && counts.failed === 0) {
                return { counts: { ...counts, failed: 1 }, output: outcome.output, failures: new Map() };
            }
            const output = failures.map((f) => `--- ${f.name}: ${f.why}\n${f.output.trimEnd()}`).join('\n');
            return { counts, output, failures: new Map(failures.map((f) => [f.name, `${f.why}\n${f.output}`])) };
        };
        const { failures, ...first } = await start(which.only, jobs + 1); // some wait, mostly
        const may = which.again !== undefined && [...failures.keys()].every((name) => which.again?.test(name));
        return secondTry(first, may ? failures : new Map(), (name) => start(`^${name}$`, 1));
    };
}

/**
 * A build: nothing is counted as a test; a failure is one failure.
 * @param {() => Promise<void>} work
 * @returns {Step['run']}
 */
export function build(work) {
    return async () => {
        await work();
        return { counts: none(), output: '' };
    };
}

/**
 * The TypeScript tests on the engine of one build.
 * @param {string} folder below build/
 * @param {{ only?: readonly string[] }} [which] parts of paths; absent: all
 * @returns {Step['run']}
 */
export function xsTests(folder, { only = [] } = {}) {
    return program([node, 'tools/bundle/run-xs-tests.mjs', '--build', path.join('build', folder), ...only]);
}

/** Every tools/checks/*.mjs: each is one test, by its exit code. @type {Step['run']} */
export async function checks(timeout) {
    const counts = none();
    let output = '';
    for (const file of find('tools/checks', /^tools\/checks\/[^/]+\.mjs$/)) {
        const outcome = await runTest([node, file], { timeout });
        if (outcome.code === 0) {
            counts.passed++;
        } else {
            counts.failed++;
            output += `--- ${file}\n${outcome.output}`;
        }
    }
    return { counts, output };
}

/** Benches that steps of their own run. */
const ownSteps = ['bench/budget.mjs', 'bench/footprint.mjs'];

/** Every bench, for a second or so: each is one test, by its exit code, and it has to print figures. @type {Step['run']} */
export async function benches(timeout) {
    const counts = none();
    let output = '';
    for (const file of find('bench', /^bench\/(p2p\/)?[^/]+\.mjs$/).filter((f) => !ownSteps.includes(f))) {
        const outcome = await runTest([node, file, '--brief'], { timeout });
        const good = outcome.code === 0 && /\d/.test(outcome.output);
        counts[good ? 'passed' : 'failed']++;
        output += good ? '' : `--- ${file}\n${outcome.output}`;
    }
    return { counts, output };
}

/** Counts of the sampled tests (`npm test`). Tests read them from the environment. */
export const sampled = { OC_POWER_CUTS: setting('OC_POWER_CUTS', '50'), OC_KILLS: setting('OC_KILLS', '3') };
/** Where a machine is emulated: corpora and what once broke a target, no changed inputs, which are those of any machine. */
export const replayed = { OC_POWER_CUTS: '10', OC_FUZZ_SECONDS: setting('OC_FUZZ_SECONDS', '0') };
/** Full counts (`npm run soak`). */
export const full = {
    OC_POWER_CUTS: setting('OC_POWER_CUTS', '1000'),
    OC_KILLS: setting('OC_KILLS', '200'),
    OC_CAMERAS: setting('OC_CAMERAS', '1000000'),
    OC_TS_STREAMS: setting('OC_TS_STREAMS', '10000'),
    OC_CLIPS: setting('OC_CLIPS', '100'),
    OC_CLOUD_EVENTS: setting('OC_CLOUD_EVENTS', '100'),
    OC_CLOUD_KILLS: setting('OC_CLOUD_KILLS', '200'),
    OC_CLOUD_STATES: setting('OC_CLOUD_STATES', 'radosgw'),
    OC_CLOUD_UPDATES: setting('OC_CLOUD_UPDATES', '100'),
    OC_FULL_DISKS: setting('OC_FULL_DISKS', '50'),
    OC_FUZZ_SECONDS: setting('OC_FUZZ_SECONDS', '600'),
    OC_PAGE_BLOCKED_MS: setting('OC_PAGE_BLOCKED_MS', '30000'),
    OC_SLOW_LINK: setting('OC_SLOW_LINK', 'full'),
    OC_APP_MINUTES: setting('OC_APP_MINUTES', '60'),
    OC_DEATH_ROUNDS: setting('OC_DEATH_ROUNDS', '20'),
    OC_STILL_ROUNDS: setting('OC_STILL_ROUNDS', '50'),
    OC_SOAK_SECONDS: setting('OC_SOAK_SECONDS', '600'),
    OC_HUB_CONNECTS: setting('OC_HUB_CONNECTS', '10000'),
    OC_DTLS_OOM_STEP: setting('OC_DTLS_OOM_STEP', '17'),
    OC_DTLS_SEEDS: setting('OC_DTLS_SEEDS', '2000'),
    OC_ICE_SEEDS: setting('OC_ICE_SEEDS', '20000'),
    OC_SCTP_SEEDS: setting('OC_SCTP_SEEDS', '3000'),
    OC_TURN_SEEDS: setting('OC_TURN_SEEDS', '3000'),
    OC_LINK_SEEDS: setting('OC_LINK_SEEDS', '100'),
    OC_RTSP_RESTARTS: setting('OC_RTSP_RESTARTS', '20'),
    OC_SANDBOX_KILLS: setting('OC_SANDBOX_KILLS', '50'),
    OC_MUTATED_INPUTS: setting('OC_MUTATED_INPUTS', '1000'),
    OC_GOALS: setting('OC_GOALS', 'full'),
    OC_CROWD: setting('OC_CROWD', 'full'),
    OC_LATENCY: setting('OC_LATENCY', 'full'),
    OC_NATS: setting('OC_NATS', 'full'),
};
