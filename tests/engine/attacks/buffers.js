// Buffers that are resized, detached or answered by others while they are copied.
const attempt = (name, f) => { try { f(); console.log(name + ' done'); } catch (e) { console.log(name + ' ' + e); } };
attempt('concat grows', () => {
  const a = new ArrayBuffer(8), big = new ArrayBuffer(8, { maxByteLength: 1 << 20 });
  Object.defineProperty(a, "constructor", { value: { [Symbol.species]: function (n) { big.resize(1 << 20); return new ArrayBuffer(n); } } });
  a.concat(big);
});
attempt('concat detaches', () => {
  const a = new ArrayBuffer(8), b = new ArrayBuffer(1 << 20);
  Object.defineProperty(a, "constructor", { value: { [Symbol.species]: function (n) { b.transfer(); return new ArrayBuffer(n); } } });
  a.concat(b);
});
attempt('concat into detached', () => {
  const a = new ArrayBuffer(8);
  Object.defineProperty(a, "constructor", { value: { [Symbol.species]: function (n) { const r = new ArrayBuffer(n); r.transfer(); return r; } } });
  a.concat(a);
});
attempt('concat itself', () => {
  const a = new ArrayBuffer(8), b = new ArrayBuffer(1 << 20);
  Object.defineProperty(a, "constructor", { value: { [Symbol.species]: function (n) { return b; } } });
  a.concat(b);
});
attempt('transfer shrinks', () => {
  const a = new ArrayBuffer(1 << 20, { maxByteLength: 1 << 20 });
  Object.defineProperty(a, "constructor", { value: { [Symbol.species]: function (n) { a.resize(8); return new ArrayBuffer(n); } } });
  a.transfer();
});
attempt('transfer valueOf', () => {
  const a = new ArrayBuffer(1 << 20, { maxByteLength: 1 << 20 });
  a.transfer({ valueOf() { a.resize(8); return 1 << 20; } });
});
attempt('resize in resize', () => {
  const a = new ArrayBuffer(1 << 20, { maxByteLength: 1 << 20 });
  a.resize({ valueOf() { a.resize(8); return 1 << 19; } });
  let sum = 0; for (const v of new Uint8Array(a)) sum += v; console.log('sum ' + sum);
});
attempt('slice', () => {
  const a = new ArrayBuffer(1 << 20, { maxByteLength: 1 << 20 });
  Object.defineProperty(a, "constructor", { value: { [Symbol.species]: function (n) { a.resize(8); return new ArrayBuffer(n); } } });
  a.slice(0, 1 << 20);
});
attempt('slice into shrunk', () => {
  const a = new ArrayBuffer(1 << 20);
  Object.defineProperty(a, "constructor", { value: { [Symbol.species]: function (n) { return new ArrayBuffer(n, { maxByteLength: n }); } } });
  a.slice({ valueOf() { return 0; } }, 1 << 20);
});
attempt('fromBigInt', () => ArrayBuffer.fromBigInt(1n, 0x7FFFFFFF, true));
attempt('fromBigInt2', () => ArrayBuffer.fromBigInt(-1n << 64n, 0, true));
attempt('fromString species', () => {
  class B extends ArrayBuffer { static get [Symbol.species]() { return function (n) { return new ArrayBuffer(n); }; } }
  B.fromString('x'.repeat(100));
});
attempt('fromBigInt detached', () => {
  class B extends ArrayBuffer { constructor(n) { super(n); Object.defineProperty(this, "constructor", { value: undefined }), this.transfer(); } }
  B.fromBigInt(1n << 4000n);
});
attempt('fromString detached', () => {
  class B extends ArrayBuffer { constructor(n) { super(n); Object.defineProperty(this, "constructor", { value: undefined }), this.transfer(); } }
  B.fromString('x'.repeat(4000));
});
attempt('fromString shrunk', () => {
  class B extends ArrayBuffer { constructor(n) { super(n); Object.defineProperty(this, "constructor", { value: undefined }), this.transfer(); } }
  B.fromString('x'.repeat(4000));
});
console.log('end');
