// Which module a source file is. One flat namespace (docs/formats-bytecode.md):
//
//   modules/a/b.ts                  ocellus/app/a/b       the application
//   native/<room>/b.ts              ocellus/b             bindings
//   hosts/xs/embedded/b.ts          ocellus/b             runtime library of every host
//   hosts/posix/embedded/b.ts       b                     what microcontrollers have from the SDK
//   hosts/posix/embedded/a/b.ts     embedded:a/b          ECMA-419 modules
//   tests/modules/a/b.ts            ocellus/test/a/b      tests that run on XS
//   examples/b/main.ts              ocellus/app/main      an application on its own, a set for each
//   tests/apps/b.ts                 ocellus/app/main      an application that misbehaves, a set of its own
import { readdirSync } from 'node:fs';
import { join, sep } from 'node:path';

/**
 * @typedef {object} Rule
 * @property {string | ((part: string) => string)} set the archives it goes into
 * @property {boolean} binding may use native()
 * @property {RegExp} pattern of a path
 * @property {(part: string) => string} name its specifier
 */

/** The first that matches counts. @type {readonly Rule[]} */
const rules = [
    { set: 'app', binding: false, pattern: /^modules\/(.+)\.js$/, name: (path) => `ocellus/app/${path}` },
    { set: 'host', binding: true, pattern: /^native\/[^/]+\/([^/]+)\.js$/, name: (path) => `ocellus/${path}` },
    { set: 'host', binding: true, pattern: /^hosts\/xs\/embedded\/([^/]+)\.js$/, name: (path) => `ocellus/${path}` },
    { set: 'host', binding: true, pattern: /^hosts\/posix\/embedded\/([^/]+)\.js$/, name: (path) => path },
    { set: 'host', binding: true, pattern: /^hosts\/posix\/embedded\/(.+)\.js$/, name: (path) => `embedded:${path}` },
    { set: 'test', binding: false, pattern: /^tests\/modules\/(.+)\.js$/, name: (path) => `ocellus/test/${path}` },
    { set: (path) => `examples/${path}`, binding: false, pattern: /^examples\/([^/]+)\/main\.js$/, name: () => 'ocellus/app/main' },
    { set: (path) => `apps/${path}`, binding: false, pattern: /^tests\/apps\/([^/]+)\.js$/, name: () => 'ocellus/app/main' },
    { set: 'apps', binding: false, pattern: /^tests\/apps\/lib\/(.+)\.js$/, name: (path) => `ocellus/test/apps/${path}` },
    { set: 'testhost', binding: true, pattern: /^tests\/engine\/bindings\/([^/]+)\.js$/, name: (path) => `ocellus/${path}` },
    { set: 'engine', binding: false, pattern: /^tests\/engine\/scripts\/impostors\/(.+)\.js$/, name: (path) => `ocellus/${path}` },
    { set: 'engine', binding: false, pattern: /^tests\/engine\/scripts\/(.+)\.js$/, name: (path) => `ocellus/test/${path}` },
];

/**
 * Modules among tsc's output below `folder`: {specifier, file, path, set, binding}, sorted.
 * @param {string} folder
 */
export function listModules(folder) {
    const modules = [];
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
        const path = name.split(sep).join('/');
        if (path.endsWith('.lowered.js')) continue;
        const rule = rules.find(({ pattern }) => pattern.test(path));
        if (rule === undefined) continue;
        const part = rule.pattern.exec(path)?.[1] ?? '';
        const set = typeof rule.set === 'function' ? rule.set(part) : rule.set;
        modules.push({ specifier: rule.name(part), path, file: join(folder, name), set, binding: rule.binding });
    }
    return modules.sort((a, b) => (a.specifier < b.specifier ? -1 : 1));
}

/**
 * The module that `specifier` names, seen from `importer`; the same rule as the machine's.
 * @param {string} specifier
 * @param {string} importer
 */
export function resolveSpecifier(specifier, importer) {
    let rest = specifier;
    /** @type {string[]} */
    let path = [];
    if (specifier.startsWith('.')) {
        path = importer.split('/').slice(0, -1);
        while (rest.startsWith('.')) {
            if (rest.startsWith('./')) rest = rest.slice(2);
            else if (rest.startsWith('../') && path.pop() !== undefined) rest = rest.slice(3);
            else return undefined;
        }
    }
    return [...path, rest].join('/').replace(/\.m?js$/, '');
}
