// The level of the host's API: what the check takes from TypeScript, and what it refuses.
import test from 'ava';
import { compare, namesOf, readSurface } from '../../tools/checks/api-level.mjs';

/** @type {Record<string, string>} */
const modules = {
    'ocellus/a': `
        import type { Base } from 'ocellus/b';
        export { type Base as Renamed, fromB } from 'ocellus/b';
        export * from 'ocellus/c';
        export interface Options extends Base { readonly own: string; call(): void; }
        export type Shape = { readonly field: number };
        export class Thing {
            static make(): Thing { return new Thing(); }
            readonly seen = 1;
            #hidden = 2;
            private secret = 3;
            constructor() {}
            get size(): number { return 0; }
            *[Symbol.iterator]() {}
        }
        export function free(): void {}
        export const codes = Object.freeze({ ONE: 1, 'two-three': 2 } as const);
        export const words = Object.freeze(['first', 'second'] as const);
        class Inner { shown = 1; }
        export default Inner;
        const local = 1;
    `,
    'ocellus/b': 'export interface Base { readonly inherited: number } export function fromB(): void {}',
    'ocellus/c': 'export const all = 1;',
};
const read = (/** @type {string} */ specifier) => modules[specifier];

test('exported names and their members are taken from the syntax tree', (t) => {
    t.deepEqual(namesOf('ocellus/a', read), [
        'Options', 'Options.call', 'Options.inherited', 'Options.own', 'Renamed', 'Renamed.inherited', 'Shape', 'Shape.field',
        'Thing', 'Thing.[Symbol.iterator]', 'Thing.make', 'Thing.seen', 'Thing.size', 'all', 'codes', 'codes.ONE', 'codes.two-three',
        'default', 'default.shown', 'free', 'fromB', 'words', "words.'first'", "words.'second'",
    ]);
});

test('modules and globals are those of the surface', (t) => {
    const text = 'static const module_t modules[] = {\n    {"a", 0},\n    {"b", X},\n};\nstatic const char *const globals[] = {\n    "G",\n};\n';
    t.deepEqual(readSurface(text), { modules: ['a', 'b'], globals: ['G'] });
    t.throws(() => readSurface('nothing'), { message: /no lists/ });
});

test('a name that is new gets the level under development', (t) => {
    const { list, added, problems } = compare({ level: 2, released: 1, modules: { m: { old: 1 } } }, { m: ['fresh', 'old'] });
    t.deepEqual(list.modules, { m: { fresh: 2, old: 1 } });
    t.deepEqual(added, ['m: fresh']);
    t.deepEqual(problems, []);
});

test('nothing is added to a level that is released', (t) => {
    const { problems } = compare({ level: 1, released: 1, modules: { m: { old: 1 } } }, { m: ['fresh', 'old'] });
    t.deepEqual(problems, ['new: m: fresh, but level 1 is released: raise "level" to 2, and OC_API_LEVEL']);
});

test('a name of a released level stays; one that never was may go', (t) => {
    const { gone, problems } = compare({ level: 2, released: 1, modules: { m: { old: 1, fresh: 2 }, n: { whole: 1 } } }, { m: [] });
    t.deepEqual(gone, ['m: fresh']);
    t.deepEqual(problems, [
        'm: old is gone, but level 1 was released with it: applications use it; keep it',
        'n: whole is gone, but level 1 was released with it: applications use it; keep it',
    ]);
});

test('levels follow each other, and no name comes from a later one', (t) => {
    t.deepEqual(compare({ level: 3, released: 1, modules: {} }, {}).problems, ['level 3 does not follow the released 1']);
    t.deepEqual(compare({ level: 1, released: 0, modules: { m: { a: 2 } } }, { m: ['a'] }).problems, ['m: a came with level 2, which is none of 1 to 1']);
});
