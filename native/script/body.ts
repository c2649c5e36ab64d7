/**
 * Bytes outside of the heap that a request or an answer sends, without one of them in JavaScript: a range of a file, a
 * span of a ring, a picture. A body holds one reference; requests and answers under way hold their own.
 */
import { spanFlags, type StreamName } from 'ocellus/command';
import { type ErrorCode, errorNumbers, OcellusError } from 'ocellus/error';
import { deniedCapability } from 'ocellus/link';
import type { Mail } from 'ocellus/mail';

const roots = Object.freeze({ app: 0, recordings: 1, events: 2 } as const);

/** Bytes that `Body.read` gives at once. */
export const bodyReadMax = 65_536;

/** Milliseconds until a command is given up. */
const deadlineMs = 5_000;

/** Milliseconds that a span may begin in the past. */
const spanMsMax = 2 ** 31 - 1;

/** Which part of the past. Times count back from the newest packet of the stream. */
export interface RingSpan {
    /** Begins at the key frame so long ago, or the nearest earlier one, as far back as the ring goes (`channels[].ring`). */
    readonly beforeMs: number;
    /** Ends so long ago; left out: at the newest packet. */
    readonly untilMs?: number;
    /** Left out: `main`. */
    readonly stream?: StreamName;
    /** False: without sound. */
    readonly audio?: boolean;
}

/** Made by the functions of this module; one that is made by `new` is closed. */
export class Body extends Native('xs_body_destructor') {
    /** Known when it was made; 0 once it is closed. */
    get bytes(): number {
        return Math.max(0, native<() => number>('xs_body_bytes').call(this));
    }

    /** Media type, "video/mp4"; '': not known, or closed. */
    get type(): string {
        return native<() => string>('xs_body_type').call(this);
    }

    /** A body of the bytes from `from` to (without) `to`, or to the end; both are cut to what there is. */
    slice(from: number, to = Number.MAX_SAFE_INTEGER): Body {
        checkOffset(from);
        checkOffset(to);
        const body = new Body();
        const cut = native<(of: object, from: number, to: number) => boolean>('xs_body_slice').call(
            body,
            this,
            from,
            to,
        );
        if (!cut) {
            throw new OcellusError('CLOSED', 'the body is closed');
        }
        return body;
    }

    /**
     * At most `length` bytes from `from`, fewer at the end: for what is small, for they lie in the heap then. Waits for
     * the disk. `CLOSED`: the body is closed, or its bytes are gone; `RANGE`: more than `bodyReadMax`.
     */
    read(from: number, length: number): Uint8Array {
        checkOffset(from);
        checkOffset(length);
        const bytes = native<(from: number, length: number) => ArrayBuffer | number>('xs_body_read').call(
            this,
            from,
            Math.min(length, bodyReadMax + 1),
        );
        if (typeof bytes === 'number') {
            throw OcellusError.fromNumber(bytes);
        }
        return new Uint8Array(bytes);
    }

    /** The script's reference goes now, not at a collection: what holds a file or a ring should not wait for that. */
    close(): void {
        native<() => void>('xs_body_close').call(this);
    }
}

function checkOffset(offset: number): void {
    if (!Number.isSafeInteger(offset) || offset < 0) {
        throw new OcellusError('RANGE', 'an offset is a whole number of bytes, 0 or more');
    }
}

function refusal(code: number, path: string): OcellusError {
    if (code === errorNumbers.BUSY) {
        return new OcellusError(
            'BUSY',
            `${path}: too many bodies of files are open; close those that are no longer needed`,
        );
    }
    if (code === errorNumbers.DENIED) {
        const lacks = deniedCapability();
        return new OcellusError('DENIED', `${path}: the application does not have the capability ${lacks}`);
    }
    const { code: name, message } = OcellusError.fromNumber(code);
    return new OcellusError(name satisfies ErrorCode, `${path}: ${message}`);
}

/** Bodies that the script has forgotten and not closed give their places back. */
function collect(): void {
    native<() => void>('xs_body_collect').call(undefined);
}

function open(root: number, path: string, from: number, to: number): Body {
    checkOffset(from);
    checkOffset(to);
    const body = new Body();
    const bytes = new TextEncoder().encode(path);
    const attempt = () => native<(root: number, path: Uint8Array) => number>('xs_body_open').call(body, root, bytes);
    let code = attempt();
    if (code === errorNumbers.BUSY) {
        collect();
        code = attempt();
    }
    if (code < 0) {
        throw refusal(code, path);
    }
    if (from === 0 && to >= body.bytes) {
        return body;
    }
    const part = body.slice(from, to);
    body.close();
    return part;
}

/** A file of the application's own folder, or a range of it, as it is now. */
export function fileBody(path: string, from = 0, to = Number.MAX_SAFE_INTEGER): Body {
    return open(roots.app, path, from, to);
}

/** A recording by its `RecordingRow.path`. One that still grows has the bytes that are on the disk now. */
export function recordingBody(path: string, from = 0, to = Number.MAX_SAFE_INTEGER): Body {
    return open(roots.recordings, path, from, to);
}

/** The picture of an event that is kept (`EventRow.picture`). `NOENT`: it has none, or it was removed for others. */
export function pictureBody({ id, startMs }: { readonly id: number; readonly startMs: number }): Body {
    const month = new Date(startMs).toISOString().slice(0, 7).replace('-', '');
    return open(roots.events, `events/${month}/${id}.jpg`, 0, Number.MAX_SAFE_INTEGER);
}

