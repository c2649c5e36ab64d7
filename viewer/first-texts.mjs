// Leaves to the first picture the texts that its modules name; the whole catalogues are loaded after it.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformWithOxc } from 'vite';

const source = fileURLToPath(new URL('src', import.meta.url));

/** @param {string} folder */
const isCatalogue = (folder) => folder === path.join(source, 'text');

/** Modules that come with an entry: those that it imports, not those that it loads later. @param {readonly string[]} entries @returns {Set<string>} */
export function modulesOf(entries) {
    const all = new Set(entries.map((file) => path.join(source, file)));
    for (const file of all) {
        for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(/^(?:import|export) (?!type )[^;]*?from '(\.[^']+)\.js';$/gm)) {
            if (!isCatalogue(path.dirname(file))) {
                all.add(path.join(path.dirname(file), `${name}.ts`));
            }
        }
    }
    return all;
}

/** What comes with the page before the first picture. */
export const firstModules = modulesOf(['main.ts', 'login.ts']);

/** The code of a file, without its types. @param {string} file @returns {Promise<string>} */
async function codeOf(file) {
    const { code } = await transformWithOxc(readFileSync(file, 'utf8'), file, { sourcemap: false });
    return code;
}

/** A catalogue. @param {string} file @returns {Promise<Record<string, string>>} */
async function catalogueOf(file) {
    return Object.values(await import(`data:text/javascript,${encodeURIComponent(await codeOf(file))}`))[0];
}

/** A node and every node below it. @param {any} node @returns {any[]} */
function nodesOf(node) {
    return [node, ...Object.values(node).flat().filter((child) => typeof child?.type === 'string').flatMap(nodesOf)];
}

/**
 * Texts that a module asks for: each literal inside a call of `t`, and each group of `word`.
 * @param {any} program
 * @param {string} file
 * @returns {{ keys: string[], groups: string[] }}
 * @throws when a call has no literal: its text would be missing from the first picture
 */
export function textsOf(program, file) {
    /** @type {{ keys: string[], groups: string[] }} */
    const found = { keys: [], groups: [] };
    for (const { type, callee, arguments: args, object, property } of nodesOf(program)) {
        if (type === 'MemberExpression' && object.name === 'en') {
            found.keys.push(property.name);
        } else if (type === 'CallExpression' && (callee.name === 't' || callee.name === 'word')) {
            const literals = nodesOf(args[0]).map(({ value }) => value).filter((value) => typeof value === 'string');
            if (literals.length === 0) {
                throw new Error(`${file}: a call of ${callee.name} names no text`);
            }
            found[callee.name === 't' ? 'keys' : 'groups'].push(...literals);
        }
    }
    return found;
}

/** Whether the first modules name a text. @param {(code: string) => unknown} parse @returns {Promise<(key: string) => boolean>} */
async function named(parse) {
    const files = [...firstModules].filter((file) => !isCatalogue(path.dirname(file)));
    const found = await Promise.all(files.map(async (file) => textsOf(parse(await codeOf(file)), file)));
    const keys = new Set(found.flatMap((one) => one.keys));
    const groups = new Set(found.flatMap((one) => one.groups));
    groups.delete('page'); // the login page has its words in its document
    return (key) => keys.has(key) || (key.includes('.') && groups.has(key.split('.')[0]));
}

/** @returns {import('vite').Plugin} */
export function firstTexts() {
    return {
        name: 'first-texts',
        enforce: 'pre',
        async load(id) {
            const [, whole] = /[/\\]text[/\\]([\w-]+)-first\.ts$/.exec(id) ?? [];
            if (whole === undefined) {
                return null;
            }
            const isNamed = await named((code) => this.parse(code));
            const texts = Object.entries(await catalogueOf(path.join(source, 'text', `${whole}.ts`))).filter(([key]) => isNamed(key));
            const name = whole.replace(/-(\w)/g, (_all, letter) => letter.toUpperCase());
            return { code: `export const ${name} = ${JSON.stringify(Object.fromEntries(texts))};`, moduleType: 'js' };
        },
    };
}
