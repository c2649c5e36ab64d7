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
/** Members of an event: seven, and room for those of later versions, which are passed over. */
const eventMembersMax = 12;

/** What proves an encrypted segment (evidence.ts): its place among all of its channel, and its MAC. */
export interface Proof {
    /** 1 for the first one that the channel ever had; each has one more than the one sent before it. */
    readonly number: number;
    /** MAC of the one before; '': there is none. */
    readonly before: string;
    readonly mac: string;
}

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
    /** Left out: it is not encrypted, or was sent before there were proofs. */
    readonly proof?: Proof;
}

/** The init segment of a recording under a key. */
export interface IndexHead {
    readonly stem: string;
    readonly key: string;
    readonly mac: string;
}

/** How an index was written: which of its hours, for the how many-th time, and its seal. */
export interface Written {
    readonly hour: number;
    readonly count: number;
    readonly seal: string;
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
    /** MAC of that object; left out: it has none. */
    readonly pictureMac?: string;
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
    /** Of what is encrypted and has a MAC. */
    readonly heads: readonly IndexHead[];
    /** How often a sealed index of it was written. */
    readonly count: number;
    /** The sealed index that the channel wrote before the first one of this hour; undefined: none. */
    readonly before: Written | undefined;
}

/** Of an hour without and with something encrypted, and of one that is sealed. */
const [version, versionWithKeys, versionSealed] = [1, 2, 3] as const;
const plainNames = ['version', 'channel', 'hour', 'ended', 'recordings', 'segments', 'events'] as const;
const sealNames = ['chain', 'heads', 'count', 'before', 'signer', 'seal', 'signature'] as const;
const names: ReadonlySet<string> = new Set([...plainNames, 'keys', ...sealNames]);
/** Made once: the engine compiles a literal each time that it is evaluated. */
const keyId = /^[0-9a-f]{16}$/;
const macShape = /^[A-Za-z0-9_-]{43}$/;

/** An hour without anything. */
export function emptyHour(channel: string, hour: number): HourIndex {
    return {
        channel,
        hour,
        ended: false,
        segments: [],
        events: [],
        heads: [],
        count: 0,
        before: undefined,
    };
}

/** The key of the newest encrypted segment of an hour, with which its index is sealed; undefined: there is none. */
export function sealingKey({ segments }: Pick<HourIndex, 'segments'>): string | undefined {
    for (let at = segments.length - 1; at >= 0; at--) {
        const key = segments[at]?.key;
        if (key !== undefined) {
            return key;
        }
    }
    return undefined;
}

