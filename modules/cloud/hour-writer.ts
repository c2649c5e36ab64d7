/**
 * Writes the objects of a channel's hours in the order in which a reader may find them: the init segment and segments,
 * the index, the playlist last. What the store has decides, so that a repetition changes nothing.
 */
import type { ChainEnd } from 'ocellus/app/cloud/chain-memory';
import type { ContentKey, KeySource } from 'ocellus/app/cloud/content-keys';
import { type DayIndex, dayText, emptyDay, parseDay, withHour } from 'ocellus/app/cloud/day-index';
import { indexText, objectText, sealedParts, segmentText } from 'ocellus/app/cloud/evidence';
import {
    emptyHour,
    type HourIndex,
    hourText,
    type IndexEvent,
    type IndexSegment,
    isFull,
    lastProof,
    parseHour,
    type Proof,
    sealingKey,
    segmentAt,
    withEvents,
    withSegment,
} from 'ocellus/app/cloud/hour-index';
import {
    clockOfHour,
    dayFolder,
    dayIndexName,
    dayListName,
    dayOfHour,
    eventListName,
    eventPictureName,
    hourAt,
    hourIndexName,
    hourListName,
    hourStart,
    initName,
    keyName,
    type ObjectRoot,
    placeOf,
    segmentName,
} from 'ocellus/app/cloud/object-names';
import { type ObjectStore, StoreError } from 'ocellus/app/cloud/object-store';
import {
    endTag,
    ListLines,
    listHead,
    type ListStyle,
    longestOf,
    type Playlist,
    playlistText,
} from 'ocellus/app/cloud/playlist';
import { Turns } from 'ocellus/app/cloud/turns';
import type { Body } from 'ocellus/body';
import { OcellusError } from 'ocellus/error';

/** Hours that are held in memory: the current one, and one before for events. */
const heldMax = 2;
/** Hours back that the playlist of an event has: a longer event is in those of its hours. */
const eventHoursMax = 3;
/** Playlists of days are written one at a time, of all channels: 1.3 MB each, encrypted 3.4 MB, and twice when it is sent. */
const dayLists = new Turns(1);
const forever = 'max-age=31536000, immutable';
const changing = 'no-cache';
const [json, list] = ['application/json', 'application/vnd.apple.mpegurl'] as const;
const [video, jpeg, sealedPicture] = ['video/mp4', 'image/jpeg', 'application/octet-stream'] as const;

/** Bytes of a recording, opened when they are sent. */
export type OpenBody = (from: number, to: number) => Body;

/** The span of an event with what is sent before and after it. */
export interface EventSpan {
    readonly event: IndexEvent;
    readonly fromMs: number;
    /** Infinity: it goes on. */
    readonly toMs: number;
    /** The device has a picture of it. */
    readonly pictured: boolean;
}

/** A picture as it was sent. */
export type SentPicture = Required<Pick<IndexEvent, 'picture'>> & Pick<IndexEvent, 'pictureMac'>;

/** An object that was sent. */
interface SentObject {
    /** DEVICE/CHANNEL/DAY/NAME */
    readonly place: string;
    /** SHA-256 of its bytes. */
    readonly digest: string;
}

/** Of one channel. Every method may be cut off at any place and repeated. */
export class HourWriter {
    readonly #store: ObjectStore;
    readonly #root: ObjectRoot;
    readonly #channel: string;
    readonly #keys: KeySource | undefined;
    /** As the store has them, or has them after `flush`. */
    readonly #held = new Map<number, HourIndex>();
    /** Hours with segments in the store that its index does not name yet. */
    readonly #unnamed = new Set<number>();
    /** Hours whose playlist may be older than their index. */
    readonly #unlisted = new Set<number>();
    /** Where the proofs of the channel end; undefined: it is not known yet. */
    #end: ChainEnd | undefined;
    /** The newest index of a day, as the store has it. */
    #dayHeld: DayIndex | undefined;
    /** The newest object of a key that is in the store. */
    #keyThere = '';
    readonly #targetMs: number;

