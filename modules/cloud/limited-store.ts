/** A store behind a limit of bytes per second, shared by all channels. */
import type { ObjectStore, PutOptions } from 'ocellus/app/cloud/object-store';
import type { Body } from 'ocellus/body';

/** What it needs of the world. */
export interface Pace {
    /** Monotonic milliseconds. */
    readonly now: () => number;
    /** May end before its time. */
    readonly sleep: (ms: number) => Promise<void>;
    /** 0: no limit. */
    readonly bytesPerSecond: () => number;
}

/** Seconds of the rate that may be sent at once after a pause. */
const burstSeconds = 2;

function bytesOf(body: string | Uint8Array | Body): number {
    return typeof body === 'string' || body instanceof Uint8Array ? body.length : body.bytes;
}

/**
 * Passes everything on; a body waits until those before it have been paid for. So the rate holds over any time longer
 * than one object takes. Texts, and what is urgent, wait for each other alone: a segment of minutes that nobody waits for
 * must not keep an event, or its own index, for as long.
 */
export class LimitedStore implements ObjectStore {
    readonly #store: ObjectStore;
    readonly #pace: Pace;
    /** When all that was given away is paid for, monotonic milliseconds; and all that was urgent. */
    #paidMs = 0;
    #urgentMs = 0;

    constructor(store: ObjectStore, pace: Pace) {
        this.#store = store;
        this.#pace = pace;
    }

    async put(key: string, body: string | Uint8Array | Body, options: PutOptions): Promise<string> {
        const { now, sleep, bytesPerSecond } = this.#pace;
        const rate = bytesPerSecond();
        if (rate > 0) {
            const earliestMs = now() - burstSeconds * 1000;
            const costMs = (bytesOf(body) * 1000) / rate;
            const isUrgent = options.urgent === true || typeof body === 'string';
            const freeMs = Math.max(isUrgent ? this.#urgentMs : this.#paidMs, earliestMs);
            this.#paidMs = Math.max(this.#paidMs, earliestMs) + costMs;
            this.#urgentMs = isUrgent ? freeMs + costMs : this.#urgentMs;
            while (now() < freeMs) {
                await sleep(freeMs - now());
            }
        }
        return await this.#store.put(key, body, options);
    }

    get(key: string) {
        return this.#store.get(key);
    }

    head(key: string) {
        return this.#store.head(key);
    }

    list(prefix: string, after?: string, limit?: number) {
        return this.#store.list(prefix, after, limit);
    }

    remove(key: string): Promise<void> {
        return this.#store.remove(key);
    }

    presign(key: string, seconds: number): string {
        return this.#store.presign(key, seconds);
    }
}
