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

/** A catalogue. @param {string} file @returns {Promise<Record<string, string>>} */
async function catalogueOf(file) {
    const { code } = await transformWithOxc(readFileSync(file, 'utf8'), file, { sourcemap: false });
    return Object.values(await import(`data:text/javascript,${encodeURIComponent(code)}`))[0];
}

/** Literals and groups of words in the first modules. */
function named() {
    const code = [...firstModules].filter((file) => !isCatalogue(path.dirname(file))).map((file) => readFileSync(file, 'utf8')).join('\n');
    const literals = new Set([...code.matchAll(/'([\w.-]+)'|\ben\.(\w+)/g)].map(([, literal, own]) => literal ?? own));
    const groups = new Set([...code.matchAll(/\bword\('(\w+)'/g)].map(([, group]) => group));
    return (/** @type {string} */ key) => literals.has(key) || (key.includes('.') && groups.has(key.split('.')[0]));
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
            const isNamed = named();
            const texts = Object.entries(await catalogueOf(path.join(source, 'text', `${whole}.ts`))).filter(([key]) => isNamed(key));
            const name = whole.replace(/-(\w)/g, (_all, letter) => letter.toUpperCase());
            return { code: `export const ${name} = ${JSON.stringify(Object.fromEntries(texts))};`, moduleType: 'js' };
        },
    };
}
