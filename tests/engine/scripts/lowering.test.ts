/** The binding convention behaves as the TypeScript source reads, on every engine. */
import { asValue, collect, plain, Sample, table } from 'ocellus/sample';
import { assert, assertEqual, assertThrows, test } from 'ocellus/test/harness';

class Derived extends Sample {
    extra = 'extra';
    constructor() {
        super({ size: 3, label: 'derived' });
    }
    override add(a: number, b: number): number {
        return super.add(a, b) * 2;
    }
}

test('constructor options reach C as they are written', () => {
    assertEqual(new Sample({ size: 12 }).size, 12);
});

test('one-call methods, getters, setters and statics', () => {
    const sample = new Sample({ size: 1 });
    assertEqual(sample.add(2, 3), 6);
    sample.size = 10;
    assertEqual(sample.size, 10);
    assertEqual(sample.add(2, 3), 15);
    assert(Sample.alive() >= 1);
});

test('arguments keep their order, number and value', () => {
    const sample = new Sample({ size: 1 });
    assertEqual(sample.swapped(1, 2), 'r:2(2,1)');
    assertEqual(sample.twice(4), 'r:2(4,4)');
    assertEqual(sample.fewer(1, 2), 'r:1(1)');
    assertEqual(sample.fromOptions({ a: 8, b: 9 }), 'r:2(8,9)');
    assertEqual(sample.destructured({ a: 8, b: 9 }), 'r:2(8,9)');
});

test('default parameters and rest parameters', () => {
    const sample = new Sample({ size: 1 });
    assertEqual(sample.withDefault(1), 'r:2(1,5)');
    assertEqual(sample.withDefault(1, 2), 'r:2(1,2)');
    assertEqual(sample.rest(1), 'r:1(1)');
    assertEqual(sample.rest(1, 2, 3), 'r:3(1,2,3)');
});

test('private names and fields', () => {
    const sample = new Sample({ size: 1, label: 'mine' });
    assertEqual(sample.secret(), 'r:1(7)');
    assertEqual(sample.throughPrivate(2), 'r:1(2)');
    assertEqual(sample.label, 'mine');
    assertEqual(new Sample({ size: 1 }).label, 'field');
});

test('code around the call runs', async () => {
    const sample = new Sample({ size: 1 });
    assertThrows(() => sample.before(-1), { type: RangeError, message: /negative/ });
    assertEqual(sample.before(1), 'r:1(1)');
    assertEqual(sample.throughArrow([1, 2]), ['r:1(1)', 'r:1(2)']);
    const later = sample.later(3);
    assert(later instanceof Promise);
    assertEqual(await later, 'r:2(3,3)');
    assertEqual(sample.computed(1), 'r:1(1)');
});

test('methods of objects, plain functions and C functions as values', () => {
    assertEqual(table.one(1), 'r:1(1)');
    assertEqual(table.other(1), 'r:1(2)');
    assertEqual(table.got, 'r:0()');
    assertEqual(plain(1), 'u:1(1)');
    assertEqual(asValue(1, 'x', true), 'u:3(1,x,true)');
});

test('subclasses inherit the C object', () => {
    const derived = new Derived();
    assertEqual(derived.size, 3);
    assertEqual(derived.add(1, 1), 10);
    assertEqual(derived.label, 'derived');
    assertEqual(derived.extra, 'extra');
    assert(derived instanceof Sample);
    assertEqual(derived.twice(1), 'r:2(1,1)');
});

test('a wrong this is an exception, not damage', () => {
    const { add } = Sample.prototype;
    assertThrows(() => add.call({} as Sample, 1, 2));
    assertThrows(() => add.call(undefined as unknown as Sample, 1, 2));
});

test('an exception from C is one in TypeScript', () => {
    assertThrows(() => new Sample({ size: 1 }).fail(), { type: RangeError, message: /sample failed: 42/ });
});

test('the destructor runs when the object is collected', () => {
    collect();
    const before = Sample.alive();
    let kept: Sample[] | undefined = Array.from({ length: 10 }, (_, size) => new Sample({ size }));
    collect();
    assert(Sample.alive() >= 10);
    assertEqual(kept[9]?.size, 9);
    kept = undefined;
    collect();
    collect();
    assert(Sample.alive() <= before + 1, `${Sample.alive()} alive, ${before} before`);
});
