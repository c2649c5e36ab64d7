import { assert, assertEqual, assertRejects, test } from 'ocellus/test/harness';

test("an application's module named like one of the host's that is not granted is no module", async () => {
    const [own, hidden] = ['ocellus/impostor', 'ocellus/console'];
    const module: unknown = await import(own);
    assert(typeof module === 'object' && module !== null);
    assertEqual(Reflect.get(module, 'default'), 'of the application');
    const error = await assertRejects(import(hidden), { type: ReferenceError });
    assertEqual(error.message.replace(/^.*: /, ''), `no module ${hidden}`);
});
