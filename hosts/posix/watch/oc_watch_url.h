/* oc_watch_url - what an address given to `ocellus watch` is: that of a camera of ours is watched
 * over WebRTC, as its page does; any other one by FFmpeg. Pure. */
#ifndef OC_WATCH_URL_H
#define OC_WATCH_URL_H

#include <stddef.h>

#define OC_WATCH_URL_MAX 512 /* bytes with NUL: OC_CAPTURE_URL_MAX */

/* The address as an input. OC_OK | OC_ERR_NOTSUP | OC_ERR_TOO_BIG; why says in one line what is
 * wrong. */
int oc_watch_url(const char *url, char out[OC_WATCH_URL_MAX], char *why, size_t size);

#endif
