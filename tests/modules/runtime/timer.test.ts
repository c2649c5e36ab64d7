import Timer from 'timer';
import { assertEqual, assertThrows, test } from 'ocellus/test/harness';

function wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
        setTimeout(resolve, ms);
    });
}

test('timers fire in order of time, then of creation', async () => {
    const order: string[] = [];
    setTimeout((name: string) => order.push(name), 10, 'late');
    setTimeout(() => order.push('first'), 0);
    setTimeout(() => order.push('second'), 0);
    await wait(30);
    assertEqual(order, ['first', 'second', 'late']);
});

test('a cleared timer does not fire; clearing twice or nothing is harmless', async () => {
    let fired = 0;
    const id = setTimeout(() => fired++, 1);
    clearTimeout(id);
    clearTimeout(id);
    clearTimeout(undefined);
    clearTimeout(123456);
    await wait(10);
    assertEqual(fired, 0);
});

test('an interval repeats and can clear itself', async () => {
    let fired = 0;
    await new Promise<void>((resolve) => {
        const id = setInterval(() => {
            if (++fired === 3) {
                clearInterval(id);
                resolve();
            }
        }, 1);
    });
    await wait(10);
    assertEqual(fired, 3);
});

test('Timer.set and Timer.repeat call back without arguments', async () => {
    const seen: unknown[] = [];
    Timer.set((...args: unknown[]) => seen.push(args.length));
    const repeat = Timer.repeat((...args: unknown[]) => seen.push(args.length), 2);
    await wait(8);
    Timer.clear(repeat);
    Timer.clear(repeat);
    assertEqual(seen.slice(0, 2), [0, 0]);
    const count = seen.length;
    await wait(8);
    assertEqual(seen.length, count);
});

test('a timer wants a function and takes any delay', async () => {
    assertThrows(() => Timer.set('x' as unknown as () => void), { type: TypeError, message: /not a function/ });
    let fired = 0;
    setTimeout(() => fired++, NaN);
    setTimeout(() => fired++, -5);
    const never = setTimeout(() => fired++, 1e300);
    await wait(5);
    clearTimeout(never);
    assertEqual(fired, 2);
});

test('microtasks run before timers, in order', async () => {
    const order: number[] = [];
    setTimeout(() => order.push(3), 0);
    queueMicrotask(() => order.push(1));
    void Promise.resolve().then(() => order.push(2));
    await wait(5);
    assertEqual(order, [1, 2, 3]);
    assertThrows(
        () => {
            queueMicrotask(1 as unknown as () => void);
        },
        { type: TypeError },
    );
});
