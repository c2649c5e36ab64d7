// build/sysroot-arm64: headers and libraries of Debian's arm64 packages, unpacked, not installed. Multiarch does not do:
// libwebsockets-dev of two architectures cannot be installed together, and the libraries of this machine would have to
// be of the very versions. apt resolves and fetches from the sources of this machine, in a state of its own.
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Plain, root, run, say, step } from './lib.mjs';

/** Where it is. */
export const sysrootFolder = path.join(root, 'build', 'sysroot-arm64');
/** Where its libraries are; Debian 12 still has both. */
export const sysrootLibraries = ['lib', 'usr/lib'].map((folder) => path.join(sysrootFolder, folder, 'aarch64-linux-gnu'));
/** Database of dpkg for dpkg-shlibdeps: what the libraries there belong to. */
export const sysrootDatabase = path.join(sysrootFolder, 'dpkg');
const triplet = 'aarch64-linux-gnu';

/** What the product and the tests of the cores are compiled with; the same as for this machine (packages.mjs). */
const wanted = ['libc6-dev', 'libgcc-s1', 'libuv1-dev', 'libwebsockets-dev', 'libssl-dev', 'libjansson-dev', 'libsqlite3-dev', 'libcurl4-openssl-dev', 'libexpat1-dev', 'libmbedtls-dev',
    'libcap-dev', 'zlib1g-dev', 'libcmocka-dev', 'libavformat-dev', 'libswscale-dev', 'libgnutls28-dev', 'libopenh264-dev', 'libseccomp-dev'];

/** So that pkg-config finds what is there only. @type {NodeJS.ProcessEnv} */
export const sysrootEnvironment = {
    PKG_CONFIG_LIBDIR: `${sysrootFolder}/usr/lib/${triplet}/pkgconfig:${sysrootFolder}/usr/share/pkgconfig`,
    PKG_CONFIG_SYSROOT_DIR: sysrootFolder,
};

/** Settings for apt that leave the state of this machine alone. @param {string} state */
const aptConfiguration = (state) => `#clear APT::Architectures;
APT::Architecture "arm64";
APT::Architectures { "arm64"; };
APT::Install-Recommends "false";
APT::Sandbox::User "";
Acquire::Retries "3";
Dir::State "${state}";
Dir::State::status "${state}/status";
Dir::Cache "${state}/cache";
pkgCacheFile::ForceEssential "none";
`;

/** Fetches the packages. @param {string} state an empty folder @returns {Promise<string[]>} files */
async function fetchPackages(state) {
    const archives = path.join(state, 'cache', 'archives');
    mkdirSync(path.join(state, 'lists', 'partial'), { recursive: true });
    mkdirSync(path.join(archives, 'partial'), { recursive: true });
    writeFileSync(path.join(state, 'status'), '');
    writeFileSync(path.join(state, 'apt.conf'), aptConfiguration(state));
    const env = { APT_CONFIG: path.join(state, 'apt.conf'), LC_ALL: 'C' };
    await run(['apt-get', 'update', '-q'], { env }); // other sources of this machine may not have arm64: the next line tells
    await step('packages of arm64', ['apt-get', 'install', '-q', '-y', '--download-only', ...wanted], { env, timeout: 1200 });
    return readdirSync(archives).filter((f) => f.endsWith('.deb')).sort().map((f) => path.join(archives, f));
}

/** A link to /lib/x would leave the folder. @param {string} folder */
function turnLinks(folder) {
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
        const file = path.join(folder, name);
        const target = lstatSync(file).isSymbolicLink() ? readlinkSync(file) : '';
        if (target.startsWith('/')) {
            rmSync(file);
            symlinkSync(path.relative(path.dirname(file), path.join(folder, target)), file);
        }
    }
}

/**
 * Unpacks one package and notes it in the database, its files under the paths they have here.
 * @param {string} deb
 * @param {string} folder where it is unpacked
 * @returns {Promise<string>} its entry
 */
async function unpack(deb, folder) {
    const info = path.join(folder, 'dpkg', 'info');
    const control = path.join(folder, 'control');
    const outcomes = [await run(['dpkg-deb', '-x', deb, folder]), await run(['dpkg-deb', '-e', deb, control]), await run(['dpkg-deb', '-c', deb])];
    if (outcomes.some(({ code }) => code !== 0)) {
        throw new Plain(`${deb}: ${outcomes.find(({ code }) => code !== 0)?.output.trim()}`);
    }
    const entry = readFileSync(path.join(control, 'control'), 'utf8').trimEnd();
    const name = `${/^Package: (.*)$/m.exec(entry)?.[1]}${/^Multi-Arch: same$/m.test(entry) ? ':arm64' : ''}`;
    for (const kind of ['symbols', 'shlibs']) {
        if (existsSync(path.join(control, kind))) {
            renameSync(path.join(control, kind), path.join(info, `${name}.${kind}`));
        }
    }
    rmSync(control, { recursive: true });
    const files = (outcomes[2]?.output ?? '').split('\n').flatMap((line) => / \.(\/.*?)(?: -> .*)?$/.exec(line)?.[1]?.replace(/(.)\/$/, '$1') ?? []);
    writeFileSync(path.join(info, `${name}.list`), files.map((f) => `${path.join(sysrootFolder, f)}\n`).join(''));
    return `${entry.replace('\n', '\nStatus: install ok installed\n')}\n\n`;
}

/** Makes it, unless it is there. */
export async function makeSysroot() {
    const stamp = path.join(sysrootFolder, 'STAMP');
    const hash = createHash('sha256').update(readFileSync(new URL(import.meta.url))).digest('hex');
    if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) {
        say('libraries of arm64', 'nothing to do');
        return;
    }
    mkdirSync(path.join(root, 'build'), { recursive: true });
    const work = mkdtempSync(path.join(root, 'build', 'sysroot-'));
    try {
        const debs = await fetchPackages(path.join(work, 'apt'));
        const folder = path.join(work, 'root');
        mkdirSync(path.join(folder, 'dpkg', 'info'), { recursive: true });
        mkdirSync(path.join(folder, 'dpkg', 'updates'), { recursive: true });
        writeFileSync(path.join(folder, 'dpkg', 'arch'), 'amd64\narm64\n');
        writeFileSync(path.join(folder, 'dpkg', 'info', 'format'), '1\n'); // names of files carry the architecture
        let status = '';
        for (const deb of debs) {
            status += await unpack(deb, folder);
        }
        writeFileSync(path.join(folder, 'dpkg', 'status'), status);
        turnLinks(folder);
        writeFileSync(path.join(folder, 'STAMP'), hash);
        rmSync(sysrootFolder, { recursive: true, force: true });
        renameSync(folder, sysrootFolder);
        say('libraries of arm64', `${debs.length} packages`);
    } finally {
        rmSync(work, { recursive: true, force: true });
    }
}
