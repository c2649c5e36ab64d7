/* oc_sdp - see the header: a text is walked twice. The first walk checks every line and finds the
 * media lines; the second takes the attributes of the session, of the BUNDLE group's first media
 * line and of ours, in this order, so that the nearer one holds. */
#include "oc_sdp.h"

#include "oc_err.h"
#include "oc_sdp_impl.h"

/* Walks over the lines of a text. */
typedef struct lines {
    const uint8_t *p, *end;
    unsigned number; /* of the line given last; 0 = none yet */
} lines_t;

/* Where the lines that belong to a media line begin, and what it is. */
typedef struct place {
    lines_t rest; /* behind the media line */
    uint32_t port;
    bool bundle_only;
} place_t;

typedef struct walk {
    oc_sdp_state_t state;
    oc_span_t text;
    place_t place[OC_SDP_SECTIONS];
} walk_t;

/* The next line without its end; false: there is none. */
static bool next_line(lines_t *lines, oc_span_t *line) {
    const uint8_t *p = lines->p;
    if (p == lines->end)
        return false;
    while (p < lines->end && *p != '\n')
        p++;
    size_t len = (size_t)(p - lines->p);
    if (len > 0 && p[-1] == '\r')
        len--;
    *line = oc_span(lines->p, len);
    lines->p = p < lines->end ? p + 1 : p;
    lines->number++;
    return true;
}

/* "x=..." with nothing in it that would show something else in a log. */
static int check_line(oc_sdp_t *out, oc_span_t line) {
    if (line.len > OC_SDP_LINE_MAX)
        return oc_sdp_fail(out, OC_ERR_TOO_BIG, "a line of more than 2,048 bytes");
    if (line.len < 2 || line.data[1] != '=')
        return oc_sdp_fail(out, OC_ERR_FORMAT, "not of the form x=value");
    for (size_t i = 0; i < line.len; i++)
        if ((line.data[i] < 0x20 && line.data[i] != '\t') || line.data[i] == 0x7F)
            return oc_sdp_fail(out, OC_ERR_FORMAT, "a control character");
    return OC_OK;
}

/* The value of a line, behind its "x=". */
static oc_span_t value_of(oc_span_t line) {
    return oc_span(line.data + 2, line.len - 2);
}

/* True and *value is set: an attribute line of this name. */
static bool is_attribute(oc_span_t line, const char *name, oc_span_t *value) {
    return line.data[0] == 'a' && oc_sdp_is(oc_sdp_cut(value_of(line), ':', value), name);
}

/* "application 9 UDP/DTLS/SCTP webrtc-datachannel" */
static int take_media(walk_t *walk, oc_span_t value, const lines_t *rest) {
    oc_sdp_t *out = walk->state.out;
    oc_span_t port;
    if (out->sections == OC_SDP_SECTIONS)
        return oc_sdp_fail(out, OC_ERR_TOO_BIG, "more than 9 media lines");
    oc_sdp_section_t *s = &out->section[out->sections];
    place_t *place = &walk->place[out->sections];
    *s = (oc_sdp_section_t){.media = oc_sdp_word(&value)};
    port = oc_sdp_cut(oc_sdp_word(&value), '/', &s->mid); /* "49170/2" */
    s->mid = oc_span(NULL, 0);
    s->proto = oc_sdp_word(&value);
    s->formats = value;
    *place = (place_t){.rest = *rest};
    if (!oc_sdp_number(port, &place->port) || place->port > UINT16_MAX || !s->proto.len ||
        !s->formats.len)
        return oc_sdp_fail(out, OC_ERR_FORMAT, "m=: media, port, protocol and formats");
    out->sections++;
    return OC_OK;
}

/* First walk. */
static int find_sections(walk_t *walk) {
    oc_sdp_t *out = walk->state.out;
    lines_t lines = {walk->text.data, walk->text.data + walk->text.len, 0};
    oc_span_t line, value;
    while (next_line(&lines, &line)) {
        out->line = lines.number;
        if (line.len == 0 && lines.p == lines.end && lines.number > 1)
            break; /* an empty last line harms nobody */
        int rc = check_line(out, line);
        if (rc == OC_OK && lines.number == 1 &&
            (line.data[0] != 'v' || !oc_sdp_is(value_of(line), "0")))
            rc = oc_sdp_fail(out, OC_ERR_FORMAT, "no description: it begins with v=0");
        if (rc == OC_OK && line.data[0] == 'm')
            rc = take_media(walk, value_of(line), &lines);
        if (rc != OC_OK)
            return rc;
        if (out->sections && is_attribute(line, "mid", &value))
            out->section[out->sections - 1].mid = value;
        if (out->sections && is_attribute(line, "bundle-only", &value))
            walk->place[out->sections - 1].bundle_only = true;
    }
    out->line = 0;
    return OC_OK;
}

/* Whether a media line is for data channels, and in which form. */
static bool is_data(const oc_sdp_section_t *s, oc_sdp_form_t *form, uint16_t *port) {
    oc_span_t formats = s->formats;
    uint32_t number;
    if (!oc_sdp_is(s->media, "application"))
        return false;
    *port = OC_SDP_SCTP_PORT;
    if (oc_sdp_is(s->proto, "udp/dtls/sctp") || oc_sdp_is(s->proto, "tcp/dtls/sctp")) {
        *form = OC_SDP_UDP_DTLS_SCTP;
        return oc_sdp_is(oc_sdp_word(&formats), "webrtc-datachannel");
    }
    *form = OC_SDP_DTLS_SCTP;
    if (!oc_sdp_is(s->proto, "dtls/sctp") || !oc_sdp_number(oc_sdp_word(&formats), &number) ||
        number < 1 || number > UINT16_MAX)
        return false;
    *port = (uint16_t)number;
    return true;
}

