/* oc_push_link - one connection to a server of live streams, held by FFmpeg's protocol in a process
 * ocellus-ffmpeg of its own (ADR 119). A thread for each brings the bytes there and answers what
 * the process asks. No function here waits for the network; any thread may call them, for one link
 * one at a time. */
#ifndef OC_PUSH_LINK_H
#define OC_PUSH_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OC_PUSH_LINK_WHY 160 /* bytes with NUL: a reason always fits */
/* Connecting may take so long, and so long may a write wait for the other end's acknowledgement. */
#define OC_PUSH_LINK_US (10 * 1000 * 1000)

typedef struct oc_push_link oc_push_link_t; /* opaque */

typedef struct oc_push_link_config {
    /* rtmp://HOST[:1935]/APP/KEY, rtmps://HOST[:443]/APP/KEY, or
     * srt://HOST:PORT[?streamid=&passphrase=&pbkeylen=&latency=MS], values percent-encoded. It
     * holds secrets; copied. */
    const char *url;
    const char *pin; /* SHA-256 of the certificate, 64 hexadecimal digits; "" = verified by the
                        authorities of this machine; copied */
    bool ts; /* what is given are packets of 188 bytes; false: an FLV stream with its head */
    /* The state, or the room for another body, has changed. By the link's thread, never after
     * oc_push_link_close returned; must not call the link nor wait. */
    void (*wake)(void *context);
    void *context;
} oc_push_link_config_t;

/* ENDED is for good: another link begins anew. */
typedef enum oc_push_link_state {
    OC_PUSH_LINK_CONNECTING,
    OC_PUSH_LINK_OPEN,
    OC_PUSH_LINK_ENDED
} oc_push_link_state_t;

/* Begins to connect. OC_OK | OC_ERR_NOMEM | OC_ERR_NOTSUP there is no ocellus-ffmpeg, or an address
 * of another kind | OC_ERR_FORMAT of the address or the pin; why. */
int oc_push_link_open(oc_push_link_t **out, const oc_push_link_config_t *config, char *why,
                      size_t size);

/* ENDED, for good: *code is OC_ERR_HOST | REFUSED | UNREACHABLE | TIMEOUT connecting or a write
 * took too long | CERTIFICATE | PASSWORD the server refuses this publisher | EXIST somebody
 * publishes there already | CLOSED the server ended it | FORMAT no such protocol there | NOTSUP
 * FFmpeg has no such protocol | IO. why: one line without secrets, "" = no more is known. */
oc_push_link_state_t oc_push_link_state(oc_push_link_t *link, int *code, char *why, size_t size);

/* Gives a body: whole tags of FLV with the stream's head in front, or whole packets of TS. OC_OK:
 * owned by the link, which gives it back by release, on any thread, at the latest in
 * oc_push_link_close | OC_AGAIN there is one that is not written yet, or the link is not open;
 * `wake` follows, unless it has ended. */
int oc_push_link_give(oc_push_link_t *link, const uint8_t *data, size_t bytes,
                      void (*release)(void *context, const uint8_t *data), void *release_context);

/* Bytes that were given and that the process has not taken yet. */
size_t oc_push_link_queued(oc_push_link_t *link);

/* Ends it; the server is told goodbye in the background. */
void oc_push_link_close(oc_push_link_t *link);

#endif
