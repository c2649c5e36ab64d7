/** As heap_sum, by a template. */
const long = 'x'.repeat(1 << 19);
const raw = new Proxy({}, { get: (_, name) => (name === 'length' ? 1 << 13 : long) });
setTimeout(() => {
    console.log(String.raw({ raw } as unknown as TemplateStringsArray).length);
}, 1);
