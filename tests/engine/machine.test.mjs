// Life and end of a machine, from outside: what a script may do to it, and what is said about it.
import test from 'ava';
import { xsrun } from './lib.mjs';

test('a TypeScript module prints through the console, waits and finishes', async (t) => {
    const { status, out, err } = await xsrun('hello');
    t.is(err, '');
    t.is(out, 'hello from bytecode {"a":1}\nlater\n');
    t.is(status, 0);
});
