/** A media plane and a host that a test dictates. */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { privacyReasons, rowFields } from 'ocellus/command';
import { OcellusError } from 'ocellus/error';
import type { HttpResponse, HttpWay, TakenRequest } from 'ocellus/http';
import type { ClockQuality, Facts, HostApi, HostZone, LogLevel } from 'ocellus/host';
import type {
    ChannelOptions,
    ChannelRow,
    ClipSpan,
    Desired,
    Edge,
    EventBegin,
    EventQuery,
    EventRow,
    Listening,
    ListenOptions,
    ListenRefusal,
    ListOptions,
    Opened,
    AppMetric,
    PlaneEvent,
    PrivacyState,
    DesiredPrivacy,
    RecordedSpan,
    Detectors,
    RecordingKeys,
    RecordingRow,
    RecordOptions,
    Retention,
    SpansQuery,
    Storage,
    StreamName,
} from 'ocellus/plane';

/** A request as the host hands it on. */
export function requestOf(
    given: Partial<Omit<TakenRequest, 'body'>> & { readonly body?: string | undefined },
): TakenRequest {
    const { body = '', ...more } = given;
    const bytes = new TextEncoder().encode(body).buffer as ArrayBuffer;
    const none = { id: 1, method: 'GET', path: '/', query: '', headers: new Map(), login: 0 };
    return { ...none, ...more, body: bytes, text: () => body };
}

/** A row of zeros with these words. */
export function rowOf(words: Partial<ChannelRow> & { readonly number: number; readonly name: string }): ChannelRow {
    const row: Record<string, number | string> = {};
    for (const field of rowFields) {
        row[field] = 0;
    }
    return { ...row, ...words } as ChannelRow;
}

