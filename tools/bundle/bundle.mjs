// tsc's output → lowering → xsb → one archive.
//
//   node tools/bundle/bundle.mjs --set host|app|test|… --js FOLDER --xsb PROGRAM --out FILE.xsa
//        [--set …] [--lines] [--board] [--name NAME] [--c FILE.c] [--capabilities all|none|NAME,… [--api N]]
//
// --capabilities: what the application declares (ocellus.needs), and the level of the host's API that it is written
// for; left out: this one. Without it the archive declares nothing.
// A module of a later --set replaces one of an earlier set that has the same specifier.
// --board: without the rooms that a board does not use (ADR 93); what loads them gets an error.
// --c writes the archive and the table of the C functions it names as one C file (oc_host_archive.h).
// Exit status 1: one line per mistake, with the place in the TypeScript source; 2: wrong usage.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeArchive, Mistakes, prepare } from './archive.mjs';
import { needsBytes, needsResource, parseCapabilities } from './needs.mjs';
import { listModules } from './specifiers.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** Rooms and files that modules/manifest.json does not have either. */
const notOnBoards = /^modules\/(?:backup\/|live\/(?!urls)|onvif\/|snapshots\/)/;

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
            board: { type: 'boolean', default: false },
            capabilities: { type: 'string' },
            api: { type: 'string' },
        },
    });
    const { set: sets, js, xsb, out } = values;
    if (!sets || !js || !xsb || !out) throw new TypeError('--set, --js, --xsb and --out are needed');
    const all = listModules(js);
    const modules = replaced(all.filter(({ set, path }) => sets.includes(set) && !(values.board && notOnBoards.test(path))), sets);
    const inputs = prepare(modules, new Set(all.map(({ specifier }) => specifier)), root);
    const natives = `${out}.natives`;
    const name = values.name ?? basename(out, '.xsa');
    const bindings = modules.some(({ binding }) => binding);
    const resources = new Map();
    if (values.capabilities !== undefined) {
        const needs = `${out}.needs`;
        writeFileSync(needs, needsBytes(parseCapabilities(values.capabilities), values.api));
        resources.set(needsResource, needs);
    }
    makeArchive({ xsb: resolve(xsb), name, out, roots: [root], inputs, natives, lines: values.lines, bindings, resources });
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
