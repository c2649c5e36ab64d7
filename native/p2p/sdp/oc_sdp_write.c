/* oc_sdp_write - our own description (oc_sdp.h). */
#include <stdio.h>

#include "oc_base64.h"
#include "oc_candidate_line.h"
#include "oc_err.h"
#include "oc_sdp_impl.h"

#define ADDRESS_MAX 64 /* characters of a literal address */

static void put(oc_wr_t *w, const char *text) {
    oc_wr_bytes(w, text, strlen(text));
}

static void put_span(oc_wr_t *w, oc_span_t text) {
    oc_wr_bytes(w, text.data, text.len);
}

static void put_number(oc_wr_t *w, uint64_t value) {
    char digits[24];
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    put(w, digits);
}

/* "name" + value + CRLF */
static void put_line(oc_wr_t *w, const char *name, const char *value) {
    put(w, name);
    put(w, value);
    put(w, "\r\n");
}

static void put_fingerprint(oc_wr_t *w, const oc_fingerprint_t *f) {
    const char *name = f->hash == OC_HASH_SHA256   ? "sha-256"
                       : f->hash == OC_HASH_SHA384 ? "sha-384"
                                                   : "sha-512";
    put(w, "a=fingerprint:");
    put(w, name);
    for (unsigned i = 0; i < f->len; i++) {
        char hex[4];
        snprintf(hex, sizeof hex, "%c%02X", i ? ':' : ' ', f->value[i]);
        put(w, hex);
    }
    put(w, "\r\n");
}

/* The address that an end without ICE would use (RFC 8839 section 4.2.1); NULL = none. */
static const oc_candidate_t *best(const oc_sdp_local_t *local) {
    const oc_candidate_t *found = NULL;
    int maximum = -1;
    for (unsigned i = 0; i < local->candidates; i++) {
        const oc_candidate_t *c = &local->candidate[i];
        int kind = c->type == OC_CANDIDATE_RELAY ? 2 : c->type == OC_CANDIDATE_HOST ? 0 : 1;
        int rank = 2 * kind + (c->addr.family == 4);
        if (c->addr.family == 0 || rank <= maximum)
            continue;
        maximum = rank;
        found = c;
    }
    return found;
}

/* m= and c= of the data channels. */
static void put_media(oc_wr_t *w, const oc_sdp_local_t *local, oc_sdp_form_t form, uint16_t port) {
    const oc_candidate_t *c = best(local);
    char address[ADDRESS_MAX] = "0.0.0.0";
    put(w, "m=application ");
    put_number(w, c ? c->addr.port : 9);
    if (form == OC_SDP_UDP_DTLS_SCTP) {
        put(w, " UDP/DTLS/SCTP webrtc-datachannel\r\n");
    } else {
        put(w, " DTLS/SCTP ");
        put_number(w, port);
        put(w, "\r\n");
    }
    if (c)
        oc_addr_print_ip(&c->addr, address, sizeof address);
    put_line(w, c && c->addr.family == 6 ? "c=IN IP6 " : "c=IN IP4 ", address);
}

static void put_candidates(oc_wr_t *w, const oc_sdp_local_t *local) {
    char line[OC_CANDIDATE_TEXT_MAX];
    for (unsigned i = 0; i < local->candidates; i++)
        if (oc_candidate_line_print(&local->candidate[i], NULL, line, sizeof line) > 0)
            put_line(w, "a=", line);
    if (local->end_of_candidates)
        put(w, "a=end-of-candidates\r\n");
}

static void put_sctp(oc_wr_t *w, oc_sdp_form_t form, uint16_t port, uint32_t max_message) {
    put(w, form == OC_SDP_UDP_DTLS_SCTP ? "a=sctp-port:" : "a=sctpmap:");
    put_number(w, port);
    put(w, form == OC_SDP_UDP_DTLS_SCTP ? "\r\na=max-message-size:"
                                        : " webrtc-datachannel 1024\r\na=max-message-size:");
    put_number(w, max_message);
    put(w, "\r\n");
}

static void put_init(oc_wr_t *w, oc_span_t chunk) {
    put(w, "a=sctp-init:");
    oc_base64_write(w, chunk);
    put(w, "\r\n");
}

static void put_ours(oc_wr_t *w, const oc_sdp_local_t *local, const char *mid) {
    static const char *const setups[] = {"actpass", "active", "passive"};
    oc_sdp_form_t form = local->offer ? local->offer->form : local->form;
    uint16_t port = local->sctp_port ? local->sctp_port : OC_SDP_SCTP_PORT;
    put_media(w, local, form, port);
    put_candidates(w, local);
    put_line(w, "a=ice-ufrag:", local->ufrag);
    put_line(w, "a=ice-pwd:", local->pwd);
    if (local->trickle)
        put(w, "a=ice-options:trickle\r\n");
    put_fingerprint(w, &local->fingerprint);
    put_line(w, "a=setup:", setups[local->setup]);
    if (mid[0])
        put_line(w, "a=mid:", mid);
    put_sctp(w, form, port, local->max_message);
    if (local->sctp_init.len && form == OC_SDP_UDP_DTLS_SCTP)
        put_init(w, local->sctp_init);
}

/* A media line of the offer that is not wanted (RFC 3264 section 6). */
static void put_rejected(oc_wr_t *w, const oc_sdp_section_t *s) {
    put(w, "m=");
    put_span(w, s->media);
    put(w, " 0 ");
    put_span(w, s->proto);
    put(w, " ");
    put_span(w, s->formats);
    put(w, "\r\nc=IN IP4 0.0.0.0\r\na=inactive\r\n");
    if (s->mid.len) {
        put(w, "a=mid:");
        put_span(w, s->mid);
        put(w, "\r\n");
    }
}

static void put_session(oc_wr_t *w, const oc_sdp_local_t *local) {
    put(w, "v=0\r\no=- ");
    put_number(w, local->session & INT64_MAX);
    put(w, " ");
    put_number(w, local->version);
    put(w, " IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n");
}

int oc_sdp_write(const oc_sdp_local_t *local, char *out, size_t out_size) {
    const oc_sdp_t *offer = local->offer;
    const char *mid = offer ? offer->mid : OC_SDP_MID_OFFERED;
    oc_wr_t w = oc_wr(out, out_size);
    if (!local->ufrag || !local->pwd || !local->fingerprint.len || local->setup > OC_SDP_PASSIVE ||
        (offer && local->setup == OC_SDP_ACTPASS) || local->sctp_init.len > OC_SDP_INIT_MAX)
        return OC_ERR_INVAL;
    put_session(&w, local);
    if (offer ? offer->bundle : true)
        put_line(&w, "a=group:BUNDLE ", mid);
    for (unsigned i = 0; i < (offer ? offer->sections : 1); i++) {
        if (offer && i != offer->ours)
            put_rejected(&w, &offer->section[i]);
        else
            put_ours(&w, local, mid);
    }
    oc_wr_u8(&w, 0);
    return w.bad ? OC_ERR_NOMEM : (int)oc_wr_len(&w) - 1;
}
