/** What is kept of recordings, as bytes for the host and back: oc_list_record.h, oc_retention_record.h. Pure. */
import type { Reply } from 'ocellus/link';
import { recordsOf } from 'ocellus/replies';

/** Which spans. */
export interface SpansQuery {
    /** '': all together. */
    readonly channel: string;
    /** Those that touch [from, to), milliseconds since 1970; `toMs` 0: no end. */
    readonly fromMs: number;
    readonly toMs: number;
    /** Spans. */
    readonly limit: number;
}

/** Recordings without a gap above 2 s. */
export interface RecordedSpan {
    readonly startMs: number;
    readonly endMs: number;
    readonly bytes: number;
}

/** Limits of recordings; 0: none. */
export interface KeepLimits {
    readonly maxMB: number;
    readonly maxDays: number;
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

/** What is to be kept: the lesser of the first two stays free. */
export interface Retention extends KeepLimits {
    readonly keepFreePercent: number;
    readonly keepFreeMB: number;
    /** Kept before a protected event. */
    readonly leadSeconds: number;
    readonly channels: readonly (KeepLimits & { readonly name: string })[];
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

const [nameBytes, headBytes, channelBytes, queryBytes] = [32, 24, 40, 56];

function putName(bytes: Uint8Array, at: number, name: string): void {
    bytes.set(new TextEncoder().encode(name).subarray(0, nameBytes - 1), at);
}

/** SPANS_LIST */
export function spansBytes({ channel, fromMs, toMs, limit }: SpansQuery): Uint8Array {
    const bytes = new Uint8Array(queryBytes);
    const words = new DataView(bytes.buffer);
    putName(bytes, 0, channel);
    words.setUint32(32, limit, true);
    [fromMs, toMs].forEach((ms, index) => {
        words.setUint32(40 + index * 8, ms % 2 ** 32, true);
        words.setUint32(44 + index * 8, Math.floor(ms / 2 ** 32), true);
    });
    return bytes;
}

/** SPANS_LIST, oldest first. */
export function spansOf(reply: Reply): readonly RecordedSpan[] {
    return recordsOf(reply, 3, ([start, end, bytes]) => ({
        startMs: Number(start),
        endMs: Number(end),
        bytes: Number(bytes),
    }));
}

/** RETENTION */
export function retentionBytes(retention: Retention): Uint8Array {
    const { keepFreePercent, keepFreeMB, maxMB, maxDays, leadSeconds, channels } = retention;
    const bytes = new Uint8Array(headBytes + channels.length * channelBytes);
    const words = new DataView(bytes.buffer);
    [keepFreePercent, keepFreeMB, maxMB, maxDays, leadSeconds, channels.length].forEach((value, index) => {
        words.setUint32(index * 4, value, true);
    });
    channels.forEach((channel, index) => {
        const at = headBytes + index * channelBytes;
        putName(bytes, at, channel.name);
        words.setUint32(at + 32, channel.maxMB, true);
        words.setUint32(at + 36, channel.maxDays, true);
    });
    return bytes;
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
