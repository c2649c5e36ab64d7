/**
 * The media plane as a script sees it: commands with a deadline, published rows, edges. Nothing here closes a
 * channel except `closeChannel`: what runs goes on when the script ends.
 */
import {
    type ChannelState,
    type Codec,
    channelStates,
    codecs,
    commands,
    objects,
    type PrivacyReason,
    privacyReasons,
    type RowField,
    rowFields,
    type StreamName,
    streams,
} from 'ocellus/command';
import { type Desired, desiredBytes } from 'ocellus/desired';
import { OcellusError } from 'ocellus/error';
import { type Encoded, type Link, NativeLink, type RecordRecord, type Reply } from 'ocellus/link';
import { hostTimers, Mail, replyText, type Timers } from 'ocellus/mail';
import type { ChannelRecord, ListenRecord as ListenSettings, RecordingRecord } from 'ocellus/settings-record';

/** What the settings want. */
export type { Desired } from 'ocellus/desired';
/** One of the two streams of a channel. */
export type { StreamName } from 'ocellus/command';

/** How to open a source: `settings-record.ts`, and what no setting says. Of `ringBytes` and `ringMs` one is not 0. */
export interface ChannelOptions extends ChannelRecord {
    /** Ignore the source's own pace. */
    readonly fast: boolean;
    /** Bits per second when the source announces none; 0: 4,000,000. */
    readonly bitrate: number;
}

/** How to record a channel: `settings-record.ts`, and what no setting says. */
export interface RecordOptions extends RecordingRecord {
    /** `sub`: begins as soon as that stream is open. One of the two at a time. */
    readonly stream: StreamName;
    /** From where the recording before this one ended, as far as the ring has it: nothing is missing in between. */
    readonly resume: boolean;
}

