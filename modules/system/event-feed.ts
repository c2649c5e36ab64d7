/** Follows the media plane's event log: each entry once, in order. */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { Events } from 'ocellus/app/base/events';
import type { PlaneEvent } from 'ocellus/plane';

/** Milliseconds until a failed attempt is repeated, when nothing wakes it before. */
const againMs = 1000;

/**
 * Of a whole log, what scripts before this one cannot have told: everything from the end of the last one that was ready,
 * since one that was not has ended before it read events.
 */
export function untold(log: readonly PlaneEvent[]): readonly PlaneEvent[] {
    let from = log.length;
    for (let index = log.length - 1; index >= 0; index--) {
        const kind = log[index]?.kind;
        if (kind === 'script-ended') {
            from = index;
        } else if (from < log.length && kind === 'script-ready') {
            break;
        }
    }
    return log.slice(from);
}

/** Milliseconds in which a script that makes way tells no more: it is still there behind them when it need not. */
export const heldMs = 3000;

/** One per script. */
export class EventFeed extends Events<{ event: PlaneEvent }> {
    readonly #plane: Pick<PlaneApi, 'events'>;
    #fresh: boolean;
    #next = 0;
    #reading = false;
    #again = false;
    #held = false;

    /**
     * `first`: no script was before this one; otherwise what that one told is passed over. `next`: the `position` at which it
     * was held, undefined: not known.
     */
    constructor(plane: Pick<PlaneApi, 'events'>, first: boolean, next?: unknown) {
        super();
        this.#plane = plane;
        const known = Number.isSafeInteger(next) && (next as number) > 0;
        this.#fresh = !first && !known;
        this.#next = known ? (next as number) : 0;
    }

    /** The number of the first event that was not told yet; 0: not known yet. */
    get position(): number {
        return this.#fresh ? 0 : this.#next;
    }

    /** This script makes way: the next one tells what follows. When it has not come after a while, this one goes on. */
    hold(): void {
        this.#held = true;
        setTimeout(() => {
            this.#held = false;
            void this.wake();
        }, heldMs);
    }

    /** The log grew (an edge said so), or may have. */
    async wake(): Promise<void> {
        this.#again = true;
        if (this.#reading || this.#held) {
            return;
        }
        this.#reading = true;
        try {
            while (this.#again && !this.#held) {
                this.#again = false;
                await this.#readAll();
            }
        } catch (error) {
            console.warn(`events: ${error instanceof Error ? error.message : String(error)}`);
            setTimeout(() => void this.wake(), againMs);
        } finally {
            this.#reading = false;
        }
    }

    async #readAll(): Promise<void> {
        const log: PlaneEvent[] = [];
        for (;;) {
            const { events, next } = await this.#plane.events(this.#next);
            if (this.#held) {
                this.#again = true;
                return;
            }
            const later = events.filter(({ number }) => number >= this.#next);
            if (later.length === 0 || next <= this.#next) {
                this.#next = Math.max(this.#next, next);
                break;
            }
            this.#next = next;
            if (this.#fresh) {
                log.push(...later); // the whole log is needed to see where to begin
            } else {
                this.#tell(later);
            }
        }
        this.#fresh = false;
        this.#tell(untold(log));
    }

    #tell(events: readonly PlaneEvent[]): void {
        for (const event of events) {
            this.emit('event', event);
        }
    }
}
