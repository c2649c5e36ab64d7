#include "oc_ff_rtp.h"

#define HEADER     12 /* bytes of RTP's fixed header; SSRC at 8 */
#define CONTROL    8  /* bytes of RTCP's header with the SSRC of the sender, at 4 */
#define VERSION    2
#define RTCP_FIRST 192 /* kinds of RTCP, where RTP has its payload type: RFC 5761 section 4 */
#define RTCP_LAST  223
#define RTCP_BYE   203

static uint16_t read16(const uint8_t *at) {
    return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t read32(const uint8_t *at) {
    return (uint32_t)read16(at) << 16 | read16(at + 2);
}

void oc_ff_rtp_announce(oc_ff_rtp_t *session, uint32_t ssrc) {
    *session = (oc_ff_rtp_t){.known = true, .ssrc = ssrc};
}

static bool has_bye(oc_span_t packet) {
    for (size_t at = 0; at + 4 <= packet.len;
         at += ((size_t)read16(packet.data + at + 2) + 1) * 4) {
        if (packet.data[at + 1] == RTCP_BYE)
            return true;
    }
    return false;
}

/* A compound begins with a report of its sender (RFC 3550 section 6.1), and that is all that can be
 * read of SRTCP. */
static oc_ff_rtp_verdict_t judge_control(const oc_ff_rtp_t *session, oc_span_t packet) {
    bool own = session->known ? packet.len >= CONTROL && read32(packet.data + 4) == session->ssrc
                              : !has_bye(packet); /* who has not begun cannot end */
    return own ? OC_FF_RTP_OWN : OC_FF_RTP_CONTROL;
}

/* A packet of another one: true when the source is over, and this other one goes on. A third waits
 * until the second is silent. */
static bool outlasts(oc_ff_rtp_t *session, uint32_t ssrc, uint16_t seq, int64_t now_us) {
    int64_t limit_us = session->heard ? OC_FF_RTP_SILENT_US : OC_FF_RTP_UNHEARD_US;
    bool first = session->in_order == 0, same = session->other == ssrc && !first;
    if (!first && !same && now_us - session->other_us < limit_us)
        return false;
    session->since_us = first ? now_us : session->since_us;
    session->in_order = !same || session->next != seq ? 1 : OC_FF_RTP_SEQUENTIAL;
    session->other = ssrc;
    session->other_us = now_us;
    session->next = (uint16_t)(seq + 1);
    return session->in_order >= OC_FF_RTP_SEQUENTIAL && now_us - session->since_us >= limit_us;
}

oc_ff_rtp_verdict_t oc_ff_rtp_judge(oc_ff_rtp_t *session, oc_span_t packet, int64_t now_us) {
    if (packet.len < 4 || packet.data[0] >> 6 != VERSION)
        return OC_FF_RTP_OWN;
    if (packet.data[1] >= RTCP_FIRST && packet.data[1] <= RTCP_LAST)
        return judge_control(session, packet);
    if (packet.len < HEADER)
        return OC_FF_RTP_OWN;
    uint32_t ssrc = read32(packet.data + 8);
    if (session->known && ssrc != session->ssrc) {
        if (!outlasts(session, ssrc, read16(packet.data + 2), now_us))
            return OC_FF_RTP_FOREIGN;
        if (session->heard)
            return OC_FF_RTP_CHANGED;
    }
    *session = (oc_ff_rtp_t){.known = true, .heard = true, .ssrc = ssrc};
    return OC_FF_RTP_OWN;
}
