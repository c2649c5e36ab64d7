/* oc_http_places - who holds the places of connections, and who has to leave when they are short.
 * Pure, in virtual time: the server closes what this names. HTTP thread only. */
#ifndef OC_HTTP_PLACES_H
#define OC_HTTP_PLACES_H

#include "oc_access_rate.h"

#define OC_HTTP_CONNECTIONS 128 /* at a time; more are closed at once; about 14 KB each */
#define OC_HTTP_PEER        48  /* of them may be of one address, with TLS */
#define OC_HTTP_STRANGERS   96  /* of them may be of browsers that never logged in, with TLS */
#define OC_HTTP_OF_LINK     24  /* of one watch link count as known */
/* Rows: some of those that were told to leave are still there. */
#define OC_HTTP_PLACES        (OC_HTTP_CONNECTIONS + 16)
#define OC_HTTP_SILENT_US     15000000ll /* without a whole request (handshake included): closed */
#define OC_HTTP_PRESSED_US    3000000ll  /* the same while three quarters of some limit are used */
#define OC_HTTP_UNASKED_BYTES 65536      /* received in a row without a request: closed */

/* A connection, as long as it lives. */
typedef struct oc_http_peer {
    bool used, counted; /* counted: of a closed listener */
    bool known;         /* came with a session, a device cookie, Basic or a watch link */
    bool leaving;       /* was told to; its place is given to others already */
    bool retired;       /* no more answers: the peer goes on with a new connection */
    uint32_t streams;   /* of HTTP/2, so far */
    uint32_t sending;   /* of them, answers under way */
    uint32_t requests;  /* so far; 0: silent */
    uint32_t unasked;   /* bytes by TLS since the last request, less what answers allow */
    uint32_t link;      /* names the watch link it came by; 0: none */
    int64_t begun_us, requested_us;
    oc_access_peer_t peer;
    int fd;
    struct lws *connection; /* the library's */
} oc_http_peer_t;

/* May a connection come? of: its address, NULL: an open listener; known: somebody logged in from
 * there. *leaver: the row that leaves for it, marked; NULL: none has to. False: no place. */
bool oc_http_places_admit(oc_http_peer_t rows[OC_HTTP_PLACES], const oc_access_peer_t *of,
                          bool known, int64_t now_us, oc_http_peer_t **leaver);

/* The rows whose time is over, marked as leaving. Returns how many. */
unsigned oc_http_places_overdue(oc_http_peer_t rows[OC_HTTP_PLACES], int64_t now_us,
                                oc_http_peer_t *overdue[OC_HTTP_PLACES]);

/* True while strangers use so many places that one request each has to do. */
bool oc_http_places_pressed(const oc_http_peer_t rows[OC_HTTP_PLACES]);

/* A whole request came by this row. */
void oc_http_places_requested(oc_http_peer_t *row, int64_t now_us);
/* It came by a watch link that holds (link: names it, not 0): known, unless the link has its share.
 */
void oc_http_places_link(oc_http_peer_t rows[OC_HTTP_PLACES], oc_http_peer_t *row, uint32_t link);

/* Bytes received by TLS. True: too many for what was requested, as of HTTP/2 header blocks that
 * never end. */
bool oc_http_places_received(oc_http_peer_t *row, uint32_t bytes);
/* Bytes of an answer were sent: the peer's windows cost some bytes back. */
void oc_http_places_sent(oc_http_peer_t *row, uint32_t bytes);

#endif
