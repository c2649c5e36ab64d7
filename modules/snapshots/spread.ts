/**
 * When each of many channels has its turn: all of them once in an interval, the same time apart, in an order that stays.
 * Times are milliseconds of a clock that only goes forward. Pure.
 */
import { hashText } from 'ocellus/app/base/hash';

/** A turn that is later than this many milliseconds is dropped, so that no pause is followed by a burst. */
export const lateMsMax = 1000;

/** A turn. */
export interface Turn {
    /** Undefined: it is nobody's turn. */
    readonly id: string | undefined;
    /** Turns before it that were dropped. */
    readonly missed: number;
}

interface Place {
    readonly id: string;
    readonly order: number;
}

/** The letters behind a name have its last one change every bit of the hash. */
function orderOf(name: string): number {
    return hashText(`${name}::`);
}

function isBefore(a: Place, b: Place): boolean {
    return a.order < b.order || (a.order === b.order && a.id < b.id);
}

const noTurn: Turn = { id: undefined, missed: 0 };

/** The turns of one list of channels. */
export class Spread {
    /** Part of a spacing by which this device is behind others, 0 to less than 1. */
    readonly #offset: number;
    /** As they were given, and in their order. */
    #ids: readonly string[] = [];
    #places: readonly Place[] = [];
    #intervalMs = 0;
    /** Turn 0 of `#count`. */
    #fromMs = 0;
    /** Turns since `#fromMs`. */
    #count = 0;
    /** Index of the next place. */
    #next = 0;
    #last: Place | undefined;

    /** `device`: a text that no other device has. */
    constructor(device: string) {
        this.#offset = orderOf(device) / 2 ** 32;
    }

    /** Milliseconds between two turns; 0: there is no channel. */
    get spacingMs(): number {
        return this.#places.length === 0 ? 0 : this.#intervalMs / this.#places.length;
    }

    /** When the next turn is; Infinity: there is none. */
    get nextMs(): number {
        return this.#places.length === 0 ? Infinity : this.#fromMs + this.#count * this.spacingMs;
    }

    /**
     * Another list, another interval (1 ms or more), or the same again. The walk goes on behind the channel that had its
     * turn last, with the new spacing from there on: nobody has two turns, and nobody is left out.
     */
    plan(ids: readonly string[], intervalMs: number, nowMs: number): void {
        const same = ids.length === this.#ids.length && ids.every((id, at) => id === this.#ids[at]);
        if (same && intervalMs === this.#intervalMs) {
            return;
        }
        const known = new Map(this.#places.map((place) => [place.id, place]));
        const places = ids
            .map((id): Place => known.get(id) ?? { id, order: orderOf(id) })
            .sort((a, b) => (isBefore(a, b) ? -1 : 1));
        const lastMs = this.nextMs - this.spacingMs;
        const spacingMs = places.length === 0 ? 0 : intervalMs / places.length;
        const offsetMs = this.#offset * spacingMs;
        const goesOn = this.#places.length > 0 && lastMs + spacingMs > nowMs;
        this.#fromMs = goesOn ? lastMs + spacingMs : nowMs + offsetMs;
        this.#count = 0;
        this.#ids = ids.slice();
        this.#places = places;
        this.#intervalMs = intervalMs;
        const last = this.#last;
        const behind = last === undefined ? 0 : places.findIndex((place) => isBefore(last, place));
        this.#next = Math.max(behind, 0);
    }

    /** The turn that is due, if one is. What is later than `lateMsMax` is dropped, but for the newest. */
    take(nowMs: number): Turn {
        const lateMs = nowMs - this.nextMs;
        if (!(lateMs >= 0)) {
            return noTurn;
        }
        const { length } = this.#places;
        const missed = lateMs > lateMsMax ? Math.floor(lateMs / this.spacingMs) : 0;
        this.#count += missed + 1;
        this.#last = this.#places[(this.#next + missed) % length];
        this.#next = (this.#next + missed + 1) % length;
        return { id: this.#last?.id, missed };
    }
}
