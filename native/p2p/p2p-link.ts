/** What crosses between P2p and the media plane: one native function per member, arguments as bytes, rows as objects. No decisions. */
import {
    openIdMax,
    playOps,
    type SessionField,
    sessionFields,
    sessionStates,
    sessionViews,
    streams,
    talkCodecs,
    type ViewField,
    type ViewKind,
    viewFields,
    viewHeld,
    viewKinds,
    viewStates,
} from 'ocellus/command';
import { OcellusError } from 'ocellus/error';
import type {
    Accept,
    EarlyChannel,
    IceServer,
    KeepAlive,
    OpenOptions,
    Params,
    PlaybackFile,
    PlayControl,
    Rate,
    Session,
    View,
    Voice,
    Watermarks,
} from 'ocellus/p2p-types';
import { counter } from 'ocellus/plane';
import type { P2pOpenRecord } from 'ocellus/records';

/**
 * What p2p.ts needs of the mailbox and of the published rows; tests supply their own. `post…` return the request's
 * number (> 0) or a negative error; whose `Link` it is takes the reply.
 */
export interface P2pLink {
    post(
        kind: number,
        object: number,
        arg0: number,
        arg1: number,
        arg2: number,
        arg3: number,
        bytes: Uint8Array | undefined,
    ): number;
    /** Viewers that this host can have; 0: it has no transport. A row of a view: its number modulo 8 times as many. */
    sessionsMax(): number;
    /** Fills all 32-bit words of a row; false: there is no such row now. */
    readSession(index: number, words: ArrayBuffer): boolean;
    readView(index: number, words: ArrayBuffer): boolean;
    /** A label taken apart: name, key, value, key, value, …; what is wrong with it as a string. */
    parseLabel(label: Uint8Array): readonly ArrayBuffer[] | string;
}

/** That of this machine. */
export const nativeP2pLink: P2pLink = Object.freeze({
    post(
        kind: number,
        object: number,
        arg0: number,
        arg1: number,
        arg2: number,
        arg3: number,
        bytes: Uint8Array | undefined,
    ): number {
        return native<
            (
                kind: number,
                object: number,
                arg0: number,
                arg1: number,
                arg2: number,
                arg3: number,
                bytes: Uint8Array | undefined,
            ) => number
        >('xs_p2p_post').call(this, kind, object, arg0, arg1, arg2, arg3, bytes);
    },
    sessionsMax(): number {
        return native<() => number>('xs_p2p_sessions_max').call(this);
    },
    readSession(index: number, words: ArrayBuffer): boolean {
        return native<(index: number, words: ArrayBuffer) => boolean>('xs_p2p_read_session').call(this, index, words);
    },
    readView(index: number, words: ArrayBuffer): boolean {
        return native<(index: number, words: ArrayBuffer) => boolean>('xs_p2p_read_view').call(this, index, words);
    },
    parseLabel(label: Uint8Array): readonly ArrayBuffer[] | string {
        return native<(label: Uint8Array) => readonly ArrayBuffer[] | string>('xs_p2p_parse_label').call(this, label);
    },
});

/** `FORMAT` with what is wrong. */
export function parseParams(link: P2pLink, label: string): Params {
    const parts = link.parseLabel(new TextEncoder().encode(label));
    if (typeof parts === 'string') {
        throw new OcellusError('FORMAT', `label: ${parts}`);
    }
    const [name = '', ...words] = parts.map((part) => new TextDecoder().decode(part));
    const query = new Map<string, string>();
    for (let index = 0; index + 1 < words.length; index += 2) {
        query.set(words[index] ?? '', words[index + 1] ?? '');
    }
    return { action: query.get('action') ?? '', name, query };
}

type Row<F extends string> = { readonly [K in F]: number };
type SessionRow = Row<SessionField>;
type ViewRow = Row<ViewField>;

/** Reads rows of one table: most of them are free, which costs nothing here. */
class Table<F extends string> {
    readonly #fields: readonly F[];
    readonly #words: Uint32Array<ArrayBuffer>;
    readonly #fill: (index: number, words: ArrayBuffer) => boolean;

    constructor(fields: readonly F[], fill: (index: number, words: ArrayBuffer) => boolean) {
        this.#fields = fields;
        this.#words = new Uint32Array(fields.length);
        this.#fill = fill;
    }