/** A channel whose source is open. */
export interface Opened {
    readonly channel: number;
    /** The recording that was given runs, or begins with its stream. False: `startRecording` says why not. */
    readonly recording: boolean;
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

/** Which recordings. */
export interface ListOptions {
    /** '': all. */
    readonly channel: string;
    /** '': all. */
    readonly name: string;
    /** Path of the last row before; '': from the start. */
    readonly after: string;
    /** Rows, 1 to 200. */
    readonly limit: number;
}

/** One file of a recording. */
export interface RecordingRow {
    /** Relative to the data directory. */
    readonly path: string;
    readonly channel: string;
    readonly name: string;
    /** ISO 8601, UTC; null: the wall clock was not set. */
    readonly start: string | null;
    /** Null while it is open. */
    readonly end: string | null;
    readonly bytes: number;
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
}

/** A request to `/api/…`. */
export interface HttpRequest {
    readonly id: number;
    readonly method: string;
    readonly path: string;
    readonly query: string;
    readonly body: string;
    /** Number of the login by which it is asked, for `P2p.offer`; 0: none was needed. */
    readonly login: number;
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
    | { readonly kind: 'http' }
    | { readonly kind: 'channel'; readonly channel: number };

/** State of a row. */
export function rowState(row: ChannelRow): ChannelState {
    return channelStates[row.state] ?? 'free';
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
 * Milliseconds until a command is given up. A source may be slow to open; closing waits for the disk; who stores
 * something answers a request, which has 5 s.
 */
const deadlines = Object.freeze({ short: 5_000, open: 15_000, close: 15_000, list: 10_000, store: 4_000 } as const);

/** One per script. Every promise ends: with the answer, or as `OcellusError` (`TIMEOUT` after its deadline). */
export class Plane {
    /** Called from the loop, after the replies of the same wake-up. */
    onEdge: ((edge: Edge) => void) | undefined;
    /** For bindings beside this one (`ocellus/p2p`), which post commands of their own. */
    readonly mail: Mail;

    readonly #link: Link;
    readonly #words = new Uint32Array(rowFields.length);
    readonly #encoder = new TextEncoder();

    /** For tests; when left out, the mailbox of this machine and the timers of its host. */
    constructor(link: Link = new NativeLink(), timers: Timers = hostTimers) {
        this.#link = link;
        this.mail = new Mail(link, timers);
        this.mail.onEdge = (object) => this.onEdge?.(edgeOf(object));
    }

    /** Opens a source and records it from its start. `hash` is published as `config_hash`; `recording` left out: none. */
    async openChannel(hash: number, options: ChannelOptions, recording?: RecordOptions): Promise<Opened> {
        const record = recording && this.#recordRecord(recording);
        const request = this.#link.postOpen(hash, this.#encoded(options), record);
        const { value0, value1 } = await this.mail.answer(request, `open ${options.name}`, deadlines.open);
        return { channel: value0, recording: value1 === 1 };
    }

    /** Takes over a channel that an earlier script opened. */
    async adoptChannel(channel: number): Promise<void> {
        await this.#command(commands.CHANNEL_ADOPT, channel, 'adopt');
    }

    /** Ends outputs and source; done when everything is on the disk. */
    async closeChannel(channel: number): Promise<void> {
        await this.#command(commands.CHANNEL_CLOSE, channel, 'close', 0, deadlines.close);
    }

    /** Records; a recording with the same settings goes on. */
    async startRecording(channel: number, options: RecordOptions): Promise<void> {
        const request = this.#link.postRecord(channel, this.#recordRecord(options));
        await this.mail.answer(request, `record channel ${channel}`, deadlines.short);
    }

    #recordRecord(options: RecordOptions): RecordRecord {
        return { ...this.#encoded(options), stream: streams[options.stream] };
    }

    /** Of whichever stream is recorded. Done when the file is complete. */
    async stopRecording(channel: number): Promise<void> {
        await this.#command(commands.RECORD_STOP, channel, 'stop recording', 0, deadlines.close);
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
        return { reasons, sensorOn: (value1 & 1) !== 0, watching: (value1 & 2) !== 0 };
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
        return { events: (parse(reply) ?? []) as readonly PlaneEvent[], next: reply.value0 };
    }

    /** Starts the HTTP server of the host. */
    async listen(options: ListenOptions): Promise<Listening> {
        const request = this.#postListen(options, false);
        const reply = await this.mail.answer(request, `listen on ${options.addresses.join(', ')}`, deadlines.short);
        const { urls = [], fingerprint = '' } = (parse(reply) ?? {}) as Partial<Listening>;
        return { port: reply.value0, already: reply.value1 === 1, urls, fingerprint };
    }

    /** Why a start could not listen like this; undefined: it could, as far as it is known now. */
    async checkListen(options: ListenOptions): Promise<ListenRefusal | undefined> {
        const request = this.#postListen(options, true);
        const reply = await this.mail.answer(request, 'check where to listen', deadlines.short);
        return reply.value0 === 1 ? (parse(reply) as ListenRefusal) : undefined;
    }

    #postListen(options: ListenOptions, check: boolean): number {
        return this.#link.postListen({ ...this.#encoded(options), check });
    }

    #encoded<T extends object>(options: T): Encoded<T> {
        const entries = Object.entries(options).map(([key, value]: [string, unknown]): [string, unknown] => {
            const text = Array.isArray(value) ? value.join('\n') : value;
            return [key, typeof text === 'string' ? this.#encoder.encode(text) : value];
        });
        return Object.fromEntries(entries) as Encoded<T>;
    }

    /** A page of recordings, sorted by channel, then start. */
    async recordings(
        options: ListOptions,
    ): Promise<{ readonly rows: readonly RecordingRow[]; readonly more: boolean }> {
        const request = this.#link.postList(this.#encoded(options));
        const reply = await this.mail.answer(request, 'list recordings', deadlines.list);
        return { rows: (parse(reply) ?? []) as readonly RecordingRow[], more: reply.value0 === 1 };
    }

    /** The next API request; undefined: none waits. */
    async takeRequest(): Promise<HttpRequest | undefined> {
        const reply = await this.#command(commands.HTTP_TAKE, 0, 'take a request');
        return reply.code > 0 ? undefined : requestOf(reply);
    }

    /** Answers an API request. `body`: JSON text, at most `Limits.parcelBytes` of UTF-8. */
    async reply(id: number, status: number, body: string): Promise<void> {
        const request = this.#link.post(commands.HTTP_REPLY, 0, id, status, this.#encoder.encode(body));
        await this.mail.answer(request, 'answer a request', deadlines.short);
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

    /** Keeps a text for good, in place of what was kept; done when it is on the disk. It fails as a whole. */
    async writeStore(name: string, content: string): Promise<void> {
        const request = this.#link.post(commands.STORE_WRITE, 0, 0, 0, this.#encoder.encode(`${name}\n${content}`));
        await this.mail.answer(request, `write ${name}`, deadlines.store);
    }

    /** Takes a text that is no use out of the way, for a person to look at. */
    async setAsideStore(name: string): Promise<void> {
        const request = this.#link.post(commands.STORE_WRITE, 0, 1, 0, this.#encoder.encode(name));
        await this.mail.answer(request, `set ${name} aside`, deadlines.store);
    }

    /** Says what the settings want, for answers that the host gives in the script's place; `NOTSUP`: it gives none. */
    async reportDesired(desired: Desired): Promise<void> {
        const request = this.#link.post(commands.DESIRED, 0, 0, 0, desiredBytes(desired));
        await this.mail.answer(request, 'report the settings', deadlines.short);
    }

    /** The script has started. */
    async ready(): Promise<void> {
        await this.#command(commands.READY, 0, 'report readiness');
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

function edgeOf(object: number): Edge {
    switch (object) {
        case objects.events:
            return { kind: 'events' };
        case objects.http:
            return { kind: 'http' };
        default:
            return { kind: 'channel', channel: object - objects.channel };
    }
}

/** `value0`: the number; the bytes: `value1` of body, then method, path, query and login with NUL between them. */
function requestOf({ value0, value1, bytes = new ArrayBuffer(0) }: Reply): HttpRequest {
    const decoder = new TextDecoder();
    const head = decoder.decode(new Uint8Array(bytes, value1));
    const [method = '', path = '', query = '', login = ''] = head.split('\0');
    const body = decoder.decode(new Uint8Array(bytes, 0, value1));
    return { id: value0, method, path, query, body, login: Number(login) };
}

/** JSON of the media plane or the host, which write it themselves: its shape is trusted. */
function parse(reply: Reply): unknown {
    const json = replyText(reply);
    return json === undefined ? undefined : JSON.parse(json);
}
