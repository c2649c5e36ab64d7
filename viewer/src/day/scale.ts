/** The scale of the time line: instants and pixels, zoom, pan, marks of the clock. Pure. */
import type { OffsetAt } from '../../../modules/base/zone-days.js';

/** From an instant to another, in milliseconds since 1970. */
export interface Span {
    readonly from: number;
    readonly to: number;
}

/** The shortest span that is shown. */
export const shortestMs = 60_000;
const [secondMs, minuteMs, hourMs] = [1000, 60_000, 3_600_000];
/** Distances of marks. */
const steps = [5 * secondMs, 10 * secondMs, 30 * secondMs, minuteMs, 2 * minuteMs, 5 * minuteMs, 10 * minuteMs, 30 * minuteMs, hourMs, 2 * hourMs, 3 * hourMs, 6 * hourMs];

/** The instant at a pixel. */
export function timeAt({ from, to }: Span, x: number, width: number): number {
    return from + ((to - from) * x) / Math.max(width, 1);
}

/** The pixel of an instant; outside of 0 to `width` it is not seen. */
export function pixelAt({ from, to }: Span, at: number, width: number): number {
    return ((at - from) / (to - from)) * width;
}

/** The same length inside of `bounds`; all of them when it is longer. */
export function keepInside({ from, to }: Span, bounds: Span): Span {
    const length = Math.min(to - from, bounds.to - bounds.from);
    const begin = Math.min(Math.max(from, bounds.from), bounds.to - length);
    return { from: begin, to: begin + length };
}

/** Makes the span `factor` times as long; `at` keeps its place. */
export function zoom(view: Span, factor: number, at: number, bounds: Span): Span {
    const now = view.to - view.from;
    const length = Math.min(Math.max(now * factor, shortestMs), bounds.to - bounds.from);
    const part = (at - view.from) / now;
    return keepInside({ from: at - length * part, to: at + length * (1 - part) }, bounds);
}

/** Moves the span by so many milliseconds. */
export function pan({ from, to }: Span, by: number, bounds: Span): Span {
    return keepInside({ from: from + by, to: to + by }, bounds);
}

/** Moves the span only when an instant is not in its inner part; then it begins a little before. */
export function follow(view: Span, at: number, bounds: Span): Span {
    const length = view.to - view.from;
    const seen = at >= view.from && at <= view.to - length * 0.02;
    return seen ? view : keepInside({ from: at - length * 0.1, to: at + length * 0.9 }, bounds);
}

/** How far one key press goes: a sixtieth of what is seen, in whole seconds. */
export function keyStep({ from, to }: Span): number {
    return Math.max(Math.round((to - from) / 60 / secondMs), 1) * secondMs;
}

/** A mark of the clock. */
export interface Mark {
    readonly at: number;
    /** Its label says seconds. */
    readonly seconds: boolean;
}

/** Marks at round times of the clock on the wall, at least `room` pixels apart. A repeated hour has its mark twice. */
export function marks(view: Span, width: number, room: number, offsetAt: OffsetAt): Mark[] {
    const least = ((view.to - view.from) * room) / Math.max(width, 1);
    const step = steps.find((one) => one >= least) ?? 12 * hourMs;
    const fine = Math.min(step, 15 * minuteMs); // the clock changes by no less
    const wall = (at: number): number => at + offsetAt(at) * minuteMs;
    const found: Mark[] = [];
    for (let at = view.from + (fine - (wall(view.from) % fine)) % fine; at <= view.to; at += fine) {
        if (wall(at) % step === 0) {
            found.push({ at, seconds: step < minuteMs });
        }
    }
    return found;
}

/** Things that are so close that they share a place. */
export interface Cluster<T> {
    /** Pixel of the first. */
    readonly x: number;
    readonly items: readonly T[];
}

/** Things by place, sorted by `startOf`; each cluster is at least `room` pixels behind the one before. */
export function cluster<T>(items: readonly T[], startOf: (item: T) => number, view: Span, width: number, room: number): Cluster<T>[] {
    const found: { x: number; items: T[] }[] = [];
    for (const item of items) {
        const x = pixelAt(view, startOf(item), width);
        const last = found.at(-1);
        if (x < -room || x > width + room) {
            continue;
        }
        if (last !== undefined && x - last.x < room) {
            last.items.push(item);
        } else {
            found.push({ x, items: [item] });
        }
    }
    return found;
}

/** A stretch of time on the line: instants. */
export interface Stretch {
    readonly start: number;
    readonly end: number;
}

/** From one pixel to another, both on the line. */
export interface Box {
    readonly x: number;
    readonly wide: number;
}

/** Where a stretch is drawn: at least `least` pixels, so that two seconds of a day are seen. undefined: it is not in the view. */
export function boxOf({ start, end }: Stretch, view: Span, width: number, least: number): Box | undefined {
    const [from, to] = [pixelAt(view, start, width), pixelAt(view, end, width)];
    if (to < 0 || from > width) {
        return undefined;
    }
    const left = Math.max(from, 0);
    const wide = Math.max(Math.min(to, width) - left, least);
    return { x: Math.max(Math.min(left, width - wide), 0), wide };
}

/**
 * The instant that a hand means at a pixel: that of the pixel when something was recorded then, else the start of a
 * stretch that is drawn narrower than `room` pixels and whose middle is nearer than half of them.
 */
export function meantAt(stretches: readonly Stretch[], view: Span, x: number, width: number, room: number): number {
    const at = timeAt(view, x, width);
    let best = { far: room / 2, at };
    for (const one of stretches) {
        if (at >= one.start && at <= one.end) {
            return at;
        }
        const box = boxOf(one, view, width, 0);
        const far = box === undefined ? room : Math.abs(box.x + box.wide / 2 - x);
        if (box !== undefined && box.wide < room && far <= best.far) {
            best = { far, at: Math.max(one.start, view.from) };
        }
    }
    return best.at;
}

/** A stretch of what is played: from `seconds` of the player on, the clock shows `at`. */
export interface Piece {
    readonly seconds: number;
    readonly length: number;
    readonly at: number;
}

/** The instant at a time of the player; undefined: nothing is known of it. Pieces are in order. */
export function instantOf(pieces: readonly Piece[], seconds: number): number | undefined {
    const piece = pieces.filter((one) => one.seconds <= seconds + 0.001).at(-1);
    return piece && piece.at + Math.min(seconds - piece.seconds, piece.length) * 1000;
}

/** The time of the player at an instant, or at the next one that there is; undefined: it lies behind all of them. */
export function secondsOf(pieces: readonly Piece[], at: number): number | undefined {
    const piece = pieces.find((one) => at < one.at + one.length * 1000);
    return piece && piece.seconds + Math.max(at - piece.at, 0) / 1000;
}
