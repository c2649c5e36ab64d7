/** Reads back what is in the store of this device: days, spans, playlists, addresses of objects. */
import type { KeySource } from 'ocellus/app/cloud/content-keys';
import { emptyHour, type HourIndex, type IndexEvent, parseHour } from 'ocellus/app/cloud/hour-index';
import { dayFolder, dayOfHour, hourAt, hourIndexName, type ObjectRoot } from 'ocellus/app/cloud/object-names';
import type { ObjectStore } from 'ocellus/app/cloud/object-store';
import { endTag, follows, joined, ListLines, listHead, longestOf } from 'ocellus/app/cloud/playlist';
import { OcellusError } from 'ocellus/error';

/** Time without a gap. */
export interface CloudSpan {
    readonly startMs: number;
    readonly endMs: number;
    readonly bytes: number;
}

/** What of a channel is in the store. */
export interface CloudSpans {
    readonly spans: readonly CloudSpan[];
    readonly events: readonly IndexEvent[];
}

/** Hours of one request: each is an object of up to 250 KB. */
const [hoursMax, hoursAtOnce] = [25, 4] as const;
/** Hours that are over and kept: 250 KB of heap each at most, some 90 KB at 4 s. */
const keptMax = 8;
/** A segment is no longer: `latencySeconds` and a group of pictures. */
const segmentMsMax = 660_000;
/** Characters of a playlist: what fits into an answer. */
const textMax = 110_000;
/** Seconds for which the address of an object may be used. */
const addressSeconds = 300;
/** Days of a channel that are looked for at once: a list each. */
const daysMax = 62;
/** Names of a day that are looked through for its hours: two for each, and others that sort among them. */
const namesMax = 100;
const allHours = Array.from({ length: 24 }, (_, hour) => hour);

/** A day of a channel, UTC. */
export interface CloudDay {
    /** "2026-11-22" */
    readonly day: string;
    /** That have something, 0 to 23, in order. */
    readonly hours: readonly number[];
}

/** Hours of a day by the first names behind it; all of them when those names do not reach the last index. */
function hoursOf(names: readonly string[], day: string, more: boolean): readonly number[] {
    const last = names[names.length - 1] ?? '';
    if (more && last < `${day}/3`) {
        return allHours;
    }
    const found = names.map((name) => (name.startsWith(`${day}/`) ? /\/(\d\d)\.json$/.exec(name)?.[1] : undefined));
    return allHours.filter((hour) => found.includes(String(hour).padStart(2, '0')));
}

/** One bucket, one device. Its methods reject with StoreError, or `FORMAT`: an index is damaged. */
export class CloudReader {
    readonly #store: ObjectStore;
    readonly #root: ObjectRoot;
    readonly #keys: KeySource | undefined;
    /** Hours that are over, the newest last. */
    readonly #kept = new Map<string, HourIndex>();

    /** `keys` left out: nothing that is encrypted is in its playlists. */
    constructor(store: ObjectStore, root: ObjectRoot, keys?: KeySource) {
        this.#store = store;
        this.#root = root;
        this.#keys = keys;
    }

