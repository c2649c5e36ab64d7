/**
 * The media plane as a script sees it: the list of channels that shall run, commands with a deadline, published rows,
 * edges. Channels of the list go on when the script ends.
 */
import {
    type ChannelState,
    type Codec,
    channelStates,
    codecs,
    commands,
    indicators,
    objects,
    type PrivacyReason,
    privacyReasons,
    type RowField,
    rowFields,
    type StreamName,
    streams,
} from 'ocellus/command';
import { type Desired, desiredBytes, desiredSizes } from 'ocellus/desired';
import { OcellusError } from 'ocellus/error';
import { type Link, NativeLink, type Reply } from 'ocellus/link';
import { hostTimers, Mail, replyText, type Timers } from 'ocellus/mail';
import { type PushRow, PushTable, type PushTarget, pushesBytes } from 'ocellus/pushes';
import {
    type AppMetric,
    appMetricsBytes,
    clipRecordBytes,
    type EventQuery,
    eventEndBytes,
    eventQueryBytes,
    eventToKeepBytes,
    eventToRaiseBytes,
    type ListenRecord as ListenSettings,
    type ListOptions,
    listenRecordBytes,
    listOptionsBytes,
    type Retention,
    retentionBytes,
    type SpansQuery,
    spansQueryBytes,
} from 'ocellus/records';
import {
    eventsOf,
    keptEventsOf,
    keysOf,
    listenersOf,
    type RecordingKeys,
    recordingsOf,
    refusalOf,
    type Storage,
    spansOf,
    storageOf,
} from 'ocellus/replies';
import type { EventRow, RecordedSpan, RecordingLine } from 'ocellus/reply-rows';

/** What shall run. */
export type { Desired, DesiredChannel, RecordOptions } from 'ocellus/desired';
/** Of it, and what is asked about recordings and events. */
export type {
    AppMetric,
    ChannelOptions,
    Detectors,
    EventQuery,
    ListOptions,
    Retention,
    SpansQuery,
} from 'ocellus/records';
/** What is kept of recordings. */
export type { RecordingKeys, Storage } from 'ocellus/replies';
/** Rows of it. */
export type { EventRow, KeyFrame, RecordedSpan } from 'ocellus/reply-rows';
/** What is pushed. */
export type { PushRow, PushTarget } from 'ocellus/pushes';
/** One of the two streams of a channel. */
export type { StreamName } from 'ocellus/command';

/** The span of a clip, and the name of its file. */
export interface ClipSpan {
    readonly name: string;
    /** As far back as the ring goes. */
    readonly beforeMs: number;
    /** From now on, at most 600,000. */
    readonly afterMs: number;
    readonly audio: boolean;
    /** The instant that both are meant of, by `Plane.now`; left out: now. */
    readonly at?: number;
}

/** Where the host's HTTP server listens, and for whom (docs/design/access.md). */
export type ListenOptions = ListenSettings;

/** Why nobody can listen like this. */
export interface ListenRefusal {
    /** The key of the settings that it is about. */
    readonly at: string;
    readonly why: string;
}

/** A server that listens. */
export interface Listening {
    /** The one in use. */
    readonly port: number;
    /** An earlier script asked for the same. */
    readonly already: boolean;
    /** Where people reach it, the best first; empty when the host does not say. */
    readonly urls: readonly string[];
    /** SHA-256 of the certificate; '': no TLS. */
    readonly fingerprint: string;
}

/** One file of a recording. */
export interface RecordingRow extends RecordingLine {
    readonly channel: string;
    readonly name: string;
    /** ISO 8601, UTC; null: the wall clock was not set. */
    readonly start: string | null;
    /** Null while it is open. */
    readonly end: string | null;
    readonly open: boolean;
}

/** An entry of the event log. */
export interface PlaneEvent {
    readonly number: number;
    /** ISO 8601, UTC. */
    readonly at: string;
    /** Null: the process. */
    readonly channel: string | null;
    /** Left out: the main stream or the whole channel. */
    readonly stream?: 'sub';
    readonly kind: string;
    readonly code: number;
    readonly path: string;
    readonly text: string;
    /** An application raised it; left out: the media plane or the host did. */
    readonly raised?: true;
}

/** An event to keep. */
export interface EventBegin extends Pick<EventRow, 'kind' | 'mask' | 'channel' | 'startMs' | 'endMs'> {
    /** JSON of at most 4,096 bytes; '': none. */
    readonly data: string;
}

