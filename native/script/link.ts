/** The raw way to the media plane: one native function per member, no decisions. plane.ts gives it types. */
import { commands } from 'ocellus/command';
import { OcellusError } from 'ocellus/error';
import { unusedOptions } from 'ocellus/host';

/** Exit code of the program for what was asked wrongly (docs/design/cli.md). */
const usageExit = 2;

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
    /** `arg2` left out: 0. */
    post(
        kind: number,
        object: number,
        arg0: number,
        arg1: number,
        bytes: Uint8Array | undefined,
        arg2?: number,
    ): number;
    takeReply(): Reply | undefined;
    /** Object number, -1 for none. */
    takeEdge(): number;
    /** Fills all 32-bit words of a row; false: there is no such row now. */
    readRow(slot: number, words: ArrayBuffer): boolean;
    /** '' when there is no channel. */
    readName(slot: number): string;
    /** Of a channel; '': nothing. */
    readWhy(channel: number): string;
    /** Live pushes this host can have at a time; 0: it pushes nothing. */
    pushesMax(): number;
    /** As `readRow`, of a place of the list of pushes. */
    readPush(index: number, words: ArrayBuffer): boolean;
    readPushWhy(index: number): string;
    /** Channels this host has; their numbers are below. The slot of a main stream is its channel's number, that of a
     * sub stream so many more. */
    channelsMax(): number;
    /** Monotonic milliseconds. */
    now(): number;
}

/** What the last call that ended with `DENIED` would have needed and the application did not declare. */
export function deniedCapability(): string {
    return native<() => string>('xs_link_denied').call(undefined);
}

/** The mailbox of this machine; one per script. Throws when the host has none. */
export class NativeLink extends Native('xs_plane_destructor') implements Link {
    pump: () => void;

    constructor() {
        super();
        this.pump = () => undefined; // before the host may call it
        native<() => void>('xs_plane_attach').call(this);
    }
    post(kind: number, object: number, arg0: number, arg1: number, bytes: Uint8Array | undefined, arg2 = 0): number {
        if (kind === commands.DESIRED || kind === commands.HTTP_LISTEN || kind === commands.HTTP_CHECK) {
            this.#checkOptions();
        }
        return native<
            (
                kind: number,
                object: number,
                arg0: number,
                arg1: number,
                bytes: Uint8Array | undefined,
                arg2: number,
            ) => number
        >('xs_plane_post').call(this, kind, object, arg0, arg1, bytes, arg2);
    }
    /** An application that begins without a look at its command line ends the process: the owner asked for something else. */
    #checkOptions(): void {
        const why = unusedOptions();
        if (why !== '') {
            this.post(commands.EXIT, 0, usageExit, 0, new TextEncoder().encode(why));
            throw new OcellusError('STATE', why);
        }
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
    readWhy(channel: number): string {
        return native<(channel: number) => string>('xs_plane_read_why').call(this, channel);
    }
    pushesMax(): number {
        return native<() => number>('xs_plane_pushes_max').call(this);
    }
    readPush(index: number, words: ArrayBuffer): boolean {
        return native<(index: number, words: ArrayBuffer) => boolean>('xs_plane_read_push').call(this, index, words);
    }
    readPushWhy(index: number): string {
        return native<(index: number) => string>('xs_plane_read_push_why').call(this, index);
    }
    channelsMax(): number {
        return native<() => number>('xs_plane_channels_max').call(this);
    }
    now(): number {
        return native<() => number>('xs_plane_now').call(this);
    }
}
