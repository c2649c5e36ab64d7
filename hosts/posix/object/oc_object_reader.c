#define _GNU_SOURCE
#include "oc_object_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_object_blocks.h"
#include "oc_posix.h"

#define STACK_BYTES (512 * 1024) /* libcurl and its TLS */

struct oc_object_reader {
    oc_object_link_t link; /* of the thread, once it runs */
    int fd;                /* of a file; -1 */
    uint64_t bytes;
    char etag[OC_OBJECT_ETAG_MAX];
    bool strong; /* the tag can be a condition */
    pthread_t thread;
    bool runs;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t required, changed;
    bool ends;
    oc_object_blocks_t blocks;
    int failed;         /* OC_ERR_* of the thread; it reads nothing more then */
    char why[OC_OBJECT_WHY_MAX];
    uint8_t *room; /* OC_OBJECT_SLOTS blocks */
};

/* "bytes 0-99/1000". False: it is something else. */
static bool read_range(const char *text, uint64_t *from, uint64_t *to, uint64_t *whole) {
    int used = 0;
    return sscanf(text, "bytes %" SCNu64 "-%" SCNu64 "/%" SCNu64 "%n", from, to, whole, &used) == 3 &&
           used > 0 && text[used] == 0;
}

/* Bytes from `at` on into room. With the first request nothing is known of the object. */
static int fetch(oc_object_reader_t *reader, uint64_t at, size_t len, uint8_t *room,
                 oc_object_reply_t *reply, char *why, size_t size) {
    char range[80], match[OC_OBJECT_ETAG_MAX + 16];
    uint64_t from = 0, to = 0, whole = 0;
    oc_object_call_t call = {.method = "GET", .line = {range}};
    const char *shown = reader->link.place->shown;
    snprintf(range, sizeof(range), "Range: bytes=%" PRIu64 "-%" PRIu64, at, at + len - 1);
    if (reader->strong) {
        snprintf(match, sizeof(match), "If-Match: %s", reader->etag);
        call.line[1] = match;
    }
    *reply = (oc_object_reply_t){.room = room, .room_bytes = len};
    int rc = oc_object_call(&reader->link, &call, reply, why, size);
    if (rc == OC_ERR_STALE)
        snprintf(why, size, "%s: it has changed while it was read", shown);
    if (rc != OC_OK && reply->status != 200)
        return rc;
    if (reply->status != 206) {
        snprintf(why, size, "%s: the server does not serve ranges (HTTP %d)", shown, reply->status);
        return OC_ERR_NOTSUP;
    }
    bool good = read_range(reply->range, &from, &to, &whole) && from == at && to >= from &&
                to - from + 1 == reply->len && whole > to;
    bool first = reader->bytes == 0;
    bool full = good && (reply->len == len || (first && to + 1 == whole));
    if (!full) {
        snprintf(why, size, "%s: the server answers with other bytes than were requested", shown);
        return OC_ERR_IO;
    }
    if (!first && (whole != reader->bytes || strcmp(reply->etag, reader->etag) != 0)) {
        snprintf(why, size, "%s: it has changed while it was read", shown);
        return OC_ERR_STALE;
    }
    return OC_OK;
}

/* ---- the thread ---- */

static size_t bytes_of_block(const oc_object_reader_t *reader, int64_t block) {
    uint64_t at = (uint64_t)block * OC_OBJECT_BLOCK, left = reader->bytes - at;
    return left < OC_OBJECT_BLOCK ? (size_t)left : OC_OBJECT_BLOCK;
}

static void *run(void *context) {
    oc_object_reader_t *reader = context;
    oc_object_reply_t reply;
    char why[OC_OBJECT_WHY_MAX] = "";
    int64_t block = 0;
    pthread_mutex_lock(&reader->lock);
    while (!reader->ends) {
        int slot = reader->failed ? -1 : oc_object_blocks_next(&reader->blocks, &block);
        if (slot < 0) {
            pthread_cond_wait(&reader->required, &reader->lock);
            continue;
        }
        pthread_mutex_unlock(&reader->lock);
        int rc = fetch(reader, (uint64_t)block * OC_OBJECT_BLOCK, bytes_of_block(reader, block),
                       reader->room + (size_t)slot * OC_OBJECT_BLOCK, &reply, why, sizeof(why));
        pthread_mutex_lock(&reader->lock);
        oc_object_blocks_done(&reader->blocks, slot, rc == OC_OK);
        if (rc != OC_OK) {
            reader->failed = rc;
            memcpy(reader->why, why, sizeof(why));
        }
        pthread_cond_signal(&reader->changed);
    }
    pthread_mutex_unlock(&reader->lock);
    return NULL;
}

/* ---- opening ---- */

static int open_file(oc_object_reader_t *reader, const char *path, char *why, size_t size) {
    struct stat about;
    reader->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (reader->fd < 0 || fstat(reader->fd, &about) != 0) {
        int number = errno;
        snprintf(why, size, "%.200s: %s", path, strerror(number));
        return oc_posix_error(number);
    }
    if (!S_ISREG(about.st_mode)) {
        snprintf(why, size, "%.200s: it is no file", path);
        return OC_ERR_NOTSUP;
    }
    reader->bytes = (uint64_t)about.st_size;
    return OC_OK;
}

