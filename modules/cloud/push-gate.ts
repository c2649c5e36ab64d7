/** Whether the application lets a channel push now, and what it is called with (requirement A4). */
import type { Plan } from 'ocellus/app/cloud/cursor';

/** What is pushed. */
export interface Push {
    readonly channel: string;
    readonly plan: Exclude<Plan, 'off'>;
    /** Numbers of the events that it is for; none in the plan `continuous`. */
    readonly events: readonly number[];
}

/** Callbacks of the application. */
export interface PushCallbacks {
    readonly onPushStart?: (push: Push) => void | Promise<void>;
    readonly onPushStop?: (push: Push) => void;
    /** Monotonic milliseconds. */
    readonly now: () => number;
}

/** The plan `continuous` is tried again after so many milliseconds. */
const windowMs = 60_000;
/** Refused events that are remembered. */
const refusedMax = 64;

/** Of one channel and plan. */
export class PushGate {
    readonly #what: Omit<Push, 'events'>;
    readonly #callbacks: PushCallbacks;
    #pushing: Push | undefined;
    #refused: number[] = [];
    #againMs = 0;
    /** Why it may not push; '': it may. */
    why = '';

    constructor(what: Omit<Push, 'events'>, callbacks: PushCallbacks) {
        this.#what = what;
        this.#callbacks = callbacks;
    }

    /** Whether an event was refused. */
    isRefused(id: number): boolean {
        return this.#refused.includes(id);
    }

    /** Something is to be sent; the application is called when nothing was before. False: it refuses. */
    async begin(events: readonly number[]): Promise<boolean> {
        if (this.#pushing !== undefined) {
            return true;
        }
        const { onPushStart, now } = this.#callbacks;
        if (events.length === 0 && now() < this.#againMs) {
            return false;
        }
        const push: Push = { ...this.#what, events };
        try {
            await onPushStart?.(push);
        } catch (error) {
            this.why = `refused: ${error instanceof Error ? error.message : String(error)}`;
            this.#refused = [...this.#refused, ...events].slice(-refusedMax);
            this.#againMs = now() + windowMs;
            return false;
        }
        this.why = '';
        this.#pushing = push;
        return true;
    }

    /** Nothing is to be sent any more. */
    end(): void {
        const push = this.#pushing;
        this.#pushing = undefined;
        if (push === undefined) {
            return;
        }
        try {
            this.#callbacks.onPushStop?.(push);
        } catch (error) {
            console.warn(`cloud: onPushStop: ${error instanceof Error ? error.message : String(error)}`);
        }
    }
}
