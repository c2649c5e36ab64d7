/** 4 GB of text from little memory: their sum is 0 in 32 bits. */
const long = 'x'.repeat(1 << 19);
const many = 'a'.repeat(1 << 13);
setTimeout(() => {
    console.log(many.replaceAll('a', long).length);
}, 1);
