// Ordinary arrays that have more length than items, behind a chunk with room to grow, kept while garbage is collected:
// the sweep took what lay in that room for items.
const junk = () => { const list = []; for (let j = 0; j < 60; j++) list.push('q'.repeat(200 + j)); return list; };
const idioms = [
  () => { const a = [1, 2, 3]; a[30] = 5; return a; },
  () => { const a = []; for (let j = 0; j < 9; j++) a.push('t' + j); a.length = 20; return a; },
  () => { const a = 'a,b,c,d,e'.split(','); a.length = 2; a[4] = 'z'; return a; },
  () => { const a = []; for (let j = 0; j < 14; j++) a.push({ j }); for (let j = 0; j < 9; j++) a.pop(); a[25] = 'z'; return a; },
  () => { const a = [...'abcdefgh'].map((c) => c + c); a.splice(1, 5); a.length = 30; return a; },
  () => { const a = []; for (let j = 0; j < 20; j++) a.unshift('u' + j); a.shift(); a.length = 40; delete a[3]; return a; },
];
for (const make of idioms) {
  const keep = [], texts = [];
  for (let i = 0; i < 200; i++) { keep.push(make()); texts.push(JSON.stringify(keep[i])); junk(); }
  for (let i = 0; i < keep.length; i++)
    if (JSON.stringify(keep[i]) !== texts[i]) throw new Error(`${texts[i]} became ${JSON.stringify(keep[i])}`);
}
console.log('end');
