/** How far each channel was sent, as it is kept in the store of values. Pure. */
import { isObject, parseJson } from 'ocellus/app/config/json';

/** What of a channel goes to the cloud. */
export const plans = Object.freeze(['off', 'continuous', 'event'] as const);
/** A plan. */
export type Plan = (typeof plans)[number];

/** How far one channel is. */
export interface Cursor {
    /** Recordings and parts of them that end before that are not sent; milliseconds since 1970. */
    readonly fromMs: number;
    /** Path of the recording under way when this was kept; '': none yet. */
    readonly path: string;
    /** Bytes of it that need no sending; 0: it was not begun. */
    readonly offset: number;
    /** Milliseconds from its start at that place. */
    readonly ms: number;
    /** The same as an instant, milliseconds since 1970; 0: not known. */
    readonly atMs: number;
    /** It is finished. */
    readonly done: boolean;
    /** Of the longest recording so far: when it ends. A clip inside of it is not sent again. */
    readonly untilMs: number;
    /** Name of that one. */
    readonly main: string;
    /** Hour that is not ended, hours since 1970; -1: none. */
    readonly hour: number;
    /** An ended hour of the day that is not ended; -1: none. */
    readonly day: number;
    /** Events whose playlists are not ended. */
    readonly open: readonly number[];
}

/** Channels of a device. */
const channelsMax = 64;
/** Events at a time. */
export const openEventsMax = 16;
const version = 1;
const names: ReadonlySet<string> = new Set([
    'version',
    'channels',
    'fromMs',
    'path',
    'offset',
    'ms',
    'atMs',
    'done',
    'untilMs',
    'main',
    'hour',
    'day',
    'open',
]);

/** A channel of which nothing was sent, and nothing before `fromMs` will be. */
export function newCursor(fromMs: number): Cursor {
    return {
        fromMs,
        path: '',
        offset: 0,
        ms: 0,
        atMs: 0,
        done: false,
        untilMs: 0,
        main: '',
        hour: -1,
        day: -1,
        open: [],
    };
}

/** All of them as text. */
export function cursorsText(cursors: ReadonlyMap<string, Cursor>): string {
    return JSON.stringify({ version, channels: [...cursors].map(([name, cursor]) => [name, cursor]) });
}

function isCount(value: unknown): value is number {
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function cursorOf(value: unknown): Cursor | undefined {
    if (!isObject(value)) {
        return undefined;
    }
    const { fromMs, path, offset, ms, atMs, done, untilMs, main, hour, day, open } = value as Partial<Cursor>;
    const counts = [fromMs, offset, ms, atMs, untilMs].every(isCount);
    const hours = [hour, day].every((one) => one === -1 || isCount(one));
    const texts = [path, main].every((text) => typeof text === 'string' && text.length < 256);
    const events = Array.isArray(open) && open.length <= openEventsMax && open.every(isCount);
    return counts && hours && events && texts && typeof done === 'boolean' ? (value as unknown as Cursor) : undefined;
}

/** What `cursorsText` wrote; one that is damaged is left out: its channel begins anew. */
export function cursorsOf(text: string): Map<string, Cursor> {
    const found = new Map<string, Cursor>();
    let memory: unknown;
    try {
        memory = parseJson(text, 'cloud', 0, names);
    } catch {
        return found;
    }
    const rows = isObject(memory) && memory['version'] === version ? memory['channels'] : undefined;
    for (const row of Array.isArray(rows) ? (rows as readonly unknown[]).slice(0, channelsMax) : []) {
        const [name, value] = Array.isArray(row) ? (row as readonly unknown[]) : [];
        const cursor = cursorOf(value);
        if (typeof name === 'string' && cursor !== undefined) {
            found.set(name, cursor);
        }
    }
    return found;
}
