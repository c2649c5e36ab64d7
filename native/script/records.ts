/** Made by tools/protocol from protocol/records.ts: do not edit. */
// biome-ignore-all format: a layout to a line
import { type Layout, recordBytes } from 'ocellus/record';

/** Which recordings. */
export interface ListOptions {
    /** '': all. */
    readonly channel: string;
    /** '': all. */
    readonly name: string;
    /** Path of the last row of the page before; '': from the start. */
    readonly after: string;
    /** Rows, 1 to 200; 0: 100. */
    readonly limit: number;
    /** By start over all channels; false: by channel, then start. */
    readonly newest: boolean;
    /** Those that touch [from, to), ms since 1970; 0: no limit. Recordings without a date match only when both are 0. */
    readonly from: number;
    readonly to: number;
}
const listOptionsLayout: Layout = Object.freeze({
    bytes: 376,
    fields: Object.freeze(['channel text 0 32', 'name text 32 64', 'after text 96 256', 'limit u32 352 4', 'newest flag 356 1', 'from i64 360 8', 'to i64 368 8']),
});

/** Its bytes. Throws RangeError: a text is too long or has a NUL, a number has no place there. */
export function listOptionsBytes(value: ListOptions): Uint8Array {
    return recordBytes(listOptionsLayout, value);
}

/** Which spans of recordings. */
export interface SpansQuery {
    /** '': all together. */
    readonly channel: string;
    /** Spans. */
    readonly limit: number;
    /** Those that touch [from, to), ms since 1970; to 0: no end. */
    readonly fromMs: number;
    readonly toMs: number;
}
const spansQueryLayout: Layout = Object.freeze({
    bytes: 56,
    fields: Object.freeze(['channel text 0 32', 'limit u32 32 4', 'fromMs i64 40 8', 'toMs i64 48 8']),
});

/** Its bytes. Throws RangeError: a text is too long or has a NUL, a number has no place there. */
export function spansQueryBytes(value: SpansQuery): Uint8Array {
    return recordBytes(spansQueryLayout, value);
}

/** Which of the events that are kept. Times: ms since 1970; 0: no limit. */
export interface EventQuery {
    /** '': all. */
    readonly channel: string;
    /** Each behind a line feed, and one at the end: \nmotion\nhuman\n; '': all. */
    readonly kinds: string;
    /** By their beginning. */
    readonly newestFirst: boolean;
    /** By their number instead, those above `afterId`. */
    readonly byNumber: boolean;
    /** Rows, 1 to 200; 0: 100. */
    readonly limit: number;
    /** Number and beginning of the last row of the page before; 0: from the start. */
    readonly afterId: number;
    readonly afterMs: number;
    /** Events that touch [from, to]. */
    readonly fromMs: number;
    readonly toMs: number;
}
const eventQueryLayout: Layout = Object.freeze({
    bytes: 328,
    fields: Object.freeze(['channel text 0 32', 'kinds text 32 256', 'newestFirst flag 288 1', 'byNumber flag 289 1', 'limit u32 292 4', 'afterId u32 296 4', 'afterMs i64 304 8', 'fromMs i64 312 8', 'toMs i64 320 8']),
});

/** Its bytes. Throws RangeError: a text is too long or has a NUL, a number has no place there. */
export function eventQueryBytes(value: EventQuery): Uint8Array {
    return recordBytes(eventQueryLayout, value);
}

/** An event to keep (EVENT_BEGIN); `arg0` has its mask. */
export interface EventToKeep {
    /** Ms since 1970. */
    readonly startMs: number;
    /** Ms since 1970; -1: it goes on. */
    readonly endMs: number;
    readonly kind: string;
    /** '': of none. */
    readonly channel: string;
    /** JSON; '': none. */
    readonly data: string;
}
const eventToKeepLayout: Layout = Object.freeze({
    bytes: 4176,
    fields: Object.freeze(['startMs i64 0 8', 'endMs i64 8 8', 'kind text 16 24', 'channel text 40 32', 'data text 72 4097']),
});

/** Its bytes. Throws RangeError: a text is too long or has a NUL, a number has no place there. */
export function eventToKeepBytes(value: EventToKeep): Uint8Array {
    return recordBytes(eventToKeepLayout, value);
}

