/** Made by tools/protocol from protocol/records.ts: do not edit. */
// biome-ignore-all format: a layout to a line
import type { Layout } from 'ocellus/test/record-fields';

/** Which recordings. */
export const listOptionsLayout: Layout = Object.freeze({
    bytes: 376,
    fields: Object.freeze(['channel text 0 32', 'name text 32 64', 'after text 96 256', 'limit u32 352 4', 'newest flag 356 1', 'from i64 360 8', 'to i64 368 8']),
});

/** Which spans of recordings. */
export const spansQueryLayout: Layout = Object.freeze({
    bytes: 56,
    fields: Object.freeze(['channel text 0 32', 'limit u32 32 4', 'fromMs i64 40 8', 'toMs i64 48 8']),
});

/** Which of the events that are kept. Times: ms since 1970; 0: no limit. */
export const eventQueryLayout: Layout = Object.freeze({
    bytes: 328,
    fields: Object.freeze(['channel text 0 32', 'kinds text 32 256', 'newestFirst flag 288 1', 'byNumber flag 289 1', 'limit u32 292 4', 'afterId u32 296 4', 'afterMs i64 304 8', 'fromMs i64 312 8', 'toMs i64 320 8']),
});

/** An event to keep (EVENT_BEGIN); `arg0` has its mask. */
export const eventToKeepLayout: Layout = Object.freeze({
    bytes: 4176,
    fields: Object.freeze(['startMs i64 0 8', 'endMs i64 8 8', 'kind text 16 24', 'channel text 40 32', 'data text 72 4097']),
});

/** When an event ended (EVENT_END). */
export const eventEndLayout: Layout = Object.freeze({
    bytes: 8,
    fields: Object.freeze(['atMs i64 0 8']),
});

/** An event of the application for the log (EVENT_ADD). */
export const eventToRaiseLayout: Layout = Object.freeze({
    bytes: 216,
    fields: Object.freeze(['kind text 0 24', 'channel text 24 32', 'text cut 56 160']),
});

/** The file of a clip (CLIP); its span is in the arguments. */
export const clipRecordLayout: Layout = Object.freeze({
    bytes: 65,
    fields: Object.freeze(['name text 0 64', 'audio flag 64 1']),
});

/** Limits of the recordings of one channel; 0: none. */
export const channelRetentionLayout: Layout = Object.freeze({
    bytes: 40,
    fields: Object.freeze(['name text 0 32', 'maxMB u32 32 4', 'maxDays u32 36 4']),
});

/** What is to be kept: the lesser of the first two stays free; 0: that one does not count. */
export const retentionLayout: Layout = Object.freeze({
    bytes: 24,
    fields: Object.freeze(['keepFreePercent u32 0 4', 'keepFreeMB u32 4 4', 'maxMB u32 8 4', 'maxDays u32 12 4', 'leadSeconds u32 16 4', 'channels.length u32 20 4']),
    items: 'channels',
    item: channelRetentionLayout,
});

/** A live push that shall run. One that is equal to that of the list before is not touched. */
export const pushRecordLayout: Layout = Object.freeze({
    bytes: 1256,
    fields: Object.freeze(['id u32 0 4', 'channel text 4 32', 'sub flag 36 1', 'format u8 37 1', 'audioOnly flag 38 1', 'name text 39 64', 'url text 103 1024', 'pin text 1127 128']),
});

/** All live pushes (PUSHES). */
export const pushRecordsLayout: Layout = Object.freeze({
    bytes: 4,
    fields: Object.freeze(['targets.length u32 0 4']),
    items: 'targets',
    item: pushRecordLayout,
});

/** Where to listen, and the rules of the server. Lists hold one entry a line; '': none; addresses: at least one. */
export const listenRecordLayout: Layout = Object.freeze({
    bytes: 6408,
    fields: Object.freeze(['addresses text 0 512', 'port u32 512 4', 'always flag 516 1', 'hosts text 517 2048', 'corsOrigins text 2565 2048', 'trustedProxies text 4613 768', 'tlsCert text 5381 512', 'tlsKey text 5893 512']),
});

/** How the transport of viewers opens; an application may give the fields of settings other values. port 0: any free one; sessions 0: OC_SESSIONS_MAX; either of interval and attempts 0: off. */
export const p2pOpenRecordLayout: Layout = Object.freeze({
    bytes: 2584,
    fields: Object.freeze(['port u32 0 4', 'ipv6 flag 4 1', 'loopback flag 5 1', 'relayOnly flag 6 1', 'sessions u32 8 4', 'interval u32 12 4', 'attempts u32 16 4', 'ipv4 flag 20 1', 'servers text 21 2048', 'ca text 2069 512']),
});

/** How to open a source; its addresses are never logged or published as they are, for they may hold passwords. subUrl: the second stream, opened when the first one is, an address or a size (WxH, WxH@BITRATE) in which it is made of the first; what follows holds for each. Of ringBytes and ringMs one is not 0; liveTargetMs 0: 1000. */
export const channelOptionsLayout: Layout = Object.freeze({
    bytes: 1092,
    fields: Object.freeze(['name text 0 32', 'url text 32 512', 'subUrl text 544 512', 'audio flag 1056 1', 'loop flag 1057 1', 'ringMs u32 1060 4', 'ringBytes u32 1064 4', 'prerollMs u32 1068 4', 'maxGopBytes u32 1072 4', 'liveTargetMs u32 1076 4', 'livePartMs u32 1080 4', 'fast flag 1084 1', 'bitrate u32 1088 4']),
});

/** How a channel is recorded. segmentMs 0: 90 minutes; prerollMs 0: from the start of the GOP under way; without audio a source with sound alone makes no file. */
export const recordingRecordLayout: Layout = Object.freeze({
    bytes: 80,
    fields: Object.freeze(['name text 0 64', 'segmentMs u32 64 4', 'prerollMs u32 68 4', 'audio flag 72 1', 'stream u32 76 4']),
});

/** What the host looks for at a channel; all 0: nothing. */
export const detectorsLayout: Layout = Object.freeze({
    bytes: 528,
    fields: Object.freeze(['sensitivity u32 0 4', 'leastPermille u32 4 4', 'cooldownMs u32 8 4', 'soundDb u32 12 4', 'zones text 16 512']),
});

/** One channel that shall run. From `title` on it is for answers in the place of a script; nothing there moves a channel. */
export const desiredEntryLayout: Layout = Object.freeze({
    bytes: 1916,
    fields: Object.freeze(['records flag 1092 1', 'untilLo u32 1176 4', 'untilHi u32 1180 4', 'title cut 1712 196', 'tls u8 1908 1', 'subTls u8 1909 1', 'always flag 1910 1', 'manualUntil u32 1912 4']),
});

/** What shall run (DESIRED): so many entries follow, at most OC_CHANNELS_MAX. */
export const desiredHeadLayout: Layout = Object.freeze({
    bytes: 200,
    fields: Object.freeze(['name cut 0 64', 'zone cut 64 64', 'posix cut 128 64', 'offsetMinutes i32 192 4', 'count u32 196 4']),
});

/** A metric of the application. */
export const appMetricLayout: Layout = Object.freeze({
    bytes: 144,
    fields: Object.freeze(['value f64 0 8', 'name text 8 40', 'help cut 48 88', 'counter flag 136 1']),
});

/** All metrics of the application (METRICS). */
export const appMetricsLayout: Layout = Object.freeze({
    bytes: 8,
    fields: Object.freeze(['metrics.length u32 0 4']),
    items: 'metrics',
    item: appMetricLayout,
});
