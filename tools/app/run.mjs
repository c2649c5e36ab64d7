// `ocellus app run`: the camera with this application; --watch builds it after each save, and the program replaces the
// application that runs (--app-watch).
import { spawn } from 'node:child_process';
import { existsSync, watch } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Mistakes } from '../bundle/archive.mjs';
import { buildApp } from './build.mjs';
import { Unable } from './kit.mjs';

const settleMs = 30; // editors write a file in several steps
const repeatMs = 300; // the same signal again, by npm or a shell

/** Calls changed() after each save of what the application is made of. @param {string} folder @param {() => void} changed */
function follow(folder, changed) {
    /** @type {NodeJS.Timeout | undefined} */
    let timer;
    /** @param {string | null} name */
    const note = (name) => {
        if (name !== null && /(^|\/)[.#]|~$/.test(name)) return; // of editors
        clearTimeout(timer);
        timer = setTimeout(changed, settleMs);
    };
    watch(folder, (_, name) => ['ocellus.json', 'tsconfig.json'].includes(name ?? '') && note(name));
    for (const below of ['src', 'panel']) {
        const top = path.join(folder, below);
        if (existsSync(top)) followTree(top, note);
    }
}

/** Node 18 cannot watch a tree on Linux: a watch for each folder. @param {string} top @param {(name: string | null) => void} note */
function followTree(top, note) {
    watch(top, (_, name) => {
        note(name);
        void followInner(top, note);
    });
    void followInner(top, note);
}

/** @type {Set<string>} */
const followed = new Set();

/** @param {string} top @param {(name: string | null) => void} note */
async function followInner(top, note) {
    const { readdir } = await import('node:fs/promises');
    const entries = await readdir(top, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
        const inner = path.join(top, entry.name);
        if (!entry.isDirectory() || followed.has(inner)) continue;
        followed.add(inner);
        followTree(inner, note);
    }
}

/** Signals of the terminal, which may come twice: a second one would end the program without finishing its recordings. @param {import('node:child_process').ChildProcess} child */
function handOn(child) {
    let last = -Infinity;
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
        process.on(signal, () => {
            const now = performance.now();
            if (now - last > repeatMs) child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal);
            last = now;
        });
    }
}

/**
 * Returns the exit code of the program.
 * @param {string} folder
 * @param {import('./kit.mjs').Kit} kit
 * @param {{ watch: boolean, options: readonly string[] }} how
 * @returns {Promise<number>}
 */
export async function runApp(folder, kit, { watch: watching, options }) {
    if (!existsSync(kit.program)) throw new Unable(`${kit.program} is missing: install the package ocellus`);
    const { file } = buildApp(folder, kit);
    const argv = ['run', '--app', file, ...(watching ? ['--app-watch'] : []), ...options];
    // A group of its own: Ctrl-C reaches this process alone, which hands it on, once.
    const child = spawn(kit.program, argv, { stdio: 'inherit', detached: true });
    handOn(child);
    process.on('exit', () => child.kill('SIGTERM')); // has its own group: nobody else would end it
    if (watching) {
        follow(folder, () => {
            const began = Date.now();
            try {
                buildApp(folder, kit);
                console.error(`built in ${Date.now() - began} ms`);
            } catch (error) {
                // whatever it is: the camera does not end with the watch
                const text = error instanceof Mistakes || error instanceof Unable ? error.message : /** @type {Error} */ (error).stack;
                console.error(`${text}\nnot built: the running application goes on`);
            }
        });
    }
    return new Promise((resolve, reject) => {
        child.on('error', reject);
        child.on('exit', (code, signal) => {
            resolve(code ?? 128 + (signal === null ? 0 : os.constants.signals[signal]));
            if (watching) setImmediate(() => process.exit()); // the watches would go on
        });
    });
}
