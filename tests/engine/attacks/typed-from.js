// What a callback of TypedArray.from does to the buffer that is filled (XS dbfd8e9a4).
const b = [];
class T extends Uint32Array { constructor(n) { super(n); b.push(this.buffer); } }
try { T.from([1, 2, 3, 4], (v, i) => { if (i === 1) b[0].transfer(); return v; }); } catch (e) { console.log('' + e); }
const rab = new ArrayBuffer(1 << 20, { maxByteLength: 1 << 20 });
class S extends Uint32Array { constructor() { super(rab); } }
try { S.from({ length: 1 << 18, 0: 1 }, (v, i) => { if (i === 1) rab.resize(8); return 0x41414141; }); } catch (e) { console.log('' + e); }
console.log('end');
