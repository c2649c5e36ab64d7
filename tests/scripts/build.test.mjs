// A second build does nothing; a changed input of the page is noticed.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { hashFiles, lookAgain, pkgConfigState } from '../../scripts/build.mjs';
import { root, run } from '../../scripts/lib.mjs';

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

test('headers that appear or vanish after a build are noticed', async (t) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'ocellus-pkgconfig-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    const file = path.join(folder, 'ocellus-none.pc');
    const env = { ...process.env, PKG_CONFIG_PATH: folder };
    const without = pkgConfigState(env);
    writeFileSync(file, 'Name: none\nDescription: none\nVersion: 1\n');
    const first = pkgConfigState(env);
    t.not(first, without);
    t.is(pkgConfigState(env), first);
    // and CMake, configured again, believes what is there now
    writeFileSync(path.join(folder, 'CMakeLists.txt'), [
        'cmake_minimum_required(VERSION 3.25)',
        'project(none NONE)',
        'find_package(PkgConfig REQUIRED)',
        'pkg_check_modules(SOME QUIET IMPORTED_TARGET ocellus-none)',
        `message(STATUS "found: \${SOME_FOUND}.")`,
    ].join('\n'));
    const configure = () => run(['cmake', '-S', folder, '-B', path.join(folder, 'build'), lookAgain], { env });
    t.regex((await configure()).output, /found: 1\./);
    rmSync(file);
    t.is(pkgConfigState(env), without);
    t.regex((await configure()).output, /found: 0?\./);
    writeFileSync(file, 'Name: none\nDescription: none\nVersion: 1\n');
    t.regex((await configure()).output, /found: 1\./);
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

test('the hash of inputs changes with content and with names', (t) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'ocellus-scripts-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    const [a, b] = [path.join(folder, 'a'), path.join(folder, 'b')];
    writeFileSync(a, 'one');
    writeFileSync(b, 'one');
    const before = hashFiles([a]);
    t.is(hashFiles([a]), before);
    t.not(hashFiles([b]), before);
    writeFileSync(a, 'two');
    t.not(hashFiles([a]), before);
});
