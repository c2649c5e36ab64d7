/* oc_watch_fragments - samples out of the messages of a live data channel
 * (docs/formats-viewers.md): an init segment, then one fragment for each packet. The bytes are read
 * by oc_mp4_read as a file that grows, of which only the init segment and the fragment that is
 * coming are held. */
#ifndef OC_WATCH_FRAGMENTS_H
#define OC_WATCH_FRAGMENTS_H

#include "oc_mp4_read.h"

#define OC_WATCH_FRAGMENT_MAX (2 * OC_MP4_SAMPLE_MAX) /* bytes that wait to be read */

typedef struct oc_watch_fragments {
    void *memory;          /* of the reader */
    oc_mp4_read_t *reader; /* NULL: no init segment yet */
    uint8_t *init;
    size_t init_bytes;
    uint8_t *bytes; /* what follows it, from `from` on */
    size_t len, room;
    size_t whole;      /* of them the reader has the fragment that begins them; 0: none */
    uint64_t from;     /* offset of bytes[0] in the file; a fragment begins there */
    bool wants_init;   /* the next message is one */
    uint32_t sequence; /* of the fragment before (mfhd); 0: none */
    uint64_t missing;  /* fragments that did not come, in all */
} oc_watch_fragments_t;

/* One sample and its bytes, borrowed until the next call. */
typedef struct oc_watch_sample {
    oc_mp4_sample_t mp4;
    const uint8_t *data;
    uint32_t missing; /* fragments that did not come before it */
} oc_watch_sample_t;

/* Starts from zeros. OC_OK | OC_ERR_NOMEM. */
int oc_watch_fragments_init(oc_watch_fragments_t *fragments);
void oc_watch_fragments_deinit(oc_watch_fragments_t *fragments);

/* The text in front of an init segment came: what comes now begins anew. */
void oc_watch_fragments_text(oc_watch_fragments_t *fragments);
/* Where the `len` bytes of a message go; oc_watch_fragments_came follows. NULL: too many, or no
 * memory. */
uint8_t *oc_watch_fragments_room(oc_watch_fragments_t *fragments, size_t len);
/* They are there. OC_OK | OC_ERR_FORMAT | OC_ERR_NOMEM. */
int oc_watch_fragments_came(oc_watch_fragments_t *fragments, size_t len);
/* OC_OK | OC_AGAIN nothing is whole | OC_ERR_FORMAT. */
int oc_watch_fragments_next(oc_watch_fragments_t *fragments, oc_watch_sample_t *out);
/* The description of a track; NULL: none, or no init segment yet. */
const oc_track_t *oc_watch_fragments_track(const oc_watch_fragments_t *fragments, unsigned track);

#endif
