// Hostile scripts against the engine, built with sanitizers: whatever one does, it ends by itself, by an exception or by
// the host (memory, stack, time), and no sanitizer says a word. Each file here is one script that has to reach its end,
// each line of orderly.txt one that may be ended. Findings name the change of XS that mended them, in
// hosts/linux/engine/xs.patch; most of the others are what XS's own fuzzers found since 13.3.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import test from 'ava';
import { hangS } from '../../guard.mjs';
import { root, run } from '../lib.mjs';

const build = resolve(root, process.env.OC_BUILD ?? 'build/san');
const here = join(root, 'tests', 'engine', 'attacks');
const whole = process.env.OC_ATTACKS === 'whole';
const folder = mkdtempSync(join(tmpdir(), 'oc-attacks-'));
/** The first lines of orderly.txt, which npm test runs as well. */
const findings = 3;

test.after.always(() => rmSync(folder, { recursive: true, force: true }));

/** Compiles a script and runs it to its end. */
async function attack(t, name, text) {
    const file = join(folder, `${name}.js`);
    const archive = join(folder, `${name}.xsa`);
    writeFileSync(file, text);
    const compiled = await run(join(build, 'xsb'), ['-d', '-n', name, '-o', archive, `attack=${file}`]);
    t.is(compiled.status, 0, compiled.err);
    // Exhaustion is not the point, but where a line says so: a large heap, and time enough for a slow machine.
    const argv = ['--heap', '200000000', '--stack', '8192', '--keys', '30000', '--runaway', String(hangS * 1000), 'attack', archive];
    const ended = await run(join(build, 'xsrun'), argv);
    t.notRegex(ended.err, /Sanitizer|runtime error:/, ended.err.slice(0, 4000));
    t.is(ended.signal, null, ended.err);
    return ended;
}

for (const file of readdirSync(here).filter((name) => name.endsWith('.js'))) {
    test(`to its end: ${file}`, async (t) => {
        const text = readFileSync(join(here, file), 'utf8');
        const { status, out, err } = await attack(t, file.replace(/\.js$/, ''), whole ? text.replace('const whole = false', 'const whole = true') : text);
        t.regex(out, /^end$/m, err);
        t.is(status, 0, err);
    });
}

const lines = readFileSync(join(here, 'orderly.txt'), 'utf8').split('\n').filter((line) => line !== '' && !line.startsWith('#'));
for (const [i, line] of lines.slice(0, whole ? lines.length : findings).entries()) {
    test(`an orderly end: ${i}`, async (t) => {
        const { status, err } = await attack(t, `line-${i}`, line);
        t.true(status === 0 || status === 1, `${line}: ${err}`);
    });
}
