/** What the indexes of a day say (docs/formats-cloud.md). Every object is checked; what is not understood is left out. */
import { list, number, record, text } from '../json.js';
import type { Bucket } from './bucket.js';

/** An hour that has something; milliseconds since 1970. */
export interface Hour {
    readonly at: number;
    /** Of its playlist, below the prefix. */
    readonly key: string;
    /** Of media. */
    readonly milliseconds: number;
    readonly spans: readonly { readonly start: number; readonly end: number }[];
    /** Nothing more is expected. */
    readonly ended: boolean;
}

/** Something that happened. */
export interface Happening {
    readonly id: number;
    readonly kind: string;
    readonly start: number;
    /** Id of the key that its picture is encrypted with, '' without one; undefined: it has no picture. */
    readonly picture: string | undefined;
    /** MAC of an encrypted one; undefined: it has none. */
    readonly pictureMac: string | undefined;
}

/** A day of a channel. */
export interface Footage {
    readonly hours: readonly Hour[];
    readonly events: readonly Happening[];
}

const hourMs = 3_600_000;
/** Segments that are nearer than this have no gap between them. */
const gapMs = 100;

/** A camera sends every `cloud.latencySeconds` at the latest (600); what has not for so long has gone, or the reader's clock is that wrong. */
const silentMs = 660_000;

/** Since when a camera has sent nothing although an hour is not over; undefined: it sends, or the hour is over. */
export function silentSince(hour: Hour | undefined, now: number): number | undefined {
    const end = hour?.spans.at(-1)?.end;
    return hour?.ended === false && end !== undefined && now - end > silentMs ? end : undefined;
}

/** A name as it stands in keys: letters, digits, - and _, every other byte as "=2F". */
export function partOf(name: string): string {
    return [...new TextEncoder().encode(name)].map((byte) => (/[A-Za-z0-9_-]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`)).join('');
}

/** A part of a key as the name it stands for; what is none is shown as it is. */
export function nameOf(part: string): string {
    try {
        return decodeURIComponent(part.replaceAll('%', '%25').replace(/=([0-9A-F]{2})/g, '%$1'));
    } catch {
        return part;
    }
}

function parse(json: string | undefined): Readonly<Record<string, unknown>> {
    try {
        return record(JSON.parse(json ?? ''));
    } catch {
        return {};
    }
}

function pictureOf(value: unknown): string | undefined {
    return value === 1 ? '' : /^[0-9a-f]{16}$/.exec(text(value) ?? '')?.[0];
}

/** The index of an hour; undefined: it is none, or empty. */
export function hourOf(json: string | undefined, at: number, key: string): { readonly hour: Hour; readonly events: readonly Happening[] } | undefined {
    const index = parse(json);
    const spans: { start: number; end: number }[] = [];
    let milliseconds = 0;
    for (const row of list(index['segments'])) {
        const [, , , start, length] = list(row).map(number);
        if (start === undefined || length === undefined || length < 0) {
            return undefined;
        }
        const last = spans.at(-1);
        if (last !== undefined && Math.abs(start - last.end) <= gapMs) {
            last.end = start + length;
        } else {
            spans.push({ start, end: start + length });
        }
        milliseconds += length;
    }
    const events = list(index['events']).flatMap((row): Happening[] => {
        const [id, kind, , start, , picture, mac] = list(row);
        const happening = { id: number(id), kind: text(kind), start: number(start), picture: pictureOf(picture), pictureMac: text(mac) };
        return happening.id === undefined || happening.kind === undefined || happening.start === undefined ? [] : [{ id: happening.id, kind: happening.kind, start: happening.start, picture: happening.picture, pictureMac: happening.pictureMac }];
    });
    // what is encrypted is played by its playlist, which names the keys
    const known = [1, 2, 3].includes(number(index['version']) ?? 0);
    return known && spans.length > 0 ? { hour: { at, key, milliseconds, spans, ended: index['ended'] === true }, events } : undefined;
}

/** The picture of an event, below the prefix: in the folder of the day in which it begins. */
export function pictureKey(device: string, channel: string, { id, start, picture = '' }: Happening): string {
    return `${partOf(device)}/${partOf(channel)}/${new Date(start).toISOString().slice(0, 10)}/event-${id}${picture && '-'}${picture}.jpg`;
}

/** An hour that is over and was not there is asked for again after so long: it may still be sent. */
const absentMs = 300_000;

/**
 * A day "2026-11-22" (UTC) of a channel, up to `now`. `absent`: when indexes were not there, of the readings before.
 * Throws BucketError.
 */
export async function readDay(bucket: Pick<Bucket, 'text'>, device: string, channel: string, day: string, now: number, absent = new Map<string, number>()): Promise<Footage> {
    const folder = `${partOf(device)}/${partOf(channel)}/${day}/`;
    const first = Date.parse(`${day}T00:00:00Z`);
    const index = parse(await bucket.text(`${folder}day.json`));
    const over = new Set(list(index['hours']).map((row) => text(list(row)[0])));
    const newest = Math.max(-1, ...[...over].map(Number).filter((hour) => !Number.isNaN(hour)));
    const there = Array.from({ length: 24 }, (_, hour) => hour).filter((hour) => {
        const under = index['ended'] !== true && hour > newest && first + hour * hourMs <= now;
        return over.has(String(hour).padStart(2, '0')) || under;
    });
    const found = await Promise.all(
        there.map(async (hour) => {
            const name = `${folder}${String(hour).padStart(2, '0')}`;
            const at = first + hour * hourMs;
            const asked = absent.get(name);
            if (asked !== undefined && now - asked < absentMs && now >= at + hourMs) {
                return undefined;
            }
            const index = await bucket.text(`${name}.json`);
            if (index === undefined) {
                absent.set(name, now);
            } else {
                absent.delete(name);
            }
            return hourOf(index, at, `${name}.m3u8`);
        }),
    );
    const events = new Map<number, Happening>();
    for (const event of found.flatMap((one) => one?.events ?? [])) {
        const known = event.picture === undefined ? events.get(event.id) : event;
        events.set(event.id, { ...event, picture: known?.picture, pictureMac: known?.pictureMac });
    }
    return { hours: found.flatMap((one) => (one ? [one.hour] : [])), events: [...events.values()].sort((a, b) => a.start - b.start) };
}
