/**
 * What an hour of a channel has in the store: its segments in the order of the playlist. The object of the index says
 * what was sent, so that nothing appears twice. Pure.
 */
import { isObject, parseJson } from 'ocellus/app/config/json';
import { OcellusError } from 'ocellus/error';

/** Segments of one hour: 2 s each, and room for those of clips. 80 bytes of heap each. */
export const hourSegmentsMax = 4000;
/** Recordings of one hour. */
export const hourRecordingsMax = 500;
/** Events of one hour; more are only in the device. */
export const hourEventsMax = 200;
/** Members of an event: six, and room for those of later versions, which are passed over. */
const eventMembersMax = 12;

/** A segment: bytes of a recording. */
export interface IndexSegment {
    /** `<name>_<start>` of its recording. */
    readonly stem: string;
    /** Bytes of the recording before it. */
    readonly offset: number;
    readonly bytes: number;
    /** Milliseconds since 1970. */
    readonly startMs: number;
    readonly durationMs: number;
    /** Id of the key that its object is encrypted with; left out: it is not. */
    readonly key?: string;
}

/** An event that touches the hour. */
export interface IndexEvent {
    readonly id: number;
    readonly kind: string;
    readonly mask: number;
    readonly startMs: number;
    /** Undefined: it goes on. */
    readonly endMs: number | undefined;
    /** Its picture is in the store, encrypted with the key of that id, or '' for none; left out: it has none there. */
    readonly picture?: string;
}

/** An hour. */
export interface HourIndex {
    readonly channel: string;
    /** Hours since 1970. */
    readonly hour: number;
    /** Nothing more is expected. */
    readonly ended: boolean;
    readonly segments: readonly IndexSegment[];
    readonly events: readonly IndexEvent[];
}

/** Of an hour without and with something encrypted. */
const [version, versionWithKeys] = [1, 2] as const;
const plainNames = ['version', 'channel', 'hour', 'ended', 'recordings', 'segments', 'events'] as const;
const names: ReadonlySet<string> = new Set([...plainNames, 'keys']);
/** Made once: the engine compiles a literal each time that it is evaluated. */
const keyId = /^[0-9a-f]{16}$/;

/** An hour without anything. */
export function emptyHour(channel: string, hour: number): HourIndex {
    return { channel, hour, ended: false, segments: [], events: [] };
}

/** The segment that begins there; undefined: it was not sent. */
export function segmentAt({ segments }: HourIndex, stem: string, offset: number): IndexSegment | undefined {
    return segments.find((one) => one.offset === offset && one.stem === stem);
}

/** Whether there is no room for a segment of this recording: such an hour could not be read back. */
export function isFull({ segments }: HourIndex, stem: string): boolean {
    const stems = new Set(segments.map((one) => one.stem));
    return segments.length >= hourSegmentsMax || stems.add(stem).size > hourRecordingsMax;
}

/** With one more segment. `TOO_BIG`: the hour is full. */
export function withSegment(index: HourIndex, segment: IndexSegment): HourIndex {
    if (index.segments.length >= hourSegmentsMax) {
        throw new OcellusError('TOO_BIG', `more than ${hourSegmentsMax} segments in an hour`);
    }
    return { ...index, segments: [...index.segments, segment] };
}

/**
 * With events, by their number; those that are known take the new end and keep their picture. The first `hourEventsMax`
 * stay.
 */
export function withEvents(index: HourIndex, events: readonly IndexEvent[]): HourIndex {
    const all = new Map(index.events.map((event) => [event.id, event]));
    for (const event of events) {
        const picture = all.get(event.id)?.picture;
        all.set(event.id, picture === undefined ? event : { ...event, picture });
    }
    return { ...index, events: [...all.values()].sort((a, b) => a.id - b.id).slice(0, hourEventsMax) };
}

/** From which segment on which key: [[0, "0123456789abcdef"], [37, ""]]; undefined: nothing is encrypted. */
function runsOf(segments: readonly IndexSegment[]): readonly (readonly [from: number, id: string])[] | undefined {
    const runs: (readonly [number, string])[] = [];
    segments.forEach(({ key = '' }, index) => {
        if (runs[runs.length - 1]?.[1] !== key) {
            runs.push([index, key]);
        }
    });
    return runs.some(([, id]) => id !== '') ? runs : undefined;
}

