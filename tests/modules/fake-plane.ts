/** A media plane and a host that a test dictates. */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { privacyReasons, rowFields } from 'ocellus/command';
import { OcellusError } from 'ocellus/error';
import type { ClockQuality, Facts, HostApi, HostZone, LogLevel } from 'ocellus/host';
import type {
    ChannelOptions,
    ChannelRow,
    Desired,
    Edge,
    HttpRequest,
    Listening,
    ListenOptions,
    ListenRefusal,
    ListOptions,
    Opened,
    PlaneEvent,
    PrivacyState,
    DesiredPrivacy,
    RecordingRow,
    RecordOptions,
} from 'ocellus/plane';

/** A row of zeros with these words. */
export function rowOf(words: Partial<ChannelRow> & { readonly number: number; readonly name: string }): ChannelRow {
    const row: Record<string, number | string> = {};
    for (const field of rowFields) {
        row[field] = 0;
    }
    return { ...row, ...words } as ChannelRow;
}

/** Keeps channels, recordings, events and requests in plain lists and notes every call. */
export class FakePlane implements PlaneApi {
    onEdge: ((edge: Edge) => void) | undefined;
    /** "open front", "adopt 0", … in order. */
    readonly calls: string[] = [];
    readonly rows: ChannelRow[] = [];
    /** Rows of sub streams. */
    readonly subs: ChannelRow[] = [];
    readonly files: RecordingRow[] = [];
    readonly log: PlaneEvent[] = [];
    readonly requests: HttpRequest[] = [];
    readonly replies: { readonly id: number; readonly status: number; readonly body: string }[] = [];
    readonly opened: ChannelOptions[] = [];
    readonly recorded: RecordOptions[] = [];
    /** A recording that comes with `openChannel` begins. */
    beginsRecordings = true;
    /** Thrown by the call of this name ("open", "listen", …), once for each entry. */
    readonly failures: { readonly call: string; readonly error: Error }[] = [];
    readonly stored = new Map<string, string>();
    /** What was said about privacy mode, and the reasons in force. */
    readonly wishes: DesiredPrivacy[] = [];
    readonly reasons = new Set<'command' | 'schedule' | 'switch'>();
    /** What was told last. */
    desired: Desired | undefined;
    listening = false;
    /** What `listen` says more. */
    answer: Partial<Listening> = {};

