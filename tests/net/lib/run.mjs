// Running programs for the network tests, synchronously and in the background; ending what was started, by process group.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

// npm puts node_modules/.bin in front, and a package of ava's has a program `nft` there, which does nothing to a firewall.
process.env['PATH'] = (process.env['PATH'] ?? '')
    .split(':')
    .filter((folder) => !/node_modules/.test(folder))
    .join(':');

/** The repository's folder. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');

/**
 * Runs a program that must succeed.
 * @param {readonly string[]} argv
 * @param {string} [input] its standard input
 * @returns {string} its standard output
 */
export function must(argv, input) {
    const [file = '', ...args] = argv;
    const outcome = spawnSync(file, args, { encoding: 'utf8', ...(input === undefined ? {} : { input }) });
    if (outcome.error || outcome.status !== 0) {
        throw new Error(`${argv.join(' ')}: ${outcome.error?.message ?? (outcome.stderr.trim() || `exit ${outcome.status}`)}`);
    }
    return outcome.stdout;
}

/** The same, whatever comes of it. @param {readonly string[]} argv */
export function perhaps(argv) {
    const [file = '', ...args] = argv;
    return spawnSync(file, args, { encoding: 'utf8' }).stdout ?? '';
}

/** @param {string} name @returns {string} a program of the build, with one clear line when it is not there */
export function built(name) {
    const file = path.join(root, 'build/linux', name);
    if (!existsSync(file)) {
        throw new Error(`${path.relative(root, file)} is not there: npm run build (tests of the network need OC_TESTS=ON)`);
    }
    return file;
}

/**
 * @typedef {object} Outcome
 * @property {number} code exit code; 128 after a signal, 124 after the time limit
 * @property {string} stdout
 * @property {string} stderr
 */

/**
 * Runs a program and waits for it; never throws because of its exit code.
 * @param {readonly string[]} argv
 * @param {{ timeout?: number, env?: NodeJS.ProcessEnv, cwd?: string, input?: string, started?: (child: import('node:child_process').ChildProcess) => void }} [options]
 *   timeout in seconds, default 60
 * @returns {Promise<Outcome>}
 */
export function run(argv, options = {}) {
    const [file = '', ...args] = argv;
    return new Promise((resolve, reject) => {
        const child = spawn(file, args, { cwd: options.cwd ?? root, env: { ...process.env, ...options.env }, detached: true });
        options.started?.(child);
        let [stdout, stderr, late] = ['', '', false];
        child.stdout.on('data', (data) => (stdout += data));
        child.stderr.on('data', (data) => (stderr += data));
        child.stdin.on('error', () => {}); // it ended without reading
        child.stdin.end(options.input ?? '');
        const timer = setTimeout(() => {
            late = true;
            endGroup(child);
        }, (options.timeout ?? 60) * 1000);
        child.on('error', reject);
        child.on('close', (code) => {
            clearTimeout(timer);
            resolve({ code: late ? 124 : (code ?? 128), stdout, stderr });
        });
    });
}

/** Ends a process that was started detached, and its children. @param {import('node:child_process').ChildProcess} child */
export function endGroup(child) {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
        try {
            process.kill(-child.pid, 'SIGKILL');
        } catch {
            // it ended by itself meanwhile
        }
    }
}

/**
 * Waits until a background program has printed something.
 * @param {import('node:child_process').ChildProcess} child
 * @param {RegExp} pattern of its standard output
 * @param {number} [seconds]
 * @returns {Promise<RegExpExecArray>}
 */
export function says(child, pattern, seconds = 60) {
    return new Promise((resolve, reject) => {
        let text = '';
        /** @param {string} why */
        const fail = (why) => {
            clearTimeout(timer);
            reject(new Error(`${child.spawnargs.join(' ')}: ${why}${text ? `; it said: ${text.slice(-400)}` : ''}`));
        };
        const timer = setTimeout(() => fail(`no ${pattern} within ${seconds} s`), seconds * 1000);
        child.stderr?.on('data', (data) => (text += data));
        child.on('error', (error) => fail(error.message));
        child.on('close', (code) => fail(`ended with ${code}`));
        child.stdout?.on('data', (data) => {
            text += data;
            const match = pattern.exec(text);
            if (match) {
                clearTimeout(timer);
                resolve(match);
            }
        });
    });
}
