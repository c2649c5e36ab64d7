/** Frames of the command channel (docs/formats-viewers.md#command-channel). Pure. */

/** Bytes in front of a payload. */
const HEAD = 8;
/** A payload is at most so long, bytes. */
const PAYLOAD_MAX = 16_384;

/** Kinds by their number. */
const kinds = { 1: 'request', 2: 'answer', 3: 'report', 4: 'error' } as const;
const numbers = { request: 1, answer: 2, report: 3, error: 4 } as const;

/** What a frame is. */
export type FrameKind = keyof typeof numbers;

/** One message of the command channel. */
export interface Frame {
    readonly kind: FrameKind;
    /** Number of the request, 0 to 2^32 - 1; 0 in a report. */
    readonly request: number;
    readonly payload: Uint8Array;
}

/** How a page fares with one live channel. */
export interface Fare {
    /** When it appended last, milliseconds of the page's own clock. */
    readonly appendedMs: number;
    /** Milliseconds that are buffered ahead of what plays. */
    readonly aheadMs: number;
    /** Packets that it dropped, in all. */
    readonly dropped: number;
    readonly visible: boolean;
}

/** A frame as bytes; about: id of the data channel that a report is about, else 0. */
function frame(kind: FrameKind, request: number, payload: Uint8Array, about = 0): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(HEAD + payload.length);
    const view = new DataView(bytes.buffer);
    view.setUint8(0, numbers[kind]);
    view.setUint16(2, about);
    view.setUint32(4, request);
    bytes.set(payload, HEAD);
    return bytes;
}

/** A request. @throws RangeError: it is longer than a frame may be. */
export function requestFrame(request: number, body: unknown): Uint8Array<ArrayBuffer> {
    const payload = new TextEncoder().encode(JSON.stringify(body));
    if (payload.length > PAYLOAD_MAX) {
        throw new RangeError(`request: ${payload.length} bytes; at most ${PAYLOAD_MAX} are possible`);
    }
    return frame('request', request, payload);
}

/** A report about the data channel with this id. Numbers wrap at 2^32. */
export function reportFrame(about: number, { appendedMs, aheadMs, dropped, visible }: Fare): Uint8Array<ArrayBuffer> {
    const payload = new Uint8Array(13);
    const view = new DataView(payload.buffer);
    view.setUint32(0, Math.max(0, appendedMs));
    view.setUint32(4, Math.max(0, aheadMs));
    view.setUint32(8, dropped);
    view.setUint8(12, visible ? 1 : 0);
    return frame('report', 0, payload, about);
}

/** Reads a message; undefined: it is no frame. */
export function readFrame(message: ArrayBuffer): Frame | undefined {
    if (message.byteLength < HEAD || message.byteLength > HEAD + PAYLOAD_MAX) {
        return undefined;
    }
    const view = new DataView(message);
    const kind = kinds[view.getUint8(0) as keyof typeof kinds] as FrameKind | undefined;
    return kind && { kind, request: view.getUint32(4), payload: new Uint8Array(message, HEAD) };
}
