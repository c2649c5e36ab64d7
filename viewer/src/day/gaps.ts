/** Where a day has no recording, and why as far as anybody knows. Pure. */
import type { LogEvent } from '../api.js';
import { fileSpan } from '../recording-route.js';
import { each, fields, record, text } from '../json.js';
import { type DayEvent, type Deleted, parseDayEvent, type Recorded } from './data.js';
import type { Span } from './scale.js';

/** What is shorter is no gap: files follow one another within it. */
const leastMs = 5000;
/** An event of the log may come so long behind what it tells of. */
const lateMs = 15_000;
/** A recording begins at most so long after the program does. */
const startMs = 60_000;

/** Why nothing was recorded: `deleted` has the word of the device (age, channel, bytes, space, request). */
export type GapReason = { readonly kind: 'deleted'; readonly why: string } | { readonly kind: 'privacy' | 'disk' | 'camera' | 'off' | 'before' | 'rest' | 'hours' | 'unknown' };

/** A stretch without a recording. */
export interface Gap extends Span {
    readonly reason: GapReason;
}

/** What is known of the time. */
export interface GapFacts {
    readonly channel: string;
    /** Deletions that the device remembers. */
    readonly deleted: readonly Deleted[];
    /** The log of the program, oldest first: it is gone with a restart. */
    readonly log: readonly LogEvent[];
    /** Events of `keptKinds`, which lie on the disk. */
    readonly kept: readonly DayEvent[];
    /** Changes of the rule by which the channel is recorded, oldest first. */
    readonly changes: readonly ModeChange[];
    /** When the program started, milliseconds since 1970; undefined: not known. */
    readonly startedMs: number | undefined;
    /** Beginning of the first recording of the channel, milliseconds since 1970; infinite: there is none; undefined: not known. */
    readonly oldest: number | undefined;
    /** When the channel is recorded, as the settings say now; undefined: not known. */
    readonly mode: string | undefined;
}

/** From `atMs` on a channel was recorded by another rule than `before`. */
export interface ModeChange {
    readonly atMs: number;
    readonly before: string;
}

type Cause = 'privacy' | 'disk' | 'camera';

/** What begins a cause, and what ends it. */
const causes: readonly (readonly [cause: Cause, begins: RegExp, ends: RegExp])[] = [
    ['privacy', /^privacy-on$/, /^privacy-off$/],
    ['disk', /^(?:record-failed|data-gone)$/, /^(?:record-recovered|data-moved)$/],
    ['camera', /^(?:source-(?:lost|absent|silent)|channel-failed)$/, /^(?:source-resumed|channel-opened)$/],
];

const keptCauses: Readonly<Record<string, Cause>> = { privacy: 'privacy', 'no-picture': 'camera', 'disk-full': 'disk', 'disk-failing': 'disk', 'disk-gone': 'disk' };
/** Events that last as long as nothing can be recorded. */
export const keptKinds: readonly string[] = Object.keys(keptCauses);

/** Checks a page of `record-mode` of `/api/event-log`; undefined: it is none. */
export function parseChanges(value: unknown): readonly ModeChange[] | undefined {
    const { events } = record(value);
    const parse = (entry: unknown): ModeChange | undefined => {
        const [event, before] = [parseDayEvent(entry), text(record(fields<Record<'data', unknown>>(entry)?.data)['before'])];
        return event === undefined || before === undefined ? undefined : { atMs: event.start, before };
    };
    return Array.isArray(events) ? each(events, parse).sort((a, b) => a.atMs - b.atMs) : undefined;
}

/** The rule that was in force then. */
function modeAt({ changes, mode = '' }: GapFacts, at: number): string {
    return changes.find(({ atMs }) => atMs > at)?.before ?? mode;
}

function keptCauseAt({ kept, channel }: GapFacts, at: number): Cause | undefined {
    const one = kept.find((event) => event.start <= at + lateMs && (event.end ?? Number.POSITIVE_INFINITY) > at && (event.channel === '' || event.channel === channel));
    return one && keptCauses[one.kind];
}

function causeAt({ log, channel }: GapFacts, at: number): Cause | undefined {
    const told = log.filter((one) => one.atMs !== undefined && one.atMs <= at + lateMs && (one.channel === '' || one.channel === channel));
    const holds = causes.find(([cause, begins, ends]) => {
        const last = told.filter(({ kind }) => begins.test(kind) || ends.test(kind) || (cause === 'privacy' && kind === 'privacy')).at(-1);
        return last !== undefined && (last.kind === 'privacy' ? last.code === 1 : begins.test(last.kind));
    });
    return holds?.[0];
}

function reasonOf(gap: Span, facts: GapFacts): GapReason {
    const gone = facts.deleted.find(({ path }) => {
        const span = path.includes(`recordings/${facts.channel}/`) ? fileSpan(path) : undefined;
        return span?.end !== undefined && Math.min(span.end, gap.to) - Math.max(span.start, gap.from) > Math.min(leastMs, (gap.to - gap.from) / 2);
    });
    if (gone) {
        return { kind: 'deleted', why: gone.why };
    }
    const cause = keptCauseAt(facts, gap.from) ?? causeAt(facts, gap.from);
    if (cause) {
        return { kind: cause };
    }
    const { startedMs, oldest } = facts;
    if (oldest !== undefined && gap.to <= oldest + leastMs) {
        return { kind: 'before' };
    }
    const started = startedMs !== undefined && startedMs >= gap.from - lateMs && startedMs <= gap.to && gap.to - startedMs < startMs;
    if (started) {
        return { kind: 'off' };
    }
    // pauses are what was asked for; a gap that began under another rule is told
    const mode = modeAt(facts, Math.min(gap.from + lateMs, gap.to));
    return { kind: mode === 'event' || mode === 'never' || mode === 'off' ? 'rest' : mode.startsWith('scheduled') ? 'hours' : 'unknown' };
}

/** What a person would miss: not the time before the first recording, nor pauses that were asked for. */
export function isMissed({ reason }: Gap): boolean {
    return reason.kind !== 'before' && reason.kind !== 'rest';
}

/** Stretches of a day without a recording, until now at most. */
export function gapsOf(spans: readonly Recorded[], day: Span, now: number | undefined, facts: GapFacts): readonly Gap[] {
    const end = Math.min(day.to, (now ?? day.to) - lateMs); // the newest seconds are not on the disk yet
    const gaps: Gap[] = [];
    let from = day.from;
    for (const span of [...spans, { start: end, end, bytes: 0 }]) {
        const to = Math.min(span.start, end);
        if (to - from >= leastMs) {
            const gap = { from, to };
            gaps.push({ ...gap, reason: reasonOf(gap, facts) });
        }
        from = Math.max(from, span.end);
    }
    return gaps;
}

/** Milliseconds of a day that were recorded. */
export function recordedMs(spans: readonly Recorded[], day: Span): number {
    return spans.reduce((sum, { start, end }) => sum + Math.max(Math.min(end, day.to) - Math.max(start, day.from), 0), 0);
}
