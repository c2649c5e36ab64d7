/** Waiting, with a clock that tests can replace. */
import { OcellusError } from 'ocellus/error';

/** Longest single timer: timers of the host count at most 24.8 days. */
const longestMs = 3_600_000;

/** Resolves after `ms` milliseconds (not before), however long. `isOver` is asked in between and ends the wait. */
export async function sleep(ms: number, isOver: () => boolean = () => false): Promise<void> {
    for (let left = ms; left > 0 && !isOver(); left -= longestMs) {
        await new Promise<void>((resolve) => {
            setTimeout(resolve, Math.min(left, longestMs));
        });
    }
}

/** The promise's result, or `TIMEOUT` after `ms` milliseconds; what it does later is ignored. */
export async function withDeadline<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
    let timer: number | undefined;
    const late = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => {
            reject(new OcellusError('TIMEOUT', `${what}: no answer within ${ms / 1000} s`));
        }, ms);
    });
    try {
        return await Promise.race([promise, late]);
    } finally {
        clearTimeout(timer);
    }
}

/** Milliseconds before attempt `attempt` (0 is the first repetition): doubles from 1 s to 30 s. */
export function backoffMs(attempt: number): number {
    return Math.min(1000 * 2 ** Math.min(attempt, 5), 30_000);
}
