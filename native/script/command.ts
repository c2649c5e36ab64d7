/** Made by tools/protocol from protocol/*.ts: do not edit. */
// biome-ignore-all format: several words to a line

/** Kinds of commands: docs/design/plane-commands.md. */
export const commands = Object.freeze({
    REQUEST_KEY: 6, SET_BITRATE: 7, EVENTS_READ: 8, PRIVACY: 9, EVENT_ADD: 10, CLIP: 11, DESIRED: 13, CHANNEL_RETRY: 14,
    HTTP_LISTEN: 256, HTTP_TAKE: 257, HTTP_REPLY: 258, RECORDINGS_LIST: 259, EXIT: 260, READY: 261, STORE_READ: 262,
    STORE_WRITE: 263, INDICATOR: 264, HTTP_CHECK: 266, METRICS: 267, HANDOVER: 268, UPDATE_BEGIN: 269,
    UPDATE_WRITE: 270, UPDATE_APPLY: 271, UPDATE_READ: 272, UPDATE_NOTE: 273, SPAN_BODY: 274, P2P_OPEN: 280,
    P2P_CLOSE: 281, P2P_RESTART: 282, P2P_OFFER: 283, P2P_CONNECT: 284, P2P_ANSWER: 285, P2P_CANDIDATE: 286,
    P2P_TAKE: 287, P2P_ACCEPT: 288, P2P_REFUSE: 289, P2P_REPLY: 290, P2P_END: 291, P2P_WATERMARKS: 292,
    P2P_KEEPALIVE: 293, P2P_PLAY: 294, P2P_RATE: 295, SPANS_LIST: 300, EVENTS_LIST: 301, EVENT_BEGIN: 302,
    EVENT_END: 303, EVENT_PROTECT: 304, EVENT_DELETE: 305, RECORDING_DELETE: 306, RETENTION: 307, STORAGE_READ: 308,
    RECORDING_KEYS: 309, PUSHES: 310,
} as const);

/** Objects of the mailbox; `channel` is the first channel's, behind the last are those of viewers and of updates. */
export const objects = Object.freeze({
    events: 0, http: 1, channel: 2,
} as const);

/**
 * Name of a channel that is open only while its camera is tried: no setting may have it, and it is no part of
 * health, status and metrics.
 */
export const testChannel = 'testing-';

/** A disk with less room, in bytes, on which nothing can be written is full; of a small disk, what would be low. */
export const freeMin = 33554432;

/** Metrics of one application. */
export const metricsMax = 32;

/** Views that one viewer can have. */
export const sessionViews = 8;

/** The largest id that an offer may name for a channel. */
export const openIdMax = 1023;

/**
 * The streams of a channel, on one time line. A stream has a slot: main of channel n the slot n, sub
 * OC_CHANNELS_MAX + n. Captures, rows and names are numbered by slot.
 */
export const streams = Object.freeze({
    main: 0, sub: 1,
} as const);
/** One of them. */
export type StreamName = keyof typeof streams;

/** States of a stream; that of its main stream is the channel's. By number. */
export const channelStates = Object.freeze([
    'free', 'opening', 'running', 'lost', 'ended', 'closing', 'silent', 'failed',
] as const);
/** One of them. */
export type ChannelState = (typeof channelStates)[number];

/** Why nothing may be captured. By bit. */
export const privacyReasons = Object.freeze(['command', 'schedule', 'switch'] as const);
/** One of them. */
export type PrivacyReason = (typeof privacyReasons)[number];

/** What the light of a camera tells who stands before it. Bits. */
export const indicators = Object.freeze({
    sensor: 1, watching: 2,
} as const);

/** What a span of a ring is to be (SPAN_BODY). Bits. */
export const spanFlags = Object.freeze({
    sub: 1, silent: 2, picture: 4, jpeg: 8, live: 16, init: 32, list: 64,
} as const);

/** Codecs of tracks. By number. */
export const codecs = Object.freeze(['none', 'h264', 'h265', 'mjpeg', 'aac', 'opus', 'pcma', 'pcmu'] as const);
/** One of them. */
export type Codec = (typeof codecs)[number];

/** Why a packet did not reach the ring; the words `lost_…` of a row are in this order. By number. */
export const lossCauses = Object.freeze([
    'queue-full', 'buffer-full', 'too-large', 'gop-rest', 'no-track', 'time-line', 'ring', 'source', 'foreign-ssrc',
] as const);
/** One of them. */
export type LossCause = (typeof lossCauses)[number];

/** Levels of the log. By number. */
export const logLevels = Object.freeze(['error', 'warn', 'info', 'debug'] as const);
/** One of them. */
export type LogLevel = (typeof logLevels)[number];

/** Layers that speak to viewers: one at a time (B13). */
export const p2pOwners = Object.freeze({
    raw: 0, hub: 1,
} as const);
/** One of them. */
export type P2pOwner = keyof typeof p2pOwners;

/** What P2P_ACCEPT makes of a view. By number. */
export const viewKinds = Object.freeze(['unknown', 'live', 'playback', 'command', 'receive', 'voice'] as const);
/** One of them. */
export type ViewKind = (typeof viewKinds)[number];

/** States of a view. By number. */
export const viewStates = Object.freeze(['free', 'requested', 'open', 'ending'] as const);
/** One of them. */
export type ViewState = (typeof viewStates)[number];

