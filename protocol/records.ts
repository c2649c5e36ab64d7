/**
 * Records in parcels: one entry each. Made of it (tools/protocol): the structure in C with its places and a reader that checks
 * it (native/script/oc_records.h), the type and the function that makes its bytes in TypeScript (native/script/records.ts).
 * Little-endian, as every host is. Fields that are left out are 0, false or ''.
 */

/**
 * How a field lies there. `text` and `cut` end with NUL: a longer `text` is refused, a longer `cut` is cut between characters.
 * `enum` (of protocol/enums.ts): a word in TypeScript, its number in 32 bits.
 */
export type Type = 'u8' | 'u16' | 'u32' | 'i32' | 'i64' | 'f64' | 'flag' | `enum ${string}` | `${'text' | 'cut'} ${number | Size}`;

/** Sizes of texts that C has a name for, bytes with NUL. */
export const sizes = {
    OC_CHANNEL_NAME_MAX: 32,
    OC_OUT_FILE_NAME_MAX: 64,
    OC_FILE_PATH_MAX: 256,
    OC_CAPTURE_URL_MAX: 512,
    OC_ZONE_TEXT_MAX: 512,
    OC_EVENT_KIND_MAX: 24,
    OC_EVENT_KINDS_MAX: 256,
    OC_EVENT_TEXT_MAX: 160,
    OC_EVENT_JSON_MAX: 4097,
    OC_PUSH_LABEL_MAX: 64,
    OC_PUSH_URL_MAX: 1024,
    OC_PUSH_PIN_MAX: 128,
} as const;
type Size = keyof typeof sizes;

/** One field. */
export interface Field {
    /** In TypeScript. */
    readonly name: string;
    /** In C, when it is not the same in snake case. */
    readonly c?: string;
    readonly type: Type;
    /** A phrase; '': its name says it. */
    readonly meaning: string;
}

/** A record within another one. */
export interface Part {
    /** In TypeScript, and in C in snake case. */
    readonly name: string;
    /** One of the records before it. */
    readonly of: string;
    /** In TypeScript its fields are those of the record that has it. */
    readonly flat?: true;
    /** In TypeScript it may be undefined: all of it is 0. */
    readonly optional?: true;
    readonly meaning: string;
}

/** One record; its key is the structure in C, without `_t`. */
export interface Record {
    /** In TypeScript. */
    readonly type: string;
    /** A sentence. */
    readonly meaning: string;
    /** Header of another room that has the structure, between marks; left out: native/script/oc_records.h. */
    readonly header?: string;
    /** Who writes it puts it among others by itself. */
    readonly placed?: true;
    /** Its first fields are those that settings fill (modules/config/settings-table.ts). */
    readonly settings?: 'channel' | 'record' | 'listen' | 'p2p';
    readonly fields: readonly (Field | Part)[];
    /** So many others follow, as the last field says, which is a u32. */
    readonly items?: { readonly name: string; readonly of: string; readonly most: string };
}

const span = (about: string): readonly Field[] => [
    { name: 'from', c: 'from_ms', type: 'i64', meaning: about },
    { name: 'to', c: 'to_ms', type: 'i64', meaning: '' },
];

