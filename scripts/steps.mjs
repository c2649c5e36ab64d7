// What each tier runs, in order. One row per step; a new test suite is one more row here.
import { buildEngine32, buildVariant, buildViewer } from './build.mjs';
import { none } from './counts.mjs';
import { run } from './lib.mjs';
import { ava, build, checks, ctest, full, node, program, sampled, xsTests } from './step-kinds.mjs';
import { arm64Steps, packageSteps } from './steps-package.mjs';
import { sdkSteps } from './steps-sdk.mjs';

/** @typedef {import('./step-kinds.mjs').Step} Step */
/** @typedef {import('./step-kinds.mjs').Tier} Tier */

/** @type {readonly Step[]} */
export const steps = [
    {
        name: 'build linux',
        tier: 'test',
        proves: 'compiles without a warning',
        timeout: 600,
        run: build(() => buildVariant('linux', { tests: true, werror: true })),
    },
    {
        name: 'build viewer',
        tier: 'test',
        proves: 'the page bundles',
        needs: ['viewer/index.html'],
        timeout: 120,
        run: build(() => buildViewer('linux')),
    },
    {
        name: 'native tests, threads and heap',
        tier: 'test',
        proves: 'no data race, no allocation where there must be none; the other native tests run with sanitizers here, and without them in test:all',
        after: 'build linux',
        timeout: 120,
        run: ctest('linux', sampled, '_tsan(_test)?$|_alloc_test$'),
    },
    {
        name: 'native tests',
        tier: 'all',
        proves: 'cores and host in C, as they ship, one by one; virtual network; corpora',
        after: 'build linux',
        timeout: 300,
        run: ctest('linux', sampled),
    },
    {
        name: 'build san',
        tier: 'test',
        proves: 'compiles with sanitizers',
        timeout: 600,
        run: build(() => buildVariant('san', { tests: true, werror: true })),
    },
    {
        name: 'native tests, sanitizers',
        tier: 'test',
        proves: 'no bad memory access, leak or undefined behaviour in those tests',
        after: 'build san',
        timeout: 420,
        run: ctest('san', sampled),
    },
    {
        name: 'TypeScript on XS',
        tier: 'test',
        proves: 'the control plane, on the engine that ships',
        after: 'build linux',
        timeout: 300,
        run: xsTests('linux'),
    },
    {
        name: 'TypeScript on XS, sanitizers',
        tier: 'test',
        proves: 'no bad memory access in engine and glue in those tests',
        after: 'build san',
        timeout: 300,
        run: xsTests('san'),
    },
    {
        name: 'types of the scripts',
        tier: 'test',
        proves: 'scripts, tools and tests in JavaScript pass the type checker',
        timeout: 120,
        run: async (timeout) => {
            const outcome = await run([node, 'node_modules/typescript/bin/tsc', '-p', 'scripts/tsconfig.json'], { timeout });
            const ok = outcome.code === 0;
            return { counts: { ...none(), passed: ok ? 1 : 0, failed: ok ? 0 : 1 }, output: outcome.output };
        },
    },
    {
        name: 'scripts',
        tier: 'test',
        proves: 'set-up, build and this runner',
        timeout: 120,
        run: ava('tests/scripts', /\.test\.mjs$/),
    },
    {
        name: 'ESP32 files',
        tier: 'test',
        proves: 'pins, partitions and flags of the boards are consistent; what fails at start restarts the board',
        timeout: 60,
        run: ava('tests/esp32', /\.test\.mjs$/),
    },
    {
        name: 'block code',
        tier: 'test',
        proves: 'tests can tell which picture they see',
        timeout: 60,
        run: ava('tests/blockcode', /\.test\.mjs$/),
    },
    {
        name: 'page, in parts',
        tier: 'test',
        proves: 'what the page weighs; its reader of MP4 against damaged streams; entries and answers are checked',
        needs: ['build/linux/viewer/index.html'],
        after: 'build viewer',
        timeout: 120,
        run: ava('tests/viewer', /\.test\.mjs$/),
    },
    {
        name: 'MP4 by mp4box',
        tier: 'test',
        proves: 'another reader finds every packet, time and byte in what we write',
        needs: ['build/linux/oc-remux'],
        after: 'build linux',
        timeout: 120,
        run: ava('tests/media', /\.test\.mjs$/),
    },
    {
        name: 'engine',
        tier: 'test',
        proves: 'compiler, lowering and machine life, from outside',
        needs: ['tests/engine'],
        after: 'build linux',
        timeout: 300,
        run: ava('tests/engine', /^tests\/engine\/[^/]+\.test\.mjs$/),
    },
    {
        name: 'end to end on loopback',
        tier: 'test',
        proves: 'the program as a person runs it: flags, HTTP, recordings, signals, sampled kill -9',
        needs: ['build/linux/ocellus'],
        after: 'build linux',
        timeout: 300,
        run: ava('tests/e2e', /^tests\/e2e\/[^/]+\.test\.mjs$/, sampled, 2),
    },
    {
        name: 'host from outside',
        tier: 'test',
        proves: 'HTTP, HTTPS and login against hostile requests; disks that are full, slow, read-only or gone; clocks that are unset or step',
        needs: ['build/linux/ocellus', 'build/linux/tests/hosts/disk_faults.so', 'build/linux/tests/hosts/clock_shift.so'],
        after: 'build linux',
        timeout: 360,
        run: ava('tests/hosts', /\.test\.mjs$/, undefined, 2),
    },
    {
        name: 'checks',
        tier: 'test',
        proves: 'requirement ids have tests; layout and documents agree with the tree',
        needs: ['tools/checks'],
        timeout: 120,
        run: checks,
    },

    {
        name: 'clip and recordings by FFmpeg',
        tier: 'all',
        proves: 'another program reads what we ship, write and serve',
        timeout: 300,
        run: ava('tests/ffmpeg', /\.test\.mjs$/),
    },
    {
        name: 'inputs by FFmpeg',
        tier: 'all',
        proves: 'the test picture is read back picture by picture; other formats, HTTP and RTSP, lost and back; no password is seen',
        needs: ['build/linux/oc_ffmpeg.so'],
        after: 'build linux',
        timeout: 600,
        run: ava('tests/inputs', /\.test\.mjs$/),
    },
    {
        name: 'browser',
        tier: 'all',
        proves: 'the viewer page in Chromium: the picture moves, recordings play, settings, login, nine channels at once; the live picture is at most 2 s old; axe-core finds nothing serious',
        needs: ['build/linux/ocellus'],
        after: 'build linux',
        timeout: 900,
        run: ava('tests/e2e/browser', /\.test\.mjs$/),
    },
    {
        name: 'TURN against coturn, and the network of the tests',
        tier: 'all',
        proves: 'the TURN client with another server over UDP, TCP and TLS, behind NATs, through loss and restarts; peers behind every pair of NATs reach each other; NATs and impairments of namespaces are what they say, and nothing is left behind',
        needs: ['build/linux/net_relay', 'build/linux/turn_probe', 'build/linux/ocellus'],
        after: 'build linux',
        timeout: 600,
        run: ava('tests/net', /^tests\/net\/[^/]+\.test\.mjs$/),
    },
    {
        name: 'peers of others',
        tier: 'all',
        proves: 'data channels with Chromium, libwebrtc, libdatachannel and werift, which offer and which answer; every byte compared; through NATs, straight and relayed',
        needs: ['build/linux/ocellus', 'build/linux/net_relay', 'tools/interop/node_modules/werift'],
        after: 'build linux',
        timeout: 1200,
        run: ava('tests/interop', /\.test\.mjs$/),
    },
    {
        name: 'build m32',
        tier: 'all',
        proves: 'compiles for 32 bits',
        timeout: 600,
        run: build(() => buildVariant('m32', { tests: true, werror: true, coresOnly: true })),
    },
    {
        name: 'native tests, 32 bits',
        tier: 'all',
        proves: 'record sizes and arithmetic of a 32-bit machine',
        after: 'build m32',
        timeout: 300,
        run: ctest('m32', sampled),
    },
    {
        name: 'build board32',
        tier: 'all',
        proves: 'compiles for 32 bits with the limits of a board',
        timeout: 600,
        run: build(() => buildVariant('board32', { tests: true, werror: true, coresOnly: true })),
    },
    {
        name: 'native tests, limits of a board',
        tier: 'all',
        proves: 'small tables and queues behave as the large ones',
        after: 'build board32',
        timeout: 300,
        run: ctest('board32', sampled),
    },
    {
        name: 'build xtensa',
        tier: 'all',
        proves: 'compiles for a microcontroller: no float, no 64-bit atomics, no call its C library lacks',
        timeout: 600,
        run: build(() => buildVariant('xtensa', { tests: true, werror: true, coresOnly: true })),
    },
    {
        name: 'native tests, Xtensa',
        tier: 'all',
        proves: 'the cores on an emulated Xtensa: every access aligned; faults are failures; push over a socket',
        after: 'build xtensa',
        timeout: 600,
        run: ctest('xtensa', sampled),
    },
    ...arm64Steps,
    {
        name: 'sizes and stacks',
        tier: 'all',
        proves: 'no core grew beyond docs/memory.md; records of the chip are those of the 32-bit build',
        after: 'native tests, Xtensa',
        timeout: 300,
        run: program([node, 'bench/footprint.mjs']),
    },
    {
        name: 'build engine, 32 bits',
        tier: 'all',
        proves: 'the engine compiles for 32 bits',
        timeout: 600,
        run: build(buildEngine32),
    },
    {
        name: 'TypeScript on XS, 32 bits',
        tier: 'all',
        proves: 'the control plane on slots of a 32-bit machine',
        after: 'build engine, 32 bits',
        timeout: 300,
        run: xsTests('board32-engine'),
    },
    {
        name: 'the application in the heap of a board',
        tier: 'all',
        proves: '32 bits, 512 KB: an hour of virtual time with losses, files and requests; glue with a board\'s limits',
        after: 'build engine, 32 bits',
        timeout: 300,
        run: ctest('board32-engine', undefined, '^(app_hour|plane_xs|p2p_xs)_test$'),
    },
    {
        name: 'memory budget',
        tier: 'all',
        proves: 'docs/memory.md says what is measured; a board of 8 MB has room for it',
        after: 'build engine, 32 bits',
        timeout: 300,
        run: program([node, 'bench/budget.mjs', '--check']),
    },
    {
        name: 'build debug',
        tier: 'all',
        proves: 'the variant that speaks to a debugger compiles',
        timeout: 600,
        run: build(() => buildVariant('debug', { werror: true })),
    },
    {
        name: 'debugger',
        tier: 'all',
        proves: 'a breakpoint in TypeScript stops; locals are seen',
        after: 'build debug',
        timeout: 120,
        run: ava('tests/engine/debug', /\.test\.mjs$/),
    },
    {
        name: 'build stress',
        tier: 'all',
        proves: 'compiles with a collection at every allocation',
        timeout: 900,
        run: build(() => buildVariant('stress', { tests: true, werror: true })),
    },
    {
        name: 'native tests, collector stress',
        tier: 'all',
        proves: 'no stale engine pointer in glue',
        after: 'build stress',
        timeout: 900,
        run: ctest('stress', sampled),
    },
    {
        name: 'TypeScript on XS, collector stress',
        tier: 'all',
        proves: 'no stale engine pointer while scripts run',
        after: 'build stress',
        timeout: 900,
        run: xsTests('stress'),
    },

    ...packageSteps,
    {
        name: 'build for the soak',
        tier: 'soak',
        proves: 'the product and the sanitizer build',
        timeout: 1200,
        run: build(async () => {
            await buildVariant('linux', { tests: true, werror: true });
            await buildViewer('linux');
            await buildVariant('san', { tests: true, werror: true });
        }),
    },
    {
        name: 'native tests, full counts',
        tier: 'soak',
        proves: '1,000 simulated power cuts; long fuzzing',
        after: 'build for the soak',
        timeout: 14400,
        run: ctest('linux', full),
    },
    {
        name: 'native tests, sanitizers, full counts',
        tier: 'soak',
        proves: 'the same under sanitizers',
        after: 'build for the soak',
        timeout: 21600,
        run: ctest('san', full),
    },
    {
        name: 'many channels',
        tier: 'soak',
        proves: '32 channels recorded and watched without a drop; nine low-latency channels in one page for 5 minutes without a stall',
        needs: ['build/linux/ocellus'],
        after: 'build for the soak',
        timeout: 14400,
        run: ava('tests/soak', /\.test\.mjs$/, full),
    },
    {
        name: 'inputs by FFmpeg, full counts',
        tier: 'soak',
        proves: 'an RTSP camera 20 times lost and back',
        needs: ['build/linux/oc_ffmpeg.so'],
        after: 'build for the soak',
        timeout: 3600,
        run: ava('tests/inputs', /\.test\.mjs$/, full),
    },
    {
        name: 'end to end, full counts',
        tier: 'soak',
        proves: '200 times kill -9',
        needs: ['build/linux/ocellus'],
        after: 'build for the soak',
        timeout: 14400,
        run: ava('tests/e2e', /^tests\/e2e\/[^/]+\.test\.mjs$/, full),
    },
    ...sdkSteps,
];

/**
 * The steps a tier runs.
 * @param {Tier} tier
 * @returns {Step[]}
 */
export function stepsOf(tier) {
    return steps.filter((s) => s.tier === tier || (tier === 'all' && s.tier === 'test'));
}
