#define _GNU_SOURCE
#include "oc_object_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_object_parts.h"
#include "oc_posix.h"

#define STACK_BYTES (512 * 1024) /* libcurl and its TLS */
#define TYPE        "content-type: video/mp4"

struct oc_object_writer {
    const oc_object_place_t *place;
    const oc_object_access_t *access;
    int fd;                    /* of a file; -1 */
    bool made;                 /* there is a file of part_name, which is ours */
    char part_name[PATH_MAX];  /* of a file until it is whole */
    oc_object_link_t link;     /* of the thread while it runs */
    oc_object_parts_t parts;   /* the same */
    uint8_t *room[2];          /* of an address the first only, larger */
    size_t room_bytes, filled; /* of room[into] */
    unsigned into;
    uint64_t taken; /* bytes written so far */
    bool finished;
    pthread_t thread;
    bool runs;
    pthread_mutex_t lock; /* of what follows, and of why while the thread runs */
    pthread_cond_t changed;
    bool ends;
    oc_span_t sending; /* the part that the thread has; len 0: none */
    int failed;        /* OC_ERR_* */
    char why[OC_OBJECT_WHY_MAX];
};

/* ---- files ---- */

static int fail_file(oc_object_writer_t *writer, const char *name, const char *text) {
    snprintf(writer->why, sizeof(writer->why), "%.300s: %s", name, text);
    return writer->failed = OC_ERR_IO;
}

