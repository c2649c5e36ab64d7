/** Times of the device as a clock beside it shows them. The device says its zone; without one, the reader's zone is used. */
import { offsetMinutes } from '../../modules/base/time-zone.js';
import { zoneNow } from './zone-state.js';

export { setZone } from './zone-state.js';

/** Name for people; empty: it is the reader's own. */
export function zoneName(): string {
    return zoneNow()?.name ?? zoneNow()?.posix ?? '';
}

/** Minutes east of Greenwich at that time. */
export function offsetAt(milliseconds: number): number {
    const zone = zoneNow();
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
