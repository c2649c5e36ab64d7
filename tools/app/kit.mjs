// Where the parts lie that applications are built with: beside this file in an installation, in build/linux/dev in a
// checkout. The layout is the same (make-kit.mjs).
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The tool cannot work here; one line. */
export class Unable extends Error {}

/**
 * @typedef {object} Service
 * @property {string} specifier
 * @property {string} file relative to the folder of services
 * @property {readonly string[]} imports specifiers
 *
 * @typedef {object} Kit
 * @property {string} folder
 * @property {string} services folder of our services
 * @property {ReadonlyMap<string, Service>} modules by specifier
 * @property {string} types folder of declarations
 * @property {string} template
 * @property {string} xsb
 * @property {string} program `ocellus`
 * @property {string} version of it
 * @property {readonly number[]} engine major and minor
 * @property {ReadonlyMap<string, string>} host modules that an application may import, and the capability that each
 *   needs; '': none
 */

const here = path.dirname(fileURLToPath(import.meta.url));

function findFolder() {
    const given = process.env['OCELLUS_DEV'];
    if (given) return path.resolve(given);
    const installed = path.resolve(here, '..');
    return existsSync(path.join(installed, 'kit.json')) ? installed : path.resolve(here, '../../build/linux/dev');
}

/** @returns {Kit} */
export function findKit() {
    const folder = findFolder();
    const file = path.join(folder, 'kit.json');
    if (!existsSync(file)) throw new Unable(`${file} is missing: run "npm run build" in the checkout, or install the package ocellus-dev`);
    const { version, engine, host, services } = JSON.parse(readFileSync(file, 'utf8'));
    return {
        folder,
        services: path.join(folder, 'services'),
        modules: new Map(services.map((/** @type {Service} */ one) => [one.specifier, one])),
        types: path.join(folder, 'types'),
        template: path.join(folder, 'template'),
        xsb: path.join(folder, 'xsb'),
        program: path.resolve(folder, '..', 'ocellus'),
        version,
        engine,
        host: new Map(Object.entries(host)),
    };
}
