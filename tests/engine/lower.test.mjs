// The lowering of native(): what it refuses, and that lines stay. Its behaviour: scripts/lowering.test.ts.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'ava';
import { lowerModule, Mistakes } from '../../tools/bundle/archive.mjs';
import { lower } from '../../tools/bundle/lower.mjs';
import { build, root, run } from './lib.mjs';

const binding = { bindings: true };

function refuses(t, code, line, message, options = binding) {
    const error = t.throws(() => lower(code, options));
    t.regex(error.message, message);
    t.is(error.at.line, line);
}

test('the one-call form becomes a host method, anything else a hidden host function', (t) => {
    const { code } = lower(
        [
            'class A extends Native("xs_d") {',
            '    m(a, b) { return native("xs_m").call(this, a, b); }',
            '    n(a, b) { return native("xs_n").call(this, b, a); }',
            '    constructor(o) { super(); native("xs_c").call(this, o.size); }',
            '}',
        ].join('\n'),
        binding,
    );
    t.true(code.includes('m(a, b) @ "xs_m";'));
    t.true(code.includes('return $n_xs_n.call(this, b, a);'));
    t.true(code.includes('$n_xs_c.call(this, o.size);'));
    t.true(code.includes('class A extends $N_xs_d {'));
    const [first] = code.split('\n');
    t.true(first.includes('class $N_xs_d @ "xs_d" { constructor() {} }'));
    t.true(first.includes('function $n_xs_n(...$a) @ "xs_n"'));
    t.false(first.includes('$n_xs_m'), 'not needed for a host method');
});

for (const [what, method] of Object.entries({
    'a default parameter': 'm(a = 1) { return native("xs_m").call(this, a); }',
    'a rest parameter': 'm(...a) { return native("xs_m").call(this, ...a); }',
    'a destructured parameter': 'm({ a }) { return native("xs_m").call(this, a); }',
    'another order': 'm(a, b) { return native("xs_m").call(this, b, a); }',
    'fewer arguments': 'm(a, b) { return native("xs_m").call(this, a); }',
    'the same argument twice': 'm(a) { return native("xs_m").call(this, a, a); }',
    'another receiver': 'm(a) { return native("xs_m").call(undefined, a); }',
    'no return': 'm(a) { native("xs_m").call(this, a); }',
    'a statement before': 'm(a) { f(); return native("xs_m").call(this, a); }',
    'an expression around': 'm(a) { return native("xs_m").call(this, a) + 1; }',
    'another member': 'm(a) { return native("xs_m").bind(this, a); }',
})) {
    test(`no host method with ${what}`, (t) => {
        const { code } = lower(`\nclass A { ${method} }`, binding);
        t.false(code.split('\n')[1].includes('@'));
        t.true(code.includes('$n_xs_m'));
    });
}

test('lines stay, also when the replaced text had several', (t) => {
    const source = [
        'import x from "y";',
        'class A {',
        '    m(a) {',
        '        return native("xs_m").call(',
        '            this, a);',
        '    }',
        '    n(a) {',
        '        return native(',
        '            "xs_n").call(this, a, 1);',
        '    }',
        '}',
        'const last = 1;',
    ];
    const { code } = lower(source.join('\n'), binding);
    const lines = code.split('\n');
    t.is(lines.length, source.length);
    t.is(lines.at(-1), 'const last = 1;');
    t.true(lines[0].endsWith('import x from "y";'));
});

test('native() is refused in async and generator functions, also through an arrow', (t) => {
    refuses(t, 'class A {\n async m(a) { return native("x").call(this, a); } }', 2, /async or generator/);
    refuses(t, 'class A {\n *m(a) { return native("x").call(this, a); } }', 2, /async or generator/);
    refuses(t, '\n\nconst f = async () => native("x").call(this);', 3, /async or generator/);
    t.notThrows(() => lower('async function f() { return [1].map((a) => native("x").call(this, a)); }', binding));
});

test('names are literal C symbols and nothing else is done with the two functions', (t) => {
    refuses(t, 'const s = "x";\nnative(s).call(this);', 2, /literal C symbol/);
    refuses(t, 'native(`x`).call(this);', 1, /literal C symbol/);
    refuses(t, 'native("a b").call(this);', 1, /literal C symbol/);
    refuses(t, 'native().call(this);', 1, /literal C symbol/);
    refuses(t, 'class A extends Native("x", 1) {}', 1, /literal C symbol/);
    refuses(t, '\nconst alias = native;', 2, /called directly/);
    refuses(t, 'const native = 1;', 1, /called directly|reserved/);
    refuses(t, 'const B = Native("x");', 1, /base class/);
});

