// Wrong use of the sdk scripts, and an SDK that is missing, old or not built: one clear line each, exit code 2.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { root, run } from '../../scripts/lib.mjs';
import { nothingLost, refresh, stampOf } from '../../scripts/sdk-build.mjs';
import { oldest } from '../../scripts/sdk-find.mjs';
import { plan } from '../../scripts/sdk-setup.mjs';

const tools = ['mcconfig', 'mcrun', 'xsc', 'xsid', 'xsl', 'mcrez', 'mcsim'];

/** @param {import('ava').ExecutionContext} t @returns {string} a folder that is removed */
function scratch(t) {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'ocellus-sdk-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    return folder;
}

/**
 * A folder that looks like an SDK.
 * @param {import('ava').ExecutionContext} t @param {string} version @param {readonly string[]} [built] its tools
 */
function fakeSdk(t, version, built = tools) {
    const folder = scratch(t);
    const bin = path.join(folder, 'build', 'bin', 'lin', 'release');
    for (const name of [bin, path.join(folder, 'tools')]) {
        mkdirSync(name, { recursive: true });
    }
    writeFileSync(path.join(folder, 'tools', 'VERSION'), `${version}\n`);
    for (const tool of built) {
        writeFileSync(path.join(bin, tool), '#!/bin/sh\necho "$0 $@"; exit 3\n');
        chmodSync(path.join(bin, tool), 0o755);
    }
    return folder;
}

/** @param {string[]} args @param {NodeJS.ProcessEnv} env */
const sdk = (args, env) =>
    run([process.execPath, path.join(root, 'scripts', 'run.mjs'), 'sdk', ...args], {
        env: { MODDABLE: '', IDF_PATH: '', DISPLAY: '', WAYLAND_DISPLAY: '', HOME: '/nonexistent', ...env },
        timeout: 60,
    });

/** One line that begins with `ocellus: `, exit code 2. @param {import('ava').ExecutionContext} t @param {import('../../scripts/lib.mjs').Outcome} outcome @param {RegExp} text */
function refused(t, outcome, text) {
    t.regex(outcome.output, /^ocellus: [^\n]+\n$/);
    t.regex(outcome.output, text);
    t.is(outcome.code, 2, outcome.output);
}

test('commands and options that do not exist', async (t) => {
    refused(t, await sdk([], {}), /sdk:setup\|sdk:lin\|sdk:sim\|sdk:mod\|sdk:esp32s3/);
    refused(t, await sdk(['constructor'], {}), /sdk:lin/);
    refused(t, await sdk(['lin', 'fast'], {}), /sdk:lin: fast is not known; .*--help/);
    refused(t, await sdk(['mod', '--debug'], {}), /sdk:mod: --debug is not known/);
    refused(t, await sdk(['setup', 'esp32'], {}), /sdk:setup: esp32 is not known/);
    refused(t, await sdk(['esp32s3', '--board', 'xiao_esp32s3_sense', 'x'], {}), /sdk:esp32s3: x is not known/);
});

test('Debian packages that are missing are all named, or installed, before a library is looked for', async (t) => {
    const bin = scratch(t);
    for (const [name, code] of Object.entries({ 'dpkg-query': 0, 'pkg-config': 1 })) {
        writeFileSync(path.join(bin, name), `#!/bin/sh\nexit ${code}\n`);
        chmodSync(path.join(bin, name), 0o755);
    }
    const env = { MODDABLE: fakeSdk(t, oldest), OCELLUS_NO_INSTALL: '1', PATH: `${bin}:${process.env['PATH']}` };
    const { code, output } = await sdk(['lin'], env);
    t.regex(output, /the tier "start" needs these packages.*libwebsockets-dev.*\n {2}[^\n]*apt-get [^\n]* libwebsockets-dev/s);
    t.is(code, 1, output);
});

test('--help of each command needs no SDK', async (t) => {
    for (const name of ['setup', 'lin', 'sim', 'mod', 'esp32s3']) {
        const { code, output } = await sdk([name, '--help'], {});
        t.is(code, 0);
        t.regex(output, new RegExp(`^npm run sdk:${name}.*\\n  \\S`));
    }
});

