/* oc_http_impl - what the files of the HTTP server share; nobody else includes it. HTTP thread
 * only, except where noted. */
#ifndef OC_HTTP_IMPL_H
#define OC_HTTP_IMPL_H

#include <libwebsockets.h>

#include "oc_access.h"
#include "oc_access_store.h"
#include "oc_cert.h"
#include "oc_claim.h"
#include "oc_http.h"
#include "oc_http_check.h"
#include "oc_key_thread.h"
#include "oc_login_thread.h"
#include "oc_queue.h"
#include "oc_vod_thread.h"

#define OC_HTTP_ENDLESS  UINT64_MAX /* `len` of a head: the body has no length */
#define OC_HTTP_FRAMING  16         /* bytes around a chunk of HTTP/1.1 */
#define OC_HTTP_PROTOCOL "http"     /* the library's name for what we serve */
#define OC_HTTP_FRAME    16384 /* bytes of a frame of HTTP/2 that every peer takes (RFC 9113, 4.2) */
#define OC_HTTP_CHUNK    (32 * 1024) /* bytes written in one turn of the loop for one connection */
/* Questions at the broker: what it takes, and some that are under way. */
#define OC_HTTP_PENDING (OC_API_REQUESTS + OC_HTTP_WAITS + 64)

typedef enum oc_http_source {
    OC_HTTP_NOTHING = 0,
    OC_HTTP_MEMORY, /* `memory`, released with oc_media_thread_release */
    OC_HTTP_FILE,   /* `fd` */
    OC_HTTP_PULL,   /* `pull`; `memory` is its piece */
    OC_HTTP_BODY,   /* `ref`, which the session owns */
} oc_http_source_t;

/* What a connection knows of its viewer. */
typedef struct oc_http_pull {
    int32_t number; /* of oc_plane_pull; 0 = none */
    bool chunks;    /* the body is chunked (RFC 9112 7.1); else the connection's end ends it */
    bool last;      /* nothing comes after what is being sent */
} oc_http_pull_t;

/* One request: a connection of HTTP/1.1 or a stream of HTTP/2. Memory of the library, zeroed when
 * it begins. */
typedef struct oc_http_session {
    struct lws *wsi;
    const char *method; /* static */
    bool head;
    const oc_route_t *route; /* NULL: the request line is not read yet */
    char path[OC_HTTP_PATH_MAX], query[OC_HTTP_PATH_MAX];
    bool closed; /* with login: by TLS, or through a trusted proxy */
    bool cors;   /* the answer names `origin` */
    bool player; /* no browser: 401 offers Basic */
    bool json;   /* the body's type */
    char origin[OC_ACCESS_NAME_MAX];
    char user[OC_ACCESS_USER_MAX];  /* "" = nobody, or an open listener */
    char own[OC_ACCESS_SESSION_ID]; /* id of the session; "" = none */
    uint32_t login;                 /* as in oc_access_verdict_t, with scope and denied */
    char scope[OC_ACCESS_SCOPE_MAX];
    bool denied;
    oc_login_job_t *job; /* what proves right before the request goes on; NULL = nothing */
    uint32_t wait_s;     /* Retry-After of 429 */
    char cookie[128], device_cookie[192]; /* Set-Cookie; "" = none */
    bool by_device;                       /* as in oc_access_verdict_t */
    oc_access_peer_t device;
    uint32_t req;   /* id of the question at the broker; 0 = none */
    int64_t due_us; /* time awake: it is answered with 503 then */
    bool answered;
    bool sending;     /* counted in oc_http_peer_t */
    bool ending;      /* answered; its last bytes wait in the library */
    bool over;        /* answered outside of an event: the next one ends the connection. The time
                         that is set for that begins anew as long as bytes lie behind a body */
    bool used;        /* the body: the question was asked */
    const char *why;  /* static: the line of a refusal; NULL = that of its status */
    int refused;      /* what answers when the body has been read; 0 = nothing yet */
    oc_parcel_t text; /* begins with the body; moves on to oc_api_broker; empty: no body */
    uint32_t body_len, body_size;
    uint32_t head_len; /* of text, behind room for the body and what precedes them: the headers */
    oc_http_source_t source;
    uint8_t *memory;
    bool counted; /* memory counts as a body under way */
    bool live;    /* memory holds pictures: cut off in privacy mode */
    int fd;
    oc_body_ref_t ref;
    uint64_t offset, left; /* of what is still to send */
    oc_http_pull_t pull;
    bool endless;  /* a progressive stream was requested, or is under way */
    uint32_t link; /* names the watch link it came by; 0: none */
    oc_access_peer_t from;
    char address[OC_ACCESS_ADDRESS_MAX]; /* `from` as text; "" = not known */
} oc_http_session_t;

