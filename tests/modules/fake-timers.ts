/** Time that a test moves by hand: replaces setTimeout and clearTimeout while `run` runs. */

interface Waiting {
    readonly at: number;
    readonly callback: () => void;
}

/** The clock of `withFakeTimers`. */
export class FakeClock {
    nowMs = 0;
    readonly waiting = new Map<number, Waiting>();
    #last = 0;

    set = (callback: (...args: unknown[]) => void, delayMs = 0, ...args: unknown[]): number => {
        this.#last++;
        this.waiting.set(this.#last, {
            at: this.nowMs + delayMs,
            callback: () => {
                callback(...args);
            },
        });
        return this.#last;
    };

    clear = (id: number | undefined): void => {
        if (id !== undefined) {
            this.waiting.delete(id);
        }
    };

    /** Lets promise jobs run that are due now. */
    async settle(): Promise<void> {
        for (let turn = 0; turn < 50; turn++) {
            await undefined;
        }
    }

    /** Moves on; timers fire in order, each followed by its promise jobs. */
    async advance(ms: number): Promise<void> {
        const until = this.nowMs + ms;
        await this.settle();
        for (;;) {
            const next = [...this.waiting].filter(([, { at }]) => at <= until).sort(([, a], [, b]) => a.at - b.at)[0];
            if (next === undefined) {
                break;
            }
            const [id, { at, callback }] = next;
            this.waiting.delete(id);
            this.nowMs = at;
            callback();
            await this.settle();
        }
        this.nowMs = until;
    }
}

/** Runs with a clock that stands still until it is advanced. */
export async function withFakeTimers(run: (clock: FakeClock) => Promise<void>): Promise<void> {
    const clock = new FakeClock();
    const { setTimeout: realSet, clearTimeout: realClear } = globalThis;
    Object.assign(globalThis, { setTimeout: clock.set, clearTimeout: clock.clear });
    try {
        await run(clock);
    } finally {
        Object.assign(globalThis, { setTimeout: realSet, clearTimeout: realClear });
    }
}
