/* The attributes of a description that matter here (oc_sdp.h); all others are passed over. */
#include "oc_base64.h"
#include "oc_candidate_line.h"
#include "oc_err.h"
#include "oc_sdp_impl.h"

typedef int (*take_t)(oc_sdp_state_t *state, oc_sdp_part_t *part, oc_span_t value);

static int take_ice_text(oc_sdp_t *out, oc_span_t value, size_t least, char *text,
                         const char *what) {
    if (!oc_sdp_ice_chars(value, least, OC_SDP_ICE_MAX))
        return oc_sdp_fail(out, OC_ERR_FORMAT, what);
    memcpy(text, value.data, value.len);
    text[value.len] = '\0';
    return OC_OK;
}

static int take_ufrag(oc_sdp_state_t *state, oc_sdp_part_t *part, oc_span_t value) {
    return take_ice_text(state->out, value, 4, state->out->ufrag,
                         "ice-ufrag: 4 to 256 letters, digits, + and /");
}

static int take_pwd(oc_sdp_state_t *state, oc_sdp_part_t *part, oc_span_t value) {
    return take_ice_text(state->out, value, 22, state->out->pwd,
                         "ice-pwd: 22 to 256 letters, digits, + and /");
}

static int take_options(oc_sdp_state_t *state, oc_sdp_part_t *part, oc_span_t value) {
    for (oc_span_t word = oc_sdp_word(&value); word.len; word = oc_sdp_word(&value)) {
        state->out->trickle |= oc_sdp_is(word, "trickle");
        state->out->renomination |= oc_sdp_is(word, "renomination");
    }
    return OC_OK;
}

static int take_lite(oc_sdp_state_t *state, oc_sdp_part_t *part, oc_span_t value) {
    state->out->ice_lite = true;
    return OC_OK;
}

static int take_end(oc_sdp_state_t *state, oc_sdp_part_t *part, oc_span_t value) {
    state->out->end_of_candidates = true;
    return OC_OK;
}

