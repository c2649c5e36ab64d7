/** How cloud storage stands: one state for each channel, and the one that people look at. Pure. */
import type { Plan } from 'ocellus/app/cloud/cursor';

/** From the best to the worst. */
const order = Object.freeze([
    'off',
    'closed',
    'idle',
    'sending',
    'starting',
    'inactive',
    'refused',
    'retrying',
    'blocked',
] as const);

/**
 * `inactive`: there are no credentials. `refused`: the application does not want this. `retrying`: the store cannot be
 * used just now. `blocked`: it cannot until somebody acts; tried again every 5 minutes.
 */
export type StateKind = (typeof order)[number];

/** Of one channel. */
export interface ChannelState {
    readonly state: StateKind;
    /** One line, "DENIED: …"; '': none. */
    readonly reason: string;
    /** All before that was sent, milliseconds since 1970; 0: not known. */
    readonly positionMs: number;
    readonly waitingBytes: number;
}

/** Since the start. */
export interface CloudCounts {
    readonly segments: number;
    readonly bytes: number;
    /** Attempts that failed. */
    readonly errors: number;
    /** Recordings that were deleted before they were sent, and their time. */
    readonly gaps: number;
    readonly gapMs: number;
    /** Segments that were larger than `maxGopSize`, and the largest. */
    readonly largeGops: number;
    readonly largestGop: number;
}

/** Of all channels. */
export interface CloudState extends CloudCounts {
    readonly plan: Plan;
    readonly state: StateKind;
    readonly reason: string;
    /** How far behind the channel is that is the furthest behind; 0: none is. */
    readonly lagMs: number;
    readonly waitingBytes: number;
    /** What is sent is encrypted (`cloud.encryptFor`). */
    readonly encrypted: boolean;
    /** The public key that indexes of what is encrypted are signed with, 87 characters; '': none was needed yet. */
    readonly signer: string;
}

/** All zero. */
export const noCounts: CloudCounts = Object.freeze({
    segments: 0,
    bytes: 0,
    errors: 0,
    gaps: 0,
    gapMs: 0,
    largeGops: 0,
    largestGop: 0,
});

/** The worst of all channels; none: `kind`. */
export function joinedState(
    plan: Plan,
    kind: StateKind,
    channels: readonly ChannelState[],
    counts: CloudCounts,
    wallMs: number,
    encrypted = false,
): CloudState {
    const sorted = [...channels].sort((a, b) => order.indexOf(b.state) - order.indexOf(a.state));
    const behind = channels
        .filter(({ positionMs, waitingBytes }) => positionMs > 0 && waitingBytes > 0)
        .map(({ positionMs }) => wallMs - positionMs);
    return {
        plan,
        state: sorted[0]?.state ?? kind,
        reason: sorted[0]?.reason ?? '',
        lagMs: Math.max(0, ...behind),
        waitingBytes: channels.reduce((sum, { waitingBytes }) => sum + waitingBytes, 0),
        encrypted,
        signer: '',
        ...counts,
    };
}
