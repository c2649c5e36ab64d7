/* Binding requests: where the servers see our shared sockets, and whether they are there. RFC 8489.
 */
#include "oc_err.h"
#include "oc_gather_impl.h"
#include "oc_random.h"
#include "oc_stun_write.h"

#define REQUEST_MAX 64 /* header and fingerprint are 28 */

static bool known_by_another(const oc_gather_t *gather, const oc_gather_probe_t *probe) {
    for (unsigned i = 0; i < OC_GATHER_PROBES; i++)
        if (&gather->probe[i] != probe && gather->probe[i].used &&
            oc_addr_equal(&gather->probe[i].mapped, &probe->mapped))
            return true;
    return false;
}

/* Tells of a candidate, unless another server sees us at the same address. */
static void notify(oc_gather_t *gather, const oc_gather_probe_t *probe,
                   oc_gather_event_kind_t kind) {
    oc_gather_event_t event = {.kind = kind};
    event.candidate.kind = OC_GATHER_REFLEXIVE;
    event.candidate.server = probe->server;
    event.candidate.addr = probe->mapped;
    if (probe->mapped.family && !known_by_another(gather, probe))
        oc_gather_notify(gather, &event);
}

void oc_gather_probe_add(oc_gather_t *gather, unsigned server, const oc_addr_t *to,
                         int64_t now_us) {
    for (unsigned i = 0; i < OC_GATHER_PROBES; i++) {
        oc_gather_probe_t *p = &gather->probe[i];
        if (p->used)
            continue;
        *p = (oc_gather_probe_t){
            .used = true, .server = (uint8_t)server, .to = *to, .due_us = INT64_MAX};
        if (oc_gather_is_active(gather))
            oc_gather_probe_start(p, now_us);
        return;
    }
}

void oc_gather_probe_remove(oc_gather_t *gather, oc_gather_probe_t *probe) {
    oc_gather_probe_rest(gather, probe);
    probe->used = false;
}

void oc_gather_probe_start(oc_gather_probe_t *probe, int64_t now_us) {
    probe->running = true;
    probe->sends = 0;
    probe->begun_us = probe->due_us = now_us;
    oc_random(probe->id, sizeof probe->id);
}

void oc_gather_probe_rest(oc_gather_t *gather, oc_gather_probe_t *probe) {
    notify(gather, probe, OC_GATHER_LOST);
    probe->mapped.family = 0;
    probe->running = probe->settled = false;
    probe->failures = 0;
    probe->due_us = INT64_MAX;
}

void oc_gather_probe_plan(const oc_gather_t *gather, oc_gather_probe_t *probe, int64_t now_us) {
    int64_t interval = (int64_t)gather->config.interval_s * 1000000;
    if (probe->running)
        return;
    if (interval && gather->config.attempts)
        probe->due_us = probe->begun_us + interval;
    else if (!probe->failures)
        probe->due_us = INT64_MAX; /* asked again when somebody says so */
    else
        probe->due_us = probe->failures < oc_gather_limit(gather)
                            ? now_us
                            : probe->begun_us + OC_GATHER_SETTLE_US;
    if (probe->due_us < now_us)
        probe->due_us = now_us;
}

static void measure(oc_gather_probe_t *probe, int64_t now_us) {
    int64_t rtt = now_us - probe->begun_us;
    if (probe->sends != 1)
        return;
    if (!probe->srtt_us) {
        probe->srtt_us = (uint32_t)rtt + 1;
        probe->rttvar_us = (uint32_t)rtt / 2;
        return;
    }
    int64_t off = rtt - probe->srtt_us;
    probe->rttvar_us += (uint32_t)(((off < 0 ? -off : off) - (int64_t)probe->rttvar_us) / 4);
    probe->srtt_us += (uint32_t)(off / 8);
}