/** When an event ended (EVENT_END). */
export interface EventEnd {
    /** Ms since 1970. */
    readonly atMs: number;
}
const eventEndLayout: Layout = Object.freeze({
    bytes: 8,
    fields: Object.freeze(['atMs i64 0 8']),
});

/** Its bytes. Throws RangeError: a text is too long or has a NUL, a number has no place there. */
export function eventEndBytes(value: EventEnd): Uint8Array {
    return recordBytes(eventEndLayout, value);
}

/** An event of the application for the log (EVENT_ADD). */
export interface EventToRaise {
    readonly kind: string;
    /** '': of none. */
    readonly channel: string;
    /** One line. */
    readonly text: string;
}
const eventToRaiseLayout: Layout = Object.freeze({
    bytes: 216,
    fields: Object.freeze(['kind text 0 24', 'channel text 24 32', 'text cut 56 160']),
});

/** Its bytes. Throws RangeError: a text is too long or has a NUL, a number has no place there. */
export function eventToRaiseBytes(value: EventToRaise): Uint8Array {
    return recordBytes(eventToRaiseLayout, value);
}

/** The file of a clip (CLIP); its span is in the arguments. */
export interface ClipRecord {
    readonly name: string;
    readonly audio: boolean;
}
const clipRecordLayout: Layout = Object.freeze({
    bytes: 65,
    fields: Object.freeze(['name text 0 64', 'audio flag 64 1']),
});

/** Its bytes. Throws RangeError: a text is too long or has a NUL, a number has no place there. */
export function clipRecordBytes(value: ClipRecord): Uint8Array {
    return recordBytes(clipRecordLayout, value);
}

/** Limits of the recordings of one channel; 0: none. */
export interface ChannelRetention {
    readonly name: string;
    readonly maxMB: number;
    readonly maxDays: number;
}
const channelRetentionLayout: Layout = Object.freeze({
    bytes: 40,
    fields: Object.freeze(['name text 0 32', 'maxMB u32 32 4', 'maxDays u32 36 4']),
});

/** What is to be kept: the lesser of the first two stays free; 0: that one does not count. */
export interface Retention {
    readonly keepFreePercent: number;
    readonly keepFreeMB: number;
    /** Of all; 0: no limit. */
    readonly maxMB: number;
    /** Of all; 0: no limit. */
    readonly maxDays: number;
    /** Kept before a protected event. */
    readonly leadSeconds: number;
    readonly channels: readonly ChannelRetention[];
}
const retentionLayout: Layout = Object.freeze({
    bytes: 24,
    fields: Object.freeze(['keepFreePercent u32 0 4', 'keepFreeMB u32 4 4', 'maxMB u32 8 4', 'maxDays u32 12 4', 'leadSeconds u32 16 4', 'channels.length u32 20 4']),
    items: 'channels',
    item: channelRetentionLayout,
});

/** Its bytes. Throws RangeError: a text is too long or has a NUL, a number has no place there. */
export function retentionBytes(value: Retention): Uint8Array {
    return recordBytes(retentionLayout, value);
}

/** A live push that shall run. One that is equal to that of the list before is not touched. */
export interface PushRecord {
    /** > 0, no other has it; the same for the same push, over restarts. */
    readonly id: number;
    /** Its name; it may come later. */
    readonly channel: string;
    /** Its sub stream. */
    readonly sub: boolean;
    /** `oc_push_format_t`. */
    readonly format: number;
    /** A stream without a picture is sent too. */
    readonly audioOnly: boolean;
    /** For the log and metrics, as "cam1/youtube"; no secret. */
    readonly name: string;
    /** With key, token and passphrase; never logged. */
    readonly url: string;
    /** Fingerprint of the server's certificate; '': the authorities of the system verify it. */
    readonly pin: string;
}
const pushRecordLayout: Layout = Object.freeze({
    bytes: 1256,
    fields: Object.freeze(['id u32 0 4', 'channel text 4 32', 'sub flag 36 1', 'format u8 37 1', 'audioOnly flag 38 1', 'name text 39 64', 'url text 103 1024', 'pin text 1127 128']),
});

/** All live pushes (PUSHES). */
export interface PushRecords {
    readonly targets: readonly PushRecord[];
}
const pushRecordsLayout: Layout = Object.freeze({
    bytes: 4,
    fields: Object.freeze(['targets.length u32 0 4']),
    items: 'targets',
    item: pushRecordLayout,
});