test('MODDABLE missing, no folder, no SDK', async (t) => {
    const empty = scratch(t);
    for (const command of [['lin'], ['mod'], ['esp32s3', '--board', 'xiao_esp32s3_sense']]) {
        refused(t, await sdk(command, {}), /MODDABLE is not set: .*npm run sdk:setup/);
        refused(t, await sdk(command, { MODDABLE: `${empty}/none` }), /MODDABLE=\S+none is not a folder/);
        refused(t, await sdk(command, { MODDABLE: '/etc/os-release' }), /MODDABLE=\/etc\/os-release is not a folder/);
        refused(t, await sdk(command, { MODDABLE: empty }), /is no Moddable SDK: it has no version in tools\/VERSION/);
    }
});

test('an SDK that is too old, or whose version says nothing', async (t) => {
    for (const version of ['8.2.2', '8.1.9', '7.99.99', '0.0.0']) {
        refused(t, await sdk(['lin'], { MODDABLE: fakeSdk(t, version) }), new RegExp(`is ${version}; ${oldest} or later is needed`));
    }
    refused(t, await sdk(['lin'], { MODDABLE: fakeSdk(t, 'new') }), /it has no version/);
});

test('a path that makefiles cannot hold', async (t) => {
    const folder = path.join(scratch(t), 'my sdk');
    mkdirSync(folder);
    refused(t, await sdk(['mod'], { MODDABLE: folder }), /cannot work with the path ".*my sdk"/);
});