static void answered(oc_gather_t *gather, oc_gather_probe_t *probe, const oc_addr_t *mapped,
                     int64_t now_us) {
    oc_addr_t before = probe->mapped;
    measure(probe, now_us);
    probe->running = false;
    probe->settled = true;
    probe->failures = 0;
    oc_gather_probe_plan(gather, probe, now_us);
    oc_gather_relay_seen(gather, probe->server, mapped, now_us);
    if (oc_addr_equal(&before, mapped))
        return;
    notify(gather, probe, OC_GATHER_LOST);
    probe->mapped = *mapped;
    notify(gather, probe, OC_GATHER_CANDIDATE);
    if (before.family) {
        oc_gather_event_t event = {.kind = OC_GATHER_CHANGED};
        event.candidate.server = probe->server;
        event.candidate.addr = *mapped;
        event.candidate.related = before;
        oc_gather_notify(gather, &event);
    }
}

static bool usable(const oc_stun_msg_t *msg) {
    return msg->cls == OC_STUN_SUCCESS && !msg->unknown_count && msg->mapped.family &&
           msg->mapped.port && !oc_addr_is_zero(&msg->mapped) &&
           !oc_addr_is_multicast(&msg->mapped);
}

int oc_gather_probe_input(oc_gather_t *gather, oc_gather_probe_t *probe, oc_span_t datagram,
                          int64_t now_us) {
    oc_stun_msg_t msg;
    if (!probe->running || !probe->sends || oc_stun_parse(datagram, &msg) != OC_OK ||
        msg.method != OC_STUN_BINDING || (msg.cls != OC_STUN_SUCCESS && msg.cls != OC_STUN_ERROR) ||
        memcmp(msg.txid, probe->id, sizeof probe->id) != 0)
        return OC_ERR_NOENT;
    if (usable(&msg) && msg.mapped.family == probe->to.family &&
        oc_stun_check_fingerprint(&msg) != OC_ERR_FORMAT)
        answered(gather, probe, &msg.mapped, now_us);
    return OC_AGAIN; /* an error, or nonsense: as if nothing had come */
}

static void failed(oc_gather_t *gather, oc_gather_probe_t *probe, int64_t now_us) {
    probe->running = false;
    probe->settled = true;
    if (probe->failures < UINT8_MAX)
        probe->failures++;
    if (probe->failures >= oc_gather_limit(gather)) {
        notify(gather, probe, OC_GATHER_LOST);
        probe->mapped.family = 0;
        probe->srtt_us = 0;
    }
    oc_gather_probe_plan(gather, probe, now_us);
}

void oc_gather_probe_advance(oc_gather_t *gather, oc_gather_probe_t *probe, int64_t now_us) {
    if (now_us < probe->due_us)
        return;
    if (probe->running && probe->sends >= OC_GATHER_SENDS)
        failed(gather, probe, now_us);
    if (!probe->running && now_us >= probe->due_us)
        oc_gather_probe_start(probe, now_us);
}

int oc_gather_probe_output(oc_gather_probe_t *probe, int64_t now_us, uint8_t *buffer, size_t size) {
    if (!probe->running || now_us < probe->due_us || probe->sends >= OC_GATHER_SENDS)
        return 0;
    oc_wr_t w = oc_wr(buffer, size < REQUEST_MAX ? size : REQUEST_MAX);
    uint32_t rto = probe->srtt_us ? probe->srtt_us + 4 * probe->rttvar_us : OC_TURN_RTO_FIRST_US;
    if (rto < OC_TURN_RTO_MIN_US)
        rto = OC_TURN_RTO_MIN_US;
    oc_stun_wr_begin(&w, OC_STUN_BINDING, OC_STUN_REQUEST, probe->id);
    oc_stun_wr_fingerprint(&w);
    if (!probe->sends)
        probe->begun_us = now_us; /* the round trip begins here */
    probe->due_us = now_us + ((int64_t)rto << probe->sends++);
    return (int)oc_stun_wr_end(&w);
}
