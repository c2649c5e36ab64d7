// Lowers modules, checks what they import, and has xsb make an archive of them. Used by the build (bundle.mjs) and by
// the tool for applications (tools/app). Node 18 is enough.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lower } from './lower.mjs';
import { sourceLine } from './map.mjs';
import { resolveSpecifier } from './specifiers.mjs';

/**
 * @typedef {object} Module
 * @property {string} specifier
 * @property {string} path for messages when there is no source map
 * @property {string} file its JavaScript
 * @property {boolean} binding may use native()
 */

/** What a person wrote wrongly: lines, each with its place. */
export class Mistakes extends Error {}

/**
 * `modules/a.ts:3` for a place in emitted JavaScript ({line, column} of acorn).
 * @param {Module} module
 * @param {{ line: number, column: number }} at
 * @param {string} root that the answer is relative to
 */
export function placeOf(module, { line, column }, root) {
    const found = sourceLine(module.file, line, column);
    return found ? `${relative(root, found.file)}:${found.line}` : `${module.path}:${line}`;
}

/** Text of the lowering itself: another one makes what was kept worthless. */
const lowering = ['lower.mjs', 'archive.mjs'].map((name) => readFileSync(fileURLToPath(new URL(name, import.meta.url)), 'utf8')).join('');

/**
 * Writes a whole file or none: archives that are made side by side lower the same modules.
 * @param {string} file
 * @param {string} text
 */
function writeWhole(file, text) {
    const part = `${file}.${process.pid}`;
    writeFileSync(part, text);
    renameSync(part, file);
}

/**
 * Lowers the code of a module, once: dozens of archives hold the same modules, and the parser takes most of their time.
 * @param {Module} module
 * @param {string} code
 * @returns {{ file: string, imports: { specifier: string, at: { line: number, column: number } }[] }} file: what xsb takes
 */
function loweredOnce(module, code) {
    const base = module.file.replace(/\.js$/, '.lowered');
    const key = createHash('sha256').update(`${module.binding}\0${lowering}\0`).update(code).digest('hex');
    const kept = existsSync(`${base}.json`) ? JSON.parse(readFileSync(`${base}.json`, 'utf8')) : undefined;
    if (kept?.key === key) return { ...kept, file: kept.changed ? `${base}.js` : module.file };
    const { code: changed, imports } = lower(code, { bindings: module.binding });
    const own = changed !== code;
    if (own) writeWhole(`${base}.js`, changed);
    writeWhole(`${base}.json`, JSON.stringify({ key, changed: own, imports }));
    return { imports, file: own ? `${base}.js` : module.file };
}

/**
 * Lowers one module. `file` is what xsb takes; imports have their target and place. Throws Mistakes.
 * @param {Module} module
 * @param {string} root
 * @returns {{ file: string, imports: { specifier: string, target: string | undefined, readonly place: string }[] }}
 */
export function lowerModule(module, root) {
    const code = readFileSync(module.file, 'utf8');
    try {
        const { file, imports } = loweredOnce(module, code);
        const placed = imports.map(({ specifier, at }) => ({
            specifier,
            target: resolveSpecifier(specifier, module.specifier),
            // Looked up in the source map for a message only.
            get place() {
                return placeOf(module, at, root);
            },
        }));
        return { file, imports: placed };
    } catch (error) {
        const at = error.at ?? error.loc; // ours, or acorn's
        if (at === undefined) throw error;
        throw new Mistakes(`${placeOf(module, at, root)}: ${error.message}`);
    }
}

/**
 * Lowers what may be lowered and checks every import. Returns `specifier=file` arguments for xsb.
 * @param {Module[]} modules
 * @param {ReadonlySet<string | undefined>} known specifiers
 * @param {string} root
 */
export function prepare(modules, known, root) {
    const wrong = [];
    const inputs = [];
    const seen = new Map();
    for (const module of modules) {
        const earlier = seen.get(module.specifier);
        if (earlier) wrong.push(`${module.path}: ${module.specifier} is also ${earlier}`);
        seen.set(module.specifier, module.path);
        try {
            const { file, imports } = lowerModule(module, root);
            wrong.push(...imports.filter(({ target }) => !known.has(target)).map(({ place, specifier }) => `${place}: no module ${specifier}`));
            inputs.push(`${module.specifier}=${file}`);
        } catch (error) {
            if (!(error instanceof Mistakes)) throw error;
            wrong.push(error.message);
        }
    }
    if (wrong.length > 0) throw new Mistakes(wrong.join('\n'));
    return inputs;
}

/**
 * Makes the archive. xsb says on stderr what is wrong; the error that is thrown then has a `status`.
 * @param {object} job
 * @param {string} job.xsb the program
 * @param {string} job.name of the archive
 * @param {string} job.out
 * @param {readonly string[]} job.roots folders that paths of sources are shown relative to; the first that holds one
 * @param {readonly string[]} job.inputs of prepare()
 * @param {boolean} [job.lines] stacks have files and lines
 * @param {boolean} [job.bindings] modules may name C functions
 * @param {string} [job.natives] where the C functions that are named are listed
 * @param {ReadonlyMap<string, string>} [job.resources] file of each
 */
export function makeArchive({ xsb, name, out, roots, inputs, lines, bindings, natives, resources }) {
    const options = ['-n', name, ...roots.flatMap((root) => ['-s', root]), '-o', out];
    if (natives) options.push('-t', natives);
    if (lines) options.push('-d');
    if (bindings) options.push('-c');
    for (const [path, file] of resources ?? []) options.push('-r', `${path}=${file}`);
    execFileSync(xsb, [...options, ...inputs], { stdio: ['ignore', 'inherit', 'inherit'] });
}