    /**
     * `keys` left out: nothing is encrypted, and playlists leave out what is. `targetMs`: that a segment may have, 0: as
     * long as they are.
     */
    constructor(store: ObjectStore, root: ObjectRoot, channel: string, keys?: KeySource, targetMs = 0) {
        this.#targetMs = targetMs;
        this.#store = store;
        this.#root = root;
        this.#channel = channel;
        this.#keys = keys;
    }

    /** What the store has of a segment; undefined: it was not sent, or not to its end. */
    async sent(startMs: number, stem: string, offset: number): Promise<IndexSegment | undefined> {
        return segmentAt(await this.#hour(hourAt(startMs)), stem, offset);
    }

    /** Whether the hour of an instant takes no more segments. */
    async isFull(startMs: number, stem: string): Promise<boolean> {
        return isFull(await this.#hour(hourAt(startMs)), stem);
    }

    /** As `IndexEvent.picture` of an event, as an hour knows it. */
    async picture(startMs: number, id: number): Promise<string | undefined> {
        return (await this.#hour(hourAt(startMs))).events.find((one) => one.id === id)?.picture;
    }

    /**
     * Sends the picture of an event, which lies beside its playlist: before any index says that it is there. Gives what
     * the index has of it. The body is closed.
     */
    async sendPicture({ id, startMs }: IndexEvent, body: Body): Promise<SentPicture> {
        try {
            const hour = hourAt(startMs);
            const key = await this.#key(hour);
            const picture = key?.id ?? '';
            const type = key === undefined ? jpeg : sealedPicture;
            const sent = await this.#putBody(hour, eventPictureName(id, picture), body, key, { type, urgent: true });
            const pictureMac = sent && key?.mac(objectText(sent.place, sent.digest));
            return { picture, ...(pictureMac !== undefined && { pictureMac }) };
        } finally {
            body.close();
        }
    }

    /**
     * Sends a segment with what belongs to it; its events are noted, and with them it is urgent. A reader finds it after
     * `flush`.
     */
    async send(segment: IndexSegment, initBytes: number, open: OpenBody, events: readonly IndexEvent[]): Promise<void> {
        const urgent = events.length > 0;
        const hour = hourAt(segment.startMs);
        const index = await this.#hour(hour);
        const { stem, offset, bytes } = segment;
        const key = await this.#key(hour);
        const of = key === undefined ? index.segments : index.heads;
        const isNew = !of.some((one) => one.stem === stem && one.key === key?.id);
        const head = isNew
            ? await this.#putBody(hour, initName(stem, key?.id), open(0, initBytes), key, { urgent })
            : undefined;
        const sent = await this.#putBody(hour, segmentName(stem, offset), open(offset, offset + bytes), key, {
            urgent,
        });
        this.#unnamed.add(hour);
        const told = withEvents(index, events);
        if (key === undefined || sent === undefined) {
            this.#hold({ ...withSegment(told, segment), ended: false });
            return;
        }
        const heads = head && [{ stem, key: key.id, mac: key.mac(objectText(head.place, head.digest)) }];
        const proof = await this.#prove(hour, segment, sent, key);
        const own = { ...segment, key: key.id, proof };
        this.#hold({
            ...withSegment({ ...told, heads: [...index.heads, ...(heads ?? [])] }, own),
            ended: false,
        });
    }

    /** The next proof of the channel. */
    async #prove(hour: number, segment: IndexSegment, { place, digest }: SentObject, key: ContentKey): Promise<Proof> {
        const end = await this.#ended();
        const link = { number: (end?.number ?? 0) + 1, before: end?.mac ?? '' };
        const proof = { ...link, mac: key.mac(segmentText(place, segment, link, digest)) };
        this.#end = { number: proof.number, mac: proof.mac, hour, index: end?.index };
        return proof;
    }

    async #ended(): Promise<ChainEnd | undefined> {
        this.#end ??= await this.#keys?.chains?.of(this.#channel);
        return this.#end;
    }

    /** Keeps where the proofs end: behind `flush`, and before whoever calls keeps that it was sent. */
    async keep(): Promise<void> {
        if (this.#end !== undefined) {
            await this.#keys?.chains?.keep(this.#channel, this.#end);
        }
    }

    /** Indexes and playlists of hours name what was sent. */
    async flush(): Promise<void> {
        for (const hour of this.#unnamed) {
            await this.#putHour(await this.#hour(hour));
        }
    }

    /** Nothing more is expected of an hour. False: it has nothing. */
    async endHour(hour: number, events: readonly IndexEvent[]): Promise<boolean> {
        const index = await this.#hour(hour);
        const folder = dayFolder(this.#root, this.#channel, hour);
        if (index.segments.length > 0) {
            const ended = { ...withEvents(index, events), ended: true };
            await this.#putHour(ended);
            const day = withHour(await this.#day(hour), clockOfHour(hour), ended);
            await this.#store.put(folder + dayIndexName, dayText(day), { type: json, cacheControl: changing });
            this.#dayHeld = day;
        }
        this.#held.delete(hour);
        return index.segments.length > 0;
    }

    /** Nothing more is expected of the day of an hour. */
    async endDay(hour: number): Promise<void> {
        const day = { ...(await this.#day(hour)), ended: true };
        const key = dayFolder(this.#root, this.#channel, hour) + dayIndexName;
        await this.#store.put(key, dayText(day), { type: json, cacheControl: changing });
        this.#dayHeld = day;
        await this.#putDayList(hour);
    }

    /** The playlist of an event, as far as its segments were sent; those of its hours come first. */
    async listEvent({ event, fromMs, toMs }: EventSpan, positionMs: number, ended: boolean): Promise<void> {
        await this.flush();
        const first = hourAt(fromMs);
        const last = Math.min(hourAt(Math.min(toMs, positionMs)), first + eventHoursMax - 1);
        const touching = async (hour: number): Promise<readonly IndexSegment[]> => {
            const index = await this.#listed(hour);
            return index.segments.filter((one) => one.startMs < toMs && one.startMs + one.durationMs > fromMs);
        };
        const segments: IndexSegment[] = [];
        for (let hour = first; hour <= last; hour++) {
            segments.push(...(await touching(hour)));
        }
        // the segment in which it begins may have begun in the hour before
        if ((segments[0]?.startMs ?? 0) > fromMs && fromMs - hourStart(first) < this.#targetMs) {
            segments.unshift(...(await touching(first - 1)));
        }
        if (segments.length > 0) {
            const own = hourAt(event.startMs);
            const text = await this.#listText({ segments, events: [event], ended, day: dayOfHour(own) });
            const key = dayFolder(this.#root, this.#channel, own) + eventListName(event.id);
            await this.#store.put(key, text, { type: list, cacheControl: changing });
        }
    }

    /** The key of a new object of an hour, which is in the store then; undefined: nothing is encrypted. */
    async #key(hour: number): Promise<ContentKey | undefined> {
        if (this.#keys?.on !== true) {
            return undefined;
        }
        const day = dayOfHour(hour);
        const keys = await this.#keys.load();
        const key = keys?.current(this.#channel, day);
        if (keys === undefined || key === undefined) {
            throw new OcellusError('STATE', 'there is no key to encrypt with');
        }
        const name = dayFolder(this.#root, this.#channel, hour) + keyName(key.id);
        const isThere = this.#held.get(hour)?.segments.some((one) => one.key === key.id) ?? false;
        if (!isThere && this.#keyThere !== name) {
            const text = keys.keyObject(this.#channel, day, key);
            try {
                await this.#store.put(name, text, { type: json, cacheControl: forever, isNew: true });
            } catch (error) {
                if (!(error instanceof StoreError && error.code === 'CONFLICT' && !error.again)) {
                    throw error; // otherwise it is there
                }
            }
            this.#keyThere = name;
        }
        return key;
    }

    /** All media go through here. Gives what proves it; undefined: it is not encrypted. The body is closed. */
    async #putBody(
        hour: number,
        name: string,
        plain: Body,
        key: ContentKey | undefined,
        { type = video, urgent }: { readonly type?: string; readonly urgent: boolean },
    ): Promise<SentObject | undefined> {
        const folder = dayFolder(this.#root, this.#channel, hour);
        let body = plain;
        try {
            body = key?.encrypted(plain, name) ?? plain;
            const digest = await key?.digest(body);
            await this.#store.put(folder + name, body, {
                type,
                cacheControl: forever,
                urgent,
                ...(digest !== undefined && { sha256: digest }),
            });
            return digest === undefined ? undefined : { place: this.#place(hour, name), digest };
        } finally {
            body.close();
            plain.close();
        }
    }

    /** DEVICE/CHANNEL/DAY/NAME */
    #place(hour: number, name: string): string {
        return placeOf(this.#root, this.#channel, hour, name);
    }

    /** Loads keys only for what is encrypted. */
    async #ivs(segments: readonly IndexSegment[]): Promise<ListStyle['iv']> {
        const isEncrypted = segments.some(({ key }) => key !== undefined);
        return isEncrypted ? (await this.#keys?.load())?.ivs(this.#channel) : undefined;
    }

    async #listText(playlist: Playlist): Promise<string> {
        return playlistText({ targetMs: this.#targetMs, ...playlist, iv: await this.#ivs(playlist.segments) });
    }

    async #putHour(index: HourIndex): Promise<void> {
        const { hour } = index;
        const folder = dayFolder(this.#root, this.#channel, hour);
        const sealed = await this.#sealed(index);
        await this.#store.put(folder + hourIndexName(hour), sealed.text, { type: json, cacheControl: changing });
        const seal = sealedParts(sealed.text)?.seal;
        if (seal !== undefined && this.#end !== undefined) {
            this.#end = { ...this.#end, index: { hour, count: sealed.index.count, seal } };
        }
        this.#unnamed.delete(hour);
        this.#hold(sealed.index);
        this.#unlisted.add(hour);
        await this.#putList(index);
    }

    /** An index as it is written next. What this device cannot seal it does not prove. */
    async #sealed(index: HourIndex): Promise<{ readonly index: HourIndex; readonly text: string }> {
        const id = sealingKey(index);
        const keys = id === undefined ? undefined : await this.#keys?.load();
        const key = id && keys?.find(this.#channel, dayOfHour(index.hour), id);
        const seal = key && keys?.seal(this.#place(index.hour, hourIndexName(index.hour)), key);
        if (!seal) {
            // whoever reads it back finds no proofs in it
            this.#end = this.#end?.hour === index.hour ? { ...this.#end, hour: 0 } : this.#end;
            return { index, text: hourText(index) };
        }
        const other = (await this.#ended())?.index;
        const before = index.count === 0 && other?.hour !== index.hour ? other : index.before;
        const next = { ...index, count: index.count + 1, before };
        return { index: next, text: hourText(next, seal) };
    }

    async #putList(index: HourIndex): Promise<void> {
        const { hour, segments, events, ended } = index;
        const text = await this.#listText({ segments, events, ended, day: dayOfHour(hour) });
        const key = dayFolder(this.#root, this.#channel, hour) + hourListName(hour);
        await this.#store.put(key, text, { type: list, cacheControl: changing });
        this.#unlisted.delete(hour);
    }

    #putDayList(hour: number): Promise<void> {
        return dayLists.run(() => this.#writeDayList(hour));
    }

    /** Hour by hour: all segments of a day at once would take 5 MB of heap. */
    async #writeDayList(hour: number): Promise<void> {
        const day = dayOfHour(hour);
        const first = hourAt(Date.parse(`${day}T00:00:00Z`));
        let ivs: ListStyle['iv'];
        const lines = new ListLines({ day, iv: (...object) => ivs?.(...object) });
        const events = new Map<number, IndexEvent>();
        const parts: string[] = [];
        let longestMs = 0;
        for (const one of (await this.#day(hour)).hours) {
            const index = await this.#listed(first + Number(one.hour));
            ivs ??= await this.#ivs(index.segments);
            longestMs = Math.max(longestMs, longestOf(index.segments));
            for (const event of index.events) {
                events.set(event.id, event);
            }
            parts.push(index.segments.map((segment) => lines.of(segment)).join(''));
        }
        const text = listHead(longestMs, [...events.values()]) + parts.join('') + endTag;
        const key = dayFolder(this.#root, this.#channel, hour) + dayListName;
        await this.#store.put(key, text, { type: list, cacheControl: changing });
    }

    async #day(hour: number): Promise<DayIndex> {
        const day = dayOfHour(hour);
        if (this.#dayHeld?.day === day) {
            return this.#dayHeld;
        }
        const key = dayFolder(this.#root, this.#channel, hour) + dayIndexName;
        return (await this.#index(key, (text) => parseDay(text, this.#channel, day))) ?? emptyDay(this.#channel, day);
    }

    /**
     * An hour for a playlist of more than that. One that is damaged, or that somebody else wrote, is left out: whoever
     * writes the bucket must not stop what is sent by an hour that is over.
     */
    async #listed(hour: number): Promise<HourIndex> {
        try {
            return this.#held.get(hour) ?? (await this.#read(hour));
        } catch (error) {
            if (error instanceof StoreError && error.code === 'DAMAGED') {
                console.warn(`cloud: ${this.#channel}: ${clockOfHour(hour)}.json is left out: ${error.message}`);
                return emptyHour(this.#channel, hour);
            }
            throw error;
        }
    }

    /** An hour as the store has it. One that is read may have been cut off before its playlist was written. */
    async #hour(hour: number): Promise<HourIndex> {
        const held = this.#held.get(hour);
        const index = held ?? (await this.#read(hour));
        this.#hold(index);
        if (held === undefined && index.segments.length > 0) {
            this.#unlisted.add(hour);
        }
        if (this.#unlisted.has(hour)) {
            await this.#putList(index);
        }
        return index;
    }

    async #read(hour: number): Promise<HourIndex> {
        const key = dayFolder(this.#root, this.#channel, hour) + hourIndexName(hour);
        const found = await this.#index(key, async (text) => {
            const index = parseHour(text, this.#channel, hour);
            await this.#check(index, text);
            return index;
        });
        return found ?? emptyHour(this.#channel, hour);
    }

    /** An index of the store; undefined: there is none. One that is damaged stays until somebody has looked at it. */
    async #index<T>(key: string, parse: (text: string) => T | Promise<T>): Promise<T | undefined> {
        const found = await this.#store.get(key);
        try {
            return found && (await parse(found.text));
        } catch (error) {
            if (error instanceof OcellusError && error.code === 'FORMAT') {
                throw new StoreError('DAMAGED', `${key}: ${error.message}: delete that object, or restore it`, false);
            }
            throw error;
        }
    }

    /**
     * What somebody else wrote or put back is not gone on with, and never sealed by this device. `FORMAT`: that is what
     * it is. What is encrypted with a key that this device cannot derive is taken as it is.
     */
    async #check(index: HourIndex, text: string): Promise<void> {
        const { hour } = index;
        const id = sealingKey(index);
        const end = id === undefined && this.#keys?.on !== true ? undefined : await this.#ended();
        const last = lastProof(index);
        if (end?.hour === hour && (last?.number ?? 0) < end.number) {
            throw new OcellusError('FORMAT', 'the index of an hour is older than the one that this device wrote');
        }
        const parts = sealedParts(text);
        const keys = parts === undefined || id === undefined ? undefined : await this.#keys?.load();
        const key = id === undefined ? undefined : keys?.find(this.#channel, dayOfHour(hour), id);
        if (parts === undefined || key === undefined) {
            return;
        }
        if (!key.isMac(indexText(this.#place(hour, hourIndexName(hour)), parts.body), parts.seal)) {
            throw new OcellusError('FORMAT', 'the index of an hour has a seal that is not of this device');
        }
        if (last !== undefined && last.number > (end?.number ?? 0)) {
            this.#end = {
                number: last.number,
                mac: last.mac,
                hour,
                index: { hour, count: index.count, seal: parts.seal },
            };
        }
    }

    #hold(index: HourIndex): void {
        this.#held.delete(index.hour);
        this.#held.set(index.hour, index);
        for (const hour of this.#held.keys()) {
            if (this.#held.size > heldMax && hour !== index.hour && !this.#unnamed.has(hour)) {
                this.#held.delete(hour);
            }
        }
    }
}
