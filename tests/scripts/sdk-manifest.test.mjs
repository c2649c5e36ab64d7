// The manifests of the Moddable SDK and the tree agree: nothing forgotten, nothing twice.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { readProduct } from '../../scripts/sdk-manifest.mjs';
import { listModules } from '../../tools/bundle/specifiers.mjs';

const lin = readProduct(root, 'manifest.json', 'lin');
const board = readProduct(root, 'manifest.json', 'esp32/xiao_esp32s3_sense');
const app = readProduct(root, 'modules/manifest.json', 'lin');

/** @param {string} folder @param {RegExp} name @returns {string[]} files directly in it or below, relative to the root */
const below = (folder, name) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
        .map((file) => path.join(folder, file))
        .filter((file) => name.test(file))
        .sort();

/** @param {import('ava').ExecutionContext} t @returns {string} a folder that is removed */
function scratch(t) {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'ocellus-sdk-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    return folder;
}

/** Rooms that the SDK's hosts do without (ADR 93). */
const ofLinux = /^(?:tests\/)?modules\/(?:backup\/|live\/(?!urls)|onvif\/|snapshots\/)/;

test('the application archive has every file of modules/ but the rooms of Linux, named as there', (t) => {
    // specifiers.mjs names what tsc writes: the same tree with .js files
    const folder = scratch(t);
    for (const file of below('modules', /\.ts$/).filter((one) => !ofLinux.test(one))) {
        const target = path.join(folder, file.replace(/\.ts$/, '.js'));
        mkdirSync(path.dirname(target), { recursive: true });
        writeFileSync(target, '');
    }
    const wanted = listModules(folder).map((module) => [module.specifier, module.path.replace(/\.js$/, '.ts')]);
    t.true(wanted.length > 20);
    t.deepEqual([...app.modules].sort(), wanted.sort());
    t.deepEqual(app.sources, [], 'an application has no C');
    t.deepEqual(app.preload, []);
});

test('every pattern of a manifest matches a file', (t) => {
    t.deepEqual(lin.unmatched, []);
    t.deepEqual(board.unmatched, []);
    t.deepEqual(app.unmatched, []);
});

