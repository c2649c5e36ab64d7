// The packages once more, from the same tree in another folder: the same bytes.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root, run } from '../../../scripts/lib.mjs';
import { deb, field, sh, temporary } from '../packages.mjs';

test('the same tree gives the same bytes in another folder', async (t) => {
    t.timeout(900_000);
    const folder = path.join(temporary(t), 'elsewhere');
    const tracked = sh('git', ['-C', root, 'ls-files', '--cached', '--others', '--exclude-standard', '-z']).split('\0');
    for (const name of tracked.filter((f) => f && existsSync(path.join(root, f)))) {
        mkdirSync(path.join(folder, path.dirname(name)), { recursive: true });
        cpSync(path.join(root, name), path.join(folder, name));
    }
    cpSync(path.join(root, 'build/engine'), path.join(folder, 'build/engine'), { recursive: true });
    symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
    const first = deb('ocellus', 'amd64');
    const epoch = sh('git', ['-C', root, 'log', '-1', '--format=%ct']).trim();
    const again = await run([process.execPath, 'scripts/run.mjs', 'package', 'amd64'], {
        cwd: folder,
        env: { SOURCE_DATE_EPOCH: epoch, OCELLUS_PACKAGE_VERSION: field(first, 'Version'), OCELLUS_NO_INSTALL: '1' },
    });
    t.is(again.code, 0, again.output);
    /** @param {string} file */
    const sum = (file) => createHash('sha256').update(readFileSync(file)).digest('hex');
    for (const name of ['ocellus', 'ocellus-ffmpeg']) {
        const file = deb(name, 'amd64');
        t.is(sum(path.join(folder, 'build/package/amd64', path.basename(file))), sum(file), name);
    }
});
