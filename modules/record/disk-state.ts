/** How a disk is, out of what is known of it, and for how long it lasts. Pure. */
import type { DiskForecast, DiskState } from 'ocellus/app/http/api-types';
import { freeMin } from 'ocellus/command';
import type { Storage } from 'ocellus/plane';

/** What is kept free when the settings want nothing: as their defaults. */
const usual = { keepFreePercent: 10, keepFreeMB: 5000 };

/** The settings that say what stays free. */
export interface KeepFree {
    readonly keepFreePercent: number;
    readonly keepFreeMB: number;
}

/** Limits of all recordings. */
export interface DiskPolicy extends KeepFree {
    readonly maxMB: number;
    readonly maxDays: number;
}

/** Bytes that stay free, as `oc_retention_keep_free`; 0: the settings want none. */
export function keepFreeBytes(total: number, { keepFreePercent, keepFreeMB }: KeepFree): number {
    const wanted = [(total * keepFreePercent) / 100, keepFreeMB * 1e6].filter((bytes) => bytes > 0);
    return wanted.length === 0 ? 0 : Math.min(...wanted);
}

/** Bytes: half of what stays free, below which a disk is low. */
function lowBytes(total: number, keep: KeepFree): number {
    return (keepFreeBytes(total, keep) || keepFreeBytes(total, usual)) / 2;
}

/** Bytes below which a disk of `total` is full when nothing can be written. */
export function fullBytes(total: number, keep: KeepFree = usual): number {
    return Math.min(freeMin, lowBytes(total, keep));
}

/** What is known of it. */
export interface DiskFacts {
    /** The data directory is missing. */
    readonly gone: boolean;
    /** A recording cannot be written, or the disk does not answer. */
    readonly failing: boolean;
    /** As it answered last; undefined: it never did. */
    readonly storage: Pick<Storage, 'free' | 'total' | 'blocked'> | undefined;
}

/**
 * The worst of what holds. Low is a disk with less than half of what retention keeps free, so that one which works is
 * never low. `before`: one that was low is so until there is a fifth more.
 */
export function diskState({ gone, failing, storage }: DiskFacts, keep: KeepFree, before: DiskState): DiskState {
    const { free = 0, total = 0, blocked = false } = storage ?? {};
    if (gone) {
        return 'gone';
    }
    // one that is recorded on and deleted from in turns is as full as it shall be
    if ((failing || blocked) && total > 0 && free < fullBytes(total, keep)) {
        return 'full'; // so nothing can be written: this is why
    }
    if (failing) {
        return 'failing';
    }
    if (total === 0) {
        return 'good';
    }
    if (blocked) {
        return 'blocked';
    }
    return free < lowBytes(total, keep) * (before === 'low' ? 1.2 : 1) ? 'low' : 'good';
}

/** What was recorded lately. */
export interface Recorded {
    readonly bytes: number;
    /** Milliseconds from the beginning of the first of it until now. */
    readonly ms: number;
}

/** Milliseconds that are looked at, and that are enough. */
export const [rateMs, enoughMs] = [2 * 86_400_000, 86_400_000] as const;

function lasting(
    { bytes, free, total }: Pick<Storage, 'bytes' | 'free' | 'total'>,
    policy: DiskPolicy,
    bytesPerDay: number,
): Pick<DiskForecast, 'days' | 'until'> {
    const { maxMB, maxDays } = policy;
    const kept = keepFreeBytes(total, policy);
    const room = Math.max(bytes + free - kept, 0) / bytesPerDay;
    const own = maxMB > 0 ? (maxMB * 1e6) / bytesPerDay : Number.POSITIVE_INFINITY;
    const age = maxDays > 0 ? maxDays : Number.POSITIVE_INFINITY;
    if (age <= room && age <= own) {
        return { days: age, until: 'age' };
    }
    if (own <= room) {
        return { days: own, until: 'bytes' };
    }
    return kept > 0 ? { days: room, until: 'space' } : { days: free / bytesPerDay, until: 'full' };
}

/** `nowMs`: undefined: the clock is not set. Limits of single channels are not reckoned with. */
export function forecastOf(
    storage: Pick<Storage, 'bytes' | 'free' | 'total' | 'oldestMs' | 'lastDeleted'>,
    policy: DiskPolicy,
    recorded: Recorded,
    nowMs: number | undefined,
): DiskForecast {
    if (nowMs === undefined) {
        return { state: 'clock', bytesPerDay: null, days: null, until: null };
    }
    if (recorded.bytes === 0) {
        return { state: 'idle', bytesPerDay: null, days: null, until: null };
    }
    const bytesPerDay = Math.round((recorded.bytes / recorded.ms) * 86_400_000);
    if (recorded.ms >= enoughMs) {
        return { state: 'known', bytesPerDay, ...lasting(storage, policy, bytesPerDay) };
    }
    // a disk that holds less than a day has shown how long it lasts
    const full = storage.lastDeleted.find(({ why, atMs }) => ['space', 'bytes'].includes(why) && nowMs - atMs < rateMs);
    if (full !== undefined && storage.oldestMs !== undefined) {
        const days = Math.max(nowMs - storage.oldestMs, 0) / 86_400_000;
        return { state: 'known', bytesPerDay, days, until: full.why === 'space' ? 'space' : 'bytes' };
    }
    return { state: 'learning', bytesPerDay: null, days: null, until: null };
}