/* The first media line that can be used. */
static int find_ours(walk_t *walk) {
    oc_sdp_t *out = walk->state.out;
    bool rejected = false;
    for (out->ours = 0; out->ours < out->sections; out->ours++) {
        const place_t *place = &walk->place[out->ours];
        if (!is_data(&out->section[out->ours], &out->form, &out->sctp_port))
            continue;
        if (place->port > 0 || (place->bundle_only && walk->state.kind == OC_SDP_OFFER))
            return OC_OK;
        rejected = true;
    }
    return oc_sdp_fail(out, OC_ERR_NOTSUP,
                       rejected ? "the data channels are rejected: port 0"
                                : "no media line for data channels: m=application with DTLS/SCTP");
}

static bool same(oc_span_t a, oc_span_t b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* True when mid is in "BUNDLE 0 1 2"; *first is the first one there. */
static bool in_group(oc_span_t group, oc_span_t mid, oc_span_t *first) {
    bool found = false;
    if (!oc_sdp_is(oc_sdp_word(&group), "bundle"))
        return false;
    *first = oc_span(NULL, 0);
    for (oc_span_t word = oc_sdp_word(&group); word.len; word = oc_sdp_word(&group)) {
        if (first->len == 0)
            *first = word;
        found |= same(word, mid);
    }
    return found;
}

/* The media line whose transport ours shares; ours when there is no other. */
static unsigned find_bundle(walk_t *walk) {
    oc_sdp_t *out = walk->state.out;
    lines_t lines = {walk->text.data, walk->text.data + walk->text.len, 0};
    oc_span_t line, value, first, mid = out->section[out->ours].mid;
    while (mid.len && next_line(&lines, &line) && line.len && line.data[0] != 'm') {
        if (!is_attribute(line, "group", &value) || !in_group(value, mid, &first))
            continue;
        out->bundle = true;
        for (unsigned i = 0; i < out->sections; i++)
            if (same(out->section[i].mid, first))
                return i;
    }
    return out->ours;
}

/* Takes the attributes up to the next media line. */
static int take_part(walk_t *walk, lines_t lines, oc_sdp_part_t part) {
    oc_span_t line;
    while (next_line(&lines, &line) && line.len && line.data[0] != 'm') {
        int rc = OC_OK;
        if (line.data[0] == 'a')
            rc = oc_sdp_attribute(&walk->state, &part, value_of(line));
        if (rc == OC_OK)
            continue;
        walk->state.out->line = lines.number;
        return rc;
    }
    return OC_OK;
}

/* Candidates of an earlier generation of the same end are no use. */
static void drop_old(oc_sdp_state_t *state) {
    oc_sdp_t *out = state->out;
    oc_span_t ufrag = oc_span(out->ufrag, strlen(out->ufrag));
    unsigned kept = 0;
    for (unsigned i = 0; i < out->candidates; i++)
        if (state->candidate_ufrag[i].len == 0 || same(state->candidate_ufrag[i], ufrag))
            out->candidate[kept++] = out->candidate[i];
    out->candidates_ignored += out->candidates - kept;
    out->candidates = kept;
}

/* What the parts together must have said. */
static int judge(oc_sdp_state_t *state) {
    oc_sdp_t *out = state->out;
    if (!out->ufrag[0] || !out->pwd[0])
        return oc_sdp_fail(out, OC_ERR_FORMAT, "ice-ufrag or ice-pwd is missing");
    if (!out->fingerprints && state->weak)
        return oc_sdp_fail(out, OC_ERR_NOTSUP, "no fingerprint by SHA-256, SHA-384 or SHA-512");
    if (!out->fingerprints)
        return oc_sdp_fail(out, OC_ERR_FORMAT, "the fingerprint is missing");
    if (!state->setup) /* RFC 4145 section 4.1 */
        out->setup = state->kind == OC_SDP_OFFER ? OC_SDP_ACTIVE : OC_SDP_PASSIVE;
    if (state->kind == OC_SDP_ANSWER && out->setup == OC_SDP_ACTPASS)
        return oc_sdp_fail(out, OC_ERR_FORMAT, "setup: an answer says active or passive");
    drop_old(state);
    return OC_OK;
}

int oc_sdp_parse(oc_span_t text, oc_sdp_kind_t kind, oc_sdp_t *out) {
    walk_t walk = {.state = {.out = out, .kind = kind}, .text = text};
    memset(out, 0, sizeof *out);
    if (text.len > OC_SDP_MAX)
        return oc_sdp_fail(out, OC_ERR_TOO_BIG, "more than 64 KB");
    if (text.len == 0)
        return oc_sdp_fail(out, OC_ERR_FORMAT, "no description: it is empty");
    out->max_message = OC_SDP_MESSAGE_DEFAULT;
    int rc = find_sections(&walk);
    if (rc == OC_OK)
        rc = find_ours(&walk);
    if (rc != OC_OK)
        return rc;
    unsigned tagged = find_bundle(&walk);
    lines_t all = {text.data, text.data + text.len, 0};
    rc = take_part(&walk, all, (oc_sdp_part_t){.session = true});
    if (rc == OC_OK && tagged != out->ours)
        rc = take_part(&walk, walk.place[tagged].rest, (oc_sdp_part_t){.ours = false});
    if (rc == OC_OK)
        rc = take_part(&walk, walk.place[out->ours].rest, (oc_sdp_part_t){.ours = true});
    return rc == OC_OK ? judge(&walk.state) : rc;
}

oc_sdp_setup_t oc_sdp_answer_setup(oc_sdp_setup_t offered) {
    return offered == OC_SDP_ACTIVE ? OC_SDP_PASSIVE : OC_SDP_ACTIVE;
}
