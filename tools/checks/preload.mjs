// What the compiler and the linker of the Moddable SDK would change or refuse in our modules, found without the SDK
// (docs/design/sdk.md). Exit status 1: one line for each place.
//
//   bindings  A constructor that does nothing but `super()` and one call of C with its own parameters is made the C
//             function itself: fields and private methods of its class are never made. Every module of the manifests.
//   preload   A preloaded module is evaluated on the machine that builds, then lies in ROM: it may call and make nothing
//             there but what is frozen, and keep nothing that changes. With all that it imports.
//   archives  A module of an archive imports what that archive or the program has, not a room that the SDK's hosts do
//             without (ADR 93): such an import() is made when it is wanted. The application and the tests.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseSync } from 'vite';
import { readProduct } from '../../scripts/sdk-manifest.mjs';

/** A node of the syntax tree. @typedef {any} Node */
/** @typedef {(node: Node, why: string) => void} Report */

/** @param {Node} node @returns {Node[]} */
const children = (node) => Object.values(node).flat().filter((child) => typeof child?.type === 'string');

/** What stays of an expression without types and brackets. @param {Node} node @returns {Node} */
const bare = (node) => (node?.expression && /^(TS|Parenthesized)/.test(node.type) ? bare(node.expression) : node);

/** @param {Node} node @param {string} name */
const isCallOf = (node, name) => node?.type === 'CallExpression' && bare(node.callee).name === name;

/** Whether what is passed on is the parameter, as it came. @param {Node} parameter @param {Node} argument */
function isSame(parameter, argument) {
    const rest = parameter.type === 'RestElement' && argument?.type === 'SpreadElement';
    const [from, to] = rest ? [parameter.argument, bare(argument.argument)] : [parameter, bare(argument)];
    return from.type === 'Identifier' && to?.type === 'Identifier' && from.name === to.name;
}

/** Whether the SDK's compiler makes this constructor of a class that extends Native(...) a C function. @param {Node} made */
function isOneCall(made) {
    const [first, second, ...more] = made.body?.body ?? [];
    const superCall = bare(first?.type === 'ExpressionStatement' ? first.expression : undefined);
    const call = bare(second?.type === 'ReturnStatement' ? second.argument : second?.expression);
    if (more.length > 0 || superCall?.callee?.type !== 'Super' || superCall.arguments.length > 0 || call?.type !== 'CallExpression') return false;
    const callee = bare(call.callee);
    const [self, ...passed] = call.arguments;
    if (callee.computed || callee.property?.name !== 'call' || !isCallOf(bare(callee.object), 'native') || bare(self)?.type !== 'ThisExpression') return false;
    return passed.length === made.params.length && made.params.every((/** @type {Node} */ one, /** @type {number} */ at) => isSame(one, passed[at]));
}

/** Whether a new object of its class gets this by code that runs after super(). @param {Node} member */
const isMade = ({ type, key, static: fixed, declare }) =>
    !fixed && !declare && (type === 'PropertyDefinition' || type === 'AccessorProperty' || (type === 'MethodDefinition' && key.type === 'PrivateIdentifier'));

/** @param {Node} node @param {Report} report */
function checkBindings(node, report) {
    if (/^Class/.test(node.type) && isCallOf(bare(node.superClass), 'Native')) {
        const made = node.body.body.find((/** @type {Node} */ one) => one.kind === 'constructor' && one.value.body !== null);
        for (const member of made && isOneCall(made.value) ? node.body.body.filter(isMade) : []) {
            const name = `${member.key.type === 'PrivateIdentifier' ? '#' : ''}${member.key.name ?? member.key.value ?? '[…]'}`;
            report(member, `${name} is never made: the SDK's compiler puts C in the place of this class's constructor; set a field in it, or use a function of the module`);
        }
    }
    for (const child of children(node)) checkBindings(child, report);
}

/** @param {Node} node */
const isFreeze = (node) => node?.type === 'CallExpression' && bare(node.callee).object?.name === 'Object' && bare(node.callee).property?.name === 'freeze';

/**
 * What runs when the module is evaluated.
 * @param {Node} node
 * @param {Report} report
 * @param {boolean} frozen what holds it freezes it
 */