/** Its bytes. Throws RangeError: a text is too long or has a NUL, a number has no place there. */
export function pushRecordsBytes(value: PushRecords): Uint8Array {
    return recordBytes(pushRecordsLayout, value);
}

/** Where to listen, and the rules of the server. Lists hold one entry a line; '': none; addresses: at least one. */
export interface ListenRecord {
    /** `listen`. */
    readonly addresses: readonly string[];
    /** `port`. */
    readonly port: number;
    /** `http.login`. */
    readonly always: boolean;
    /** `http.hosts`. */
    readonly hosts: readonly string[];
    /** `http.corsOrigins`. */
    readonly corsOrigins: readonly string[];
    /** `http.trustedProxies`. */
    readonly trustedProxies: readonly string[];
    /** `http.tlsCert`. */
    readonly tlsCert: string;
    /** `http.tlsKey`. */
    readonly tlsKey: string;
}
const listenRecordLayout: Layout = Object.freeze({
    bytes: 6408,
    fields: Object.freeze(['addresses text 0 512', 'port u32 512 4', 'always flag 516 1', 'hosts text 517 2048', 'corsOrigins text 2565 2048', 'trustedProxies text 4613 768', 'tlsCert text 5381 512', 'tlsKey text 5893 512']),
});

/** Its bytes. Throws RangeError: a text is too long or has a NUL, a number has no place there. */
export function listenRecordBytes(value: ListenRecord): Uint8Array {
    return recordBytes(listenRecordLayout, value);
}

/** How the transport of viewers opens; an application may give the fields of settings other values. port 0: any free one; sessions 0: OC_SESSIONS_MAX; either of interval and attempts 0: off. */
export interface P2pOpenRecord {
    /** `p2p.port`. */
    readonly port: number;
    /** `p2p.ipv6`. */
    readonly ipv6: boolean;
    /** `p2p.loopback`. */
    readonly loopback: boolean;
    /** `p2p.relayOnly`. */
    readonly relayOnly: boolean;
    /** `p2p.maxPeers`. */
    readonly sessions: number;
    /** `p2p.keepAlive.interval`. */
    readonly interval: number;
    /** `p2p.keepAlive.attempts`. */
    readonly attempts: number;
    /** At least one of ipv4 and ipv6. */
    readonly ipv4: boolean;
    /** STUN and TURN, one a line: URL, or URL, blank, user name, blank, password; at most four; '': none. Never logged. */
    readonly servers: string;
    /** PEM file that TURN over TLS trusts; '': the system's. */
    readonly ca: string;
}
const p2pOpenRecordLayout: Layout = Object.freeze({
    bytes: 2584,
    fields: Object.freeze(['port u32 0 4', 'ipv6 flag 4 1', 'loopback flag 5 1', 'relayOnly flag 6 1', 'sessions u32 8 4', 'interval u32 12 4', 'attempts u32 16 4', 'ipv4 flag 20 1', 'servers text 21 2048', 'ca text 2069 512']),
});

/** Its bytes. Throws RangeError: a text is too long or has a NUL, a number has no place there. */
export function p2pOpenRecordBytes(value: P2pOpenRecord): Uint8Array {
    return recordBytes(p2pOpenRecordLayout, value);
}

/** A metric of the application. */
export interface AppMetric {
    readonly value: number;
    /** [a-z][a-z0-9_]*; shown behind "ocellus_app_". */
    readonly name: string;
    /** One line. */
    readonly help: string;
    /** False: a gauge. */
    readonly counter: boolean;
}
const appMetricLayout: Layout = Object.freeze({
    bytes: 144,
    fields: Object.freeze(['value f64 0 8', 'name text 8 40', 'help cut 48 88', 'counter flag 136 1']),
});

/** All metrics of the application (METRICS). */
export interface AppMetrics {
    readonly metrics: readonly AppMetric[];
}
const appMetricsLayout: Layout = Object.freeze({
    bytes: 8,
    fields: Object.freeze(['metrics.length u32 0 4']),
    items: 'metrics',
    item: appMetricLayout,
});

/** Its bytes. Throws RangeError: a text is too long or has a NUL, a number has no place there. */
export function appMetricsBytes(value: AppMetrics): Uint8Array {
    return recordBytes(appMetricsLayout, value);
}
