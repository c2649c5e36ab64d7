/**
 * What an application finds is the same on every host, whichever engine it has: tier `test` runs this on XS 13, tier
 * `sdk` on XS 17. What cannot be the same is in `differs`, and in docs/hosts.md.
 */
import { OcellusError } from 'ocellus/error';
import { assert, assertEqual, assertRejects, test } from 'ocellus/test/harness';
import Timer from 'timer';

/** XS 17 knows ES2023; nothing else tells the engines apart. */
const xs17 = Reflect.has(Array.prototype, 'toSorted');
const differs = xs17
    ? { namedFrames: false, faceLength: 1, halvesJoin: false, noParser: /this host has no parser|secure mode/ }
    : { namedFrames: true, faceLength: 2, halvesJoin: true, noParser: /this host has no parser/ };

/** hosts/xs/oc_app_surface.c, in words. */
const language =
    'Infinity NaN undefined globalThis eval isFinite isNaN parseFloat parseInt decodeURI decodeURIComponent encodeURI ' +
    'encodeURIComponent escape unescape AggregateError Array ArrayBuffer BigInt BigInt64Array BigUint64Array Boolean DataView ' +
    'Date Error EvalError FinalizationRegistry Float32Array Float64Array Function Int8Array Int16Array Int32Array JSON Map Math ' +
    'Number Object Promise Proxy RangeError ReferenceError Reflect RegExp Set String Symbol SyntaxError TypeError URIError ' +
    'Uint8Array Uint8ClampedArray Uint16Array Uint32Array WeakMap WeakRef WeakSet';
const ofHost = 'TextDecoder TextEncoder clearInterval clearTimeout console queueMicrotask setInterval setTimeout trace';

function definedGlobals(): string[] {
    const names = new Set<string>();
    for (
        let from: object = globalThis;
        from !== null && from !== Object.prototype;
        from = Object.getPrototypeOf(from)
    ) {
        for (const name of Object.getOwnPropertyNames(from)) {
            if (name === 'undefined' || Reflect.get(globalThis, name) !== undefined) {
                names.add(name);
            }
        }
    }
    return [...names].sort();
}

test('globals: those of the list and no other', () => {
    assertEqual(definedGlobals().join(' '), `${language} ${ofHost}`.split(' ').sort().join(' '));
});

test('globals: what the list leaves out is undefined and stays so', () => {
    for (const name of [
        'Compartment',
        'SharedArrayBuffer',
        'Atomics',
        'harden',
        'lockdown',
        'global',
        'screen',
        'archive',
    ]) {
        assertEqual(Reflect.get(globalThis, name), undefined, name);
        Reflect.deleteProperty(globalThis, name);
        assertEqual(Reflect.get(globalThis, name), undefined, name);
    }
});

test('globals: no object leads to what the list leaves out', async () => {
    assert(Object.getPrototypeOf(globalThis) === Object.prototype);
    const hidden = 'Compartment SharedArrayBuffer Atomics ModuleSource ModuleStuff harden lockdown'.split(' ');
    const modules = [
        'timer',
        'ocellus/body',
        'ocellus/command',
        'ocellus/error',
        'ocellus/host',
        'ocellus/p2p',
        'ocellus/plane',
    ];
    const roots = [globalThis, import.meta, async () => undefined, async function* () {}, new Error('x')];
    const found: unknown[] = [...roots, ...(await Promise.all(modules.map((name) => import(name))))];
    const seen = new Set<unknown>();
    while (found.length > 0) {
        const one = found.pop();
        if (!(typeof one === 'function' || (typeof one === 'object' && one !== null)) || seen.has(one)) {
            continue;
        }
        seen.add(one);
        found.push(Object.getPrototypeOf(one));
        for (const [key, { value, get, set }] of Object.entries(Object.getOwnPropertyDescriptors(one))) {
            assert(value === undefined || !hidden.includes(key), key);
            assert(key !== 'trace' || value === trace, "the engine's own trace");
            found.push(value, get, set);
        }
    }
    assert(seen.size > 300, `${seen.size} objects`);
    assertEqual('center' in trace, false, "the engine's own trace");
});

test('globals: a script may add and replace its own, also timers', () => {
    const real = globalThis.setTimeout;
    let called = 0;
    globalThis.setTimeout = ((): number => ++called) as never;
    try {
        setTimeout(() => undefined, 0);
    } finally {
        globalThis.setTimeout = real;
    }
    assertEqual(called, 1);
    assert(Reflect.set(globalThis, 'mine', 1));
    assert(Reflect.deleteProperty(globalThis, 'mine'));
});

test('the language is frozen: prototypes cannot be changed', () => {
    for (const one of [Array, Map, Promise, Error, Date, RegExp, Function, Object, Uint8Array, String, Symbol]) {
        assert(Object.isFrozen(one.prototype), one.name);
    }
    for (const one of [[][Symbol.iterator](), new Map().keys(), new Int8Array(1)]) {
        assert(Object.isFrozen(Object.getPrototypeOf(one)));
        assert(Object.isFrozen(Object.getPrototypeOf(Object.getPrototypeOf(one))));
    }
});

