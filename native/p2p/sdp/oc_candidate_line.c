/* oc_candidate_line - see the header. */
#include "oc_candidate_line.h"

#include <stdio.h>

#include "oc_err.h"
#include "oc_sdp_impl.h"

#define PRIORITY_MAX  0x7FFFFFFFu /* RFC 8445 section 5.1.2 */
#define COMPONENT_MAX 256u
#define UUID_CHARS    36u
_Static_assert(UUID_CHARS + 6 == OC_CANDIDATE_MDNS_MAX, "UUID.local fits");
#define ADDRESS_MAX 64u /* characters of a literal address */

static const char *const type_names[] = {[OC_CANDIDATE_HOST] = "host",
                                         [OC_CANDIDATE_SRFLX] = "srflx",
                                         [OC_CANDIDATE_PRFLX] = "prflx",
                                         [OC_CANDIDATE_RELAY] = "relay"};
#define TYPES (sizeof type_names / sizeof type_names[0])

static bool skip(oc_span_t *s, const char *word) {
    size_t len = strlen(word);
    if (s->len < len || !oc_sdp_is(oc_span(s->data, len), word))
        return false;
    *s = oc_span(s->data + len, s->len - len);
    return true;
}

static bool is_hex(uint8_t c) {
    uint8_t low = oc_sdp_lower(c);
    return (c >= '0' && c <= '9') || (low >= 'a' && low <= 'f');
}

/* "8d28ad41-1a72-41b1-aa98-d3aa98e7a7b6.local", the only names that are looked up. */
static bool is_uuid_local(oc_span_t s) {
    if (s.len != UUID_CHARS + 6 || !oc_sdp_is(oc_span(s.data + UUID_CHARS, 6), ".local"))
        return false;
    for (unsigned i = 0; i < UUID_CHARS; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? s.data[i] != '-' : !is_hex(s.data[i]))
            return false;
    }
    return true;
}

/* A literal address. False: a name, or nothing. */
static bool literal(oc_span_t s, oc_addr_t *out) {
    char text[ADDRESS_MAX];
    if (s.len == 0 || s.len >= sizeof text || memchr(s.data, 0, s.len))
        return false;
    memcpy(text, s.data, s.len);
    text[s.len] = '\0';
    return oc_addr_parse(text, out) == OC_OK;
}

/* A literal address or a name to look up. */
static int take_address(oc_span_t s, uint16_t port, oc_candidate_t *c) {
    if (s.len == 0)
        return OC_ERR_FORMAT;
    if (!literal(s, &c->addr)) {
        c->addr = (oc_addr_t){0};
        if (!is_uuid_local(s))
            return OC_ERR_NOTSUP;
        memcpy(c->mdns, s.data, s.len);
    }
    c->addr.port = port;
    return OC_OK;
}

static int take_type(oc_span_t s, oc_candidate_t *c) {
    for (unsigned i = 0; i < TYPES; i++) {
        if (!oc_sdp_is(s, type_names[i]))
            continue;
        c->type = (oc_candidate_type_t)i;
        return OC_OK;
    }
    return s.len ? OC_ERR_NOTSUP : OC_ERR_FORMAT;
}

/* "raddr A rport P generation 0 ufrag U" */
static int take_extensions(oc_span_t rest, oc_candidate_t *c, oc_span_t *ufrag) {
    uint32_t port = 0;
    *ufrag = oc_span(NULL, 0);
    for (oc_span_t name = oc_sdp_word(&rest); name.len; name = oc_sdp_word(&rest)) {
        oc_span_t value = oc_sdp_word(&rest);
        if (value.len == 0)
            return OC_ERR_FORMAT;
        if (oc_sdp_is(name, "ufrag"))
            *ufrag = value;
        else if (oc_sdp_is(name, "raddr") &&
                 (!literal(value, &c->base) || oc_addr_is_zero(&c->base)))
            c->base = (oc_addr_t){0}; /* hidden */
        else if (oc_sdp_is(name, "rport") && (!oc_sdp_number(value, &port) || port > UINT16_MAX))
            return OC_ERR_FORMAT;
    }
    if (c->base.family)
        c->base.port = (uint16_t)port;
    return OC_OK;
}

