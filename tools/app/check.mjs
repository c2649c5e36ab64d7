// `ocellus app check`: what an application is, what it may do, and whether this host would run it.
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { Mistakes } from '../bundle/archive.mjs';
import { apiLevel, needsResource } from '../bundle/needs.mjs';
import { NotAnArchive, readArchive } from './archive.mjs';
import { archiveBytesMax, buildApp } from './build.mjs';
import { parseManifest } from './manifest.mjs';
import { bitsOf, meanings, namesOf } from './surface.mjs';

/**
 * @typedef {object} Report
 * @property {string} file
 * @property {number} bytes
 * @property {string} [name]
 * @property {string} [version]
 * @property {number} [api]
 * @property {string[]} [capabilities]
 * @property {string[]} [modules]
 * @property {string[]} [panel]
 * @property {string[]} problems why this host would not run it; empty: it would
 */

/** @param {Buffer | undefined} data ocellus.needs */
function readNeeds(data) {
    if (data === undefined) return { api: apiLevel, bits: 0, problem: undefined };
    if (data.length !== 16 || data.toString('latin1', 0, 4) !== 'OCAP' || data.readUInt32LE(4) !== 1) {
        return { api: 0, bits: 0, problem: 'ocellus.needs: not of a form that this host knows' };
    }
    return { api: data.readUInt32LE(8), bits: data.readUInt32LE(12), problem: undefined };
}

/** @param {import('./archive.mjs').Archive} archive @param {import('./kit.mjs').Kit} kit */
function engineProblem({ engine: [major, minor], intact }, { engine }) {
    if (major !== engine[0] || minor !== engine[1]) {
        return `made for engine version ${major}.${minor}, this host has ${engine.join('.')}: build it again, without --sdk for Linux`;
    }
    return intact ? undefined : 'damaged: its signature is not that of its content';
}

/** @param {string} file @param {import('./kit.mjs').Kit} kit @returns {Report} */
function checkFile(file, kit) {
    const bytes = statSync(file).size;
    /** @type {string[]} */
    const problems = [];
    if (bytes > archiveBytesMax) return { file, bytes, problems: [`larger than ${archiveBytesMax.toLocaleString('en')} bytes`] };
    let archive;
    try {
        archive = readArchive(readFileSync(file));
    } catch (error) {
        if (!(error instanceof NotAnArchive)) throw error;
        return { file, bytes, problems: [error.message] };
    }
    const engine = engineProblem(archive, kit);
    const { api, bits, problem } = readNeeds(archive.resources.get(needsResource));
    const names = [...archive.resources.keys()];
    if (engine !== undefined) problems.push(engine);
    if (problem !== undefined) problems.push(problem);
    if (api > apiLevel) problems.push(`made for API level ${api}, this host has ${apiLevel}: update ocellus`);
    if (names.some((name) => name.endsWith('.natives'))) problems.push('a module names C functions: only the host may');
    if (!archive.modules.includes('ocellus/app/main')) problems.push('no module ocellus/app/main');
    /** @type {{ name?: string, version?: string }} */
    let about = { name: archive.name };
    const text = archive.resources.get('ocellus.json');
    if (text !== undefined) {
        try {
            const manifest = parseManifest(text.toString(), apiLevel);
            about = { name: manifest.name, version: manifest.version };
            if (manifest.api !== api || bitsOf(manifest.capabilities) !== bits) problems.push('ocellus.json says other things than ocellus.needs, which counts');
        } catch (error) {
            if (!(error instanceof Mistakes)) throw error;
            problems.push(...error.message.split('\n'));
        }
    }
    const panel = names.filter((name) => name.startsWith('panel/'));
    return { file, bytes, ...about, api, capabilities: namesOf(bits), modules: archive.modules, panel, problems };
}

/** @param {string} where an archive, or an application's folder, which is built @param {import('./kit.mjs').Kit} kit */
export function checkApp(where, kit) {
    let about;
    try {
        about = statSync(where);
    } catch (error) {
        throw new Mistakes(`${where}: ${/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT' ? 'no such file' : 'cannot be read'}`);
    }
    return checkFile(about.isDirectory() ? buildApp(path.resolve(where), kit).file : where, kit);
}

/** For people. @param {Report} report */
export function describe(report) {
    const { file, bytes, name, version, api, modules = [], panel = [], problems } = report;
    const lines = [`${file}: ${bytes.toLocaleString('en')} bytes`];
    if (name !== undefined) {
        const own = modules.filter((one) => one.startsWith('app/')).length;
        lines.push(`application  ${name}${version === undefined ? '' : ` ${version}`}, for API level ${api}`);
        lines.push(`modules      ${modules.length}, ${own} of them its own${panel.length > 0 ? `; a panel of ${panel.length} files` : ''}`);
        const may = (report.capabilities ?? []).map((one) => `  ${one.padEnd(10)} ${meanings[one] ?? 'not known to this host'}`);
        lines.push(...(may.length > 0 ? ['it may', ...may] : ['it may       nothing of that: it has no capability']));
    }
    lines.push(...(problems.length > 0 ? problems.map((one) => `this host does not run it: ${one}`) : ['this host runs it']));
    return lines.join('\n');
}
