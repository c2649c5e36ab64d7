// `npm run package [-- amd64|arm64]`: Debian packages in build/package/<architecture>, and the source that belongs to
// them. debhelper makes them of what CMake and Vite have built (docs/adr/0016-debian-packages.md).
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildPackaged, buildViewer, packageFolder } from './build.mjs';
import { Plain, root, run, say, step } from './lib.mjs';
import { setup } from './setup.mjs';
import { makeSysroot, sysrootDatabase, sysrootEnvironment, sysrootLibraries } from './sysroot.mjs';

/** What packages are made for; the second on the first only. @type {readonly string[]} */
export const architectures = ['amd64', 'arm64'];

/** Where the packages of one architecture are put. @param {string} architecture */
export const packagesFolder = (architecture) => path.join(root, 'build', 'package', architecture);

/** Who the packages name as their maintainer. @param {NodeJS.ProcessEnv} env */
export const maintainer = (env) => `${env['DEBFULLNAME'] ?? 'Ocellus authors'} <${env['DEBEMAIL'] ?? 'ocellus@ocellus.invalid'}>`;

/**
 * The version of the packages: that of package.json and the second of the commit, so that a later commit is an
 * upgrade. The same commit gives the same bytes.
 * @param {string} base of package.json
 * @param {number} epoch seconds of 1970
 * @param {boolean} changed there are uncommitted changes
 */
export function versionOf(base, epoch, changed) {
    const digits = new Date(epoch * 1000).toISOString().replace(/[-:T]/g, '').slice(0, 14);
    return `${base}+git${digits}${changed ? '+changed' : ''}`;
}

/** @param {readonly string[]} argv @returns {Promise<string>} '' when it failed */
async function ask(argv) {
    const { code, output } = await run(argv);
    return code === 0 ? output.trim() : '';
}

/**
 * @typedef {object} Release
 * @property {string} version
 * @property {number} epoch time of everything in the packages, seconds of 1970
 */

/** @returns {Promise<Release>} */
async function readRelease() {
    const base = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).version;
    const given = process.env['SOURCE_DATE_EPOCH'];
    const text = given ?? (await ask(['git', 'log', '-1', '--format=%ct']));
    if (!/^\d{1,11}$/.test(text)) {
        throw new Plain(`SOURCE_DATE_EPOCH: ${given === undefined ? 'neither set nor is this a git repository' : `"${given}" is not a number of seconds`}`, 2);
    }
    const own = process.env['OCELLUS_PACKAGE_VERSION'];
    if (own !== undefined && !/^\d[A-Za-z0-9.+~]*$/.test(own)) {
        throw new Plain(`OCELLUS_PACKAGE_VERSION: "${own}" is not allowed; use a digit, then letters, digits, ".", "+" and "~"`, 2);
    }
    const changed = (await ask(['git', 'status', '--porcelain'])) !== '';
    return { version: own ?? versionOf(base, Number(text), changed), epoch: Number(text) };
}

/** debian/changelog. @param {Release} release */
function changelog({ version, epoch }) {
    const day = new Date(epoch * 1000).toUTCString().replace('GMT', '+0000');
    return `ocellus (${version}) unstable; urgency=medium\n\n  * See CHANGELOG.md in the source.\n\n -- ${maintainer(process.env)}  ${day}\n`;
}

/**
 * What the plug-in opens at run time, which no tool sees: packages of the versions it was built with.
 * @param {string} architecture
 */
async function substitutions(architecture) {
    const env = buildEnvironment(architecture);
    /** @param {string} library */
    const version = async (library) => (await run(['pkg-config', '--modversion', library], { env })).output.trim();
    const major = /^(\d+)\./.exec(await version('libavformat'))?.[1];
    const folder = (await run(['pkg-config', '--variable=libdir', 'openh264'], { env })).output.trim();
    const wels = existsSync(folder) ? readdirSync(folder).flatMap((f) => /^libopenh264\.so\.(\d+)$/.exec(f)?.[1] ?? []) : [];
    if (major === undefined || wels.length === 0) {
        throw new Plain(`packages for ${architecture} need libavformat-dev and libopenh264-dev of that architecture`);
    }
    return `-Vocellus:Devices=libavdevice${major} -Vocellus:OpenH264=libopenh264-${wels.at(-1)}\n`;
}

