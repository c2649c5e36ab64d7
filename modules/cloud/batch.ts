/**
 * Segments of a backlog that the store has and no index names yet: index and playlist are written once for several of
 * them. Pure: the time is an argument.
 */

/** Segments of one index. A power cut sends them again: 32 MB at 4 Mbit/s and 4 s. */
export const batchSegmentsMax = 16;
/** Milliseconds that a segment may be in the store before its index: with that of an event it is there within 3 s. */
const putOffMs = 2000;

/** Of one channel. */
export class Batch {
    #count = 0;
    /** When the first of them and the newest segment of all were there, monotonic milliseconds. */
    #firstMs = 0;
    #lastMs = Number.NEGATIVE_INFINITY;

    /** Whether every segment has its index. */
    get isEmpty(): boolean {
        return this.#count === 0;
    }

    /** The store has one more. False: the index cannot wait for the next one, which takes as long as this one took. */
    add(nowMs: number): boolean {
        const nextMs = nowMs + (nowMs - this.#lastMs);
        this.#firstMs = this.isEmpty ? nowMs : this.#firstMs;
        this.#lastMs = nowMs;
        this.#count++;
        return this.#count < batchSegmentsMax && nextMs < this.#firstMs + putOffMs;
    }

    /** Whether the index is due now. */
    isDue(nowMs: number): boolean {
        return !this.isEmpty && nowMs >= this.#firstMs + putOffMs;
    }

    /** The index is written. */
    clear(): void {
        this.#count = 0;
    }
}
