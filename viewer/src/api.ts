/** Requests to the device (docs/design/api.md). Everything that comes in is checked; nothing is assumed. */
import type { EventJson, RecordingJson, RecordingsJson } from '../../modules/http/api-types.js';
import { date, each, fields, number, record, text } from './json.js';
import { parseStatus, type Status } from './status.js';

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

/** ok: the answer; restarting: no application runs just now; offline: no usable answer. */
export type Answer<T> =
    | { readonly kind: 'ok'; readonly value: T }
    | { readonly kind: 'restarting' }
    | { readonly kind: 'offline'; readonly reason: string };

/** What came of a request that changes something. message, at: what the device says, and of which key. */
export type Outcome =
    | { readonly ok: true; readonly body: unknown }
    | { readonly ok: false; readonly message: string; readonly at: string; readonly status: number };

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

/** The page may be served below another path: addresses of the device are relative to it. */
export function address(path: string): string {
    return new URL(`.${path}`, document.baseURI).href;
}

/** A session that ended: the login page. */
export function checkLogin(response: Response): void {
    if (response.status === 401) {
        location.replace(address('/login'));
    }
}

/** Asks; `parse` gives undefined for what is no answer. */
export async function get<T>(path: string, parse: (value: unknown) => T | undefined): Promise<Answer<T>> {
    try {
        const response = await fetch(address(path), { cache: 'no-store', signal: AbortSignal.timeout(5000) });
        if (response.status === 503) {
            return { kind: 'restarting' };
        }
        checkLogin(response);
        const value = response.ok ? parse(await response.json()) : undefined;
        return value === undefined ? { kind: 'offline', reason: `HTTP ${response.status}` } : { kind: 'ok', value };
    } catch (error) {
        return { kind: 'offline', reason: error instanceof Error ? error.message : String(error) };
    }
}

/** Changes something. Never throws: no answer is a failure with an empty message. */
export async function send(method: string, path: string, body?: unknown): Promise<Outcome> {
    try {
        const response = await fetch(address(path), {
            method,
            ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
            signal: AbortSignal.timeout(15_000),
        });
        checkLogin(response);
        const came: unknown = await response.json().catch(() => undefined);
        if (response.ok) {
            return { ok: true, body: came };
        }
        const error = record(record(came)['error']);
        return { ok: false, message: text(error['message']) ?? '', at: text(error['at']) ?? '', status: response.status };
    } catch {
        return { ok: false, message: '', at: '', status: 0 };
    }
}

/** A request as it is, and its answer as text; status 0: there was none. */
export async function request(method: string, path: string, body?: string): Promise<{ readonly status: number; readonly body: string }> {
    try {
        const response = await fetch(address(path), {
            method,
            ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body }),
            signal: AbortSignal.timeout(15_000),
        });
        checkLogin(response);
        return { status: response.status, body: await response.text() };
    } catch {
        return { status: 0, body: '' };
    }
}

/** Asks for the state. */
export function getStatus(): Promise<Answer<Status>> {
    return get('/api/status', parseStatus);
}

/** Recordings of a channel, one page; `after` is `next` of the page before. newest: those first, where the device can. */
export function getRecordings(channel: string, after?: string, newest = false): Promise<Answer<RecordingPage>> {
    const query = new URLSearchParams({ channel, limit: '200', ...(newest && { order: 'newest' }) });
    if (after !== undefined) {
        query.set('after', after);
    }
    return get(`/api/recordings?${query}`, parseRecordings);
}
