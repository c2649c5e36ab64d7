/** What a channel has of a time: spans without a gap, events, days of a month. The host joins spans; this joins its answers. */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { dayName, dayStart, monthDays, type OffsetAt } from 'ocellus/app/base/zone-days';
import { OcellusError } from 'ocellus/error';
import type { RecordedSpan } from 'ocellus/plane';

/** What the time line shows of an event. */
export interface TimelineEvent {
    readonly id: number;
    readonly kind: string;
    readonly mask: number;
    /** '': of none. */
    readonly channel: string;
    readonly startMs: number;
    /** Undefined: it goes on. */
    readonly endMs: number | undefined;
    readonly picture: boolean;
    readonly protected: boolean;
}

/** Which events: those that touch the span, oldest first. */
export interface TimelineQuery {
    readonly channel: string;
    readonly fromMs: number;
    readonly toMs: number;
    readonly limit: number;
    /** The last row before. */
    readonly after?: { readonly id: number; readonly startMs: number } | undefined;
}

/** The events that are kept. */
export interface TimelineLog {
    page(query: TimelineQuery): Promise<{ readonly rows: readonly TimelineEvent[]; readonly more: boolean }>;
}

/** A part of an answer; `nextMs`: what lies before it is all there; undefined: everything is. */
export interface Part<T> {
    readonly rows: readonly T[];
    readonly nextMs: number | undefined;
}

/** A day that has something. */
export interface DayCount {
    /** "2026-11-22" */
    readonly day: string;
    /** That were recorded. */
    readonly seconds: number;
    /** At most `dayEventsMax`. */
    readonly events: number;
}

/** Events of one request; spans, and rows of one answer. */
const [pageRows, rowsMax] = [200, 2000];
/** More events of a day are not counted. */
export const dayEventsMax = 200;

/** Adds up what spans have of each day, in one pass over both. */
class DaySums {
    readonly #starts: readonly number[];
    readonly #ms: number[];
    #day = 0;

    /** `starts`: of the days, and of the one behind the last. */
    constructor(starts: readonly number[]) {
        this.#starts = starts;
        this.#ms = starts.map(() => 0);
    }

    /** Oldest first. */
    add({ startMs, endMs }: RecordedSpan): void {
        const starts = this.#starts;
        while (this.#day + 2 < starts.length && (starts[this.#day + 1] ?? 0) <= startMs) {
            this.#day++;
        }
        for (let day = this.#day; day + 1 < starts.length && (starts[day] ?? 0) < endMs; day++) {
            const [begin = 0, end = 0] = [starts[day], starts[day + 1]];
            this.#ms[day] = (this.#ms[day] ?? 0) + Math.max(Math.min(endMs, end) - Math.max(startMs, begin), 0);
        }
    }

    seconds(day: number): number {
        return Math.round((this.#ms[day] ?? 0) / 1000);
    }
}

/** One per script. log left out: this host keeps no events. */
export class Timeline {
    readonly #plane: Pick<PlaneApi, 'spans'>;
    readonly #log: TimelineLog | undefined;

    constructor(plane: Pick<PlaneApi, 'spans'>, log?: TimelineLog) {
        this.#plane = plane;
        this.#log = log;
    }

    /** Spans that touch [fromMs, toMs), oldest first. */
    async spans(channel: string, fromMs: number, toMs: number): Promise<Part<RecordedSpan>> {
        const found: RecordedSpan[] = [];
        let from = fromMs;
        for (;;) {
            const limit = rowsMax - found.length;
            const { spans, more } = await this.#plane.spans({ channel, fromMs: from, toMs, limit });
            found.push(...spans);
            const last = spans[spans.length - 1];
            if (!more || last === undefined) {
                return { rows: found, nextMs: undefined };
            }
            from = last.endMs; // the host ends a span where the next one lies behind a gap
            if (found.length >= rowsMax) {
                return { rows: found, nextMs: from };
            }
        }
    }

    /** Events that touch [fromMs, toMs), oldest first. */
    async events(channel: string, fromMs: number, toMs: number): Promise<Part<TimelineEvent>> {
        const found: TimelineEvent[] = [];
        let after: TimelineQuery['after'];
        while (this.#log !== undefined) {
            const { rows, more } = await this.#page({ channel, fromMs, toMs, limit: pageRows, after });
            found.push(...rows);
            const last = found[found.length - 1];
            if (!more || last === undefined) {
                break;
            }
            if (found.length >= rowsMax) {
                return { rows: found, nextMs: last.startMs };
            }
            after = last;
        }
        return { rows: found, nextMs: undefined };
    }

    /**
     * Days of a month "2026-11" that have something; undefined: there is no such month. An event that goes on is one of
     * the days up to `nowMs`.
     */
    async days(
        channel: string,
        month: string,
        offsetAt: OffsetAt,
        nowMs: number,
    ): Promise<readonly DayCount[] | undefined> {
        const span = monthDays(month);
        if (span === undefined) {
            return undefined;
        }
        const { first, next } = span;
        const starts = Array.from({ length: next - first + 1 }, (_, n) => dayStart(first + n, offsetAt));
        const sums = new DaySums(starts);
        let fromMs: number | undefined = starts[0];
        const toMs = starts[next - first] ?? 0;
        while (fromMs !== undefined) {
            const part: Part<RecordedSpan> = await this.spans(channel, fromMs, toMs);
            for (const span of part.rows) {
                sums.add(span);
            }
            fromMs = part.nextMs === undefined || part.nextMs <= fromMs ? undefined : part.nextMs;
        }
        const days: DayCount[] = [];
        for (let day = first; day < next; day++) {
            const [begin = 0, end = 0] = [starts[day - first], starts[day - first + 1]];
            const seconds = sums.seconds(day - first);
            const events = await this.#count(channel, begin, end, nowMs);
            if (seconds > 0 || events > 0) {
                days.push({ day: dayName(day), seconds, events });
            }
        }
        return days;
    }

    async #count(channel: string, fromMs: number, toMs: number, nowMs: number): Promise<number> {
        const { rows } = await this.#page({ channel, fromMs, toMs, limit: dayEventsMax });
        return rows.filter(({ startMs, endMs }) => endMs !== undefined || startMs >= fromMs || fromMs <= nowMs).length;
    }

    /** A host that keeps no events has none. */
    async #page(query: TimelineQuery): ReturnType<TimelineLog['page']> {
        try {
            return (await this.#log?.page(query)) ?? { rows: [], more: false };
        } catch (error) {
            if (error instanceof OcellusError && error.code === 'NOTSUP') {
                return { rows: [], more: false };
            }
            throw error;
        }
    }
}
