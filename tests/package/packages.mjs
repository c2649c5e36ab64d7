// The packages that were made, for the tests of this folder.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
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
