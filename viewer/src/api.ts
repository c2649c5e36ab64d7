/** What the device answers (docs/design/api.md). Everything that comes in is checked; nothing is assumed. */

import type {
    AudioJson,
    ChannelJson,
    RecordingJson,
    RecordingsJson,
    StatusJson,
    VideoJson,
} from '../../modules/http/api-types.js';

/** The picture of a channel. */
export interface Video {
    readonly codec: string;
    /** Pixels. */
    readonly width: number;
    readonly height: number;
    /** Frames per second, measured. */
    readonly fps: number | undefined;
}

/** One input of the device. */
export interface Channel {
    /** Unique; the name in paths. */
    readonly name: string;
    /** opening, running, lost, ended, closing. */
    readonly state: string;
    readonly video: Video | undefined;
    /** Codec name. */
    readonly audio: string | undefined;
    /** Bits per second of all tracks. */
    readonly bitrate: number | undefined;
    readonly gopMs: number | undefined;
    readonly recording: boolean;
    /** Path of the live playlist. */
    readonly playlist: string;
}

/** The device as a whole. */
export interface Status {
    readonly version: string;
    readonly name: string;
    readonly uptimeMs: number | undefined;
    /** Counts the starts of the application, from 1. */
    readonly generation: number | undefined;
    readonly channels: readonly Channel[];
}

/** One recorded file. */
export interface Recording {
    readonly channel: string;
    readonly path: string;
    /** Milliseconds since 1970. */
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

/** ok: the answer; restarting: no application runs just now; offline: no usable answer. */
export type Answer<T> =
    | { readonly kind: 'ok'; readonly value: T }
    | { readonly kind: 'restarting' }
    | { readonly kind: 'offline'; readonly reason: string };

/** The keys that the device documents, with values that nobody has checked. */
type Fields<T> = { readonly [K in keyof T]?: unknown };

function fields<T>(value: unknown): Fields<T> | undefined {
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields<T>) : undefined;
}

function number(value: unknown): number | undefined {
    return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function text(value: unknown): string | undefined {
    return typeof value === 'string' ? value : undefined;
}

function list(value: unknown): readonly unknown[] {
    return Array.isArray(value) ? value : [];
}

function date(value: unknown): number | undefined {
    return typeof value === 'string' ? number(Date.parse(value)) : undefined;
}

function parseChannel(value: unknown): Channel | undefined {
    const channel = fields<ChannelJson>(value);
    const name = text(channel?.name);
    if (channel === undefined || name === undefined) {
        return undefined;
    }
    const video = fields<VideoJson>(channel.video);
    return {
        name,
        state: text(channel.state) ?? '',
        video: video && {
            codec: text(video.codec) ?? '',
            width: number(video.width) ?? 0,
            height: number(video.height) ?? 0,
            fps: number(video.fps),
        },
        audio: text(fields<AudioJson>(channel.audio)?.codec),
        bitrate: number(channel.bitrate),
        gopMs: number(channel.gopMs),
        recording: fields<ChannelJson['recording']>(channel.recording)?.active === true,
        playlist: text(fields<ChannelJson['live']>(channel.live)?.playlist) ?? `/live/${encodeURIComponent(name)}/index.m3u8`,
    };
}

/** Checks the answer of `/api/status`; undefined: it is none. */
export function parseStatus(value: unknown): Status | undefined {
    const status = fields<StatusJson>(value);
    if (status === undefined || !Array.isArray(status.channels)) {
        return undefined;
    }
    const uptime = number(status.uptimeSeconds);
    return {
        version: text(status.version) ?? '',
        name: text(status.name) ?? '',
        uptimeMs: uptime === undefined ? undefined : uptime * 1000,
        generation: number(fields<StatusJson['script']>(status.script)?.generation),
        channels: list(status.channels)
            .map(parseChannel)
            .filter((channel) => channel !== undefined),
    };
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
        recordings: list(page.recordings)
            .map(parseRecording)
            .filter((recording) => recording !== undefined),
        next: typeof next === 'string' || typeof next === 'number' ? String(next) : undefined,
    };
}

/** The page may be served below another path: addresses of the device are relative to it. */
export function address(path: string): string {
    return new URL(`.${path}`, document.baseURI).href;
}

async function get<T>(path: string, parse: (value: unknown) => T | undefined): Promise<Answer<T>> {
    try {
        const response = await fetch(address(path), { cache: 'no-store', signal: AbortSignal.timeout(5000) });
        if (response.status === 503) {
            return { kind: 'restarting' };
        }
        if (response.status === 401) {
            location.replace(address('/login'));
        }
        const value = response.ok ? parse(await response.json()) : undefined;
        return value === undefined ? { kind: 'offline', reason: `HTTP ${response.status}` } : { kind: 'ok', value };
    } catch (error) {
        return { kind: 'offline', reason: error instanceof Error ? error.message : String(error) };
    }
}

/** Asks for the state. */
export function getStatus(): Promise<Answer<Status>> {
    return get('/api/status', parseStatus);
}

/** Recordings of a channel, one page; `after` is `next` of the page before. */
export function getRecordings(channel: string, after?: string): Promise<Answer<RecordingPage>> {
    const query = new URLSearchParams({ channel, limit: '200' });
    if (after !== undefined) {
        query.set('after', after);
    }
    return get(`/api/recordings?${query}`, parseRecordings);
}
