/* oc_access_session - who is logged in. A bounded table that keeps a hash of each secret, never the
 * secret; nothing here reads a clock. One thread. */
#ifndef OC_ACCESS_SESSION_H
#define OC_ACCESS_SESSION_H

#include "oc_access_text.h"
#include "oc_crypto.h"

#define OC_ACCESS_SESSIONS    64
#define OC_ACCESS_SESSIONS_OF 16                      /* of a user, for whom others make room */
#define OC_ACCESS_TOKEN       44                      /* bytes with NUL of 256 bits as text */
#define OC_ACCESS_SESSION_ID  17                      /* bytes with NUL; no secret */
#define OC_ACCESS_IDLE_US     (12 * 3600 * 1000000ll) /* without a request: over */
#define OC_ACCESS_LIFE_US     (7 * 86400 * 1000000ll) /* over, whatever it did */
#define OC_ACCESS_ADDRESS_MAX 46                      /* bytes with NUL of an address as text */
#define OC_ACCESS_AGENT_MAX   96                      /* bytes with NUL of what is kept of it */

typedef struct oc_access_session {
    bool used;
    uint32_t login;                /* its number, see oc_access_login_holds */
    uint8_t hash[OC_CRYPTO_HASH];  /* of the secret */
    char id[OC_ACCESS_SESSION_ID]; /* names it to people; part of a hash of the hash */
    char user[OC_ACCESS_USER_MAX];
    char address[OC_ACCESS_ADDRESS_MAX], agent[OC_ACCESS_AGENT_MAX]; /* of the login */
    int64_t begun_us, seen_us;                                       /* monotonic */
} oc_access_session_t;

/* All sessions; zeroed: none. */
typedef struct oc_access_sessions {
    oc_access_session_t rows[OC_ACCESS_SESSIONS];
    uint32_t last_login; /* number that was given last */
} oc_access_sessions_t;

/* Marks of a login's number where it is handed on: those of users who may not do everything. SOME
 * goes with WATCH, for whoever knows no scopes: less than watch, and the scope tells how much. */
#define OC_ACCESS_LOGIN_SOME    0x10000000u
#define OC_ACCESS_LOGIN_WATCH   0x20000000u
#define OC_ACCESS_LOGIN_OPERATE 0x40000000u
/* Both: whoever came by a watch link, which is less than any user. */
#define OC_ACCESS_LOGIN_LINK  (OC_ACCESS_LOGIN_WATCH | OC_ACCESS_LOGIN_OPERATE)
#define OC_ACCESS_LOGIN_MARKS (OC_ACCESS_LOGIN_LINK | OC_ACCESS_LOGIN_SOME)

/* A number that names one login of this process: 1 .. 2^28 - 1, again only after all others. */
uint32_t oc_access_session_number(oc_access_sessions_t *sessions);

/* Begins a session for `secret` (random); its text for the cookie goes to token. user, address and
 * agent are cut to their sizes. When the table is full, a session makes room, the one unused for
 * longest: of the user's own when there are OC_ACCESS_SESSIONS_OF, else of whoever has most. */
oc_access_session_t *oc_access_session_begin(oc_access_sessions_t *sessions,
                                             const uint8_t secret[OC_CRYPTO_HASH], const char *user,
                                             const char *address, const char *agent, int64_t now_us,
                                             char token[OC_ACCESS_TOKEN]);

/* The session of a cookie, NULL: none, or over. Its time of use becomes now_us. */
oc_access_session_t *oc_access_session_find(oc_access_sessions_t *sessions, const char *token,
                                            int64_t now_us);

/* True while the session of this number is not over; watching is use: its time of use becomes
 * now_us. */
bool oc_access_session_holds(oc_access_sessions_t *sessions, uint32_t login, int64_t now_us);

/* Ends what is over by now_us; before a table is shown. */
void oc_access_session_expire(oc_access_sessions_t *sessions, int64_t now_us);

/* Ends the one with this id. False: there is none. */
bool oc_access_session_end(oc_access_sessions_t *sessions, const char *id);
/* Ends those of a user (NULL: of everybody), except one (NULL: none). */
void oc_access_session_end_all(oc_access_sessions_t *sessions, const char *user,
                               const oc_access_session_t *except);

#endif
