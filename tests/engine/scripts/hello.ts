/** The smallest application: prints, waits, prints. */
console.log('hello from bytecode', { a: 1 });
setTimeout(() => {
    console.log('later');
}, 5);
