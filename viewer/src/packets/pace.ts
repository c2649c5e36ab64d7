/**
 * When a sample is due: maps the stream's time to the reader's clock with a small delay that takes up the network's
 * unsteadiness. Sound and picture ask the same map, which is what keeps them together. Reads no clock itself.
 */
export interface PaceOptions {
    /** Seconds between arrival and showing that are aimed at. */
    readonly delay: number;
    /** live: catches up with the edge, and goes on behind a break. Otherwise every sample keeps its distance. */
    readonly live: boolean;
}

/** A sample that comes this much too late or too early is behind a break of the stream. Seconds. */
const BREAK = 1;
/** How long the least reserve is looked for before the delay is corrected. Seconds. */
const WINDOW = 4;
/** A reserve beyond the delay that is left alone, and the most that one window takes back. Seconds. */
const SLACK = 0.15;
const STEP = 0.02;

/** The map of one stream. */
export class Pace {
    readonly #options: PaceOptions;
    /** Clock minus stream time; undefined before the first sample. */
    #offset: number | undefined;
    #least = Number.POSITIVE_INFINITY;
    #windowEnd = 0;

    constructor(options: PaceOptions) {
        this.#options = options;
    }

    /** A sample of stream time `seconds` came at `now`. true: the map was made anew, what was scheduled is void. */
    arrived(seconds: number, now: number): boolean {
        if (this.#offset === undefined) {
            this.#anchor(seconds, now);
            return true;
        }
        const reserve = seconds + this.#offset - now;
        if (!this.#options.live) {
            return false;
        }
        if (reserve < -BREAK || reserve > this.#options.delay + BREAK) {
            this.#anchor(seconds, now);
            return true;
        }
        this.#least = Math.min(this.#least, reserve);
        if (now >= this.#windowEnd) {
            this.#correct(now);
        }
        return false;
    }

    /** When that time of the stream is due, on the clock of `arrived`. */
    due(seconds: number): number {
        return seconds + (this.#offset ?? 0);
    }

    /** The stream's time at `now`. */
    at(now: number): number {
        return now - (this.#offset ?? now);
    }

    /** Pauses of a file: everything is due later by that. */
    shift(seconds: number): void {
        if (this.#offset !== undefined) {
            this.#offset += seconds;
        }
    }

    #anchor(seconds: number, now: number): void {
        this.#offset = now + this.#options.delay - seconds;
        this.#least = Number.POSITIVE_INFINITY;
        this.#windowEnd = now + WINDOW;
    }

    /** Too little reserve is made up at once, too much of it slowly: nobody hears 20 ms. */
    #correct(now: number): void {
        if (this.#offset !== undefined && this.#least < 0) {
            this.#offset -= this.#least;
        } else if (this.#offset !== undefined && this.#least > this.#options.delay + SLACK) {
            this.#offset -= STEP;
        }
        this.#least = Number.POSITIVE_INFINITY;
        this.#windowEnd = now + WINDOW;
    }
}
