/**
 * Sends the recordings of one channel, oldest first, one request at a time. Recordings on the disk are the spool; a
 * cursor says how far it is. Every step may be cut off at any place: repeated, it writes the same objects. While more
 * waits, index and playlists are written once for several segments (batch.ts).
 */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { Batch } from 'ocellus/app/cloud/batch';
import { type Cursor, openEventsMax, type Plan } from 'ocellus/app/cloud/cursor';
import { type Cut, cut, every, type Limit, type Piece, type Place } from 'ocellus/app/cloud/cut';
import { type Margins, spanOfEvent, spansNear, touches } from 'ocellus/app/cloud/event-spans';
import type { IndexEvent } from 'ocellus/app/cloud/hour-index';
import type { EventSpan, HourWriter, SentPicture } from 'ocellus/app/cloud/hour-writer';
import { dayOfHour, hourAt, hourStart, stemOf } from 'ocellus/app/cloud/object-names';
import { type KeyPage, keysFrom, type Spool, spoolOf, startOf } from 'ocellus/app/cloud/spool';
import type { Body } from 'ocellus/body';
import { OcellusError } from 'ocellus/error';
import type { RecordingRow } from 'ocellus/plane';

/** Something that people should know. */
export type Note =
    /** Recordings were deleted, or could not be read, before they were sent; or their hour has no room left. */
    | { readonly kind: 'gap'; readonly fromMs: number; readonly toMs: number }
    /** A segment is larger than was estimated. It is sent whole. */
    | { readonly kind: 'large'; readonly bytes: number }
    | { readonly kind: 'sent'; readonly bytes: number };

/** What an uploader needs. */
export interface UploaderOptions {
    readonly channel: string;
    readonly plan: Exclude<Plan, 'off'>;
    readonly plane: Pick<PlaneApi, 'recordings' | 'recordingKeys' | 'keptEvents'>;
    readonly writer: HourWriter;
    /** Bytes of a recording. */
    readonly body: (path: string, from: number, to: number) => Body;
    /** The picture of an event; throws `NOENT`: it is gone. Left out: pictures are not sent. */
    readonly picture?: (event: IndexEvent) => Body;
    /** Milliseconds since 1970, and monotonic ones. */
    readonly wallMs: () => number;
    readonly now: () => number;
    /** Of a segment around an event, and in the plan `event`. */
    readonly segmentMs: number;
    /** Of one while nothing happens, in the plan `continuous`. */
    readonly quietMs: number;
    readonly margins: Margins;
    /** Estimated bytes of a group of pictures; larger ones are noted. */
    readonly gopBytesMax: number;
    readonly cursor: Cursor;
    /** Keeps a cursor for good: never one of which the store does not know all that is before it. */
    readonly keep: (cursor: Cursor) => Promise<void>;
    /** Events that may not be sent. */
    readonly refused: (id: number) => boolean;
    /** The first segment of events is to be sent; throws: not these. [] in the plan `continuous`. */
    readonly begin: (events: readonly EventSpan[]) => Promise<boolean>;
    /** No event goes on. */
    readonly end: () => void;
    readonly note: (note: Note) => void;
}

/** How it stands after a step. */
export interface Progress {
    /** Nothing can be sent now. */
    readonly idle: boolean;
    /** Of the recordings of a page, without what was sent of them. */
    readonly waitingBytes: number;
    /** All before that was sent, or is not to be; milliseconds since 1970, 0: not known. */
    readonly positionMs: number;
}

/** The cursor is kept after so many segments, when they have their index, and whenever more than its place changes. */
const keepEvery = 8;
/** An event may be known so long after it began. */
const settleMs = 1000;
/** An hour, a day and an event are over so long after their end, when nothing more was recorded. */
const overMs = 120_000;
/** A segment while nothing happens ends with so many bytes at the latest: readers hold one in memory, and send it again. */
const quietBytesMax = 50_331_648;
/** Of clips of events: `event-plans.ts`. */
const clipName = 'event';

