// The Debian and Ubuntu packages each tier needs, and why. A tier includes the ones before it.
// Every package that a build or a test needs is named here: a fresh machine gets nothing else.

/** @typedef {'start' | 'test' | 'all' | 'package' | 'sdk'} PackageTier */
/**
 * @typedef {object} Package
 * @property {string} name as apt names it; `:i386` at its end means the foreign architecture, `#` in it stands for the
 *   major version of the system's compiler
 * @property {PackageTier} tier the first tier that needs it
 * @property {readonly PackageTier[]} [also] other tiers that need it
 * @property {string} why one short phrase
 * @property {string} [not] an os-release id where this package does not exist
 */

/**
 * `all` holds `test`, which holds `start`; `package` holds `start`; `sdk` holds `test`, the Moddable SDK itself comes by
 * its own installer. @type {readonly PackageTier[]}
 */
export const tiers = ['start', 'test', 'all', 'package', 'sdk'];

/** Major version of GCC in each supported system. @type {Record<string, string>} */
const compilers = { 'debian 12': '12', 'debian 13': '14', 'ubuntu 24.04': '13' };

/** @type {readonly Package[]} */
export const packages = [
    { name: 'gcc', tier: 'start', why: 'compiles the cores, the engine and the host' },
    { name: 'libc6-dev', tier: 'start', why: 'C headers' },
    { name: 'cmake', tier: 'start', why: 'describes the build' },
    { name: 'ninja-build', tier: 'start', why: 'runs the build' },
    { name: 'pkgconf', tier: 'start', why: 'finds the libraries' },
    { name: 'libuv1-dev', tier: 'start', why: 'event loop of the Linux host' },
    { name: 'libwebsockets-dev', tier: 'start', why: 'HTTP server of the Linux host' },
    { name: 'libssl-dev', tier: 'start', why: 'certificates, passwords, TLS and what viewers are sent sealed; headers that libwebsockets includes' },
    { name: 'libjansson-dev', tier: 'start', why: 'reads the JSON of logins and watch links' },
    { name: 'libsqlite3-dev', tier: 'start', why: 'the index of recordings and events' },
    { name: 'libcurl4-openssl-dev', tier: 'start', why: 'headers for the HTTP requests of applications, which load the library of libcurl4' },
    { name: 'libexpat1-dev', tier: 'start', why: 'headers for the XML of object stores; the library of libexpat1 is loaded' },
    { name: 'libmbedtls-dev', tier: 'start', why: 'DTLS handshakes of viewers' },
    { name: 'libcap-dev', tier: 'start', why: 'headers that libwebsockets includes' },
    { name: 'zlib1g-dev', tier: 'start', why: 'headers that libwebsockets includes' },

    { name: 'libcmocka-dev', tier: 'test', why: 'unit tests in C' },
    { name: 'curl', tier: 'test', why: 'commands of docs/write-your-app.md, as a reader types them' },
    { name: 'libavformat-dev', tier: 'test', also: ['package'], why: 'ocellus-ffmpeg, which is built when this is there' },
    { name: 'libswscale-dev', tier: 'test', also: ['package'], why: 'the same' },
    { name: 'libgnutls28-dev', tier: 'test', also: ['package'], why: 'the TLS library of FFmpeg: certificates of cameras are verified and pinned there' },
    { name: 'libseccomp-dev', tier: 'test', also: ['package'], why: 'filters the system calls of ocellus-ffmpeg' },
    { name: 'ffmpeg', tier: 'test', why: 'makes recordings for tests, plays what we serve, checks what we write' },
    { name: 'openssl', tier: 'test', why: 'makes certificates and keys for tests' },
    { name: 'procps', tier: 'test', why: 'ps: command lines as others see them; sysctl: forwarding' },
    { name: 'tzdata', tier: 'test', why: 'time zones by their names' },
    { name: 'libopenh264-dev', tier: 'test', also: ['package'], why: 'the encoder it opens where no GPL part shall encode' },

    { name: 'spin', tier: 'all', why: 'checks the model of an update for every interleaving' },
    { name: 'libengine-pkcs11-openssl', tier: 'all', why: 'signs updates with a key in a token' },
    { name: 'softhsm2', tier: 'all', why: 'a token in software, for tests' },
    { name: 'opensc', tier: 'all', why: 'pkcs11-tool makes keys in it' },
    { name: 'libusrsctp-dev', tier: 'all', why: 'another SCTP that ours talks to in tests' },
    { name: 'python3-gst-1.0', tier: 'all', why: 'an RTSP camera for tests; webrtcbin as a peer' },
    { name: 'gstreamer1.0-plugins-bad', tier: 'all', why: 'a WebRTC peer with an RSA certificate (webrtcbin, DTLS, SCTP)' },
    { name: 'gir1.2-gst-plugins-bad-1.0', tier: 'all', why: 'the same, for Python' },
    { name: 'gstreamer1.0-nice', tier: 'all', why: 'its ICE' },
    { name: 'janus', tier: 'all', why: 'a WebRTC gateway with an RSA certificate' },
    { name: 'golang-go', tier: 'all', why: 'compiles a peer of Pion, whose SCTP drops what it does not know' },
    { name: 'golang-github-pion-webrtc.v3-dev', tier: 'all', why: 'its sources' },
    { name: 'gir1.2-gst-rtsp-server-1.0', tier: 'all', why: 'the same' },
    { name: 'gstreamer1.0-tools', tier: 'all', why: 'another reader of MPEG-TS' },
    { name: 'gstreamer1.0-plugins-base', tier: 'all', why: 'the same' },
    { name: 'gstreamer1.0-plugins-good', tier: 'all', why: 'the same: MP4 in, RTP out' },
    { name: 'nginx-light', tier: 'all', why: 'a reverse proxy in front of the program; a server with signed links' },
    { name: 'libnginx-mod-rtmp', tier: 'all', why: 'a server of RTMP, read from and pushed to' },
    { name: 'haproxy', tier: 'all', why: 'another one' },
    { name: 'srt-tools', tier: 'all', why: 'a server that live streams are pushed to, by SRT' },
    { name: 'radosgw', tier: 'all', why: 'a real store of S3' },
    { name: 'ceph-mon', tier: 'all', why: 'its cluster' },
    { name: 'ceph-osd', tier: 'all', why: 'the same' },
    { name: 'ceph-common', tier: 'all', why: 'the same: ceph, ceph-authtool, monmaptool' },
    { name: 'chromium', tier: 'all', why: 'the viewer page in a real browser', not: 'ubuntu' },
    { name: 'firefox-esr', tier: 'all', why: 'exports play in another browser too', not: 'ubuntu' },
    { name: 'iproute2', tier: 'all', why: 'networks of their own for peers of others' },
    { name: 'fonts-dejavu-core', tier: 'all', why: 'text in screenshots' },
    { name: 'coturn', tier: 'all', why: 'the STUN and TURN server that ours is tried on; tells the kind of a NAT' },
    { name: 'nftables', tier: 'all', why: 'NATs of every kind' },
    { name: 'ethtool', tier: 'all', why: 'devices that send packets as they are' },
    { name: 'iputils-ping', tier: 'all', why: 'round trips through them' },
    // gcc-multilib itself goes together with no cross compiler
    { name: 'gcc-#-multilib', tier: 'all', why: '32-bit build of cores and engine' },
    { name: 'libcmocka-dev:i386', tier: 'all', why: '32-bit unit tests' },
    { name: 'libuv1-dev:i386', tier: 'all', why: '32-bit engine under its runner' },
    { name: 'gcc-xtensa-lx106', tier: 'all', why: 'compiles the cores for Xtensa' },
    { name: 'binutils-xtensa-lx106', tier: 'all', why: 'links them; names the function of a fault' },
    { name: 'picolibc-xtensa-lx106-elf', tier: 'all', why: 'C library of those programs' },
    { name: 'qemu-system-misc', tier: 'all', why: 'bare Xtensa machine that runs them' },
    { name: 'qemu-user', tier: 'all', also: ['package'], why: 'Xtensa processes that use sockets; programs for arm64' },

    { name: 'gcc-#-aarch64-linux-gnu', tier: 'all', also: ['package'], why: 'compiles for arm64; its libraries are fetched by scripts/sysroot.mjs' },
    { name: 'debhelper', tier: 'all', also: ['package'], why: 'makes the Debian packages' },
    { name: 'lintian', tier: 'all', also: ['package'], why: 'judges them' },
    { name: 'systemd', tier: 'all', also: ['package'], why: 'systemd-analyze judges the unit of the service' },
    { name: 'debootstrap', tier: 'all', also: ['package'], why: 'a fresh Debian to install them in' },
    { name: 'systemd-container', tier: 'all', also: ['package'], why: 'starts that Debian with the service' },

    { name: 'libglib2.0-dev', tier: 'sdk', why: 'event loop of what the SDK builds for Linux' },
    { name: 'make', tier: 'sdk', why: 'runs the builds of the SDK' },
    { name: 'xvfb', tier: 'sdk', why: 'a screen for the simulator' },
    { name: 'xdotool', tier: 'sdk', why: 'presses the keys of its panel' },
    { name: 'imagemagick', tier: 'sdk', why: 'looks at the screen' },
];

