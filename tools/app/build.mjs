// `ocellus app build`: TypeScript is checked and emitted, our services that it imports are linked in, xsb makes the
// archive, which takes its place in one step.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { lowerModule, makeArchive, Mistakes } from '../bundle/archive.mjs';
import { apiLevel, needsBytes, needsResource } from '../bundle/needs.mjs';
import { withAdvice } from './advice.mjs';
import { keepFrames } from './frames.mjs';
import { Unable } from './kit.mjs';
import { manifestName, readManifest } from './manifest.mjs';
import { bitsOf } from './surface.mjs';

/** @typedef {import('./kit.mjs').Kit} Kit */
/** @typedef {import('./manifest.mjs').Manifest} Manifest */

const panelFilesMax = 256;
const panelBytesMax = 4 * 1024 * 1024;
export const archiveBytesMax = 16 * 1024 * 1024; // as the host reads

const othersMs = 120_000; // a build takes half a second; another one may be of a machine that stands still

const mainModule = 'ocellus/app/main';
const ownMain = 'app/main';

/** Files of the tool in an application's folder; made anew by each build. */
export const workName = '.ocellus';

/** @param {string} folder @param {Kit} kit */
export function writeTypesConfig(folder, kit) {
    const types = (/** @type {string} */ name) => path.join(kit.types, name);
    const config = {
        compilerOptions: {
            target: 'ES2022',
            module: 'ES2022',
            moduleResolution: 'bundler',
            moduleDetection: 'force',
            lib: ['ES2022'],
            types: [],
            rootDir: '..',
            strict: true,
            noUncheckedIndexedAccess: true,
            exactOptionalPropertyTypes: true,
            noImplicitOverride: true,
            noImplicitReturns: true,
            noFallthroughCasesInSwitch: true,
            verbatimModuleSyntax: true,
            isolatedModules: true,
            skipLibCheck: true,
            noEmit: true,
            paths: {
                'app/*': ['../src/*'],
                'ocellus/*': [types('ocellus/*')],
                'embedded:*': [types('embedded/*')],
                timer: [types('timer')],
            },
        },
        files: [types('globals.d.ts')],
        include: ['../src'],
    };
    const file = path.join(folder, workName, 'tsconfig.json');
    const text = `${JSON.stringify(config, null, 4)}\n`;
    mkdirSync(path.dirname(file), { recursive: true });
    if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text);
}

/** The compiler of the application's folder, of one above it, or beside the tool. @param {string} folder @param {Kit} kit */
function findCompiler(folder, kit) {
    for (let at = folder; ; at = path.dirname(at)) {
        const file = path.join(at, 'node_modules', 'typescript', 'bin', 'tsc');
        if (existsSync(file)) return file;
        if (at === path.dirname(at)) break;
    }
    const beside = path.join(kit.folder, 'node_modules', 'typescript', 'bin', 'tsc');
    if (existsSync(beside)) return beside;
    throw new Unable(`no TypeScript compiler: run "npm install" in ${folder}`);
}

/**
 * How a compiler is started: its program itself, without the script that finds it, which takes as long as a small check.
 * @param {string} script bin/tsc
 * @returns {string[]}
 */
function startOf(script) {
    const native = path.join(script, '../../..', '@typescript', `typescript-${process.platform}-${process.arch}`, 'lib', 'tsc');
    return existsSync(native) ? [native] : [process.execPath, script];
}

