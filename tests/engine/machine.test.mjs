// Life and end of a machine, from outside: what a script may do to it, and what is said about it.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { build, run, scripts, xsrun } from './lib.mjs';

test('a TypeScript module prints through the console, waits and finishes', async (t) => {
    const { status, out, err } = await xsrun('hello');
    t.is(err, '');
    t.is(out, 'hello from bytecode {"a":1}\nlater\n');
    t.is(status, 0);
});

test('the lowering behaves as the TypeScript source reads', async (t) => {
    const { status, out } = await run(join(build, 'xsrun_sample'), ['--grant', 'ocellus/sample', 'ocellus/test/lowering.test', scripts, join(build, 'tests.xsa')]);
    t.regex(out, /^# 11 passed, 0 failed, 0 skipped$/m, out);
    t.is(status, 0);
});

test('a module with the name of a hidden one of the host is refused', async (t) => {
    const { status, out } = await run(join(build, 'xsrun_sample'), ['--grant', 'ocellus/sample', 'ocellus/test/names.test', scripts, join(build, 'tests.xsa')]);
    t.regex(out, /^# 1 passed, 0 failed, 0 skipped$/m, out);
    t.is(status, 0);
});

test('uncaught errors name the TypeScript line and exit 1', async (t) => {
    const later = await xsrun('ends/throws_later');
    t.is(later.status, 1);
    t.regex(later.err, /^xsrun: threw in a callback: TypeError: later\n at later \(tests\/engine\/scripts\/ends\/throws_later\.ts:5\)\n/);
    const rejected = await xsrun('ends/rejects');
    t.is(rejected.status, 1);
    t.regex(rejected.err, /^xsrun: unhandled rejection: Error: nobody listens\n at reject \(tests\/engine\/scripts\/ends\/rejects\.ts:6\)\n/);
});

test('a damaged, cut or foreign archive is refused and left as it is', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'oc-archive-'));
    const good = readFileSync(scripts);
    const foreign = Buffer.from(good);
    foreign[16]++;
    const damaged = Buffer.from(good);
    damaged[good.length >> 1] ^= 1;
    const cases = { cut: [good.subarray(0, good.length - 1), 'cut off'], foreign: [foreign, 'made for another engine version'], damaged: [damaged, 'damaged'], text: [Buffer.from('hello, world'), 'not an application archive (.xsa)'], empty: [Buffer.alloc(0), 'not an application archive (.xsa)'] };
    for (const [name, [bytes, message]] of Object.entries(cases)) {
        const file = join(folder, `${name}.xsa`);
        writeFileSync(file, bytes);
        const { status, err } = await run(join(build, 'xsrun'), ['ocellus/test/hello', file]);
        t.is(status, 2, name);
        t.is(err, `xsrun: ${file}: ${message}\n`);
        t.true(readFileSync(file).equals(bytes), `${name} is unchanged`);
    }
    rmSync(folder, { recursive: true });
});

test('a machine of a microcontroller\'s size runs the runtime library', async (t) => {
    const { status, out, err } = await xsrun('hello', '--fixed-heap', '--heap', '640000', '--stack', '512', '--keys', '2200', '--memory');
    t.is(status, 0, err);
    t.regex(out, /later/);
    t.true(Number(/peak (\d+) bytes/.exec(err)[1]) <= 640_000);
});

test('wrong usage of xsrun exits 2', async (t) => {
    for (const args of [[], ['--no-such', 'x'], ['--heap']]) {
        const { status, err } = await run(join(build, 'xsrun'), args);
        t.is(status, 2);
        t.regex(err, /usage: xsrun/);
    }
});

test('no parser and no debugger are in the shipped program', async (t) => {
    const { out } = await run('nm', [join(build, 'xsrun')]);
    t.regex(out, /\bfxRunID\b/, 'the engine is there');
    for (const name of ['fxParserTree', 'fxParserCode', 'fxParserBind', 'fxLexicalError', 'xsb_compile']) {
        t.notRegex(out, new RegExp(`\\b${name}\\b`), name);
    }
    const archive = await run('nm', [join(build, 'hosts/linux/engine/liboc_machine.a')]);
    const debug = /^oc_machine_debug\.c\.o:\n((?:.+\n)*)/m.exec(archive.out)?.[1];
    t.not(debug, undefined, 'the file that would connect to a debugger is there');
    t.notRegex(debug ?? '', / U (?:connect|getaddrinfo)(?:@|$)/m, 'and connects to nothing');
});
