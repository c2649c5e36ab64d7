// Texts that are constants of the engine, and no chunks of its heap: normalize took them for chunks, which the collector marked.
const kept = [];
for (let i = 0; i < 3000; i++) kept.push((typeof i).normalize(), (typeof kept).normalize('NFKD'), ''.normalize(), String(undefined).normalize('NFC'), Symbol.iterator.description.normalize());
for (let i = 0; i < 60; i++) 'q'.repeat(200000 + i);
for (let i = 0; i < kept.length; i += 5)
  if (kept.slice(i, i + 5).join() !== 'number,object,,undefined,Symbol.iterator') throw new Error(kept.slice(i, i + 5).join());
if ('\u00e4'.normalize('NFD').length !== 2) throw new Error('NFD');
console.log('end');
