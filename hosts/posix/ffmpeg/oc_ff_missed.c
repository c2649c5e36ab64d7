#define _GNU_SOURCE
#include "oc_ff_missed.h"

#include <libavutil/log.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "oc_ff_guard.h"

/* rtp_parse_queued_packet() in libavformat/rtpdec.c, FFmpeg 2.0 to 8.0. Another version that words
 * it otherwise fails the test of lost datagrams (tests/inputs/lost.test.mjs). */
#define MISSED "RTP: missed %d packets\n"
/* ff_rtsp_read_reply() in rtsp.c and http_read_header() in http.c log each line before they read
 * it, out of a buffer of theirs. The test of challenges (tests/inputs/logins.test.mjs) fails else.
 */
#define RTSP_LINE "line='%s'\n"
#define HTTP_LINE "header='%s'\n"
#define TYPE      "Content-Type:"
/* handle_invoke_error() and handle_invoke_status() in rtmpproto.c. */
#define RTMP_WORDS "Server error: %s\n"
#define REPLACED   "multipart/x-mixed-replace"
/* rtp_parse_one_packet(), of a packet whose number is below that of the one before. */
#define OLD         "RTP: dropping old packet received too late\n"
#define OLD_MAX     32
#define MISSED_MAX  65535 /* sequence numbers have 16 bits */
#define PENDING_MAX 10000000u

static _Thread_local uint32_t missed, old;

/* Of an answer's head. */
static void look_at_line(char *line) {
    oc_ff_guard_t *guard = oc_ff_guard();
    if (strncasecmp(line, TYPE, strlen(TYPE)) == 0)
        guard->multipart = strcasestr(line, REPLACED) != NULL;
    oc_ff_digest_look(&guard->digest, line);
}

static void look(void *context, int level, const char *format, va_list list) {
    va_list copy;
    bool line =
        level == AV_LOG_TRACE && (strcmp(format, RTSP_LINE) == 0 || strcmp(format, HTTP_LINE) == 0);
    (void)context;
    if (level <= AV_LOG_ERROR && strcmp(format, RTMP_WORDS) == 0) {
        va_copy(copy, list);
        snprintf(oc_ff_guard()->server, OC_FF_GUARD_WHY_MAX, "%s", va_arg(copy, char *));
        va_end(copy);
    }
    if (level == AV_LOG_WARNING && strcmp(format, OLD) == 0 && ++old == OLD_MAX)
        missed += old;
    if (!line && (level > AV_LOG_WARNING || strcmp(format, MISSED) != 0))
        return;
    va_copy(copy, list);
    if (line)
        look_at_line(va_arg(copy, char *));
    int count = line ? 0 : va_arg(copy, int);
    va_end(copy);
    if (count > 0 && count <= MISSED_MAX && missed < PENDING_MAX)
        missed += (uint32_t)count;
}

void oc_ff_missed_begin(void) {
    av_log_set_callback(look);
}

bool oc_ff_missed_restarted(void) {
    return old >= OLD_MAX;
}

void oc_ff_missed_came(void) {
    old = 0;
}

uint32_t oc_ff_missed_take(void) {
    uint32_t count = missed;
    missed = 0;
    return count;
}
