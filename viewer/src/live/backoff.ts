/** When to try WebRTC again after it failed. Pure. */
import type { Why } from './why.js';

const [FIRST_MS, MAX_MS] = [30_000, 300_000];
/** A device that is starting is ready soon. */
const FIRST_BUSY_MS = 5000;
/** What played for so long is no failure of the way: it may be tried again at once. */
const PROVEN_MS = 10_000;

/** 30 s, doubling to 5 min; 5 s at first for a device that is busy. */
export class Backoff {
    #failures = 0;
    #broken = 0;
    #untilMs = 0;

    /** It may be tried at this time. */
    ready(nowMs: number): boolean {
        return nowMs >= this.#untilMs;
    }

    /**
     * It failed; playedMs: for how long it had played. One break of a connection is no failure of the way, the next one soon
     * after it is. A device that does not answer at all says nothing about this way.
     */
    failed(nowMs: number, playedMs: number, kind: Why['kind'] = 'lost'): void {
        if (playedMs >= PROVEN_MS) {
            [this.#failures, this.#broken] = [0, 0];
        }
        if (playedMs > 0) {
            this.#broken++;
        }
        if (kind !== 'gone' && (playedMs === 0 || this.#broken > 1)) {
            const first = kind === 'busy' ? FIRST_BUSY_MS : FIRST_MS;
            this.#untilMs = nowMs + Math.min(MAX_MS, first * 2 ** this.#failures);
            this.#failures++;
        }
    }

    /** A picture came. */
    worked(): void {
        this.#failures = 0;
        this.#untilMs = 0;
    }
}
