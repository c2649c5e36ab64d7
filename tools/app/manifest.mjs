// ocellus.json: what an application is called and what it may do.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Mistakes } from '../bundle/archive.mjs';
import { names, withOthers } from './surface.mjs';

/**
 * @typedef {object} Manifest
 * @property {string} name
 * @property {string} version
 * @property {number} api
 * @property {string[]} capabilities
 */

export const manifestName = 'ocellus.json';
export const manifestMax = 4096; // bytes

/** Of names: also the archive's file and its NAME. */
export const namePattern = /^[a-z0-9][a-z0-9-]{0,31}$/;
export const nameRule = 'a to z, 0 to 9 and "-", at most 32, not "-" first';

/** @param {unknown} value */
const shown = (value) => (value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 60));

/** @type {Readonly<Record<string, (value: any, api: number) => string | undefined>>} what is wrong, by key */
const rules = {
    name: (value) => (typeof value === 'string' && namePattern.test(value) ? undefined : `${shown(value)} is not allowed: ${nameRule}`),
    version: (value) =>
        typeof value === 'string' && /^\d+\.\d+\.\d+[A-Za-z0-9.+-]{0,20}$/.test(value) ? undefined : `${shown(value)} is not allowed: three numbers, as "1.0.0"`,
    api: (value, api) => {
        if (!Number.isInteger(value) || value < 1) return `${shown(value)} is not allowed: a whole number from 1 to ${api}`;
        return value > api ? `${value} is newer than this host, which has ${api}: update ocellus, or write ${api} or less` : undefined;
    },
    capabilities: (value) => (Array.isArray(value) ? undefined : `${shown(value)} is not allowed: a list of ${names.join(', ')}`),
};

/** @param {unknown[]} list @returns {string[]} */
function wrongCapabilities(list) {
    const unknown = list.filter((name) => !names.includes(/** @type {string} */ (name)));
    const twice = list.filter((name, index) => names.includes(/** @type {string} */ (name)) && list.indexOf(name) !== index);
    const lacking = names
        .filter((name) => list.includes(name))
        .flatMap((name) => (withOthers[name] ?? []).filter((other) => !list.includes(other)).map((other) => `"${name}" needs "${other}" too`));
    return [...unknown.map((name) => `${shown(name)} is not known: ${names.join(', ')}`), ...twice.map((name) => `${shown(name)} is there twice`), ...lacking];
}

/**
 * Checks a manifest; throws Mistakes, a line for each.
 * @param {string} text
 * @param {number} api of the host
 * @param {string} [place] for messages
 * @returns {Manifest}
 */
export function parseManifest(text, api, place = manifestName) {
    let value;
    try {
        value = JSON.parse(text);
    } catch (error) {
        throw new Mistakes(`${place}: not JSON: ${/** @type {Error} */ (error).message}`);
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Mistakes(`${place}: not an object`);
    const wrong = Object.keys(value)
        .filter((key) => !Object.hasOwn(rules, key))
        .map((key) => `${place}: "${key.slice(0, 40)}" is not known: ${Object.keys(rules).join(', ')}`);
    for (const [key, rule] of Object.entries(rules)) {
        const why = Object.hasOwn(value, key) ? rule(value[key], api) : 'is missing';
        if (why !== undefined) wrong.push(`${place}: ${key}: ${why}`);
    }
    if (Array.isArray(value.capabilities)) {
        wrong.push(...wrongCapabilities(value.capabilities).map((why) => `${place}: capabilities: ${why}`));
    }
    if (wrong.length > 0) throw new Mistakes(wrong.join('\n'));
    return value;
}

/** Of an application's folder. @param {string} folder @param {number} api @returns {Manifest} */
export function readManifest(folder, api) {
    let text;
    try {
        text = readFileSync(path.join(folder, manifestName), 'utf8');
    } catch (error) {
        const { code } = /** @type {NodeJS.ErrnoException} */ (error);
        const why = code === 'ENOENT' ? 'is missing: "ocellus app new NAME" makes a folder that has one' : `cannot be read: ${code}`;
        throw new Mistakes(`${manifestName} ${why}`);
    }
    if (Buffer.byteLength(text) > manifestMax) throw new Mistakes(`${manifestName}: longer than ${manifestMax} bytes`);
    return parseManifest(text, api);
}
