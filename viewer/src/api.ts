/** Requests to the device (docs/design/api.md). Everything that comes in is checked; nothing is assumed. */
import type { EventJson, RecordingJson, RecordingsJson } from '../../modules/http/api-types.js';
import { date, each, fields, number, record, text } from './json.js';
import { type Answer, get } from './request.js';

export * from './request.js';

/** One recorded file. */
export interface Recording {
    readonly channel: string;
    readonly path: string;
    /** Milliseconds since 1970; undefined: the clock was not set then. */
    readonly startMs: number | undefined;
    readonly endMs: number | undefined;
    readonly bytes: number | undefined;
    /** Still being written. */
    readonly open: boolean;
    /** An event keeps it: it is not deleted. undefined: the device does not say. */
    readonly isProtected: boolean | undefined;
}

/** A part of the list of recordings. */
export interface RecordingPage {
    readonly recordings: readonly Recording[];
    /** Value of `after` for the next page. */
    readonly next: string | undefined;
}

/** One line of the device's log. */
export interface LogEvent {
    readonly number: number;
    readonly atMs: number | undefined;
    /** Empty: the process. */
    readonly channel: string;
    readonly kind: string;
    readonly code: number;
    readonly text: string;
}

function parseRecording(value: unknown): Recording | undefined {
    const recording = fields<RecordingJson>(value);
    const path = text(recording?.path);
    if (recording === undefined || path === undefined || !path.startsWith('/recordings/')) {
        return undefined;
    }
    return {
        channel: text(recording.channel) ?? '',
        path,
        startMs: date(recording.start),
        endMs: date(recording.end),
        bytes: number(recording.bytes),
        open: recording.open === true,
        isProtected: typeof recording.protected === 'boolean' ? recording.protected : undefined,
    };
}

/** Checks the answer of `/api/recordings`; undefined: it is none. */
export function parseRecordings(value: unknown): RecordingPage | undefined {
    const page = fields<RecordingsJson>(value);
    if (page === undefined || !Array.isArray(page.recordings)) {
        return undefined;
    }
    const next = page.next;
    return {
        recordings: each(page.recordings, parseRecording),
        next: typeof next === 'string' || typeof next === 'number' ? String(next) : undefined,
    };
}

function parseEvent(value: unknown): LogEvent | undefined {
    const event = fields<EventJson>(value);
    const count = number(event?.number);
    if (event === undefined || count === undefined) {
        return undefined;
    }
    return {
        number: count,
        atMs: date(event.at),
        channel: text(event.channel) ?? '',
        kind: text(event.kind) ?? '',
        code: number(event.code) ?? 0,
        text: [text(event.text), text(event.path)].filter((part) => part !== undefined && part !== '').join(' · '),
    };
}

/** Checks the answer of `/api/events`; undefined: it is none. */
export function parseEvents(value: unknown): { events: readonly LogEvent[]; next: number } | undefined {
    const page = record(value);
    const next = number(page['next']);
    return next === undefined || !Array.isArray(page['events']) ? undefined : { events: each(page['events'], parseEvent), next };
}

/** Recordings of a channel, one page; `after` is `next` of the page before. newest: those first, where the device can. */
export function getRecordings(channel: string, after?: string, newest = false): Promise<Answer<RecordingPage>> {
    const query = new URLSearchParams({ channel, limit: '200', ...(newest && { order: 'newest' }) });
    if (after !== undefined) {
        query.set('after', after);
    }
    return get(`/api/recordings?${query}`, parseRecordings);
}
