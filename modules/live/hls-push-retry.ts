/** When a push that failed is tried again. Pure. */
import type { ErrorCode } from 'ocellus/error';

/** What a person has to change first. */
const stubborn: ReadonlySet<ErrorCode> = new Set(['PASSWORD', 'CERTIFICATE', 'EXIST', 'NOTSUP']);
/** The first pauses; then `soonMs`, so that a server that was away for less than two minutes gets the stream back within 5 s. */
const firstMs = [1000, 2000];
const soonMs = 4000;
/** Pauses by the time that it has failed. */
const laterMs = [
    { until: 120_000, pause: soonMs },
    { until: 128_000, pause: 8000 },
    { until: 146_000, pause: 16_000 },
] as const;
const longestMs = 30_000;
/** Of the pause, up or down. */
const jitter = 0.2;

/** What failed. */
export interface Failed {
    readonly code: ErrorCode;
    /** Tries in a row that failed, 1 or more. */
    readonly failures: number;
    /** Milliseconds since the first of them. */
    readonly downMs: number;
    /** 0 to below 1. */
    readonly random: number;
}

function pauseMs({ code, failures, downMs }: Failed): number {
    if (stubborn.has(code)) {
        return longestMs;
    }
    return firstMs[failures - 1] ?? laterMs.find(({ until }) => downMs < until)?.pause ?? longestMs;
}

/** Milliseconds until the next try. */
export function retryMs(failed: Failed): number {
    return Math.round(pauseMs(failed) * (1 - jitter + 2 * jitter * failed.random));
}
