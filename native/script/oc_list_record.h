/* oc_list_record - what a script asks about recordings and events: records of commands
 * (oc_command.h). */
#ifndef OC_LIST_RECORD_H
#define OC_LIST_RECORD_H

#include "oc_out_file.h"

#define OC_CHANNEL_NAME_MAX 32 /* bytes with NUL; [a-z0-9][a-z0-9-]* */

/* Which recordings (RECORDINGS_LIST). */
typedef struct oc_list_config {
    char channel[OC_CHANNEL_NAME_MAX]; /* "" = all */
    char name[OC_OUT_FILE_NAME_MAX];   /* "" = all */
    char after[OC_FILE_PATH_MAX]; /* path of the last row of the page before; "" = first page */
    uint32_t limit;               /* rows, 1 .. 200; 0 = 100 */
    bool newest_first;            /* by start over all channels; else by channel, then start */
    int64_t from_ms, to_ms;       /* those that touch [from, to), ms since 1970; 0 = no limit.
                                     Recordings without a date match only when both are 0 */
} oc_list_config_t;

/* Spans of recordings without a gap (SPANS_LIST). */
typedef struct oc_span_query {
    char channel[OC_CHANNEL_NAME_MAX]; /* "" = all together */
    uint32_t limit;                    /* spans */
    int64_t from_ms, to_ms; /* those that touch [from, to), ms since 1970; to 0 = no end */
} oc_span_query_t;

#define OC_EVENT_KINDS_MAX 256 /* bytes with NUL of the kinds of a query */

/* Which events (EVENTS_LIST). */
typedef struct oc_event_query {
    char channel[OC_CHANNEL_NAME_MAX]; /* "" = all */
    char kinds[OC_EVENT_KINDS_MAX];    /* "\nmotion\nhuman\n"; "" = all */
    bool newest_first;                 /* by their beginning */
    bool by_number;                    /* by their number instead, those above after_id */
    uint32_t limit;                    /* rows, 1 .. 200; 0 = 100 */
    uint32_t after_id;      /* number of the last row of the page before; 0 = first page */
    int64_t after_ms;       /* its beginning */
    int64_t from_ms, to_ms; /* those that touch [from, to], ms since 1970; 0 = no limit */
} oc_event_query_t;

/* begin protocol: made by tools/protocol */
/* clang-format off */
/* What a span of a ring is to be (SPAN_BODY). Bits. */
typedef enum oc_span_body_flag {
    OC_SPAN_BODY_SUB = 1, /* of the sub stream */
    OC_SPAN_BODY_SILENT = 2, /* without sound */
    OC_SPAN_BODY_PICTURE = 4, /* the newest key frame alone */
    OC_SPAN_BODY_JPEG = 8, /* with PICTURE: decoded where it is no JPEG and the host can */
} oc_span_body_flag_t;
/* clang-format on */
/* end protocol */

#endif