    /** The words of a row by name; undefined: no such row now, or a free one. */
    row(index: number): Row<F> | undefined {
        const words = this.#words;
        if (!this.#fill(index, words.buffer) || words[this.#fields.indexOf('state' as F)] === 0) {
            return undefined;
        }
        const row: Record<string, number> = {};
        this.#fields.forEach((field, at) => {
            // a name: of the fields of a row
            row[field] = words[at] ?? 0;
        });
        return row as Row<F>;
    }

    /** Those of `count` rows that are there. */
    rows(count: number): Row<F>[] {
        const rows: Row<F>[] = [];
        for (let index = 0; index < count; index++) {
            const row = this.row(index);
            if (row !== undefined) {
                rows.push(row);
            }
        }
        return rows;
    }
}

function address(row: SessionRow): string {
    const { family, port, ip0, ip1, ip2, ip3 } = row;
    if (family === 4) {
        return `${[24, 16, 8, 0].map((shift) => (ip0 >>> shift) & 255).join('.')}:${port}`;
    }
    if (family !== 6) {
        return '';
    }
    const groups = [ip0, ip1, ip2, ip3].flatMap((word) => [word >>> 16, word & 0xffff]);
    return `[${shorten(groups.map((group) => group.toString(16)))}]:${port}`;
}

/** The longest run of two or more zero groups, the first of equals, becomes `::` (RFC 5952). */
function shorten(groups: readonly string[]): string {
    let [from, length] = [0, 1];
    for (let at = 0; at < groups.length; at++) {
        let end = at;
        while (groups[end] === '0') {
            end++;
        }
        if (end - at > length) {
            [from, length] = [at, end - at];
        }
    }
    if (length === 1) {
        return groups.join(':');
    }
    return `${groups.slice(0, from).join(':')}::${groups.slice(from + length).join(':')}`;
}

function sessionOf(row: SessionRow): Session {
    return {
        session: row.session,
        state: sessionStates[row.state] ?? 'free',
        views: row.views,
        address: address(row),
        relayed: row.relayed !== 0,
        rttUs: row.rtt_us,
        uptimeS: row.uptime_s,
        login: row.login,
    };
}

function viewOf(row: ViewRow): View {
    return {
        view: row.view,
        session: row.session,
        state: viewStates[row.state] ?? 'free',
        kind: viewKinds[row.kind] ?? 'unknown',
        id: row.id,
        channel: row.channel,
        stream: row.stream === 1 ? 'sub' : 'main',
        queued: row.queued,
        instantRate: row.inst_rate,
        acknowledgedRate: row.acked_rate,
        acknowledgedBytes: counter(row.acked_hi, row.acked_lo),
        rttUs: row.rtt_us,
        lossPpm: row.loss_ppm,
        congestionWindow: row.cwnd,
        pacingRate: row.pacing_rate,
        drops: {
            overtaken: row.drop_ring,
            watermark: row.drop_watermark,
            report: row.drop_report,
            tracks: row.drop_tracks,
            abandoned: row.abandoned,
        },
        held: { high: (row.held & viewHeld.high) !== 0, report: (row.held & viewHeld.report) !== 0 },
        watermarks: { low: row.low, warn: row.warn, high: row.high },
        aboveWarn: row.watermark !== 0,
        keyRequests: row.key_requests,
        jumps: row.jumps,
        receivedBytes: counter(row.received_hi, row.received_lo),
        receivedDropped: row.drop_received,
    };
}

/** All that are there, by number. */
export function readSessions(link: P2pLink): Session[] {
    const table = new Table(sessionFields, (index, words) => link.readSession(index, words));
    const rows = table.rows(link.sessionsMax()).map(sessionOf);
    return rows.sort((a, b) => a.session - b.session);
}

function viewTable(link: P2pLink): Table<ViewField> {
    return new Table(viewFields, (index, words) => link.readView(index, words));
}

/** That of one view; undefined: it is gone. */
export function readView(link: P2pLink, view: number): View | undefined {
    const count = link.sessionsMax() * sessionViews;
    const row = count === 0 ? undefined : viewTable(link).row(view % count);
    return row?.view === view ? viewOf(row) : undefined;
}

