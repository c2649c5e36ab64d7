// Every function of the language with every kind of receiver; arguments whose conversion changes what is worked on.
const whole = false; // attacks.test.mjs makes it true for test:all
const big = 256;
let budget = 0;
let target, mode = 0, seed = 1;
const mess = () => {
  if (--budget < 0) throw new Error('enough');
  const t = target; target = undefined;
  try {
    switch (mode) {
      case 0: break;
      case 1: if (t instanceof ArrayBuffer) t.resizable ? t.resize(8) : t.transfer(); else if (ArrayBuffer.isView(t)) t.buffer.resize(8); else if (Array.isArray(t)) t.length = 0; else if (t instanceof Map || t instanceof Set) t.clear(); break;
      case 2: if (t instanceof ArrayBuffer) t.transfer(); else if (ArrayBuffer.isView(t)) t.buffer.transfer(); else if (Array.isArray(t)) { t.length = 300; t.push(1, 2, 3); } else if (t instanceof Map) for (let i = 0; i < 200; i++) t.set(i, i); else if (t instanceof Set) for (let i = 0; i < 200; i++) t.add(i); break;
      case 3: if (Array.isArray(t)) { t.splice(0, 50); Object.defineProperty(t, 3, { get() { t.length = 1; return 1; }, configurable: true }); } else if (t instanceof RegExp) t.compile?.('(b)(c)', 'g'), t.lastIndex = 1000; break;
    }
  } catch {}
  for (let i = 0; i < 3; i++) 'z'.repeat(2000 + i);
};
const values = [0, 1, 7, -1, 100, 3000, 65537, 31, NaN, -Infinity, 'abc', '', 'ä€😀', 3n, undefined, null, true];
class Evil {
  constructor(v) { this.v = v; }
  valueOf() { mess(); return this.v; }
  toString() { mess(); return 's' + String(this.v); }
  get length() { mess(); return 20; }
  get 0() { mess(); return this; }
  get 1() { mess(); return 'one'; }
  get index() { mess(); return 2; }
  get lastIndex() { return 0; }
  set lastIndex(v) {}
  get value() { mess(); return 1; }
  get done() { return true; }
  get flags() { mess(); return 'gu'; }
  get source() { mess(); return 'a'; }
  get global() { mess(); return true; }
  get unicode() { mess(); return true; }
  get groups() { mess(); return this; }
  get maxByteLength() { mess(); return 64; }
  get raw() { mess(); return this; }
  exec() { mess(); return seed++ % 3 ? this : null; }
  get ['constructor']() { mess(); return { get [Symbol.species]() { mess(); return undefined; } }; }
}
const callback = function (...a) { mess(); return seed++ % 2 ? a[0] : 1; };
const text = 'aäb€c😀'.repeat(20);
const receivers = [
  () => Array.from({ length: 100 }, (_, i) => i % 3 ? 'x' + i : { toString() { mess(); return 'o'; } }),
  () => { const a = [1, 2, 3]; a[60] = 1; return a; },
  () => new Uint8Array(new ArrayBuffer(big, { maxByteLength: big })),
  () => new Float64Array(new ArrayBuffer(big, { maxByteLength: big }), 8),
  () => new BigInt64Array(new ArrayBuffer(big, { maxByteLength: big }), 8, 20),
  () => new Int32Array(new ArrayBuffer(big, { maxByteLength: big }), 8),
  () => new ArrayBuffer(big, { maxByteLength: big }),
  () => new ArrayBuffer(big),
  () => new DataView(new ArrayBuffer(big, { maxByteLength: big }), 8),
  () => new SharedArrayBuffer(64),
  () => text.slice(1),
  () => new String(text),
  () => new Evil('recv'),
  () => new Evil(5),
  () => /(?<g>a)|(b)/gu,
  () => /x*/y,
  () => new Map([[1, 2], ['a', {}]]),
  () => new Set([1, 'a', {}]),
  () => new WeakMap(),
  () => new WeakSet(),
  () => new Date(0),
  () => 123.456,
  () => 2n ** 200n,
  () => Symbol('s'),
  () => new Error('x', { cause: 1 }),
  () => Promise.resolve(1),
  () => (function* () { yield 1; yield 2; })(),
  () => [1, 2, 3].values(),
  () => new Map([[1, 2]]).entries(),
  () => text[Symbol.iterator](),
  () => text.matchAll(/./gu),
  () => callback,
  () => class extends Array {},
  () => new Proxy(function () {}, {}),
  () => new Proxy([1, 2, 3], {}),
  () => ({ a: 1, get b() { mess(); return 2; } }),
  () => (function () { return arguments; })(1, 2, 3),
  () => Uint8Array, () => Map, () => Promise, () => undefined,
];
const then = Promise.prototype.then, calm = (p) => { try { then.call(p, () => 0, () => 0); } catch {} };
const skip = new Set(['lockdown', 'harden', 'petrify', 'mutabilities']);
const found = new Map();
const walk = (o, path) => {
  if ((typeof o !== 'object' || o === null) && typeof o !== 'function') return;
  if (found.has(o)) return;
  found.set(o, path);
  for (const k of Reflect.ownKeys(o)) {
    const d = Object.getOwnPropertyDescriptor(o, k);
    for (const p of ['value', 'get', 'set']) if (d[p]) walk(d[p], `${path}.${String(k)}${p === 'value' ? '' : ' ' + p}`);
  }
  walk(Object.getPrototypeOf(o), path + '.__proto__');
};
for (const n of ['AggregateError', 'Array', 'ArrayBuffer', 'Atomics', 'BigInt', 'BigInt64Array', 'BigUint64Array', 'Boolean', 'DataView', 'Date', 'Error', 'FinalizationRegistry', 'Float32Array', 'Float64Array', 'Function', 'Int16Array', 'Int32Array', 'Int8Array', 'JSON', 'Map', 'Math', 'Number', 'Object', 'Promise', 'Proxy', 'Reflect', 'RegExp', 'Set', 'SharedArrayBuffer', 'String', 'Symbol', 'Uint16Array', 'Uint32Array', 'Uint8Array', 'Uint8ClampedArray', 'WeakMap', 'WeakRef', 'WeakSet', 'decodeURI', 'decodeURIComponent', 'encodeURI', 'encodeURIComponent', 'escape', 'unescape', 'isFinite', 'isNaN', 'parseFloat', 'parseInt', 'trace'])
  if (globalThis[n]) walk(globalThis[n], n);
