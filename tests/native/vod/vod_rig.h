/* Recordings in memory, as the recorder writes them: check boxes, fragments of half a second that
 * begin with a key frame where there is one, tables at the end. Every packet can be told apart. */
#ifndef VOD_RIG_H
#define VOD_RIG_H

#include "cmocka_first.h"
#include "media_fixture.h"

#include "oc_vod_file.h"

#define RIG_FILES   8
#define RIG_FPS     25
#define RIG_START   INT64_C(1790000000000) /* UTC, ms, of the first file */
#define RIG_PICTURE 1200                   /* ticks of 30 kHz */
#define RIG_SOUND   1024                   /* ticks of 44.1 kHz */

typedef struct rig_config {
    unsigned seconds, gop; /* of a file; pictures from key frame to key frame */
    int64_t start_ms;      /* from RIG_START on */
    bool open;             /* no tables at the end, no end time, the last fragment torn */
    bool silent;           /* no sound */
    bool reordered;        /* composition offsets */
    bool cut;              /* every third picture is shown behind two that follow it, and the file
                            * may end before they do */
    bool keyless;          /* the span has no key table of it */
    uint8_t level;         /* of the coding */
} rig_config_t;

typedef struct rig {
    fixture_file_t file[RIG_FILES];
    oc_vod_entry_t entry[RIG_FILES];
    char path[RIG_FILES][40];
    uint8_t keys[RIG_FILES][4096];
    oc_span_t key[RIG_FILES];
    uint64_t whole[RIG_FILES]; /* bytes of whole fragments */
    oc_vod_span_t span;
    bool gone[RIG_FILES];
    int error[RIG_FILES]; /* what it gives in place of being opened */
    unsigned opened, closed;
} rig_t;

void rig_add(rig_t *rig, const rig_config_t *config);
void rig_free(rig_t *rig);
/* The bytes of packet n of a track of a file. */
uint32_t rig_payload(unsigned file, unsigned track, uint64_t n, bool key, uint8_t *out);

#endif