/** Why a live view (`oc_view_row_t.held`) takes nothing from its ring. Bits. */
export const viewHeld = Object.freeze({
    high: 1, report: 2,
} as const);

/** States of a viewer. By number. */
export const sessionStates = Object.freeze(['free', 'connecting', 'up', 'lost'] as const);
/** One of them. */
export type SessionState = (typeof sessionStates)[number];

/** What P2P_PLAY does. */
export const playOps = Object.freeze({
    pause: 0, resume: 1, seek: 2, speed: 3,
} as const);

/** What a live push carries (PUSHES). */
export const pushFormats = Object.freeze({
    flv: 0, ts: 1,
} as const);
/** One of them. */
export type PushFormat = keyof typeof pushFormats;

/** What a live push does. By number. */
export const pushPhases = Object.freeze(['free', 'waits', 'connecting', 'runs', 'retries'] as const);
/** One of them. */
export type PushPhase = (typeof pushPhases)[number];

/** What a talker sends: G.711 at 8 kHz. By number. */
export const talkCodecs = Object.freeze(['pcma', 'pcmu'] as const);
/** One of them. */
export type TalkCodec = (typeof talkCodecs)[number];

/** The published row of a stream; what each word says: docs/design/rows.md. Its words, in order. */
export const rowFields = Object.freeze([
    'state', 'failure', 'revision', 'name_hash', 'video_codec', 'width', 'height', 'fps_milli', 'audio_codec',
    'sample_rate', 'audio_channels', 'rotation', 'omitted_video', 'omitted_audio', 'bitrate_bps', 'gop_ms', 'gop_bytes',
    'packets_lo', 'packets_hi', 'bytes_lo', 'bytes_hi', 'copied_lo', 'copied_hi', 'empty_packets', 'dropped_packets',
    'lost_gops', 'jumps', 'ring_bytes', 'ring_held_bytes', 'ring_held_ms', 'ring_readers', 'lateness_p50_us',
    'lateness_p99_us', 'lateness_p999_us', 'lateness_max_us', 'recording', 'record_failing', 'record_files',
    'record_bytes_lo', 'record_bytes_hi', 'record_lost_packets', 'record_synced_age_ms', 'live_begun', 'live_first',
    'live_last', 'live_requests', 'viewers', 'live_part_ms', 'source_losses', 'unused_packets', 'ring_overruns',
    'lost_queue_full', 'lost_buffer_full', 'lost_too_large', 'lost_gop_rest', 'lost_no_track', 'lost_time_line',
    'lost_ring', 'lost_source', 'lost_foreign_ssrc',
] as const);
/** One of them. */
export type RowField = (typeof rowFields)[number];

/** The published row of a viewer. Its words, in order. */
export const sessionFields = Object.freeze([
    'session', 'state', 'views', 'family', 'port', 'ip0', 'ip1', 'ip2', 'ip3', 'relayed', 'rtt_us', 'uptime_s', 'login',
] as const);
/** One of them. */
export type SessionField = (typeof sessionFields)[number];

/** The published row of a view. Its words, in order. */
export const viewFields = Object.freeze([
    'view', 'session', 'state', 'kind', 'id', 'channel', 'stream', 'queued', 'inst_rate', 'acked_rate', 'acked_lo',
    'acked_hi', 'rtt_us', 'loss_ppm', 'cwnd', 'pacing_rate', 'drop_ring', 'drop_watermark', 'drop_report',
    'drop_tracks', 'abandoned', 'jumps', 'key_requests', 'held', 'watermark', 'low', 'warn', 'high', 'received_lo',
    'received_hi', 'drop_received',
] as const);
/** One of them. */
export type ViewField = (typeof viewFields)[number];

/** The published row of a live push; counters are of its target as it is, from its start on. Its words, in order. */
export const pushFields = Object.freeze([
    'id', 'phase', 'failure', 'failures', 'failures_total', 'reconnects', 'phase_ms_lo', 'phase_ms_hi',
    'delivered_ms_lo', 'delivered_ms_hi', 'due_ms_lo', 'due_ms_hi', 'packets_lo', 'packets_hi', 'bytes_lo', 'bytes_hi',
    'left_out_gops', 'left_out_packets_lo', 'left_out_packets_hi', 'connected_ms', 'queue_bytes',
] as const);
/** One of them. */
export type PushField = (typeof pushFields)[number];

/** Kinds of events that only the media plane and its host raise: each between two blanks. */
export const programKinds =
    ' channel-opened channel-closed channel-failed sub-opened sub-failed sub-closed source-absent source-lost' +
    ' source-silent source-resumed source-ended track-omitted video-missing video-came packets-lost gop-too-big' +
    ' gop-left-out record-opened record-closed record-gap record-failed record-recovered record-renamed' +
    ' record-stopped data-gone data-moved recording-deleted retention-blocked process-stalled host-updated' +
    ' host-restarted script-started script-ready script-ended script-stuck http-stuck app-replaced' +
    ' update-committed update-rolled-back update-refused update-revoked update-interrupted clock-set clock-step' +
    ' clock-lost privacy-on privacy-off privacy-not-stored ';
/** Kinds that have a bit of the mask of events, and its number from 1 on. */
export const kindBits: Readonly<Record<string, number>> = Object.freeze({
    motion: 1,
    human: 2,
    sound: 3,
    linkage: 4,
    doorbell: 17,
});
