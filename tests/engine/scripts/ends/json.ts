/** A replacer that takes long, 10,000 times, from inside a built-in. */
const many = new Array<number>(10_000).fill(1);
setTimeout(() => {
    JSON.stringify(many, (_key, value: unknown) => {
        for (let i = 0; i < 100_000; i++) {
            Math.sqrt(i);
        }
        return value;
    });
}, 1);
