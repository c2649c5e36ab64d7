/* oc_desired_record - the parcels of DESIRED: what shall run, whole, as an application hands it to
 * the media plane, and what people call it, for whoever answers in its place. A letter is a head
 * and its entries; native/script/desired.ts writes it, in parts of whole entries. Texts end with
 * NUL. Little-endian, as every host is. */
#ifndef OC_DESIRED_RECORD_H
#define OC_DESIRED_RECORD_H

#include "oc_command.h"
#include "oc_detect_record.h"

/* The head; its entries follow. */
typedef struct oc_desired_head {
    char name[OC_OUT_FILE_NAME_MAX]; /* of recordings */
    char zone[64], posix[64];        /* time zone: its name, its POSIX TZ */
    int32_t offset_minutes;          /* east of Greenwich, when it was told */
    uint32_t count;                  /* entries behind it, at most OC_CHANNELS_MAX */
} oc_desired_head_t;

#define OC_DESIRED_FOR_GOOD UINT32_MAX
#define OC_DESIRED_WHY_MAX  224 /* bytes with NUL of a reason why a channel is not as wanted */

/* How a channel is recorded. segment_ms: 0 = 90 minutes; preroll_ms: 0 = from the start of the GOP
 * under way; audio: false = it is left out, and sound only is no file. */
typedef struct oc_desired_recording {
    OC_RECORD_FIELDS(OC_FIELD_TEXT, OC_FIELD_WORD, OC_FIELD_FLAG)
    uint32_t stream; /* oc_stream_kind_t */
} oc_desired_recording_t;

/* One channel that shall run. */
typedef struct oc_desired_entry {
    oc_channel_config_t channel;
    uint32_t
        records; /* 1: it shall be recorded as follows; 0: not, and the rest is not looked at */
    oc_desired_recording_t record;
    uint32_t until_lo, until_hi; /* the recording ends by itself then, monotonic ms; 0: it does not.
                                    In the past: it is not recorded */
    oc_desired_detect_t detect;
    /* For whoever answers in the place of a script; nothing here moves a channel. */
    char title[196];        /* for people: 64 characters of 3 bytes at most, and NUL */
    uint8_t tls, sub_tls;   /* of its addresses: 0 none, 1 verified, 2 pinned, 3 not looked at */
    uint8_t always;         /* 1: recorded whatever the hour and whatever happens */
    uint32_t by_hand_until; /* recorded by hand until then, seconds since 1970; 0 = not; */
                            /* OC_DESIRED_FOR_GOOD = until it is ended */
} oc_desired_entry_t;

_Static_assert(sizeof(oc_desired_head_t) == 200 && sizeof(oc_desired_entry_t) == 1916 &&
                   offsetof(oc_desired_entry_t, records) == 1092 &&
                   offsetof(oc_desired_entry_t, until_lo) == 1176 &&
                   offsetof(oc_desired_entry_t, title) == 1712,
               "as native/script/desired.ts writes them");

/* The entries of a letter, which is aligned as a head. */
static inline const oc_desired_entry_t *oc_desired_entries(const void *letter) {
    return (const oc_desired_entry_t *)(const void *)((const oc_desired_head_t *)letter + 1);
}

/* True: a part of a letter at that offset holds whole entries, the first one the head before them.
 * The glue looks at the addresses of each part alone. */
static inline bool oc_desired_part_whole(uint32_t offset, uint32_t bytes) {
    uint32_t head = offset == 0 ? sizeof(oc_desired_head_t) : 0;
    uint32_t before = offset == 0 ? 0 : offset - (uint32_t)sizeof(oc_desired_head_t);
    return (offset == 0 || offset >= sizeof(oc_desired_head_t)) && bytes >= head &&
           before % sizeof(oc_desired_entry_t) == 0 &&
           (bytes - head) % sizeof(oc_desired_entry_t) == 0;
}

#endif
