// The packages that were made, for the tests of this folder.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { packageFolder } from '../../scripts/build.mjs';
import { debs } from '../../scripts/package.mjs';

/** @param {string} file @param {readonly string[]} args @returns {string} what it printed */
export const sh = (file, args) => execFileSync(file, args, { encoding: 'utf8', maxBuffer: 64 << 20 });

/** The file of one package. @param {string} name @param {string} architecture */
export function deb(name, architecture) {
    const found = debs(architecture).find((f) => path.basename(f).startsWith(`${name}_`));
    if (found === undefined) {
        throw new Error(`no package ${name} for ${architecture}: npm run package`);
    }
    return found;
}

/** Its fields. @param {string} file @param {string} field */
export const field = (file, field) => sh('dpkg-deb', ['-f', file, field]).trim();

/** @param {import('ava').ExecutionContext} t @returns {string} a folder that goes with the test */
export function temporary(t) {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'ocellus-package-'));
    t.teardown(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
}

/** Unpacks it. @param {import('ava').ExecutionContext} t @param {string} file @returns {string} folder */
export function unpacked(t, file) {
    const folder = temporary(t);
    sh('dpkg-deb', ['-x', file, folder]);
    return folder;
}

/**
 * A later version of a package: the same files, but for the program, which says that version itself.
 * @param {string} name
 * @param {string} folder where it is put
 * @returns {string} its file
 */
export function nextDeb(name, folder) {
    const built = packageFolder('amd64');
    sh('cmake', ['--build', built, '--target', 'ocellus_next']);
    const version = sh(path.join(built, 'ocellus_next'), ['--version']).trim().replace('ocellus ', '');
    const tree = mkdtempSync(path.join(os.tmpdir(), 'ocellus-package-'));
    try {
        sh('dpkg-deb', ['-R', deb(name, 'amd64'), tree]);
        if (name === 'ocellus') {
            copyFileSync(path.join(built, 'ocellus_next'), path.join(tree, 'usr/lib/ocellus/ocellus'));
        }
        const control = path.join(tree, 'DEBIAN/control');
        const [before = ''] = /(?<=^Version: ).*/m.exec(readFileSync(control, 'utf8')) ?? [];
        writeFileSync(control, readFileSync(control, 'utf8').replaceAll(before, version));
        const file = path.join(folder, `${name}-next.deb`);
        sh('dpkg-deb', ['-b', '--root-owner-group', tree, file]);
        return file;
    } finally {
        rmSync(tree, { recursive: true, force: true });
    }
}
