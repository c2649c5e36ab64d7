/**
 * An application without capabilities looks for what it was not given in the objects that it was given: every object that
 * can be reached from the modules of an application is walked, and tricks of the language are played on them.
 */
import * as command from 'ocellus/command';
import * as errors from 'ocellus/error';
import * as host from 'ocellus/host';
import * as plane from 'ocellus/plane';
import { assert, assertEqual, assertThrows, test } from 'ocellus/test/harness';
import Timer from 'timer';

/** A module that needs a capability. */
const guarded: string = 'ocellus/p2p';

/** Names of classes and functions that only modules behind a capability, or of the host alone, have. */
const forbidden = new Set([
    'HTTPClient',
    'TCP',
    'UDP',
    'Listener',
    'Resolver',
    'Directory',
    'KeyValue',
    'P2p',
    'NativeLink',
    'Mail',
    'nativeP2pLink',
    'grantsModule',
    'loadApp',
    'hideGlobals',
    'Compartment',
    'ModuleSource',
]);

/** Everything that can be reached by names, symbols, prototypes, getters and constructors. */
function reachable(roots: readonly unknown[]): Set<object> {
    const seen = new Set<object>();
    const found: unknown[] = [...roots];
    while (found.length > 0) {
        const one = found.pop();
        if (!((typeof one === 'object' && one !== null) || typeof one === 'function') || seen.has(one)) {
            continue;
        }
        seen.add(one);
        found.push(Object.getPrototypeOf(one));
        const all: Record<PropertyKey, PropertyDescriptor> = Object.getOwnPropertyDescriptors(one);
        for (const key of Reflect.ownKeys(all)) {
            const { value, get, set } = all[key] ?? {};
            found.push(value, get, set);
        }
    }
    return seen;
}

/** Without `ocellus/p2p`: no module of it may be reached from those that are granted. */
const modules = [command, errors, host, plane, Timer, import.meta, globalThis];

test('no object of a granted module leads to what was not granted', () => {
    const seen = reachable([...modules, new errors.OcellusError('IO'), new Error('x', { cause: plane })]);
    assert(seen.size > 100, `only ${seen.size} objects`);
    for (const one of seen) {
        const name: unknown = typeof one === 'function' ? Object.getOwnPropertyDescriptor(one, 'name')?.value : '';
        assert(typeof name !== 'string' || !forbidden.has(name), `${String(name)} can be reached`);
    }
});

test('constructors reached through instances are those of the class, and make no more than it does', () => {
    const error = new errors.OcellusError('IO');
    assert(error.constructor === errors.OcellusError);
    assert(Object.getPrototypeOf(Object.getPrototypeOf(error)) === Error.prototype);
    const Made = error.constructor as new (code: errors.ErrorCode) => errors.OcellusError;
    assertEqual(new Made('IO').code, 'IO');
});

test('function constructors compile nothing, wherever they come from', () => {
    const functions = [
        () => 0,
        async () => 0,
        function* () {},
        async function* () {},
        setTimeout,
        Timer.set,
        plane.Plane,
        errors.OcellusError.fromNumber,
        Object.getOwnPropertyDescriptor(Map.prototype, 'size')?.get,
    ];
    for (const one of functions) {
        const make = Object.getPrototypeOf(one).constructor as (code: string) => () => unknown;
        assertThrows(() => make('return globalThis')());
        assertThrows(() => Reflect.construct(make, ['return import("ocellus/p2p")'])());
    }
});

test('a bound, proxied or borrowed import has the same answer', async () => {
    const load = (name: string) => import(name);
    const ways = [
        load.bind({ granted: true }),
        new Proxy(load, {}),
        (name: string) => Reflect.apply(load, plane, [name]),
        (name: string) => Promise.resolve(name).then(load),
        async function* from(name: string) {
            yield import(name);
        },
    ];
    for (const way of ways.slice(0, 4)) {
        const [result] = await Promise.allSettled([(way as typeof load)('ocellus/p2p')]);
        assertEqual(result?.status, 'rejected');
    }
    const generator = (ways[4] as (name: string) => AsyncGenerator)('ocellus/p2p');
    const [result] = await Promise.allSettled([generator.next()]);
    assertEqual(result?.status, 'rejected');
});

test('an error that refuses carries nothing of the host', async () => {
    const [result] = await Promise.allSettled([import(guarded)]);
    assert(result?.status === 'rejected');
    const reason = result.reason as Error;
    assertEqual(Reflect.ownKeys(reason).filter((key) => key !== 'stack' && key !== 'message').length, 0);
    assertEqual(reason.cause, undefined);
    for (const one of reachable([reason])) {
        const name: unknown = typeof one === 'function' ? Object.getOwnPropertyDescriptor(one, 'name')?.value : '';
        assert(typeof name !== 'string' || !forbidden.has(name), String(name));
    }
});

test('species, thenables and getters of a promise get no module', async () => {
    const seen: unknown[] = [];
    class Spy extends Promise<unknown> {
        constructor(run: ConstructorParameters<typeof Promise<unknown>>[0]) {
            super((resolve, reject) =>
                run(
                    (value) => {
                        seen.push(value);
                        resolve(value);
                    },
                    reject,
                ),
            );
        }
    }
    Reflect.defineProperty(Spy, Symbol.species, { value: Spy });
    const [result] = await Promise.allSettled([Spy.resolve('ocellus/p2p').then((name) => import(name as string))]);
    assertEqual(result?.status, 'rejected');
    assert(!seen.some((value) => typeof value === 'object' && value !== null && 'P2p' in value));
    assertThrows(() => Object.defineProperty(Promise.prototype, 'then', { value: () => undefined }));
});

test('weak references and finalizers bring nothing back', () => {
    const registry = new FinalizationRegistry(() => undefined);
    let held = 0;
    for (const one of reachable(modules)) {
        try {
            registry.register(one, undefined);
        } catch (error) {
            assert(error instanceof TypeError); // XS 17 takes no function that lies in its read-only memory
            continue;
        }
        assert(new WeakRef(one).deref() === one);
        held++;
    }
    assert(held > 20, `only ${held} objects`);
});

test('callbacks of the host are called with the own scope only', async () => {
    const given = await new Promise<unknown[]>((resolve) => {
        setTimeout(function (this: unknown, ...values: unknown[]) {
            resolve([this, ...values]);
        }, 0);
    });
    for (const one of reachable(given)) {
        const name: unknown = typeof one === 'function' ? Object.getOwnPropertyDescriptor(one, 'name')?.value : '';
        assert(typeof name !== 'string' || !forbidden.has(name), String(name));
    }
});

test('options with getters and proxies are read as values, and open nothing', () => {
    const reads: string[] = [];
    const posted: unknown[] = [];
    const link = new Proxy(
        {},
        {
            get: (_target, key) => {
                reads.push(String(key));
                return (...values: unknown[]) => {
                    posted.push(values);
                    return -1;
                };
            },
            set: () => true,
        },
    );
    const fake = new plane.Plane(link as never);
    assert(fake.mail !== undefined);
    assertThrows(() => new plane.Plane());
    assertThrows(() => (Reflect.construct(Object, [], plane.Plane) as plane.Plane).channels());
});
