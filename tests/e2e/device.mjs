// Runs the program that was built, as a person would, and hands out what it printed.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { root } from '../../scripts/lib.mjs';
import { hangS, hanging } from '../guard.mjs';

/** The program under test; OC_PROGRAM names another build of it. */
export const program = process.env['OC_PROGRAM'] ?? path.join(root, 'build', 'linux', 'ocellus');

/** `ocellus-peer`, beside it. */
export const peerProgram = path.join(path.dirname(program), 'ocellus-peer');

/** An application of tests/apps, built for that program. @param {string} name */
export const testApp = (name) => path.join(path.dirname(program), `test_app_${name}.xsa`);

/**
 * A folder that is deleted at the end of the test.
 * @param {import('ava').ExecutionContext} t
 * @returns {string}
 */
export function temporary(t) {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'ocellus-e2e-'));
    t.teardown(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
}

/** @typedef {{ code: number | null, signal: NodeJS.Signals | null }} End */

/** One run of the program. */
export class Device {
    /** Objects printed on stdout with --json. @type {Record<string, unknown>[]} */
    events = [];
    stdout = '';
    stderr = '';
    /** @type {(() => void)[]} */
    #waiting = [];
    /** It has ended, and everything that it printed was read. */
    #closed = false;

    /** @param {readonly string[]} args @param {{ env?: NodeJS.ProcessEnv, cwd?: string, program?: string }} [options] */
    constructor(args, options = {}) {
        this.process = spawn(options.program ?? program, args, {
            cwd: options.cwd ?? root,
            env: { ...process.env, ...options.env },
            stdio: ['ignore', 'pipe', 'pipe'],
        });
        this.process.stdout.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
            this.stdout += text;
            this.events = this.stdout.split('\n').slice(0, -1).flatMap(parseEvent);
            this.#wake();
        });
        this.process.stderr.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
            this.stderr += text;
            this.#wake();
        });
        /** @type {Promise<End>} */
        this.ended = new Promise((resolve, reject) => {
            this.process.on('error', reject);
            this.process.on('close', (code, signal) => {
                this.#closed = true;
                resolve({ code, signal });
                this.#wake();
            });
        });
    }

    #wake() {
        for (const wake of this.#waiting.splice(0)) {
            wake();
        }
    }

    /**
     * Waits until `probe` gives something.
     * @template T
     * @param {() => T | undefined} probe
     * @param {string} what for the message when it does not come
     * @param {number} [seconds] a guard against hanging alone
     * @returns {Promise<T>}
     */
    async until(probe, what, seconds = hangS) {
        for (let left = seconds * 1000; ; ) {
            const found = probe();
            if (found !== undefined) {
                return found;
            }
            if (this.#closed || left < 0) {
                throw new Error(`${what}: ${this.#closed ? `the program ended with ${this.process.exitCode}` : `not within ${seconds} s`}\n${this.stdout}${this.stderr}`);
            }
            const from = Date.now();
            await Promise.race([
                new Promise((resolve) => setTimeout(resolve, 100)),
                new Promise((resolve) => this.#waiting.push(() => resolve(undefined))),
            ]);
            left -= Math.min(Date.now() - from, 1000); // a machine that stood still has not waited
        }
    }

    /** The first event of this kind. @param {string} kind @param {number} [seconds] */
    event(kind, seconds) {
        return this.until(() => this.events.find((e) => e['event'] === kind), `event "${kind}"`, seconds);
    }

    /** Waits for a line of the log: a thread of its own writes them, maybe later than HTTP answers. @param {RegExp} line @param {number} [seconds] */
    said(line, seconds) {
        return this.until(() => line.exec(this.stderr) ?? undefined, `${line} on stderr`, seconds);
    }

    /** Address of the HTTP server, without a slash at its end. @returns {Promise<string>} */
    async url() {
        return String((await this.event('listening'))['url']).replace(/\/$/, '');
    }

    /**
     * What the server answers. While no application runs (503: it starts, or the machine stood still) it is asked again.
     * @param {string} address below the server
     * @returns {Promise<any>} its JSON
     */
    async json(address) {
        const url = (await this.url()) + address;
        for (let tries = hangS * 5; ; tries--) {
            const response = await fetch(url, { signal: hanging() });
            if (response.ok) {
                return response.json();
            }
            const text = await response.text();
            if (response.status !== 503 || tries === 0) {
                throw new Error(`${address}: HTTP ${response.status} ${text}`);
            }
            await sleep(200);
        }
    }

    /** @param {NodeJS.Signals} [signal] @returns {Promise<End>} */
    async stop(signal = 'SIGINT') {
        this.process.kill(signal);
        return this.ended;
    }
}

/** @param {string} line @returns {Record<string, unknown>[]} */
function parseEvent(line) {
    try {
        const value = JSON.parse(line);
        return typeof value === 'object' && value !== null ? [value] : [];
    } catch {
        return [];
    }
}

/**
 * Starts `ocellus run` on a free port with its own data folder; it is ended with the test.
 * @param {import('ava').ExecutionContext} t
 * @param {readonly string[]} [args]
 * @param {{ data?: string, env?: NodeJS.ProcessEnv, program?: string }} [options]
 */
export function start(t, args = [], options = {}) {
    const data = options.data ?? temporary(t);
    const { env, program: other } = options;
    const device = new Device(['run', '--json', '--port', '0', '--data', data, ...args], { ...(env && { env }), ...(other && { program: other }) });
    t.teardown(async () => {
        device.process.kill('SIGKILL');
        await device.ended;
    });
    return { device, data };
}

/**
 * A port of the loopback address that is free now, and that the kernel gives to nobody who asks for any.
 * @returns {Promise<number>}
 */
export function freePort() {
    const port = 10_000 + Math.floor(Math.random() * 20_000); // below net.ipv4.ip_local_port_range
    return new Promise((resolve) => {
        const server = net.createServer().on('error', () => resolve(freePort()));
        server.listen(port, '127.0.0.1', () => server.close(() => resolve(port)));
    });
}

/**
 * Seconds for which the program stood still, as it noticed (above 1 s each): a source moves its pace behind one, so that times jump.
 * @param {readonly { kind: string, text: string }[]} events of /api/events
 */
export const standstill = (events) => events.reduce((sum, { kind, text }) => sum + (kind === 'process-stalled' ? Number(/for ([\d.]+) s/.exec(text)?.[1] ?? 0) : 0), 0);

/** Time that this process was awake for: a machine that stands still for seconds has not slept them. @param {number} ms */
export async function sleep(ms) {
    for (let left = ms; left > 0; left -= 100) {
        await new Promise((resolve) => setTimeout(resolve, Math.min(left, 100)));
    }
}

/**
 * Asks again and again until the answer is good.
 * @template T
 * @param {() => Promise<T | undefined>} probe undefined or a throw: not yet
 * @param {string} what
 * @param {number} [seconds] a guard against hanging alone
 * @returns {Promise<T>}
 */
export async function eventually(probe, what, seconds = hangS) {
    let last = '';
    for (let left = seconds * 1000; ; ) {
        const from = Date.now();
        try {
            const found = await probe();
            if (found !== undefined) {
                return found;
            }
            last = '';
        } catch (error) {
            last = error instanceof Error ? error.message : String(error);
        }
        if (left < 0) {
            throw new Error(`${what}: not within ${seconds} s ${last}`);
        }
        await sleep(200);
        left -= Math.min(Date.now() - from, 2000); // a machine that stood still has not waited
    }
}
