/* See oc_channel_loss.h. */
#include <stdio.h>
#include <string.h>
#include "oc_channel.h"
#include "oc_plane_impl.h"

uint32_t oc_channel_lost(const oc_channel_t *channel, unsigned cause) {
    return channel->loss.count[cause] +
           atomic_load_explicit(&channel->handoff.lost[cause], memory_order_relaxed);
}

/* "352 packets lost: queue-full 3, gop-rest 349", and what that is of all. */
static void report(oc_channel_t *channel, int64_t now_us) {
    oc_channel_loss_t *loss = &channel->loss;
    char causes[OC_EVENT_TEXT_MAX] = "";
    uint32_t fresh = 0, total = 0;
    size_t len = 0;
    for (unsigned i = 0; i < OC_LOSS_CAUSES; i++) {
        uint32_t count = oc_channel_lost(channel, i), more = count - loss->told[i];
        loss->told[i] = count;
        fresh += more;
        total += count;
        if (more > 0 && len < sizeof causes)
            len += (size_t)snprintf(causes + len, sizeof causes - len, "%s%s %u", len ? ", " : "",
                                    oc_loss_name(i), more);
    }
    oc_plane_eventf(channel->plane, (int)channel->number, "packets-lost", OC_ERR_BUSY, "", now_us,
                    "%u packets lost: %s (%u so far)", fresh, causes, total);
    loss->due_us = 0;
    loss->told_us = now_us;
}

int64_t oc_channel_loss_advance(oc_channel_t *channel, bool closes, int64_t now_us) {
    oc_channel_loss_t *loss = &channel->loss;
    if (loss->due_us == 0) {
        unsigned i = 0;
        while (i < OC_LOSS_CAUSES && oc_channel_lost(channel, i) == loss->told[i])
            i++;
        if (i == OC_LOSS_CAUSES)
            return INT64_MAX;
        loss->due_us = now_us + OC_CHANNEL_LOSS_US;
        if (loss->told_us && loss->told_us + OC_CHANNEL_REPORT_US > loss->due_us)
            loss->due_us = loss->told_us + OC_CHANNEL_REPORT_US;
    }
    if (closes || now_us >= loss->due_us)
        report(channel, now_us);
    return loss->due_us ? loss->due_us : INT64_MAX;
}
