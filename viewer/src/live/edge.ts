/** How fast to play so that the picture stays near its live edge: by rate, by a jump only when it is far away. Pure. */

/** Seconds from the newest frame that playback aims at: three frames of 30 per second. */
export const TARGET = 0.1;
/** The target grows by this after each stall, seconds, up to `TARGET_MAX`; it falls back with time. */
const TARGET_STEP = 0.05;
const TARGET_MAX = 0.6;
/** Seconds without a stall after which the target falls by one step. */
const CALM = 20;
/** Playback is hurried when it is so many seconds behind its target, until it has reached it. */
const LATE = 0.08;
/** Playback is slowed down when it is so many seconds before its target, until it has reached it. */
const EARLY = 0.06;
/** Farther behind its target than this, seconds, playback jumps. */
export const JUMP = 1.5;
/** Right after its beginning or a gap a smaller distance is jumped over: nobody has watched long. */
const JUMP_FRESH = 0.3;
const [SLOWEST, FASTEST] = [0.95, 1.1];

/** What playback does: `rate` from 0.95 to 1.1. */
export interface Edge {
    readonly rate: number;
    /** Seconds from the newest frame that are aimed at. */
    readonly target: number;
    /** When playback stalled last, or the target fell last: seconds of any clock. */
    readonly calmSince: number;
}

/** What is seen of playback. */
export interface Seen {
    /** Seconds from what is shown to the newest frame; negative: what is shown lies behind it. */
    readonly behind: number;
    /** What is shown and the newest frame have no gap between them. */
    readonly joined: boolean;
    /** Playback has just begun, or has just passed a gap, and what was sent at once has come. */
    readonly fresh: boolean;
    /** Playback stood still for want of frames since the last call. */
    readonly stalled: boolean;
    /** Seconds of any clock. */
    readonly now: number;
}

/** At the beginning. */
export function startEdge(now: number): Edge {
    return { rate: 1, target: TARGET, calmSince: now };
}

function targetOf({ target, calmSince }: Edge, { stalled, now }: Seen): Pick<Edge, 'target' | 'calmSince'> {
    if (stalled) {
        return { target: Math.min(TARGET_MAX, target + TARGET_STEP), calmSince: now };
    }
    return now - calmSince > CALM && target > TARGET ? { target: Math.max(TARGET, target - TARGET_STEP), calmSince: now } : { target, calmSince };
}

function rateOf(rate: number, late: number): number {
    if (late > LATE || (rate > 1 && late > 0.01)) {
        return Math.min(FASTEST, 1.02 + Math.round(late * 8) * 0.02);
    }
    return late < -EARLY || (rate < 1 && late < -0.01) ? SLOWEST : 1;
}

/** The next state, and how many seconds before the newest frame to jump to; undefined: no jump. */
export function follow(edge: Edge, seen: Seen): { readonly edge: Edge; readonly jump: number | undefined } {
    const aim = targetOf(edge, seen);
    const late = seen.behind - aim.target;
    if (!seen.joined || late > (seen.fresh ? JUMP_FRESH : JUMP)) {
        return { edge: { ...aim, rate: 1 }, jump: aim.target };
    }
    return { edge: { ...aim, rate: rateOf(edge.rate, late) }, jump: undefined };
}
