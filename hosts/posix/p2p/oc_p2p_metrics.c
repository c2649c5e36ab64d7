#include "oc_p2p_metrics.h"

#include <stdio.h>

#include "oc_p2p_service.h"

/* What is open now. */
typedef struct sums {
    unsigned sessions[4]; /* by oc_session_state_t */
    unsigned views[6];    /* by oc_view_kind_t */
    uint64_t queued, ring, watermark, report, tracks;
} sums_t;

static void add_up(const oc_viewers_t *viewers, sums_t *sums) {
    oc_session_row_t session;
    oc_view_row_t view;
    for (unsigned i = 0; i < OC_SESSIONS_MAX; i++)
        if (oc_table_read(oc_viewers_session_table(viewers, i), (uint32_t *)&session) &&
            session.state < 4)
            sums->sessions[session.state]++;
    for (unsigned i = 0; i < OC_VIEWS_MAX; i++) {
        if (!oc_table_read(oc_viewers_view_table(viewers, i), (uint32_t *)&view) ||
            view.state == OC_VIEW_FREE || view.kind > OC_VIEW_VOICE)
            continue;
        sums->views[view.kind]++;
        sums->queued += view.queued;
        sums->ring += view.drop_ring;
        sums->watermark += view.drop_watermark;
        sums->report += view.drop_report;
        sums->tracks += view.drop_tracks;
    }
}

static unsigned long long load(const _Atomic uint64_t *total) {
    return atomic_load_explicit(total, memory_order_relaxed);
}

size_t oc_p2p_metrics_write(void *context, char *out, size_t size) {
    oc_p2p_service_t *service = context;
    const oc_p2p_counts_t *counts = oc_p2p_service_counts(service);
    sums_t sums = {0};
    add_up(oc_p2p_service_viewers(service), &sums);
    int len = snprintf(
        out, size,
        "# HELP ocellus_p2p_sessions Viewers by UDP\n"
        "# TYPE ocellus_p2p_sessions gauge\n"
        "ocellus_p2p_sessions{state=\"connecting\"} %u\n"
        "ocellus_p2p_sessions{state=\"up\"} %u\n"
        "ocellus_p2p_sessions{state=\"lost\"} %u\n"
        "# HELP ocellus_p2p_views Data channels of viewers by UDP\n"
        "# TYPE ocellus_p2p_views gauge\n"
        "ocellus_p2p_views{kind=\"live\"} %u\n"
        "ocellus_p2p_views{kind=\"playback\"} %u\n"
        "ocellus_p2p_views{kind=\"command\"} %u\n"
        "ocellus_p2p_views{kind=\"receive\"} %u\n"
        "ocellus_p2p_views{kind=\"voice\"} %u\n"
        "# HELP ocellus_p2p_queued_bytes Bytes unsent or unacknowledged, of open views\n"
        "# TYPE ocellus_p2p_queued_bytes gauge\n"
        "ocellus_p2p_queued_bytes %llu\n"
        "# HELP ocellus_p2p_dropped_packets Packets left out of open views, by reason\n"
        "# TYPE ocellus_p2p_dropped_packets gauge\n"
        "ocellus_p2p_dropped_packets{reason=\"overtaken\"} %llu\n"
        "ocellus_p2p_dropped_packets{reason=\"watermark\"} %llu\n"
        "ocellus_p2p_dropped_packets{reason=\"report\"} %llu\n"
        "ocellus_p2p_dropped_packets{reason=\"tracks\"} %llu\n"
        "# HELP ocellus_p2p_offers_total Offers of viewers\n"
        "# TYPE ocellus_p2p_offers_total counter\n"
        "ocellus_p2p_offers_total %llu\n"
        "# HELP ocellus_p2p_refused_offers_total Offers refused because there were too many\n"
        "# TYPE ocellus_p2p_refused_offers_total counter\n"
        "ocellus_p2p_refused_offers_total %llu\n"
        "# HELP ocellus_p2p_received_bytes_total UDP payload received\n"
        "# TYPE ocellus_p2p_received_bytes_total counter\n"
        "ocellus_p2p_received_bytes_total %llu\n"
        "# HELP ocellus_p2p_sent_bytes_total UDP payload sent\n"
        "# TYPE ocellus_p2p_sent_bytes_total counter\n"
        "ocellus_p2p_sent_bytes_total %llu\n",
        sums.sessions[OC_SESSION_CONNECTING], sums.sessions[OC_SESSION_UP],
        sums.sessions[OC_SESSION_LOST], sums.views[OC_VIEW_LIVE], sums.views[OC_VIEW_PLAYBACK],
        sums.views[OC_VIEW_COMMAND], sums.views[OC_VIEW_RECEIVE], sums.views[OC_VIEW_VOICE], (unsigned long long)sums.queued,
        (unsigned long long)sums.ring, (unsigned long long)sums.watermark,
        (unsigned long long)sums.report, (unsigned long long)sums.tracks, load(&counts->offers),
        load(&counts->refused_busy), load(&counts->bytes_in), load(&counts->bytes_out));
    return len > 0 && (size_t)len < size ? (size_t)len : 0;
}
