/** Promise jobs without end, none of which holds on to another. */
function next(): void {
    void Promise.resolve().then(next);
}
setTimeout(next, 1);
