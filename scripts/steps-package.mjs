// The steps for another processor and for the Debian packages: of `npm run test:all`, and `npm run test:package`.
import { buildVariant } from './build.mjs';
import { architectures, packageAll } from './package.mjs';
import { ava, build, ctest, sampled } from './step-kinds.mjs';
import { makeSysroot } from './sysroot.mjs';

/** @typedef {import('./step-kinds.mjs').Step} Step */

/** The cores for 64-bit ARM. @type {readonly Step[]} */
export const arm64Steps = [
    {
        name: 'build arm64',
        tier: 'all',
        proves: 'compiles for 64-bit ARM',
        timeout: 1800,
        run: build(async () => {
            await makeSysroot();
            await buildVariant('arm64', { tests: true, werror: true, coresOnly: true });
        }),
    },
    {
        name: 'native tests, ARM64',
        tier: 'all',
        proves: 'the cores on an emulated 64-bit ARM: char is unsigned there, memory is ordered less',
        after: 'build arm64',
        timeout: 600,
        run: ctest('arm64', sampled),
    },
];

/** @param {'all' | 'package'} tier @returns {Step[]} */
const made = (tier) => [
    {
        name: tier === 'all' ? 'Debian packages' : 'Debian packages to install',
        tier,
        proves: 'packages for amd64 and arm64 are made',
        timeout: 1800,
        run: build(() => packageAll(architectures)),
    },
];

/** @type {readonly Step[]} */
export const packageSteps = [
    ...made('all'),
    {
        name: 'what is in the packages',
        tier: 'all',
        proves: 'lintian finds no error; the same bytes twice; the unit is hardened; the program for arm64 answers under QEMU',
        after: 'Debian packages',
        timeout: 600,
        run: ava('tests/package', /^tests\/package\/[^/]+\.test\.mjs$/),
    },
    ...made('package'),
    {
        name: 'packages in a fresh Debian',
        tier: 'package',
        proves: 'installed, started by systemd under the restrictions of its unit, removed, purged, in a root of debootstrap',
        after: 'Debian packages to install',
        timeout: 1200,
        run: ava('tests/package/root', /\.test\.mjs$/),
    },
];