/** Privacy mode and the light of a camera. */
export interface PrivacyState {
    /** Why nothing may be captured; empty: privacy mode is off. */
    readonly reasons: readonly PrivacyReason[];
    /** A source is open, or may be. */
    readonly sensorOn: boolean;
    /** Somebody watches live. */
    readonly watching: boolean;
}

/** What a script says about privacy mode; what is left out stays. */
export interface DesiredPrivacy {
    /** Kept over restarts by the host. */
    readonly command?: boolean;
    /** Whether the hours of the settings hold. */
    readonly schedule?: boolean;
    /** With `schedule`: the media plane begins it by itself then, whatever has become of the script; 0: not. */
    readonly beginsInSeconds?: number;
}

/** The published state of a stream; words as in oc_stream_row_t. `number`, `name`: of its channel. */
export type ChannelRow = { readonly [F in RowField]: number } & {
    readonly number: number;
    readonly name: string;
};

/** Something happened; what, is read from the rows or the event log. */
export type Edge =
    | { readonly kind: 'events' }
    | { readonly kind: 'channel'; readonly channel: number }
    /** The state for the next script is asked for: `handOver` within 500 ms. */
    | { readonly kind: 'update' }
    /** The phase of a live push has changed. */
    | { readonly kind: 'push' };

/** State of a row. */
export function rowState(row: Pick<ChannelRow, 'state'>): ChannelState {
    return channelStates[row.state] ?? 'free';
}

/** Whether its source is open, or being opened: not one that fails, or is closed in privacy mode. */
export function isOpen(row: Pick<ChannelRow, 'state'>): boolean {
    return rowState(row) !== 'failed';
}

/** A codec's name; one that is not known: 'none'. */
export function codecName(number: number): Codec {
    return codecs[number] ?? 'none';
}

/** A 64-bit counter; exact up to 2^53. */
export function counter(hi: number, lo: number): number {
    return hi * 4_294_967_296 + lo;
}

/**
 * Milliseconds until a command is given up. Before the first listener a certificate is made, by a processor that may be
 * slow; privacy mode waits for the disk; who stores something answers a request, which has 5 s.
 */
const deadlines = Object.freeze({
    short: 5_000,
    listen: 60_000,
    close: 15_000,
    list: 10_000,
    store: 4_000,
    update: 30_000,
    clip: 630_000,
} as const);

const none: readonly string[] = Object.freeze([]);
const onLoopback: ListenOptions = Object.freeze({
    addresses: Object.freeze(['127.0.0.1']),
    port: 0,
    always: false,
    hosts: none,
    corsOrigins: none,
    trustedProxies: none,
    tlsCert: '',
    tlsKey: '',
});

/** Bytes of a longer text that one command carries: every host has parcels of that size. */
const partBytes = 12 * 1024;

/** One per script. Every promise ends: with the answer, or as `OcellusError` (`TIMEOUT` after its deadline). */
export class Plane {
    /** Called from the loop, after the replies of the same wake-up. */
    onEdge: ((edge: Edge) => void) | undefined;
    /** For bindings beside this one (`ocellus/p2p`), which post commands of their own. */
    readonly mail: Mail;

    readonly #link: Link;
    readonly #words = new Uint32Array(rowFields.length);
    readonly #pushes: PushTable;
    readonly #encoder = new TextEncoder();
    /** Lists are given one after the other: their parts must not mix. */
    #setting: Promise<void> = Promise.resolve();

    /** For tests; when left out, the mailbox of this machine and the timers of its host. */
    constructor(link: Link = new NativeLink(), timers: Timers = hostTimers) {
        this.#link = link;
        this.#pushes = new PushTable(link);
        this.mail = new Mail(link, timers);
        this.mail.onEdge = (object) => this.onEdge?.(edgeOf(object, link.channelsMax()));
    }

