#include "oc_retention.h"

#define MEGABYTE UINT64_C(1000000)

const char *oc_retention_text(oc_retention_why_t why) {
    static const char *const texts[] = {"", "age", "channel", "bytes", "space"};
    return texts[why];
}

uint64_t oc_retention_keep_free(uint64_t total, uint32_t percent, uint32_t megabytes) {
    uint64_t part = total / 100 * percent, bytes = megabytes * MEGABYTE;
    if (percent == 0 || megabytes == 0)
        return percent == 0 ? bytes : part;
    return part < bytes ? part : bytes;
}

static bool too_old(const oc_retention_limits_t *limits, const oc_retention_t *retention,
                    const oc_retention_file_t *file) {
    return limits->age_ms > 0 && retention->now_ms > 0 && file->end_ms > 0 &&
           file->end_ms < retention->now_ms - limits->age_ms;
}

static bool too_many(const oc_retention_limits_t *limits, uint64_t bytes) {
    return limits->bytes > 0 && bytes > limits->bytes;
}

static bool lacks_space(const oc_retention_t *retention) {
    return retention->free_bytes < retention->keep_free;
}

static oc_retention_why_t judge(const oc_retention_t *retention,
                                const oc_retention_channel_t *channel,
                                const oc_retention_file_t *file) {
    if (file->open || file->kept)
        return OC_RETENTION_STAYS;
    if (too_old(&channel->limits, retention, file) || too_old(&retention->limits, retention, file))
        return OC_RETENTION_AGE;
    if (too_many(&channel->limits, channel->bytes))
        return OC_RETENTION_CHANNEL;
    if (too_many(&retention->limits, retention->bytes))
        return OC_RETENTION_BYTES;
    return lacks_space(retention) ? OC_RETENTION_SPACE : OC_RETENTION_STAYS;
}

oc_retention_why_t oc_retention_judge(oc_retention_t *retention, oc_retention_channel_t *channel,
                                      const oc_retention_file_t *file) {
    oc_retention_why_t why = judge(retention, channel, file);
    if (why == OC_RETENTION_STAYS)
        return why;
    retention->bytes -= file->bytes < retention->bytes ? file->bytes : retention->bytes;
    channel->bytes -= file->bytes < channel->bytes ? file->bytes : channel->bytes;
    retention->free_bytes += file->bytes;
    return why;
}

bool oc_retention_short(const oc_retention_t *retention) {
    return too_many(&retention->limits, retention->bytes) || lacks_space(retention);
}

uint64_t oc_retention_split(const oc_retention_t *retention, uint32_t recorded) {
    uint64_t usable = retention->bytes + retention->free_bytes;
    usable = usable > retention->keep_free ? usable - retention->keep_free : 0;
    if (retention->limits.bytes > 0 && retention->limits.bytes < usable)
        usable = retention->limits.bytes;
    uint64_t bytes = usable / OC_RETENTION_SPLIT / (recorded > 0 ? recorded : 1);
    return bytes > OC_RETENTION_SPLIT_MIN ? bytes : OC_RETENTION_SPLIT_MIN;
}
