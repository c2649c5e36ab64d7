/** Made by tools/protocol from protocol/records.ts: do not edit. */
// biome-ignore-all format: a field to a line
import { type StreamName, streams } from 'ocellus/command';
import { listBytes, type RecordWriter, recordBytes } from 'ocellus/record';

/** Bytes of those that are put among others. */
export const recordSizes = Object.freeze({ DesiredEntry: 1916, DesiredHead: 200 });

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
function putListOptions(to: RecordWriter, value: ListOptions): void {
    to.text('channel', 0, 32, value.channel);
    to.text('name', 32, 64, value.name);
    to.text('after', 96, 256, value.after);
    to.u32('limit', 352, value.limit);
    to.flag('newest', 356, value.newest);
    to.i64('from', 360, value.from);
    to.i64('to', 368, value.to);
}
/** Its bytes. Throws as RecordWriter. */
export function listOptionsBytes(value: ListOptions): Uint8Array {
    return recordBytes(376, putListOptions, value);
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
function putSpansQuery(to: RecordWriter, value: SpansQuery): void {
    to.text('channel', 0, 32, value.channel);
    to.u32('limit', 32, value.limit);
    to.i64('fromMs', 40, value.fromMs);
    to.i64('toMs', 48, value.toMs);
}
/** Its bytes. Throws as RecordWriter. */
export function spansQueryBytes(value: SpansQuery): Uint8Array {
    return recordBytes(56, putSpansQuery, value);
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
function putEventQuery(to: RecordWriter, value: EventQuery): void {
    to.text('channel', 0, 32, value.channel);
    to.text('kinds', 32, 256, value.kinds);
    to.flag('newestFirst', 288, value.newestFirst);
    to.flag('byNumber', 289, value.byNumber);
    to.u32('limit', 292, value.limit);
    to.u32('afterId', 296, value.afterId);
    to.i64('afterMs', 304, value.afterMs);
    to.i64('fromMs', 312, value.fromMs);
    to.i64('toMs', 320, value.toMs);
}
/** Its bytes. Throws as RecordWriter. */
export function eventQueryBytes(value: EventQuery): Uint8Array {
    return recordBytes(328, putEventQuery, value);
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
function putEventToKeep(to: RecordWriter, value: EventToKeep): void {
    to.i64('startMs', 0, value.startMs);
    to.i64('endMs', 8, value.endMs);
    to.text('kind', 16, 24, value.kind);
    to.text('channel', 40, 32, value.channel);
    to.text('data', 72, 4097, value.data);
}
/** Its bytes. Throws as RecordWriter. */
export function eventToKeepBytes(value: EventToKeep): Uint8Array {
    return recordBytes(4176, putEventToKeep, value);
}

/** When an event ended (EVENT_END). */
export interface EventEnd {
    /** Ms since 1970. */
    readonly atMs: number;
}
function putEventEnd(to: RecordWriter, value: EventEnd): void {
    to.i64('atMs', 0, value.atMs);
}
/** Its bytes. Throws as RecordWriter. */
export function eventEndBytes(value: EventEnd): Uint8Array {
    return recordBytes(8, putEventEnd, value);
}

/** An event of the application for the log (EVENT_ADD). */
export interface EventToRaise {
    readonly kind: string;
    /** '': of none. */
    readonly channel: string;
    /** One line. */
    readonly text: string;
}
function putEventToRaise(to: RecordWriter, value: EventToRaise): void {
    to.text('kind', 0, 24, value.kind);
    to.text('channel', 24, 32, value.channel);
    to.cut('text', 56, 160, value.text);
}
/** Its bytes. Throws as RecordWriter. */
export function eventToRaiseBytes(value: EventToRaise): Uint8Array {
    return recordBytes(216, putEventToRaise, value);
}

/** The file of a clip (CLIP); its span is in the arguments. */
export interface ClipRecord {
    readonly name: string;
    readonly audio: boolean;
}
function putClipRecord(to: RecordWriter, value: ClipRecord): void {
    to.text('name', 0, 64, value.name);
    to.flag('audio', 64, value.audio);
}
/** Its bytes. Throws as RecordWriter. */
export function clipRecordBytes(value: ClipRecord): Uint8Array {
    return recordBytes(65, putClipRecord, value);
}

/** Limits of the recordings of one channel; 0: none. */
export interface ChannelRetention {
    readonly name: string;
    readonly maxMB: number;
    readonly maxDays: number;
}
function putChannelRetention(to: RecordWriter, value: ChannelRetention): void {
    to.text('name', 0, 32, value.name);
    to.u32('maxMB', 32, value.maxMB);
    to.u32('maxDays', 36, value.maxDays);
}

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
function putRetention(to: RecordWriter, value: Retention): void {
    to.u32('keepFreePercent', 0, value.keepFreePercent);
    to.u32('keepFreeMB', 4, value.keepFreeMB);
    to.u32('maxMB', 8, value.maxMB);
    to.u32('maxDays', 12, value.maxDays);
    to.u32('leadSeconds', 16, value.leadSeconds);
    to.u32('channels.length', 20, value.channels.length);
}
/** Its bytes. Throws as RecordWriter. */
export function retentionBytes(value: Retention): Uint8Array {
    return listBytes(24, putRetention, value, 40, putChannelRetention, value.channels);
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
function putPushRecord(to: RecordWriter, value: PushRecord): void {
    to.u32('id', 0, value.id);
    to.text('channel', 4, 32, value.channel);
    to.flag('sub', 36, value.sub);
    to.u8('format', 37, value.format);
    to.flag('audioOnly', 38, value.audioOnly);
    to.text('name', 39, 64, value.name);
    to.text('url', 103, 1024, value.url);
    to.text('pin', 1127, 128, value.pin);
}

/** All live pushes (PUSHES). */
export interface PushRecords {
    readonly targets: readonly PushRecord[];
}
function putPushRecords(to: RecordWriter, value: PushRecords): void {
    to.u32('targets.length', 0, value.targets.length);
}
/** Its bytes. Throws as RecordWriter. */
export function pushRecordsBytes(value: PushRecords): Uint8Array {
    return listBytes(4, putPushRecords, value, 1256, putPushRecord, value.targets);
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
function putListenRecord(to: RecordWriter, value: ListenRecord): void {
    to.text('addresses', 0, 512, value.addresses);
    to.u32('port', 512, value.port);
    to.flag('always', 516, value.always);
    to.text('hosts', 517, 2048, value.hosts);
    to.text('corsOrigins', 2565, 2048, value.corsOrigins);
    to.text('trustedProxies', 4613, 768, value.trustedProxies);
    to.text('tlsCert', 5381, 512, value.tlsCert);
    to.text('tlsKey', 5893, 512, value.tlsKey);
}
/** Its bytes. Throws as RecordWriter. */
export function listenRecordBytes(value: ListenRecord): Uint8Array {
    return recordBytes(6408, putListenRecord, value);
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
function putP2pOpenRecord(to: RecordWriter, value: P2pOpenRecord): void {
    to.u32('port', 0, value.port);
    to.flag('ipv6', 4, value.ipv6);
    to.flag('loopback', 5, value.loopback);
    to.flag('relayOnly', 6, value.relayOnly);
    to.u32('sessions', 8, value.sessions);
    to.u32('interval', 12, value.interval);
    to.u32('attempts', 16, value.attempts);
    to.flag('ipv4', 20, value.ipv4);
    to.text('servers', 21, 2048, value.servers);
    to.text('ca', 2069, 512, value.ca);
}
/** Its bytes. Throws as RecordWriter. */
export function p2pOpenRecordBytes(value: P2pOpenRecord): Uint8Array {
    return recordBytes(2584, putP2pOpenRecord, value);
}

/** How to open a source; its addresses are never logged or published as they are, for they may hold passwords. subUrl: the second stream, opened when the first one is, an address or a size (WxH, WxH@BITRATE) in which it is made of the first; what follows holds for each. Of ringBytes and ringMs one is not 0; liveTargetMs 0: 1000. */
export interface ChannelOptions {
    /** `channels[].name`. */
    readonly name: string;
    /** `channels[].input`. */
    readonly url: string;
    /** `channels[].sub`. */
    readonly subUrl: string;
    /** `channels[].audio`. */
    readonly audio: boolean;
    /** `channels[].loop`. */
    readonly loop: boolean;
    /** `channels[].ring.seconds` * 1000. */
    readonly ringMs: number;
    /** `channels[].ring.bytes`. */
    readonly ringBytes: number;
    /** `channels[].prerollSeconds` * 1000. */
    readonly prerollMs: number;
    /** `channels[].maxGopSize`. */
    readonly maxGopBytes: number;
    /** `live.targetMs`. */
    readonly liveTargetMs: number;
    /** `live.partMs`. */
    readonly livePartMs: number;
    /** The source's own pace is ignored: tests, imports. */
    readonly fast: boolean;
    /** Bits per second when the source announces none; 0: 4,000,000. */
    readonly bitrate: number;
}
function putChannelOptions(to: RecordWriter, value: ChannelOptions): void {
    to.text('name', 0, 32, value.name);
    to.text('url', 32, 512, value.url);
    to.text('subUrl', 544, 512, value.subUrl);
    to.flag('audio', 1056, value.audio);
    to.flag('loop', 1057, value.loop);
    to.u32('ringMs', 1060, value.ringMs);
    to.u32('ringBytes', 1064, value.ringBytes);
    to.u32('prerollMs', 1068, value.prerollMs);
    to.u32('maxGopBytes', 1072, value.maxGopBytes);
    to.u32('liveTargetMs', 1076, value.liveTargetMs);
    to.u32('livePartMs', 1080, value.livePartMs);
    to.flag('fast', 1084, value.fast);
    to.u32('bitrate', 1088, value.bitrate);
}

/** How a channel is recorded. segmentMs 0: 90 minutes; prerollMs 0: from the start of the GOP under way; without audio a source with sound alone makes no file. */
export interface RecordingRecord {
    /** `record.name`. */
    readonly name: string;
    /** `record.segmentMinutes` * 60000. */
    readonly segmentMs: number;
    /** `record.prerollSeconds` * 1000. */
    readonly prerollMs: number;
    /** `record.audio`. */
    readonly audio: boolean;
    /** One of the two at a time; sub: it begins as soon as that stream is open. */
    readonly stream: StreamName;
}
function putRecordingRecord(to: RecordWriter, value: RecordingRecord): void {
    to.text('name', 0, 64, value.name);
    to.u32('segmentMs', 64, value.segmentMs);
    to.u32('prerollMs', 68, value.prerollMs);
    to.flag('audio', 72, value.audio);
    to.u32('stream', 76, streams[value.stream]);
}

/** What the host looks for at a channel; all 0: nothing. */
export interface Detectors {
    /** Of motion, 1 to 100; 0: none is looked for. */
    readonly sensitivity: number;
    /** Of an event of motion, in thousandths of the picture; 0: 2. */
    readonly leastPermille: number;
    /** An event ends so long after its last motion or sound. */
    readonly cooldownMs: number;
    /** Decibels above what is usual, 1 to 96; 0: sound is not listened to. */
    readonly soundDb: number;
    /** Polygons in which motion counts, as in `motion.zones`; '': everywhere. */
    readonly zones: string;
}
function putDetectors(to: RecordWriter, value: Detectors): void {
    to.u32('sensitivity', 0, value.sensitivity);
    to.u32('leastPermille', 4, value.leastPermille);
    to.u32('cooldownMs', 8, value.cooldownMs);
    to.u32('soundDb', 12, value.soundDb);
    to.text('zones', 16, 512, value.zones);
}

/** One channel that shall run. From `title` on it is for answers in the place of a script; nothing there moves a channel. */
export interface DesiredEntry extends ChannelOptions {
    /** It shall be recorded as follows; false: not, and the rest is not looked at. */
    readonly records: boolean;
    /** The recording ends by itself then, monotonic ms; 0: it does not. In the past: it is not recorded. */
    readonly untilLo: number;
    readonly untilHi: number;
    /** For people: at most 64 characters. */
    readonly title: string;
    /** Of its addresses: 0 none, 1 verified, 2 pinned, 3 not looked at. */
    readonly tls: number;
    readonly subTls: number;
    /** It is recorded whatever the hour and whatever happens. */
    readonly always: boolean;
    /** Recorded by hand until then, seconds since 1970; 0: not; OC_DESIRED_FOR_GOOD: until it is ended. */
    readonly manualUntil: number;
    readonly record: RecordingRecord | undefined;
    readonly detect: Detectors;
}
/** Puts it where it lies. */
export function putDesiredEntry(to: RecordWriter, value: DesiredEntry): void {
    to.flag('records', 1092, value.records);
    to.u32('untilLo', 1176, value.untilLo);
    to.u32('untilHi', 1180, value.untilHi);
    to.cut('title', 1712, 196, value.title);
    to.u8('tls', 1908, value.tls);
    to.u8('subTls', 1909, value.subTls);
    to.flag('always', 1910, value.always);
    to.u32('manualUntil', 1912, value.manualUntil);
    to.record('', 0, putChannelOptions, value);
    to.record('record.', 1096, putRecordingRecord, value.record);
    to.record('detect.', 1184, putDetectors, value.detect);
}

/** What shall run (DESIRED): so many entries follow, at most OC_CHANNELS_MAX. */
export interface DesiredHead {
    /** Of recordings. */
    readonly name: string;
    /** Time zone: its name, its POSIX TZ. */
    readonly zone: string;
    readonly posix: string;
    /** East of Greenwich, when it was told. */
    readonly offsetMinutes: number;
    /** Entries behind it. */
    readonly count: number;
}
/** Puts it where it lies. */
export function putDesiredHead(to: RecordWriter, value: DesiredHead): void {
    to.cut('name', 0, 64, value.name);
    to.cut('zone', 64, 64, value.zone);
    to.cut('posix', 128, 64, value.posix);
    to.i32('offsetMinutes', 192, value.offsetMinutes);
    to.u32('count', 196, value.count);
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
function putAppMetric(to: RecordWriter, value: AppMetric): void {
    to.f64('value', 0, value.value);
    to.text('name', 8, 40, value.name);
    to.cut('help', 48, 88, value.help);
    to.flag('counter', 136, value.counter);
}

/** All metrics of the application (METRICS). */
export interface AppMetrics {
    readonly metrics: readonly AppMetric[];
}
function putAppMetrics(to: RecordWriter, value: AppMetrics): void {
    to.u32('metrics.length', 0, value.metrics.length);
}
/** Its bytes. Throws as RecordWriter. */
export function appMetricsBytes(value: AppMetrics): Uint8Array {
    return listBytes(8, putAppMetrics, value, 144, putAppMetric, value.metrics);
}
