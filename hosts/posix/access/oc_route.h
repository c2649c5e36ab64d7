/* oc_route - the addresses that the server answers, by one table (protocol/routes.ts): its methods,
 * who may ask, which act at which cameras it is, who answers. Pure. */
#ifndef OC_ROUTE_H
#define OC_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Who answers. The rest is what follows the folder of an area, or the whole path. */
typedef enum oc_http_area {
    OC_HTTP_NOWHERE = 0, /* 404 */
    OC_HTTP_VIEWER,      /* rest: path below the viewer folder */
    OC_HTTP_LIVE,       /* rest: "<channel>/<file>", "<channel>/sub/<file>", "<channel>.<ending>" */
    OC_HTTP_RECORDINGS, /* rest: "recordings/<channel>/<file>.mp4[/keys]", below the data directory
                         */
    OC_HTTP_PICTURE,    /* rest: "<channel>.jpg" */
    OC_HTTP_THUMBNAIL,  /* rest: "<channel>.jpg" */
    OC_HTTP_EVENT,      /* rest: "<id>.jpg", the picture of an event */
    OC_HTTP_SPAN,       /* rest: "<channel>/index.m3u8" or "<channel>.mp4", without a slash */
    OC_HTTP_METRICS,
    OC_HTTP_HEALTH,
    OC_HTTP_API,   /* rest: the whole path */
    OC_HTTP_WATCH, /* rest: the token of a watch link and what oc_access_split_link has */
    OC_HTTP_LOGIN,
    OC_HTTP_PANEL,  /* rest: what follows "/app/", "" or "~<token>/[<path>]" at first */
    OC_HTTP_UPDATE, /* updates of the application, answered by the host; rest: the whole path */
    OC_HTTP_ACCESS, /* sessions and links, answered by the host; rest: the whole path */
} oc_http_area_t;

/* Bits of a set. HEAD is GET. */
typedef enum oc_method {
    OC_METHOD_GET = 1,
    OC_METHOD_POST = 2,
    OC_METHOD_PUT = 4,
    OC_METHOD_PATCH = 8,
    OC_METHOD_DELETE = 16,
    OC_METHOD_OPTIONS = 32,
} oc_method_t;

/* Who may ask where a login is needed. */
typedef enum oc_who {
    OC_WHO_OWNER = 0,
    OC_WHO_USER,      /* whoever is logged in; who has chosen acts: as these say */
    OC_WHO_LINK,      /* by the token in the address */
    OC_WHO_EVERYBODY, /* without a login */
} oc_who_t;

/* What may be done; bits of a set. */
typedef enum oc_access_act {
    OC_ACCESS_NONE = 0,    /* not for who has chosen acts */
    OC_ACCESS_SEE = 1,     /* live pictures and sound */
    OC_ACCESS_LOOK = 2,    /* recordings, events, exports */
    OC_ACCESS_TALK = 4,    /* by the loudspeaker */
    OC_ACCESS_CHANGE = 8,  /* from day to day: record now, move, privacy */
    OC_ACCESS_DELETE = 16, /* delete and protect what was recorded */
    OC_ACCESS_ANY = 31,    /* one of them */
} oc_access_act_t;

/* Which cameras a request is about. */
typedef enum oc_at {
    OC_AT_NONE = 0,
    OC_AT_PATH,     /* the one that its path names */
    OC_AT_ALL,      /* all there are: nothing tells which one */
    OC_AT_NARROWED, /* what is answered, or done, is for who answers to judge by the scope */
} oc_at_t;

/* One row of the table. */
typedef struct oc_route {
    unsigned id;      /* oc_route_id_t */
    const char *path; /* with marks, see protocol/routes.ts */
    unsigned rest;    /* bytes of the path before its rest */
    unsigned methods; /* oc_method_t */
    oc_http_area_t area;
    oc_who_t who;
    unsigned acts; /* oc_access_act_t */
    oc_at_t at;
    bool sdp;      /* bodies of WebRTC besides JSON */
    bool fallback; /* the host can answer it in the script's place */
} oc_route_t;

/* The set of one method, 0: it is none of those. */
unsigned oc_route_method(const char *name);

/* The row of a decoded path. One that has no such row with this method is that of another: its
 * `methods` tell. Paths with an empty, hidden (".x"), "." or ".." part, a backslash or a control
 * character have that of no area, as have those that nobody answers. Never NULL. */
const oc_route_t *oc_route_find(const char *path, unsigned method);

/* The name that stands for the camera in the path of a row. False: the row has none. */
bool oc_route_camera(const oc_route_t *route, const char *path, const char **camera, size_t *len);

#endif
