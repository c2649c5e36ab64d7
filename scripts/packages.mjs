// The Debian and Ubuntu packages each tier needs, and why. A tier includes the ones before it.
// Every package that a build or a test needs is named here: a fresh machine gets nothing else.

/** @typedef {'start' | 'test' | 'all' | 'sdk'} PackageTier */
/**
 * @typedef {object} Package
 * @property {string} name as apt names it; `:i386` at its end means the foreign architecture
 * @property {PackageTier} tier the first tier that needs it
 * @property {'sdk'} [also] another tier that needs it
 * @property {string} why one short phrase
 * @property {string} [not] an os-release id where this package does not exist
 */

/** `all` holds `test`, which holds `start`; `sdk` holds `test`, the Moddable SDK itself comes by its own installer. @type {readonly PackageTier[]} */
export const tiers = ['start', 'test', 'all', 'sdk'];

/** @type {readonly Package[]} */
export const packages = [
    { name: 'gcc', tier: 'start', why: 'compiles the cores, the engine and the host' },
    { name: 'libc6-dev', tier: 'start', why: 'C headers' },
    { name: 'cmake', tier: 'start', why: 'describes the build' },
    { name: 'ninja-build', tier: 'start', why: 'runs the build' },
    { name: 'pkgconf', tier: 'start', why: 'finds the libraries' },
    { name: 'libuv1-dev', tier: 'start', why: 'event loop of the Linux host' },
    { name: 'libwebsockets-dev', tier: 'start', why: 'HTTP server of the Linux host' },
    { name: 'libssl-dev', tier: 'start', why: 'certificates, passwords and TLS; headers that libwebsockets includes' },
    { name: 'libcap-dev', tier: 'start', why: 'headers that libwebsockets includes' },
    { name: 'zlib1g-dev', tier: 'start', why: 'headers that libwebsockets includes' },

    { name: 'libcmocka-dev', tier: 'test', why: 'unit tests in C' },
    { name: 'libavformat-dev', tier: 'test', why: 'the FFmpeg plug-in, which is built when this is there' },
    { name: 'libswscale-dev', tier: 'test', why: 'the same' },
    { name: 'libopenh264-dev', tier: 'test', why: 'the encoder it opens where no GPL part shall encode' },

    { name: 'ffmpeg', tier: 'all', also: 'sdk', why: 'ffprobe checks what we write; decodes the clip' },
    { name: 'python3-gst-1.0', tier: 'all', why: 'an RTSP camera for tests' },
    { name: 'gir1.2-gst-rtsp-server-1.0', tier: 'all', why: 'the same' },
    { name: 'gstreamer1.0-plugins-base', tier: 'all', why: 'the same' },
    { name: 'gstreamer1.0-plugins-good', tier: 'all', why: 'the same: MP4 in, RTP out' },
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

    { name: 'libglib2.0-dev', tier: 'sdk', why: 'event loop of what the SDK builds for Linux' },
    { name: 'make', tier: 'sdk', why: 'runs the builds of the SDK' },
    { name: 'xvfb', tier: 'sdk', why: 'a screen for the simulator' },
    { name: 'xdotool', tier: 'sdk', why: 'presses the keys of its panel' },
    { name: 'imagemagick', tier: 'sdk', why: 'looks at the screen' },
];

/**
 * What apt downloads for a tier on a minimal Debian 12 (debootstrap --variant=minbase) with git and
 * Node, measured 2026-11-21 (as apt reckons them: sdk; 56 MB of FFmpeg in test, 36 MB of GStreamer in
 * all); shown while apt has no package lists. @type {Record<PackageTier, string>}
 */
export const downloads = {
    start: '84 MB',
    test: '140 MB',
    all: '505 MB',
    sdk: '230 MB',
};

/**
 * The packages of a tier and of those before it.
 * @param {PackageTier} tier
 * @param {string} system os-release id
 * @returns {Package[]}
 */
export function packagesFor(tier, system) {
    /** @type {readonly PackageTier[]} */
    const held = tier === 'sdk' ? ['start', 'test', 'sdk'] : tiers.slice(0, tiers.indexOf(tier) + 1);
    return packages.filter((p) => (held.includes(p.tier) || p.also === tier) && p.not !== system);
}
