/** Pushes as `GET /api/push` says them. Pure. */
import type { PushAddresses } from 'ocellus/app/live/push-addresses';
import type { PushError } from 'ocellus/app/live/push-error';
import type { LeaseClock } from 'ocellus/app/live/push-lease';
import type { PushRun } from 'ocellus/app/live/push-run';
import { type PushState, problemOf, sentenceOf } from 'ocellus/app/live/push-state';

/** A push of `GET /api/push`. Instants are ISO 8601, UTC; null: there is none, or the clock is not set. */
export interface PushJson {
    readonly channel: string;
    /** Name of its target. */
    readonly target: string;
    readonly stream: 'main' | 'sub';
    readonly state: 'waits' | 'connecting' | 'runs' | 'retries' | 'privacy';
    /** The same for people. */
    readonly sentence: string;
    /** When it was started. */
    readonly since: string | null;
    /** When its target took something last. */
    readonly delivered: string | null;
    readonly nextTry: string | null;
    /** Tries in a row that failed. */
    readonly failures: number;
    /** Times that it went on after a failure. */
    readonly reconnects: number;
    /** Bits per second that its target took lately. */
    readonly bitrate: number;
    /** Counters begin anew with the target's connection settings. */
    readonly sentBytes: number;
    readonly sentPackets: number;
    readonly leftOutGops: number;
    readonly leftOutPackets: number;
    readonly addresses: PushAddresses;
    /** Null: nothing is wrong. */
    readonly error: PushErrorJson | null;
}

/** What a push is refused for, or was interrupted by. */
export interface PushErrorJson {
    readonly code: string;
    /** Code of the vendor's table; null: it has none. */
    readonly vendor: number | null;
    readonly text: string;
    /** What to do (docs/design/live-push.md). */
    readonly advice: string;
}

/** `GET /api/push` */
export interface PushesJson {
    /** Of each account. */
    readonly maxPushes: number;
    readonly targets: readonly {
        readonly name: string;
        readonly scheme: string;
        readonly host: string;
        readonly stream: 'main' | 'sub';
    }[];
    readonly pushes: readonly PushJson[];
}

/** `POST /api/push/<channel>` */
export interface PushStartedJson {
    readonly addresses: PushAddresses;
    /** It ran before. */
    readonly already: boolean;
    /** Of the vendor's table: 40000415 when it ran before, else 0. */
    readonly vendor: number;
}

/** What of a push is not in its state. */
export interface PushParts {
    /** Of its target. */
    readonly host: string;
    readonly addresses: PushAddresses;
    readonly isPrivate: boolean;
}

function errorJson(error: PushError | undefined): PushErrorJson | null {
    return error === undefined
        ? null
        : { code: error.code, vendor: error.vendor, text: error.message, advice: error.advice };
}

/** Of a monotonic instant; 0: there is none. */
function iso(ms: number, { nowMs, wallMs }: LeaseClock): string | null {
    return ms === 0 || wallMs === undefined ? null : new Date(Math.round(wallMs - nowMs + ms)).toISOString();
}

/** One of them. */
export function pushJson(run: PushRun, state: PushState, parts: PushParts, clock: LeaseClock): PushJson {
    const { channel, target, stream, sinceMs, bitrate } = run;
    const { phase, failures, reconnects, deliveredMs, dueMs, bytes, packets } = state;
    const isPrivate = parts.isPrivate && phase !== 'runs';
    return {
        channel,
        target,
        stream,
        state: isPrivate ? 'privacy' : phase,
        sentence: sentenceOf(state, parts.host, isPrivate),
        since: sinceMs === 0 ? null : new Date(sinceMs).toISOString(),
        delivered: iso(deliveredMs, clock),
        nextTry: iso(dueMs, clock),
        failures,
        reconnects,
        bitrate: phase === 'runs' ? bitrate : 0,
        sentBytes: bytes,
        sentPackets: packets,
        leftOutGops: state.leftOutSegments,
        leftOutPackets: state.leftOutPackets ?? 0,
        addresses: parts.addresses,
        error: isPrivate ? null : errorJson(problemOf(state)),
    };
}
