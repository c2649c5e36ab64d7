/**
 * Numbered words and limits that C and TypeScript share: one entry each. Made of it (tools/protocol): the part between two
 * marks of the C header that is named, and native/script/command.ts.
 */

/** Words by number; its key is the type in C, without `_t`. */
export interface Enumeration {
    /** Of the enumerators. */
    readonly prefix: string;
    readonly header: string;
    /** A sentence. */
    readonly meaning: string;
    /** In TypeScript: a list of words or words with their numbers, and the type of one of them. Left out: C alone. */
    readonly list?: readonly [name: string, type: string];
    readonly numbers?: readonly [name: string, type?: string];
    /** 1, 2, 4, … in place of 0, 1, 2, …; a list has them by bit. */
    readonly bits?: true;
    /** What each is, '': its name says it. */
    readonly words: Readonly<Record<string, string>>;
    /** Of a macro with how many there are. */
    readonly count?: string;
    /** X-macro of names and words. */
    readonly map?: string;
}

/** By their type in C. */
export const enumerations: Readonly<Record<string, Enumeration>> = {
    oc_stream_kind: {
        prefix: 'OC_STREAM',
        header: 'native/script/oc_stream_row.h',
        meaning: 'The streams of a channel, on one time line. A stream has a slot: main of channel n the slot n, sub OC_CHANNELS_MAX + n. Captures, rows and names are numbered by slot.',
        numbers: ['streams', 'StreamName'],
        words: { main: '', sub: '' },
        count: 'OC_STREAM_KINDS',
    },
    oc_stream_state: {
        prefix: 'OC_STREAM',
        header: 'native/script/oc_stream_row.h',
        meaning: "States of a stream; that of its main stream is the channel's.",
        list: ['channelStates', 'ChannelState'],
        words: {
            free: '',
            opening: '',
            running: '',
            lost: 'source gone, tried again with back-off; outputs wait',
            ended: 'source at its end, no loop',
            closing: '',
            silent: 'it should deliver and does not; RUNNING with its next packet',
            failed: 'it is in the list, and nothing is open: `failure` says why',
        },
    },
    oc_privacy: {
        prefix: 'OC_PRIVACY',
        header: 'native/script/oc_command.h',
        meaning: 'Why nothing may be captured.',
        list: ['privacyReasons', 'PrivacyReason'],
        bits: true,
        words: {
            command: 'somebody asked for it; kept over restarts by the host',
            schedule: 'the hours of the settings',
            switch: 'OC_INPUT_PRIVACY is raised',
        },
    },
    oc_indicator: {
        prefix: 'OC_INDICATOR',
        header: 'native/script/oc_command.h',
        meaning: 'What the light of a camera tells who stands before it.',
        numbers: ['indicators'],
        bits: true,
        words: { sensor: 'a source is open, or may be', watching: 'somebody watches live, or it is pushed' },
    },
    oc_span_body_flag: {
        prefix: 'OC_SPAN_BODY',
        header: 'native/script/oc_command.h',
        meaning: 'What a span of a ring is to be (SPAN_BODY).',
        numbers: ['spanFlags'],
        bits: true,
        words: {
            sub: 'of the sub stream',
            silent: 'without sound',
            picture: 'the newest key frame alone',
            jpeg: 'with PICTURE: decoded where it is no JPEG and the host can',
            live: 'a file of live HLS instead: the segment of the number in arg0, as that file is served',
            init: 'with LIVE: the init segment of that number',
            list: 'with LIVE: the playlist, without parts',
        },
    },
    oc_codec: {
        prefix: 'OC_CODEC',
        header: 'native/media/oc_packet.h',
        meaning: 'Codecs of tracks.',
        list: ['codecs', 'Codec'],
        words: {
            none: '',
            h264: 'length-prefixed NAL units (4-byte lengths), config = avcC payload',
            h265: 'length-prefixed NAL units (4-byte lengths), config = hvcC payload',
            mjpeg: 'one JPEG image (SOI..EOI), no config; every packet is a key packet',
            aac: 'one raw_data_block, no ADTS; config = AudioSpecificConfig',
            opus: 'one Opus packet; config = dOps payload (Opus in ISOBMFF 4.3.2)',
            pcma: 'G.711 A-law bytes',
            pcmu: 'G.711 mu-law bytes',
        },
    },
    oc_loss: {
        prefix: 'OC_LOSS',
        header: 'native/base/oc_loss.h',
        meaning: 'Why a packet did not reach the ring; the words `lost_…` of a row are in this order.',
        list: ['lossCauses', 'LossCause'],
        words: {
            'queue-full': 'all slots between source and media thread are taken',
            'buffer-full': "the source's payload buffer has no room",
            'too-large': 'larger than that buffer, or than a packet may be',
            'gop-rest': 'needs a packet of its GOP that was lost',
            'no-track': 'its track was not described, or cannot be kept',
            'time-line': 'before time 0 of the stream, or going back',
            ring: 'its GOP is too large for the ring, or the disk holds it',
            source: 'missing from what arrived: the source or its network says so',
            'foreign-ssrc': "RTP of another source than the session's: ADR 102",
        },
        count: 'OC_LOSS_CAUSES',
        map: 'OC_LOSS_MAP',
    },
    oc_log_level: {
        prefix: 'OC_LOG',
        header: 'native/base/oc_log.h',
        meaning: 'Levels of the log.',
        list: ['logLevels', 'LogLevel'],
        words: {
            error: 'something a person must act on',
            warn: 'something was lost or refused; the program goes on',
            info: 'life: started, opened, closed',
            debug: '',
        },
    },
    oc_capability: {
        prefix: 'OC_CAPABILITY',
        header: 'native/base/oc_capability.h',
        meaning: "What an application may use. Numbers are part of the archive's format.",
        bits: true,
        map: 'OC_CAPABILITY_MAP',
        words: { network: '', files: '', http: '', media: '', viewers: '', settings: '', system: '', update: '' },
    },
    oc_p2p_owner: {
        prefix: 'OC_P2P',
        header: 'native/script/oc_p2p_command.h',
        meaning: 'Layers that speak to viewers: one at a time (B13).',
        numbers: ['p2pOwners', 'P2pOwner'],
        words: { raw: "the script's own protocol", hub: 'the viewers of the camera' },
    },
    oc_view_kind: {
        prefix: 'OC_VIEW',
        header: 'native/script/oc_p2p_command.h',
        meaning: 'What P2P_ACCEPT makes of a view.',
        list: ['viewKinds', 'ViewKind'],
        words: {
            unknown: 'not accepted yet',
            live: 'out of the ring of a stream',
            playback: 'recorded media',
            command: 'requests, answers, reports of the page',
            receive: 'from the viewer to the script',
            voice: 'from the viewer to the speaker',
        },
    },
    oc_view_state: {
        prefix: 'OC_VIEW',
        header: 'native/script/oc_p2p_command.h',
        meaning: 'States of a view.',
        list: ['viewStates', 'ViewState'],
        words: { free: '', requested: 'the script has to accept or refuse it', open: '', ending: 'its last words leave' },
    },
    oc_view_held: {
        prefix: 'OC_VIEW_HELD',
        header: 'native/script/oc_p2p_command.h',
        meaning: 'Why a live view (`oc_view_row_t.held`) takes nothing from its ring.',
        numbers: ['viewHeld'],
        bits: true,
        words: { high: 'the high watermark was passed', report: 'the page is hidden or does not report' },
    },
    oc_session_state: {
        prefix: 'OC_SESSION',
        header: 'native/script/oc_p2p_command.h',
        meaning: 'States of a viewer.',
        list: ['sessionStates', 'SessionState'],
        words: { free: '', connecting: '', up: '', lost: 'no answer from there: it may come back' },
    },
    oc_play_op: {
        prefix: 'OC_PLAY',
        header: 'native/script/oc_p2p_command.h',
        meaning: 'What P2P_PLAY does.',
        numbers: ['playOps'],
        words: { pause: '', resume: '', seek: '', speed: '' },
    },
    oc_push_format: {
        prefix: 'OC_PUSH',
        header: 'native/script/oc_push_command.h',
        meaning: 'What a live push carries (PUSHES).',
        numbers: ['pushFormats', 'PushFormat'],
        words: { flv: 'FLV tags: RTMP and RTMPS', ts: 'MPEG-TS packets: SRT' },
        count: 'OC_PUSH_FORMATS',
    },
    oc_push_phase: {
        prefix: 'OC_PUSH',
        header: 'native/script/oc_push_command.h',
        meaning: 'What a live push does.',
        list: ['pushPhases', 'PushPhase'],
        words: {
            free: '',
            waits: 'for its channel: `failure` says why it has nothing to send; 0: no picture has come yet',
            connecting: '',
            runs: '',
            retries: 'the last try failed: `failure`; `due_ms` says when the next one is',
        },
    },
    oc_talk_codec: {
        prefix: 'OC_TALK',
        header: 'native/talk/oc_talk.h',
        meaning: 'What a talker sends: G.711 at 8 kHz.',
        list: ['talkCodecs', 'TalkCodec'],
        words: { pcma: 'A-law', pcmu: 'u-law' },
    },
};

