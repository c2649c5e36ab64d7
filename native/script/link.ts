/** The raw way to the media plane: one native function per member, no decisions. plane.ts gives it types. */

/** Bytes with text in UTF-8. */
export type TextBytes = Uint8Array;

/** CHANNEL_OPEN, as oc_channel_config_t. */
export interface OpenRecord {
    readonly name: TextBytes;
    readonly url: TextBytes;
    readonly subUrl: TextBytes;
    readonly audio: boolean;
    readonly loop: boolean;
    readonly fast: boolean;
    readonly ringBytes: number;
    readonly ringMs: number;
    readonly prerollMs: number;
    readonly maxGopBytes: number;
    readonly bitrate: number;
    readonly liveTargetMs: number;
    readonly livePartMs: number;
}

/** RECORD_START, as oc_record_config_t. */
export interface RecordRecord {
    readonly name: TextBytes;
    readonly segmentMs: number;
    readonly prerollMs: number;
    /** As `streams`. */
    readonly stream: number;
    readonly audio: boolean;
    readonly resume: boolean;
}

/** HTTP_LISTEN and HTTP_CHECK, as oc_listen_config_t. */
export interface ListenRecord {
    /** HTTP_CHECK: nothing is done. */
    readonly check: boolean;
    /** Lists: one entry a line. */
    readonly addresses: TextBytes;
    readonly port: number;
    readonly always: boolean;
    readonly tlsCert: TextBytes;
    readonly tlsKey: TextBytes;
    readonly hosts: TextBytes;
    readonly origins: TextBytes;
    readonly proxies: TextBytes;
}

/** RECORDINGS_LIST, as oc_list_config_t. */
export interface ListRecord {
    readonly channel: TextBytes;
    readonly name: TextBytes;
    readonly after: TextBytes;
    readonly limit: number;
}

/** One reply of the mailbox. */
export interface Reply {
    readonly request: number;
    /** 0, a positive outcome or a negative error. */
    readonly code: number;
    readonly value0: number;
    readonly value1: number;
    readonly bytes: ArrayBuffer | undefined;
}

/**
 * What plane.ts needs of the mailbox; tests supply their own. `post…` return the request's number (> 0) or a
 * negative error.
 */
export interface Link {
    /** Called from the loop when replies or edges may wait. */
    pump: () => void;
    post(kind: number, object: number, arg0: number, arg1: number, bytes: Uint8Array | undefined): number;
    postOpen(hash: number, options: OpenRecord): number;
    postRecord(channel: number, options: RecordRecord): number;
    postListen(options: ListenRecord): number;
    postList(options: ListRecord): number;
    takeReply(): Reply | undefined;
    /** Object number, -1 for none. */
    takeEdge(): number;
    /** Fills all 32-bit words of a row; false: there is no such row now. */
    readRow(slot: number, words: ArrayBuffer): boolean;
    /** '' when there is no channel. */
    readName(slot: number): string;
    /** Channels this host has; their numbers are below. The slot of a main stream is its channel's number, that of a
     * sub stream so many more. */
    channelsMax(): number;
    /** Monotonic milliseconds. */
    now(): number;
}

/** The mailbox of this machine; one per script. Throws when the host has none. */
export class NativeLink extends Native('xs_plane_destructor') implements Link {
    pump: () => void = () => undefined;

    constructor() {
        super();
        native<() => void>('xs_plane_attach').call(this);
    }
    post(kind: number, object: number, arg0: number, arg1: number, bytes: Uint8Array | undefined): number {
        return native<
            (kind: number, object: number, arg0: number, arg1: number, bytes: Uint8Array | undefined) => number
        >('xs_plane_post').call(this, kind, object, arg0, arg1, bytes);
    }
    postOpen(hash: number, options: OpenRecord): number {
        return native<(hash: number, options: OpenRecord) => number>('xs_plane_post_open').call(this, hash, options);
    }
    postRecord(channel: number, options: RecordRecord): number {
        return native<(channel: number, options: RecordRecord) => number>('xs_plane_post_record').call(
            this,
            channel,
            options,
        );
    }
    postListen(options: ListenRecord): number {
        return native<(options: ListenRecord) => number>('xs_plane_post_listen').call(this, options);
    }
    postList(options: ListRecord): number {
        return native<(options: ListRecord) => number>('xs_plane_post_list').call(this, options);
    }
    takeReply(): Reply | undefined {
        return native<() => Reply | undefined>('xs_plane_take_reply').call(this);
    }
    takeEdge(): number {
        return native<() => number>('xs_plane_take_edge').call(this);
    }
    readRow(slot: number, words: ArrayBuffer): boolean {
        return native<(slot: number, words: ArrayBuffer) => boolean>('xs_plane_read_row').call(this, slot, words);
    }
    readName(slot: number): string {
        return native<(slot: number) => string>('xs_plane_read_name').call(this, slot);
    }
    channelsMax(): number {
        return native<() => number>('xs_plane_channels_max').call(this);
    }
    now(): number {
        return native<() => number>('xs_plane_now').call(this);
    }
}
