// What the Moddable SDK would change or refuse in a binding: the check finds it without the SDK.
import test from 'ava';
import { missingOf, preloadedOf, problemsOf } from '../../tools/checks/preload.mjs';
import { oneCalls, others } from '../sdk/constructors.mjs';

/** @param {string} body of a class that extends Native @param {string} [before] */
const found = (body, before = '') => problemsOf('a.ts', `${before}export class A extends Native('xs_a_destructor') {\n${body}\n}\n`, false);

const members = ['#checked(): void {}', 'readonly #secret = 7;', 'get #size(): number { return 1; }', 'pump: () => void = () => undefined;', 'label = 1;', "'quoted' = 1;", '[Symbol.iterator] = 1;', 'late: unknown;'];

test('what the C in the place of a constructor would not make is found, whatever it is', (t) => {
    for (const made of oneCalls) {
        for (const member of members) {
            t.regex(found(`${made}\n${member}`).join('\n'), /^a\.ts:3: \S+ is never made: /, `${made} ${member}`);
            t.regex(found(`${member}\n${made}`).join('\n'), /^a\.ts:2: \S+ is never made: /, `${made} ${member}`);
        }
    }
    t.is(found(`${oneCalls[0]}\n#one(): void {}\n#two = 2;`).length, 2);
    t.regex(problemsOf('a.ts', `const A = class extends Native('xs_d') { ${oneCalls[0]} #a = 1; };`, false).join(), /#a is never made/);
});

test('a constructor that stays one makes them', (t) => {
    for (const made of ['', ...others]) {
        for (const member of members) t.deepEqual(found(`${made}\n${member}`), [], `${made} ${member}`);
    }
});

test('members that no new object needs are nothing to find', (t) => {
    for (const made of oneCalls) {
        t.deepEqual(found(`${made}\nplain(): void {}\nget size(): number { return 1; }\nstatic readonly most = 4;\nstatic #own(): void {}\ndeclare typed: number;`), []);
    }
    t.deepEqual(problemsOf('a.ts', `class A { #a = 1; } class B extends A { ${oneCalls[0]} #b = 1; }`, false), [], 'no C base');
});

/** @param {string} code */
const evaluated = (code) => problemsOf('a.ts', code, true);

test('what a preloaded module may not do as it is evaluated is found', (t) => {
    const wrong = [
        'let state = false;',
        'var state = 1;',
        'export const all = new Map<string, number>();',
        'const encoder = new TextEncoder();',
        'const now = Date.now();',
        "const facts = native<() => number>('xs_facts').call(undefined);",
        'const list = [1, 2];',
        'export const table = { a: 1 };',
        'export const table = Object.freeze({ a: { b: 1 } });',
        'const late = await Promise.resolve(1);',
        'class A { static made = 0; }',
        'class A { static { register(A); } }',
        'enum Kind { A }',
        "const text = String.raw`a`;",
    ];
    for (const code of wrong) {
        t.regex(evaluated(`\n${code}`).join('\n'), /^a\.ts:2: /, code);
        t.deepEqual(problemsOf('a.ts', code, false), [], 'of others it may');
    }
});

test('constants, functions and classes are all that a preloaded module has', (t) => {
    const right = [
        "const names = Object.freeze(['a', 'b'] as const);",
        'const [a, b] = [1, 2] as const;',
        'const pattern = /a/;',
        'export const api = Object.freeze({ now(): number { let at = Date.now(); at++; return at; } });',
        'class A { static readonly most = 4; readonly all = new Map<string, number>(); list = [1]; #at = Date.now(); }',
        'const make = () => ({ a: [new Map()] });',
        "export class A extends Native('xs_a') {}",
        'interface A { a: number } type B = { b: number };',
        'declare let given: number;',
    ];
    for (const code of right) t.deepEqual(evaluated(code), [], code);
});

test('what a preloaded module imports is preloaded too', (t) => {
    const files = new Map([
        ['a.ts', "import { b } from 'b'; import type { c } from 'c'; export { d } from 'd'; import 'of-the-sdk';"],
        ['b.ts', "import 'e';"],
        ['c.ts', ''],
        ['d.ts', ''],
        ['e.ts', ''],
    ]);
    const modules = new Map(['a', 'b', 'c', 'd', 'e'].map((name) => [name, `${name}.ts`]));
    const product = { modules, sources: [], preload: ['a'], flags: [], compilerOptions: {}, manifests: [], unmatched: [] };
    t.deepEqual([...preloadedOf(product, (file) => files.get(file) ?? '')].sort(), ['a.ts', 'b.ts', 'd.ts', 'e.ts']);
});

test('a module of an archive imports what is there: not a room that it does without, but import() may ask for one', (t) => {
    const files = {
        'a.ts': "import { b } from 'ocellus/test/b';\nimport { host } from 'ocellus/host';\nimport Timer from 'timer';",
        'b.ts': "import type { S } from 'ocellus/app/gone/types';\nexport const later = () => import('ocellus/app/gone/late');",
        'c.ts': "export { x } from 'ocellus/app/gone/x';",
    };
    const read = (/** @type {string} */ file) => files[/** @type {keyof typeof files} */ (file)];
    const archive = new Map([['ocellus/test/a', 'a.ts'], ['ocellus/test/b', 'b.ts']]);
    const program = new Map([['ocellus/host', 'host.ts'], ['ocellus/data', 'data.json']]);
    t.deepEqual(missingOf(archive, [program], read), []);
    t.deepEqual(missingOf(archive, [], read), ["a.ts: imports ocellus/host, which no archive of the SDK's hosts has"]);
    t.regex(missingOf(new Map([...archive, ['ocellus/test/c', 'c.ts']]), [program], read).join(), /^c\.ts: imports ocellus\/app\/gone\/x, /);
});