/** Checks and emits. @param {string} folder @param {Kit} kit @returns {string} the folder of JavaScript */
function compile(folder, kit) {
    const config = existsSync(path.join(folder, 'tsconfig.json')) ? folder : path.join(folder, workName);
    const out = path.join(folder, workName, 'js');
    rmSync(out, { recursive: true, force: true }); // or a file that has gone would still be found
    // What the archive is made of is not the application's to choose.
    const forced = ['--noEmit', 'false', '--noEmitOnError', '--sourceMap', '--inlineSources', 'false', '--declaration', 'false'];
    const fixed = ['--strict', '--target', 'ES2022', '--module', 'ES2022', '--rootDir', folder, '--outDir', out, '--pretty', 'false', '--listEmittedFiles', 'false'];
    const [program = '', ...argv] = [...startOf(realpathSync(findCompiler(folder, kit))), '-p', config, ...forced, ...fixed];
    const { status, stdout, stderr, error } = spawnSync(program, argv, { cwd: folder, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
    if (error) throw error;
    // src/main.ts(3,7): error … becomes src/main.ts:3:7: error …, as of every other mistake
    if (status !== 0) throw new Mistakes(withAdvice(`${stdout}${stderr}`.trim().replace(/^(\S.*?)\((\d+),(\d+)\): /gm, '$1:$2:$3: ')));
    const js = path.join(out, 'src');
    for (const file of readdirSync(js, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js'))) {
        const code = readFileSync(path.join(js, file), 'utf8');
        writeFileSync(path.join(js, file), keepFrames(code));
    }
    return js;
}

/**
 * @typedef {object} Linked
 * @property {string[]} inputs for xsb
 * @property {number} own modules of the application
 * @property {number} ours services
 */

class Linker {
    /** @param {string} folder @param {string} js @param {Kit} kit @param {Manifest} manifest */
    constructor(folder, js, kit, manifest) {
        this.folder = folder;
        this.js = js;
        this.kit = kit;
        this.manifest = manifest;
        /** @type {Map<string, string>} file of each module */
        this.files = new Map();
        /** @type {string[]} */
        this.wrong = [];
        this.own = 0;
    }

    /** @param {string} specifier @param {string} place of the import */
    add(specifier, place) {
        if (this.files.has(specifier)) return;
        const needed = this.kit.host.get(specifier);
        if (needed !== undefined) return this.checkGranted(specifier, needed, place);
        if (specifier.startsWith('app/')) return this.addOwn(specifier, place);
        const service = this.kit.modules.get(specifier);
        if (service === undefined) {
            this.wrong.push(`${place}: no module ${specifier}`);
            return;
        }
        this.files.set(specifier, path.join(this.kit.services, service.file));
        for (const each of service.imports) this.add(each, place);
    }

    /** @param {string} specifier @param {string} needed capability, '' none @param {string} place */
    checkGranted(specifier, needed, place) {
        if (needed === '' || this.manifest.capabilities.includes(needed)) return;
        this.wrong.push(`${place}: ${specifier} needs the capability "${needed}": add it to capabilities in ${manifestName}`);
    }

    /** @param {string} specifier @param {string} place */
    addOwn(specifier, place) {
        const part = specifier.slice('app/'.length);
        const file = path.join(this.js, `${part}.js`);
        if (!existsSync(file) || part.split('/').includes('..')) {
            this.wrong.push(`${place}: no module ${specifier}: there is no src/${part}.ts`);
            return;
        }
        this.own++;
        this.files.set(specifier, file);
        const lowered = lowerModule({ specifier, path: `src/${part}.ts`, file, binding: false }, this.folder);
        for (const { specifier: given, target, place: at } of lowered.imports) {
            if (target === undefined) this.wrong.push(`${at}: no module ${given}`);
            else this.add(target, at);
        }
    }
}

/** @param {string} folder @param {Kit} kit @param {Manifest} manifest @param {string} js @returns {Map<string, string>} file of each module */
export function link(folder, kit, manifest, js) {
    const linker = new Linker(folder, js, kit, manifest);
    const main = path.join(folder, workName, 'main.js');
    writeFileSync(main, `import '${ownMain}';\n`);
    writeFileSync(`${main}.map`, JSON.stringify({ version: 3, sources: ['main.js'], names: [], mappings: 'AAAA' }));
    writeFileSync(main, `import '${ownMain}';\n//# sourceMappingURL=main.js.map\n`);
    linker.add(ownMain, manifestName);
    const wrong = [...new Set(linker.wrong)];
    if (wrong.length > 0) throw new Mistakes(wrong.join('\n'));
    return new Map([[mainModule, main], ...linker.files]);
}

/** Files below panel/. @param {string} folder @returns {Map<string, string>} */
function panelFiles(folder) {
    const top = path.join(folder, 'panel');
    /** @type {Map<string, string>} */
    const found = new Map();
    if (!existsSync(top)) return found;
    let bytes = 0;
    /** @param {string} below */
    const walk = (below) => {
        for (const entry of readdirSync(path.join(top, below), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
            const name = path.posix.join(below, entry.name);
            if (entry.name.startsWith('.')) continue;
            if (entry.isDirectory()) {
                walk(name);
                continue;
            }
            if (!entry.isFile()) throw new Mistakes(`panel/${name}: not a regular file`);
            if (!/^[A-Za-z0-9._/-]{1,100}$/.test(name) || name.endsWith('.natives')) {
                throw new Mistakes(`panel/${name}: this name is not allowed: letters, digits, ".", "_" and "-", at most 100, not ending in .natives`);
            }
            found.set(`panel/${name}`, path.join(top, name));
            bytes += statSync(path.join(top, name)).size;
        }
    };
    walk('');
    if (found.size > panelFilesMax) throw new Mistakes(`panel: ${found.size} files: at most ${panelFilesMax}`);
    if (bytes > panelBytesMax) throw new Mistakes(`panel: ${bytes.toLocaleString('en')} bytes: at most ${panelBytesMax.toLocaleString('en')}`);
    return found;
}

/** Resources of an archive. @param {string} folder @param {Manifest} manifest @returns {Map<string, string>} */
export function writeResources(folder, manifest) {
    const needs = path.join(folder, workName, needsResource);
    const shown = path.join(folder, workName, manifestName);
    writeFileSync(needs, needsBytes(bitsOf(manifest.capabilities), manifest.api));
    writeFileSync(shown, JSON.stringify(manifest));
    return new Map([[needsResource, needs], [manifestName, shown], ...panelFiles(folder)]);
}

/**
 * Does work while no other process does in this folder: two builds would write the same files. Throws Unable.
 * @template T @param {string} folder @param {() => T} work @returns {T}
 */
function alone(folder, work) {
    const lock = path.join(folder, workName, 'building'); // names the process
    mkdirSync(path.dirname(lock), { recursive: true });
    for (let waitedMs = 0; ; waitedMs += 50) {
        try {
            writeFileSync(lock, String(process.pid), { flag: 'wx' });
            break;
        } catch (error) {
            if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
        }
        if (waitedMs >= othersMs) throw new Unable(`${lock}: another build of this folder does not end`);
        if (isGone(lock)) rmSync(lock, { force: true });
        else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    }
    try {
        return work();
    } finally {
        rmSync(lock, { force: true });
    }
}

/** True when the process that a lock names has ended without removing it. @param {string} lock */
function isGone(lock) {
    try {
        process.kill(Number(readFileSync(lock, 'utf8')), 0);
        return false;
    } catch (error) {
        return /** @type {NodeJS.ErrnoException} */ (error).code === 'ESRCH';
    }
}

/**
 * What every build begins with: checked sources.
 * @param {string} folder
 * @param {Kit} kit
 */
export function prepareApp(folder, kit) {
    const manifest = readManifest(folder, apiLevel);
    if (!existsSync(path.join(folder, 'src', 'main.ts'))) throw new Mistakes('src/main.ts is missing: it is the application\'s main module');
    writeTypesConfig(folder, kit);
    const js = compile(folder, kit);
    return { manifest, modules: link(folder, kit, manifest, js), resources: writeResources(folder, manifest) };
}

/**
 * @typedef {object} Built
 * @property {string} file
 * @property {number} bytes
 * @property {number} modules
 * @property {Manifest} manifest
 */

/**
 * Throws Mistakes and Unable.
 * @param {string} folder absolute
 * @param {Kit} kit
 * @returns {Built}
 */
export function buildApp(folder, kit) {
    readManifest(folder, apiLevel); // first: nothing is written where no application is
    return alone(folder, () => makeApp(folder, kit));
}

/** @param {string} folder @param {Kit} kit @returns {Built} */
function makeApp(folder, kit) {
    const { manifest, modules, resources } = prepareApp(folder, kit);
    const file = path.join(folder, 'build', `${manifest.name}.xsa`);
    const next = `${file}.new`; // renamed over the other, so that nobody reads half of it
    mkdirSync(path.dirname(file), { recursive: true });
    const inputs = [...modules].map(([specifier, at]) => `${specifier}=${at}`);
    try {
        makeArchive({ xsb: kit.xsb, name: manifest.name, out: next, roots: [folder, kit.services], inputs, lines: true, resources });
    } catch (error) {
        if (/** @type {any} */ (error).status === undefined) throw error;
        throw new Mistakes(''); // xsb has said what is wrong
    }
    const bytes = statSync(next).size;
    if (bytes > archiveBytesMax) throw new Mistakes(`${path.basename(file)}: ${bytes.toLocaleString('en')} bytes: at most ${archiveBytesMax.toLocaleString('en')}`);
    renameSync(next, file);
    return { file, bytes, modules: modules.size, manifest };
}
