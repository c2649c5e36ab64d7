/* oc_command - what a script can ask of the media plane and its host, and the records it can read.
 * Numbers are shared with native/script/plane.ts (a test compares them). Parcels that carry a C
 * record are filled by the glue from a checked options object, never by parsing text. */
#ifndef OC_COMMAND_H
#define OC_COMMAND_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "oc_capture.h"
#include "oc_stream_row.h"
#include "oc_limits.h" /* OC_CHANNELS_MAX, OC_STREAMS_MAX */
#include "oc_retention_record.h"
#include "oc_out_file.h"
#include "oc_p2p_command.h"
#include "oc_settings_record.h"

/* Name, number; the capability that each needs: oc_command_needs.c. object = channel number unless
 * said otherwise. Kinds from 256 on go to the host. JSON in parcels: docs/design/script.md. */
#define OC_COMMAND_MAP(X)                                                                          \
    X(CHANNEL_OPEN, 1)  /* parcel oc_channel_config_t or oc_channel_open_t, arg0 = config_hash; */ \
                        /* value0 = channel, value1 = 1: recorded; when it is open or failed */    \
    X(CHANNEL_ADOPT, 2) /* this script takes the running channel over */                           \
    X(CHANNEL_CLOSE, 3) /* ends outputs and capture; reply when everything is on the disk */       \
    X(RECORD_START, 4)  /* parcel oc_record_config_t; running with equal settings: OK. A */        \
                        /* sub stream that is not open yet: begins as soon as it is */             \
    X(RECORD_STOP, 5)   /* of either stream; reply when the file is complete; not */               \
                        /* recording: OK */                                                        \
    X(REQUEST_KEY, 6)   /* arg0 = oc_stream_kind_t; OC_ERR_NOTSUP when the source cannot */        \
    X(SET_BITRATE, 7)   /* arg0 = bits per second, arg1 = oc_stream_kind_t */                      \
    X(EVENTS_READ, 8)   /* arg0 = first event number wanted; reply parcel records, */              \
                        /* value0 = number to ask for next */                                      \
    X(PRIVACY, 9)       /* object = oc_privacy_t bits that are meant, arg0 = those of */           \
                        /* them that hold, arg1 = s until the plane sets SCHEDULE itself */        \
                        /* (0: not); reply when every capture is closed and COMMAND is */          \
                        /* stored: value0 = reasons in force; object 0: at once, value1 = */       \
                        /* oc_indicator_t                                                */        \
    X(EVENT_ADD, 10)    /* parcel = kind, channel's name or none, text (cut when long): lines */   \
    X(CLIP, 11)         /* object = slot of the stream, arg0 = ms of pre-roll, arg1 = ms from */   \
                        /* now on; arg2 = monotonic ms (its low 32 bits) that both are meant */    \
                        /* of, 0: now; parcel = 1 byte, 1: with sound, then a name. Reply    */    \
                        /* when it is complete, parcel = its path; one that runs goes on     */    \
    X(CHANNEL_CHANGE, 12) /* parcel oc_channel_config_t, url not looked at; arg0 = config_hash: */ \
    /* other settings while it runs. NOTSUP, NOMEM, RANGE, BUSY: parcel = why as text */           \
    X(DESIRED,                                                                                     \
      13) /* parcel = a part of what shall run (oc_desired_record.h), arg0 = its offset, */        \
    /* arg1 = bytes of all; reply to the last: value0 = revision, value1 = 1: as before */         \
    X(CHANNEL_RETRY, 14) /* what failed of it is tried now */                                      \
    X(HTTP_LISTEN, 256)  /* parcel oc_listen_config_t; reply value0 = port, value1 = 1 when */     \
                         /* it listens there already; parcel = fingerprint, URLs; failure: why */  \
    X(HTTP_TAKE, 257)    /* next API request, AGAIN as code 1; reply: docs/design/script.md */     \
    X(HTTP_REPLY, 258)   /* arg0 = request id, arg1 = status; parcel = arg2 bytes of headers */    \
                         /* {name NUL value NUL}, body; arg2 = 0: JSON; arg3 = 1: instead of */    \
                         /* the body the reference that reply_body gave */                         \
    X(RECORDINGS_LIST, 259) /* parcel oc_list_config_t; reply records, value0 = 1: more rows */    \
    X(EXIT, 260)            /* arg0 = exit code; parcel = message for stderr; the process ends */  \
    X(READY, 261)           /* the script has started: the host's back-off is reset */             \
    X(STORE_READ, 262)  /* parcel = name, [a-z]{1,31}; reply parcel text; NOENT: none is kept */   \
    X(STORE_WRITE, 263) /* parcel = name, line feed, text to keep instead; arg0 = 1: what is */    \
    /* kept is set aside, 2: a person wants it. Reply when it is on the disk */                    \
    X(INDICATOR, 264) /* parcel = a LED of this machine that shows oc_indicator_t; empty: none */  \
    X(DESIRED_REPORT, 265) /* parcel oc_desired_head_t, oc_desired_channel_t[]: of the settings */ \
    X(METRICS, 267)    /* parcel oc_app_metric_t[]: all of the application, in place of earlier */ \
    X(HTTP_CHECK, 266) /* as HTTP_LISTEN, only tried; value0 = 1: refused; key and why, lines */   \
    /* updates of the application: docs/design/update.md */                                        \
    X(HANDOVER, 268) /* parcel = a part of the state for the next script, arg0 = its offset, */    \
                     /* arg1 = bytes of all; 0 of them: there is none                      */      \
    X(UPDATE_BEGIN,                                                                                \
      269) /* parcel = SHA-256 of a bundle, arg0 = its bytes; reply value0 = bytes */              \
           /* of it that are here already                                        */                \
    X(UPDATE_WRITE, 270) /* arg0 = offset, parcel = bytes of it; reply value0 = bytes now here  */ \
    X(UPDATE_APPLY, 271) /* reply when it is staged, parcel = its version; or why not, as text  */ \
    X(UPDATE_READ, 272)  /* reply parcel = the JSON of GET /api/update                          */ \
    X(UPDATE_NOTE, 273)  /* parcel = JSON that it has as `available`, 4 KB at most; empty: null */ \
    X(SPAN_BODY, 274)    /* arg0, arg1 = ms back to begin and end, arg3 = oc_span_body_flag_t; */  \
                         /* reply value0 = number for take_body, value1 = its length in ms     */  \
    /* events that are kept: docs/design/script.md "Parcels" */                                    \
    X(EVENTS_LIST, 301)   /* parcel oc_event_query_t; reply records, value0 = 1: more rows */      \
    X(EVENT_BEGIN, 302)   /* arg0 = mask; parcel = kind, channel or none, start, end or none */    \
                          /* (ms since 1970), data as JSON or none: lines; value0 = the event */   \
    X(EVENT_END, 303)     /* arg0 = the event; parcel = when, ms since 1970 */                     \
    X(EVENT_PROTECT, 304) /* arg0 = the event, arg1 = 1 or 0 */                                    \
    X(EVENT_DELETE, 305)  /* arg0 = the event; STATE: it is protected */                           \
    X(DETECT, 320) /* object = channel, parcel = zones, arg0..2: see detect() of plane.ts */       \
    /* viewers; parcels, replies, notices: docs/design/script.md "Viewers" */                      \
    X(P2P_OPEN, 280)      /* parcel oc_p2p_config_t, arg0 = oc_p2p_owner_t */                      \
    X(P2P_CLOSE, 281)     /* reply when all is closed */                                           \
    X(P2P_RESTART, 282)   /* addresses of this machine changed */                                  \
    X(P2P_OFFER, 283)     /* arg0 = session, 0; arg1 = login, 0; parcel = ids, labels, "", SDP */  \
    X(P2P_CONNECT, 284)   /* arg0 = session or 0; reply value0 = session, parcel = our offer */    \
    X(P2P_ANSWER, 285)    /* arg0 = session, parcel = SDP */                                       \
    X(P2P_CANDIDATE, 286) /* arg0 = session, parcel = line; empty: there are no more */            \
    X(P2P_TAKE, 287)      /* reply parcel = next notice; AGAIN as code 1 */                        \
    X(P2P_ACCEPT, 288)    /* object = oc_view_kind_t, arg0 = view, arg1 = channel, arg2 = */       \
                          /* oc_stream_kind_t; playback: parcel = list (oc_play_reader.h); */      \
                          /* voice: arg1 = oc_talk_codec_t, arg2 = percent, parcel = output */     \
    X(P2P_REFUSE, 289)    /* arg0 = view, parcel = reason */                                       \
    X(P2P_REPLY, 290)     /* arg0 = view, arg1 = request, arg2 = 1: error; parcel = answer */      \
    X(P2P_END, 291)       /* arg0 = session, or 0 and arg1 = view; parcel = reason */              \
    X(P2P_WATERMARKS,                                                                              \
      292)                /* arg0 = view, 0 all, -1 all and growing with GOPs; arg1..3 = levels */ \
    X(P2P_KEEPALIVE, 293) /* arg0 = interval in s, arg1 = attempts */                              \
    X(P2P_PLAY, 294) /* arg0 = view, arg1 = oc_play_op_t, arg2 = ms from the base or per mille */  \
    X(P2P_RATE,                                                                                    \
      295) /* arg0 = least bit/s, 0: an eighth; arg1 = ms without a rise after a fall, */          \
           /* arg2 = ms without a page's report until live is held */                              \
    /* recordings; records: oc_list_record.h, oc_retention_record.h */                             \
    X(SPANS_LIST, 300)       /* parcel oc_span_query_t; reply records, value0 = 1: more */         \
    X(RECORDING_DELETE, 306) /* parcel = path; STATE: open, or an event protects it */             \
    X(RETENTION, 307)        /* parcel oc_retention_config_t, cut behind its channels */           \
    X(STORAGE_READ, 308)     /* reply records, value0 = files: docs/design/script.md */            \
    X(RECORDING_KEYS, 309)   /* parcel = path, arg0 = from this byte on, arg1 = rows, 1 .. 200; */ \
                             /* reply records, value0 = 1: more: docs/design/script.md */

