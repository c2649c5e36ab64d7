#include "oc_ff_missed.h"

#include <libavutil/log.h>
#include <stdarg.h>
#include <string.h>

/* rtp_parse_queued_packet() in libavformat/rtpdec.c, FFmpeg 2.0 to 8.0. Another version that words
 * it otherwise fails the test of lost datagrams (tests/inputs/lost.test.mjs). */
#define MISSED      "RTP: missed %d packets\n"
#define MISSED_MAX  65535 /* sequence numbers have 16 bits */
#define PENDING_MAX 10000000u

static _Thread_local uint32_t missed;

static void look(void *context, int level, const char *format, va_list list) {
    va_list copy;
    (void)context;
    if (level > AV_LOG_WARNING || strcmp(format, MISSED) != 0)
        return;
    va_copy(copy, list);
    int count = va_arg(copy, int);
    va_end(copy);
    if (count > 0 && count <= MISSED_MAX && missed < PENDING_MAX)
        missed += (uint32_t)count;
}

void oc_ff_missed_begin(void) {
    av_log_set_callback(look);
}

uint32_t oc_ff_missed_take(void) {
    uint32_t count = missed;
    missed = 0;
    return count;
}
