// Files and values of an application over several machines: what one keeps the next one has.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';

const build = path.resolve('build/linux');
const archives = [path.join(build, 'app.xsa'), path.join(build, 'tests.xsa')];
const run = (/** @type {string[]} */ options) => spawnSync(path.join(build, 'xsrun'), [...options, 'ocellus/test/storage/count', ...archives], { encoding: 'utf8' });

test('values and files of one machine are those of the next', (t) => {
    const data = mkdtempSync(path.join(os.tmpdir(), 'ocellus-storage-'));
    t.teardown(() => rmSync(data, { recursive: true }));
    for (let runs = 1, log = ''; runs <= 3; runs++) {
        log += `${runs}\n`;
        t.is(run(['--data', data]).stdout, `${runs} ${JSON.stringify(log)}\n`);
    }
    t.true(existsSync(path.join(data, 'app/kv/runs')));
});

test('without a data directory the modules say so', (t) => {
    const { status, stderr } = run([]);
    t.is(status, 1);
    t.regex(stderr, /this host has no folder of the application/);
});
