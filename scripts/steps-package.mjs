// The steps for another processor and for the Debian packages: of `npm run test:all`, and `npm run test:package`.
import { buildVariant } from './build.mjs';
import { architectures, packageAll } from './package.mjs';
import { ava, build, ctest, replayed } from './step-kinds.mjs';
import { makeSysroot } from './sysroot.mjs';

/** @typedef {import('./step-kinds.mjs').Step} Step */

/**
 * Of each core what can differ there: characters without a sign, the order of bytes and bits, atomics, records. The rest is
 * the same arithmetic as on x86-64; that all of the product compiles is shown by its package.
 */
const onArm = ['mailbox_test', 'table_test', 'json_test', 'hist_test', 'crypto_test', 'crc32c_test', 'redact_test', 'h264_test', 'aac_test',
    'fmp4_test', 'mp4_read_test', 'handoff_test', 'capture_push_test', 'push_wire_test', 'ring_test', 'playlist_test', 'recover_test',
    'hls_query_test', 'stun_vector_test', 'ice_connect_test', 'turn_peer_test', 'sdp_test', 'dcep_test', 'dtls_test', 'dtls_hello_test',
    'sctp_link_test', 'sctp_wire_test', 'play_reader_test', 'peer_open_test', 'viewers_test', 'view_flow_test', 'plane_test', 'plane_sub_test'];

/** The cores for 64-bit ARM. @type {readonly Step[]} */
export const arm64Steps = [
    {
        name: 'build arm64',
        tier: 'soak',
        proves: 'compiles for 64-bit ARM',
        timeout: 1800,
        run: build(async () => {
            await makeSysroot();
            await buildVariant('arm64', { tests: true, werror: true, coresOnly: true, targets: onArm });
        }),
    },
    {
        name: 'native tests, ARM64',
        tier: 'soak',
        proves: 'a sample of each core on an emulated 64-bit ARM: char is unsigned there',
        after: 'build arm64',
        timeout: 600,
        run: ctest('arm64', replayed, { only: `^(${onArm.join('|')})$` }),
    },
];

/** @param {'all' | 'package'} tier @returns {Step[]} */
const made = (tier) => [
    {
        name: tier === 'all' ? 'Debian packages' : 'Debian packages to install',
        tier,
        lane: 'back',
        proves: 'packages for amd64 and arm64 are made',
        timeout: 1800,
        run: build(() => packageAll(architectures)),
    },
];

/** @type {readonly Step[]} */
export const packageSteps = [
    ...made('all'),
    {
        name: 'content of the packages',
        tier: 'all',
        lane: 'back',
        proves: 'lintian finds no error; the unit is hardened; the program for arm64 answers under QEMU',
        after: 'Debian packages',
        timeout: 600,
        run: ava('tests/package', /^tests\/package\/[^/]+\.test\.mjs$/),
    },
    ...made('package'),
    {
        name: 'packages made again',
        tier: 'package',
        proves: 'the same tree gives the same bytes in another folder',
        after: 'Debian packages to install',
        timeout: 1200,
        run: ava('tests/package/again', /\.test\.mjs$/, process.env), // what it downloads may need a proxy
    },
    {
        name: 'packages in a fresh Debian',
        tier: 'package',
        proves: 'installed, started by systemd under the restrictions of its unit, updated to a later version and back within 2 s without pictures, removed, purged, in a root of debootstrap',
        after: 'Debian packages to install',
        timeout: 1200,
        run: ava('tests/package/root', /\.test\.mjs$/, process.env), // as above
    },
];
