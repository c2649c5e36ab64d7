// Every method of typed arrays and views with arguments that shorten or detach the buffer when they are converted.
const attempt = (name, f) => { try { f(); console.log(name + ' done'); } catch (e) { console.log(name + ' ' + e); } };
const big = 1 << 12;
const whole = false; // attacks.test.mjs makes it true for test:all
for (const T of whole ? [Uint8Array, Int16Array, Uint32Array, Float64Array, BigInt64Array, Uint8ClampedArray] : [Uint8Array, Float64Array, BigInt64Array]) {
  const one = T === BigInt64Array ? 1n : 1;
  const make = () => { const b = new ArrayBuffer(big, { maxByteLength: big }); return [b, new T(b), new T(b, 0, big / T.BYTES_PER_ELEMENT)]; };
  for (const w of whole ? [1, 2] : [1]) {
    const go = (name, f) => attempt(T.name + w + ' ' + name, () => { const m = make(); f(m[0], m[w]); });
    const shrink = (b, v) => ({ valueOf() { b.resize(8); for (let i = 0, k = []; i < (whole ? 3 : 1); i++) k.push('y'.repeat(whole ? 5000 : 500)); return v; } });
    const gone = (b, v) => ({ valueOf() { b.transfer(); return v; } });
    for (const e of [shrink, gone]) {
      go('fill value', (b, t) => t.fill(e(b, one)));
      go('fill start', (b, t) => t.fill(one, e(b, 0)));
      go('fill end', (b, t) => t.fill(one, 0, e(b, big)));
      go('copyWithin', (b, t) => t.copyWithin(e(b, 8), 0));
      go('copyWithin2', (b, t) => t.copyWithin(8, e(b, 0)));
      go('copyWithin3', (b, t) => t.copyWithin(8, 0, e(b, 1000)));
      go('set offset', (b, t) => t.set(new T(1000), e(b, 1000)));
      go('set array', (b, t) => t.set([one, e(b, one), one, one], 1000));
      go('set self', (b, t) => t.set(t, e(b, 0)));
      go('set from', (b, t) => new T(big).set(t, e(b, 0)));
      go('set length', (b, t) => t.set({ get length() { e(b, 1).valueOf(); return 1000; }, 0: one, 500: one }, 1000));
      go('slice', (b, t) => t.slice(e(b, 0), 1000));
      go('slice2', (b, t) => t.slice(0, e(b, 1000)));
      go('slice species', (b, t) => { Object.defineProperty(t, "constructor", { value: { [Symbol.species]: function (n) { e(b, 0).valueOf(); return new T(n); } } }); t.slice(0, 1000); });
      go('slice own', (b, t) => { Object.defineProperty(t, "constructor", { value: { [Symbol.species]: function (n) { return t; } } }); t.slice(1, 1000); });
      go('map species', (b, t) => { Object.defineProperty(t, "constructor", { value: { [Symbol.species]: function (n) { return t; } } }); t.map((v, i) => { if (i === 3) e(b, 0).valueOf(); return one; }); });
      go('filter species', (b, t) => { Object.defineProperty(t, "constructor", { value: { [Symbol.species]: function (n) { e(b, 0).valueOf(); return new T(n); } } }); t.filter((v, i) => i % 2); });
      go('filter', (b, t) => { t.filter((v, i) => { if (i === 3) e(b, 0).valueOf(); return true; }); });
      go('subarray', (b, t) => t.subarray(e(b, 0), 1000)[500]);
      go('sort', (b, t) => t.subarray(0, 100).sort((x, y) => { e(b, 0).valueOf(); return 0; }));
      go('sort none', (b, t) => { t[3] = one; t.sort(); });
      go('reduce', (b, t) => t.reduce((x, y) => { e(b, 0).valueOf(); return y; }));
      go('reduceRight', (b, t) => t.reduceRight((x, y) => { e(b, 0).valueOf(); return y; }));
      go('join', (b, t) => t.join({ toString() { e(b, 0).valueOf(); return ','; } }));
      go('indexOf', (b, t) => t.indexOf(one, e(b, 0)));
      go('lastIndexOf', (b, t) => t.lastIndexOf(one, e(b, 1000)));
      go('includes', (b, t) => t.includes(undefined, e(b, 0)));
      go('at', (b, t) => t.at(e(b, 1000)));
      go('for of', (b, t) => { let i = 0; for (const v of t) if (i++ === 3) e(b, 0).valueOf(); });
      go('spread', (b, t) => { e(b, 0).valueOf(); [...t]; });
      go('element', (b, t) => { t[1000] = e(b, one); });
      go('define', (b, t) => { Object.defineProperty(t, 1000, { value: e(b, one) }); });
      go('reflect', (b, t) => { Reflect.set(t, 1000, e(b, one)); });
      go('keys', (b, t) => { Object.keys(t.subarray(0, 100)); e(b, 1).valueOf(); Object.keys(t); Object.entries(t); t[100]; t.toReversed?.(); });
      go('toLocaleString', (b, t) => t.subarray(0, 100).toLocaleString());
      go('from', (b, t) => T.from(t, (v, i) => { if (i === 3) e(b, 0).valueOf(); return one; }));
      go('ctor', (b, t) => { new T(b, e(b, 8)); });
      go('ctor2', (b, t) => { new T(b, 0, e(b, 1000)); });
      go('ctor3', (b, t) => { const N = function () { }.bind(); Object.defineProperty(N, 'prototype', { get() { e(b, 8).valueOf(); return T.prototype; } }); const x = Reflect.construct(T, [b, 0, 1000], N); x.fill(one); });
      go('dv ctor3', (b, t) => { const N = function () { }.bind(); Object.defineProperty(N, 'prototype', { get() { e(b, 8).valueOf(); return DataView.prototype; } }); const x = Reflect.construct(DataView, [b, 0, 10000], N); x.setUint8(2999, 1); });
      go('dv set', (b, t) => new DataView(b).setFloat64(3000, e(b, 1)));
      go('dv set2', (b, t) => new DataView(b).setFloat64(e(b, 10000), 1));
      go('dv big', (b, t) => new DataView(b).setBigInt64(3000, { valueOf() { e(b, 1).valueOf(); return 1n; } }));
      go('dv get', (b, t) => new DataView(b, 0, 4000).getFloat64(e(b, 10000)));
    }
  }
}
console.log('end');
