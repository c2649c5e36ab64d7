/* oc_http - the HTTP server: libwebsockets on a thread of its own (docs/adr/0003-http-server.md).
 * Serves the viewer, live bodies from the plane, recordings, /metrics, /healthz, and passes /api on
 * to the script. Survives scripts. Who may ask what: docs/design/access.md. */
#ifndef OC_HTTP_H
#define OC_HTTP_H

#include "oc_api_broker.h"
#include "oc_desired.h"
#include "oc_health.h"
#include "oc_http_places.h"
#include "oc_live_broker.h"
#include "oc_vod_folder.h"

#define OC_HTTP_URL_MAX     512  /* bytes of path, and of query, each; longer: 414 */
#define OC_HTTP_HEADERS_MAX 8192 /* bytes of all headers of a request; longer: refused */
#define OC_HTTP_WAIT_S      36   /* a live request waits at most: three of the longest segments */
#define OC_HTTP_IDLE_S      15   /* a peer that sends or takes nothing for so long is closed */
#define OC_HTTP_UPDATE_S    60   /* an update is staged in this time, or nobody is told */
#define OC_HTTP_BUNDLE_MAX  (4 * 1024 * 1024)  /* bytes of a bundle; one comes in at a time */
#define OC_HTTP_FORGET_MAX  (64 * 1024 * 1024) /* of what is read and refused in its place */

/* Counters for /metrics; any thread reads. */
typedef struct oc_http_counts {
    _Atomic uint32_t turns;        /* of the thread, one in 2 s at least; wraps */
    _Atomic uint32_t connections;  /* now open */
    _Atomic uint32_t refused;      /* connections over the limit, since start */
    _Atomic uint32_t responses[5]; /* by first digit of the status, 1xx .. 5xx */
    _Atomic uint32_t logins[3];    /* tries of passwords, right, wrong and refused, since start */
    _Atomic uint32_t sent_kb;      /* body kilobytes (1000 bytes), since start */
} oc_http_counts_t;

/* Updates of the application, answered by the host (hosts/posix/update). HTTP thread. All zero: it
 * has none. */
typedef struct oc_http_update {
    /* NULL, or a static line that says why no bundle can be taken just now, and the status. */
    const char *(*refuses)(void *context, int *status);
    /* A bundle has come (malloc, owned by callee); and: the application before is wanted. Both are
     * answered through the broker's answers with this id. */
    void (*post)(void *context, uint32_t id, uint8_t *bundle, size_t size);
    void (*back)(void *context, uint32_t id);
    /* The state as JSON: malloc, owned by caller; NULL: no memory. */
    char *(*read)(void *context, size_t *len);
    void *context;
} oc_http_update_t;

typedef struct oc_http_config {
    oc_listen_config_t listen;
    const char *data_path; /* for messages */
    int viewer_root;       /* descriptors, borrowed until stopped */
    int data_root;
    oc_vod_finder_t finder;     /* of recordings; all zero: folders are read */
    oc_media_thread_t *media;   /* borrowed until stopped */
    oc_live_broker_t *live;     /* as media; its `answer` is set here */
    oc_api_broker_t *broker;    /* as media */
    oc_desired_keep_t *desired; /* as media */
    /* Ends every WebRTC session for whose login `holds` is false; on the HTTP thread. */
    void (*judge_viewers)(void *viewers, bool (*holds)(void *asker, uint32_t login), void *asker);
    /* How many WebRTC sessions are there by a login; on the HTTP thread. */
    unsigned (*count_viewers)(void *viewers, uint32_t login);
    void *viewers; /* context of these two */
    /* Writes the text of /metrics; on the HTTP thread. Returns bytes, 0: did not fit. */
    size_t (*metrics)(void *context, char *out, size_t size);
    /* A file of the application's panel ("panel/index.html") as a body, the caller's; on the HTTP
     * thread. OC_OK | OC_ERR_NOENT | OC_ERR_BUSY too many are under way. */
    int (*panel)(void *context, const char *path, const char *type, oc_body_ref_t *out);
    oc_http_update_t update;
    /* A request for a picture (heap, owned by callee when true; kind PICTURE or THUMBNAIL), on the
     * HTTP thread; answered as live ones are. False: too many wait. */
    bool (*picture)(void *context, oc_http_request_t *req);
    /* The process is to start again, with recordings finished; on the HTTP thread, returns at once.
     */
    void (*restart)(void *context);
    /* The facts behind /healthz; on the HTTP thread. */
    void (*health)(void *context, oc_health_t *health);
    /* On the HTTP thread, once: the port in use (> 0) and where it is reached, as JSON (`urls`,
     * `fingerprint`), with the first of these URLs; or OC_ERR_* and a line that says why not. */
    void (*listening)(void *context, int result, const char *text, const char *url);
    void *context;
} oc_http_config_t;

/* One server; opaque. */
typedef struct oc_http oc_http_t;

/* Starts the thread; `listening` follows. config: copied. OC_OK | OC_ERR_NOMEM. */
int oc_http_start(oc_http_t **out, const oc_http_config_t *config);
/* Closes listeners and connections and ends the thread; the memory stays: answers may still come
 * from the media thread and are dropped. until_us: of oc_pulse. False: it took too long, a file
 * hangs and nothing the server uses may be freed. */
bool oc_http_stop(oc_http_t *http, int64_t until_us);
/* After oc_http_stop was true and the media thread has ended. NULL is allowed. */
void oc_http_free(oc_http_t *http);

/* Borrowed until oc_http_free; any thread. */
const oc_http_counts_t *oc_http_counts(const oc_http_t *http);

#endif