/**
 * The bytes of another body under AES-128-CBC with the padding of PKCS#7, (bytes / 16 + 1) * 16 in whole numbers: they are
 * encrypted where they are sent. `key` and `iv`: 16 bytes each. The other body may be closed. It is read from its start on;
 * a place further back costs all that lies before it. `RANGE`: other lengths; `CLOSED`: the body is; `NOTSUP`: this host
 * has no library for it.
 */
export function encryptedBody(plain: Body, key: Uint8Array, iv: Uint8Array): Body {
    const body = new Body();
    const encrypt = native<(of: object, key: Uint8Array, iv: Uint8Array) => number>('xs_body_encrypted');
    const code = encrypt.call(body, plain, key, iv);
    if (code < 0) {
        throw OcellusError.fromNumber(code);
    }
    return body;
}

/** A span as it is asked for. */
interface SpanRequest {
    readonly beforeMs: number;
    readonly untilMs: number;
    readonly flags: number;
}

function postSpan(channel: number, { beforeMs, untilMs, flags }: SpanRequest): number {
    return native<(channel: number, beforeMs: number, untilMs: number, flags: number) => number>('xs_body_span').call(
        undefined,
        channel,
        beforeMs,
        untilMs,
        flags,
    );
}

function take(number: number): Body {
    const body = new Body();
    const code = native<(number: number) => number>('xs_body_take').call(body, number);
    if (code < 0) {
        throw OcellusError.fromNumber(code);
    }
    return body;
}

async function spanOf(mail: Mail, channel: number, span: SpanRequest): Promise<Body> {
    const { value0 } = await mail.answer(postSpan(channel, span), 'make a body', deadlineMs);
    return take(value0);
}

async function lent(mail: Mail, channel: number, span: SpanRequest): Promise<Body> {
    try {
        return await spanOf(mail, channel, span);
    } catch (error) {
        if (!(error instanceof OcellusError && error.code === 'BUSY')) {
            throw error;
        }
        collect();
        return await spanOf(mail, channel, span);
    }
}

function checkSpan(milliseconds: number): void {
    if (!Number.isInteger(milliseconds) || milliseconds < 0 || milliseconds > spanMsMax) {
        throw new OcellusError('RANGE', 'a span is in whole milliseconds, 0 or more');
    }
}

/**
 * The last seconds of a channel as a file of MP4 fragments, sent from its ring: nothing is written to a disk. The ring
 * keeps the packets and holds that much less of what comes; at most half of it, and 8 spans at a time. It takes them back
 * when it needs their room, when the channel closes, in privacy mode and when the script ends: sending fails then. Close
 * it when it was sent. `BUSY`: no room or no place; `TOO_BIG`: it never fits; `STATE`: no key frame has come yet.
 */
export async function ringBody(plane: { readonly mail: Mail }, channel: number, span: RingSpan): Promise<Body> {
    const { beforeMs, untilMs = 0, stream = 'main', audio = true } = span;
    checkSpan(beforeMs);
    checkSpan(untilMs);
    const flags = (stream === 'sub' ? spanFlags.sub : 0) | (audio ? 0 : spanFlags.silent);
    return await lent(plane.mail, channel, { beforeMs, untilMs, flags });
}

/** Which file of a stream's live HLS: the number of a segment or init segment as the playlist has it, or the playlist. */
export type LiveFile =
    | { readonly kind: 'segment'; readonly number: number }
    | { readonly kind: 'init'; readonly number: number }
    /** Without parts. */
    | { readonly kind: 'playlist' };

const liveFlags = Object.freeze({
    segment: spanFlags.live,
    init: spanFlags.live | spanFlags.init,
    playlist: spanFlags.live | spanFlags.list,
} as const);

/**
 * A file of live HLS, the same bytes as the host serves: a segment from the ring, as by `ringBody`, the others as copies.
 * `NOENT`, `STALE`: it is not there yet, or no longer; `STATE`: there is none yet; `PRIVATE`.
 */
export async function liveBody(
    plane: { readonly mail: Mail },
    channel: number,
    stream: StreamName,
    file: LiveFile,
): Promise<Body> {
    const number = file.kind === 'playlist' ? 0 : file.number;
    if (!Number.isInteger(number) || number < 0 || number >= 2 ** 32) {
        throw new OcellusError('RANGE', 'a file of live HLS has a whole number of 32 bits');
    }
    const flags = liveFlags[file.kind] | (stream === 'sub' ? spanFlags.sub : 0);
    return await lent(plane.mail, channel, { beforeMs: number, untilMs: 0, flags });
}

/**
 * The newest key frame of a channel, sent from its ring as by `ringBody`. `type` tells what it is: `image/jpeg` of a
 * channel of Motion JPEG; else `video/mp4`, a file of that one picture: this host decodes nothing.
 */
export async function snapshotBody(
    plane: { readonly mail: Mail },
    channel: number,
    stream: StreamName = 'main',
): Promise<Body> {
    const flags = spanFlags.picture | (stream === 'sub' ? spanFlags.sub : 0);
    return await lent(plane.mail, channel, { beforeMs: 0, untilMs: 0, flags });
}
