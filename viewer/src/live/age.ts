/** How old what is shown is: the device's clock against the time line of the stream. Pure. */

/** A clock is known from an answer within this time: it is wrong by half of it at most. */
const TRIP_MS = 400;

/** The clock of the device, as a page learns it by requests. */
export class DeviceClock {
    #offsetMs: number | undefined;
    #tripMs = Number.POSITIVE_INFINITY;

    /** A request left at `sentMs`, and its answer, made at `deviceMs` of the device, came at `cameMs`. The quickest counts most. */
    received(sentMs: number, cameMs: number, deviceMs: number): void {
        const trip = cameMs - sentMs;
        if (!(trip >= 0) || !Number.isFinite(deviceMs)) {
            return;
        }
        if (trip <= this.#tripMs) {
            this.#tripMs = trip;
            this.#offsetMs = deviceMs - (sentMs + cameMs) / 2;
        } else {
            this.#tripMs += 1; // an old one is worth less: clocks drift
        }
    }

    /** It is known well enough. */
    get known(): boolean {
        return this.#tripMs <= TRIP_MS;
    }

    /** Milliseconds since 1970 by the device; undefined: not known well enough yet. */
    at(ownMs: number): number | undefined {
        return this.#offsetMs === undefined || !this.known ? undefined : ownMs + this.#offsetMs;
    }
}

/** Seconds since a frame was captured; undefined: the device does not know its time, or the answer is no age. */
export function ageOf(zeroMs: number | undefined, seconds: number, deviceMs: number | undefined): number | undefined {
    if (zeroMs === undefined || deviceMs === undefined) {
        return undefined;
    }
    const age = (deviceMs - zeroMs) / 1000 - seconds;
    return age >= 0 && age < 3600 ? age : undefined;
}
