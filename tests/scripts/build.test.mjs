// A second build does nothing; a changed input of the page is noticed.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { hashFiles } from '../../scripts/build.mjs';
import { root, run } from '../../scripts/lib.mjs';

test('npm run build a second time configures, compiles and bundles nothing', async (t) => {
    t.timeout(600_000);
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
