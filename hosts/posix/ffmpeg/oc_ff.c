#include "oc_ff.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "oc_err.h"

oc_ff_host_t oc_ff_host;
bool oc_ff_pass_only;
_Thread_local bool oc_ff_needs_own;

void oc_ff_log(oc_log_level_t level, const char *format, ...) {
    char line[OC_LOG_LINE_MAX];
    va_list list;
    if (!oc_ff_host.log)
        return;
    va_start(list, format);
    vsnprintf(line, sizeof(line), format, list);
    va_end(list);
    oc_ff_host.log(level, line);
}

int oc_ff_error(int averror) {
    switch (averror) {
    case AVERROR(ENOENT):
    case AVERROR(ENODEV):
    case AVERROR(ENXIO):
    case AVERROR_HTTP_NOT_FOUND:
        return OC_ERR_NOENT;
    case AVERROR_STREAM_NOT_FOUND:
        return OC_ERR_NO_VIDEO;
    case AVERROR(ECONNREFUSED):
        return OC_ERR_REFUSED;
    case AVERROR(EHOSTUNREACH):
    case AVERROR(ENETUNREACH):
        return OC_ERR_UNREACHABLE;
    case AVERROR(ENOMEM):
        return OC_ERR_NOMEM;
    case AVERROR(ETIMEDOUT):
        return OC_ERR_TIMEOUT;
    case AVERROR(EBUSY):
        return OC_ERR_BUSY;
    case AVERROR(EACCES):
    case AVERROR(EPERM):
        return OC_ERR_READ_ONLY;
    case AVERROR_HTTP_UNAUTHORIZED:
    case AVERROR_HTTP_FORBIDDEN:
        return OC_ERR_PASSWORD;
    case AVERROR_INVALIDDATA:
        return OC_ERR_FORMAT;
    case AVERROR_DEMUXER_NOT_FOUND:
    case AVERROR_DECODER_NOT_FOUND:
    case AVERROR_ENCODER_NOT_FOUND:
    case AVERROR_PROTOCOL_NOT_FOUND:
    case AVERROR_PATCHWELCOME:
    case AVERROR(ENOSYS):
        return OC_ERR_NOTSUP;
    default:
        return OC_ERR_IO;
    }
}

int64_t oc_ff_now(const oc_capture_env_t *env) {
    struct timespec now;
    if (env->now_us)
        return env->now_us(env->context);
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t oc_ff_utc_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
