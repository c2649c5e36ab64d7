// XS makes a name of every text that is used as a key, and keeps it until the script ends: there is room for 16,384. So text that may
// come from outside is no key: neither `a[text]`, `text in a`, `{ [text]: … }`, Object.hasOwn, Object.fromEntries nor Reflect take one.
// A Map or a Set does. Types decide (TypeScript's checker): a key that is a `string` may be any text; words, numbers and symbols are
// fine, and so is what comes out of Object.keys or Object.entries, which was a name before. An exception says why on its own line or
// the one above, in a comment that begins with "a name:".
//
//   node tools/checks/names.mjs [TSCONFIG]
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { SyntaxKind } from 'typescript/unstable/ast';
import { API, TypeFlags } from 'typescript/unstable/sync';

/** A node of the syntax tree, and a type. @typedef {any} Node @typedef {any} Type */

/** Members of Object and Reflect whose argument of this number is a key. @type {Record<string, number>} */
const keyArguments = { 'Object.hasOwn': 1, 'Object.defineProperty': 1, 'Object.getOwnPropertyDescriptor': 1, 'Reflect.get': 1, 'Reflect.set': 1, 'Reflect.has': 1, 'Reflect.deleteProperty': 1, 'Reflect.defineProperty': 1, 'Reflect.getOwnPropertyDescriptor': 1 };
/** Methods that hand a callback the elements of a list, from their first parameter on; those of `reduce` from the second. */
const iterators = /^(?:map|flatMap|filter|find|some|every|forEach|reduce|reduceRight)$/;
/** What gives names that there are already. */
const namers = /^Object\.(keys|entries|getOwnPropertyNames)$/;

/** @param {Node} node "Object.keys" of a call, "" of others */
function calleeOf(node) {
    const callee = node?.kind === SyntaxKind.CallExpression ? node.expression : undefined;
    return callee?.kind === SyntaxKind.PropertyAccessExpression && callee.expression.kind === SyntaxKind.Identifier ? `${callee.expression.text}.${callee.name.text}` : '';
}

/** Any text: `string` itself, what may be one, or a generic that does not say that it is less. @param {Type | undefined} type @param {any} checker @returns {boolean} */
function isText(type, checker) {
    if (type === undefined) return true;
    if (type.flags & TypeFlags.TypeParameter) return isText(checker.getConstraintOfTypeParameter(type), checker);
    if (type.flags & (TypeFlags.String | TypeFlags.Any | TypeFlags.Unknown | TypeFlags.TemplateLiteral | TypeFlags.StringMapping)) return true;
    if (type.flags & TypeFlags.UnionOrIntersection) return type.getTypes().some((/** @type {Type} */ one) => isText(one, checker));
    return false;
}

/** What a `const` was declared with, else the expression itself. @param {Node} node @param {any} project @returns {Node} */
function originOf(node, project) {
    const declared = node?.kind === SyntaxKind.Identifier ? project.checker.getSymbolAtLocation(node)?.valueDeclaration?.resolve(project) : undefined;
    const constant = declared?.kind === SyntaxKind.VariableDeclaration && declared.initializer !== undefined && declared.name.kind === SyntaxKind.Identifier;
    return constant ? originOf(declared.initializer, project) : node;
}

/** "keys" or "entries" when the list is one of names, behind these methods. @param {Node} list @param {any} project @param {RegExp} [behind] @returns {string | undefined} */
function isOfNames(list, project, behind = /^(?:filter|slice|toSorted|sort)$/) {
    const at = originOf(list, project);
    const named = namers.exec(calleeOf(at))?.[1];
    const inner = at?.kind === SyntaxKind.CallExpression && at.expression.kind === SyntaxKind.PropertyAccessExpression && behind.test(at.expression.name.text);
    return named ?? (inner ? isOfNames(at.expression.expression, project, behind) : undefined);
}

