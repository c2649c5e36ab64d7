/** The recordings on the disk that are still to be sent. */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import type { Cursor } from 'ocellus/app/cloud/cursor';
import { stemOf } from 'ocellus/app/cloud/object-names';
import { OcellusError } from 'ocellus/error';
import type { RecordingKeys, RecordingRow } from 'ocellus/plane';

/** Rows of a page. */
const rowsMax = 50;
/** Key frames of a page, some 6 KB of heap: 12 segments of 4 s at one a second. */
const keysMax = 50;
/** The end of a path; made once, as in object-names.ts. */
const pathEnd = /([^_]+)_[^_]+\.mp4$/;

/** What is to be sent of a channel. */
export interface Spool {
    /** The recording under way; undefined: there is none, or it is gone. */
    readonly current: RecordingRow | undefined;
    /** Those behind it, oldest first, the first page of them. */
    readonly next: readonly RecordingRow[];
}

/** Key frames of a page. */
export type KeyPage = RecordingKeys & { readonly more: boolean };

/** Milliseconds since 1970. */
export function startOf({ start }: RecordingRow): number {
    return Date.parse(start ?? '');
}

/** A clip of a recording that was sent: it lies inside of it, under another name. */
function isClip({ end, name }: RecordingRow, { main, untilMs }: Cursor): boolean {
    return end !== null && main !== '' && name !== main && Date.parse(end) <= untilMs;
}

/** Recordings of a channel from the cursor on; those without a date are none. */
export async function spoolOf(plane: Pick<PlaneApi, 'recordings'>, channel: string, cursor: Cursor): Promise<Spool> {
    const { path, fromMs } = cursor;
    const stem = path === '' ? '' : stemOf(path);
    let current: RecordingRow | undefined;
    // a recording of that start and no length, which need not exist, is the row before
    let after = path.replace(pathEnd, '$1_$1.mp4');
    for (;;) {
        const query = { channel, name: '', after, limit: rowsMax, newest: false, from: Math.max(1, fromMs), to: 0 };
        const { rows, more } = await plane.recordings(query);
        current ??= rows.find((row) => stemOf(row.path) === stem);
        const next = rows.filter((row) => stemOf(row.path) !== stem && !isClip(row, cursor));
        const last = rows[rows.length - 1];
        if (!more || last === undefined || next.length > 0) {
            return { current, next };
        }
        after = last.path;
    }
}

/** A file that cannot be read has no key frames; one that is gone, or has another name now, is as one without them yet. */
export async function keysFrom(
    plane: Pick<PlaneApi, 'recordingKeys'>,
    { path, open }: RecordingRow,
    from: number,
): Promise<KeyPage> {
    const none = { initBytes: 0, bytes: 0, durationMs: 0, keys: [], more: false };
    try {
        return await plane.recordingKeys(path, from, keysMax);
    } catch (error) {
        const code = error instanceof OcellusError ? error.code : 'IO';
        if (code === 'NOENT') {
            return { ...none, open: true };
        }
        if (code === 'FORMAT' || code === 'TRUNC' || code === 'NOTSUP') {
            return { ...none, open };
        }
        throw error;
    }
}