test('a field of the name of a frozen member is defined, an assignment throws', () => {
    class Fielded extends Error {
        override name = 'Fielded';
    }
    class Assigned extends Error {
        constructor() {
            super();
            this.name = 'Assigned';
        }
    }
    assertEqual(new Fielded().name, 'Fielded');
    let thrown: unknown;
    try {
        new Assigned();
    } catch (error) {
        thrown = error;
    }
    assert(thrown instanceof TypeError);
    assertEqual(new OcellusError('BUSY').name, 'OcellusError');
});

test('eval and its like throw SyntaxError', () => {
    const makers = [
        () => Reflect.apply(globalThis.eval, undefined, ['1']),
        () => new Function('return 1'),
        () => Reflect.construct((() => undefined).constructor as never, ['1']),
        () => Reflect.construct((async () => undefined).constructor as never, ['1']),
        () => Reflect.construct(function* () {}.constructor as never, ['1']),
    ];
    for (const [index, make] of makers.entries()) {
        let thrown: unknown;
        try {
            make();
        } catch (error) {
            thrown = error;
        }
        assert(thrown instanceof (index < 2 ? SyntaxError : Error), String(thrown));
        assert(differs.noParser.test(thrown.message), thrown.message);
    }
});

test('clock and chance work', () => {
    assert(new Date().getFullYear() >= 2026 && Date.now() > 1.6e12);
    assertEqual(new Set([Math.random(), Math.random(), Math.random()]).size, 3);
    assert(Date() !== '');
});

test('modules: those of the list are granted, others are refused as if they were not there', async () => {
    for (const granted of [
        'timer',
        'ocellus/body',
        'ocellus/command',
        'ocellus/error',
        'ocellus/host',
        'ocellus/p2p',
        'ocellus/plane',
    ]) {
        assert((await import(granted)) !== undefined, granted);
    }
    const refused = [
        'ocellus/link',
        'ocellus/console',
        'ocellus/globals',
        'ocellus/surface',
        'ocellus/load-app',
        'time',
        'Resource',
        'nothing',
    ];
    for (const name of refused) {
        const error = await assertRejects(import(name), { type: ReferenceError });
        assertEqual(error.message.replace(/^.*: /, ''), `no module ${name}`);
    }
});

test('modules: relative names, one instance each', async () => {
    const [near, up, missing] = ['../harness', '../../../../../nothing', './nothing'];
    assertEqual((await import(near)) === (await import('ocellus/test/harness')), true);
    await assertRejects(import(up), { type: ReferenceError, message: /no module/ });
    await assertRejects(import(missing), {
        type: ReferenceError,
        message: /no module ocellus\/test\/runtime\/nothing$/,
    });
});

test('an error has a stack that begins with its name and message', () => {
    function thrower(): never {
        throw new RangeError('here');
    }
    try {
        thrower();
    } catch (error) {
        const lines = (error as Error).stack?.split('\n') ?? [];
        assertEqual(lines[0], 'RangeError: here');
        assert(/^ at thrower \(.*\)$/.test(lines[1] ?? ''), lines[1]);
        if (differs.namedFrames) {
            assert(/conformance\.test\.ts:\d+\)$/.test(lines[1] ?? ''), lines[1]);
        }
    }
});

test('a promise that a timer resolves, as people write it', async () => {
    assertEqual(await new Promise((resolve) => setTimeout(resolve, 1)), undefined);
});

test('order: promise jobs before timers, timers by time, equal times by start', async () => {
    const seen: string[] = [];
    const note = (text: string) => () => void seen.push(text);
    await new Promise<void>((done) => {
        setTimeout(() => {
            const from = Date.now();
            setTimeout(note('30'), 30);
            setTimeout(note('5'), 5);
            setTimeout(note('10 a'), 10);
            setTimeout(note('10 b'), 10);
            Timer.set(note('timer 15'), 15);
            setTimeout(() => {
                note('0')();
                void Promise.resolve().then(note('job of 0'));
            }, 0);
            setTimeout(note('after 0'), 0);
            queueMicrotask(note('microtask'));
            void Promise.resolve().then(note('job')).then(note('job of job'));
            note('now')();
            while (Date.now() - from < 40) {
                /* all are due, none has run */
            }
            setTimeout(done, 60);
        }, 0);
    });
    assertEqual(seen, [
        'now',
        'microtask',
        'job',
        'job of job',
        '0',
        'job of 0',
        'after 0',
        '5',
        '10 a',
        '10 b',
        'timer 15',
        '30',
    ]);
});

