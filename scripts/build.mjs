// `npm run build [VARIANT]`: the C parts and bundles by CMake and Ninja, the viewer by Vite, into build/.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { jobs, Plain, root, say, step } from './lib.mjs';
import { setup } from './setup.mjs';
import { makeSysroot } from './sysroot.mjs';

/** See the root CMakeLists.txt. */
export const variants = ['linux', 'debug', 'release', 'm32', 'board32', 'san', 'stress', 'xtensa', 'arm64'];

/** Those with a compiler of their own: its file under cmake/. @type {Record<string, string>} */
const toolchains = { xtensa: 'xtensa.cmake', arm64: 'aarch64.cmake' };

/**
 * @typedef {object} BuildOptions
 * @property {boolean} [tests] build the C tests too (needs libcmocka-dev)
 * @property {boolean} [werror] warnings are errors
 * @property {boolean} [coresOnly] native/ and its tests only
 * @property {readonly string[]} [targets] instead of everything, e.g. `needed` (cmake/needed.cmake)
 */

/**
 * What Ninja did, for the line that is shown.
 * @param {string} output of `cmake --build`
 */
export function ninjaNote(output) {
    if (/ninja: no work to do/.test(output)) {
        return 'nothing to do';
    }
    const last = [...output.matchAll(/^\[(\d+)\/\d+\]/gm)].at(-1);
    return last ? `${last[1]} steps` : '';
}

/** @param {string} variant */
export const buildFolder = (variant) => path.join(root, 'build', variant);

/** @returns {string[]} every CMakeLists.txt, relative to the root */
function cmakeFiles() {
    return ['native', 'hosts', 'modules', 'tools', 'tests', 'bench', 'examples']
        .map((folder) => path.join(root, folder))
        .filter((folder) => existsSync(folder))
        .flatMap((folder) => filesBelow(folder))
        .filter((file) => path.basename(file) === 'CMakeLists.txt')
        .map((file) => path.relative(root, file));
}

/**
 * What pkg-config finds on this machine, as text that changes when headers are installed or removed: names, sizes and
 * times of its files. CMake looks for optional libraries with it, and only when it configures.
 * @param {NodeJS.ProcessEnv} [env]
 */
function pkgConfigState(env = process.env) {
    const asked = spawnSync('pkg-config', ['--variable', 'pc_path', 'pkg-config'], { encoding: 'utf8', env });
    const folders = [env['PKG_CONFIG_PATH'] ?? '', env['PKG_CONFIG_LIBDIR'] ?? asked.stdout ?? ''].join(':').trim().split(':');
    return folders
        .filter((folder) => folder !== '' && existsSync(folder))
        .flatMap((folder) => readdirSync(folder).sort().map((name) => path.join(folder, name)))
        .filter((file) => file.endsWith('.pc'))
        .map((file) => [file, statSync(file, { throwIfNoEntry: false })])
        .map(([file, stat]) => `${file} ${typeof stat === 'object' ? `${stat.size} ${stat.mtimeMs}` : ''}`)
        .join('\n');
}

/** For CMake: what pkg-config found before is looked for again. */
const lookAgain = '-U__pkg_config_checked_*';

/**
 * Runs CMake in a folder unless nothing that it looks at has changed since the last time.
 * @param {string} name for the line that is shown
 * @param {string} folder
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env] beside this process's
 */
