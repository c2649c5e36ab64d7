// Mends the engine's sources: what hosts/linux/engine/xs.patch changes, as `git diff --full-index` writes it. Its index
// lines name each file's content before and after, so nothing is changed that is not known, and nothing twice.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const patchFile = resolve(dirname(fileURLToPath(import.meta.url)), '../hosts/linux/engine/xs.patch');

/** @typedef {{ name: string, before: string, after: string, lines: string[] }} FilePatch */

/** The name that git has for a content. @param {string} text bytes, one a character */
const blob = (text) => createHash('sha1').update(`blob ${text.length}\0`).update(text, 'latin1').digest('hex');

/** @param {string} patch @returns {FilePatch[]} */
function filesOf(patch) {
    return patch.split(/^diff --git /m).slice(1).map((part) => {
        const [, name = ''] = /^\+\+\+ b\/(\S+)$/m.exec(part) ?? [];
        const [, before = '', after = ''] = /^index ([0-9a-f]{40})\.\.([0-9a-f]{40}) /m.exec(part) ?? [];
        return { name, before, after, lines: part.slice(part.indexOf('\n@@ ') + 1).split('\n') };
    });
}

/** The text with the hunks in their places; whether they fitted tells its hash. @param {string} text @param {string[]} lines */
function changed(text, lines) {
    const old = text.split('\n');
    const out = [];
    let at = 0;
    for (const line of lines) {
        const [, start] = /^@@ -(\d+)/.exec(line) ?? [];
        if (start !== undefined) {
            out.push(...old.slice(at, Number(start) - 1));
            at = Number(start) - 1;
        } else if (line.startsWith('+')) {
            out.push(line.slice(1));
        } else if (line.startsWith('-')) {
            at++;
        } else if (line.startsWith(' ')) {
            out.push(old[at++] ?? '');
        }
    }
    return [...out, ...old.slice(at)].join('\n');
}

/** As a whole: a build beside this one may do the same. @param {string} path @param {string} text */
function replace(path, text) {
    const fresh = `${path}.${process.pid}`;
    writeFileSync(fresh, text, 'latin1');
    renameSync(fresh, path);
}

/**
 * Changes the files below `sources` that are not changed yet. The original stays beside each as `.orig`, which another
 * patch begins with.
 * @param {string} sources folder of the XS sources
 * @param {string} [file] the patch
 */
export function patchEngine(sources, file = patchFile) {
    for (const { name, before, after, lines } of filesOf(readFileSync(file, 'latin1'))) {
        const path = join(sources, name);
        const original = `${path}.orig`;
        if (blob(readFileSync(path, 'latin1')) === after) continue;
        const text = readFileSync(existsSync(original) ? original : path, 'latin1');
        if (blob(text) !== before) throw new Error(`${path}: not the file that the patch changes; remove build/engine and build again`);
        const mended = changed(text, lines);
        if (blob(mended) !== after) throw new Error(`${file}: does not fit ${name}`);
        replace(original, text);
        replace(path, mended);
    }
}