/** Whether the identifier is bound to a name out of Object.keys or Object.entries. @param {Node} use @param {any} project */
function isNameAlready(use, project) {
    if (use.kind !== SyntaxKind.Identifier) return false;
    for (let at = use.parent; at; at = at.parent) {
        let [bound, list] = /** @type {[Node | undefined, Node | undefined]} */ ([undefined, undefined]);
        if (at.kind === SyntaxKind.ForOfStatement) [bound, list] = [at.initializer.declarations?.[0]?.name, at.expression];
        else if (at.kind === SyntaxKind.ArrowFunction && at.parent.kind === SyntaxKind.CallExpression && at.parent.expression.kind === SyntaxKind.PropertyAccessExpression && iterators.test(at.parent.expression.name.text))
            [bound, list] = [at.parameters[/^reduce/.test(at.parent.expression.name.text) ? 1 : 0]?.name, at.parent.expression.expression];
        const first = bound?.kind === SyntaxKind.ArrayBindingPattern ? bound.elements[0]?.name : undefined;
        if ((first ?? bound)?.kind === SyntaxKind.Identifier && (first ?? bound).text === use.text) return isOfNames(list, project) === (first ? 'entries' : 'keys');
    }
    return false;
}

/** Whether pairs for Object.fromEntries have names that there are already, or written out. @param {Node} given @param {any} project */
function hasNames(given, project) {
    const { checker } = project;
    const pairs = originOf(given, project);
    if (isOfNames(pairs, project, /^(?:filter|slice|map|flatMap)$/) !== undefined) return true;
    const type = checker.getTypeAtLocation(pairs);
    const pair = type && checker.isArrayType(type) ? checker.getTypeArguments(type)[0] : undefined;
    return pair !== undefined && checker.isTupleType(pair) && !isText(checker.getTypeArguments(pair)[0], checker);
}

/** Every key of one file that may be any text. @param {Node} file @param {any} project @returns {Node[]} */
function keysOf(file, project) {
    const { checker } = project;
    /** @type {Node[]} */
    const pairs = [];
    /** @type {Node[]} */
    const keys = [];
    const visit = (/** @type {Node} */ node) => {
        if (node.kind === SyntaxKind.ElementAccessExpression) keys.push(node.argumentExpression);
        else if (node.kind === SyntaxKind.ComputedPropertyName) keys.push(node.expression);
        else if (node.kind === SyntaxKind.BinaryExpression && node.operatorToken.kind === SyntaxKind.InKeyword && node.left.kind !== SyntaxKind.PrivateIdentifier) keys.push(node.left);
        else if (keyArguments[calleeOf(node)] !== undefined && node.arguments[keyArguments[calleeOf(node)] ?? 0]) keys.push(node.arguments[keyArguments[calleeOf(node)] ?? 0]);
        else if (calleeOf(node) === 'Object.fromEntries') pairs.push(node.arguments[0]);
        node.forEachChild(visit);
    };
    visit(file);
    const types = checker.getTypeAtLocation(keys);
    return [...keys.filter((key, index) => isText(types[index], checker) && !isNameAlready(key, project)), ...pairs.filter((one) => !hasNames(one, project))];
}

/**
 * @param {string} config tsconfig.json of the scripts
 * @param {RegExp} which files, relative to its folder
 * @returns {{ files: number, found: string[] }} "FILE:LINE: text"
 */
export function findKeys(config, which) {
    const api = new API({ cwd: path.dirname(config) });
    try {
        const project = api.updateSnapshot({ openProject: config }).getProjects()[0];
        if (project === undefined) throw new Error(`${config}: no project`);
        const names = project.program.getSourceFileNames().filter((name) => which.test(path.relative(path.dirname(config), name)));
        const found = names.flatMap((name) => {
            const file = /** @type {Node} */ (project.program.getSourceFile(name));
            const lines = file.text.split('\n');
            return keysOf(file, project).flatMap((key) => {
                const line = file.text.slice(0, key.getStart(file)).split('\n').length;
                const excused = [lines[line - 1], lines[line - 2]].some((text) => /\/\/ a name: \S/.test(text ?? ''));
                return excused ? [] : [`${path.relative(path.dirname(config), name)}:${line}: ${key.getText(file).split('\n')[0]} may be any text and becomes a name of the engine: a Map, or a word of a list`];
            });
        });
        return { files: names.length, found };
    } finally {
        api.close();
    }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
    const { files, found } = findKeys(path.resolve(process.argv[2] ?? 'tsconfig.json'), /^(?:modules|native)\/.*\.ts$/);
    for (const line of found) console.error(line);
    console.log(`names: ${files} files, ${found.length} problems`);
    process.exit(found.length > 0 || files === 0 ? 1 : 0);
}