/** One per channel. */
export class Uploader {
    readonly #options: UploaderOptions;
    #cursor: Cursor;
    /** Segments since the cursor was kept. */
    #unkept = 0;
    /** Segments that are to have their index, and events of theirs that are to have their playlist, by their number. */
    readonly #batch = new Batch();
    readonly #lists = new Map<number, { readonly span: EventSpan; readonly positionMs: number }>();
    #waitingBytes = 0;
    /** Of the step before, while the index waits for this one; undefined: it is to be read. */
    #spool: Spool | undefined;
    /** Key frames of the recording under way, the last page of them that was read. */
    #keys: { readonly stem: string; readonly page: KeyPage } | undefined;
    /** It is inside of the span of an event. */
    #inEvent = false;
    /** Number of the last event that was found behind what was sent. */
    #late = 0;

    constructor(options: UploaderOptions) {
        this.#options = options;
        this.#cursor = options.cursor;
    }

    /** The cursor as it is, which may be ahead of what is kept. */
    get cursor(): Cursor {
        return this.#cursor;
    }

    /** Writes indexes and playlists that were put off and keeps the cursor, as at the end. */
    async keep(): Promise<void> {
        await this.#flush();
        await this.#options.writer.keep();
        this.#unkept = 0;
        await this.#options.keep(this.#cursor);
    }

    /** Sends a segment at most. Rejects with `StoreError` or `OcellusError`; then it may be repeated. */
    async step(): Promise<Progress> {
        try {
            return await this.#step();
        } catch (error) {
            // meanwhile the recording was closed, so it has another name, or deleted
            const isStale = this.#spool !== undefined && error instanceof OcellusError && error.code === 'NOENT';
            this.#spool = undefined;
            if (!isStale) {
                throw error;
            }
            return await this.#step();
        }
    }

    async #step(): Promise<Progress> {
        if (this.#batch.isDue(this.#options.now())) {
            await this.#flush();
        }
        const row = await this.#row();
        const moved = row !== undefined && (await this.#walk(row));
        if (!moved) {
            await this.#flush();
            await this.#listLate();
            await this.#over();
        }
        return { idle: !moved, waitingBytes: this.#waitingBytes, positionMs: this.#cursor.atMs };
    }

    /** Whoever reads the store finds all that was sent. */
    async #flush(): Promise<void> {
        const { writer } = this.#options;
        await writer.flush();
        for (const [id, { span, positionMs }] of this.#lists) {
            await writer.listEvent(span, positionMs, false);
            this.#lists.delete(id);
        }
        this.#batch.clear();
    }

