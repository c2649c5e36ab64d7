// `npm test` and its wider tiers: runs the steps of steps.mjs, ends with `N passed, N failed, N skipped`.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { flakyMax, none, sum } from './counts.mjs';
import { fetchEngine } from './engine.mjs';
import { duration, inBackground, Plain, root, say } from './lib.mjs';
import { checkSdk } from './sdk-tests.mjs';
import { setup } from './setup.mjs';
import { full } from './step-kinds.mjs';
import { stepsOf } from './steps.mjs';

/** @typedef {import('./counts.mjs').Counts} Counts */
/** @typedef {import('./step-kinds.mjs').Step} Step */
/** @typedef {import('./step-kinds.mjs').Tier} Tier */

/** @type {readonly Tier[]} */
const tiers = ['test', 'all', 'package', 'soak', 'sdk'];
/** Where tests leave measurements, one JSON object per file; the soak collects them. */
const evidenceFolder = path.join(root, 'build', 'evidence');

/** @param {Counts} counts */
const line = (counts) => `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped.length} skipped`;

/**
 * Runs one step; a throw is a failure, what is missing a skip.
 * @param {Step} step
 * @param {ReadonlySet<string>} failed names of steps that failed
 * @returns {Promise<import('./step-kinds.mjs').Result>}
 */
async function runStep(step, failed) {
    const absent = (step.needs ?? []).find((file) => !existsSync(path.join(root, file)));
    const reason =
        step.after !== undefined && failed.has(step.after)
            ? `"${step.after}" failed`
            : absent !== undefined
              ? `${absent} is not there`
              : '';
    if (reason) {
        return { counts: { ...none(), skipped: [{ name: step.name, reason }] }, output: '' };
    }
    try {
        return await step.run(step.timeout);
    } catch (error) {
        const text = error instanceof Plain ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error);
        return { counts: { ...none(), failed: 1 }, output: text };
    }
}

/**
 * Runs steps in their lanes (step-kinds.mjs). A step that failed keeps no other from running but those that stand on it.
 * @param {readonly Step[]} steps in the order of the table
 * @param {(done: Done) => void} report called when a step has ended
 * @returns {Promise<void>}
 */
export async function runLanes(steps, report) {
    /** @type {Set<string>} */
    const failed = new Set();
    /** @type {Map<string, () => void>} */
    const ends = new Map();
    const ended = new Map(steps.map((s) => [s.name, new Promise((/** @type {(value: void) => void} */ end) => void ends.set(s.name, end))]));
    const left = new Set(steps);
    /** The next step of a lane: one that waits for a build lets others pass. @param {import('./step-kinds.mjs').Lane} lane */
    const next = async (lane) => {
        for (;;) {
            const mine = [...left].filter((s) => (s.lane ?? 'front') === lane);
            const step = mine.find(({ after = '' }) => !ends.has(after));
            if (step !== undefined) {
                left.delete(step);
                return step;
            }
            if (mine.length === 0) {
                return undefined;
            }
            await Promise.race(mine.map(({ after = '' }) => ended.get(after)));
        }
    };
    /** @param {import('./step-kinds.mjs').Lane} lane */
    const run = async (lane) => {
        for (let step = await next(lane); step !== undefined; step = await next(lane)) {
            const begun = Date.now();
            const { counts, output } = await runStep(step, failed);
            if (counts.failed > 0 || counts.skipped.some(({ name }) => name === step.name)) {
                failed.add(step.name);
            }
            report({ name: step.name, counts, output, seconds: (Date.now() - begun) / 1000 });
            ends.get(step.name)?.();
            ends.delete(step.name);
        }
    };
    await Promise.all([run('front'), run('beside'), run('beside'), ...[1, 2].map(() => inBackground(() => run('back')))]);
    await run('alone');
}

/**
 * What a whole run says at its end, and its exit code.
 * @param {Counts} counts
 * @param {boolean} skipFails
 * @returns {{ lines: string[], code: number }}
 */
export function verdict(counts, skipFails) {
    const flaky = counts.flaky ?? [];
    const skips = skipFails && counts.skipped.length > 0;
    const lines = [
        ...counts.skipped.map((s) => `skipped: ${s.name}: ${s.reason}`),
        ...flaky.map((f) => `flaky: ${f.name}: ${f.reason}`),
        ...(skips ? ['a skip is a failure in this tier'] : []),
        ...(flaky.length > flakyMax ? [`${flaky.length} needed a second try: more than ${flakyMax} are a failure`] : []),
        line(counts),
    ];
    return { lines, code: counts.failed > 0 || counts.passed === 0 || skips || flaky.length > flakyMax ? 1 : 0 };
}

