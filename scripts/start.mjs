// `npm start -- [arguments]`: set-up, build, then `ocellus run` with the arguments. Its exit code is ours.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { buildFolder, buildProduct } from './build.mjs';
import { Plain, root } from './lib.mjs';
import { setup } from './setup.mjs';

/**
 * Runs the program in the foreground until it ends; signals reach it once.
 * @param {string} program
 * @param {readonly string[]} args
 * @returns {Promise<number>}
 */
export function foreground(program, args) {
    const child = spawn(program, args, { cwd: process.env['INIT_CWD'] ?? root, stdio: 'inherit' });
    // A terminal sends Ctrl-C to the whole foreground group: the program has it already.
    const interrupt = () => {
        if (!process.stdin.isTTY) {
            child.kill('SIGINT');
        }
    };
    const terminate = () => child.kill('SIGTERM');
    process.on('SIGINT', interrupt);
    process.on('SIGTERM', terminate);
    process.on('SIGHUP', terminate);
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
