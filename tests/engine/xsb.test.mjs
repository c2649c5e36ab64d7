// The bytecode compiler, from outside.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { build, root, run } from './lib.mjs';

const xsb = join(build, 'xsb');

test.beforeEach((t) => {
    t.context.folder = mkdtempSync(join(tmpdir(), 'oc-xsb-'));
    t.context.file = (name, text) => {
        const path = join(t.context.folder, name);
        writeFileSync(path, text);
        return path;
    };
});
test.afterEach.always((t) => rmSync(t.context.folder, { recursive: true }));

test('the same input gives the same bytes in any folder', async (t) => {
    const outputs = [];
    for (const name of ['one', 'two/deeper']) {
        const folder = join(t.context.folder, name);
        mkdirSync(folder, { recursive: true });
        cpSync(join(build, 'js'), join(folder, 'build/linux/js'), { recursive: true });
        const out = join(folder, 'out.xsa');
        const args = ['-d', '-s', folder, '-n', 'x', '-o', out, `ocellus/test/harness=${join(folder, 'build/linux/js/tests/modules/harness.js')}`];
        const { status, err } = await run(xsb, args, { cwd: name === 'one' ? folder : root });
        t.is(err, '');
        t.is(status, 0);
        outputs.push(readFileSync(out));
    }
    t.true(outputs[0].equals(outputs[1]));
    t.false(outputs[0].includes(t.context.folder), 'no path of the machine in it');
});

test('source paths are those of the TypeScript, relative to the root', (t) => {
    const archive = readFileSync(join(build, 'tests.xsa'));
    t.true(archive.includes('\0tests/modules/harness.ts\0'));
    t.false(archive.includes(root));
});

test('a literal of 65,535 bytes is taken, one more is refused with its line', async (t) => {
    const source = (length) => `export const a = 1;\nexport const b =\n    "${'x'.repeat(length)}";\n`;
    const fits = t.context.file('fits.js', source(65_534)); // with its NUL
    const long = t.context.file('long.js', source(65_535));
    const out = join(t.context.folder, 'out.xsa');
    t.is((await run(xsb, ['-o', out, `m=${fits}`])).status, 0);
    for (const lines of [[], ['-d']]) {
        const { status, err } = await run(xsb, [...lines, '-s', t.context.folder, '-o', out, `m=${long}`]);
        t.is(status, 1);
        t.regex(err, /^xsb: long\.js:[23]: literal of more than 65535 bytes\n$/);
    }
});

test('bad syntax, a missing file and a missing map are one line each', async (t) => {
    const out = join(t.context.folder, 'out.xsa');
    const bad = t.context.file('bad.js', 'export const a = 1;\nexport const = 2;\n');
    const syntax = await run(xsb, ['-s', t.context.folder, '-o', out, `m=${bad}`]);
    t.is(syntax.status, 1);
    t.regex(syntax.err, /^xsb: bad\.js:2: .+\n$/);
    const missing = await run(xsb, ['-o', out, `m=${join(t.context.folder, 'none.js')}`]);
    t.is(missing.status, 1);
    t.regex(missing.err, /^xsb: .*none\.js: No such file or directory\n$/);
    const unmapped = t.context.file('unmapped.js', 'export const a = 1;\n//# sourceMappingURL=gone.js.map\n');
    const map = await run(xsb, ['-d', '-o', out, `m=${unmapped}`]);
    t.is(map.status, 1);
    t.regex(map.err, /^xsb: gone\.js\.map: No such file/);
    t.false(existsSync(out), 'nothing is written after an error');
});

test('wrong usage exits 2', async (t) => {
    for (const args of [[], ['-x'], ['-o'], ['-o', 'out', 'no-equals'], ['-o', 'out', '=file'], ['-o', 'out', 'm=']]) {
        const { status, err } = await run(xsb, args);
        t.is(status, 2, args.join(' '));
        t.regex(err, /usage: xsb/);
    }
});

test('the C symbols used are listed, sorted, once', async (t) => {
    const file = t.context.file('n.js', 'class A @ "xs_d" { constructor(a, b) @ "xs_c"; m(a) @ "xs_m"; n() @ "xs_m" }\nexport default A;\n');
    const natives = join(t.context.folder, 'natives');
    const { status } = await run(xsb, ['-c', '-t', natives, '-o', join(t.context.folder, 'o.xsa'), `m=${file}`]);
    t.is(status, 0);
    t.is(readFileSync(natives, 'utf8'), '2 xs_c\n-1 xs_d\n0 xs_m\n');
    const without = await run(xsb, ['-o', join(t.context.folder, 'o.xsa'), `m=${file}`]);
    t.is(without.status, 1, 'the host syntax wants -c');
});

test('a symbol is a function or a destructor, not both', async (t) => {
    const file = t.context.file('n.js', 'class A @ "xs_d" { constructor() @ "xs_d" }\nexport default A;\n');
    const { status, err } = await run(xsb, ['-c', '-t', join(t.context.folder, 'n'), '-o', join(t.context.folder, 'o.xsa'), `m=${file}`]);
    t.is(status, 1);
    t.regex(err, /xs_d is used as a function and as a destructor/);
});

test('a C symbol that nobody defines fails the link', async (t) => {
    const js = join(t.context.folder, 'js/native/base');
    mkdirSync(js, { recursive: true });
    writeFileSync(join(js, 'gone.js'), 'export function gone() { return native("xs_gone").call(undefined); }\n');
    const source = join(t.context.folder, 'host.c');
    const bundled = await run(process.execPath, [
        join(root, 'tools/bundle/bundle.mjs'), '--set=host', '--js', join(t.context.folder, 'js'), '--xsb', xsb,
        '--out', join(t.context.folder, 'host.xsa'), '--c', source,
    ]);
    t.is(bundled.status, 0, bundled.err);
    const commands = JSON.parse(readFileSync(join(build, 'compile_commands.json'), 'utf8'));
    const { command } = commands.find(({ file }) => file.endsWith('oc_host_embedded.c'));
    const flags = command.split(' ').filter((word) => /^-[DI]|^-isystem$|^\/.*(?:includes|platforms|sources)$/.test(word))
        .map((word) => word.replaceAll('\\"', '"'));
    const main = t.context.file('main.c', '#include "oc_host_archive.h"\nint main(void) { return oc_host_natives[0].function != 0; }\n');
    const linked = await run('gcc', [...flags, main, source, '-o', join(t.context.folder, 'program')]);
    t.not(linked.status, 0);
    t.regex(linked.err, /undefined reference to `xs_gone'/);
});
