// Lowers the binding convention to the host syntax of XS 13's parser, on the syntax tree.
//
//   native('xs_x')             → a hidden host function          function $n_xs_x(...$a) @ "xs_x"
//   extends Native('xs_d')     → a hidden host base class        class $N_xs_d @ "xs_d" { constructor() {} }
//   m(a, b) { return native('xs_x').call(this, a, b); }   → m(a, b) @ "xs_x"
//
// The hidden declarations stand on line 1, and no line is added or removed, so that source maps stay right.
// The last form is an optimisation (28 ns instead of 166 ns a call) for the exact one-call body only: anything
// else in it would change what the C function sees.
import { parse } from 'acorn';

/** A mistake in a source file, with its place in the emitted JavaScript ({line, column} of acorn). */
export class LowerError extends Error {
    constructor(message, node) {
        super(message);
        this.at = node.loc.start;
    }
}

const symbolPattern = /^[A-Za-z_][A-Za-z0-9_]*$/;

function isName(node, name) {
    return node?.type === 'Identifier' && node.name === name;
}

/** The C symbol of `native('x')` / `Native('x')`. */
function symbolOf(call) {
    const [argument] = call.arguments;
    const good = call.arguments.length === 1 && argument.type === 'Literal' && typeof argument.value === 'string';
    if (!good || !symbolPattern.test(argument.value)) {
        throw new LowerError(`${call.callee.name}() wants one literal C symbol`, call);
    }
    return argument.value;
}

/** `native('x').call(this, a, b)` with exactly the parameters, in order, each a plain different name. */
function oneCallSymbol(fn) {
    if (fn.async || fn.generator || fn.body.type !== 'BlockStatement' || fn.body.body.length !== 1) return undefined;
    const [statement] = fn.body.body;
    const call = statement.type === 'ReturnStatement' ? statement.argument : undefined;
    if (call?.type !== 'CallExpression' || call.optional || call.callee.type !== 'MemberExpression') return undefined;
    const { object, property, computed } = call.callee;
    if (computed || !isName(property, 'call') || object.type !== 'CallExpression' || !isName(object.callee, 'native')) {
        return undefined;
    }
    const [self, ...values] = call.arguments;
    const names = fn.params.map((param) => (param.type === 'Identifier' ? param.name : undefined));
    const same = values.length === names.length && values.every((value, i) => names[i] !== undefined && isName(value, names[i]));
    if (self?.type !== 'ThisExpression' || !same || new Set(names).size !== names.length || names.includes('native')) {
        return undefined;
    }
    return symbolOf(object);
}

/** Names that a module declares itself, so that a local `native` is refused instead of miscompiled. */
function refuseDeclared(node) {
    if (node && (node.name === 'native' || node.name === 'Native') && node.type === 'Identifier') {
        throw new LowerError(`${node.name} is reserved for the binding convention`, node);
    }
}

class Lowering {
    constructor(code, { bindings }) {
        this.code = code;
        this.bindings = bindings;
        this.edits = [];
        this.functions = new Set();
        this.classes = new Set();
    }

    replace(node, text) {
        const lines = this.code.slice(node.start, node.end).split('\n').length - 1;
        this.edits.push({ start: node.start, end: node.end, text: text + '\n'.repeat(lines) });
    }

    /** `fn`: the innermost function around, to refuse async and generator ones (arrows included). */
    visit(node, parent, fn) {
        if (node.type === 'MethodDefinition' || (node.type === 'Property' && (node.method || node.kind !== 'init'))) {
            if (this.visitMethod(node)) {
                if (node.computed) this.visit(node.key, node, fn);
                return;
            }
        }
        if (node.type === 'CallExpression' && node.callee.type === 'Identifier') {
            if (this.visitCall(node, parent, fn)) return;
        } else if (isName(node, 'native') || isName(node, 'Native')) {
            const isKey = (parent.type === 'MemberExpression' && parent.property === node && !parent.computed)
                || ('key' in parent && parent.key === node && !parent.computed && !parent.shorthand);
            if (!isKey) throw new LowerError(`${node.name} may only be called directly`, node);
        }
        if (node.type === 'ForOfStatement' && node.await && fn === undefined) {
            throw new LowerError('for await at the top level of a module crashes the engine: put it into a function', node);
        }
        if (node.type === 'VariableDeclarator') refuseDeclared(node.id);
        this.visitChildren(node, /Function/.test(node.type) ? node : fn);
    }

    visitChildren(node, fn) {
        for (const value of Object.values(node)) {
            for (const child of Array.isArray(value) ? value : [value]) {
                if (child && typeof child.type === 'string') this.visit(child, node, fn);
            }
        }
    }

    visitCall(node, parent, fn) {
        const { name } = node.callee;
        if (name !== 'native' && name !== 'Native') return false;
        if (!this.bindings) throw new LowerError(`${name}() outside of a binding file`, node);
        const symbol = symbolOf(node);
        if (name === 'Native') {
            const isBase = parent.type.startsWith('Class') && parent.superClass === node;
            if (!isBase) throw new LowerError('Native() is only a base class: class X extends Native(...)', node);
            this.classes.add(symbol);
            this.replace(node, `$N_${symbol}`);
            return true;
        }
        if (fn?.async || fn?.generator) {
            throw new LowerError('native() inside an async or generator function', node);
        }
        this.functions.add(symbol);
        this.replace(node, `$n_${symbol}`);
        return true;
    }

    /** The `@` form of a method, getter or setter; false when the body is anything else. */
    visitMethod(node) {
        const fn = node.value;
        if (node.kind === 'constructor' || !this.bindings) return false;
        const symbol = oneCallSymbol(fn);
        if (symbol === undefined) return false;
        // A class element ends with `;`, an object's method with the `,` that is already there.
        this.replace(fn.body, `@ "${symbol}"${node.type === 'MethodDefinition' ? ';' : ''}`);
        return true;
    }

    result() {
        let out = this.code;
        for (const { start, end, text } of this.edits.sort((a, b) => b.start - a.start)) {
            out = out.slice(0, start) + text + out.slice(end);
        }
        const hidden = [...this.classes].map((symbol) => `class $N_${symbol} @ "${symbol}" { constructor() {} }`)
            .concat([...this.functions].map((symbol) => `function $n_${symbol}(...$a) @ "${symbol}"`));
        if (hidden.length === 0) return out;
        const line = `${hidden.join('; ')}; `;
        return out.startsWith('#!') ? out.replace('\n', `\n${line}`) : line + out;
    }
}

/** Every module that `tree` imports by a literal specifier, with the line. */
function importsOf(tree) {
    const found = [];
    const walk = (node) => {
        const source = /^(?:Import|Export)/.test(node.type) ? node.source : undefined;
        if (source?.type === 'Literal') found.push({ specifier: source.value, at: source.loc.start });
        for (const value of Object.values(node)) {
            for (const child of Array.isArray(value) ? value : [value]) {
                if (child && typeof child.type === 'string') walk(child);
            }
        }
    };
    walk(tree);
    return found;
}

/**
 * JavaScript of one module, ready for xsb, and what it imports.
 * `bindings`: whether the file may use the convention at all. Throws LowerError.
 */
export function lower(code, options) {
    const tree = parse(code, { ecmaVersion: 2022, sourceType: 'module', locations: true });
    const lowering = new Lowering(code, options);
    lowering.visit(tree, tree, undefined);
    return { code: lowering.result(), imports: importsOf(tree) };
}
