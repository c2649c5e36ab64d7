#define _GNU_SOURCE
#include "oc_export_file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_export_read.h"
#include "oc_log.h"
#include "oc_posix.h"

#define ALIGN      16u
#define FNV_OFFSET UINT64_C(14695981039346656037) /* FNV-1a, 64 bit, over words */
#define FNV_PRIME  UINT64_C(1099511628211)

typedef struct export_file {
    oc_body_t body; /* first */
    pthread_mutex_t lock;
    oc_vod_folder_t folder;
    oc_export_t plan;
    oc_export_reader_t reader; /* under lock */
    void *memory;
    int spool; /* file without a name; -1: none */
} export_file_t;

static atomic_uint count;

/* ---- the head of a plain MP4 ---- */

static int spool_write(void *context, uint64_t offset, const void *data, size_t len) {
    const export_file_t *file = context;
    for (size_t done = 0; done < len;) {
        ssize_t n =
            pwrite(file->spool, (const char *)data + done, len - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0 ? OC_ERR_IO : oc_posix_error(errno);
        done += (size_t)n;
    }
    return OC_OK;
}

static int spool_read(void *context, uint64_t offset, void *buffer, size_t len) {
    const export_file_t *file = context;
    return oc_posix_read_at(file->spool, offset, buffer, len);
}

/* ---- the body ---- */

static int64_t read_body(oc_body_t *body, uint64_t offset, void *out, size_t size) {
    export_file_t *file = (export_file_t *)(void *)body;
    pthread_mutex_lock(&file->lock);
    int rc = oc_export_reader_read(&file->reader, offset, out, size);
    pthread_mutex_unlock(&file->lock);
    return rc == OC_OK ? (int64_t)size : rc == OC_ERR_NOENT ? OC_ERR_CLOSED : OC_ERR_IO;
}

static void free_file(export_file_t *file) {
    oc_export_reader_close(&file->reader);
    oc_vod_folder_close(&file->folder);
    if (file->spool >= 0)
        close(file->spool);
    pthread_mutex_destroy(&file->lock);
    free(file->memory);
    free(file);
    atomic_fetch_sub(&count, 1);
}

static void release_body(oc_body_t *body) {
    free_file((export_file_t *)(void *)body);
}

static const oc_body_source_t source = {.read = read_body, .release = release_body};

/* ---- the plan ---- */

static uint64_t mix(uint64_t hash, uint64_t word) {
    return (hash ^ word) * FNV_PRIME;
}

/* The same plan of the same files has the same name. */
static void write_etag(const export_file_t *file, char *out) {
    const oc_export_t *plan = &file->plan;
    uint64_t hash = mix(FNV_OFFSET, plan->config.format);
    for (uint32_t i = 0; i < plan->pieces; i++) {
        const oc_export_piece_t *piece = &plan->piece[i];
        const char *path = i > 0 ? plan->span->entry[piece->file].path : "";
        hash = mix(mix(mix(hash, piece->out), piece->at), (uint64_t)piece->shift);
        while (*path && piece->kind > OC_EXPORT_SPOOL)
            hash = mix(hash, (uint8_t)*path++);
    }
    snprintf(out, OC_EXPORT_ETAG, "\"%llx-%llx\"", (unsigned long long)hash,
             (unsigned long long)plan->bytes);
}

static void name_left_out(const export_file_t *file, oc_export_about_t *about) {
    const oc_export_t *plan = &file->plan;
    size_t used = 0;
    about->left_outs = plan->left_outs;
    about->left_out[0] = 0;
    for (uint32_t i = 0; i < plan->left_outs && i < OC_EXPORT_NAMED; i++) {
        const char *path = plan->span->entry[plan->left_out[i]].path;
        if (used + strlen(path) + sizeof ", " > sizeof about->left_out)
            break;
        used += (size_t)snprintf(about->left_out + used, sizeof about->left_out - used, "%s%s",
                                 used > 0 ? ", " : "", path);
    }
}

/* A file without a name, as its folder keeps no trace of it however the program ends. */
static int open_spool(const oc_export_request_t *request) {
    char folder[4096] = ".";
    const char *slash = request->spool ? strrchr(request->spool, '/') : NULL;
    if (slash)
        snprintf(folder, sizeof folder, "%.*s",
                 slash > request->spool ? (int)(slash - request->spool) : 1, request->spool);
    return openat(request->spool ? AT_FDCWD : request->place.root, folder,
                  O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

static int make_plan(export_file_t *file, const oc_export_request_t *request) {
    oc_export_config_t config = {.from_ms = request->from_ms,
                                 .to_ms = request->to_ms,
                                 .format = request->format,
                                 .spool = {spool_write, spool_read, file}};
    int rc = oc_vod_folder_open(&file->folder, &request->place, request->channel, request->from_ms,
                                request->to_ms, &request->synced, request->keys);
    if (rc != OC_OK || file->folder.span.count == 0)
        return rc != OC_OK ? rc : OC_ERR_NOENT;
    file->folder.gone = request->gone;
    if (request->format == OC_EXPORT_PLAIN)
        file->spool = open_spool(request);
    if (request->format == OC_EXPORT_PLAIN && file->spool < 0)
        return oc_posix_error(errno);
    size_t bytes = oc_export_bytes(file->folder.span.count);
    file->memory = aligned_alloc(ALIGN, (bytes + ALIGN - 1) / ALIGN * ALIGN);
    oc_vod_file_t *scratch = calloc(1, sizeof(*scratch));
    rc = file->memory && scratch
             ? oc_export_plan(&file->plan, file->memory, &config, &file->folder.span, scratch)
             : OC_ERR_NOMEM;
    free(scratch);
    file->folder.gone = NULL;
    file->folder.keys = NULL;
    return rc;
}

int oc_export_file_open(const oc_export_request_t *request, oc_body_ref_t *out,
                        oc_export_about_t *about) {
    bool room = atomic_fetch_add(&count, 1) < OC_EXPORT_FILES_MAX;
    export_file_t *file = room ? calloc(1, sizeof(*file)) : NULL;
    if (!file) {
        atomic_fetch_sub(&count, 1);
        return room ? OC_ERR_NOMEM : OC_ERR_BUSY;
    }
    pthread_mutex_init(&file->lock, NULL);
    file->spool = -1;
    int rc = make_plan(file, request);
    about->changed_ms = file->plan.changed_ms;
    about->begun_ms = file->plan.begun_ms;
    about->duration_ms = file->plan.duration_ms;
    name_left_out(file, about);
    if (about->left_outs > 0)
        oc_log(OC_LOG_WARN, "export", "%u damaged recordings are left out: %s",
               (unsigned)about->left_outs, about->left_out);
    if (rc != OC_OK) {
        free_file(file);
        return rc;
    }
    write_etag(file, about->etag);
    oc_export_reader_init(&file->reader, &file->plan);
    *out = oc_body_init(&file->body, &source, file->plan.bytes, "video/mp4");
    return OC_OK;
}
