/**
 * What a script asks of the media plane and its host: one entry each. Made of it (tools/protocol): kinds and what they need
 * in C (native/script/oc_command_kind.h), their numbers in TypeScript (native/script/command.ts), docs/design/plane-commands.md.
 */

/** A capability of an application (docs/design/applications.md). */
export type Capability = 'network' | 'files' | 'http' | 'media' | 'viewers' | 'settings' | 'system' | 'update';

/** One command. Sentences in Markdown; what is left out is 0, nothing or not looked at. */
export interface Command {
    /** None twice; from 256 on it is the host's. */
    readonly number: number;
    /** What an application needs for it; none: every application may. */
    readonly needs: readonly Capability[];
    readonly meaning: string;
    /** Left out: the number of a channel, or 0. */
    readonly object?: string;
    /** `arg0` and those behind it. */
    readonly args?: readonly string[];
    readonly parcel?: string;
    /** `value0`, `value1`, parcel, codes. */
    readonly reply?: string;
}

const media = ['media'] as const;
const viewers = ['viewers', 'network'] as const;
const system = ['system'] as const;
const update = ['update'] as const;

/** Names that begin so are listed together. */
export const commandGroups: readonly (readonly [prefix: RegExp, heading: string, text: string])[] = [
    [/^(CHANNEL|RECORD)_(?!KEYS)|^(DESIRED|REQUEST_KEY|SET_BITRATE|CLIP|SPAN_BODY|PRIVACY|INDICATOR)$/, 'Channels and their recordings', 'A channel is named by its number, a stream by its slot (`oc_stream_kind_t`).'],
    [/^EVENT/, 'Events', 'Kept ones: [events.md](events.md).'],
    [/^(RECORDING|RECORDINGS|SPANS|RETENTION|STORAGE)/, 'What is kept of recordings', 'Replies: [script.md](script.md#parcels).'],
    [/^HTTP_/, 'Requests over HTTP', '[script.md](script.md#parcels).'],
    [/^PUSHES$/, 'Live pushes', '[live-push.md](live-push.md#one-list).'],
    [/^(STORE|EXIT|READY|METRICS|HANDOVER)/, 'The script and its host', ''],
    [/^UPDATE_/, 'Updates of the application', '[update.md](update.md#commands-of-a-script-capability-update-bit-128).'],
    [/^P2P_/, 'Viewers', 'Sessions, views and notices: [script.md](script.md#viewers). Before `P2P_OPEN` and after `P2P_CLOSE` all others are refused with `STATE`, but for `P2P_TAKE`, which gives what is left; `P2P_RATE` and the watermarks of everybody are taken after `P2P_CLOSE` too. A view or session that is gone is `NOENT`.'],
];

