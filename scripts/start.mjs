// `npm start -- [arguments]`: set-up, build, then `ocellus run` with the arguments. Its exit code is ours.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { buildFolder, buildProduct } from './build.mjs';
import { Plain, root } from './lib.mjs';
import { setup } from './setup.mjs';

/** Ctrl-C reaches us twice, from the terminal and from npm; a second one means "at once" to the program. */
const REPEAT_MS = 500;

/**
 * Runs the program until it ends. It has a process group of its own, so that each signal reaches it
 * once, through us.
 * @param {string} program
 * @param {readonly string[]} args
 * @returns {Promise<number>}
 */
export function foreground(program, args) {
    const child = spawn(program, args, { cwd: process.env['INIT_CWD'] ?? root, stdio: 'inherit', detached: true });
    let last = -Infinity;
    /** @param {NodeJS.Signals} signal */
    const forward = (signal) => {
        const now = performance.now();
        if (now - last > REPEAT_MS) {
            last = now;
            child.kill(signal);
        }
    };
    process.on('SIGINT', () => forward('SIGINT'));
    process.on('SIGTERM', () => forward('SIGTERM'));
    process.on('SIGHUP', () => forward('SIGTERM'));
    return new Promise((resolve, reject) => {
        child.on('error', (error) => reject(new Plain(`${program}: ${error.message}`)));
        child.on('exit', (code, signal) => {
            resolve(code ?? 128 + (signal ? (os.constants.signals[signal] ?? 0) : 0));
        });
    });
}

/** @param {string[]} args @returns {Promise<number>} */
export async function main(args) {
    const code = await setup('start');
    if (code !== 0) {
        return code;
    }
    await buildProduct({ werror: process.env['CI'] === 'true' });
    const program = path.join(buildFolder('linux'), 'ocellus');
    if (!existsSync(program)) {
        throw new Plain(`the build made no ${path.relative(root, program)}`);
    }
    return foreground(program, ['run', ...args]);
}
