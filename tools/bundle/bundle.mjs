// tsc's output → lowering → xsb → one archive.
//
//   node tools/bundle/bundle.mjs --set host|app|test|… --js FOLDER --xsb PROGRAM --out FILE.xsa
//        [--set …] [--lines] [--name NAME] [--c FILE.c]
//
// A module of a later --set replaces one of an earlier set that has the same specifier.
// --c writes the archive and the table of the C functions it names as one C file (oc_host_archive.h).
// Exit status 1: one line per mistake, with the place in the TypeScript source; 2: wrong usage.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { lower } from './lower.mjs';
import { sourceLine } from './map.mjs';
import { listModules, resolveSpecifier } from './specifiers.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

class Mistakes extends Error {}

/** `modules/a.ts:3` for a place in emitted JavaScript ({line, column} of acorn). */
function place(module, { line, column }) {
    const found = sourceLine(module.file, line, column);
    return found ? `${relative(root, found.file)}:${found.line}` : `${module.path}:${line}`;
}

/** Lowers what may be lowered and checks every import. Returns `specifier=file` arguments for xsb. */
function prepare(modules, all) {
    const known = new Set(all.map(({ specifier }) => specifier));
    const wrong = [];
    const inputs = [];
    const seen = new Map();
    for (const module of modules) {
        const earlier = seen.get(module.specifier);
        if (earlier) wrong.push(`${module.path}: ${module.specifier} is also ${earlier}`);
        seen.set(module.specifier, module.path);
        const code = readFileSync(module.file, 'utf8');
        try {
            const lowered = lower(code, { bindings: module.binding });
            for (const { specifier, at } of lowered.imports) {
                const target = resolveSpecifier(specifier, module.specifier);
                if (!known.has(target)) wrong.push(`${place(module, at)}: no module ${specifier}`);
            }
            let file = module.file;
            if (lowered.code !== code) {
                file = module.file.replace(/\.js$/, '.lowered.js');
                writeFileSync(file, lowered.code);
            }
            inputs.push(`${module.specifier}=${file}`);
        } catch (error) {
            const at = error.at ?? error.loc; // ours, or acorn's
            if (at === undefined) throw error;
            wrong.push(`${place(module, at)}: ${error.message}`);
        }
    }
    if (wrong.length > 0) throw new Mistakes(wrong.join('\n'));
    return inputs;
}

/** Without the modules that one of a later set replaces. */
function replaced(modules, sets) {
    const place = ({ set }) => sets.indexOf(set);
    return modules.filter((one) => !modules.some((other) => other.specifier === one.specifier && place(other) > place(one)));
}

/** C source of the embedded archive and of the natives table. */
function cSource(archive, natives) {
    const bytes = [];
    for (let at = 0; at < archive.length; at += 32) bytes.push(`    ${[...archive.subarray(at, at + 32)].join(',')},`);
    const lines = natives.trim() === '' ? [] : natives.trim().split('\n').map((line) => line.split(' '));
    const declare = ([length, symbol]) => `void ${symbol}(${length === '-1' ? 'void *data' : 'xsMachine *the'});`;
    const entry = ([, symbol]) => `    {"${symbol}", (void (*)(void))${symbol}},`;
    return [
        '/* Made by tools/bundle: do not edit. */',
        '#include "xsmc.h"',
        '#include "oc_host_archive.h"',
        '',
        ...lines.map(declare),
        '',
        'const oc_machine_native_t oc_host_natives[] = {',
        ...lines.map(entry),
        '    {0, 0},',
        '};',
        `const size_t oc_host_native_count = ${lines.length};`,
        '',
        '_Alignas(16) const uint8_t oc_host_archive[] = {',
        ...bytes,
        '};',
        'const size_t oc_host_archive_size = sizeof oc_host_archive;',
        '',
    ].join('\n');
}

function main() {
    const { values } = parseArgs({
        options: {
            set: { type: 'string', multiple: true },
            js: { type: 'string' },
            xsb: { type: 'string' },
            out: { type: 'string' },
            name: { type: 'string' },
            c: { type: 'string' },
            lines: { type: 'boolean', default: false },
        },
    });
    const { set: sets, js, xsb, out } = values;
    if (!sets || !js || !xsb || !out) throw new TypeError('--set, --js, --xsb and --out are needed');
    const all = listModules(js);
    const modules = replaced(all.filter(({ set }) => sets.includes(set)), sets);
    const inputs = prepare(modules, all);
    const natives = `${out}.natives`;
    const name = values.name ?? basename(out, '.xsa');
    const options = ['-n', name, '-s', root, '-t', natives, '-o', out];
    if (values.lines) options.push('-d');
    if (modules.some(({ binding }) => binding)) options.push('-c');
    execFileSync(resolve(xsb), [...options, ...inputs], { stdio: ['ignore', 'inherit', 'inherit'] });
    if (values.c) writeFileSync(values.c, cSource(readFileSync(out), readFileSync(natives, 'utf8')));
}

try {
    main();
} catch (error) {
    if (error instanceof Mistakes) {
        console.error(error.message);
        process.exit(1);
    }
    if (error instanceof TypeError) {
        console.error(`bundle: ${error.message}\nusage: bundle --set SET... --js FOLDER --xsb PROGRAM --out FILE.xsa`);
        process.exit(2);
    }
    if (error.status === undefined) throw error;
    process.exit(1); // xsb has said what is wrong
}
