/** Number formatting and regular expressions without pause: both use the free stack as scratch memory. */
let seed = 0.1;
function work(): void {
    for (;;) {
        seed = (seed * 1.000_000_1) % 1e300;
        (seed * 1e200).toString();
        (seed / 3e-250).toFixed(20);
        seed.toPrecision(60);
        Number.parseFloat('1.7976931348623157081e-300');
    }
}
setTimeout(work, 0);
