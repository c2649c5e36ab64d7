/** Where a recording is cut: segments are whole groups of pictures of its file. Pure. */
import type { RecordingKeys } from 'ocellus/plane';

/** A place in a recording. */
export interface Place {
    /** Bytes from its start; 0: the first key frame. */
    readonly offset: number;
    /** Milliseconds from its start. */
    readonly ms: number;
}

/** Bytes of a recording from one key frame to another, or to its end. */
export interface Piece {
    readonly from: Place;
    readonly to: Place;
    /** It ends with the recording. */
    readonly last: boolean;
    /** The next piece of the recording is on the disk already. */
    readonly more: boolean;
}

/** What is known of the end of the next piece. */
export type Cut =
    | { readonly kind: 'piece'; readonly piece: Piece }
    /** The recording ended here. */
    | { readonly kind: 'end' }
    /** More is to be read behind that byte. */
    | { readonly kind: 'more'; readonly behind: number }
    /** It is not on the disk yet. */
    | { readonly kind: 'wait' };

/** The key frame that ends the piece from a place on; undefined: it is not among these. */
function keyAfter({ keys }: RecordingKeys, from: Place, segmentMs: number): Place | undefined {
    return keys.find(({ ms, offset }) => offset > from.offset && ms >= from.ms + segmentMs);
}

/**
 * The next piece behind a place: up to the first key frame `segmentMs` later; the end of a recording that is complete
 * is a piece of its own, however short. `keys` begins at or before the place.
 */
export function cut(keys: RecordingKeys & { readonly more: boolean }, at: Place, segmentMs: number): Cut {
    const first = at.offset === 0 ? keys.keys[0] : at;
    if (first === undefined) {
        return keys.open ? { kind: 'wait' } : { kind: 'end' };
    }
    if (first.offset >= keys.bytes) {
        return keys.open ? { kind: 'wait' } : { kind: 'end' };
    }
    const from: Place = { offset: first.offset, ms: first.ms };
    const next = keyAfter(keys, from, segmentMs);
    if (next !== undefined) {
        const to: Place = { offset: next.offset, ms: next.ms };
        const more = keys.more || !keys.open || keyAfter(keys, to, segmentMs) !== undefined;
        return { kind: 'piece', piece: { from, to, last: false, more } };
    }
    const behind = keys.keys[keys.keys.length - 1]?.offset;
    if (keys.more && behind !== undefined) {
        return { kind: 'more', behind };
    }
    if (keys.open) {
        return { kind: 'wait' };
    }
    const to = { offset: keys.bytes, ms: Math.max(keys.durationMs, from.ms) };
    return { kind: 'piece', piece: { from, to, last: true, more: false } };
}
