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
    for (const name of ['xsDataView.c', 'xsString.c']) {
        cpSync(join(root, 'build/engine/package/moddable/xs/sources', `${name}.orig`), join(sources, 'sources', name));
        rmSync(join(sources, 'sources', `${name}.orig`), { force: true });
    }
    t.throws(() => patchEngine(sources, other), { message: /does not fit sources\/xsDataView\.c$/ });
    rmSync(folder, { recursive: true, force: true });
});

test('without npm or network there is one clear line', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'oc-engine-'));
    const none = await run(process.execPath, [join(root, 'scripts/engine.mjs'), folder], { env: { PATH: '/nowhere' } });
    t.is(none.status, 1);
    t.is(none.err, 'engine: npm is not installed\n');
    const offline = await run(process.execPath, [join(root, 'scripts/engine.mjs'), folder], {
        env: {
            PATH: process.env.PATH,
            HOME: folder,
            npm_config_registry: 'http://127.0.0.1:9/',
            npm_config_cache: join(folder, 'cache'),
            npm_config_fetch_retries: '0',
            npm_config_userconfig: join(folder, 'npmrc'),
        },
    });
    t.is(offline.status, 1);
    t.regex(offline.err, /^engine: npm could not fetch @agoric\/xsnap@0\.15\.0 \(E\w+\); is this machine online\?\n$/);
    rmSync(folder, { recursive: true, force: true });
});
