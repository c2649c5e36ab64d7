/** Replies of the media plane and the host, as what they mean (docs/design/script.md). Pure. */
import type { Reply } from 'ocellus/link';
import { replyText } from 'ocellus/mail';
import type { ListenRefusal, PlaneEvent, RecordingRow } from 'ocellus/plane';
import { LineReader } from 'ocellus/record';
import {
    type DeletedFile,
    type LoggedEvent,
    type EventRow,
    type KeyFrame,
    type KeysHead,
    type RecordedSpan,
    type RecordingLine,
    readDeletedFile,
    readLoggedEvent,
    readEventRow,
    readKeyFrame,
    readKeysHead,
    readRecordedSpan,
    readRecordingLine,
    readStorageHead,
    type StorageHead,
} from 'ocellus/reply-rows';

/** Where a recording can be cut. */
export interface RecordingKeys extends KeysHead {
    readonly keys: readonly KeyFrame[];
}

/** How the disk stands, in bytes. */
export interface Storage extends StorageHead {
    readonly files: number;
    /** The newest first. */
    readonly lastDeleted: readonly DeletedFile[];
}

function linesOf(reply: Reply): LineReader {
    return new LineReader(replyText(reply) ?? '');
}

function eventOf({ number, atMs, channel, sub, raised, kind, code, path, text }: LoggedEvent): PlaneEvent {
    return {
        number,
        at: new Date(atMs).toISOString(),
        channel: channel === '' ? null : channel,
        ...(sub ? { stream: 'sub' as const } : {}),
        kind,
        code,
        path,
        text,
        ...(raised ? { raised: true as const } : {}),
    };
}

/** EVENTS_READ, oldest first. */
export function eventsOf(reply: Reply): readonly PlaneEvent[] {
    return linesOf(reply).rows((from) => eventOf(readLoggedEvent(from)));
}

/** EVENTS_LIST, as it is sorted there. */
export function keptEventsOf(reply: Reply): readonly EventRow[] {
    return linesOf(reply).rows(readEventRow);
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
function recordingOf({ path, ...line }: RecordingLine): RecordingRow {
    const [, channel = '', file = ''] = path.split('/');
    const [name = '', start = '', end = ''] = (file.endsWith('.mp4') ? file.slice(0, -4) : file).split('_');
    return { path, channel, name, start: instantOf(start), end: instantOf(end), open: end === 'open', ...line };
}

/** RECORDINGS_LIST, as it is sorted there. */
export function recordingsOf(reply: Reply): readonly RecordingRow[] {
    return linesOf(reply).rows((from) => recordingOf(readRecordingLine(from)));
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
    return linesOf(reply).rows(readRecordedSpan);
}

/** RECORDING_KEYS */
export function keysOf(reply: Reply): RecordingKeys {
    const lines = linesOf(reply);
    return { ...readKeysHead(lines), keys: lines.rows(readKeyFrame) };
}

/** STORAGE_READ */
export function storageOf(reply: Reply): Storage {
    const lines = linesOf(reply);
    return { ...readStorageHead(lines), files: reply.value0, lastDeleted: lines.rows(readDeletedFile) };
}
