// What the generators share: tables are loaded, texts are laid out, files that are not current are written or named.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** @param {string} file @returns {Promise<any>} what a module of the application, or of protocol/, exports */
export async function load(file) {
    const alias = { 'ocellus/app': path.join(root, 'modules') };
    const { module } = await runnerImport(file, { configFile: false, root, logLevel: 'error', resolve: { alias } });
    return module;
}

/** @param {string} file @returns {string} as it is now */
export const current = (file) => readFileSync(path.join(root, file), 'utf8');

/** @param {string} name @returns {string} */
export const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** @param {string} name @returns {string} as C names it */
export const upper = (name) => snake(name).replaceAll('-', '_').toUpperCase();

/** @param {string} text @param {number} width @returns {string[]} lines of whole words */
export function wrap(text, width) {
    /** @type {string[]} */
    const lines = [];
    for (const word of text.split(' ')) {
        const last = lines.at(-1);
        if (last !== undefined && last.length + 1 + word.length <= width) {
            lines[lines.length - 1] = `${last} ${word}`;
        } else {
            lines.push(word);
        }
    }
    return lines;
}

/** @param {readonly string[]} entries with their commas @returns {string[]} as many to a line as it takes */
export const packed = (entries) => wrap(entries.map((entry) => entry.replaceAll(' ', '\0')).join(' '), 116).map((line) => `    ${line.replaceAll('\0', ' ')}`);

/** @param {string} key @param {string} text @returns {string} a line of a catalogue of viewer/src/text */
export const pageText = (key, text) => `    '${key}': '${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}',`;

/** @param {string} text */
export const cell = (text) => text.replaceAll('|', '\\|');

/**
 * Puts lines between two marks of a file that is written by hand otherwise: a line with `begin NAME: made by BY`, another
 * with `end NAME`, both as comments of its language.
 * @param {string} file its name, for the message @param {string} text @param {string} name @param {string} by @param {readonly string[]} lines
 */
export function between(file, text, name, by, lines) {
    const all = text.split('\n');
    const from = all.findIndex((line) => line.includes(`begin ${name}: made by ${by}`));
    const to = all.findIndex((line, index) => index > from && new RegExp(`\\bend ${name}\\b`).test(line));
    if (from < 0 || to < 0) throw new Error(`${file}: no marks of ${name}`);
    return [...all.slice(0, from + 1), ...lines, ...all.slice(to)].join('\n');
}

/**
 * Writes the files that are not current, or names them.
 * @param {Map<string, string>} files and what they say @param {{ check: boolean, out: string, by: string }} how
 * @returns {number} of the process
 */
export function finish(files, { check, out, by }) {
    const stale = [...files].filter(([file, text]) => {
        const target = path.join(out, file);
        return !existsSync(target) || readFileSync(target, 'utf8') !== text;
    });
    for (const [file, text] of stale) {
        console[check ? 'error' : 'log'](check ? `${file}: not current: run node ${by}/generate.mjs` : file);
        if (!check) {
            mkdirSync(path.dirname(path.join(out, file)), { recursive: true });
            writeFileSync(path.join(out, file), text);
        }
    }
    return check && stale.length > 0 ? 1 : 0;
}

/** @param {string} tool @param {string} source @returns {string} */
export const made = (tool, source) => `Made by tools/${tool} from ${source}: do not edit.`;
