// tools/checks/unused.mjs finds C code that no program reaches.
import test from 'ava';
import { check } from '../../tools/checks/unused.mjs';

/** @param {Record<string, string>} programs @param {string[]} [tests] @param {Record<string, string>} [allowed] */
const problems = (programs, tests = [], allowed = {}) => check(new Map(Object.entries(programs)), tests, new Map(Object.entries(allowed)));

const main = 'int main(void) {\n    return oc_a();\n}\n';

test('what main reaches is served, by calls, tables, macros and names to look up', (t) => {
    const a = `#define OC_B(x) oc_b(x)
static int own(void) {
    return OC_B(1);
}
static const ops_t ops = {.run = own};
int oc_a(void) {
    return ops.run() + dlsym("oc_c");
}
int oc_b(int x) {}
int oc_c(void) {}
`;
    t.deepEqual(problems({ 'native/m.c': main, 'native/a.c': a }), []);
});

test('a function that only tests call fails, and so does what it alone needs', (t) => {
    const a = 'static int own(void) {\n}\nint oc_a(void) {\n}\nint oc_t(void) {\n    return own();\n}\n';
    const found = problems({ 'native/m.c': main, 'native/a.c': a }, ['oc_t();']);
    t.is(found.length, 2);
    t.regex(found.join(), /native\/a\.c:1: own \(2 lines\): nothing uses it/);
    t.regex(found.join(), /native\/a\.c:5: oc_t \(3 lines\): only tests and benches use it/);
});

test('tools are programs, comments and declarations are not calls', (t) => {
    const h = '/* oc_a() */\nint oc_a(void);\n';
    const a = 'int oc_a(void) {\n}\n';
    t.is(problems({ 'native/a.h': h, 'native/a.c': a }).length, 1);
    t.deepEqual(problems({ 'native/a.h': h, 'native/a.c': a, 'tools/m.c': main }), []);
});

test('an exception that is not needed fails', (t) => {
    const a = 'int oc_a(void) {\n}\n';
    t.deepEqual(problems({ 'native/a.c': a }, [], { oc_a: 'why' }), []);
    t.regex(problems({ 'native/a.c': a, 'native/m.c': main }, [], { oc_a: 'why' }).join(), /oc_a is in use/);
    t.regex(problems({}, [], { oc_a: 'why' }).join(), /oc_a is gone/);
});
