setTimeout(() => {
    Array.prototype.reverse.call({ length: 2 ** 32 - 2 });
}, 1);
