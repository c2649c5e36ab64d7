/* oc_label - see the header. */
#include "oc_label.h"

#include <string.h>
#include "oc_err.h"

static bool is_plain(uint8_t c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int fail(oc_label_t *label, int code, const char *what) {
    label->error = what;
    return code;
}

/* Bytes of the character of UTF-8 at p, of `left` bytes; 0: there is none (RFC 3629 section 4). */
static size_t character(const uint8_t *p, size_t left) {
    static const struct {
        uint8_t first, last, low, high; /* lead bytes, and what the second one may be */
        uint8_t len;
    } rows[] = {
        {0x00, 0x7F, 0, 0, 1},       {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
        {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
        {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4}};
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (p[0] < rows[i].first || p[0] > rows[i].last)
            continue;
        size_t len = rows[i].len;
        if (len > left || (len > 1 && (p[1] < rows[i].low || p[1] > rows[i].high)))
            return 0;
        for (size_t k = 2; k < len; k++)
            if ((p[k] & 0xC0) != 0x80)
                return 0;
        return len;
    }
    return 0;
}

static bool is_utf8(const char *text) {
    size_t len = strlen(text), step;
    for (const uint8_t *p = (const uint8_t *)text; len > 0; p += step, len -= step)
        if (!(step = character(p, len)))
            return false;
    return true;
}

static int take_name(oc_span_t name, oc_label_t *out) {
    if (name.len > OC_LABEL_NAME_MAX)
        return fail(out, OC_ERR_TOO_BIG, "a name of more than 32 characters");
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.data[i];
        if (!is_plain(c) && c != '-' && c != '_' && c != '.')
            return fail(out, OC_ERR_FORMAT, "a name is of letters, digits, '-', '_' and '.'");
        out->name[i] = (char)c;
    }
    return OC_OK;
}

static int hex(uint8_t c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Decodes one key or value to text[*used] with NUL; what it takes is never longer than what it was
 * decoded from. *at: the offset of what was written. */
static int decode(oc_span_t from, oc_label_t *out, size_t *used, uint16_t *at) {
    *at = (uint16_t)*used;
    for (size_t i = 0; i < from.len; i++) {
        int c = from.data[i];
        if (c == '%') {
            int high = i + 2 < from.len ? hex(from.data[i + 1]) : -1;
            int low = i + 2 < from.len ? hex(from.data[i + 2]) : -1;
            if (high < 0 || low < 0)
                return fail(out, OC_ERR_FORMAT, "a '%' without two hex digits");
            c = high << 4 | low;
            i += 2;
        } else if (c == '+') {
            c = ' ';
        }
        if (c == 0)
            return fail(out, OC_ERR_FORMAT, "a zero byte");
        out->text[(*used)++] = (char)c;
    }
    out->text[(*used)++] = '\0';
    if (!is_utf8(out->text + *at))
        return fail(out, OC_ERR_FORMAT, "not UTF-8");
    return OC_OK;
}

static size_t find(oc_span_t s, uint8_t c) {
    size_t i = 0;
    while (i < s.len && s.data[i] != c)
        i++;
    return i;
}

/* "key=value" or "key". */
static int take_pair(oc_span_t pair, oc_label_t *out, size_t *used) {
    size_t equals = find(pair, '=');
    size_t behind = equals < pair.len ? equals + 1 : equals;
    if (out->keys == OC_LABEL_KEYS)
        return fail(out, OC_ERR_TOO_BIG, "more than 16 keys");
    int rc = decode(oc_span(pair.data, equals), out, used, &out->key[out->keys]);
    if (rc == OC_OK)
        rc = decode(oc_span(pair.data + behind, pair.len - behind), out, used,
                    &out->value[out->keys]);
    if (rc != OC_OK)
        return rc;
    const char *key = out->text + out->key[out->keys];
    if (!key[0])
        return fail(out, OC_ERR_FORMAT, "a key without a name");
    if (oc_label_get(out, key))
        return fail(out, OC_ERR_FORMAT, "a key twice");
    out->keys++;
    return OC_OK;
}

int oc_label_parse(oc_span_t text, oc_label_t *out) {
    size_t used = 0, mark = find(text, '?');
    oc_span_t query = text;
    int rc = OC_OK;
    memset(out, 0, sizeof *out);
    if (text.len > OC_LABEL_MAX)
        return fail(out, OC_ERR_TOO_BIG, "more than 1,024 bytes");
    size_t stop = find(text, '='), next = find(text, '&');
    stop = stop < next ? stop : next;
    if (mark < stop || stop == text.len) { /* a name, and a query behind the '?' if there is one */
        rc = take_name(oc_span(text.data, mark), out);
        query =
            mark < text.len ? oc_span(text.data + mark + 1, text.len - mark - 1) : oc_span(NULL, 0);
    }
    while (rc == OC_OK && query.len > 0) {
        size_t end = find(query, '&');
        if (end > 0)
            rc = take_pair(oc_span(query.data, end), out, &used);
        end += end < query.len;
        query = oc_span(query.data + end, query.len - end);
    }
    return rc;
}

const char *oc_label_get(const oc_label_t *label, const char *key) {
    for (unsigned i = 0; i < label->keys; i++)
        if (strcmp(label->text + label->key[i], key) == 0)
            return label->text + label->value[i];
    return NULL;
}

bool oc_label_receives(const oc_label_t *label) {
    const char *action = oc_label_get(label, "action");
    return action && strcmp(action, "voice") == 0;
}