/**
 * What apt downloads for a tier on a minimal Debian 12 (debootstrap --variant=minbase) with git and
 * Node, measured 2026-11-21 (as apt reckons them: sdk, package, 80 MB of arm64 compiler, debhelper and lintian in all; 87 MB of FFmpeg in test, 36 MB of GStreamer, 91 MB of peers of others and
 * 68 MB of the store of S3, measured 2026-11-23, in all); shown while apt has no package lists. @type {Record<PackageTier, string>}
 */
export const downloads = {
    start: '85 MB',
    test: '172 MB',
    all: '748 MB',
    package: '237 MB',
    sdk: '231 MB',
};

/**
 * The packages of a tier and of those it holds.
 * @param {PackageTier} tier
 * @param {string} system os-release id
 * @param {string} [version] os-release version
 * @returns {Package[]}
 */
export function packagesFor(tier, system, version = '12') {
    /** @type {Record<PackageTier, readonly PackageTier[]>} */
    const holds = {
        start: ['start'],
        test: ['start', 'test'],
        all: ['start', 'test', 'all'],
        package: ['start', 'package'],
        sdk: ['start', 'test', 'sdk'],
    };
    const compiler = compilers[`${system} ${version}`] ?? compilers['debian 12'] ?? '';
    return packages
        .filter((p) => (holds[tier].includes(p.tier) || p.also?.includes(tier)) && p.not !== system)
        .map((p) => ({ ...p, name: p.name.replace('#', compiler) }));
}