/* The kinds by name. */
enum oc_command_kind {
#define OC_COMMAND_ENUM(name, number) OC_COMMAND_##name = number,
    OC_COMMAND_MAP(OC_COMMAND_ENUM)
#undef OC_COMMAND_ENUM
};
#define OC_COMMAND_HOST 256

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

/* Why nothing may be captured; bits. */
typedef enum oc_privacy {
    OC_PRIVACY_COMMAND = 1,  /* somebody asked for it; kept over restarts by the host */
    OC_PRIVACY_SCHEDULE = 2, /* the hours of the settings */
    OC_PRIVACY_SWITCH = 4,   /* OC_INPUT_PRIVACY is raised */
} oc_privacy_t;

/* What the light of a camera tells who stands before it; bits. */
typedef enum oc_indicator {
    OC_INDICATOR_SENSOR = 1,   /* a source is open, or may be */
    OC_INDICATOR_WATCHING = 2, /* somebody watches live */
} oc_indicator_t;

/* The streams of a channel, on one time line. A stream has a slot: main of channel n the slot n,
 * sub OC_CHANNELS_MAX + n. Captures, rows and names are numbered by slot. */
typedef enum oc_stream_kind {
    OC_STREAM_MAIN = 0,
    OC_STREAM_SUB = 1,
} oc_stream_kind_t;

