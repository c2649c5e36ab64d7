/** What is kept of pushes: which run, and whose address is kept for them. Pure. */
import { isObject, type JsonObject, parseJson } from 'ocellus/app/config/json';
import type { KeptLease } from 'ocellus/app/live/push-lease';
import type { Notice } from 'ocellus/app/live/push-notices';
import type { StreamName } from 'ocellus/plane';

/** One push. */
export interface KeptPush extends KeptLease {
    /** Of the list of the media plane; 0: it does not run, and its address is kept for an hour. */
    readonly id: number;
    readonly channel: string;
    readonly target: string;
    readonly stream: StreamName;
    /** Milliseconds since 1970; 0: not known. */
    readonly sinceMs: number;
    readonly notice: Notice;
    /** Code of the refusal that was told; '': none. */
    readonly refused: string;
}

/** Everything. */
export interface KeptPushes {
    /** Start of the process that kept it, monotonic: `usedMs` means something in that one alone. */
    readonly startedMs: number;
    /** The highest that were given out. */
    readonly lastId: number;
    readonly lastNumber: number;
    readonly pushes: readonly KeptPush[];
}

/** Its name in the store. */
export const storeName = 'push';
/** Addresses that are kept for pushes that do not run; the oldest go. */
export const restingMax = 64;

const names = ['startedMs', 'lastId', 'lastNumber', 'pushes', 'id', 'channel', 'target', 'stream', 'sinceMs'] as const;
const known: ReadonlySet<string> = new Set([...names, 'notice', 'refused', 'number', 'usedAt', 'usedMs']);
const notices: readonly Notice[] = ['new', 'live', 'interrupted', 'offline'];

function count(value: unknown): number {
    return typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.floor(value) : 0;
}

function pushOf(value: unknown): KeptPush | undefined {
    if (!isObject(value) || typeof value['channel'] !== 'string' || typeof value['target'] !== 'string') {
        return undefined;
    }
    const { id, channel, target, stream, sinceMs, notice, refused, number, usedAt, usedMs } = value as JsonObject & {
        readonly channel: string;
        readonly target: string;
    };
    return {
        id: count(id),
        channel,
        target,
        stream: stream === 'sub' ? 'sub' : 'main',
        sinceMs: count(sinceMs),
        notice: notices.find((one) => one === notice) ?? 'new',
        refused: typeof refused === 'string' ? refused : '',
        number: Math.max(1, count(number)),
        usedAt: usedAt === null ? null : count(usedAt),
        usedMs: count(usedMs),
    };
}

/** What was kept; what is damaged of it is left out. Throws `SettingsError` for what is no JSON. */
export function readKept(text: string | undefined): KeptPushes {
    const kept = parseJson(text ?? '{}', storeName, 0, known);
    const given = isObject(kept) ? kept : {};
    const pushes = (Array.isArray(given['pushes']) ? given['pushes'] : [])
        .map(pushOf)
        .filter((one) => one !== undefined);
    return {
        startedMs: count(given['startedMs']),
        lastId: Math.max(count(given['lastId']), ...pushes.map(({ id }) => id)),
        lastNumber: Math.max(count(given['lastNumber']), ...pushes.map(({ number }) => number)),
        pushes,
    };
}
