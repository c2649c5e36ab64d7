/* oc_desired_record - the parcels of DESIRED: what shall run, whole, as an application hands it to
 * the media plane, and what people call it, for whoever answers in its place. A letter is a head
 * and its entries; native/script/desired.ts writes it, in parts of whole entries. */
#ifndef OC_DESIRED_RECORD_H
#define OC_DESIRED_RECORD_H

#include "oc_command.h"
#include "oc_detect_record.h"

#define OC_DESIRED_FOR_GOOD UINT32_MAX
#define OC_DESIRED_WHY_MAX  224 /* bytes with NUL of a reason why a channel is not as wanted */

/* begin record: made by tools/protocol */
/* clang-format off */
/* How a channel is recorded. segmentMs 0: 90 minutes; prerollMs 0: from the start of the GOP under way; without audio a source with sound alone makes no file. */
typedef struct oc_desired_recording {
    char name[OC_OUT_FILE_NAME_MAX]; /* record.name */
    uint32_t segment_ms; /* record.segmentMinutes * 60000 */
    uint32_t preroll_ms; /* record.prerollSeconds * 1000 */
    bool audio; /* record.audio */
    uint8_t gap0[3];
    uint32_t stream; /* oc_stream_kind_t; one of the two at a time; sub: it begins as soon as that stream is open */
} oc_desired_recording_t;
OC_RECORD(oc_desired_recording, 80, {0, 64, "name"}, {72, 0, "audio"}, {0, OC_RECORD_END, ""})
_Static_assert(offsetof(oc_desired_recording_t, name) == 0 && offsetof(oc_desired_recording_t, segment_ms) == 64 && offsetof(oc_desired_recording_t, preroll_ms) == 68 && offsetof(oc_desired_recording_t, audio) == 72 && offsetof(oc_desired_recording_t, stream) == 76 && sizeof(oc_desired_recording_t) == 80, "as TypeScript writes it");

/* One channel that shall run. From title on it is for answers in the place of a script; nothing there moves a channel. */
typedef struct oc_desired_entry {
    oc_channel_config_t channel;
    bool records; /* it shall be recorded as follows; false: not, and the rest is not looked at */
    uint8_t gap0[3];
    oc_desired_recording_t record;
    uint32_t until_lo; /* the recording ends by itself then, monotonic ms; 0: it does not. In the past: it is not recorded */
    uint32_t until_hi;
    oc_desired_detect_t detect;
    char title[196]; /* for people: at most 64 characters */
    uint8_t tls; /* of its addresses: 0 none, 1 verified, 2 pinned, 3 not looked at */
    uint8_t sub_tls;
    bool always; /* it is recorded whatever the hour and whatever happens */
    uint8_t gap1[1];
    uint32_t manual_until; /* recorded by hand until then, seconds since 1970; 0: not; OC_DESIRED_FOR_GOOD: until it is ended */
} oc_desired_entry_t;
OC_RECORD(oc_desired_entry, 1916, {1092, 0, "records"}, {1712, 196, "title"}, {1910, 0, "always"}, {0, 32, "name"}, {32, 512, "url"}, {544, 512, "sub_url"}, {1056, 0, "audio"}, {1057, 0, "loop"}, {1084, 0, "as_fast_as_possible"}, {1096, 64, "record.name"}, {1168, 0, "record.audio"}, {1200, 512, "detect.zones"}, {0, OC_RECORD_END, ""})
_Static_assert(offsetof(oc_desired_entry_t, records) == 1092 && offsetof(oc_desired_entry_t, until_lo) == 1176 && offsetof(oc_desired_entry_t, until_hi) == 1180 && offsetof(oc_desired_entry_t, title) == 1712 && offsetof(oc_desired_entry_t, tls) == 1908 && offsetof(oc_desired_entry_t, sub_tls) == 1909 && offsetof(oc_desired_entry_t, always) == 1910 && offsetof(oc_desired_entry_t, manual_until) == 1912 && offsetof(oc_desired_entry_t, channel) == 0 && offsetof(oc_desired_entry_t, record) == 1096 && offsetof(oc_desired_entry_t, detect) == 1184 && sizeof(oc_desired_entry_t) == 1916, "as TypeScript writes it");

/* What shall run (DESIRED): so many entries follow, at most OC_CHANNELS_MAX. */
typedef struct oc_desired_head {
    char name[OC_OUT_FILE_NAME_MAX]; /* of recordings */
    char zone[64]; /* time zone: its name, its POSIX TZ */
    char posix[64];
    int32_t offset_minutes; /* east of Greenwich, when it was told */
    uint32_t count; /* entries behind it */
} oc_desired_head_t;
OC_RECORD(oc_desired_head, 200, {0, 64, "name"}, {64, 64, "zone"}, {128, 64, "posix"}, {0, OC_RECORD_END, ""})
_Static_assert(offsetof(oc_desired_head_t, name) == 0 && offsetof(oc_desired_head_t, zone) == 64 && offsetof(oc_desired_head_t, posix) == 128 && offsetof(oc_desired_head_t, offset_minutes) == 192 && offsetof(oc_desired_head_t, count) == 196 && sizeof(oc_desired_head_t) == 200, "as TypeScript writes it");
/* clang-format on */
/* end record */

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
