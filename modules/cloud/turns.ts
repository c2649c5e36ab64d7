/** So many at a time, in the order in which they came. */
export class Turns {
    #free: number;
    readonly #waiting: (() => void)[] = [];

    /** `count`: at a time, 1 or more. */
    constructor(count: number) {
        this.#free = count;
    }

    /** Runs when it is its turn. */
    async run<T>(job: () => Promise<T>): Promise<T> {
        if (this.#free > 0) {
            this.#free--;
        } else {
            await new Promise<void>((resolve) => {
                this.#waiting.push(resolve);
            });
        }
        try {
            return await job();
        } finally {
            const next = this.#waiting.shift();
            if (next === undefined) {
                this.#free++;
            } else {
                next();
            }
        }
    }
}
