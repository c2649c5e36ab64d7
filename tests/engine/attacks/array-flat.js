// flat and flatMap left every item on the stack: a few thousand ended the script.
const many = [];
for (let i = 0; i < 20000; i++) many.push(i % 3 ? i : [i]);
if (many.flat().length !== 20000) throw new Error('flat');
if (many.flatMap((x) => [x, x]).length !== 40000) throw new Error('flatMap');
console.log('end');