/** The last of all proofs of an hour; undefined: it has none. */
export function lastProof({ segments }: HourIndex): Proof | undefined {
    let last: Proof | undefined;
    for (const { proof } of segments) {
        last = proof !== undefined && proof.number > (last?.number ?? 0) ? proof : last;
    }
    return last;
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
        const { picture, pictureMac } = all.get(event.id) ?? event;
        all.set(event.id, {
            ...event,
            ...(picture !== undefined && { picture }),
            ...(pictureMac !== undefined && { pictureMac }),
        });
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

/** Where proofs begin that do not go on from the row before: [[from, number, MAC of the one before]]. */
function chainOf(segments: readonly IndexSegment[]): readonly (readonly [from: number, number: number, mac: string])[] {
    const runs: (readonly [number, number, string])[] = [];
    segments.forEach(({ proof }, index) => {
        const last = segments[index - 1]?.proof;
        const goesOn = last !== undefined && last.number + 1 === proof?.number && last.mac === proof.before;
        if (proof !== undefined && !goesOn) {
            runs.push([index, proof.number, proof.before]);
        }
    });
    return runs;
}

function clockText(hour: number): string {
    return `${new Date(hour * 3_600_000).toISOString().slice(0, 13)}Z`;
}

/** Closes an index: `body` is its text without the last brace, and what it gives ends the object (evidence.ts). */
export interface IndexSeal {
    /** The public key of the device, in the index. */
    readonly signer: string;
    readonly end: (body: string) => string;
}

/** As an object of the store; sealed if something in it is encrypted and there is a seal. */
export function hourText(index: HourIndex, seal?: IndexSeal): string {
    const { channel, hour, ended, segments, events, heads, count, before } = index;
    const stems = [...new Set(segments.map(({ stem }) => stem))];
    const keys = runsOf(segments);
    const sealed = keys === undefined ? undefined : seal;
    const proven = sealed && {
        chain: chainOf(segments),
        heads: heads
            .filter(({ stem }) => stems.includes(stem))
            .map(({ stem, key, mac }) => [stems.indexOf(stem), key, mac]),
        count,
        before: before === undefined ? null : [clockText(before.hour), before.count, before.seal],
        signer: sealed.signer,
    };
    const text = JSON.stringify({
        version: keys === undefined ? version : sealed === undefined ? versionWithKeys : versionSealed,
        channel,
        hour: clockText(hour),
        ended,
        recordings: stems,
        segments: segments.map(({ stem, offset, bytes, startMs, durationMs, proof }) => [
            ...[stems.indexOf(stem), offset, bytes, startMs, durationMs],
            ...(sealed !== undefined && proof !== undefined ? [proof.mac] : []),
        ]),
        events: events.map(({ id, kind, mask, startMs, endMs, picture, pictureMac }) => [
            ...[id, kind, mask, startMs, endMs ?? null],
            ...(picture === undefined ? [] : [picture || 1]),
            ...(sealed !== undefined && picture && pictureMac !== undefined ? [pictureMac] : []),
        ]),
        ...(keys && { keys }),
        ...proven,
    });
    if (sealed === undefined) {
        return text;
    }
    const body = text.slice(0, -1);
    return body + sealed.end(body);
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

function isMac(value: unknown): value is string {
    return typeof value === 'string' && macShape.test(value);
}

function eventOf(value: unknown): IndexEvent {
    const [id, kind, mask, start, end, picture, mac] = listOf(value, eventMembersMax, 'an event');
    if (typeof kind !== 'string' || kind.length > 64) {
        bad('a kind');
    }
    const endMs = end === null ? undefined : whole(end);
    const event = { id: whole(id), kind, mask: whole(mask), startMs: whole(start), endMs };
    const isEncrypted = typeof picture === 'string' && keyId.test(picture);
    const proven = isEncrypted && isMac(mac) ? { pictureMac: mac } : {};
    return picture === 1 || isEncrypted ? { ...event, picture: isEncrypted ? picture : '', ...proven } : event;
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

/** The proof of each segment, by its place and the MAC of its row. */
function proofsOf(given: { readonly [name: string]: unknown }): (index: number, mac: unknown) => { proof?: Proof } {
    const runs = new Map<number, readonly [number: number, before: string]>();
    for (const row of given['version'] === versionSealed ? listOf(given['chain'], hourSegmentsMax, 'a chain') : []) {
        const [from, number, before] = listOf(row, 3, 'a chain');
        runs.set(whole(from), [whole(number), before === '' || isMac(before) ? before : bad('a chain')]);
    }
    let last: Proof | undefined;
    return (index, mac) => {
        const [number, before] = runs.get(index) ?? [(last?.number ?? 0) + 1, last?.mac];
        last = undefined;
        if (mac === undefined) {
            return {};
        }
        last = isMac(mac) && before !== undefined ? { number, before, mac } : bad('a MAC');
        return { proof: last };
    };
}

/** What else a sealed index has. */
function sealOf(
    given: { readonly [name: string]: unknown },
    stems: readonly string[],
): Pick<HourIndex, 'heads' | 'count' | 'before'> {
    if (given['version'] !== versionSealed) {
        return { heads: [], count: 0, before: undefined };
    }
    const heads = listOf(given['heads'], hourSegmentsMax, 'init segments').map((row): IndexHead => {
        const [recording, key, mac] = listOf(row, 3, 'an init segment');
        const stem = stems[whole(recording)] ?? bad('an init segment');
        return typeof key === 'string' && keyId.test(key) && isMac(mac) ? { stem, key, mac } : bad('an init segment');
    });
    const count = whole(given['count']);
    if (given['before'] === null) {
        return { heads, count, before: undefined };
    }
    const [clock, times, seal] = listOf(given['before'], 3, 'the index before');
    const ms = typeof clock === 'string' ? Date.parse(`${clock.slice(0, 13)}:00Z`) : Number.NaN;
    const before = { hour: ms / 3_600_000, count: whole(times), seal: isMac(seal) ? seal : bad('the index before') };
    return { heads, count, before: Number.isInteger(before.hour) ? before : bad('the index before') };
}

/** Reads it back. `FORMAT`: it is not the index of this hour of this channel. Nothing proves yet who wrote it. */
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
    const known = [version, versionWithKeys, versionSealed].some((one) => one === given['version']);
    if (!known || given['channel'] !== channel || given['hour'] !== own['hour']) {
        bad('it is of another time or channel');
    }
    const stems = listOf(given['recordings'], hourRecordingsMax, 'recordings').map((stem) =>
        typeof stem === 'string' && /^[A-Za-z0-9._-]{1,100}$/.test(stem) ? stem : bad('a recording'),
    );
    const rows = listOf(given['segments'], hourSegmentsMax, 'segments');
    const keyOf = keysOf(given, rows.length);
    const proofOf = proofsOf(given);
    const segments = rows.map((row, index): IndexSegment => {
        const all = listOf(row, given['version'] === versionSealed ? 6 : 5, 'a segment');
        const [recording, offset, bytes, startMs, durationMs] = all.slice(0, 5).map(whole);
        return {
            stem: stems[recording ?? -1] ?? bad('a recording'),
            offset: whole(offset),
            bytes: whole(bytes),
            startMs: whole(startMs),
            durationMs: whole(durationMs),
            ...keyOf(index),
            ...proofOf(index, all[5]),
        };
    });
    const events = listOf(given['events'], hourEventsMax, 'events').map(eventOf);
    return { channel, hour, ended: given['ended'] === true, segments, events, ...sealOf(given, stems) };
}