/* Who answers it. */
static inline oc_http_area_t oc_http_area(const oc_http_session_t *session) {
    return session->route ? session->route->area : OC_HTTP_NOWHERE;
}
/* What follows the folder of that in its path. */
static inline const char *oc_http_rest(const oc_http_session_t *session) {
    return session->path + (session->route ? session->route->rest : 0);
}
/* The last part of its path. */
static inline const char *oc_http_last(const oc_http_session_t *session) {
    return strrchr(session->path, '/') + 1;
}

/* Which connection waits for an answer. */
typedef struct oc_http_pending {
    uint32_t id; /* 0 = free */
    oc_http_session_t *session;
} oc_http_pending_t;

struct oc_http {
    oc_http_config_t config;
    oc_http_counts_t counts;
    struct lws_context *context;
    struct {
        struct lws_vhost *vhost; /* the library's */
        bool closed;
    } vhosts[OC_HTTP_LISTENERS + 1]; /* by address; and the control socket */
    unsigned vhost_count;
    struct {
        struct ssl_ctx_st *context; /* of a listener with TLS, the library's */
        int64_t due_us;             /* oc_tls_tickets_turn */
    } tickets[OC_HTTP_LISTENERS];
    unsigned ticket_count;
    uint16_t port;
    char url[OC_ACCESS_NAME_MAX + 32]; /* the first one by which it is reached */
    oc_access_t access;
    oc_key_thread_t *keys;
    oc_vod_thread_t *vod;
    oc_login_thread_t *login;
    char claim[OC_CLAIM_CODE]; /* "": none is good */
    oc_http_session_t *checking[OC_LOGIN_JOBS];
    oc_cert_t *cert; /* NULL: no closed listener */
    oc_access_stamp_t users_stamp, cert_stamp, key_stamp;
    bool users_gone;                  /* the file of users was not there at the last look */
    uint64_t data_device, data_inode; /* of the data directory, when the users were looked at */
    lws_sorted_usec_list_t watch;     /* looks at those files again */
    unsigned watches;
    oc_http_peer_t peers[OC_HTTP_PLACES];
    lws_sorted_usec_list_t sweep; /* looks for those whose time is over, while some are silent */
    bool sweeps;
    int64_t paused_us;    /* pauses of the process so far, as far as they are followed */
    unsigned empty_turns; /* of the loop, in a row, in which nothing happened */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t cond;
    struct lws_context *wakeable; /* under lock: context while others may wake it */
    bool ended;                   /* under lock */
    _Atomic bool stop;
    oc_queue_t answers; /* oc_http_answer_t */
    oc_queue_t checked; /* oc_login_job_t * */
    oc_http_pending_t pending[OC_HTTP_PENDING];
    oc_http_session_t *pulls[OC_PULLS_MAX]; /* by number of viewer */
    uint32_t next_id;
    oc_http_session_t *bundle; /* its body is a bundle that comes in; NULL: none */
    char panel_token[33];      /* of addresses of the panel's files; hex */
    uint8_t chunk[LWS_PRE + OC_HTTP_CHUNK + OC_HTTP_FRAMING];
};

/* The Range header into `text`, if it is to be followed: not with an If-Range of another state than
 * `etag` (NULL: none is known). */
bool oc_http_wants_range(oc_http_session_t *session, const char *etag, char *text, size_t size);

#define OC_HTTP_REQUEST_HEAD_MAX 4096 /* bytes of the headers that an application sees */
/* Writes these headers, while the library has them: {NUL name NUL value}, in lower case. out NULL:
 * only counts. Returns bytes, at most OC_HTTP_REQUEST_HEAD_MAX. */
uint32_t oc_http_request_head(oc_http_session_t *session, char *out);

