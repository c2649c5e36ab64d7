/** How a push stands, whatever protocol it has: as data, and in one sentence for people. Pure. */
import { isRefusal, PushError, pushError } from 'ocellus/app/live/push-error';
import { OcellusError } from 'ocellus/error';
import type { PushRow } from 'ocellus/plane';

/** waits: for the channel; connecting: the first try is under way; runs; retries: it failed, and is tried again. */
export type PushPhase = 'waits' | 'connecting' | 'runs' | 'retries';

/** The state of one push. Times are monotonic milliseconds. */
export interface PushState {
    readonly phase: PushPhase;
    /** Of the last try; left out: it has not failed, or has worked since. */
    readonly failure?: OcellusError;
    /** Tries in a row that failed. */
    readonly failures: number;
    /** When the target took something last; 0: never. */
    readonly deliveredMs: number;
    /** The next try; 0: none is waited for. */
    readonly dueMs: number;
    /** What the target took since the push was started. */
    readonly bytes: number;
    /** The same: packets; of HLS segments. */
    readonly packets: number;
    /** Segments, or groups of pictures, that were not sent for want of time or room. */
    readonly leftOutSegments: number;
    /** The packets in them; left out: they are not counted. */
    readonly leftOutPackets?: number;
    /** Times that it went on after a failure. */
    readonly reconnects: number;
}

/** Of a push that nobody has begun yet. */
export const idle: PushState = {
    phase: 'waits',
    failures: 0,
    deliveredMs: 0,
    dueMs: 0,
    bytes: 0,
    packets: 0,
    leftOutSegments: 0,
    leftOutPackets: 0,
    reconnects: 0,
};

/** Of a row of the media plane. `why`: the line of it. */
export function stateOfRow(row: PushRow, why: string): PushState {
    const { phase, failures, deliveredMs, dueMs, bytes, packets, leftOutGops, leftOutPackets, reconnects } = row;
    return {
        phase,
        ...(row.failure !== 0 && { failure: pushError(OcellusError.fromNumber(-row.failure).code, why) }),
        failures,
        deliveredMs,
        dueMs,
        bytes,
        packets,
        leftOutSegments: leftOutGops,
        leftOutPackets,
        reconnects,
    };
}

/** Why a push does not run; undefined: it does, or is tried for the first time. */
export function problemOf({ phase, failure }: PushState): PushError | undefined {
    const problem = failure && pushError(failure.code, failure.message);
    // of the camera, not of the target; what it cannot send somebody has to change
    const isOfCamera = phase === 'waits' && problem?.code !== 'NO_VIDEO' && problem?.code !== 'NOTSUP';
    return problem && isOfCamera ? new PushError(problem.code, problem.message, null, 'wait') : problem;
}

/** Whether the target refuses the push (E5). */
export function refusalOf(state: PushState, silentMs: number): PushError | undefined {
    const problem = state.phase === 'retries' ? problemOf(state) : undefined;
    return problem && isRefusal(problem.code, silentMs) ? problem : undefined;
}

/** One sentence. `host`: of the target. */
export function sentenceOf(state: PushState, host: string, isPrivate: boolean): string {
    const why = problemOf(state)?.message;
    if (isPrivate) {
        return 'Privacy mode is on: the broadcast goes on when it ends.';
    }
    switch (state.phase) {
        case 'waits':
            return why === undefined ? 'Waits for the camera.' : `Waits for the camera: ${why}.`;
        case 'connecting':
            return `Connects to ${host}.`;
        case 'runs':
            return `On the air by ${host}.`;
        case 'retries':
            return `${host} is tried again: ${why ?? 'the connection ended'}.`;
    }
}
