/** What the device keeps, by time: recordings, events, days, storage (docs/design/recordings-index.md). Every answer is checked. */
import { address, checkLogin } from '../api.js';
import { date, each, fields, number, record, text } from '../json.js';

/** A stretch of recording without a gap; milliseconds since 1970. */
export interface Recorded {
    readonly start: number;
    readonly end: number;
    readonly bytes: number;
}

/** Something that happened. */
export interface DayEvent {
    readonly id: number;
    readonly kind: string;
    /** Empty: the device. */
    readonly channel: string;
    /** What people call it. */
    readonly channelTitle?: string | undefined;
    readonly start: number;
    /** undefined: it goes on. */
    readonly end: number | undefined;
    /** Path of its picture. */
    readonly picture: string | undefined;
    readonly isProtected: boolean;
}

/** A day of a channel, or a part of it. */
export interface Timeline {
    readonly spans: readonly Recorded[];
    readonly events: readonly DayEvent[];
    /** The device does not send all at once: the rest begins here. */
    readonly next: number | undefined;
}

/** A day of the calendar. */
export interface DayCount {
    /** "2026-11-22" */
    readonly day: string;
    readonly seconds: number;
    readonly events: number;
}

/** Some of the events, newest first. */
export interface EventPage {
    readonly events: readonly DayEvent[];
    /** Value of `after` for the next page. */
    readonly next: string | undefined;
}

/** A recording that was deleted to make room. */
export interface Deleted {
    readonly path: string;
    readonly bytes: number;
    readonly start: number | undefined;
    readonly at: number | undefined;
    readonly why: string;
}

/** What recordings take, and what is kept. */
export interface Storage {
    readonly bytes: number | undefined;
    readonly free: number | undefined;
    readonly total: number | undefined;
    /** Channels that have recordings. */
    readonly recorded: readonly string[];
    readonly oldest: number | undefined;
    readonly policy: Readonly<Record<string, unknown>>;
    readonly files: number;
    readonly deletedBytes: number;
    readonly last: readonly Deleted[];
    /** Nothing may be deleted, and room is short. */
    readonly blocked: boolean;
    /** undefined: the device does not say. */
    readonly forecast: Forecast | undefined;
}

/** For how long the disk lasts. */
export interface Forecast {
    /** known, learning, idle, clock */
    readonly state: string;
    readonly bytesPerDay: number | undefined;
    readonly days: number | undefined;
    /** space, bytes, age, full */
    readonly until: string | undefined;
}

/** missing: this device does not know the request; unsupported: it knows it, and has no disk for it. */
export type Found<T> =
    | { readonly kind: 'ok'; readonly value: T }
    | { readonly kind: 'missing' | 'unsupported' | 'restarting' | 'offline' | 'aborted' };

/** An instant: ISO 8601, or milliseconds since 1970. */
function instant(value: unknown): number | undefined {
    return number(value) ?? date(value);
}

/** One event; undefined: it is none. */
export function parseDayEvent(value: unknown): DayEvent | undefined {
    const event = record(value);
    const [id, start] = [number(event['id']), instant(event['start'])];
    if (id === undefined || start === undefined) {
        return undefined;
    }
    const picture = text(event['picture']);
    return {
        id,
        kind: text(event['kind']) ?? '',
        channel: text(event['channel']) ?? '',
        channelTitle: text(event['channelTitle']),
        start,
        end: instant(event['end']),
        picture: picture?.startsWith('/thumbnail/') ? picture : undefined,
        isProtected: event['protected'] === true,
    };
}

function parseRecorded(value: unknown): Recorded | undefined {
    const span = record(value);
    const [start, end] = [instant(span['start']), instant(span['end'])];
    return start === undefined || end === undefined || end < start ? undefined : { start, end, bytes: number(span['bytes']) ?? 0 };
}

/** Checks the answer of `/api/timeline`; undefined: it is none. */
export function parseTimeline(value: unknown): Timeline | undefined {
    const { spans, events, next } = record(value);
    if (!Array.isArray(spans)) {
        return undefined;
    }
    return {
        spans: each(spans, parseRecorded).sort((a, b) => a.start - b.start),
        events: each(events, parseDayEvent).sort((a, b) => a.start - b.start),
        next: instant(next),
    };
}

