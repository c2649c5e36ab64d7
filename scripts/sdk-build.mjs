// Runs mcconfig and mcrun of the Moddable SDK on the project's manifests. Output below build/sdk.
// Only ever `-t build`: the SDK's other targets end running simulators and serial connections by name.
import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildFolder, buildViewer } from './build.mjs';
import { Plain, root, run, step } from './lib.mjs';
import { readProduct } from './sdk-manifest.mjs';

/** @typedef {import('./sdk-find.mjs').Sdk} Sdk */

/** Everything the SDK makes. */
export const output = path.join(root, 'build', 'sdk');

/** @param {string} file @returns {string} e.g. `build/sdk/app.xsa, 35,907 bytes` */
export const described = (file) => `${path.relative(root, file)}, ${statSync(file).size.toLocaleString('en')} bytes`;

const packages = path.join(root, 'node_modules');

/** The compiler's program itself comes before the script that finds it, which takes as long as a module. */
const compilers = [path.join(packages, '@typescript', `typescript-${process.platform}-${process.arch}`, 'lib'), path.join(packages, '.bin')];

/** @param {Sdk} sdk @returns {NodeJS.ProcessEnv} MODDABLE, its tools and this project's TypeScript */
export const environment = (sdk) => ({
    MODDABLE: sdk.folder,
    PATH: [sdk.bin, ...compilers, process.env['PATH']].join(path.delimiter),
});

/**
 * @typedef {object} Job
 * @property {'mcconfig' | 'mcrun'} tool
 * @property {string} manifest relative to the root
 * @property {string} name NAME of its build section
 * @property {string} platform `lin`, `esp32/NAME` or `esp32:FOLDER`
 * @property {boolean} [debug]
 * @property {readonly string[]} [options]
 */

/** Where the SDK's tools put it. @param {Job} job @param {'tmp' | 'bin'} kind */
function folderOf(job, kind) {
    const [platform = '', board = ''] = job.platform.split(/[/:](.*)/);
    const below = platform === 'lin' ? 'mc' : job.tool === 'mcconfig' ? path.basename(board) : '';
    return path.join(output, kind, platform, below, job.debug ? 'debug' : 'release', job.name);
}

/**
 * What must not change under a half-built product: a module that goes or moves leaves a file that the
 * SDK's linker still takes, and other versions of the tools do not make the files again.
 * @param {Sdk} sdk
 * @param {string} manifest
 * @param {string} platform
 * @returns {string[]}
 */
export function stampOf(sdk, manifest, platform) {
    const typescript = JSON.parse(readFileSync(path.join(root, 'node_modules', 'typescript', 'package.json'), 'utf8'));
    const { modules, flags } = readProduct(root, manifest, platform);
    const lines = [...modules].map(([specifier, file]) => `${specifier} ${file}`).sort();
    return [`sdk ${sdk.version} ${sdk.folder}`, `typescript ${typescript.version}`, `flags ${flags.join(' ')}`, ...lines];
}

/** @param {readonly string[]} files @returns {string} SHA-256 over their contents */
const sumOf = (files) =>
    createHash('sha256')
        .update(Buffer.concat(files.map((file) => readFileSync(file))))
        .digest('hex');

/**
 * Removes what an earlier build left when it is out of date in a way the SDK's make does not see.
 * @param {string} folder what to remove
 * @param {readonly string[]} stamp
 * @param {string} [file] where it is kept
 * @returns {boolean} whether something was removed
 */
export function refresh(folder, stamp, file = `${folder}.stamp`) {
    const before = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
    const stale = existsSync(folder) && (before.length === 0 || before.some((line) => !stamp.includes(line)));
    if (stale) {
        rmSync(folder, { recursive: true });
    }
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, stamp.join('\n') + '\n');
    return stale;
}