/** Puts what was built and debian/ into one folder, for debhelper. @param {string} architecture @param {Release} release */
async function stage(architecture, release) {
    const built = packageFolder(architecture);
    const folder = path.join(packagesFolder(architecture), 'source');
    rmSync(packagesFolder(architecture), { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    cpSync(path.join(root, 'packaging', 'debian'), path.join(folder, 'debian'), { recursive: true });
    const files = path.join(folder, 'files');
    for (const name of ['ocellus', 'app.xsa', 'clip.mp4', 'ocellus-ffmpeg']) {
        cpSync(path.join(built, name), path.join(files, name));
    }
    cpSync(path.join(built, 'dev'), path.join(files, 'dev'), { recursive: true });
    cpSync(path.join(packageFolder(architectures[0] ?? ''), 'viewer'), path.join(files, 'viewer'), { recursive: true });
    for (const name of ['packaging/settings.json', 'packaging/environment', 'packaging/ocellus.1', 'docs/service.md', 'NOTICE']) {
        cpSync(path.join(root, name), path.join(files, path.basename(name)));
    }
    const control = path.join(folder, 'debian', 'control');
    writeFileSync(control, readFileSync(control, 'utf8').replace('@MAINTAINER@', maintainer(process.env)));
    writeFileSync(path.join(folder, 'debian', 'changelog'), changelog(release));
    writeFileSync(path.join(folder, 'debian', 'substitutes'), await substitutions(architecture));
    return folder;
}

/** For pkg-config. @param {string} architecture @returns {NodeJS.ProcessEnv} */
const buildEnvironment = (architecture) => (architecture === 'arm64' ? sysrootEnvironment : {});

/** Options of dpkg-shlibdeps: the libraries of another architecture are not those of this machine. @param {string} architecture */
const shlibdepsOptions = (architecture) =>
    architecture === 'arm64' ? [`--admindir=${sysrootDatabase}`, ...sysrootLibraries.map((l) => `-l${l}`)].join(' ') : '';

/** @param {string} architecture @param {Release} release */
async function makePackages(architecture, release) {
    const folder = await stage(architecture, release);
    const env = { SOURCE_DATE_EPOCH: String(release.epoch), LC_ALL: 'C.UTF-8', TZ: 'UTC', DEB_BUILD_OPTIONS: 'nocheck', OC_SHLIBDEPS: shlibdepsOptions(architecture) };
    // -d: Build-Depends are those of scripts/packages.mjs, which are there
    const argv = ['dpkg-buildpackage', `-a${architecture}`, '-b', '-d', '-us', '-uc', '-nc'];
    await step(`packages ${architecture}`, argv, { cwd: folder, env, timeout: 600 });
    rmSync(folder, { recursive: true });
    for (const file of debs(architecture)) {
        say('', path.relative(root, file));
    }
}

/** The packages that were made. @param {string} architecture @returns {string[]} */
export function debs(architecture) {
    const folder = packagesFolder(architecture);
    return existsSync(folder) ? readdirSync(folder).filter((f) => f.endsWith('.deb')).sort().map((f) => path.join(folder, f)) : [];
}

/**
 * The source the packages were made of, with the engine's: whoever hands them on hands this on too (LGPL).
 * @param {Release} release
 */
async function makeSource({ version, epoch }) {
    const file = path.join(root, 'build', 'package', `ocellus-${version}-source.tar.gz`);
    const top = `ocellus-${version}/`;
    const tracked = await ask(['git', 'ls-files', '--cached', '--others', '--exclude-standard', '-z']);
    const list = path.join(root, 'build', 'package', 'source.list');
    const engine = ['build/engine/INTEGRITY', 'build/engine/package'];
    writeFileSync(list, [...tracked.split('\0').filter((name) => name && existsSync(path.join(root, name))), ...engine].join('\0'));
    const same = ['--sort=name', `--mtime=@${epoch}`, '--owner=0', '--group=0', '--numeric-owner', '--mode=go=rX,u+rw', '--format=ustar'];
    const argv = ['tar', ...same, `--transform=s,^,${top},`, '--null', '--files-from', list, '--use-compress-program=gzip -n', '-cf', file];
    await step('source', argv);
    rmSync(list);
    say('', path.relative(root, file));
}

/**
 * Builds and packages.
 * @param {readonly string[]} wanted architectures
 */
export async function packageAll(wanted) {
    const release = await readRelease();
    if (wanted.includes('arm64')) {
        await makeSysroot();
    }
    const first = architectures[0] ?? '';
    for (const architecture of wanted.includes(first) ? wanted : [first, ...wanted]) {
        await buildPackaged(architecture, buildEnvironment(architecture));
    }
    await buildViewer(path.basename(packageFolder(first)));
    for (const architecture of wanted) {
        await makePackages(architecture, release);
    }
    await makeSource(release);
}

/** @param {string[]} args @returns {Promise<number>} */
export async function main(args) {
    const wanted = args.length === 0 ? [...architectures] : args;
    if (wanted.some((name) => !architectures.includes(name)) || new Set(wanted).size !== wanted.length) {
        throw new Plain(`npm run package -- [${architectures.join('|')}]`, 2);
    }
    if (process.arch !== 'x64' || process.platform !== 'linux') {
        throw new Plain('npm run package needs an amd64 machine, which compiles for arm64 too', 2);
    }
    const code = await setup('package');
    if (code !== 0) {
        return code;
    }
    await packageAll(wanted);
    return 0;
}
