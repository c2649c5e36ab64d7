#include "oc_watch_fragments.h"

#include <stdlib.h>
#include <string.h>

#include "oc_err.h"
#include "oc_span.h"

#define SEQUENCE_AT                                                                                \
    20               /* of mfhd in a fragment: behind the heads of moof and mfhd, and its flags    \
                      */
#define BOX_HEAD   8 /* bytes */
#define ROOM_LEAST (256 * 1024)

int oc_watch_fragments_init(oc_watch_fragments_t *fragments) {
    memset(fragments, 0, sizeof(*fragments));
    fragments->memory = malloc(OC_MP4_READ_BYTES);
    return fragments->memory ? OC_OK : OC_ERR_NOMEM;
}

void oc_watch_fragments_deinit(oc_watch_fragments_t *fragments) {
    free(fragments->memory);
    free(fragments->init);
    free(fragments->bytes);
    memset(fragments, 0, sizeof(*fragments));
}

void oc_watch_fragments_text(oc_watch_fragments_t *fragments) {
    fragments->wants_init = true;
}

uint8_t *oc_watch_fragments_room(oc_watch_fragments_t *fragments, size_t len) {
    size_t room = fragments->room ? fragments->room : ROOM_LEAST;
    if (len > OC_WATCH_FRAGMENT_MAX - fragments->len)
        return NULL;
    while (room < fragments->len + len)
        room *= 2;
    if (room > fragments->room) {
        uint8_t *bytes = realloc(fragments->bytes, room);
        if (!bytes)
            return NULL;
        fragments->bytes = bytes;
        fragments->room = room;
    }
    return fragments->bytes + fragments->len;
}

static int read_at(void *context, uint64_t offset, void *buffer, size_t len) {
    const oc_watch_fragments_t *fragments = context;
    uint8_t *to = buffer;
    while (len > 0) {
        bool init = offset < fragments->init_bytes;
        const uint8_t *bytes = init ? fragments->init : fragments->bytes;
        uint64_t from = init ? 0 : fragments->from;
        size_t held = init ? fragments->init_bytes : fragments->len;
        if (offset < from || offset - from >= held)
            return OC_ERR_TRUNC;
        size_t part = held - (size_t)(offset - from);
        part = part < len ? part : len;
        memcpy(to, bytes + (offset - from), part);
        to += part;
        offset += part;
        len -= part;
    }
    return OC_OK;
}

/* The message is an init segment. */
static int begin(oc_watch_fragments_t *fragments) {
    uint8_t *init = realloc(fragments->init, fragments->len ? fragments->len : 1);
    if (!init)
        return OC_ERR_NOMEM;
    memcpy(init, fragments->bytes, fragments->len);
    fragments->init = init;
    fragments->init_bytes = fragments->from = fragments->len;
    fragments->len = fragments->whole = 0;
    fragments->wants_init = false;
    fragments->reader = NULL;
    fragments->sequence = 0;
    oc_mp4_source_t source = {
        .read_at = read_at, .context = fragments, .size = fragments->init_bytes};
    return oc_mp4_read_open(&fragments->reader, fragments->memory, &source, NULL, 0) == OC_OK
               ? OC_OK
               : OC_ERR_FORMAT;
}

int oc_watch_fragments_came(oc_watch_fragments_t *fragments, size_t len) {
    if (fragments->wants_init) { /* what was not whole before it never will be */
        memmove(fragments->bytes, fragments->bytes + fragments->len, len);
        fragments->len = len;
        return begin(fragments);
    }
    if (!fragments->reader)
        return OC_ERR_FORMAT;
    fragments->len += len;
    return OC_OK;
}

/* Bytes of the fragment that begins what is held, `moof` and `mdat`. OC_OK | OC_AGAIN it is not
 * whole yet | OC_ERR_FORMAT. */
static int measure(const oc_watch_fragments_t *fragments, size_t *whole) {
    oc_rd_t rd = oc_rd(oc_span(fragments->bytes, fragments->len));
    size_t moof = oc_rd_u32(&rd);
    if (rd.bad)
        return OC_AGAIN;
    if (moof < SEQUENCE_AT + sizeof(uint32_t))
        return OC_ERR_FORMAT;
    oc_rd_skip(&rd, moof - sizeof(uint32_t));
    *whole = moof + oc_rd_u32(&rd);
    return rd.bad || *whole > fragments->len ? OC_AGAIN : OC_OK;
}

/* How many fragments are missing before the one that begins the bytes. */
static uint32_t count_missing(oc_watch_fragments_t *fragments) {
    oc_rd_t rd = oc_rd(oc_span(fragments->bytes, fragments->len));
    oc_rd_skip(&rd, SEQUENCE_AT);
    uint32_t sequence = oc_rd_u32(&rd), before = fragments->sequence;
    fragments->sequence = sequence;
    uint32_t missing = before && sequence > before ? sequence - before - 1 : 0;
    fragments->missing += missing;
    return missing;
}

static void forget(oc_watch_fragments_t *fragments) {
    fragments->len -= fragments->whole;
    fragments->from += fragments->whole;
    memmove(fragments->bytes, fragments->bytes + fragments->whole, fragments->len);
    fragments->whole = 0;
}

/* Gives the reader one more fragment. As measure. */
static int grow(oc_watch_fragments_t *fragments, oc_watch_sample_t *out) {
    int rc = measure(fragments, &fragments->whole);
    if (rc != OC_OK) {
        fragments->whole = 0;
        return rc;
    }
    out->missing += count_missing(fragments);
    oc_mp4_read_grow(fragments->reader, fragments->from + fragments->whole);
    return OC_OK;
}

/* The next sample of the fragments that the reader has, else of one more. */
static int read_next(oc_watch_fragments_t *fragments, oc_watch_sample_t *out) {
    for (;;) {
        int rc = fragments->whole ? oc_mp4_read_next(fragments->reader, &out->mp4) : OC_END;
        if (rc != OC_END)
            return rc == OC_OK ? OC_OK : OC_ERR_FORMAT;
        forget(fragments);
        rc = grow(fragments, out);
        if (rc != OC_OK)
            return rc;
    }
}

int oc_watch_fragments_next(oc_watch_fragments_t *fragments, oc_watch_sample_t *out) {
    out->missing = 0;
    int rc = fragments->reader ? read_next(fragments, out) : OC_AGAIN;
    if (rc != OC_OK)
        return rc;
    uint64_t at = out->mp4.offset;
    if (at < fragments->from || at - fragments->from > fragments->len ||
        out->mp4.len_bytes > fragments->len - (at - fragments->from))
        return OC_ERR_FORMAT;
    out->data = fragments->bytes + (at - fragments->from);
    return OC_OK;
}

const oc_track_t *oc_watch_fragments_track(const oc_watch_fragments_t *fragments, unsigned track) {
    return fragments->reader ? oc_mp4_read_track(fragments->reader, track) : NULL;
}
