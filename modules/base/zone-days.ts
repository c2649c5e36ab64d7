/** Days of a time zone, also those of 23 and 25 hours. Pure; shared with the page. */

/** Minutes east of Greenwich at an instant in milliseconds since 1970. */
export type OffsetAt = (utcMs: number) => number;

const [minuteMs, dayMs] = [60_000, 86_400_000];
/** No zone is further from Greenwich than this (POSIX: 24:59:59), with a change of the clock on top. */
const furthestMs = 27 * 3_600_000;

/** The day at an instant: days since 1970-01-01 on the wall. */
export function dayAt(utcMs: number, offsetAt: OffsetAt): number {
    return Math.floor((utcMs + offsetAt(utcMs) * minuteMs) / dayMs);
}

/** The first instant of a day, in milliseconds since 1970; the day ends where the next one begins. */
export function dayStart(day: number, offsetAt: OffsetAt): number {
    let [before, from] = [day * dayMs - furthestMs, day * dayMs + furthestMs];
    while (from - before > 1) {
        const middle = Math.floor((before + from) / 2);
        if (dayAt(middle, offsetAt) >= day) {
            from = middle;
        } else {
            before = middle;
        }
    }
    return from;
}

/** "2026-11-22" */
export function dayName(day: number): string {
    return new Date(day * dayMs).toISOString().slice(0, 10);
}

/** The day of "2026-11-22"; undefined: there is no such day. */
export function dayNamed(name: string): number | undefined {
    const day = /^\d{4}-\d\d-\d\d$/.test(name) ? Date.parse(`${name}T00:00:00Z`) / dayMs : Number.NaN;
    return Number.isInteger(day) && dayName(day) === name ? day : undefined;
}

/** The days of a month "2026-11": the first, and the first of the next one; undefined: there is no such month. */
export function monthDays(month: string): { readonly first: number; readonly next: number } | undefined {
    const first = dayNamed(`${month}-01`);
    if (first === undefined) {
        return undefined;
    }
    const [year = 0, number = 1] = month.split('-').map(Number);
    return { first, next: Math.round(Date.UTC(year, number, 1) / dayMs) };
}
