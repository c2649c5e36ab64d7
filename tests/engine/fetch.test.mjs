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