static int open_file(oc_object_writer_t *writer) {
    const char *name = writer->place->url;
    int len = snprintf(writer->part_name, sizeof(writer->part_name), "%s.part", name);
    if (len < 0 || (size_t)len >= sizeof(writer->part_name))
        return fail_file(writer, name, "the path is too long");
    if (access(name, F_OK) == 0) {
        fail_file(writer, name, "exists already; name another file");
        return OC_ERR_EXIST;
    }
    writer->fd =
        open(writer->part_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (writer->fd < 0)
        return fail_file(writer, writer->part_name, strerror(errno));
    writer->made = true;
    return OC_OK;
}

static int write_file(oc_object_writer_t *writer, const uint8_t *bytes, size_t len) {
    for (size_t done = 0; done < len;) {
        ssize_t n = write(writer->fd, bytes + done, len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return fail_file(writer, writer->part_name, n < 0 ? strerror(errno) : "nothing fits");
        done += (size_t)n;
    }
    return OC_OK;
}

/* The file is there when it is whole. */
static int finish_file(oc_object_writer_t *writer) {
    const char *name = writer->place->url;
    int fd = writer->fd;
    writer->fd = -1;
    if (close(fd) != 0)
        return fail_file(writer, writer->part_name, strerror(errno));
    if (link(writer->part_name, name) == 0)
        return OC_OK;
    if (errno == EEXIST || access(name, F_OK) == 0)
        return fail_file(writer, name, "exists already; name another file");
    if (rename(writer->part_name, name) == 0) /* a file system without links */
        return OC_OK;
    return fail_file(writer, name, strerror(errno));
}

/* ---- the thread ---- */

static void *run(void *context) {
    oc_object_writer_t *writer = context;
    char why[OC_OBJECT_WHY_MAX] = "";
    pthread_mutex_lock(&writer->lock);
    while (!writer->ends) {
        oc_span_t part = writer->sending;
        if (part.len == 0) {
            pthread_cond_wait(&writer->changed, &writer->lock);
            continue;
        }
        pthread_mutex_unlock(&writer->lock);
        int rc = oc_object_parts_send(&writer->parts, part, why, sizeof(why));
        pthread_mutex_lock(&writer->lock);
        writer->sending = oc_span(NULL, 0);
        if (rc != OC_OK) {
            writer->failed = rc;
            memcpy(writer->why, why, sizeof(why));
        }
        pthread_cond_signal(&writer->changed);
    }
    pthread_mutex_unlock(&writer->lock);
    return NULL;
}

static void end_thread(oc_object_writer_t *writer) {
    if (!writer->runs)
        return;
    pthread_mutex_lock(&writer->lock);
    writer->ends = true;
    pthread_cond_signal(&writer->changed);
    pthread_mutex_unlock(&writer->lock);
    pthread_join(writer->thread, NULL);
    writer->runs = false;
}

/* Gives the thread the part that is filled, once it has sent the one before. */
static int hand_over(oc_object_writer_t *writer) {
    if (!writer->runs) {
        int rc = oc_posix_thread(&writer->thread, "object write", STACK_BYTES, run, writer);
        if (rc != OC_OK)
            return rc;
        writer->runs = true;
    }
    pthread_mutex_lock(&writer->lock);
    while (writer->sending.len > 0)
        pthread_cond_wait(&writer->changed, &writer->lock);
    int failed = writer->failed;
    if (failed == OC_OK)
        writer->sending = oc_span(writer->room[writer->into], writer->filled);
    pthread_cond_signal(&writer->changed);
    pthread_mutex_unlock(&writer->lock);
    writer->into = !writer->into;
    writer->filled = 0;
    return failed;
}

/* ---- the whole ---- */

static int open_room(oc_object_writer_t *writer, char *why, size_t size) {
    bool store = writer->place->kind == OC_OBJECT_S3;
    writer->room_bytes = store ? OC_OBJECT_PART : OC_OBJECT_SINGLE_MAX;
    int rc = oc_object_link_open(&writer->link, writer->place, writer->access, why, size);
    for (unsigned i = 0; rc == OC_OK && i < (store ? 2u : 1u); i++) {
        writer->room[i] = malloc(writer->room_bytes);
        rc = writer->room[i] ? OC_OK : OC_ERR_NOMEM;
    }
    if (rc == OC_ERR_NOMEM)
        snprintf(why, size, "%s", oc_err_text(rc));
    oc_object_parts_init(&writer->parts, &writer->link);
    return rc;
}

int oc_object_writer_open(oc_object_writer_t **out, const oc_object_place_t *place,
                          const oc_object_access_t *access, char *why, size_t size) {
    oc_object_writer_t *writer = calloc(1, sizeof(*writer));
    if (!writer) {
        snprintf(why, size, "%s", oc_err_text(OC_ERR_NOMEM));
        return OC_ERR_NOMEM;
    }
    writer->place = place;
    writer->access = access;
    writer->fd = -1;
    pthread_mutex_init(&writer->lock, NULL);
    pthread_cond_init(&writer->changed, NULL);
    int rc = place->kind == OC_OBJECT_FILE ? open_file(writer) : open_room(writer, why, size);
    if (rc == OC_OK) {
        *out = writer;
        return OC_OK;
    }
    if (place->kind == OC_OBJECT_FILE)
        snprintf(why, size, "%s", writer->why);
    oc_object_writer_close(writer, NULL, 0);
    return rc;
}

int oc_object_writer_write(oc_object_writer_t *writer, const void *bytes, size_t len) {
    const uint8_t *at = bytes;
    writer->taken += len;
    if (writer->place->kind == OC_OBJECT_FILE)
        return write_file(writer, at, len);
    while (len > 0) {
        size_t room = writer->room_bytes - writer->filled, take = len < room ? len : room;
        if (take == 0 && writer->place->kind == OC_OBJECT_HTTP) {
            snprintf(writer->why, sizeof(writer->why),
                     "%s: more than %u MB: an address takes no parts; write to s3://",
                     writer->place->shown, OC_OBJECT_SINGLE_MAX >> 20);
            return writer->failed = OC_ERR_TOO_BIG;
        }
        memcpy(writer->room[writer->into] + writer->filled, at, take);
        writer->filled += take;
        at += take;
        len -= take;
        if (writer->filled < writer->room_bytes || writer->place->kind == OC_OBJECT_HTTP)
            continue;
        int rc = hand_over(writer);
        if (rc != OC_OK)
            return rc;
    }
    return OC_OK;
}

static int put(oc_object_writer_t *writer) {
    oc_object_reply_t reply = {0};
    oc_object_call_t call = {.method = "PUT",
                             .line = {TYPE},
                             .uploads = true,
                             .body = oc_span(writer->room[0], writer->filled)};
    int rc = oc_object_call(&writer->link, &call, &reply, writer->why, sizeof(writer->why));
    bool told = writer->place->kind != OC_OBJECT_S3 || reply.etag[0];
    if (rc == OC_OK && !told && !oc_object_holds(&writer->link, writer->filled, &reply)) {
        snprintf(writer->why, sizeof(writer->why), "%s: the store does not say that it has it",
                 writer->place->shown);
        rc = OC_ERR_IO;
    }
    return writer->failed = rc;
}

int oc_object_writer_finish(oc_object_writer_t *writer) {
    int rc = writer->failed;
    if (rc == OC_OK && writer->place->kind == OC_OBJECT_FILE) {
        rc = finish_file(writer);
    } else if (rc == OC_OK && !writer->runs) {
        rc = put(writer);
    } else if (rc == OC_OK) {
        rc = writer->filled > 0 ? hand_over(writer) : OC_OK;
        pthread_mutex_lock(&writer->lock);
        while (writer->sending.len > 0)
            pthread_cond_wait(&writer->changed, &writer->lock);
        rc = rc != OC_OK ? rc : writer->failed;
        pthread_mutex_unlock(&writer->lock);
        end_thread(writer);
        if (rc == OC_OK)
            rc = oc_object_parts_complete(&writer->parts, writer->taken, writer->why,
                                          sizeof(writer->why));
    }
    writer->failed = rc;
    writer->finished = rc == OC_OK;
    return rc;
}

uint32_t oc_object_writer_repeats(const oc_object_writer_t *writer) {
    return writer->link.repeats;
}

const char *oc_object_writer_why(const oc_object_writer_t *writer) {
    return writer->why;
}

bool oc_object_writer_close(oc_object_writer_t *writer, char *why, size_t size) {
    bool clean = true;
    if (!writer)
        return true;
    end_thread(writer);
    if (writer->fd >= 0)
        close(writer->fd);
    if (writer->made)
        (void)unlink(writer->part_name);
    if (!writer->finished && writer->place->kind == OC_OBJECT_S3)
        clean = oc_object_parts_abort(&writer->parts, why, size);
    oc_object_parts_free(&writer->parts);
    oc_object_link_close(&writer->link);
    pthread_cond_destroy(&writer->changed);
    pthread_mutex_destroy(&writer->lock);
    free(writer->room[0]);
    free(writer->room[1]);
    free(writer);
    return clean;
}
