/* See oc_semver.h. */
#include "oc_semver.h"

#include "oc_err.h"

static bool is_digit(uint8_t c) {
    return c >= '0' && c <= '9';
}

static bool is_word(uint8_t c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

static bool is_number(oc_span_t s) {
    for (size_t i = 0; i < s.len; i++)
        if (!is_digit(s.data[i]))
            return false;
    return s.len > 0;
}

/* Takes what stands before the first `end` (or all of it) from *rest; the mark goes too. */
static oc_span_t take(oc_span_t *rest, char end) {
    const uint8_t *at = rest->len ? memchr(rest->data, end, rest->len) : NULL;
    size_t len = at ? (size_t)(at - rest->data) : rest->len, used = at ? len + 1 : len;
    oc_span_t head = oc_span_sub(*rest, 0, len);
    *rest = oc_span_sub(*rest, used, rest->len - used);
    return head;
}

/* The parts of a version; pre and build are empty where there is none. */
typedef struct {
    oc_span_t core, pre, build;
    bool has_pre, has_build;
} parts_t;

static parts_t split(oc_span_t version) {
    parts_t parts = {0};
    oc_span_t rest = version;
    parts.core = take(&rest, '+');
    parts.has_build = parts.core.len < version.len;
    parts.build = rest;
    rest = parts.core;
    parts.core = take(&rest, '-');
    parts.has_pre = parts.core.len + (parts.has_build ? parts.build.len + 1 : 0) < version.len;
    parts.pre = rest;
    return parts;
}

/* Words with dots between them; `strict`: numbers have no needless zero. */
static bool words_are_good(oc_span_t words, bool strict) {
    bool more = true;
    while (more) {
        size_t before = words.len;
        oc_span_t word = take(&words, '.');
        more = word.len < before;
        for (size_t i = 0; i < word.len; i++)
            if (!is_word(word.data[i]))
                return false;
        if (word.len == 0 || (strict && is_number(word) && word.len > 1 && word.data[0] == '0'))
            return false;
    }
    return true;
}

static bool core_is_good(oc_span_t core) {
    for (unsigned i = 0; i < 3; i++) {
        size_t before = core.len;
        oc_span_t number = take(&core, '.');
        if ((number.len < before) != (i < 2)) /* a dot behind the first two only */
            return false;
        if (!is_number(number) || (number.len > 1 && number.data[0] == '0'))
            return false;
    }
    return true;
}

int oc_semver_check(oc_span_t version) {
    parts_t parts = split(version);
    if (version.len > OC_SEMVER_MAX)
        return OC_ERR_TOO_BIG;
    if (!core_is_good(parts.core) || (parts.has_pre && !words_are_good(parts.pre, true)) ||
        (parts.has_build && !words_are_good(parts.build, false)))
        return OC_ERR_FORMAT;
    return OC_OK;
}

/* As text. */
static int compare_text(oc_span_t a, oc_span_t b) {
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len ? memcmp(a.data, b.data, len) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* Numbers without needless zeros: the longer one is larger. */
static int compare_number(oc_span_t a, oc_span_t b) {
    return a.len != b.len ? (a.len > b.len) - (a.len < b.len) : compare_text(a, b);
}

static int compare_word(oc_span_t a, oc_span_t b) {
    bool numeric = is_number(a);
    if (numeric != is_number(b))
        return numeric ? -1 : 1;
    return numeric ? compare_number(a, b) : compare_text(a, b);
}

int oc_semver_compare(oc_span_t a, oc_span_t b) {
    parts_t left = split(a), right = split(b);
    for (unsigned i = 0; i < 3; i++) {
        int order = compare_number(take(&left.core, '.'), take(&right.core, '.'));
        if (order)
            return order;
    }
    if (!left.has_pre || !right.has_pre)
        return (int)right.has_pre - (int)left.has_pre;
    while (left.pre.len && right.pre.len) {
        int order = compare_word(take(&left.pre, '.'), take(&right.pre, '.'));
        if (order)
            return order;
    }
    return (left.pre.len > 0) - (right.pre.len > 0);
}