async function configure(name, folder, args, env = {}) {
    const stamp = path.join(folder, 'configure.stamp');
    // Ninja notices when a CMakeLists.txt changes, but not when one appears: rooms are added if they exist.
    const state = [args.join(' '), ...cmakeFiles(), pkgConfigState({ ...process.env, ...env })].join('\n');
    if (existsSync(path.join(folder, 'build.ninja')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === state) {
        return;
    }
    await step(`configure ${name}`, ['cmake', '-S', root, '-B', folder, '-G', 'Ninja', lookAgain, ...args], { env });
    writeFileSync(stamp, state);
}

/**
 * Configures and builds one variant. An option that an earlier run switched on stays on, so that
 * `npm start` after `npm test` does not compile everything again with other flags.
 * @param {string} variant
 * @param {BuildOptions} options
 */
export async function buildVariant(variant, options) {
    const folder = buildFolder(variant);
    const cache = path.join(folder, 'CMakeCache.txt');
    const before = existsSync(cache) && existsSync(path.join(folder, 'build.ninja')) ? readFileSync(cache, 'utf8') : '';
    /** @param {string} name @param {boolean | undefined} wanted */
    const flag = (name, wanted) => wanted === true || new RegExp(`^${name}:BOOL=ON$`, 'm').test(before);
    const settings = {
        OC_TESTS: flag('OC_TESTS', options.tests),
        OC_WERROR: flag('OC_WERROR', options.werror),
        OC_CORES_ONLY: options.coresOnly === true,
    };
    const args = Object.entries(settings).map(([name, on]) => `-D${name}=${on ? 'ON' : 'OFF'}`);
    const file = toolchains[variant];
    const kind = file === undefined ? `-DOC_VARIANT=${variant}` : `-DCMAKE_TOOLCHAIN_FILE=${root}/cmake/${file}`;
    await configure(variant, folder, [kind, ...args]);
    const targets = options.targets === undefined ? [] : ['--target', ...options.targets];
    await step(`build ${variant}`, ['cmake', '--build', folder, '-j', String(jobs), ...targets], { note: ninjaNote });
}

/**
 * The engine and its runner for 32 bits. A folder of its own: the rest of the host is not built for
 * 32 bits, its libraries are not asked for. With more targets than the tests': what a bench needs.
 */
export async function buildEngine32(more = /** @type {readonly string[]} */ ([])) {
    const folder = buildFolder('board32-engine');
    const env = { PKG_CONFIG_LIBDIR: '/usr/lib/i386-linux-gnu/pkgconfig:/usr/share/pkgconfig' };
    await configure('engine, 32 bits', folder, ['-DOC_VARIANT=board32', '-DOC_WERROR=ON'], env);
    const targets = ['xsrun', 'oc_archive_app', 'oc_archive_tests', 'plane_xs_test', 'p2p_xs_test', 'app_hour_test', ...more];
    await step('build engine, 32 bits', ['cmake', '--build', folder, '-j', String(jobs), '--target', ...targets], { env, note: ninjaNote });
}

/** Where what is packaged for an architecture is built. @param {string} architecture */
export const packageFolder = (architecture) => buildFolder(`package-${architecture}`);

/**
 * The product as it is packaged, warnings being errors. For another processor than amd64 the bytecode compiler is that
 * of the amd64 build, which must be there.
 * @param {string} architecture
 * @param {NodeJS.ProcessEnv} env
 */
export async function buildPackaged(architecture, env) {
    const folder = packageFolder(architecture);
    const cross = [`-DCMAKE_TOOLCHAIN_FILE=${root}/cmake/aarch64.cmake`, `-DOC_XSB=${packageFolder('amd64')}/xsb`];
    const flags = ['-DOC_VARIANT=linux', '-DOC_PACKAGE=ON', '-DOC_WERROR=ON', '-DOC_TESTS=OFF', ...(architecture === 'arm64' ? cross : [])];
    await configure(`package ${architecture}`, folder, flags, env);
    const targets = ['ocellus', 'ocellus-ffmpeg', 'oc_archive_app', 'oc_clip', 'oc_kit'];
    await step(`build package ${architecture}`, ['cmake', '--build', folder, '-j', String(jobs), '--target', ...targets], { env, note: ninjaNote });
}

/** @param {string} folder @returns {string[]} all files below it, sorted */
function filesBelow(folder) {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .map((name) => path.join(folder, name))
        .filter((file) => statSync(file).isFile())
        .sort();
}

/** @param {readonly string[]} inputs files @returns {string} */
function hashFiles(inputs) {
    const hash = createHash('sha256');
    for (const file of inputs) {
        const data = readFileSync(file);
        hash.update(`${path.relative(root, file)}\0${data.length}\0`).update(data);
    }
    return hash.digest('hex');
}

/** Builds the viewer page when one of its inputs changed. @param {string} variant */
export async function buildViewer(variant) {
    const source = path.join(root, 'viewer');
    const compiler = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const target = path.join(buildFolder(variant), 'viewer');
    const stamp = path.join(buildFolder(variant), 'viewer.stamp');
    const shared = ['base', 'config', 'http'].flatMap((folder) => filesBelow(path.join(root, 'modules', folder)));
    const hash = hashFiles([...filesBelow(source), ...shared, path.join(root, 'package-lock.json'), path.join(root, 'scripts', 'build.mjs')]);
    if (existsSync(path.join(target, 'index.html')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) {
        say('build viewer', 'nothing to do');
        return;
    }
    await step('types of the viewer', [process.execPath, compiler, '-p', source]);
    const vite = path.join(root, 'node_modules', 'vite', 'bin', 'vite.js');
    await step('build viewer', [process.execPath, vite, 'build', source, '--outDir', target, '--emptyOutDir', '--logLevel', 'warn']);
    const player = path.join(source, 'vite.player.config.mjs');
    await step('build the player', [process.execPath, vite, 'build', source, '--config', player, '--outDir', target, '--logLevel', 'warn']);
    compressPage(target);
    mkdirSync(path.dirname(stamp), { recursive: true });
    writeFileSync(stamp, hash);
}

/** Smaller files fit into the packets of their head. */
const compressedFrom = 1024;

/** Puts `FILE.gz` and `FILE.br` beside each file of the page that is smaller so. @param {string} folder */
function compressPage(folder) {
    for (const file of filesBelow(folder)) {
        const plain = readFileSync(file);
        const packed = gzipSync(plain, { level: 9 });
        if (plain.length >= compressedFrom && packed.length < plain.length * 0.9) {
            writeFileSync(`${file}.gz`, packed);
            writeFileSync(`${file}.br`, brotliCompressSync(plain));
        }
    }
}

/**
 * Everything that `ocellus run` needs, in build/linux.
 * @param {BuildOptions} options
 */
export async function buildProduct(options) {
    await buildVariant('linux', { ...options, targets: ['needed'] });
    await buildViewer('linux');
}

/** @param {string[]} args @returns {Promise<number>} */
export async function main(args) {
    const variant = args[0] ?? 'linux';
    if (!variants.includes(variant) || args.length > 1) {
        throw new Plain(`npm run build -- ${variants.join('|')}`, 2);
    }
    const code = await setup(variant === 'linux' ? 'start' : variant === 'arm64' ? 'all' : 'test');
    if (code !== 0) {
        return code;
    }
    const options = { werror: process.env['CI'] === 'true', tests: variant !== 'linux', coresOnly: toolchains[variant] !== undefined };
    if (variant === 'arm64') {
        await makeSysroot();
    }
    if (variant === 'linux') {
        await buildProduct(options);
    } else {
        await buildVariant(variant, options);
    }
    return 0;
}