    async #set(change: Partial<Cursor>): Promise<void> {
        this.#cursor = { ...this.#cursor, ...change };
        await this.keep();
    }

    /** The recording that is next; undefined: there is none. */
    async #row(): Promise<RecordingRow | undefined> {
        const { path, done, offset, atMs } = this.#cursor;
        const { plane, channel, wallMs, note } = this.#options;
        this.#spool = this.#batch.isEmpty ? undefined : this.#spool;
        const { current, next } = this.#spool ?? (await spoolOf(plane, channel, this.#cursor));
        const first = done || current === undefined ? next[0] : current;
        const left = done || current === undefined ? 0 : Math.max(0, current.bytes - offset);
        this.#waitingBytes = next.reduce((sum, { bytes }) => sum + bytes, left);
        if (path !== '' && !done && current === undefined) {
            const toMs = first === undefined ? wallMs() : startOf(first);
            note({ kind: 'gap', fromMs: Math.min(atMs || toMs, toMs), toMs });
            await this.#set({ done: true });
        }
        if (first !== undefined && first !== current) {
            await this.#set({ path: first.path, offset: 0, ms: 0, done: false });
        }
        this.#spool = first === current ? { current, next } : undefined;
        return first;
    }

    /** Goes on in a recording. False: there is nothing to go on with yet. */
    async #walk(row: RecordingRow): Promise<boolean> {
        const { note } = this.#options;
        const found = await this.#cut(row);
        if (found.kind === 'wait' || found.kind === 'more') {
            return false;
        }
        if (found.kind === 'end') {
            if (this.#cursor.offset === 0) {
                note({ kind: 'gap', fromMs: startOf(row), toMs: Date.parse(row.end ?? row.start ?? '') });
            }
            await this.#finish(row);
            return true;
        }
        const { piece } = found;
        const startMs = startOf(row) + piece.from.ms;
        const endMs = startOf(row) + piece.to.ms;
        const spans = await this.#spans(startMs, endMs);
        const covering = spans.filter((span) => touches(span, startMs, endMs));
        const decision = await this.#decide(row, endMs, covering);
        if (decision === 'later') {
            return false;
        }
        await this.#open(startMs);
        const to = decision === 'send' ? await this.#send(row, piece, covering) : piece.to;
        await this.#move(row, to, decision === 'send');
        await this.#endEvents(spans, startOf(row) + to.ms);
        if (piece.last && to.offset >= piece.to.offset) {
            await this.#finish(row);
        }
        return true;
    }

    async #cut(row: RecordingRow): Promise<Cut> {
        const { plane } = this.#options;
        const { offset, ms } = this.#cursor;
        const stem = stemOf(row.path);
        const limit = await this.#limit(row);
        if (limit === undefined) {
            return { kind: 'wait' };
        }
        let at: Place = { offset, ms };
        let last: Place | undefined;
        let page = this.#keys?.stem === stem && offset > 0 ? this.#keys.page : undefined;
        const known = page && cut(page, at, limit);
        if (known?.kind === 'piece' && known.piece.more) {
            return known; // whatever was recorded since then is behind it
        }
        page = await keysFrom(plane, row, offset);
        for (;;) {
            const first = page.keys[0];
            at = at.offset === 0 && first !== undefined ? first : at;
            const found = cut(page, at, limit, last);
            if (found.kind !== 'more') {
                this.#keys = { stem, page };
                return found;
            }
            last = page.keys[page.keys.length - 1];
            page = await keysFrom(plane, row, found.behind + 1);
        }
    }

    /** How far the next segment goes; undefined: it cannot be whole yet. */
    async #limit({ start, open, bytes }: RecordingRow): Promise<Limit | undefined> {
        const { plan, segmentMs, quietMs, wallMs } = this.#options;
        if (plan === 'event' || quietMs <= segmentMs) {
            return every(segmentMs);
        }
        const startMs = Date.parse(start ?? '');
        const fromMs = startMs + this.#cursor.ms;
        const near = await this.#spans(fromMs, fromMs + quietMs);
        const begins = near.filter((span) => touches(span, fromMs, fromMs + quietMs)).map((span) => span.fromMs);
        const until = Math.min(...begins);
        if (until <= fromMs) {
            return every(segmentMs);
        }
        const quiet = { ms: quietMs, bytes: quietBytesMax };
        if (begins.length > 0) {
            return { ...quiet, until: until - startMs };
        }
        const isShort = wallMs() < fromMs + quietMs && bytes < this.#cursor.offset + quietBytesMax;
        return open && isShort ? undefined : quiet;
    }

    async #spans(fromMs: number, toMs: number): Promise<readonly EventSpan[]> {
        const { plane, channel, margins } = this.#options;
        return await spansNear(plane, channel, fromMs, toMs, margins);
    }

    async #decide(
        row: RecordingRow,
        endMs: number,
        covering: readonly EventSpan[],
    ): Promise<'send' | 'skip' | 'later'> {
        const { plan, margins, wallMs, refused, begin, end } = this.#options;
        if (endMs <= this.#cursor.fromMs) {
            return 'skip';
        }
        if (plan === 'continuous') {
            return (await begin([])) ? 'send' : 'later';
        }
        const allowed = covering.filter(({ event }) => !refused(event.id));
        if (allowed.length > 0) {
            this.#inEvent = this.#inEvent || (await begin(allowed));
            return this.#inEvent ? 'send' : 'skip';
        }
        if (row.name === clipName && covering.length === 0) {
            return 'send';
        }
        if (covering.length === 0 && wallMs() < endMs + margins.beforeMs + settleMs) {
            return 'later';
        }
        if (this.#inEvent) {
            this.#inEvent = false;
            end();
        }
        return 'skip';
    }

    /** The hour of an instant becomes the current one; the one before is ended. */
    async #open(ms: number): Promise<void> {
        const { writer } = this.#options;
        const hour = hourAt(ms);
        const { hour: before, day } = this.#cursor;
        if (before >= 0 && before !== hour) {
            await this.#endHour(before);
        }
        const ended = before >= 0 ? before : day;
        if (ended >= 0 && dayOfHour(ended) !== dayOfHour(hour)) {
            await writer.endDay(ended);
            await this.#set({ day: -1 });
        }
        if (before !== hour) {
            await this.#set({ hour });
        }
    }

    async #endHour(hour: number): Promise<void> {
        const spans = await this.#spans(hourStart(hour), hourStart(hour + 1));
        const own = spans.filter((span) => touches(span, hourStart(hour), hourStart(hour + 1)));
        const sent = await this.#options.writer.endHour(
            hour,
            own.map(({ event }) => event),
        );
        await this.#set({ hour: -1, ...(sent ? { day: hour } : {}) });
    }

    /** Where it ended: what the store has already is not sent again, even if it was cut elsewhere. */
    async #send(row: RecordingRow, { from, to, more }: Piece, covering: readonly EventSpan[]): Promise<Place> {
        const { writer, body, gopBytesMax, segmentMs, quietMs, note, now } = this.#options;
        const stem = stemOf(row.path);
        const startMs = startOf(row) + from.ms;
        const bytes = to.offset - from.offset;
        const before = await writer.sent(startMs, stem, from.offset);
        if (before === undefined && (await writer.isFull(startMs, stem))) {
            note({ kind: 'gap', fromMs: startMs, toMs: startOf(row) + to.ms });
            return to;
        }
        if (before === undefined) {
            const initBytes = this.#keys?.page.initBytes ?? 0;
            const segment = { stem, offset: from.offset, bytes, startMs, durationMs: to.ms - from.ms };
            const events = await this.#withPictures(startMs, covering);
            await writer.send(segment, initBytes, (first, end) => body(row.path, first, end), events);
            note({ kind: 'sent', bytes });
            const usual = quietMs > segmentMs ? Math.max(1, segment.durationMs / segmentMs) : 1;
            if (bytes > gopBytesMax * usual) {
                note({ kind: 'large', bytes });
            }
        }
        const end = before === undefined ? to : { offset: from.offset + before.bytes, ms: from.ms + before.durationMs };
        for (const span of covering) {
            await this.#listEvent(span, startOf(row) + end.ms);
        }
        const waits = this.#batch.add(now());
        if (!(waits && more)) {
            await this.#flush();
        }
        return end;
    }

    /** Their events for the index of an hour; pictures that it does not name are sent first. */
    async #withPictures(startMs: number, covering: readonly EventSpan[]): Promise<readonly IndexEvent[]> {
        const { writer, picture, refused } = this.#options;
        const events: IndexEvent[] = [];
        for (const { event, pictured } of covering) {
            const body = pictured && !refused(event.id) ? picture : undefined;
            const sent = body === undefined ? undefined : await this.#picture(event, startMs, writer, body);
            events.push({ ...event, ...sent });
        }
        return events;
    }

    /** undefined: the index has it already, or the device has removed it. */
    async #picture(
        event: IndexEvent,
        startMs: number,
        writer: HourWriter,
        open: (event: IndexEvent) => Body,
    ): Promise<SentPicture | undefined> {
        const sent = await writer.picture(startMs, event.id);
        if (sent !== undefined) {
            return undefined;
        }
        let body: Body;
        try {
            body = open(event);
        } catch (error) {
            if (error instanceof OcellusError && error.code === 'NOENT') {
                return undefined;
            }
            throw error;
        }
        return await writer.sendPicture(event, body);
    }

    /** A new event has its playlist at once, others with the index. */
    async #listEvent(span: EventSpan, positionMs: number): Promise<void> {
        const { open } = this.#cursor;
        const { id } = span.event;
        if (open.includes(id)) {
            this.#lists.set(id, { span, positionMs });
        } else if (open.length < openEventsMax) {
            await this.#set({ open: [...open, id] });
            this.#lists.set(id, { span, positionMs });
            await this.#flush();
        }
    }

    /** Events that became known when segments in their span were sent already have their playlists now, not with the next. */
    async #listLate(): Promise<void> {
        const { plan, refused, begin, writer } = this.#options;
        const { atMs, open } = this.#cursor;
        const near = atMs > 0 ? await this.#spans(atMs - settleMs, atMs) : [];
        const late = near.filter((span) => span.event.id > this.#late && touches(span, atMs - settleMs, atMs));
        for (const span of late.filter(({ event: { id } }) => !open.includes(id) && !refused(id))) {
            this.#inEvent ||= plan === 'event' && (await begin([span]));
            if (plan === 'event' && !this.#inEvent) {
                return;
            }
            if (span.toMs <= atMs) {
                await writer.listEvent(span, atMs, true);
            } else {
                await this.#listEvent(span, atMs);
            }
        }
        this.#late = Math.max(this.#late, ...late.map(({ event }) => event.id));
    }

    /** Playlists of events that are over at that place are ended. */
    async #endEvents(spans: readonly EventSpan[], positionMs: number): Promise<void> {
        const { plane, margins, writer } = this.#options;
        for (const id of this.#cursor.open) {
            const near = spans.find(({ event }) => event.id === id);
            const span = near ?? (await spanOfEvent(plane, id, margins));
            if (span === undefined || span.toMs <= positionMs) {
                if (span !== undefined) {
                    this.#lists.delete(id);
                    await writer.listEvent(span, positionMs, true);
                }
                await this.#set({ open: this.#cursor.open.filter((one) => one !== id) });
            }
        }
    }

    async #move(row: RecordingRow, { offset, ms }: Place, sent: boolean): Promise<void> {
        this.#cursor = { ...this.#cursor, offset, ms, atMs: startOf(row) + ms };
        this.#unkept += sent ? 1 : 0;
        if (this.#unkept >= keepEvery && this.#batch.isEmpty) {
            await this.keep();
        }
    }

    async #finish(row: RecordingRow): Promise<void> {
        const endMs = Math.max(startOf(row), row.end === null ? this.#cursor.atMs : Date.parse(row.end));
        const longest = endMs > this.#cursor.untilMs ? { untilMs: endMs, main: row.name } : {};
        await this.#set({ done: true, ...longest });
    }

    /** Nothing more was recorded: what is over by the clock is ended. */
    async #over(): Promise<void> {
        const { wallMs, margins, quietMs } = this.#options;
        const now = wallMs() - overMs - margins.beforeMs - quietMs;
        const { hour, day, atMs } = this.#cursor;
        if (atMs >= now) {
            return;
        }
        await this.#endEvents([], now);
        if (hour >= 0 && hourStart(hour + 1) < now) {
            await this.#endHour(hour);
        } else if (hour < 0 && day >= 0 && dayOfHour(day) !== dayOfHour(hourAt(now))) {
            await this.#options.writer.endDay(day);
            await this.#set({ day: -1 });
        }
    }
}
