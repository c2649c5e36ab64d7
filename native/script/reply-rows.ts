/** Made by tools/protocol from protocol/replies.ts and notices.ts: do not edit. */
// biome-ignore-all format: a line to a reader
import type { LineReader } from 'ocellus/record';

/** An entry of the event log. */
export interface LoggedEvent {
    readonly number: number;
    /** Ms since 1970. */
    readonly atMs: number;
    /** '': the process. */
    readonly channel: string;
    /** Of the sub stream. */
    readonly sub: boolean;
    /** An application raised it. */
    readonly raised: boolean;
    readonly kind: string;
    readonly code: number;
    readonly path: string;
    readonly text: string;
}
/** EVENTS_READ */
export function readLoggedEvent(from: LineReader): LoggedEvent {
    const number = from.number(); const atMs = from.number(); const channel = from.text(); const flags = from.text();
    const kind = from.text(); const code = from.number(); const path = from.text(); const text = from.text();
    return { number, atMs, channel, sub: flags.includes('s'), raised: flags.includes('r'), kind, code, path, text };
}

/** An event that is kept. */
export interface EventRow {
    readonly id: number;
    /** Requirement A7; 0: its kind has no bit. */
    readonly mask: number;
    /** Ms since 1970. */
    readonly startMs: number;
    /** None: it goes on. */
    readonly endMs: number | undefined;
    /** Its recordings are kept. */
    readonly protected: boolean;
    /** By an application, or who asked it to. */
    readonly raised: boolean;
    /** There is one. */
    readonly picture: boolean;
    readonly kind: string;
    /** '': of none. */
    readonly channel: string;
    /** JSON; '': none. */
    readonly data: string;
}
/** EVENTS_LIST */
export function readEventRow(from: LineReader): EventRow {
    const id = from.number(); const mask = from.number(); const startMs = from.number(); const endMs = from.optional();
    const flags = from.text(); const kind = from.text(); const channel = from.text(); const data = from.text();
    return { id, mask, startMs, endMs, protected: flags.includes('p'), raised: flags.includes('r'), picture: flags.includes('i'), kind, channel, data };
}

/** One file of a recording; its path says the rest (docs/formats-recordings.md). */
export interface RecordingLine {
    /** Relative to the data directory. */
    readonly path: string;
    readonly bytes: number;
    /** Of what is in it; while it is open: what is on the disk. */
    readonly durationMs: number;
    /** An event keeps it from being deleted. */
    readonly protected: boolean;
}
/** RECORDINGS_LIST */
export function readRecordingLine(from: LineReader): RecordingLine {
    const path = from.text(); const bytes = from.number(); const durationMs = from.number(); const flags = from.text();
    return { path, bytes, durationMs, protected: flags.includes('p') };
}

/** Recordings without a gap above 2 s. */
export interface RecordedSpan {
    /** Ms since 1970. */
    readonly startMs: number;
    readonly endMs: number;
    readonly bytes: number;
}
/** SPANS_LIST */
export function readRecordedSpan(from: LineReader): RecordedSpan {
    const startMs = from.number(); const endMs = from.number(); const bytes = from.number();
    return { startMs, endMs, bytes };
}

/** How the disk stands, in bytes. */
export interface StorageHead {
    /** Of all recordings. */
    readonly bytes: number;
    readonly free: number;
    readonly total: number;
    /** Of the oldest recording with a date; none: there is no such. */
    readonly oldestMs: number | undefined;
    /** Room is short, and nothing may be deleted. */
    readonly blocked: boolean;
    /** Of the last 1,000. */
    readonly deletedFiles: number;
    readonly deletedBytes: number;
}
/** STORAGE_READ */
export function readStorageHead(from: LineReader): StorageHead {
    const bytes = from.number(); const free = from.number(); const total = from.number();
    const oldestMs = from.optional(); const blocked = from.flag(); const deletedFiles = from.number();
    const deletedBytes = from.number();
    return { bytes, free, total, oldestMs, blocked, deletedFiles, deletedBytes };
}

/** A recording that was deleted: the newest 20. */
export interface DeletedFile {
    readonly path: string;
    readonly bytes: number;
    readonly atMs: number;
    /** `age`, `channel`, `bytes`, `space` or `request`. */
    readonly why: string;
}
/** STORAGE_READ */
export function readDeletedFile(from: LineReader): DeletedFile {
    const path = from.text(); const bytes = from.number(); const atMs = from.number(); const why = from.text();
    return { path, bytes, atMs, why };
}

/** Where a recording can be cut. In a long one with many key frames every second, fourth ... is left out. */
export interface KeysHead {
    /** Bytes of the init segment, from the start of the file. */
    readonly initBytes: number;
    /** So far fragments go: those on the disk while it is open. */
    readonly bytes: number;
    /** Of the media in them. */
    readonly durationMs: number;
    /** It is being written. */
    readonly open: boolean;
}
/** RECORDING_KEYS */
export function readKeysHead(from: LineReader): KeysHead {
    const initBytes = from.number(); const bytes = from.number(); const durationMs = from.number();
    const open = from.flag();
    return { initBytes, bytes, durationMs, open };
}

/** A key frame, which begins a fragment. */
export interface KeyFrame {
    /** Milliseconds from the start of the recording. */
    readonly ms: number;
    /** Bytes from the start of the file. */
    readonly offset: number;
}
/** RECORDING_KEYS */
export function readKeyFrame(from: LineReader): KeyFrame {
    const ms = from.number(); const offset = from.number();
    return { ms, offset };
}

/** What the transport of viewers tells (P2P_TAKE). */
export type Notice =
    | { readonly kind: 'ready' }
    | { readonly kind: 'connect-fail'; readonly reason: string }
    | { readonly kind: 'addr-changed' }
    | { readonly kind: 'peer-error'; readonly session: number; readonly reason: string }
    | { readonly kind: 'session'; readonly session: number; readonly state: 'up' | 'lost' | 'back' | 'over'; readonly reason: string; readonly address: string }
    | { readonly kind: 'candidate'; readonly session: number; readonly line: string; readonly mid: string }
    | { readonly kind: 'watermark'; readonly view: number; readonly session: number; readonly level: 'low' | 'warn' | 'high' }
    | { readonly kind: 'send-start'; readonly view: number; readonly session: number; readonly label: string; readonly peer: string }
    | { readonly kind: 'receive-start'; readonly view: number; readonly session: number; readonly label: string; readonly peer: string }
    | { readonly kind: 'send-stop'; readonly view: number; readonly session: number; readonly reason: string }
    | { readonly kind: 'receive-end'; readonly view: number; readonly session: number; readonly reason: string }
    | { readonly kind: 'receive'; readonly view: number; readonly session: number; readonly bytes: Uint8Array }
    | { readonly kind: 'control'; readonly view: number; readonly session: number; readonly bytes: Uint8Array }
    | { readonly kind: 'command'; readonly view: number; readonly session: number; readonly request: number; readonly bytes: Uint8Array };
/** Fields of each kind: # before numbers, * before the bytes behind it. */
export const noticeFields: Readonly<Record<string, string>> = Object.freeze({
    ready: '', 'connect-fail': 'reason', 'addr-changed': '', 'peer-error': '#session reason',
    session: '#session state reason address', candidate: '#session line mid', watermark: '#view #session level',
    'send-start': '#view #session label peer', 'receive-start': '#view #session label peer',
    'send-stop': '#view #session reason', 'receive-end': '#view #session reason', receive: '#view #session *bytes',
    control: '#view #session *bytes', command: '#view #session #request *bytes',
});
