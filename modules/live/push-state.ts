/** How a push stands, whatever protocol it has. */
import type { OcellusError } from 'ocellus/error';

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
    /** Times that it went on after a failure. */
    readonly reconnects: number;
}
