/** What the device says of live pushes (docs/design/live-push.md): `GET /api/push`. Pure. */
import { type Answer, get } from '../api.js';
import { date, each, list, number, record, text } from '../json.js';

/** Why a push does not run. */
export interface PushError {
    readonly code: string;
    /** In the vendor's table; undefined: it has none. */
    readonly vendor: number | undefined;
    /** As the device says it. */
    readonly text: string;
}

/** A place that can be pushed to. */
export interface PushTarget {
    readonly name: string;
    readonly scheme: string;
    readonly host: string;
}

/** One push. */
export interface Push {
    readonly channel: string;
    readonly target: string;
    readonly state: string;
    readonly sinceMs: number | undefined;
    readonly deliveredMs: number | undefined;
    readonly nextTryMs: number | undefined;
    readonly failures: number;
    /** Bits per second. */
    readonly bitrate: number | undefined;
    readonly sentBytes: number | undefined;
    readonly leftOutGops: number;
    /** Where people watch: what it is for, and the address. */
    readonly addresses: readonly (readonly [kind: string, url: string])[];
    readonly error: PushError | undefined;
}

/** All of them. */
export interface Pushes {
    readonly most: number;
    readonly targets: readonly PushTarget[];
    readonly pushes: readonly Push[];
}

function parseTarget(value: unknown): PushTarget | undefined {
    const { name, scheme, host } = record(value);
    const known = text(name);
    return known === undefined ? undefined : { name: known, scheme: text(scheme) ?? '', host: text(host) ?? '' };
}

function parsePush(value: unknown): Push | undefined {
    const push = record(value);
    const [channel, target, state] = [text(push['channel']), text(push['target']), text(push['state'])];
    if (channel === undefined || target === undefined || state === undefined) {
        return undefined;
    }
    const error = record(push['error']);
    const code = text(error['code']);
    return {
        channel,
        target,
        state,
        sinceMs: date(push['since']),
        deliveredMs: date(push['delivered']),
        nextTryMs: date(push['nextTry']),
        failures: number(push['failures']) ?? 0,
        bitrate: number(push['bitrate']),
        sentBytes: number(push['sentBytes']),
        leftOutGops: number(push['leftOutGops']) ?? 0,
        addresses: Object.entries(record(push['addresses'])).flatMap(([kind, url]) => (typeof url === 'string' && url !== '' ? [[kind, url] as const] : [])),
        error: code === undefined ? undefined : { code, vendor: number(error['vendor']), text: text(error['text']) ?? '' },
    };
}

/** Checks the answer; undefined: it is none. */
export function parsePushes(value: unknown): Pushes | undefined {
    const { maxPushes, targets, pushes } = record(value);
    const most = number(maxPushes);
    return most === undefined || !Array.isArray(pushes) ? undefined : { most, targets: each(list(targets), parseTarget), pushes: each(pushes, parsePush) };
}

/** Asks for them. */
export function readPushes(): Promise<Answer<Pushes>> {
    return get('/api/push', parsePushes);
}