/** Checks the answer of `/api/days`; undefined: it is none. */
export function parseDays(value: unknown): readonly DayCount[] | undefined {
    const { days } = record(value);
    const parse = (entry: unknown): DayCount | undefined => {
        const one = record(entry);
        const day = text(one['day']);
        return day === undefined ? undefined : { day, seconds: number(one['seconds']) ?? 0, events: number(one['events']) ?? 0 };
    };
    return Array.isArray(days) ? each(days, parse) : undefined;
}

/** Checks the answer of `/api/event-log`; undefined: it is none. */
export function parseEventPage(value: unknown): EventPage | undefined {
    const { events, next } = record(value);
    const known = typeof next === 'string' || typeof next === 'number';
    return Array.isArray(events) ? { events: each(events, parseDayEvent), next: known ? String(next) : undefined } : undefined;
}

function parseDeleted(value: unknown): Deleted | undefined {
    const one = fields<Record<string, unknown>>(value);
    return (
        one && {
            path: text(one['path']) ?? '',
            bytes: number(one['bytes']) ?? 0,
            start: instant(one['start']),
            at: instant(one['at']),
            why: text(one['why']) ?? '',
        }
    );
}

function parseForecast(value: unknown): Forecast | undefined {
    const one = fields<Record<string, unknown>>(value);
    return one && { state: text(one['state']) ?? '', bytesPerDay: number(one['bytesPerDay']), days: number(one['days']), until: text(one['until']) };
}

/** Checks the answer of `/api/storage`; undefined: it is none. */
export function parseStorage(value: unknown): Storage | undefined {
    const storage = fields<Record<string, unknown>>(value);
    if (storage === undefined) {
        return undefined;
    }
    const deleted = record(storage['deleted']);
    return {
        bytes: number(storage['bytes']),
        free: number(storage['free']),
        total: number(storage['total']),
        recorded: each(storage['recorded'], text),
        oldest: instant(storage['oldest']),
        policy: record(storage['policy']),
        files: number(deleted['files']) ?? 0,
        deletedBytes: number(deleted['bytes']) ?? 0,
        last: each(deleted['last'], parseDeleted),
        blocked: storage['blocked'] === true,
        forecast: parseForecast(storage['forecast']),
    };
}

/** Asks for something of the past; never throws. */
export async function find<T>(path: string, query: Readonly<Record<string, string | number | undefined>>, parse: (value: unknown) => T | undefined, stop?: AbortSignal): Promise<Found<T>> {
    const given = Object.entries(query).flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, String(value)]]));
    try {
        const limit = AbortSignal.timeout(10_000);
        const signal = stop === undefined ? limit : AbortSignal.any([stop, limit]);
        const search = new URLSearchParams(given).toString();
        const response = await fetch(address(search === '' ? path : `${path}?${search}`), { cache: 'no-store', signal });
        if (response.status === 404) {
            return { kind: 'missing' };
        }
        if (response.status === 501) {
            return { kind: 'unsupported' };
        }
        if (response.status === 503) {
            return { kind: 'restarting' };
        }
        checkLogin(response);
        const value = response.ok ? parse(await response.json()) : undefined;
        return value === undefined ? { kind: 'offline' } : { kind: 'ok', value };
    } catch {
        return { kind: stop?.aborted === true ? 'aborted' : 'offline' };
    }
}

/** Recordings and events of a channel. */
export function readTimeline(channel: string, from: number, to: number, stop?: AbortSignal): Promise<Found<Timeline>> {
    return find('/api/timeline', { channel, from: Math.round(from), to: Math.round(to) }, parseTimeline, stop);
}

/** Days of a month "2026-11" that have something. */
export function readDays(channel: string, month: string, stop?: AbortSignal): Promise<Found<readonly DayCount[]>> {
    return find('/api/days', { channel, month }, parseDays, stop);
}

/** Which events. An empty list of kinds: all. */
export interface EventQuery {
    readonly channel: string;
    readonly kind: string;
    readonly to?: number;
}

/** Events, newest first. */
export function readEvents(query: EventQuery, after: string | undefined, limit: number, stop?: AbortSignal): Promise<Found<EventPage>> {
    const { channel, kind, to } = query;
    return find('/api/event-log', { channel, kind, to, order: 'newest', after, limit }, parseEventPage, stop);
}

/** What recordings take. */
export function readStorage(): Promise<Found<Storage>> {
    return find('/api/storage', {}, parseStorage);
}

/** Address of the picture at an instant. */
export function thumbnail(channel: string, at: number): string {
    return address(`/thumbnail/${encodeURIComponent(channel)}.jpg?at=${Math.round(at)}`);
}