/* The first six fields, and the word before the type. */
static int take_fields(oc_span_t *rest, oc_candidate_t *c) {
    uint32_t component, priority, port;
    oc_span_t foundation = oc_sdp_word(rest);
    if (!oc_sdp_ice_chars(foundation, 1, OC_CANDIDATE_FOUNDATION_MAX))
        return OC_ERR_FORMAT;
    memcpy(c->foundation, foundation.data, foundation.len);
    if (!oc_sdp_number(oc_sdp_word(rest), &component) || component < 1 || component > COMPONENT_MAX)
        return OC_ERR_FORMAT;
    oc_span_t transport = oc_sdp_word(rest);
    if (!oc_sdp_number(oc_sdp_word(rest), &priority) || priority < 1 || priority > PRIORITY_MAX)
        return OC_ERR_FORMAT;
    oc_span_t address = oc_sdp_word(rest);
    if (!oc_sdp_number(oc_sdp_word(rest), &port) || port > UINT16_MAX ||
        !oc_sdp_is(oc_sdp_word(rest), "typ"))
        return OC_ERR_FORMAT;
    if (component != 1 || !oc_sdp_is(transport, "udp"))
        return OC_ERR_NOTSUP;
    c->component = 1;
    c->priority = priority;
    return take_address(address, (uint16_t)port, c);
}

int oc_candidate_line_parse(oc_span_t text, oc_candidate_t *out, oc_span_t *ufrag) {
    oc_candidate_t c = {0};
    oc_span_t unused;
    if (text.len > OC_CANDIDATE_LINE_MAX)
        return OC_ERR_TOO_BIG;
    skip(&text, "a=");
    skip(&text, "candidate:");
    int rc = take_fields(&text, &c);
    if (rc == OC_OK)
        rc = take_type(oc_sdp_word(&text), &c);
    if (rc == OC_OK)
        rc = take_extensions(text, &c, ufrag ? ufrag : &unused);
    if (rc == OC_OK && c.mdns[0] && c.type != OC_CANDIDATE_HOST)
        rc = OC_ERR_NOTSUP;
    if (rc == OC_OK)
        *out = c;
    return rc;
}

/* " raddr 10.0.0.1 rport 4000" of candidates that stand for another address. */
static int print_related(const oc_candidate_t *c, char *out, size_t size) {
    char base[ADDRESS_MAX] = "0.0.0.0";
    unsigned port = 9; /* RFC 9429 section 4.1.18: where it is hidden */
    if (c->type == OC_CANDIDATE_HOST)
        return snprintf(out, size, "%s", "");
    if (c->base.family && !oc_addr_equal(&c->base, &c->addr)) {
        oc_addr_print_ip(&c->base, base, sizeof base);
        port = c->base.port;
    } else if (c->addr.family == 6) {
        memcpy(base, "::", 3);
    }
    return snprintf(out, size, " raddr %s rport %u", base, port);
}

int oc_candidate_line_print(const oc_candidate_t *candidate, const char *ufrag, char *out,
                            size_t out_size) {
    char address[ADDRESS_MAX], related[ADDRESS_MAX + 32];
    const char *shown = candidate->mdns;
    if (candidate->addr.family) {
        oc_addr_print_ip(&candidate->addr, address, sizeof address);
        shown = address;
    }
    if (!shown[0] || candidate->type >= TYPES)
        return OC_ERR_INVAL;
    print_related(candidate, related, sizeof related);
    int len = snprintf(
        out, out_size, "candidate:%s %u udp %lu %s %u typ %s%s%s%s", candidate->foundation,
        candidate->component, (unsigned long)candidate->priority, shown, candidate->addr.port,
        type_names[candidate->type], related, ufrag ? " ufrag " : "", ufrag ? ufrag : "");
    return len < 0 || (size_t)len >= out_size ? OC_ERR_NOMEM : len;
}
