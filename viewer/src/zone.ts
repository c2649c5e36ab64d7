/** Times of the device as a clock beside it shows them. The device says its zone; without one, the reader's zone is used. */
import { offsetMinutes } from '../../modules/base/time-zone.js';
import type { Zone } from './status.js';

let zone: Zone | undefined;

/** From now on. undefined: the reader's own zone. */
export function setZone(value: Zone | undefined): void {
    zone = value;
}

/** Name for people; empty: it is the reader's own. */
export function zoneName(): string {
    return zone?.name ?? zone?.posix ?? '';
}

/** Minutes east of Greenwich at that time. */
export function offsetAt(milliseconds: number): number {
    if (zone?.posix !== undefined) {
        try {
            return offsetMinutes(zone.posix, milliseconds);
        } catch {
            // a rule this page does not know: what the device computed for now is the best there is
        }
    }
    return zone?.offsetMinutes ?? -new Date(milliseconds).getTimezoneOffset();
}

/** A date whose UTC fields are those of the device's clock. */
export function onWall(milliseconds: number): Date {
    return new Date(milliseconds + offsetAt(milliseconds) * 60_000);
}
