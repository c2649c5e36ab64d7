// What is in the Debian packages: files, modes, dependencies, unit.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root, run } from '../../scripts/lib.mjs';
import { architectures, debs, versionOf } from '../../scripts/package.mjs';
import { deb, field, sh, unpacked } from './packages.mjs';

for (const architecture of architectures) {
    test(`${architecture}: lintian finds no error`, (t) => {
        const files = debs(architecture);
        t.is(files.length, 6, 'three packages and their debug symbols');
        const judged = spawnSync('lintian', ['--fail-on', 'error', '--allow-root', ...files], { encoding: 'utf8' });
        t.is(judged.status, 0, judged.stdout + judged.stderr);
    });

    test(`${architecture}: the core needs no FFmpeg, ocellus-ffmpeg needs this core; versions are those of symbols`, (t) => {
        const [core, plugin] = [deb('ocellus', architecture), deb('ocellus-ffmpeg', architecture)];
        t.is(field(core, 'Architecture'), architecture);
        t.notRegex(field(core, 'Depends'), /libav|libsw|\$\{/);
        for (const library of ['libc6', 'libmbedtls', 'libssl3', 'libuv1', 'libwebsockets']) {
            t.regex(field(core, 'Depends'), new RegExp(`(^|, )${library}[^,]* \\(>= [^)]+\\)`));
        }
        t.regex(field(plugin, 'Depends'), new RegExp(`ocellus \\(= ${field(core, 'Version').replaceAll(/[.+]/g, '\\$&')}\\)`));
        t.regex(field(plugin, 'Depends'), /libavformat\d+ \(>= [^)]+\)/);
        t.regex(field(plugin, 'Recommends'), /^libavdevice\d+, ca-certificates$/);
        t.true(statSync(core).size < 2_800_000, `${statSync(core).size} bytes`);
    });

    test(`${architecture}: ocellus-dev needs this core and Node, holds the whole kit, and names no machine`, (t) => {
        const file = deb('ocellus-dev', architecture);
        t.regex(field(file, 'Depends'), new RegExp(`^ocellus \\(= ${field(file, 'Version').replaceAll(/[.+]/g, '\\$&')}\\), nodejs \\(>= 18\\.17\\), libc6 `));
        const kit = path.join(unpacked(t, file), 'usr/lib/ocellus/dev');
        for (const name of ['kit.json', 'app/app.mjs', 'bundle/archive.mjs', 'update/update.mjs', 'cloud/cloud.mjs', 'node_modules/acorn/dist/acorn.mjs', 'cloud/transport.mjs', 'services/modules/cloud/s3-client.js', 'node_modules/@xmldom/xmldom/lib/index.js', 'node_modules/@hpke/core/esm/mod.js', 'template/src/main.ts', 'types/ocellus/app/system/application.d.ts', 'services/modules/system/application.js', 'xsb']) {
            t.true(existsSync(path.join(kit, name)), name);
        }
        for (const name of readdirSync(kit, { recursive: true, encoding: 'utf8' })) {
            t.false(statSync(path.join(kit, name)).isFile() && readFileSync(path.join(kit, name)).includes(root), name);
        }
    });

    test(`${architecture}: secrets are not for everybody, nothing names the machine that built it`, (t) => {
        const core = deb('ocellus', architecture);
        const listing = sh('dpkg-deb', ['-c', core]);
        t.regex(listing, /^-rw-r----- root\/root .* \.\/etc\/ocellus\/settings\.json$/m);
        t.regex(listing, /^-rw------- root\/root .* \.\/etc\/ocellus\/environment$/m);
        t.deepEqual(sh('dpkg-deb', ['--ctrl-tarfile', core]).includes('/etc/ocellus/settings.json\n'), true, 'conffile');
        const folder = unpacked(t, core);
        for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
            const file = path.join(folder, name);
            if (statSync(file).isFile()) {
                t.false(readFileSync(file).includes(root), name);
            }
        }
        for (const name of ['copyright', 'NOTICE', 'service.md']) {
            t.true(existsSync(path.join(folder, 'usr/share/doc/ocellus', name)), name);
        }
    });
}