/** All that are there, by number. */
export function readViews(link: P2pLink): View[] {
    const rows = viewTable(link).rows(link.sessionsMax() * sessionViews);
    return rows.map(viewOf).sort((a, b) => a.view - b.view);
}

/** Most of a 32-bit word that the mailbox carries as a signed one. */
const wordMax = 0x7fff_ffff;
/** As oc_p2p_config_t, without NUL. */
const [serversMax, caMax, labelMax, serverCount] = [2047, 511, 1024, 4];

const encoder = (text: string): Uint8Array => new TextEncoder().encode(text);

/** An unsigned integer. TypeError: no number; RangeError: any other than a whole one from `least` to `most`. */
export function whole(name: string, value: unknown, least = 0, most = wordMax): number {
    if (typeof value !== 'number') {
        throw new TypeError(`${name} must be a number`);
    }
    if (!Number.isInteger(value) || value < least || value > most) {
        throw new RangeError(`${name} must be a whole number from ${least} to ${most}`);
    }
    return value;
}

/** A text as bytes. TypeError: no text; RangeError: more than `most` bytes, or a character that `not` names. */
export function text(name: string, value: unknown, most = Infinity, not = /\0/): Uint8Array {
    if (typeof value !== 'string') {
        throw new TypeError(`${name} must be a string`);
    }
    const bytes = encoder(value);
    if (bytes.length > most) {
        throw new RangeError(`${name} must be at most ${most} bytes`);
    }
    if (not.test(value)) {
        throw new RangeError(`${name} holds a character that it must not`);
    }
    return bytes;
}

/** A number of a viewer or view. */
export function handle(name: string, value: unknown): number {
    return whole(name, value, 1);
}

/** 0 < low < warn < high, or all 0: below a low of 0 nothing would ever go on again. */
export function watermarks(value: Watermarks): Watermarks {
    const low = whole('low', value.low);
    const warn = whole('warn', value.warn);
    const high = whole('high', value.high);
    if (!(low === 0 && warn === 0 && high === 0) && !(low > 0 && low < warn && warn < high)) {
        throw new RangeError(`watermarks ${low}, ${warn}, ${high}: must be 0 < low < warn < high, or all 0`);
    }
    return { low, warn, high };
}

/** {interval, attempts}. */
export function keepAlive(value: KeepAlive): KeepAlive {
    return { interval: whole('interval', value.interval, 0, 255), attempts: whole('attempts', value.attempts, 0, 10) };
}

/** {floor, holdMs, reportMs}. */
export function rate(value: Rate): Rate {
    return {
        floor: whole('floor', value.floor),
        holdMs: whole('holdMs', value.holdMs, 100, 60_000),
        reportMs: whole('reportMs', value.reportMs, 1000, 60_000),
    };
}

/** Numbers of P2P_PLAY: what, and how far or how fast. */
export function playOrder(control: PlayControl): readonly [number, number] {
    if ('pause' in control) {
        return [playOps.pause, 0];
    }
    if ('resume' in control) {
        return [playOps.resume, 0];
    }
    if ('seek' in control) {
        return [playOps.seek, whole('seek', Math.round(control.seek))];
    }
    return [playOps.speed, whole('speed, in thousandths,', Math.round(control.speed * 1000), 125, 64_000)];
}

/** Lines `ID LABEL`, an empty one, the description. */
export function offerParcel(sdp: string, channels: readonly EarlyChannel[]): Uint8Array {
    text('sdp', sdp);
    const seen = new Set<number>();
    const lines = channels.map(({ id, label }) => {
        whole('open: id', id, 0, openIdMax);
        if (seen.has(id)) {
            throw new RangeError(`open: id ${id} twice`);
        }
        seen.add(id);
        text('open: label', label, labelMax, /[\0\n\r]/);
        return `${id} ${label}\n`;
    });
    return encoder(`${lines.join('')}\n${sdp}`);
}

