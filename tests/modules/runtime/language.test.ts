import { assertEqual, assertRejects, assertThrows, test } from 'ocellus/test/harness';

test('there is no parser: eval and Function throw', () => {
    const evaluate = eval;
    assertThrows(() => evaluate('1 + 1'), { type: SyntaxError, message: /no parser/ });
    assertThrows(() => new Function('return 1'), { type: SyntaxError });
});

test('await, generators, private names, BigInt and named groups work', async () => {
    class Counter {
        #value = 40;
        get value(): number {
            return this.#value;
        }
        async add(): Promise<number> {
            this.#value += await Promise.resolve(2);
            return this.#value;
        }
    }
    assertEqual(await new Counter().add(), 42);
    function* numbers(): Generator<number> {
        yield 1;
        yield 2;
    }
    assertEqual([...numbers()], [1, 2]);
    assertEqual(2n ** 70n, 1180591620717411303424n);
    assertEqual(/(?<year>\d{4})/.exec('in 2026')?.groups?.['year'], '2026');
});

test('a dynamic import of a module that does not exist rejects', async () => {
    const missing = ['ocellus/app', 'no-such-module'].join('/'); // the bundler refuses a literal
    await assertRejects(import(missing));
});
