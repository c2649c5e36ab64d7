/** Ways by which a script once left its engine and ended the process: each ends by itself, and so does the script. */
import Timer from 'timer';

interface Resizable extends ArrayBuffer {
    resize(length: number): void;
    transfer(length?: unknown): ArrayBuffer;
}
const Buffer = ArrayBuffer as unknown as new (length: number, options?: { maxByteLength: number }) => Resizable;
const garbage = (): void => {
    for (let i = 0; i < 60; i++) 'q'.repeat(200 + i);
};
/** What becomes a number after `deed`. */
const after = (deed: () => void, number: number): number => {
    const convert = (): number => {
        deed();
        garbage();
        return number;
    };
    return { valueOf: convert } as unknown as number;
};
const attempt = (way: () => void): void => {
    try {
        way();
    } catch (error) {
        if (!(error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError)) throw error;
    }
    garbage();
};
const check = (good: boolean, what: string): void => {
    if (!good) throw new Error(what);
};

const ways: (() => void)[] = [
    (): void => {
        // a group of a match, which answers otherwise the second time
        let n = 0;
        const groups = { g: { toString: () => (n++ % 2 ? 'a' : 'B'.repeat(1 << 18)) } };
        const matcher = { exec: () => (n > 4 ? null : { 0: 'x', length: 1, index: 0, groups }), flags: '' };
        Reflect.apply(RegExp.prototype[Symbol.replace], matcher, ['xyz', '[$<g>]']);
    },
    (): void => {
        // an object of the host as a buffer
        const timer = Timer.set(() => 0, 1000);
        Object.defineProperty(timer, 'byteLength', { value: 65536 });
        let made = true;
        try {
            new Uint8Array(timer as unknown as ArrayBuffer).fill(0x41);
        } catch {
            made = false;
        }
        Timer.clear(timer);
        check(!made, 'a timer is a buffer');
    },
    (): void => {
        // a buffer that goes while one of its elements is converted
        const buffer = new Buffer(4096, { maxByteLength: 4096 });
        new Float64Array(buffer).fill(after(() => buffer.resize(8), 1));
        const other = new Buffer(4096, { maxByteLength: 4096 });
        new DataView(other).setFloat64(4000, after(() => void other.transfer(), 1));
    },
    (): void => {
        // and while bytes are moved
        const buffer = new Buffer(65536, { maxByteLength: 65536 });
        new Uint8Array(buffer).copyWithin(60000, after(() => buffer.resize(16), 0), 4000);
    },
    (): void => {
        const buffer = new Buffer(65536, { maxByteLength: 65536 });
        buffer.transfer(after(() => buffer.resize(8), 1 << 18));
    },
    (): void => {
        // a mistake behind 80 characters that are longer than a byte
        new RegExp(`${'\u20ac'.repeat(200)}(`);
    },
    (): void => {
        // holes behind an array with room to grow
        const kept: unknown[][] = [];
        for (let i = 0; i < 200; i++) {
            const list: unknown[] = [1, 2, 3];
            kept.push(list);
            list[30] = 5;
            garbage();
        }
        check(kept.every((list) => list[30] === 5 && list[3] === undefined), 'holes');
    },
    (): void => {
        // an array that begins with a length
        for (let i = 0; i < 60; i++) {
            const list: unknown[] = Array.from({ length: 25 }, (_, j) => ({ j, text: 'x'.repeat(50) }));
            list.length = 4;
            garbage();
            list[9] = 1;
            garbage();
            check(Object.keys(list).join() === '0,1,2,3,9', Object.keys(list).join());
        }
    },
    (): void => {
        // a setter in the way of fill
        const list: unknown[] = [];
        for (let i = 0; i < 4000; i++) list.push(i);
        const set = (): void => {
            list.length = 0;
            garbage();
        };
        Object.defineProperty(list, 5, { set, configurable: true, enumerable: false });
        list.fill(0x41414141, 2);
        const frozen = Object.freeze([1, 2, 3]) as number[];
        attempt(() => void frozen.fill(9));
        check(frozen.join() === '1,2,3', 'frozen');
    },
    (): void => {
        // a text of the program, taken for one of the heap
        const texts: string[] = [];
        for (let i = 0; i < 500; i++) texts.push((typeof i).normalize(), ''.normalize());
        garbage();
        check(new Set(texts).size === 2, 'constants');
    },
];
for (const way of ways) attempt(way);