#define OC_STREAM_KINDS 2

/* How to record one channel. segment_ms: 0 = 90 minutes; preroll_ms: 0 = from the start of the GOP
 * under way; audio: false = it is left out, and sound only is no file. */
typedef struct oc_record_config {
    OC_RECORD_FIELDS(OC_FIELD_TEXT, OC_FIELD_WORD, OC_FIELD_FLAG)
    bool resume; /* from where the recording before this one ended, as far as the ring has it, */
                 /* so that nothing is missing between the two */
    uint32_t stream; /* oc_stream_kind_t; one of them at a time */
    uint32_t for_ms; /* it ends by itself so long after the command; 0: it does not. Another command
                        with equal settings sets it anew */
} oc_record_config_t;

/* CHANNEL_OPEN of a channel whose recording begins as soon as its source is open: one command and
 * one reply instead of two. `resume` means nothing here. */
typedef struct oc_channel_open {
    oc_channel_config_t channel;
    oc_record_config_t record;
} oc_channel_open_t;

/* Where to listen. Lists hold one entry a line; "" = none; addresses: at least one. */
typedef struct oc_listen_config {
    OC_LISTEN_FIELDS(OC_FIELD_TEXT, OC_FIELD_WORD, OC_FIELD_FLAG)
} oc_listen_config_t;

/* Whether every text of a record out of a parcel ends. */
static inline bool oc_listen_config_ends(const oc_listen_config_t *config) {
#define OC_FIELD_ENDS(field, name, size) &&memchr(config->field, '\0', sizeof(config->field))
#define OC_FIELD_ANY(field, name)
    return true OC_LISTEN_FIELDS(OC_FIELD_ENDS, OC_FIELD_ANY, OC_FIELD_ANY);
}

/* Mailbox objects: the event log grew, HTTP requests wait, channel n, notices of P2P wait, the
 * state for the next script is asked for (HANDOVER). */
#define OC_OBJECT_EVENTS  0
#define OC_OBJECT_HTTP    1
#define OC_OBJECT_CHANNEL 2
#define OC_OBJECT_P2P     (OC_OBJECT_CHANNEL + OC_CHANNELS_MAX)
#define OC_OBJECT_UPDATE  (OC_OBJECT_P2P + 1)
_Static_assert(OC_OBJECT_UPDATE < OC_MAILBOX_OBJECTS, "the mailbox has an edge for it");

#endif
