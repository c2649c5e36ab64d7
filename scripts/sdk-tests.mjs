// What `npm run test:sdk` builds beyond the product: the applications of tests/apps as archives for the SDK's engine.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { needsBytes, needsResource, parseCapabilities } from '../tools/bundle/needs.mjs';
import { buildFolder } from './build.mjs';
import { jobs, root, step } from './lib.mjs';
import { buildTools, libraries } from './sdk.mjs';
import { archiveOptions, buildArchive, buildProgram, make, place } from './sdk-build.mjs';
import { findSdk, needLibraries } from './sdk-find.mjs';
import { readProduct } from './sdk-manifest.mjs';

/** Where the product of sdk:lin lies, relative to the root. */
export const programFolder = path.join('build', 'sdk', 'bin', 'lin', 'mc', 'release', 'ocellus');

/** The native tests on the cores of that product, below build/. */
export const nativeTestsFolder = 'sdk-cores';

/** One clear line (exit code 2) when there is no SDK: before anything is installed for its tests. */
export function checkSdk() {
    findSdk(buildTools);
}

/**
 * What an application declares: all, or what a line `// needs: …` of its main module names.
 * @param {string} app name of the archive
 * @param {string} main its main module, relative to the root
 * @returns {string} the file without its ending, relative to the root
 */
function writeNeeds(app, main) {
    const named = /^\/\/ needs: (.*)$/m.exec(readFileSync(path.join(root, main), 'utf8'))?.[1] ?? 'all';
    const folder = path.join('build', 'sdk', 'apps', app);
    mkdirSync(path.join(root, folder), { recursive: true });
    writeFileSync(path.join(root, folder, needsResource), needsBytes(parseCapabilities(named)));
    return path.join(folder, path.parse(needsResource).name);
}

/**
 * A manifest that makes an application of tests/apps or examples: the application's, with another main module.
 * @param {string} app name of the archive
 * @param {string} main its main module, relative to the root
 * @returns {string} the file, relative to the root
 */
function writeManifest(app, main) {
    const { modules, compilerOptions } = readProduct(root, 'modules/manifest.json', 'lin');
    const lib = path.join('tests', 'apps', 'lib');
    for (const file of readdirSync(path.join(root, lib))) {
        modules.set(`ocellus/test/apps/${path.parse(file).name}`, path.join(lib, file));
    }
    modules.set('ocellus/app/main', main);
    const ours = JSON.parse(JSON.stringify(compilerOptions['paths']).replaceAll('$(APP)', path.join(root, 'modules')));
    const paths = { 'ocellus/test/apps/*': [path.join(root, lib, '*')], ...ours };
    const manifest = {
        build: { NAME: app },
        include: [path.join(root, 'types', 'manifest.json')],
        // The types of all files were checked at once, before; the SDK compiles one file at a time.
        typescript: { tsconfig: { compilerOptions: { paths, noCheck: true, noResolve: true } } },
        data: { '*': [path.join(root, writeNeeds(app, main))] },
        modules: Object.fromEntries([...modules].map(([name, file]) => [name, path.join(root, file).replace(/\.ts$/, '')])),
    };
    const file = path.join('build', 'sdk', 'apps', app, 'manifest.json');
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), JSON.stringify(manifest, null, 4));
    return file;
}

/** The product, with the test applications beside it, and both archives of the application. */
export async function buildForTests() {
    const sdk = findSdk(buildTools);
    await needLibraries(libraries);
    await buildProgram(sdk, false);
    const apps = readdirSync(path.join(root, 'tests', 'apps')).filter((file) => file.endsWith('.ts'));
    const mains = new Map(apps.map((file) => [`test_app_${path.parse(file).name}`, path.join('tests', 'apps', file)]));
    mains.set('example_viewers', path.join('examples', 'viewers', 'main.ts'));
    const left = [...mains];
    // mcrun compiles one module behind the other, so several archives are made at once.
    const maker = async () => {
        for (let next = left.shift(); next !== undefined; next = left.shift()) {
            const [name, main] = next;
            const folder = await make(sdk, { tool: 'mcrun', manifest: writeManifest(name, main), name, platform: 'lin', options: archiveOptions });
            copyFileSync(path.join(folder, 'mc.xsa'), path.join(root, programFolder, `${name}.xsa`));
        }
    };
    try {
        await Promise.all(Array.from({ length: jobs }, maker));
    } finally {
        left.length = 0; // behind a failure the others begin no more
    }
    place(await buildArchive(sdk, 'lin', false), 'app-lin.xsa');
    place(await buildArchive(sdk, 'esp32/xiao_esp32s3_sense', false), 'app-esp32.xsa');
}

/**
 * The tests of native/, linked to the cores that the SDK's build has compiled into mc.so. Not the thread sanitizer's,
 * which compile cores of their own (variant `release` leaves them out).
 */
export async function buildNativeTests() {
    const folder = path.join('build', nativeTestsFolder);
    const library = path.join(root, programFolder, 'mc.so');
    const options = ['-DOC_VARIANT=release', '-DOC_CORES_ONLY=ON', '-DOC_WERROR=ON', `-DOC_CORES_LIBRARY=${library}`];
    await step('configure native tests', ['cmake', '-S', root, '-B', folder, '-G', 'Ninja', ...options]);
    await step('build native tests', ['cmake', '--build', folder, '-j', String(jobs)]);
}

/**
 * What tests of any program take from build/linux: a sender for the push socket, the program as a viewer, `ocellus app`
 * and the commands of the control socket with their kit, a writer of recordings, and libraries that make disks fail,
 * clocks step and names go unanswered.
 */
export async function buildLinuxParts() {
    const folder = buildFolder('linux');
    const cache = path.join(folder, 'CMakeCache.txt');
    // A folder that `npm start` made holds the product alone.
    if (!existsSync(path.join(folder, 'build.ninja')) || !/^OC_TESTS:BOOL=ON$/m.test(readFileSync(cache, 'utf8'))) {
        await step('configure linux', ['cmake', '-S', root, '-B', folder, '-G', 'Ninja', '-DOC_TESTS=ON', '-DOC_WERROR=ON']);
    }
    const parts = ['ocellus', 'ocellus-peer', 'oc_clip', 'oc_kit', 'push_client', 'disk_faults', 'clock_shift', 'resolver_stub', 'oc-remux'];
    await step('build parts of linux', ['cmake', '--build', folder, '-j', String(jobs), '--target', ...parts]);
}