/** @param {string[]} argv @returns {string} */
const git = (argv) => execFileSync('git', argv, { cwd: root, encoding: 'utf8' }).trim();

/** @typedef {{ name: string, counts: Counts, output: string, seconds: number }} Done */

/**
 * Writes what the soak found into docs/evidence.json.
 * @param {readonly Done[]} results
 */
function writeEvidence(results) {
    const measured = existsSync(evidenceFolder) ? readdirSync(evidenceFolder).filter((f) => f.endsWith('.json')).sort() : [];
    const evidence = {
        commit: git(['rev-parse', 'HEAD']) + (git(['status', '--porcelain']) ? ' with uncommitted changes' : ''),
        date: new Date().toISOString(),
        machine: { cpu: os.cpus()[0]?.model ?? 'unknown', cores: os.availableParallelism(), system: os.version(), node: process.version },
        counts: full,
        steps: results.map((r) => ({ name: r.name, passed: r.counts.passed, failed: r.counts.failed, skipped: r.counts.skipped, seconds: Math.round(r.seconds) })),
        measured: Object.fromEntries(measured.map((f) => [f.replace(/\.json$/, ''), JSON.parse(readFileSync(path.join(evidenceFolder, f), 'utf8'))])),
    };
    writeFileSync(path.join(root, 'docs', 'evidence.json'), JSON.stringify(evidence, null, 4) + '\n');
    console.log('ocellus: wrote docs/evidence.json');
}

/**
 * The steps of a tier, or those whose names have these words, with what they stand on.
 * @param {Tier} tier
 * @param {string} [only]
 * @returns {Step[]}
 */
export function chosen(tier, only) {
    const all = stepsOf(tier);
    const names = new Set(all.filter(({ name }) => name.includes(only ?? '')).map(({ name }) => name));
    if (names.size === 0) {
        throw new Plain(`no step of "${tier}" has "${only}" in its name: ${all.map(({ name }) => name).join('; ')}`, 2);
    }
    for (const { name, after } of all.toReversed()) { // a step stands on one before it
        if (names.has(name) && after !== undefined) {
            names.add(after);
        }
    }
    return all.filter(({ name }) => names.has(name));
}

/** @param {string[]} args @returns {{ tier: Tier, only: string | undefined }} */
function read(args) {
    try {
        const { values, positionals } = parseArgs({ args, options: { only: { type: 'string' } }, allowPositionals: true });
        const tier = tiers.find((t) => t === (positionals[0] ?? 'test'));
        if (tier !== undefined && positionals.length <= 1) {
            return { tier, only: values.only };
        }
    } catch {
        // an option that there is not
    }
    throw new Plain(`npm test, or node scripts/run.mjs test ${tiers.join('|')} [--only WORDS]`, 2);
}

/** @param {string[]} args @returns {Promise<number>} */
export async function main(args) {
    const { tier, only } = read(args);
    const steps = chosen(tier, only);
    const started = Date.now();
    if (tier === 'sdk') {
        checkSdk();
    }
    if (tier === 'package' && process.getuid?.() !== 0) {
        throw new Plain('npm run test:package makes a Debian root and installs in it: run it as root', 2);
    }
    const ready = await setup(tier === 'soak' ? 'all' : tier);
    if (ready !== 0 && only === undefined) {
        return ready;
    }
    if (tier === 'soak' && only === undefined) {
        rmSync(evidenceFolder, { recursive: true, force: true });
    }
    mkdirSync(evidenceFolder, { recursive: true });
    const flakyFile = path.join(evidenceFolder, 'flaky.json');
    rmSync(flakyFile, { force: true });
    fetchEngine(); // before the lanes, whose builds would fetch it at the same time
    let total = none();
    /** @type {Done[]} */
    const results = [];
    await runLanes(steps, (done) => {
        total = sum(total, done.counts);
        results.push(done);
        // at once, so that nothing of the other lane comes between
        if (done.counts.failed > 0) {
            console.log(done.output.trimEnd());
        }
        if (done.counts.passed + done.counts.failed + done.counts.skipped.length > 0) {
            say(done.name, `${line(done.counts)} (${duration(done.seconds)})`);
        }
    });
    console.log(`tier "${tier}" took ${duration((Date.now() - started) / 1000)}`);
    if (total.flaky !== undefined) {
        writeFileSync(flakyFile, JSON.stringify(total.flaky, null, 4) + '\n');
    }
    if (tier === 'soak' && only === undefined) {
        writeEvidence(results);
    }
    const { lines, code } = verdict(total, tier === 'all');
    for (const text of lines) {
        console.log(text);
    }
    return code;
}
