/** Works for long, but returns to the loop. */
let turns = 0;
function turn(): void {
    for (let i = 0; i < 1000; i++) {
        Math.sqrt(i);
    }
    if (++turns < 100) {
        setTimeout(turn, 1);
    } else {
        console.log('done');
    }
}
turn();
