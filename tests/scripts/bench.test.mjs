// A bench that lacks what it stands on fails with one line, before it has printed a figure.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { root, run } from '../../scripts/lib.mjs';

/** @param {import('ava').ExecutionContext} t */
function temporary(t) {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'ocellus-bench-test-'));
    t.teardown(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
}

/** A build folder where `cmake --build` succeeds and leaves nothing. @param {string} folder @returns {NodeJS.ProcessEnv} */
function madeOfNothing(folder) {
    const programs = path.join(folder, 'bin');
    mkdirSync(programs);
    for (const name of ['cmake', 'ffmpeg']) {
        writeFileSync(path.join(programs, name), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    }
    symlinkSync(process.execPath, path.join(programs, 'node'));
    writeFileSync(path.join(folder, 'build.ninja'), '');
    return { PATH: programs };
}

/** @param {readonly string[]} argv @param {NodeJS.ProcessEnv} [env] */
const bench = (argv, env) => run([process.execPath, ...argv], env === undefined ? { cwd: root } : { cwd: root, env });

test('a disk that is to be slow and is not: no figure, no verdict', async (t) => {
    const folder = temporary(t);
    const env = madeOfNothing(folder);
    const host = await bench(['bench/host.mjs', '--slow-disk', '--brief', '--build', folder], env);
    t.is(host.code, 2, host.output);
    t.regex(host.output, /^host: \S+disk_faults\.so is not there: [^\n]+\n$/);
    // the bench that runs it
    const both = await bench(['bench/lateness.mjs', '--brief', '--build', folder], env);
    t.is(both.code, 2, both.output);
    t.regex(both.output, /^\w+: \S+ is not there: [^\n]+\n$/);
});

test('a program of another project that is not installed', async (t) => {
    const none = { PATH: temporary(t), OCELLUS_CHROMIUM: '/no/chromium' };
    for (const [file, line] of /** @type {[string, RegExp][]} */ ([
        ['ring-mux', /^ring-mux: ffmpeg is not there: npm run setup all\n$/],
        ['cameras', /^cameras: ffmpeg is not there: npm run setup all\n$/],
        ['latency', /^latency: \/no\/chromium is not there: npm run setup all\n$/],
    ])) {
        const { code, output } = await bench([`bench/${file}.mjs`, '--brief'], none);
        t.is(code, 2, output);
        t.regex(output, line);
    }
});

test('a build folder that is none, and words that are none', async (t) => {
    for (const argv of [
        ['bench/engine.mjs', '--build', '/no/build'],
        ['bench/p2p/seal.mjs', '--build', '/no/build'],
        ['bench/p2p/seal.mjs', '--fast'],
        ['bench/p2p/sctp-sim.mjs', 'bluk'],
    ]) {
        const { code, output } = await bench(argv);
        t.is(code, 2, output);
        t.regex(output, /^[\w-]+: [^\n]+\n$/);
    }
});