/* Its first block, by which it becomes known. */
static int open_object(oc_object_reader_t *reader, const oc_object_place_t *place,
                       const oc_object_access_t *access, char *why, size_t size) {
    oc_object_reply_t reply;
    uint64_t from, to, whole;
    int64_t block;
    int rc = oc_object_link_open(&reader->link, place, access, why, size);
    if (rc != OC_OK)
        return rc;
    reader->room = malloc((size_t)OC_OBJECT_SLOTS * OC_OBJECT_BLOCK);
    if (!reader->room) {
        snprintf(why, size, "%s", oc_err_text(OC_ERR_NOMEM));
        return OC_ERR_NOMEM;
    }
    rc = fetch(reader, 0, OC_OBJECT_BLOCK, reader->room, &reply, why, size);
    if (rc == OC_ERR_RANGE)
        snprintf(why, size, "%s: it is empty", place->shown);
    if (rc != OC_OK)
        return rc;
    (void)read_range(reply.range, &from, &to, &whole);
    reader->bytes = whole;
    memcpy(reader->etag, reply.etag, sizeof(reader->etag));
    reader->strong = reply.etag[0] == '"';
    oc_object_blocks_init(&reader->blocks,
                          (int64_t)((whole + OC_OBJECT_BLOCK - 1) / OC_OBJECT_BLOCK));
    oc_object_blocks_require(&reader->blocks, 0);
    oc_object_blocks_done(&reader->blocks, oc_object_blocks_next(&reader->blocks, &block), true);
    rc = oc_posix_thread(&reader->thread, "object read", STACK_BYTES, run, reader);
    if (rc != OC_OK)
        snprintf(why, size, "%s", oc_err_text(rc));
    reader->runs = rc == OC_OK;
    return rc;
}

int oc_object_reader_open(oc_object_reader_t **out, const oc_object_place_t *place,
                          const oc_object_access_t *access, char *why, size_t size) {
    oc_object_reader_t *reader = calloc(1, sizeof(*reader));
    if (!reader) {
        snprintf(why, size, "%s", oc_err_text(OC_ERR_NOMEM));
        return OC_ERR_NOMEM;
    }
    reader->fd = -1;
    pthread_mutex_init(&reader->lock, NULL);
    pthread_cond_init(&reader->required, NULL);
    pthread_cond_init(&reader->changed, NULL);
    int rc = place->kind == OC_OBJECT_FILE ? open_file(reader, place->url, why, size)
                                           : open_object(reader, place, access, why, size);
    if (rc != OC_OK)
        oc_object_reader_close(reader);
    else
        *out = reader;
    return rc;
}

uint64_t oc_object_reader_bytes(const oc_object_reader_t *reader) {
    return reader->bytes;
}

/* ---- reading ---- */

static int64_t read_file(oc_object_reader_t *reader, uint64_t at, void *out, size_t len) {
    ssize_t n;
    do
        n = pread(reader->fd, out, len, (off_t)at);
    while (n < 0 && errno == EINTR);
    if (n > 0)
        return n;
    snprintf(reader->why, sizeof(reader->why), "the file: %s",
             n < 0 ? strerror(errno) : "it became shorter while it was read");
    return n < 0 ? oc_posix_error(errno) : OC_ERR_STALE;
}

int64_t oc_object_reader_read(oc_object_reader_t *reader, uint64_t at, void *out, size_t len) {
    int slot = -1;
    if (at >= reader->bytes || len == 0)
        return 0;
    if (len > reader->bytes - at)
        len = (size_t)(reader->bytes - at);
    if (reader->fd >= 0)
        return read_file(reader, at, out, len);
    int64_t block = (int64_t)(at / OC_OBJECT_BLOCK);
    size_t from = (size_t)(at % OC_OBJECT_BLOCK), held = bytes_of_block(reader, block) - from;
    pthread_mutex_lock(&reader->lock);
    while ((slot = oc_object_blocks_require(&reader->blocks, block)) < 0 && !reader->failed) {
        pthread_cond_signal(&reader->required);
        pthread_cond_wait(&reader->changed, &reader->lock);
    }
    pthread_cond_signal(&reader->required); /* what lies ahead has moved on */
    int failed = reader->failed;
    pthread_mutex_unlock(&reader->lock);
    if (slot < 0)
        return failed;
    len = len < held ? len : held;
    memcpy(out, reader->room + (size_t)slot * OC_OBJECT_BLOCK + from, len);
    return (int64_t)len;
}

const char *oc_object_reader_why(oc_object_reader_t *reader) {
    pthread_mutex_lock(&reader->lock); /* it is written once */
    const char *why = reader->why;
    pthread_mutex_unlock(&reader->lock);
    return why;
}

void oc_object_reader_close(oc_object_reader_t *reader) {
    if (!reader)
        return;
    if (reader->runs) {
        pthread_mutex_lock(&reader->lock);
        reader->ends = true;
        pthread_cond_signal(&reader->required);
        pthread_mutex_unlock(&reader->lock);
        pthread_join(reader->thread, NULL);
    }
    oc_object_link_close(&reader->link);
    if (reader->fd >= 0)
        close(reader->fd);
    pthread_cond_destroy(&reader->required);
    pthread_cond_destroy(&reader->changed);
    pthread_mutex_destroy(&reader->lock);
    free(reader->room);
    free(reader);
}
