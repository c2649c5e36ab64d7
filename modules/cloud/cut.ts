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

/** How far a piece goes: to a key frame. */
export interface Limit {
    /** The first one so long behind its start, or with so many bytes before it. */
    readonly ms: number;
    readonly bytes: number;
    /**
     * An event begins there, milliseconds from the start of the recording: the last one up to it, so that what belongs to
     * the event has pieces of its own. Left out: none is known.
     */
    readonly until?: number;
}

/** Pieces of so many milliseconds, however large. */
export function every(ms: number): Limit {
    return { ms, bytes: Number.POSITIVE_INFINITY };
}

/** The key frame that ends the piece from a place on; undefined: it is not among these. `last`: of the page before. */
function keyAfter(
    { keys, more }: RecordingKeys & { readonly more: boolean },
    from: Place,
    { ms, bytes, until = Number.POSITIVE_INFINITY }: Limit,
    last?: Place,
): Place | undefined {
    let before = last;
    for (const key of keys) {
        if (key.offset <= from.offset) {
            continue;
        }
        if (key.ms > until && before !== undefined) {
            return before;
        }
        if (key.ms >= from.ms + ms || key.offset >= from.offset + bytes) {
            return key;
        }
        before = key;
    }
    return !more && until < Number.POSITIVE_INFINITY ? before : undefined;
}

/**
 * The next piece behind a place, as far as its limit; the end of a recording that is complete is a piece of its own,
 * however short. `keys` begins at or before the place, or where the page before ended: `last` is its last key frame.
 */
export function cut(keys: RecordingKeys & { readonly more: boolean }, at: Place, limit: Limit, last?: Place): Cut {
    const first = at.offset === 0 ? keys.keys[0] : at;
    if (first === undefined) {
        return keys.open ? { kind: 'wait' } : { kind: 'end' };
    }
    if (first.offset >= keys.bytes) {
        return keys.open ? { kind: 'wait' } : { kind: 'end' };
    }
    const from: Place = { offset: first.offset, ms: first.ms };
    const next = keyAfter(keys, from, limit, last);
    if (next !== undefined) {
        const to: Place = { offset: next.offset, ms: next.ms };
        const more = keys.more || !keys.open || keyAfter(keys, to, limit) !== undefined;
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