    /**
     * From now on these channels run, and no others: whatever differs from the list before is closed, opened, changed or
     * recorded by the media plane, tried again when it fails, and goes on when the script ends. Done when the list is taken:
     * its revision, which the row of a channel shows when that was brought in line. Rejects and changes nothing: `INVAL`,
     * `RANGE`, `NOTSUP`, `DENIED`, with channel and field.
     */
    setDesired(desired: Desired): Promise<number> {
        const done = this.#setting.then(() => {
            const { head, entry } = desiredSizes;
            return this.#inParts(commands.DESIRED, desiredBytes(desired), 'set the channels', head, entry);
        });
        this.#setting = done.then(
            () => undefined,
            () => undefined,
        );
        return done;
    }

    /** A channel that does not run is tried now. `NOENT`. */
    async retryChannel(channel: number): Promise<void> {
        await this.#command(commands.CHANNEL_RETRY, channel, 'try a channel again');
    }

    /** Why a channel is not as it shall be, one line without secrets; '': it is, or `failure` of its row says all. */
    why(channel: number): string {
        return this.#link.readWhy(channel);
    }

    /**
     * From now on these live pushes run, and no others; whatever differs from the list before is ended or begun, what does
     * not is not touched. It is tried again when it fails, and goes on when the script ends. Rejects and changes nothing:
     * `INVAL`, `RANGE`, with the target; `NOTSUP`: this host pushes nothing; `DENIED`.
     */
    async setPushes(targets: readonly PushTarget[]): Promise<void> {
        const request = this.#link.post(commands.PUSHES, 0, 0, 0, pushesBytes(targets));
        await this.mail.answer(request, 'set the live pushes', deadlines.short);
    }

    /** The rows of all live pushes of the list. */
    pushes(): PushRow[] {
        return this.#pushes.rows();
    }

    /** Why a live push does not run, one line without secrets; '': it does, or `failure` of its row says all. */
    pushWhy(id: number): string {
        return this.#pushes.why(id);
    }

    /**
     * Posts bytes in parts, one after the other: `value0` of the last reply. Each has whole units of so many bytes, the first
     * one the head in front of them.
     */
    async #inParts(kind: number, bytes: Uint8Array, what: string, head = 0, unit = 1): Promise<number> {
        let at = 0;
        for (;;) {
            const room = partBytes - (at === 0 ? head : 0);
            const end = at + (partBytes - room) + Math.floor(room / unit) * unit;
            const request = this.#link.post(kind, 0, at, bytes.length, bytes.subarray(at, end));
            const { value0 } = await this.mail.answer(request, what, deadlines.short);
            at = end;
            if (at >= bytes.length) {
                return value0;
            }
        }
    }

    /**
     * Records a span beside the recording. Done when the file is complete: its path as `RecordingRow.path`. One that runs
     * is made longer; `BUSY`: the one before is being finished.
     */
    async clip(
        channel: number,
        stream: StreamName,
        { name, beforeMs, afterMs, audio, at = 0 }: ClipSpan,
    ): Promise<string> {
        const slot = stream === 'main' ? channel : this.#link.channelsMax() + channel;
        const bytes = clipRecordBytes({ name, audio });
        const request = this.#link.post(commands.CLIP, slot, beforeMs, afterMs, bytes, Math.floor(at) >>> 0);
        return replyText(await this.mail.answer(request, `record a clip of channel ${channel}`, deadlines.clip)) ?? '';
    }

    /** Asks the source for a key picture; `NOTSUP` when it cannot. */
    async requestKey(channel: number, stream: StreamName = 'main'): Promise<void> {
        await this.#command(commands.REQUEST_KEY, channel, 'request a key frame', streams[stream]);
    }

    /** Bits per second; `NOTSUP` when the source cannot. */
    async setBitrate(channel: number, bitrate: number, stream: StreamName = 'main'): Promise<void> {
        const request = this.#link.post(commands.SET_BITRATE, channel, bitrate, streams[stream], undefined);
        await this.mail.answer(request, 'set the bit rate', deadlines.short);
    }

    /** Privacy mode as it is. */
    async privacy(): Promise<PrivacyState> {
        const { value0, value1 } = await this.#command(commands.PRIVACY, 0, 'request privacy mode');
        const reasons = privacyReasons.filter((_, bit) => (value0 & (1 << bit)) !== 0);
        return {
            reasons,
            sensorOn: (value1 & indicators.sensor) !== 0,
            watching: (value1 & indicators.watching) !== 0,
        };
    }

    /** Done when every source is closed and a command is stored. Rejects when it cannot be; a beginning holds all the same. */
    async setPrivacy({ command, schedule, beginsInSeconds = 0 }: DesiredPrivacy): Promise<void> {
        const meant = (command === undefined ? 0 : 1) | (schedule === undefined ? 0 : 2);
        const bits = (command === true ? 1 : 0) | (schedule === true ? 2 : 0);
        const request = this.#link.post(commands.PRIVACY, meant, bits, beginsInSeconds, undefined);
        await this.mail.answer(request, 'set privacy mode', deadlines.close);
    }

    /** The LED of this machine that shows the light; '': none. One that is not there is a line in the log. */
    async useLed(name: string): Promise<void> {
        const request = this.#link.post(commands.INDICATOR, 0, 0, 0, this.#encoder.encode(name));
        await this.mail.answer(request, 'use a LED', deadlines.short);
    }

    /** Entries from number `from` on, as many as fit, and the number to ask for next. */
    async events(from: number): Promise<{ readonly events: readonly PlaneEvent[]; readonly next: number }> {
        const reply = await this.#command(commands.EVENTS_READ, 0, 'read events', from);
        return { events: eventsOf(reply), next: reply.value0 };
    }

    /** Adds an event of the application. `channel`: its name; '': of none. `text`: what is too long is cut. */
    async addEvent(kind: string, channel: string, text: string): Promise<void> {
        const bytes = eventToRaiseBytes({ kind, channel, text });
        const request = this.#link.post(commands.EVENT_ADD, 0, 0, 0, bytes);
        await this.mail.answer(request, `add the event ${kind}`, deadlines.short);
    }

    /** A page of the events that are kept, in the order of their beginning. `NOTSUP`: this host keeps none. */
    async keptEvents(query: EventQuery): Promise<{ readonly rows: readonly EventRow[]; readonly more: boolean }> {
        const request = this.#link.post(commands.EVENTS_LIST, 0, 0, 0, eventQueryBytes(query));
        const reply = await this.mail.answer(request, 'list events', deadlines.list);
        return { rows: keptEventsOf(reply), more: reply.value0 === 1 };
    }

    /** Keeps an event; its number. One of its kind that goes on at its channel is the same event, unless this is a span of the past. */
    async beginEvent({ mask, endMs = -1, ...event }: EventBegin): Promise<number> {
        const bytes = eventToKeepBytes({ ...event, endMs });
        const request = this.#link.post(commands.EVENT_BEGIN, 0, mask >>> 0, 0, bytes);
        return (await this.mail.answer(request, `keep the event ${event.kind}`, deadlines.list)).value0;
    }

    /** An event that goes on ends; one that has ended stays as it is. `NOENT`. */
    async endEvent(id: number, atMs: number): Promise<void> {
        const request = this.#link.post(commands.EVENT_END, 0, id, 0, eventEndBytes({ atMs }));
        await this.mail.answer(request, `end event ${id}`, deadlines.list);
    }

    /** Its recordings are kept, or no longer. `NOENT`. */
    async protectEvent(id: number, on: boolean): Promise<void> {
        const request = this.#link.post(commands.EVENT_PROTECT, 0, id, on ? 1 : 0, undefined);
        await this.mail.answer(request, `protect event ${id}`, deadlines.list);
    }

    /** Forgets an event, not its recordings. `NOENT`; `STATE`: it is protected. */
    async deleteEvent(id: number): Promise<void> {
        const request = this.#link.post(commands.EVENT_DELETE, 0, id, 0, undefined);
        await this.mail.answer(request, `delete event ${id}`, deadlines.list);
    }

    /** Starts the HTTP server of the host; what is left out: on loopback, any port, for programs of this machine. */
    async listen(given: Partial<ListenOptions> = {}): Promise<Listening> {
        const options = { ...onLoopback, ...given };
        const request = this.#link.post(commands.HTTP_LISTEN, 0, 0, 0, listenRecordBytes(options));
        const reply = await this.mail.answer(request, `listen on ${options.addresses.join(', ')}`, deadlines.listen);
        return { port: reply.value0, already: reply.value1 === 1, ...listenersOf(reply) };
    }

    /** Why a start could not listen like this; undefined: it could, as far as it is known now. */
    async checkListen(options: ListenOptions): Promise<ListenRefusal | undefined> {
        const request = this.#link.post(commands.HTTP_CHECK, 0, 0, 0, listenRecordBytes(options));
        const reply = await this.mail.answer(request, 'check where to listen', deadlines.short);
        return reply.value0 === 1 ? refusalOf(reply) : undefined;
    }

    /** A page of recordings, sorted by channel, then start, or the newest first. */
    async recordings(
        options: ListOptions,
    ): Promise<{ readonly rows: readonly RecordingRow[]; readonly more: boolean }> {
        const request = this.#link.post(commands.RECORDINGS_LIST, 0, 0, 0, listOptionsBytes(options));
        const reply = await this.mail.answer(request, 'list recordings', deadlines.list);
        return { rows: recordingsOf(reply), more: reply.value0 === 1 };
    }

    /** Spans of recordings without a gap above 2 s, oldest first. */
    async spans(query: SpansQuery): Promise<{ readonly spans: readonly RecordedSpan[]; readonly more: boolean }> {
        const request = this.#link.post(commands.SPANS_LIST, 0, 0, 0, spansQueryBytes(query));
        const reply = await this.mail.answer(request, 'list spans', deadlines.list);
        return { spans: spansOf(reply), more: reply.value0 === 1 };
    }

    /**
     * Key frames of a recording from byte `from` on, at most `limit` (1 to 200); read from the file on a thread of its own.
     * `NOENT`: it is not there, or has another name since it was closed; `FORMAT`, `TRUNC`: nothing in it can be played.
     */
    async recordingKeys(path: string, from = 0, limit = 200): Promise<RecordingKeys & { readonly more: boolean }> {
        const request = this.#link.post(commands.RECORDING_KEYS, 0, from, limit, this.#encoder.encode(path));
        const reply = await this.mail.answer(request, `read the key frames of ${path}`, deadlines.list);
        return { ...keysOf(reply), more: reply.value0 === 1 };
    }

    /** Deletes a file of a recording for good. `NOENT`; `STATE`: it is written just now, or an event protects it. */
    async deleteRecording(path: string): Promise<void> {
        const request = this.#link.post(commands.RECORDING_DELETE, 0, 0, 0, this.#encoder.encode(path));
        await this.mail.answer(request, `delete ${path}`, deadlines.list);
    }

    /** What is to be kept of recordings from now on; it outlives the script. `NOTSUP`: this host keeps none. */
    async setRetention(retention: Retention): Promise<void> {
        const request = this.#link.post(commands.RETENTION, 0, 0, 0, retentionBytes(retention));
        await this.mail.answer(request, 'set what is kept', deadlines.list);
    }

    /** How the disk of the recordings stands. */
    async storage(): Promise<Storage> {
        const request = this.#link.post(commands.STORAGE_READ, 0, 0, 0, undefined);
        return storageOf(await this.mail.answer(request, 'read the storage', deadlines.list));
    }

    /** Ends the process. `message`: one line for stderr without the program's name; '': none. */
    async exit(code: number, message = ''): Promise<void> {
        const bytes = message === '' ? undefined : this.#encoder.encode(message);
        await this.mail.answer(this.#link.post(commands.EXIT, 0, code, 0, bytes), 'end the process', deadlines.short);
    }

    /** What `writeStore` wrote last under this name ([a-z]{1,31}), by any script; undefined: nothing is kept. */
    async readStore(name: string): Promise<string | undefined> {
        try {
            const bytes = this.#encoder.encode(name);
            const request = this.#link.post(commands.STORE_READ, 0, 0, 0, bytes);
            return replyText(await this.mail.answer(request, `read ${name}`, deadlines.store)) ?? '';
        } catch (error) {
            if (error instanceof OcellusError && error.code === 'NOENT') {
                return undefined;
            }
            throw error;
        }
    }

    /**
     * Keeps a text for good, in place of what was kept; done when it is on the disk. It fails as a whole. `by` counts for
     * `settings`: what a person changes stays when an update is undone, what the program writes by itself does not.
     */
    async writeStore(name: string, content: string, by: 'program' | 'person' = 'program'): Promise<void> {
        const text = this.#encoder.encode(`${name}\n${content}`);
        const request = this.#link.post(commands.STORE_WRITE, 0, by === 'person' ? 2 : 0, 0, text);
        await this.mail.answer(request, `write ${name}`, deadlines.store);
    }

    /** Takes a text that is no use out of the way, for a person to look at. */
    async setAsideStore(name: string): Promise<void> {
        const request = this.#link.post(commands.STORE_WRITE, 0, 1, 0, this.#encoder.encode(name));
        await this.mail.answer(request, `set ${name} aside`, deadlines.store);
    }

    /** Metrics of the application, in place of those before (modules/system/metrics.ts). */
    async reportMetrics(metrics: readonly AppMetric[]): Promise<void> {
        const request = this.#link.post(commands.METRICS, 0, 0, 0, appMetricsBytes({ metrics }));
        await this.mail.answer(request, 'report metrics', deadlines.short);
    }

    /** The script has started. */
    async ready(): Promise<void> {
        await this.#command(commands.READY, 0, 'report readiness');
    }

    /**
     * Gives the state that the next script finds as `Facts.handover`: 64 KB of UTF-8 at most. Also without being asked: the
     * last one that was given counts. '': there is none.
     */
    async handOver(state: string): Promise<void> {
        await this.#inParts(commands.HANDOVER, this.#encoder.encode(state), 'hand over');
    }

    /** Begins or resumes a bundle of this SHA-256 (32 bytes): how many bytes of it are here already. */
    async beginUpdate(sha256: Uint8Array, bytes: number): Promise<number> {
        const request = this.#link.post(commands.UPDATE_BEGIN, 0, bytes, 0, sha256);
        return (await this.mail.answer(request, 'begin an update', deadlines.update)).value0;
    }

    /** The next bytes of the bundle, at most half a parcel; `offset`: as many as are here. How many are here then. */
    async writeUpdate(offset: number, bytes: Uint8Array): Promise<number> {
        const request = this.#link.post(commands.UPDATE_WRITE, 0, offset, 0, bytes);
        return (await this.mail.answer(request, 'write an update', deadlines.update)).value0;
    }

    /** Done when the complete bundle is verified and staged: its version. The hand-over follows. */
    async applyUpdate(): Promise<string> {
        const request = this.#link.post(commands.UPDATE_APPLY, 0, 0, 0, undefined);
        return replyText(await this.mail.answer(request, 'apply the update', deadlines.update)) ?? '';
    }

    /** What GET /api/update answers (docs/design/update.md), parsed. */
    async updateState(): Promise<unknown> {
        const request = this.#link.post(commands.UPDATE_READ, 0, 0, 0, undefined);
        const json = replyText(await this.mail.answer(request, 'read the update', deadlines.short));
        return json === undefined ? undefined : JSON.parse(json);
    }

    /** JSON that GET /api/update has as `available`, 4 KB at most; '': null. */
    async noteUpdate(json: string): Promise<void> {
        const request = this.#link.post(commands.UPDATE_NOTE, 0, 0, 0, this.#encoder.encode(json));
        await this.mail.answer(request, 'note an update', deadlines.short);
    }

    /** The published row of a channel that is not free; its main stream. */
    channel(number: number): ChannelRow | undefined {
        return this.#row(number, number);
    }

    /** That of its sub stream; undefined: it has none. */
    sub(number: number): ChannelRow | undefined {
        return this.#row(number, this.#link.channelsMax() + number);
    }

    #row(number: number, slot: number): ChannelRow | undefined {
        if (!this.#link.readRow(slot, this.#words.buffer) || this.#words[0] === 0) {
            return undefined;
        }
        const row: Record<string, number | string> = { number, name: this.#link.readName(slot) };
        rowFields.forEach((field, index) => {
            row[field] = this.#words[index] ?? 0;
        });
        return row as ChannelRow;
    }

    /** All channels that are not free, by number. */
    channels(): ChannelRow[] {
        const rows: ChannelRow[] = [];
        const count = this.#link.channelsMax();
        for (let number = 0; number < count; number++) {
            const row = this.channel(number);
            if (row !== undefined) {
                rows.push(row);
            }
        }
        return rows;
    }

    /** Monotonic milliseconds. */
    now(): number {
        return this.#link.now();
    }

    #command(
        kind: number,
        object: number,
        what: string,
        arg0 = 0,
        deadlineMs: number = deadlines.short,
    ): Promise<Reply> {
        return this.mail.answer(this.#link.post(kind, object, arg0, 0, undefined), what, deadlineMs);
    }
}

function edgeOf(object: number, channels: number): Edge {
    switch (object) {
        case objects.events:
            return { kind: 'events' };
        case objects.channel + channels + 1:
            return { kind: 'update' };
        case objects.channel + channels + 2:
            return { kind: 'push' };
        default:
            return { kind: 'channel', channel: object - objects.channel };
    }
}
