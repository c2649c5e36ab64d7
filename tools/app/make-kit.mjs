// Puts together what applications are built with (docs/adr/0045-applications-of-ones-own.md).
//
//   node tools/app/make-kit.mjs --js FOLDER --xsb PROGRAM --app FILE.xsa --out FOLDER
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { lowerModule } from '../bundle/archive.mjs';
import { listModules } from '../bundle/specifiers.mjs';
import { readArchive } from './archive.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

const { values } = parseArgs({ options: { js: { type: 'string' }, xsb: { type: 'string' }, app: { type: 'string' }, out: { type: 'string' } } });
const { js, xsb, app, out } = values;
if (!js || !xsb || !app || !out) throw new TypeError('--js, --xsb, --app and --out are needed');

/** @param {string} file */
const withFolder = (file) => {
    mkdirSync(path.dirname(file), { recursive: true });
    return file;
};

const all = listModules(js);

// Our services, compiled, with maps that name their sources relative to the folder. main is the application's own.
const services = all
    .filter(({ set, specifier }) => set === 'app' && specifier !== 'ocellus/app/main')
    .map((module) => {
        const file = withFolder(path.join(out, 'services', module.path));
        cpSync(module.file, file);
        const map = JSON.parse(readFileSync(`${module.file}.map`, 'utf8'));
        delete map.sourcesContent;
        writeFileSync(`${file}.map`, JSON.stringify({ ...map, sourceRoot: '', sources: [path.basename(module.path).replace(/\.js$/, '.ts')] }));
        const imports = [...new Set(lowerModule(module, root).imports.map(({ target }) => target))];
        return { specifier: module.specifier, file: module.path, imports };
    });

// Declarations, by specifier.
rmSync(path.join(out, 'types'), { recursive: true, force: true });
for (const { set, specifier, file } of all) {
    if ((set !== 'app' && set !== 'host') || specifier === 'ocellus/app/main') continue;
    const place = path.join(out, 'types', `${specifier.replace('embedded:', 'embedded/')}.d.ts`);
    cpSync(file.replace(/\.js$/, '.d.ts'), withFolder(place));
}
cpSync(path.join(root, 'types', 'globals.d.ts'), path.join(out, 'types', 'globals.d.ts'));

for (const [from, to] of /** @type {const} */ ([
    ['tools/app', 'app'],
    ['tools/bundle', 'bundle'],
    ['tools/update', 'update'],
    ['tools/cloud', 'cloud'],
])) {
    cpSync(path.join(root, from), path.join(out, to), { recursive: true, filter: (name) => !/template|make-kit\.mjs|run-xs-tests\.mjs|README\.md/.test(path.relative(root, name)) });
}
cpSync(path.join(root, 'tools/app/template'), path.join(out, 'template'), { recursive: true });
for (const [library, files] of /** @type {const} */ ([
    ['acorn', ['package.json', 'LICENSE', 'dist/acorn.mjs']],
    ['@xmldom/xmldom', ['package.json', 'LICENSE', 'lib']],
    ['@hpke/core', ['package.json', 'LICENSE', 'esm']],
    ['@hpke/common', ['package.json', 'LICENSE', 'esm']],
])) {
    for (const file of files) {
        const place = path.join('node_modules', library, file);
        cpSync(path.join(root, place), withFolder(path.join(out, place)), { recursive: true, filter: (name) => !/\.(?:yml|map|d\.ts)$/.test(name) });
    }
}
cpSync(xsb, path.join(out, 'xsb'));
chmodSync(path.join(out, 'xsb'), 0o755);

// What the tools take of the application, and what that stands on in Node: as in package.json of the source.
const exports = {
    './app/cloud/transport': './cloud/transport.mjs',
    './app/*': './services/modules/*.js',
    './crypto': './cloud/crypto.mjs',
    './error': './services/native/base/error.js',
    './xml': './cloud/xml.mjs',
};
const errors = /** @type {{ file: string, path: string }} */ (all.find(({ specifier }) => specifier === 'ocellus/error'));
cpSync(errors.file, withFolder(path.join(out, 'services', errors.path)));
writeFileSync(path.join(out, 'package.json'), `${JSON.stringify({ name: 'ocellus', private: true, type: 'module', exports })}\n`);

// The host's own list; a module that it names and Linux does not have is left out.
const surface = readFileSync(path.join(root, 'hosts/xs/oc_app_surface.c'), 'utf8');
const there = new Set(all.filter(({ set }) => set === 'host').map(({ specifier }) => specifier));
const rows = [...surface.matchAll(/^ {4}\{"([^"]+)", (?:OC_CAPABILITY_(\w+)|0)\},$/gm)];
if (rows.length === 0 || rows.length !== surface.match(/^ {4}\{"/gm)?.length) throw new Error('hosts/xs/oc_app_surface.c: rows of modules[] are not read');
const host = Object.fromEntries(rows.filter(([, name]) => there.has(name)).map(([, name, needed = '']) => [name, needed.toLowerCase()]));

const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const { engine } = readArchive(readFileSync(app));
writeFileSync(path.join(out, 'kit.json'), `${JSON.stringify({ version, engine, host, services }, null, 1)}\n`);