    /** Days that have something, from the first that is not before `from` up to `to` ("2026-11-22"); at most 62. */
    async days(channel: string, from: string, to = '9999-12-31'): Promise<readonly CloudDay[]> {
        const [folder = ''] = dayFolder(this.#root, channel, 0).split('1970-01-01');
        const days: CloudDay[] = [];
        let after = `${folder}${from}`;
        while (days.length < daysMax) {
            const { objects, more } = await this.#store.list(folder, after, namesMax);
            const day = objects[0]?.key.slice(folder.length, folder.length + 10) ?? '';
            if (!/^\d{4}-\d\d-\d\d$/.test(day) || day > to) {
                break;
            }
            const names = objects.map(({ key }) => key.slice(folder.length));
            days.push({ day, hours: hoursOf(names, day, more) });
            after = `${folder}${day}/~`; // behind every name of the day
        }
        return days;
    }

    /** Spans and events that touch [fromMs, toMs). `RANGE`: more than a day. */
    async spans(channel: string, fromMs: number, toMs: number): Promise<CloudSpans> {
        const { segments, events } = await this.#between(channel, fromMs, toMs);
        const spans: CloudSpan[] = [];
        segments.forEach((segment, index) => {
            const before = segments[index - 1];
            const last = spans[spans.length - 1];
            const endMs = segment.startMs + segment.durationMs;
            if (before !== undefined && last !== undefined && follows(before, segment)) {
                spans[spans.length - 1] = { ...last, endMs, bytes: last.bytes + segment.bytes };
            } else {
                spans.push({ startMs: segment.startMs, endMs, bytes: segment.bytes });
            }
        });
        return { spans, events };
    }

    /**
     * A playlist of [fromMs, toMs) with objects at `address`; from its start as much as fits into an answer. A key is at
     * the address of `<id>.key`; what was encrypted with one that this device cannot derive is left out. undefined:
     * nothing is there. `RANGE`: more than a day.
     */
    async playlist(
        channel: string,
        fromMs: number,
        toMs: number,
        address: (day: string, name: string) => string,
    ): Promise<string | undefined> {
        const found = await this.#between(channel, fromMs, toMs);
        if (found.segments.length === 0) {
            return undefined;
        }
        const isEncrypted = found.segments.some(({ key }) => key !== undefined);
        const keys = isEncrypted ? await this.#keys?.load() : undefined;
        const lines = new ListLines({
            day: '',
            address,
            keyName: (id) => `${id}.key`,
            iv: keys?.ivs(channel),
        });
        const head = listHead(longestOf(found.segments), found.events);
        let text = '';
        for (const segment of found.segments) {
            const part = lines.of(segment);
            if (text !== '' && head.length + text.length + part.length + endTag.length > textMax) {
                break;
            }
            text += part;
        }
        return text === '' ? undefined : head + text + endTag;
    }

    /** A key of a day by its id, 16 bytes; undefined: this device cannot derive it. */
    async key(channel: string, day: string, id: string): Promise<Uint8Array | undefined> {
        return (await this.#keys?.load())?.find(channel, day, id)?.bytes;
    }

    /** An address that reads an object of a day for five minutes. `INVAL`: no such name. */
    address(channel: string, day: string, name: string): string {
        const hour = hourAt(Date.parse(`${day}T00:00:00Z`));
        if (Number.isNaN(hour) || dayOfHour(hour) !== day || !/^[A-Za-z0-9][A-Za-z0-9._-]{0,140}$/.test(name)) {
            throw new OcellusError('INVAL', 'no name of an object');
        }
        return this.#store.presign(`${dayFolder(this.#root, channel, hour)}${name}`, addressSeconds);
    }

    async #between(channel: string, fromMs: number, toMs: number): Promise<ReturnType<typeof joined>> {
        // a segment is in the hour in which it begins
        const [first, last] = [hourAt(fromMs - segmentMsMax), hourAt(toMs - 1)];
        if (!(fromMs < toMs) || last - hourAt(fromMs - 60_000) >= hoursMax) {
            throw new OcellusError('RANGE', 'from and to: a span of at most 24 hours');
        }
        const hours: HourIndex[] = [];
        for (let at = first; at <= last; at += hoursAtOnce) {
            const some = Array.from({ length: Math.min(hoursAtOnce, last - at + 1) }, (_, index) => at + index);
            for (const hour of await Promise.all(some.map((one) => this.#hour(channel, one)))) {
                hours.push(hour);
            }
        }
        const all = joined(hours, '', true);
        const touches = (startMs: number, endMs: number): boolean => startMs < toMs && endMs > fromMs;
        return {
            ...all,
            segments: all.segments.filter(({ startMs, durationMs }) => touches(startMs, startMs + durationMs)),
            events: all.events.filter(({ startMs, endMs }) => touches(startMs, endMs ?? Number.POSITIVE_INFINITY)),
        };
    }

    async #hour(channel: string, hour: number): Promise<HourIndex> {
        const key = `${dayFolder(this.#root, channel, hour)}${hourIndexName(hour)}`;
        const kept = this.#kept.get(key);
        if (kept !== undefined) {
            return kept;
        }
        const found = await this.#store.get(key);
        if (found === undefined) {
            return emptyHour(channel, hour);
        }
        const index = parseHour(found.text, channel, hour);
        if (index.ended) {
            this.#kept.set(key, index);
            const [oldest] = this.#kept.size > keptMax ? this.#kept.keys() : [];
            if (oldest !== undefined) {
                this.#kept.delete(oldest);
            }
        }
        return index;
    }
}