static int hex_digit(uint8_t c) {
    uint8_t low = oc_sdp_lower(c);
    return c >= '0' && c <= '9' ? c - '0' : low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

/* "AB:CD:...", of exactly len bytes. */
static bool hex_bytes(oc_span_t text, uint8_t *out, size_t len) {
    if (text.len != 3 * len - 1)
        return false;
    for (size_t i = 0; i < len; i++) {
        int high = hex_digit(text.data[3 * i]), low = hex_digit(text.data[3 * i + 1]);
        if (high < 0 || low < 0 || (i > 0 && text.data[3 * i - 1] != ':'))
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* RFC 8122 section 5. Hashes that can be forged or that nobody knows are passed over. */
static int take_fingerprint(oc_sdp_state_t *state, oc_sdp_part_t *part, oc_span_t value) {
    static const struct {
        const char *name;
        enum oc_hash hash;
        uint8_t len;
    } hashes[] = {{"sha-256", OC_HASH_SHA256, 32},
                  {"sha-384", OC_HASH_SHA384, 48},
                  {"sha-512", OC_HASH_SHA512, 64}};
    oc_sdp_t *out = state->out;
    oc_span_t name = oc_sdp_word(&value), hex = oc_sdp_word(&value);
    unsigned i = 0;
    if (!part->fingerprints)
        out->fingerprints = 0;
    part->fingerprints = true;
    while (i < 3 && !oc_sdp_is(name, hashes[i].name))
        i++;
    if (i == 3) {
        state->weak = true;
        return OC_OK;
    }
    if (out->fingerprints == OC_SDP_FINGERPRINTS)
        return oc_sdp_fail(out, OC_ERR_TOO_BIG, "more than 4 fingerprints");
    oc_fingerprint_t *f = &out->fingerprint[out->fingerprints];
    if (!hex_bytes(hex, f->value, hashes[i].len))
        return oc_sdp_fail(out, OC_ERR_FORMAT,
                           "fingerprint: not as many bytes in hex as its hash has");
    f->hash = (uint8_t)hashes[i].hash;
    f->len = hashes[i].len;
    out->fingerprints++;
    return OC_OK;
}

/* RFC 4145 section 4, RFC 8842 section 5. */
static int take_setup(oc_sdp_state_t *state, oc_sdp_part_t *part, oc_span_t value) {
    oc_sdp_t *out = state->out;
    state->setup = true;
    if (oc_sdp_is(value, "actpass"))
        out->setup = OC_SDP_ACTPASS;
    else if (oc_sdp_is(value, "active"))
        out->setup = OC_SDP_ACTIVE;
    else if (oc_sdp_is(value, "passive"))
        out->setup = OC_SDP_PASSIVE;
    else if (oc_sdp_is(value, "holdconn"))
        return oc_sdp_fail(out, OC_ERR_NOTSUP, "setup: holdconn wants no connection");
    else
        return oc_sdp_fail(out, OC_ERR_FORMAT, "setup: actpass, active or passive");
    return OC_OK;
}

static int take_candidate(oc_sdp_state_t *state, oc_sdp_part_t *part, oc_span_t value) {
    oc_sdp_t *out = state->out;
    oc_candidate_t candidate;
    oc_span_t ufrag;
    if (part->session)
        return OC_OK;
    if (!part->candidates)
        out->candidates = out->candidates_ignored = 0;
    part->candidates = true;
    if (out->candidates == OC_SDP_CANDIDATES ||
        oc_candidate_line_parse(value, &candidate, &ufrag) != OC_OK) {
        out->candidates_ignored++;
        return OC_OK;
    }
    state->candidate_ufrag[out->candidates] = ufrag;
    out->candidate[out->candidates++] = candidate;
    return OC_OK;
}

/* RFC 8841 section 5.1. */
static int take_sctp_port(oc_sdp_state_t *state, oc_sdp_part_t *part, oc_span_t value) {
    uint32_t port;
    if (!part->ours || state->out->form != OC_SDP_UDP_DTLS_SCTP)
        return OC_OK;
    if (!oc_sdp_number(value, &port) || port > UINT16_MAX)
        return oc_sdp_fail(state->out, OC_ERR_FORMAT, "sctp-port: 1 to 65535");
    if (port == 0)
        return oc_sdp_fail(state->out, OC_ERR_NOTSUP, "sctp-port: 0 wants no association");
    state->out->sctp_port = (uint16_t)port;
    return OC_OK;
}

/* "5000 webrtc-datachannel 1024", of the older form. */
static int take_sctpmap(oc_sdp_state_t *state, oc_sdp_part_t *part, oc_span_t value) {
    uint32_t port;
    if (!part->ours || state->out->form != OC_SDP_DTLS_SCTP)
        return OC_OK;
    if (!oc_sdp_number(oc_sdp_word(&value), &port))
        return oc_sdp_fail(state->out, OC_ERR_FORMAT, "sctpmap: a port, then webrtc-datachannel");
    if (port == state->out->sctp_port && !oc_sdp_is(oc_sdp_word(&value), "webrtc-datachannel"))
        return oc_sdp_fail(state->out, OC_ERR_NOTSUP, "sctpmap: not webrtc-datachannel");
    return OC_OK;
}

/* RFC 8841 section 6. */
static int take_max_message(oc_sdp_state_t *state, oc_sdp_part_t *part, oc_span_t value) {
    uint32_t bytes;
    if (!part->ours)
        return OC_OK;
    if (!oc_sdp_number(value, &bytes))
        return oc_sdp_fail(state->out, OC_ERR_FORMAT, "max-message-size: a number of bytes");
    state->out->max_message = bytes == 0 || bytes > OC_SDP_MESSAGE_MAX ? OC_SDP_MESSAGE_MAX : bytes;
    return OC_OK;
}

/* draft-hancke-tsvwg-snap: the other end's SCTP INIT. */
static int take_sctp_init(oc_sdp_state_t *state, oc_sdp_part_t *part, oc_span_t value) {
    oc_sdp_t *out = state->out;
    int len;
    if (!part->ours || out->form != OC_SDP_UDP_DTLS_SCTP)
        return OC_OK;
    len = oc_base64_read(value, out->sctp_init, sizeof out->sctp_init);
    if (len == OC_ERR_TOO_BIG)
        return oc_sdp_fail(out, OC_ERR_TOO_BIG, "sctp-init: more than 256 bytes");
    if (len <= 0)
        return oc_sdp_fail(out, OC_ERR_FORMAT, "sctp-init: a chunk in base64");
    out->sctp_init_len = (uint16_t)len;
    return OC_OK;
}

static int take_mid(oc_sdp_state_t *state, oc_sdp_part_t *part, oc_span_t value) {
    if (!part->ours)
        return OC_OK;
    if (value.len == 0 || value.len > OC_SDP_MID_MAX)
        return oc_sdp_fail(state->out, OC_ERR_TOO_BIG, "mid: 1 to 64 characters");
    memcpy(state->out->mid, value.data, value.len);
    state->out->mid[value.len] = '\0';
    return OC_OK;
}

int oc_sdp_attribute(oc_sdp_state_t *state, oc_sdp_part_t *part, oc_span_t attribute) {
    static const struct {
        const char *name;
        take_t take;
    } table[] = {
        {"candidate", take_candidate},
        {"ice-ufrag", take_ufrag},
        {"ice-pwd", take_pwd},
        {"ice-options", take_options},
        {"ice-lite", take_lite},
        {"end-of-candidates", take_end},
        {"fingerprint", take_fingerprint},
        {"setup", take_setup},
        {"mid", take_mid},
        {"sctp-port", take_sctp_port},
        {"sctpmap", take_sctpmap},
        {"max-message-size", take_max_message},
        {"sctp-init", take_sctp_init},
    };
    oc_span_t value, name = oc_sdp_cut(attribute, ':', &value);
    for (unsigned i = 0; i < sizeof table / sizeof table[0]; i++)
        if (oc_sdp_is(name, table[i].name))
            return table[i].take(state, part, value);
    return OC_OK;
}