/** Keeps channels, recordings, events and requests in plain lists and notes every call. */
export class FakePlane implements PlaneApi, HttpWay {
    onEdge: ((edge: Edge) => void) | undefined;
    onRequests: (() => void) | undefined;
    /** "open front", "adopt 0", … in order. */
    readonly calls: string[] = [];
    readonly rows: ChannelRow[] = [];
    /** Rows of sub streams. */
    readonly subs: ChannelRow[] = [];
    readonly files: RecordingRow[] = [];
    readonly log: PlaneEvent[] = [];
    readonly requests: TakenRequest[] = [];
    readonly replies: { readonly id: number; readonly status: number; readonly body: string }[] = [];
    readonly opened: ChannelOptions[] = [];
    readonly recorded: RecordOptions[] = [];
    /** A recording that comes with `openChannel` begins. */
    beginsRecordings = true;
    /** Thrown by the call of this name ("open", "listen", …), once for each entry. */
    readonly failures: { readonly call: string; readonly error: Error }[] = [];
    /** The options that channels run with, by number. */
    readonly changed = new Map<number, ChannelOptions>();
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
        this.changed.set(number, options);
        this.rows.push(rowOf({ number, name: options.name, state: 2, config_hash: hash }));
        if (recording !== undefined && this.beginsRecordings) {
            this.recorded.push(recording);
        }
        return { channel: number, recording: recording !== undefined && this.beginsRecordings };
    }
    /** States that were handed over, in order. */
    readonly handedOver: string[] = [];
    /** What `updateState` gives, and what was given to `noteUpdate` last. */
    update: unknown = {};
    noted = '';
    /** The bundle that was written, as far as it has come. */
    bundle: Uint8Array = new Uint8Array(0);
    #staging = new Uint8Array(0);
    /** What `detect` was called with, in order. */
    readonly detected: (readonly [channel: number, detectors: Detectors])[] = [];

    async handOver(state: string): Promise<void> {
        this.#note('hand-over');
        this.handedOver.push(state);
    }
    async beginUpdate(_sha256: Uint8Array, bytes: number): Promise<number> {
        this.#note('begin-update', bytes);
        if (this.#staging.length !== bytes) {
            this.#staging = new Uint8Array(bytes);
            this.bundle = this.#staging.subarray(0, 0);
        }
        return this.bundle.length;
    }
    async writeUpdate(offset: number, bytes: Uint8Array): Promise<number> {
        this.#note('write-update', offset, bytes.length);
        this.#staging.set(bytes, offset);
        this.bundle = this.#staging.subarray(0, offset + bytes.length);
        return this.bundle.length;
    }
    async applyUpdate(): Promise<string> {
        this.#note('apply-update');
        return '1.0.0';
    }
    async updateState(): Promise<unknown> {
        return this.update;
    }
    async noteUpdate(json: string): Promise<void> {
        this.noted = json;
    }
    async adoptChannel(channel: number): Promise<void> {
        this.#note('adopt', channel);
        this.#row(channel);
    }
    async changeChannel(channel: number, hash: number, options: ChannelOptions): Promise<void> {
        const row = this.#row(channel);
        if (JSON.stringify(options) === JSON.stringify(this.changed.get(channel) ?? options)) {
            this.#fail('change');
        } else {
            this.#note('change', channel);
        }
        this.changed.set(channel, options);
        this.rows[this.rows.indexOf(row)] = { ...row, config_hash: hash };
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
    /** What `clip` is answered with: a path, after it was made. */
    clips: (span: ClipSpan) => Promise<string> = async () => 'recordings/cam1/clip_a_b.mp4';
    async clip(channel: number, stream: StreamName, span: ClipSpan): Promise<string> {
        this.#note('clip', channel, stream, span.name, span.beforeMs, span.afterMs, span.audio ? 'sound' : 'silent');
        return await this.clips(span);
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
            this.emit(this.reasons.size > 0 ? 'privacy-on' : 'privacy-off');
        }
    }
    async detect(channel: number, detectors: Detectors): Promise<void> {
        this.detected.push([channel, detectors]);
    }
    async useLed(name: string): Promise<void> {
        this.#note('led', name);
    }
    /** Adds to the event log. */
    emit(kind: string, more: Partial<PlaneEvent> = {}): void {
        const number = (this.log[this.log.length - 1]?.number ?? 0) + 1;
        const at = '2026-11-21T02:51:00.000Z';
        this.log.push({ number, at, channel: null, kind, code: 0, path: '', text: '', ...more });
        this.onEdge?.({ kind: 'events' });
    }
    /** What was added: kind, channel, text. */
    readonly added: (readonly [kind: string, channel: string, text: string])[] = [];
    async addEvent(kind: string, channel: string, text: string): Promise<void> {
        this.added.push([kind, channel, text]);
        this.#fail('add event');
        this.emit(kind, { channel: channel === '' ? null : channel, text, raised: true });
    }
    /** Events that are kept; false: this host keeps none. */
    keeps = true;
    readonly kept: EventRow[] = [];
    #keptLast = 0;
    async keptEvents(query: EventQuery): Promise<{ rows: readonly EventRow[]; more: boolean }> {
        if (!this.keeps) {
            throw new OcellusError('NOTSUP');
        }
        const { newestFirst, byNumber, afterId } = query;
        const after = this.#keptBehind(afterId);
        const [first, end] = newestFirst
            ? [
                  (byNumber || afterId === 0 ? this.kept.length : this.#keptBehind(afterId - 1)) - 1,
                  byNumber ? after - 1 : -1,
              ]
            : [after, this.kept.length];
        const rows: EventRow[] = [];
        for (let at = first; at !== end && rows.length <= query.limit; at += newestFirst ? -1 : 1) {
            const row = this.kept[at];
            const inTime = query.toMs === 0 || (row?.startMs ?? 0) < query.toMs;
            const isOf = row !== undefined && inTime && (query.channel === '' || row.channel === query.channel);
            if (isOf && (query.kinds === '' || query.kinds.includes(`\n${row.kind}\n`))) {
                rows.push(row);
            }
        }
        return { rows: rows.slice(0, query.limit), more: rows.length > query.limit };
    }
    /** Place of the first row whose number is higher. Rows are in order: looking at each took a minute of a test. */
    #keptBehind(id: number): number {
        let [low, high] = [0, this.kept.length];
        while (low < high) {
            const middle = (low + high) >> 1;
            if ((this.kept[middle]?.id ?? 0) > id) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }
    async beginEvent(event: EventBegin): Promise<number> {
        if (!this.keeps) {
            throw new OcellusError('NOTSUP');
        }
        this.#fail('keep event');
        this.#keptLast++;
        this.kept.push({ id: this.#keptLast, ...event, picture: false, protected: false, raised: true });
        return this.#keptLast;
    }
    #keptAt(id: number): number {
        const at = this.kept.findIndex((row) => row.id === id);
        if (at < 0) {
            throw new OcellusError('NOENT');
        }
        return at;
    }
    async endEvent(id: number, atMs: number): Promise<void> {
        const at = this.#keptAt(id);
        this.kept[at] = { ...(this.kept[at] as EventRow), endMs: atMs };
    }
    async protectEvent(id: number, on: boolean): Promise<void> {
        const at = this.#keptAt(id);
        this.kept[at] = { ...(this.kept[at] as EventRow), protected: on };
    }
    async deleteEvent(id: number): Promise<void> {
        const at = this.#keptAt(id);
        if (this.kept[at]?.protected === true) {
            throw new OcellusError('STATE');
        }
        this.kept.splice(at, 1);
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
    /** What `setRetention` said last. */
    retention: Retention | undefined;
    /** What `storage` answers. */
    disk: Storage = {
        files: 0,
        bytes: 0,
        free: 0,
        total: 0,
        oldestMs: undefined,
        blocked: false,
        deletedFiles: 0,
        deletedBytes: 0,
        lastDeleted: [],
    };
    /** One span for each file, as the host would answer for files with gaps. */
    async spans({ channel, fromMs, toMs, limit }: SpansQuery) {
        const found = this.files
            .filter((file) => file.channel === channel && file.start !== null)
            .map(({ start, durationMs, bytes }): RecordedSpan => {
                const startMs = Date.parse(start ?? '');
                return { startMs, endMs: startMs + durationMs, bytes };
            })
            .filter(({ startMs, endMs }) => endMs > fromMs && (toMs === 0 || startMs < toMs));
        return { spans: found.slice(0, limit), more: found.length > limit };
    }
    /** What `recordingKeys` answers, by path. */
    readonly keys = new Map<string, RecordingKeys>();
    async recordingKeys(path: string, from = 0, limit = 200): Promise<RecordingKeys & { more: boolean }> {
        this.#note('keys', path, from, limit);
        const found = this.keys.get(path);
        if (found === undefined || !this.files.some((file) => file.path === path)) {
            throw new OcellusError('NOENT', `${path}: does not exist`);
        }
        const keys = found.keys.filter(({ offset }) => offset >= from);
        return { ...found, keys: keys.slice(0, limit), more: keys.length > limit };
    }
    async deleteRecording(path: string): Promise<void> {
        const at = this.files.findIndex((file) => file.path === path);
        if (at < 0) {
            throw new OcellusError('NOENT', `${path}: does not exist`);
        }
        this.files.splice(at, 1);
    }
    async setRetention(retention: Retention): Promise<void> {
        this.retention = retention;
    }
    async storage(): Promise<Storage> {
        return this.disk;
    }
    async take(): Promise<TakenRequest | undefined> {
        return this.requests.shift();
    }
    async reply(id: number, { status = 200, body = '' }: HttpResponse): Promise<void> {
        this.replies.push({ id, status, body: typeof body === 'string' ? body : `[${typeof body}]` });
    }
    async exit(code: number, message = ''): Promise<void> {
        this.#note('exit', code, message);
    }
    async readStore(name: string): Promise<string | undefined> {
        this.#note('read', name);
        return this.stored.get(name);
    }
    async writeStore(name: string, content: string, _by?: 'program' | 'person'): Promise<void> {
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
    /** What was reported last. */
    metrics: readonly AppMetric[] = [];
    async reportMetrics(metrics: readonly AppMetric[]): Promise<void> {
        this.metrics = metrics;
        this.#fail('metrics');
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
    nowMs = 0;
    now(): number {
        return this.nowMs;
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
            apiLevel: 1,
            capabilities: [],
            limits: { channels: 40, parcelBytes: 131_072 },
            defaultInput: '/usr/share/clip.mp4',
            options: [],
            settings: undefined,
            stored: undefined,
            dataPath: '/data',
            startedMs: 0,
            generation: 1,
            replaced: 0,
            handover: undefined,
            trial: false,
            updateKeys: [],
            lastEnd: undefined,
            ends: [],
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
