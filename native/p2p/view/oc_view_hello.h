/* oc_view_hello - the first message of a live channel: what follows, as one line of JSON. */
#ifndef OC_VIEW_HELLO_H
#define OC_VIEW_HELLO_H

#include "oc_clock.h"
#include "oc_source_feed.h"

#define OC_VIEW_HELLO_MAX 512 /* bytes, always enough */

/* Writes it for the tracks as they are now: {"codecs","mime","width","height","timeline":
 * {"zero_ms","quality"},"stream","channel"}. zero_ms: UTC of decode time 0, milliseconds since
 * 1970, null without a wall clock or a packet; quality: "none", "rtc", "ntp". out: no NUL is added.
 * > 0 bytes | OC_AGAIN nothing is known of the stream yet | OC_ERR_NOMEM. */
int oc_view_hello(oc_source_feed_t *feed, const oc_clock_t *clock, unsigned channel, bool sub,
                  char *out, size_t size);

#endif