test('for await at the top level of a module is refused: the engine would crash', (t) => {
    refuses(t, '\nfor await (const x of y) f(x);', 2, /for await/, { bindings: false });
    t.notThrows(() => lower('async function f() { for await (const x of y) g(x); }', { bindings: false }));
    t.notThrows(() => lower('for (const x of y) f(x);', { bindings: false }));
});

test('properties of those names are ordinary', (t) => {
    const source = 'const o = { native: 1, Native: 2 }; o.native = o.Native;';
    t.is(lower(source, binding).code, source);
});

test('only binding files may use the convention', (t) => {
    refuses(t, '\nnative("x").call(this);', 2, /outside of a binding/, { bindings: false });
    refuses(t, 'class A extends Native("x") {}', 1, /outside of a binding/, { bindings: false });
});

/** Emits a small tree with tsc and bundles it; `files` are paths below the project. */
async function bundle(files, sets) {
    const folder = mkdtempSync(join(tmpdir(), 'oc-bundle-'));
    try {
        for (const [path, text] of Object.entries(files)) {
            mkdirSync(dirname(join(folder, path)), { recursive: true });
            writeFileSync(join(folder, path), text);
        }
        const options = ['--target', 'es2022', '--module', 'es2022', '--moduleResolution', 'bundler', '--sourceMap'];
        await run(process.execPath, [
            join(root, 'node_modules/typescript/bin/tsc'), ...options, '--rootDir', folder, '--outDir', join(folder, 'js'),
            '--noCheck', ...Object.keys(files).map((path) => join(folder, path)),
        ], { cwd: folder });
        return await run(process.execPath, [
            join(root, 'tools/bundle/bundle.mjs'), ...sets.map((set) => `--set=${set}`), '--js', join(folder, 'js'),
            '--xsb', join(build, 'xsb'), '--out', join(folder, 'out.xsa'),
        ]);
    } finally {
        rmSync(folder, { recursive: true });
    }
}

test('a module is lowered once for all archives, and again when its text or its rights are others', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'lower-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'a.js');
    const module = { specifier: 'ocellus/a', path: 'a.js', file, binding: true };
    const text = (symbol) => `import './b.js';\nclass A { m() { return native('${symbol}').call(this); } }\n`;
    writeFileSync(file, text('xs_one'));
    const first = lowerModule(module, folder);
    t.regex(readFileSync(first.file, 'utf8'), /@ "xs_one"/);
    t.deepEqual(first.imports.map(({ specifier, target, place }) => [specifier, target, place]), [['./b.js', 'ocellus/b', 'a.js:1']]);
    const { ino } = statSync(first.file);
    t.deepEqual(lowerModule(module, folder), first);
    t.is(statSync(first.file).ino, ino, 'not written again: another archive may be reading it');
    writeFileSync(file, text('xs_two'));
    t.regex(readFileSync(lowerModule(module, folder).file, 'utf8'), /@ "xs_two"/);
    t.throws(() => lowerModule({ ...module, binding: false }, folder), { instanceOf: Mistakes, message: /^a\.js:2: native\(\) outside of a binding/ });
    t.deepEqual(readdirSync(folder).sort(), ['a.js', 'a.lowered.js', 'a.lowered.json'], 'nothing half written is left');
});

test('the bundler names every mistake with its TypeScript line', async (t) => {
    const { status, err } = await bundle(
        {
            'modules/a.ts': '\n// two\nimport { b } from "./missing";\nexport const a: number = b;\n',
            'modules/c.ts': 'interface I { x: 1 }\nexport const n = (i: I) =>\n    native("xs_x").call(i);\n',
            'modules/ok.ts': 'export { a } from "./a";\n',
        },
        ['app'],
    );
    t.is(status, 1);
    t.regex(err, /modules\/a\.ts:3: no module \.\/missing/);
    t.regex(err, /modules\/c\.ts:3: native\(\) outside of a binding/);
    t.is(err.trim().split('\n').length, 2);
});

test('two bindings of one name are refused', async (t) => {
    const { status, err } = await bundle({ 'native/one/x.ts': 'export const a = 1;', 'native/two/x.ts': 'export const a = 2;' }, ['host']);
    t.is(status, 1);
    t.regex(err, /native\/two\/x\.js: ocellus\/x is also native\/one\/x\.js/);
});

test('wrong usage of the bundler exits 2', async (t) => {
    const { status, err } = await run(process.execPath, [join(root, 'tools/bundle/bundle.mjs'), '--set', 'app']);
    t.is(status, 2);
    t.regex(err, /usage: bundle/);
});
