/** Replies of the media plane and the host that are compact records, as what they mean (docs/design/script.md). Pure. */
import type { Reply } from 'ocellus/link';
import { replyText } from 'ocellus/mail';
import type { EventRow, ListenRefusal, PlaneEvent, RecordingRow } from 'ocellus/plane';

/** What `make` makes of each record of `size` fields that end with NUL; one record is held at a time. */
export function recordsOf<T>(reply: Reply, size: number, make: (fields: readonly string[]) => T): readonly T[] {
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
