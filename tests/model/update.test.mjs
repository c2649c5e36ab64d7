// The model of slots, record, trial and hand-over (update.pml), checked by spin for every interleaving; and that it can
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

/** Each statement was executed, but for the ends of processes and a boot that finds nothing. @param {import('ava').ExecutionContext} t @param {string} output */
function assertReached(t, output) {
    const missed = [...output.matchAll(/update\.pml:\d+, state \d+, "(.*)"/g)].map(([, what]) => what);
    t.deepEqual([...new Set(missed)].sort(), ['(cut)', '-end-', 'assert(0)']);
}

const full = process.env['OC_MODEL'] === 'full';

if (full) {
    test('three updates, two power cuts, three ends of scripts', async (t) => {
        assertHolds(t, await verify(t, { UPDATES: 3, CUTS: 2, CRASHES: 3 }));
    });
} else {
    test('three updates, a power cut, three ends of scripts', async (t) => {
        const output = await verify(t, { UPDATES: 3, CUTS: 1, CRASHES: 3 });
        assertHolds(t, output);
        assertReached(t, output);
    });

    test('two updates, two power cuts, two ends of scripts', async (t) => {
        assertHolds(t, await verify(t, { UPDATES: 2, CUTS: 2, CRASHES: 2 }));
    });

    for (const mistake of ['NO_FLUSH_SLOT', 'NO_FLUSH_RECORD', 'NO_FLUSH_COPY', 'SAME_COPY', 'RECORD_BEFORE_SETTINGS', 'EARLY_START', 'COMMIT_UNHEALTHY', 'STAGE_OVER_ACTIVE']) {
        test(`a model with a mistake fails: ${mistake}`, async (t) => {
            const output = await verify(t, { UPDATES: 3, CUTS: 2, CRASHES: 3 }, mistake);
            t.regex(output, /errors: 1\n/);
            t.regex(output, /assertion violated/);
        });
    }
}
