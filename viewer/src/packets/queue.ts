/** A queue that is bounded in entries and bytes; the oldest make room, and are counted. */
export class BoundedQueue<T> {
    readonly #entries: { readonly value: T; readonly bytes: number }[] = [];
    readonly #most: { readonly entries: number; readonly bytes: number };
    #bytes = 0;
    #dropped = 0;

    constructor(most: { entries: number; bytes: number }) {
        this.#most = most;
    }

    get length(): number {
        return this.#entries.length;
    }

    get bytes(): number {
        return this.#bytes;
    }

    /** Entries that made room since the beginning. */
    get dropped(): number {
        return this.#dropped;
    }

    /** One larger than the queue is dropped itself. */
    push(value: T, bytes: number): void {
        this.#entries.push({ value, bytes });
        this.#bytes += bytes;
        while (this.#entries.length > this.#most.entries || this.#bytes > this.#most.bytes) {
            this.shift();
            this.#dropped++;
        }
    }

    /** The oldest, which stays. */
    peek(): T | undefined {
        return this.#entries[0]?.value;
    }

    /** Takes the oldest out. */
    shift(): T | undefined {
        const first = this.#entries.shift();
        this.#bytes -= first?.bytes ?? 0;
        return first?.value;
    }

    clear(): void {
        this.#entries.length = 0;
        this.#bytes = 0;
    }
}
