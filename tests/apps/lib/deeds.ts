/** What a script can do to itself, each in its own way. */

function deeper(depth: number): number {
    return deeper(depth + 1) + depth;
}

/** By the name of the application that does nothing else (tests/apps). */
export const deeds = {
    /** Throws, from a timer when called by one. */
    throws(): void {
        throw new Error('from a timer');
    },
    /** Leaves a rejection to nobody. */
    rejects(): void {
        void Promise.reject(new Error('nobody handles this'));
    },
    /** Keeps everything until the memory cap is reached, and would catch what it could. */
    heap(): void {
        const kept: unknown[] = [];
        try {
            for (;;) {
                kept.push({ number: [kept.length], text: `text ${kept.length}` });
            }
        } catch {
            console.error('exhaustion was caught');
        }
    },
    /** Calls itself without an end. */
    stack(): number {
        return deeper(0);
    },
    /** Loops in bytecode. */
    loop(): number {
        for (let count = 0; ; count++) {
            if (count < 0) {
                return count;
            }
        }
    },
    /** Promise jobs that never come to an end: the loop is never reached again. */
    async promises(): Promise<void> {
        for (;;) {
            await undefined;
        }
    },
    /** A regular expression that takes for ever. */
    regexp(): boolean {
        return /^(?:a+)+$/.test(`${'a'.repeat(60)}b`);
    },
    /** A built-in over a huge length: no bytecode runs meanwhile. */
    builtin(): boolean {
        return Array.prototype.includes.call({ length: 2 ** 53 - 1 }, 1);
    },
};
