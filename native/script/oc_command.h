/* oc_command - what a script can ask of the media plane and its host (oc_command_kind.h), and the
 * records that parcels carry: filled by the glue from a checked options object, never by parsing
 * text. */
#ifndef OC_COMMAND_H
#define OC_COMMAND_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "oc_capture.h"
#include "oc_command_kind.h"
#include "oc_limits.h" /* OC_CHANNELS_MAX, OC_STREAMS_MAX */
#include "oc_mailbox.h"
#include "oc_stream_row.h"
#include "oc_out_file.h"
#include "oc_p2p_command.h"
#include "oc_push_command.h"
#include "oc_records.h"

_Static_assert(OC_OBJECT_PUSH < OC_MAILBOX_OBJECTS, "the mailbox has an edge for it");

/* begin protocol: made by tools/protocol */
/* clang-format off */
/* Why nothing may be captured. Bits. */
typedef enum oc_privacy {
    OC_PRIVACY_COMMAND = 1, /* somebody asked for it; kept over restarts by the host */
    OC_PRIVACY_SCHEDULE = 2, /* the hours of the settings */
    OC_PRIVACY_SWITCH = 4, /* OC_INPUT_PRIVACY is raised */
} oc_privacy_t;

/* What the light of a camera tells who stands before it. Bits. */
typedef enum oc_indicator {
    OC_INDICATOR_SENSOR = 1, /* a source is open, or may be */
    OC_INDICATOR_WATCHING = 2, /* somebody watches live */
} oc_indicator_t;

/* What a span of a ring is to be (SPAN_BODY). Bits. */
typedef enum oc_span_body_flag {
    OC_SPAN_BODY_SUB = 1, /* of the sub stream */
    OC_SPAN_BODY_SILENT = 2, /* without sound */
    OC_SPAN_BODY_PICTURE = 4, /* the newest key frame alone */
    OC_SPAN_BODY_JPEG = 8, /* with PICTURE: decoded where it is no JPEG and the host can */
    OC_SPAN_BODY_LIVE = 16, /* a file of live HLS instead: the segment of the number in arg0, as that file is served */
    OC_SPAN_BODY_INIT = 32, /* with LIVE: the init segment of that number */
    OC_SPAN_BODY_LIST = 64, /* with LIVE: the playlist, without parts */
} oc_span_body_flag_t;
/* clang-format on */
/* end protocol */

/* begin record: made by tools/protocol */
/* clang-format off */
/* How to open a source; its addresses are never logged or published as they are, for they may hold passwords. subUrl: the second stream, opened when the first one is, an address or a size (WxH, WxH@BITRATE) in which it is made of the first; what follows holds for each. Of ringBytes and ringMs one is not 0; liveTargetMs 0: 1000. */
typedef struct oc_channel_config {
    char name[OC_CHANNEL_NAME_MAX]; /* channels[].name */
    char url[OC_CAPTURE_URL_MAX]; /* channels[].input */
    char sub_url[OC_CAPTURE_URL_MAX]; /* channels[].sub */
    bool audio; /* channels[].audio */
    bool loop; /* channels[].loop */
    uint8_t gap0[2];
    uint32_t ring_ms; /* channels[].ring.seconds * 1000 */
    uint32_t ring_bytes; /* channels[].ring.bytes */
    uint32_t preroll_ms; /* channels[].prerollSeconds * 1000 */
    uint32_t max_gop_bytes; /* channels[].maxGopSize */
    uint32_t hls_target_ms; /* live.targetMs */
    uint32_t hls_part_ms; /* live.partMs */
    bool as_fast_as_possible; /* the source's own pace is ignored: tests, imports */
    uint8_t gap1[3];
    uint32_t bitrate_bps; /* bits per second when the source announces none; 0: 4,000,000 */
} oc_channel_config_t;
OC_RECORD(oc_channel_config, 1092, {0, 32, "name"}, {32, 512, "url"}, {544, 512, "sub_url"}, {1056, 0, "audio"}, {1057, 0, "loop"}, {1084, 0, "as_fast_as_possible"}, {0, OC_RECORD_END, ""})
_Static_assert(offsetof(oc_channel_config_t, name) == 0 && offsetof(oc_channel_config_t, url) == 32 && offsetof(oc_channel_config_t, sub_url) == 544 && offsetof(oc_channel_config_t, audio) == 1056 && offsetof(oc_channel_config_t, loop) == 1057 && offsetof(oc_channel_config_t, ring_ms) == 1060 && offsetof(oc_channel_config_t, ring_bytes) == 1064 && offsetof(oc_channel_config_t, preroll_ms) == 1068 && offsetof(oc_channel_config_t, max_gop_bytes) == 1072 && offsetof(oc_channel_config_t, hls_target_ms) == 1076 && offsetof(oc_channel_config_t, hls_part_ms) == 1080 && offsetof(oc_channel_config_t, as_fast_as_possible) == 1084 && offsetof(oc_channel_config_t, bitrate_bps) == 1088 && sizeof(oc_channel_config_t) == 1092, "as TypeScript writes it");
/* clang-format on */
/* end record */

#endif
