/** A media plane and a host that a test dictates. */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { channelStates, privacyReasons, rowFields } from 'ocellus/command';
import { isOtherSource } from 'ocellus/app/camera/channel-options';
import { errorNumbers, OcellusError } from 'ocellus/error';
import type { HttpResponse, HttpWay, TakenRequest } from 'ocellus/http';
import type { ClockQuality, Facts, HostApi, HostZone, LogLevel } from 'ocellus/host';
import type {
    ChannelRow,
    ClipSpan,
    Desired,
    DesiredChannel,
    Edge,
    EventBegin,
    EventQuery,
    EventRow,
    Listening,
    ListenOptions,
    ListenRefusal,
    ListOptions,
    AppMetric,
    PlaneEvent,
    PrivacyState,
    DesiredPrivacy,
    PushRow,
    PushTarget,
    RecordedSpan,
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

/** A row of zeros with these words, of a push that is connecting. */
export function pushRowOf(words: Partial<PushRow> & Pick<PushRow, 'id'>): PushRow {
    return {
        phase: 'connecting',
        failure: 0,
        failures: 0,
        failuresTotal: 0,
        reconnects: 0,
        phaseMs: 0,
        deliveredMs: 0,
        dueMs: 0,
        packets: 0,
        bytes: 0,
        leftOutGops: 0,
        leftOutPackets: 0,
        connectedMs: 0,
        queueBytes: 0,
        ...words,
    };
}

const failedState = channelStates.indexOf('failed');

/** Keeps channels, recordings, events and requests in plain lists and notes every call. */
export class FakePlane implements PlaneApi, HttpWay {
    onEdge: ((edge: Edge) => void) | undefined;
    onRequests: (() => void) | undefined;
    /** "open front", "close 0", … in order. */
    readonly calls: string[] = [];
    readonly rows: ChannelRow[] = [];
    /** Rows of sub streams. */
    readonly subs: ChannelRow[] = [];
    readonly files: RecordingRow[] = [];
    readonly log: PlaneEvent[] = [];
    readonly requests: TakenRequest[] = [];
    readonly replies: { readonly id: number; readonly status: number; readonly body: string }[] = [];
    readonly opened: DesiredChannel[] = [];
    readonly recorded: RecordOptions[] = [];
    readonly whys = new Map<number, string>();
    /** The list that was handed over last. */
    desired: Desired | undefined;
    /** Its number. */
    revision = 0;
    /** Sources are being opened until `reopen`. */
    opensSlowly = false;
    /** Thrown by the call of this name ("open", "listen", …), once for each entry. */
    readonly failures: { readonly call: string; readonly error: Error }[] = [];
    readonly stored = new Map<string, string>();
    /** What was said about privacy mode, and the reasons in force. */
    readonly wishes: DesiredPrivacy[] = [];
    readonly reasons = new Set<'command' | 'schedule' | 'switch'>();
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

    /** A small model of the media plane: whatever differs from the list before happens at once, and is noted. */
    async setDesired(desired: Desired): Promise<number> {
        this.#fail('set');
        if (JSON.stringify(desired) !== JSON.stringify(this.desired)) {
            const before = this.desired;
            this.desired = desired;
            this.revision++;
            for (const { number } of this.rows.filter(({ name }) => this.#wanted(name) === undefined)) {
                this.#close(number);
            }
            for (const channel of desired.channels) {
                this.#bring(
                    channel,
                    before?.channels.find(({ name }) => name === channel.name),
                );
            }
        }
        return this.revision;
    }
    async retryChannel(channel: number): Promise<void> {
        this.#note('retry', channel);
        this.reopen(channel);
    }
    /** The list of pushes that was handed over last; undefined: none was. */
    targets: readonly PushTarget[] | undefined;
    /** Rows of pushes, which `pushRow` changes; a target that is new or other than before is connecting. */
    readonly pushRows: PushRow[] = [];
    readonly pushWhys = new Map<number, string>();
    async setPushes(targets: readonly PushTarget[]): Promise<void> {
        this.#note('pushes', ...targets.map(({ id }) => id));
        const same = ({ id }: PushRow) => {
            const [was, now] = [this.targets, targets].map((list) => list?.find((target) => target.id === id));
            return was !== undefined && JSON.stringify(was) === JSON.stringify(now);
        };
        const kept = this.pushRows.filter(same);
        const rows = targets.map(({ id }) => kept.find((row) => row.id === id) ?? pushRowOf({ id }));
        this.pushRows.splice(0, this.pushRows.length, ...rows);
        this.targets = targets;
    }
    pushes(): PushRow[] {
        return [...this.pushRows];
    }
    pushWhy(id: number): string {
        return this.pushWhys.get(id) ?? '';
    }
    /** What has become of a push, with its edge. */
    pushRow(row: Partial<PushRow> & Pick<PushRow, 'id'>, why = ''): void {
        const at = this.pushRows.findIndex(({ id }) => id === row.id);
        this.pushRows[at] = { ...(this.pushRows[at] as PushRow), ...row };
        this.pushWhys.set(row.id, why);
        this.onEdge?.({ kind: 'push' });
    }
    why(channel: number): string {
        return this.whys.get(channel) ?? '';
    }
    /** A channel is closed when it is open, and opened: its next try, or its source came back as another. */
    reopen(channel: number): void {
        const { name } = this.#row(channel);
        const wanted = this.#wanted(name);
        if (wanted !== undefined) {
            this.#bring(wanted, undefined, true);
            this.onEdge?.({ kind: 'channel', channel });
        }
    }
    #wanted(name: string): DesiredChannel | undefined {
        return this.desired?.channels.find((channel) => channel.name === name);
    }
    #put(
        number: number,
        words: Partial<ChannelRow> & { readonly name: string },
        why = '',
        revision = this.revision,
    ): void {
        const at = this.rows.findIndex((row) => row.number === number);
        const row = { ...rowOf({ number, ...this.rows[at], ...words }), revision };
        this.rows.splice(at < 0 ? this.rows.length : at, at < 0 ? 0 : 1, row);
        this.whys.set(number, why);
    }
    #close(number: number): void {
        const row = this.#row(number);
        if (row.state !== failedState) {
            this.#note('close', number);
        }
        this.rows.splice(this.rows.indexOf(row), 1);
    }
    /** `again`: its source is opened in any case. */
    #bring(now: DesiredChannel, was: DesiredChannel | undefined, again = false): void {
        const row = this.rows.find(({ name }) => name === now.name);
        const number = row?.number ?? this.#free();
        if (this.reasons.size > 0) {
            this.#put(number, { ...rowOf({ number, name: now.name }), state: failedState, failure: 19 });
            return;
        }
        const isOpen = row !== undefined && row.state !== failedState && !again;
        const same = isOpen && (was === undefined || !isOtherSource(was, now));
        if (same && this.#change(number, now, was)) {
            const met = this.why(number) === '' ? row.failure : 0;
            this.#put(number, { name: now.name, failure: met });
            this.#record(number, now, was ?? now);
            return;
        }
        if (row !== undefined && row.state !== failedState) {
            this.#note('close', number);
        }
        this.#open(number, now);
    }
    /** False: it needs another opening. */
    #change(number: number, now: DesiredChannel, was: DesiredChannel | undefined): boolean {
        const text = ({ record: _, detect: _d, title: _t, manualUntil: _b, always: _a, ...options }: DesiredChannel) =>
            JSON.stringify(options);
        if (was === undefined || text(was) === text(now)) {
            return true;
        }
        try {
            this.#note('change', number);
            return true;
        } catch (error) {
            if (error instanceof OcellusError && error.code === 'NOTSUP') {
                return false;
            }
            throw error;
        }
    }
    #open(number: number, now: DesiredChannel): void {
        try {
            this.#note('open', now.name, ...(now.record === undefined ? [] : ['recorded']));
            this.opened.push(now);
            if (this.opensSlowly) {
                this.#put(number, { ...rowOf({ number, name: now.name }), state: 1 }, '', this.revision - 1);
                return;
            }
            this.#put(number, { ...rowOf({ number, name: now.name }), state: 2 });
            this.#record(number, now, undefined);
        } catch (error) {
            this.#failed(number, now.name, error, '', { state: failedState });
        }
    }
    #record(number: number, { name, record }: DesiredChannel, was: DesiredChannel | undefined): void {
        const settings = (options: RecordOptions | undefined) => JSON.stringify({ ...options, untilMs: 0 });
        if (JSON.stringify(record) === JSON.stringify(was?.record)) {
            return;
        }
        if (record === undefined) {
            this.#note('stop', number);
            return;
        }
        try {
            const isUntil = settings(record) === settings(was?.record);
            if (was === undefined) {
                this.#fail('record'); // it began with the channel
            } else {
                this.#note(isUntil ? 'until' : 'record', number);
            }
            this.recorded.push(record);
        } catch (error) {
            this.#failed(number, name, error, 'record: ', {});
        }
    }
    #failed(number: number, name: string, error: unknown, doing: string, words: Partial<ChannelRow>): void {
        const { code, message } = error as OcellusError;
        const why = message === new OcellusError(code).message ? '' : message;
        this.#put(
            number,
            { ...words, name, failure: -errorNumbers[code] },
            why === '' && doing === '' ? '' : doing + message,
        );
    }
    #free(): number {
        let number = 0;
        while (this.rows.some((row) => row.number === number)) {
            number++;
        }
        return number;
    }
    /** States that were handed over, in order. */
    readonly handedOver: string[] = [];
    /** What `updateState` gives, and what was given to `noteUpdate` last. */
    update: unknown = {};
    noted = '';
    /** The bundle that was written, as far as it has come. */
    bundle: Uint8Array = new Uint8Array(0);
    #staging = new Uint8Array(0);

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
            sensorOn: this.rows.some(({ state }) => state !== failedState),
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
        if (this.reasons.size !== before) {
            this.emit(this.reasons.size > 0 ? 'privacy-on' : 'privacy-off');
        }
    }
    async useLed(name: string): Promise<void> {
        this.#note('led', name);
    }
    /** Adds to the event log; with privacy mode channels close, or open again. */
    emit(kind: string, more: Partial<PlaneEvent> = {}): void {
        const number = (this.log[this.log.length - 1]?.number ?? 0) + 1;
        const at = '2026-11-21T02:51:00.000Z';
        this.log.push({ number, at, channel: null, kind, code: 0, path: '', text: '', ...more });
        if (kind.startsWith('privacy-')) {
            this.desired?.channels.forEach((channel) => {
                this.#bring(channel, undefined);
            });
        }
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
