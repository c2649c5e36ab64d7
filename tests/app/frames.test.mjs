// Functions that stay in the stack: what is changed does the same, on the same lines.
import test from 'ava';
import { keepFrames } from '../../tools/app/frames.mjs';

/** Bodies of a module that puts what it did into `out`; `f` and `g` are given. */
const modules = [
    'const a = (x) => f(x);\nout.push(a(1), a(2));',
    'const a = (x) => (y) => f(x, y);\nout.push(a(1)(2));',
    'function a(x) { if (x) return f(x); else return (g(), f(9)); }\nout.push(a(0), a(1));',
    'const a = (x) => x ? f(x) : g(x);\nout.push(a(0), a(1));',
    'const a = (x) => x?.f(1) ?? f(2);\nout.push(a(undefined), a({ f }));',
    'const a = x => /* => */ (\n    f(x)\n);\nout.push(a(3));',
    'const a = () => f(() => g(() => f(1)()));\nout.push(typeof a());',
    'function a() {\n    return f(1)\n}\nout.push(a());',
    'function a() { return(f(1)); }\nout.push(a());',
    'const a = () => tag`x`;\nout.push(a());',
    'const a = [() => f(1), () => g(2)];\nout.push(...a.map((one) => one()));',
    'const a = () => ({ b: f(1) });\nout.push(a().b);',
    'class A { get b() { return f(1); } static c = () => f(2); *d() { return g(1); } }\nout.push(new A().b, A.c(), new A().d().next().value);',
    'function a(n) { switch (n) { case 1: return f(1); default: return g(2); } }\nout.push(a(1), a(2));',
    'const a = (x) => x && a(x - 1);\nout.push(a(5));',
    'function a() { try { return f(1); } finally { out.push("end"); } }\nout.push(a());',
    'const a = function () { return this === undefined ? arguments.length : f(this.b); };\nout.push(a(1, 2), a.call({ b: 4 }));',
];

/** @param {string} code */
function run(code) {
    /** @type {unknown[]} */
    const out = [];
    const f = (/** @type {unknown[]} */ ...values) => `f(${values.filter((one) => typeof one !== 'function').join()})`;
    const g = (/** @type {unknown[]} */ ...values) => `g(${values.filter((one) => typeof one !== 'function').join()})`;
    new Function('out', 'f', 'g', 'tag', `'use strict';${code}`)(out, f, g, (/** @type {string[]} */ parts) => `tag ${parts[0]}`);
    return out;
}

test('the changed module does the same, on the same lines, and once more changed it is the same', (t) => {
    for (const code of modules) {
        const changed = keepFrames(code);
        t.deepEqual(run(changed), run(code), changed);
        t.is(changed.split('\n').length, code.split('\n').length);
        t.is(keepFrames(changed), changed);
    }
});

test('no call is left that ends a function', (t) => {
    for (const code of modules) t.notRegex(keepFrames(code), /return\s*\(?(f|g|a|tag)\b|=>\s*\(?\s*(f|g|a|tag)\b/, code);
});

test('what ends in no call stays as it is', (t) => {
    for (const code of ['const a = (x) => x + f(x);', 'const a = async (x) => await f(x);', 'const a = () => new F();', 'const a = () => [f()];', 'function a() { return; }', 'f();']) {
        t.is(keepFrames(code), code);
    }
    t.is(keepFrames('const a = ;'), 'const a = ;', 'a mistake is of the lowering');
});
