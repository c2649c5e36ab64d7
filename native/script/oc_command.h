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
#include "oc_records.h"
#include "oc_settings_record.h"

_Static_assert(OC_OBJECT_UPDATE < OC_MAILBOX_OBJECTS, "the mailbox has an edge for it");

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

/* Fields of records that settings fill (oc_settings_record.h). */
#define OC_FIELD_TEXT(field, name, size) char field[size];
#define OC_FIELD_WORD(field, name)       uint32_t field;
#define OC_FIELD_FLAG(field, name)       bool field;

/* How to open one channel. url: never logged or published as it is, for it may hold a password.
 * sub_url: the second stream, opened when the first one is; "" = none; an address as url, or "WxH"
 * or "WxH@BITRATE": made from the pictures of the first. What follows holds for each stream.
 * Exactly one of ring_bytes and ring_ms is non-zero; hls_target_ms 0 = 1000. */
typedef struct oc_channel_config {
    OC_CHANNEL_FIELDS(OC_FIELD_TEXT, OC_FIELD_WORD, OC_FIELD_FLAG)
    bool as_fast_as_possible; /* replay: tests and imports */
    uint32_t bitrate_bps;     /* hint when the source announces none; 0 = 4,000,000 */
} oc_channel_config_t;

#endif
