// tools/checks/includes.mjs fails on an include against the order, on a circle and on a folder that is too large.
import test from 'ava';
import { check, circles } from '../../tools/checks/includes.mjs';

/** @param {Record<string, string>} texts @param {readonly string[]} order */
const problems = (texts, order) => check(new Map(Object.entries(texts)), Object.keys(texts), order);

test('an include from a lower folder passes, one against the order fails', (t) => {
    const texts = { 'low/a.h': '', 'high/b.h': '#include "a.h"\n', 'high/b.c': '#include "b.h"\n#include <stdio.h>\n' };
    t.deepEqual(problems(texts, ['low', 'high']), []);
    t.regex(problems(texts, ['high', 'low']).join(), /high\/b\.h includes low\/a\.h: high comes before low/);
});

test('two folders that include from each other fail in whatever order', (t) => {
    const texts = { 'one/a.h': '', 'one/a.c': '#include "b.h"\n', 'two/b.h': '', 'two/c.c': '#include "a.h"\n' };
    t.is(problems(texts, ['one', 'two']).length, 1);
    t.is(problems(texts, ['two', 'one']).length, 1);
});

test('a folder that the order does not name fails', (t) => {
    t.regex(problems({ 'new/a.h': '' }, []).join(), /^new: is not in the order/);
});

test('modules that include each other fail, also by a third one', (t) => {
    const texts = { 'x/a.h': '', 'x/a.c': '#include "b.h"\n', 'x/b.h': '#include "c.h"\n', 'x/c.h': '#include "a.h"\n' };
    t.regex(problems(texts, ['x']).join(), /^x\/a, x\/b, x\/c: include each other/);
});

test('files that share a private header are one module', (t) => {
    const texts = {
        'x/a.h': '',
        'x/a_impl.h': '#include "a.h"\n',
        'x/a.c': '#include "a_impl.h"\n#include "a_part.h"\n',
        'x/a_part.h': '',
        'x/a_part.c': '#include "a_impl.h"\n',
    };
    t.deepEqual(problems(texts, ['x']), []);
});

test('41 files in a folder are too many, those of its folders do not count', (t) => {
    /** @param {number} count */
    const names = (count) => Array.from({ length: count }, (_, at) => `x/${at}.ts`);
    t.deepEqual(check(new Map(), [...names(40), 'x/y/1.ts'], []), []);
    t.regex(check(new Map(), names(41), []).join(), /^x: 41 files, at most 40/);
});

test('circles finds every group once', (t) => {
    /** @type {[string, string[]][]} */
    const edges = [['a', ['b']], ['b', ['a', 'c']], ['c', ['d']], ['d', ['e']], ['e', ['c']], ['f', ['a']]];
    const graph = new Map(edges.map(([from, to]) => [from, new Set(to)]));
    t.deepEqual(circles(graph).sort(), [['a', 'b'], ['c', 'd', 'e']]);
});
