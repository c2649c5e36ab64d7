// Command lines of the tools: what they take, and how a mistake in one is said.
import { parseArgs } from 'node:util';
import { StoreError } from 'ocellus/app/cloud/object-store';

/** The command line is wrong; one line. */
export class Usage extends Error {}

/** It cannot be done; one line. */
export class Unable extends Error {}

/**
 * @typedef {Record<string, { type: 'string' | 'boolean', multiple?: boolean, short?: string }>} Options
 * @typedef {{ words: string[], text: (name: string) => string | undefined, all: (name: string) => string[], is: (name: string) => boolean }} Parsed
 */

/** @param {readonly string[]} args @param {Options} options @param {number} min words @param {number} max @returns {Parsed} */
export function parse(args, options, min, max) {
    let parsed;
    try {
        parsed = parseArgs({ args: [...args], options, allowPositionals: true });
    } catch (error) {
        throw new Usage(/** @type {Error} */ (error).message.split(/[.\n]\s?/)[0]);
    }
    const { positionals, values } = parsed;
    if (positionals.length < min) throw new Usage('a word or file is missing');
    if (positionals.length > max) throw new Usage(`"${positionals[max]}" is one word too many`);
    return {
        words: positionals,
        text: (name) => /** @type {string | undefined} */ (values[name]),
        all: (name) => /** @type {string[] | undefined} */ (values[name]) ?? [],
        is: (name) => values[name] === true,
    };
}

/** @param {Parsed} parsed @param {string} name */
export function need(parsed, name) {
    const value = parsed.text(name);
    if (value === undefined || value === '') throw new Usage(`--${name} is missing`);
    return value;
}

/** A whole number. @param {Parsed} parsed @param {string} name @param {number} other when it is not given @param {number} max */
export function whole(parsed, name, other, max) {
    const text = parsed.text(name);
    if (text === undefined) return other;
    const value = Number(text);
    if (!/^\d{1,10}$/.test(text) || value > max) throw new Usage(`--${name}: "${text}" is not allowed: a whole number from 0 to ${max}`);
    return value;
}

/**
 * Runs a tool: its help, or `work`. Exit: 0 done; 1 it cannot be done; 2 usage.
 * @param {string} name `ocellus NAME`
 * @param {string} usage
 * @param {readonly string[]} args
 * @param {() => number | Promise<number>} work
 */
export async function runWords(name, usage, args, work) {
    try {
        if (args[0] === 'help' || args.includes('--help')) {
            console.log(usage.trimEnd());
            return 0;
        }
        return await work();
    } catch (error) {
        if (error instanceof Usage) {
            console.error(`ocellus ${name}: ${error.message}; see ocellus ${name} --help`);
            return 2;
        }
        if (!(error instanceof Unable || error instanceof StoreError)) throw error;
        console.error(`ocellus ${name}: ${error.message}`);
        return 1;
    }
}

/**
 * The same for a tool of several commands.
 * @param {string} name
 * @param {string} usage
 * @param {Readonly<Record<string, (args: readonly string[]) => number | Promise<number>>>} commands
 * @param {readonly string[]} args
 */
export const runCommand = (name, usage, commands, args) =>
    runWords(name, usage, args, () => {
        const [first, ...rest] = args;
        const command = first !== undefined && Object.hasOwn(commands, first) ? commands[first] : undefined;
        if (command === undefined) throw new Usage(first === undefined ? 'a command is missing' : `"${first}" is no command`);
        return command(rest);
    });
