// The model of slots, record, settings, people, trial and hand-over (update.pml), checked by spin for every interleaving; and that it can
// fail: each of its mistakes is found.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { root, run } from '../../scripts/lib.mjs';

const model = path.join(root, 'tests/model/update.pml');
const megabytes = 1500; // for states; beyond it a run ends and says so

/**
 * Every state of the model within bounds.
 * @param {import('ava').ExecutionContext} t
 * @param {Record<string, number>} bounds
 * @param {string} [mistake]
 * @returns {Promise<string>} what the verifier printed
 */
async function verify(t, bounds, mistake) {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'ocellus-model-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    const defines = Object.entries(bounds).map(([name, value]) => `-D${name}=${value}`);
    execFileSync('spin', ['-a', ...defines, ...(mistake ? [`-D${mistake}`] : []), model], { cwd: folder });
    // NOREDUCE: `unless` and channels together make the reduction of partial orders unsound
    const options = ['-DSAFETY', '-DNOREDUCE', '-DCOLLAPSE', `-DMEMLIM=${megabytes}`];
    execFileSync('gcc', ['-O2', '-w', ...options, '-o', 'pan', 'pan.c'], { cwd: folder });
    const { output } = await run([path.join(folder, 'pan'), '-m200000'], { cwd: folder, timeout: 300 });
    return output;
}

/** @param {import('ava').ExecutionContext} t @param {string} output */
function assertHolds(t, output) {
    t.regex(output, /errors: 0\n/, output);
    t.notRegex(output, /max search depth too small|out of memory|memory bound/, output);
    t.regex(output, /invalid end states\s*\+/);
    const states = Number(/(\d+) states, stored/.exec(output)?.[1]);
    t.true(states > 100_000, `${states} states`);
    t.log(`${states} states`);
}

/** Each statement was executed in one of the runs, but for the ends of processes and a boot that finds nothing. @param {import('ava').ExecutionContext} t @param {readonly string[]} outputs */
function assertReached(t, outputs) {
    const [first = new Set(), ...others] = outputs.map((output) => new Set([...output.matchAll(/update\.pml:(\d+, state \d+, ".*")/g)].map(([, what = '']) => what)));
    const missed = [...first].filter((what) => others.every((other) => other.has(what)));
    t.deepEqual([...new Set(missed.map((what) => /"(.*)"/.exec(what)?.[1]))].sort(), ['(cut)', '-end-', 'assert(0)']);
}

const full = process.env['OC_MODEL'] === 'full';

if (full) {
    test('three updates, two power cuts, three ends of scripts', async (t) => {
        assertHolds(t, await verify(t, { UPDATES: 3, CUTS: 2, CRASHES: 3, CHANGES: 0 }));
    });

    test('two updates, two power cuts, two ends of scripts, two changes of a person', async (t) => {
        assertHolds(t, await verify(t, { UPDATES: 2, CUTS: 2, CRASHES: 2, CHANGES: 2 }));
    });
} else {
    test('three updates, a power cut, three ends of scripts; two of them with a change of a person', async (t) => {
        const outputs = [await verify(t, { UPDATES: 3, CUTS: 1, CRASHES: 3, CHANGES: 0 }), await verify(t, { UPDATES: 2, CUTS: 1, CRASHES: 2, CHANGES: 1 })];
        for (const output of outputs) assertHolds(t, output);
        assertReached(t, outputs);
    });

    test('two updates, two power cuts, two ends of scripts', async (t) => {
        assertHolds(t, await verify(t, { UPDATES: 2, CUTS: 2, CRASHES: 2, CHANGES: 0 }));
    });

    const mistakes = ['NO_FLUSH_SLOT', 'NO_FLUSH_RECORD', 'NO_FLUSH_COPY', 'SAME_COPY', 'RECORD_BEFORE_SETTINGS', 'EARLY_START', 'COMMIT_UNHEALTHY', 'STAGE_OVER_ACTIVE'];
    for (const [mistake, CHANGES] of /** @type {[string, number][]} */ ([...mistakes.map((name) => [name, 0]), ['NO_FOLLOW', 1], ['FOLLOW_LATE', 1]])) {
        test(`a model with a mistake fails: ${mistake}`, async (t) => {
            const output = await verify(t, { UPDATES: 3, CUTS: 2, CRASHES: 3, CHANGES }, mistake);
            t.regex(output, /errors: 1\n/);
            t.regex(output, /assertion violated/);
        });
    }
}
