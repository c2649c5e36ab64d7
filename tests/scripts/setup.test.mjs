// Set-up: which systems and Nodes are taken, what apt says, which command is named.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { readSystem, root, systemProblem } from '../../scripts/lib.mjs';
import { nodeProblem } from '../../scripts/node-version.mjs';
import { packages, packagesFor } from '../../scripts/packages.mjs';
import { installCommand, isInstalled, parseAptSizes } from '../../scripts/setup.mjs';

test('an old or odd Node gets one clear line, a good one none', (t) => {
    for (const old of ['18.20.4', '20.18.3', '21.7.0', '22.11.0', '12.22.12']) {
        const line = nodeProblem(old);
        t.regex(line, new RegExp(`^Node ${old.replaceAll('.', '\\.')} .*20\\.19`));
        t.false(line.includes('\n'));
    }
    for (const good of ['20.19.0', '20.20.2', '22.12.0', '24.0.0']) {
        t.is(nodeProblem(good), '');
    }
});

test('supported systems pass, any other is refused with one line unless forced', (t) => {
    const fedora = readSystem('NAME="Fedora Linux"\nID=fedora\nVERSION_ID=41\nPRETTY_NAME="Fedora Linux 41"\n');
    t.regex(systemProblem(fedora, {}), /^Fedora Linux 41 is not supported: .*Debian 12/);
    t.is(systemProblem(fedora, { OCELLUS_ANY_OS: '1' }), '');
    for (const [id, version] of [['debian', '12'], ['debian', '13'], ['ubuntu', '24.04']]) {
        t.is(systemProblem(readSystem(`ID=${id}\nVERSION_ID="${version}"\n`), {}), '');
    }
    t.not(systemProblem(readSystem('ID=debian\nVERSION_ID="11"\nPRETTY_NAME="Debian 11"\n'), {}), '');
});

