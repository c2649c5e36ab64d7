// What one program works on, and what it passes to functions: chosen by its random numbers. A hostile world's conversions,
// callbacks and iterators change what is in it while a function of the language works on it.
import { Random } from './random.js';

const texts = ['', 'a', 'abc', 'a,b,c', 'aXbXc', 'x'.repeat(50), 'ä€😀', 'e\u0301', '0', '-1.5', 'length', 'constructor', '  t  ', 'AbC', '\ud83d', '$1$<n>$&$`', '\u00df\u0130'];
const numbers = [0, 1, 2, 3, 5, 7, -1, -2, -0, NaN, 1.5, 9, 12, 20, 33, 255, 256, 65536, 2 ** 31, -(2 ** 31), 2 ** 32, 1e21, Infinity, -Infinity];
const kinds = [Uint8Array, Int8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array];
const patterns = ['a', 'b|c', '(a)(b)?', '(?<n>[a-c])', '.', '\\s+', '(?:)', '[^a]', 'x*', '(?<=a)b', '(.)\\1', '^.|c$', '\\u{1f600}?'];
const flags = ['', 'g', 'y', 'gi', 'u', 'gu', 'm', 'gs', 'gy'];

export class World {
  constructor(seed, hostile) {
    const random = new Random(seed);
    this.random = random;
    this.hostile = hostile;
    this.budget = 60;
    this.chance = new Random(seed ^ 0x55555555);
    this.arrays = [];
    this.bytes = [];
    this.maps = [];
    this.sets = [];
    this.expressions = [];
    this.objects = [];
    for (let i = 0; i < 3; i++) this.arrays.push(this.newArray());
    for (let i = 0; i < 2; i++) this.bytes.push(this.newBytes());
    this.maps.push(new Map([[1, 'one'], ['a', 2], [NaN, 3]]));
    this.sets.push(new Set([1, 'a', -0, NaN]));
    this.expressions.push(this.newExpression());
    this.objects.push({ a: 1, b: 'two', 3: 'three', get c() { return 4; } });
  }
  newArray() {
    const { random } = this;
    const n = random.below(12);
    const a = [];
    switch (random.below(7)) {
      case 0:
        for (let i = 0; i < n; i++) a.push(this.plain());
        return a;
      case 1:
        for (let i = 0; i < n; i++) a[i] = this.plain();
        a[n + random.below(30)] = 'far';
        return a;
      case 2:
        for (let i = 0; i < n + 9; i++) a.push(i);
        a.length = random.below(40);
        return a;
      case 3:
        return Array.from({ length: n }, (_, i) => `f${i}`);
      case 4:
        return 'a,b,c,d,e,f'.split(',', n);
      case 5:
        return new Array(n).fill(7);
      default:
        return [1, , 3, 'four', { five: 5 }, [6]];
    }
  }
  newBytes() {
    const Kind = this.random.of(kinds);
    const size = Kind.BYTES_PER_ELEMENT;
    const buffer = this.random.one(2) ? new ArrayBuffer(size * 8, { maxByteLength: size * 16 }) : new ArrayBuffer(size * 8);
    const view = this.random.one(3) ? new Kind(buffer, size * this.random.below(4)) : this.random.one(3) ? new Kind(buffer, size, 4) : new Kind(buffer);
    for (let i = 0; i < view.length; i++) view[i] = typeof view[0] === 'bigint' ? BigInt(this.random.below(300)) : this.random.below(300);
    return view;
  }
  newExpression() {
    const r = new RegExp(this.random.of(patterns), this.random.of(flags));
    r.lastIndex = this.random.below(3);
    return r;
  }
  array() {
    return this.random.of(this.arrays);
  }
  view() {
    return this.random.of(this.bytes);
  }
  expression() {
    return this.random.of(this.expressions);
  }
  object() {
    return this.random.of(this.objects);
  }
  plain() {
    const { random } = this;
    switch (random.below(6)) {
      case 0:
        return this.plainText();
      case 1:
        return random.of([undefined, null, true, false, 3n, -(2n ** 70n)]);
      case 2:
        return { v: random.below(9) };
      case 3:
        return [random.below(9), 'in'];
      default:
        return random.of(numbers);
    }
  }
  plainText() {
    const { random } = this;
    const text = random.of(texts);
    return random.one(4) ? text + random.of(texts) + random.below(100) : text;
  }
  /** Any value. */
  value() {
    const { random } = this;
    if (this.hostile && random.one(3)) return this.evil(this.plain());
    switch (random.below(9)) {
      case 0:
        return this.hostile ? this.array() : ['in', [random.below(9)]]; // nothing that holds itself
      case 1:
        return random.of([this.view(), this.maps[0], this.sets[0], this.expression(), this.object()]);
      default:
        return this.plain();
    }
  }
  /** What is converted to an integer: a position, a length. */
  position() {
    const { random } = this;
    const n = random.one(6) ? random.of(numbers) : random.below(14) - 2;
    return this.wrapped(!this.hostile && Math.abs(n) > 2 ** 30 ? 40 : n); // of 32 bits, at() and charAt() see the lower ones
  }
  small() {
    return this.random.one(8) ? 20 + this.random.below(25) : this.random.below(12);
  }
  text() {
    return this.wrapped(this.plainText());
  }
  wrapped(v) {
    if (this.hostile && this.random.one(2)) return this.evil(v);
    if (this.random.one(10)) return { valueOf: () => v, toString: () => String(v) };
    return v;
  }
  /** A callback: `f` after what the world does. */
  call(f) {
    if (!this.hostile) return f;
    const world = this;
    return function (...a) {
      world.mess();
      return f.apply(this, a);
    };
  }
  /** An object that becomes `v` when it is converted. */
  evil(v) {
    const world = this;
    const told = (x) => {
      world.mess();
      return x;
    };
    return {
      valueOf: () => told(v),
      toString: () => told(`${typeof v === 'symbol' ? '' : v}`),
      toJSON: () => told(v),
      get length() { return told(world.chance.below(20)); },
      set length(n) { told(n); },
      get 0() { return told(world.array()); },
      get 1() { return told('one'); },
      get lastIndex() { return told(1); },
      set lastIndex(n) { told(n); },
      get index() { return told(1); },
      get groups() { return told({ n: 'g', get m() { return told('m'); } }); },
      get flags() { return told('gu'); },
      get then() { return told(undefined); },
      get constructor() { return told({ get [Symbol.species]() { return told(undefined); } }); },
      exec: () => told(world.chance.one(3) ? null : ['match', 'one', told('two')]),
      get done() { return told(world.chance.one(4)); },
      get value() { return told(v); },
      next() { return told(this); },
      return() { return told(this); },
    };
  }
  /** Changes something, as often as the program may. */
  mess() {
    if (--this.budget < 0) {
      if (this.budget < -200) throw new Error('enough');
      return;
    }
    const c = this.chance;
    try {
      switch (c.below(12)) {
        case 0:
          c.of(this.arrays).length = c.below(40);
          break;
        case 1:
          c.of(this.arrays).splice(c.below(8), c.below(8), ...'abcdefgh'.slice(c.below(8)));
          break;
        case 2: {
          const a = c.of(this.arrays);
          Object.defineProperty(a, c.below(14), { get: () => { this.mess(); return 'got'; }, set: () => this.mess(), configurable: c.one(2), enumerable: c.one(2) });
          break;
        }
        case 3:
          for (let i = c.below(60); i > 0; i--) c.of(this.arrays).push(i);
          break;
        case 4: {
          const { buffer } = c.of(this.bytes);
          if (c.one(3) && buffer.transfer) buffer.transfer();
          else buffer.resize?.(c.below(buffer.maxByteLength + 1));
          break;
        }
        case 5: {
          const m = c.one(2) ? this.maps[0] : this.sets[0];
          if (c.one(3)) m.clear();
          else for (let i = c.below(40); i > 0; i--) if (m instanceof Map) m.set({}, i); else m.add({});
          break;
        }
        case 6:
          for (const k of c.one(2) ? this.maps[0].keys() : this.sets[0]) {
            this.maps[0].delete(k);
            this.sets[0].delete(k);
          }
          break;
        case 7: {
          const r = c.of(this.expressions);
          r.compile?.(c.of(patterns), c.of(flags));
          r.lastIndex = c.below(40);
          break;
        }
        case 8: {
          const o = c.of(this.objects);
          for (const k of Object.keys(o)) if (c.one(2)) delete o[k];
          for (let i = 0; i < 5; i++) o[`n${c.below(9)}`] = i;
          break;
        }
        case 9:
          (c.one(8) ? Object.freeze : c.one(4) ? Object.preventExtensions : Object.keys)(c.of(this.arrays));
          break;
        case 10:
          delete c.of(this.arrays)[c.below(10)];
          break;
        default:
          c.of(this.arrays).sort();
      }
    } catch {}
    for (let i = 0; i < 3; i++) 'z'.repeat(200 + c.below(900));
  }
}
