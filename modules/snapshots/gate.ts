/**
 * Whether a target is tried just now. After a failure nothing is, until a time that doubles; then one attempt decides.
 * Times are milliseconds of a clock that only goes forward. Pure.
 */
import { backoffMs } from 'ocellus/app/base/time';

/** `trial`: the one attempt that decides. */
export type Pass = 'open' | 'trial' | 'closed';

/** One per target. */
export class Gate {
    readonly #random: () => number;
    #failures = 0;
    #fromMs = 0;
    #trial = false;

    /** `random`: 0 to less than 1. */
    constructor(random: () => number) {
        this.#random = random;
    }

    /** Whether nothing is sent before a time. */
    get closed(): boolean {
        return this.#failures > 0;
    }

    /** May something be sent? Who gets `open` or `trial` ends it by `passed`, `failed` or `left`. */
    enter(nowMs: number): Pass {
        if (this.#failures === 0) {
            return 'open';
        }
        if (this.#trial || nowMs < this.#fromMs) {
            return 'closed';
        }
        this.#trial = true;
        return 'trial';
    }

    /** It was received. */
    passed(): void {
        this.#failures = 0;
        this.#trial = false;
    }

    /** It was not. Attempts that began before the first failure do not count again: 1 s to 30 s, less up to a half. */
    failed(pass: Pass, nowMs: number): void {
        if (this.#failures > 0 && pass !== 'trial') {
            return;
        }
        this.#trial = false;
        this.#fromMs = nowMs + backoffMs(this.#failures) * (0.5 + this.#random() / 2);
        this.#failures++;
    }

    /** It came to no request. */
    left(pass: Pass): void {
        if (pass === 'trial') {
            this.#trial = false;
        }
    }
}
