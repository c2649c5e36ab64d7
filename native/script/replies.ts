/** Replies of the media plane and the host that are compact records, as what they mean (docs/design/script.md). Pure. */
import type { Reply } from 'ocellus/link';
import { replyText } from 'ocellus/mail';
import type { EventRow, ListenRefusal, PlaneEvent, RecordingRow } from 'ocellus/plane';

/** Recordings without a gap above 2 s. */
export interface RecordedSpan {
    readonly startMs: number;
    readonly endMs: number;
    readonly bytes: number;
}

/** A key frame, which begins a fragment. */
export interface KeyFrame {
    /** Milliseconds from the start of the recording. */
    readonly ms: number;
    /** Bytes from the start of the file. */
    readonly offset: number;
}

/** Where a recording can be cut. In a long one with many key frames every second, fourth ... is left out. */
export interface RecordingKeys {
    /** Bytes of the init segment, from the start of the file. */
    readonly initBytes: number;
    /** So far fragments go: those on the disk while it is open. */
    readonly bytes: number;
    /** Of the media in them. */
    readonly durationMs: number;
    /** It is being written. */
    readonly open: boolean;
    readonly keys: readonly KeyFrame[];
}

/** A recording that was deleted. */
export interface DeletedFile {
    readonly path: string;
    readonly bytes: number;
    readonly atMs: number;
    /** `age`, `channel`, `bytes`, `space` or `request`. */
    readonly why: string;
}

/** How the disk stands, in bytes. */
export interface Storage {
    readonly files: number;
    readonly bytes: number;
    readonly free: number;
    readonly total: number;
    /** Of the oldest recording with a date; undefined: there is none. */
    readonly oldestMs: number | undefined;
    /** Room is short, and nothing may be deleted. */
    readonly blocked: boolean;
    /** Of the last 1,000. */
    readonly deletedFiles: number;
    readonly deletedBytes: number;
    /** The newest first. */
    readonly lastDeleted: readonly DeletedFile[];
}

/** What `make` makes of each record of `size` fields that end with NUL; one record is held at a time. */
function recordsOf<T>(reply: Reply, size: number, make: (fields: readonly string[]) => T): readonly T[] {
    const text = replyText(reply) ?? '';
    const rows: T[] = [];
    for (let at = 0; ; ) {
        const fields: string[] = [];
        while (fields.length < size) {
            const end = text.indexOf('\0', at);
            if (end < 0) {
                return rows;
            }
            fields.push(text.slice(at, end));
            at = end + 1;
        }
        rows.push(make(fields));
    }
}

function eventOf([
    number,
    at,
    channel = '',
    flags = '',
    kind = '',
    code,
    path = '',
    text = '',
]: readonly string[]): PlaneEvent {
    return {
        number: Number(number),
        at: new Date(Number(at)).toISOString(),
        channel: channel === '' ? null : channel,
        ...(flags.includes('s') ? { stream: 'sub' as const } : {}),
        kind,
        code: Number(code),
        path,
        text,
        ...(flags.includes('r') ? { raised: true as const } : {}),
    };
}

/** EVENTS_READ, oldest first. */
export function eventsOf(reply: Reply): readonly PlaneEvent[] {
    return recordsOf(reply, 8, eventOf);
}

function keptEventOf([
    id,
    mask,
    start,
    end = '',
    flags = '',
    kind = '',
    channel = '',
    data = '',
]: readonly string[]): EventRow {
    return {
        id: Number(id),
        kind,
        mask: Number(mask),
        channel,
        startMs: Number(start),
        endMs: end === '' ? undefined : Number(end),
        data,
        picture: flags.includes('i'),
        protected: flags.includes('p'),
        raised: flags.includes('r'),
    };
}

/** EVENTS_LIST, as it is sorted there. */
export function keptEventsOf(reply: Reply): readonly EventRow[] {
    return recordsOf(reply, 8, keptEventOf);
}

/**
 * 20261121T025100.123Z; null: a file whose wall clock was not set (`m…`), or that is open. Without a regular expression:
 * its literal is compiled for each row, for some 0.1 ms.
 */
function instantOf(text: string): string | null {
    const [day, time] = [text.slice(0, 8), text.slice(9, 19)];
    if (text !== `${day}T${time}Z` || time[6] !== '.' || Number.isNaN(Number(day + time))) {
        return null;
    }
    const date = `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`;
    return `${date}T${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4)}Z`;
}

/** The name of a file says the most about it: docs/formats-recordings.md. */
function recordingOf([path = '', bytes, durationMs, flags = '']: readonly string[]): RecordingRow {
    const [, channel = '', file = ''] = path.split('/');
    const [name = '', start = '', end = ''] = (file.endsWith('.mp4') ? file.slice(0, -4) : file).split('_');
    return {
        path,
        channel,
        name,
        start: instantOf(start),
        end: instantOf(end),
        bytes: Number(bytes),
        open: end === 'open',
        durationMs: Number(durationMs),
        protected: flags.includes('p'),
    };
}

/** RECORDINGS_LIST, as it is sorted there. */
export function recordingsOf(reply: Reply): readonly RecordingRow[] {
    return recordsOf(reply, 4, recordingOf);
}

/** HTTP_LISTEN: a line with the fingerprint, then one for each URL. */
export function listenersOf(reply: Reply): { readonly fingerprint: string; readonly urls: readonly string[] } {
    const [fingerprint = '', ...urls] = (replyText(reply) ?? '').split('\n');
    return { fingerprint, urls };
}

/** HTTP_CHECK, refused: a line with the key of the settings, then why. */
export function refusalOf(reply: Reply): ListenRefusal {
    const [at = '', ...why] = (replyText(reply) ?? '').split('\n');
    return { at, why: why.join('\n') };
}

/** SPANS_LIST, oldest first. */
export function spansOf(reply: Reply): readonly RecordedSpan[] {
    return recordsOf(reply, 3, ([start, end, bytes]) => ({
        startMs: Number(start),
        endMs: Number(end),
        bytes: Number(bytes),
    }));
}

/** RECORDING_KEYS */
export function keysOf(reply: Reply): RecordingKeys {
    const [[initBytes = 0, bytes = 0] = [], [durationMs = 0, open = 0] = [], ...keys] = recordsOf(reply, 2, (pair) =>
        pair.map(Number),
    );
    return {
        initBytes,
        bytes,
        durationMs,
        open: open === 1,
        keys: keys.map(([ms = 0, offset = 0]) => ({ ms, offset })),
    };
}

/** STORAGE_READ */
export function storageOf(reply: Reply): Storage {
    const all = recordsOf(reply, 1, ([field = '']) => field);
    const [bytes, free, total, oldest, blocked, deletedFiles, deletedBytes] = all.slice(0, 7).map(Number);
    const fields = all.slice(7);
    return {
        files: reply.value0,
        bytes: bytes ?? 0,
        free: free ?? 0,
        total: total ?? 0,
        oldestMs: oldest === undefined || oldest === 0 ? undefined : oldest,
        blocked: blocked === 1,
        deletedFiles: deletedFiles ?? 0,
        deletedBytes: deletedBytes ?? 0,
        lastDeleted: Array.from({ length: Math.floor(fields.length / 4) }, (_, index) => {
            const [path = '', size, at, why = ''] = fields.slice(index * 4, index * 4 + 4);
            return { path, bytes: Number(size), atMs: Number(at), why };
        }),
    };
}
