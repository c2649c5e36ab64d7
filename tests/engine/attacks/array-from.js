// Array.from of what has a length and no iterator: every item had the index 0.
const same = (what, is, wanted) => { if (String(is) !== String(wanted)) throw new Error(`${what}: ${is}, wanted ${wanted}`); };
const names = (a) => Object.getOwnPropertyNames(a).join();
same('names', names(Array.from({ length: 3 })), '0,1,2,length');
same('mapped', names(Array.from({ length: 3 }, (_, i) => i)), '0,1,2,length');
const copy = Array.from({ length: 5 }, (_, i) => i);
same('entries', Object.entries(copy).join(' '), '0,0 1,1 2,2 3,3 4,4');
delete copy[2];
same('deleted', names(copy), '0,1,3,4,length');
same('left', copy.join(), '0,1,,3,4');
same('assigned', JSON.stringify(Object.assign({}, copy)), '{"0":0,"1":1,"3":3,"4":4}');
// Shortened and grown again while garbage is collected, items came back that nobody held.
const keep = [];
for (let i = 0; i < 300; i++) {
  const a = Array.from({ length: 25 }, (_, j) => ({ j, text: 'x'.repeat(50) }));
  keep.push(a);
  a.length = 4;
  for (let k = 0; k < 60; k++) 'q'.repeat(2000 + k);
  const large = [];
  for (let k = 0; k < 60; k++) large.push('q'.repeat(200 + k));
  a[9] = 1;
}
for (const a of keep) {
  same('kept', names(a), '0,1,2,3,9,length');
  same('texts', a.map((x) => x.text?.length ?? x).join(), '50,50,50,50,,,,,,1');
}
console.log('end');