for (const [n, o] of [['ArrayIterator', [].values()], ['MapIterator', new Map().values()], ['SetIterator', new Set().values()], ['StringIterator', ''[Symbol.iterator]()], ['RegExpIterator', ''.matchAll(/./g)], ['Generator', (function* () { })()], ['AsyncGenerator', (async function* () { })()], ['AsyncFunction', async function () { }], ['arguments', (function () { return arguments; })()]]) walk(o, n);
const skipped = /wait|trace|\.setPrototypeOf$|seal$|freeze$|preventExtensions$|__proto__ set$/;
const functions = [...found].filter(([o, p]) => typeof o === 'function' && !skipped.test(p) && !skip.has(p));
let calls = 0, returned = 0;
for (let i = 0; i < functions.length; i++) {
  const [f] = functions[i];
  for (let r = 0; r < receivers.length; r++) {
    for (mode = whole ? 0 : 1; mode < (whole ? 4 : 2); mode++) {
      for (let shape = 0; shape < (whole ? 6 : 1); shape++) {
        let self; try { self = receivers[r](); } catch { continue; }
        const v = values[(i + r * 5 + mode * 3 + shape * 7) % values.length];
        const e = new Evil(v);
        const args = shape === 0 ? [e, e, e] : shape === 1 ? [callback, e, e] : shape === 2 ? [self, e, v] : shape === 3 ? [new Evil(values[(seed++) % values.length]), v] : shape === 4 ? [/(?<g>.)/gu, '$<g>$1$&$`' + "$'"] : [[e, v, e, callback], e, callback];
        calls++;
        target = self; budget = 40;
        try { const out = Reflect.apply(f, self, args); returned++; calm(out); if (out && typeof out === 'object' && typeof out.next === 'function') { target = self; for (let n = 0; n < 3; n++) out.next(e); } else { target = self; void `${typeof out === 'symbol' ? '' : ArrayBuffer.isView(out) ? out[1] : typeof out === 'string' ? out.length : ''}`; } } catch {}
        if (shape < 2) { target = self; budget = 40; try { calm(Reflect.construct(f, shape ? [self, e, e] : args)); returned++; } catch {} }
      }
    }
  }
}
if (functions.length < 400) throw new Error(`${functions.length} functions`);
console.log(`${functions.length} functions, ${calls} calls, ${returned} returned`);
console.log('end');
