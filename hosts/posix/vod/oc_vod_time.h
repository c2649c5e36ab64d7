/* oc_vod_time - instants of requests, as people and programs write them. */
#ifndef OC_VOD_TIME_H
#define OC_VOD_TIME_H

#include <stdint.h>

#define OC_VOD_TIME_TEXT 25 /* bytes with NUL of 2026-11-21T02:51:00.123Z */

/* ISO 8601 in UTC (2026-11-21T02:51:00.123Z; fraction, '-' and ':' may be missing), or milliseconds
 * since 1970. OC_OK | OC_ERR_FORMAT. */
int oc_vod_time_read(const char *text, int64_t *wall_ms);
/* The long form. */
void oc_vod_time_write(int64_t wall_ms, char out[OC_VOD_TIME_TEXT]);

#endif
