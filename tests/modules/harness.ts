/**
 * Tests that run on XS. One file is one machine: `tests/modules/<path>.test.ts` calls `test()` at top level;
 * when the file has been evaluated its tests run one after another, as TAP. A failure makes the machine throw.
 */

interface Test {
    title: string;
    run: () => void | Promise<void>;
}

/**
 * Seconds, only against a test that never ends. They are counted one by one: a machine that stands still for a minute,
 * or that has no processor for this program, lets one pass.
 */
const patience = 180;
const tests: Test[] = [];

/** Adds a test. `[E9]` in the title names the requirement it proves. */
export function test(title: string, run: () => void | Promise<void>): void {
    if (tests.push({ title, run }) === 1) {
        setTimeout(() => void runAll(), 0);
    }
}

async function runOne({ run }: Test): Promise<void> {
    let timer = 0;
    const late = new Promise<never>((_resolve, reject) => {
        let left = patience;
        timer = setInterval(() => {
            if (--left === 0) {
                reject(new Error(`no end after ${patience} s`));
            }
        }, 1000);
    });
    try {
        await Promise.race([(async () => run())(), late]);
    } finally {
        clearInterval(timer);
    }
}

function describe(error: unknown): string {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

async function runAll(): Promise<void> {
    let failed = 0;
    for (const [index, one] of tests.entries()) {
        try {
            await runOne(one);
            console.log(`ok ${index + 1} - ${one.title}`);
        } catch (error) {
            failed++;
            console.log(`not ok ${index + 1} - ${one.title}\n  ${describe(error).replaceAll('\n', '\n  ')}`);
        }
    }
    console.log(`1..${tests.length}`);
    console.log(`# ${tests.length - failed} passed, ${failed} failed, 0 skipped`);
    if (failed > 0) {
        throw new Error(`${failed} of ${tests.length} tests failed`);
    }
}

function show(value: unknown): string {
    return typeof value === 'string' ? JSON.stringify(value) : (JSON.stringify(value) ?? String(value));
}

function same(a: unknown, b: unknown): boolean {
    if (Object.is(a, b)) {
        return true;
    }
    if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
        return false;
    }
    if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) {
        return false;
    }
    if (a instanceof Map || a instanceof Set) {
        return same([...a], [...(b as Map<unknown, unknown> | Set<unknown>)]);
    }
    const keys = Object.keys(a);
    return (
        keys.length === Object.keys(b).length &&
        keys.every((key) => Object.hasOwn(b, key) && same(a[key as keyof typeof a], b[key as keyof typeof b]))
    );
}

/** Fails with `message` when `condition` is false. */
export function assert(condition: unknown, message = 'assertion failed'): asserts condition {
    if (condition === false || condition === undefined || condition === null || condition === 0 || condition === '') {
        throw new Error(message);
    }
}

/** Deep equality of plain values, arrays, typed arrays, Map and Set; NaN equals NaN. */
export function assertEqual<T>(actual: T, expected: T, message = ''): void {
    if (!same(actual, expected)) {
        throw new Error(`${message === '' ? '' : `${message}: `}${show(actual)}, expected ${show(expected)}`);
    }
}

interface Expected {
    /** Wanted class. */
    type?: new (
        ...args: never[]
    ) => Error;
    /** Wanted in the message. */
    message?: RegExp;
}

function check(error: unknown, expected: Expected): Error {
    assert(error instanceof Error, `thrown value is no Error: ${show(error)}`);
    const { name, message } = error;
    if (expected.type !== undefined && !(error instanceof expected.type)) {
        throw new Error(`${name} thrown, expected ${expected.type.name}: ${message}`);
    }
    if (expected.message !== undefined && !expected.message.test(error.message)) {
        throw new Error(`message ${show(error.message)}, expected ${String(expected.message)}`);
    }
    return error;
}

/** `run` must throw; returns what it threw. */
export function assertThrows(run: () => unknown, expected: Expected = {}): Error {
    try {
        run();
    } catch (error) {
        return check(error, expected);
    }
    throw new Error('nothing was thrown');
}

/** The promise must reject; returns the reason. */
export async function assertRejects(promise: Promise<unknown>, expected: Expected = {}): Promise<Error> {
    try {
        await promise;
    } catch (error) {
        return check(error, expected);
    }
    throw new Error('nothing was rejected');
}