test('order: await, then, async generators and rejections', async () => {
    const seen: string[] = [];
    async function* numbers(): AsyncGenerator<number> {
        yield 1;
        yield 2;
    }
    const walk = (async () => {
        for await (const number of numbers()) {
            seen.push(`g${number}`);
        }
    })();
    void (async () => {
        seen.push('a1');
        await undefined;
        seen.push('a2');
        await Promise.reject(new Error('x')).catch(() => void seen.push('caught'));
        seen.push('a3');
    })();
    void Promise.resolve()
        .then(() => void seen.push('t1'))
        .then(() => void seen.push('t2'));
    await walk;
    await Promise.allSettled([Promise.reject(new Error('y'))]);
    assertEqual(seen.filter((text) => text.startsWith('a') || text === 'caught').join(), 'a1,a2,caught,a3');
    assertEqual(seen.filter((text) => text.startsWith('t') || text.startsWith('g')).join(), 't1,g1,t2,g2');
});

test('a rejection that is handled in the same turn ends nothing', async () => {
    const late = Promise.reject(new Error('late'));
    await undefined;
    await assertRejects(late, { message: /^late$/ });
});

test('text: decoding is strict when asked, keeps what is cut, drops one mark', () => {
    const bytes = new Uint8Array([0xef, 0xbb, 0xbf, 0x61, 0xf0, 0x9f, 0x98, 0x80]);
    assertEqual(new TextDecoder().decode(bytes), 'a😀');
    const stream = new TextDecoder();
    assertEqual(stream.decode(bytes.subarray(0, 6), { stream: true }) + stream.decode(bytes.subarray(6)), 'a😀');
    assertEqual(new TextDecoder().decode(new Uint8Array([0xff, 0x62])), '\ufffdb');
    assertEqual([...new TextEncoder().encode('\ud800😀')].join(), '239,191,189,240,159,152,128');
});

test('text: characters outside of the basic plane', () => {
    const face = '😀';
    assertEqual(face.length, differs.faceLength);
    assertEqual([face.codePointAt(0), [...face].length].join(), '128512,1');
    assertEqual(['\ud83d', '\ude00'].join('') === face, differs.halvesJoin);
    assertEqual(/^.$/u.test(face), true);
    assertEqual(JSON.parse(JSON.stringify({ face })).face, face);
});

test('JSON: order, depth, odd values, errors', () => {
    assertEqual(
        JSON.stringify({ b: 1, a: [undefined, Number.NaN, -0, '\u2028"\n'], 2: 0, 1: 0 }),
        '{"1":0,"2":0,"b":1,"a":[null,null,0,"\u2028\\"\\n"]}',
    );
    assertEqual(JSON.parse('{"a":1,"a":2,"__proto__":3}').a, 2);
    for (const wrong of ['', '{', '[1,]', '01', '"\t"', 'nul', '{"a":1}x']) {
        let thrown: unknown;
        try {
            JSON.parse(wrong);
        } catch (error) {
            thrown = error;
        }
        assert(thrown instanceof SyntaxError, wrong);
    }
});

test('regular expressions: groups, lookbehind, sticky, unicode', () => {
    assertEqual(/(?<y>\d{4})-(?<m>\d\d)/.exec('on 2026-11')?.groups?.['m'], '11');
    assertEqual('a1b2'.replace(/(?<=[a-z])\d/g, '#'), 'a#b#');
    assertEqual([...'x1y22'.matchAll(/[a-z](\d+)/g)].map((match) => match[1]).join(), '1,22');
    assertEqual(/^[à-ÿ]$/iu.test('É'), true);
    const sticky = /a/y;
    sticky.lastIndex = 1;
    assertEqual(sticky.test('ba'), true);
});

test('numbers and dates', () => {
    assertEqual(
        [0.1 + 0.2, 1e21, 1 / 3, -0, 2 ** 53].map(String).join(),
        '0.30000000000000004,1e+21,0.3333333333333333,0,9007199254740992',
    );
    assertEqual((1234.5678).toFixed(2), '1234.57');
    assertEqual((255).toString(16) + (10n ** 20n).toString(), 'ff100000000000000000000');
    assertEqual(new Date(Date.UTC(2026, 10, 21, 14, 5, 6, 7)).toISOString(), '2026-11-21T14:05:06.007Z');
    assertEqual(Number.isNaN(Date.parse('nonsense')), true);
});

test('objects: private members, weak references', () => {
    class Box {
        static made = 10;
        #value = Box.made++;
        static has(value: object): boolean {
            return #value in value;
        }
        get value(): number {
            return this.#value;
        }
    }
    assertEqual([new Box().value, new Box().value, Box.has(new Box()), Box.has({})].join(), '10,11,true,false');
    const target = {};
    assertEqual(new WeakRef(target).deref() === target, true);
    assertEqual([3, 1, 2].at(-1), 2);
    assertEqual(Object.hasOwn({ a: 1 }, 'a'), true);
    assertEqual(new Error('x', { cause: 1 }).cause, 1);
});
