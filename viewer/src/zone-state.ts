/** The time zone that the device says it has. */
import type { Zone } from './status.js';

let zone: Zone | undefined;

/** From now on. undefined: the reader's own zone. */
export function setZone(value: Zone | undefined): void {
    zone = value;
}

/** undefined: the device has said none. */
export function zoneNow(): Zone | undefined {
    return zone;
}
