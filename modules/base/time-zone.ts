/** Local time from a POSIX TZ rule. Pure: no clock, no database. */
import { type Change, parseZone, type ZoneRule } from 'ocellus/app/base/zone-rule';

/** A date and time of day as a clock on the wall shows it. */
export interface LocalParts {
    readonly year: number;
    /** 1..12 */
    readonly month: number;
    /** 1..31 */
    readonly day: number;
    /** 0: Sunday .. 6 */
    readonly weekday: number;
    readonly hour: number;
    readonly minute: number;
    readonly second: number;
    /** East of Greenwich; whole unless the rule has seconds. */
    readonly offsetMinutes: number;
    /** "CEST" */
    readonly zone: string;
}

const [daySeconds, minuteSeconds] = [86_400, 60];
/** Times are kept between these, as in names of files (native/base/oc_clock.h): 1970 to 9999. */
const [firstMs, lastMs] = [0, 253_402_300_799_999];

/** Days since 1970 of the day on which a change of that year lies. */
function dayOf({ kind, month, week, day }: Change, year: number): number {
    const firstOf = (of: number, monthOf: number): number => Date.UTC(of, monthOf - 1, 1) / (daySeconds * 1000);
    if (kind !== 'month') {
        const leap = firstOf(year, 3) - firstOf(year, 2) === 29;
        return firstOf(year, 1) + (kind === 'day' ? day : day - 1 + (leap && day >= 60 ? 1 : 0));
    }
    const first = firstOf(year, month);
    const last = firstOf(year, month + 1) - 1;
    const found = first + ((day - (first + 4) + 7 * 100_000_000) % 7) + (week - 1) * 7; // 1970-01-01 was a Thursday
    return found > last ? found - 7 : found;
}

/** Whether `summer` holds at a time in seconds since 1970: the latest change before it decides. */
function isSummer(rule: ZoneRule, seconds: number): boolean {
    const { offset, summer } = rule;
    if (summer === undefined) {
        return false;
    }
    const year = new Date((seconds + offset) * 1000).getUTCFullYear();
    let [latest, found] = [Number.NEGATIVE_INFINITY, false];
    for (const of of [year - 1, year, year + 1]) {
        const begin = dayOf(summer.begin, of) * daySeconds + summer.begin.seconds - offset;
        const end = dayOf(summer.end, of) * daySeconds + summer.end.seconds - summer.offset;
        if (end <= seconds && end > latest) {
            [latest, found] = [end, false];
        }
        if (begin <= seconds && begin >= latest) {
            // summer that ends where it begins holds all year
            [latest, found] = [begin, true];
        }
    }
    return found;
}

function ruleOf(zone: string | ZoneRule): ZoneRule {
    const rule = typeof zone === 'string' ? parseZone(zone) : zone;
    if (rule === undefined) {
        throw new RangeError(`time zone: ${JSON.stringify(zone)} is not a POSIX TZ rule`);
    }
    return rule;
}

function clamped(utcMs: number): number {
    return Math.min(Math.max(Number.isNaN(utcMs) ? firstMs : utcMs, firstMs), lastMs);
}

/** Seconds east of Greenwich at an instant; as `offsetMinutes`. */
function offsetSeconds(rule: ZoneRule, utcMs: number): number {
    const seconds = Math.floor(clamped(utcMs) / 1000);
    return rule.summer !== undefined && isSummer(rule, seconds) ? rule.summer.offset : rule.offset;
}

/**
 * Minutes east of Greenwich that hold in a zone at `utcMs` (milliseconds since 1970; kept within 1970 to 9999). Whole
 * unless the rule itself has seconds. Throws `RangeError` when `zone` is no rule; see `parseZone`.
 */
export function offsetMinutes(zone: string | ZoneRule, utcMs: number): number {
    return offsetSeconds(ruleOf(zone), utcMs) / minuteSeconds;
}

/** Date and time of day in a zone at `utcMs`; arguments and errors as `offsetMinutes`. */
export function localParts(zone: string | ZoneRule, utcMs: number): LocalParts {
    const rule = ruleOf(zone);
    const offset = offsetSeconds(rule, utcMs);
    const local = new Date(clamped(utcMs) + offset * 1000);
    const { summer } = rule;
    return {
        year: local.getUTCFullYear(),
        month: local.getUTCMonth() + 1,
        day: local.getUTCDate(),
        weekday: local.getUTCDay(),
        hour: local.getUTCHours(),
        minute: local.getUTCMinutes(),
        second: local.getUTCSeconds(),
        offsetMinutes: offset / minuteSeconds,
        zone: summer !== undefined && isSummer(rule, Math.floor(clamped(utcMs) / 1000)) ? summer.name : rule.name,
    };
}
