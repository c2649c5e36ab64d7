// Reads the project's SDK manifests as mcconfig and mcrun do: which file becomes which module or object.
// What the SDK's own manifests bring is left out: this must work without the SDK.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * @typedef {object} Product
 * @property {Map<string, string>} modules specifier to TypeScript or JSON file, relative to the root
 * @property {string[]} sources C files
 * @property {string[]} preload specifiers
 * @property {string[]} flags of the C compiler, for the SDK's files too
 * @property {Record<string, unknown>} compilerOptions of TypeScript
 * @property {string[]} manifests files read
 * @property {string[]} unmatched patterns that no file matches
 */

/** @typedef {Record<string, any>} Manifest */

/** @param {string} text */
const ofSdk = (text) => text.startsWith('$(');

/** @param {unknown} value @returns {string[]} */
const list = (value) => (Array.isArray(value) ? value : value === undefined ? [] : [value]).map(String);

/**
 * The entry of `platforms` for one platform: `esp32/board` also matches `esp32`, nothing else `...`.
 * @param {Manifest} manifest
 * @param {string} platform
 * @returns {Manifest}
 */
function platformOf(manifest, platform) {
    const platforms = manifest['platforms'] ?? {};
    const parts = platform.split('/');
    for (; parts.length > 0; parts.pop()) {
        const found = platforms[parts.join('/')];
        if (found) {
            return found;
        }
    }
    return platforms['...'] ?? {};
}

/**
 * Files that one pattern of `modules` matches: `./folder/*`, `./folder/name` with any extension.
 * @param {string} folder of the manifest
 * @param {string} pattern
 */
function matches(folder, pattern) {
    const base = path.basename(pattern);
    const where = path.resolve(folder, path.dirname(pattern));
    const prefix = base.endsWith('*') ? base.slice(0, -1) : undefined;
    return readdirSync(where, { withFileTypes: true })
        .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
        .map((entry) => ({ ...path.parse(entry.name), file: path.join(where, entry.name) }))
        .filter((file) => (prefix === undefined ? file.name === base || file.base === base : file.name.startsWith(prefix)))
        .map((file) => ({ file: file.file, ext: file.ext, rest: file.name.slice(prefix?.length ?? 0) }))
        .sort((a, b) => (a.file < b.file ? -1 : 1));
}

/**
 * @param {string} root folder that paths are relative to
 * @param {string} file a manifest, relative to it
 * @param {string} platform e.g. `lin` or `esp32/xiao_esp32s3_sense`
 * @returns {Product}
 */
export function readProduct(root, file, platform) {
    /** @type {Product} */
    const product = { modules: new Map(), sources: [], preload: [], flags: [], compilerOptions: {}, manifests: [], unmatched: [] };
    /** @type {Set<string>} */
    const taken = new Set();
    read(path.resolve(root, file));
    return product;

    /** Included manifests come first, as in the SDK. @param {string} full */
    function read(full) {
        const name = path.relative(root, full);
        if (product.manifests.includes(name)) {
            return;
        }
        product.manifests.push(name);
        const manifest = JSON.parse(readFileSync(full, 'utf8'));
        const parts = [manifest, platformOf(manifest, platform)];
        for (const include of parts.flatMap((part) => list(part['include'])).filter((text) => !ofSdk(text))) {
            read(path.resolve(path.dirname(full), include));
        }
        for (const part of parts) {
            add(path.dirname(full), part);
        }
    }

    /** @param {string} folder @param {Manifest} part */
    function add(folder, part) {
        product.preload.push(...list(part['preload']));
        product.flags.push(...list(part['build']?.['C_FLAGS']));
        Object.assign(product.compilerOptions, part['typescript']?.tsconfig?.compilerOptions);
        for (const [target, patterns] of Object.entries(part['modules'] ?? {})) {
            for (const pattern of target === '~' ? [] : list(patterns).filter((text) => !ofSdk(text))) {
                const found = matches(folder, pattern);
                if (found.length === 0) {
                    product.unmatched.push(pattern);
                }
                for (const match of found) {
                    addFile(match, target.replace('*', match.rest));
                }
            }
        }
    }

    /** @param {{ file: string, ext: string, rest: string }} match @param {string} specifier */
    function addFile(match, specifier) {
        const name = path.relative(root, match.file);
        if (taken.has(name) || name.endsWith('.d.ts') || path.basename(name).startsWith('manifest')) {
            return;
        }
        taken.add(name);
        if (match.ext === '.c') {
            product.sources.push(name);
        } else if (['.ts', '.js', '.json'].includes(match.ext)) {
            product.modules.set(specifier, name);
        }
    }
}
