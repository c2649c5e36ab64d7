/** A chain of private fields that the collector follows to its end. */
class Link {
    readonly #next: Link | undefined;
    constructor(next: Link | undefined) {
        this.#next = next;
    }
    get next(): Link | undefined {
        return this.#next;
    }
}
setTimeout(() => {
    let last: Link | undefined;
    for (;;) last = new Link(last);
}, 1);
