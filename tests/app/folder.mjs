// Folders of applications, as a stranger has them: outside of the repository, with npm's compiler in node_modules.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from '../../scripts/lib.mjs';

export const program = path.join(root, 'build', 'linux', 'ocellus');

/** An empty folder; its path has blanks and umlauts. @param {import('ava').ExecutionContext} t */
export function emptyFolder(t) {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'ocellus Grüße-'));
    t.teardown(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
}

/**
 * `ocellus app …`.
 * @param {string} cwd
 * @param {readonly string[]} words
 * @param {NodeJS.ProcessEnv} [env]
 */
export async function app(cwd, words, env) {
    const child = spawn(program, ['app', ...words], { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    /** @param {import('node:stream').Readable} stream */
    const all = async (stream) => Buffer.concat(await stream.toArray()).toString();
    const [out, err, code] = await Promise.all([all(child.stdout), all(child.stderr), new Promise((resolve) => child.on('close', resolve))]);
    return { code: /** @type {number | null} */ (code), out, err: err.trim() };
}

/** What `npm install` brings. @param {string} folder of an application */
export function install(folder) {
    mkdirSync(path.join(folder, 'node_modules'), { recursive: true });
    symlinkSync(path.join(root, 'node_modules', 'typescript'), path.join(folder, 'node_modules', 'typescript'));
}

/**
 * A new application that is ready to be built.
 * @param {import('ava').ExecutionContext} t
 * @param {Readonly<Record<string, string>>} [files] to write into it
 */
export async function newFolder(t, files = {}) {
    const top = emptyFolder(t);
    const made = await app(top, ['new', 'doorcam']);
    t.is(made.code, 0, made.err);
    const folder = path.join(top, 'doorcam');
    install(folder);
    for (const [name, text] of Object.entries(files)) {
        mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
        writeFileSync(path.join(folder, name), text);
    }
    return folder;
}

/** ocellus.json with other values. @param {Record<string, unknown>} [values] */
export const manifest = (values = {}) => JSON.stringify({ name: 'doorcam', version: '1.0.0', api: 1, capabilities: [], ...values });
