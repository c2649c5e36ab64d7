#include "oc_object_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_log.h"
#include "oc_object_serve.h"
#include "oc_posix.h"
#include "oc_source_object.h"

#define STACK_BYTES (512 * 1024) /* libcurl and its TLS: the first request is this thread's */
#define REGION      "us-east-1"

/* One input. */
typedef struct source {
    oc_ff_object_place_t at;
    oc_object_place_t place;
    oc_object_keys_t keys;
    atomic_bool stop;
    int socket;
    pthread_t thread;
} source_t;

static int open_reader(source_t *source, oc_object_access_t *access, oc_object_reader_t **reader,
                       char *why, size_t size) {
    const oc_ff_object_place_t *at = &source->at;
    oc_object_store_t store = {.endpoint = at->endpoint[0] ? at->endpoint : NULL,
                               .region = access->region,
                               .path_style = at->path_style};
    int rc = oc_object_place_parse(at->target, &store, &source->place, why, size);
    if (rc == OC_OK && source->place.kind != OC_OBJECT_S3) {
        snprintf(why, size, "an object is named s3://bucket/key");
        rc = OC_ERR_FORMAT;
    }
    if (rc == OC_OK)
        rc = oc_object_keys_load(&source->keys, NULL, why, size);
    return rc == OC_OK ? oc_object_reader_open(reader, &source->place, access, why, size) : rc;
}

static void *run(void *context) {
    source_t *source = context;
    char why[OC_OBJECT_WHY_MAX] = "";
    oc_object_reader_t *reader = NULL;
    oc_object_access_t access = {.keys = &source->keys,
                                 .region = source->at.region[0] ? source->at.region : REGION,
                                 .stop = &source->stop};
    int rc = open_reader(source, &access, &reader, why, sizeof(why));
    const char *failed = why;
    if (rc == OC_OK) {
        oc_object_serve_loop(reader, source->socket);
        failed = oc_object_reader_why(reader);
    }
    if (failed[0] && !atomic_load(&source->stop))
        oc_log(OC_LOG_WARN, "object", "%s", failed);
    oc_object_reader_close(reader);
    shutdown(source->socket, SHUT_RDWR);
    return NULL;
}

static int open_source(const oc_ff_object_place_t *place, void **object) {
    int pair[2];
    source_t *source = calloc(1, sizeof(*source));
    if (!source || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        free(source);
        return -1;
    }
    source->at = *place;
    source->socket = pair[0];
    if (oc_posix_thread(&source->thread, "object source", STACK_BYTES, run, source) != OC_OK) {
        close(pair[0]);
        close(pair[1]);
        free(source);
        return -1;
    }
    *object = source;
    return pair[1];
}

static void close_source(void *object) {
    source_t *source = object;
    atomic_store(&source->stop, true);
    shutdown(source->socket, SHUT_RDWR);
    pthread_join(source->thread, NULL);
    close(source->socket);
    oc_object_keys_wipe(&source->keys);
    free(source);
}

void oc_object_source_install(void) {
    static const oc_source_objects_t objects = {.open = open_source, .close = close_source};
    oc_source_objects = &objects;
}