/** As an object of the store. */
export function hourText({ channel, hour, ended, segments, events }: HourIndex): string {
    const stems = [...new Set(segments.map(({ stem }) => stem))];
    const keys = runsOf(segments);
    return JSON.stringify({
        version: keys === undefined ? version : versionWithKeys,
        channel,
        hour: `${new Date(hour * 3_600_000).toISOString().slice(0, 13)}Z`,
        ended,
        recordings: stems,
        segments: segments.map(({ stem, offset, bytes, startMs, durationMs }) => [
            stems.indexOf(stem),
            offset,
            bytes,
            startMs,
            durationMs,
        ]),
        events: events.map(({ id, kind, mask, startMs, endMs, picture }) => [
            ...[id, kind, mask, startMs, endMs ?? null],
            ...(picture === undefined ? [] : [picture || 1]),
        ]),
        ...(keys && { keys }),
    });
}

function bad(why: string): never {
    throw new OcellusError('FORMAT', `the index of an hour is damaged: ${why}`);
}

function whole(value: unknown): number {
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : bad('a number');
}

function listOf(value: unknown, max: number, what: string): readonly unknown[] {
    return Array.isArray(value) && value.length <= max ? (value as readonly unknown[]) : bad(what);
}

function eventOf(value: unknown): IndexEvent {
    const [id, kind, mask, start, end, picture] = listOf(value, eventMembersMax, 'an event');
    if (typeof kind !== 'string' || kind.length > 64) {
        bad('a kind');
    }
    const endMs = end === null ? undefined : whole(end);
    const event = { id: whole(id), kind, mask: whole(mask), startMs: whole(start), endMs };
    const isEncrypted = typeof picture === 'string' && keyId.test(picture);
    return picture === 1 || isEncrypted ? { ...event, picture: isEncrypted ? picture : '' } : event;
}

/** The key of each segment, by its place. */
function keysOf(given: { readonly [name: string]: unknown }, count: number): (index: number) => { key?: string } {
    if (given['version'] === version) {
        return given['keys'] === undefined ? () => ({}) : bad('keys of version 1');
    }
    const runs = listOf(given['keys'], hourSegmentsMax, 'keys').map((row): readonly [number, string] => {
        const [from, id] = listOf(row, 2, 'a key');
        return typeof id === 'string' && (id === '' || keyId.test(id)) ? [whole(from), id] : bad('a key');
    });
    const inOrder = runs.every(([from], at) => from < count && from > (runs[at - 1]?.[0] ?? -1));
    if (!inOrder || runs.every(([, id]) => id === '')) {
        bad('keys');
    }
    let at = -1; // the run of the segment before: they are read in their order
    return (index) => {
        at += runs[at + 1]?.[0] === index ? 1 : 0;
        const key = runs[at]?.[1] ?? '';
        return key === '' ? {} : { key };
    };
}

/** Reads it back. `FORMAT`: it is not the index of this hour of this channel. */
export function parseHour(text: string, channel: string, hour: number): HourIndex {
    let found: unknown;
    try {
        found = parseJson(text, 'index', 0, names);
    } catch {
        bad('no JSON');
    }
    const expected = hourText(emptyHour(channel, hour));
    const given = isObject(found) ? found : bad('no object');
    const own = JSON.parse(expected) as { readonly [name: string]: unknown };
    const known = given['version'] === version || given['version'] === versionWithKeys;
    if (!known || given['channel'] !== channel || given['hour'] !== own['hour']) {
        bad('it is of another time or channel');
    }
    const stems = listOf(given['recordings'], hourRecordingsMax, 'recordings').map((stem) =>
        typeof stem === 'string' && /^[A-Za-z0-9._-]{1,100}$/.test(stem) ? stem : bad('a recording'),
    );
    const rows = listOf(given['segments'], hourSegmentsMax, 'segments');
    const keyOf = keysOf(given, rows.length);
    const segments = rows.map((row, index): IndexSegment => {
        const [recording, offset, bytes, startMs, durationMs] = listOf(row, 5, 'a segment').map(whole);
        return {
            stem: stems[recording ?? -1] ?? bad('a recording'),
            offset: whole(offset),
            bytes: whole(bytes),
            startMs: whole(startMs),
            durationMs: whole(durationMs),
            ...keyOf(index),
        };
    });
    const events = listOf(given['events'], hourEventsMax, 'events').map(eventOf);
    return { channel, hour, ended: given['ended'] === true, segments, events };
}