/** One line of servers. */
function serverLine({ url, username, credential }: IceServer): string {
    text('servers: url', url, serversMax, /[\0\s]/);
    if (!/^(stun|turns?):[^\s]/.test(url)) {
        throw new RangeError('servers: url must begin with stun:, turn: or turns:');
    }
    if ((username === undefined) !== (credential === undefined)) {
        throw new TypeError('servers: username and credential go together');
    }
    if (username === undefined) {
        return url;
    }
    text('servers: username', username, serversMax, /[\0\s]|^$/);
    text('servers: credential', credential, serversMax, /[\0\s]|^$/);
    return `${url} ${username} ${credential}`;
}

/** What P2P_OPEN carries; `sessionsMax` of this host. */
export function openRecord(options: OpenOptions, sessionsMax: number): P2pOpenRecord {
    const { owner, servers = [], ipv4 = true, ipv6 = true, loopback = false, relayOnly = false } = options;
    if (owner !== 'raw' && owner !== 'hub') {
        throw new TypeError("owner must be 'raw' or 'hub'");
    }
    for (const [name, value] of Object.entries({ ipv4, ipv6, loopback, relayOnly })) {
        if (typeof value !== 'boolean') {
            throw new TypeError(`${name} must be a boolean`);
        }
    }
    if (!ipv4 && !ipv6) {
        throw new RangeError('ipv4 and ipv6: at least one of the two');
    }
    if (servers.length > serverCount) {
        throw new RangeError(`servers: at most ${serverCount}`);
    }
    const lines = servers.map(serverLine).join('\n');
    text('servers', lines, serversMax);
    text('ca', options.ca ?? '', caMax);
    return {
        port: whole('port', options.port ?? 0, 0, 65_535),
        sessions: whole('sessions', options.sessions ?? 0, 0, sessionsMax),
        loopback,
        relayOnly,
        ipv4,
        ipv6,
        ...keepAlive(options.keepAlive ?? { interval: 10, attempts: 3 }),
        servers: lines,
        ca: options.ca ?? '',
    };
}

/** Beside the view. */
export interface AcceptOptions {
    readonly kind: ViewKind;
    readonly args: readonly number[];
    readonly bytes: Uint8Array | undefined;
}

/** As oc_play_reader.h. */
const [baseMax, pathMax, fileCount] = [39, 255, 64];
/** As oc_speaker.h, without NUL. */
const outputMax = 95;

/** `BASE AT_MS`, then `OFFSET_MS PATH` of each file, a line each. */
function playbackLines(base: string, atMs: number, files: readonly PlaybackFile[]): string {
    text('base', base, baseMax, /[^!#-[\]-\u{10ffff}]|^$/u);
    whole('atMs', atMs);
    whole('number of files', files.length, 1, fileCount);
    let last = 0;
    const lines = files.map(({ offsetMs, path }) => {
        last = whole('offsetMs', offsetMs, last);
        text('path', path, pathMax, /[^ !#-[\]-\u{10ffff}]|^$/u);
        return `${offsetMs} ${path}\n`;
    });
    return `${base} ${atMs}\n${lines.join('')}`;
}

/** Throws TypeError or RangeError. */
export function acceptOptionsOf(accept: Accept): AcceptOptions {
    switch (accept?.kind) {
        case 'live': {
            const { channel, stream = 'main' } = accept;
            if (!Object.hasOwn(streams, stream)) {
                throw new TypeError(`no stream ${String(stream)}`);
            }
            return { kind: 'live', args: [whole('channel', channel), streams[stream]], bytes: undefined };
        }
        case 'playback': {
            const lines = playbackLines(accept.base, accept.atMs, accept.files);
            return { kind: 'playback', args: [], bytes: new TextEncoder().encode(lines) };
        }
        default:
            throw new TypeError('onSendStart must give back what the viewer gets');
    }
}

/** What `onReceiveStart` gave back. Throws TypeError or RangeError. */
export function receiveOptionsOf(voice: Voice | undefined): AcceptOptions {
    if (voice === undefined) {
        return { kind: 'receive', args: [], bytes: undefined };
    }
    const { codec, output = 'auto', volume = 100 } = voice;
    const number = talkCodecs.indexOf(codec);
    if (voice.kind !== 'voice' || number < 0) {
        throw new TypeError('onReceiveStart must give back a voice of pcma or pcmu, or nothing');
    }
    return {
        kind: 'voice',
        args: [number, whole('volume', volume, 0, 100)],
        bytes: text('output', output, outputMax, /[^!-~]|^$/u),
    };
}