/** @param {string} text what mcconfig printed @returns {string} for the line that is shown */
function note(text) {
    const counts = [...text.matchAll(/^# (cc|tsc) /gm)].map((match) => match[1]);
    const c = counts.filter((kind) => kind === 'cc').length;
    return counts.length === 0 ? 'nothing compiled' : `${c} C files, ${counts.length - c} modules`;
}

/**
 * The SDK takes one of two files of the same name, one of them perhaps its own, and says nothing.
 * @param {string} makefile text of what mcconfig or mcrun wrote
 * @param {import('./sdk-manifest.mjs').Product} product
 * @param {string} [folder] that the product's paths are relative to
 */
export function nothingLost(makefile, product, folder = root) {
    const words = new Set(makefile.split(/[\s:]+/));
    const lost = [...product.sources, ...product.modules.values()].find((file) => !words.has(path.join(folder, file)));
    if (lost !== undefined) {
        throw new Plain(`${lost} is not built: the SDK has another file of that name`);
    }
}

/**
 * mcconfig or mcrun on one manifest.
 * @param {Sdk} sdk
 * @param {Job} job
 * @returns {Promise<string>} the folder of what it made
 */
export async function make(sdk, job) {
    await checkTypes();
    const product = readProduct(root, job.manifest, job.platform);
    if (product.unmatched.length > 0) {
        throw new Plain(`${job.manifest}: no file matches ${product.unmatched.join(', ')}`);
    }
    mkdirSync(output, { recursive: true });
    const work = folderOf(job, 'tmp');
    refresh(work, stampOf(sdk, job.manifest, job.platform));
    const argv = [
        path.join(sdk.bin, job.tool),
        ...(job.debug ? ['-dn'] : []),
        ...['-m', '-p', job.platform, '-t', 'build', '-o', output],
        ...(job.options ?? []),
        path.join(root, job.manifest),
    ];
    const { output: text } = await step(`${job.name} for ${job.platform}${job.debug ? ', debug' : ''}`, argv, { env: environment(sdk), note });
    nothingLost(readFileSync(path.join(work, 'makefile'), 'utf8'), product);
    for (const [line] of text.matchAll(/^### warning: ocellus\/.*$/gm)) {
        console.log(line);
    }
    return folderOf(job, 'bin');
}

/** @type {Promise<unknown> | undefined} */
let typesChecked;

/**
 * All types at once, once per run. The SDK's make looks at a file again only when that file changed, not when
 * one that it imports did.
 */
function checkTypes() {
    const compiler = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    typesChecked ??= step('types', [process.execPath, compiler, '-p', root]);
    return typesChecked;
}

/** For mcrun: no module about pixel formats. */
export const archiveOptions = ['-f', 'x', '-noCheckModule'];

/**
 * The application as one archive, the same for every platform.
 * @param {Sdk} sdk
 * @param {string} platform
 * @param {boolean} debug
 * @returns {Promise<string>} the file
 */
export async function buildArchive(sdk, platform, debug) {
    const job = { manifest: 'modules/manifest.json', name: 'app', platform, debug, options: archiveOptions };
    const folder = await make(sdk, { tool: 'mcrun', ...job });
    return path.join(folder, platform === 'lin' ? 'mc.xsa' : 'app.xsa');
}

/** Copies a product to the top of build/sdk. @param {string} file @param {string} name @returns {string} the copy */
export function place(file, name) {
    const copy = path.join(output, name);
    copyFileSync(file, copy);
    return copy;
}

/**
 * The loader without a display: opens the mc.so beside it.
 * @param {Sdk} sdk
 * @param {string} folder where it goes
 */
export async function buildLoader(sdk, folder) {
    const source = path.join(root, 'hosts', 'sim', 'headless', 'oc_headless.c');
    const headers = [path.join(root, 'hosts', 'sim', 'oc_sim.h'), path.join(sdk.folder, 'build', 'simulators', 'modules', 'screen.h')];
    const file = path.join(folder, 'ocellus-lin');
    const stamp = path.join(output, 'tmp', 'loader', `${path.relative(output, folder).replaceAll(path.sep, '-')}.stamp`);
    refresh(file, [`inputs ${sumOf([source, ...headers])}`], stamp);
    if (existsSync(file)) {
        return;
    }
    const flags = await run(['pkg-config', '--cflags', '--libs', 'glib-2.0']);
    const warnings = ['-Wall', '-Wextra', '-Werror', '-Wno-unused-parameter'];
    const folders = headers.map((header) => `-I${path.dirname(header)}`);
    const argv = ['cc', '-std=gnu11', '-O2', ...warnings, '-DmxLinux=1', ...folders, '-o', file, source];
    await step('loader', [...argv, ...flags.output.trim().split(/\s+/), '-ldl']);
}

/**
 * Puts what the program reads, and the loader, beside mc.so. The SDK's make calls it (hosts/sdk/make.lin.mk).
 * @param {Sdk} sdk
 * @param {string} folder of mc.so
 * @param {boolean} debug
 */
export async function buildBeside(sdk, folder, debug) {
    const archive = await buildArchive(sdk, 'lin', debug);
    await buildViewer('linux');
    await buildLoader(sdk, folder);
    const beside = { 'app.xsa': archive, 'clip.mp4': path.join(root, 'assets', 'clip.mp4'), NOTICE: path.join(root, 'NOTICE') };
    for (const [name, file] of Object.entries(beside)) {
        copyFileSync(file, path.join(folder, name));
    }
    rmSync(path.join(folder, 'viewer'), { recursive: true, force: true });
    cpSync(path.join(buildFolder('linux'), 'viewer'), path.join(folder, 'viewer'), { recursive: true });
}

/**
 * The program for a screen: mc.so with everything it reads beside it.
 * @param {Sdk} sdk
 * @param {boolean} debug
 * @returns {Promise<string>} the file
 */
export async function buildProgram(sdk, debug) {
    const folder = await make(sdk, { tool: 'mcconfig', manifest: 'manifest.json', name: 'ocellus', platform: 'lin', debug });
    return path.join(folder, 'mc.so');
}

/**
 * The firmware of an ESP32-S3 board; not flashed.
 * @param {Sdk} sdk
 * @param {string} platform `esp32/NAME` or `esp32:FOLDER`
 * @param {boolean} debug
 * @returns {Promise<string>} the folder of what was made
 */
export function buildFirmware(sdk, platform, debug) {
    return make(sdk, { tool: 'mcconfig', manifest: 'manifest.json', name: 'ocellus', platform, debug });
}
