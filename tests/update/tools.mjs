// The tools of updates as a person types them.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from '../../scripts/lib.mjs';
import { tools } from '../../tools/update/tools.mjs';

export const program = path.join(root, 'build', 'linux', 'ocellus');
/** The product's own application. */
export const appArchive = path.join(root, 'build', 'linux', 'app.xsa');

/** @param {import('ava').ExecutionContext} t */
export function emptyFolder(t) {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'ocellus Grüße-'));
    t.teardown(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
}

/**
 * `ocellus …` as the program executes it, without a terminal.
 * @param {string} cwd
 * @param {readonly string[]} words
 */
export async function byProgram(cwd, words) {
    const child = spawn(program, words, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    /** @param {import('node:stream').Readable} stream */
    const all = async (stream) => Buffer.concat(await stream.toArray()).toString();
    const [out, err, code] = await Promise.all([all(child.stdout), all(child.stderr), new Promise((resolve) => child.on('close', resolve))]);
    return { code: /** @type {number | null} */ (code), out: out.trim(), err: err.trim() };
}

/**
 * The same inside of this process, which is many times faster; one at a time.
 * @param {string} cwd
 * @param {readonly string[]} words
 * @param {Record<string, string>} [env]
 */
export async function ocellus(cwd, [name = '', ...args], env = {}) {
    /** @type {Record<'log' | 'error', string[]>} */
    const lines = { log: [], error: [] };
    const { log, error } = console;
    const [folder, before] = [process.cwd(), { ...process.env }];
    console.log = (text) => lines.log.push(String(text));
    console.error = (text) => lines.error.push(String(text));
    process.chdir(cwd);
    Object.assign(process.env, env);
    try {
        const code = await tools[name]?.(args);
        return { code, out: lines.log.join('\n').trim(), err: lines.error.join('\n').trim() };
    } finally {
        process.env = before;
        process.chdir(folder);
        Object.assign(console, { log, error });
    }
}

/** The same, which must work. @param {import('ava').ExecutionContext} t @param {string} cwd @param {string} line words in blanks @param {Record<string, string>} [env] */
export async function works(t, cwd, line, env) {
    const { code, out, err } = await ocellus(cwd, line.split(' '), env);
    t.is(code, 0, `ocellus ${line}: ${err}`);
    return out;
}
