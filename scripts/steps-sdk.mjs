// The steps of `npm run test:sdk`.
import path from 'node:path';
import { root } from './lib.mjs';
import { buildForTests, buildLinuxParts, buildNativeTests, nativeTestsFolder, programFolder } from './sdk-tests.mjs';
import { ava, build, ctest, node, program, sampled } from './step-kinds.mjs';

/** @typedef {import('./step-kinds.mjs').Step} Step */

/** The program that the Moddable SDK builds, for tests that run any. */
const sdkProgram = { OC_PROGRAM: path.join(root, programFolder, 'ocellus-lin') };

/** @type {readonly Step[]} */
export const sdkSteps = [
    {
        name: 'scripts of the SDK',
        tier: 'sdk',
        proves: 'wrong use, and an SDK that is missing, old or not built, are one clear line; manifests are read as the SDK does and are as strict',
        timeout: 300,
        run: ava('tests/sdk', /(use|manifest)\.test\.mjs$/),
    },
    {
        name: 'build for lin',
        tier: 'sdk',
        proves: 'the Moddable SDK builds program, panel and archives from the manifests',
        timeout: 1800,
        run: build(buildForTests),
    },
    {
        name: 'build native tests on the library of the SDK',
        tier: 'sdk',
        proves: 'every core is in mc.so',
        after: 'build for lin',
        timeout: 600,
        run: build(buildNativeTests),
    },
    {
        name: 'native tests on the library of the SDK',
        tier: 'sdk',
        proves: 'the tests of every core pass on what the SDK has compiled',
        after: 'build native tests on the library of the SDK',
        timeout: 600,
        run: ctest(nativeTestsFolder),
    },
    {
        name: 'products of the SDK',
        tier: 'sdk',
        proves: 'the archive holds the application alone, the same bytes for lin and ESP32-S3; a second build makes nothing again; constructors that the compiler replaces are those that tools/checks/preload.mjs takes for them',
        after: 'build for lin',
        timeout: 300,
        run: ava('tests/sdk', /(build|constructors)\.test\.mjs$/),
    },
    {
        name: 'warnings on the headers of the SDK',
        tier: 'sdk',
        proves: 'no C file of ours in mc.so has a warning, compiled as the SDK does',
        after: 'build for lin',
        timeout: 300,
        run: ava('tests/sdk', /warnings\.test\.mjs$/),
    },
    {
        name: 'SDK lin without a display',
        tier: 'sdk',
        proves: 'a recording checked by FFmpeg; archives refused and left alone; 20 scripts killed in one run; one archive for lin and ESP32',
        after: 'build for lin',
        timeout: 900,
        run: ava('tests/sdk', /headless\.test\.mjs$/, sdkProgram),
    },
    {
        name: 'SDK lin as on Linux',
        tier: 'sdk',
        proves: 'the tests of the Linux program on this one: flags, HTTP, HTTPS, login, live, recordings, signals, kill -9, scripts that die, settings that change; bodies, spans of rings, requests of a script',
        after: 'build for lin',
        timeout: 900,
        run: ava('tests', /^tests\/(e2e\/(cli|http-bodies|kill|requests|run|settings|spans|stuck|survive|transfer)|hosts\/(access|attempts|http|links))\.test\.mjs$/, { ...sampled, ...sdkProgram }, { again: true }),
    },
    {
        name: 'machines and TypeScript on XS 17',
        tier: 'sdk',
        proves: 'every kind of death 20 times in one process, stops, damaged archives; the control plane and the conformance test on the engine of the SDK',
        timeout: 600,
        run: program([node, 'tests/sdk/run.mjs']),
    },
    {
        name: 'build parts of Linux for the SDK',
        tier: 'sdk',
        proves: 'the example of a sender, a viewer, the tool for applications, the faulty disk and the shifted clock compile',
        after: 'build for lin',
        timeout: 600,
        run: build(buildLinuxParts),
    },
    {
        name: 'SDK lin with parts of the Linux build',
        tier: 'sdk',
        proves: 'the socket for pushed frames, by the example of a sender; WebRTC on the raw layer; disks that are full, slow, read-only or gone; clocks that are unset or step; capabilities attacked from inside; signed updates, good and bad; notes of the last run',
        after: 'build parts of Linux for the SDK',
        timeout: 600,
        run: ava('tests', /^tests\/(e2e\/(capabilities|example|last-run|push|update)|hosts\/(clock|disk|names))\.test\.mjs$/, sdkProgram, { again: true }),
    },
    {
        name: 'applications of others on SDK lin and mcsim',
        tier: 'sdk',
        proves: 'examples/motion-clip, unchanged: an event is a clip that an HTTP server gets and FFmpeg plays; errors name lines of TypeScript on a release build',
        after: 'build parts of Linux for the SDK',
        timeout: 300,
        run: ava('tests/sdk', /own-app\.test\.mjs$/, sdkProgram),
    },
    {
        name: 'control socket and pictures of recordings on SDK lin and mcsim',
        tier: 'sdk',
        proves: 'commands of the Linux program list what these programs have, while they run and after; a small picture of Motion JPEG is served, one of H.264 refused with a reason',
        after: 'build parts of Linux for the SDK',
        timeout: 300,
        run: ava('tests/sdk', /control\.test\.mjs$/, sdkProgram),
    },
    {
        name: 'one bundle for Linux, SDK lin and mcsim',
        tier: 'sdk',
        proves: 'a bundle with an archive for each engine: committed, taken back when it throws, refused when it is forged; the application of a stranger whose key the owner added',
        after: 'build parts of Linux for the SDK',
        timeout: 300,
        run: ava('tests/sdk', /update\.test\.mjs$/, sdkProgram),
    },
    {
        name: 'SDK as its developers use it',
        tier: 'sdk',
        proves: 'plain mcconfig builds and starts the program; xsbug gets console, trace and instruments; a mod is used or refused; another program still starts; the SDK is as before',
        after: 'build for lin',
        timeout: 900,
        run: ava('tests/sdk', /plain\.test\.mjs$/, sdkProgram),
    },
    {
        name: 'mcsim',
        tier: 'sdk',
        proves: 'the panel on a virtual screen: keys become events, a reload and the end finish recordings; spans of the ring are put and served',
        after: 'build for lin',
        timeout: 300,
        run: ava('tests/sdk', /mcsim\.test\.mjs$/, sdkProgram),
    },
];
