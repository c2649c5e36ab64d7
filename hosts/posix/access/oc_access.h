/* oc_access - judges one request before it touches anything (docs/design/access.md). Pure: facts
 * in, verdict out; sessions, tries and known credentials are kept here. HTTP thread only. */
#ifndef OC_ACCESS_H
#define OC_ACCESS_H

#include "oc_access_device.h"
#include "oc_access_link.h"
#include "oc_access_names.h"
#include "oc_access_rate.h"
#include "oc_access_session.h"
#include "oc_access_user.h"
#include "oc_http_rule.h"
#include "oc_route.h"

#define OC_ACCESS_COOKIE "__Host-ocellus"
#define OC_ACCESS_BASICS 8 /* Basic credentials known to be right */

/* What is known of everybody; zeroed, then filled by the server. */
typedef struct oc_access {
    oc_access_names_t names;   /* a closed listener answers to these */
    oc_access_names_t origins; /* other sites that may read */
    oc_access_names_t proxies; /* addresses that may speak for others */
    oc_access_users_t users;
    oc_access_sessions_t sessions;
    oc_access_rate_t rate;
    oc_access_links_t links;
    uint8_t device_key[OC_CRYPTO_HASH];
    uint8_t basic_key[OC_CRYPTO_HASH]; /* random, of this process */
    uint8_t basics[OC_ACCESS_BASICS][OC_CRYPTO_HASH];
    unsigned next_basic;
    /* Numbers of those who came by Basic since the users changed, by row, and of names that are not
     * there; 0: nobody */
    uint32_t basic_logins[OC_ACCESS_USERS + 1];
} oc_access_t;

/* One request; texts are "" when absent and borrowed until return. */
typedef struct oc_access_request {
    bool closed;        /* it came by TLS */
    const char *method; /* as HTTP says it */
    const char *path;
    const oc_route_t *route; /* of method and path */
    const char *local;       /* the address that was connected to */
    const char *host, *origin, *site /* Sec-Fetch-Site */, *mode /* Sec-Fetch-Mode */, *cookie,
        *authorization;
    oc_access_peer_t peer;
    int64_t now_us;  /* monotonic */
    int64_t clock_s; /* since 1970; 0: the clock was never set */
} oc_access_request_t;

typedef struct oc_access_verdict {
    int status;              /* 0: go on; else the answer: 204, 303, 401, 403, 404, 421, 429 */
    bool check;              /* go on when user and password prove right; a try has been charged */
    bool denied;             /* check: and then answer 403: that name may not */
    bool cors;               /* the Origin is another site that may read the answer */
    bool by_device;          /* it shows the cookie of a device that logged in before */
    oc_access_peer_t device; /* by_device: which */
    int64_t wait_us;         /* 429: until it is worth trying again */
    oc_access_session_t *session; /* NULL: none */
    uint32_t login; /* number of the login by which it is asked, with the mark of its user's right
                     * (OC_ACCESS_LOGIN_WATCH); 0: an open listener, or nobody */
    const oc_access_link_t *link; /* the link that it signals by, borrowed until links change; NULL:
                                   * none */
    char scope[OC_ACCESS_SCOPE_MAX]; /* "<acts>/<cameras>" of a user who has chosen ones; "": no
                                        such */
    char user[OC_ACCESS_USER_MAX], password[OC_ACCESS_PASSWORD_MAX]; /* check: to be wiped */
} oc_access_verdict_t;

/* Judges a request. */
void oc_access_judge(oc_access_t *access, const oc_access_request_t *req, oc_access_verdict_t *out);

/* Basic credentials proved right: the next request with them needs no check. */
void oc_access_remember(oc_access_t *access, const char *user, const char *password);

/* The right of a user; of one that is not there the least. */
oc_access_right_t oc_access_right(const oc_access_t *access, const char *name);

/* Other users count from now on: sessions and credentials of those that changed end, and the
 * watch links that oc_access_link_settle ends. True: some did. */
bool oc_access_set_users(oc_access_t *access, const oc_access_users_t *users);

/* True while what a login allowed holds: its session is not over, the users are still those by whom
 * Basic came, or the watch link of that number is good. Being asked for is use. 0: always, no login
 * was needed. clock_s: as in oc_access_request_t. */
bool oc_access_login_holds(oc_access_t *access, uint32_t login, int64_t now_us, int64_t clock_s);

/* True while the watch link of what follows "/w/" is good. clock_s: as in oc_access_request_t. */
bool oc_access_link_holds(const oc_access_t *access, const char *text, int64_t clock_s);

/* What the address of a watch link names. */
typedef enum oc_access_part {
    OC_ACCESS_PART_NONE = 0, /* nothing that there is */
    OC_ACCESS_PART_BARE,     /* "<token>": the page, but for its slash */
    OC_ACCESS_PART_PAGE,     /* "<token>/": a page that plays it */
    OC_ACCESS_PART_ABOUT,    /* "<token>/link.json": channel, name and end, for that page */
    OC_ACCESS_PART_ASSET,    /* "<token>/assets/<file>" of the page; *rest: "assets/<file>" */
    OC_ACCESS_PART_LIVE,     /* "<token>/live/<channel>/<file>"; *rest: "<channel>/<file>", or
                              * "<channel>.<ending>" of an endless body */
    OC_ACCESS_PART_SIGNAL,   /* "<token>/api/p2p/offer" or ".../api/p2p/sessions/<one>": WebRTC;
                              * *rest: "offer" or "<one>" */
    OC_ACCESS_PART_EMBED,    /* "<token>/embed.html": the player alone, for frames of other sites */
    OC_ACCESS_PART_SCRIPT,   /* "<token>/ocellus-<name>.js" for pages of other sites; *rest: it */
} oc_access_part_t;

/* Splits what follows "/w/". */
oc_access_part_t oc_access_split_link(const char *text, size_t *token_len, const char **rest);

#endif
