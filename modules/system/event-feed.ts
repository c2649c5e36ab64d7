/** Follows the media plane's event log: each entry once, in order. */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { Events } from 'ocellus/app/base/events';
import type { PlaneEvent } from 'ocellus/plane';

/** Milliseconds until a failed attempt is repeated, when nothing wakes it before. */
const againMs = 1000;

/** One per script. */
export class EventFeed extends Events<{ event: PlaneEvent }> {
    readonly #plane: Pick<PlaneApi, 'events'>;
    readonly #sinceMs: number;
    #next = 0;
    #reading = false;
    #again = false;

    /** `sinceMs`: wall clock; entries up to then belong to an earlier script and are passed over. 0: none are. */
    constructor(plane: Pick<PlaneApi, 'events'>, sinceMs: number) {
        super();
        this.#plane = plane;
        this.#sinceMs = sinceMs;
    }

    /** The log grew (an edge said so), or may have. */
    async wake(): Promise<void> {
        this.#again = true;
        if (this.#reading) {
            return;
        }
        this.#reading = true;
        try {
            while (this.#again) {
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
        for (;;) {
            const { events, next } = await this.#plane.events(this.#next);
            for (const event of events) {
                if (event.number >= this.#next && Date.parse(event.at) > this.#sinceMs) {
                    this.emit('event', event);
                }
            }
            if (events.length === 0 || next <= this.#next) {
                this.#next = Math.max(this.#next, next);
                return;
            }
            this.#next = next;
        }
    }
}
