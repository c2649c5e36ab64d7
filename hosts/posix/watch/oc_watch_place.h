/* oc_watch_place - where a camera of ours is asked for a live stream over WebRTC: an address of its
 * page, taken apart. Pure. */
#ifndef OC_WATCH_PLACE_H
#define OC_WATCH_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OC_WATCH_OFFER "/api/p2p/offer" /* below the host, or a watch link */

#define OC_WATCH_PLACE_MAX 640 /* bytes with NUL of each text */

typedef struct oc_watch_place {
    char offer[OC_WATCH_PLACE_MAX]; /* takes the offer: https://HOST/w/TOKEN/api/p2p/offer */
    char host[OC_WATCH_PLACE_MAX];  /* for people: https://HOST */
    char login[OC_WATCH_PLACE_MAX]; /* "user:password", percent-decoded; "": none */
    char label[OC_WATCH_PLACE_MAX]; /* of the data channel */
    bool loopback;                  /* the host is this machine */
    bool pinned;                    /* `pin` decides whom TLS trusts */
    uint8_t pin[32];
} oc_watch_place_t;

/* url: webrtc:http(s)://[user:password@]HOST[/w/TOKEN][/live/CHANNEL[/sub]][#tlsFingerprint=HEX].
 * OC_OK | OC_ERR_INVAL; why says in one line what is wrong. */
int oc_watch_place(const char *url, oc_watch_place_t *out, char *why, size_t size);

#endif
