// The Debian and Ubuntu packages each tier needs, and why. A tier includes the ones before it.
// Every package that a build or a test needs is named here: a fresh machine gets nothing else.

/** @typedef {'start' | 'test' | 'all'} PackageTier */
/**
 * @typedef {object} Package
 * @property {string} name as apt names it; `:i386` at its end means the foreign architecture
 * @property {PackageTier} tier the first tier that needs it
 * @property {string} why one short phrase
 * @property {string} [not] an os-release id where this package does not exist
 */

/** In order of need. @type {readonly PackageTier[]} */
export const tiers = ['start', 'test', 'all'];

/** @type {readonly Package[]} */
export const packages = [
    { name: 'gcc', tier: 'start', why: 'compiles the cores, the engine and the host' },
    { name: 'libc6-dev', tier: 'start', why: 'C headers' },
    { name: 'cmake', tier: 'start', why: 'describes the build' },
    { name: 'ninja-build', tier: 'start', why: 'runs the build' },
    { name: 'pkgconf', tier: 'start', why: 'finds the libraries' },
    { name: 'libuv1-dev', tier: 'start', why: 'event loop of the Linux host' },
    { name: 'libwebsockets-dev', tier: 'start', why: 'HTTP server of the Linux host' },
    { name: 'libssl-dev', tier: 'start', why: 'headers that libwebsockets includes' },
    { name: 'libcap-dev', tier: 'start', why: 'headers that libwebsockets includes' },
    { name: 'zlib1g-dev', tier: 'start', why: 'headers that libwebsockets includes' },

    { name: 'libcmocka-dev', tier: 'test', why: 'unit tests in C' },

    { name: 'ffmpeg', tier: 'all', why: 'ffprobe checks what we write; decodes the clip' },
    { name: 'chromium', tier: 'all', why: 'the viewer page in a real browser', not: 'ubuntu' },
    { name: 'fonts-dejavu-core', tier: 'all', why: 'text in screenshots' },
    { name: 'gcc-multilib', tier: 'all', why: '32-bit build of cores and engine' },
    { name: 'libcmocka-dev:i386', tier: 'all', why: '32-bit unit tests' },
    { name: 'libuv1-dev:i386', tier: 'all', why: '32-bit engine under its runner' },
    { name: 'gcc-xtensa-lx106', tier: 'all', why: 'compiles the cores for Xtensa' },
    { name: 'binutils-xtensa-lx106', tier: 'all', why: 'links them; names the function of a fault' },
    { name: 'picolibc-xtensa-lx106-elf', tier: 'all', why: 'C library of those programs' },
    { name: 'qemu-system-misc', tier: 'all', why: 'bare Xtensa machine that runs them' },
    { name: 'qemu-user', tier: 'all', why: 'Xtensa processes that use sockets' },
];

/**
 * What apt downloads for a tier on a minimal Debian 12 (debootstrap --variant=minbase) with git and
 * Node, measured 2026-11-21; shown while apt has no package lists. @type {Record<PackageTier, string>}
 */
export const downloads = {
    start: '84 MB',
    test: '84 MB',
    all: '460 MB',
};

/**
 * The packages of a tier and of those before it.
 * @param {PackageTier} tier
 * @param {string} system os-release id
 * @returns {Package[]}
 */
export function packagesFor(tier, system) {
    const last = tiers.indexOf(tier);
    return packages.filter((p) => tiers.indexOf(p.tier) <= last && p.not !== system);
}