/** One value. */
export interface Constant {
    readonly c: string;
    readonly header: string;
    /** In TypeScript. */
    readonly name: string;
    readonly value: number | string;
    readonly meaning: string;
}

/** In order. */
export const constants: readonly Constant[] = [
    {
        c: 'OC_CHANNEL_TEST',
        header: 'native/plane/oc_plane.h',
        name: 'testChannel',
        value: 'testing-',
        meaning: 'Name of a channel that is open only while its camera is tried: no setting may have it, and it is no part of health, status and metrics.',
    },
    {
        c: 'OC_HEALTH_FREE_MIN',
        header: 'hosts/posix/http/oc_health.h',
        name: 'freeMin',
        value: 33_554_432,
        meaning: 'A disk with less room, in bytes, on which nothing can be written is full; of a small disk, what would be low.',
    },
    {
        c: 'OC_APP_METRICS_MAX',
        header: 'native/base/oc_record.h',
        name: 'metricsMax',
        value: 32,
        meaning: 'Metrics of one application.',
    },
    {
        c: 'OC_SESSION_VIEWS',
        header: 'native/script/oc_p2p_command.h',
        name: 'sessionViews',
        value: 8,
        meaning: 'Views that one viewer can have.',
    },
    {
        c: 'OC_P2P_OPEN_ID',
        header: 'native/script/oc_p2p_command.h',
        name: 'openIdMax',
        value: 1023,
        meaning: 'The largest id that an offer may name for a channel.',
    },
];
