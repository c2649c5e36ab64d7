// `npm run setup [start|test|all|package|sdk]`: what is missing on this machine, with its size; then installs it.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import readline from 'node:readline/promises';
import { duration, Plain, readSystem, root, run, say, step, systemProblem } from './lib.mjs';
import { downloads, packagesFor, tiers } from './packages.mjs';

/** @typedef {import('./packages.mjs').PackageTier} PackageTier */
/** @typedef {import('./packages.mjs').Package} Package */

const env = { LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
const aptOptions = ['-o', 'DPkg::Lock::Timeout=600', '--no-install-recommends'];

/**
 * Which of these packages are not installed.
 * @param {readonly Package[]} wanted
 * @returns {Promise<Package[]>}
 */
async function missingPackages(wanted) {
    const query = await run(
        ['dpkg-query', '-W', '-f', '${Package} ${Architecture} ${db:Status-Status}\n', ...wanted.map((p) => p.name)],
        { env },
    );
    const native = (await run(['dpkg', '--print-architecture'], { env })).output.trim();
    return wanted.filter((p) => !isInstalled(p.name, query.output, native));
}

/**
 * @param {string} name as apt takes it, possibly with `:architecture`
 * @param {string} listing lines `package architecture status` of dpkg-query
 * @param {string} native this machine's architecture
 */
export function isInstalled(name, listing, native) {
    const [base, foreign] = name.split(':');
    const architectures = foreign === undefined ? [native, 'all'] : [foreign];
    return architectures.some((a) => listing.split('\n').includes(`${base} ${a} installed`));
}

/**
 * Reads the sizes apt names.
 * @param {string} output of `apt-get install --print-uris`
 * @returns {{ count: number, download: string, disk: string } | undefined} undefined: apt did not get that far
 */
export function parseAptSizes(output) {
    const need = /^Need to get ([\d.,]+ [kMG]?B)(?:\/[\d.,]+ [kMG]?B)? of archives/m.exec(output);
    const disk = /^After this operation, ([\d.,]+ [kMG]?B) of additional disk space/m.exec(output);
    const count = /(\d+) newly installed/.exec(output);
    if (!need?.[1] || !count?.[1]) {
        return undefined;
    }
    return { count: Number(count[1]), download: need[1], disk: disk?.[1] ?? '0 B' };
}

/** How a command becomes root's here: a minimal Debian has no sudo. @returns {'' | 'sudo' | 'su'} */
export function rootBy() {
    const has = (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(path.join(folder, 'sudo')));
    return process.getuid?.() === 0 ? '' : has ? 'sudo' : 'su';
}

/**
 * @param {readonly string[]} names @param {boolean} update @param {boolean} foreign
 * @param {'' | 'sudo' | 'su'} by
 * @returns {string} for a shell
 */
export function installCommand(names, update, foreign, by) {
    const install = `apt-get install --no-install-recommends -y ${names.join(' ')}`;
    const before = [...(foreign ? ['dpkg --add-architecture i386'] : []), ...(update || foreign ? ['apt-get update'] : [])];
    const all = [...before, install].join(' && ');
    if (by === 'su') {
        return `su -c '${all}'`;
    }
    return by === '' ? all : before.length > 0 ? `sudo sh -c '${all}'` : `sudo ${all}`;
}

/** Folders with packages of their own: the root's, and peers and servers of others for tests of tier all (75 MB). */
const interop = path.join('tools', 'interop');

/** @param {string} [folder] @returns {boolean} whether its node_modules is what its package-lock.json says */
export function npmIsCurrent(folder = '.') {
    return existsSync(lockMark(folder));
}

/** An empty file whose name tells which package-lock.json was installed; `npm ci` removes the one before. @param {string} folder */
function lockMark(folder) {
    const hash = createHash('sha256').update(readFileSync(path.join(root, folder, 'package-lock.json'))).digest('hex');
    return path.join(root, folder, 'node_modules', `.ocellus-lock-${hash.slice(0, 16)}`);
}

/** @param {string} folder */
async function npmInstall(folder) {
    const name = folder === '.' ? 'npm packages' : `npm packages of ${folder}`;
    await step(name, ['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', path.join(root, folder)]);
    writeFileSync(lockMark(folder), '');
}

/** @param {string} question @returns {Promise<boolean>} */
async function ask(question) {
    const terminal = readline.createInterface({ input: process.stdin, output: process.stdout });
    try {
        const answer = (await terminal.question(`${question} [Y/n] `)).trim().toLowerCase();
        return answer === '' || answer === 'y' || answer === 'yes';
    } finally {
        terminal.close();
    }
}

/** A mirror that is half way through a change must not stop what is installable all the same. */
async function aptUpdate() {
    const outcome = await run(['apt-get', 'update', '-q', '-o', 'Acquire::Retries=3'], { env });
    const note = outcome.code === 0 ? '' : ', not complete: going on with the lists that are there';
    say('apt-get update', duration(outcome.seconds) + note);
}

/**
 * Makes sure that the tier's Debian packages are there.
 * @param {PackageTier} tier
 * @param {import('./lib.mjs').System} system
 * @param {boolean} printOnly
 * @returns {Promise<boolean>} false: something is missing and printOnly was set
 */
async function debianPackages(tier, system, printOnly) {
    const missing = await missingPackages(packagesFor(tier, system.id, system.version));
    if (missing.length === 0) {
        return true;
    }
    const names = missing.map((p) => p.name);
    const foreign =
        names.some((n) => n.endsWith(':i386')) &&
        !(await run(['dpkg', '--print-foreign-architectures'], { env })).output.split('\n').includes('i386');
    // --print-uris only tells; --assume-no would install where nothing but the packages named is needed
    const dryRun = ['apt-get', 'install', ...aptOptions, '--print-uris', ...names];
    const isRoot = process.getuid?.() === 0;
    let sizes = parseAptSizes((await run(dryRun, { env })).output);
    let update = sizes === undefined;
    console.log(`ocellus: the tier "${tier}" needs these packages, which are not installed:`);
    for (const p of missing) {
        console.log(`  ${p.name.padEnd(22)} ${p.why}`);
    }
    if (update && isRoot && !printOnly) {
        await aptUpdate();
        if (foreign) {
            // After the lists of this architecture: apt keeps none of a source's new lists when one of them fails.
            await step('architecture i386', ['dpkg', '--add-architecture', 'i386'], { env });
            await aptUpdate();
        }
        sizes = parseAptSizes((await run(dryRun, { env })).output);
        update = false;
    }
    console.log(
        sizes
            ? `with what they depend on: ${sizes.count} packages, ${sizes.download} to download, ${sizes.disk} on disk`
            : `their size is not known before \`apt-get update\`; on a minimal Debian 12: ${downloads[tier]}`,
    );
    const command = installCommand(names, update, foreign, rootBy());
    if (printOnly) {
        console.log(`OCELLUS_NO_INSTALL=1: nothing is installed. The command:\n  ${command}`);
        return false;
    }
    if (!isRoot) {
        throw new Plain(`packages are missing and only root can install them. Run this once, then try again:\n  ${command}`);
    }
    const interactive = process.stdin.isTTY && process.env['CI'] !== 'true';
    if (interactive && !(await ask('Install them now?'))) {
        throw new Plain(`nothing installed. The command is:\n  ${command}`);
    }
    const install = ['apt-get', 'install', '-y', '-q', ...aptOptions, ...names];
    try {
        await step('Debian packages', install, { env });
    } catch {
        // Lists that are too old name versions the mirror no longer has: refresh them once.
        await aptUpdate();
        await step('Debian packages', install, { env });
    }
    const left = await missingPackages(missing);
    if (left.length > 0) {
        throw new Plain(`apt-get did not install ${left.map((p) => p.name).join(' ')}`);
    }
    return true;
}

/**
 * @param {PackageTier} tier
 * @returns {Promise<number>} exit code: 0 everything is there; 1 something is missing and was only printed
 */
export async function setup(tier) {
    const system = readSystem();
    const problem = systemProblem(system, process.env);
    if (problem) {
        throw new Plain(problem, 2);
    }
    const printOnly = process.env['OCELLUS_NO_INSTALL'] === '1';
    const known = system.id === 'debian' || system.id === 'ubuntu';
    let complete = known ? await debianPackages(tier, system, printOnly) : true;
    if (!npmIsCurrent()) {
        if (printOnly) {
            console.log('npm packages (about 115 MB) are missing or older than package-lock.json. The command:\n  npm ci --ignore-scripts');
            complete = false;
        } else {
            await npmInstall('.');
        }
    }
    if (tier === 'all' && !npmIsCurrent(interop)) {
        if (printOnly) {
            console.log(`npm packages of ${interop} (about 75 MB) are missing. The command:\n  npm ci --ignore-scripts --prefix ${interop}`);
            complete = false;
        } else {
            await npmInstall(interop);
        }
    }
    return complete ? 0 : 1;
}

/** @param {string[]} args @returns {Promise<number>} */
export async function main(args) {
    const tier = tiers.find((t) => t === (args[0] ?? 'start'));
    if (tier === undefined || args.length > 1) {
        throw new Plain(`npm run setup -- ${tiers.join('|')}`, 2);
    }
    const code = await setup(tier);
    if (code === 0) {
        console.log(`ocellus: everything the tier "${tier}" needs is installed`);
    }
    return code;
}
