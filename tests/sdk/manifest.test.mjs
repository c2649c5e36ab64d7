// The manifests of the Moddable SDK are as strict as tsconfig.json, and are read as the SDK reads them.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { readProduct } from '../../scripts/sdk-manifest.mjs';

const lin = readProduct(root, 'manifest.json', 'lin');
const board = readProduct(root, 'manifest.json', 'esp32/xiao_esp32s3_sense');
const app = readProduct(root, 'modules/manifest.json', 'lin');

/** @param {string} file @returns {any} */
const json = (file) => JSON.parse(readFileSync(path.join(root, file), 'utf8'));

/** @param {import('ava').ExecutionContext} t @returns {string} a folder that is removed */
function scratch(t) {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'ocellus-sdk-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    return folder;
}

test('tsconfig.json and the manifests are equally strict', (t) => {
    const { compilerOptions } = json('tsconfig.json');
    // What differs, and why. Everything else is the same, in both directions.
    const only = {
        tsconfig: ['noEmit', 'rootDir'], // it checks only; mcconfig sets folders per file
        manifest: ['noEmitOnError'], // otherwise make takes the JavaScript of a wrong file for current
        both: ['paths', 'types'], // mcconfig makes its own paths; it names types/*.d.ts, which tsconfig.json includes
    };
    /** @param {any} options @param {string[]} left */
    const strip = (options, left) => Object.fromEntries(Object.entries(options).filter(([name]) => !left.includes(name)));
    const expected = strip(compilerOptions, [...only.tsconfig, ...only.both]);
    t.is(expected['strict'], true);
    for (const product of [lin, board, app]) {
        t.deepEqual(strip(product.compilerOptions, [...only.manifest, ...only.both]), expected);
        t.is(product.compilerOptions['noEmitOnError'], true);
    }
});

test('only eval is stripped, by one manifest; options of TypeScript stand in one manifest', (t) => {
    const strip = [...new Set([...lin.manifests, ...board.manifests])].filter((file) => json(file).strip !== undefined);
    t.deepEqual(strip, ['manifest.json']);
    t.deepEqual(json('manifest.json').strip, ['eval']);
    const strict = [...new Set([...lin.manifests, ...board.manifests, ...app.manifests])].filter((file) => json(file).typescript?.tsconfig?.compilerOptions?.strict);
    t.deepEqual(strict, ['types/manifest.json']);
});

test('an application finds the bindings it may import where the manifest says', (t) => {
    const paths = /** @type {Record<string, string[]>} */ (app.compilerOptions['paths']);
    const folders = Object.values(paths).flat().map((text) => path.dirname(text.replace('$(APP)', path.join(root, 'modules'))));
    for (const folder of folders) {
        t.true(existsSync(folder), folder);
    }
    for (const file of app.modules.values()) {
        for (const [, name] of readFileSync(path.join(root, file), 'utf8').matchAll(/from '(ocellus\/(?!app\/)[^']+)'/g)) {
            const base = `${path.basename(name ?? '')}.ts`;
            t.true(folders.some((folder) => existsSync(path.join(folder, base))), `${file} imports ${name}`);
        }
    }
});

test('the version in mc.so is that of package.json', (t) => {
    t.is(json('hosts/sim/manifest.json').defines.ocellus.version, `"${json('package.json').version}"`);
});

test('a manifest is read as the SDK reads it', (t) => {
    const folder = scratch(t);
    /** @param {string} name @param {unknown} content */
    const write = (name, content) => {
        mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
        writeFileSync(path.join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
    };
    write('manifest.json', {
        include: ['$(MODDABLE)/x.json', './a/manifest.json'],
        modules: { '~': ['$(MODDABLE)/y'], main: './start', 'ocellus/*': ['./b/*', './none/*', './b/x'] },
        platforms: { lin: { preload: ['ocellus/x'] }, 'esp32/board': { preload: ['board'] }, esp32: { preload: ['esp'] } },
    });
    write('a/manifest.json', { modules: { '*': ['./z'] } });
    for (const name of ['a/z.ts', 'a/z.c', 'a/z.h', 'b/x.ts', 'b/x.d.ts', 'b/x_xs.c', 'b/list.json', 'b/sub/no.ts', 'start.ts', 'b/README.md']) {
        write(name, '');
    }
    mkdirSync(path.join(folder, 'none'));
    const product = readProduct(folder, 'manifest.json', 'lin');
    t.deepEqual(Object.fromEntries(product.modules), { z: 'a/z.ts', main: 'start.ts', 'ocellus/x': 'b/x.ts', 'ocellus/list': 'b/list.json' });
    t.deepEqual(product.sources, ['a/z.c', 'b/x_xs.c']);
    t.deepEqual(product.preload, ['ocellus/x']);
    t.deepEqual(product.unmatched, ['./none/*']);
    t.deepEqual(readProduct(folder, 'manifest.json', 'esp32/board').preload, ['board']);
    t.deepEqual(readProduct(folder, 'manifest.json', 'esp32/other').preload, ['esp']);
    t.throws(() => readProduct(folder, 'b/list.json', 'lin'));
});
