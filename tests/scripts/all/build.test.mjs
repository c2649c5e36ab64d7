// A second build does nothing; libraries that appear or vanish are noticed; what the README names is built.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { root, run } from '../../../scripts/lib.mjs';

test.serial('npm run build a second time configures, compiles and bundles nothing', async (t) => {
    const argv = [process.execPath, path.join(root, 'scripts', 'run.mjs'), 'build'];
    const env = { OCELLUS_NO_INSTALL: '1', CI: '' };
    const first = await run(argv, { env });
    t.is(first.code, 0, first.output);
    const second = await run(argv, { env });
    t.is(second.code, 0, second.output);
    const lines = second.output.trimEnd().split('\n');
    t.true(lines.length >= 2);
    for (const line of lines) {
        t.regex(line, /, nothing to do$|^ +build viewer +nothing to do$/, second.output);
    }
});

test.serial('npm run build configures again when pkg-config finds something else', async (t) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'ocellus-pkgconfig-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    writeFileSync(path.join(folder, 'ocellus-none.pc'), 'Name: none\nDescription: none\nVersion: 1\n');
    const argv = [process.execPath, path.join(root, 'scripts', 'run.mjs'), 'build'];
    const env = { OCELLUS_NO_INSTALL: '1', CI: '' };
    const more = await run(argv, { env: { ...env, PKG_CONFIG_PATH: folder } });
    t.is(more.code, 0, more.output);
    t.regex(more.output, /^ +configure linux/m);
    const less = await run(argv, { env });
    t.is(less.code, 0, less.output);
    t.regex(less.output, /^ +configure linux/m);
});

test('npm start builds every program that the README names', async (t) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'ocellus-readme-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    const configured = await run(['cmake', '-S', root, '-B', folder, '-G', 'Ninja', '-DOC_TESTS=OFF']);
    t.is(configured.code, 0, configured.output);
    const made = (await run(['ninja', '-C', folder, '-t', 'commands', 'needed'])).output;
    const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
    const programs = new Set([...readme.matchAll(/build\/linux\/([\w-]+)/g)].map(([, name]) => name));
    t.true(programs.size >= 2);
    for (const name of programs) {
        t.regex(made, new RegExp(` -o ${name} `), `npm start does not build ${name}`);
    }
});
