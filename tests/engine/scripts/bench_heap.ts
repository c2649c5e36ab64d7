/** Holds about 1 MB of live objects, texts and arrays (bench/engine.mjs). */
interface Item {
    id: number;
    name: string;
    tags: string[];
}
const items: Item[] = [];
for (let id = 0; id < 2600; id++) {
    items.push({ id, name: `item ${id}`, tags: [`a${id}`, 'b'] });
}
console.log(`${items.length} items`);
setTimeout(() => {
    console.log(`${items.length}`); // keeps them alive
}, 1_000_000);
