// Programs that a number decides, on the engine with sanitizers and with a collection at every few allocations: ordinary
// ones, whose results are those of Node, and hostile ones, which may end as they like, but by themselves. OC_FUZZ_COUNT is
// how many of both together, OC_FUZZ_FIRST the number of the first.
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import test from 'ava';
import { hangS } from '../../guard.mjs';
import { root, run } from '../lib.mjs';

const build = resolve(root, process.env.OC_BUILD ?? 'build/san');
const here = join(root, 'tests', 'engine', 'fuzz');
const modules = readdirSync(here).filter((name) => name.endsWith('.js'));
const count = Number(process.env.OC_FUZZ_COUNT ?? 300);
const first = Number(process.env.OC_FUZZ_FIRST ?? 0);
/** Programs of each kind in one test. */
const together = 1000;
/** Programs of one process. */
const batch = 200;
/** Allocations from one collection to the next, by batch: seldom enough to get far, and not in step with the programs. */
const collections = { ordinary: [300, 997, 89], hostile: [101, 211, 37] };
/** How the host ends a script. */
const orderly = /^xsrun: (?:stack overflow|out of script memory|too many different property names|stopped)/m;

const folder = mkdtempSync(join(tmpdir(), 'oc-fuzz-'));
for (const name of modules) copyFileSync(join(here, name), join(folder, name));
writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

/** Where the programs begin, below `folder`. */
function start(from, size, hostile) {
    const name = join(folder, `${from}-${hostile}`);
    mkdirSync(name);
    const text = `import { run } from '../run.js';\nawait run(${from}, ${size}, { hostile: ${hostile}, print: (line) => console.log(line) });\n`;
    writeFileSync(join(name, 'start.js'), text);
    return name;
}

async function onEngine(t, name, every) {
    const archive = join(name, 'fuzz.xsa');
    const parts = modules.map((file) => `fuzz/${file.replace(/\.js$/, '')}=${join(here, file)}`);
    const compiled = await run(join(build, 'xsb'), ['-d', '-n', 'fuzz', '-o', archive, `fuzz/start/start=${join(name, 'start.js')}`, ...parts]);
    t.is(compiled.status, 0, compiled.err);
    const argv = ['--heap', '100000000', '--stack', '8192', '--keys', '30000', '--runaway', String(hangS * 1000), 'fuzz/start/start', archive];
    return run(join(build, 'xsrun'), argv, { env: { ...process.env, OC_GC_STRESS: String(every), XSBUG_HOST: '' } });
}

/** The last program that ended. @param {string} out */
const reached = (out, from) => Number([...out.matchAll(/^(\d+) /gm)].at(-1)?.[1] ?? from - 1);

/** Programs from a number to another, which are ordinary or hostile. @returns how many the host ended */
async function all(t, kind, begin, end) {
    const hostile = kind === 'hostile';
    let ended = 0;
    for (let from = begin, n = 0; from < end; n++) {
        const size = Math.min(batch, end - from);
        const name = start(from, size, hostile);
        const every = collections[kind][n % collections[kind].length];
        const { status, signal, out, err } = await onEngine(t, name, every);
        const which = `${kind} programs ${from} to ${from + size - 1}, OC_GC_STRESS=${every}; the last that ended is ${reached(out, from)}`;
        t.notRegex(err, /Sanitizer|runtime error:/, `${which}: ${err.slice(0, 4000)}`);
        t.is(signal, null, which);
        if (/^end$/m.test(out)) {
            t.is(status, 0, `${which}: ${err}`);
        } else {
            t.true(hostile && orderly.test(err), `${which}: ${err}`);
            ended++;
        }
        if (!hostile) {
            const node = await run(process.execPath, [join(name, 'start.js')]);
            t.regex(node.out, /^end$/m, node.err);
            const lines = out.split('\n');
            t.deepEqual(node.out.split('\n').filter((line, i) => line !== lines[i]), [], which);
        }
        from = /^end$/m.test(out) ? from + size : reached(out, from) + 2;
        rmSync(name, { recursive: true });
    }
    return ended;
}

const last = first + Math.ceil(count / 2);
for (let from = first; from < last; from += together) {
    const to = Math.min(last, from + together);
    test.serial(`programs ${from} to ${to - 1}: ordinary ones do what they do in Node, hostile ones end by themselves`, async (t) => {
        const [, ended] = await Promise.all([all(t, 'ordinary', from, to), all(t, 'hostile', from, to)]);
        t.true(ended <= (to - from) / 20, `${ended} programs ended by the host: too few run to their end`);
        t.log(`${ended} ended by the host`);
    });
}