test('an application is built by what the packages install, without the repository', (t) => {
    const folder = unpacked(t, deb('ocellus-dev', 'amd64'));
    sh('dpkg-deb', ['-x', deb('ocellus', 'amd64'), folder]);
    const app = (/** @type {string} */ cwd, /** @type {string[]} */ words) => {
        const ran = spawnSync(path.join(folder, 'usr/lib/ocellus/ocellus'), ['app', ...words], { cwd, encoding: 'utf8' });
        return [ran.status, ran.stderr];
    };
    t.deepEqual(app(folder, ['new', 'doorcam']), [0, '']);
    const own = path.join(folder, 'doorcam');
    symlinkSync(path.join(root, 'node_modules'), path.join(own, 'node_modules'));
    t.deepEqual(app(own, ['build']), [0, '']);
    t.deepEqual(app(own, ['check', 'build/doorcam.xsa']), [0, '']);
});

test('the unit is well formed, and exposes no more than it must', (t) => {
    const folder = unpacked(t, deb('ocellus', 'amd64'));
    const unit = ['lib', 'usr/lib'].map((f) => path.join(folder, f, 'systemd/system/ocellus.service')).find((f) => existsSync(f)) ?? '';
    const verified = spawnSync('systemd-analyze', ['verify', '--man=no', unit], { encoding: 'utf8' });
    // the program is not installed here; nothing else may be said
    const said = (verified.stdout + verified.stderr).split('\n').filter((line) => line && !line.includes('/usr/bin/ocellus is not executable'));
    t.deepEqual(said, []);
    const judged = spawnSync('systemd-analyze', ['security', '--offline=true', '--threshold=20', '--no-pager', unit], { encoding: 'utf8' });
    t.is(judged.status, 0, judged.stdout + judged.stderr);
    const loose = spawnSync('systemd-analyze', ['security', '--offline=true', '--threshold=10', '--no-pager', unit]);
    t.not(loose.status, 0, 'a threshold below what it is fails, so the one above says something');
});

test('both architectures carry the same application and page', (t) => {
    const [first, second] = architectures.map((a) => unpacked(t, deb('ocellus', a)));
    for (const name of readdirSync(path.join(first ?? '', 'usr/lib/ocellus'), { recursive: true, encoding: 'utf8' })) {
        const [a, b] = [first, second].map((f) => path.join(f ?? '', 'usr/lib/ocellus', name));
        if (name !== 'ocellus' && a && b && statSync(a).isFile()) {
            t.deepEqual(readFileSync(a), readFileSync(b), name);
        }
    }
});

test('the source that belongs to the packages holds engine and tree', (t) => {
    const version = field(deb('ocellus', 'amd64'), 'Version');
    const listing = sh('tar', ['tzf', path.join(root, 'build/package', `ocellus-${version}-source.tar.gz`)]);
    for (const name of ['package.json', 'hosts/linux/main.c', 'build/engine/package/moddable/xs/sources/xsRun.c', 'LICENSE']) {
        t.true(listing.includes(`ocellus-${version}/${name}\n`), name);
    }
    t.notRegex(listing, /node_modules/);
});

test('a version grows with the commit', (t) => {
    t.is(versionOf('0.1.0', 1795277461, false), '0.1.0+git20261121161101');
    t.is(versionOf('0.1.0', 1795277461, true), '0.1.0+git20261121161101+changed');
});

test('wrong use gets one clear line', async (t) => {
    const argv = [process.execPath, path.join(root, 'scripts', 'run.mjs'), 'package'];
    const other = await run([...argv, 'mips']);
    t.deepEqual([other.code, other.output], [2, 'ocellus: npm run package -- [amd64|arm64]\n']);
});
