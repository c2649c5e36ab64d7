/** Routes of the time line and the calendar (docs/design/recordings-index.md). */
import { offsetMinutes } from 'ocellus/app/base/time-zone';
import type { Zone } from 'ocellus/app/base/zone';
import type { DaysJson, TimelineEventJson, TimelineJson } from 'ocellus/app/http/api-types';
import { instantParameter, parseQuery } from 'ocellus/app/http/query';
import type { Router, ScopedRequest } from 'ocellus/app/http/router';
import type { Timeline, TimelineEvent } from 'ocellus/app/record/timeline';
import { OcellusError } from 'ocellus/error';
import type { RecordedSpan } from 'ocellus/plane';

/** What the routes need. */
export interface TimelineApiOptions {
    readonly timeline: Timeline;
    /** In force now. */
    readonly zone: () => Zone;
    /** Milliseconds since 1970. */
    readonly nowMs: () => number;
}

function refuse(name: string, value: string, allowed: string): OcellusError {
    const shown = JSON.stringify(value.slice(0, 40));
    return new OcellusError('INVAL', `query: ${name}: ${shown} is not allowed; use ${allowed}`);
}

function checkChannel(channel: string): string {
    if (!/^[a-z0-9][a-z0-9-]{0,30}$/.test(channel)) {
        throw refuse('channel', channel, 'the name of a channel');
    }
    return channel;
}

function iso(ms: number): string {
    return new Date(ms).toISOString();
}

function spanJson({ startMs, endMs, bytes }: RecordedSpan): TimelineJson['spans'][number] {
    return { start: iso(startMs), end: iso(endMs), bytes };
}

function eventJson({ id, kind, mask, channel, startMs, endMs, picture, ...event }: TimelineEvent): TimelineEventJson {
    return {
        id,
        kind,
        mask,
        channel: channel === '' ? null : channel,
        start: iso(startMs),
        end: endMs === undefined ? null : iso(endMs),
        picture: picture ? `/thumbnail/event/${id}.jpg` : null,
        protected: event.protected,
    };
}

/** Those from the start that fit into so many characters, and where the first that does not begins. */
function fitting<T>(
    rows: readonly T[],
    charactersMax: number,
    startOf: (row: T) => number,
): { readonly rows: readonly T[]; readonly nextMs: number | undefined } {
    let left = charactersMax;
    const count = rows.findIndex((row) => {
        left -= JSON.stringify(row).length + 1;
        return left < 0;
    });
    const next = rows[count];
    return next === undefined ? { rows, nextMs: undefined } : { rows: rows.slice(0, count), nextMs: startOf(next) };
}

/** The earlier of two; undefined: never. */
function earlier(a: number | undefined, b: number | undefined): number | undefined {
    return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}

async function timelineOf(timeline: Timeline, { query, scope }: ScopedRequest, bodyMax: number): Promise<TimelineJson> {
    const { channel = '', from, to } = parseQuery(query, ['channel', 'from', 'to']);
    const fromMs = instantParameter('from', from);
    const toMs = instantParameter('to', to);
    const name = checkChannel(channel);
    const spans = await timeline.spans(name, fromMs, toMs);
    const events = await timeline.events(name, fromMs, toMs);
    const shown = (row: TimelineEvent): TimelineEvent =>
        scope?.cameras === undefined ? row : { ...row, picture: false };
    const room = bodyMax - 200;
    const spanRows = fitting(spans.rows.map(spanJson), Math.floor(room / 3), ({ start }) => Date.parse(start));
    const eventRows = fitting(events.rows.map(shown).map(eventJson), Math.floor((room * 2) / 3), ({ start }) =>
        Date.parse(start),
    );
    const next = earlier(earlier(spans.nextMs, spanRows.nextMs), earlier(events.nextMs, eventRows.nextMs));
    const more = next !== undefined && next > fromMs;
    return { spans: spanRows.rows, events: eventRows.rows, more, next: more ? iso(next) : null };
}

async function daysOf(timeline: Timeline, zone: Zone, nowMs: number, query: string): Promise<DaysJson> {
    const { channel = '', month = '' } = parseQuery(query, ['channel', 'month']);
    const days = /^(?:19[7-9]|[2-9]\d\d)\d-/.test(month)
        ? await timeline.days(checkChannel(channel), month, (utcMs) => offsetMinutes(zone.rule, utcMs), nowMs)
        : undefined;
    if (days === undefined) {
        throw refuse('month', month, 'a month like 2026-11');
    }
    return { days };
}

/** The routes, once each. */
export function timelineRoutes(router: Router, { timeline, zone, nowMs }: TimelineApiOptions): Router {
    return router
        .route('GET', '/api/timeline', (request) => timelineOf(timeline, request, router.bodyMax))
        .route('GET', '/api/days', ({ query }) => daysOf(timeline, zone(), nowMs(), query));
}