/** By number where that makes no difference; `oc_command_kind` in C. */
export const commands: Readonly<Record<string, Command>> = {
    REQUEST_KEY: { number: 6, needs: media, meaning: 'Asks the source for a key frame.', args: ['`oc_stream_kind_t`'], reply: '`NOTSUP`: the source cannot' },
    SET_BITRATE: { number: 7, needs: media, meaning: 'Sets what a source encodes to.', args: ['bits per second', '`oc_stream_kind_t`'], reply: '`NOTSUP`: the source cannot' },
    EVENTS_READ: { number: 8, needs: media, meaning: 'Reads the log of events, oldest first.', args: ['the first number that is wanted'], reply: 'records; `value0` the number to ask for next' },
    PRIVACY: { number: 9, needs: system, meaning: 'Sets or reads privacy mode.', object: 'bits of `oc_privacy_t` that are meant; 0: only reads', args: ['those of them that hold', 's until the plane sets SCHEDULE itself; 0: not'],
        reply: 'when every capture is closed and COMMAND is stored: `value0` the reasons in force; object 0: at once, `value1` `oc_indicator_t`' },
    EVENT_ADD: { number: 10, needs: media, meaning: 'Adds an event of the application to the log.', parcel: '`oc_event_raise_t`' },
    CLIP: { number: 11, needs: media, meaning: 'Records a span beside the recording; one that runs goes on.', object: 'the slot of the stream', args: ['ms of pre-roll', 'ms from now on', 'monotonic ms (its low 32 bits) that both are meant of; 0: now'], parcel: '`oc_clip_record_t`',
        reply: 'when it is complete: its path' },
    DESIRED: { number: 13, needs: media, meaning: 'A part of what shall run, whole entries of it; more is needed for each address (`oc_source_needs`).', args: ['its offset', 'bytes of all'], parcel: 'the part (`oc_desired_record.h`)', reply: 'to the last part: `value0` the revision, `value1` 1: it is as before. `INVAL`, `RANGE`, `NOTSUP` with channel and field: nothing has changed' },
    CHANNEL_RETRY: { number: 14, needs: media, meaning: 'What failed of a channel of the list is tried now.' },
    HTTP_LISTEN: { number: 256, needs: system, meaning: 'Starts the HTTP server.', parcel: '`oc_listen_config_t`', reply: '`value0` the port, `value1` 1 when it listens there already; parcel: fingerprint, URLs; failure: why' },
    HTTP_TAKE: { number: 257, needs: ['http'], meaning: 'The next request of the API.', reply: 'code 1: there is none; the request' },
    HTTP_REPLY: { number: 258, needs: ['http'], meaning: 'Answers a request.', args: ['the id', 'the status', 'bytes of headers, {name NUL value NUL}; 0: JSON', '1: in place of the body the reference that `reply_body` gave'], parcel: 'headers, body' },
    RECORDINGS_LIST: { number: 259, needs: media, meaning: 'A page of recordings.', parcel: '`oc_list_config_t`', reply: 'records; `value0` 1: there are more' },
    EXIT: { number: 260, needs: system, meaning: 'Ends the process.', args: ['the exit code'], parcel: 'message for stderr' },
    READY: { number: 261, needs: [], meaning: "The script has started: the host's back-off is reset." },
    STORE_READ: { number: 262, needs: ['settings'], meaning: 'Reads what is kept under a name.', parcel: 'the name, [a-z]{1,31}', reply: 'the text; `NOENT`: none is kept' },
    STORE_WRITE: { number: 263, needs: ['settings'], meaning: 'Keeps a text.', args: ['1: what is kept is set aside, 2: a person wants it'], parcel: 'the name, a line feed, the text to keep instead', reply: 'when it is on the disk' },
    INDICATOR: { number: 264, needs: system, meaning: 'The LED of this machine that shows `oc_indicator_t`.', parcel: 'its name; empty: none' },
    HTTP_CHECK: { number: 266, needs: system, meaning: 'As HTTP_LISTEN, only tried.', parcel: '`oc_listen_config_t`', reply: '`value0` 1: refused; key and why, lines' },
    METRICS: { number: 267, needs: [], meaning: 'All metrics of the application, in place of earlier ones.', parcel: '`oc_app_metric_list_t`' },
    HANDOVER: { number: 268, needs: [], meaning: 'A part of the state for the next script.', args: ['its offset', 'bytes of all; 0: there is none'], parcel: 'the part' },
    UPDATE_BEGIN: { number: 269, needs: update, meaning: 'Begins or resumes a bundle.', args: ['its bytes'], parcel: 'its SHA-256', reply: '`value0` bytes of it that are here already' },
    UPDATE_WRITE: { number: 270, needs: update, meaning: 'The next bytes of the bundle.', args: ['their offset'], parcel: 'the bytes', reply: '`value0` bytes now here' },
    UPDATE_APPLY: { number: 271, needs: update, meaning: 'Verifies and stages the bundle.', reply: 'its version; or why not, as text' },
    UPDATE_READ: { number: 272, needs: update, meaning: 'The state of updates.', reply: 'the JSON of GET /api/update' },
    UPDATE_NOTE: { number: 273, needs: update, meaning: 'What GET /api/update has as `available`.', parcel: 'JSON, 4 KB at most; empty: null' },
    SPAN_BODY: { number: 274, needs: media, meaning: 'Lends a span of a ring, or a file of live HLS, as a body.', args: ['ms back to its beginning; with LIVE a number', 'ms back to its end', '', '`oc_span_body_flag_t`'], reply: '`value0` the number for take_body, `value1` the length of a span in ms' },
    P2P_OPEN: { number: 280, needs: viewers, meaning: 'Opens the transport.', args: ['`oc_p2p_owner_t`'], parcel: '`oc_p2p_config_t`', reply: '`EXIST`: a script before this one had opened it for the same layer, it is adopted as it is; `BUSY`: the other layer has it' },
    P2P_CLOSE: { number: 281, needs: viewers, meaning: 'Closes it.', reply: 'when all is closed' },
    P2P_RESTART: { number: 282, needs: viewers, meaning: 'Addresses of this machine changed.' },
    P2P_OFFER: { number: 283, needs: viewers, meaning: "Takes a viewer's offer.", args: ['the session of an ICE restart, or 0', '`login` of the request, or 0'], parcel: 'a line `ID LABEL` for each channel that the viewer opens `negotiated` (ids to 1023), an empty line, SDP', reply: '`value0` the session, parcel the answer' },
    P2P_CONNECT: { number: 284, needs: viewers, meaning: 'Makes an offer.', args: ['the session, or 0'], reply: '`value0` the session, parcel our offer' },
    P2P_ANSWER: { number: 285, needs: viewers, meaning: 'The answer to our offer.', args: ['the session'], parcel: 'SDP' },
    P2P_CANDIDATE: { number: 286, needs: viewers, meaning: 'A candidate of the viewer.', args: ['the session'], parcel: 'its line; empty: there are no more' },
    P2P_TAKE: { number: 287, needs: viewers, meaning: 'The next notice.', reply: 'code 1: there is none; the notice' },
    P2P_ACCEPT: { number: 288, needs: viewers, meaning: 'Accepts a view.', object: 'what it becomes, `oc_view_kind_t`', args: ['the view', 'live: the channel; voice: `oc_talk_codec_t`', 'live: `oc_stream_kind_t`; voice: percent'], parcel: 'playback: a list (`oc_play_reader.h`); voice: the output (`oc_speaker.h`)', reply: '`NOENT`: it was answered, or has gone; `BUSY`: somebody else talks' },
    P2P_REFUSE: { number: 289, needs: viewers, meaning: 'Refuses a view.', args: ['the view'], parcel: 'the text that the page gets as `{"error":…}`', reply: 'as P2P_ACCEPT' },
    P2P_REPLY: { number: 290, needs: viewers, meaning: 'Answers a request of a command channel.', args: ['the view', 'the request', '1: an error in words, the channel stays'], parcel: 'the answer, 16 KB at most; empty: the viewer is told and the channel closes', reply: '`NOENT`: too late' },
    P2P_END: { number: 291, needs: viewers, meaning: 'Ends a session or a view.', args: ['the session, or 0', 'with 0: the view'], parcel: 'the reason, as the viewer reads it' },
    P2P_WATERMARKS: { number: 292, needs: viewers, meaning: 'Bytes unsent at which a view is held, and goes on.', args: ['the view; 0: every one that has none of its own; -1: those, growing with the largest GOP of the stream', 'low', 'warn', 'high'], reply: '`RANGE`: not 0 < low < warn < high, nor all 0' },
    P2P_KEEPALIVE: { number: 293, needs: viewers, meaning: "Probes of a viewer's path.", args: ['the interval in s', 'attempts'], reply: '`RANGE`: not 0 to 255, 0 to 10' },
    P2P_PLAY: { number: 294, needs: viewers, meaning: 'What a playback does.', args: ['the view', '`oc_play_op_t`', 'ms from the base, or speed in thousandths'], reply: '`NOENT`: no playback; `RANGE`' },
    P2P_RATE: { number: 295, needs: viewers, meaning: 'How the bit rate of a source follows its viewers: at once, for every stream, also when the script ends.', args: ['least bit/s, 0: an eighth of what it makes', 'ms without a rise after a fall', "ms without a page's report until live is held"], reply: '`RANGE`: not >= 0, 100 to 60,000, 1,000 to 60,000' },
    SPANS_LIST: { number: 300, needs: media, meaning: 'Spans of recordings without a gap.', parcel: '`oc_span_query_t`', reply: 'records; `value0` 1: there are more' },
    EVENTS_LIST: { number: 301, needs: media, meaning: 'A page of kept events.', parcel: '`oc_event_query_t`', reply: 'records; `value0` 1: there are more' },
    EVENT_BEGIN: { number: 302, needs: media, meaning: 'Keeps an event.', args: ['the mask'], parcel: '`oc_event_begin_record_t`', reply: '`value0` the event' },
    EVENT_END: { number: 303, needs: media, meaning: 'Ends an event that goes on.', args: ['the event'], parcel: '`oc_event_end_record_t`' },
    EVENT_PROTECT: { number: 304, needs: media, meaning: 'Keeps the recordings of an event, or no longer.', args: ['the event', '1 or 0'] },
    EVENT_DELETE: { number: 305, needs: media, meaning: 'Forgets an event.', args: ['the event'], reply: '`STATE`: it is protected' },
    RECORDING_DELETE: { number: 306, needs: media, meaning: 'Deletes a file of a recording.', parcel: 'its path', reply: '`STATE`: it is open, or an event protects it' },
    RETENTION: { number: 307, needs: media, meaning: 'What is to be kept of recordings; outlives the script.', parcel: '`oc_retention_config_t`' },
    STORAGE_READ: { number: 308, needs: media, meaning: 'How the disk stands.', reply: 'records; `value0` the files' },
    RECORDING_KEYS: { number: 309, needs: media, meaning: 'Key frames of a recording.', args: ['from this byte on', 'rows, 1 to 200'], parcel: 'its path', reply: 'records; `value0` 1: there are more' },
    PUSHES: { number: 310, needs: ['media', 'network'], meaning: 'All live pushes that shall run, in place of the list before; outlives the script.', parcel: '`oc_push_targets_t`', reply: '`INVAL`, `RANGE`: nothing has changed, parcel: which target and why; `NOTSUP`: this host pushes nothing' },
};

/** Of the mailbox: edges that wake a script, by number; `channel` is the first channel's, behind the last are those of viewers, of updates and of pushes. */
export const objects: readonly (readonly [name: string, meaning: string])[] = [
    ['events', 'the log of events grew'],
    ['http', 'requests wait'],
    ['channel', 'the state of channel n'],
    ['p2p', 'notices of viewers wait'],
    ['update', 'the state for the next script is asked for (HANDOVER)'],
    ['push', 'the state of a live push'],
];
