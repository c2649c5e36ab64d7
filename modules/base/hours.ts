/** Hours of the week in local time. Pure. */
import { localParts, offsetMinutes } from 'ocellus/app/base/time-zone';
import type { ZoneRule } from 'ocellus/app/base/zone-rule';

/** From one time of day to another, on some days. */
export interface Hours {
    /** "mon-fri", "sat,sun", "fri-mon,wed", "daily"; the day on which it begins. Left out: daily. */
    readonly days?: string;
    /** "22:00" */
    readonly from: string;
    /** "06:30"; not later than `from`: of the next day. "24:00" is midnight. */
    readonly to: string;
}

const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const [minuteMs, dayMinutes, week] = [60_000, 1440, 7];

/** What `days` may say. */
export const daysPattern = (() => {
    const day = `(?:${dayNames.join('|')})`;
    const part = `${day}(?:-${day})?`;
    return new RegExp(`^(?:daily|${part}(?:,${part}){0,6})$`);
})();
/** What `from` and `to` may say; `to` also 24:00. */
export const timePattern = /^(?:[01]\d|2[0-3]):[0-5]\d$/;

/** Whether it begins on a day of the week, 0 is Sunday. */
function beginsOn({ days = 'daily' }: Hours, weekday: number): boolean {
    if (days === 'daily') {
        return true;
    }
    return days.split(',').some((part) => {
        const [first = '', last = first] = part.split('-');
        const begin = dayNames.indexOf(first);
        const length = (dayNames.indexOf(last) - begin + week) % week;
        return (weekday - begin + week) % week <= length;
    });
}

function minuteOf(time: string): number {
    return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}

function holds(hours: Hours, weekday: number, minute: number): boolean {
    const [from, to] = [minuteOf(hours.from), minuteOf(hours.to)];
    if (to > from) {
        return minute >= from && minute < to && beginsOn(hours, weekday);
    }
    return (
        (minute >= from && beginsOn(hours, weekday)) || (minute < to && beginsOn(hours, (weekday + week - 1) % week))
    );
}

/**
 * Whether the clock on the wall is within one of the hours at `utcMs`. An hour that a change of the clock repeats
 * counts both times; one that it leaves out is over when it would have begun.
 */
export function withinHours(list: readonly Hours[], zone: ZoneRule, utcMs: number): boolean {
    const { weekday, hour, minute } = localParts(zone, utcMs);
    return list.some((hours) => holds(hours, weekday, hour * 60 + minute));
}

/** When one of the hours begins next, not now: milliseconds since 1970; undefined: never. */
export function nextHours(list: readonly Hours[], zone: ZoneRule, utcMs: number): number | undefined {
    const now = localParts(zone, utcMs);
    const minuteNow = now.hour * 60 + now.minute;
    const start = utcMs - (utcMs % minuteMs);
    let next: number | undefined;
    for (const hours of list) {
        for (let day = 0; day <= week; day++) {
            const minutes = day * dayMinutes + minuteOf(hours.from) - minuteNow;
            if (minutes <= 0 || !beginsOn(hours, (now.weekday + day) % week)) {
                continue;
            }
            const at = settle([hours], zone, start + minutes * minuteMs, now.offsetMinutes);
            next = next === undefined || at < next ? at : next;
            break;
        }
    }
    return next;
}

/** When the hours that hold at `utcMs` are over, milliseconds since 1970; undefined: none hold, or they never end. */
export function endOfHours(list: readonly Hours[], zone: ZoneRule, utcMs: number): number | undefined {
    const limit = utcMs + week * dayMinutes * minuteMs;
    let at = utcMs;
    while (withinHours(list, zone, at)) {
        if (at > limit) {
            return undefined;
        }
        const { weekday, hour, minute, offsetMinutes: offset } = localParts(zone, at);
        const now = hour * 60 + minute;
        const ends = list
            .filter((hours) => holds(hours, weekday, now))
            .map(({ to }) => (minuteOf(to) + dayMinutes - now) % dayMinutes);
        const guess = at - (at % minuteMs) + (Math.max(...ends) || dayMinutes) * minuteMs;
        const end = guess - (offsetMinutes(zone, guess) - offset) * minuteMs;
        at = end > at ? end : at + minuteMs;
    }
    return at === utcMs ? undefined : at;
}

/** `guess` was counted with the offset of now: corrected, and behind a time of day that does not exist. */
function settle(list: readonly Hours[], zone: ZoneRule, guess: number, offset: number): number {
    let at = guess - (offsetMinutes(zone, guess) - offset) * minuteMs;
    for (let step = 0; step < 180 && !withinHours(list, zone, at); step++) {
        at += minuteMs;
    }
    return at;
}
