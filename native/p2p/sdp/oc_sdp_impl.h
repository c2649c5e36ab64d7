/* oc_sdp_impl - what the files of this room share; not for users of oc_sdp.h.
 *   oc_sdp.c            lines, media lines, which parts of a text are about us
 *   oc_sdp_attribute.c  the attributes of such a part
 *   oc_sdp_write.c      our own text */
#ifndef OC_SDP_IMPL_H
#define OC_SDP_IMPL_H

#include "oc_sdp.h"

/* One part of a text: the session, or a media line and what follows it. */
typedef struct oc_sdp_part {
    bool session;                  /* of the whole session: has no candidates */
    bool ours;                     /* of our media line: SCTP's attributes count */
    bool fingerprints, candidates; /* the first of them replaces those of an earlier part */
} oc_sdp_part_t;

/* What must be known of all parts before it can be judged. */
typedef struct oc_sdp_state {
    oc_sdp_t *out;
    oc_sdp_kind_t kind;
    oc_span_t candidate_ufrag[OC_SDP_CANDIDATES]; /* of each candidate kept; empty = not said */
    bool weak;                                    /* a fingerprint by a hash that is refused */
    bool setup;                                   /* was said */
} oc_sdp_state_t;

/* Takes one attribute: "name", or "name:value". OC_OK | OC_ERR_*, out->error says what. */
int oc_sdp_attribute(oc_sdp_state_t *state, oc_sdp_part_t *part, oc_span_t attribute);

/* Sets out->error and gives code back. */
static inline int oc_sdp_fail(oc_sdp_t *out, int code, const char *what) {
    out->error = what;
    return code;
}

/* Letters of ASCII only. */
static inline uint8_t oc_sdp_lower(uint8_t c) {
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

/* True when s is the word, which is written in lower case, in any case. */
static inline bool oc_sdp_is(oc_span_t s, const char *word) {
    size_t i = 0;
    while (i < s.len && word[i] && oc_sdp_lower(s.data[i]) == (uint8_t)word[i])
        i++;
    return i == s.len && word[i] == '\0';
}

/* What stands before the first `separator`, and *rest what stands behind it; without one
 * everything, and *rest empty. */
static inline oc_span_t oc_sdp_cut(oc_span_t s, char separator, oc_span_t *rest) {
    size_t i = 0;
    while (i < s.len && s.data[i] != (uint8_t)separator)
        i++;
    *rest = i < s.len ? oc_span(s.data + i + 1, s.len - i - 1) : oc_span(NULL, 0);
    return oc_span(s.data, i);
}

/* Takes the next word of those in blanks; empty: none is left. */
static inline oc_span_t oc_sdp_word(oc_span_t *rest) {
    oc_span_t word = {NULL, 0};
    while (rest->len > 0 && word.len == 0)
        word = oc_sdp_cut(*rest, ' ', rest);
    return word;
}

/* A decimal number of digits alone; one beyond 32 bits is its largest value. */
static inline bool oc_sdp_number(oc_span_t s, uint32_t *out) {
    uint32_t value = 0;
    for (size_t i = 0; i < s.len; i++) {
        uint32_t digit = (uint32_t)s.data[i] - '0';
        if (digit > 9)
            return false;
        value = value > (UINT32_MAX - digit) / 10 ? UINT32_MAX : value * 10 + digit;
    }
    *out = value;
    return s.len > 0;
}

/* ALPHA / DIGIT / "+" / "/" (RFC 8839 section 5.1). */
static inline bool oc_sdp_ice_chars(oc_span_t s, size_t least, size_t maximum) {
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.data[i], low = oc_sdp_lower(c);
        if (!(low >= 'a' && low <= 'z') && !(c >= '0' && c <= '9') && c != '+' && c != '/')
            return false;
    }
    return s.len >= least && s.len <= maximum;
}

#endif
