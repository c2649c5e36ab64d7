// The level of the host's API (docs/design/applications.md): types/api-level.json lists every module that an application
// may import, its exported names and their members, each with the level that it came with. The list is taken from the
// TypeScript of the host by the syntax tree; here it is compared.
//
//   node tools/checks/api-level.mjs [--write]
//
// --write adds what is new with the level under development, and removes what was never released. A level is released
// when `released` says so: from then on its names stay. Exit status 1: one line for each problem.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseSync } from 'vite';
import { apiLevel, needsBytes, parseCapabilities } from '../bundle/needs.mjs';

const listFile = 'types/api-level.json';
const surfaceFile = 'hosts/xs/oc_app_surface.c';

/** @typedef {Record<string, Record<string, number>>} Modules module → member → level */
/** @typedef {{ level: number, released: number, modules: Modules }} List */

/** Specifiers and globals of hosts/xs/oc_app_surface.c. @param {string} text */
export function readSurface(text) {
    const part = (/** @type {string} */ name) => new RegExp(`\\b${name}\\[\\] = \\{([\\s\\S]*?)\\n\\};`).exec(text)?.[1] ?? '';
    const modules = [...part('modules').matchAll(/\{"([^"]+)",/g)].map(([, name = '']) => name);
    const globals = [...part('globals').matchAll(/"([^"]+)"/g)].map(([, name = '']) => name);
    if (modules.length === 0 || globals.length === 0) throw new Error(`${surfaceFile}: no lists found`);
    return { modules, globals };
}

/** The file of a module of the host; undefined: it has none yet. @param {string} specifier */
function fileOf(specifier) {
    const below = specifier.replace(/^embedded:/, '').replace(/^ocellus\//, '');
    const rooms = readdirSync('native').map((room) => path.join('native', room));
    const folders = specifier.startsWith('ocellus/') ? [...rooms, 'hosts/xs/embedded', 'hosts/posix/embedded/ocellus'] : ['hosts/posix/embedded'];
    return folders.map((folder) => path.join(folder, `${below}.ts`)).find((file) => existsSync(file));
}

/** A syntax tree's node. @typedef {any} Node */

/** @param {string} code @param {string} file @returns {Node[]} */
function parse(code, file) {
    const { program, errors } = parseSync(file, code);
    if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
    return program.body;
}

/** @param {Node} member @returns {string[]} its name; none: private, or computed from something else */
function memberName({ type, key, computed, accessibility, kind }) {
    if (type === 'StaticBlock' || type === 'TSIndexSignature' || type === 'TSCallSignatureDeclaration') return [];
    if (accessibility === 'private' || key?.type === 'PrivateIdentifier' || kind === 'constructor') return [];
    if (computed) return key.type === 'MemberExpression' ? [`[${key.object.name}.${key.property.name}]`] : [];
    return key ? [key.name ?? String(key.value)] : [];
}

/** Keys of an object literal and words of a list, also frozen ones. @param {Node} value @returns {string[]} */
function literalKeys(value) {
    if (value?.type === 'CallExpression' && value.arguments.length === 1) return literalKeys(value.arguments[0]);
    if (value?.type === 'TSAsExpression' || value?.type === 'TSSatisfiesExpression') return literalKeys(value.expression);
    if (value?.type === 'ArrayExpression') return value.elements.flatMap((/** @type {Node} */ one) => (typeof one?.value === 'string' ? [`'${one.value}'`] : []));
    if (value?.type !== 'ObjectExpression') return [];
    return value.properties.flatMap((/** @type {Node} */ one) => (one.type === 'Property' ? memberName(one) : []));
}

/**
 * One module of the host.
 * @param {string} specifier
 * @param {(specifier: string) => string | undefined} read its TypeScript
 */
class Source {
    /** @type {Map<string, Node>} */
    declared = new Map();
    /** Local name → where it is from. @type {Map<string, { from: string, name: string }>} */
    imported = new Map();
    /** @type {Node[]} */
    body;

    /** @param {string} specifier @param {(specifier: string) => string | undefined} read */
    constructor(specifier, read) {
        this.read = read;
        this.body = parse(read(specifier) ?? '', `${specifier.replaceAll(/[:/]/g, '-')}.ts`);
        for (const node of this.body) {
            if (node.type === 'ImportDeclaration') this.#note(node);
            for (const [name, one] of declarations(node.declaration ?? node)) this.declared.set(name, one);
        }
    }

    /** @param {Node} node an import */
    #note(node) {
        for (const { type, local, imported } of node.specifiers) {
            if (type === 'ImportSpecifier') this.imported.set(local.name, { from: node.source.value, name: imported.name });
        }
    }

    /** Members of a name that is declared here or imported; of classes and interfaces with those of what they extend. @param {string} name @returns {string[]} */
    members(name) {
        const from = this.imported.get(name);
        if (from !== undefined) return this.read(from.from) === undefined ? [] : new Source(from.from, this.read).members(from.name);
        const node = this.declared.get(name);
        const own = node?.type === 'VariableDeclarator' ? literalKeys(node.init) : (node?.body?.body ?? node?.typeAnnotation?.members ?? []).flatMap?.(memberName);
        const bases = [...(node?.type === 'TSInterfaceDeclaration' ? node.extends : []), ...(node?.superClass ? [{ expression: node.superClass }] : [])];
        return [...(own ?? []), ...bases.flatMap(({ expression }) => (expression?.type === 'Identifier' ? this.members(expression.name) : []))];
    }

    /** Members of every exported name. @returns {Map<string, string[]>} */
    exported() {
        const names = new Map();
        for (const node of this.body) {
            if (node.type === 'ExportAllDeclaration') {
                const others = new Source(node.source.value, this.read).exported();
                for (const [name, members] of others) if (!names.has(name)) names.set(name, members);
            }
            for (const [exported, source, local] of exportsOf(node)) {
                const of = source === undefined ? this : new Source(source, this.read);
                names.set(exported, of.members(local));
            }
        }
        return names;
    }

    /** Every exported name, and `Name.member`. @returns {string[]} */
    exports() {
        return [...this.exported()].flatMap(([name, members]) => [name, ...members.map((/** @type {string} */ member) => `${name}.${member}`)]);
    }
}

/** Names that a statement declares. @param {Node} node @returns {[string, Node][]} */
function declarations(node) {
    if (node.type === 'VariableDeclaration') return node.declarations.map((/** @type {Node} */ one) => [one.id.name, one]);
    const known = ['ClassDeclaration', 'FunctionDeclaration', 'TSInterfaceDeclaration', 'TSTypeAliasDeclaration', 'TSEnumDeclaration', 'TSDeclareFunction'];
    return known.includes(node.type) && node.id ? [[node.id.name, node]] : [];
}

/** What a statement exports: exported name, module it is from, local name. @param {Node} node @returns {[string, string | undefined, string][]} */
function exportsOf(node) {
    if (node.type === 'ExportDefaultDeclaration') return [['default', undefined, node.declaration.id?.name ?? node.declaration.name ?? '']];
    if (node.type !== 'ExportNamedDeclaration') return [];
    const declared = node.declaration ? declarations(node.declaration) : [];
    const listed = node.specifiers.map((/** @type {Node} */ one) => [one.exported.name, node.source?.value, one.local.name]);
    return [...declared.map(([name]) => /** @type {[string, undefined, string]} */ ([name, undefined, name])), ...listed];
}

/**
 * Names of a module, sorted.
 * @param {string} specifier
 * @param {(specifier: string) => string | undefined} read the TypeScript of a module; undefined: there is none
 * @returns {string[]}
 */
export const namesOf = (specifier, read) => [...new Set(new Source(specifier, read).exports())].sort();

/**
 * The list as it has to be, and what is wrong.
 * @param {List} list
 * @param {Record<string, readonly string[]>} found module → names
 * @returns {{ list: List, added: string[], gone: string[], problems: string[] }}
 */
export function compare(list, found) {
    const { level, released } = list;
    /** @type {Modules} */
    const modules = {};
    const [added, gone, problems] = [/** @type {string[]} */ ([]), /** @type {string[]} */ ([]), /** @type {string[]} */ ([])];
    for (const [specifier, names] of Object.entries(found)) {
        modules[specifier] = Object.fromEntries(names.map((name) => [name, list.modules[specifier]?.[name] ?? level]));
        added.push(...names.filter((name) => list.modules[specifier]?.[name] === undefined).map((name) => `${specifier}: ${name}`));
    }
    for (const [specifier, names] of Object.entries(list.modules)) {
        for (const [name, since] of Object.entries(names)) {
            if (modules[specifier]?.[name] !== undefined) continue;
            if (since > released) gone.push(`${specifier}: ${name}`);
            else problems.push(`${specifier}: ${name} is gone, but level ${since} was released with it: applications use it; keep it`);
        }
        const wrong = Object.entries(names).find(([, since]) => !Number.isInteger(since) || since < 1 || since > level);
        if (wrong !== undefined) problems.push(`${specifier}: ${wrong[0]} came with level ${wrong[1]}, which is none of 1 to ${level}`);
    }
    if (level !== released && level !== released + 1) problems.push(`level ${level} does not follow the released ${released}`);
    if (added.length > 0 && level === released) problems.push(`new: ${added.join(', ')}, but level ${level} is released: raise "level" to ${level + 1}, and OC_API_LEVEL`);
    return { list: { level, released, modules }, added, gone, problems };
}

/** @param {readonly string[]} names */
const shown = (names) => (names.length > 8 ? `${names.slice(0, 8).join(', ')} and ${names.length - 8} more` : names.join(', '));

function main() {
    const surface = readSurface(readFileSync(surfaceFile, 'utf8'));
    const read = (/** @type {string} */ specifier) => {
        const file = fileOf(specifier);
        return file === undefined ? undefined : readFileSync(file, 'utf8');
    };
    /** @type {Record<string, readonly string[]>} */
    const found = { globals: [...surface.globals].sort() };
    for (const specifier of surface.modules) {
        if (read(specifier) !== undefined) found[specifier] = namesOf(specifier, read);
    }
    const list = /** @type {List} */ (JSON.parse(readFileSync(listFile, 'utf8')));
    const { list: right, added, gone, problems } = compare(list, found);
    const inC = Number(/#define OC_API_LEVEL (\d+)u/.exec(readFileSync('native/base/oc_capability.h', 'utf8'))?.[1]);
    if (apiLevel !== list.level) problems.push(`tools/bundle/needs.mjs has level ${apiLevel}, ${listFile} ${list.level}`);
    if (!readFileSync('modules/ocellus.needs').equals(needsBytes(parseCapabilities('all')))) problems.push('modules/ocellus.needs: not what tools/bundle/needs.mjs makes of all');
    if (inC !== list.level) problems.push(`OC_API_LEVEL is ${inC}, ${listFile} has ${list.level}`);
    if (process.argv.includes('--write')) {
        writeFileSync(listFile, `${JSON.stringify(right, null, 4)}\n`);
    } else if (added.length + gone.length > 0) {
        if (added.length > 0) problems.push(`not in ${listFile}: ${shown(added)}`);
        if (gone.length > 0) problems.push(`only in ${listFile}: ${shown(gone)}`);
        problems.push('run node tools/checks/api-level.mjs --write, and commit what it changes');
    }
    for (const problem of problems) console.error(problem);
    console.log(`api-level: ${Object.values(right.modules).reduce((sum, names) => sum + Object.keys(names).length, 0)} names, ${problems.length} problems`);
    process.exit(problems.length > 0 ? 1 : 0);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) main();
