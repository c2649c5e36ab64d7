/**
 * What replies to commands have in their parcels, where it is of any length: lines of fields as text, each ended by NUL. One
 * entry each. Made of it (tools/protocol): structures and their writers in C (native/script/oc_replies.h), types and readers in
 * TypeScript (native/script/reply-rows.ts), the table of docs/design/script.md.
 */

/** `optional`: a number, or none: undefined in TypeScript, below 0 in C. `flag`: 0 or 1. `flags`: letters of those that hold. */
export type ReplyType = 'text' | 'number' | 'optional' | 'flag' | 'flags';

/** One field. */
export interface ReplyField {
    /** In TypeScript, and in C in snake case; of `flags` not used. */
    readonly name: string;
    readonly type: ReplyType;
    /** Of `flags`: letter, name and meaning of each. */
    readonly flags?: Readonly<Record<string, readonly [name: string, meaning: string]>>;
    /** A phrase; '': its name says it. */
    readonly meaning: string;
}

/** One line; its key is the structure in C, without `_t`. */
export interface ReplyLine {
    /** In TypeScript. */
    readonly type: string;
    /** The command. */
    readonly of: string;
    /** A sentence. */
    readonly meaning: string;
    /** Once, before the others. */
    readonly head?: true;
    readonly fields: readonly ReplyField[];
}

/** In the order of the document. */
export const replies: Readonly<Record<string, ReplyLine>> = {
    oc_logged_event: {
        type: 'LoggedEvent',
        of: 'EVENTS_READ',
        meaning: 'An entry of the event log.',
        fields: [
            { name: 'number', type: 'number', meaning: '' },
            { name: 'atMs', type: 'number', meaning: 'ms since 1970' },
            { name: 'channel', type: 'text', meaning: "'': the process" },
            { name: 'flags', type: 'flags', flags: { s: ['sub', 'of the sub stream'], r: ['raised', 'an application raised it'] }, meaning: '' },
            { name: 'kind', type: 'text', meaning: '' },
            { name: 'code', type: 'number', meaning: '' },
            { name: 'path', type: 'text', meaning: '' },
            { name: 'text', type: 'text', meaning: '' },
        ],
    },
    oc_event_row: {
        type: 'EventRow',
        of: 'EVENTS_LIST',
        meaning: 'An event that is kept.',
        fields: [
            { name: 'id', type: 'number', meaning: '' },
            { name: 'mask', type: 'number', meaning: 'requirement A7; 0: its kind has no bit' },
            { name: 'startMs', type: 'number', meaning: 'ms since 1970' },
            { name: 'endMs', type: 'optional', meaning: 'none: it goes on' },
            {
                name: 'flags',
                type: 'flags',
                flags: { p: ['protected', 'its recordings are kept'], r: ['raised', 'by an application, or who asked it to'], i: ['picture', 'there is one'] },
                meaning: '',
            },
            { name: 'kind', type: 'text', meaning: '' },
            { name: 'channel', type: 'text', meaning: "'': of none" },
            { name: 'data', type: 'text', meaning: "JSON; '': none" },
        ],
    },
    oc_recording_line: {
        type: 'RecordingLine',
        of: 'RECORDINGS_LIST',
        meaning: 'One file of a recording; its path says the rest (docs/formats-recordings.md).',
        fields: [
            { name: 'path', type: 'text', meaning: 'relative to the data directory' },
            { name: 'bytes', type: 'number', meaning: '' },
            { name: 'durationMs', type: 'number', meaning: 'of what is in it; while it is open: what is on the disk' },
            { name: 'flags', type: 'flags', flags: { p: ['protected', 'an event keeps it from being deleted'] }, meaning: '' },
        ],
    },
    oc_recorded_span: {
        type: 'RecordedSpan',
        of: 'SPANS_LIST',
        meaning: 'Recordings without a gap above 2 s.',
        fields: [
            { name: 'startMs', type: 'number', meaning: 'ms since 1970' },
            { name: 'endMs', type: 'number', meaning: '' },
            { name: 'bytes', type: 'number', meaning: '' },
        ],
    },
    oc_storage_head: {
        type: 'StorageHead',
        of: 'STORAGE_READ',
        meaning: 'How the disk stands, in bytes.',
        head: true,
        fields: [
            { name: 'bytes', type: 'number', meaning: 'of all recordings' },
            { name: 'free', type: 'number', meaning: '' },
            { name: 'total', type: 'number', meaning: '' },
            { name: 'oldestMs', type: 'optional', meaning: 'of the oldest recording with a date; none: there is no such' },
            { name: 'blocked', type: 'flag', meaning: 'room is short, and nothing may be deleted' },
            { name: 'deletedFiles', type: 'number', meaning: 'of the last 1,000' },
            { name: 'deletedBytes', type: 'number', meaning: '' },
        ],
    },
    oc_deleted_file: {
        type: 'DeletedFile',
        of: 'STORAGE_READ',
        meaning: 'A recording that was deleted: the newest 20.',
        fields: [
            { name: 'path', type: 'text', meaning: '' },
            { name: 'bytes', type: 'number', meaning: '' },
            { name: 'atMs', type: 'number', meaning: '' },
            { name: 'why', type: 'text', meaning: '`age`, `channel`, `bytes`, `space` or `request`' },
        ],
    },
    oc_keys_head: {
        type: 'KeysHead',
        of: 'RECORDING_KEYS',
        meaning: 'Where a recording can be cut. In a long one with many key frames every second, fourth ... is left out.',
        head: true,
        fields: [
            { name: 'initBytes', type: 'number', meaning: 'bytes of the init segment, from the start of the file' },
            { name: 'bytes', type: 'number', meaning: 'so far fragments go: those on the disk while it is open' },
            { name: 'durationMs', type: 'number', meaning: 'of the media in them' },
            { name: 'open', type: 'flag', meaning: 'it is being written' },
        ],
    },
    oc_key_frame: {
        type: 'KeyFrame',
        of: 'RECORDING_KEYS',
        meaning: 'A key frame, which begins a fragment.',
        fields: [
            { name: 'ms', type: 'number', meaning: 'milliseconds from the start of the recording' },
            { name: 'offset', type: 'number', meaning: 'bytes from the start of the file' },
        ],
    },
};
