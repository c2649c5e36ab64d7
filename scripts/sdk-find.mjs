// Is the Moddable SDK there, new enough and built? One clear line when not.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { Plain, root, run } from './lib.mjs';

/** The oldest SDK that the manifests work with: XS 17, `native()` in TypeScript, TypeScript 7. */
export const oldest = '8.2.3';
/** Which ESP-IDF that SDK is for; its installer brings an older one, so this is left to Espressif's. */
const idf = 'v6.0';
/** What installs one. */
const how = '`npm run sdk:setup` installs it';

/**
 * @typedef {object} Sdk
 * @property {string} folder MODDABLE, absolute
 * @property {string} version
 * @property {string} bin its tools
 */

/** @param {string} a @param {string} b @returns {boolean} whether version a comes before b */
function before(a, b) {
    const [x, y] = [a, b].map((text) => text.split('.').map(Number));
    const at = [0, 1, 2].find((i) => (x?.[i] ?? 0) !== (y?.[i] ?? 0));
    return at !== undefined && (x?.[at] ?? 0) < (y?.[at] ?? 0);
}

/**
 * @param {string} name of an environment variable
 * @param {string} advice what to do
 * @param {NodeJS.ProcessEnv} env
 * @returns {string} the folder it names
 */
function folderOf(name, advice, env) {
    const folder = env[name];
    if (!folder) {
        throw new Plain(`${name} is not set: ${advice}`, 2);
    }
    if (!existsSync(folder) || !statSync(folder).isDirectory()) {
        throw new Plain(`${name}=${folder} is not a folder: ${advice}`, 2);
    }
    return path.resolve(folder);
}

/**
 * @param {readonly string[]} tools needed in its folder of binaries
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Sdk}
 */
export function findSdk(tools, env = process.env) {
    const folder = folderOf('MODDABLE', `it names the folder of the Moddable SDK, ${oldest} or later; ${how}`, env);
    for (const used of [folder, root]) {
        if (/[\s$#:]/.test(used)) {
            throw new Plain(`the Moddable SDK's makefiles cannot work with the path "${used}": a space, $, # or colon is in it`, 2);
        }
    }
    const file = path.join(folder, 'tools', 'VERSION');
    const version = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
    if (!/^\d+\.\d+\.\d+/.test(version)) {
        throw new Plain(`MODDABLE=${folder} is no Moddable SDK: it has no version in tools/VERSION; ${how}`, 2);
    }
    if (before(version, oldest)) {
        throw new Plain(`the Moddable SDK in ${folder} is ${version}; ${oldest} or later is needed`, 2);
    }
    const bin = path.join(folder, 'build', 'bin', 'lin', 'release');
    const missing = tools.filter((tool) => !existsSync(path.join(bin, tool)));
    if (missing.length > 0) {
        const build = `make -C ${path.join(folder, 'build', 'makefiles', 'lin')}`;
        throw new Plain(`the Moddable SDK's tools are not built (${missing.join(', ')} in ${bin}): \`${build}\``, 2);
    }
    return { folder, version, bin };
}

/** @param {NodeJS.ProcessEnv} [env] @returns {string} the folder of ESP-IDF */
export function findIdf(env = process.env) {
    const advice = `it names the folder of ESP-IDF ${idf}, https://docs.espressif.com/projects/esp-idf`;
    const folder = folderOf('IDF_PATH', advice, env);
    if (!existsSync(path.join(folder, 'export.sh'))) {
        throw new Plain(`IDF_PATH=${folder} is no ESP-IDF: it has no export.sh`, 2);
    }
    return folder;
}

/** The tools of ESP-IDF are installed and in PATH. @param {string} idfPath */
export async function needIdfTools(idfPath) {
    const tools = ['idf.py', 'xtensa-esp32s3-elf-gcc'];
    const outcomes = await Promise.all(tools.map((tool) => run([tool, '--version'])));
    const missing = tools.filter((_tool, i) => outcomes[i]?.code === 127);
    if (missing.length > 0) {
        const how = `\`${idfPath}/install.sh esp32s3\` once, \`. ${idfPath}/export.sh\` in this shell`;
        throw new Plain(`ESP-IDF's tools are not in PATH (${missing.join(', ')}): ${how}`, 2);
    }
}

/**
 * make, and headers and libraries that pkg-config must find.
 * @param {Record<string, string>} wanted name for pkg-config to Debian package
 */
export async function needLibraries(wanted) {
    if ((await run(['make', '--version'])).code === 127) {
        throw new Plain('make is not installed: install the Debian package make', 2);
    }
    for (const [name, debian] of Object.entries(wanted)) {
        const outcome = await run(['pkg-config', '--exists', name]);
        if (outcome.code === 127) {
            throw new Plain('pkg-config is not installed: install the Debian package pkgconf', 2);
        }
        if (outcome.code !== 0) {
            throw new Plain(`${name} is missing: install the Debian package ${debian}`, 2);
        }
    }
}

/** SDK boards whose camera gives JPEG and that have no folder of ours: name to sensor. */
export const sdkBoards = {
    lilygo_t_camera_plus_s3: 'OV2640',
};

/** @param {string} name @returns {string | undefined} why a board that people may try cannot be used */
export function refusal(name) {
    const refused = JSON.parse(readFileSync(path.join(root, 'hosts', 'esp32', 'boards', 'refused.json'), 'utf8'));
    return Object.hasOwn(refused, name) ? refused[name] : undefined;
}

/** @returns {string[]} folders in hosts/esp32/boards, sorted */
export function ownBoards() {
    const folder = path.join(root, 'hosts', 'esp32', 'boards');
    const entries = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name).sort();
}
