// Which texts come with the page: those that the modules of the first picture ask for, and no others.
import test from 'ava';
import { parse } from 'acorn';
import { textsOf } from '../../viewer/first-texts.mjs';

/** @param {string} code */
const of = (code) => textsOf(parse(code, { ecmaVersion: 2024, sourceType: 'module' }), 'some.ts');

test('texts that a module asks for, and groups of words', (t) => {
    t.deepEqual(of("t('one'); f(t(a ? 'two' : b ? 'three' : 'four', { name: t('five') })); word('kind', x); en.six"), { keys: ['one', 'two', 'three', 'four', 'five', 'six'], groups: ['kind'] });
});

test('names of fields and kinds that are names of texts too are left out', (t) => {
    t.deepEqual(of("status.cloud = record['latency']; switch (x) { case 'log': f('settings'); } const t = { viewers: 'clock' };"), { keys: [], groups: [] });
});

test('a text whose name is not known before the page runs fails the build', (t) => {
    t.throws(() => of('for (const name of names) t(name);'), { message: 'some.ts: a call of t names no text' });
    t.throws(() => of('word(group, name)'), { message: 'some.ts: a call of word names no text' });
});