test('an SDK whose tools are not built', async (t) => {
    const none = fakeSdk(t, '8.2.3', []);
    refused(t, await sdk(['mod'], { MODDABLE: none }), /tools are not built \(mcrun, xsc, xsl in .*: `make -C .*makefiles\/lin`/);
    const noSimulator = fakeSdk(t, '8.10.0', tools.filter((tool) => tool !== 'mcsim'));
    refused(t, await sdk(['sim'], { MODDABLE: noSimulator, DISPLAY: ':77' }), /tools are not built \(mcsim in/);
});

test('sdk:sim without a display', async (t) => {
    refused(t, await sdk(['sim'], { MODDABLE: fakeSdk(t, '8.2.3') }), /sdk:sim needs a display, DISPLAY is not set/);
});

test('boards: none named, unknown, not in this SDK; ESP-IDF missing or wrong', async (t) => {
    const MODDABLE = fakeSdk(t, '9.0.0');
    const known = /esp32s3_eye, m5atom_s3r_m12, xiao_esp32s3_sense, lilygo_t_camera_plus_s3 \(OV2640\)/;
    refused(t, await sdk(['esp32s3'], { MODDABLE }), known);
    refused(t, await sdk(['esp32s3', '--board'], { MODDABLE }), known);
    refused(t, await sdk(['esp32s3', '--board', '--debug'], { MODDABLE }), known);
    refused(t, await sdk(['esp32s3', '--board', 'toaster'], { MODDABLE }), /no board toaster; known are esp32s3_eye/);
    refused(t, await sdk(['esp32s3', '--board', '../../etc'], { MODDABLE }), /no board/);
    refused(t, await sdk(['esp32s3', '--board=lilygo_t_camera_plus_s3'], { MODDABLE }), /does not know lilygo_t_camera_plus_s3/);
    refused(t, await sdk(['esp32s3', '--board', 'm5stack_cores3'], { MODDABLE }), /m5stack_cores3 cannot be used: .*no JPEG/);
    const board = ['esp32s3', '--board=xiao_esp32s3_sense'];
    refused(t, await sdk(board, { MODDABLE }), /IDF_PATH is not set: .*ESP-IDF v6/);
    refused(t, await sdk(board, { MODDABLE, IDF_PATH: '/nowhere' }), /IDF_PATH=\/nowhere is not a folder/);
    refused(t, await sdk(board, { MODDABLE, IDF_PATH: MODDABLE }), /is no ESP-IDF: it has no export.sh/);
    const idf = path.join(MODDABLE, 'idf');
    mkdirSync(idf);
    writeFileSync(path.join(idf, 'export.sh'), '');
    refused(t, await sdk(board, { MODDABLE, IDF_PATH: idf }), /ESP-IDF's tools are not in PATH \(idf\.py, xtensa-esp32s3-elf-gcc\): `.*install\.sh esp32s3` once, `\. .*export\.sh` in this shell$/m);
});

test('sdk:setup does nothing beside an SDK, and nothing unasked', async (t) => {
    const there = await sdk(['setup'], { MODDABLE: fakeSdk(t, '8.2.3') });
    t.is(there.code, 0);
    t.regex(there.output, /^ocellus: Moddable SDK 8\.2\.3 is in \S+: nothing to do\n$/);
    refused(t, await sdk(['setup'], { MODDABLE: fakeSdk(t, '8.0.0') }), /8\.2\.3 or later/);
    const asked = await sdk(['setup'], {});
    t.is(asked.code, 2);
    t.regex(asked.output, /from npm .*xs-dev/);
    t.regex(asked.output, /\nocellus: sdk:setup asks before it downloads, and there is no terminal: --yes agrees\n$/);
});

test('xs-dev is pinned, exactly and with hashes', (t) => {
    /** @param {string} name */
    const json = (name) => JSON.parse(readFileSync(path.join(root, 'tools', 'xs-dev', name), 'utf8'));
    const { version } = json('package-lock.json').packages['node_modules/xs-dev'];
    t.deepEqual(json('package.json').devDependencies, { 'xs-dev': version });
    for (const [name, entry] of Object.entries(json('package-lock.json').packages)) {
        t.is(entry.resolved, undefined, name);
        t.true(name === '' || entry.integrity?.startsWith('sha512-'), name);
    }
    t.true(plan('/somewhere').some((line) => line.includes(`xs-dev ${version},`)));
});

test('the SDK\'s other targets, which end processes of others, are used nowhere', (t) => {
    const text = readFileSync(path.join(root, 'scripts', 'sdk-build.mjs'), 'utf8');
    t.deepEqual([...text.matchAll(/'-t', '(\w+)'/g)].map((match) => match[1]), ['build']);
});

test('what an earlier build left goes when a module moved or a tool changed, not when one was added', (t) => {
    const folder = path.join(scratch(t), 'tmp', 'ocellus');
    const stamp = ['sdk 8.2.3 /sdk', 'typescript 7.0.2', 'ocellus/a native/a.ts'];
    const fill = () => {
        mkdirSync(folder, { recursive: true });
        writeFileSync(path.join(folder, 'a.xsb'), '');
    };
    t.false(refresh(folder, stamp), 'nothing there');
    fill();
    t.false(refresh(folder, stamp), 'the same');
    t.false(refresh(folder, [...stamp, 'ocellus/b native/b.ts']), 'one more');
    t.true(existsSync(path.join(folder, 'a.xsb')));
    t.true(refresh(folder, stamp), 'one less');
    t.false(existsSync(folder));
    fill();
    t.true(refresh(folder, [stamp[0] ?? '', stamp[1] ?? '', 'ocellus/a native/c/a.ts']), 'moved');
    fill();
    t.true(refresh(folder, ['sdk 8.3.0 /sdk', 'typescript 7.0.2', 'ocellus/a native/c/a.ts']), 'another SDK');
    fill();
    rmSync(`${folder}.stamp`);
    t.true(refresh(folder, stamp), 'of unknown origin');
});

test('the stamp names the SDK, TypeScript, the flags and every module', (t) => {
    const stamp = stampOf({ folder: '/sdk', version: '8.2.3', bin: '/sdk/bin' }, 'modules/manifest.json', 'lin');
    t.is(stamp[0], 'sdk 8.2.3 /sdk');
    t.regex(stamp[1] ?? '', /^typescript \d+\.\d+\.\d+$/);
    t.true(stamp.includes('ocellus/app/main modules/main.ts'));
    t.true(stampOf({ folder: '/sdk', version: '8.2.3', bin: '/sdk/bin' }, 'manifest.json', 'lin').includes('flags -DmxNoConsole=1 -include oc_sdk_memory.h'));
});

test('a file whose name the SDK has too is an error, not a silence', (t) => {
    const product = { modules: new Map([['ocellus/a', 'native/a.ts']]), sources: ['native/timer.c'], preload: [], flags: [], compilerOptions: {}, manifests: [], unmatched: [] };
    const lines = ['$(TMP_DIR)/tsc/a.js : /p/native/a.ts $(MODULES_DIR)/tsconfig-base.json', '$(TMP_DIR)/timer.c.o: /p/native/timer.c $(HEADERS)'];
    t.notThrows(() => nothingLost(lines.join('\n'), product, '/p'));
    t.throws(() => nothingLost(lines[0] ?? '', product, '/p'), { message: /^native\/timer\.c is not built/ });
    t.throws(() => nothingLost(lines[1] ?? '', product, '/p'), { message: /^native\/a\.ts is not built/ });
});
