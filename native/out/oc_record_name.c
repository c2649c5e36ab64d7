/* oc_record_name - see the header. Parsing is strict: the fields are read, written again, and must
 * give the same bytes, so that a recording has exactly one spelling. */
#include "oc_record_name.h"

#include <stdio.h>
#include <string.h>

#include "oc_clock.h"
#include "oc_err.h"

#define MONOTONIC_DIGITS 13
#define MONOTONIC_MAX_MS INT64_C(9999999999999)
#define TIME_MAX         24 /* longest time text with NUL */

static const char open_end[] = "open";
static const char suffix[] = ".mp4";

static bool name_char(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

static bool name_chars(const char *s, size_t len) {
    if (len < 1 || len >= OC_RECORD_NAME_MAX)
        return false;
    for (size_t i = 0; i < len; i++)
        if (!name_char(s[i]))
            return false;
    return true;
}

static void format_time(int64_t us, bool monotonic, char out[TIME_MAX]) {
    if (!monotonic) {
        oc_clock_format(us, out);
        return;
    }
    int64_t ms = us < 0 ? 0 : us / 1000;
    if (ms > MONOTONIC_MAX_MS)
        ms = MONOTONIC_MAX_MS;
    snprintf(out, TIME_MAX, "m%0*lld", MONOTONIC_DIGITS, (long long)ms);
}

static int parse_time(const char *s, size_t len, bool *monotonic, int64_t *us) {
    if (len != MONOTONIC_DIGITS + 1 || s[0] != 'm') {
        *monotonic = false;
        return oc_clock_parse(s, len, us);
    }
    int64_t ms = 0;
    for (size_t i = 1; i < len; i++) {
        if (s[i] < '0' || s[i] > '9')
            return OC_ERR_FORMAT;
        ms = ms * 10 + (s[i] - '0');
    }
    *monotonic = true;
    *us = ms * 1000;
    return OC_OK;
}

bool oc_record_name_valid(const char *name) {
    return name_chars(name, strnlen(name, OC_RECORD_NAME_MAX));
}

int oc_record_name_format(const oc_record_name_t *record, char *out, size_t out_size) {
    char start[TIME_MAX], end[TIME_MAX];
    if (!oc_record_name_valid(record->name))
        return OC_ERR_INVAL;
    format_time(record->start_us, record->monotonic, start);
    if (record->open)
        memcpy(end, open_end, sizeof open_end);
    else
        format_time(record->end_us, record->monotonic, end);
    int n = snprintf(out, out_size, "%s_%s_%s%s", record->name, start, end, suffix);
    return n < 0 || (size_t)n >= out_size ? OC_ERR_NOMEM : OC_OK;
}

int oc_record_name_path(const oc_record_name_t *record, const char *directory, char *out,
                        size_t out_size) {
    size_t len = strlen(directory);
    if (len + 1 >= out_size)
        return OC_ERR_NOMEM;
    memcpy(out, directory, len);
    out[len] = '/';
    return oc_record_name_format(record, out + len + 1, out_size - len - 1);
}

int oc_record_name_parse(const char *file, size_t len, oc_record_name_t *out) {
    const size_t suffix_len = sizeof suffix - 1;
    memset(out, 0, sizeof *out);
    if (len <= suffix_len || len >= OC_RECORD_FILE_MAX || memchr(file, 0, len))
        return OC_ERR_FORMAT;
    const char *first = memchr(file, '_', len);
    const char *stop = file + len - suffix_len;
    if (!first || first >= stop || memcmp(stop, suffix, suffix_len) != 0)
        return OC_ERR_FORMAT;
    const char *second = memchr(first + 1, '_', (size_t)(stop - first - 1));
    size_t name_len = (size_t)(first - file);
    if (!second || !name_chars(file, name_len))
        return OC_ERR_FORMAT;
    memcpy(out->name, file, name_len);
    if (parse_time(first + 1, (size_t)(second - first - 1), &out->monotonic, &out->start_us) < 0)
        return OC_ERR_FORMAT;
    size_t end_len = (size_t)(stop - second - 1);
    bool monotonic = out->monotonic;
    out->open = end_len == sizeof open_end - 1 && memcmp(second + 1, open_end, end_len) == 0;
    if (!out->open && parse_time(second + 1, end_len, &monotonic, &out->end_us) < 0)
        return OC_ERR_FORMAT;
    char again[OC_RECORD_FILE_MAX];
    if (monotonic != out->monotonic || oc_record_name_format(out, again, sizeof again) != OC_OK)
        return OC_ERR_FORMAT;
    return strlen(again) == len && memcmp(again, file, len) == 0 ? OC_OK : OC_ERR_FORMAT;
}
