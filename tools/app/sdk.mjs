// `ocellus app build --sdk`: the same modules and resources as an archive for XS 17, made by the Moddable SDK's mcrun.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { prepareApp } from './build.mjs';
import { Unable } from './kit.mjs';
import { renameFiles } from './sdk-archive.mjs';

function findSdk() {
    const folder = process.env['MODDABLE'];
    if (!folder) throw new Unable('--sdk: MODDABLE is not set: it names the folder of the Moddable SDK');
    const bin = path.join(folder, 'build', 'bin', 'lin', 'release');
    if (!existsSync(path.join(bin, 'mcrun'))) throw new Unable(`--sdk: ${bin} has no mcrun: build the tools of the SDK`);
    return { folder, bin };
}

/**
 * The same sources give the same bytes in any folder: stacks and xsbug show names as on Linux. With `debug` the names
 * are the files of this machine, which xsbug then opens.
 * @param {string} folder
 * @param {import('./kit.mjs').Kit} kit
 * @param {boolean} debug
 * @returns {import('./build.mjs').Built}
 */
export function buildForSdk(folder, kit, debug) {
    const sdk = findSdk();
    const { manifest, modules, resources } = prepareApp(folder, kit);
    // In a folder of its own: the SDK's make cannot take a path with blanks.
    const work = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'ocellus-sdk-')));
    try {
        const { staged, names } = stage(work, folder, kit, modules, debug);
        const archive = renameFiles(readFileSync(run(sdk, manifest.name, work, staged, resources)), names);
        if (archive.includes(work)) throw new Unable(`--sdk: the archive names files in ${work}`);
        return finish(folder, manifest, archive, modules.size);
    } finally {
        rmSync(work, { recursive: true, force: true });
    }
}

/**
 * Copies JavaScript and maps.
 * @param {string} work
 * @param {string} folder
 * @param {import('./kit.mjs').Kit} kit
 * @param {ReadonlyMap<string, string>} modules
 * @param {boolean} debug
 * @returns {{ staged: Map<string, string>, names: Map<string, string> }} file of each module; for each source as the
 *   compiler names it how it shall be shown
 */
function stage(work, folder, kit, modules, debug) {
    /** @type {Map<string, string>} */
    const staged = new Map();
    /** @type {Map<string, string>} */
    const names = new Map();
    for (const [specifier, file] of modules) {
        const map = JSON.parse(readFileSync(`${file}.map`, 'utf8'));
        const source = path.resolve(path.dirname(file), map.sources[0]);
        const root = [folder, kit.services].find((one) => source.startsWith(`${one}${path.sep}`)) ?? path.dirname(source);
        const shown = path.relative(root, source);
        const place = path.join(work, 'source', shown.replace(/\.ts$/, '.js'));
        mkdirSync(path.dirname(place), { recursive: true });
        copyFileSync(file, place);
        // xsc leaves all lines out when the source is not there; beside the JavaScript mcrun would take it instead.
        const there = path.join(work, 'ts', shown);
        mkdirSync(path.dirname(there), { recursive: true });
        writeFileSync(there, '');
        writeFileSync(`${place}.map`, JSON.stringify({ ...map, sources: [path.relative(path.dirname(place), there)] }));
        staged.set(specifier, place);
        names.set(there, debug && existsSync(source) ? source : shown);
    }
    return { staged, names };
}

/**
 * @param {{ folder: string, bin: string }} sdk
 * @param {string} name
 * @param {string} work
 * @param {ReadonlyMap<string, string>} modules
 * @param {ReadonlyMap<string, string>} resources
 * @returns {string} the archive
 */
function run(sdk, name, work, modules, resources) {
    /** @type {Map<string, string>} */
    const data = new Map();
    for (const [name_, file] of resources) {
        const place = path.join(work, 'data', name_);
        mkdirSync(path.dirname(place), { recursive: true });
        copyFileSync(file, place);
        data.set(name_, place);
    }
    // mcrun takes names without their ending, and keeps that of a resource
    const without = (/** @type {string} */ file) => file.slice(0, file.length - path.extname(file).length);
    const job = {
        build: { NAME: name },
        modules: Object.fromEntries([...modules].map(([specifier, file]) => [specifier, without(file)])),
        data: Object.fromEntries([...data].map(([name_, file]) => [without(name_), without(file)])),
    };
    const out = path.join(work, 'out');
    mkdirSync(out);
    writeFileSync(path.join(work, 'manifest.json'), JSON.stringify(job, null, 4));
    // Lines are for stacks in release builds too (hosts/sdk/oc_sdk_lines.c).
    const argv = ['-dn', '-m', '-p', 'lin', '-t', 'build', '-o', out, '-f', 'x', '-noCheckModule', path.join(work, 'manifest.json')];
    const env = { ...process.env, MODDABLE: sdk.folder, PATH: [sdk.bin, process.env['PATH']].join(path.delimiter) };
    const { status, stdout, stderr, error } = spawnSync(path.join(sdk.bin, 'mcrun'), argv, { cwd: work, env, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
    const made = path.join(out, 'bin', 'lin', 'mc', 'debug', name, 'mc.xsa');
    if (error || status !== 0 || !existsSync(made)) throw new Unable(`--sdk: mcrun failed:\n${error?.message ?? `${stdout}${stderr}`.trim().split('\n').slice(-12).join('\n')}`);
    return made;
}

/**
 * @param {string} folder
 * @param {import('./manifest.mjs').Manifest} manifest
 * @param {Buffer} archive
 * @param {number} modules
 */
function finish(folder, manifest, archive, modules) {
    const file = path.join(folder, 'build', `${manifest.name}-sdk.xsa`);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(`${file}.new`, archive);
    renameSync(`${file}.new`, file);
    return { file, bytes: statSync(file).size, modules, manifest };
}
