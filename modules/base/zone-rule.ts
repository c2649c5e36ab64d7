/** Reads POSIX TZ rules (IEEE Std 1003.1-2017, 8.3; hours up to 167 as in RFC 9636, 3.3.1). Pure. */

/** What a setting may say. */
export const zoneAllowed =
    'system, a zone like Europe/Berlin that this machine knows, or a POSIX TZ rule like CET-1CEST,M3.5.0,M10.5.0/3';

/** When a year's change happens: on a day, so many seconds after (or before) its midnight. */
export interface Change {
    /** `julian`: 1..365 without 29 February; `day`: 0..365; `month`: weekday `day` of week `week` (5 = last). */
    readonly kind: 'julian' | 'day' | 'month';
    readonly month: number;
    readonly week: number;
    readonly day: number;
    readonly seconds: number;
}

/** A rule that was read. */
export interface ZoneRule {
    /** "CET" */
    readonly name: string;
    /** Seconds east of Greenwich. */
    readonly offset: number;
    /** What holds from `begin` to `end` of each year; undefined: `offset` always holds. */
    readonly summer:
        | { readonly name: string; readonly offset: number; readonly begin: Change; readonly end: Change }
        | undefined;
}

const [hourSeconds, minuteSeconds] = [3600, 60];

/** Reads a rule from left to right; `bad` once something did not fit. */
class Reader {
    #rest: string;
    bad = false;

    constructor(text: string) {
        this.#rest = text;
    }
    get done(): boolean {
        return this.#rest === '';
    }
    /** What `pattern` (anchored) matches is taken; undefined when it does not. */
    take(pattern: RegExp): RegExpExecArray | undefined {
        const found = pattern.exec(this.#rest) ?? undefined;
        this.#rest = this.#rest.slice(found?.[0].length ?? 0);
        return found;
    }
    /** Three or more letters, or `<+0330>`. */
    name(): string {
        const found = this.take(/^(?:<([A-Za-z0-9+-]{3,16})>|([A-Za-z]{3,16}))/);
        this.bad ||= found === undefined;
        return found?.[1] ?? found?.[2] ?? '';
    }
    /** `[+-]h[h[h]][:mm[:ss]]` in seconds. */
    time(hoursMost: number): number {
        const found = this.take(/^([+-]?)(\d{1,3})(?::(\d{1,2})(?::(\d{1,2}))?)?/);
        const [hours, minutes, seconds] = [2, 3, 4].map((group) => Number(found?.[group] ?? 0));
        if (found === undefined || hours === undefined || minutes === undefined || seconds === undefined) {
            this.bad = true;
            return 0;
        }
        this.bad ||= hours > hoursMost || minutes > 59 || seconds > 59;
        const total = hours * hourSeconds + minutes * minuteSeconds + seconds;
        return found[1] === '-' && total > 0 ? -total : total;
    }
    /** `,M3.5.0/3`, `,J60`, `,59/-1` */
    change(): Change {
        const found = this.take(/^,(?:M(\d{1,2})\.(\d)\.(\d)|(J?)(\d{1,3}))/);
        const [month, week, weekday, number] = [1, 2, 3, 5].map((group) => Number(found?.[group] ?? 0));
        const seconds = this.take(/^\//) === undefined ? 2 * hourSeconds : this.time(167);
        if (found === undefined || month === undefined || week === undefined) {
            this.bad = true;
        } else if (found[1] !== undefined && weekday !== undefined) {
            this.bad ||= month < 1 || month > 12 || week < 1 || week > 5 || weekday > 6;
            return { kind: 'month', month, week, day: weekday, seconds };
        }
        const [kind, day] = [found?.[4] === 'J' ? ('julian' as const) : ('day' as const), number ?? 0];
        this.bad ||= day > 365 || (kind === 'julian' && day < 1);
        return { kind, month: 0, week: 0, day, seconds };
    }
}

/** The rule of a POSIX TZ string ("CET-1CEST,M3.5.0,M10.5.0/3"); undefined when it is none. */
export function parseZone(posix: string): ZoneRule | undefined {
    const reader = new Reader(posix);
    const name = reader.name();
    const offset = 0 - reader.time(24); // POSIX counts westwards
    if (reader.bad || reader.done) {
        return reader.bad ? undefined : { name, offset, summer: undefined };
    }
    const summerName = reader.name();
    const summerOffset =
        reader.bad || reader.done || reader.take(/^(?=,)/) ? offset + hourSeconds : 0 - reader.time(24);
    const rest = reader.done ? new Reader(',M3.2.0,M11.1.0') : reader; // as everywhere when nothing is said
    const [begin, end] = [rest.change(), rest.change()];
    return reader.bad || rest.bad || !rest.done
        ? undefined
        : { name, offset, summer: { name: summerName, offset: summerOffset, begin, end } };
}
