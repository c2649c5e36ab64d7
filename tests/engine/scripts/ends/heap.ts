const kept: unknown[] = [];
setTimeout(() => {
    try {
        for (;;) {
            kept.push({ a: [kept.length], b: `text ${kept.length}` });
        }
    } catch {
        console.log('caught'); // exhaustion is not an exception
    } finally {
        console.log('finally');
    }
}, 1);