    #note(call: string, ...args: readonly (string | number)[]): void {
        this.calls.push([call, ...args].join(' '));
        this.#fail(call);
    }

    #fail(call: string): void {
        const index = this.failures.findIndex((failure) => failure.call === call);
        const [failure] = index < 0 ? [] : this.failures.splice(index, 1);
        if (failure !== undefined) {
            throw failure.error;
        }
    }

    #row(channel: number): ChannelRow {
        const row = this.rows.find(({ number }) => number === channel);
        if (row === undefined) {
            throw new OcellusError('NOENT');
        }
        return row;
    }

    async openChannel(hash: number, options: ChannelOptions, recording?: RecordOptions): Promise<Opened> {
        this.#note('open', options.name, ...(recording === undefined ? [] : ['recorded']));
        if (this.reasons.size > 0) {
            throw new OcellusError('PRIVATE');
        }
        let number = 0;
        while (this.rows.some((row) => row.number === number)) {
            number++;
        }
        this.opened.push(options);
        this.rows.push(rowOf({ number, name: options.name, state: 2, config_hash: hash }));
        if (recording !== undefined && this.beginsRecordings) {
            this.recorded.push(recording);
        }
        return { channel: number, recording: recording !== undefined && this.beginsRecordings };
    }
    async adoptChannel(channel: number): Promise<void> {
        this.#note('adopt', channel);
        this.#row(channel);
    }
    async closeChannel(channel: number): Promise<void> {
        this.#note('close', channel);
        this.rows.splice(this.rows.indexOf(this.#row(channel)), 1);
    }
    async startRecording(channel: number, options: RecordOptions): Promise<void> {
        this.#note('record', channel);
        this.recorded.push(options);
    }
    async stopRecording(channel: number): Promise<void> {
        this.#note('stop', channel);
    }
    async requestKey(channel: number): Promise<void> {
        this.#note('key', channel);
    }
    async setBitrate(channel: number, bitrate: number): Promise<void> {
        this.#note('bitrate', channel, bitrate);
    }
    async privacy(): Promise<PrivacyState> {
        this.#fail('privacy');
        return {
            reasons: privacyReasons.filter((reason) => this.reasons.has(reason)),
            sensorOn: this.rows.length > 0,
            watching: false,
        };
    }
    async setPrivacy(wish: DesiredPrivacy): Promise<void> {
        this.wishes.push(wish);
        this.#fail('set privacy');
        const before = this.reasons.size;
        for (const reason of ['command', 'schedule'] as const) {
            const on = wish[reason];
            if (on !== undefined) {
                this.reasons[on ? 'add' : 'delete'](reason);
            }
        }
        if (this.reasons.size > 0) {
            this.rows.length = 0;
        }
        if (this.reasons.size !== before) {
            this.tell(this.reasons.size > 0 ? 'privacy-on' : 'privacy-off');
        }
    }
    async useLed(name: string): Promise<void> {
        this.#note('led', name);
    }
    /** Adds to the event log. */
    tell(kind: string): void {
        const number = (this.log[this.log.length - 1]?.number ?? 0) + 1;
        this.log.push({ number, at: '2026-11-21T02:51:00.000Z', channel: null, kind, code: 0, path: '', text: '' });
        this.onEdge?.({ kind: 'events' });
    }
    async events(from: number): Promise<{ events: readonly PlaneEvent[]; next: number }> {
        this.#note('events', from);
        const events = this.log.filter(({ number }) => number >= from).slice(0, 3);
        const last = events[events.length - 1];
        return { events, next: last === undefined ? Math.max(from, this.log.length + 1) : last.number + 1 };
    }
    async listen({ addresses, port }: ListenOptions): Promise<Listening> {
        this.#note('listen', addresses.join(' '), port);
        const already = this.listening;
        this.listening = true;
        return { urls: [], fingerprint: '', ...this.answer, port: port === 0 ? 4711 : port, already };
    }
    /** What the next start would be refused with. */
    refusal: ListenRefusal | undefined;
    async checkListen({ addresses, port }: ListenOptions): Promise<ListenRefusal | undefined> {
        this.#note('check', addresses.join(' '), port);
        return this.refusal;
    }
    async recordings(options: ListOptions): Promise<{ rows: readonly RecordingRow[]; more: boolean }> {
        this.#note('list', options.channel, options.name, options.after, options.limit);
        const found = this.files.filter(
            ({ channel, name, path }) =>
                (options.channel === '' || channel === options.channel) &&
                (options.name === '' || name === options.name) &&
                path > options.after,
        );
        return { rows: found.slice(0, options.limit), more: found.length > options.limit };
    }
    async takeRequest(): Promise<HttpRequest | undefined> {
        return this.requests.shift();
    }
    async reply(id: number, status: number, body: string): Promise<void> {
        this.replies.push({ id, status, body });
    }
    async exit(code: number, message = ''): Promise<void> {
        this.#note('exit', code, message);
    }
    async readStore(name: string): Promise<string | undefined> {
        this.#note('read', name);
        return this.stored.get(name);
    }
    async writeStore(name: string, content: string): Promise<void> {
        this.#note('write', name);
        this.stored.set(name, content);
    }
    async setAsideStore(name: string): Promise<void> {
        this.#note('aside', name);
        this.stored.delete(name);
    }
    async reportDesired(desired: Desired): Promise<void> {
        this.desired = desired;
        this.#fail('desired');
    }
    async ready(): Promise<void> {
        this.#note('ready');
    }
    channel(number: number): ChannelRow | undefined {
        return this.rows.find((row) => row.number === number);
    }
    sub(number: number): ChannelRow | undefined {
        return this.subs.find((row) => row.number === number);
    }
    channels(): ChannelRow[] {
        return [...this.rows];
    }
    now(): number {
        return 0;
    }
}

/** A host that remembers what was printed. */
export class FakeHost implements HostApi {
    readonly facts: Facts;
    readonly printed: string[] = [];
    level: LogLevel | undefined;
    nowMs = 0;

    constructor(facts: Partial<Facts> = {}) {
        this.facts = {
            version: '1.2.3',
            limits: { channels: 40, parcelBytes: 131_072 },
            defaultInput: '/usr/share/clip.mp4',
            options: [],
            settings: undefined,
            stored: undefined,
            dataPath: '/data',
            startedMs: 0,
            generation: 1,
            lastEnd: undefined,
            ...facts,
        };
    }
    wallMs = Date.UTC(2026, 10, 21, 2, 51, 1, 123);
    quality: ClockQuality = 'ntp';
    clock(): { wallMs: number; quality: ClockQuality } {
        return { wallMs: this.wallMs, quality: this.quality };
    }
    /** Zones this host knows; '' is the system's. */
    readonly zones: Record<string, HostZone> = {
        '': { name: 'Europe/Berlin', rule: 'CET-1CEST,M3.5.0,M10.5.0/3' },
        'Asia/Tokyo': { name: 'Asia/Tokyo', rule: 'JST-9' },
    };
    zone(name: string): HostZone | undefined {
        return this.zones[name];
    }
    now(): number {
        return this.nowMs;
    }
    print(line: string): void {
        this.printed.push(line);
    }
    setLogLevel(level: LogLevel): void {
        this.level = level;
    }
}
