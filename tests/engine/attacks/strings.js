// Every method of String with arguments whose conversion collects garbage (XS 9c14107ba, 165305f0e).
const junk = () => { const k = []; for (let i = 0; i < 20; i++) k.push('q'.repeat(900 + i)); };
const make = (n) => ['ä', 'b', '€'].join('-').repeat(n).concat('!');
const whole = false; // attacks.test.mjs makes it true for test:all
for (const n of whole ? [1, 40] : [4]) for (const m of Reflect.ownKeys(String.prototype)) {
  if (typeof m !== 'string' || typeof String.prototype[m] !== 'function') continue;
  for (const v of whole ? [-2, 3, 'b', '€', 'NFD', 'NFKC', '-', 2000] : [-2, '€', 'NFD']) for (const w of whole ? [undefined, -1, 5, 'zz', '$&$`' + "$'"] : [undefined, '$&$`' + "$'"]) {
    const one = { valueOf() { junk(); return v; }, toString() { junk(); return String(v); } }, two = { valueOf() { junk(); return w; }, toString() { junk(); return String(w); } };
    const self = { toString() { junk(); return make(n); } };
    for (const a of [[one, two], [v, two], [one, w], [two, one, one]]) { try { String.prototype[m].apply(self, a); } catch { } try { String.prototype[m].apply(make(n), a); } catch { } }
  }
}
console.log('end');