/* An answer of an application with headers of its own or a reference; owns what is in `got`. */
int oc_http_reply(oc_http_t *http, oc_http_session_t *session, const oc_http_answer_t *got);

/* Below /app/: judged already. */
int oc_http_panel(oc_http_t *http, oc_http_session_t *session);

/* Updates. The headers have come: 0, or a status with session->why. */
int oc_http_update_begins(oc_http_t *http, oc_http_session_t *session, const char *type);
/* The request is complete. */
int oc_http_update(oc_http_t *http, oc_http_session_t *session);
/* It is over, in whatever way. */
void oc_http_update_ends(oc_http_t *http, const oc_http_session_t *session);
/* A number for a request whose answer comes through oc_http_request_answers. 0: too many wait. */
uint32_t oc_http_request_wait(oc_http_t *http, oc_http_session_t *session);

/* A file below `root`, whole or a range of it. synced: at most so many bytes exist (a recording
 * that still grows); UINT64_MAX: the whole file, which does not change any more. */
int oc_http_file(oc_http_t *http, oc_http_session_t *session, int root, const char *path,
                 uint64_t synced, int64_t max_age_s);
/* A file of the viewer: as it lies compressed beside the file (`<path>.gz`) where the client takes
 * gzip, then without ranges. */
int oc_http_page(oc_http_t *http, oc_http_session_t *session, const char *path, int64_t max_age_s);

/* Below /recordings/: a file, or its key frames. */
int oc_http_recording(oc_http_t *http, oc_http_session_t *session);
/* The picture of an event, by its number. */
int oc_http_event(oc_http_t *http, oc_http_session_t *session);
/* Key frames have been read; on the thread that did. */
void oc_http_keys_read(void *context, uint32_t id, int result, const char *text, size_t len);

/* Playlists and exports of spans: a request; its answer, on the thread of spans; and what that
 * thread has to know of files that grow. */
int oc_http_vod(oc_http_t *http, oc_http_session_t *session);
void oc_http_vod_answer(void *context, const oc_vod_answer_t *got);
bool oc_http_vod_synced(void *context, const char *path, uint64_t *bytes);

/* The connection of a request; NULL: it is not counted any more. */
oc_http_peer_t *oc_http_peer(const oc_http_session_t *session);

/* True: the peer of a connection of HTTP/1.1 has closed it. While an answer is awaited, or a
 * progressive stream has nothing to send, the library does not see it. */
bool oc_http_left(int fd);

/* True: the stream is the last one or later of its connection, and is not answered: the peer sends
 * its request again on a new one. */
bool oc_http_retires(oc_http_session_t *session);
/* An answer begins, or has ended in whatever way. */
void oc_http_sends(oc_http_session_t *session, bool sends);

/* What every listener adds to every answer, those of the library itself too. */
extern const struct lws_protocol_vhost_options oc_http_every_header;

/* The control socket (docs/formats-control.md): a listener in the data directory, for programs of
 * the same user and of root. Without it everything else works. */
void oc_http_control_listen(oc_http_t *http, const struct lws_protocols *protocols,
                            const struct lws_protocol_vhost_options *options);
/* The server ends: the socket's file is removed. */
void oc_http_control_remove(const oc_http_t *http);
/* Whether a connection may stay: of another kind, or of one of these users. Any listener. */
bool oc_http_control_allows(int fd);

/* A request whose headers have come; and one whose body is complete. */
int oc_http_request(oc_http_t *http, oc_http_session_t *session);
int oc_http_request_body(oc_http_t *http, oc_http_session_t *session, const char *data, size_t len);
int oc_http_request_complete(oc_http_t *http, oc_http_session_t *session);
/* Wakes the HTTP thread. Any thread. */
void oc_http_wake(oc_http_t *http);
/* Answers that the media thread and the script thread have sent. */
void oc_http_request_answers(oc_http_t *http);
/* Goes on with a request that may be answered; its body is complete. */
int oc_http_request_serve(oc_http_t *http, oc_http_session_t *session);
/* An answer is waited for, so many microseconds awake. */
void oc_http_request_limit(oc_http_session_t *session, int64_t us);
/* The script was too slow, or a pause of the process lets it seem so. */
int oc_http_request_timeout(oc_http_t *http, oc_http_session_t *session);

#endif
