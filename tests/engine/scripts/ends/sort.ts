const numbers = Array.from({ length: 1000 }, (_, i) => (i * 7919) % 1000);
setTimeout(() => {
    numbers.sort((a, b) => {
        let sum = 0;
        for (let i = 0; i < 100_000; i++) {
            sum += i;
        }
        return a - b + sum - sum;
    });
}, 1);