test('the wrong system ends npm start with exit 2 and one line', (t) => {
    // run.mjs in a copy whose system reader sees another os-release
    const folder = mkdtempSync(path.join(os.tmpdir(), 'ocellus-scripts-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    cpSync(path.join(root, 'scripts'), path.join(folder, 'scripts'), { recursive: true });
    writeFileSync(path.join(folder, 'os-release'), 'ID=arch\nPRETTY_NAME="Arch Linux"\n');
    execFileSync('sed', ['-i', `s#/etc/os-release', 'utf8'#${folder}/os-release', 'utf8'#`, path.join(folder, 'scripts', 'lib.mjs')]);
    const ended = spawnSync(process.execPath, [path.join(folder, 'scripts', 'run.mjs'), 'start'], {
        encoding: 'utf8',
        env: { ...process.env, OCELLUS_ANY_OS: '' },
    });
    t.is(ended.status, 2);
    t.regex(ended.stderr, /^ocellus: Arch Linux is not supported: [^\n]+\n$/);
    t.is(ended.stdout, '');
});

test('sizes are read from what apt prints', (t) => {
    const output =
        '0 upgraded, 25 newly installed, 0 to remove and 136 not upgraded.\n' +
        'Need to get 17.2 MB/20.3 MB of archives.\nAfter this operation, 82.3 MB of additional disk space will be used.\n';
    t.deepEqual(parseAptSizes(output), { count: 25, download: '17.2 MB', disk: '82.3 MB' });
    t.is(parseAptSizes('E: Unable to locate package cmake\n'), undefined);
});

test('the command to run is one line a person can paste', (t) => {
    t.is(installCommand(['cmake', 'gcc'], false, false, 'sudo'), 'sudo apt-get install --no-install-recommends -y cmake gcc');
    t.is(
        installCommand(['libuv1-dev:i386'], false, true, 'sudo'),
        "sudo sh -c 'dpkg --add-architecture i386 && apt-get update && apt-get install --no-install-recommends -y libuv1-dev:i386'",
    );
    t.is(installCommand(['gcc'], true, false, 'su'), "su -c 'apt-get update && apt-get install --no-install-recommends -y gcc'");
    t.is(installCommand(['gcc'], false, false, ''), 'apt-get install --no-install-recommends -y gcc');
});

test('OCELLUS_NO_INSTALL=1 prints packages, size and command, and changes nothing', (t) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'ocellus-scripts-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    const log = path.join(folder, 'log');
    /** @param {string} name @param {string} body */
    const fake = (name, body) => {
        writeFileSync(path.join(folder, name), `#!/bin/sh\necho "${name} $*" >> ${log}\n${body}\n`, { mode: 0o755 });
    };
    writeFileSync(path.join(folder, 'dpkg-query'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    writeFileSync(path.join(folder, 'dpkg'), '#!/bin/sh\necho amd64\n', { mode: 0o755 });
    fake('apt-get', 'echo "0 upgraded, 7 newly installed, 0 to remove"; echo "Need to get 12.5 MB of archives."');
    fake('npm', 'exit 1');
    const ended = spawnSync(process.execPath, [path.join(root, 'scripts', 'run.mjs'), 'setup', 'test'], {
        encoding: 'utf8',
        env: { ...process.env, PATH: folder, OCELLUS_NO_INSTALL: '1', OCELLUS_ANY_OS: '1' },
    });
    t.is(ended.status, 1, ended.stderr);
    t.regex(ended.stdout, /^ {2}libcmocka-dev {2,}unit tests in C$/m);
    t.regex(ended.stdout, /7 packages, 12\.5 MB to download/);
    t.regex(ended.stdout, /^ {2}(?:sudo |su -c ')?apt-get install --no-install-recommends -y gcc .*libcmocka-dev/m);
    const called = readFileSync(log, 'utf8').trimEnd().split('\n');
    t.true(called.length > 0);
    for (const line of called) {
        t.regex(line, /^apt-get install .*--print-uris/, 'nothing but asking for the size');
    }
});

test('a mirror with broken i386 lists does not cost the lists of this architecture', (t) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'ocellus-scripts-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    /** @param {string} name @param {string} body */
    const fake = (name, body) => {
        writeFileSync(path.join(folder, name), `#!/bin/sh\ncd ${folder}\necho "${name} $1" >> log\n${body}\n`, { mode: 0o755 });
    };
    fake('dpkg-query', '[ -e installed ] || exit 1\nshift 3\nIFS=:\nfor p; do set -- $p amd64; echo "$1 $2 installed"; done');
    fake('dpkg', 'case $1 in --print-architecture) echo amd64;; --add-architecture) : > i386;; *) [ ! -e i386 ] || echo i386;; esac');
    fake(
        'apt-get',
        'if [ $1 = update ]; then [ ! -e i386 ] || exit 100; : > lists; exit 0; fi\n' +
            '[ -e lists ] && [ -e i386 ] || exit 100\n' +
            'case "$*" in *--print-uris*) echo "0 upgraded, 7 newly installed"; echo "Need to get 12.5 MB of archives.";; *) : > installed;; esac',
    );
    fake('npm', 'exit 1');
    const asRoot = ['--import', 'data:text/javascript,process.getuid=()=>0'];
    const ended = spawnSync(process.execPath, [...asRoot, path.join(root, 'scripts', 'run.mjs'), 'setup', 'all'], {
        encoding: 'utf8',
        env: { ...process.env, PATH: folder, CI: 'true', OCELLUS_NO_INSTALL: '', OCELLUS_ANY_OS: '1' },
    });
    t.regex(ended.stdout, /7 packages, 12\.5 MB to download/, ended.stderr);
    t.regex(ended.stdout, /^ {2}Debian packages {2,}[\d.]+ s$/m);
    const changes = readFileSync(path.join(folder, 'log'), 'utf8').match(/^(apt-get update|dpkg --add.*|apt-get install)$/gm);
    t.deepEqual(changes, ['apt-get install', 'apt-get update', 'dpkg --add-architecture', 'apt-get update', 'apt-get install', 'apt-get install']);
});

test('a package counts as installed only in its architecture and state', (t) => {
    const listing = 'gcc amd64 installed\nfonts-dejavu-core all installed\nlibuv1-dev amd64 installed\ncmake amd64 config-files\n';
    t.true(isInstalled('gcc', listing, 'amd64'));
    t.true(isInstalled('fonts-dejavu-core', listing, 'amd64'));
    t.false(isInstalled('libuv1-dev:i386', listing, 'amd64'));
    t.false(isInstalled('cmake', listing, 'amd64'));
});

test('each package is listed once, with a reason; a tier includes the ones before it', (t) => {
    t.is(new Set(packages.map((p) => p.name)).size, packages.length);
    t.true(packages.every((p) => p.why.length > 3));
    const start = packagesFor('start', 'debian').map((p) => p.name);
    const all = packagesFor('all', 'debian').map((p) => p.name);
    t.true(start.every((name) => all.includes(name)));
    t.false(packagesFor('all', 'ubuntu').some((p) => p.name === 'chromium'));
});
