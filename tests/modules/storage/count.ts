/** Counts its own runs, for tests/hosts/storage.test.mjs; what it opens it leaves open. */
import files from 'embedded:storage/files';
import KeyValueStorage from 'embedded:storage/key-value';

const store = KeyValueStorage.open({ path: 'runs', format: 'uint32' });
const runs = Number(store.read('count') ?? 0) + 1;
store.write('count', runs);
const file = files.openFile({ path: 'log', mode: runs === 1 ? 'w+' : 'r+' });
file.write(new TextEncoder().encode(`${runs}\n`), file.status().size);
console.log(`${runs} ${JSON.stringify(new TextDecoder().decode(file.read(100, 0)))}`);