function checkEvaluated(node, report, frozen) {
    const { type } = node;
    const wrapper = type.startsWith('TS') && node.expression;
    if (/Function/.test(type) || type === 'MethodDefinition' || (type.startsWith('TS') && type !== 'TSEnumDeclaration' && !wrapper)) return;
    if (type === 'PropertyDefinition' && !node.static) {
        if (node.computed) checkEvaluated(node.key, report, false);
        return;
    }
    if (type === 'PropertyDefinition' && !node.readonly) report(node, 'a static field that is not readonly: in ROM it cannot be set');
    if (type === 'VariableDeclaration' && node.kind !== 'const' && !node.declare) report(node, `${node.kind}: the SDK's linker warns of what is no const; keep state in an object of the script, or in C`);
    if (type === 'CallExpression' && !isFreeze(node) && !isCallOf(node, 'Native')) report(node, 'a call, on the machine that builds: only Object.freeze may be');
    if (['NewExpression', 'TaggedTemplateExpression', 'AwaitExpression', 'ImportExpression', 'TSEnumDeclaration', 'UpdateExpression', 'AssignmentExpression', 'StaticBlock'].includes(type)) {
        report(node, `${type}, on the machine that builds: ROM holds constants, functions and classes`);
    }
    if ((type === 'ObjectExpression' || type === 'ArrayExpression') && !frozen) report(node, 'is not frozen: the SDK\'s linker warns of it; Object.freeze');
    const held = !isFreeze(node) && !(type === 'VariableDeclarator' && /Pattern$/.test(node.id.type)); // a list that is taken apart is not
    for (const child of children(node)) checkEvaluated(child, report, !held || (Boolean(wrapper) && frozen));
}

/**
 * Places in one module.
 * @param {string} file
 * @param {string} code
 * @param {boolean} preloaded
 * @returns {string[]} file:line: why
 */
export function problemsOf(file, code, preloaded) {
    const { program, errors } = parseSync(file, code);
    if (errors.length > 0) return [`${file}: ${errors[0]?.message}`];
    /** @type {string[]} */
    const problems = [];
    /** @type {Report} */
    const report = (node, why) => problems.push(`${file}:${code.slice(0, node.start).split('\n').length}: ${why}`);
    checkBindings(program, report);
    if (preloaded) checkEvaluated(program, report, false);
    return problems;
}

/** Modules that a module brings with it. @param {string} file @param {string} code @returns {string[]} */
function importsOf(file, code) {
    const { program } = parseSync(file, code);
    const kept = program.body.filter((/** @type {Node} */ one) => one.source && one.importKind !== 'type' && one.exportKind !== 'type');
    return kept.map((/** @type {Node} */ one) => one.source.value);
}

/**
 * The preloaded modules and all that they import.
 * @param {import('../../scripts/sdk-manifest.mjs').Product} product
 * @param {(file: string) => string} read
 * @returns {Set<string>} files
 */
export function preloadedOf({ preload, modules }, read) {
    const specifiers = new Set(preload);
    /** @type {Set<string>} */
    const files = new Set();
    for (const specifier of specifiers) {
        const file = modules.get(specifier);
        if (file === undefined) continue; // of the SDK
        files.add(file);
        for (const one of importsOf(file, read(file))) specifiers.add(one);
    }
    return files;
}

/**
 * Imports that no module of ours answers.
 * @param {Map<string, string>} modules of one archive
 * @param {Map<string, string>[]} others that its machine has too
 * @param {(file: string) => string} read
 * @returns {string[]} file: why
 */
export function missingOf(modules, others, read) {
    const isMissing = (/** @type {string} */ name) => name.startsWith('ocellus/') && ![modules, ...others].some((some) => some.has(name));
    const files = [...modules.values()].filter((file) => /(?<!\.d)\.ts$/.test(file));
    return files.flatMap((file) => importsOf(file, read(file)).filter(isMissing).map((name) => `${file}: imports ${name}, which no archive of the SDK's hosts has`));
}

function main() {
    const read = (/** @type {string} */ file) => readFileSync(file, 'utf8');
    const products = [readProduct('.', 'manifest.json', 'lin'), readProduct('.', 'manifest.json', 'esp32'), readProduct('.', 'tests/sdk/manifest.json', 'lin')];
    const preloaded = new Set(products.flatMap((product) => [...preloadedOf(product, read)]));
    const files = new Set(products.flatMap(({ modules }) => [...modules.values()].filter((file) => /(?<!\.d)\.ts$/.test(file))));
    const problems = [...files].sort().flatMap((file) => problemsOf(file, read(file), preloaded.has(file)));
    const of = (/** @type {string} */ folder) => readProduct('.', path.join(folder, 'manifest.json'), 'lin').modules;
    const [app, tested, machine] = [of('modules'), of('tests/sdk/modules'), of('tests/sdk')];
    problems.push(...missingOf(app, [of('.')], read), ...missingOf(tested, [app, machine], read), ...missingOf(of('tests/sdk/scripts'), [tested, machine], read));
    for (const problem of problems) console.error(problem);
    console.log(`preload: ${files.size} modules, ${preloaded.size} of them preloaded, ${problems.length} problems`);
    process.exit(problems.length > 0 ? 1 : 0);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) main();
