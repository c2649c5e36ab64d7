/** 100 MB of text from little memory: the engine builds it outside of its heap. */
const long = 'x'.repeat(10_000);
JSON.stringify(new Array<string>(10_000).fill(long));
