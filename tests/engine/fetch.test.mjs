// scripts/engine.mjs: the engine's sources come from one pinned package or not at all.
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { checkIntegrity, ENGINE, integrityOf } from '../../scripts/engine.mjs';
import { patchEngine } from '../../scripts/engine-patch.mjs';
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

test('an engine of an older build is mended once, and one that is not known is refused in one line', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'oc-engine-'));
    const sources = join(folder, 'package/moddable/xs');
    const file = join(sources, 'sources/xsString.c');
    cpSync(join(root, 'build/engine'), folder, { recursive: true });
    const mended = readFileSync(file, 'latin1');
    const original = readFileSync(`${file}.orig`, 'latin1');
    t.not(mended, original);

    writeFileSync(file, original, 'latin1'); // as it was before there was a patch
    rmSync(`${file}.orig`);
    patchEngine(sources);
    t.true(readFileSync(file, 'latin1') === mended);
    t.true(readFileSync(`${file}.orig`, 'latin1') === original);
    const { mtimeMs } = statSync(file);
    patchEngine(sources);
    t.is(statSync(file).mtimeMs, mtimeMs, 'compiled again for nothing');

    writeFileSync(file, `${mended}\n`, 'latin1'); // by another patch: begins with the original
    patchEngine(sources);
    t.true(readFileSync(file, 'latin1') === mended);

    for (const name of [file, `${file}.orig`]) {
        writeFileSync(name, `${original}\n`, 'latin1');
    }
    const refused = await run(process.execPath, [join(root, 'scripts/engine.mjs'), folder]);
    t.is(refused.status, 1);
    t.regex(refused.err, /^engine: \S+xsString\.c: not the file that the patch changes; remove build\/engine and build again\n$/);

    const other = join(folder, 'other.patch');
    const patch = readFileSync(join(root, 'hosts/linux/engine/xs.patch'), 'latin1');
    writeFileSync(other, patch.replace(/\n\+(?!\+)/, '\n+ '), 'latin1');
    const first = /^diff --git a\/sources\/(\S+)/.exec(patch)?.[1];
    for (const name of [first, 'xsString.c']) {
        cpSync(join(root, 'build/engine/package/moddable/xs/sources', `${name}.orig`), join(sources, 'sources', name));
        rmSync(join(sources, 'sources', `${name}.orig`), { force: true });
    }
    t.throws(() => patchEngine(sources, other), { message: new RegExp(`does not fit sources/${first}$`) });
    rmSync(folder, { recursive: true, force: true });
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
