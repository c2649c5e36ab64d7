/** States of a backtracking expression: memory outside of the heap. */
const text = 'a'.repeat(500_000);
setTimeout(() => {
    const found = /^(?:(a)|(b)|(c)|(d)|(e)|(f)|(g)|(h)|a)*x/.exec(text);
    console.log(found === null);
}, 1);
