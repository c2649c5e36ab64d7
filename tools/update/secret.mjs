// Passphrases and passwords: from the environment, a file or the terminal; never from the command line, which others
// can read.
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { readBytes } from './files.mjs';
import { Unable } from './words.mjs';

export const atTerminal = () => process.stdin.isTTY === true && process.stderr.isTTY === true;

/** The first line of a file. @param {string} file */
export const lineOf = (file) => readBytes(file, 4096).toString('utf8').split(/\r?\n/)[0] ?? '';

/** Asks at the terminal; nothing that is typed is shown. @param {string} text @returns {Promise<string>} */
export function prompt(text) {
    const silent = new Writable({ write: (_, __, done) => done() });
    const reader = createInterface({ input: process.stdin, output: silent, terminal: true });
    process.stderr.write(text);
    return new Promise((resolve, reject) => {
        reader.once('line', (line) => {
            resolve(line);
            reader.close();
        });
        reader.once('SIGINT', () => reader.close());
        reader.once('close', () => {
            process.stderr.write('\n');
            reject(new Unable('nothing was typed'));
        });
    });
}

/**
 * A secret that was given, undefined without one.
 * @param {string} variable of the environment
 * @param {string | undefined} file
 */
export function given(variable, file) {
    if (file !== undefined) return lineOf(file);
    const value = process.env[variable];
    return value === '' ? undefined : value;
}
