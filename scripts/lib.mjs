// Shared by the scripts: where things are, which system this is, how a step is run and shown.
import { AsyncLocalStorage } from 'node:async_hooks';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** An error whose message is the one line a person needs: no stack is shown. */
export class Plain extends Error {
    /** @param {string} message @param {number} [exitCode] 1 failure, 2 wrong use or unsupported system */
    constructor(message, exitCode = 1) {
        super(message);
        this.plain = true;
        this.exitCode = exitCode;
    }
}

/**
 * @typedef {object} System
 * @property {string} id as in /etc/os-release: debian, ubuntu, …
 * @property {string} version e.g. 12
 * @property {string} name for people
 */

/**
 * @param {string} [text] the content of an os-release file; default: this machine's
 * @returns {System}
 */
export function readSystem(text) {
    let source = text;
    if (source === undefined) {
        try {
            source = readFileSync('/etc/os-release', 'utf8');
        } catch {
            source = '';
        }
    }
    /** @param {string} key */
    const field = (key) => new RegExp(`^${key}="?([^"\\n]*)"?$`, 'm').exec(source)?.[1] ?? '';
    return { id: field('ID'), version: field('VERSION_ID'), name: field('PRETTY_NAME') || process.platform };
}

/** Systems on which the two commands are tested. */
export const supported = [
    { id: 'debian', version: '12' },
    { id: 'debian', version: '13' },
    { id: 'ubuntu', version: '24.04' },
];

/**
 * One line when the system is not supported, otherwise an empty string.
 * @param {System} system
 * @param {NodeJS.ProcessEnv} env OCELLUS_ANY_OS=1 accepts every system
 */
export function systemProblem(system, env) {
    const known = supported.some((s) => s.id === system.id && s.version === system.version);
    if (known || env['OCELLUS_ANY_OS'] === '1') {
        return '';
    }
    return (
        `${system.name} is not supported: Debian 12, Debian 13 or Ubuntu 24.04 is needed ` +
        '(OCELLUS_ANY_OS=1 tries anyway, with the packages installed by you)'
    );
}

/** How many jobs a build may run. */
export const jobs = Math.max(1, os.availableParallelism());

/**
 * @typedef {object} Outcome
 * @property {number} code exit code; 128 + signal when a signal ended it, 124 after a timeout
 * @property {string} output standard output and error as they came
 * @property {number} seconds wall time
 */

/** Set while a step of the background runs. @type {AsyncLocalStorage<boolean>} */
const background = new AsyncLocalStorage();

/**
 * Every program that the work starts with `run` or `step` stands behind others for the processor.
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export const inBackground = (work) => background.run(true, work);

/**
 * A third of the processor time that others get: with 19 the kernel leaves 1 % of a core beside one busy loop, and a step that ended in a
 * minute does not end in six. `nice` alone does nothing: the kernel compares sessions first, and each program that `run` starts has its own.
 */
const behind = ['sh', '-c', '{ echo 5 > /proc/self/autogroup; } 2> /dev/null; exec nice -n 5 "$@"', 'sh'];

/**
 * Runs a program and waits for it. Never throws because of its exit code.
 * @param {readonly string[]} argv
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeout?: number, show?: boolean }} [options]
 *   timeout in seconds without a byte of output, 0 or absent = none: the program's whole process group is then ended.
 *   Progress counts, not the time as a whole: a busy machine is slow in everything;
 *   show: pass its output on while it runs
 * @returns {Promise<Outcome>}
 */
export function run(argv, options = {}) {
    const started = process.hrtime.bigint();
    const [file, ...args] = background.getStore() === true ? [...behind, ...argv] : argv;
    if (file === undefined) {
        throw new Error('run: nothing to run');
    }
    return new Promise((resolve) => {
        /** @type {Buffer[]} */
        const chunks = [];
        let timedOut = false;
        const child = spawn(file, args, {
            cwd: options.cwd ?? root,
            env: { ...process.env, ...options.env },
            stdio: ['ignore', 'pipe', 'pipe'],
            detached: true,
        });
        const end = () => {
            if (child.pid !== undefined) {
                try {
                    process.kill(-child.pid, 'SIGKILL');
                } catch {
                    // it ended by itself meanwhile
                }
            }
        };
        /** @param {NodeJS.Signals} signal */
        const onSignal = (signal) => {
            end();
            process.exit(128 + (os.constants.signals[signal] ?? 0));
        };
        process.once('SIGINT', onSignal);
        process.once('SIGTERM', onSignal);
        const timer = options.timeout
            ? setTimeout(() => {
                  timedOut = true;
                  end();
              }, options.timeout * 1000)
            : undefined;
        child.stdout.on('data', () => timer?.refresh());
        child.stderr.on('data', () => timer?.refresh());
        for (const stream of [child.stdout, child.stderr]) {
            stream.on('data', (/** @type {Buffer} */ data) => {
                chunks.push(data);
                if (options.show) {
                    process.stdout.write(data);
                }
            });
        }
        /** @param {number} code */
        const finish = (code) => {
            clearTimeout(timer);
            process.off('SIGINT', onSignal);
            process.off('SIGTERM', onSignal);
            const note = timedOut ? `\nended after ${options.timeout} s without output\n` : '';
            resolve({
                code: timedOut ? 124 : code,
                output: Buffer.concat(chunks).toString('utf8') + note,
                seconds: Number(process.hrtime.bigint() - started) / 1e9,
            });
        };
        child.on('error', (error) => {
            chunks.push(Buffer.from(`${file}: ${error.message}\n`));
            finish(127);
        });
        child.on('close', (code, signal) => {
            finish(code ?? 128 + (signal ? (os.constants.signals[signal] ?? 0) : 0));
        });
    });
}

/** @param {number} seconds @returns {string} e.g. `3.1 s` or `2 min 5 s` */
export function duration(seconds) {
    if (seconds < 60) {
        return `${seconds.toFixed(1)} s`;
    }
    const whole = Math.round(seconds);
    return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** @param {string} name @param {string} text One line per step: what, and how it went. */
export function say(name, text) {
    console.log(`  ${name.padEnd(34)} ${text}`);
}

/**
 * Runs one step of set-up or build: one line with its time; its output only when it fails.
 * @param {string} name
 * @param {readonly string[]} argv
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeout?: number, note?: (output: string) => string }} [options]
 *   note: makes a remark of the output, shown behind the time
 * @returns {Promise<Outcome>}
 */
export async function step(name, argv, options = {}) {
    if (process.stdout.isTTY && background.getStore() !== true) {
        process.stdout.write(`  ${name.padEnd(34)} …\r`);
    }
    const outcome = await run(argv, options);
    if (outcome.code !== 0) {
        say(name, `failed after ${duration(outcome.seconds)}`);
        // without Ninja's lines about what went well
        console.error(outcome.output.replace(/^\[\d+\/\d+\] .*\n(?!FAILED)/gm, '').trimEnd());
        throw new Plain(`${name} failed: ${argv.join(' ')} (exit ${outcome.code})`);
    }
    const note = options.note?.(outcome.output) ?? '';
    say(name, duration(outcome.seconds) + (note ? `, ${note}` : ''));
    return outcome;
}