/** In order: what another one holds before it. */
export const records: Readonly<globalThis.Record<string, Record>> = {
    oc_list_config: {
        type: 'ListOptions',
        meaning: 'Which recordings.',
        fields: [
            { name: 'channel', type: 'text OC_CHANNEL_NAME_MAX', meaning: "'': all" },
            { name: 'name', type: 'text OC_OUT_FILE_NAME_MAX', meaning: "'': all" },
            { name: 'after', type: 'text OC_FILE_PATH_MAX', meaning: "path of the last row of the page before; '': from the start" },
            { name: 'limit', type: 'u32', meaning: 'rows, 1 to 200; 0: 100' },
            { name: 'newest', c: 'newest_first', type: 'flag', meaning: 'by start over all channels; false: by channel, then start' },
            ...span('those that touch [from, to), ms since 1970; 0: no limit. Recordings without a date match only when both are 0'),
        ],
    },
    oc_span_query: {
        type: 'SpansQuery',
        meaning: 'Which spans of recordings.',
        fields: [
            { name: 'channel', type: 'text OC_CHANNEL_NAME_MAX', meaning: "'': all together" },
            { name: 'limit', type: 'u32', meaning: 'spans' },
            { name: 'fromMs', type: 'i64', meaning: 'those that touch [from, to), ms since 1970; to 0: no end' },
            { name: 'toMs', type: 'i64', meaning: '' },
        ],
    },
    oc_event_query: {
        type: 'EventQuery',
        meaning: 'Which of the events that are kept. Times: ms since 1970; 0: no limit.',
        fields: [
            { name: 'channel', type: 'text OC_CHANNEL_NAME_MAX', meaning: "'': all" },
            { name: 'kinds', type: 'text OC_EVENT_KINDS_MAX', meaning: "each behind a line feed, and one at the end: \\nmotion\\nhuman\\n; '': all" },
            { name: 'newestFirst', type: 'flag', meaning: 'by their beginning' },
            { name: 'byNumber', type: 'flag', meaning: 'by their number instead, those above `afterId`' },
            { name: 'limit', type: 'u32', meaning: 'rows, 1 to 200; 0: 100' },
            { name: 'afterId', type: 'u32', meaning: 'number and beginning of the last row of the page before; 0: from the start' },
            { name: 'afterMs', type: 'i64', meaning: '' },
            { name: 'fromMs', type: 'i64', meaning: 'events that touch [from, to]' },
            { name: 'toMs', type: 'i64', meaning: '' },
        ],
    },
    oc_event_begin_record: {
        type: 'EventToKeep',
        meaning: 'An event to keep (EVENT_BEGIN); `arg0` has its mask.',
        fields: [
            { name: 'startMs', type: 'i64', meaning: 'ms since 1970' },
            { name: 'endMs', type: 'i64', meaning: 'ms since 1970; -1: it goes on' },
            { name: 'kind', type: 'text OC_EVENT_KIND_MAX', meaning: '' },
            { name: 'channel', type: 'text OC_CHANNEL_NAME_MAX', meaning: "'': of none" },
            { name: 'data', type: 'text OC_EVENT_JSON_MAX', meaning: "JSON; '': none" },
        ],
    },
    oc_event_end_record: {
        type: 'EventEnd',
        meaning: 'When an event ended (EVENT_END).',
        fields: [{ name: 'atMs', type: 'i64', meaning: 'ms since 1970' }],
    },
    oc_event_raise: {
        type: 'EventToRaise',
        meaning: 'An event of the application for the log (EVENT_ADD).',
        fields: [
            { name: 'kind', type: 'text OC_EVENT_KIND_MAX', meaning: '' },
            { name: 'channel', type: 'text OC_CHANNEL_NAME_MAX', meaning: "'': of none" },
            { name: 'text', type: 'cut OC_EVENT_TEXT_MAX', meaning: 'one line' },
        ],
    },
    oc_clip_record: {
        type: 'ClipRecord',
        meaning: 'The file of a clip (CLIP); its span is in the arguments.',
        fields: [
            { name: 'name', type: 'text OC_OUT_FILE_NAME_MAX', meaning: '' },
            { name: 'audio', type: 'flag', meaning: '' },
        ],
    },
    oc_retention_of: {
        type: 'ChannelRetention',
        meaning: 'Limits of the recordings of one channel; 0: none.',
        fields: [
            { name: 'name', c: 'channel', type: 'text OC_CHANNEL_NAME_MAX', meaning: '' },
            { name: 'maxMB', c: 'max_mb', type: 'u32', meaning: '' },
            { name: 'maxDays', type: 'u32', meaning: '' },
        ],
    },
    oc_retention_config: {
        type: 'Retention',
        meaning: 'What is to be kept: the lesser of the first two stays free; 0: that one does not count.',
        fields: [
            { name: 'keepFreePercent', type: 'u32', meaning: '' },
            { name: 'keepFreeMB', c: 'keep_free_mb', type: 'u32', meaning: '' },
            { name: 'maxMB', c: 'max_mb', type: 'u32', meaning: 'of all; 0: no limit' },
            { name: 'maxDays', type: 'u32', meaning: 'of all; 0: no limit' },
            { name: 'leadSeconds', c: 'preroll_seconds', type: 'u32', meaning: 'kept before a protected event' },
        ],
        items: { name: 'channels', of: 'oc_retention_of', most: 'OC_CHANNELS_MAX' },
    },
    oc_push_target: {
        type: 'PushRecord',
        meaning: 'A live push that shall run. One that is equal to that of the list before is not touched.',
        fields: [
            { name: 'id', type: 'u32', meaning: '> 0, no other has it; the same for the same push, over restarts' },
            { name: 'channel', type: 'text OC_CHANNEL_NAME_MAX', meaning: 'its name; it may come later' },
            { name: 'sub', type: 'flag', meaning: 'its sub stream' },
            { name: 'format', type: 'u8', meaning: '`oc_push_format_t`' },
            { name: 'audioOnly', type: 'flag', meaning: 'a stream without a picture is sent too' },
            { name: 'name', type: 'text OC_PUSH_LABEL_MAX', meaning: 'for the log and metrics, as "cam1/youtube"; no secret' },
            { name: 'url', type: 'text OC_PUSH_URL_MAX', meaning: 'with key, token and passphrase; never logged' },
            { name: 'pin', type: 'text OC_PUSH_PIN_MAX', meaning: "fingerprint of the server's certificate; '': the authorities of the system verify it" },
        ],
    },
    oc_push_targets: {
        type: 'PushRecords',
        meaning: 'All live pushes (PUSHES).',
        fields: [],
        items: { name: 'targets', of: 'oc_push_target', most: 'OC_PUSHES_MAX' },
    },
    oc_listen_config: {
        type: 'ListenRecord',
        meaning: "Where to listen, and the rules of the server. Lists hold one entry a line; '': none; addresses: at least one.",
        settings: 'listen',
        fields: [],
    },
    oc_p2p_config: {
        type: 'P2pOpenRecord',
        meaning: 'How the transport of viewers opens; an application may give the fields of settings other values. port 0: any free one; sessions 0: OC_SESSIONS_MAX; either of interval and attempts 0: off.',
        settings: 'p2p',
        fields: [
            { name: 'ipv4', type: 'flag', meaning: 'at least one of ipv4 and ipv6' },
            { name: 'servers', type: 'text 2048', meaning: "STUN and TURN, one a line: URL, or URL, blank, user name, blank, password; at most four; '': none. Never logged" },
            { name: 'ca', type: 'text 512', meaning: "PEM file that TURN over TLS trusts; '': the system's" },
        ],
    },
    oc_channel_config: {
        type: 'ChannelOptions',
        meaning: 'How to open a source; its addresses are never logged or published as they are, for they may hold passwords. subUrl: the second stream, opened when the first one is, an address or a size (WxH, WxH@BITRATE) in which it is made of the first; what follows holds for each. Of ringBytes and ringMs one is not 0; liveTargetMs 0: 1000.',
        header: 'native/script/oc_command.h',
        settings: 'channel',
        fields: [
            { name: 'fast', c: 'as_fast_as_possible', type: 'flag', meaning: "the source's own pace is ignored: tests, imports" },
            { name: 'bitrate', c: 'bitrate_bps', type: 'u32', meaning: 'bits per second when the source announces none; 0: 4,000,000' },
        ],
    },
    oc_desired_recording: {
        type: 'RecordingRecord',
        meaning: 'How a channel is recorded. segmentMs 0: 90 minutes; prerollMs 0: from the start of the GOP under way; without audio a source with sound alone makes no file.',
        header: 'native/script/oc_desired_record.h',
        settings: 'record',
        fields: [{ name: 'stream', type: 'enum oc_stream_kind', meaning: 'one of the two at a time; sub: it begins as soon as that stream is open' }],
    },
    oc_desired_detect: {
        type: 'Detectors',
        meaning: 'What the host looks for at a channel; all 0: nothing.',
        header: 'native/motion/oc_detect_record.h',
        fields: [
            { name: 'sensitivity', type: 'u32', meaning: 'of motion, 1 to 100; 0: none is looked for' },
            { name: 'leastPermille', type: 'u32', meaning: 'of an event of motion, in thousandths of the picture; 0: 2' },
            { name: 'cooldownMs', type: 'u32', meaning: 'an event ends so long after its last motion or sound' },
            { name: 'soundDb', type: 'u32', meaning: 'decibels above what is usual, 1 to 96; 0: sound is not listened to' },
            { name: 'zones', type: 'text OC_ZONE_TEXT_MAX', meaning: "polygons in which motion counts, as in `motion.zones`; '': everywhere" },
        ],
    },
    oc_desired_entry: {
        type: 'DesiredEntry',
        placed: true,
        header: 'native/script/oc_desired_record.h',
        meaning: 'One channel that shall run. From `title` on it is for answers in the place of a script; nothing there moves a channel.',
        fields: [
            { name: 'channel', of: 'oc_channel_config', flat: true, meaning: '' },
            { name: 'records', type: 'flag', meaning: 'it shall be recorded as follows; false: not, and the rest is not looked at' },
            { name: 'record', of: 'oc_desired_recording', optional: true, meaning: '' },
            { name: 'untilLo', type: 'u32', meaning: 'the recording ends by itself then, monotonic ms; 0: it does not. In the past: it is not recorded' },
            { name: 'untilHi', type: 'u32', meaning: '' },
            { name: 'detect', of: 'oc_desired_detect', meaning: '' },
            { name: 'title', type: 'cut 196', meaning: 'for people: at most 64 characters' },
            { name: 'tls', type: 'u8', meaning: 'of its addresses: 0 none, 1 verified, 2 pinned, 3 not looked at' },
            { name: 'subTls', type: 'u8', meaning: '' },
            { name: 'always', type: 'flag', meaning: 'it is recorded whatever the hour and whatever happens' },
            { name: 'manualUntil', type: 'u32', meaning: 'recorded by hand until then, seconds since 1970; 0: not; OC_DESIRED_FOR_GOOD: until it is ended' },
        ],
    },
    oc_desired_head: {
        type: 'DesiredHead',
        placed: true,
        header: 'native/script/oc_desired_record.h',
        meaning: 'What shall run (DESIRED): so many entries follow, at most OC_CHANNELS_MAX.',
        fields: [
            { name: 'name', type: 'cut OC_OUT_FILE_NAME_MAX', meaning: 'of recordings' },
            { name: 'zone', type: 'cut 64', meaning: 'time zone: its name, its POSIX TZ' },
            { name: 'posix', type: 'cut 64', meaning: '' },
            { name: 'offsetMinutes', type: 'i32', meaning: 'east of Greenwich, when it was told' },
            { name: 'count', type: 'u32', meaning: 'entries behind it' },
        ],
    },
    oc_app_metric: {
        type: 'AppMetric',
        meaning: 'A metric of the application.',
        fields: [
            { name: 'value', type: 'f64', meaning: '' },
            { name: 'name', type: 'text 40', meaning: '[a-z][a-z0-9_]*; shown behind "ocellus_app_"' },
            { name: 'help', type: 'cut 88', meaning: 'one line' },
            { name: 'counter', type: 'flag', meaning: 'false: a gauge' },
        ],
    },
    oc_app_metric_list: {
        type: 'AppMetrics',
        meaning: 'All metrics of the application (METRICS).',
        fields: [],
        items: { name: 'metrics', of: 'oc_app_metric', most: 'OC_APP_METRICS_MAX' },
    },
};

/** Of `sizes`, what headers of other rooms define; '': of those that oc_records.h does not need. */
export const elsewhere: Readonly<globalThis.Record<string, string>> = {
    OC_OUT_FILE_NAME_MAX: 'oc_out_file.h',
    OC_FILE_PATH_MAX: 'oc_file_op.h',
    OC_CAPTURE_URL_MAX: 'oc_capture.h',
    OC_ZONE_TEXT_MAX: '',
};
