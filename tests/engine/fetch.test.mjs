// scripts/engine.mjs: the engine's sources come from one pinned package or not at all.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { checkIntegrity, ENGINE, integrityOf } from '../../scripts/engine.mjs';
import { root, run } from './lib.mjs';

test('a package with another hash is refused in one line', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'oc-engine-'));
    const file = join(folder, 'x.tgz');
    writeFileSync(file, 'not the engine');
    const error = t.throws(() => checkIntegrity(file));
    t.regex(error.message, /wrong hash sha512-\S+…, wanted sha512-\S+…$/);
    t.notThrows(() => checkIntegrity(file, integrityOf(file)));
    rmSync(folder, { recursive: true });
});

test('what is there already is not fetched again', async (t) => {
    const { status, out, err } = await run(process.execPath, [join(root, 'scripts/engine.mjs')], {
        env: { PATH: '/nowhere' }, // no npm, no tar
    });
    t.is(`${out}${err}`, '');
    t.is(status, 0);
    t.is(readFileSync(join(root, 'build/engine/INTEGRITY'), 'utf8'), ENGINE.integrity);
});

test('without npm there is one clear line; a registry that fails is asked three times, then there is one too', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'oc-engine-'));
    t.teardown(() => rmSync(folder, { recursive: true, force: true }));
    /** @param {string} where for programs */
    const fetched = (where) => run(process.execPath, [join(root, 'scripts/engine.mjs'), join(folder, 'engine')], { env: { PATH: where } });
    const none = await fetched('/nowhere');
    t.is(none.status, 1);
    t.is(none.err, 'engine: npm is not installed\n');
    const asked = join(folder, 'asked');
    writeFileSync(join(folder, 'npm'), `#!/bin/sh\necho >> ${asked}\necho npm error code ENOTFOUND >&2\nexit 1\n`, { mode: 0o755 });
    const offline = await fetched(folder);
    t.is(offline.status, 1);
    t.is(offline.err, `engine: npm could not fetch ${ENGINE.name}@${ENGINE.version} (ENOTFOUND); is this machine online?\n`);
    t.is(readFileSync(asked, 'utf8'), '\n\n\n');
});
