/** Holds some 2 MB and makes garbage for a while, a little in each callback. */
const held: { at: number }[] = [];
for (let at = 0; at < 25_000; at++) {
    held.push({ at });
}
let turns = 0;
const timer = setInterval(() => {
    for (let at = 0; at < 2000; at++) {
        held[at % held.length] = { at };
    }
    if (++turns === 100) {
        clearInterval(timer);
    }
}, 0);