test('mc.so has every core, all glue, hosts/loop, hosts/xs, hosts/posix, hosts/sdk and hosts/sim', (t) => {
    const rooms = ['native', 'hosts/loop', 'hosts/xs', 'hosts/posix', 'hosts/sdk', 'hosts/sim'];
    const wanted = rooms.flatMap((room) => below(room, /\.c$/)).filter((file) => !/\/headless\/|\/(?:ffmpeg|object|transcode|watch|process)\//.test(file)); // ffmpeg: a program of its own, which the others serve
    t.true(wanted.length > 80);
    t.deepEqual([...lin.sources].sort(), wanted.sort());
});

test('modules of mc.so: bindings and hosts under ocellus/, and what the SDK calls by name', (t) => {
    const rooms = ['native', 'hosts/loop', 'hosts/xs', 'hosts/posix', 'hosts/sdk', 'hosts/sim'];
    const wanted = rooms.flatMap((room) => below(room, /(?<!\.d)\.ts$/));
    const found = [...lin.modules].filter(([, file]) => file.endsWith('.ts'));
    t.deepEqual(found.map(([, file]) => file).sort(), wanted.sort());
    for (const [specifier, file] of found) {
        const name = path.basename(file, '.ts');
        const embedded = `embedded:${path.relative('hosts/posix/embedded', file).replace(/\.ts$/, '')}`;
        t.true([`ocellus/${name}`, 'main', 'timer', embedded].includes(specifier), `${file}: ${specifier}`);
    }
    t.is(lin.modules.get('main'), 'hosts/sim/main.ts');
});

test('bindings are preloaded, what keeps state is not', (t) => {
    const stateful = ['ocellus/globals', 'ocellus/load-app', 'main', 'timer'];
    const bindings = [...lin.modules].filter(([, file]) => /^(native|hosts\/xs)\//.test(file)).map(([specifier]) => specifier);
    for (const specifier of bindings.filter((name) => !stateful.includes(name))) {
        t.true(lin.preload.includes(specifier), `${specifier} is not preloaded`);
    }
    for (const specifier of lin.preload) {
        t.true(lin.modules.has(specifier), `${specifier} is preloaded and does not exist`);
        t.false(stateful.includes(specifier), `${specifier} keeps state`);
        t.false(specifier.startsWith('ocellus/app/'), `${specifier} is of the application`);
    }
    t.is(new Set(lin.preload).size, lin.preload.length, 'preloaded twice');
});

test('rooms of each manifest hold every header that their files include', (t) => {
    const ours = new Set(['native', 'hosts'].flatMap((room) => below(room, /\.h$/)).map((file) => path.basename(file)));
    const tested = readProduct(root, 'tests/sdk/manifest.json', 'lin');
    t.true(tested.sources.length > 80);
    for (const { sources } of [lin, tested]) {
        const rooms = [...new Set(sources.map((file) => path.dirname(file)))];
        const headers = new Set(rooms.flatMap((room) => readdirSync(path.join(root, room)).filter((file) => file.endsWith('.h'))));
        const open = new Set(sources);
        for (const file of open) {
            for (const [, name = ''] of readFileSync(path.join(root, file), 'utf8').matchAll(/^#include "([^"/]+\.h)"/gm)) {
                t.true(headers.has(name) || !ours.has(name) || name.startsWith('oc_esp_'), `${file}: ${name} is in no room of the manifest`);
                const next = rooms.map((room) => path.join(room, name)).find((one) => existsSync(path.join(root, one)));
                if (next !== undefined) {
                    open.add(next);
                }
            }
        }
    }
});

test('the library of the tests on XS 17 has the C file of every header that its own files include', (t) => {
    const { sources } = readProduct(root, 'tests/sdk/manifest.json', 'lin');
    const rooms = [...new Set(sources.map((file) => path.dirname(file)))];
    for (const file of sources) {
        for (const [, name] of readFileSync(path.join(root, file), 'utf8').matchAll(/^#include "([^"/]+)\.h"/gm)) {
            const there = rooms.map((room) => path.join(room, `${name}.c`)).filter((one) => existsSync(path.join(root, one)));
            t.deepEqual(there.filter((one) => !sources.includes(one)), [], `${file} includes ${name}.h`);
        }
    }
});

test('the SDK gets every test of the control plane', (t) => {
    const { modules } = readProduct(root, 'tests/sdk/modules/manifest.json', 'lin');
    const files = new Set(modules.values());
    const missing = below('tests/modules', /\.ts$/).filter((file) => !files.has(file) && !ofLinux.test(file));
    t.true(files.size > 40);
    t.deepEqual(missing, []);
});

test('C base names are unique, also against those of the SDK that go into mc.so', (t) => {
    // The SDK's build drops a second file of the same name and says nothing. Names as of 8.2.3.
    const sdk =
        'commodettoBitmap commodettoParseBMF commodettoParseBMP commodettoPoco commodettoPocoBlit cfeBMF lin_xs main mc.resources mc.xs ' +
        'modInstrumentation modTime modTimer Resource screen timer xsAPI xsAll xsArguments xsArray xsAtomics xsBigInt xsBoolean xsCode ' +
        'xsCommon xsDataView xsDate xsDebug xsError xsFunction xsGenerator xsGlobal xsJSON xsLexical xsMapSet xsMarshall xsMath xsMemory ' +
        'xsModule xsNumber xsObject xsPlatforms xsPromise xsProperty xsProxy xsRegExp xsRun xsScope xsScript xsSourceMap xsString ' +
        'xsSymbol xsSyntaxical xsTree xsType xsdtoa xsmc xsre';
    for (const { sources } of [lin, board]) {
        const names = [...sdk.split(' '), ...sources.map((file) => path.basename(file, '.c'))];
        t.deepEqual(
            names.filter((name, at) => names.indexOf(name) !== at),
            [],
        );
    }
});
